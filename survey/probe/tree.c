/*
 * Removing the scratch directory: by descriptors, never through a link, a
 * mount point or another file system, whatever a probe has left in it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/runner.h"

/* Deeper directories are moved up first, so that descriptors suffice. */
enum { TREE_DEPTH_MAX = 48, TREE_PASSES_MAX = 100000 };

struct tree {
	int root; /* the directory to empty */
	dev_t dev;
	unsigned moved; /* directories moved up so far */
};

static bool
is_dot(const char *name)
{
	return (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
}

/* Unlinks, after a second try without what forbids it. */
static bool
unlink_hard(int dirfd, const char *name, int flags)
{
	if (unlinkat(dirfd, name, flags) == 0 || errno == ENOENT)
		return (true);
	if (errno != EPERM && errno != EACCES)
		return (false);
	(void)fchmod(dirfd, 0700);
	cleanup_flags(dirfd, ".");
	cleanup_flags(dirfd, name);
	return (unlinkat(dirfd, name, flags) == 0 || errno == ENOENT);
}

static bool
move_up(struct tree *t, int dirfd, const char *name)
{
	char fresh[32];

	(void)snprintf(fresh, sizeof(fresh), ".deep-%u", t->moved++);
	return (renameat(dirfd, name, t->root, fresh) == 0);
}

static bool empty_directory(struct tree *, int fd, unsigned depth);

static bool
remove_directory(struct tree *t, int dirfd, const char *name, unsigned depth)
{
	bool done;
	int fd;

	if (depth >= TREE_DEPTH_MAX)
		return (move_up(t, dirfd, name));
	fd = cleanup_open_dir(dirfd, name, t->dev);
	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		/* Nobody else writes here, and `name` is no link. */
		(void)fchmodat(dirfd, name, 0700, 0);
		fd = cleanup_open_dir(dirfd, name, t->dev);
	}
	if (fd < 0)
		return (errno == ENOENT);
	done = empty_directory(t, fd, depth + 1);
	return (unlink_hard(dirfd, name, AT_REMOVEDIR) && done);
}

/* Takes over `fd`. */
static bool
empty_directory(struct tree *t, int fd, unsigned depth)
{
	struct dirent *d;
	struct stat st;
	bool done = true;
	DIR *dir;

	dir = fdopendir(fd);
	if (dir == NULL) {
		(void)close(fd);
		return (false);
	}
	while ((d = readdir(dir)) != NULL) {
		if (is_dot(d->d_name))
			continue;
		if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
			done = done && errno == ENOENT;
			continue;
		}
		if (S_ISDIR(st.st_mode))
			done =
			    remove_directory(t, fd, d->d_name, depth) && done;
		else
			done = unlink_hard(fd, d->d_name, 0) && done;
	}
	(void)closedir(dir);
	return (done);
}

bool
probe_tree_empty(int root)
{
	struct tree t;
	struct stat st;
	unsigned before, pass = 0;
	bool done;
	int fd;

	memset(&t, 0, sizeof(t));
	t.root = root;
	if (fstat(root, &st) != 0)
		return (false);
	t.dev = st.st_dev;
	/* Again while directories have been moved up. */
	do {
		before = t.moved;
		fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		done = fd >= 0 && empty_directory(&t, fd, 0);
	} while (t.moved != before && ++pass < TREE_PASSES_MAX);
	return (done);
}

bool
probe_tree_remove(const char *path)
{
	bool done;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (errno == ENOENT);
	done = probe_tree_empty(fd);
	(void)close(fd);
	return (unlink_hard(AT_FDCWD, path, AT_REMOVEDIR) && done);
}
