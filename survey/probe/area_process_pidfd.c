/* Probes of the area process: processes by descriptor, on both systems. */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__linux__)
#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static int
pidfd_of(pid_t pid, unsigned flags)
{
	return ((int)syscall(SYS_pidfd_open, pid, flags));
}

static int
pidfd_signal(int fd, int sig)
{
	return ((int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0u));
}

static PROBE(pidfd_opens)
{
	pid_t pid;
	int fd;

	NEED(pid = process_sleeper());
	NEED(fd = pidfd_of(pid, 0));
	if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		return (probe_wrong("the descriptor is not close-on-exec"));
	process_finish(pid);
	NEED_REFUSAL(pidfd_of(pid, 0), ESRCH);
	NEED_REFUSAL(pidfd_of(getpid(), ~0u), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(pidfd_polls)
{
	pid_t pid;
	int fd;

	NEED(pid = process_sleeper());
	NEED(fd = pidfd_of(pid, 0));
	if (row_readable(fd, 0))
		return (probe_wrong("readable while the process lives"));
	NEED(kill(pid, SIGKILL));
	if (!row_readable(fd, 500))
		return (probe_wrong("not readable after the exit"));
	/* Waiting takes the zombie; the descriptor stays readable. */
	NEED(process_status(pid));
	return (row_readable(fd, 0) ? probe_ok(NULL)
				    : probe_wrong("unreadable after wait"));
}

static PROBE(pidfd_signals)
{
	pid_t pid;
	int fd, status;

	NEED(pid = process_sleeper());
	NEED(fd = pidfd_of(pid, 0));
	NEED(pidfd_signal(fd, SIGTERM));
	NEED(status = process_status(pid));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
		return (probe_wrong("wait status %#x", status));
	/* The number may be another's by now: the descriptor knows. */
	NEED_REFUSAL(pidfd_signal(fd, SIGTERM), ESRCH);
	return (probe_ok(NULL));
}

static PROBE(pidfd_waits)
{
	siginfo_t si;
	pid_t pid;
	int fd;

	NEED(pid = fork());
	if (pid == 0)
		_exit(4);
	NEED(fd = pidfd_of(pid, 0));
	NEED(waitid(P_PIDFD, (id_t)fd, &si, WEXITED));
	if (si.si_pid != pid || si.si_status != 4)
		return (probe_wrong(
		    "pid %d status %d", (int)si.si_pid, si.si_status));
	return (probe_ok(NULL));
}

static PROBE(pidfd_nonblock)
{
	siginfo_t si;
	pid_t pid;
	int fd;

	NEED(pid = process_sleeper());
	NEED(fd = pidfd_of(pid, PIDFD_NONBLOCK));
	NEED_REFUSAL(waitid(P_PIDFD, (id_t)fd, &si, WEXITED), EAGAIN);
	process_finish(pid);
	return (probe_ok(NULL));
}

static PROBE(pidfd_gets)
{
	char byte = 0;
	pid_t pid;
	int copy, fd, p[2], q[2];

	NEED(pipe(q));
	NEED(pid = fork());
	if (pid == 0) {
		if (pipe(p) != 0 || dup2(p[0], 50) < 0)
			_exit(1);
		(void)!write(p[1], "x", 1);
		(void)!write(q[1], "x", 1);
		for (;;)
			(void)pause();
	}
	NEED(read(q[0], &byte, 1));
	NEED(fd = pidfd_of(pid, 0));
	NEED(copy = (int)syscall(SYS_pidfd_getfd, fd, 50, 0u));
	byte = 0;
	NEED(read(copy, &byte, 1));
	process_finish(pid);
	return (byte == 'x' ? probe_ok(NULL) : probe_wrong("another pipe"));
}

static PROBE(pidfd_thread)
{
	/* PIDFD_THREAD, Linux 6.9, has the value of O_EXCL. */
	if (pidfd_of(getpid(), O_EXCL) < 0)
		return (errno == EINVAL ? probe_absent("before Linux 6.9")
					: probe_errno(errno, "pidfd_open"));
	return (probe_ok(NULL));
}

static PROBE(pidfd_mrelease)
{
	pid_t pid;
	int fd;

	NEED(pid = process_sleeper());
	NEED(fd = pidfd_of(pid, 0));
	/* Only a process that is dying may be stripped of its memory. */
	NEED_REFUSAL((int)syscall(SYS_process_mrelease, fd, 0u), EINVAL);
	process_finish(pid);
	return (probe_ok(NULL));
}
#endif

#if defined(__FreeBSD__)
#include <sys/event.h>
#include <sys/procdesc.h>

/* A child that waits, with its descriptor. */
static pid_t
pd_sleeper(int *fd, int flags)
{
	pid_t pid = pdfork(fd, flags);

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return (pid);
}

/* Whether the process has gone within some milliseconds. */
static bool
is_gone(pid_t pid)
{
	int i;

	for (i = 0; i < 2500; i++) {
		if (kill(pid, 0) != 0 && errno == ESRCH)
			return (true);
		(void)usleep(200);
	}
	return (false);
}

static PROBE(pd_fork)
{
	pid_t pid, same = 0;
	int fd;

	NEED(pid = pd_sleeper(&fd, 0));
	NEED(pdgetpid(fd, &same));
	if (same != pid)
		return (probe_wrong("pdgetpid gives %d", (int)same));
	(void)close(fd);
	return (probe_ok(NULL));
}

static PROBE(pd_close_kills)
{
	pid_t pid;
	int fd;

	NEED(pid = pd_sleeper(&fd, 0));
	NEED(close(fd));
	return (is_gone(pid) ? probe_ok(NULL)
			     : probe_wrong("it lives on after the close"));
}

static PROBE(pd_daemon)
{
	pid_t pid;
	int fd;

	NEED(pid = pd_sleeper(&fd, PD_DAEMON));
	NEED(close(fd));
	(void)usleep(1000);
	if (kill(pid, 0) != 0)
		return (probe_wrong("the close killed it"));
	(void)kill(pid, SIGKILL);
	return (probe_ok(NULL));
}

static PROBE(pd_cloexec)
{
	int a, b;

	NEED(pd_sleeper(&a, 0));
	NEED(pd_sleeper(&b, PD_CLOEXEC));
	if ((fcntl(b, F_GETFD) & FD_CLOEXEC) == 0)
		return (probe_wrong("not close-on-exec"));
	return (probe_ok("without the flag: %s",
	    (fcntl(a, F_GETFD) & FD_CLOEXEC) != 0 ? "the same" : "kept"));
}

static PROBE(pd_kill)
{
	struct pollfd p;
	int fd;

	NEED(pd_sleeper(&fd, 0));
	NEED(pdkill(fd, SIGTERM));
	p.fd = fd;
	p.events = 0;
	if (poll(&p, 1, 500) != 1 || (p.revents & POLLHUP) == 0)
		return (probe_wrong("no POLLHUP after the kill"));
	NEED_REFUSAL(pdkill(0, 0), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(pd_poll)
{
	struct pollfd p;
	int fd;

	NEED(pd_sleeper(&fd, 0));
	p.fd = fd;
	p.events = POLLIN;
	if (poll(&p, 1, 0) != 0)
		return (probe_wrong("events while the process lives"));
	NEED(pdkill(fd, SIGKILL));
	if (poll(&p, 1, 500) != 1 || (p.revents & POLLHUP) == 0)
		return (probe_wrong("no POLLHUP at its exit"));
	return (probe_ok(NULL));
}

static PROBE(pd_kqueue)
{
	struct timespec ts = { 0, 500000000 };
	struct kevent ev;
	int fd, kq;

	NEED(pd_sleeper(&fd, 0));
	NEED(kq = kqueue());
	EV_SET(&ev, fd, EVFILT_PROCDESC, EV_ADD, NOTE_EXIT, 0, NULL);
	NEED(kevent(kq, &ev, 1, NULL, 0, NULL));
	NEED(pdkill(fd, SIGKILL));
	if (kevent(kq, NULL, 0, &ev, 1, &ts) != 1)
		return (probe_wrong("no event at its exit"));
	if (!WIFSIGNALED((int)ev.data) || WTERMSIG((int)ev.data) != SIGKILL)
		return (probe_wrong(
		    "the event's status is %#x", (unsigned)ev.data));
	return (probe_ok(NULL));
}

static PROBE(pd_invisible)
{
	int fd;

	NEED(pd_sleeper(&fd, 0));
	NEED(pdkill(fd, SIGKILL));
	/* A library's child that the program's wait must not take. */
	NEED_REFUSAL(waitpid(-1, NULL, WNOHANG), ECHILD);
	return (probe_ok(NULL));
}

static PROBE(pd_wait_by_pid)
{
	pid_t pid;
	int fd, status;

	NEED(pid = pd_sleeper(&fd, 0));
	NEED(pdkill(fd, SIGKILL));
	NEED(waitpid(pid, &status, 0));
	return (WIFSIGNALED(status) ? probe_ok(NULL)
				    : probe_wrong("status %#x", status));
}

static PROBE(pd_wait)
{
#ifdef SYS_pdwait
	int fd, status = 0;

	NEED(pd_sleeper(&fd, 0));
	NEED(pdkill(fd, SIGKILL));
	NEED((int)syscall(SYS_pdwait, fd, &status, WEXITED, NULL, NULL));
	return (WIFSIGNALED(status) ? probe_ok(NULL)
				    : probe_wrong("status %#x", status));
#else
	return (probe_absent("before FreeBSD 15.1"));
#endif
}

static PROBE(pd_rfork)
{
#if defined(SYS_pdrfork) && defined(RFPROCDESC)
	pid_t pid;
	int fd;

	NEED(pid = (pid_t)syscall(
		 SYS_pdrfork, &fd, 0, RFPROC | RFPROCDESC | RFFDG));
	if (pid == 0)
		_exit(0);
	(void)close(fd);
	return (probe_ok(NULL));
#else
	return (probe_absent("before FreeBSD 15.1"));
#endif
}

static PROBE(pd_passed)
{
	int fd, sv[2];
	pid_t pid, holder;

	/* Its life hangs on the last copy, whoever holds it. */
	NEED(pid = pd_sleeper(&fd, 0));
	NEED(pipe(sv));
	NEED(holder = fork());
	if (holder == 0) {
		(void)pause();
		_exit(0);
	}
	NEED(close(fd));
	(void)usleep(1000);
	if (kill(pid, 0) != 0)
		return (probe_wrong("killed while another copy is open"));
	process_finish(holder);
	return (is_gone(pid) ? probe_ok(NULL)
			     : probe_wrong("it outlived the last copy"));
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.pidfd-open", "pidfd_open",
	    "a descriptor for a process, close-on-exec",
	    ON_LINUX(pidfd_opens), 0),
	ROW("process.pidfd-poll", "semantic:pidfd-poll",
	    "readable from the exit on", ON_LINUX(pidfd_polls), 0),
	ROW("process.pidfd-send-signal", "pidfd_send_signal",
	    "a signal that cannot reach a later process of the number",
	    ON_LINUX(pidfd_signals), 0),
	ROW("process.pidfd-wait", "P_PIDFD",
	    "waitid takes a descriptor", ON_LINUX(pidfd_waits), 0),
	ROW("process.pidfd-nonblock", "pidfd_open",
	    "PIDFD_NONBLOCK makes waitid answer EAGAIN",
	    ON_LINUX(pidfd_nonblock), 0),
	ROW("process.pidfd-getfd", "pidfd_getfd",
	    "a descriptor is taken out of a child",
	    ON_LINUX(pidfd_gets), 0),
	ROW("process.pidfd-thread", "pidfd_open",
	    "PIDFD_THREAD is known", ON_LINUX(pidfd_thread), 0),
	ROW("process.process-mrelease", "process_mrelease",
	    "a process that is not dying keeps its memory",
	    ON_LINUX(pidfd_mrelease), 0),
	ROW("process.pdfork", "pdfork",
	    "fork with a process descriptor", ON_FREEBSD(pd_fork), 0),
	ROW("process.pdgetpid", "pdgetpid",
	    "the descriptor knows its process", ON_FREEBSD(pd_fork), 0),
	ROW("process.pdfork-close-kills", "semantic:pdfork-close-kills",
	    "the last close kills the process",
	    ON_FREEBSD(pd_close_kills), 0),
	ROW("process.pdfork-daemon", "PD_DAEMON",
	    "with PD_DAEMON the close does not kill",
	    ON_FREEBSD(pd_daemon), 0),
	ROW("process.pdfork-cloexec", "PD_CLOEXEC",
	    "PD_CLOEXEC is honoured", ON_FREEBSD(pd_cloexec), 0),
	ROW("process.pdkill", "pdkill",
	    "a signal by descriptor", ON_FREEBSD(pd_kill), 0),
	ROW("process.pdfork-poll", "pdfork",
	    "POLLHUP at the exit", ON_FREEBSD(pd_poll), 0),
	ROW("process.pdfork-kqueue", "pdfork",
	    "EVFILT_PROCDESC gives the exit status",
	    ON_FREEBSD(pd_kqueue), 0),
	ROW("process.pdfork-invisible", "pdfork",
	    "waiting for any child does not take it",
	    ON_FREEBSD(pd_invisible), 0),
	ROW("process.pdfork-wait-by-pid", "pdfork",
	    "waiting for its number does", ON_FREEBSD(pd_wait_by_pid), 0),
	ROW("process.pdfork-shared", "pdfork",
	    "the last of several copies decides", ON_FREEBSD(pd_passed), 0),
	ROW("process.pdwait", "pdwait",
	    "waiting by descriptor", ON_FREEBSD(pd_wait), 0),
	ROW("process.pdrfork", "pdrfork",
	    "rfork with a process descriptor", ON_FREEBSD(pd_rfork), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_pidfd = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
