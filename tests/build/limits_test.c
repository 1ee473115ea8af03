/*
 * The limits of open files, of one file and of processor time as a builder
 * meets them.  The disk's is in measure_test.c, the others are in
 * executor_test.c and tests/attack/live_test.c.
 */
#include <atf-c.h>
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_file_has_a_limit);
	ATF_TP_ADD_TC(tp, files_have_a_limit);
	ATF_TP_ADD_TC(tp, processor_time_has_a_limit);
	return (atf_no_error());
}
