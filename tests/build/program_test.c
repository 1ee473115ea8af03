/*
 * The executor inside of a program of its own kind, as a daemon is: a loop
 * that polls, threads, events that call back, children of its own.
 */
#include <atf-c.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/lab.h"

static void
note_run(void *context, const struct isth_build_event *event)
{
	bool *runs = context;

	if (event->kind == ISTH_EVENT_PHASE && event->phase == ISTH_PHASE_RUN)
		*runs = true;
}

/* poll(2) takes milliseconds in an int, which is less than 25 days. */
ATF_TC_WITHOUT_HEAD(a_deadline_in_a_month_is_polled_for);
ATF_TC_BODY(a_deadline_in_a_month_is_polled_for, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct isth_executor *ex;
	struct error e = { 0 };
	struct pollfd fds[8];
	bool runs = false;
	int timeout;
	size_t n;

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.event = note_run;
	options.context = &runs;
	ex = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(ex != NULL, "%s: %s", e.step, e.why);
	spec = lab_spec("month", "sleep 100",
	    ", \"limits\": {\"wall_s\": 2592000, \"silent_s\": null}");
	ATF_REQUIRE(isth_executor_add(ex, spec, &e));
	while (!runs) {
		ATF_REQUIRE(isth_executor_dispatch(ex, &e));
		timeout = 1000;
		n = isth_executor_poll(ex, fds, 8, &timeout);
		ATF_REQUIRE(n <= 8 && poll(fds, (nfds_t)n, timeout) >= 0);
	}
	timeout = -1;
	(void)isth_executor_poll(ex, fds, 8, &timeout);
	ATF_CHECK_EQ_MSG(INT_MAX, timeout, "%d", timeout);
	isth_executor_destroy(ex);
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

/* A thread with an executor: one build that writes its letter. */
struct writer {
	pthread_t thread;
	struct isth_executor *executor;
	struct isth_build_spec *spec;
	char name[8], log[512];
};

static void
note_log(void *context, const struct isth_build_event *event)
{
	struct writer *w = context;

	if (event->kind == ISTH_EVENT_RESULT && event->result->log != NULL)
		snprintf(w->log, sizeof(w->log), "%s", event->result->log);
}

static void *
write_letters(void *context)
{
	struct writer *w = context;

	return (isth_executor_run(w->executor, -1, NULL) ? w : NULL);
}

static size_t
count_others(const char *path, int letter)
{
	size_t others = 0;
	FILE *f;
	int c;

	f = fopen(path, "r");
	ATF_REQUIRE_MSG(f != NULL, "%s", path);
	while ((c = getc(f)) != EOF)
		others += c != letter && c != '\n';
	fclose(f);
	return (others);
}

/* What is read of builders is the executor's own, and not the program's. */
ATF_TC_WITHOUT_HEAD(executors_of_two_threads_are_apart);
ATF_TC_BODY(executors_of_two_threads_are_apart, tc)
{
	struct isth_build_options options;
	struct error e = { 0 };
	struct writer w[2];
	char script[128];
	void *ended;
	size_t i;

	(void)tc;
	lab_open();
	for (i = 0; i < 2; i++) {
		snprintf(w[i].name, sizeof(w[i].name), "w%zu", i);
		snprintf(script, sizeof(script),
		    "yes %c%c%c%c | head -c 20000000; echo x >$out",
		    (int)('a' + i), (int)('a' + i), (int)('a' + i),
		    (int)('a' + i));
		options = lab_options(1);
		options.event = note_log;
		options.context = &w[i];
		w[i].spec = lab_spec(w[i].name, script, "");
		w[i].executor = isth_executor_create(&options, &e);
		ATF_REQUIRE_MSG(w[i].executor != NULL, "%s: %s", e.step, e.why);
		ATF_REQUIRE(isth_executor_add(w[i].executor, w[i].spec, &e));
	}
	for (i = 0; i < 2; i++)
		ATF_REQUIRE(pthread_create(
				&w[i].thread, NULL, write_letters, &w[i]) == 0);
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE(pthread_join(w[i].thread, &ended) == 0);
		ATF_CHECK(ended != NULL);
		isth_executor_destroy(w[i].executor);
		isth_build_spec_destroy(w[i].spec);
		ATF_CHECK_EQ(0, count_others(w[i].log, (int)('a' + i)));
	}
	lab_check_clean("after");
}

/* Cancels all at the first event of a kind and phase; counts results. */
struct canceller {
	struct isth_executor *executor;
	enum isth_event_kind kind;
	enum isth_phase phase;
	bool done;
	size_t runs, results, built, left;
};

static void
cancel_at(void *context, const struct isth_build_event *event)
{
	struct canceller *c = context;

	if (event->kind == ISTH_EVENT_RESULT) {
		c->results++;
		c->built += event->result->outcome == ISTH_OUTCOME_BUILT;
		c->left += event->result->left.n;
	}
	c->runs +=
	    event->kind == ISTH_EVENT_PHASE && event->phase == ISTH_PHASE_RUN;
	if (c->done || event->kind != c->kind ||
	    (c->kind == ISTH_EVENT_PHASE && event->phase != c->phase))
		return;
	c->done = true;
	isth_executor_cancel(c->executor, "an event");
}

static struct canceller
run_cancelled(
    enum isth_event_kind kind, enum isth_phase phase, bool check, unsigned jobs)
{
	static const char *const names[] = { "a", "b", "c" };
	struct canceller c = { .kind = kind, .phase = phase };
	struct isth_build_options options = lab_options(jobs);
	struct isth_build_spec *specs[3];
	struct error e = { 0 };
	char remove[600];
	size_t i;

	options.lines = true;
	options.check = check;
	options.event = cancel_at;
	options.context = &c;
	c.executor = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(c.executor != NULL, "%s: %s", e.step, e.why);
	for (i = 0; i < 3; i++) {
		specs[i] =
		    lab_spec(names[i], "echo 1; echo 2; echo x >$out", "");
		ATF_REQUIRE(isth_executor_add(c.executor, specs[i], &e));
	}
	ATF_REQUIRE(isth_executor_run(c.executor, -1, &e));
	isth_executor_destroy(c.executor);
	for (i = 0; i < 3; i++)
		isth_build_spec_destroy(specs[i]);
	ATF_CHECK(c.done);
	ATF_CHECK_EQ_MSG(3, c.results, "%zu results", c.results);
	ATF_CHECK_EQ_MSG(0, c.left, "%zu left", c.left);
	lab_check_clean("after");
	snprintf(remove, sizeof(remove), "rm -rf %s/*", lab_store);
	ATF_REQUIRE_EQ(0, system(remove));
	return (c);
}

/* From whichever event it comes, each build ends once, and all of it. */
ATF_TC(an_event_may_cancel);
ATF_TC_HEAD(an_event_may_cancel, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(an_event_may_cancel, tc)
{
	enum isth_phase phase;
	struct canceller c;

	(void)tc;
	lab_open();
	for (phase = ISTH_PHASE_QUEUED; phase <= ISTH_PHASE_CLEAN; phase++) {
		(void)run_cancelled(ISTH_EVENT_PHASE, phase, false, 1);
		(void)run_cancelled(ISTH_EVENT_PHASE, phase, false, 2);
		c = run_cancelled(ISTH_EVENT_PHASE, phase, true, 1);
		/* Who is queued later, or was compared, is built. */
		ATF_CHECK_EQ_MSG(phase == ISTH_PHASE_QUEUED  ? 2
				 : phase == ISTH_PHASE_CLEAN ? 1
							     : 0,
		    c.built, "%zu built", c.built);
		/* While the first of two is staged: there is no second. */
		if (phase == ISTH_PHASE_COLLECT)
			ATF_CHECK_EQ_MSG(1, c.runs, "%zu runs", c.runs);
	}
	/*
	 * The line may be the last of a build that is over, and so may the
	 * others be that had their end in the same turn.
	 */
	(void)run_cancelled(ISTH_EVENT_LINE, ISTH_PHASE_RUN, false, 3);
}

/* A daemon that tries once more when a build has failed. */
struct retry {
	struct isth_executor *executor;
	struct isth_build_spec *spec;
	size_t results, added;
	struct error error;
};

static void
try_again(void *context, const struct isth_build_event *event)
{
	struct retry *r = context;

	if (event->kind != ISTH_EVENT_RESULT)
		return;
	r->results++;
	if (r->added < 2 && isth_executor_add(r->executor, r->spec, &r->error))
		r->added++;
}

ATF_TC_WITHOUT_HEAD(a_result_may_add_the_build_again);
ATF_TC_BODY(a_result_may_add_the_build_again, tc)
{
	struct isth_build_options options;
	struct error e = { 0 };
	struct retry r = { 0 };

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.event = try_again;
	options.context = &r;
	r.spec = lab_spec("again", "exit 1", "");
	r.executor = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(r.executor != NULL, "%s: %s", e.step, e.why);
	ATF_REQUIRE(isth_executor_add(r.executor, r.spec, &e));
	ATF_REQUIRE(isth_executor_run(r.executor, -1, &e));
	ATF_CHECK_EQ_MSG(3, r.results, "%zu: %s", r.results, r.error.why);
	/* But not while the executor is on its way out. */
	r.added = 0;
	ATF_REQUIRE(isth_executor_add(r.executor, r.spec, &e));
	isth_executor_destroy(r.executor);
	ATF_CHECK_EQ(0, r.added);
	ATF_CHECK_EQ(4, r.results);
	isth_build_spec_destroy(r.spec);
	lab_check_clean("after");
}

/* Takes longer over the first line than a builder may be silent. */
static void
dawdle(void *context, const struct isth_build_event *event)
{
	bool *done = context;

	if (event->kind == ISTH_EVENT_LINE && !*done) {
		*done = true;
		sleep(3);
	}
}

ATF_TC_WITHOUT_HEAD(a_slow_program_is_not_the_builders_silence);
ATF_TC_BODY(a_slow_program_is_not_the_builders_silence, tc)
{
	struct isth_build_options options;
	struct isth_executor *ex;
	struct isth_build_spec *spec;
	struct error e = { 0 };
	bool done = false;

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.lines = true;
	options.event = dawdle;
	options.context = &done;
	ex = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(ex != NULL, "%s: %s", e.step, e.why);
	spec = lab_spec("talks",
	    "for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done; "
	    "echo x >$out",
	    ", \"limits\": {\"silent_s\": 2}");
	ATF_REQUIRE(isth_executor_add(ex, spec, &e));
	ATF_REQUIRE(isth_executor_run(ex, -1, &e));
	isth_executor_destroy(ex);
	isth_build_spec_destroy(spec);
	ATF_CHECK(done);
	ATF_CHECK_MSG(lab_exists("%s/talks", lab_store), "it was silent");
	lab_check_clean("after");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_deadline_in_a_month_is_polled_for);
	ATF_TP_ADD_TC(tp, executors_of_two_threads_are_apart);
	ATF_TP_ADD_TC(tp, an_event_may_cancel);
	ATF_TP_ADD_TC(tp, a_result_may_add_the_build_again);
	ATF_TP_ADD_TC(tp, a_slow_program_is_not_the_builders_silence);
	return (atf_no_error());
}
