/* Probes of the area process: execve and its relatives. */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__FreeBSD__)
#include <sys/param.h>
#endif
/* FreeBSD declares it since 14.1 (exec(3)). */
#if defined(__linux__) || \
    (defined(__FreeBSD_version) && __FreeBSD_version >= 1401000)
#define HAVE_EXECVPE 1
#endif

static char *const no_env[] = { NULL };

/* What a child does after its fork; it does not come back. */
typedef void exec_fn(void *arg);

/* Runs it with the child's output caught; the wait status, -1 with errno. */
static int
exec_captured(exec_fn *fn, void *arg, char *out, size_t size)
{
	size_t got = 0;
	ssize_t n;
	pid_t pid;
	int p[2];

	if (pipe(p) != 0)
		return (-1);
	pid = fork();
	if (pid == 0) {
		(void)dup2(p[1], STDOUT_FILENO);
		fn(arg);
		_exit(errno & 0xff);
	}
	(void)close(p[1]);
	while (pid > 0 && got < size - 1 &&
	       (n = read(p[0], out + got, size - 1 - got)) > 0)
		got += (size_t)n;
	out[got] = '\0';
	(void)close(p[0]);
	return (pid < 0 ? -1 : process_status(pid));
}

/* Makes an executable file of that content. */
static bool
make_program(const char *name, const char *content)
{
	return (probe_file(name, content) && chmod(name, 0755) == 0);
}

/* The errno of an execve that must fail, as the child saw it; 0: it ran. */
static int
exec_errno(const char *path)
{
	char *argv[] = { NULL, NULL };
	char name[] = "x";
	pid_t pid;
	int status;

	argv[0] = name;
	pid = fork();
	if (pid == 0) {
		(void)execve(path, argv, no_env);
		_exit(errno & 0xff);
	}
	status = pid < 0 ? -1 : process_status(pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static PROBE(exec_errors)
{
	static const struct {
		const char *path;
		int err;
	} cases[] = {
		{ "missing", ENOENT },
		{ "plain", EACCES },
		{ "plain/x", ENOTDIR },
		{ "garbage", ENOEXEC },
		{ "empty", ENOEXEC },
		{ ".", EACCES },
		{ "loop", ELOOP },
	};
	size_t i;
	int err;

	NEED_TRUE(probe_file("plain", "x"));
	NEED_TRUE(make_program("garbage", "\001\002\003\004no program at all"));
	NEED_TRUE(make_program("empty", ""));
	NEED(symlink("loop", "loop"));
	for (i = 0; i < UTIL_COUNT(cases); i++) {
		err = exec_errno(cases[i].path);
		if (err != cases[i].err)
			return (probe_wrong("%s: errno %d, not %d",
			    cases[i].path, err, cases[i].err));
	}
	return (probe_ok(NULL));
}

static void
run_script(void *arg)
{
	char *argv[] = { arg, arg, NULL };
	char extra[] = "given";

	argv[1] = extra;
	(void)execve("./script", argv, no_env);
}

static PROBE(exec_script)
{
	char out[256], name[] = "zero";
	int status;

	NEED_TRUE(make_program("script", "#!/bin/sh\necho \"$0 $1\"\n"));
	NEED(status = exec_captured(run_script, name, out, sizeof(out)));
	if (status != 0)
		return (probe_errno(WEXITSTATUS(status), "execve"));
	/* argv[0] gives way to the path of the script. */
	if (strcmp(out, "./script given\n") != 0)
		return (probe_wrong("the script saw \"%s\"", out));
	return (probe_ok(NULL));
}

static PROBE(exec_script_words)
{
	char out[256], name[] = "zero";
	int status;

	/* What follows the interpreter: one argument, or words? */
	NEED_TRUE(make_program("script", "#!/usr/bin/printf <%s> x\n"));
	NEED(status = exec_captured(run_script, name, out, sizeof(out)));
	if (strncmp(out, "<./script> x", 12) == 0)
		return (probe_ok("one argument"));
	if (strncmp(out, "<x>", 3) == 0)
		return (probe_wrong("several words"));
	return (probe_wrong("status %#x, it printed \"%s\"", status, out));
}

static PROBE(exec_script_nested)
{
	char out[256], name[] = "zero", line[PATH_MAX + 64];
	int status;

	/* An interpreter that is a script itself: Linux allows 4 levels. */
	(void)snprintf(line, sizeof(line), "#!%s/inner\n", ctx->dir);
	if (strlen(line) > 120)
		return (util_skip("the scratch directory's name is long"));
	NEED_TRUE(make_program("inner", "#!/bin/sh\necho nested\n"));
	NEED_TRUE(make_program("script", line));
	NEED(status = exec_captured(run_script, name, out, sizeof(out)));
	if (status != 0)
		return (probe_state(ISTH_STATE_UNSUPPORTED, WEXITSTATUS(status),
		    "an interpreter that is a script"));
	return (probe_ok(NULL));
}

static PROBE(exec_text_busy)
{
	int err, fd;

	NEED_TRUE(util_copy_program("cat", "copy", 0755));
	NEED(fd = open("copy", O_WRONLY));
	err = exec_errno("./copy");
	(void)close(fd);
	if (err != ETXTBSY)
		return (probe_wrong("a file open for writing: errno %d", err));
	return (probe_ok(NULL));
}

struct exec_fd {
	int fd;
	int flags;
};

static void
run_fexecve(void *arg)
{
	const struct exec_fd *x = arg;
	char name[] = "sh", dash[] = "-c", text[] = "echo by-descriptor";
	char *argv[] = { name, dash, text, NULL };

	(void)fexecve(x->fd, argv, no_env);
}

static PROBE(exec_fexecve)
{
	struct exec_fd x = { -1, 0 };
	char out[64];
	int status;

	NEED(x.fd = open("/bin/sh", O_RDONLY | O_CLOEXEC));
	NEED(status = exec_captured(run_fexecve, &x, out, sizeof(out)));
	if (status != 0)
		return (probe_errno(WEXITSTATUS(status), "fexecve"));
	if (strcmp(out, "by-descriptor\n") != 0)
		return (probe_wrong("it printed \"%s\"", out));
	return (probe_ok(NULL));
}

static PROBE(exec_fexecve_script)
{
	struct exec_fd x = { -1, 0 };
	char out[64];
	int status;

	NEED_TRUE(make_program("script", "#!/bin/sh\necho by-descriptor\n"));
	/* The interpreter opens /dev/fd/N, so N must survive the exec. */
	NEED(x.fd = open("script", O_RDONLY));
	NEED(status = exec_captured(run_fexecve, &x, out, sizeof(out)));
	if (status != 0 || strcmp(out, "by-descriptor\n") != 0)
		return (probe_state(ISTH_STATE_UNSUPPORTED,
		    WIFEXITED(status) ? WEXITSTATUS(status) & 0x7f : 0,
		    "a script by descriptor: /dev/fd is not complete"));
	return (probe_ok(NULL));
}

static PROBE(exec_o_exec)
{
#ifdef O_EXEC
	struct exec_fd x = { -1, 0 };
	char out[64];
	int status;

	NEED(x.fd = open("/bin/sh", O_EXEC | O_CLOEXEC));
	NEED(status = exec_captured(run_fexecve, &x, out, sizeof(out)));
	if (status != 0)
		return (probe_errno(WEXITSTATUS(status), "fexecve"));
	return (probe_ok(NULL));
#else
	return (probe_absent("not declared"));
#endif
}

#if defined(__linux__)
static void
run_execveat(void *arg)
{
	const struct exec_fd *x = arg;
	char name[] = "sh", dash[] = "-c", text[] = "echo at";
	char *argv[] = { name, dash, text, NULL };

	(void)syscall(SYS_execveat, x->fd, x->flags == 0 ? "sh" : "", argv,
	    no_env, x->flags);
}

static PROBE(exec_execveat)
{
	struct exec_fd x = { -1, 0 };
	char out[64];
	int status;

	NEED(x.fd = open("/bin", O_RDONLY | O_DIRECTORY));
	NEED(status = exec_captured(run_execveat, &x, out, sizeof(out)));
	if (status != 0)
		return (probe_errno(WEXITSTATUS(status), "execveat"));
	return (strcmp(out, "at\n") == 0 ? probe_ok(NULL)
					 : probe_wrong("\"%s\"", out));
}

static PROBE(exec_execveat_empty)
{
	struct exec_fd x = { -1, AT_EMPTY_PATH };
	char out[64];
	int status;

	NEED(x.fd = open("/bin/sh", O_PATH | O_CLOEXEC));
	NEED(status = exec_captured(run_execveat, &x, out, sizeof(out)));
	if (status != 0)
		return (probe_errno(WEXITSTATUS(status), "execveat"));
	return (strcmp(out, "at\n") == 0 ? probe_ok(NULL)
					 : probe_wrong("\"%s\"", out));
}
#endif

#ifdef HAVE_EXECVPE
static void
run_execvpe(void *arg)
{
	char name[] = "sh", dash[] = "-c", text[] = "echo $WORD";
	char word[] = "WORD=found";
	char *argv[] = { name, dash, text, NULL };
	char *env[] = { word, NULL };

	(void)arg;
	(void)setenv("PATH", "/nowhere:/bin", 1);
	(void)execvpe("sh", argv, env);
}
#endif

static PROBE(exec_execvpe)
{
#ifdef HAVE_EXECVPE
	char out[64];
	int status;

	NEED(status = exec_captured(run_execvpe, NULL, out, sizeof(out)));
	if (status != 0 || strcmp(out, "found\n") != 0)
		return (probe_wrong("status %#x, \"%s\"", status, out));
	return (probe_ok(NULL));
#else
	return (probe_absent("execvP takes a path, not an environment"));
#endif
}

static void
on_signal(int sig)
{
	(void)sig;
}

static void
run_kept(void *arg)
{
	char name[] = "sh", dash[] = "-c";
	char text[] = "kill -USR1 $$; kill -USR2 $$; echo survived";
	char *argv[] = { name, dash, text, NULL };

	(void)arg;
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGUSR2, on_signal);
	(void)execve("/bin/sh", argv, no_env);
}

static PROBE(exec_signals)
{
	char out[64];
	int status;

	NEED(status = exec_captured(run_kept, NULL, out, sizeof(out)));
	/* Ignored stays ignored, caught becomes default. */
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGUSR2)
		return (probe_wrong("wait status %#x", status));
	return (probe_ok(NULL));
}

static void
run_masked(void *arg)
{
	char name[] = "sh", dash[] = "-c", text[] = "kill -TERM $$; echo alive";
	char *argv[] = { name, dash, text, NULL };
	sigset_t set;

	(void)arg;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)execve("/bin/sh", argv, no_env);
}

static PROBE(exec_mask)
{
	char out[64];
	int status;

	NEED(status = exec_captured(run_masked, NULL, out, sizeof(out)));
	if (status != 0 || strcmp(out, "alive\n") != 0)
		return (probe_wrong("the signal mask did not survive"));
	return (probe_ok(NULL));
}

static PROBE(exec_long_argument)
{
	static char long_word[200 * 1024];
	char name[] = "true";
	char *argv[] = { name, long_word, NULL };
	pid_t pid;
	int status;

	/* Linux: 128 KiB for one string (MAX_ARG_STRLEN); FreeBSD: ARG_MAX. */
	memset(long_word, 'a', sizeof(long_word) - 1);
	NEED(pid = fork());
	if (pid == 0) {
		(void)execve("/bin/sh", argv, no_env);
		_exit(errno == E2BIG ? 99 : 98);
	}
	NEED(status = process_status(pid));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 98)
		return (probe_wrong("an errno other than E2BIG"));
	return (probe_ok("one argument of 200 KiB: %s",
	    WIFEXITED(status) && WEXITSTATUS(status) == 99 ? "E2BIG"
							   : "accepted"));
}

static PROBE(exec_no_argv)
{
	char *argv[] = { NULL };
	pid_t pid;
	int status;

	NEED(pid = fork());
	if (pid == 0) {
		(void)execve("/bin/echo", argv, no_env);
		_exit(errno == EINVAL ? 99 : 98);
	}
	NEED(status = process_status(pid));
	/* CVE-2021-4034's root: FreeBSD refuses, Linux adds an empty one. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 98)
		return (probe_wrong("wait status %#x", status));
	return (probe_ok(
	    "argc 0: %s", WEXITSTATUS(status) == 99 ? "EINVAL" : "accepted"));
}

#if defined(__linux__)
static PROBE(exec_proc_self_exe)
{
	char path[PATH_MAX];
	ssize_t n;

	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return (errno == ENOENT ? probe_absent("no /proc/self/exe")
					: probe_errno(errno, "readlink"));
	path[n] = '\0';
	return (path[0] == '/' ? probe_ok(NULL)
			       : probe_wrong("it names \"%s\"", path));
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.exec-errors", "execve",
	    "seven ways to fail, each with its errno", exec_errors, 0),
	ROW("process.exec-script", "execve",
	    "a script gets its path and its arguments", exec_script, 0),
	ROW("process.exec-script-words", "execve",
	    "words after an interpreter are one argument",
	    exec_script_words, 0),
	ROW("process.exec-script-nested", "semantic:script-of-a-script",
	    "an interpreter may be a script", exec_script_nested, 0),
	ROW("process.exec-text-busy", "execve",
	    "a file open for writing is not run", exec_text_busy, 0),
	ROW("process.exec-signals", "execve",
	    "caught signals become default, ignored ones stay",
	    exec_signals, 0),
	ROW("process.exec-mask", "execve",
	    "the signal mask survives", exec_mask, 0),
	ROW("process.exec-long-argument", "execve",
	    "how long one argument may be", exec_long_argument, 0),
	ROW("process.exec-no-argv", "execve",
	    "what an empty argument list does", exec_no_argv, 0),
	ROW("process.fexecve", "fexecve",
	    "a program runs by a close-on-exec descriptor", exec_fexecve, 0),
	ROW("process.fexecve-script", "fexecve",
	    "a script runs by a descriptor", exec_fexecve_script, 0),
	ROW("process.o-exec", "O_EXEC",
	    "a program runs by a descriptor that cannot be read",
	    exec_o_exec, 0),
	ROW("process.execveat", "execveat",
	    "a program below a directory descriptor",
	    ON_LINUX(exec_execveat), 0),
	ROW("process.execveat-empty", "execveat",
	    "a program by an O_PATH descriptor",
	    ON_LINUX(exec_execveat_empty), 0),
	ROW("process.execvpe", "execvpe",
	    "PATH is searched, the environment is given", exec_execvpe, 0),
	ROW("process.proc-self-exe", "/proc/self/exe",
	    "the running program has a name",
	    ON_LINUX(exec_proc_self_exe), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_exec = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
