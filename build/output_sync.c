/*
 * Brings an output to the disk before it is put in place: every file and
 * every directory of it, so that after a power failure it is whole or not
 * there.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/walk.h"
#include "build/output.h"

/* A link is in its directory; what is opened here is a file or a directory. */
static bool
sync_file(int directory_fd, const char *name)
{
	int err, fd;
	bool ok;

	fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (false);
	ok = fsync(fd) == 0;
	err = errno;
	(void)close(fd);
	errno = err;
	return (ok);
}

static bool
sync_item(struct walk *w, enum walk_event event, const struct walk_item *item,
    struct error *e)
{
	struct stat st;

	if (event == WALK_LEAVE)
		return (fsync(item->self) == 0 ||
			walk_fail(w, e, errno, "sync output", NULL));
	/* Some file systems do not tell the type with the name. */
	if (fstatat(item->fd, item->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (S_ISDIR(st.st_mode)
		    ? walk_enter(w, e)
		    : S_ISLNK(st.st_mode) || sync_file(item->fd, item->name)))
		return (true);
	return (walk_fail(w, e, errno, "sync output", NULL));
}

static bool
sync_below(int fd, const char *name, struct error *e)
{
	struct walk *w = walk_create(fd, false, name, e);
	struct walk_item item;
	enum walk_event event;
	bool ok;

	if (w == NULL)
		return (false);
	do {
		event = walk_next(w, &item, e);
		ok = event != WALK_FAILED;
		if (ok && event != WALK_END)
			ok = sync_item(w, event, &item, e);
	} while (ok && event != WALK_END);
	if (ok && fsync(walk_top(w)) != 0)
		ok = fail(e, errno, "sync output", name, NULL);
	walk_destroy(w);
	return (ok);
}

bool
output_sync(int stage_fd, const char *name, struct error *e)
{
	struct stat st;
	int fd;

	if (fstatat(stage_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "sync output", name, NULL));
	if (S_ISLNK(st.st_mode))
		return (true);
	if (!S_ISDIR(st.st_mode))
		return (sync_file(stage_fd, name) ||
			fail(e, errno, "sync output", name, NULL));
	fd = openat(
	    stage_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (fail(e, errno, "sync output", name, NULL));
	return (sync_below(fd, name, e));
}
