/* Two canonical trees, side by side: what differs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build/output_private.h"

struct side {
	struct walk *walk;
	struct walk_item item;
	enum walk_event event;
	struct stat st;
};

struct comparing {
	struct side a, b;
	void (*differs)(void *context, const char *path, const char *why);
	void *context;
	struct text path;
};

/* `s` (NULL: the tops) says where. */
static void
tell(struct comparing *c, const struct side *s, const char *why)
{
	c->path.len = 0;
	text_add(&c->path, "");
	if (s != NULL)
		walk_path(s->walk, &c->path);
	if (c->path.data != NULL)
		text_make_printable(c->path.data);
	c->differs(c->context, text_string(&c->path), why);
}

static ssize_t
read_full(int fd, char *buf, size_t size)
{
	size_t done;
	ssize_t n;

	for (done = 0; done < size; done += (size_t)n) {
		n = read(fd, buf + done, size - done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return (-1);
		else if (n == 0)
			break;
	}
	return ((ssize_t)done);
}

/* *at is where the first difference is, -1: none. */
static bool
compare_data(int a, int b, int64_t *at)
{
	char bufs[2][32768];
	ssize_t i, n[2];
	int64_t offset;

	*at = -1;
	for (offset = 0;; offset += n[0]) {
		n[0] = read_full(a, bufs[0], sizeof(bufs[0]));
		n[1] = read_full(b, bufs[1], sizeof(bufs[1]));
		if (n[0] < 0 || n[1] < 0)
			return (false);
		if (n[0] == n[1] &&
		    memcmp(bufs[0], bufs[1], (size_t)n[0]) == 0) {
			if (n[0] == 0)
				return (true);
			continue;
		}
		for (i = 0; i < n[0] && i < n[1] && bufs[0][i] == bufs[1][i];
		     i++)
			;
		*at = offset + i;
		return (true);
	}
}

static bool
compare_files(struct comparing *c, const struct side *s, int a_fd,
    const char *a, const struct stat *sa, int b_fd, const char *b,
    const struct stat *sb)
{
	char why[120];
	int64_t at = -1;
	bool done;
	int x, y;

	if ((sa->st_mode & 07777) != (sb->st_mode & 07777)) {
		(void)snprintf(why, sizeof(why), "mode %04o and %04o",
		    (unsigned)(sa->st_mode & 07777),
		    (unsigned)(sb->st_mode & 07777));
		tell(c, s, why);
	}
	if (sa->st_size != sb->st_size) {
		(void)snprintf(why, sizeof(why), "%lld and %lld bytes",
		    (long long)sa->st_size, (long long)sb->st_size);
		tell(c, s, why);
		return (true);
	}
	x = output_open_file(a_fd, a, sa);
	y = output_open_file(b_fd, b, sb);
	done = x >= 0 && y >= 0 && compare_data(x, y, &at);
	if (x >= 0)
		(void)close(x);
	if (y >= 0)
		(void)close(y);
	if (at >= 0) {
		(void)snprintf(why, sizeof(why), "contents from byte %lld on",
		    (long long)at);
		tell(c, s, why);
	}
	return (done);
}

static bool
compare_links(struct comparing *c, const struct side *s, int a_fd,
    const char *a, int b_fd, const char *b)
{
	char x[PATH_MAX], y[PATH_MAX];
	ssize_t m, n;

	m = readlinkat(a_fd, a, x, sizeof(x));
	n = readlinkat(b_fd, b, y, sizeof(y));
	if (m < 0 || n < 0)
		return (false);
	if (m != n || memcmp(x, y, (size_t)n) != 0)
		tell(c, s, "target of the link");
	return (true);
}

/* Two objects; false with errno.  What is in directories comes later. */
static bool
compare_objects(struct comparing *c, const struct side *s, int a_fd,
    const char *a, const struct stat *sa, int b_fd, const char *b,
    const struct stat *sb)
{
	if ((sa->st_mode & S_IFMT) != (sb->st_mode & S_IFMT)) {
		tell(c, s, "type");
		return (true);
	}
	if (S_ISREG(sa->st_mode))
		return (compare_files(c, s, a_fd, a, sa, b_fd, b, sb));
	if (S_ISLNK(sa->st_mode))
		return (compare_links(c, s, a_fd, a, b_fd, b));
	if ((sa->st_mode & 07777) != (sb->st_mode & 07777))
		tell(c, s, "mode");
	return (true);
}

static bool
side_next(struct side *s, struct error *e)
{
	s->event = walk_next(s->walk, &s->item, e);
	if (s->event == WALK_FAILED)
		return (false);
	if (s->event == WALK_ENTRY &&
	    fstatat(s->item.fd, s->item.name, &s->st, AT_SYMLINK_NOFOLLOW) != 0)
		return (walk_fail(s->walk, e, errno, "compare", NULL));
	return (true);
}

/* Below 0: a has a name that b has not; above: the other way round. */
static int
order(const struct comparing *c)
{
	if (c->a.event != WALK_ENTRY && c->b.event != WALK_ENTRY)
		return (0);
	if (c->a.event != WALK_ENTRY)
		return (1);
	if (c->b.event != WALK_ENTRY)
		return (-1);
	return (strcmp(c->a.item.name, c->b.item.name));
}

static bool
compare_pair(struct comparing *c, struct error *e)
{
	if (c->a.event != WALK_ENTRY)
		return (true);
	if (!compare_objects(c, &c->a, c->a.item.fd, c->a.item.name, &c->a.st,
		c->b.item.fd, c->b.item.name, &c->b.st))
		return (walk_fail(c->a.walk, e, errno, "compare", NULL));
	if (!S_ISDIR(c->a.st.st_mode) || !S_ISDIR(c->b.st.st_mode))
		return (true);
	return (walk_enter(c->a.walk, e) && walk_enter(c->b.walk, e));
}

static bool
compare_walks(struct comparing *c, struct error *e)
{
	int way;

	if (!side_next(&c->a, e) || !side_next(&c->b, e))
		return (false);
	while (c->a.event != WALK_END || c->b.event != WALK_END) {
		way = order(c);
		if (way < 0)
			tell(c, &c->a, "only in the first");
		else if (way > 0)
			tell(c, &c->b, "only in the second");
		else if (!compare_pair(c, e))
			return (false);
		if ((way <= 0 && !side_next(&c->a, e)) ||
		    (way >= 0 && !side_next(&c->b, e)))
			return (false);
	}
	return (true);
}

static struct walk *
open_side(int fd, const char *name, struct error *e)
{
	int top;

	top = output_open_directory(fd, name);
	if (top < 0) {
		fail(e, errno, "compare", name, NULL);
		return (NULL);
	}
	return (walk_create(top, true, name, e));
}

bool
output_compare(int a_fd, const char *a, int b_fd, const char *b,
    void (*differs)(void *context, const char *path, const char *why),
    void *context, struct error *e)
{
	struct comparing c;
	struct stat sa, sb;
	bool done;

	memset(&c, 0, sizeof(c));
	c.differs = differs;
	c.context = context;
	if (fstatat(a_fd, a, &sa, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "compare", a, NULL));
	if (fstatat(b_fd, b, &sb, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "compare", b, NULL));
	done = compare_objects(&c, NULL, a_fd, a, &sa, b_fd, b, &sb);
	if (!done)
		fail(e, errno, "compare", a, NULL);
	if (done && S_ISDIR(sa.st_mode) && S_ISDIR(sb.st_mode)) {
		c.a.walk = open_side(a_fd, a, e);
		c.b.walk = c.a.walk == NULL ? NULL : open_side(b_fd, b, e);
		done = c.b.walk != NULL && compare_walks(&c, e);
		walk_destroy(c.a.walk);
		walk_destroy(c.b.walk);
	}
	text_clear(&c.path);
	return (done);
}
