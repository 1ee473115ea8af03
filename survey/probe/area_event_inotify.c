/* inotify(7) and eventfd(2): Linux's, and FreeBSD's since 15 and 13. */
#if defined(__has_include)
#if __has_include(<sys/inotify.h>)
#include <sys/inotify.h>
#endif
#if __has_include(<sys/eventfd.h>)
#include <sys/eventfd.h>
#endif
#endif
#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

#ifdef IN_CREATE

/* What one read of an inotify descriptor gave. */
struct events {
	ssize_t len;
	union {
		struct inotify_event event;
		char space[4096];
	} u;
};

static bool
take(int fd, struct events *e)
{
	e->len = -1;
	if (row_readable(fd, 1000))
		e->len = read(fd, &e->u, sizeof(e->u));
	return (e->len >= (ssize_t)sizeof(e->u.event));
}

/* The first event that has one of the bits of `mask`. */
static bool
find(const struct events *e, uint32_t mask, struct inotify_event *ev)
{
	ssize_t at;

	for (at = 0; at + (ssize_t)sizeof(*ev) <= e->len;
	     at += (ssize_t)(sizeof(*ev) + ev->len)) {
		memcpy(ev, e->u.space + at, sizeof(*ev));
		if ((ev->mask & mask) != 0)
			return (true);
	}
	return (false);
}

/* A watch of the working directory; -1 with errno. */
static int
watch(uint32_t mask)
{
	int fd;

	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd >= 0 && inotify_add_watch(fd, ".", mask) < 0)
		return (-1);
	return (fd);
}

PROBE(in_create)
{
	struct events e;
	int fd;

	NEED(fd = watch(IN_CREATE));
	NEED_TRUE(probe_file("name", ""));
	if (!take(fd, &e) || (e.u.event.mask & IN_CREATE) == 0)
		return (probe_wrong("no event"));
	if (e.u.event.len == 0 || strcmp(e.u.event.name, "name") != 0)
		return (probe_wrong("without the name"));
	return (probe_ok(NULL));
}

PROBE(in_create_directory)
{
	struct events e;
	int fd;

	NEED(fd = watch(IN_CREATE));
	NEED(mkdir("name", 0700));
	if (!take(fd, &e) || (e.u.event.mask & IN_CREATE) == 0)
		return (probe_wrong("no event"));
	return ((e.u.event.mask & IN_ISDIR) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("without IN_ISDIR"));
}

PROBE(in_modify)
{
	struct inotify_event ev;
	struct events e;
	int fd, file;

	NEED(file = row_create("f"));
	NEED(fd = watch(IN_MODIFY | IN_CLOSE_WRITE));
	NEED(write(file, "a", 1));
	NEED(close(file));
	if (!take(fd, &e) || !find(&e, IN_MODIFY, &ev))
		return (probe_wrong("no IN_MODIFY"));
	if (!find(&e, IN_CLOSE_WRITE, &ev))
		return (probe_wrong("no IN_CLOSE_WRITE"));
	return (probe_ok(NULL));
}

/* Both events of a rename, with one cookie; false when not. */
static bool
renamed(int fd, const char *from, const char *to, uint32_t *cookie)
{
	struct inotify_event one, two;
	struct events e;

	if (rename(from, to) != 0 || !take(fd, &e) ||
	    !find(&e, IN_MOVED_FROM, &one) || !find(&e, IN_MOVED_TO, &two))
		return (false);
	*cookie = one.cookie;
	return (one.cookie == two.cookie);
}

/* FreeBSD 15 counts from 0: the first rename of all has no cookie. */
PROBE(in_move)
{
	uint32_t first, second;
	int fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = watch(IN_MOVE));
	if (!renamed(fd, "f", "g", &first) || !renamed(fd, "g", "h", &second))
		return (probe_wrong("not both events with one cookie"));
	return (first != second
		    ? probe_ok(NULL)
		    : probe_wrong("two renames have cookie %u", first));
}

PROBE(in_delete_self)
{
	struct inotify_event ev;
	struct events e;
	int fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	NEED(inotify_add_watch(fd, "f", IN_DELETE_SELF));
	NEED(unlink("f"));
	if (!take(fd, &e) || !find(&e, IN_DELETE_SELF, &ev))
		return (probe_wrong("no IN_DELETE_SELF"));
	if (!find(&e, IN_IGNORED, &ev) &&
	    (!take(fd, &e) || !find(&e, IN_IGNORED, &ev)))
		return (probe_wrong("no IN_IGNORED after it"));
	return (probe_ok(NULL));
}

PROBE(in_attrib)
{
	struct inotify_event ev;
	struct events e;
	int fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = watch(IN_ATTRIB));
	NEED(chmod("f", 0644));
	return (take(fd, &e) && find(&e, IN_ATTRIB, &ev)
		    ? probe_ok(NULL)
		    : probe_wrong("no event"));
}

PROBE(in_mask_create)
{
	int fd;

	NEED(fd = watch(IN_CREATE));
	NEED_REFUSAL(
	    inotify_add_watch(fd, ".", IN_DELETE | IN_MASK_CREATE), EEXIST);
	return (probe_ok(NULL));
}

PROBE(in_oneshot)
{
	struct events e;
	struct inotify_event ev;
	int fd;

	NEED(fd = watch(IN_CREATE | IN_ONESHOT));
	NEED_TRUE(probe_file("f", ""));
	NEED_TRUE(probe_file("g", ""));
	if (!take(fd, &e) || !find(&e, IN_CREATE, &ev))
		return (probe_wrong("no event"));
	if ((size_t)e.len > 2 * (sizeof(ev) + 16))
		return (probe_wrong("more than one event"));
	return (probe_ok(NULL));
}

PROBE(in_onlydir)
{
	int fd;

	NEED_TRUE(probe_file("f", ""));
	NEED(fd = inotify_init1(IN_CLOEXEC));
	NEED_REFUSAL(
	    inotify_add_watch(fd, "f", IN_MODIFY | IN_ONLYDIR), ENOTDIR);
	return (probe_ok(NULL));
}

PROBE(in_rm_watch)
{
	struct inotify_event ev;
	struct events e;
	int fd, wd;

	NEED(fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
	NEED(wd = inotify_add_watch(fd, ".", IN_CREATE));
	NEED(inotify_rm_watch(fd, wd));
	NEED_TRUE(probe_file("f", ""));
	if (!take(fd, &e) || find(&e, IN_CREATE, &ev) ||
	    !find(&e, IN_IGNORED, &ev))
		return (probe_wrong("not IN_IGNORED alone"));
	return (probe_ok(NULL));
}

#else
#define NO_INOTIFY(fn)                                                  \
	PROBE(fn)                                                       \
	{                                                               \
		return (probe_absent("inotify_init1 is not declared")); \
	}
NO_INOTIFY(in_create)
NO_INOTIFY(in_create_directory)
NO_INOTIFY(in_modify)
NO_INOTIFY(in_move)
NO_INOTIFY(in_delete_self)
NO_INOTIFY(in_attrib)
NO_INOTIFY(in_mask_create)
NO_INOTIFY(in_oneshot)
NO_INOTIFY(in_onlydir)
NO_INOTIFY(in_rm_watch)
#endif

#ifdef EFD_SEMAPHORE

PROBE(ev_eventfd)
{
	uint64_t n;
	int fd;

	NEED(fd = eventfd(2, EFD_CLOEXEC | EFD_NONBLOCK));
	n = 3;
	NEED(write(fd, &n, sizeof(n)));
	NEED(read(fd, &n, sizeof(n)));
	if (n != 5)
		return (probe_wrong("2 and 3 are %llu", (unsigned long long)n));
	NEED_REFUSAL(read(fd, &n, sizeof(n)), EAGAIN);
	return (probe_ok(NULL));
}

PROBE(ev_eventfd_semaphore)
{
	uint64_t n;
	int fd;

	NEED(fd = eventfd(2, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
	NEED(read(fd, &n, sizeof(n)));
	if (n != 1)
		return (probe_wrong(
		    "it counts down by %llu", (unsigned long long)n));
	NEED(read(fd, &n, sizeof(n)));
	NEED_REFUSAL(read(fd, &n, sizeof(n)), EAGAIN);
	return (probe_ok(NULL));
}

PROBE(ev_eventfd_overflow)
{
	uint64_t n;
	int fd;

	NEED(fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	n = UINT64_MAX - 1;
	NEED(write(fd, &n, sizeof(n)));
	n = 1;
	NEED_REFUSAL(write(fd, &n, sizeof(n)), EAGAIN);
	n = UINT64_MAX;
	NEED_REFUSAL(write(fd, &n, sizeof(n)), EINVAL);
	return (probe_ok(NULL));
}

#else
PROBE(ev_eventfd)
{
	return (probe_absent("eventfd is not declared"));
}

PROBE(ev_eventfd_semaphore)
{
	return (ev_eventfd(ctx));
}

PROBE(ev_eventfd_overflow)
{
	return (ev_eventfd(ctx));
}
#endif
