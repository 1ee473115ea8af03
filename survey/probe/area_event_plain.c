/*
 * Probes of the area event: waiting, signals as events, single flags of
 * kqueue, and what macOS alone has.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_event.h"
#include "survey/probe/area_mount.h"
#include "survey/probe/area_plain.h"

#if defined(__linux__)

#include <sys/epoll.h>
#include <sys/signalfd.h>

/* A blocked SIGUSR1 as a descriptor. */
static int
signal_fd(int flags)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return (-1);
	return (signalfd(-1, &set, flags));
}

static PROBE(plain_sfd_cloexec)
{
	int a, b;

	NEED(a = signal_fd(0));
	NEED(b = signal_fd(SFD_CLOEXEC));
	return ((fcntl(a, F_GETFD) & FD_CLOEXEC) == 0 &&
			(fcntl(b, F_GETFD) & FD_CLOEXEC) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("not what the flag says"));
}

static PROBE(plain_sfd_nonblock)
{
	struct signalfd_siginfo si;
	int fd;

	NEED(fd = signal_fd(SFD_NONBLOCK));
	NEED_REFUSAL((int)read(fd, &si, sizeof(si)), EAGAIN);
	NEED(raise(SIGUSR1));
	NEED(read(fd, &si, sizeof(si)));
	return (si.ssi_signo == SIGUSR1 ? probe_ok(NULL)
					: probe_wrong("another signal"));
}

static PROBE(plain_epoll_wait)
{
	struct epoll_event ev, got[2];
	int ep, n, p[2];

	NEED(ep = epoll_create1(EPOLL_CLOEXEC));
	NEED(pipe(p));
	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	ev.data.u64 = 4711;
	NEED(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev));
	NEED(n = epoll_wait(ep, got, 2, 0));
	if (n != 0)
		return (probe_wrong("an event with nothing to read"));
	NEED(write(p[1], "x", 1));
	NEED(n = epoll_wait(ep, got, 2, 500));
	return (n == 1 && got[0].data.u64 == 4711
		    ? probe_ok(NULL)
		    : probe_wrong("%d events", n));
}

/* A child's end arrives in the loop, beside descriptors. */
static PROBE(plain_signal_event)
{
	struct epoll_event ev, got;
	struct signalfd_siginfo si;
	sigset_t set;
	int ep, fd;
	pid_t pid;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(fd = signalfd(-1, &set, SFD_CLOEXEC));
	NEED(ep = epoll_create1(EPOLL_CLOEXEC));
	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	NEED(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	NEED(pid = fork());
	if (pid == 0)
		_exit(3);
	if (epoll_wait(ep, &got, 1, 500) != 1)
		return (probe_wrong("no event at a child's end"));
	NEED(read(fd, &si, sizeof(si)));
	NEED(waitpid(pid, NULL, 0));
	return (
	    si.ssi_pid == (uint32_t)pid && si.ssi_status == 3
		? probe_ok(NULL)
		: probe_wrong("pid %u status %d", si.ssi_pid, si.ssi_status));
}
#endif

#if defined(__FreeBSD__)

#include <sys/event.h>

/* Adds or changes one event; -1 with errno. */
static int
change(int kq, uintptr_t ident, short filter, unsigned short flags,
    unsigned fflags, int64_t data)
{
	struct kevent ev;

	EV_SET(&ev, ident, filter, flags, fflags, data, NULL);
	return (kevent(kq, &ev, 1, NULL, 0, NULL));
}

/* The next event; 0 when there is none in time. */
static int
next_event(int kq, struct kevent *ev, int ms)
{
	struct timespec ts = row_timespec((int64_t)ms * 1000000);

	return (kevent(kq, NULL, 0, ev, 1, &ts));
}

static PROBE(plain_kevent)
{
	struct kevent ev;
	int kq, n, p[2];

	NEED(kq = kqueue());
	NEED(pipe(p));
	NEED(change(kq, (uintptr_t)p[0], EVFILT_READ, EV_ADD, 0, 0));
	NEED(n = next_event(kq, &ev, 0));
	if (n != 0)
		return (probe_wrong("an event with nothing to read"));
	NEED(write(p[1], "abc", 3));
	NEED(n = next_event(kq, &ev, 500));
	if (n != 1 || ev.ident != (uintptr_t)p[0] || ev.data != 3)
		return (probe_wrong("%d events", n));
	NEED(change(kq, (uintptr_t)p[0], EVFILT_READ, EV_DELETE, 0, 0));
	NEED(n = next_event(kq, &ev, 0));
	if (n != 0)
		return (probe_wrong("an event after EV_DELETE"));
	NEED_REFUSAL(
	    change(kq, (uintptr_t)p[0], EVFILT_READ, EV_DELETE, 0, 0), ENOENT);
	return (probe_ok(NULL));
}

static PROBE(plain_note_seconds)
{
	struct kevent ev;
	int kq, n;

	/* One second, which is not waited for. */
	NEED(kq = kqueue());
	NEED(change(kq, 1, EVFILT_TIMER, EV_ADD | EV_ONESHOT, NOTE_SECONDS, 1));
	NEED(n = next_event(kq, &ev, 20));
	return (n == 0 ? probe_ok("1 is more than 20 ms")
		       : probe_wrong("it expired within 20 ms"));
}

static PROBE(plain_note_revoke)
{
	struct kevent ev;
	int fd, kq, n;

	/* A forced unmount revokes (kevent(2)); terminals have no vnode. */
	NEED(kq = kqueue());
	NEED(mkdir("m", 0755));
	NEED(mount_tmpfs(ctx, "m", 0, NULL));
	NEED_TRUE(probe_file("m/f", "x"));
	NEED(fd = open("m/f", O_RDONLY));
	NEED(change(kq, (uintptr_t)fd, EVFILT_VNODE, EV_ADD, NOTE_REVOKE, 0));
	NEED(mount_remove(ctx, "m", true));
	NEED(n = next_event(kq, &ev, 500));
	return (n == 1 && (ev.fflags & NOTE_REVOKE) != 0
		    ? probe_ok("at a forced unmount")
		    : probe_wrong("no event at a forced unmount"));
}
#endif

/* Words of macOS's kqueue. */
#if defined(__APPLE__)
#define ON_MACOS plain_present
#else
#define ON_MACOS plain_undeclared
static PROBE(plain_undeclared)
{
	return (probe_absent("not declared"));
}
#endif

#if defined(__FreeBSD__)
#define SIGNAL_EVENT kq_signal
#else
#define SIGNAL_EVENT plain_signal_event
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("event.signal-event", "semantic:signal-as-event",
	    "a signal arrives in the loop, beside descriptors",
	    SIGNAL_EVENT, 0),
	ROW("event.sfd-cloexec", "SFD_CLOEXEC",
	    "a signal descriptor that an exec closes",
	    ON_LINUX(plain_sfd_cloexec), 0),
	ROW("event.sfd-nonblock", "SFD_NONBLOCK",
	    "a signal descriptor that never blocks",
	    ON_LINUX(plain_sfd_nonblock), 0),
	ROW("event.epoll-wait", "epoll_wait",
	    "nothing, then one event with its data",
	    ON_LINUX(plain_epoll_wait), 0),
	ROW("event.kevent", "kevent",
	    "nothing, then one event with its data",
	    ON_FREEBSD(plain_kevent), 0),
	ROW("event.ev-add", "EV_ADD",
	    "an event is added", ON_FREEBSD(plain_kevent), 0),
	ROW("event.ev-delete", "EV_DELETE",
	    "an event is removed, once", ON_FREEBSD(plain_kevent), 0),
	ROW("event.evfilt-proc", "EVFILT_PROC",
	    "a process ends", ON_FREEBSD(kq_proc_exit), 0),
	ROW("event.note-seconds", "NOTE_SECONDS",
	    "a timer in seconds", ON_FREEBSD(plain_note_seconds), 0),
	ROW("event.note-revoke", "NOTE_REVOKE",
	    "a file was cut off", ON_FREEBSD(plain_note_revoke),
	    ROOT_ON_FREEBSD),
	ROW("event.note-absolute", "NOTE_ABSOLUTE",
	    "a timer for a time", ON_MACOS, 0),
	ROW("event.note-exitstatus", "NOTE_EXITSTATUS",
	    "the status comes with the end", ON_MACOS, 0),
	ROW("event.note-reap", "NOTE_REAP",
	    "a process was waited for", ON_MACOS, 0),
	ROW("event.note-signal", "NOTE_SIGNAL",
	    "a process got a signal", ON_MACOS, 0),
	ROW("event.evfilt-machport", "EVFILT_MACHPORT",
	    "a message on a port", ON_MACOS, 0),
};
/* clang-format on */

const struct probe_area probe_area_event_plain = { ISTH_AREA_EVENT, rows,
	UTIL_COUNT(rows) };
