/*
 * Linux's mount calls by descriptor (5.2 and later).  All by raw system
 * call: libc has wrappers only from glibc 2.36, and no header has them all.
 * Numbers and layouts: include/uapi/linux/mount.h, asm-generic/unistd.h.
 */
#include "survey/probe/area_mount.h"

#if defined(__linux__)

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The same on every architecture: numbers above 424 are common. */
enum {
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_FSCONFIG = 431,
	NR_FSMOUNT = 432,
	NR_FSPICK = 433,
	NR_MOUNT_SETATTR = 442,
	NR_STATMOUNT = 457,
	NR_LISTMOUNT = 458,
	NR_OPEN_TREE_ATTR = 467
};
enum {
	CONFIG_SET_FLAG = 0,
	CONFIG_SET_STRING = 1,
	CONFIG_CREATE = 6,
	CONFIG_RECONFIGURE = 7
};
#define TREE_CLONE 1U
#define TREE_CLOEXEC ((unsigned)O_CLOEXEC)
#define MOVE_FROM_EMPTY_PATH 0x04U
#define MOVE_BENEATH 0x200U
#define ATTR_RDONLY 0x01U
#define ATTR_NOSUID 0x02U
#define ATTR_IDMAP 0x00100000U
#define AT_WHOLE_TREE 0x8000U /* AT_RECURSIVE */
#define AT_NO_PATH 0x1000U    /* AT_EMPTY_PATH */

struct attributes { /* struct mount_attr */
	uint64_t set, clear, propagation, userns_fd;
};

static long
configure(int fd, unsigned command, const char *key, const char *value)
{
	return (syscall(NR_FSCONFIG, fd, command, key, value, 0));
}

static long
set_attributes(
    int fd, const char *path, unsigned flags, const struct attributes *attr)
{
	return (
	    syscall(NR_MOUNT_SETATTR, fd, path, flags, attr, sizeof(*attr)));
}

/* Becomes able to mount and makes "m"; false with the answer. */
static bool
begin(const struct probe_context *ctx, struct probe_answer *why)
{
	if (!util_admin(ctx, 0, why))
		return (false);
	if (mkdir("m", 0755) == 0)
		return (true);
	*why = probe_errno(errno, "mkdir");
	return (false);
}

/* A detached tmpfs with "sub" and "file" in it; -1 with the answer. */
static int
detached(struct probe_answer *why)
{
	int fd, fs;

	fs = (int)syscall(NR_FSOPEN, "tmpfs", 1 /* FSOPEN_CLOEXEC */);
	if (fs < 0) {
		*why = probe_errno(errno, "fsopen");
		return (-1);
	}
	if (configure(fs, CONFIG_CREATE, NULL, NULL) != 0) {
		*why = probe_errno(errno, "fsconfig(FSCONFIG_CMD_CREATE)");
		return (-1);
	}
	fd = (int)syscall(NR_FSMOUNT, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	if (fd < 0)
		*why = probe_errno(errno, "fsmount");
	close(fs);
	return (fd);
}

/* Puts a mount descriptor at `at`. */
static long
attach(int fd, const char *at, unsigned flags)
{
	return (syscall(
	    NR_MOVE_MOUNT, fd, "", AT_FDCWD, at, MOVE_FROM_EMPTY_PATH | flags));
}

PROBE(mnt_fsopen)
{
	struct probe_answer why;
	int fd;

	if (!util_admin(ctx, 0, &why))
		return (why);
	fd = (int)syscall(NR_FSOPEN, "isthmus-nonsense", 0);
	if (fd >= 0 || (errno != ENODEV && errno != ENOSYS))
		return (probe_wrong("an unknown type: %s",
		    fd >= 0 ? "taken" : strerror(errno)));
	return (util_done(syscall(NR_FSOPEN, "tmpfs", 0), "fsopen"));
}

PROBE(mnt_fsconfig)
{
	struct probe_answer why;
	char words[200];
	ssize_t n;
	int fd;

	if (!util_admin(ctx, 0, &why))
		return (why);
	fd = (int)syscall(NR_FSOPEN, "tmpfs", 1);
	if (fd < 0)
		return (probe_errno(errno, "fsopen"));
	if (configure(fd, CONFIG_SET_STRING, "size", "65536") != 0)
		return (probe_errno(errno, "fsconfig(size)"));
	if (configure(fd, CONFIG_SET_STRING, "isthmus-nonsense", "1") == 0)
		return (probe_wrong("an unknown option was taken"));
	if (errno != EINVAL)
		return (probe_errno(errno, "fsconfig"));
	/* The descriptor reads as the kernel's words: what nmount calls
	   errmsg. */
	n = read(fd, words, sizeof(words) - 1);
	if (n <= 0)
		return (probe_wrong("EINVAL, but no words"));
	words[n] = '\0';
	words[strcspn(words, "\n")] = '\0';
	/* Two bytes before the text tell its weight: "e " is an error. */
	return (probe_ok("says \"%.120s\"", n > 2 ? words + 2 : words));
}

PROBE(mnt_fsmount)
{
	struct probe_answer why;
	int fd, fs;

	if (!begin(ctx, &why))
		return (why);
	fs = (int)syscall(NR_FSOPEN, "tmpfs", 1);
	if (fs < 0)
		return (probe_errno(errno, "fsopen"));
	if (configure(fs, CONFIG_CREATE, NULL, NULL) != 0)
		return (probe_errno(errno, "fsconfig"));
	fd = (int)syscall(NR_FSMOUNT, fs, 1, ATTR_RDONLY);
	if (fd < 0 || attach(fd, "m", 0) != 0)
		return (probe_errno(errno, "fsmount, move_mount"));
	return (!probe_file("m/file", "") && errno == EROFS
		    ? probe_ok("read-only from its first moment")
		    : probe_wrong("MOUNT_ATTR_RDONLY had no effect"));
}

PROBE(mnt_detached)
{
	struct probe_answer why;
	int fd;

	if (!util_admin(ctx, 0, &why))
		return (why);
	fd = detached(&why);
	if (fd < 0)
		return (why);
	if (mkdirat(fd, "sub", 0700) != 0)
		return (probe_errno(errno, "mkdirat in a detached mount"));
	return (probe_ok("usable by descriptor, in nobody's tree"));
}

PROBE(mnt_fspick)
{
	struct probe_answer why;
	int fs;

	if (!begin(ctx, &why))
		return (why);
	if (mount("tmpfs", "m", "tmpfs", 0, NULL) != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	fs = (int)syscall(NR_FSPICK, AT_FDCWD, "m", 1 /* FSPICK_CLOEXEC */);
	if (fs < 0)
		return (probe_errno(errno, "fspick"));
	if (configure(fs, CONFIG_SET_FLAG, "ro", NULL) != 0 ||
	    configure(fs, CONFIG_RECONFIGURE, NULL, NULL) != 0)
		return (probe_errno(errno, "fsconfig(RECONFIGURE)"));
	return (!probe_file("m/file", "") && errno == EROFS
		    ? probe_ok("made read-only")
		    : probe_wrong("it stayed writable"));
}

/* Makes "s/sub/file" with a tmpfs at "s/sub"; false with the answer. */
static bool
begin_tree(const struct probe_context *ctx, struct probe_answer *why)
{
	if (!begin(ctx, why))
		return (false);
	if (mkdir("s", 0755) == 0 && mkdir("s/sub", 0755) == 0 &&
	    mount("tmpfs", "s/sub", "tmpfs", 0, NULL) == 0 &&
	    probe_file("s/sub/file", ""))
		return (true);
	*why = probe_errno(errno, "mount(tmpfs)");
	return (false);
}

static int
open_tree_clone(const char *path, unsigned flags)
{
	return ((int)syscall(
	    NR_OPEN_TREE, AT_FDCWD, path, TREE_CLONE | TREE_CLOEXEC | flags));
}

PROBE(mnt_open_tree)
{
	struct probe_answer why;
	int fd;

	if (!begin_tree(ctx, &why))
		return (why);
	fd = open_tree_clone("s", AT_WHOLE_TREE);
	if (fd < 0)
		return (probe_errno(errno, "open_tree(OPEN_TREE_CLONE)"));
	if (attach(fd, "m", 0) != 0)
		return (probe_errno(errno, "move_mount"));
	return (util_exists("m/sub/file")
		    ? probe_ok("a copy with the mounts below")
		    : probe_wrong("the mount below is missing"));
}

PROBE(mnt_move_mount)
{
	struct probe_answer why;

	if (!begin_tree(ctx, &why))
		return (why);
	if (syscall(NR_MOVE_MOUNT, AT_FDCWD, "s/sub", AT_FDCWD, "m", 0) != 0)
		return (probe_errno(errno, "move_mount"));
	return (util_exists("m/file") && !util_exists("s/sub/file")
		    ? probe_ok(NULL)
		    : probe_wrong("it did not move"));
}

PROBE(mnt_beneath)
{
	struct probe_answer why;
	int fd;

	if (!begin(ctx, &why))
		return (why);
	if (mount("tmpfs", "m", "tmpfs", 0, NULL) != 0 ||
	    !probe_file("m/upper", ""))
		return (probe_errno(errno, "mount(tmpfs)"));
	fd = detached(&why);
	if (fd < 0)
		return (why);
	if (mkdirat(fd, "lower", 0700) != 0)
		return (probe_errno(errno, "mkdirat"));
	if (attach(fd, "m", MOVE_BENEATH) != 0)
		return (errno == EINVAL
			    ? probe_absent("no MOVE_MOUNT_BENEATH (before 6.5)")
			    : probe_errno(errno, "move_mount"));
	if (!util_exists("m/upper") || umount2("m", 0) != 0)
		return (probe_wrong("it did not go beneath"));
	return (util_exists("m/lower")
		    ? probe_ok("shows once the upper one is gone")
		    : probe_wrong("nothing is beneath"));
}

PROBE(mnt_setattr)
{
	struct attributes attr = { ATTR_NOSUID | ATTR_RDONLY, 0, 0, 0 };
	struct probe_answer why;

	if (!begin(ctx, &why))
		return (why);
	if (mount("tmpfs", "m", "tmpfs", 0, NULL) != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	if (set_attributes(AT_FDCWD, "m", 0, &attr) != 0)
		return (probe_errno(errno, "mount_setattr"));
	if (probe_file("m/file", ""))
		return (probe_wrong("it stayed writable"));
	attr.set = 0;
	attr.clear = ATTR_RDONLY;
	if (set_attributes(AT_FDCWD, "m", 0, &attr) != 0)
		return (probe_errno(errno, "mount_setattr(clear)"));
	return (probe_file("m/file", "") ? probe_ok("set and cleared")
					 : probe_wrong("it stayed read-only"));
}

PROBE(mnt_setattr_recursive)
{
	struct attributes attr = { ATTR_RDONLY, 0, 0, 0 };
	struct probe_answer why;
	int fd;

	if (!begin_tree(ctx, &why))
		return (why);
	fd = open_tree_clone("s", AT_WHOLE_TREE);
	if (fd < 0)
		return (probe_errno(errno, "open_tree"));
	if (set_attributes(fd, "", AT_NO_PATH | AT_WHOLE_TREE, &attr) != 0)
		return (probe_errno(errno, "mount_setattr(AT_RECURSIVE)"));
	if (attach(fd, "m", 0) != 0)
		return (probe_errno(errno, "move_mount"));
	if (probe_file("m/new", "") || probe_file("m/sub/new", ""))
		return (probe_wrong("a part of the copy is writable"));
	return (probe_file("s/sub/new", "")
		    ? probe_ok("the whole copy, before anybody sees it")
		    : probe_wrong("the original became read-only too"));
}

static int
idmap_setup(void *arg)
{
	(void)arg;
	return (unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
}

PROBE(mnt_idmapped)
{
	struct attributes attr = { ATTR_IDMAP, 0, 0, 0 };
	struct probe_answer answer;
	struct util_peer peer;
	struct stat st;
	char path[64];
	int fd, user;

	if (!begin(ctx, &answer))
		return (answer);
	if (mkdir("s", 0755) != 0 || !probe_file("s/file", ""))
		return (probe_errno(errno, "mkdir"));
	if (!util_peer_start(&peer, idmap_setup, NULL))
		return (probe_errno(errno, "unshare(CLONE_NEWUSER)"));
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)peer.pid);
	if (!util_write(path, "0 35999 1"))
		answer = probe_errno(errno, "uid_map");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)peer.pid);
	(void)util_write(path, "0 35999 1");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)peer.pid);
	user = open(path, O_RDONLY | O_CLOEXEC);
	util_peer_stop(&peer);
	fd = open_tree_clone("s", 0);
	if (user < 0 || fd < 0)
		return (probe_errno(errno, "open_tree"));
	attr.userns_fd = (uint64_t)user;
	if (set_attributes(fd, "", AT_NO_PATH, &attr) != 0)
		return (errno == EINVAL
			    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
				  "this file system takes no map")
			    : probe_errno(
				  errno, "mount_setattr(MOUNT_ATTR_IDMAP)"));
	if (fstatat(fd, "file", &st, 0) != 0)
		return (probe_errno(errno, "fstatat"));
	return (st.st_uid == 35999
		    ? probe_ok("owner 0 shows as 35999")
		    : probe_wrong("owner 0 shows as %u", (unsigned)st.st_uid));
}

/* struct mnt_id_req, first version. */
struct request {
	uint32_t size, spare;
	uint64_t id, param;
};
#define REQUEST_SIZE 24U
#define STAT_SUPER_BLOCK 0x1U	 /* STATMOUNT_SB_BASIC */
#define LIST_ROOT UINT64_MAX	 /* LSMT_ROOT */
#define TMPFS_NUMBER 0x01021994U /* linux/magic.h */

/* Lists the mounts of our namespace from the root on; -1 with errno. */
static long
list_mounts(uint64_t *ids, size_t n)
{
	struct request req = { REQUEST_SIZE, 0, LIST_ROOT, 0 };

	return (syscall(NR_LISTMOUNT, &req, ids, n, 0));
}

PROBE(mnt_listmount)
{
	static uint64_t ids[4096];
	struct probe_answer why;
	long before, after;

	if (!begin(ctx, &why))
		return (why);
	before = list_mounts(ids, UTIL_COUNT(ids));
	if (before < 0)
		return (probe_errno(errno, "listmount"));
	if (mount("tmpfs", "m", "tmpfs", 0, NULL) != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	after = list_mounts(ids, UTIL_COUNT(ids));
	return (after == before + 1
		    ? probe_ok("%ld mounts", after)
		    : probe_wrong("%ld mounts, then %ld", before, after));
}

PROBE(mnt_statmount)
{
	static uint64_t ids[4096];
	struct request req = { REQUEST_SIZE, 0, 0, STAT_SUPER_BLOCK };
	struct {
		uint32_t size, options;
		uint64_t mask;
		uint32_t major, minor;
		uint64_t magic;
		char rest[1024];
	} buf;
	struct probe_answer why;
	long n;

	if (!begin(ctx, &why))
		return (why);
	if (mount("tmpfs", "m", "tmpfs", 0, NULL) != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	n = list_mounts(ids, UTIL_COUNT(ids));
	if (n < 1)
		return (probe_errno(errno, "listmount"));
	req.id = ids[n - 1]; /* in order of creation */
	if (syscall(NR_STATMOUNT, &req, &buf, sizeof(buf), 0) != 0)
		return (probe_errno(errno, "statmount"));
	return (buf.magic == TMPFS_NUMBER ? probe_ok("a tmpfs")
					  : probe_wrong("file system 0x%llx",
						(unsigned long long)buf.magic));
}

PROBE(mnt_open_tree_attr)
{
	struct attributes attr = { ATTR_RDONLY, 0, 0, 0 };
	struct probe_answer why;
	int fd;

	if (!begin_tree(ctx, &why))
		return (why);
	fd = (int)syscall(NR_OPEN_TREE_ATTR, AT_FDCWD, "s",
	    TREE_CLONE | TREE_CLOEXEC, &attr, sizeof(attr));
	if (fd < 0)
		return (probe_errno(errno, "open_tree_attr"));
	return (mkdirat(fd, "new", 0700) != 0 && errno == EROFS
		    ? probe_ok("a read-only copy in one call")
		    : probe_wrong("the copy is writable"));
}

#else
typedef int area_mount_api_is_empty_here;
#endif
