/* What walking a tree needs from FreeBSD: mounts and file flags. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/walk.h"

int
walk_open_directory(int directory_fd, const char *name, dev_t dev)
{
	struct stat st;
	int fd;

	fd = openat(directory_fd, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (-1);
	/* A nullfs mount has a device of its own. */
	if (fstat(fd, &st) != 0 || st.st_dev != dev) {
		(void)close(fd);
		errno = EXDEV;
		return (-1);
	}
	return (fd);
}

void
walk_clear_flags(int directory_fd, const char *name)
{
	(void)chflagsat(directory_fd, name, 0, AT_SYMLINK_NOFOLLOW);
}
