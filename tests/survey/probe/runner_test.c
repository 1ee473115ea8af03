/*
 * The runner against rows that do what no probe should: each must be a
 * result, and nothing of it may be left.
 */
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/survey/probe/planted.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROW(fn)                        \
	static struct probe_answer fn( \
	    __attribute__((__unused__)) const struct probe_context *ctx)

ROW(row_ok)
{
	return (probe_ok("fine"));
}

ROW(row_abort)
{
	abort();
}

ROW(row_segv)
{
	(void)mprotect(board, sizeof(*board), PROT_NONE);
	board->word = 1;
	return (probe_ok(NULL));
}

ROW(row_hang)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		(void)pause();
	return (probe_ok(NULL));
}

ROW(row_spin)
{
	while (board->word == 0)
		;
	return (probe_ok(NULL));
}

ROW(row_exit)
{
	_exit(7);
}

ROW(row_half_answer)
{
	/* Descriptor 3 is the answer's pipe. */
	if (write(3, "half", 4) != 4)
		_exit(1);
	_exit(0);
}

ROW(row_close_all)
{
	int fd;

	for (fd = 0; fd < 10; fd++)
		(void)close(fd);
	return (probe_ok(NULL));
}

ROW(row_flood)
{
	static char block[65536];
	int i;

	memset(block, 'x', sizeof(block));
	for (i = 0; i < 1000; i++)
		(void)!write(i % 2 + 1, block, sizeof(block));
	return (probe_ok(NULL));
}

#ifndef __SANITIZE_ADDRESS__ /* which needs all address space there is */
ROW(row_memory)
{
	size_t got = 0;
	char *p;

	while (got < (size_t)8 << 30) {
		p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (p == MAP_FAILED)
			return (probe_ok("stopped"));
		got += 64 << 20;
	}
	return (probe_wrong("8 GiB given"));
}

#endif

/* Takes down its number, so that the test can look for it. */
static void
sign(void)
{
	int i = __sync_fetch_and_add(&board->npids, 1);

	if (i < (int)COUNT(board->pids))
		board->pids[i] = getpid();
}

ROW(row_daemon)
{
	if (fork() == 0) {
		(void)setsid();
		if (fork() == 0) {
			(void)setsid();
			sign();
			for (;;)
				(void)pause();
		}
		_exit(0);
	}
	while (board->npids == 0)
		(void)usleep(100);
	return (probe_ok(NULL));
}

/* A process that flees: forks, and the child goes on as the parent dies. */
ROW(row_runaway)
{
	int i;

	if (fork() == 0) {
		for (i = 0;; i++) {
			(void)setsid();
			if (i % 50 == 0)
				sign();
			if (fork() != 0)
				_exit(0);
		}
	}
	(void)usleep(5000);
	return (probe_ok(NULL));
}

ROW(row_bomb)
{
	int i;

	for (i = 0; i < 40; i++) {
		if (fork() != 0)
			continue;
		(void)setsid();
		sign();
		if (fork() == 0) {
			(void)setsid();
			sign();
		}
		for (;;)
			(void)pause();
	}
	return (probe_ok(NULL));
}

ROW(row_objects_crash)
{
	unsigned k;
	int fd;

	for (k = 0; k < PROBE_NAMES; k++) {
		fd = shm_open(probe_posix_name(ctx, k), O_CREAT | O_RDWR, 0600);
		(void)close(fd);
		(void)shmget(probe_sysv_key(ctx, k), 4096, IPC_CREAT | 0600);
		(void)msgget(probe_sysv_key(ctx, k), IPC_CREAT | 0600);
		(void)semget(probe_sysv_key(ctx, k), 2, IPC_CREAT | 0600);
	}
	board->word++;
	abort();
}

/*
 * Not for runs that are killed: glibc's sem_open makes a file of a random
 * name first, and a death at that moment leaves it to nobody.
 */
ROW(row_semaphores_crash)
{
	unsigned k;

	for (k = 0; k < PROBE_NAMES; k++)
		(void)sem_open(probe_posix_name(ctx, k), O_CREAT, 0600, 1);
	board->word++;
	abort();
}

ROW(row_tree)
{
	int i;

	if (mkfifo("fifo", 0600) != 0 || symlink("/", "root") != 0 ||
	    symlink("loop", "loop") != 0 || mkdir("closed", 0700) != 0 ||
	    !probe_file("closed/file", "x") || chmod("closed", 0) != 0)
		return (probe_errno(errno, "tree"));
	for (i = 0; i < 300; i++) {
		if (mkdir("deep", 0755) != 0 || chdir("deep") != 0)
			break;
	}
	return (probe_ok("%d deep", i));
}

ROW(row_bad_detail)
{
	struct probe_answer a = probe_ok("a\nb\033[31m\xff\xc3(");

	return (a);
}

ROW(row_long_detail)
{
	struct probe_answer a;

	memset(&a, 'z', sizeof(a));
	a.state = ISTH_STATE_OK;
	a.err = 0;
	return (a);
}

ROW(row_bad_state)
{
	struct probe_answer a = probe_ok(NULL);

	a.state = (enum isth_state)77;
	return (a);
}

ROW(row_kills_group)
{
	(void)kill(0, SIGKILL);
	return (probe_ok(NULL));
}

ROW(row_ignores_all)
{
	int sig;

	for (sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_IGN);
	for (;;)
		(void)pause();
	return (probe_ok(NULL));
}

ROW(row_surroundings)
{
	struct rlimit rl;
	struct stat a, b;
	int fd;

	if (getsid(0) != getpid() || getpgrp() != getpid())
		return (probe_wrong("no session of its own"));
	for (fd = 4; fd < 200; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return (probe_wrong("descriptor %d is open", fd));
	}
	if (stat(ctx->dir, &a) != 0 || stat(".", &b) != 0 ||
	    a.st_ino != b.st_ino)
		return (probe_wrong("the working directory is another"));
	if (fstat(0, &a) != 0 || stat("/dev/null", &b) != 0 ||
	    a.st_rdev != b.st_rdev)
		return (probe_wrong("standard input is not /dev/null"));
	if (signal(SIGPIPE, SIG_DFL) != SIG_DFL ||
	    signal(SIGTERM, SIG_DFL) != SIG_DFL ||
	    signal(SIGCHLD, SIG_DFL) != SIG_DFL)
		return (probe_wrong("a signal is not at its default"));
	if (getrlimit(RLIMIT_CORE, &rl) != 0 || rl.rlim_cur > 1)
		return (probe_wrong("cores are allowed"));
	return (probe_ok(NULL));
}

ROW(row_alone)
{
	int now = __sync_add_and_fetch(&board->word, 1);

	(void)usleep(2000);
	__sync_sub_and_fetch(&board->word, 1);
	return (now == 1 ? probe_ok(NULL) : probe_wrong("%d at a time", now));
}

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
	ATF_TP_ADD_TC(tp, descriptors_are_not_leaked);
	ATF_TP_ADD_TC(tp, sigkill_leaves_nothing);
	ATF_TP_ADD_TC(tp, sigkill_of_nobody_leaves_nothing);
	ATF_TP_ADD_TC(tp, sigkill_of_a_hanging_run);
	ATF_TP_ADD_TC(tp, sigint_leaves_nothing);
	return (atf_no_error());
}
