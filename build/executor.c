/*
 * The executor: a queue of builds, one poll over all of their descriptors
 * and deadlines, and the public interface.  What happens to one build is in
 * job.c.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/job.h"

enum { POOL_FIRST = 35001, POOL_LAST = 35032 };

/* ---- create and destroy ---- */

static bool
options_copy(struct isth_build_options *to,
    const struct isth_build_options *from, struct error *e)
{
	*to = *from;
	to->state = to->keep_in = to->network_bridge = NULL;
	if (to->jobs == 0)
		to->jobs = 1;
	if (to->pool_first == 0 && to->pool_last == 0) {
		to->pool_first = POOL_FIRST;
		to->pool_last = POOL_LAST;
	}
	/* The low ones are people's and the system's. */
	if (to->pool_first < 1000 || to->pool_last < to->pool_first ||
	    to->pool_last - to->pool_first >= 65536)
		return (fail(e, 0, "read options", "uid pool",
		    "%u to %u is not a range of at most 65,536 uids over "
		    "1000",
		    (unsigned)to->pool_first, (unsigned)to->pool_last));
	if (from->keep_in != NULL && from->keep_in[0] != '/')
		return (fail(e, 0, "read options", from->keep_in,
		    "where failed builds are kept is not absolute"));
	if ((from->state != NULL &&
		(to->state = strdup(from->state)) == NULL) ||
	    (from->keep_in != NULL &&
		(to->keep_in = strdup(from->keep_in)) == NULL) ||
	    (from->network_bridge != NULL &&
		(to->network_bridge = strdup(from->network_bridge)) == NULL))
		return (fail(e, ENOMEM, "read options", NULL, NULL));
	return (log_compression_check(to->log_compression, e));
}

static void
note(void *context, const char *line)
{
	executor_event(context, NULL, ISTH_EVENT_NOTE, line, 0);
}

static void
ignore(void *context, const char *line)
{
	(void)context;
	(void)line;
}

/* What a dead executor left is undone before anything new begins. */
static bool
executor_recover(struct isth_executor *ex, struct error *e)
{
	size_t left;

	return (recover_all(ex->state_fd, ex->run_fd, ex->host, false,
	    ex->options.event == NULL ? ignore : note, ex, &left, e));
}

static bool
executor_open(struct isth_executor *ex,
    const struct isth_build_options *options, struct error *e)
{
	ex->created_at = clock_now();
	ex->state_fd = ex->run_fd = ex->logs_fd = ex->jobs_fd = -1;
	if (!options_copy(&ex->options, options, e))
		return (false);
	ex->self_start = host_process_start(getpid());
	ex->host = host_create(&ex->options, e);
	if (ex->host == NULL)
		return (false);
	if (ex->options.look)
		return (state_look(ex, e));
	if (!state_open(ex, e) || !executor_recover(ex, e))
		return (false);
	ex->stores = stores_open(ex->state_fd, e);
	if (ex->stores == NULL)
		return (false);
	if (!host_traits(ex->host)->root)
		return (true);
	ex->users = users_create(ex->run_fd, ex->options.pool_first,
	    ex->options.pool_last, ex->host, e);
	return (ex->users != NULL);
}

struct isth_executor *
isth_executor_create(const struct isth_build_options *options, struct error *e)
{
	struct isth_executor *ex;
	struct error own = { 0 };

	if (e == NULL)
		e = &own;
	ex = calloc(1, sizeof(*ex));
	if (ex == NULL) {
		fail(e, ENOMEM, "create executor", NULL, NULL);
		return (NULL);
	}
	if (!executor_open(ex, options, e)) {
		isth_executor_destroy(ex);
		return (NULL);
	}
	return (ex);
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void
isth_executor_destroy(struct isth_executor *ex)
{
	struct error e = { 0 };

	if (ex == NULL)
		return;
	ex->closing = true;
	if (ex->njobs > 0) {
		isth_executor_cancel(ex, "the executor was destroyed");
		(void)isth_executor_run(ex, -1, &e);
	}
	users_destroy(ex->users);
	stores_close(ex->stores);
	host_destroy(ex->host);
	close_fd(ex->jobs_fd);
	close_fd(ex->logs_fd);
	close_fd(ex->run_fd);
	close_fd(ex->state_fd);
	free(ex->jobs);
	free(ex->polls);
	free(ex->entries);
	free(ex->state);
	free((char *)(uintptr_t)ex->options.state);
	free((char *)(uintptr_t)ex->options.keep_in);
	free((char *)(uintptr_t)ex->options.network_bridge);
	free(ex);
}

void
executor_edit_plans(struct isth_executor *ex,
    void (*edit)(void *context, struct plan *), void *context)
{
	ex->edit = edit;
	ex->edit_context = context;
}

void
executor_watch_points(struct isth_executor *ex,
    int (*at)(void *context, const char *point), void *context)
{
	ex->at = at;
	ex->at_context = context;
}

bool
executor_at(struct isth_executor *ex, const char *point, struct error *e)
{
	int err;

	if (ex->at == NULL)
		return (true);
	err = ex->at(ex->at_context, point);
	return (err == 0 || fail(e, err, point, NULL, "injected"));
}

/* ---- events ---- */

void
executor_event(struct isth_executor *ex, const struct job *job,
    enum isth_event_kind kind, const char *text, uint64_t ns)
{
	struct isth_build_event event = {
		.kind = kind,
		.name = job == NULL ? "" : job->spec->name,
		.id = job == NULL ? "" : job->id,
		.phase = job == NULL ? ISTH_PHASE_QUEUED : job->phase,
		.at_s = clock_since_ms(ex->created_at) / 1000,
		.text = text,
		.ns = ns,
		.result = kind == ISTH_EVENT_RESULT ? &job->result : NULL,
	};

	if (ex->options.event == NULL)
		return;
	ex->telling++;
	ex->options.event(ex->options.context, &event);
	ex->telling--;
}

/* ---- the queue ---- */

static bool
executor_insert(
    struct isth_executor *ex, struct job *job, size_t at, struct error *e)
{
	struct job **jobs;

	jobs = reallocarray(ex->jobs, ex->njobs + 1, sizeof(*jobs));
	if (jobs == NULL)
		return (fail(e, ENOMEM, "queue build", job->spec->name, NULL));
	ex->jobs = jobs;
	memmove(jobs + at + 1, jobs + at, (ex->njobs - at) * sizeof(*jobs));
	jobs[at] = job;
	ex->njobs++;
	if (at < ex->begun)
		ex->begun++;
	return (true);
}

struct job *
executor_second(struct isth_executor *ex, struct job *first)
{
	struct error e = { 0 };
	struct job *second;
	size_t i;

	second = job_create(ex, first->spec, &e);
	if (second == NULL)
		return (NULL);
	for (i = 0; i < ex->njobs && ex->jobs[i] != first; i++)
		continue;
	if (!executor_insert(ex, second, i + 1, &e)) {
		job_destroy(second);
		return (NULL);
	}
	second->second = true;
	second->twin = first;
	first->twin = second;
	return (second);
}

/* Two builds of one output: the later one could only be thrown away. */
static bool
check_queue(const struct isth_executor *ex, const struct isth_build_spec *s,
    struct error *e)
{
	const struct isth_build_spec *other;
	char at[300];
	size_t i, j, k;

	for (i = 0; i < ex->njobs; i++) {
		other = ex->jobs[i]->spec;
		if (ex->jobs[i]->phase == ISTH_PHASE_DONE ||
		    strcmp(other->host_store, s->host_store) != 0)
			continue;
		for (j = 0; j < s->noutputs; j++) {
			for (k = 0; k < other->noutputs; k++) {
				if (strcmp(s->outputs[j].value,
					other->outputs[k].value) != 0)
					continue;
				snprintf(at, sizeof(at), "%s: $.outputs.%s",
				    s->origin, s->outputs[j].name);
				return (fail(e, 0, "queue build", at,
				    "%s is an output of %s too",
				    s->outputs[j].value, other->name));
			}
		}
	}
	return (true);
}

/* A store that anybody may rename things in is no place for a build. */
static bool
check_store(const struct isth_build_spec *spec, struct error *e)
{
	struct stat st;
	char at[300];

	snprintf(at, sizeof(at), "%s: $.store", spec->origin);
	if (stat(spec->host_store, &st) != 0)
		return (fail(e, errno, "check store", at, "%s: %s",
		    spec->host_store, strerror(errno)));
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
		fail(e, 0, "check store", at,
		    "%s: anybody may rename what is in it (mode %04o)",
		    spec->host_store, (unsigned)(st.st_mode & 07777));
		return (fail_hint(e, "chmod o-w %s", spec->host_store));
	}
	return (true);
}

/* A plan for names that no job has: tells whether there can be one. */
static struct plan *
trial_plan(struct isth_executor *ex, const struct isth_build_spec *spec,
    struct error *e)
{
	return (job_plan(ex, spec, "000000000000", ex->options.pool_first, e));
}

bool
isth_executor_add(struct isth_executor *ex, const struct isth_build_spec *spec,
    struct error *e)
{
	struct error own = { 0 };
	struct plan *plan;
	struct job *job;

	if (e == NULL)
		e = &own;
	if (ex->closing || ex->options.look)
		return (fail(e, 0, "queue build", spec->name,
		    ex->closing ? "the executor is being destroyed"
				: "the executor only looks"));
	if (!spec_check_host(spec, e) || !check_store(spec, e) ||
	    !check_queue(ex, spec, e))
		return (false);
	plan = trial_plan(ex, spec, e);
	if (plan == NULL)
		return (false);
	plan_destroy(plan);
	job = job_create(ex, spec, e);
	if (job == NULL)
		return (false);
	if (!executor_insert(ex, job, ex->njobs, e)) {
		job_destroy(job);
		return (false);
	}
	executor_event(ex, job, ISTH_EVENT_PHASE, NULL, 0);
	return (true);
}

size_t
isth_executor_pending(const struct isth_executor *ex)
{
	return (ex->njobs);
}

bool
isth_executor_explain(struct isth_executor *ex,
    const struct isth_build_spec *spec, bool json, FILE *out, struct error *e)
{
	const struct host_traits *traits = host_traits(ex->host);
	struct error own = { 0 };
	struct plan *plan;
	bool ok;

	if (e == NULL)
		e = &own;
	if (!spec_check_host(spec, e) || !check_store(spec, e))
		return (false);
	plan = trial_plan(ex, spec, e);
	if (plan == NULL)
		return (false);
	ok = json ? plan_render_json(plan, traits, out, e)
		  : plan_render_text(plan, traits, out, e);
	plan_destroy(plan);
	return (ok);
}

static void
end_cancelled(struct isth_executor *ex)
{
	size_t i;

	ex->cancel_waits = false;
	ex->begun = ex->njobs;
	for (i = 0; i < ex->njobs; i++) {
		if (ex->jobs[i]->cancelled)
			job_end(ex->jobs[i], ISTH_OUTCOME_CANCELLED,
			    ISTH_STATUS_REFUSED, &ex->cancel_error);
	}
}

/*
 * An event comes from the midst of a build's change from one phase to the
 * next: what it cancels ends when that is done.
 */
void
isth_executor_cancel(struct isth_executor *ex, const char *why)
{
	size_t i;

	fail(&ex->cancel_error, 0, "build", NULL, "cancelled: %s", why);
	for (i = 0; i < ex->njobs; i++)
		ex->jobs[i]->cancelled = true;
	ex->cancel_waits = true;
	if (ex->telling == 0)
		end_cancelled(ex);
}

/* ---- polling ---- */

static bool
polls_grow(struct isth_executor *ex)
{
	size_t size = (ex->begun + 1) * SOURCE_COUNT;
	struct poll_entry *entries;
	struct pollfd *polls;

	if (size <= ex->polls_size)
		return (true);
	polls = reallocarray(ex->polls, size, sizeof(*polls));
	if (polls == NULL)
		return (false);
	ex->polls = polls;
	entries = reallocarray(ex->entries, size, sizeof(*entries));
	if (entries == NULL)
		return (false);
	ex->entries = entries;
	ex->polls_size = size;
	return (true);
}

void
isth_executor_hold(struct isth_executor *ex, bool hold)
{
	size_t i;

	if (ex->held == hold)
		return;
	ex->held = hold;
	for (i = 0; i < ex->begun; i++)
		ex->jobs[i]->output_at = clock_now();
}

/* Fills polls and entries; false without memory: the old ones stand. */
static bool
polls_fill(struct isth_executor *ex)
{
	struct job *job;
	size_t i;
	int s;

	if (!polls_grow(ex))
		return (false);
	ex->npolls = 0;
	for (i = 0; i < ex->begun; i++) {
		job = ex->jobs[i];
		for (s = 0; s < SOURCE_COUNT; s++) {
			/*
			 * Two or three reports wait in their pipe until the
			 * first process has ended, which is soon behind the
			 * last one; only a trace is more than fits.
			 */
			if (job->fds[s] < 0 ||
			    (s == SOURCE_REPORT && !ex->options.trace) ||
			    (s == SOURCE_OUTPUT && ex->held))
				continue;
			ex->polls[ex->npolls] =
			    (struct pollfd){ job->fds[s], POLLIN, 0 };
			ex->entries[ex->npolls++] =
			    (struct poll_entry){ job, s };
		}
	}
	return (true);
}

static int
next_timeout(const struct isth_executor *ex)
{
	uint64_t next = ex->retry_at, at, now;
	size_t i;

	if (ex->cancel_waits || queue_waits(ex))
		return (0);
	for (i = 0; i < ex->begun; i++) {
		at = job_next(ex->jobs[i]);
		if (at != 0 && (next == 0 || at < next))
			next = at;
	}
	if (next == 0)
		return (-1);
	now = clock_now();
	if (next <= now)
		return (0);
	/* Up: a deadline that has not come must not spin. */
	at = (next - now + 999999) / 1000000;
	return (at < INT_MAX ? (int)at : INT_MAX);
}

size_t
isth_executor_poll(
    struct isth_executor *ex, struct pollfd *fds, size_t n, int *timeout_ms)
{
	int own;

	if (polls_fill(ex) && n > 0)
		memcpy(fds, ex->polls,
		    (n < ex->npolls ? n : ex->npolls) * sizeof(*fds));
	own = next_timeout(ex);
	if (own >= 0 && (*timeout_ms < 0 || own < *timeout_ms))
		*timeout_ms = own;
	return (ex->npolls);
}

/* Ends what is to end, and starts what can be. */
static void
start(struct isth_executor *ex, uint64_t now)
{
	if (ex->cancel_waits)
		end_cancelled(ex);
	queue_sweep(ex);
	queue_start(ex, now);
	queue_sweep(ex);
}

/* After poll(2) on the filled polls. */
static void
serve(struct isth_executor *ex)
{
	struct poll_entry *entry;
	uint64_t now, at;
	size_t i;

	for (i = 0; i < ex->npolls; i++) {
		entry = &ex->entries[i];
		if (ex->polls[i].revents == 0 ||
		    entry->job->fds[entry->source] != ex->polls[i].fd)
			continue;
		job_ready(entry->job, entry->source, ex->polls[i].revents);
	}
	now = clock_now();
	for (i = 0; i < ex->begun; i++) {
		at = job_next(ex->jobs[i]);
		if (at != 0 && at <= now)
			job_tick(ex->jobs[i], now);
	}
	start(ex, now);
}

bool
isth_executor_dispatch(struct isth_executor *ex, struct error *e)
{
	if (!polls_fill(ex))
		return (fail(e, ENOMEM, "poll builds", NULL, NULL));
	if (poll(ex->polls, ex->npolls, 0) < 0 && errno != EINTR)
		return (fail(e, errno, "poll builds", NULL, NULL));
	serve(ex);
	return (true);
}

bool
isth_executor_run(struct isth_executor *ex, int wake, struct error *e)
{
	int n;

	start(ex, clock_now());
	while (ex->njobs > 0) {
		if (!polls_fill(ex))
			return (fail(e, ENOMEM, "poll builds", NULL, NULL));
		ex->polls[ex->npolls] = (struct pollfd){ wake, POLLIN, 0 };
		n = poll(ex->polls, ex->npolls + (wake >= 0), next_timeout(ex));
		if (n < 0 && errno != EINTR)
			return (fail(e, errno, "poll builds", NULL, NULL));
		if (wake >= 0 && n > 0 && ex->polls[ex->npolls].revents != 0)
			return (true);
		if (n >= 0)
			serve(ex);
	}
	return (true);
}

bool
isth_recover(const struct isth_build_options *options, bool dry_run,
    void (*tell)(void *context, const char *line), void *context, size_t *left,
    struct error *e)
{
	struct isth_executor ex = { .options = *options };
	bool ok;

	*left = 0;
	ex.state_fd = ex.run_fd = ex.logs_fd = ex.jobs_fd = -1;
	ex.host = host_create(options, e);
	if (ex.host != NULL && state_missing(&ex)) {
		host_destroy(ex.host);
		return (options->state == NULL ||
			fail(e, ENOENT, "open state directory", options->state,
			    NULL));
	}
	ok = ex.host != NULL && state_open(&ex, e) &&
	     recover_all(ex.state_fd, ex.run_fd, ex.host, dry_run, tell,
		 context, left, e);
	host_destroy(ex.host);
	close_fd(ex.jobs_fd);
	close_fd(ex.logs_fd);
	close_fd(ex.run_fd);
	close_fd(ex.state_fd);
	free(ex.state);
	return (ok);
}
