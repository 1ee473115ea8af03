/*
 * Extended attributes, access control lists and file flags on FreeBSD, and
 * the rename that replaces nothing.
 */
#include <sys/types.h>
#include <sys/acl.h>
#include <sys/extattr.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host.h"

/* Names come as a length byte and that many bytes (extattr(2)). */
static bool
remove_listed(
    int fd, int space, const char *names, size_t n, bool *had, struct error *e)
{
	char name[256];
	size_t at, len;

	for (at = 0; at < n; at += len + 1) {
		len = (unsigned char)names[at];
		if (len > n - at - 1)
			return (fail(
			    e, EINVAL, "list extended attributes", "", NULL));
		memcpy(name, names + at + 1, len);
		name[len] = '\0';
		if (extattr_delete_fd(fd, space, name) != 0 && errno != ENOATTR)
			return (fail(e, errno, "remove extended attribute", "",
			    "%.100s: %s", name, strerror(errno)));
		*had = true;
	}
	return (true);
}

static bool
clear_space(int fd, int space, bool *had, struct error *e)
{
	char *names;
	ssize_t n;
	bool done;

	n = extattr_list_fd(fd, space, NULL, 0);
	/* EPERM: the system's are root's, who alone can set them. */
	if (n == 0 || (n < 0 && (errno == EOPNOTSUPP || errno == EPERM)))
		return (true);
	if (n < 0)
		return (fail(e, errno, "list extended attributes", "", NULL));
	names = malloc((size_t)n);
	if (names == NULL)
		return (fail(e, ENOMEM, "list extended attributes", "", NULL));
	n = extattr_list_fd(fd, space, names, (size_t)n);
	if (n < 0)
		done = fail(e, errno, "list extended attributes", "", NULL);
	else
		done = remove_listed(fd, space, names, (size_t)n, had, e);
	free(names);
	return (done);
}

/* Sets the list that says no more than the mode does. */
static bool
strip_acl(int fd, acl_type_t type, bool *had, struct error *e)
{
	acl_t acl, plain;
	int trivial = 1;
	bool done = true;

	acl = acl_get_fd_np(fd, type);
	if (acl == NULL) /* none of that sort here: EINVAL, EOPNOTSUPP */
		return (true);
	if (acl_is_trivial_np(acl, &trivial) == 0 && trivial == 0) {
		plain = acl_strip_np(acl, 0);
		if (plain == NULL || acl_set_fd_np(fd, plain, type) != 0)
			done = fail(e, errno, "remove access list", "", NULL);
		(void)acl_free(plain);
		*had = true;
	}
	(void)acl_free(acl);
	return (done);
}

static bool
clear_acls(int fd, const struct stat *st, bool *had, struct error *e)
{
	if (fpathconf(fd, _PC_ACL_NFS4) == 1)
		return (strip_acl(fd, ACL_TYPE_NFS4, had, e));
	if (fpathconf(fd, _PC_ACL_EXTENDED) != 1)
		return (true);
	if (S_ISDIR(st->st_mode))
		(void)acl_delete_fd_np(fd, ACL_TYPE_DEFAULT);
	return (strip_acl(fd, ACL_TYPE_ACCESS, had, e));
}

/* UF_ARCHIVE: ZFS sets it on all that was written. */
#define FLAGS_OF_NO_MEANING UF_ARCHIVE

static bool
clear_file(int fd, bool *had, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (fail(e, errno, "read file flags", "", NULL));
	if ((st.st_flags & ~(fflags_t)FLAGS_OF_NO_MEANING) != 0) {
		if (fchflags(fd, 0) != 0)
			return (fail(e, errno, "clear file flags", "", NULL));
		*had = true;
	}
	return (clear_acls(fd, &st, had, e) &&
		clear_space(fd, EXTATTR_NAMESPACE_USER, had, e) &&
		clear_space(fd, EXTATTR_NAMESPACE_SYSTEM, had, e));
}

bool
host_clear_attributes(
    int directory_fd, const char *name, bool *had, struct error *e)
{
	struct stat st;
	bool done;
	int fd;

	*had = false;
	if (name == NULL)
		return (clear_file(directory_fd, had, e));
	if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "read file flags", "", NULL));
	if ((st.st_flags & ~(fflags_t)FLAGS_OF_NO_MEANING) != 0) {
		if (chflagsat(directory_fd, name, 0, AT_SYMLINK_NOFOLLOW) != 0)
			return (fail(e, errno, "clear file flags", "", NULL));
		*had = true;
	}
	if (!S_ISLNK(st.st_mode))
		return (true);
	/* A descriptor of the link itself (open(2), O_PATH). */
	fd = openat(directory_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (fail(e, errno, "open link", "", NULL));
	done = clear_space(fd, EXTATTR_NAMESPACE_USER, had, e);
	(void)close(fd);
	/* EBADF: this kernel does not do that with such a descriptor. */
	return (done || (e != NULL && e->err == EBADF));
}

/* First kernel that is known to have renameat2(2). */
enum { OSRELDATE_RENAMEAT2 = 1501000 };

/*
 * Without renameat2 (before 15): a directory could replace nothing but an
 * empty one, which nobody misses; a file or a link is linked, which fails
 * when the name is there.  Who is killed in between leaves both names, which
 * the undo takes for done.
 */
static int
rename_old(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat st, there;

	if (fstatat(from_fd, from, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (-1);
	if (!S_ISDIR(st.st_mode)) {
		if (linkat(from_fd, from, to_fd, to, 0) != 0)
			return (-1);
		return (unlinkat(from_fd, from, 0));
	}
	if (fstatat(to_fd, to, &there, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return (-1);
	}
	return (errno == ENOENT ? renameat(from_fd, from, to_fd, to) : -1);
}

int
host_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
#ifdef AT_RENAME_NOREPLACE
	/* An older kernel ends who calls it, or says ECAPMODE. */
	if (getosreldate() < OSRELDATE_RENAMEAT2)
		return (rename_old(from_fd, from, to_fd, to));
	if (renameat2(from_fd, from, to_fd, to, AT_RENAME_NOREPLACE) == 0)
		return (0);
	if (errno != ENOSYS && errno != EOPNOTSUPP && errno != EINVAL)
		return (-1);
#endif
	return (rename_old(from_fd, from, to_fd, to));
}
