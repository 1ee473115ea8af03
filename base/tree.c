/*
 * Removing a tree.  Names are tried as they are first: permissions and flags
 * are changed only where a removal was refused.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/tree.h"
#include "base/walk.h"

/* While someone goes on adding names, this often is enough. */
enum { TREE_PASSES = 4 };

/* Unlinks, after a second try without what forbids it. */
static bool
unlink_hard(int fd, const char *name, int flags)
{
	if (unlinkat(fd, name, flags) == 0 || errno == ENOENT)
		return (true);
	if (errno != EPERM && errno != EACCES)
		return (false);
	(void)fchmod(fd, 0700);
	walk_clear_flags(fd, ".");
	(void)fchmod(fd, 0700); /* again: the flags may have forbidden it */
	walk_clear_flags(fd, name);
	return (unlinkat(fd, name, flags) == 0 || errno == ENOENT);
}

static bool
is_directory(const struct walk_item *item)
{
	struct stat st;

	if (item->type != DT_UNKNOWN)
		return (item->type == DT_DIR);
	return (fstatat(item->fd, item->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode));
}

/* Enters, with permissions of our own where the owner left none. */
static bool
enter_hard(struct walk *w, const struct walk_item *item, struct error *e)
{
	if (walk_enter(w, e))
		return (true);
	if (errno != EACCES && errno != EPERM)
		return (false);
	if (fchmodat(item->fd, item->name, 0700, AT_SYMLINK_NOFOLLOW) != 0) {
		/* The directory itself may be what cannot be searched. */
		(void)fchmod(item->fd, 0700);
		(void)fchmodat(item->fd, item->name, 0700, AT_SYMLINK_NOFOLLOW);
	}
	return (walk_enter(w, e));
}

/* Removes all below the top of the walk; *first is the first failure. */
static bool
empty(struct walk *w, struct error *first)
{
	struct walk_item item;
	struct error e;
	bool done = true, ok;

	for (;;) {
		switch (walk_next(w, &item, &e)) {
		case WALK_END:
			return (done);
		case WALK_FAILED:
			ok = false;
			break;
		case WALK_ENTRY:
			if (is_directory(&item)) {
				ok =
				    enter_hard(w, &item, &e) || errno == ENOENT;
				break;
			}
			/* FALLTHROUGH */
		default:
			ok = unlink_hard(item.fd, item.name,
			    item.self >= 0 ? AT_REMOVEDIR : 0);
			if (!ok)
				walk_fail(w, &e, errno, "remove", NULL);
			break;
		}
		if (ok)
			continue;
		if (done && first != NULL)
			*first = e;
		done = false;
		if (e.err == ESTALE)
			return (false);
	}
}

/* Takes `fd` over. */
static bool
empty_fd(int fd, const char *name, struct error *e)
{
	struct walk *w;
	bool done;

	w = walk_create(fd, false, name, e);
	if (w == NULL)
		return (false);
	done = empty(w, e);
	walk_destroy(w);
	return (done);
}

bool
tree_empty(int directory_fd, struct error *e)
{
	int fd;

	fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (fail(e, errno, "remove", "", NULL));
	return (empty_fd(fd, "", e));
}

static bool
fail_name(struct error *e, const char *name, const char *why)
{
	char shown[256];
	int err = errno;

	(void)strncpy(shown, name, sizeof(shown) - 1);
	shown[sizeof(shown) - 1] = '\0';
	text_make_printable(shown);
	if (why == NULL)
		return (fail(e, err, "remove", shown, NULL));
	return (fail(e, err, "remove", shown, "%s", why));
}

/* One pass over a directory and its name. */
static bool
remove_directory(int directory_fd, const char *name, struct error *e)
{
	struct stat st;
	bool done;
	int fd;

	if (fstat(directory_fd, &st) != 0)
		return (fail_name(e, name, NULL));
	fd = walk_open_directory(directory_fd, name, st.st_dev);
	if (fd < 0 && (errno == EACCES || errno == EPERM)) {
		(void)fchmodat(directory_fd, name, 0700, AT_SYMLINK_NOFOLLOW);
		fd = walk_open_directory(directory_fd, name, st.st_dev);
	}
	if (fd < 0 && errno == ENOENT)
		return (true);
	if (fd < 0)
		return (fail_name(e, name,
		    errno == EXDEV ? "another file system is mounted there"
				   : NULL));
	done = empty_fd(fd, name, e);
	if (unlink_hard(directory_fd, name, AT_REMOVEDIR))
		return (true);
	return (done ? fail_name(e, name, NULL) : false);
}

bool
tree_remove(int directory_fd, const char *name, struct error *e)
{
	struct error own;
	struct stat st;
	int pass;

	if (e == NULL)
		e = &own;
	for (pass = 0; pass < TREE_PASSES; pass++) {
		if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) !=
		    0) {
			if (errno == ENOENT)
				return (true);
			return (fail_name(e, name, NULL));
		}
		if (!S_ISDIR(st.st_mode)) {
			if (unlink_hard(directory_fd, name, 0))
				return (true);
			return (fail_name(e, name, NULL));
		}
		if (remove_directory(directory_fd, name, e))
			return (true);
		if (e->err != ENOTEMPTY && e->err != ESTALE &&
		    e->err != EISDIR && e->err != ENOTDIR)
			return (false);
	}
	return (false);
}
