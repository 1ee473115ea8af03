/*
 * FreeBSD: how the shared mount rows mount, and the rows of nmount(2),
 * nullfs(5) and the file systems that a jail is given.  nmount loads a
 * missing module by itself, which would change the host: every type is
 * looked up first, and one that is not there is reported and left alone.
 */
#include "survey/probe/area_mount.h"

#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE (MAXPATHLEN + 32)

static const char *
in_dir(const struct probe_context *ctx, const char *name, char *path)
{
	snprintf(path, PATH_SIZE, "%s/%s", ctx->dir, name);
	return (path);
}

/* Mounts with up to two more options; 0, or -1 with errno. */
static int
make(const struct probe_context *ctx, const char *type, const char *from,
    const char *at, unsigned flags, const char *option, const char *value,
    char *errmsg)
{
	char path[PATH_SIZE];
	const char *access;

	if (!util_vfs_loaded(type)) {
		errno = EOPNOTSUPP;
		return (-1);
	}
	/*
	 * In the place of what is not asked for stands rw or ro once more:
	 * the opposite, "symfollow", is an option that devfs does not know.
	 */
	access = (flags & LIKE_RDONLY) != 0 ? "ro" : "rw";
	return (util_nmount((flags & LIKE_UPDATE) != 0 ? MNT_UPDATE : 0, errmsg,
	    "fstype", type, "fspath", in_dir(ctx, at, path), "from", from,
	    access, "", (flags & LIKE_NOSUID) != 0 ? "nosuid" : access, "",
	    (flags & LIKE_NOEXEC) != 0 ? "noexec" : access, "",
	    (flags & LIKE_NOSYMFOLLOW) != 0 ? "nosymfollow" : access, "",
	    option, value, NULL));
}

int
mount_tmpfs(const struct probe_context *ctx, const char *at, unsigned flags,
    const char *options)
{
	char name[64];
	char *value;

	if (options == NULL)
		return (
		    make(ctx, "tmpfs", "tmpfs", at, flags, NULL, NULL, NULL));
	snprintf(name, sizeof(name), "%s", options);
	value = strchr(name, '=');
	if (value != NULL)
		*value++ = '\0';
	return (make(ctx, "tmpfs", "tmpfs", at, flags, name,
	    value != NULL ? value : "", NULL));
}

static int
nullfs(const struct probe_context *ctx, const char *from, const char *at,
    unsigned flags, const char *option)
{
	char path[PATH_SIZE];

	return (make(ctx, "nullfs", in_dir(ctx, from, path), at, flags, option,
	    "", NULL));
}

int
mount_view(const struct probe_context *ctx, const char *from, const char *at,
    unsigned flags)
{
	return (nullfs(ctx, from, at, flags, NULL));
}

int
mount_remove(const struct probe_context *ctx, const char *at, bool force)
{
	char path[PATH_SIZE];

	return (unmount(in_dir(ctx, at, path), force ? MNT_FORCE : 0));
}

const char *
mount_view_missing(void)
{
	return (util_vfs_loaded("nullfs")
		    ? NULL
		    : "module nullfs is not loaded (kldload nullfs)");
}

int
mount_unknown_type(const struct probe_context *ctx, const char *at)
{
	char path[PATH_SIZE];

	return (util_nmount(0, NULL, "fstype", "isthmus-none", "fspath",
	    in_dir(ctx, at, path), "from", "none", NULL));
}

/* Makes "m" and mounts `type` there; false with the answer. */
static bool
begin(const struct probe_context *ctx, const char *type, const char *option,
    const char *value, struct probe_answer *why)
{
	char errmsg[UTIL_ERRMSG_SIZE];

	if (!util_admin(ctx, 0, why))
		return (false);
	if (!util_vfs_loaded(type)) {
		*why = util_no_module(type);
		return (false);
	}
	if (mkdir("m", 0755) == 0 &&
	    make(ctx, type, type, "m", 0, option, value, errmsg) == 0)
		return (true);
	*why = probe_errno(errno, "nmount(%s): %.100s", type, errmsg);
	return (false);
}

PROBE(mnt_nmount)
{
	struct probe_answer why;
	struct statfs fs;

	if (!begin(ctx, "tmpfs", NULL, NULL, &why))
		return (why);
	if (statfs("m", &fs) != 0)
		return (probe_errno(errno, "statfs"));
	return (strcmp(fs.f_fstypename, "tmpfs") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("\"m\" is on %s", fs.f_fstypename));
}

PROBE(mnt_nmount_errmsg)
{
	char errmsg[UTIL_ERRMSG_SIZE], path[PATH_SIZE];
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (util_nmount(0, errmsg, "fstype", "isthmus-none", "fspath",
		in_dir(ctx, "m", path), NULL) == 0)
		return (probe_wrong("an unknown type was mounted"));
	return (errmsg[0] != '\0'
		    ? probe_ok("says \"%.120s\"", errmsg)
		    : probe_wrong("%s, and no words", strerror(errno)));
}

PROBE(mnt_mount2)
{
	char path[PATH_SIZE];
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (!util_vfs_loaded("tmpfs") || mkdir("m", 0755) != 0)
		return (probe_state(ISTH_STATE_UNSUPPORTED, 0, "no tmpfs"));
	if (mount("tmpfs", in_dir(ctx, "m", path), 0, NULL) == 0)
		return (probe_ok(NULL));
	return (errno == EOPNOTSUPP ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
					  "tmpfs takes nmount alone")
				    : probe_errno(errno, "mount(tmpfs)"));
}

/* A listening socket "s/socket" and "m" as a view of "s". */
static bool
begin_socket(const struct probe_context *ctx, const char *option,
    struct probe_answer *why)
{
	if (!util_admin(ctx, 0, why))
		return (false);
	if (mount_view_missing() != NULL) {
		*why = util_skip("%s", mount_view_missing());
		return (false);
	}
	if (mkdir("m", 0755) == 0 && mkdir("s", 0755) == 0 &&
	    util_unix_listen("s/socket") >= 0 &&
	    nullfs(ctx, "s", "m", 0, option) == 0)
		return (true);
	*why = probe_errno(errno, "nmount(nullfs)");
	return (false);
}

PROBE(mnt_nullfs_unixbypass)
{
	struct probe_answer why;

	if (!begin_socket(ctx, NULL, &why))
		return (why);
	return (
	    util_unix_connect("m/socket") >= 0
		? probe_ok("reached: a jail with this view reaches the host")
		: probe_errno(errno, "connect"));
}

PROBE(mnt_nullfs_nounixbypass)
{
	struct probe_answer why;

	if (!begin_socket(ctx, "nounixbypass", &why))
		return (why);
	if (util_unix_connect("m/socket") >= 0)
		return (probe_wrong("taken in silence; the socket is "
				    "reached (before 15)"));
	return (errno == ECONNREFUSED
		    ? probe_ok("ECONNREFUSED")
		    : probe_errno(errno, "connect: not ECONNREFUSED"));
}

PROBE(mnt_nullfs_nocache)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mount_view_missing() != NULL)
		return (util_skip("%s", mount_view_missing()));
	if (mkdir("m", 0755) != 0 || mkdir("s", 0755) != 0 ||
	    nullfs(ctx, "s", "m", 0, "nocache") != 0)
		return (probe_errno(errno, "nmount(nullfs)"));
	if (!probe_file("m/file", "x") || unlink("s/file") != 0)
		return (probe_errno(errno, "write through the view"));
	return (util_exists("m/file")
		    ? probe_wrong("a file deleted below still shows")
		    : probe_ok("vfs.nullfs.cache_vnodes is %ld",
			  util_sysctl("vfs.nullfs.cache_vnodes", -1)));
}

PROBE(mnt_nullfs_update)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mount_view_missing() != NULL)
		return (util_skip("%s", mount_view_missing()));
	if (mkdir("m", 0755) != 0 || mkdir("s", 0755) != 0 ||
	    nullfs(ctx, "s", "m", 0, NULL) != 0)
		return (probe_errno(errno, "nmount(nullfs)"));
	if (nullfs(ctx, "s", "m", LIKE_UPDATE | LIKE_RDONLY, NULL) != 0)
		return (errno == EOPNOTSUPP
			    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
				  "ro must be given when it is mounted")
			    : probe_errno(errno, "nmount(MNT_UPDATE)"));
	return (probe_file("m/file", "")
		    ? probe_wrong("taken, and it stayed writable")
		    : probe_ok(NULL));
}

PROBE(mnt_nullfs_option)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mount_view_missing() != NULL)
		return (util_skip("%s", mount_view_missing()));
	if (mkdir("m", 0755) != 0 || mkdir("s", 0755) != 0)
		return (probe_errno(errno, "mkdir"));
	if (nullfs(ctx, "s", "m", 0, "isthmus-nonsense") == 0)
		return (probe_wrong("taken in silence: verify the effect of "
				    "an option, not the return"));
	return (errno == EINVAL ? probe_ok("EINVAL")
				: probe_errno(errno, "nmount(nullfs)"));
}

PROBE(mnt_devfs)
{
	struct probe_answer why;

	if (!begin(ctx, "devfs", NULL, NULL, &why))
		return (why);
	return (util_done(open("m/null", O_WRONLY | O_CLOEXEC), "open m/null"));
}

PROBE(mnt_devfs_ruleset)
{
	struct probe_answer why;

	if (!begin(ctx, "devfs", "ruleset", "4", &why))
		return (why);
	if (util_exists("m/mem") || util_exists("m/kmem"))
		return (probe_wrong("m/mem shows: ruleset 4 is empty until "
				    "devfs(8) loads it"));
	return (util_exists("m/null") ? probe_ok("null, but not mem")
				      : probe_wrong("m/null is hidden too"));
}

PROBE(mnt_fdescfs)
{
	struct probe_answer why;
	char path[32];
	int fd;

	if (!begin(ctx, "fdescfs", NULL, NULL, &why))
		return (why);
	fd = open(".", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "m/%d", fd);
	if (fd < 0 || !util_exists(path))
		return (probe_wrong("an open descriptor does not show"));
	close(fd);
	return (util_exists(path) ? probe_wrong("a closed one shows")
				  : probe_ok(NULL));
}

PROBE(mnt_procfs)
{
	struct probe_answer why;
	char path[32];

	if (!begin(ctx, "procfs", NULL, NULL, &why))
		return (why);
	snprintf(path, sizeof(path), "m/%d/status", (int)getpid());
	return (util_exists(path) && util_exists("m/curproc")
		    ? probe_ok(NULL)
		    : probe_wrong("our process does not show"));
}

PROBE(mnt_linprocfs)
{
	struct probe_answer why;

	if (!begin(ctx, "linprocfs", NULL, NULL, &why))
		return (why);
	return (util_exists("m/cpuinfo") && util_exists("m/self")
		    ? probe_ok(NULL)
		    : probe_wrong("no cpuinfo"));
}

PROBE(mnt_unionfs)
{
	char path[PATH_SIZE];
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (!util_vfs_loaded("unionfs"))
		return (util_no_module("unionfs"));
	if (mkdir("m", 0755) != 0 || mkdir("upper", 0755) != 0 ||
	    !probe_file("m/lower", "lower") ||
	    make(ctx, "unionfs", in_dir(ctx, "upper", path), "m", 0, NULL, NULL,
		NULL) != 0)
		return (probe_errno(errno, "nmount(unionfs)"));
	if (!util_exists("m/lower") || !probe_file("m/new", "x"))
		return (probe_errno(errno, "use of the union"));
	if (!util_exists("upper/new"))
		return (probe_wrong("a new file is not in the upper layer"));
	return (probe_ok("new files are in the upper layer"));
}

PROBE(mnt_fusefs)
{
	if (!util_vfs_loaded("fusefs"))
		return (util_no_module("fusefs"));
	return (
	    util_done(open("/dev/fuse", O_RDWR | O_CLOEXEC), "open /dev/fuse"));
}

PROBE(mnt_zfs)
{
	if (!util_vfs_loaded("zfs"))
		return (util_no_module("zfs"));
	return (
	    util_done(open("/dev/zfs", O_RDWR | O_CLOEXEC), "open /dev/zfs"));
}

PROBE(mnt_usermount)
{
	long allowed;

	allowed = util_sysctl("vfs.usermount", -1);
	if (mkdir("m", 0755) != 0 ||
	    (ctx->root && chown("m", PROBE_OTHER_ID, PROBE_OTHER_ID) != 0))
		return (probe_errno(errno, "mkdir"));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (mount_tmpfs(ctx, "m", 0, NULL) != 0)
		return (probe_errno(
		    errno, "nmount: vfs.usermount is %ld", allowed));
	return (allowed == 1
		    ? probe_ok("it is 1")
		    : probe_wrong("mounted though it is %ld", allowed));
}

PROBE(mnt_byfsid)
{
	struct probe_answer why;
	struct statfs fs;
	char id[64];

	if (!begin(ctx, "tmpfs", NULL, NULL, &why))
		return (why);
	if (!probe_file("m/file", "") || statfs("m", &fs) != 0)
		return (probe_errno(errno, "statfs"));
	snprintf(
	    id, sizeof(id), "FSID:%d:%d", fs.f_fsid.val[0], fs.f_fsid.val[1]);
	if (unmount(id, MNT_BYFSID) != 0)
		return (probe_errno(errno, "unmount(%s)", id));
	return (util_exists("m/file") ? probe_wrong("still mounted")
				      : probe_ok(NULL));
}

PROBE(mnt_getfsstat)
{
	char path[PATH_SIZE], real[PATH_MAX];
	struct probe_answer why;
	struct statfs *list;
	int i, n;

	if (!begin(ctx, "tmpfs", NULL, NULL, &why))
		return (why);
	if (realpath(in_dir(ctx, "m", path), real) == NULL)
		return (probe_errno(errno, "realpath"));
	n = getmntinfo(&list, MNT_NOWAIT);
	for (i = 0; i < n; i++)
		if (strcmp(list[i].f_mntonname, real) == 0)
			return (probe_ok("one of %d", n));
	return (probe_wrong("not among the %d that are listed", n));
}

PROBE(mnt_statfs_from)
{
	struct probe_answer why;
	struct statfs fs;
	char path[PATH_SIZE];

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mount_view_missing() != NULL)
		return (util_skip("%s", mount_view_missing()));
	if (mkdir("m", 0755) != 0 || mkdir("s", 0755) != 0 ||
	    nullfs(ctx, "s", "m", 0, NULL) != 0 || statfs("m", &fs) != 0)
		return (probe_errno(errno, "nmount(nullfs)"));
	return (strcmp(fs.f_mntfromname, in_dir(ctx, "s", path)) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it says %.150s", fs.f_mntfromname));
}

PROBE(mnt_union)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mkdir("m", 0755) != 0 || !probe_file("m/below", ""))
		return (probe_errno(errno, "mkdir"));
	if (make(ctx, "tmpfs", "tmpfs", "m", 0, "union", "", NULL) != 0)
		return (probe_errno(errno, "nmount(union)"));
	if (!util_exists("m/below"))
		return (probe_wrong("the file below does not show"));
	return (probe_file("m/new", "") && unlink("m/new") == 0
		    ? probe_ok(NULL)
		    : probe_errno(errno, "create"));
}

/* Mounts over what must not be mounted over. */
static struct probe_answer
refuse(const struct probe_context *ctx, const char *option, int want)
{
	if (make(ctx, "tmpfs", "tmpfs", "m", 0, option, "", NULL) == 0)
		return (probe_wrong("%s was taken in silence", option));
	return (errno == want ? probe_ok("%s", strerror(want))
			      : probe_errno(errno, "nmount(%s)", option));
}

PROBE(mnt_emptydir)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	if (mkdir("m", 0755) != 0 || !probe_file("m/file", ""))
		return (probe_errno(errno, "mkdir"));
	return (refuse(ctx, "emptydir", ENOTEMPTY));
}

PROBE(mnt_nocover)
{
	struct probe_answer why;

	if (!begin(ctx, "tmpfs", NULL, NULL, &why))
		return (why);
	return (refuse(ctx, "nocover", EBUSY));
}

#else
typedef int area_mount_freebsd_is_empty_here;
#endif
