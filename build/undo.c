/*
 * Carrying out one undo of a journal, for the executor at a build's end and
 * for recovery.  Every one of them succeeds when there is nothing to undo.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/tree.h"
#include "build/host.h"
#include "build/output.h"
#include "build/output.h"
#include "build/undo.h"
#include "build/users.h"

/* Splits at the last slash; the parent is free(3)d, the base is in `path`. */
static char *
parent_of(const char *path, const char **base)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash[1] == '\0' || strcmp(slash, "/..") == 0 ||
	    strcmp(slash, "/.") == 0) {
		errno = EINVAL;
		return (NULL);
	}
	*base = slash + 1;
	return (strndup(path, slash == path ? 1 : (size_t)(slash - path)));
}

/*
 * Opens the directory that has `path`.  Where the job's own directories
 * begin no link is followed; what is above them the user chose, and it may
 * be a link.
 */
static int
open_parent(const char *id, const char *path, const char **base)
{
	int err, fd, flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	char *parent;

	parent = parent_of(path, base);
	if (parent == NULL)
		return (-1);
	if (strstr(parent, id) != NULL)
		flags |= O_NOFOLLOW;
	fd = open(parent, flags);
	err = errno;
	free(parent);
	errno = err;
	return (fd);
}

static int
look(const char *id, const char *path, struct stat *st)
{
	const char *base;
	int err, fd, there;

	fd = open_parent(id, path, &base);
	if (fd < 0)
		return (errno == ENOENT ? 0 : -1);
	there = fstatat(fd, base, st, AT_SYMLINK_NOFOLLOW) == 0 ? 1
		: errno == ENOENT				? 0
								: -1;
	err = errno;
	(void)close(fd);
	errno = err;
	return (there);
}

int
undo_is_there(const char *id, const char *path)
{
	struct stat st;

	return (look(id, path, &st));
}

static bool
remove_tree(const struct journal_record *r, const char *path, struct error *e)
{
	const char *base;
	bool ok;
	int fd;

	if (path == NULL || path[0] != '/' || strstr(path, r->id) == NULL ||
	    strstr(path, "/../") != NULL)
		return (fail(e, EINVAL, "remove directory", path,
		    "not a directory of job %s", r->id));
	fd = open_parent(r->id, path, &base);
	if (fd < 0)
		return (errno == ENOENT ||
			fail(e, errno, "remove directory", path, NULL));
	ok = tree_remove(fd, base, e);
	(void)close(fd);
	return (ok);
}

/* How far one rename of the commit line has come. */
enum renamed { RENAME_TO_DO, RENAME_DONE, RENAME_TAKEN, RENAME_UNKNOWN };

static enum renamed
rename_state(
    const char *id, const struct journal_commit_entry *c, struct error *e)
{
	struct stat old, new;
	int from = look(id, c->from, &old), to;

	if (from == 0)
		return (
		    RENAME_DONE); /* or removed again since: not ours to know */
	if (from < 0) {
		fail(e, errno, "put output in place", c->from, NULL);
		return (RENAME_UNKNOWN);
	}
	to = look(id, c->to, &new);
	if (to == 0)
		return (RENAME_TO_DO);
	/* Linked, and not unlinked any more (host_rename_new). */
	if (to > 0 && old.st_dev == new.st_dev && old.st_ino == new.st_ino)
		return (RENAME_DONE);
	fail(e, to < 0 ? errno : EEXIST, "put output in place", c->to, NULL);
	if (to < 0)
		return (RENAME_UNKNOWN);
	fail_hint(e, "remove it, or %s", c->from);
	return (RENAME_TAKEN);
}

static bool
rename_one(
    const char *id, const struct journal_commit_entry *c, struct error *e)
{
	const char *from, *to;
	int from_fd, to_fd = -1;
	bool ok = false;

	from_fd = open_parent(id, c->from, &from);
	if (from_fd >= 0)
		to_fd = open_parent(id, c->to, &to);
	/* Before the journal goes the new name must be durable. */
	if (from_fd >= 0 && to_fd >= 0 &&
	    output_place(from_fd, from, to_fd, to) == 0)
		ok = fsync(to_fd) == 0 || errno == EINVAL;
	if (!ok)
		fail(e, errno, "put output in place", c->to, NULL);
	if (from_fd >= 0)
		(void)close(from_fd);
	if (to_fd >= 0)
		(void)close(to_fd);
	return (ok);
}

/*
 * When a name is taken and no output was moved yet, the executor was refused
 * too and died while it threw the build away.  Nothing is moved then, so that
 * outputs appear all or none.
 */
enum commit_state
undo_commit_state(const struct journal_record *r)
{
	size_t i, done = 0, taken = 0;
	enum renamed state;

	for (i = 0; i < r->ncommits; i++) {
		state = rename_state(r->id, &r->commits[i], NULL);
		done += state == RENAME_DONE;
		taken += state == RENAME_TAKEN;
	}
	if (done == r->ncommits)
		return (COMMIT_DONE);
	return (taken > 0 && done == 0 ? COMMIT_REFUSED : COMMIT_TO_DO);
}

/* Finishes what can be finished; reports the first that cannot. */
static bool
finish_commit(const struct journal_record *r, struct error *e)
{
	enum renamed state;
	bool ok = true;
	size_t i;

	if (undo_commit_state(r) != COMMIT_TO_DO)
		return (true);
	for (i = 0; i < r->ncommits; i++) {
		state = rename_state(r->id, &r->commits[i], ok ? e : NULL);
		if (state == RENAME_TO_DO)
			ok = rename_one(r->id, &r->commits[i], ok ? e : NULL) &&
			     ok;
		else if (state != RENAME_DONE)
			ok = false;
	}
	return (ok);
}

bool
undo_do(struct host *host, int run_fd, const struct journal_record *r,
    const struct journal_entry *entry, struct error *e)
{
	switch (entry->undo) {
	case UNDO_NONE:
		return (true);
	case UNDO_RELEASE_UID:
		return (r->uid == (uid_t)-1 || users_forget(run_fd, r->uid, e));
	case UNDO_REMOVE_TREE:
		return (remove_tree(r, entry->target, e));
	case UNDO_COMMIT:
		return (finish_commit(r, e));
	default:
		return (host_undo(host, entry->undo, entry->target, r->uid, e));
	}
}
