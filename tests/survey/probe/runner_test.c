/*
 * The runner against rows that do what no probe should: each must be a
 * result, and nothing of it may be left.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/survey/probe/planted.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* The answer to one row. */
static enum isth_state
ask(probe_fn *fn, unsigned flags, const char *detail)
{
	const struct probe row = PLANT("planted.row", fn, flags);
	/* Eighty processes take a while to start on an emulated machine. */
	struct isth_probe_options opt = { .scratch = ".",
		.deadline_ms = fn == row_bomb ? 2000 : 300 };
	struct isth_report *rep;
	enum isth_state state;
	struct error e = { 0 };

	if (board == NULL)
		board_create();
	rep = planted_run(&row, 1, &opt, &e);
	ATF_REQUIRE_MSG(rep != NULL, "%s: %s", e.step, e.why);
	ATF_REQUIRE_EQ(1, rep->nresults);
	ATF_REQUIRE(rep->results[0].detail != NULL);
	if (detail != NULL)
		ATF_CHECK_STREQ(detail, rep->results[0].detail);
	state = rep->results[0].state;
	isth_report_destroy(rep);
	return (state);
}

/* A case that asks one row, and requires the host as it was. */
#define CASE(name, fn, wanted, detail)                    \
	ATF_TC_WITHOUT_HEAD(name);                        \
	ATF_TC_BODY(name, tc)                             \
	{                                                 \
		char *before = host_snapshot(".");        \
                                                          \
		ATF_CHECK_STREQ(isth_state_name(wanted),  \
		    isth_state_name(ask(fn, 0, detail))); \
		host_require(".", before);                \
		free(before);                             \
	}

CASE(ok, row_ok, ISTH_STATE_OK, "fine")
CASE(abort_is_crashed, row_abort, ISTH_STATE_CRASHED, "SIGABRT")
CASE(segv_is_crashed, row_segv, ISTH_STATE_CRASHED, "SIGSEGV")
CASE(blocked_signals_is_hung, row_hang, ISTH_STATE_HUNG,
    "no answer within 300 ms")
CASE(spinning_is_hung, row_spin, ISTH_STATE_HUNG, NULL)
CASE(ignored_signals_is_hung, row_ignores_all, ISTH_STATE_HUNG, NULL)
CASE(exit_is_failed, row_exit, ISTH_STATE_FAILED,
    "exit status 7 without an answer")
CASE(half_an_answer_is_failed, row_half_answer, ISTH_STATE_FAILED,
    "exit status 0 without an answer")
CASE(closed_pipe_is_failed, row_close_all, ISTH_STATE_FAILED, NULL)
CASE(killed_group_is_crashed, row_kills_group, ISTH_STATE_CRASHED, "SIGKILL")
CASE(output_goes_nowhere, row_flood, ISTH_STATE_OK, NULL)
CASE(detail_is_one_line, row_bad_detail, ISTH_STATE_OK,
    "a b [31m?"
    "?(")
CASE(detail_without_end, row_long_detail, ISTH_STATE_OK, NULL)
CASE(unknown_state_is_failed, row_bad_state, ISTH_STATE_FAILED, NULL)
CASE(surroundings, row_surroundings, ISTH_STATE_OK, "")

#ifndef __SANITIZE_ADDRESS__
ATF_TC_WITHOUT_HEAD(memory_is_limited);
ATF_TC_BODY(memory_is_limited, tc)
{
	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_memory, 0, "stopped"));
}
#endif

/* Every process that signed is gone. */
static void
require_gone(void)
{
	int i;

	ATF_CHECK(board->npids > 0);
	for (i = 0; i < board->npids && i < (int)COUNT(board->pids); i++) {
		ATF_CHECK_MSG(kill(board->pids[i], 0) != 0 && errno == ESRCH,
		    "process %d is still there", board->pids[i]);
	}
}

/* Deeper than there are descriptors. */
ATF_TC_WITHOUT_HEAD(tree_is_removed);
ATF_TC_BODY(tree_is_removed, tc)
{
	struct rlimit rl = { 100, 100 };
	char *before = host_snapshot(".");

	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_tree, 0, "300 deep"));
	host_require(".", before);
	free(before);
}

ATF_TC_WITHOUT_HEAD(daemon_is_killed);
ATF_TC_BODY(daemon_is_killed, tc)
{
	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_daemon, 0, ""));
	require_gone();
}

ATF_TC_WITHOUT_HEAD(runaway_is_killed);
ATF_TC_BODY(runaway_is_killed, tc)
{
	char *before = host_snapshot(".");

	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_runaway, 0, ""));
	require_gone();
	host_require(".", before);
	free(before);
}

ATF_TC_WITHOUT_HEAD(eighty_daemons_are_killed);
ATF_TC_BODY(eighty_daemons_are_killed, tc)
{
	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_bomb, 0, ""));
	require_gone();
}

ATF_TC_WITHOUT_HEAD(named_objects_of_a_crash_are_removed);
ATF_TC_BODY(named_objects_of_a_crash_are_removed, tc)
{
	char *before = host_snapshot(".");

	ATF_CHECK_EQ(ISTH_STATE_CRASHED, ask(row_objects_crash, 0, "SIGABRT"));
	ATF_CHECK_EQ(
	    ISTH_STATE_CRASHED, ask(row_semaphores_crash, 0, "SIGABRT"));
	ATF_CHECK_EQ(2, board->word);
	host_require(".", before);
	free(before);
}

static void
objects_as_nobody(void)
{
	if (ask(row_objects_crash, 0, "SIGABRT") != ISTH_STATE_CRASHED ||
	    ask(row_tree, 0, NULL) != ISTH_STATE_OK ||
	    ask(row_daemon, 0, NULL) != ISTH_STATE_OK)
		_exit(1);
}

ATF_TC(as_nobody_too);
ATF_TC_HEAD(as_nobody_too, tc)
{
	atf_tc_set_md_var(tc, "descr", "leftovers of another user's run");
}
ATF_TC_BODY(as_nobody_too, tc)
{
	char *before;

	board_create();
	before = host_snapshot("/nonexistent");
	as_nobody(objects_as_nobody);
	require_gone();
	host_require("/nonexistent", before);
	free(before);
}

ATF_TC_WITHOUT_HEAD(root_rows_are_skipped);
ATF_TC_BODY(root_rows_are_skipped, tc)
{
	ATF_CHECK_EQ(geteuid() == 0 ? ISTH_STATE_OK : ISTH_STATE_SKIPPED,
	    ask(row_ok, PROBE_ROOT, geteuid() == 0 ? "fine" : "needs root"));
}

ATF_TC_WITHOUT_HEAD(alone_is_alone);
ATF_TC_BODY(alone_is_alone, tc)
{
	struct probe rows[8];
	struct isth_probe_options opt = { .jobs = 8, .scratch = "." };
	struct isth_report *rep;
	size_t i;

	board_create();
	for (i = 0; i < COUNT(rows); i++)
		rows[i] =
		    (struct probe)PLANT("planted.row", row_alone, PROBE_ALONE);
	rep = planted_run(rows, COUNT(rows), &opt, NULL);
	ATF_REQUIRE(rep != NULL);
	for (i = 0; i < COUNT(rows); i++)
		ATF_CHECK_EQ(ISTH_STATE_OK, rep->results[i].state);
	isth_report_destroy(rep);
}

ATF_TC_WITHOUT_HEAD(hung_rows_do_not_hold_up_others);
ATF_TC_BODY(hung_rows_do_not_hold_up_others, tc)
{
	struct probe rows[40];
	struct isth_probe_options opt = {
		.jobs = 8, .deadline_ms = 300, .scratch = "."
	};
	struct isth_report *rep;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		rows[i] = (struct probe)PLANT(
		    "planted.row", i % 10 == 0 ? row_hang : row_ok, 0);
	rep = planted_run(rows, COUNT(rows), &opt, NULL);
	ATF_REQUIRE(rep != NULL);
	for (i = 0; i < COUNT(rows); i++)
		ATF_CHECK_EQ(i % 10 == 0 ? ISTH_STATE_HUNG : ISTH_STATE_OK,
		    rep->results[i].state);
	/* Four at a time hang, not one after the other. */
	ATF_CHECK_MSG(rep->ms < 1000, "%.0f ms", rep->ms);
	isth_report_destroy(rep);
}

ATF_TC_WITHOUT_HEAD(missing_scratch_is_an_error);
ATF_TC_BODY(missing_scratch_is_an_error, tc)
{
	const struct probe row = PLANT("planted.row", row_ok, 0);
	struct isth_probe_options opt = { .scratch = "./no/such/place" };
	struct error e = { 0 };

	ATF_REQUIRE(planted_run(&row, 1, &opt, &e) == NULL);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("./no/such/place", e.path);
	ATF_CHECK_STREQ("make scratch directory", e.step);
}

ATF_TC_WITHOUT_HEAD(unknown_id_names_the_nearest);
ATF_TC_BODY(unknown_id_names_the_nearest, tc)
{
	const char *only[] = { "process.fork-waitpd", NULL };
	struct isth_probe_options opt = { .only = only };
	struct error e = { 0 };

	ATF_REQUIRE(isth_probe_run(&opt, &e) == NULL);
	ATF_CHECK_STREQ("process.fork-waitpd", e.path);
	ATF_CHECK_STREQ("process.fork-waitpid", e.hint);
}

/* What a library must leave to the program that uses it. */
ATF_TC_WITHOUT_HEAD(caller_is_untouched);
ATF_TC_BODY(caller_is_untouched, tc)
{
	struct sigaction before, after;
	sigset_t mask_before, mask_after;
	int status;
	pid_t own;

	/* A child of the caller's own must stay the caller's to wait for. */
	own = fork();
	ATF_REQUIRE(own >= 0);
	if (own == 0)
		_exit(23);
	(void)sigaction(SIGCHLD, NULL, &before);
	(void)sigprocmask(SIG_BLOCK, NULL, &mask_before);
	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_daemon, 0, ""));
	(void)sigaction(SIGCHLD, NULL, &after);
	(void)sigprocmask(SIG_BLOCK, NULL, &mask_after);
	ATF_CHECK(before.sa_handler == after.sa_handler);
	ATF_CHECK_EQ(sigismember(&mask_before, SIGCHLD),
	    sigismember(&mask_after, SIGCHLD));
	ATF_REQUIRE(waitpid(-1, &status, 0) == own);
	ATF_CHECK_EQ(23, WEXITSTATUS(status));
	ATF_CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
}

ATF_TC_WITHOUT_HEAD(caller_may_ignore_sigchld);
ATF_TC_BODY(caller_may_ignore_sigchld, tc)
{
	(void)signal(SIGCHLD, SIG_IGN);
	ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_ok, 0, "fine"));
}

/* The pipes then take 0 to 2, in the janitor, too. */
ATF_TC_WITHOUT_HEAD(caller_without_standard_descriptors);
ATF_TC_BODY(caller_without_standard_descriptors, tc)
{
	const struct probe rows[] = {
		PLANT("planted.surroundings", row_surroundings, 0),
		PLANT("planted.hang", row_hang, 0),
	};
	struct isth_probe_options opt = { .deadline_ms = 200, .scratch = "." };
	struct isth_report *rep;
	char *before = host_snapshot(".");
	int status;
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		(void)close(0);
		(void)close(1);
		(void)close(2);
		rep = planted_run(rows, COUNT(rows), &opt, NULL);
		_exit(rep != NULL && rep->results[0].state == ISTH_STATE_OK &&
			      rep->results[1].state == ISTH_STATE_HUNG
			  ? 0
			  : 1);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_EQ(0, status);
	/* And killed: the lifeline must still have but one end. */
	opt.deadline_ms = 30000;
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		(void)close(0);
		(void)close(1);
		(void)close(2);
		(void)planted_run(rows, COUNT(rows), &opt, NULL);
		_exit(0);
	}
	(void)usleep(100000);
	(void)kill(pid, SIGKILL);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	host_require(".", before);
	free(before);
}

ATF_TC_WITHOUT_HEAD(descriptors_are_not_leaked);
ATF_TC_BODY(descriptors_are_not_leaked, tc)
{
	int i, low, now;

	low = dup(0);
	(void)close(low);
	for (i = 0; i < 5; i++)
		ATF_CHECK_EQ(ISTH_STATE_OK, ask(row_ok, 0, "fine"));
	now = dup(0);
	(void)close(now);
	ATF_CHECK_EQ(low, now);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ok);
	ATF_TP_ADD_TC(tp, abort_is_crashed);
	ATF_TP_ADD_TC(tp, segv_is_crashed);
	ATF_TP_ADD_TC(tp, blocked_signals_is_hung);
	ATF_TP_ADD_TC(tp, spinning_is_hung);
	ATF_TP_ADD_TC(tp, ignored_signals_is_hung);
	ATF_TP_ADD_TC(tp, exit_is_failed);
	ATF_TP_ADD_TC(tp, half_an_answer_is_failed);
	ATF_TP_ADD_TC(tp, closed_pipe_is_failed);
	ATF_TP_ADD_TC(tp, killed_group_is_crashed);
	ATF_TP_ADD_TC(tp, output_goes_nowhere);
	ATF_TP_ADD_TC(tp, tree_is_removed);
	ATF_TP_ADD_TC(tp, detail_is_one_line);
	ATF_TP_ADD_TC(tp, detail_without_end);
	ATF_TP_ADD_TC(tp, unknown_state_is_failed);
	ATF_TP_ADD_TC(tp, surroundings);
#ifndef __SANITIZE_ADDRESS__
	ATF_TP_ADD_TC(tp, memory_is_limited);
#endif
	ATF_TP_ADD_TC(tp, daemon_is_killed);
	ATF_TP_ADD_TC(tp, runaway_is_killed);
	ATF_TP_ADD_TC(tp, eighty_daemons_are_killed);
	ATF_TP_ADD_TC(tp, named_objects_of_a_crash_are_removed);
	ATF_TP_ADD_TC(tp, as_nobody_too);
	ATF_TP_ADD_TC(tp, root_rows_are_skipped);
	ATF_TP_ADD_TC(tp, alone_is_alone);
	ATF_TP_ADD_TC(tp, hung_rows_do_not_hold_up_others);
	ATF_TP_ADD_TC(tp, missing_scratch_is_an_error);
	ATF_TP_ADD_TC(tp, unknown_id_names_the_nearest);
	ATF_TP_ADD_TC(tp, caller_is_untouched);
	ATF_TP_ADD_TC(tp, caller_may_ignore_sigchld);
	ATF_TP_ADD_TC(tp, caller_without_standard_descriptors);
	ATF_TP_ADD_TC(tp, descriptors_are_not_leaked);
	return (atf_no_error());
}
