/* Probes of the area process: fork, vfork, and waiting. */
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

int
process_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return (-1);
	}
	return (status);
}

pid_t
process_sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return (pid);
}

void
process_finish(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)process_status(pid);
}

bool
process_at_end(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char c;

	return (poll(&p, 1, 500) == 1 && read(fd, &c, 1) == 0);
}

/* A child that exits with that status at once; -1 with errno. */
static pid_t
exiting(int status)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(status);
	return (pid);
}

static PROBE(process_fork)
{
	volatile int copied = 1;
	pid_t pid;
	int status;

	NEED(pid = fork());
	if (pid == 0) {
		copied = 2;
		_exit(getppid() == 1 ? 1 : 42);
	}
	NEED(status = process_status(pid));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 42)
		return (probe_wrong("wait status %#x for exit(42)", status));
	if (copied != 1)
		return (probe_wrong("the child shares our memory"));
	return (probe_ok(NULL));
}

static PROBE(process_wait_signal)
{
	pid_t pid;
	int status;

	NEED(pid = process_sleeper());
	NEED(kill(pid, SIGTERM));
	NEED(status = process_status(pid));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
		return (probe_wrong("wait status %#x for SIGTERM", status));
	return (probe_ok(NULL));
}

static PROBE(process_wait_status_width)
{
	siginfo_t si;
	pid_t pid;
	int status;

	/* POSIX 2024: waitid gives all of the value, wait its low byte. */
	NEED(pid = exiting(0x1234));
	NEED(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	NEED(status = process_status(pid));
	if (WEXITSTATUS(status) != 0x34)
		return (probe_wrong("waitpid gives %#x", WEXITSTATUS(status)));
	return (probe_ok("waitid gives %s",
	    si.si_status == 0x1234 ? "all 32 bits" : "8 bits"));
}

static PROBE(process_wait_echild)
{
	NEED_REFUSAL(waitpid(-1, NULL, 0), ECHILD);
	NEED_REFUSAL(waitpid(getppid(), NULL, 0), ECHILD);
	return (probe_ok(NULL));
}

static PROBE(process_wait_group)
{
	pid_t pid, other;

	NEED(other = exiting(0));
	NEED(pid = fork());
	if (pid == 0)
		_exit(setpgid(0, 0) == 0 ? 0 : 1);
	/* Both set it, so that neither order of running matters. */
	(void)setpgid(pid, pid);
	if (waitpid(-pid, NULL, 0) != pid)
		return (probe_wrong("waitpid(-GROUP) took another"));
	if (waitpid(0, NULL, 0) != other)
		return (probe_wrong("waitpid(0) took another"));
	return (probe_ok(NULL));
}

static PROBE(process_wait_stopped)
{
	pid_t pid;
	int status;

	NEED(pid = process_sleeper());
	NEED(kill(pid, SIGSTOP));
	NEED(waitpid(pid, &status, WUNTRACED));
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
		return (probe_wrong("wait status %#x for a stop", status));
	NEED(kill(pid, SIGCONT));
	NEED(waitpid(pid, &status, WCONTINUED));
	if (!WIFCONTINUED(status))
		return (probe_wrong("wait status %#x for SIGCONT", status));
	process_finish(pid);
	return (probe_ok(NULL));
}

static PROBE(process_wait4)
{
	struct rusage ru;
	pid_t pid;
	int status;

	memset(&ru, 0xff, sizeof(ru));
	NEED(pid = exiting(3));
	NEED(wait4(pid, &status, 0, &ru));
	if (WEXITSTATUS(status) != 3)
		return (probe_wrong("wait status %#x", status));
	if (ru.ru_utime.tv_sec != 0 || ru.ru_maxrss < 0)
		return (probe_wrong("no usage: peak memory %ld", ru.ru_maxrss));
	/* FreeBSD samples it at the clock's ticks (getrusage(2)). */
	return (probe_ok("peak memory of a child that exits at once: %s",
	    ru.ru_maxrss > 0 ? "known" : "not sampled yet, 0"));
}

static PROBE(process_waitid_wnowait)
{
	siginfo_t si;
	pid_t pid;

	NEED(pid = exiting(7));
	NEED(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	if (si.si_pid != pid || si.si_status != 7 || si.si_code != CLD_EXITED)
		return (probe_wrong("pid %d code %d status %d", (int)si.si_pid,
		    si.si_code, si.si_status));
	/* The zombie must be there still. */
	NEED(waitid(P_PID, (id_t)pid, &si, WEXITED));
	NEED_REFUSAL(waitid(P_PID, (id_t)pid, &si, WEXITED), ECHILD);
	return (probe_ok(NULL));
}

static PROBE(process_waitid_wnohang)
{
	siginfo_t si;
	pid_t pid;

	NEED(pid = process_sleeper());
	memset(&si, 0xff, sizeof(si));
	NEED(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG));
	process_finish(pid);
	/* Linux and FreeBSD both promise a zeroed si_pid. */
	if (si.si_pid != 0)
		return (probe_wrong(
		    "si_pid %d with no child to report", (int)si.si_pid));
	return (probe_ok(NULL));
}

#if defined(__FreeBSD__)
static PROBE(process_wait6)
{
	struct __wrusage wu;
	siginfo_t si;
	pid_t pid;
	int status;

	NEED(pid = exiting(9));
	NEED(wait6(P_PID, pid, &status, WEXITED, &wu, &si));
	if (WEXITSTATUS(status) != 9 || si.si_status != 9)
		return (probe_wrong(
		    "status %#x, si_status %d", status, si.si_status));
	return (probe_ok(NULL));
}
#endif

/* True when the child has gone without being waited for. */
static bool
vanishes(void)
{
	pid_t pid = exiting(0);

	/* waitpid returns only when the last child has gone. */
	return (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == ECHILD);
}

static PROBE(process_sigchld_ignored)
{
	if (signal(SIGCHLD, SIG_IGN) == SIG_ERR)
		return (probe_errno(errno, "signal"));
	if (!vanishes())
		return (probe_wrong("a child became a zombie"));
	return (probe_ok(NULL));
}

static PROBE(process_sa_nocldwait)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sa.sa_flags = SA_NOCLDWAIT;
	NEED(sigaction(SIGCHLD, &sa, NULL));
	if (!vanishes())
		return (probe_wrong("a child became a zombie"));
	return (probe_ok(NULL));
}

static volatile sig_atomic_t stops;

static void
on_stop(int sig)
{
	(void)sig;
	stops++;
}

static PROBE(process_sa_nocldstop)
{
	struct sigaction sa;
	pid_t pid;
	int status;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_stop;
	sa.sa_flags = SA_NOCLDSTOP | SA_RESTART;
	NEED(sigaction(SIGCHLD, &sa, NULL));
	NEED(pid = process_sleeper());
	NEED(kill(pid, SIGSTOP));
	NEED(waitpid(pid, &status, WUNTRACED));
	if (stops != 0)
		return (probe_wrong("SIGCHLD for a stopped child"));
	process_finish(pid);
	return (stops == 1 ? probe_ok(NULL)
			   : probe_wrong("%d SIGCHLD for an exit", (int)stops));
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static volatile int vfork_word;

static PROBE(process_vfork_shares)
{
	pid_t pid;

	pid = vfork();
	if (pid == 0) {
		vfork_word = 7;
		_exit(0);
	}
	NEED(pid);
	(void)process_status(pid);
	/* POSIX lets vfork be fork; what relies on sharing then breaks. */
	if (vfork_word != 7)
		return (probe_wrong("the child's store is not seen: a fork"));
	return (probe_ok(NULL));
}

static PROBE(process_vfork_suspends)
{
	struct timespec ts = { 0, 3000000 };
	int64_t begin, end;
	pid_t pid;

	begin = row_clock(CLOCK_MONOTONIC);
	pid = vfork();
	if (pid == 0) {
		(void)nanosleep(&ts, NULL);
		_exit(0);
	}
	NEED(pid);
	end = row_clock(CLOCK_MONOTONIC);
	(void)process_status(pid);
	if (end - begin < 3000000)
		return (probe_wrong("the parent ran while the child had its "
				    "memory"));
	return (probe_ok(NULL));
}

static PROBE(process_vfork_exec_error)
{
	static char name[] = "no-such-program";
	static char *const argv[] = { name, NULL };
	static volatile int err;
	pid_t pid;

	err = 0;
	pid = vfork();
	if (pid == 0) {
		(void)execve("./no-such-program", argv, argv + 1);
		err = errno;
		_exit(127);
	}
	NEED(pid);
	(void)process_status(pid);
	if (err != ENOENT)
		return (probe_wrong("errno %d came back from the child", err));
	return (probe_ok(NULL));
}
#pragma GCC diagnostic pop

static int fork_order;

static void
on_prepare(void)
{
	fork_order = fork_order * 10 + 1;
}

static void
on_parent(void)
{
	fork_order = fork_order * 10 + 2;
}

static void
on_child(void)
{
	fork_order = fork_order * 10 + 3;
}

int pthread_atfork(void (*)(void), void (*)(void), void (*)(void));

static PROBE(process_atfork)
{
	pid_t pid;
	int err, status;

	err = pthread_atfork(on_prepare, on_parent, on_child);
	if (err != 0)
		return (probe_errno(err, "pthread_atfork"));
	NEED(pid = fork());
	if (pid == 0)
		_exit(fork_order == 13 ? 0 : 1);
	NEED(status = process_status(pid));
	if (fork_order != 12 || status != 0)
		return (probe_wrong("handlers ran as %d", fork_order));
	return (probe_ok(NULL));
}

/* Pending signals and alarms are not inherited (POSIX fork). */
static PROBE(process_fork_clears)
{
	sigset_t set, pending;
	struct itimerval it;
	pid_t pid;
	int status;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigprocmask(SIG_BLOCK, &set, NULL));
	NEED(raise(SIGUSR1));
	(void)alarm(100);
	NEED(pid = fork());
	if (pid == 0) {
		(void)sigpending(&pending);
		(void)getitimer(ITIMER_REAL, &it);
		_exit((sigismember(&pending, SIGUSR1) ? 1 : 0) |
		      (it.it_value.tv_sec != 0 ? 2 : 0));
	}
	NEED(status = process_status(pid));
	if (status != 0)
		return (probe_wrong("the child has the parent's %s",
		    WEXITSTATUS(status) == 1 ? "pending signal" : "alarm"));
	return (probe_ok(NULL));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW_KV("process.fork-waitpid", "fork",
	    "fork copies memory, waitpid gives the exit status",
	    process_fork, 0, "runtime.fork_waitpid"),
	ROW("process.fork-clears", "fork",
	    "pending signals and alarms are not inherited",
	    process_fork_clears, 0),
	ROW("process.atfork", "fork",
	    "pthread_atfork handlers run in parent and child",
	    process_atfork, 0),
	ROW("process.wait-signal", "waitpid",
	    "a child killed by a signal is reported as such",
	    process_wait_signal, 0),
	ROW("process.wait-status-width", "waitid",
	    "how much of the exit value arrives",
	    process_wait_status_width, 0),
	ROW("process.wait-echild", "waitpid",
	    "waiting without a child is ECHILD", process_wait_echild, 0),
	ROW("process.wait-group", "waitpid",
	    "waitpid by process group", process_wait_group, 0),
	ROW("process.wait-stopped", "waitpid",
	    "stops and continues are reported", process_wait_stopped, 0),
	ROW("process.wait4-rusage", "wait4",
	    "wait4 gives the child's resource usage", process_wait4, 0),
	ROW("process.waitid-wnowait", "waitid",
	    "WNOWAIT leaves the zombie", process_waitid_wnowait, 0),
	ROW("process.waitid-wnohang", "waitid",
	    "WNOHANG without an event zeroes si_pid",
	    process_waitid_wnohang, 0),
	ROW("process.wait6", "wait6",
	    "wait6 gives status, usage and siginfo at once",
	    ON_FREEBSD(process_wait6), 0),
	ROW("process.sigchld-ignored", "sigaction",
	    "with SIGCHLD ignored there are no zombies",
	    process_sigchld_ignored, 0),
	ROW("process.sa-nocldwait", "sigaction",
	    "with SA_NOCLDWAIT there are no zombies",
	    process_sa_nocldwait, 0),
	ROW("process.sa-nocldstop", "sigaction",
	    "with SA_NOCLDSTOP a stop sends no SIGCHLD",
	    process_sa_nocldstop, 0),
	ROW("process.vfork-shares", "vfork",
	    "the child of vfork uses the parent's memory",
	    process_vfork_shares, 0),
	ROW("process.vfork-suspends", "vfork",
	    "vfork returns in the parent after the child's exit",
	    process_vfork_suspends, 0),
	ROW("process.vfork-exec-error", "semantic:vfork-exec-error",
	    "an errno of a failed exec comes back through memory",
	    process_vfork_exec_error, 0),
};
/* clang-format on */

const struct probe_area probe_area_process = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
