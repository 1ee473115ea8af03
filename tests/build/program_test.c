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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_deadline_in_a_month_is_polled_for);
	ATF_TP_ADD_TC(tp, executors_of_two_threads_are_apart);
	return (atf_no_error());
}
