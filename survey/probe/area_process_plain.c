/*
 * Probes of the area process: the plain calls of every supervisor, and those
 * of launchd that only macOS has.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_plain.h"
#include "survey/probe/area_process.h"

#if defined(__linux__)
#include <sys/personality.h>
#elif defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/cpuset.h>
#endif

static volatile sig_atomic_t children;

static void
on_child(int sig)
{
	(void)sig;
	children++;
}

/* A supervisor's core: SIGCHLD, EINTR, and each child's own status. */
static PROBE(plain_supervise)
{
	enum { CHILDREN = 4 };
	struct sigaction sa;
	pid_t pid, pids[CHILDREN];
	int i, left, status;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_child;
	NEED(sigaction(SIGCHLD, &sa, NULL));
	for (i = 0; i < CHILDREN; i++) {
		NEED(pids[i] = fork());
		if (pids[i] == 0)
			_exit(10 + i);
	}
	for (left = CHILDREN; left > 0;) {
		pid = waitpid(-1, &status, 0);
		if (pid < 0 && errno == EINTR)
			continue;
		NEED(pid);
		for (i = 0; i < CHILDREN && pids[i] != pid; i++)
			;
		if (i == CHILDREN || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != 10 + i)
			return (probe_wrong(
			    "child %d: wait status %#x", i, (unsigned)status));
		left--;
	}
	if (children == 0)
		return (probe_wrong("no SIGCHLD"));
	return (probe_ok("%d children", CHILDREN));
}

static int exit_pipe[2];

static void
at_exit(void)
{
	(void)!write(exit_pipe[1], "x", 1);
}

static PROBE(plain_exit)
{
	pid_t pid;
	int status;
	char c;

	/* No handler of atexit(3) runs in a child that gives up. */
	NEED(pipe(exit_pipe));
	NEED(pid = fork());
	if (pid == 0) {
		(void)atexit(at_exit);
		_exit(6);
	}
	(void)close(exit_pipe[1]);
	NEED(status = process_status(pid));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 6)
		return (probe_wrong("wait status %#x", (unsigned)status));
	return (read(exit_pipe[0], &c, 1) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("an atexit handler ran"));
}

static PROBE(plain_getpgid)
{
	pid_t pid;

	NEED(pid = process_sleeper());
	if (getpgid(pid) != getpgrp() || getpgid(0) != getpgrp())
		return (probe_wrong("another group than the parent's"));
	NEED(setpgid(pid, 0));
	if (getpgid(pid) != pid)
		return (probe_wrong("setpgid does not show"));
	process_finish(pid);
	NEED_REFUSAL(getpgid(pid), ESRCH);
	return (probe_ok(NULL));
}

static volatile sig_atomic_t caught;

static void
on_signal(int sig)
{
	(void)sig;
	caught++;
}

static PROBE(plain_sigprocmask)
{
	sigset_t old, pending, set;

	if (signal(SIGUSR1, on_signal) == SIG_ERR)
		return (probe_errno(errno, "signal"));
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	NEED(sigprocmask(SIG_BLOCK, &set, &old));
	NEED(raise(SIGUSR1));
	NEED(sigpending(&pending));
	if (caught != 0 || sigismember(&pending, SIGUSR1) != 1)
		return (probe_wrong("a blocked signal came"));
	NEED(sigprocmask(SIG_SETMASK, &old, NULL));
	return (caught == 1 ? probe_ok(NULL)
			    : probe_wrong("it was lost when unblocked"));
}

static PROBE(plain_sched_getaffinity)
{
#if defined(__linux__)
	cpu_set_t set;
#else
	cpuset_t set;
#endif

	CPU_ZERO(&set);
	NEED(sched_getaffinity(0, sizeof(set), &set));
	if (CPU_COUNT(&set) < 1)
		return (probe_wrong("no processor"));
	return (probe_ok("%d of %ld processors", (int)CPU_COUNT(&set),
	    sysconf(_SC_NPROCESSORS_ONLN)));
}

#if defined(__linux__)
static PROBE(plain_personality)
{
	int now;

	NEED(now = personality(0xffffffff));
	NEED(personality((unsigned long)now | ADDR_NO_RANDOMIZE));
	return ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0
		    ? probe_ok("%#x at the start", (unsigned)now)
		    : probe_wrong("what was set does not show"));
}
#endif

static PROBE(plain_proc_self)
{
	char target[32], own[32];
	ssize_t n;

	n = readlink("/proc/self", target, sizeof(target) - 1);
	if (n < 0)
		return (errno == ENOENT ? probe_absent("no /proc/self")
					: probe_errno(errno, "readlink"));
	target[n] = '\0';
	(void)snprintf(own, sizeof(own), "%d", (int)getpid());
	return (strcmp(target, own) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it names \"%s\"", target));
}

/* Starts sh(1) with SIGUSR1 ignored here, and default there if `flags`. */
static PROBE(plain_spawnattr)
{
	char name[] = "sh", dash[] = "-c", text[] = "kill -USR1 $$";
	char *argv[] = { name, dash, text, NULL }, *env[] = { NULL };
	posix_spawnattr_t attr;
	short flags = -1;
	sigset_t set;
	pid_t pid;
	int err, status;

	(void)signal(SIGUSR1, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	err = posix_spawnattr_init(&attr);
	if (err != 0)
		return (probe_errno(err, "posix_spawnattr_init"));
	(void)posix_spawnattr_getflags(&attr, &flags);
	if (flags != 0)
		return (probe_wrong("flags %#x at the start", flags));
	(void)posix_spawnattr_setsigdefault(&attr, &set);
	err = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (err == 0)
		err = posix_spawn(&pid, "/bin/sh", NULL, &attr, argv, env);
	if (err != 0)
		return (probe_errno(err, "posix_spawn"));
	NEED(status = process_status(pid));
	(void)posix_spawnattr_destroy(&attr);
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1
		    ? probe_ok(NULL)
		    : probe_wrong("wait status %#x", (unsigned)status));
}

/* Flags of posix_spawn that macOS has. */
static PROBE(plain_spawn_setexec)
{
#ifdef POSIX_SPAWN_SETEXEC
	return (probe_ok("declared"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(plain_spawn_suspended)
{
#ifdef POSIX_SPAWN_START_SUSPENDED
	return (probe_ok("declared"));
#else
	return (probe_absent("not declared"));
#endif
}

PLAIN_FOREIGN(plain_binpref, posix_spawnattr_setbinpref_np)
PLAIN_FOREIGN(plain_processtype, posix_spawnattr_setprocesstype_np)
PLAIN_FOREIGN(plain_listchildpids, proc_listchildpids)
PLAIN_FOREIGN(plain_listpgrppids, proc_listpgrppids)
PLAIN_FOREIGN(plain_pidinfo, proc_pidinfo)
PLAIN_FOREIGN(plain_set_dirty, proc_set_dirty)
PLAIN_FOREIGN(plain_setpcontrol, proc_setpcontrol)

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.supervise", "semantic:fork-waitpid",
	    "a supervisor gets SIGCHLD and each child's own status",
	    plain_supervise, 0),
	ROW("process.exit", "_exit",
	    "a child ends with its status and without atexit handlers",
	    plain_exit, 0),
	ROW("process.getpgid", "getpgid",
	    "the group of a child, before and after setpgid",
	    plain_getpgid, 0),
	ROW("process.sigprocmask", "sigprocmask",
	    "a blocked signal comes when it is unblocked",
	    plain_sigprocmask, 0),
	ROW("process.sched-getaffinity", "sched_getaffinity",
	    "the processors of a process", plain_sched_getaffinity, 0),
	ROW("process.personality", "personality",
	    "a personality is set and shows", ON_LINUX(plain_personality), 0),
	ROW("process.proc-self", "/proc/self",
	    "it leads to the caller's directory", plain_proc_self, 0),
	ROW("process.spawnattr-init", "posix_spawnattr_init",
	    "a fresh attribute has no flag", plain_spawnattr, 0),
	ROW("process.spawnattr-setflags", "posix_spawnattr_setflags",
	    "POSIX_SPAWN_SETSIGDEF makes an ignored signal default",
	    plain_spawnattr, 0),
	ROW("process.spawn-setexec", "POSIX_SPAWN_SETEXEC",
	    "posix_spawn in place of the caller", plain_spawn_setexec, 0),
	ROW("process.spawn-suspended", "POSIX_SPAWN_START_SUSPENDED",
	    "a child starts stopped", plain_spawn_suspended, 0),
	ROW("process.spawnattr-binpref", "posix_spawnattr_setbinpref_np",
	    "the slice of a fat program is chosen", plain_binpref, 0),
	ROW("process.spawnattr-processtype",
	    "posix_spawnattr_setprocesstype_np",
	    "a child is a daemon or an application", plain_processtype, 0),
	ROW("process.listchildpids", "proc_listchildpids",
	    "children are listed", plain_listchildpids, 0),
	ROW("process.listpgrppids", "proc_listpgrppids",
	    "a group is listed", plain_listpgrppids, 0),
	ROW("process.pidinfo", "proc_pidinfo",
	    "figures of a process", plain_pidinfo, 0),
	ROW("process.set-dirty", "proc_set_dirty",
	    "a job says that it may not be ended", plain_set_dirty, 0),
	ROW("process.setpcontrol", "proc_setpcontrol",
	    "what happens to it when memory is short", plain_setpcontrol, 0),
};
/* clang-format on */

const struct probe_area probe_area_process_plain = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
