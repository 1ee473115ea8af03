/*
 * kqueue(2): every filter and flag is asked for by making happen what it
 * watches.  FreeBSD's alone; Linux has none.
 */
#if defined(__FreeBSD__)

#include <sys/param.h>
#include <sys/event.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/procdesc.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <aio.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_event.h"

/* Registers one filter; -1 with errno. */
static int
add(int kq, uintptr_t ident, short filter, unsigned flags, unsigned fflags,
    int64_t data)
{
	struct kevent ev;

	EV_SET(&ev, ident, filter, EV_ADD | flags, fflags, data, NULL);
	return (kevent(kq, &ev, 1, NULL, 0, NULL));
}

/* Takes one event; false when none came within `ms`. */
static bool
next(int kq, struct kevent *ev, int ms)
{
	struct timespec ts = row_timespec((int64_t)ms * 1000000);

	return (kevent(kq, NULL, 0, ev, 1, &ts) == 1);
}

/* An event of that filter with all of `fflags` must have come. */
static struct probe_answer
expect(int kq, short filter, unsigned fflags)
{
	struct kevent ev;

	if (!next(kq, &ev, 400))
		return (probe_wrong("no event"));
	if ((ev.flags & EV_ERROR) != 0)
		return (probe_errno((int)ev.data, "EV_ERROR"));
	if (ev.filter != filter || (ev.fflags & fflags) != fflags)
		return (probe_wrong(
		    "filter %d, fflags 0x%x", ev.filter, ev.fflags));
	return (probe_ok(NULL));
}

PROBE(kq_read)
{
	struct kevent ev;
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(pipe(fd));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_READ, 0, 0, 0));
	if (next(kq, &ev, 0))
		return (probe_wrong("an event of an empty pipe"));
	NEED(write(fd[1], "abc", 3));
	if (!next(kq, &ev, 1000) || ev.data != 3)
		return (probe_wrong("not told of 3 bytes"));
	NEED(close(fd[1]));
	if (!next(kq, &ev, 1000) || (ev.flags & EV_EOF) == 0)
		return (probe_wrong("not told of the end of file"));
	return (probe_ok(NULL));
}

PROBE(kq_write)
{
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(pipe(fd));
	NEED(add(kq, (uintptr_t)fd[1], EVFILT_WRITE, 0, 0, 0));
	return (expect(kq, EVFILT_WRITE, 0));
}

PROBE(kq_file)
{
	struct kevent ev;
	int kq, fd;

	NEED_TRUE(probe_file("f", "abcd"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(kq = kqueue());
	NEED(add(kq, (uintptr_t)fd, EVFILT_READ, 0, 0, 0));
	if (!next(kq, &ev, 1000) || ev.data != 4)
		return (probe_wrong("a regular file is not readable"));
	NEED(lseek(fd, 0, SEEK_END));
	return (next(kq, &ev, 0) ? probe_wrong("readable at its end")
				 : probe_ok(NULL));
}

PROBE(kq_lowat)
{
	struct kevent ev;
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_READ, 0, NOTE_LOWAT, 4));
	NEED(write(fd[1], "abc", 3));
	if (next(kq, &ev, 0))
		return (probe_wrong("an event below the low water mark"));
	NEED(write(fd[1], "d", 1));
	return (expect(kq, EVFILT_READ, 0));
}

PROBE(kq_empty)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int fd, kq, listener;

	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	NEED(listener = socket(AF_INET, SOCK_STREAM, 0));
	NEED(bind(listener, (struct sockaddr *)&in, sizeof(in)));
	NEED(listen(listener, 1));
	NEED(getsockname(listener, (struct sockaddr *)&in, &len));
	NEED(fd = socket(AF_INET, SOCK_STREAM, 0));
	NEED(connect(fd, (struct sockaddr *)&in, sizeof(in)));
	NEED(kq = kqueue());
	NEED(add(kq, (uintptr_t)fd, EVFILT_EMPTY, 0, 0, 0));
	return (expect(kq, EVFILT_EMPTY, 0));
}

/* As above, of a Unix socket, which has code of its own since 15. */
PROBE(kq_empty_unix)
{
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_EMPTY, 0, 0, 0));
	return (expect(kq, EVFILT_EMPTY, 0));
}

/* A timer of a millisecond in that unit. */
static struct probe_answer
timer(unsigned unit, int64_t data)
{
	int kq;

	NEED(kq = kqueue());
	NEED(add(kq, 1, EVFILT_TIMER, EV_ONESHOT, unit, data));
	return (expect(kq, EVFILT_TIMER, 0));
}

PROBE(kq_timer)
{
	return (timer(0, 1));
}

PROBE(kq_timer_us)
{
	return (timer(NOTE_USECONDS, 1000));
}

PROBE(kq_timer_ns)
{
	return (timer(NOTE_NSECONDS, 1000000));
}

PROBE(kq_timer_abs)
{
	int64_t goal;
	struct probe_answer a;

	NEED(goal = row_clock(CLOCK_REALTIME));
	goal = goal / 1000 + 1000;
	a = timer(NOTE_USECONDS | NOTE_ABSTIME, goal);
	if (a.state == ISTH_STATE_OK && row_clock(CLOCK_REALTIME) / 1000 < goal)
		return (probe_wrong("too early"));
	return (a);
}

PROBE(kq_timer_count)
{
	struct kevent ev;
	int kq, tries;

	NEED(kq = kqueue());
	NEED(add(kq, 1, EVFILT_TIMER, 0, NOTE_USECONDS, 250));
	for (tries = 0; tries < 100; tries++) {
		(void)usleep(2000);
		if (!next(kq, &ev, 400))
			return (probe_wrong("no event"));
		if (ev.data >= 2)
			return (probe_ok(NULL));
	}
	return (probe_wrong("never more than one in %d periods", 8 * tries));
}

PROBE(kq_signal)
{
	struct kevent ev;
	int kq;

	/* It is told of signals that are ignored, too. */
	(void)signal(SIGUSR1, SIG_IGN);
	NEED(kq = kqueue());
	NEED(add(kq, SIGUSR1, EVFILT_SIGNAL, 0, 0, 0));
	NEED(kill(getpid(), SIGUSR1));
	NEED(kill(getpid(), SIGUSR1));
	if (!next(kq, &ev, 1000) || ev.data != 2)
		return (probe_wrong("two signals are not counted"));
	return (probe_ok(NULL));
}

/*
 * A child that holds still until it may go on: how watches of processes are
 * in place before anything happens.
 */
static pid_t
start_child(int *go, void (*then)(void))
{
	int fd[2];
	pid_t pid;
	char c;

	if (pipe(fd) != 0)
		return (-1);
	pid = fork();
	if (pid == 0) {
		(void)close(fd[1]);
		(void)!read(fd[0], &c, 1);
		then();
		_exit(7);
	}
	(void)close(fd[0]);
	*go = fd[1];
	return (pid);
}

static void
just_exit(void)
{
}

static void
fork_once(void)
{
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(0);
	(void)util_wait(pid);
}

static void
exec_once(void)
{
	char name[] = "/bin/sh", option[] = "-c", code[] = "exit 7";
	char *argv[] = { name, option, code, NULL };

	execv(name, argv);
}

PROBE(kq_proc_exit)
{
	struct kevent ev;
	pid_t pid;
	int go, kq;

	NEED(kq = kqueue());
	NEED(pid = start_child(&go, just_exit));
	NEED(add(kq, (uintptr_t)pid, EVFILT_PROC, 0, NOTE_EXIT, 0));
	NEED(close(go));
	if (!next(kq, &ev, 1000) || (ev.fflags & NOTE_EXIT) == 0)
		return (probe_wrong("no event"));
	if (!WIFEXITED(ev.data) || WEXITSTATUS(ev.data) != 7)
		return (probe_wrong("data 0x%llx for exit status 7",
		    (unsigned long long)ev.data));
	return (probe_ok("with the exit status"));
}

PROBE(kq_proc_fork)
{
	pid_t pid;
	int go, kq;

	NEED(kq = kqueue());
	NEED(pid = start_child(&go, fork_once));
	NEED(add(kq, (uintptr_t)pid, EVFILT_PROC, 0, NOTE_FORK, 0));
	NEED(close(go));
	return (expect(kq, EVFILT_PROC, NOTE_FORK));
}

PROBE(kq_proc_exec)
{
	pid_t pid;
	int go, kq;

	NEED(kq = kqueue());
	NEED(pid = start_child(&go, exec_once));
	NEED(add(kq, (uintptr_t)pid, EVFILT_PROC, 0, NOTE_EXEC, 0));
	NEED(close(go));
	return (expect(kq, EVFILT_PROC, NOTE_EXEC));
}

PROBE(kq_proc_track)
{
	struct kevent ev;
	pid_t pid;
	int go, kq;

	NEED(kq = kqueue());
	NEED(pid = start_child(&go, fork_once));
	NEED(
	    add(kq, (uintptr_t)pid, EVFILT_PROC, 0, NOTE_TRACK | NOTE_EXIT, 0));
	NEED(close(go));
	while (next(kq, &ev, 1000))
		if ((ev.fflags & NOTE_CHILD) != 0)
			return (ev.data == pid
				    ? probe_ok(NULL)
				    : probe_wrong("another parent is told"));
	return (probe_wrong("not told of the grandchild"));
}

PROBE(kq_procdesc)
{
	struct kevent ev;
	int fd, kq;
	pid_t pid;

	NEED(kq = kqueue());
	NEED(pid = pdfork(&fd, 0));
	if (pid == 0)
		_exit(7);
	NEED(add(kq, (uintptr_t)fd, EVFILT_PROCDESC, 0, NOTE_EXIT, 0));
	if (!next(kq, &ev, 1000) || (ev.fflags & NOTE_EXIT) == 0)
		return (probe_wrong("no event"));
	return (WEXITSTATUS(ev.data) == 7
		    ? probe_ok("with the exit status")
		    : probe_wrong("not with the exit status"));
}

PROBE(kq_user)
{
	struct kevent ev;
	int kq;

	NEED(kq = kqueue());
	NEED(add(kq, 1, EVFILT_USER, EV_CLEAR, 0, 0));
	if (next(kq, &ev, 0))
		return (probe_wrong("an event before its trigger"));
	EV_SET(&ev, 1, EVFILT_USER, 0, NOTE_TRIGGER | NOTE_FFCOPY | 5, 0, NULL);
	NEED(kevent(kq, &ev, 1, NULL, 0, NULL));
	return (expect(kq, EVFILT_USER, 5));
}

/* A mount and its end are what this filter tells; it needs root. */
PROBE(kq_fs)
{
	char why[256] = "";
	int kq;

	if (!util_vfs_loaded("tmpfs"))
		return (util_skip("tmpfs is not in the kernel"));
	NEED(mkdir("mnt", 0700));
	NEED(kq = kqueue());
	NEED(add(kq, 0, EVFILT_FS, 0, VQ_MOUNT | VQ_UNMOUNT, 0));
	if (util_nmount(0, why, "fstype", "tmpfs", "fspath", "mnt", NULL) != 0)
		return (probe_errno(errno, "nmount: %.80s", why));
	return (expect(kq, EVFILT_FS, VQ_MOUNT));
}

PROBE(kq_aio)
{
	struct aiocb cb;
	char buf[4];
	int fd, kq;

	NEED_TRUE(probe_file("f", "abcd"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(kq = kqueue());
	memset(&cb, 0, sizeof(cb));
	cb.aio_fildes = fd;
	cb.aio_buf = buf;
	cb.aio_nbytes = sizeof(buf);
	cb.aio_sigevent.sigev_notify = SIGEV_KEVENT;
	cb.aio_sigevent.sigev_notify_kqueue = kq;
	NEED(aio_read(&cb));
	return (expect(kq, EVFILT_AIO, 0));
}

PROBE(kq_lio)
{
	struct aiocb cb, *list[1] = { &cb };
	struct sigevent sev;
	char buf[4];
	int fd, kq;

	NEED_TRUE(probe_file("f", "abcd"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	NEED(kq = kqueue());
	memset(&cb, 0, sizeof(cb));
	cb.aio_fildes = fd;
	cb.aio_buf = buf;
	cb.aio_nbytes = sizeof(buf);
	cb.aio_lio_opcode = LIO_READ;
	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_KEVENT;
	sev.sigev_notify_kqueue = kq;
	NEED(lio_listio(LIO_NOWAIT, list, 1, &sev));
	return (expect(kq, EVFILT_LIO, 0));
}

PROBE(kq_jail)
{
#ifdef EVFILT_JAIL
	char name[64];
	struct iovec iov[6] = { { (char[]){ "path" }, 5 },
		{ (char[]){ "/" }, 2 }, { (char[]){ "name" }, 5 },
		{ name, sizeof(name) }, { (char[]){ "persist" }, 8 },
		{ NULL, 0 } };
	int jid, kq;

	memset(name, 0, sizeof(name));
	strncpy(name, probe_jail_name(ctx, 0), sizeof(name) - 1);
	iov[3].iov_len = strlen(name) + 1;
	NEED(kq = kqueue());
	NEED(jid = jail_set(iov, 6, JAIL_CREATE));
	NEED(add(kq, (uintptr_t)jid, EVFILT_JAIL, 0, NOTE_JAIL_REMOVE, 0));
	NEED(jail_remove(jid));
	return (expect(kq, EVFILT_JAIL, NOTE_JAIL_REMOVE));
#else
	return (probe_absent("EVFILT_JAIL is not declared"));
#endif
}

PROBE(kq_clear)
{
	struct kevent ev;
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(pipe(fd));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_READ, EV_CLEAR, 0, 0));
	NEED(write(fd[1], "a", 1));
	if (!next(kq, &ev, 1000))
		return (probe_wrong("no event"));
	if (next(kq, &ev, 0))
		return (probe_wrong("a second event of the same byte"));
	NEED(write(fd[1], "b", 1));
	return (expect(kq, EVFILT_READ, 0));
}

PROBE(kq_oneshot)
{
	struct kevent ev;
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(pipe(fd));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_READ, EV_ONESHOT, 0, 0));
	NEED(write(fd[1], "a", 1));
	if (!next(kq, &ev, 1000) || next(kq, &ev, 0))
		return (probe_wrong("not one event"));
	EV_SET(&ev, fd[0], EVFILT_READ, EV_DELETE, 0, 0, NULL);
	NEED_REFUSAL(kevent(kq, &ev, 1, NULL, 0, NULL), ENOENT);
	return (probe_ok(NULL));
}

PROBE(kq_dispatch)
{
	struct kevent ev;
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(pipe(fd));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_READ, EV_DISPATCH, 0, 0));
	NEED(write(fd[1], "a", 1));
	if (!next(kq, &ev, 1000) || next(kq, &ev, 0))
		return (probe_wrong("not one event"));
	EV_SET(&ev, fd[0], EVFILT_READ, EV_ENABLE | EV_DISPATCH, 0, 0, NULL);
	NEED(kevent(kq, &ev, 1, NULL, 0, NULL));
	return (expect(kq, EVFILT_READ, 0));
}

PROBE(kq_receipt)
{
	struct kevent ev;
	int kq, fd[2];

	NEED(kq = kqueue());
	NEED(pipe(fd));
	NEED(write(fd[1], "a", 1));
	EV_SET(&ev, fd[0], EVFILT_READ, EV_ADD | EV_RECEIPT, 0, 0, NULL);
	NEED(kevent(kq, &ev, 1, &ev, 1, NULL));
	if ((ev.flags & EV_ERROR) == 0 || ev.data != 0)
		return (probe_wrong("an event instead of a receipt"));
	return (probe_ok(NULL));
}

PROBE(kq_fork)
{
	struct kevent ev;
	pid_t pid;
	int kq;

	NEED(kq = kqueue());
	NEED(add(kq, 1, EVFILT_USER, 0, 0, 0));
	NEED(pid = fork());
	if (pid == 0)
		_exit(!next(kq, &ev, 0) && errno == EBADF ? 0 : 1);
	return (util_wait(pid) == 0 ? probe_ok("EBADF in the child")
				    : probe_wrong("the child has it"));
}

/* A pending event panics a 15.1 INVARIANTS kernel: "knote already queued". */
PROBE(kq_copy_on_fork)
{
#ifdef KQUEUE_CPONFORK
	struct kevent ev;
	pid_t pid;
	int fd[2], kq;

	NEED(pipe(fd));
	NEED(kq = kqueuex(KQUEUE_CPONFORK));
	NEED(add(kq, (uintptr_t)fd[0], EVFILT_READ, 0, 0, 0));
	NEED(pid = fork());
	if (pid == 0)
		_exit(write(fd[1], "a", 1) == 1 && next(kq, &ev, 1000) ? 0 : 1);
	return (util_wait(pid) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the child's copy tells nothing"));
#else
	return (probe_absent("KQUEUE_CPONFORK is not declared"));
#endif
}

PROBE(kq_kqueuex)
{
#ifdef KQUEUE_CLOEXEC
	int kq;

	NEED(kq = kqueuex(KQUEUE_CLOEXEC));
	return ((fcntl(kq, F_GETFD) & FD_CLOEXEC) != 0
		    ? probe_ok(NULL)
		    : probe_wrong("no FD_CLOEXEC"));
#else
	return (probe_absent("KQUEUE_CLOEXEC is not declared"));
#endif
}

PROBE(kq_nested)
{
	int inner, outer, fd[2];

	NEED(inner = kqueue());
	NEED(outer = kqueue());
	NEED(pipe(fd));
	NEED(add(inner, (uintptr_t)fd[0], EVFILT_READ, 0, 0, 0));
	NEED(add(outer, (uintptr_t)inner, EVFILT_READ, 0, 0, 0));
	NEED(write(fd[1], "a", 1));
	if (!row_readable(inner, 1000))
		return (probe_wrong("poll does not see it"));
	return (expect(outer, EVFILT_READ, 0));
}

PROBE(kq_timer_signal)
{
	const struct itimerspec it = { { 0, 0 }, { 0, 1000000 } };
	struct sigevent sev;
	timer_t t;

	/* timer_create(2) knows SIGEV_SIGNAL and SIGEV_THREAD_ID alone. */
	memset(&sev, 0, sizeof(sev));
	sev.sigev_notify = SIGEV_KEVENT;
	NEED(sev.sigev_notify_kqueue = kqueue());
	if (timer_create(CLOCK_MONOTONIC, &sev, &t) != 0)
		return (errno == EINVAL
			    ? row_unsupported("timer_create: EINVAL")
			    : probe_errno(errno, "timer_create"));
	NEED(timer_settime(t, 0, &it, NULL));
	return (expect(sev.sigev_notify_kqueue, EVFILT_TIMER, 0));
}

#else
typedef int area_event_kqueue_is_empty_here;
#endif
