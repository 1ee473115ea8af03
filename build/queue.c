/*
 * The queue of an executor: which build begins when, and which are over.
 *
 * Where the host can, the next build's root is made while those before it
 * still run: making name spaces and taking them down again is more waiting,
 * for other processors, than work.  Such a build is not one of "jobs": its
 * first process waits, and nothing of the builder's runs.
 */
#include <string.h>

#include "build/job.h"

enum { PREPARED_MAX = 2 };

static bool
has_slot(const struct isth_executor *ex)
{
	return (ex->running < ex->options.jobs);
}

bool
queue_waits(const struct isth_executor *ex)
{
	size_t i;

	if (!has_slot(ex))
		return (false);
	if (ex->prepared > 0)
		return (true);
	if (ex->retry_at != 0)
		return (false);
	if (ex->begun < ex->njobs)
		return (true);
	for (i = 0; i < ex->begun; i++) {
		if (ex->jobs[i]->phase == ISTH_PHASE_QUEUED)
			return (true);
	}
	return (false);
}

/* Builds that come next, for when a slot gets free; not for want of a uid. */
static void
prepare(struct isth_executor *ex)
{
	size_t i;

	if (!host_traits(ex->host)->prepares || ex->retry_at != 0)
		return;
	for (i = 0; i < ex->njobs && ex->prepared < PREPARED_MAX; i++) {
		if (ex->jobs[i]->phase != ISTH_PHASE_QUEUED)
			continue;
		if (ex->begun <= i)
			ex->begun = i + 1;
		if (!job_start(ex->jobs[i], true))
			return;
	}
}

void
queue_start(struct isth_executor *ex, uint64_t now)
{
	size_t i;

	if (ex->retry_at != 0 && ex->retry_at <= now)
		ex->retry_at = 0;
	for (i = 0; i < ex->begun && ex->prepared > 0 && has_slot(ex); i++) {
		if (ex->jobs[i]->prepared)
			job_run(ex->jobs[i]);
	}
	for (i = 0; i < ex->njobs && has_slot(ex) && ex->retry_at == 0; i++) {
		if (ex->jobs[i]->phase != ISTH_PHASE_QUEUED)
			continue;
		if (ex->begun <= i)
			ex->begun = i + 1;
		if (!job_start(ex->jobs[i], false))
			ex->retry_at = now + USERS_RETRY_NS;
	}
	if (!has_slot(ex))
		prepare(ex);
}

/* A uid may have become free. */
void
queue_sweep(struct isth_executor *ex)
{
	size_t i, n = 0;

	for (i = 0; i < ex->begun; i++) {
		if (ex->jobs[i]->phase == ISTH_PHASE_DONE) {
			job_destroy(ex->jobs[i]);
			ex->retry_at = 0;
		} else {
			ex->jobs[n++] = ex->jobs[i];
		}
	}
	if (n == ex->begun)
		return;
	memmove(ex->jobs + n, ex->jobs + ex->begun,
	    (ex->njobs - ex->begun) * sizeof(*ex->jobs));
	ex->njobs -= ex->begun - n;
	ex->begun = n;
}
