/*
 * The limits of open files, of one file and of processor time as a builder
 * meets them.  The other limits are in executor_test.c and
 * tests/attack/live_test.c.
 */
#include <sys/resource.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/build/lab.h"

/* Soft and hard, and no way to raise it; a build that says a number has it. */
static void
check_files(const char *name, const char *limits, const char *said)
{
	struct lab_result r;

	r = lab_build(name,
	    "mkdir $out; ulimit -Sn; ulimit -Hn; "
	    "(ulimit -n 5000) 2>/dev/null && echo raised; exit 0",
	    limits);
	ATF_CHECK_MSG(r.outcome == ISTH_OUTCOME_BUILT, "%s: %s", r.error.step,
	    r.error.why);
	ATF_CHECK_STREQ(said, lab_read("%s", r.log));
}

ATF_TC_WITHOUT_HEAD(files_have_a_limit);
ATF_TC_BODY(files_have_a_limit, tc)
{
	(void)tc;
	lab_open();
	check_files("few", ", \"limits\": {\"files\": 20}", "20\n20\n");
	check_files("some", ", \"limits\": {\"files\": 200}", "200\n200\n");
	check_files("default", "", "1024\n1024\n");
}

/* In /tmp, which is not among what the executor counts. */
ATF_TC_WITHOUT_HEAD(a_file_has_a_limit);
ATF_TC_BODY(a_file_has_a_limit, tc)
{
	const char *script = "mkdir $out; head -c 3000000 /dev/zero >/tmp/f; "
			     "wc -c </tmp/f; exit 0";
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build(
	    "bound", script, ", \"limits\": {\"disk_bytes\": 1048576}");
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, r.outcome);
	ATF_CHECK_MSG(strstr(lab_read("%s", r.log), "1048576\n") != NULL, "%s",
	    lab_read("%s", r.log));
	r = lab_build("free", script, "");
	ATF_CHECK(strstr(lab_read("%s", r.log), "3000000\n") != NULL);
}

/* Whoever ignores SIGXCPU is killed a second later, and is out of time too. */
ATF_TC(processor_time_has_a_limit);
ATF_TC_HEAD(processor_time_has_a_limit, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(processor_time_has_a_limit, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build("deaf", "trap '' XCPU; while :; do :; done",
	    ", \"limits\": {\"cpu_s\": 1}");
	ATF_CHECK_EQ_MSG(ISTH_OUTCOME_TIMED_OUT, r.outcome, "%s", r.error.why);
	ATF_CHECK_EQ(101, r.status);
	/* Without the limit the signal is one like others. */
	r = lab_build("own", "kill -XCPU $$", "");
	ATF_CHECK_EQ_MSG(ISTH_OUTCOME_FAILED, r.outcome, "%s", r.error.why);
	ATF_CHECK_EQ(100, r.status);
	ATF_CHECK_EQ(SIGXCPU, r.term_signal);
	r = lab_build(
	    "killed", "kill -KILL $$", ", \"limits\": {\"cpu_s\": 60}");
	ATF_CHECK_EQ_MSG(ISTH_OUTCOME_FAILED, r.outcome, "%s", r.error.why);
}

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
		r = lab_build(i == 0 ? "below" : "top", scripts[i],
		    ", \"limits\": {\"disk_bytes\": 1048576}");
		ATF_CHECK_EQ_MSG(ISTH_OUTCOME_FAILED, r.outcome, "%zu", i);
		ATF_CHECK_MSG(strstr(r.error.why, "limits.disk_bytes") != NULL,
		    "%zu: %s", i, r.error.why);
		r = lab_build(
		    i == 0 ? "below-free" : "top-free", scripts[i], "");
		ATF_CHECK_EQ_MSG(
		    ISTH_OUTCOME_BUILT, r.outcome, "%zu: %s", i, r.error.why);
	}
}

/* In the phase of context: no more descriptors are to be had. */
static void
starve(void *context, const struct isth_build_event *event)
{
	struct rlimit none = { 3, 4096 }, many = { 1024, 4096 };

	if (event->kind == ISTH_EVENT_PHASE)
		(void)setrlimit(RLIMIT_NOFILE,
		    event->phase == *(const enum isth_phase *)context ? &none
								      : &many);
}

static void
check_starved(const char *name, enum isth_phase phase)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct rlimit many = { 1024, 4096 };
	struct lab_result r;

	lab_open();
	options = lab_options(1);
	options.event = starve;
	options.context = &phase;
	spec = lab_spec(
	    name, "echo x >$out", ", \"limits\": {\"disk_bytes\": 1048576}");
	lab_run(&options, &spec, 1, &r);
	(void)setrlimit(RLIMIT_NOFILE, &many);
	isth_build_spec_destroy(spec);
	ATF_CHECK_EQ_MSG(ISTH_OUTCOME_NO_RESOURCES, r.outcome, "%d: %s: %s",
	    r.outcome, r.error.step, r.error.why);
	ATF_CHECK_EQ(3, r.status);
	ATF_CHECK_EQ(EMFILE, r.error.err);
	ATF_CHECK_MSG(strstr(r.error.step, "limits.disk_bytes") != NULL, "%s",
	    r.error.step);
	ATF_CHECK_EQ(0, r.left);
}

/* A limit that cannot be watched is no success. */
ATF_TC_WITHOUT_HEAD(a_limit_that_cannot_be_watched_is_an_error);
ATF_TC_BODY(a_limit_that_cannot_be_watched_is_an_error, tc)
{
	(void)tc;
	check_starved("begun", ISTH_PHASE_RUN);
}

/* Nor one of which nobody can say whether it was kept. */
ATF_TC_WITHOUT_HEAD(a_limit_that_cannot_be_measured_is_an_error);
ATF_TC_BODY(a_limit_that_cannot_be_measured_is_an_error, tc)
{
	(void)tc;
	check_starved("over", ISTH_PHASE_STOP);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_limit_that_cannot_be_watched_is_an_error);
	ATF_TP_ADD_TC(tp, a_limit_that_cannot_be_measured_is_an_error);
	ATF_TP_ADD_TC(tp, a_file_has_a_limit);
	ATF_TP_ADD_TC(tp, files_have_a_limit);
	ATF_TP_ADD_TC(tp, processor_time_has_a_limit);
	ATF_TP_ADD_TC(tp, closed_directories_are_counted);
	return (atf_no_error());
}
