/*
 * Runs of misbehaving rows whose caller is killed at any moment: the host
 * must become what it was.
 */
#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/survey/probe/planted.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Everything at once, for a run that is killed in the middle. */
static const struct probe mixture[] = {
	PLANT("planted.tree", row_tree, 0),
	PLANT("planted.objects", row_objects_crash, 0),
	PLANT("planted.daemon", row_daemon, 0),
	PLANT("planted.bomb", row_bomb, 0),
	PLANT("planted.hang", row_hang, 0),
	PLANT("planted.alone", row_alone, PROBE_ALONE),
	PLANT("planted.tree2", row_tree, PROBE_ROOT),
};

/* A run that is killed after `us` microseconds. */
static void
killed_run(const struct probe *rows, size_t n, int sig, unsigned us)
{
	/* Longer than host_require waits: only the lifeline ends it. */
	struct isth_probe_options opt = { .deadline_ms = 30000,
		.scratch = "." };
	struct isth_report *rep;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		rep = planted_run(rows, n, &opt, NULL);
		_exit(rep == NULL ? 1 : 0);
	}
	(void)usleep(us);
	(void)kill(pid, sig);
	ATF_REQUIRE(waitpid(pid, NULL, 0) == pid);
}

static void
killed_runs(int sig, int repetitions)
{
	char *before;
	int i;

	if (board == NULL)
		board_create();
	before = host_snapshot(".");
	for (i = 0; i < repetitions; i++) {
		killed_run(
		    mixture, COUNT(mixture), sig, (unsigned)(rand() % 60000));
		host_require(".", before);
	}
	free(before);
}

static void
killed_runs_as_nobody(void)
{
	killed_runs(SIGKILL, 20);
}

ATF_TC(sigkill_leaves_nothing);
ATF_TC_HEAD(sigkill_leaves_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(sigkill_leaves_nothing, tc)
{
	srand((unsigned)time(NULL));
	killed_runs(SIGKILL, 20);
}

ATF_TC(sigkill_of_nobody_leaves_nothing);
ATF_TC_HEAD(sigkill_of_nobody_leaves_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(sigkill_of_nobody_leaves_nothing, tc)
{
	srand((unsigned)time(NULL) + 1);
	as_nobody(killed_runs_as_nobody);
}

/* Nothing is written any more that could fail: only the lifeline tells. */
ATF_TC_WITHOUT_HEAD(sigkill_of_a_hanging_run);
ATF_TC_BODY(sigkill_of_a_hanging_run, tc)
{
	const struct probe row = PLANT("planted.hang", row_hang, 0);
	char *before = host_snapshot(".");

	killed_run(&row, 1, SIGKILL, 50000);
	host_require(".", before);
	free(before);
}

ATF_TC(sigint_leaves_nothing);
ATF_TC_HEAD(sigint_leaves_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(sigint_leaves_nothing, tc)
{
	killed_runs(SIGINT, 5);
	killed_runs(SIGTERM, 5);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sigkill_leaves_nothing);
	ATF_TP_ADD_TC(tp, sigkill_of_nobody_leaves_nothing);
	ATF_TP_ADD_TC(tp, sigkill_of_a_hanging_run);
	ATF_TP_ADD_TC(tp, sigint_leaves_nothing);
	return (atf_no_error());
}
