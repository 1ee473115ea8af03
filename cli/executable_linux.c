/* Which file this program is, on Linux. */
#include <unistd.h>

#include "cli/command.h"

bool
command_executable(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	if (n <= 0)
		return (false);
	path[n] = '\0';
	return (true);
}
