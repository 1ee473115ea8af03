/*
 * The limit of open files as a builder meets it.  The other limits are in
 * executor_test.c and tests/attack/live_test.c.
 */
#include <atf-c.h>

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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, files_have_a_limit);
	return (atf_no_error());
}
