/*
 * Copying what a builder made to inodes that no builder ever held.  Holes
 * stay holes; the size that was seen first is the size that is copied.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "build/output_private.h"

bool
output_next_data(
    int fd, const struct stat *st, off_t at, off_t *start, off_t *end)
{
	off_t data, hole;

	*start = at;
	*end = st->st_size;
	/* st_blocks counts units of 512 bytes. */
	if ((off_t)st->st_blocks >= st->st_size / 512)
		return (true);
	data = lseek(fd, at, SEEK_DATA);
	if (data < 0 && errno == ENXIO) {
		*start = *end;
		return (true);
	}
	if (data < 0) /* EINVAL: a file system that cannot tell */
		return (errno == EINVAL || errno == EOPNOTSUPP);
	hole = lseek(fd, data, SEEK_HOLE);
	if (hole < 0)
		return (false);
	if (data > st->st_size)
		data = st->st_size;
	*start = data;
	if (hole < st->st_size)
		*end = hole;
	return (true);
}

static bool
copy_plain(int from, int to, off_t at, off_t end)
{
	char buf[65536];
	size_t done, want;
	ssize_t n, w;

	while (at < end) {
		want = end - at < (off_t)sizeof(buf) ? (size_t)(end - at)
						     : sizeof(buf);
		n = pread(from, buf, want, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* it became shorter */
		if (n <= 0)
			return (false);
		for (done = 0; done < (size_t)n; done += (size_t)w) {
			w = pwrite(
			    to, buf + done, (size_t)n - done, at + (off_t)done);
			if (w < 0 && errno == EINTR)
				w = 0;
			if (w < 0)
				return (false);
		}
		at += n;
	}
	return (true);
}

/* Below this, one read and one write cost less than the kernel's copy. */
enum { COPY_SMALL = 65536 };

static bool
copy_stretch(int from, int to, off_t at, off_t end)
{
	off_t in = at, out = at;
	ssize_t n;

	while (end - in > COPY_SMALL) {
		n = copy_file_range(from, &in, to, &out, (size_t)(end - in), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EDQUOT ||
				 errno == EFBIG || errno == EIO))
			return (false);
		/* Not between these two, or not at all: EXDEV, ENOSYS, ... */
		if (n <= 0)
			break;
	}
	return (copy_plain(from, to, in, end));
}

static bool
copy_data(int from, int to, const struct stat *st)
{
	off_t at, end, start;

	for (at = 0; at < st->st_size; at = end) {
		if (!output_next_data(from, st, at, &start, &end))
			return (false);
		if (start < end && !copy_stretch(from, to, start, end))
			return (false);
		if (end < st->st_size)
			continue;
		/* A hole at the end, or one that ends here. */
		if (start == end && ftruncate(to, st->st_size) != 0)
			return (false);
	}
	return (true);
}

/* The new file, open and empty: what output_apply_fd has to change. */
static bool
finish(int to, mode_t was, const struct output_rules *rules, struct error *e)
{
	struct stat now;

	if (fstat(to, &now) != 0)
		return (fail(e, errno, "copy file", "", NULL));
	return (output_apply_fd(to, &now, was, rules, e));
}

bool
output_copy_file(int from_fd, const char *from, const struct stat *st,
    int to_fd, const char *to, const struct output_rules *rules,
    struct error *e)
{
	bool done;
	int in, out;

	in = output_open_file(from_fd, from, st);
	if (in < 0)
		return (fail(e, errno, "open file", "", NULL));
	out = openat(to_fd, to,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0) {
		fail(e, errno, "copy file", "", NULL);
		(void)close(in);
		return (false);
	}
	done = copy_data(in, out, st);
	if (!done)
		fail(e, errno, "copy file", "", NULL);
	else
		done = finish(out, st->st_mode, rules, e);
	(void)close(in);
	/* A file system over a network may tell of a full disk only here. */
	if (close(out) != 0 && done)
		done = fail(e, errno, "copy file", "", NULL);
	return (done);
}

bool
output_copy_link(int from_fd, const char *from, int to_fd, const char *to,
    const struct output_rules *rules, struct error *e)
{
	char target[PATH_MAX];
	struct stat now;
	ssize_t n;

	n = readlinkat(from_fd, from, target, sizeof(target) - 1);
	if (n < 0)
		return (fail(e, errno, "read link", "", NULL));
	target[n] = '\0';
	if (from_fd == to_fd && strcmp(from, to) == 0 &&
	    unlinkat(to_fd, to, 0) != 0 &&
	    (errno != EACCES || fchmod(to_fd, 0755) != 0 ||
		unlinkat(to_fd, to, 0) != 0))
		return (fail(e, errno, "replace hard link", "", NULL));
	if (symlinkat(target, to_fd, to) != 0 ||
	    fstatat(to_fd, to, &now, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "make link", "", NULL));
	return (output_apply_name(to_fd, to, &now, rules, e));
}

/* The two trees, at the same place. */
struct copying {
	struct walk *walk;
	struct dirs to;
	int stage_fd;
	const struct output_rules *rules;
	struct output_links *links;
};

static bool
copy_directory(struct copying *c, const struct walk_item *item,
    const struct stat *st, struct error *e)
{
	int fd;

	if (item->depth >= c->rules->depth_max)
		return (walk_fail(c->walk, e, ENAMETOOLONG, "copy output",
		    "directories are nested too deep"));
	if (mkdirat(dirs_last(&c->to), item->name, 0700) != 0)
		return (walk_fail(c->walk, e, errno, "copy directory", NULL));
	fd = openat(dirs_last(&c->to), item->name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !dirs_push(&c->to, fd, item->name))
		return (walk_fail(c->walk, e, errno, "copy directory", NULL));
	return (output_enter(c->walk, item, st, e));
}

static bool
copy_entry(struct copying *c, const struct walk_item *item, struct error *e)
{
	const struct output_rules *rules = c->rules;
	struct stat st;
	bool done;
	int to;

	if (fstatat(item->fd, item->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (walk_fail(c->walk, e, errno, "read output", NULL));
	if (!output_check(&st, rules, e)) {
		/* Left behind: a kept tree has only what can be given away. */
		if (rules->keep && !S_ISDIR(st.st_mode))
			return (true);
		if (!rules->keep)
			return (output_fail_at(c->walk, NULL, e));
	}
	if (S_ISDIR(st.st_mode))
		return (copy_directory(c, item, &st, e));
	to = dirs_last(&c->to);
	if (S_ISLNK(st.st_mode))
		done = output_copy_link(
		    item->fd, item->name, to, item->name, rules, e);
	else if (st.st_nlink == 1)
		done = output_copy_file(
		    item->fd, item->name, &st, to, item->name, rules, e);
	else
		done = output_links_place(c->links, c->stage_fd, item->fd,
		    item->name, &st, to, item->name, rules, e);
	return (done || output_fail_at(c->walk, NULL, e));
}

/* Mode, owner and time of the copied directory that is last. */
static bool
copy_leave(struct copying *c, int from, struct error *e)
{
	struct stat st;

	if (fstat(from, &st) != 0)
		fail(e, errno, "read directory", "", NULL);
	else if (finish(dirs_last(&c->to), st.st_mode, c->rules, e))
		return (true);
	return (output_fail_at(c->walk, NULL, e));
}

static bool
copy_next(struct copying *c, bool *end, struct error *e)
{
	struct walk_item item;

	switch (walk_next(c->walk, &item, e)) {
	case WALK_ENTRY:
		return (copy_entry(c, &item, e));
	case WALK_LEAVE:
		if (!copy_leave(c, item.self, e))
			return (false);
		if (dirs_parent(&c->to) < 0)
			return (walk_fail(
			    c->walk, e, errno, "copy directory", NULL));
		dirs_pop(&c->to);
		return (true);
	case WALK_END:
		*end = true;
		return (c->rules->keep || copy_leave(c, walk_top(c->walk), e));
	default:
		return (false);
	}
}

bool
output_copy_tree(int from_fd, const char *name, int to_fd, int stage_fd,
    const struct output_rules *rules, struct output_links *links,
    struct error *e)
{
	struct copying c;
	bool done, end = false;
	int fd;

	memset(&c, 0, sizeof(c));
	c.stage_fd = stage_fd;
	c.rules = rules;
	c.links = links;
	fd = output_open_directory(from_fd, name);
	if (fd < 0) {
		fail(e, errno, "read output", "", NULL);
		return (output_fail_at(NULL, name, e));
	}
	c.walk = walk_create(fd, false, name, e);
	if (c.walk == NULL)
		return (false);
	fd = fcntl(to_fd, F_DUPFD_CLOEXEC, 0);
	done = fd >= 0 && dirs_push(&c.to, fd, NULL);
	if (!done)
		walk_fail(c.walk, e, errno, "copy output", NULL);
	while (done && !end)
		done = copy_next(&c, &end, e);
	dirs_clear(&c.to);
	walk_destroy(c.walk);
	return (done);
}
