/* What walking a tree needs from a system of which no more is known than POSIX. */
#include <sys/stat.h>

#include <dirent.h>
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
	if (fstat(fd, &st) != 0 || st.st_dev != dev) {
		(void)close(fd);
		errno = EXDEV;
		return (-1);
	}
	return (fd);
}

bool
walk_read_directory(int fd, struct text *names)
{
	struct dirent *d;
	DIR *dir;
	int err, own;

	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	dir = own < 0 ? NULL : fdopendir(own);
	if (dir == NULL) {
		err = errno;
		if (own >= 0)
			(void)close(own);
		errno = err;
		return (false);
	}
	while (errno = 0, (d = readdir(dir)) != NULL)
		walk_add_name(names, DT_UNKNOWN, d->d_name);
	err = errno;
	(void)closedir(dir);
	errno = err;
	return (err == 0);
}

void
walk_clear_flags(int directory_fd, const char *name)
{
	(void)directory_fd;
	(void)name;
}
