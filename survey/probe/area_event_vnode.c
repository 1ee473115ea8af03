/* EVFILT_VNODE of kqueue(2): one row for each thing that may befall a file. */
#if defined(__FreeBSD__)

#include <sys/types.h>
#include <sys/event.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

static int
change_delete(int fd)
{
	(void)fd;
	return (unlink("f"));
}

static int
change_write(int fd)
{
	return (pwrite(fd, "b", 1, 0) == 1 ? 0 : -1);
}

static int
change_extend(int fd)
{
	return (pwrite(fd, "b", 1, 100) == 1 ? 0 : -1);
}

static int
change_attrib(int fd)
{
	return (fchmod(fd, 0644));
}

static int
change_link(int fd)
{
	(void)fd;
	return (link("f", "g"));
}

static int
change_rename(int fd)
{
	(void)fd;
	return (rename("f", "g"));
}

static int
change_open(int fd)
{
	(void)fd;
	return (open("f", O_RDONLY | O_CLOEXEC));
}

static int
change_close(int fd)
{
	(void)fd;
	fd = open("f", O_RDONLY | O_CLOEXEC);
	return (fd < 0 ? -1 : close(fd));
}

static int
change_close_write(int fd)
{
	(void)fd;
	fd = open("f", O_WRONLY | O_CLOEXEC);
	return (fd < 0 ? -1 : close(fd));
}

static int
change_read(int fd)
{
	char c;

	return (pread(fd, &c, 1, 0) == 1 ? 0 : -1);
}

/* Watches the file "f", lets `change` happen and looks for `note`. */
static struct probe_answer
vnode(unsigned note, int (*change)(int))
{
	const struct timespec second = { 1, 0 }, none = { 0, 0 };
	struct kevent ev;
	int fd, kq;

	NEED(fd = row_create("f"));
	NEED(pwrite(fd, "a", 1, 0));
	NEED(kq = kqueue());
	EV_SET(&ev, fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, note, 0, NULL);
	NEED(kevent(kq, &ev, 1, NULL, 0, NULL));
	if (kevent(kq, NULL, 0, &ev, 1, &none) != 0)
		return (probe_wrong("an event before anything happened"));
	NEED(change(fd));
	if (kevent(kq, NULL, 0, &ev, 1, &second) != 1)
		return (probe_wrong("no event on %s", row_filesystem()));
	/* It tells what else the same change was, too. */
	return ((ev.fflags & note) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("fflags 0x%x for 0x%x", ev.fflags, note));
}

PROBE(kq_delete)
{
	return (vnode(NOTE_DELETE, change_delete));
}

PROBE(kq_note_write)
{
	return (vnode(NOTE_WRITE, change_write));
}

PROBE(kq_extend)
{
	return (vnode(NOTE_EXTEND, change_extend));
}

PROBE(kq_attrib)
{
	return (vnode(NOTE_ATTRIB, change_attrib));
}

PROBE(kq_link)
{
	return (vnode(NOTE_LINK, change_link));
}

PROBE(kq_rename)
{
	return (vnode(NOTE_RENAME, change_rename));
}

PROBE(kq_open)
{
	return (vnode(NOTE_OPEN, change_open));
}

PROBE(kq_close)
{
	return (vnode(NOTE_CLOSE, change_close));
}

PROBE(kq_close_write)
{
	return (vnode(NOTE_CLOSE_WRITE, change_close_write));
}

PROBE(kq_note_read)
{
	return (vnode(NOTE_READ, change_read));
}

PROBE(kq_directory)
{
	const struct timespec second = { 1, 0 };
	struct kevent ev;
	int dir, kq;

	NEED(dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	NEED(kq = kqueue());
	EV_SET(&ev, dir, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE, 0, NULL);
	NEED(kevent(kq, &ev, 1, NULL, 0, NULL));
	NEED_TRUE(probe_file("f", ""));
	if (kevent(kq, NULL, 0, &ev, 1, &second) != 1)
		return (probe_wrong("a new file makes no event"));
	return (probe_ok("that something changed, not which name"));
}

#else
typedef int area_event_vnode_is_empty_here;
#endif
