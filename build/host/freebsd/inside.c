/*
 * What becomes the builder: the steps inside, up to its exec.  It runs in
 * its parent's memory, a vfork(2) child of the first process or of the
 * executor itself (start.c), and writes what went wrong there.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/procctl.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

static bool
enter_root(const struct host_job *job, struct error *e)
{
	int oom = PPROT_CLEAR;

	/* Nor is a builder spared when memory runs out, as a daemon may be. */
	(void)procctl(P_PID, getpid(), PROC_SPROTECT, &oom);
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
new_session(struct error *e)
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
		return (new_session(e));
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

void
inside_builder(struct setup *setup)
{
	const struct plan *plan = setup->job->plan;
	uint64_t begin;
	size_t i;

	setup->failed = true;
	/* jail_attach(2) refuses who has a directory open, be it as input. */
	if (dup2(setup->start->output_fd, STDOUT_FILENO) < 0 ||
	    dup2(setup->start->output_fd, STDERR_FILENO) < 0 ||
	    dup2(setup->null_fd, STDIN_FILENO) < 0) {
		(void)fail(&setup->error, errno, "start", "output", NULL);
		_exit(EXIT_SETUP);
	}
	closefrom(STDERR_FILENO + 1);
	for (i = setup->start->first; i < plan->n; i++) {
		setup->at = i;
		begin = clock_now();
		if (plan->steps[i].kind == STEP_RUN)
			setup->failed = false;
		if (!inside_step(setup, &plan->steps[i])) {
			setup->failed = true;
			_exit(EXIT_SETUP);
		}
		if (i - setup->start->first < nitems(setup->ns))
			setup->ns[i - setup->start->first] =
			    clock_now() - begin;
	}
	_exit(EXIT_SETUP);
}
