/* While the builder runs: its output, its reports, its deadlines. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/job.h"

static void
line(void *context, const char *text)
{
	struct job *job = context;

	executor_event(job->executor, job, ISTH_EVENT_LINE, text, 0);
}

/* What was written without a line end is a line too. */
static void
last_line(struct job *job)
{
	if (job->log_open && job->executor->options.lines)
		(void)log_add(job->log, "", 0, line, job, NULL);
}

void
job_output(struct job *job)
{
	char *buf = job->executor->read_buffer;
	struct error e = { 0 };
	bool drain = job->phase != ISTH_PHASE_RUN;
	ssize_t n;

	do {
		n = read(job->fds[SOURCE_OUTPUT], buf, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			last_line(job);
			job_close(job, SOURCE_OUTPUT);
			return;
		}
		job->output_at = clock_now();
		if (!job->log_open)
			continue;
		if (log_add(job->log, buf, (size_t)n,
			job->executor->options.lines ? line : NULL, job, &e))
			continue;
		job->log_open = false;
		if (e.err == EFBIG)
			job_end(job, ISTH_OUTCOME_LOG_LIMIT, ISTH_STATUS_FAILED,
			    &e);
		else
			job_end(job, ISTH_OUTCOME_NO_RESOURCES,
			    ISTH_STATUS_REFUSED, &e);
		/* It may have gone on to its end. */
		if (job->fds[SOURCE_OUTPUT] < 0)
			return;
	} while (drain);
}

/* ---- reports ---- */

/* True for a step that fails because of what the spec names. */
static bool
is_input(const struct step *s, int err)
{
	switch (s->kind) {
	case STEP_MOUNT_INPUT:
	case STEP_MAKE_DEVICE:
		return (err == ENOENT || err == ENOTDIR);
	case STEP_RUN:
		return (err == ENOENT || err == EACCES || err == ENOEXEC ||
			err == ENOTDIR || err == ELOOP || err == E2BIG);
	default:
		return (false);
	}
}

static void
step_failed(struct job *job, const struct report *r)
{
	bool input = r->number >= 0 && (size_t)r->number < job->plan->n &&
		     is_input(&job->plan->steps[r->number], r->error.err);

	job_end(job,
	    input ? ISTH_OUTCOME_INPUT_REJECTED : ISTH_OUTCOME_NO_RESOURCES,
	    input ? ISTH_STATUS_BAD_SPEC : ISTH_STATUS_REFUSED, &r->error);
}

static void
known(struct isth_measure *m, int64_t value)
{
	if (value >= 0)
		*m = (struct isth_measure){ value, "" };
}

static void
exited(struct job *job, const struct report *r)
{
	job->exited = true;
	job->wait_status = r->status;
	known(&job->result.user_ns, r->user_ns);
	known(&job->result.system_ns, r->system_ns);
	known(&job->result.block_read_bytes, r->block_read);
	known(&job->result.block_written_bytes, r->block_written);
	known(&job->result.processes, r->number);
}

void
job_report(struct job *job)
{
	struct report r;
	int n;

	n = report_read(job->fds[SOURCE_REPORT], &r);
	if (n == 0 && job->phase == ISTH_PHASE_RUN)
		return;
	if (n <= 0) {
		job_close(job, SOURCE_REPORT);
		return;
	}
	switch (r.kind) {
	case REPORT_STEP:
		if (r.number >= 0 && (size_t)r.number < job->plan->n)
			executor_event(job->executor, job, ISTH_EVENT_STEP,
			    step_kind_name(job->plan->steps[r.number].kind),
			    r.ns);
		break;
	case REPORT_FAILED:
		r.error.step[sizeof(r.error.step) - 1] = '\0';
		r.error.path[sizeof(r.error.path) - 1] = '\0';
		r.error.why[sizeof(r.error.why) - 1] = '\0';
		r.error.hint[sizeof(r.error.hint) - 1] = '\0';
		step_failed(job, &r);
		break;
	case REPORT_EXITED:
		exited(job, &r);
		break;
	default:
		break;
	}
}

/* ---- deadlines ---- */

static uint64_t
deadline(uint64_t from, int64_t seconds)
{
	return (seconds == SPEC_NONE
		    ? UINT64_MAX
		    : from + (uint64_t)seconds * UINT64_C(1000000000));
}

/* Silence that is not only ours. */
static uint64_t
silence(const struct job *job)
{
	return (job->executor->held
		    ? UINT64_MAX
		    : deadline(job->output_at, job->spec->limits.silent_s));
}

uint64_t
job_next_deadline(const struct job *job)
{
	const struct spec_limits *l = &job->spec->limits;
	uint64_t next, at;

	next = deadline(job->started_at, l->wall_s);
	at = silence(job);
	if (at < next)
		next = at;
	if (job->next_at != 0 && job->next_at < next)
		next = job->next_at;
	return (next == UINT64_MAX ? 0 : next);
}

/* Who wrote while we were at something that took long was not silent. */
static bool
has_written(const struct job *job)
{
	struct pollfd p = { job->fds[SOURCE_OUTPUT], POLLIN, 0 };

	return (poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0);
}

void
job_deadlines(struct job *job, uint64_t now)
{
	const struct spec_limits *l = &job->spec->limits;
	struct error e = { 0 };

	if (deadline(job->started_at, l->wall_s) <= now) {
		fail(&e, 0, "run builder", job->spec->builder,
		    "still running after %lld s (limits.wall_s)",
		    (long long)l->wall_s);
		job_end(job, ISTH_OUTCOME_TIMED_OUT, ISTH_STATUS_TIMED_OUT, &e);
	} else if (silence(job) <= now && has_written(job)) {
		job->output_at = now;
	} else if (silence(job) <= now) {
		fail(&e, 0, "run builder", job->spec->builder,
		    "no output for %lld s (limits.silent_s)",
		    (long long)l->silent_s);
		job_end(job, ISTH_OUTCOME_SILENT, ISTH_STATUS_TIMED_OUT, &e);
	} else if (job->next_at != 0 && job->next_at <= now) {
		measure_tick(job, now);
	}
}
