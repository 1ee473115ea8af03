/* The disk limit: who measures, when, and what becomes of who does. */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/lab.h"

#define LIMIT ", \"limits\": {\"disk_bytes\": 1048576}"

/*
 * Without root a builder can close its directories to the executor, too: what
 * is below them is counted when the build is over, at the latest.
 */
ATF_TC_WITHOUT_HEAD(closed_directories_are_counted);
ATF_TC_BODY(closed_directories_are_counted, tc)
{
	static const char *const scripts[] = {
		"mkdir d; exec 3>d/a 4>d/b 5>d/c; chmod 000 d; "
		"for i in 3 4 5; do head -c 900000 /dev/zero >&$i; done; "
		"echo x >$out",
		"exec 3>a 4>b 5>c; echo x >$out; chmod 000 .; "
		"for i in 3 4 5; do head -c 900000 /dev/zero >&$i; done",
	};
	struct lab_result r;
	size_t i;

	(void)tc;
	lab_open();
	for (i = 0; i < 2; i++) {
		r = lab_build(i == 0 ? "below" : "top", scripts[i], LIMIT);
		ATF_CHECK_EQ_MSG(ISTH_OUTCOME_FAILED, r.outcome, "%zu", i);
		ATF_CHECK_MSG(strstr(r.error.why, "limits.disk_bytes") != NULL,
		    "%zu: %s", i, r.error.why);
		r = lab_build(
		    i == 0 ? "below-free" : "top-free", scripts[i], "");
		ATF_CHECK_EQ_MSG(
		    ISTH_OUTCOME_BUILT, r.outcome, "%zu: %s", i, r.error.why);
	}
}

/* While the builder begins to run: no more descriptors are to be had. */
static void
starve(void *context, const struct isth_build_event *event)
{
	struct rlimit none = { 3, 4096 }, many = { 1024, 4096 };

	(void)context;
	if (event->kind == ISTH_EVENT_PHASE)
		(void)setrlimit(RLIMIT_NOFILE,
		    event->phase == ISTH_PHASE_RUN ? &none : &many);
}

/* A limit that cannot be watched is no success. */
ATF_TC_WITHOUT_HEAD(a_limit_that_cannot_be_watched_is_an_error);
ATF_TC_BODY(a_limit_that_cannot_be_watched_is_an_error, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.event = starve;
	spec = lab_spec("begun", "echo x >$out", LIMIT);
	lab_run(&options, &spec, 1, &r);
	isth_build_spec_destroy(spec);
	CHECK_OUTCOME(r, ISTH_OUTCOME_NO_RESOURCES);
	ATF_CHECK_EQ(3, r.status);
	ATF_CHECK_EQ(EMFILE, r.error.err);
	ATF_CHECK_STREQ("watch limits.disk_bytes", r.error.step);
}

static int
cannot_measure(void *context, const char *point)
{
	(void)context;
	return (strcmp(point, "measure") == 0 ? ENFILE : 0);
}

/*
 * While the builder runs it may be told next time; when it is over, nobody
 * can say whether the limit was kept.
 */
ATF_TC_WITHOUT_HEAD(a_limit_that_cannot_be_measured_is_an_error);
ATF_TC_BODY(a_limit_that_cannot_be_measured_is_an_error, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	lab_at = cannot_measure;
	r = lab_build("over", "sleep 3; echo x >$out", LIMIT);
	CHECK_OUTCOME(r, ISTH_OUTCOME_NO_RESOURCES);
	ATF_CHECK_EQ(3, r.status);
	ATF_CHECK_EQ(ENFILE, r.error.err);
	ATF_CHECK_MSG(strstr(r.error.step, "limits.disk_bytes") != NULL, "%s",
	    r.error.step);
	ATF_CHECK_EQ(0, lab_exists("%s/over", lab_store));
	r = lab_build("free", "echo x >$out", "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
}

static atomic_uint *measured;

/* The first to measure, in whatever process, takes very long. */
static int
measure_long(void *context, const char *point)
{
	(void)context;
	if (strcmp(point, "measure") == 0 && atomic_fetch_add(measured, 1) == 0)
		(void)sleep(600);
	return (0);
}

/*
 * Very many names: neither its neighbour waits for the walk over them, nor
 * the end of the build itself; and who walks is gone with it.
 */
ATF_TC(a_long_walk_holds_nobody_up);
ATF_TC_HEAD(a_long_walk_holds_nobody_up, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(a_long_walk_holds_nobody_up, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[3];
	struct lab_result r[3];
	size_t i;

	(void)tc;
	lab_open();
	measured = mmap(NULL, sizeof(*measured), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	ATF_REQUIRE(measured != MAP_FAILED);
	lab_at = measure_long;
	options = lab_options(2);
	specs[0] = lab_spec("walked", "sleep 4; echo x >$out", LIMIT);
	specs[1] = lab_spec("beside", "sleep 3; echo x >$out", "");
	specs[2] = lab_spec("behind", "echo x >$out", "");
	lab_run(&options, specs, 3, r);
	for (i = 0; i < 3; i++) {
		CHECK_OUTCOME(r[i], ISTH_OUTCOME_BUILT);
		isth_build_spec_destroy(specs[i]);
	}
	/* The one that slept, and the last count. */
	ATF_CHECK_EQ(2, *measured);
	ATF_CHECK_EQ(-1, waitpid(-1, NULL, 0));
	ATF_CHECK_EQ(ECHILD, errno);
	lab_check_clean("after");
}

/* Who passes the limit ends while it runs: the builder would never end. */
ATF_TC(who_passes_the_limit_ends_at_once);
ATF_TC_HEAD(who_passes_the_limit_ends_at_once, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(who_passes_the_limit_ends_at_once, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build("fat",
	    "for i in 1 2 3; do head -c 900000 /dev/zero >f$i; done; "
	    "while :; do sleep 1; done",
	    LIMIT);
	CHECK_OUTCOME(r, ISTH_OUTCOME_FAILED);
	ATF_CHECK_EQ(EDQUOT, r.error.err);
	ATF_CHECK_STREQ("run builder", r.error.step);
	ATF_CHECK_EQ(-1, waitpid(-1, NULL, 0));
	ATF_CHECK_EQ(ECHILD, errno);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_limit_that_cannot_be_watched_is_an_error);
	ATF_TP_ADD_TC(tp, a_limit_that_cannot_be_measured_is_an_error);
	ATF_TP_ADD_TC(tp, closed_directories_are_counted);
	ATF_TP_ADD_TC(tp, a_long_walk_holds_nobody_up);
	ATF_TP_ADD_TC(tp, who_passes_the_limit_ends_at_once);
	return (atf_no_error());
}
