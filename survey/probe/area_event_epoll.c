/* epoll(7), signalfd(2) and fanotify(7): Linux's alone. */
#if defined(__linux__)

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441 /* 5.11 */
#endif

static int
watch(int ep, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { events, { .fd = fd } };

	return (epoll_ctl(ep, op, fd, &ev));
}

/* How many descriptors have something to tell; their events. */
static int
told(int ep, uint32_t *events)
{
	struct epoll_event ev[4];
	int n;

	n = epoll_wait(ep, ev, 4, 0);
	*events = n > 0 ? ev[0].events : 0;
	return (n);
}

/* An epoll that watches the reading end of a pipe with one byte in it. */
static int
pipe_watched(int fd[2], uint32_t events)
{
	int ep;

	ep = epoll_create1(EPOLL_CLOEXEC);
	if (ep < 0 || pipe(fd) != 0 ||
	    watch(ep, EPOLL_CTL_ADD, fd[0], events) != 0 ||
	    write(fd[1], "a", 1) != 1)
		return (-1);
	return (ep);
}

PROBE(ep_level)
{
	uint32_t events;
	int ep, fd[2];
	char c;

	NEED(ep = pipe_watched(fd, EPOLLIN));
	if (told(ep, &events) != 1 || told(ep, &events) != 1)
		return (probe_wrong("a byte that stays is not told twice"));
	NEED(read(fd[0], &c, 1));
	return (told(ep, &events) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("an event of an empty pipe"));
}

PROBE(ep_edge)
{
	uint32_t events;
	int ep, fd[2];

	NEED(ep = pipe_watched(fd, EPOLLIN | EPOLLET));
	if (told(ep, &events) != 1 || told(ep, &events) != 0)
		return (probe_wrong("not told once"));
	NEED(write(fd[1], "b", 1));
	return (told(ep, &events) == 1 ? probe_ok(NULL)
				       : probe_wrong("a new byte is not told"));
}

PROBE(ep_oneshot)
{
	uint32_t events;
	int ep, fd[2];

	NEED(ep = pipe_watched(fd, EPOLLIN | EPOLLONESHOT));
	if (told(ep, &events) != 1)
		return (probe_wrong("not told"));
	NEED(write(fd[1], "b", 1));
	if (told(ep, &events) != 0)
		return (probe_wrong("told again"));
	NEED(watch(ep, EPOLL_CTL_MOD, fd[0], EPOLLIN | EPOLLONESHOT));
	return (told(ep, &events) == 1
		    ? probe_ok(NULL)
		    : probe_wrong("not told after EPOLL_CTL_MOD"));
}

PROBE(ep_exclusive)
{
	uint32_t events;
	int ep, fd[2];

	NEED(ep = pipe_watched(fd, EPOLLIN | EPOLLEXCLUSIVE));
	NEED_REFUSAL(watch(ep, EPOLL_CTL_MOD, fd[0], EPOLLIN), EINVAL);
	return (
	    told(ep, &events) == 1 ? probe_ok(NULL) : probe_wrong("not told"));
}

/* Without CAP_BLOCK_SUSPEND the flag is dropped in silence. */
PROBE(ep_wakeup)
{
	uint32_t events;
	int ep, fd[2];

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED(ep = pipe_watched(fd, EPOLLIN | EPOLLWAKEUP));
	return (
	    told(ep, &events) == 1 ? probe_ok(NULL) : probe_wrong("not told"));
}

PROBE(ep_rdhup)
{
	uint32_t events;
	int ep, fd[2];

	NEED(ep = epoll_create1(EPOLL_CLOEXEC));
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(watch(ep, EPOLL_CTL_ADD, fd[0], EPOLLRDHUP));
	NEED(shutdown(fd[1], SHUT_WR));
	if (told(ep, &events) != 1 || (events & EPOLLRDHUP) == 0)
		return (probe_wrong("events 0x%x", events));
	return (probe_ok(NULL));
}

PROBE(ep_file)
{
	int ep, fd;

	NEED(ep = epoll_create1(EPOLL_CLOEXEC));
	NEED(fd = row_create("f"));
	NEED_REFUSAL(watch(ep, EPOLL_CTL_ADD, fd, EPOLLIN), EPERM);
	return (probe_ok("EPERM for a regular file"));
}

PROBE(ep_dup)
{
	uint32_t events;
	int copy, ep, fd[2];

	NEED(ep = pipe_watched(fd, EPOLLIN));
	NEED(copy = dup(fd[0]));
	NEED(close(fd[0]));
	/* It watches the open file, which the copy keeps. */
	if (told(ep, &events) != 1)
		return (probe_wrong("closing one of two took it away"));
	NEED(close(copy));
	return (told(ep, &events) == 0 ? probe_ok(NULL)
				       : probe_wrong("told of what is closed"));
}

PROBE(ep_nested)
{
	uint32_t events;
	int ep, fd[2], outer;

	NEED(ep = pipe_watched(fd, EPOLLIN));
	NEED(outer = epoll_create1(EPOLL_CLOEXEC));
	NEED(watch(outer, EPOLL_CTL_ADD, ep, EPOLLIN));
	if (told(outer, &events) != 1 || !row_readable(ep, 0))
		return (probe_wrong("not told"));
	NEED_REFUSAL(watch(ep, EPOLL_CTL_ADD, outer, EPOLLIN), ELOOP);
	return (probe_ok(NULL));
}

PROBE(ep_pwait)
{
	struct epoll_event ev;
	sigset_t all, none;
	int ep;

	NEED(ep = epoll_create1(EPOLL_CLOEXEC));
	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	NEED(sigprocmask(SIG_BLOCK, &all, NULL));
	(void)signal(SIGUSR1, row_on_signal);
	NEED(kill(getpid(), SIGUSR1));
	NEED_REFUSAL(epoll_pwait(ep, &ev, 1, 1000, &none), EINTR);
	return (row_signals == 1 ? probe_ok(NULL)
				 : probe_wrong("the signal was not handled"));
}

PROBE(ep_pwait2)
{
	struct {
		int64_t sec, nsec;
	} ts = { 0, 200000 };
	struct epoll_event ev;
	int64_t start, took;
	int ep;

	NEED(ep = epoll_create1(EPOLL_CLOEXEC));
	NEED(start = row_clock(CLOCK_MONOTONIC));
	NEED(syscall(SYS_epoll_pwait2, ep, &ev, 1, &ts, NULL, 0));
	took = row_clock(CLOCK_MONOTONIC) - start;
	return (took >= 200000
		    ? probe_ok(NULL)
		    : probe_wrong("200 us took %lld ns", (long long)took));
}

PROBE(ev_signalfd)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	NEED_REFUSAL(read(fd, &info, sizeof(info)), EAGAIN);
	NEED(kill(getpid(), SIGUSR1));
	if (!row_readable(fd, 1000))
		return (probe_wrong("it does not become readable"));
	NEED(read(fd, &info, sizeof(info)));
	if (info.ssi_signo != SIGUSR1 || info.ssi_pid != (uint32_t)getpid())
		return (probe_wrong("signal %u", info.ssi_signo));
	return (probe_ok(NULL));
}

/* Told of a file below a directory that was marked. */
static struct probe_answer
fanotify(unsigned class, unsigned format, uint64_t mask)
{
	char buf[4096];
	int fd;

	if ((fd = fanotify_init(class | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY)) <
	    0)
		return (probe_errno(errno, "fanotify_init"));
	if (fanotify_mark(fd, FAN_MARK_ADD | format, mask, AT_FDCWD, ".") != 0)
		return (row_file_errno(errno, "fanotify_mark"));
	NEED_TRUE(probe_file("f", "a"));
	if (!row_readable(fd, 1000))
		return (probe_wrong("not told of a new file"));
	NEED(read(fd, buf, sizeof(buf)));
	return (probe_ok(NULL));
}

PROBE(ev_fanotify)
{
	return (fanotify(
	    FAN_CLASS_NOTIF, FAN_MARK_ONLYDIR, FAN_OPEN | FAN_EVENT_ON_CHILD));
}

PROBE(ev_fanotify_fid)
{
#ifdef FAN_REPORT_DFID_NAME
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (fanotify(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME,
	    FAN_MARK_ONLYDIR, FAN_CREATE));
#else
	return (probe_absent("FAN_REPORT_DFID_NAME is not declared"));
#endif
}

#else
typedef int area_event_epoll_is_empty_here;
#endif
