/*
 * Starting a build, and seeing it end.  With a jail that goes when its
 * descriptor does (15), the builder is the executor's own child, in that
 * jail from its first steps on; otherwise a first process stands between
 * (first.c).
 */
#include <sys/mman.h>
#include <sys/procdesc.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

enum { STOP_KILL_MS = 3000, STACK_SIZE = 128 * 1024, REPORTS_MAX = 12 };

/* ---- reports ---- */

/*
 * The steps that were done, when that is asked for, and what came of them:
 * in one write, for each wakes the executor.
 */
bool
setup_report(const struct setup *setup)
{
	struct report r[REPORTS_MAX];
	size_t i, done, n = 0;
	ssize_t len;

	memset(r, 0, sizeof(r));
	done = setup->start->trace ? setup->at - setup->start->first : 0;
	for (i = 0; i < done && n + 1 < nitems(r); i++) {
		r[n].kind = REPORT_STEP;
		r[n].number = (int64_t)(setup->start->first + i);
		r[n++].ns = setup->ns[i];
	}
	r[n].kind = setup->failed ? REPORT_FAILED : REPORT_STARTED;
	r[n].number = (int64_t)setup->at;
	if (setup->failed)
		r[n].error = setup->error;
	n++;
	len = write(setup->start->report_fd, r, n * sizeof(r[0]));
	return (len == (ssize_t)(n * sizeof(r[0])));
}

static int64_t
nanoseconds(const struct timeval *tv)
{
	return ((int64_t)tv->tv_sec * 1000000000 + (int64_t)tv->tv_usec * 1000);
}

bool
setup_report_exit(int report_fd, int status, const struct rusage *ru)
{
	struct report r = { .kind = REPORT_EXITED, .status = status };

	r.number = -1;
	r.user_ns = nanoseconds(&ru->ru_utime);
	r.system_ns = nanoseconds(&ru->ru_stime);
	r.block_read = -1;
	r.block_written = -1;
	return (report_write(report_fd, &r));
}

/* ---- start ---- */

#ifdef SYS_pdrfork
/* First kernel that has pdrfork(2); others end who calls it by SIGSYS. */
enum { OSRELDATE_PDRFORK = 1501000 };

static int
run_builder(void *setup)
{
	inside_builder(setup);
}

/*
 * True when the builder can be our child: all of it is in a jail that ends
 * with us.
 */
static bool
can_be_direct(const struct host_job *job)
{
	const struct plan *plan = job->plan;

	return (job->jail_fd >= 0 && getosreldate() >= OSRELDATE_PDRFORK &&
		plan_find(plan, STEP_ENTER_ROOT) < plan->n);
}

/* A vfork(2) with a process descriptor, which ends it when we are gone. */
static bool
start_direct(struct host_job *job, struct setup *setup, struct error *e)
{
	struct host *host = job->host;

	if (host->stack == NULL)
		host->stack = malloc(STACK_SIZE);
	if (host->stack == NULL)
		return (fail(e, ENOMEM, "start", "builder", NULL));
	/*
	 * Who reads the reports is ourselves: there must never be a wait for
	 * room, of which every pipe has enough without trace.
	 */
	job->report_fd = fcntl(setup->start->report_fd, F_DUPFD_CLOEXEC, 3);
	if (job->report_fd < 0 ||
	    fcntl(job->report_fd, F_SETFL, O_NONBLOCK) != 0)
		return (fail(e, errno, "start", "reports", NULL));
	job->first = pdrfork_thread(&job->child_fd, PD_CLOEXEC, RFSPAWN,
	    host->stack + STACK_SIZE, run_builder, setup);
	if (job->first < 0) {
		job->first = 0;
		return (fail(e, errno, "start", "builder", NULL));
	}
	job->direct = true;
	return (setup_report(setup) ||
		fail(e, ENOBUFS, "start", "reports", "no memory for pipes"));
}
#else
static bool
can_be_direct(const struct host_job *job)
{
	(void)job;
	return (false);
}

static bool
start_direct(struct host_job *job, struct setup *setup, struct error *e)
{
	(void)job;
	(void)setup;
	return (fail(e, ENOSYS, "start", "builder", NULL));
}
#endif

static bool
start_first(struct host_job *job, struct setup *setup, struct error *e)
{
	void *page;
	pid_t pid;

	page = mmap(NULL, sizeof(*job->tally), PROT_READ | PROT_WRITE,
	    MAP_ANON | MAP_SHARED, -1, 0);
	if (page == MAP_FAILED)
		return (fail(e, errno, "start", "memory", NULL));
	job->tally = page;
	/* It outlives us by as long as it takes to end the jail. */
	pid = pdfork(&job->child_fd, PD_CLOEXEC | PD_DAEMON);
	if (pid == 0)
		first_main(setup);
	if (pid < 0)
		return (fail(e, errno, "start", "first process", NULL));
	job->first = pid;
	return (true);
}

bool
host_start(struct host_job *job, const struct host_start *start, int *child_fd,
    struct error *e)
{
	struct setup setup = { .job = job, .start = start, .at = start->first };
	bool ok;

	setup.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (setup.null_fd < 0)
		return (fail(e, errno, "start", "/dev/null", NULL));
	ok = can_be_direct(job) ? start_direct(job, &setup, e)
				: start_first(job, &setup, e);
	(void)close(setup.null_fd);
	*child_fd = job->child_fd;
	return (ok);
}

/* ---- the end ---- */

/* The jail is gone, and with it all but a builder that never got there. */
static void
kill_again(struct host_job *job)
{
	uint64_t now = clock_now();
	bool patient = !job->direct;

	if (job->stops++ == 0)
		job->stop_at = now;
	if (patient && job->stops == 1)
		(void)pdkill(job->child_fd, SIGTERM);
	else if (!patient ||
		 now - job->stop_at > STOP_KILL_MS * UINT64_C(1000000))
		(void)pdkill(job->child_fd, SIGKILL);
}

bool
start_is_over(struct host_job *job)
{
	pid_t pid;
	int status;

	if (job->first == 0 || job->ended)
		return (true);
	pid = wait4(job->first, &status, WNOHANG, &job->usage);
	if (pid == 0) {
		kill_again(job);
		return (false);
	}
	job->counted = pid == job->first;
	/* ECHILD: someone else waited for it. */
	job->ended = job->counted || errno == ECHILD;
	if (job->ended && job->report_fd >= 0) {
		if (job->counted)
			(void)setup_report_exit(
			    job->report_fd, status, &job->usage);
		(void)close(job->report_fd);
		job->report_fd = -1;
	}
	return (job->ended);
}

/* Nothing of a jail may be there before the journal is. */
bool
host_spawn(struct host_job *job, const struct host_start *start, int *child_fd,
    struct error *e)
{
	(void)job;
	(void)start;
	(void)child_fd;
	(void)e;
	return (true);
}

bool
host_run(struct host_job *job, struct error *e)
{
	(void)job;
	(void)e;
	return (true);
}
