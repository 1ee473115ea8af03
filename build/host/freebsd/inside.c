/*
 * The build's first process and, forked from it, the builder up to its
 * exec.  There is no process 1 in a jail: the first process stays outside,
 * as root, where the builder can neither see nor signal it, reaps all that
 * the builder leaves behind, and ends the jail with the builder or when the
 * executor is gone.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/procctl.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

enum { STEPS_MAX = 32, EXIT_SETUP = 127 };

/*
 * What the builder's process tells the first one.  It is a vfork(2): until
 * the exec it runs in the first process's memory, which waits meanwhile.
 */
struct setup {
	struct host_job *job;
	const struct host_start *start;
	int null_fd;
	size_t at;		/* the step that it is at */
	uint64_t ns[STEPS_MAX]; /* of each step done, from start->first */
	struct error error;	/* step[0] == '\0': none */
	bool failed;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	if (number == SIGTERM)
		stopped = 1;
}

/* ---- the builder, until exec ---- */

static bool
enter_root(const struct host_job *job, struct error *e)
{
	/* jail_attach_jd(2) loses a reference on 15.1. */
	if (jail_attach(job->jid) != 0)
		return (fail(e, errno, "enter jail", job->plan->root, NULL));
	return (!network_is_own(job->plan) || network_configure(job, e));
}

/*
 * exec makes caught signals the default and leaves ignored ones, of which
 * there are few: one question instead of a call for each signal.
 */
static void
default_signals(void)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid() }, number;
	struct kinfo_proc self;
	size_t len = sizeof(self);
	sigset_t none;

	if (sysctl(mib, 4, &self, &len, NULL, 0) != 0)
		(void)sigfillset(&self.ki_sigignore);
	for (number = 1; number < NSIG; number++)
		if (sigismember(&self.ki_sigignore, number) == 1)
			(void)signal(number, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool
new_session(int null_fd, struct error *e)
{
	int aslr = PROC_ASLR_FORCE_DISABLE;

	if (setsid() < 0)
		return (fail(e, errno, "session", "setsid", NULL));
	if (setlogin("builder") != 0)
		return (fail(e, errno, "session", "setlogin", NULL));
	default_signals();
	(void)umask(022);
	/* Addresses that do not change make builds that do not. */
	(void)procctl(P_PID, getpid(), PROC_ASLR_CTL, &aslr);
	if (dup2(null_fd, STDIN_FILENO) < 0)
		return (fail(e, errno, "session", "/dev/null", NULL));
	closefrom(STDERR_FILENO + 1);
	return (true);
}

static bool
forbid(int command, int value, const char *name, struct error *e)
{
	/* EBUSY: someone traces the executor, who may look on. */
	if (procctl(P_PID, getpid(), command, &value) != 0 && errno != EBUSY)
		return (fail(e, errno, "drop privileges", name, NULL));
	return (true);
}

static bool
drop(const struct step *s, struct error *e)
{
	static const char step[] = "drop privileges";
	gid_t egid, rgid, sgid;
	uid_t euid, ruid, suid;

	if (!forbid(
		PROC_TRACE_CTL, PROC_TRACE_CTL_DISABLE_EXEC, "TRACE_CTL", e))
		return (false);
#ifdef PROC_NO_NEW_PRIVS_CTL
	if (!forbid(PROC_NO_NEW_PRIVS_CTL, PROC_NO_NEW_PRIVS_ENABLE,
		"NO_NEW_PRIVS", e))
		return (false);
#endif
	/* Rules of the executor's login class are not the builder's. */
	if (setloginclass("isthmus") != 0)
		return (fail(e, errno, step, "login class", NULL));
	if (setgroups(0, NULL) != 0)
		return (fail(e, errno, step, "setgroups", NULL));
	if (setresgid(s->gid, s->gid, s->gid) != 0)
		return (fail(e, errno, step, "setresgid", NULL));
	if (setresuid(s->uid, s->uid, s->uid) != 0)
		return (fail(e, errno, step, "setresuid", NULL));
	if (getresuid(&ruid, &euid, &suid) != 0 ||
	    getresgid(&rgid, &egid, &sgid) != 0 || ruid != s->uid ||
	    euid != s->uid || suid != s->uid || rgid != s->gid ||
	    egid != s->gid || sgid != s->gid ||
	    /* Before 15 the effective group counts as one. */
	    getgroups(0, NULL) > 1 || setuid(0) == 0 || seteuid(0) == 0)
		return (fail(e, 0, step, "", "they can be had again"));
	return (true);
}

static bool
run(const struct plan *plan, const struct step *s, struct error *e)
{
	if (chdir(s->source) != 0)
		return (fail(e, errno, "run builder", s->source, NULL));
	(void)execve(s->path, plan->argv, plan->envp);
	(void)fail(e, errno, "run builder", s->path, NULL);
	if (errno == ENOENT)
		return (fail_hint(e,
		    "it, or the interpreter or run-time linker that it "
		    "names, is in none of the inputs"));
	return (false);
}

static bool
inside_step(struct setup *setup, const struct step *s)
{
	struct host_job *job = setup->job;
	struct error *e = &setup->error;

	switch (s->kind) {
	case STEP_ENTER_ROOT:
		return (enter_root(job, e));
	case STEP_LOOPBACK:
		/* Reached only from inside: with STEP_ENTER_ROOT. */
		return (job->jid >= 0 ||
			fail(e, 0, "loopback", "", "there is no jail"));
	case STEP_SESSION:
		return (new_session(setup->null_fd, e));
	case STEP_RLIMITS:
		return (limits_set(job, e));
	case STEP_DROP:
		return (drop(s, e));
	case STEP_RUN:
		return (run(job->plan, s, e));
	default:
		return (
		    fail(e, ENOTSUP, step_kind_name(s->kind), s->path, NULL));
	}
}

static void builder(struct setup *) __attribute__((__noreturn__));

static void
builder(struct setup *setup)
{
	const struct plan *plan = setup->job->plan;
	uint64_t begin;
	size_t i;

	setup->failed = true;
	if (dup2(setup->start->output_fd, STDOUT_FILENO) < 0 ||
	    dup2(setup->start->output_fd, STDERR_FILENO) < 0) {
		(void)fail(&setup->error, errno, "start", "output", NULL);
		_exit(EXIT_SETUP);
	}
	for (i = setup->start->first; i < plan->n; i++) {
		setup->at = i;
		begin = clock_now();
		if (plan->steps[i].kind == STEP_RUN)
			setup->failed = false;
		if (!inside_step(setup, &plan->steps[i])) {
			setup->failed = true;
			_exit(EXIT_SETUP);
		}
		if (i - setup->start->first < STEPS_MAX)
			setup->ns[i - setup->start->first] =
			    clock_now() - begin;
	}
	_exit(EXIT_SETUP);
}

/* ---- the first process ---- */

static int
compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

/* Closes all but standard ones and these. */
static void
close_others(const int *keep, size_t n)
{
	unsigned from = STDERR_FILENO + 1;
	int fds[8];
	size_t i;

	memcpy(fds, keep, n * sizeof(fds[0]));
	qsort(fds, n, sizeof(fds[0]), compare);
	for (i = 0; i < n; i++) {
		if (fds[i] < (int)from)
			continue;
		if ((unsigned)fds[i] > from)
			(void)close_range(from, (unsigned)fds[i] - 1, 0);
		from = (unsigned)fds[i] + 1;
	}
	closefrom((int)from);
}

/*
 * A session of its own: no terminal can signal it.  What is left is the
 * executor's SIGTERM and SIGCHLD, taken while it waits.
 */
static bool
prepare(struct setup *setup, struct error *e)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t blocked;

	(void)sigfillset(&blocked);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) != 0 ||
	    sigaction(SIGCHLD, &act, NULL) != 0 ||
	    sigaction(SIGTERM, &act, NULL) != 0 || setsid() < 0 ||
	    procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL) != 0)
		return (fail(e, errno, "start", "first process", NULL));
	setup->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (setup->null_fd < 0)
		return (fail(e, errno, "start", "/dev/null", NULL));
	return (true);
}

static void
report_failed(const struct setup *setup)
{
	struct report r = { .kind = REPORT_FAILED,
		.number = (int64_t)setup->at };

	r.error = setup->error;
	(void)report_write(setup->start->report_fd, &r);
}

/*
 * The steps that were done, and what came of them: in one write, for each
 * wakes the executor.
 */
static void
report_setup(const struct setup *setup)
{
	size_t i, first = setup->start->first, n = setup->at - first;
	struct report *r = calloc(n + 1, sizeof(*r));

	if (r == NULL) {
		report_failed(setup);
		return;
	}
	for (i = 0; i < n; i++) {
		r[i].kind = REPORT_STEP;
		r[i].number = (int64_t)(first + i);
		r[i].ns = i < STEPS_MAX ? setup->ns[i] : 0;
	}
	r[n].kind = setup->failed ? REPORT_FAILED : REPORT_STARTED;
	r[n].number = (int64_t)setup->at;
	if (setup->failed)
		r[n].error = setup->error;
	(void)write(setup->start->report_fd, r, (n + 1) * sizeof(*r));
	free(r);
}

static int64_t
nanoseconds(const struct timeval *tv)
{
	return ((int64_t)tv->tv_sec * 1000000000 + (int64_t)tv->tv_usec * 1000);
}

static void
report_exited(const struct setup *setup, int status, const struct rusage *ru)
{
	struct report r = { .kind = REPORT_EXITED, .status = status };

	r.user_ns = nanoseconds(&ru->ru_utime);
	r.system_ns = nanoseconds(&ru->ru_stime);
	r.block_read = -1;
	r.block_written = -1;
	(void)report_write(setup->start->report_fd, &r);
}

/* All in the jail, and what the builder has outside of one. */
static void
kill_all(const struct host_job *job)
{
	struct procctl_reaper_kill rk;

	if (job->jid >= 0)
		(void)jail_remove(job->jid);
	memset(&rk, 0, sizeof(rk));
	rk.rk_sig = SIGKILL;
	(void)procctl(P_PID, getpid(), PROC_REAP_KILL, &rk);
}

/* Waits until the builder ends, or it is to end: all die. */
static void
watch(const struct setup *setup, pid_t pid)
{
	struct pollfd life = { .fd = setup->start->life_fd, .events = POLLIN };
	struct rusage ru;
	sigset_t waiting;
	pid_t ended;
	int status;

	(void)sigfillset(&waiting);
	(void)sigdelset(&waiting, SIGCHLD);
	(void)sigdelset(&waiting, SIGTERM);
	for (;;) {
		while ((ended = wait4(-1, &status, WNOHANG, &ru)) > 0) {
			if (ended == pid) {
				report_exited(setup, status, &ru);
				return;
			}
		}
		if (stopped != 0)
			return;
		life.revents = 0;
		if (ppoll(&life, 1, NULL, &waiting) > 0)
			return;
	}
}

void
inside_main(struct host_job *job, const struct host_start *start)
{
	struct setup *setup;
	struct rusage ru;
	int keep[5], status;
	pid_t ended, pid;

	setup = calloc(1, sizeof(*setup));
	if (setup == NULL)
		_exit(EXIT_SETUP);
	setup->job = job;
	setup->start = start;
	setup->at = start->first;
	if (!prepare(setup, &setup->error)) {
		report_failed(setup);
		_exit(EXIT_SETUP);
	}
	keep[0] = start->output_fd;
	keep[1] = start->report_fd;
	keep[2] = start->life_fd;
	keep[3] = start->lock_fd;
	keep[4] = setup->null_fd;
	close_others(keep, nitems(keep));
	pid = vfork();
	if (pid == 0)
		builder(setup);
	if (pid < 0) {
		(void)fail(&setup->error, errno, "start", "builder", NULL);
		report_failed(setup);
		_exit(EXIT_SETUP);
	}
	(void)close(start->output_fd);
	report_setup(setup);
	watch(setup, pid);
	do {
		kill_all(job);
		/* Orphans become ours as their parents die. */
		while ((ended = wait4(-1, &status, 0, &ru)) > 0)
			if (ended == pid)
				report_exited(setup, status, &ru);
	} while (errno == EINTR);
	if (getrusage(RUSAGE_CHILDREN, &job->tally->children) == 0)
		job->tally->valid = true;
	_exit(0);
}
