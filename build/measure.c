/*
 * How much a build has on its disk, for limits.disk_bytes.  While its builder
 * runs, the measurer tells, a helper that walks over its files: of names
 * there can be very many.  When the builder is over, the collector does.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/job.h"
#include "build/output.h"

static const char *
place(const struct job *job, size_t i)
{
	return (i == 0 ? job->plan->work : job->plan->store);
}

/* Bytes in use on the file systems that the build writes to. */
static int64_t
used_by_all(const struct job *job)
{
	int64_t all = 0, used;
	size_t i;

	for (i = 0; i < 2; i++) {
		used = host_disk_used(job->disk_fds[i]);
		if (used < 0)
			return (-1);
		all += used;
	}
	return (all);
}

bool
measure_begin(struct job *job, struct error *e)
{
	size_t i;

	if (job->spec->limits.disk_bytes == SPEC_NONE)
		return (true);
	for (i = 0; i < 2; i++) {
		job->disk_fds[i] = open(place(job, i),
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (job->disk_fds[i] < 0)
			return (fail(e, errno, "watch limits.disk_bytes",
			    place(job, i), NULL));
	}
	job->disk_before = used_by_all(job);
	job->next_at = clock_now() + DISK_INTERVAL_NS;
	job->disk_at = clock_now() + DISK_WALK_NS;
	return (true);
}

static bool
within(const struct job *job, int64_t bytes, struct error *e)
{
	return (bytes <= job->spec->limits.disk_bytes ||
		fail(e, EDQUOT, "run builder", job->spec->builder,
		    "more than %lld bytes on disk (limits.disk_bytes)",
		    (long long)job->spec->limits.disk_bytes));
}

/* ---- the measurer ---- */

static void
measurer_main(void *context, int report_fd, int life_fd)
{
	const struct job *job = context;
	const int fds[] = { report_fd, life_fd, job->disk_fds[0],
		job->disk_fds[1] };
	struct report r = { .kind = REPORT_DISK };
	struct error e = { 0 };
	int64_t one;
	size_t i;

	if (!helper_confine(fds, sizeof(fds) / sizeof(fds[0]), life_fd, &e) ||
	    !executor_at(job->executor, "measure", &e))
		return;
	for (i = 0; i < 2; i++) {
		one = output_disk_usage(job->disk_fds[i], false);
		if (one > 0)
			r.number += one;
	}
	(void)report_write(report_fd, &r);
}

/*
 * The walk over a build's files costs, so it is made when its file systems
 * have lost enough since the last for the limit to be passed, and once in a
 * while, because others may give back what it takes.
 */
static bool
is_due(struct job *job, int64_t used, uint64_t now)
{
	if (used < job->disk_before)
		job->disk_before = used;
	return (
	    now >= job->disk_at || used - job->disk_before + job->disk_ours >
				       job->spec->limits.disk_bytes);
}

void
measure_tick(struct job *job, uint64_t now)
{
	int64_t used;
	struct error e = { 0 };

	job->next_at = now + DISK_INTERVAL_NS;
	if (job->measurer.life_fd >= 0 || now < job->disk_rest)
		return;
	used = used_by_all(job);
	if (!is_due(job, used, now))
		return;
	/* What cannot be told now may be told next time. */
	if (!helper_start(&job->measurer, measurer_main, job,
		&job->fds[SOURCE_MEASURE], &e))
		return;
	job->disk_before = used;
	job->disk_walked = now;
}

void
measure_report(struct job *job)
{
	uint64_t now = clock_now();
	struct error e = { 0 };
	struct report r;
	int n;

	n = report_read(job->fds[SOURCE_MEASURE], &r);
	if (n == 0)
		return;
	measure_stop(job);
	/* Half of the time at most, however many names there are. */
	job->disk_rest = now + (now - job->disk_walked);
	job->disk_at = job->disk_rest + DISK_WALK_NS;
	if (n < 0 || r.kind != REPORT_DISK)
		return;
	job->disk_ours = r.number;
	if (!within(job, r.number, &e))
		job_end(job, ISTH_OUTCOME_FAILED, ISTH_STATUS_FAILED, &e);
}

void
measure_stop(struct job *job)
{
	job_close(job, SOURCE_MEASURE);
	helper_kill(&job->measurer);
}

/* ---- at the end ---- */

bool
measure_last(const struct job *job, struct error *e)
{
	static const char step[] = "measure for limits.disk_bytes";
	int64_t all = 0, one;
	size_t i;

	if (job->spec->limits.disk_bytes == SPEC_NONE)
		return (true);
	if (!executor_at(job->executor, "measure", e)) {
		fail_context(e, step);
		return (false);
	}
	for (i = 0; i < 2; i++) {
		one = output_disk_usage(job->disk_fds[i], true);
		if (one < 0)
			return (fail(e, errno, step, place(job, i), NULL));
		all += one;
	}
	return (within(job, all, e));
}
