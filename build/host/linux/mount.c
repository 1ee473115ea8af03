/*
 * The steps that make the root file system, below a descriptor of it.  Every
 * object is opened once and used by its descriptor, no link on the way is
 * followed, and every mount is made detached and attached last.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "build/host/linux/linux.h"
#include "build/host/linux/sys.h"

#define INPUT_ATTRIBUTES \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define WRITABLE_ATTRIBUTES (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define autoclose __attribute__((__cleanup__(close_fd)))

static void
root_forget(struct root *root)
{
	close_fd(&root->parent);
	root->parent = -1;
}

void
root_close(struct root *root)
{
	root_forget(root);
	close_fd(&root->empty);
	root->empty = -1;
}

/* A new kernel, or one made without it: the call itself tells. */
static bool
fail_call(struct error *e, const char *step, const char *path)
{
	int err = errno;

	fail(e, err, step, path, NULL);
	if (err == ENOSYS)
		fail_hint(e, "Linux 5.12 or later");
	return (false);
}

/*
 * Opens a directory below another.  The root's content is ours until an
 * input or a writable directory is mounted in it: from there on a link could
 * lead out, because "/" is still the host's, so none is followed.
 */
static int
open_below(int directory, const char *path)
{
	return (sys_openat2(directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS));
}

/* The same, making what is missing on the way; `path` is taken apart. */
static int
make_below(int root_fd, char *path)
{
	int fd = open_below(root_fd, "."), next;
	char *part, *rest = path;

	while (fd >= 0 && (part = strsep(&rest, "/")) != NULL) {
		if (mkdirat(fd, part, 0755) == -1 && errno != EEXIST)
			next = -1;
		else
			next = open_below(fd, part);
		close(fd);
		fd = next;
	}
	return (fd);
}

/*
 * Opens the directory that holds `path` below the root, making it when it is
 * missing, and points *base at the last component.  The descriptor stays the
 * root's, for the next step beside it: a mount is attached below the
 * directory that was asked for last, so it never covers that one.
 */
static int
open_parent(
    struct root *root, const char *path, const char **base, struct error *e)
{
	const char *relative = path + (path[0] == '/'), *slash;
	char parent[PATH_MAX] = ".";
	size_t len;

	slash = strrchr(relative, '/');
	*base = slash == NULL ? relative : slash + 1;
	len = slash == NULL ? 0 : (size_t)(slash - relative);
	if (root->parent >= 0 && root->parent_len == len &&
	    memcmp(root->parent_path, relative, len) == 0)
		return (root->parent);
	if (len >= sizeof(parent)) {
		fail(e, ENAMETOOLONG, "open directory", path, NULL);
		return (-1);
	}
	if (len > 0) {
		memcpy(parent, relative, len);
		parent[len] = '\0';
	}
	root_forget(root);
	root->parent = open_below(root->fd, parent);
	if (root->parent == -1 && errno == ENOENT)
		root->parent = make_below(root->fd, parent);
	if (root->parent == -1)
		fail_call(e, "open directory of mount point", path);
	root->parent_path = relative;
	root->parent_len = len;
	return (root->parent);
}

/* A directory or an empty file to mount on; one that is there will do. */
static bool
make_point(int parent, const char *base, bool directory, const char *path,
    struct error *e)
{
	int fd;

	if (directory) {
		if (mkdirat(parent, base, 0755) == 0 || errno == EEXIST)
			return (true);
	} else {
		fd = openat(parent, base,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
		if (fd >= 0) {
			close(fd);
			return (true);
		}
		if (errno == EEXIST)
			return (true);
	}
	return (fail(e, errno, "make mount point", path, NULL));
}

static bool
attach(int mount_fd, struct root *root, const char *path, bool directory,
    struct error *e)
{
	const char *base;
	int parent = open_parent(root, path, &base, e);

	if (parent == -1 || !make_point(parent, base, directory, path, e))
		return (false);
	if (sys_move_mount(mount_fd, parent, base) == -1)
		return (fail_call(e, "attach mount", path));
	return (true);
}

/* Recreates the link that `fd` (O_PATH) is open on. */
static bool
copy_link(int fd, struct root *root, const struct step *s, struct error *e)
{
	char target[PATH_MAX];
	const char *base;
	ssize_t n;
	int parent = open_parent(root, s->path, &base, e);

	if (parent == -1)
		return (false);
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return (fail(e, errno, "read link", s->source, NULL));
	target[n] = '\0';
	if (symlinkat(target, parent, base) == -1)
		return (fail(e, errno, "make link", s->path, NULL));
	return (true);
}

/* What is at `source` on the host at `path` inside. */
static bool
mount_tree(struct root *root, const struct step *s, uint64_t attributes,
    struct error *e)
{
	struct stat st;
	autoclose int fd = -1;
	autoclose int source = open(s->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (source == -1 || fstat(source, &st) == -1)
		return (fail(e, errno, "open", s->source, NULL));
	if (S_ISLNK(st.st_mode))
		return (copy_link(source, root, s, e));
	fd = sys_open_tree(source, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (fd == -1)
		return (fail_call(e, "open", s->source));
	if (attributes != 0 &&
	    sys_mount_setattr(
		fd, "", AT_EMPTY_PATH | AT_RECURSIVE, attributes, 0) == -1)
		return (fail_call(e, "set mount attributes", s->source));
	return (attach(fd, root, s->path, S_ISDIR(st.st_mode), e));
}

/*
 * With the kernel's own words, where it has some.  No strerror(3): a
 * translated message would be allocated.
 */
static bool
fail_fs(int fs, struct error *e, const char *type, const char *path)
{
	char message[160], step[48];
	int err = errno;
	ssize_t n = -1;

	snprintf(step, sizeof(step), "make file system %s", type);
	if (fs >= 0)
		n = read(fs, message, sizeof(message) - 1);
	if (n > 2) {
		/* "e MESSAGE": Documentation/filesystems/mount_api.rst */
		message[n] = '\0';
		fail(e, err, step, path, "%s", message + 2);
	} else
		fail(e, err, step, path, NULL);
	if (err == ENOSYS)
		fail_hint(e, "Linux 5.12 or later");
	else if (err == EPERM && strcmp(type, "proc") == 0)
		fail_hint(e, "a host whose own /proc is not partly hidden, as "
			     "in a container, or root");
	return (false);
}

/* NULL-ended pairs of name and value. */
static int
make_fs(const char *type, const char *const *options, unsigned attributes,
    const char *path, struct error *e)
{
	autoclose int fs = sys_fsopen(type);
	int fd;

	if (fs == -1) {
		fail_fs(-1, e, type, path);
		return (-1);
	}
	for (; options[0] != NULL; options += 2) {
		if (options[1] != NULL && sys_fsconfig(fs, FSCONFIG_SET_STRING,
					      options[0], options[1]) == -1) {
			fail_fs(fs, e, type, path);
			return (-1);
		}
	}
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) == -1 ||
	    (fd = sys_fsmount(fs, attributes)) == -1) {
		fail_fs(fs, e, type, path);
		return (-1);
	}
	return (fd);
}

static int
make_tmpfs(
    const struct step *s, mode_t mode, unsigned attributes, struct error *e)
{
	char text[2][24];
	const char *options[] = { "mode", text[0], "size", NULL, NULL };

	snprintf(text[0], sizeof(text[0]), "%o", (unsigned)mode);
	if (s->size > 0) {
		snprintf(text[1], sizeof(text[1]), "%lld", (long long)s->size);
		options[3] = text[1];
	}
	return (make_fs("tmpfs", options, attributes, s->path, e));
}

bool
mount_root(struct root *root, const struct step *s, struct error *e)
{
	root->parent = -1;
	root->fd =
	    make_tmpfs(s, s->mode, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, e);
	if (root->fd == -1)
		return (false);
	/* Onto "/": it is there on every host, and private by now. */
	return (sys_move_mount(root->fd, AT_FDCWD, "/") == 0 ||
		fail_call(e, "attach mount", s->path));
}

static bool
mount_tmp(struct root *root, const struct step *s, struct error *e)
{
	autoclose int fd =
	    make_tmpfs(s, s->mode, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, e);

	return (fd >= 0 && attach(fd, root, s->path, true, e));
}

/* Not nodev: make_device puts nodes there. */
static bool
mount_dev(struct root *root, const struct step *s, struct error *e)
{
	autoclose int fd =
	    make_tmpfs(s, 0755, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);

	return (fd >= 0 && attach(fd, root, s->path, true, e));
}

/*
 * A node like the host's, where we may make one; otherwise, in a user name
 * space, the host's own at that place.
 */
static bool
make_device(struct root *root, const struct step *s, struct error *e)
{
	struct stat st;
	const char *base;
	int parent = open_parent(root, s->path, &base, e);

	if (parent == -1)
		return (false);
	if (stat(s->source, &st) == -1)
		return (fail(e, errno, "stat device", s->source, NULL));
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return (
		    fail(e, ENODEV, "make device", s->source, "not a device"));
	if (mknodat(parent, base, st.st_mode & (S_IFMT | 0777), st.st_rdev) ==
	    -1) {
		if (errno != EPERM)
			return (fail(e, errno, "make device", s->path, NULL));
		/* A device can be written to all the same, its times not. */
		return (mount_tree(root, s,
		    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		    e));
	}
	if ((st.st_uid != 0 || st.st_gid != 0) &&
	    fchownat(parent, base, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) ==
		-1)
		return (fail(e, errno, "change owner", s->path, NULL));
	return (true);
}

/*
 * Without gid= a terminal belongs to the group of whoever opens it: the
 * host's "tty" means nothing inside.
 */
static bool
mount_pts(struct root *root, const struct step *s, struct error *e)
{
	static const char *const options[] = { "mode", "0620", "ptmxmode",
		"0666", NULL };
	autoclose int fd = make_fs("devpts", options,
	    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, s->path, e);

	return (fd >= 0 && attach(fd, root, s->path, true, e));
}

/* Other users' processes, the first one here, do not show: proc(5). */
static bool
mount_proc(struct root *root, const struct step *s, struct error *e)
{
	static const char *const options[] = { "hidepid", "invisible", NULL };
	autoclose int fd = make_fs("proc", options,
	    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, s->path,
	    e);
	const char *base;
	int parent = fd == -1 ? -1 : open_parent(root, s->path, &base, e);

	if (parent == -1 || !make_point(parent, base, true, s->path, e))
		return (false);
	root->empty = open_below(parent, base);
	return (attach(fd, root, s->path, true, e));
}

/*
 * A directory that stays empty, since /proc lies over it, read-only; without
 * that, a file system of its own.
 */
static int
make_empty(const struct root *root, const struct step *s, struct error *e)
{
	const unsigned attributes = INPUT_ATTRIBUTES | MOUNT_ATTR_NOEXEC;
	int fd;

	if (root->empty == -1)
		return (make_tmpfs(s, 0555, attributes, e));
	fd = sys_open_tree(root->empty, "", AT_EMPTY_PATH);
	if (fd == -1 ||
	    sys_mount_setattr(fd, "", AT_EMPTY_PATH, attributes, 0) == -1) {
		fail_call(e, "make empty directory", s->path);
		close_fd(&fd);
		return (-1);
	}
	return (fd);
}

/* An empty file or directory over it; nothing when it is not there. */
static bool
mask_empty(struct root *root, const struct step *s, struct error *e)
{
	const char *relative = s->path + 1;
	struct stat st;
	autoclose int fd = -1;

	if (fstatat(root->fd, relative, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno == ENOENT)
			return (true);
		return (fail(e, errno, "stat", s->path, NULL));
	}
	if (S_ISDIR(st.st_mode))
		fd = make_empty(root, s, e);
	else if ((fd = sys_open_tree(AT_FDCWD, "/dev/null", 0)) == -1)
		fail_call(e, "open", "/dev/null");
	if (fd == -1)
		return (false);
	if (sys_move_mount(fd, root->fd, relative) == -1)
		return (fail_call(e, "attach mount", s->path));
	return (true);
}

static bool
mask_read_only(struct root *root, const struct step *s, struct error *e)
{
	const char *relative = s->path + 1;
	autoclose int fd = sys_open_tree(root->fd, relative, AT_RECURSIVE);

	if (fd == -1)
		return (errno == ENOENT ? true : fail_call(e, "open", s->path));
	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE,
		INPUT_ATTRIBUTES | MOUNT_ATTR_NOEXEC, 0) == -1)
		return (fail_call(e, "set mount attributes", s->path));
	if (sys_move_mount(fd, root->fd, relative) == -1)
		return (fail_call(e, "attach mount", s->path));
	return (true);
}

static bool
make_directory(struct root *root, const struct step *s, struct error *e)
{
	const char *base;
	int parent = open_parent(root, s->path, &base, e);

	if (parent == -1)
		return (false);
	if (mkdirat(parent, base, s->mode) == -1 ||
	    (s->uid != (uid_t)-1 && fchownat(parent, base, s->uid, s->gid,
					AT_SYMLINK_NOFOLLOW) == -1))
		return (fail(e, errno, "make directory", s->path, NULL));
	return (true);
}

static bool
make_link(struct root *root, const struct step *s, struct error *e)
{
	const char *base;
	int parent = open_parent(root, s->path, &base, e);

	if (parent == -1)
		return (false);
	if (symlinkat(s->source, parent, base) == -1)
		return (fail(e, errno, "make link", s->path, NULL));
	return (true);
}

/* Some of /etc may be an input: it stays as it is. */
static bool
write_file(struct root *root, const struct step *s, struct error *e)
{
	const char *base;
	size_t len = strlen(s->text);
	autoclose int fd = -1;
	int parent = open_parent(root, s->path, &base, e);

	if (parent == -1)
		return (false);
	fd = openat(parent, base,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, s->mode);
	if (fd == -1 && (errno == EEXIST || errno == EROFS))
		return (true);
	if (fd == -1)
		return (fail(e, errno, "make file", s->path, NULL));
	if (write(fd, s->text, len) != (ssize_t)len)
		return (fail(e, errno, "write file", s->path, NULL));
	return (true);
}

static bool
seal(struct root *root, const struct step *s, struct error *e)
{
	const char *relative = s->path + 1;
	unsigned flags = relative[0] == '\0' ? AT_EMPTY_PATH : 0;

	if (sys_mount_setattr(root->fd, relative, flags | AT_SYMLINK_NOFOLLOW,
		MOUNT_ATTR_RDONLY, 0) == -1)
		return (fail_call(e, "make read-only", s->path));
	return (true);
}

bool
mount_step(struct root *root, const struct step *s, struct error *e)
{
	switch (s->kind) {
	case STEP_MOUNT_INPUT:
		return (mount_tree(root, s, INPUT_ATTRIBUTES, e));
	case STEP_MOUNT_WRITABLE:
		return (mount_tree(root, s, WRITABLE_ATTRIBUTES, e));
	case STEP_MOUNT_TMP:
		return (mount_tmp(root, s, e));
	case STEP_MOUNT_DEV:
		return (mount_dev(root, s, e));
	case STEP_MAKE_DEVICE:
		return (make_device(root, s, e));
	case STEP_MOUNT_PTS:
		return (mount_pts(root, s, e));
	case STEP_MOUNT_PROC:
		return (mount_proc(root, s, e));
	case STEP_MASK:
		return (s->flags & MASK_EMPTY ? mask_empty(root, s, e)
					      : mask_read_only(root, s, e));
	case STEP_MAKE_DIRECTORY:
		return (make_directory(root, s, e));
	case STEP_MAKE_LINK:
		return (make_link(root, s, e));
	case STEP_WRITE_FILE:
		return (write_file(root, s, e));
	case STEP_SEAL:
		return (seal(root, s, e));
	default:
		return (fail(e, ENOTSUP, step_kind_name(s->kind), s->path,
		    "not a step of the root"));
	}
}
