/*
 * Extended attributes, access control lists (attributes, too, here) and file
 * flags on Linux, and the rename that replaces nothing.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host.h"

/*
 * Flags that change what may be done with a file or how it behaves.  Those
 * that say how a file system stores it (compression, copy on write) are
 * inherited from the directory of the store, and stay.
 */
#define FLAGS                                                                \
	(FS_IMMUTABLE_FL | FS_APPEND_FL | FS_SECRM_FL | FS_UNRM_FL |         \
	    FS_SYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL | FS_JOURNAL_DATA_FL | \
	    FS_DIRSYNC_FL | FS_TOPDIR_FL)

static bool
clear_flags(int fd, bool *had, struct error *e)
{
	int flags;

	/* ENOTTY, EOPNOTSUPP, EINVAL, ENOSYS: no flags there. */
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0 || (flags & FLAGS) == 0)
		return (true);
	flags &= ~FLAGS;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0)
		return (fail(e, errno, "clear file flags", "", NULL));
	*had = true;
	return (true);
}

/*
 * Given to every object by the host and not by the builder, as in Nix's
 * setting ignored-acls.
 */
static bool
is_host_attribute(const char *name)
{
	return (strcmp(name, "security.selinux") == 0 ||
		strcmp(name, "security.csm") == 0 ||
		strcmp(name, "system.nfs4_acl") == 0);
}

static ssize_t
list(int fd, const char *path, char *names, size_t size)
{
	if (path != NULL)
		return (llistxattr(path, names, size));
	return (flistxattr(fd, names, size));
}

/* Removes what is listed: `n` bytes of names. */
static bool
remove_listed(int fd, const char *path, const char *names, size_t n, bool *had,
    struct error *e)
{
	const char *name;
	int r;

	for (name = names; name < names + n; name += strlen(name) + 1) {
		if (is_host_attribute(name))
			continue;
		r = path != NULL ? lremovexattr(path, name)
				 : fremovexattr(fd, name);
		if (r != 0 && errno != ENODATA)
			return (fail(e, errno, "remove extended attribute", "",
			    "%.100s: %s", name, strerror(errno)));
		*had = true;
	}
	return (true);
}

static bool
clear_xattrs(int fd, const char *path, bool *had, struct error *e)
{
	char *names;
	ssize_t n;
	bool done;

	/* Nearly always there are none: one call. */
	n = list(fd, path, NULL, 0);
	if (n == 0 || (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)))
		return (true);
	if (n < 0)
		return (fail(e, errno, "list extended attributes", "", NULL));
	names = malloc((size_t)n);
	if (names == NULL)
		return (fail(e, ENOMEM, "list extended attributes", "", NULL));
	n = list(fd, path, names, (size_t)n);
	if (n < 0)
		done = fail(e, errno, "list extended attributes", "", NULL);
	else
		done = remove_listed(fd, path, names, (size_t)n, had, e);
	free(names);
	return (done);
}

bool
host_clear_attributes(
    int directory_fd, const char *name, bool *had, struct error *e)
{
	char path[64 + 256];

	*had = false;
	if (name == NULL)
		return (clear_flags(directory_fd, had, e) &&
			clear_xattrs(directory_fd, NULL, had, e));
	/*
	 * There is no call by directory and name before 6.13.  A link can
	 * have but trusted and security attributes, which a builder cannot
	 * set (xattr(7)): without /proc there is nothing to do.
	 */
	(void)snprintf(
	    path, sizeof(path), "/proc/self/fd/%d/%s", directory_fd, name);
	if (clear_xattrs(-1, path, had, e))
		return (true);
	return (e == NULL ? errno == ENOENT : e->err == ENOENT);
}

int
host_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat st;

	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return (0);
	/* Not every file system knows the flag; nobody else is in `to_fd`. */
	if (errno != EINVAL && errno != ENOSYS)
		return (-1);
	if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return (-1);
	}
	return (renameat(from_fd, from, to_fd, to));
}
