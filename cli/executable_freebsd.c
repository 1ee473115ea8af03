/* Which file this program is, on FreeBSD. */
#include <sys/types.h>
#include <sys/sysctl.h>

#include "cli/command.h"

bool
command_executable(char *path, size_t size)
{
	const int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };

	return (sysctl(mib, 4, path, &size, NULL, 0) == 0);
}
