/* Probes of the area process: prctl options, each by what it changes. */
#include <sys/utsname.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

/* The first harness asked the preprocessor. */
static PROBE(prctl_header)
{
#if defined(__has_include)
#if __has_include(<sys/prctl.h>)
	return (probe_ok(NULL));
#endif
#endif
	return (probe_absent("no such header"));
}

#if defined(__linux__)
#include <sys/personality.h>
#include <sys/prctl.h>

#ifndef PR_SET_THP_DISABLE
#define PR_SET_THP_DISABLE 41
#define PR_GET_THP_DISABLE 42
#endif

static PROBE(prctl_name)
{
	char got[16], comm[32];

	NEED(prctl(PR_SET_NAME, "a-name-of-20-letters", 0, 0, 0));
	NEED(prctl(PR_GET_NAME, got, 0, 0, 0));
	if (strcmp(got, "a-name-of-20-le") != 0)
		return (probe_wrong("the name is \"%s\"", got));
	if (util_read("/proc/self/comm", comm, sizeof(comm)) &&
	    strcmp(comm, "a-name-of-20-le\n") != 0)
		return (probe_wrong("comm is \"%s\"", comm));
	return (probe_ok("cut to 15 bytes"));
}

/* A process that asked to die with its parent, whose parent then dies. */
static PROBE(prctl_pdeathsig)
{
	pid_t pid;
	int p[2];
	char c;

	NEED(pipe(p));
	NEED(pid = fork());
	if (pid == 0) {
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			(void)!write(p[1], "r", 1);
			for (;;)
				(void)pause();
		}
		for (;;)
			(void)pause();
	}
	(void)close(p[1]);
	NEED(read(p[0], &c, 1));
	process_finish(pid);
	/* Only the grandchild holds the pipe: its end is its death. */
	return (process_at_end(p[0]) ? probe_ok(NULL)
				     : probe_wrong("it outlived its parent"));
}

static PROBE(prctl_pdeathsig_fork)
{
	int sig = -1, status;
	pid_t pid;

	NEED(prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0));
	NEED(pid = fork());
	if (pid == 0) {
		(void)prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0);
		_exit(sig);
	}
	NEED(status = process_status(pid));
	return (status == 0 ? probe_ok("cleared in a child")
			    : probe_wrong("a child has it, too"));
}

static PROBE(prctl_subreaper)
{
	pid_t orphan = -1, pid;
	int p[2];

	NEED(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	NEED(pipe(p));
	NEED(pid = fork());
	if (pid == 0) {
		orphan = process_sleeper();
		(void)!write(p[1], &orphan, sizeof(orphan));
		_exit(0);
	}
	NEED(read(p[0], &orphan, sizeof(orphan)));
	NEED(process_status(pid));
	NEED(kill(orphan, SIGKILL));
	if (waitpid(orphan, NULL, 0) != orphan)
		return (probe_wrong("the orphan is not ours: errno %d", errno));
	return (probe_ok(NULL));
}

static PROBE(prctl_get_subreaper)
{
	int before = -1, after = -1;

	NEED(prctl(PR_GET_CHILD_SUBREAPER, &before, 0, 0, 0));
	NEED(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	NEED(prctl(PR_GET_CHILD_SUBREAPER, &after, 0, 0, 0));
	/* The runner is one; its children are not. */
	return (before == 0 && after == 1
		    ? probe_ok("not inherited")
		    : probe_wrong("%d before, %d after", before, after));
}

static PROBE(prctl_no_new_privs)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return (probe_wrong("it does not show"));
	NEED_REFUSAL(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
	return (probe_ok("cannot be taken back"));
}

static PROBE(prctl_dumpable)
{
	pid_t pid;
	int fd, status;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setuid"));
	NEED(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	NEED(pid = fork());
	if (pid == 0) {
		/* Its /proc files are root's, so its own mem is closed. */
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		fd = open("/proc/self/mem", O_RDONLY);
		_exit(fd < 0 ? errno : 0);
	}
	NEED(status = process_status(pid));
	if (WEXITSTATUS(status) != EACCES)
		return (probe_wrong(
		    "its /proc/self/mem: errno %d", WEXITSTATUS(status)));
	return (probe_ok(NULL));
}

static PROBE(prctl_dumpable_value)
{
	NEED(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	NEED_REFUSAL(prctl(PR_SET_DUMPABLE, 2, 0, 0, 0), EINVAL);
	return (probe_ok(NULL));
}

static PROBE(prctl_keepcaps)
{
	NEED(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	return (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 1
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

static PROBE(prctl_timerslack)
{
	NEED(prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0));
	return (prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 123456
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

static PROBE(prctl_thp)
{
	NEED(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	return (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

static PROBE(prctl_tsc)
{
#if defined(__x86_64__)
	pid_t pid;
	int status;

	NEED(pid = fork());
	if (pid == 0) {
		(void)prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
		_exit((int)(__builtin_ia32_rdtsc() & 1));
	}
	NEED(status = process_status(pid));
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
		return (probe_wrong("the counter can be read still"));
	return (probe_ok(NULL));
#else
	return (probe_absent("on x86 only"));
#endif
}

static PROBE(prctl_ptracer)
{
	/* Of the Yama module. */
	if (prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0) == 0)
		return (probe_ok(NULL));
	return (errno == EINVAL ? probe_absent("no Yama")
				: probe_errno(errno, "prctl"));
}

static PROBE(prctl_speculation)
{
	int got = prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0);

	if (got >= 0)
		return (probe_ok("state %#x", got));
	return (errno == EINVAL || errno == ENODEV
		    ? row_unsupported("not on this processor")
		    : probe_errno(errno, "prctl"));
}

static PROBE(prctl_io_flusher)
{
	NEED(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0));
	return (probe_ok(NULL));
}

static PROBE(prctl_unknown)
{
	NEED_REFUSAL(prctl(0x7ffffff, 0, 0, 0, 0), EINVAL);
	return (probe_ok(NULL));
}

/* Where the stack of a shell started in this personality lies. */
static bool
stack_of_child(char *out, size_t size)
{
	char name[] = "sed", quiet[] = "-n", what[] = "/\\[stack\\]/p",
	     maps[] = "/proc/self/maps";
	char *argv[] = { name, quiet, what, maps, NULL };

	return (util_capture(argv, out, size) == 0 && out[0] != '\0');
}

static PROBE(personality_aslr)
{
	char one[128], two[128];

	NEED(personality(ADDR_NO_RANDOMIZE));
	if (!stack_of_child(one, sizeof(one)) ||
	    !stack_of_child(two, sizeof(two)))
		return (util_skip("no /proc/self/maps to compare"));
	return (strcmp(one, two) == 0 ? probe_ok("two programs, one address")
				      : probe_wrong("the stack still moves"));
}

static PROBE(personality_linux32)
{
	struct utsname u;

	NEED(personality(PER_LINUX32));
	NEED(uname(&u));
	return (strcmp(u.machine, "x86_64") != 0
		    ? probe_ok("uname says %s", u.machine)
		    : probe_wrong("uname still says x86_64"));
}

static PROBE(personality_uname26)
{
	struct utsname u;

	NEED(personality(UNAME26));
	NEED(uname(&u));
	return (strncmp(u.release, "2.6.", 4) == 0
		    ? probe_ok("uname says %s", u.release)
		    : probe_wrong("uname says %s", u.release));
}

static PROBE(prctl_oom_score)
{
	char got[32];

	/* What a daemon does for its builders; raising needs no privilege. */
	if (!util_write("/proc/self/oom_score_adj", "500"))
		return (errno == ENOENT ? probe_absent("no such file")
					: probe_errno(errno, "write"));
	NEED_TRUE(util_read("/proc/self/oom_score_adj", got, sizeof(got)));
	return (
	    atoi(got) == 500 ? probe_ok(NULL) : probe_wrong("it says %s", got));
}
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW_KV("process.prctl-header", "sys/prctl.h",
	    "the header is there", prctl_header, 0, "feature.sys_prctl_h"),
	ROW("process.prctl-name", "PR_SET_NAME",
	    "the name shows, cut to 15 bytes", ON_LINUX(prctl_name), 0),
	ROW("process.prctl-pdeathsig", "PR_SET_PDEATHSIG",
	    "a child dies with its parent", ON_LINUX(prctl_pdeathsig), 0),
	ROW("process.prctl-pdeathsig-fork", "PR_GET_PDEATHSIG",
	    "a child does not inherit it", ON_LINUX(prctl_pdeathsig_fork), 0),
	ROW("process.prctl-subreaper", "PR_SET_CHILD_SUBREAPER",
	    "orphans of descendants become ours to wait for",
	    ON_LINUX(prctl_subreaper), 0),
	ROW("process.prctl-get-subreaper", "PR_GET_CHILD_SUBREAPER",
	    "the setting shows and is not inherited",
	    ON_LINUX(prctl_get_subreaper), 0),
	ROW("process.prctl-no-new-privs", "PR_SET_NO_NEW_PRIVS",
	    "no privilege by exec, for good",
	    ON_LINUX(prctl_no_new_privs), 0),
	ROW("process.prctl-dumpable", "PR_SET_DUMPABLE",
	    "a process that is not dumpable closes its memory",
	    ON_LINUX(prctl_dumpable), 0),
	ROW("process.prctl-get-dumpable", "PR_GET_DUMPABLE",
	    "the value that only the system sets is refused",
	    ON_LINUX(prctl_dumpable_value), 0),
	ROW("process.prctl-keepcaps", "PR_SET_KEEPCAPS",
	    "the setting shows", ON_LINUX(prctl_keepcaps), 0),
	ROW("process.prctl-timerslack", "PR_SET_TIMERSLACK",
	    "the setting shows", ON_LINUX(prctl_timerslack), 0),
	ROW("process.prctl-thp", "PR_SET_THP_DISABLE",
	    "the setting shows", ON_LINUX(prctl_thp), 0),
	ROW("process.prctl-tsc", "PR_SET_TSC",
	    "reading the time-stamp counter is forbidden",
	    ON_LINUX(prctl_tsc), 0),
	ROW("process.prctl-ptracer", "PR_SET_PTRACER",
	    "any process may be allowed to trace",
	    ON_LINUX(prctl_ptracer), 0),
	ROW("process.prctl-speculation", "PR_SET_SPECULATION_CTRL",
	    "the store-bypass setting shows",
	    ON_LINUX(prctl_speculation), 0),
	ROW("process.prctl-io-flusher", "PR_SET_IO_FLUSHER",
	    "accepted from root", ON_LINUX(prctl_io_flusher), PROBE_ROOT),
	ROW("process.prctl-unknown", "prctl",
	    "an option that does not exist is EINVAL",
	    ON_LINUX(prctl_unknown), 0),
	ROW("process.personality-aslr", "ADDR_NO_RANDOMIZE",
	    "programs get the same addresses each time",
	    ON_LINUX(personality_aslr), 0),
	ROW("process.personality-linux32", "PER_LINUX32",
	    "uname names the 32-bit machine",
	    ON_LINUX(personality_linux32), 0),
	ROW("process.personality-uname26", "UNAME26",
	    "uname names a release of 2.6",
	    ON_LINUX(personality_uname26), 0),
	ROW("process.oom-score-adj", "/proc/self/oom_score_adj",
	    "a process offers itself to the out-of-memory killer",
	    ON_LINUX(prctl_oom_score), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_prctl = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
