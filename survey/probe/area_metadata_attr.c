/*
 * What hangs on a file beside its mode: extended attributes of either
 * system, access control lists, flags, file handles, quota.
 */
#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <sys/quota.h>
#include <sys/xattr.h>
#elif defined(__FreeBSD__)
#include <sys/acl.h>
#include <sys/extattr.h>
#include <ufs/ufs/quota.h>
#endif

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <unistd.h>

#include "survey/probe/area_metadata.h"

#if defined(__linux__)

#ifndef SYS_setxattrat
#define SYS_setxattrat 463 /* 6.13 */
#endif
/* QCMD, without its shift into the sign. */
#define GET_QUOTA ((unsigned)Q_GETQUOTA << SUBCMDSHIFT | USRQUOTA)

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443 /* 5.14 */
#endif

/* Sets an attribute and reads it back, on a link itself when told so. */
static struct probe_answer
xattr_kept(const char *path, const char *name, const char *value)
{
	char buf[64];
	size_t len = strlen(value);
	ssize_t n;

	if (lsetxattr(path, name, value, len, 0) != 0)
		return (row_file_errno(errno, name));
	NEED(n = lgetxattr(path, name, buf, sizeof(buf)));
	if ((size_t)n != len || memcmp(buf, value, len) != 0)
		return (probe_wrong("%s comes back changed", name));
	NEED(n = llistxattr(path, buf, sizeof(buf)));
	if (memmem(buf, (size_t)n, name, strlen(name) + 1) == NULL)
		return (probe_wrong("%s is not listed", name));
	NEED(lremovexattr(path, name));
	NEED_REFUSAL(lgetxattr(path, name, buf, sizeof(buf)), ENODATA);
	return (probe_ok(NULL));
}

PROBE(md_xattr_user)
{
	NEED_TRUE(probe_file("f", ""));
	return (xattr_kept("f", "user.isthmus", "value"));
}

PROBE(md_xattr_link)
{
	NEED(symlink("nowhere", "link"));
	return (xattr_kept("link", "user.isthmus", "value"));
}

PROBE(md_xattr_trusted)
{
	NEED_TRUE(probe_file("f", ""));
	return (xattr_kept("f", "trusted.isthmus", "value"));
}

PROBE(md_xattr_security)
{
	NEED_TRUE(probe_file("f", ""));
	return (xattr_kept("f", "security.isthmus", "value"));
}

PROBE(md_xattr_flags)
{
	NEED_TRUE(probe_file("f", ""));
	if (setxattr("f", "user.isthmus", "1", 1, XATTR_CREATE) != 0)
		return (row_file_errno(errno, "XATTR_CREATE"));
	NEED_REFUSAL(
	    setxattr("f", "user.isthmus", "2", 1, XATTR_CREATE), EEXIST);
	NEED_REFUSAL(
	    setxattr("f", "user.other", "2", 1, XATTR_REPLACE), ENODATA);
	return (probe_ok(NULL));
}

PROBE(md_setxattrat)
{
	struct {
		uint64_t value;
		uint32_t size;
		uint32_t flags;
	} args = { (uint64_t)(uintptr_t) "v", 1, 0 };
	char c = 0;

	NEED_TRUE(probe_file("f", ""));
	if (syscall(SYS_setxattrat, AT_FDCWD, "f", 0, "user.isthmus", &args,
		sizeof(args)) != 0)
		return (row_file_errno(errno, "setxattrat"));
	NEED(getxattr("f", "user.isthmus", &c, 1));
	return (c == 'v' ? probe_ok(NULL) : probe_wrong("no such attribute"));
}

/* An access list of four entries in the layout of posix_acl_xattr.h. */
static const struct {
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} e[5];
} acl = { 2, { { 0x01, 6, UINT32_MAX }, { 0x02, 4, PROBE_OTHER_ID },
		 { 0x04, 0, UINT32_MAX }, { 0x10, 4, UINT32_MAX },
		 { 0x20, 0, UINT32_MAX } } };

PROBE(md_acl_posix)
{
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	if (setxattr("f", "system.posix_acl_access", &acl, sizeof(acl), 0) != 0)
		return (row_file_errno(errno, "system.posix_acl_access"));
	/* The mask stands where the group's bits were. */
	NEED(stat("f", &st));
	if ((st.st_mode & 0777) != 0640)
		return (probe_wrong(
		    "mode %o for a mask of 4", (unsigned)st.st_mode & 0777));
	return (probe_ok(NULL));
}

PROBE(md_setflags)
{
	int fd, flags, now;

	NEED(fd = row_create("f"));
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
		return (row_file_errno(errno, "FS_IOC_GETFLAGS"));
	flags |= FS_NODUMP_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0)
		return (row_file_errno(errno, "FS_IOC_SETFLAGS"));
	NEED(ioctl(fd, FS_IOC_GETFLAGS, &now));
	return ((now & FS_NODUMP_FL) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("the flag is not kept"));
}

/*
 * The file has lost its name before it becomes immutable: whatever happens
 * to this process, the file goes.
 */
PROBE(md_immutable)
{
	int fd, flags, refused;

	NEED(fd = row_create("f"));
	NEED(unlink("f"));
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
		return (row_file_errno(errno, "FS_IOC_GETFLAGS"));
	flags |= FS_IMMUTABLE_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0)
		return (row_file_errno(errno, "FS_IMMUTABLE_FL"));
	refused = fchmod(fd, 0644) == -1 && errno == EPERM;
	flags &= ~FS_IMMUTABLE_FL;
	NEED(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	return (refused ? probe_ok(NULL) : probe_wrong("fchmod was allowed"));
}

PROBE(md_fsxattr)
{
	struct fsxattr x;
	int fd;

	NEED(fd = row_create("f"));
	if (ioctl(fd, FS_IOC_FSGETXATTR, &x) != 0)
		return (row_file_errno(errno, "FS_IOC_FSGETXATTR"));
	return (probe_ok("project %u", x.fsx_projid));
}

/* Room for the largest handle. */
union handle {
	struct file_handle h;
	char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

PROBE(md_name_to_handle)
{
	union handle u;
	int mount;

	memset(&u, 0, sizeof(u));
	NEED_TRUE(probe_file("f", ""));
	/* With no room it says how much it needs. */
	if (name_to_handle_at(AT_FDCWD, "f", &u.h, &mount, 0) != -1 ||
	    errno != EOVERFLOW)
		return (row_file_errno(errno, "name_to_handle_at"));
	NEED(name_to_handle_at(AT_FDCWD, "f", &u.h, &mount, 0));
	return (probe_ok("%u bytes", u.h.handle_bytes));
}

PROBE(md_open_by_handle)
{
	union handle u;
	int dir, fd, mount;
	char c;

	memset(&u, 0, sizeof(u));
	u.h.handle_bytes = MAX_HANDLE_SZ;
	NEED_TRUE(probe_file("f", "x"));
	NEED(dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (name_to_handle_at(AT_FDCWD, "f", &u.h, &mount, 0) != 0)
		return (row_file_errno(errno, "name_to_handle_at"));
	NEED(fd = open_by_handle_at(dir, &u.h, O_RDONLY | O_CLOEXEC));
	NEED(read(fd, &c, 1));
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another file"));
}

/* ESRCH: the file system could, but keeps no quota now. */
PROBE(md_quotactl)
{
	struct if_dqblk q;
	int fd;

	memset(&q, 0, sizeof(q));
	NEED(fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (syscall(SYS_quotactl_fd, fd, GET_QUOTA, geteuid(), &q) == 0)
		return (probe_ok(NULL));
	if (errno == ESRCH)
		return (
		    row_unsupported("no quota kept on %s", row_filesystem()));
	return (row_file_errno(errno, "quotactl_fd"));
}

#elif defined(__FreeBSD__)

enum extattr_how { ON_FILE, ON_LINK };

/* Sets an extended attribute, reads it back and removes it. */
static struct probe_answer
extattr_kept(const char *path, int space, enum extattr_how how)
{
	char buf[16];
	ssize_t n;

	n = how == ON_LINK
		? extattr_set_link(path, space, "isthmus", "value", 5)
		: extattr_set_file(path, space, "isthmus", "value", 5);
	if (n < 0)
		return (row_file_errno(errno, "extattr_set"));
	n = how == ON_LINK
		? extattr_get_link(path, space, "isthmus", buf, sizeof(buf))
		: extattr_get_file(path, space, "isthmus", buf, sizeof(buf));
	if (n != 5 || memcmp(buf, "value", 5) != 0)
		return (probe_wrong("it comes back changed"));
	/* One length byte, then the name. */
	n = how == ON_LINK ? extattr_list_link(path, space, buf, sizeof(buf))
			   : extattr_list_file(path, space, buf, sizeof(buf));
	if (n < 8 || memcmp(buf, "\7isthmus", 8) != 0)
		return (probe_wrong("it is not listed"));
	NEED(how == ON_LINK ? extattr_delete_link(path, space, "isthmus")
			    : extattr_delete_file(path, space, "isthmus"));
	return (probe_ok(NULL));
}

PROBE(md_extattr_user)
{
	NEED_TRUE(probe_file("f", ""));
	return (extattr_kept("f", EXTATTR_NAMESPACE_USER, ON_FILE));
}

PROBE(md_extattr_link)
{
	NEED(symlink("nowhere", "link"));
	return (extattr_kept("link", EXTATTR_NAMESPACE_USER, ON_LINK));
}

PROBE(md_extattr_system)
{
	NEED_TRUE(probe_file("f", ""));
	return (extattr_kept("f", EXTATTR_NAMESPACE_SYSTEM, ON_FILE));
}

PROBE(md_acl_posix)
{
	acl_t a;

	NEED_TRUE(probe_file("f", ""));
	if (pathconf("f", _PC_ACL_EXTENDED) <= 0)
		return (row_unsupported(
		    "no POSIX.1e lists on %s", row_filesystem()));
	NEED_TRUE((a = acl_from_text(
		       "u::rw-,u:35999:r--,g::---,m::r--,o::---")) != NULL);
	if (acl_set_file("f", ACL_TYPE_ACCESS, a) != 0)
		return (row_file_errno(errno, "acl_set_file"));
	NEED_TRUE((a = acl_get_file("f", ACL_TYPE_ACCESS)) != NULL);
	return (strstr(acl_to_text(a, NULL), "35999") != NULL
		    ? probe_ok(NULL)
		    : probe_wrong("the entry is not kept"));
}

PROBE(md_acl_nfs4)
{
	acl_t a;

	NEED_TRUE(probe_file("f", ""));
	if (pathconf("f", _PC_ACL_NFS4) <= 0)
		return (
		    row_unsupported("no NFSv4 lists on %s", row_filesystem()));
	NEED_TRUE((a = acl_get_file("f", ACL_TYPE_NFS4)) != NULL);
	if (acl_set_file("f", ACL_TYPE_NFS4, a) != 0)
		return (row_file_errno(errno, "acl_set_file"));
	return (probe_ok(NULL));
}

PROBE(md_chflags)
{
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	if (chflags("f", UF_NODUMP) != 0)
		return (row_file_errno(errno, "chflags"));
	NEED(stat("f", &st));
	return ((st.st_flags & UF_NODUMP) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("the flag is not kept"));
}

PROBE(md_lchflags)
{
	struct stat link, target;

	NEED_TRUE(probe_file("f", ""));
	NEED(symlink("f", "link"));
	if (lchflags("link", UF_NODUMP) != 0)
		return (row_file_errno(errno, "lchflags"));
	NEED(lstat("link", &link));
	NEED(stat("f", &target));
	if ((target.st_flags & UF_NODUMP) != 0 ||
	    (link.st_flags & UF_NODUMP) == 0)
		return (probe_wrong("not the link, but its target"));
	return (probe_ok(NULL));
}

/* A file without a name goes with this process, whatever its flags. */
static struct probe_answer
immutable(unsigned long flag)
{
	int fd, refused;

	NEED(fd = row_create("f"));
	NEED(unlink("f"));
	if (fchflags(fd, flag) != 0)
		return (row_file_errno(errno, "fchflags"));
	refused = fchmod(fd, 0644) == -1 && errno == EPERM;
	NEED(fchflags(fd, 0));
	return (refused ? probe_ok(NULL) : probe_wrong("fchmod was allowed"));
}

PROBE(md_uchg)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (immutable(UF_IMMUTABLE));
}

PROBE(md_schg)
{
	return (immutable(SF_IMMUTABLE));
}

PROBE(md_getfh)
{
	fhandle_t fh;
	int fd;
	char c;

	NEED_TRUE(probe_file("f", "x"));
	if (getfh("f", &fh) != 0)
		return (row_file_errno(errno, "getfh"));
	if ((fd = fhopen(&fh, O_RDONLY | O_CLOEXEC)) < 0)
		return (row_file_errno(errno, "fhopen"));
	NEED(read(fd, &c, 1));
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another file"));
}

PROBE(md_quotactl)
{
	int type;

	if (quotactl(".", QCMD(Q_GETQUOTASIZE, USRQUOTA), (int)geteuid(),
		&type) == 0)
		return (probe_ok(NULL));
	return (row_file_errno(errno, "quotactl"));
}

PROBE(md_st_flags_gen)
{
	struct stat st;

	NEED_TRUE(probe_file("f", ""));
	NEED(stat("f", &st));
	if (st.st_gen == 0)
		return (row_unsupported(
		    "no generation on %s for this user", row_filesystem()));
	return (probe_ok(NULL));
}

#endif
