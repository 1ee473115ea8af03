/*
 * The limits of open files and of one file as a builder meets them.  The other limits are in
 * executor_test.c and tests/attack/live_test.c.
 */
#include <atf-c.h>
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_file_has_a_limit);
	ATF_TP_ADD_TC(tp, files_have_a_limit);
	return (atf_no_error());
}
