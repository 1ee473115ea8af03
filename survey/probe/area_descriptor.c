/*
 * Probes of the area descriptor: the table of numbers: duplicating, closing
 * many, and what an exec closes.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_descriptor.h"

/* The same values on both systems; old headers have neither. */
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1u << 1)
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

static bool
is_open(int fd)
{
	return (fcntl(fd, F_GETFD) >= 0);
}

static bool
is_cloexec(int fd)
{
	return ((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

/* Descriptors 20 to 25, open. */
static bool
open_some(void)
{
	int fd;

	for (fd = 20; fd <= 25; fd++) {
		if (dup2(0, fd) < 0)
			return (false);
	}
	return (true);
}

static int
range(unsigned first, unsigned last, unsigned flags)
{
#ifdef SYS_close_range
	return ((int)syscall(SYS_close_range, first, last, flags));
#else
	(void)first;
	(void)last;
	(void)flags;
	errno = ENOSYS;
	return (-1);
#endif
}

static PROBE(fd_close_range)
{
	NEED_TRUE(open_some());
	NEED(range(21, 24, 0));
	if (!is_open(20) || is_open(21) || is_open(24) || !is_open(25))
		return (probe_wrong("others were closed, or some were not"));
	/* A range of which nothing is open is no error. */
	NEED(range(1000, ~0u, 0));
	NEED_REFUSAL(range(25, 20, 0), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(fd_close_range_flags)
{
	NEED_REFUSAL(range(20, 25, 1u << 31), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(fd_close_range_cloexec)
{
	NEED_TRUE(open_some());
	if (range(21, 24, CLOSE_RANGE_CLOEXEC) != 0)
		return (errno == EINVAL ? probe_absent("the flag is unknown")
					: probe_errno(errno, "close_range"));
	if (!is_open(22) || !is_cloexec(22) || is_cloexec(20))
		return (probe_wrong("closed now, or not to be closed"));
	return (probe_ok(NULL));
}

static atomic_int step;

static void *
unshare_thread(void *arg)
{
	*(int *)arg = range(20, 25, CLOSE_RANGE_UNSHARE) == 0 ? 0 : errno;
	step = 1;
	return (NULL);
}

static PROBE(fd_close_range_unshare)
{
	pthread_t thread;
	int err, result = -1;

	NEED_TRUE(open_some());
	err = pthread_create(&thread, NULL, unshare_thread, &result);
	if (err != 0)
		return (probe_errno(err, "pthread_create"));
	(void)pthread_join(thread, NULL);
	if (result == EINVAL)
		return (probe_absent("the flag is unknown"));
	if (result != 0)
		return (probe_errno(result, "close_range"));
	/* The thread closed its own copies: ours are there. */
	return (is_open(22) ? probe_ok(NULL)
			    : probe_wrong("closed in the whole process"));
}

static PROBE(fd_close_range_header)
{
#if defined(__has_include)
#if __has_include(<linux/close_range.h>)
	return (probe_ok(NULL));
#endif
#endif
	return (probe_absent("no such header"));
}

static int
close_all_but(void *arg)
{
	(void)arg;
	/* All but 0 to 2 and 23, as a daemon does before its builder. */
	if (range(3, 22, 0) != 0 || range(24, ~0u, 0) != 0)
		return (2);
	return (is_open(23) && !is_open(22) && !is_open(24) ? 0 : 1);
}

static PROBE(fd_close_all_but)
{
	int status;

	NEED_TRUE(open_some());
	status = probe_child(close_all_but, NULL);
	if (status == 2)
		return (probe_absent("no close_range"));
	return (
	    status == 0 ? probe_ok(NULL) : probe_wrong("status %d", status));
}

#if defined(__FreeBSD__)
#define HAVE_CLOSEFROM 1
#elif defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
#define HAVE_CLOSEFROM 1
#endif
#endif
#ifdef HAVE_CLOSEFROM
static int
close_from(void *arg)
{
	(void)arg;
	closefrom(21);
	return (is_open(20) && !is_open(21) && !is_open(25) ? 0 : 1);
}

static PROBE(fd_closefrom)
{
	NEED_TRUE(open_some());
	return (probe_child(close_from, NULL) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("others were closed, or some were not"));
}
#else
static PROBE(fd_closefrom)
{
	return (probe_absent("not declared"));
}
#endif

/* Whether `fd` is open in a program that a child runs. */
static int
survives_exec(int fd)
{
	char name[] = "sh", dash[] = "-c", text[32];
	char *argv[] = { name, dash, text, NULL };
	int status;
	pid_t pid;

	(void)snprintf(text, sizeof(text), ": <&%d", fd);
	pid = fork();
	if (pid == 0) {
		(void)execv("/bin/sh", argv);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (-1);
	return (status == 0 ? 1 : 0);
}

static PROBE(fd_cloexec)
{
	int kept, fd;

	NEED(fd = open("/dev/null", O_RDONLY | O_CLOEXEC));
	NEED(kept = open("/dev/null", O_RDONLY));
	if (!is_cloexec(fd) || is_cloexec(kept))
		return (probe_wrong("the flag does not show"));
	/* Single digits, for every shell's redirections. */
	NEED(dup2(kept, 7));
	NEED(fcntl(fd, F_DUPFD_CLOEXEC, 8));
	if (survives_exec(7) != 1 || survives_exec(8) != 0)
		return (probe_wrong("an exec closed the wrong one"));
	return (probe_ok(NULL));
}

static PROBE(fd_setfd)
{
	int fd;

	NEED(fd = dup(0));
	if (is_cloexec(fd))
		return (probe_wrong("dup gives close-on-exec"));
	NEED(fcntl(fd, F_SETFD, FD_CLOEXEC));
	if (!is_cloexec(fd) || is_cloexec(0))
		return (probe_wrong("it is not the descriptor's own"));
	return (probe_ok(NULL));
}

static PROBE(fd_dupfd_cloexec)
{
	int fd;

	NEED(fd = fcntl(0, F_DUPFD_CLOEXEC, 30));
	if (fd < 30 || !is_cloexec(fd))
		return (probe_wrong(
		    "descriptor %d, close-on-exec %d", fd, is_cloexec(fd)));
	NEED_REFUSAL(fcntl(0, F_DUPFD, INT_MAX), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(fd_dup2fd)
{
#ifdef F_DUP2FD_CLOEXEC
	NEED(fcntl(0, F_DUP2FD_CLOEXEC, 30));
	return (
	    is_cloexec(30) ? probe_ok(NULL) : probe_wrong("not close-on-exec"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(fd_dup3)
{
	NEED(dup3(0, 30, O_CLOEXEC));
	if (!is_cloexec(30))
		return (probe_wrong("not close-on-exec"));
	NEED_REFUSAL(dup3(30, 30, 0), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(fd_dup2_lowest)
{
	int fd;

	/* POSIX: the lowest that is free. */
	NEED(dup2(0, 10));
	NEED(close(10));
	NEED(fd = fcntl(0, F_DUPFD, 10));
	return (fd == 10 ? probe_ok(NULL) : probe_wrong("descriptor %d", fd));
}

static PROBE(fd_pipe2)
{
	int p[2];
	char c;

	NEED(pipe2(p, O_CLOEXEC | O_NONBLOCK));
	if (!is_cloexec(p[0]) || !is_cloexec(p[1]))
		return (probe_wrong("not close-on-exec"));
	NEED_REFUSAL((int)read(p[0], &c, 1), EAGAIN);
	return (probe_ok(NULL));
}

static PROBE(fd_pipe_packets)
{
	char buf[16];
	int p[2];

	/* O_DIRECT on a pipe: each write is a packet of its own. */
#ifdef O_DIRECT
	if (pipe2(p, O_DIRECT) != 0)
		return (errno == EINVAL ? probe_absent("pipe2 refuses it")
					: probe_errno(errno, "pipe2"));
	NEED(write(p[1], "ab", 2));
	NEED(write(p[1], "cd", 2));
	return (read(p[0], buf, sizeof(buf)) == 2
		    ? probe_ok(NULL)
		    : probe_wrong("two packets came as one"));
#else
	(void)buf;
	(void)p;
	return (probe_absent("not declared"));
#endif
}

static PROBE(fd_pipe_atomic)
{
	static char block[PIPE_BUF];
	int p[2], n = 0;
	ssize_t got;

	/* A write of PIPE_BUF is whole or EAGAIN, never a part. */
	NEED(pipe2(p, O_NONBLOCK));
	while ((got = write(p[1], block, sizeof(block))) > 0) {
		if (got != (ssize_t)sizeof(block))
			return (probe_wrong("%zd of %d bytes", got, PIPE_BUF));
		n++;
	}
	return (errno == EAGAIN ? probe_ok("PIPE_BUF %d, the pipe holds %d",
				      PIPE_BUF, n * PIPE_BUF)
				: probe_errno(errno, "write"));
}

static PROBE(fd_pipe_size)
{
#ifdef F_SETPIPE_SZ
	int p[2];

	NEED(pipe(p));
	NEED(fcntl(p[0], F_SETPIPE_SZ, 4096));
	return (fcntl(p[0], F_GETPIPE_SZ) == 4096
		    ? probe_ok(NULL)
		    : probe_wrong("%d bytes", fcntl(p[0], F_GETPIPE_SZ)));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(fd_sigpipe)
{
	int p[2];

	NEED(pipe(p));
	NEED(close(p[0]));
	(void)signal(SIGPIPE, SIG_IGN);
	NEED_REFUSAL((int)write(p[1], "x", 1), EPIPE);
	return (probe_ok(NULL));
}

static PROBE(fd_accept4)
{
	struct sockaddr_un sun;
	int client, fd, server;
	char c;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "socket");
	NEED(server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	NEED(bind(server, (struct sockaddr *)&sun, sizeof(sun)));
	NEED(listen(server, 1));
	NEED(client = socket(AF_UNIX, SOCK_STREAM, 0));
	NEED(connect(client, (struct sockaddr *)&sun, sizeof(sun)));
	NEED(fd = accept4(server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
	if (!is_cloexec(fd) || !is_cloexec(server))
		return (probe_wrong("not close-on-exec"));
	NEED_REFUSAL((int)read(fd, &c, 1), EAGAIN);
	return (probe_ok(NULL));
}

static PROBE(fd_accept_inherits)
{
	struct sockaddr_un sun;
	int client, fd, server;

	/* Linux: accept clears O_NONBLOCK; BSD: it is the listener's. */
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "socket");
	NEED(server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
	NEED(bind(server, (struct sockaddr *)&sun, sizeof(sun)));
	NEED(listen(server, 1));
	NEED(client = socket(AF_UNIX, SOCK_STREAM, 0));
	NEED(connect(client, (struct sockaddr *)&sun, sizeof(sun)));
	NEED(fd = accept(server, NULL, NULL));
	return (probe_ok("O_NONBLOCK of the listener is %s",
	    (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 ? "inherited"
						   : "not "
						     "inherited"));
}

/* Threads that open while the others fork: what a daemon must survive. */
enum { RACE_ROUNDS = 8, RACE_FD_MAX = 200 };

static atomic_bool race_over;

static void *
race_opener(void *arg)
{
	int fd;

	(void)arg;
	while (!race_over) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			(void)close(fd);
	}
	return (NULL);
}

static PROBE(fd_cloexec_race)
{
	pthread_t thread;
	int err, fd, leaks = 0, round, status;
	pid_t pid;

	err = pthread_create(&thread, NULL, race_opener, NULL);
	if (err != 0)
		return (probe_errno(err, "pthread_create"));
	for (round = 0; round < RACE_ROUNDS; round++) {
		pid = fork();
		if (pid == 0) {
			/* What is open here and not close-on-exec leaks. */
			for (fd = 4; fd < RACE_FD_MAX; fd++) {
				if (is_open(fd) && !is_cloexec(fd))
					_exit(1);
			}
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			leaks++;
	}
	race_over = true;
	(void)pthread_join(thread, NULL);
	return (leaks == 0
		    ? probe_ok("%d forks", RACE_ROUNDS)
		    : probe_wrong("%d of %d forks leak", leaks, RACE_ROUNDS));
}

static PROBE(fd_shared_offset)
{
	char buf[8];
	pid_t pid;
	int fd;

	NEED_TRUE(probe_file("f", "abcdef"));
	NEED(fd = open("f", O_RDONLY));
	NEED(pid = fork());
	if (pid == 0)
		_exit(read(fd, buf, 3) == 3 ? 0 : 1);
	NEED(waitpid(pid, NULL, 0));
	NEED(read(fd, buf, 1));
	return (buf[0] == 'd' ? probe_ok(NULL)
			      : probe_wrong("the offset is each its own"));
}

static PROBE(fd_emfile)
{
	struct rlimit rl;
	int fd, n = 0;

	NEED(getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = 64;
	NEED(setrlimit(RLIMIT_NOFILE, &rl));
	while ((fd = dup(0)) >= 0 && n < 1000)
		n++;
	if (fd >= 0)
		return (probe_wrong("%d beyond a limit of 64", n));
	if (errno != EMFILE)
		return (probe_errno(errno, "dup"));
	return (probe_ok(NULL));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW_KV("descriptor.close-range", "close_range",
	    "a range is closed, and nothing else", fd_close_range, 0,
	    "runtime.close_range"),
	ROW("descriptor.close-range-flags", "close_range",
	    "unknown flags are refused", fd_close_range_flags, 0),
	ROW("descriptor.close-range-cloexec", "CLOSE_RANGE_CLOEXEC",
	    "a range is marked instead", fd_close_range_cloexec, 0),
	ROW("descriptor.close-range-unshare", "CLOSE_RANGE_UNSHARE",
	    "a thread closes its own copies only",
	    fd_close_range_unshare, 0),
	ROW_KV("descriptor.close-range-header", "linux/close_range.h",
	    "the header is there", fd_close_range_header, 0,
	    "feature.linux_close_range_h"),
	ROW("descriptor.close-all-but", "semantic:close-all-but",
	    "all are closed but the standard ones and one",
	    fd_close_all_but, 0),
	ROW("descriptor.closefrom", "closefrom",
	    "all from a number on are closed", fd_closefrom, 0),
	ROW("descriptor.o-cloexec", "O_CLOEXEC",
	    "an exec closes it, and only it", fd_cloexec, 0),
	ROW("descriptor.f-setfd", "F_SETFD",
	    "close-on-exec is each descriptor's own", fd_setfd, 0),
	ROW("descriptor.dupfd-cloexec", "F_DUPFD_CLOEXEC",
	    "a copy from a number on, close-on-exec", fd_dupfd_cloexec, 0),
	ROW("descriptor.dup2fd-cloexec", "F_DUP2FD_CLOEXEC",
	    "a copy at a number, close-on-exec", fd_dup2fd, 0),
	ROW("descriptor.dup3", "dup3",
	    "a copy at a number, close-on-exec; equal numbers refused",
	    fd_dup3, 0),
	ROW("descriptor.dup-lowest", "F_DUPFD",
	    "the lowest free number is taken", fd_dup2_lowest, 0),
	ROW("descriptor.pipe2", "pipe2",
	    "close-on-exec and non-blocking from the start", fd_pipe2, 0),
	ROW("descriptor.pipe-packets", "semantic:pipe-packets",
	    "O_DIRECT keeps writes apart", fd_pipe_packets, 0),
	ROW("descriptor.pipe-atomic", "pipe",
	    "a write of PIPE_BUF is never split", fd_pipe_atomic, 0),
	ROW("descriptor.pipe-size", "F_SETPIPE_SZ",
	    "a pipe's size is set and read back", fd_pipe_size, 0),
	ROW("descriptor.epipe", "pipe",
	    "writing without a reader is EPIPE", fd_sigpipe, 0),
	ROW("descriptor.accept4", "accept4",
	    "close-on-exec and non-blocking from the start", fd_accept4, 0),
	ROW("descriptor.accept-inherits", "accept",
	    "what a connection has of its listener", fd_accept_inherits, 0),
	ROW("descriptor.cloexec-race", "semantic:cloexec-race",
	    "a fork in another thread never sees it unmarked",
	    fd_cloexec_race, 0),
	ROW("descriptor.shared-offset", "fork",
	    "parent and child share the file offset", fd_shared_offset, 0),
	ROW("descriptor.emfile", "dup",
	    "the table's end is EMFILE", fd_emfile, 0),
};
/* clang-format on */

const struct probe_area probe_area_descriptor = { ISTH_AREA_DESCRIPTOR, rows,
	UTIL_COUNT(rows) };
