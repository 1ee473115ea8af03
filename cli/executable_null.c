/* The path of this program, where the system does not tell. */
#include <errno.h>

#include "cli/command.h"

bool
command_executable(char *path, size_t size)
{
	(void)path;
	(void)size;
	errno = ENOTSUP;
	return (false);
}
