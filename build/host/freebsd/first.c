/*
 * The build's first process, where the executor is not the builder's parent
 * itself: before 15, when no descriptor ends the jail with the executor, and
 * for a build without a jail.  It stays outside, as root, where the builder
 * can neither see nor signal it, reaps all that the builder leaves behind,
 * and ends the jail with the builder or when the executor is gone.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/procctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	if (number == SIGTERM)
		stopped = 1;
}

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
prepare(struct error *e)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t blocked;

	(void)sigfillset(&blocked);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) != 0 ||
	    sigaction(SIGCHLD, &act, NULL) != 0 ||
	    sigaction(SIGTERM, &act, NULL) != 0 || setsid() < 0 ||
	    procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL) != 0)
		return (fail(e, errno, "start", "first process", NULL));
	return (true);
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
				(void)setup_report_exit(
				    setup->start->report_fd, status, &ru);
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
first_main(struct setup *setup)
{
	const struct host_start *start = setup->start;
	const int keep[] = { start->output_fd, start->report_fd, start->life_fd,
		start->lock_fd, setup->null_fd };
	struct host_job *job = setup->job;
	struct rusage ru;
	pid_t ended, pid;
	int status;

	setup->failed = true;
	if (!prepare(&setup->error)) {
		(void)setup_report(setup);
		_exit(EXIT_SETUP);
	}
	close_others(keep, nitems(keep));
	pid = vfork();
	if (pid == 0)
		inside_builder(setup);
	if (pid < 0) {
		(void)fail(&setup->error, errno, "start", "builder", NULL);
		(void)setup_report(setup);
		_exit(EXIT_SETUP);
	}
	(void)close(start->output_fd);
	(void)setup_report(setup);
	watch(setup, pid);
	do {
		kill_all(job);
		/* Orphans become ours as their parents die. */
		while ((ended = wait4(-1, &status, 0, &ru)) > 0)
			if (ended == pid)
				(void)setup_report_exit(
				    start->report_fd, status, &ru);
	} while (errno == EINTR);
	if (getrusage(RUSAGE_CHILDREN, &job->tally->children) == 0)
		job->tally->valid = true;
	_exit(0);
}
