/* Probes of the area process: posix_spawn, its actions and its errors. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

/* A system of the future may have what we look for in its headers. */
#if defined(__linux__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
#define HAVE_ADDCLOSEFROM 1
#endif
#if __GLIBC_PREREQ(2, 29)
#define HAVE_ADDCHDIR_NP 1
#endif
#if __GLIBC_PREREQ(2, 35)
#define HAVE_ADDTCSETPGRP 1
#endif
#elif defined(__FreeBSD__)
#include <sys/param.h>
#define HAVE_ADDCLOSEFROM 1
#define HAVE_ADDCHDIR_NP 1
#endif

struct spawn {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int pipe[2];
	const char *script;
	char out[256];
	int status;
};

static bool
spawn_init(struct spawn *s, const char *script)
{
	memset(s, 0, sizeof(*s));
	s->script = script;
	/* Standard error is caught: no row's actions touch it. */
	return (
	    pipe2(s->pipe, O_CLOEXEC) == 0 &&
	    posix_spawn_file_actions_init(&s->actions) == 0 &&
	    posix_spawn_file_actions_adddup2(&s->actions, s->pipe[1], 2) == 0 &&
	    posix_spawnattr_init(&s->attr) == 0);
}

/* Runs sh -c script with its output caught: an errno, or 0. */
static int
spawn_run(struct spawn *s)
{
	extern char **environ;
	char name[] = "sh", dash[] = "-c", text[256];
	char *argv[] = { name, dash, text, NULL };
	size_t got = 0;
	ssize_t n;
	pid_t pid;
	int err;

	(void)snprintf(text, sizeof(text), "%s", s->script);
	err =
	    posix_spawn(&pid, "/bin/sh", &s->actions, &s->attr, argv, environ);
	(void)close(s->pipe[1]);
	while (
	    err == 0 && got < sizeof(s->out) - 1 &&
	    (n = read(s->pipe[0], s->out + got, sizeof(s->out) - 1 - got)) > 0)
		got += (size_t)n;
	(void)close(s->pipe[0]);
	if (err == 0)
		s->status = process_status(pid);
	return (err);
}

/* The answer of a row whose script prints "yes". */
static struct probe_answer
spawn_answer(struct spawn *s)
{
	int err = spawn_run(s);

	if (err != 0)
		return (probe_errno(err, "posix_spawn"));
	if (s->status != 0 || strcmp(s->out, "yes\n") != 0)
		return (probe_wrong(
		    "wait status %#x, output \"%s\"", s->status, s->out));
	return (probe_ok(NULL));
}

static PROBE(spawn_plain)
{
	struct spawn s;

	if (!spawn_init(&s, "echo yes >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	return (spawn_answer(&s));
}

/* How a program that is not there is reported. */
static struct probe_answer
missing_program(short flags)
{
	extern char **environ;
	char name[] = "x";
	char *argv[] = { name, NULL };
	posix_spawnattr_t attr;
	int err, status;
	pid_t pid;

	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setflags(&attr, flags);
	err = posix_spawn(&pid, "./missing", NULL, &attr, argv, environ);
	if (err == ENOENT)
		return (probe_ok("returned by the call"));
	if (err != 0)
		return (probe_errno(err, "posix_spawn"));
	status = process_status(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return (probe_wrong("only as exit status 127 of a child"));
	return (probe_wrong("wait status %#x", status));
}

static PROBE(spawn_missing)
{
	return (missing_program(0));
}

static PROBE(spawn_missing_no_zombie)
{
	struct probe_answer a = missing_program(0);

	if (a.state != ISTH_STATE_OK)
		return (a);
	/* A failed call leaves no child to wait for. */
	NEED_REFUSAL(waitpid(-1, NULL, WNOHANG), ECHILD);
	return (probe_ok(NULL));
}

static PROBE(spawn_usevfork)
{
#ifdef POSIX_SPAWN_USEVFORK
	return (missing_program(POSIX_SPAWN_USEVFORK));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(spawn_action_error)
{
	struct spawn s;
	int err;

	if (!spawn_init(&s, "true"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addopen(
	    &s.actions, 5, "./missing", O_RDONLY, 0);
	err = spawn_run(&s);
	if (err == 0)
		return (probe_wrong(
		    "not returned: exit status %d", WEXITSTATUS(s.status)));
	if (err != ENOENT)
		return (probe_wrong("errno %d, not ENOENT", err));
	return (probe_ok("returned by the call"));
}

static PROBE(spawn_addopen)
{
	struct spawn s;

	NEED_TRUE(probe_file("in", "yes\n"));
	if (!spawn_init(&s, "read x <&7 && echo $x >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addopen(
	    &s.actions, 7, "in", O_RDONLY, 0);
	return (spawn_answer(&s));
}

static PROBE(spawn_adddup2)
{
	struct spawn s;
	int fd;

	NEED_TRUE(probe_file("in", "yes\n"));
	NEED(fd = open("in", O_RDONLY | O_CLOEXEC));
	if (!spawn_init(&s, "read x <&8 && echo $x >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_adddup2(&s.actions, fd, 8);
	return (spawn_answer(&s));
}

static PROBE(spawn_adddup2_same)
{
	struct spawn s;
	int fd;

	/* POSIX 2024: equal numbers clear close-on-exec. */
	NEED_TRUE(probe_file("in", "yes\n"));
	NEED(fd = open("in", O_RDONLY));
	NEED(fd = fcntl(fd, F_DUPFD_CLOEXEC, 9));
	if (fd != 9)
		return (util_skip("descriptor 9 is taken"));
	if (!spawn_init(&s, "read x <&9 && echo $x >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_adddup2(&s.actions, fd, fd);
	return (spawn_answer(&s));
}

static PROBE(spawn_addclose)
{
	struct spawn s;

	NEED(dup2(0, 7));
	if (!spawn_init(&s, "command : 2>/dev/null <&7 || echo yes >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addclose(&s.actions, 7);
	return (spawn_answer(&s));
}

static PROBE(spawn_addclose_closed)
{
	struct spawn s;

	/* POSIX: closing what is not open is no error. */
	if (!spawn_init(&s, "echo yes >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addclose(&s.actions, 77);
	return (spawn_answer(&s));
}

static PROBE(spawn_addclosefrom)
{
#ifdef HAVE_ADDCLOSEFROM
	struct spawn s;

	NEED(dup2(0, 5));
	NEED(dup2(0, 9));
	if (!spawn_init(&s, "command : 2>/dev/null <&5 || "
			    "command : 2>/dev/null <&9 || echo yes >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addclosefrom_np(&s.actions, 3);
	return (spawn_answer(&s));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(spawn_order)
{
	struct spawn s;

	/* Actions happen in the order in which they were added. */
	NEED_TRUE(probe_file("first", "no\n"));
	NEED_TRUE(probe_file("second", "yes\n"));
	if (!spawn_init(&s, "read x <&6 && echo $x >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addopen(
	    &s.actions, 6, "first", O_RDONLY, 0);
	(void)posix_spawn_file_actions_addclose(&s.actions, 6);
	(void)posix_spawn_file_actions_addopen(
	    &s.actions, 6, "second", O_RDONLY, 0);
	return (spawn_answer(&s));
}

static PROBE(spawn_addchdir)
{
#ifdef HAVE_ADDCHDIR_NP
	struct spawn s;

	NEED(mkdir("below", 0755));
	NEED_TRUE(probe_file("below/in", "yes\n"));
	if (!spawn_init(&s, "read x <in && echo $x >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addchdir_np(&s.actions, "below");
	return (spawn_answer(&s));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(spawn_addfchdir)
{
#ifdef HAVE_ADDCHDIR_NP
	struct spawn s;
	int fd;

	NEED(mkdir("below", 0755));
	NEED_TRUE(probe_file("below/in", "yes\n"));
	NEED(fd = open("below", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!spawn_init(&s, "read x <in && echo $x >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addfchdir_np(&s.actions, fd);
	return (spawn_answer(&s));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(spawn_addtcsetpgrp)
{
#ifdef HAVE_ADDTCSETPGRP
	struct spawn s;
	int err;

	/* No terminal: the action itself must be tried and fail. */
	if (!spawn_init(&s, "true"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawn_file_actions_addtcsetpgrp_np(&s.actions, 0);
	err = spawn_run(&s);
	return (err == ENOTTY ? probe_ok(NULL)
			      : probe_wrong("errno %d, not ENOTTY", err));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(spawn_setpgroup)
{
	struct spawn s;
	int err;

	if (!spawn_init(&s, "kill -9 0"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawnattr_setflags(&s.attr, POSIX_SPAWN_SETPGROUP);
	(void)posix_spawnattr_setpgroup(&s.attr, 0);
	/* In our group the signal would be the end of this probe. */
	err = spawn_run(&s);
	if (err != 0)
		return (probe_errno(err, "posix_spawn"));
	if (!WIFSIGNALED(s.status))
		return (probe_wrong("wait status %#x", s.status));
	return (probe_ok(NULL));
}

static PROBE(spawn_setsid)
{
#ifdef POSIX_SPAWN_SETSID
	extern char **environ;
	char name[] = "cat";
	char *argv[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int err, p[2];
	pid_t pid, sid;

	/* One that waits for input, so that it can be looked at. */
	NEED(pipe2(p, O_CLOEXEC));
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, p[0], 0);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID);
	err = posix_spawn(&pid, "/bin/cat", &actions, &attr, argv, environ);
	if (err != 0)
		return (probe_errno(err, "posix_spawn"));
	sid = getsid(pid);
	process_finish(pid);
	return (sid == pid ? probe_ok(NULL)
			   : probe_wrong("the session is %d", (int)sid));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(spawn_setsigmask)
{
	struct spawn s;
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	if (!spawn_init(&s, "kill -USR1 $$; echo yes >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawnattr_setflags(&s.attr, POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawnattr_setsigmask(&s.attr, &set);
	return (spawn_answer(&s));
}

static PROBE(spawn_setsigdef)
{
	struct spawn s;
	sigset_t set;
	int err;

	(void)signal(SIGUSR1, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	if (!spawn_init(&s, "kill -USR1 $$; echo no >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	(void)posix_spawnattr_setflags(&s.attr, POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigdefault(&s.attr, &set);
	err = spawn_run(&s);
	if (err != 0)
		return (probe_errno(err, "posix_spawn"));
	if (!WIFSIGNALED(s.status) || WTERMSIG(s.status) != SIGUSR1)
		return (probe_wrong("the signal is still ignored"));
	return (probe_ok(NULL));
}

static PROBE(spawn_resetids)
{
	struct spawn s;

	/* Effective id another, real id root: the child's is the real one. */
	if (!spawn_init(&s, "test $(id -u) = 0 && echo yes >&2"))
		return (probe_errno(errno, "posix_spawn_file_actions_init"));
	NEED(seteuid(PROBE_OTHER_ID));
	(void)posix_spawnattr_setflags(&s.attr, POSIX_SPAWN_RESETIDS);
	return (spawn_answer(&s));
}

static PROBE(spawn_search)
{
	extern char **environ;
	char name[] = "found";
	char *argv[] = { name, NULL };
	int err, status;
	pid_t pid;

	NEED(mkdir("bin", 0755));
	NEED_TRUE(probe_file("bin/found", "#!/bin/sh\nexit 5\n"));
	NEED(chmod("bin/found", 0755));
	(void)setenv("PATH", "/nowhere:bin", 1);
	err = posix_spawnp(&pid, "found", NULL, NULL, argv, environ);
	if (err != 0)
		return (probe_errno(err, "posix_spawnp"));
	status = process_status(pid);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 5
		    ? probe_ok(NULL)
		    : probe_wrong("wait status %#x", status));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.posix-spawn", "posix_spawn",
	    "a program runs", spawn_plain, 0),
	ROW("process.spawn-exec-error", "semantic:posix-spawn-error",
	    "a missing program is an errno of the call", spawn_missing, 0),
	ROW("process.spawn-no-zombie", "semantic:posix-spawn-error",
	    "a failed call leaves no child", spawn_missing_no_zombie, 0),
	ROW("process.spawn-usevfork", "POSIX_SPAWN_USEVFORK",
	    "with vfork asked for, errors still come back",
	    spawn_usevfork, 0),
	ROW("process.spawn-action-error", "semantic:posix-spawn-error",
	    "a failed file action is an errno of the call",
	    spawn_action_error, 0),
	ROW("process.spawn-addopen", "posix_spawn_file_actions_addopen",
	    "a file opened at a number", spawn_addopen, 0),
	ROW("process.spawn-adddup2", "posix_spawn_file_actions_adddup2",
	    "a close-on-exec descriptor passed on", spawn_adddup2, 0),
	ROW("process.spawn-adddup2-same", "posix_spawn_file_actions_adddup2",
	    "equal numbers clear close-on-exec", spawn_adddup2_same, 0),
	ROW("process.spawn-addclose", "posix_spawn_file_actions_addclose",
	    "a descriptor closed", spawn_addclose, 0),
	ROW("process.spawn-addclose-closed",
	    "posix_spawn_file_actions_addclose",
	    "closing what is not open is no error",
	    spawn_addclose_closed, 0),
	ROW_KV("process.spawn-addclosefrom",
	    "posix_spawn_file_actions_addclosefrom_np",
	    "all descriptors from a number on closed", spawn_addclosefrom, 0,
	    "runtime.posix_spawn_addclosefrom_np"),
	ROW("process.spawn-order", "posix_spawn",
	    "file actions happen in order", spawn_order, 0),
	ROW("process.spawn-addchdir",
	    "posix_spawn_file_actions_addchdir_np",
	    "a working directory by name", spawn_addchdir, 0),
	ROW("process.spawn-addfchdir",
	    "posix_spawn_file_actions_addfchdir_np",
	    "a working directory by descriptor", spawn_addfchdir, 0),
	ROW("process.spawn-addtcsetpgrp",
	    "posix_spawn_file_actions_addtcsetpgrp_np",
	    "the terminal's foreground is set by the child",
	    spawn_addtcsetpgrp, 0),
	ROW("process.spawn-setpgroup", "POSIX_SPAWN_SETPGROUP",
	    "a process group of its own", spawn_setpgroup, 0),
	ROW("process.spawn-setsid", "POSIX_SPAWN_SETSID",
	    "a session of its own", spawn_setsid, 0),
	ROW("process.spawn-setsigmask", "POSIX_SPAWN_SETSIGMASK",
	    "the child's signal mask", spawn_setsigmask, 0),
	ROW("process.spawn-setsigdef", "POSIX_SPAWN_SETSIGDEF",
	    "ignored signals made default", spawn_setsigdef, 0),
	ROW("process.spawn-resetids", "POSIX_SPAWN_RESETIDS",
	    "effective ids made the real ones", spawn_resetids, PROBE_ROOT),
	ROW("process.posix-spawnp", "posix_spawnp",
	    "PATH is searched", spawn_search, 0),
};
/* clang-format on */

const struct probe_area probe_area_process_spawn = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
