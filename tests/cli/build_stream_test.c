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

/* A parent's SIG_IGN for SIGCHLD comes along with exec, and takes statuses. */
CASE(an_ignored_end_of_children_is_not_inherited)
{
	pid_t pid;

	begin();
	if (system("command -v gzip >/dev/null") != 0)
		atf_tc_skip("needs gzip");
	spec("a", "echo said; echo x >$out", "");
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		signal(SIGCHLD, SIG_IGN);
		if (freopen("stdout.txt", "w", stdout) != NULL)
			execl(ISTHMUS_BIN, "isthmus", "build", "--state",
			    "state", "--pool", "36101-36132",
			    "--log-compression", "gzip", "a.json",
			    (char *)NULL);
		_exit(98);
	}
	ATF_CHECK_EQ(0, wait_status(pid));
	CHECK_HAS_NOT(slurp("stdout.txt"), "LEFT BEHIND");
	ATF_CHECK_EQ(0, system("test -f state/logs/a-*.log.gz"));
	check_clean(1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, closed_descriptors_are_not_taken);
	ATF_TP_ADD_TC(tp, an_ignored_end_of_children_is_not_inherited);
	return (atf_no_error());
}
