/*
 * The executor inside of a program of its own kind, as a daemon is: a loop
 * that polls, threads, events that call back, children of its own.
 */
#include <atf-c.h>
#include <limits.h>
#include <poll.h>
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_deadline_in_a_month_is_polled_for);
	return (atf_no_error());
}
