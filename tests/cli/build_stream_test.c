/*
 * isthmus build where its standard descriptors are not as a shell gives them:
 * closed, or read slowly.
 */
#include "tests/cli/build_run.h"

/*
 * A pipe for signals that had the number of standard output took what was
 * printed for signals.
 */
CASE(closed_descriptors_are_not_taken)
{
	struct ran r;

	begin();
	spec("a", "echo said; echo x >$out", "");
	r = isthmus("build %s a.json <&- >&-", POOL);
	ATF_CHECK_EQ(3, r.status);
	CHECK_HAS(r.err, "write standard output: Bad file descriptor");
	check_clean(0);
	r = isthmus("build %s a.json <&- 2>&-", POOL);
	ATF_CHECK_EQ(0, r.status);
	CHECK_HAS(r.out, "a: built in ");
	check_clean(1);
	spec("b", "exit 7", "");
	r = isthmus("build %s b.json <&- >&- 2>&-", POOL);
	ATF_CHECK_EQ(3, r.status);
	check_clean(1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, closed_descriptors_are_not_taken);
	return (atf_no_error());
}
