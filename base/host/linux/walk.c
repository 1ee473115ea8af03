/* What walking a tree needs from Linux: mounts and file flags. */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/walk.h"

int
walk_open_directory(int directory_fd, const char *name, dev_t dev)
{
	struct open_how how;
	struct stat st;
	int fd;

	memset(&how, 0, sizeof(how));
	how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	/* A bind mount has the device of the tree: only this shows it. */
	how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
	fd = (int)syscall(SYS_openat2, directory_fd, name, &how, sizeof(how));
	/* ENOSYS: before 5.6; EPERM: a container's filter. */
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return (fd);
	fd = openat(directory_fd, name, (int)how.flags);
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
	_Alignas(struct dirent64) char buf[32768];
	const struct dirent64 *d;
	ssize_t at, n;

	while ((n = getdents64(fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n; at += d->d_reclen) {
			d = (const void *)(buf + at);
			walk_add_name(names, d->d_type, d->d_name);
		}
	}
	return (n == 0);
}

void
walk_clear_flags(int directory_fd, const char *name)
{
	struct stat st;
	int fd, flags;

	/* Opening anything else could block or act on a device. */
	if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return;
	fd = openat(directory_fd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
	    (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0) {
		flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	(void)close(fd);
}
