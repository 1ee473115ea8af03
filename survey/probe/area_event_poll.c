/*
 * poll(2), select(2) and signals: what is told, in which order, and what a
 * signal does to a call that waits.
 */
#include <sys/param.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

volatile sig_atomic_t row_signals;

void
row_on_signal(int sig)
{
	(void)sig;
	row_signals++;
}

static int
poll_one(int fd, short events, int ms)
{
	struct pollfd p = { fd, events, 0 };

	return (poll(&p, 1, ms) < 0 ? -1 : p.revents);
}

PROBE(po_pipe)
{
	int fd[2];

	NEED(pipe(fd));
	if (poll_one(fd[0], POLLIN, 0) != 0)
		return (probe_wrong("an empty pipe is readable"));
	NEED(write(fd[1], "a", 1));
	if (poll_one(fd[0], POLLIN, 0) != POLLIN)
		return (probe_wrong("a pipe with a byte is not"));
	NEED(close(fd[1]));
	if ((poll_one(fd[0], POLLIN, 0) & POLLHUP) == 0)
		return (probe_wrong("no POLLHUP without a writer"));
	return (probe_ok(NULL));
}

PROBE(po_pipe_broken)
{
	int events, fd[2];

	NEED(pipe(fd));
	NEED(close(fd[0]));
	NEED(events = poll_one(fd[1], POLLOUT, 0));
	if ((events & (POLLERR | POLLHUP)) == 0)
		return (probe_wrong("events 0x%x without a reader", events));
	return (
	    probe_ok("%s", (events & POLLERR) != 0 ? "POLLERR" : "POLLHUP"));
}

PROBE(po_invalid)
{
	return ((poll_one(999, POLLIN, 0) & POLLNVAL) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("no POLLNVAL"));
}

PROBE(po_file)
{
	int fd;

	NEED(fd = row_create("f"));
	return (poll_one(fd, POLLIN | POLLOUT, 0) == (POLLIN | POLLOUT)
		    ? probe_ok(NULL)
		    : probe_wrong("a file is not always ready"));
}

PROBE(po_rdhup)
{
#ifdef POLLRDHUP
	int fd[2];

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	if (poll_one(fd[0], POLLRDHUP, 0) != 0)
		return (probe_wrong("told too early"));
	NEED(shutdown(fd[1], SHUT_WR));
	return ((poll_one(fd[0], POLLRDHUP, 0) & POLLRDHUP) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("a peer that ended is not told"));
#else
	return (probe_absent("POLLRDHUP is not declared"));
#endif
}

/* SIGUSR1 is blocked, pending, and handled. */
static bool
signal_pending(sigset_t *none)
{
	sigset_t set;

	(void)sigemptyset(none);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)signal(SIGUSR1, row_on_signal);
	return (sigprocmask(SIG_BLOCK, &set, NULL) == 0 &&
		kill(getpid(), SIGUSR1) == 0 && row_signals == 0);
}

PROBE(po_ppoll)
{
	const struct timespec second = { 1, 0 };
	sigset_t none;

	NEED_TRUE(signal_pending(&none));
	NEED_REFUSAL(ppoll(NULL, 0, &second, &none), EINTR);
	return (row_signals == 1 ? probe_ok(NULL)
				 : probe_wrong("the signal was not handled"));
}

PROBE(po_pselect)
{
	const struct timespec second = { 1, 0 };
	sigset_t none;

	NEED_TRUE(signal_pending(&none));
	NEED_REFUSAL(pselect(0, NULL, NULL, NULL, &second, &none), EINTR);
	return (row_signals == 1 ? probe_ok(NULL)
				 : probe_wrong("the signal was not handled"));
}

PROBE(po_select)
{
	struct timeval none = { 0, 0 };
	fd_set set;
	int fd[2];

	NEED(pipe(fd));
	NEED(write(fd[1], "a", 1));
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	if (select(fd[0] + 1, &set, NULL, NULL, &none) != 1 ||
	    !FD_ISSET(fd[0], &set))
		return (probe_wrong("a pipe with a byte is not readable"));
	return (probe_ok(NULL));
}

/* A read of an empty pipe that a timer's signal meets. */
static ssize_t
interrupted_read(int flags, int fd[2])
{
	/* Again and again: the first may come before the read. */
	const struct itimerval it = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction sa;
	char c;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = row_on_signal;
	sa.sa_flags = flags;
	if (sigaction(SIGALRM, &sa, NULL) != 0 ||
	    setitimer(ITIMER_REAL, &it, NULL) != 0)
		return (-2);
	return (read(fd[0], &c, 1));
}

PROBE(sg_eintr)
{
	int fd[2];

	NEED(pipe(fd));
	NEED_REFUSAL(interrupted_read(0, fd), EINTR);
	return (probe_ok(NULL));
}

PROBE(sg_restart)
{
	pid_t pid;
	ssize_t n;
	int fd[2];

	NEED(pipe(fd));
	NEED(pid = fork());
	if (pid == 0) {
		(void)usleep(4000);
		_exit(write(fd[1], "a", 1) == 1 ? 0 : 1);
	}
	n = interrupted_read(SA_RESTART, fd);
	if (n == -1 && errno == EINTR)
		return (probe_wrong("EINTR in spite of SA_RESTART"));
	return (n == 1 && row_signals >= 1
		    ? probe_ok(NULL)
		    : probe_wrong("read %zd, %d signals", n, (int)row_signals));
}

static void
block(int sig)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

PROBE(sg_realtime)
{
	const struct timespec none = { 0, 0 };
	union sigval value;
	siginfo_t info;
	sigset_t set;
	int i;

	block(SIGRTMIN);
	for (i = 1; i <= 3; i++) {
		value.sival_int = i;
		NEED(sigqueue(getpid(), SIGRTMIN, value));
	}
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN);
	for (i = 1; i <= 3; i++) {
		NEED(sigtimedwait(&set, &info, &none));
		if (info.si_value.sival_int != i || info.si_code != SI_QUEUE)
			return (probe_wrong("value %d in place %d",
			    info.si_value.sival_int, i));
	}
	NEED_REFUSAL(sigtimedwait(&set, &info, &none), EAGAIN);
	return (probe_ok("%d to %d", SIGRTMIN, SIGRTMAX));
}

PROBE(sg_merge)
{
	const struct timespec none = { 0, 0 };
	siginfo_t info;
	sigset_t set;

	block(SIGUSR1);
	NEED(kill(getpid(), SIGUSR1));
	NEED(kill(getpid(), SIGUSR1));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigtimedwait(&set, &info, &none));
	if (sigtimedwait(&set, &info, &none) == SIGUSR1)
		return (probe_ok("each is kept"));
	return (probe_ok("two are one"));
}

PROBE(sg_waitinfo)
{
	siginfo_t info;
	sigset_t set;

	block(SIGUSR1);
	NEED(kill(getpid(), SIGUSR1));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigwaitinfo(&set, &info));
	if (info.si_pid != getpid() || info.si_uid != getuid())
		return (probe_wrong("not told who sent it"));
	return (probe_ok(NULL));
}

static volatile sig_atomic_t on_stack;
static char *stack_bottom;

static void
note_stack(int sig)
{
	volatile char here = 0;

	(void)sig;
	on_stack = (uintptr_t)&here >= (uintptr_t)stack_bottom &&
		   (uintptr_t)&here < (uintptr_t)stack_bottom + 65536;
}

PROBE(sg_altstack)
{
	struct sigaction sa;
	stack_t ss;

	NEED_TRUE((stack_bottom = malloc(65536)) != NULL);
	memset(&ss, 0, sizeof(ss));
	ss.ss_sp = stack_bottom;
	ss.ss_size = 65536;
	NEED(sigaltstack(&ss, NULL));
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note_stack;
	sa.sa_flags = SA_ONSTACK;
	NEED(sigaction(SIGUSR1, &sa, NULL));
	NEED(kill(getpid(), SIGUSR1));
	return (on_stack ? probe_ok(NULL)
			 : probe_wrong("the handler ran on the old stack"));
}

static volatile sig_atomic_t chld_code, chld_status;

static void
note_child(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	chld_code = info->si_code;
	chld_status = info->si_status;
}

PROBE(sg_chld_info)
{
	struct sigaction sa;
	pid_t pid;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = note_child;
	sa.sa_flags = SA_SIGINFO;
	NEED(sigaction(SIGCHLD, &sa, NULL));
	NEED(pid = fork());
	if (pid == 0)
		_exit(7);
	(void)util_wait(pid);
	if (chld_code != CLD_EXITED || chld_status != 7)
		return (probe_wrong(
		    "code %d, status %d", (int)chld_code, (int)chld_status));
	return (probe_ok(NULL));
}

PROBE(sg_nocldwait)
{
	struct sigaction sa;
	pid_t pid;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sa.sa_flags = SA_NOCLDWAIT;
	NEED(sigaction(SIGCHLD, &sa, NULL));
	NEED(pid = fork());
	if (pid == 0)
		_exit(0);
	NEED_REFUSAL(waitpid(pid, NULL, 0), ECHILD);
	return (probe_ok(NULL));
}

/* SIGIO when a byte arrives at `fd`, that `from` sends. */
static struct probe_answer
async(int fd, int from)
{
	const struct timespec wait = { 0, 300000000 };
	siginfo_t info;
	sigset_t set;

	/* What is ignored by default would be dropped, blocked or not. */
	(void)signal(SIGIO, row_on_signal);
	block(SIGIO);
	NEED(fcntl(fd, F_SETOWN, getpid()));
	NEED(fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK));
	NEED(write(from, "a", 1));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGIO);
	return (sigtimedwait(&set, &info, &wait) == SIGIO
		    ? probe_ok(NULL)
		    : probe_wrong("no SIGIO"));
}

PROBE(sg_o_async)
{
	int fd[2];

	NEED(pipe(fd));
	return (async(fd[0], fd[1]));
}

PROBE(sg_o_async_unix)
{
	int fd[2];

	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	return (async(fd[0], fd[1]));
}
