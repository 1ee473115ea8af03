/*
 * The end of one build: what came of the builder, the collector and what it
 * reports, the undo of all that stood on the host, the result.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/job.h"
#include "build/strings.h"

static void
outcome(struct job *job, enum isth_outcome kind, int status)
{
	job->ended = true;
	job->result.outcome = kind;
	job->result.status = status;
}

/*
 * SIGXCPU comes at the limit, and SIGKILL a second later, to who ignores the
 * first; either may be for another reason, too.
 */
static bool
out_of_time(const struct job *job)
{
	const struct isth_build_result *r = &job->result;
	int64_t limit = job->spec->limits.cpu_s;

	if (limit == SPEC_NONE)
		return (false);
	return (
	    r->term_signal == SIGXCPU ||
	    (r->term_signal == SIGKILL &&
		(r->user_ns.value + r->system_ns.value) / 1000000000 >= limit));
}

/* What the builder's end means, when nothing else ended the build. */
static void
judge(struct job *job)
{
	static const char killed[] = "out of memory? killed from outside?";
	struct isth_build_result *r = &job->result;
	const char *builder = job->spec->builder;
	const long long bytes = (long long)job->spec->limits.memory_bytes;
	bool starved;

	if (job->exited) {
		if (WIFEXITED(job->wait_status))
			r->exit_code = WEXITSTATUS(job->wait_status);
		else if (WIFSIGNALED(job->wait_status))
			r->term_signal = WTERMSIG(job->wait_status);
	}
	if (job->ended)
		return;
	starved = job->spec->limits.memory_bytes != SPEC_NONE &&
		  job->host != NULL && host_out_of_memory(job->host);
	/* With a group that is killed as a whole, the first process is, too. */
	if (starved && (!job->exited || r->term_signal == SIGKILL)) {
		fail(&r->error, 0, "run builder", builder,
		    "more than %lld bytes of memory (limits.memory_bytes)",
		    bytes);
		outcome(job, ISTH_OUTCOME_FAILED, ISTH_STATUS_FAILED);
	} else if (!job->exited) {
		fail(&r->error, 0, "run builder", builder,
		    "the build's first process died");
		fail_hint(&r->error, killed);
		outcome(job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED);
	} else if (out_of_time(job)) {
		fail(&r->error, 0, "run builder", builder,
		    "more than %lld s of processor time (limits.cpu_s)",
		    (long long)job->spec->limits.cpu_s);
		outcome(job, ISTH_OUTCOME_TIMED_OUT, ISTH_STATUS_TIMED_OUT);
	} else if (r->term_signal != 0) {
		fail(&r->error, 0, "run builder", builder, "signal %d (%s)",
		    r->term_signal, strsignal(r->term_signal));
		if (r->term_signal == SIGKILL)
			fail_hint(&r->error, killed);
		outcome(job, ISTH_OUTCOME_FAILED, ISTH_STATUS_FAILED);
	} else if (r->exit_code != 0) {
		fail(&r->error, 0, "run builder", builder, "exit status %d",
		    r->exit_code);
		if (starved)
			fail_hint(&r->error,
			    "a process was killed at %lld bytes of memory "
			    "(limits.memory_bytes)",
			    bytes);
		outcome(job, ISTH_OUTCOME_FAILED, ISTH_STATUS_FAILED);
	}
}

/* ---- the collector ---- */

static bool
collector_start(struct job *job, struct error *e)
{
	return (executor_at(job->executor, "collect", e) &&
		(helper_start(&job->collector, collect_main, job,
		     &job->fds[SOURCE_COLLECT], e) ||
		    fail_context(e, "collect outputs")));
}

/* What there is to do, from what is known by now. */
static unsigned
tasks_of(const struct job *job)
{
	const struct isth_build_options *o = &job->executor->options;

	if (job->ended)
		return (COLLECT_REMOVE);
	if (job->second)
		return (COLLECT_STAGE | COLLECT_COMPARE | COLLECT_REMOVE);
	if (job->collected) /* was held, and the second build agreed */
		return (COLLECT_COMMIT | COLLECT_REMOVE);
	if (o->check)
		return (COLLECT_STAGE);
	return (COLLECT_STAGE | COLLECT_COMMIT | COLLECT_REMOVE);
}

static void collected(struct job *);

void
job_settle(struct job *job)
{
	struct error e = { 0 };

	judge(job);
	if (!job->ended && job->phase == ISTH_PHASE_STOP && job->plan == NULL)
		job->ended = true;
	if (job->journal == NULL) { /* nothing of it is on the host */
		job_clean(job);
		return;
	}
	job->tasks = tasks_of(job);
	job->collected = false;
	job_enter(job, ISTH_PHASE_COLLECT);
	if (collect_is_little(job)) {
		if (executor_at(job->executor, "collect", &e)) {
			collect_here(job);
			collected(job);
			return;
		}
	} else if (collector_start(job, &e)) {
		return;
	}
	if (!job->ended) {
		outcome(job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED);
		job->result.error = e;
	}
	job_clean(job);
}

static void
add_output(struct job *job, size_t i, const char *hash)
{
	const struct isth_build_spec *spec = job->spec;
	struct isth_build_result *r = &job->result;

	if (r->outputs == NULL) {
		r->outputs = calloc(spec->noutputs, sizeof(*r->outputs));
		if (r->outputs == NULL)
			return;
		job->outputs_made = spec->noutputs;
	}
	if (r->outputs[i].name == NULL) {
		r->outputs[i].name = strdup(spec->outputs[i].name);
		if (asprintf(&r->outputs[i].path, "%s%s", spec->host_store,
			strrchr(spec->outputs[i].value, '/')) < 0)
			r->outputs[i].path = NULL;
	}
	if (hash != NULL && asprintf(&r->outputs[i].hash, "%s:%s",
				spec->hash_algorithm, hash) < 0)
		r->outputs[i].hash = NULL;
}

static void
committed(struct job *job)
{
	size_t i;

	for (i = 0; i < job->spec->noutputs; i++)
		add_output(job, i, NULL);
	if (job->result.outputs != NULL)
		job->result.noutputs = job->spec->noutputs;
	outcome(job, ISTH_OUTCOME_BUILT, ISTH_STATUS_BUILT);
}

static void
rejected(struct job *job, const struct report *r)
{
	if (job->ended)
		return;
	outcome(job,
	    r->status == ISTH_STATUS_REFUSED ? ISTH_OUTCOME_NO_RESOURCES
					     : ISTH_OUTCOME_OUTPUT_REJECTED,
	    r->status);
	job->result.error = r->error;
}

/* It is told how the second's builder ended, and what that wrote. */
static void
be_as_second(struct job *first, struct job *second)
{
	struct isth_build_result *r = &first->result;
	char *log = r->log;

	first->as_second = true;
	first->exited = second->exited;
	first->wait_status = second->wait_status;
	r->exit_code = second->result.exit_code;
	r->term_signal = second->result.term_signal;
	r->log_bytes = second->result.log_bytes;
	r->log = second->result.log;
	second->result.log = log;
}

/* The second of a pair is over: the first can go on. */
static void
tell_twin(struct job *job)
{
	struct job *first = job->twin;
	struct isth_build_result *r;

	if (first == NULL || !first->held)
		return;
	first->held = false;
	first->executor->running++;
	r = &first->result;
	(void)strings_copy(&r->left, &job->result.left);
	(void)strings_copy(&r->kept, &job->result.kept);
	if (job->ended && !first->ended) {
		first->ended = true;
		r->outcome = job->result.outcome;
		r->status = job->result.status;
		r->error = job->result.error;
		fail_context(&r->error, "build a second time");
		be_as_second(first, job);
	} else if (!first->ended && job->result.differs.n > 0) {
		(void)strings_copy(&r->differs, &job->result.differs);
		fail(&r->error, 0, "compare two builds", job->spec->name,
		    "%zu paths differ, the first is %s", r->differs.n,
		    r->differs.items[0]);
		outcome(
		    first, ISTH_OUTCOME_OUTPUT_REJECTED, ISTH_STATUS_DIFFERS);
	}
	job_settle(first);
}

static void
ignore(void *context, const char *line)
{
	(void)context;
	(void)line;
}

static bool
all_in_place(const struct job *job)
{
	struct stat st;
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < job->spec->noutputs; i++) {
		snprintf(path, sizeof(path), "%s%s", job->spec->host_store,
		    strrchr(job->spec->outputs[i].value, '/'));
		if (lstat(path, &st) != 0)
			return (false);
	}
	return (true);
}

/*
 * It was killed, perhaps between two renames: the journal tells, and
 * recovery finishes them or throws all away, as if the executor had died.
 */
static void
collector_died(struct job *job)
{
	struct isth_executor *ex = job->executor;
	struct error e = { 0 };
	size_t left = 0;

	journal_destroy(job->journal);
	job->journal = NULL;
	if (!recover_all(ex->state_fd, ex->run_fd, ex->host, false, ignore,
		NULL, &left, &e) ||
	    left > 0)
		strings_addf(&job->result.left,
		    "journal of job %s: see isthmus recover", job->id);
	if ((job->tasks & COLLECT_COMMIT) != 0 && all_in_place(job))
		committed(job);
}

/* What could be collected is. */
static void
collected(struct job *job)
{
	if (job->ended || (job->tasks & COLLECT_REMOVE) != 0) {
		/* A rejected build still has its directories. */
		if ((job->tasks & COLLECT_REMOVE) == 0 &&
		    job->journal != NULL && job->collected) {
			job_settle(job);
			return;
		}
		job_clean(job);
		return;
	}
	if (job->cancelled) { /* while it was being staged */
		outcome(job, ISTH_OUTCOME_CANCELLED, ISTH_STATUS_REFUSED);
		job->result.error = job->executor->cancel_error;
		job_settle(job);
		return;
	}
	/* Staged, and held until a second build has been compared. */
	job->held = true;
	job->executor->running--;
	if (executor_second(job->executor, job) == NULL) {
		job->held = false;
		job->executor->running++;
		fail(&job->result.error, ENOMEM, "build a second time",
		    job->spec->name, NULL);
		outcome(job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED);
		job_settle(job);
	}
}

/* The collector's process has ended, or died. */
static void
collector_ended(struct job *job)
{
	int status;

	job_close(job, SOURCE_COLLECT);
	status = helper_ended(&job->collector);
	if (!job->collected && !job->ended) {
		fail(&job->result.error, 0, "collect outputs", job->spec->name,
		    "the collector ended with status 0x%04x", status);
		outcome(job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED);
		collector_died(job);
	}
	collected(job);
}

void
job_collected(struct job *job, const struct report *r)
{
	switch (r->kind) {
	case REPORT_HASH:
		if (r->number >= 0 && (size_t)r->number < job->spec->noutputs)
			add_output(job, r->number, r->text);
		break;
	case REPORT_DIFFERS:
		strings_addf(&job->result.differs, "%s", r->text);
		break;
	case REPORT_KEPT:
		strings_addf(&job->result.kept, "%s", r->text);
		break;
	case REPORT_LEFT:
		strings_addf(&job->result.left, "%s: %s: %s", r->error.step,
		    r->error.path,
		    r->error.why[0] != '\0' ? r->error.why
					    : strerror(r->error.err));
		break;
	case REPORT_COMMITTED:
		committed(job);
		break;
	case REPORT_REJECTED:
		rejected(job, r);
		break;
	case REPORT_OVER:
		if (job->ended)
			break;
		outcome(job, ISTH_OUTCOME_FAILED, ISTH_STATUS_FAILED);
		job->result.error = r->error;
		break;
	case REPORT_FINISHED:
		job->collected = true;
		break;
	default:
		break;
	}
}

void
job_collect_report(struct job *job)
{
	struct report r;
	int n;

	while ((n = report_read(job->fds[SOURCE_COLLECT], &r)) > 0)
		job_collected(job, &r);
	if (n < 0)
		collector_ended(job);
}

/* ---- clean ---- */

static void
undo_step(struct job *job, const struct step *s)
{
	struct isth_executor *ex = job->executor;
	struct journal_record record = {
		.id = job->id, .name = job->spec->name, .uid = job->plan->uid
	};
	struct journal_entry entry = { s->undo, s->target };
	struct error e = { 0 };
	const char *target = s->target == NULL ? "" : s->target;
	const char *blank = target[0] == '\0' ? "" : " ";

	if (executor_at(ex, undo_kind_name(s->undo), &e) &&
	    (s->undo == UNDO_RELEASE_UID
		    ? users_release(ex->users, job->plan->uid, &e)
		    : undo_do(ex->host, ex->run_fd, &record, &entry, &e))) {
		strings_addf(&job->result.cleaned, "%s%s%s",
		    undo_kind_name(s->undo), blank, target);
		return;
	}
	strings_addf(&job->result.left, "%s%s%s: %s: %s",
	    undo_kind_name(s->undo), blank, target, e.step,
	    e.why[0] != '\0' ? e.why : strerror(e.err));
}

static void
undo_all(struct job *job)
{
	struct error e = { 0 };
	size_t i;

	for (i = job->plan->n; i > 0; i--) {
		if (job->plan->steps[i - 1].undo != UNDO_NONE)
			undo_step(job, &job->plan->steps[i - 1]);
	}
	if (job->result.left.n == 0) {
		if (!journal_remove(job->journal, &e))
			strings_addf(&job->result.left, "%s: %s", e.step,
			    strerror(e.err));
	}
	/* With something left, recovery finds it in the journal. */
	journal_destroy(job->journal);
	job->journal = NULL;
}

void
job_clean(struct job *job)
{
	struct isth_executor *ex = job->executor;
	struct error e = { 0 };
	int fd = -1;

	job_enter(job, ISTH_PHASE_CLEAN);
	if (job->journal != NULL)
		undo_all(job);
	else if (job->has_uid)
		(void)users_release(ex->users, job->result.uid, &e);
	if (job->log == NULL) {
		job_finish(job);
		return;
	}
	if (!job->as_second)
		job->result.log_bytes =
		    (struct isth_measure){ log_bytes(job->log), "" };
	if (!log_close(job->log, ex->options.log_compression, &fd, &e))
		strings_addf(&job->result.left, "%s: %s", e.step,
		    e.why[0] != '\0' ? e.why : strerror(e.err));
	if (fd >= 0)
		job->fds[SOURCE_LOG] = fd;
	else
		job_finish(job);
}

void
job_finish(struct job *job)
{
	struct isth_executor *ex = job->executor;
	char *log;

	if (job->log != NULL && !job->as_second &&
	    asprintf(&log, "%s/logs/%s", ex->state, log_name(job->log)) >= 0) {
		free(job->result.log);
		job->result.log = log;
	}
	ex->running--;
	job_enter(job, ISTH_PHASE_DONE);
	if (job->second)
		tell_twin(job);
	else
		executor_event(ex, job, ISTH_EVENT_RESULT, NULL, 0);
}
