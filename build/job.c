/*
 * The phases of one build: queued, setup, run, stop, collect, clean, done.
 * Each function moves it as far as it can go without waiting.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/job.h"
#include "build/strings.h"

static const struct isth_measure unknown = { -1, "the build did not run" };

/*
 * The tag of the state directory, and a number that no job of that name has
 * had whose log is still there.
 */
static bool
choose_id(struct isth_executor *ex, const char *name, char id[13])
{
	unsigned char bytes[(13 - 1 - STORES_TAG) / 2];
	char log[NAME_MAX + 1];
	size_t i;

	do {
		if (getentropy(bytes, sizeof(bytes)) != 0)
			return (false);
		snprintf(id, 13, "%s", stores_tag(ex->stores));
		for (i = 0; i < sizeof(bytes); i++)
			snprintf(id + STORES_TAG + 2 * i, 3, "%02x", bytes[i]);
		snprintf(log, sizeof(log), "%s-%s.log", name, id);
	} while (log_exists(ex->logs_fd, log));
	return (true);
}

struct job *
job_create(struct isth_executor *ex, const struct isth_build_spec *spec,
    struct error *e)
{
	struct job *job;
	size_t i;

	job = calloc(1, sizeof(*job));
	if (job == NULL || !choose_id(ex, spec->name, job->id)) {
		fail(e, job == NULL ? ENOMEM : errno, "queue build", spec->name,
		    NULL);
		free(job);
		return (NULL);
	}
	job->executor = ex;
	job->spec = spec;
	for (i = 0; i < SOURCE_COUNT; i++)
		job->fds[i] = -1;
	job->life_fd = job->area_fd = job->disk_fds[0] = job->disk_fds[1] = -1;
	job->collector.life_fd = job->measurer.life_fd = -1;
	job->queued_at = clock_now();
	job->result = (struct isth_build_result){
		.name = spec->name,
		.id = job->id,
		.uid = (uid_t)-1,
		.exit_code = -1,
		.wall_ns = unknown,
		.user_ns = unknown,
		.system_ns = unknown,
		.peak_memory_bytes = unknown,
		.block_read_bytes = unknown,
		.block_written_bytes = unknown,
		.processes = unknown,
		.log_bytes = unknown,
	};
	return (job);
}

static void
result_clear(struct isth_build_result *r, size_t outputs)
{
	size_t i;

	free(r->log);
	for (i = 0; i < outputs; i++) {
		free(r->outputs[i].name);
		free(r->outputs[i].path);
		free(r->outputs[i].hash);
	}
	free(r->outputs);
	strings_clear(&r->kept);
	strings_clear(&r->differs);
	strings_clear(&r->weaker);
	strings_clear(&r->unlimited);
	strings_clear(&r->cleaned);
	strings_clear(&r->left);
}

void
job_close(struct job *job, enum job_source source)
{
	/* The child's belongs to the host. */
	if (job->fds[source] >= 0 && source != SOURCE_CHILD &&
	    source != SOURCE_LOG)
		(void)close(job->fds[source]);
	job->fds[source] = -1;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
job_destroy(struct job *job)
{
	int i;

	measure_stop(job);
	for (i = 0; i < SOURCE_COUNT; i++)
		job_close(job, i);
	close_fd(&job->collector.life_fd);
	close_fd(&job->life_fd);
	close_fd(&job->area_fd);
	close_fd(&job->disk_fds[0]);
	close_fd(&job->disk_fds[1]);
	host_job_destroy(job->host);
	log_destroy(job->log);
	journal_destroy(job->journal);
	plan_destroy(job->plan);
	if (job->twin != NULL)
		job->twin->twin = NULL;
	result_clear(&job->result, job->outputs_made);
	free(job);
}

void
job_enter(struct job *job, enum isth_phase phase)
{
	job->phase = phase;
	job->next_at = 0;
	executor_event(job->executor, job, ISTH_EVENT_PHASE, NULL, 0);
}

/* ---- setup ---- */

static bool
make_directory(const struct step *s, struct error *e)
{
	if (mkdir(s->path, 0700) != 0)
		return (fail(e, errno, "make directory", s->path, NULL));
	/* It is ours alone until here; a set group id comes after chown. */
	if (s->uid != (uid_t)-1 && lchown(s->path, s->uid, s->gid) != 0)
		return (fail(e, errno, "own directory", s->path, NULL));
	if (s->mode != 0700 && chmod(s->path, s->mode) != 0)
		return (fail(e, errno, "make directory", s->path, NULL));
	return (true);
}

/*
 * Nix's garbage collector (from 2.9 on, src/libstore/gc.cc) deletes all that
 * is no store path, but leaves a directory "tmp-..." that is locked.  Where
 * it cannot be locked, all else works.
 */
static void
lock_area(struct job *job)
{
	job->area_fd = open(
	    job->plan->area, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (job->area_fd >= 0)
		(void)flock(job->area_fd, LOCK_EX | LOCK_NB);
}

static bool
open_log(struct job *job, const struct step *s, struct error *e)
{
	const char *base = strrchr(s->path, '/');

	job->log = log_create(job->executor->logs_fd,
	    base == NULL ? s->path : base + 1, job->spec->limits.log_bytes, e);
	if (job->log == NULL)
		return (false);
	job->log_open = true;
	job->result.log = strdup(s->path);
	return (true);
}

static bool
do_step(struct job *job, const struct step *s, struct error *e)
{
	switch (s->kind) {
	case STEP_TAKE_UID: /* before the plan could be made */
		return (true);
	case STEP_MAKE_DIRECTORY:
		if (!make_directory(s, e))
			return (false);
		if (strcmp(s->path, job->plan->area) == 0)
			lock_area(job);
		return (true);
	case STEP_OPEN_LOG:
		return (open_log(job, s, e));
	default:
		return (host_step(job->host, s, e));
	}
}

static size_t
first_inside(const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n && p->steps[i].side != SIDE_INSIDE; i++)
		continue;
	return (i);
}

static bool
do_host_steps(struct job *job, size_t n, struct error *e)
{
	struct isth_executor *ex = job->executor;
	const struct step *s;
	uint64_t start;
	size_t i;

	for (i = 0; i < n; i++) {
		s = &job->plan->steps[i];
		start = clock_now();
		if (!executor_at(ex, step_kind_name(s->kind), e) ||
		    !do_step(job, s, e))
			return (false);
		if (ex->options.trace)
			executor_event(ex, job, ISTH_EVENT_STEP,
			    step_kind_name(s->kind), clock_now() - start);
	}
	return (true);
}

struct pipes {
	int output[2], report[2], life[2];
};

static bool
pipes_open(struct pipes *p, struct error *e)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(p->output, O_CLOEXEC) != 0 ||
	    pipe2(p->report, O_CLOEXEC) != 0 ||
	    pipe2(p->life, O_CLOEXEC) != 0 ||
	    fcntl(p->output[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(p->report[0], F_SETFL, O_NONBLOCK) != 0)
		return (fail(e, errno, "make pipe", NULL, NULL));
	return (true);
}

static void
pipes_close(struct pipes *p)
{
	close_fd(&p->output[0]);
	close_fd(&p->output[1]);
	close_fd(&p->report[0]);
	close_fd(&p->report[1]);
	close_fd(&p->life[0]);
	close_fd(&p->life[1]);
}

/* Takes one end over from the pair. */
static int
take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return (taken);
}

/* The first process makes its name spaces while the host steps are done. */
static bool
start_child(struct job *job, struct pipes *p, bool hold, struct error *e)
{
	struct isth_executor *ex = job->executor;
	struct host_start start = {
		.first = first_inside(job->plan),
		.output_fd = p->output[1],
		.report_fd = p->report[1],
		.life_fd = p->life[0],
		.lock_fd = journal_lock_fd(job->journal),
		.trace = ex->options.trace,
		.hold = hold,
	};
	int *child = &job->fds[SOURCE_CHILD];

	job->fds[SOURCE_OUTPUT] = take(&p->output[0]);
	job->fds[SOURCE_REPORT] = take(&p->report[0]);
	job->life_fd = take(&p->life[1]);
	return (host_spawn(job->host, &start, child, e) &&
		do_host_steps(job, start.first, e) &&
		executor_at(ex, "start", e) &&
		host_start(job->host, &start, child, e));
}

struct plan *
job_plan(struct isth_executor *ex, const struct isth_build_spec *spec,
    const char *id, uid_t uid, struct error *e)
{
	struct plan_names names = {
		.id = id,
		.state = ex->state,
		.uid = uid,
		.gid = uid,
	};
	char *log, *resolv = NULL;
	struct plan *plan;

	if (asprintf(&log, "%s/logs/%s-%s.log", ex->state, spec->name, id) <
	    0) {
		fail(e, ENOMEM, "plan", spec->name, NULL);
		return (NULL);
	}
	if (spec->network == SPEC_NETWORK_FIXED_OUTPUT)
		resolv = host_resolv(ex->host);
	names.log = log;
	names.resolv = resolv;
	plan = plan_create(spec, &names, host_traits(ex->host), e);
	free(log);
	free(resolv);
	return (plan);
}

static bool
make_plan(struct job *job, uid_t uid, struct error *e)
{
	struct isth_executor *ex = job->executor;

	job->plan = job_plan(ex, job->spec, job->id, uid, e);
	if (job->plan == NULL)
		return (false);
	if (ex->edit != NULL)
		ex->edit(ex->edit_context, job->plan);
	(void)strings_copy(&job->result.weaker, &job->plan->weaker);
	(void)strings_copy(&job->result.unlimited, &job->plan->unlimited);
	return (true);
}

static bool
setup(struct job *job, uid_t uid, bool hold, struct error *e)
{
	struct isth_executor *ex = job->executor;
	struct pipes p;
	bool ok;

	if (!executor_at(ex, "plan", e) || !make_plan(job, uid, e) ||
	    !executor_at(ex, "journal", e) ||
	    !stores_reserve(ex->stores, job->spec->host_store, e))
		return (false);
	job->journal =
	    journal_begin(ex->state_fd, job->plan, ex->self_start, e);
	if (job->journal == NULL)
		return (false);
	job->host = host_job_create(ex->host, job->plan, e);
	if (job->host == NULL)
		return (false);
	ok = pipes_open(&p, e) && start_child(job, &p, hold, e);
	pipes_close(&p);
	/* Did the first process fail before, it knows better why. */
	if (!ok && job->fds[SOURCE_REPORT] >= 0)
		job_report(job);
	return (ok);
}

/* From here on it is one of those that run, whatever becomes of it. */
static void
count(struct job *job)
{
	job->executor->running++;
	if (job->prepared)
		job->executor->prepared--;
	job->prepared = false;
}

static void
begin(struct job *job)
{
	struct error e = { 0 };

	job->output_at = clock_now();
	job_enter(job, ISTH_PHASE_RUN);
	if (!measure_begin(job, &e))
		job_end(
		    job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED, &e);
}

void
job_run(struct job *job)
{
	struct error e = { 0 };

	count(job);
	job->started_at = clock_now();
	if (host_run(job->host, &e))
		begin(job);
	else
		job_end(
		    job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED, &e);
}

bool
job_start(struct job *job, bool prepare)
{
	struct isth_executor *ex = job->executor;
	enum users_answer answer = USERS_TAKEN;
	struct error e = { 0 };
	uid_t uid = ex->options.pool_first;

	if (ex->users != NULL)
		answer = users_take(ex->users, &uid, &e);
	if (answer == USERS_BUSY)
		return (false);
	job->prepared = prepare;
	if (prepare)
		ex->prepared++;
	else
		count(job);
	if (answer == USERS_TAKEN) {
		job->has_uid = ex->users != NULL;
		job->result.uid = job->has_uid ? uid : geteuid();
		job_enter(job, ISTH_PHASE_SETUP);
		job->started_at = clock_now();
		if (setup(job, uid, prepare, &e)) {
			if (!prepare)
				begin(job);
			return (true);
		}
	}
	if (prepare)
		count(job);
	job_end(job, ISTH_OUTCOME_NO_RESOURCES, ISTH_STATUS_REFUSED, &e);
	return (true);
}

/* ---- stop ---- */

void
job_end(struct job *job, enum isth_outcome outcome, int status,
    const struct error *e)
{
	bool queued = job->phase == ISTH_PHASE_QUEUED;

	if (job->phase > ISTH_PHASE_STOP && !job->held)
		return; /* what is being collected has an outcome */
	if (!job->ended) {
		job->ended = true;
		job->result.outcome = outcome;
		job->result.status = status;
		if (e != NULL)
			job->result.error = *e;
	}
	if (job->phase == ISTH_PHASE_STOP)
		return;
	if (job->held)
		return; /* the twin, which has the same spec, ends first */
	if (queued || job->prepared)
		count(job);
	job->stop_at = clock_now();
	close_fd(&job->life_fd);
	job_enter(job, ISTH_PHASE_STOP);
	job_stop(job);
}

/* All has died: the last output and reports are in the pipes. */
static void
stopped(struct job *job)
{
	struct isth_measure *wall = &job->result.wall_ns;

	if (job->fds[SOURCE_OUTPUT] >= 0)
		job_output(job);
	while (job->fds[SOURCE_REPORT] >= 0)
		job_report(job);
	job_close(job, SOURCE_OUTPUT);
	job_close(job, SOURCE_CHILD);
	if (job->started_at != 0 && job->host != NULL) {
		host_measure(job->host, &job->result);
		*wall = (struct isth_measure){
			(int64_t)(job->stop_at - job->started_at), ""
		};
	}
	job_settle(job);
}

void
job_stop(struct job *job)
{
	enum host_stop answer = HOST_STOP_DONE;
	struct error e = { 0 };

	measure_stop(job);
	if (!executor_at(job->executor, "stop", &e))
		strings_addf(&job->result.left, "stop: %s", strerror(e.err));
	if (job->host != NULL)
		answer = host_stop(job->host, &e);
	if (answer == HOST_STOP_DONE) {
		stopped(job);
		return;
	}
	if (answer == HOST_STOP_AGAIN &&
	    clock_now() - job->stop_at < STOP_PATIENCE_NS) {
		/* A full pipe must not keep a dying writer alive. */
		if (job->fds[SOURCE_OUTPUT] >= 0)
			job_output(job);
		job->next_at = clock_now() + RETRY_NS;
		return;
	}
	/* What lives could still write: nothing is collected or removed. */
	if (answer == HOST_STOP_AGAIN)
		fail(&e, ETIMEDOUT, "stop build", job->spec->name,
		    "processes do not die");
	strings_addf(&job->result.left, "%s: %s", e.step,
	    e.why[0] != '\0' ? e.why : strerror(e.err));
	job->result.outcome = ISTH_OUTCOME_NO_RESOURCES;
	job->result.status = ISTH_STATUS_REFUSED;
	job->result.error = e;
	job->ended = true;
	journal_destroy(job->journal);
	job->journal = NULL;
	job_finish(job);
}

/* ---- what comes in ---- */

void
job_ready(struct job *job, enum job_source source, short revents)
{
	struct error e = { 0 };

	(void)revents; /* a read tells end of file and errors too */
	switch (source) {
	case SOURCE_OUTPUT:
		job_output(job);
		break;
	case SOURCE_REPORT:
		job_report(job);
		break;
	case SOURCE_CHILD:
		if (job->prepared)
			count(job);
		if (job->phase < ISTH_PHASE_STOP) {
			job->stop_at = clock_now();
			job_enter(job, ISTH_PHASE_STOP);
			close_fd(&job->life_fd);
		}
		if (job->phase == ISTH_PHASE_STOP)
			job_stop(job);
		break;
	case SOURCE_MEASURE:
		measure_report(job);
		break;
	case SOURCE_COLLECT:
		job_collect_report(job);
		break;
	case SOURCE_LOG:
		job_close(job, SOURCE_LOG);
		if (!log_settle(job->log, &e))
			strings_addf(&job->result.left, "%s: %s", e.step,
			    e.why[0] != '\0' ? e.why : strerror(e.err));
		job_finish(job);
		break;
	case SOURCE_COUNT:
		break;
	}
}

void
job_tick(struct job *job, uint64_t now)
{
	if (job->phase == ISTH_PHASE_RUN)
		job_deadlines(job, now);
	else if (job->phase == ISTH_PHASE_STOP)
		job_stop(job);
}

uint64_t
job_next(const struct job *job)
{
	if (job->phase == ISTH_PHASE_RUN)
		return (job_next_deadline(job));
	return (job->phase == ISTH_PHASE_STOP ? job->next_at : 0);
}
