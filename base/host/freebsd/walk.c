/* What walking a tree needs from FreeBSD: mounts and file flags. */
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
	/* A nullfs mount has a device of its own. */
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
	_Alignas(struct dirent) char buf[32768];
	const struct dirent *d;
	ssize_t at, n;

	while ((n = getdirentries(fd, buf, sizeof(buf), NULL)) > 0) {
		for (at = 0; at < n; at += d->d_reclen) {
			d = (const void *)(buf + at);
			/* 0: a name that was removed (dir(5)). */
			if (d->d_fileno != 0)
				walk_add_name(names, d->d_type, d->d_name);
		}
	}
	return (n == 0);
}

void
walk_clear_flags(int directory_fd, const char *name)
{
	(void)chflagsat(directory_fd, name, 0, AT_SYMLINK_NOFOLLOW);
}
