/*
 * isthmus build --check: each build twice, and what is told of the pair.
 */
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/lab.h"

ATF_TC_WITHOUT_HEAD(check_tells_what_differs);
ATF_TC_BODY(check_tells_what_differs, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[2];
	struct lab_result r[2];

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.check = true;
	specs[0] = lab_spec("same", "mkdir $out; echo x >$out/f", "");
	specs[1] = lab_spec("other",
	    "mkdir $out; od -N 8 -t x1 /dev/urandom >$out/f; echo 1 >$out/g",
	    "");
	lab_run(&options, specs, 2, r);
	CHECK_OUTCOME(r[0], ISTH_OUTCOME_BUILT);
	ATF_CHECK(lab_exists("%s/same/f", lab_store));
	CHECK_OUTCOME(r[1], ISTH_OUTCOME_OUTPUT_REJECTED);
	ATF_CHECK_EQ(104, r[1].status);
	ATF_CHECK_MSG(
	    strstr(r[1].differs, "/other/f: ") != NULL, "%s", r[1].differs);
	ATF_CHECK(!lab_exists("%s/other", lab_store));
	isth_build_spec_destroy(specs[0]);
	isth_build_spec_destroy(specs[1]);
	lab_check_clean("after");
}

/* A build whose second run fails is told as that run. */
ATF_TC_WITHOUT_HEAD(a_second_build_that_fails_is_what_is_told);
ATF_TC_BODY(a_second_build_that_fails_is_what_is_told, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;
	bool seen = false;
	int i;

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.check = true;
	/* Which of the two fails is chance. */
	for (i = 0; i < 60 && !seen; i++) {
		spec = lab_spec("flaky",
		    "set -- $(od -A n -N 1 -t u1 /dev/urandom)\n"
		    "if [ $(($1 % 2)) = 0 ]; then echo fails; exit 9; fi\n"
		    "echo works; echo x >$out",
		    "");
		lab_run(&options, &spec, 1, &r);
		seen = r.outcome == ISTH_OUTCOME_FAILED &&
		       strstr(r.error.step, "second") != NULL;
		if (r.outcome == ISTH_OUTCOME_BUILT)
			ATF_REQUIRE(unlinkat(AT_FDCWD, "store/flaky", 0) == 0);
		isth_build_spec_destroy(spec);
	}
	ATF_REQUIRE_MSG(seen, "no second build failed in %d", i);
	ATF_CHECK_EQ(9, r.exit_code);
	ATF_CHECK_STREQ("fails\n", lab_read("%s", r.log));
	lab_check_clean("after");
}

/* Cancels in the second run; what comes after a spec's result is an error. */
struct cancels {
	struct isth_executor *executor;
	int runs, results, late;
};

static void
cancel_at_second(void *context, const struct isth_build_event *event)
{
	struct cancels *c = context;

	c->late += c->results > 0;
	c->results += event->kind == ISTH_EVENT_RESULT;
	if (event->kind == ISTH_EVENT_PHASE && event->phase == ISTH_PHASE_RUN &&
	    ++c->runs == 2)
		isth_executor_cancel(c->executor, "test");
}

ATF_TC_WITHOUT_HEAD(a_pair_is_over_when_its_result_comes);
ATF_TC_BODY(a_pair_is_over_when_its_result_comes, tc)
{
	struct isth_build_options options;
	struct cancels c = { 0 };
	struct isth_build_spec *spec;
	struct error e = { 0 };

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.check = true;
	options.event = cancel_at_second;
	options.context = &c;
	c.executor = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(c.executor != NULL, "%s: %s", e.step, e.why);
	spec = lab_spec("pair", "echo x >$out; sleep 1", "");
	ATF_REQUIRE(isth_executor_add(c.executor, spec, &e));
	ATF_REQUIRE(isth_executor_run(c.executor, -1, &e));
	ATF_CHECK_EQ(2, c.runs);
	ATF_CHECK_EQ(1, c.results);
	ATF_CHECK_EQ(0, c.late);
	isth_executor_destroy(c.executor);
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, check_tells_what_differs);
	ATF_TP_ADD_TC(tp, a_second_build_that_fails_is_what_is_told);
	ATF_TP_ADD_TC(tp, a_pair_is_over_when_its_result_comes);
	return (atf_no_error());
}
