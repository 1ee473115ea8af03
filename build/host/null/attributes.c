/* A system of whose attributes nothing is known: POSIX has none. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "build/host.h"

bool
host_clear_attributes(
    int directory_fd, const char *name, bool *had, struct error *e)
{
	(void)directory_fd;
	(void)name;
	(void)e;
	*had = false;
	return (true);
}

int
host_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat st;

	if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return (-1);
	}
	return (renameat(from_fd, from, to_fd, to));
}
