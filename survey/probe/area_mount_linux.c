/*
 * Linux: how the shared mount rows mount, and the rows of mount(2),
 * umount2(2) and pivot_root(2).
 */
#include "survey/probe/area_mount.h"

#if defined(__linux__)

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* linux/mount.h, since 5.10 */
#endif

static unsigned long
native_flags(unsigned flags)
{
	unsigned long native = 0;

	if ((flags & LIKE_RDONLY) != 0)
		native |= MS_RDONLY;
	if ((flags & LIKE_NOSUID) != 0)
		native |= MS_NOSUID;
	if ((flags & LIKE_NOEXEC) != 0)
		native |= MS_NOEXEC;
	if ((flags & LIKE_NOSYMFOLLOW) != 0)
		native |= MS_NOSYMFOLLOW;
	if ((flags & LIKE_UPDATE) != 0)
		native |= MS_REMOUNT;
	return (native);
}

int
mount_tmpfs(const struct probe_context *ctx, const char *at, unsigned flags,
    const char *options)
{
	(void)ctx;
	return (mount("tmpfs", at, "tmpfs", native_flags(flags), options));
}

int
mount_view(const struct probe_context *ctx, const char *from, const char *at,
    unsigned flags)
{
	struct statvfs vfs;
	unsigned long keep;

	(void)ctx;
	if (mount(from, at, NULL, MS_BIND, NULL) != 0)
		return (-1);
	if (flags == 0)
		return (0);
	/*
	 * The first call ignores all flags but MS_REC (mount(2)).  Flags of
	 * the original are locked in a user namespace: repeat them.
	 */
	keep = 0;
	if (statvfs(at, &vfs) == 0)
		keep =
		    vfs.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC |
				     ST_NOATIME | ST_NODIRATIME | ST_RELATIME);
	if ((keep & ST_RELATIME) != 0)
		keep = (keep & ~(unsigned long)ST_RELATIME) | MS_RELATIME;
	return (mount(NULL, at, NULL,
	    MS_BIND | MS_REMOUNT | keep | native_flags(flags), NULL));
}

int
mount_remove(const struct probe_context *ctx, const char *at, bool force)
{
	(void)ctx;
	return (umount2(at, force ? MNT_DETACH : 0));
}

const char *
mount_view_missing(void)
{
	return (NULL);
}

int
mount_unknown_type(const struct probe_context *ctx, const char *at)
{
	(void)ctx;
	return (mount("none", at, "isthmus-nonsense", 0, NULL));
}

/* Mounts a tmpfs on "m" and makes that change to it, if any; false with the answer. */
static bool
begin(const struct probe_context *ctx, unsigned long change,
    struct probe_answer *why)
{
	if (!util_admin(ctx, 0, why))
		return (false);
	if (mkdir("m", 0755) != 0 ||
	    mount("tmpfs", "m", "tmpfs", 0, NULL) != 0 ||
	    mkdir("m/sub", 0755) != 0) {
		*why = probe_errno(errno, "mount(tmpfs)");
		return (false);
	}
	if (change != 0 && mount(NULL, "m", NULL, change, NULL) != 0) {
		*why = probe_errno(errno, "mount(m, 0x%lx)", change);
		return (false);
	}
	return (true);
}

static int
other_namespace(void *arg)
{
	const unsigned long *propagation = arg;

	if (unshare(CLONE_NEWNS) != 0)
		return (errno);
	if (*propagation != 0 &&
	    mount(NULL, "m", NULL, *propagation, NULL) != 0)
		return (errno);
	return (mount("tmpfs", "m/sub", "tmpfs", 0, NULL) == 0 &&
			probe_file("m/sub/inside", "")
		    ? 0
		    : errno);
}

/*
 * True when a mount made in a copy of our mount namespace, in which "m" got
 * that propagation, shows in ours.
 */
static bool
comes_back(unsigned long propagation, int *err)
{
	*err = probe_child(other_namespace, &propagation);
	return (util_exists("m/sub/inside"));
}

PROBE(mnt_private)
{
	struct probe_answer why;
	int err;

	if (!begin(ctx, MS_SHARED, &why))
		return (why);
	if (comes_back(MS_PRIVATE, &err))
		return (probe_wrong("a mount in a private copy came back"));
	return (err == 0 ? probe_ok(NULL) : probe_errno(err, "unshare"));
}

PROBE(mnt_shared)
{
	struct probe_answer why;
	int err;

	if (!begin(ctx, MS_SHARED, &why))
		return (why);
	if (comes_back(0, &err))
		return (probe_ok("a mount in a copy came back to the peer"));
	return (err == 0 ? probe_wrong("a mount in a shared copy stayed")
			 : probe_errno(err, "unshare"));
}

static int
slave_setup(void *arg)
{
	(void)arg;
	return (unshare(CLONE_NEWNS) == 0 &&
			mount(NULL, "m", NULL, MS_SLAVE, NULL) == 0
		    ? 0
		    : errno);
}

PROBE(mnt_slave)
{
	struct probe_answer answer;
	struct util_peer peer;
	char path[400];
	int err;

	if (!begin(ctx, MS_SHARED, &answer))
		return (answer);
	if (comes_back(MS_SLAVE, &err))
		return (probe_wrong("a slave's mount came back"));
	if (err != 0)
		return (probe_errno(err, "unshare"));
	if (!util_peer_start(&peer, slave_setup, NULL))
		return (probe_errno(errno, "mount(MS_SLAVE)"));
	snprintf(path, sizeof(path), "/proc/%d/cwd/m/sub/later", (int)peer.pid);
	if (mount("tmpfs", "m/sub", "tmpfs", 0, NULL) != 0 ||
	    !probe_file("m/sub/later", ""))
		answer = probe_errno(errno, "mount(tmpfs)");
	else
		answer =
		    util_exists(path)
			? probe_ok("receives from its master, sends nothing")
			: probe_wrong("the master's mount did not reach it");
	util_peer_stop(&peer);
	return (answer);
}

PROBE(mnt_unbindable)
{
	struct probe_answer why;

	if (!begin(ctx, MS_UNBINDABLE, &why))
		return (why);
	if (mkdir("other", 0755) != 0)
		return (probe_errno(errno, "mkdir"));
	if (mount("m", "other", NULL, MS_BIND, NULL) == 0)
		return (probe_wrong("a bind mount of it was made"));
	return (errno == EINVAL ? probe_ok("EINVAL")
				: probe_errno(errno, "mount(MS_BIND)"));
}

PROBE(mnt_rbind)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (mount("tmpfs", "m/sub", "tmpfs", 0, NULL) != 0 ||
	    !probe_file("m/sub/file", "") || mkdir("other", 0755) != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	if (mount("m", "other", NULL, MS_BIND | MS_REC, NULL) != 0)
		return (probe_errno(errno, "mount(MS_BIND | MS_REC)"));
	return (util_exists("other/sub/file")
		    ? probe_ok("mounts below come with it")
		    : probe_wrong("the mount below is missing"));
}

PROBE(mnt_move)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (mkdir("other", 0755) != 0)
		return (probe_errno(errno, "mkdir"));
	if (mount("m", "other", NULL, MS_MOVE, NULL) != 0)
		return (probe_errno(errno, "mount(MS_MOVE)"));
	return (util_exists("other/sub") && !util_exists("m/sub")
		    ? probe_ok(NULL)
		    : probe_wrong("it did not move"));
}

PROBE(mnt_expire)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (umount2("m", MNT_EXPIRE) == 0 || errno != EAGAIN)
		return (probe_wrong("the first call did not give EAGAIN"));
	return (util_done(umount2("m", MNT_EXPIRE), "the second call"));
}

PROBE(mnt_nofollow)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (symlink("m", "link") != 0)
		return (probe_errno(errno, "symlink"));
	if (umount2("link", UMOUNT_NOFOLLOW) == 0)
		return (probe_wrong("a symbolic link was followed"));
	if (errno != EINVAL)
		return (probe_errno(errno, "umount2(UMOUNT_NOFOLLOW)"));
	return (util_exists("m/sub")
		    ? probe_ok("EINVAL")
		    : probe_wrong("it is unmounted nonetheless"));
}

PROBE(mnt_pivot)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (chdir("m") != 0 || syscall(SYS_pivot_root, ".", "sub") != 0)
		return (probe_errno(errno, "pivot_root"));
	if (chdir("/") != 0 || !util_exists("/sub/proc"))
		return (probe_wrong("the old root is not where it was put"));
	if (umount2("/sub", MNT_DETACH) != 0)
		return (probe_errno(errno, "umount2(old root)"));
	return (util_exists("/sub/proc") || util_exists("/../proc")
		    ? probe_wrong("the old root can still be reached")
		    : probe_ok("old root detached%s", util_admin_note(ctx)));
}

PROBE(mnt_pivot_same)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	/* pivot_root(2): ".", "." stacks the old root over the new one. */
	if (chdir("m") != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		return (probe_errno(errno, "pivot_root(., .)"));
	if (umount2(".", MNT_DETACH) != 0)
		return (probe_errno(errno, "umount2(.)"));
	return (chdir("/") == 0 && util_exists("/sub") && !util_exists("/proc")
		    ? probe_ok("needs no directory for it")
		    : probe_wrong("the old root still shows"));
}

PROBE(mnt_locked)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (!util_userns(CLONE_NEWNS))
		return (
		    util_skip("needs a user namespace: %s", strerror(errno)));
	/* mount_namespaces(7): what was received as a unit is locked. */
	if (umount2("m", MNT_DETACH) == 0)
		return (probe_wrong("a mount of the outer one was removed: "
				    "what it hides shows"));
	return (errno == EINVAL || errno == EPERM
		    ? probe_ok("%s", strerror(errno))
		    : probe_errno(errno, "umount2"));
}

PROBE(mnt_nodev)
{
	struct probe_answer why;

	if (!begin(ctx, 0, &why))
		return (why);
	if (mknod("m/null", S_IFCHR | 0600, makedev(1, 3)) != 0)
		return (probe_errno(errno, "mknod"));
	if (open("m/null", O_WRONLY | O_CLOEXEC) < 0)
		return (util_skip("devices cannot be opened here at all"));
	if (mount(NULL, "m", NULL, MS_REMOUNT | MS_NODEV, NULL) != 0)
		return (probe_errno(errno, "mount(MS_NODEV)"));
	return (util_refused(
	    open("m/null", O_WRONLY | O_CLOEXEC), 0, "opening a device node"));
}

PROBE(mnt_mountinfo)
{
	static char text[262144];
	struct probe_answer why;
	size_t len;
	ssize_t n;
	int fd;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mkdir("m", 0755) != 0 ||
	    mount("isthmus-source", "m", "tmpfs", 0, NULL) != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "/proc/self/mountinfo"));
	len = 0;
	while (len < sizeof(text) - 1 &&
	       (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return (strstr(text, " - tmpfs isthmus-source ") != NULL
		    ? probe_ok(NULL)
		    : probe_wrong("the new mount is not in it"));
}

PROBE(mnt_noatime)
{
	static const struct timespec old[2] = { { 1000, 0 }, { 2000, 0 } };
	struct probe_answer why;
	struct stat st;
	char text[4];

	if (!begin(ctx, MS_REMOUNT | MS_NOATIME, &why))
		return (why);
	if (!probe_file("m/file", "x") ||
	    utimensat(AT_FDCWD, "m/file", old, 0) != 0 ||
	    !util_read("m/file", text, sizeof(text)) ||
	    stat("m/file", &st) != 0)
		return (probe_errno(errno, "read"));
	return (st.st_atime == 1000
		    ? probe_ok(NULL)
		    : probe_wrong("reading changed the access time"));
}

#else
typedef int area_mount_linux_is_empty_here;
#endif
