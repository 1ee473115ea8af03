/*
 * The programs of jobs: when they start, and what is done when they end.
 */
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/jobs_run.h"

#define MS 1000000u
/* Until a program that could not be started is tried again, at least. */
#define FAILED_MIN (100 * MS)
/* How long a program has to end by itself, in steps of 10 ms. */
#define END_STEPS 500

void
job_watch(struct bootstrapd *b, struct service *s)
{
	mach_port_t self = mach_task_self(), port = s->port.port;

	if (s->watched || s->state != SERVICE_HELD || port == MACH_PORT_NULL ||
	    s->job->state != JOB_IDLE)
		return;
	s->watched = true;
	if (mach_port_insert_member(self, port, b->demand) != KERN_SUCCESS ||
	    mach_port_insert_member(self, port, b->all) != KERN_SUCCESS)
		bootstrapd_log("%s: no memory to watch it", s->name);
}

static void
job_watch_all(struct bootstrapd *b, const struct job *job)
{
	struct service *s;

	for (s = job->services; s != NULL; s = s->job_next)
		job_watch(b, s);
}

void
job_want(struct bootstrapd *b, struct job *job)
{
	struct service *s;

	for (s = job->services; s != NULL; s = s->job_next)
		service_unwatch(b, s);
	if (job->state == JOB_IDLE)
		job->state = JOB_WAITS;
}

void
job_demand(struct bootstrapd *b, struct service *s)
{
	job_want(b, s->job);
}

/*
 * An instance that has run goes when nothing of its is left anywhere; the
 * job itself stays.
 */
static bool
instance_collect(struct bootstrapd *b, struct job *job)
{
	mach_msg_type_number_t n;
	mach_port_status_t status;
	const struct service *s;

	if (job->original == NULL || job->state != JOB_IDLE ||
	    job->started == 0)
		return (false);
	for (s = job->services; s != NULL; s = s->job_next) {
		n = MACH_PORT_RECEIVE_STATUS_COUNT;
		if (s->state != SERVICE_HELD)
			return (false);
		if (mach_port_get_attributes(mach_task_self(), s->port.port,
			MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&status,
			&n) == KERN_SUCCESS &&
		    status.mps_msgcount != 0)
			return (false);
	}
	job_destroy(b, job);
	return (true);
}

void
job_service_returned(struct bootstrapd *b, struct service *s)
{
	struct job *job = s->job;

	if (s->reset)
		(void)service_renew(b, s);
	if (!instance_collect(b, job))
		job_watch(b, s);
}

static void
job_start(struct bootstrapd *b, struct job *job)
{
	struct error e = { 0 };

	job->started = clock_now();
	job->due = job->started + job->file->throttle;
	job->state = JOB_RUNS;
	if (b->os->spawn(b->os->arg, job->file, &job->pid, &e))
		return;
	bootstrapd_log_error(&e);
	if (job->file->throttle < FAILED_MIN)
		job->due = job->started + FAILED_MIN;
	job->state = job->file->keep_alive ? JOB_WAITS : JOB_IDLE;
	job_watch_all(b, job);
}

static void
job_ended(struct bootstrapd *b, struct job *job, int status)
{
	job->state = JOB_IDLE;
	job->pid = 0;
	if (job->ends) {
		job_destroy(b, job);
		return;
	}
	if (status != 0)
		bootstrapd_log("%s: ended with status %#x", job->file->label,
		    (unsigned int)status);
	if (job->file->keep_alive && job->original == NULL)
		job_want(b, job);
	else if (!instance_collect(b, job))
		job_watch_all(b, job);
}

void
jobs_reap(struct bootstrapd *b)
{
	struct job *job;
	pid_t pid;
	int status;

	while (b->os->ended(b->os->arg, &pid, &status)) {
		for (job = b->jobs; job != NULL; job = job->next) {
			if (job->state == JOB_RUNS && job->pid == pid)
				break;
		}
		if (job != NULL)
			job_ended(b, job, status);
	}
}

int
jobs_due(struct bootstrapd *b)
{
	uint64_t now = clock_now(), next = UINT64_MAX;
	struct job *job;

	for (job = b->jobs; job != NULL; job = job->next) {
		if (job->state == JOB_WAITS && job->due <= now)
			job_start(b, job);
		if (job->state == JOB_WAITS && job->due < next)
			next = job->due;
	}
	if (next == UINT64_MAX)
		return (-1);
	if (next <= now)
		return (0);
	return (
	    (next - now) / MS >= 1000 ? 1000 : (int)((next - now) / MS) + 1);
}

static bool
jobs_run(const struct bootstrapd *b)
{
	const struct job *job = b->jobs;

	while (job != NULL && job->state != JOB_RUNS)
		job = job->next;
	return (job != NULL);
}

static void
jobs_kill(struct bootstrapd *b, int signal, int steps)
{
	const struct timespec step = { 0, 10 * MS };
	struct job *job;

	for (job = b->jobs; job != NULL; job = job->next) {
		if (job->state == JOB_RUNS)
			b->os->kill(b->os->arg, job->pid, signal);
	}
	for (; steps > 0; steps--) {
		jobs_reap(b);
		if (!jobs_run(b))
			return;
		(void)nanosleep(&step, NULL);
	}
}

void
jobs_end(struct bootstrapd *b)
{
	jobs_kill(b, SIGTERM, END_STEPS);
	jobs_kill(b, SIGKILL, END_STEPS);
}
