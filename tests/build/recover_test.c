/* Recovery: what is undone, what is left alone, and what is told. */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/build/journal_rig.h"

#define FILE_NAME "state/jobs/" RIG_ID ".journal"
#define ONE "store/one-" RIG_ID
#define TWO "store/two-" RIG_ID
#define WHO "job " RIG_ID " (hello-2.12): "

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

static bool
told(const char *line)
{
	return (strstr(rig_told, line) != NULL);
}

ATF_TC_WITHOUT_HEAD(dead_job_is_undone_in_reverse_order);
ATF_TC_BODY(dead_job_is_undone_in_reverse_order, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, false);
	char want[512];

	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_STREQ("", rig_error.step);
	rig_check_clean();
	ATF_CHECK_EQ(0, rig_count("store"));
	(void)snprintf(want, sizeof(want),
	    "unmount %s 35001;kill %s 35001;remove-group %s 35001;",
	    p->steps[6].target, RIG_ID, RIG_ID);
	ATF_CHECK_STREQ(want, rig_host.calls);
	(void)snprintf(want, sizeof(want), WHO "removed %s\n", p->job);
	ATF_CHECK(told(want));
	ATF_CHECK(told(WHO "released uid 35001\n"));
	/* Once more: nothing to do, nothing to tell. */
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_STREQ("", rig_told);
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(empty_state_is_nothing_to_do);
ATF_TC_BODY(empty_state_is_nothing_to_do, tc)
{
	int state = rig_state();

	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_STREQ("", rig_error.step);
	ATF_CHECK_STREQ("", rig_told);
	ATF_CHECK_EQ(0, rig_count("state"));
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(dry_run_tells_and_changes_nothing);
ATF_TC_BODY(dry_run_tells_and_changes_nothing, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, true);
	char want[512];

	rig_write("state/users/35007", "");
	ATF_CHECK_EQ(0, rig_recover(state, true));
	(void)snprintf(want, sizeof(want), WHO "would remove %s\n", p->job);
	ATF_CHECK(told(want));
	ATF_CHECK(told(WHO "would put "));
	ATF_CHECK(told(WHO "would end its processes\n"));
	ATF_CHECK_STREQ("", rig_host.calls);
	ATF_CHECK(rig_exists(FILE_NAME) && rig_exists(p->job));
	ATF_CHECK(rig_exists(p->stage) && !rig_exists(ONE));
	ATF_CHECK_EQ(2, rig_count("state/users"));
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(living_job_is_left_alone_at_once);
ATF_TC_BODY(living_job_is_left_alone_at_once, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int state = rig_state();
	struct journal *j;
	struct error e;
	double start;

	j = journal_begin(state, p, 7, &e);
	ATF_REQUIRE(j != NULL);
	rig_make(p);
	start = now_ms();
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(now_ms() - start < 2000);
	ATF_CHECK_STREQ("", rig_told);
	ATF_CHECK_STREQ("", rig_host.calls);
	ATF_CHECK(rig_exists(p->job) && rig_exists(p->stage));
	ATF_CHECK(rig_exists(FILE_NAME));
	journal_destroy(j);
	rig_plan_destroy(p);
	(void)close(state);
}

/*
 * An executor that dies and leaves its first process, which holds the
 * journal for `ms`; `boot` and `start` are what its journal says.
 */
static pid_t
orphan_holder(int state, const struct plan *p, long ms, uint64_t start)
{
	int status, ready[2];
	struct journal *j;
	struct error e;
	pid_t child;
	char c;

	ATF_REQUIRE(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		j = journal_begin(state, p, start, &e);
		rig_make(p);
		if (j == NULL || fork() != 0)
			_exit(j == NULL);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)close(ready[1]);
		sleep_ms(ms);
		_exit(0);
	}
	ATF_REQUIRE(waitpid(child, &status, 0) == child && status == 0);
	ATF_REQUIRE(read(ready[0], &c, 1) == 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return (child);
}

ATF_TC(dying_first_process_is_waited_for);
ATF_TC_HEAD(dying_first_process_is_waited_for, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
}
ATF_TC_BODY(dying_first_process_is_waited_for, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int state = rig_state();
	double start;

	(void)orphan_holder(state, p, 600, 7);
	start = now_ms();
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_MSG(now_ms() - start > 400, "%.0f", now_ms() - start);
	ATF_CHECK_MSG(now_ms() - start < 4000, "%.0f", now_ms() - start);
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC(process_that_does_not_die_is_told_after_five_seconds);
ATF_TC_HEAD(process_that_does_not_die_is_told_after_five_seconds, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(process_that_does_not_die_is_told_after_five_seconds, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int state = rig_state();
	double start;

	(void)orphan_holder(state, p, 9000, 7);
	start = now_ms();
	ATF_CHECK_EQ(1, rig_recover(state, false));
	ATF_CHECK(now_ms() - start >= 4900);
	ATF_CHECK(told("a process holds it, and its executor is gone"));
	ATF_CHECK_STREQ("", rig_host.calls);
	ATF_CHECK(rig_exists(p->job) && rig_exists(FILE_NAME));
	while (rig_recover(state, false) > 0)
		sleep_ms(100);
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

/* This test is alive and has pid and start of the header, in another boot. */
ATF_TC(pid_of_another_boot_means_nothing);
ATF_TC_HEAD(pid_of_another_boot_means_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "30");
}
ATF_TC_BODY(pid_of_another_boot_means_nothing, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int fd, state = rig_state();
	struct journal *j;
	struct error e;
	double start;

	j = journal_begin(state, p, 7, &e);
	ATF_REQUIRE(j != NULL);
	rig_make(p);
	fd = dup(journal_lock_fd(j));
	journal_destroy(j);
	if (fork() == 0) {
		sleep_ms(500);
		_exit(0);
	}
	(void)close(fd);
	rig_host.boot = "another boot";
	start = now_ms();
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(now_ms() - start > 300);
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(pid_that_another_process_has_by_now_means_nothing);
ATF_TC_BODY(pid_that_another_process_has_by_now_means_nothing, tc)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	int fd, state = rig_state();
	struct journal *j;
	struct error e;

	j = journal_begin(state, p, 8, &e); /* we are 7 */
	ATF_REQUIRE(j != NULL);
	fd = dup(journal_lock_fd(j));
	journal_destroy(j);
	if (fork() == 0) {
		sleep_ms(300);
		_exit(0);
	}
	(void)close(fd);
	ATF_CHECK_EQ(0, rig_recover(state, false));
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

/* ---- journals that are not whole ---- */

ATF_TC_WITHOUT_HEAD(journal_that_never_got_its_header_is_removed);
ATF_TC_BODY(journal_that_never_got_its_header_is_removed, tc)
{
	static const char zeros[100];
	int fd, state = rig_state();

	(void)mkdir("state/jobs", 0700);
	rig_write("state/jobs/000000000001.journal", "");
	rig_write("state/jobs/000000000002.journal", "{\"journal\":\"isth");
	fd = open("state/jobs/000000000003.journal", O_CREAT | O_WRONLY, 0600);
	ATF_REQUIRE(write(fd, zeros, sizeof(zeros)) == sizeof(zeros));
	ATF_REQUIRE(write(fd, "\n", 1) == 1);
	(void)close(fd);
	ATF_CHECK_EQ(0, rig_recover(state, true));
	ATF_CHECK_EQ(3, rig_count("state/jobs"));
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(what_is_no_journal_is_left_and_told);
ATF_TC_BODY(what_is_no_journal_is_left_and_told, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, false);

	ATF_REQUIRE(rename(FILE_NAME, "state/jobs/ffffffffffff.journal") == 0);
	rig_write("state/jobs/000000000001.journal", "hello\n");
	ATF_REQUIRE(mkdir("state/jobs/000000000002.journal", 0700) == 0);
	ATF_REQUIRE(
	    symlink("/etc/passwd", "state/jobs/000000000003.journal") == 0);
	ATF_REQUIRE(mkfifo("state/jobs/000000000004.journal", 0600) == 0);
	ATF_CHECK(rig_recover(state, false) >= 4);
	ATF_CHECK(told("job ffffffffffff: left: "));
	ATF_CHECK(told("it is of job " RIG_ID));
	ATF_CHECK(told("000000000001.journal:1"));
	ATF_CHECK_STREQ("", rig_host.calls);
	ATF_CHECK(rig_exists("state/jobs/ffffffffffff.journal"));
	ATF_CHECK(rig_exists("state/jobs/000000000001.journal"));
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(directory_without_a_journal_is_removed);
ATF_TC_BODY(directory_without_a_journal_is_removed, tc)
{
	int state = rig_state();

	(void)mkdir("state/jobs", 0700);
	(void)mkdir("state/jobs/" RIG_ID, 0700);
	rig_write("state/jobs/" RIG_ID "/x", "x");
	(void)mkdir("state/jobs/precious", 0700);
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(told("job " RIG_ID ": removed its directory\n"));
	ATF_CHECK(!rig_exists("state/jobs/" RIG_ID));
	ATF_CHECK(rig_exists("state/jobs/precious"));
	(void)close(state);
}

/* ---- undo that is refused or fails ---- */

ATF_TC_WITHOUT_HEAD(undo_that_fails_keeps_the_journal_and_others_go_on);
ATF_TC_BODY(undo_that_fails_keeps_the_journal_and_others_go_on, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, false);

	rig_host.fail_undo = EBUSY;
	ATF_CHECK_EQ(3, rig_recover(state, false));
	ATF_CHECK(told(WHO "left: kill"));
	ATF_CHECK(!rig_exists(p->job) && !rig_exists(p->area));
	ATF_CHECK(rig_exists(FILE_NAME));
	rig_host.fail_undo = 0;
	ATF_CHECK_EQ(0, rig_recover(state, false));
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(remove_tree_refuses_what_is_not_of_the_job);
ATF_TC_BODY(remove_tree_refuses_what_is_not_of_the_job, tc)
{
	static const char *const targets[] = { "/", "", "relative/" RIG_ID,
		"/tmp/other", "/tmp/" RIG_ID "/..", "/tmp/" RIG_ID "/../x",
		"/tmp/" RIG_ID "/", "/tmp/" RIG_ID "/." };
	struct journal_record r = {
		.id = (char[]){ RIG_ID }, .name = (char[]){ "n" }, .uid = 35001
	};
	struct journal_entry entry = { UNDO_REMOVE_TREE, NULL };
	int state = rig_state();
	char target[64];
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		(void)snprintf(target, sizeof(target), "%s", targets[i]);
		entry.target = target;
		ATF_CHECK_MSG(!undo_do(&rig_host, state, &r, &entry, &e) ||
				  strncmp(target, "/tmp/" RIG_ID, 17) == 0,
		    "%s", target);
	}
	entry.target = NULL;
	ATF_CHECK(!undo_do(&rig_host, state, &r, &entry, &e));
	/* A parent that is not there: nothing to remove. */
	(void)snprintf(target, sizeof(target), "/nonexistent/%s", RIG_ID);
	entry.target = target;
	ATF_CHECK(undo_do(&rig_host, state, &r, &entry, &e));
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(links_planted_in_a_job_are_not_followed);
ATF_TC_BODY(links_planted_in_a_job_are_not_followed, tc)
{
	struct journal_record r = {
		.id = (char[]){ RIG_ID }, .name = (char[]){ "n" }, .uid = 35001
	};
	struct journal_entry entry = { UNDO_REMOVE_TREE, NULL };
	int state = rig_state();
	struct error e;

	(void)mkdir("victim", 0700);
	rig_write("victim/file", "x");
	ATF_REQUIRE(symlink("victim", RIG_ID) == 0);
	entry.target = rig_path(RIG_ID "/file");
	ATF_CHECK(!undo_do(&rig_host, state, &r, &entry, &e));
	ATF_CHECK(rig_exists("victim/file"));
	free(entry.target);
	entry.target = rig_path(RIG_ID);
	ATF_CHECK(undo_do(&rig_host, state, &r, &entry, &e));
	ATF_CHECK(rig_exists("victim/file"));
	ATF_CHECK(!rig_exists(RIG_ID));
	free(entry.target);
	(void)close(state);
}

/* ---- uids ---- */

/* A later build has the number: its processes are not the dead job's. */
ATF_TC_WITHOUT_HEAD(uid_that_a_living_build_has_is_not_killed);
ATF_TC_BODY(uid_that_a_living_build_has_is_not_killed, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, false);
	struct users *u;
	struct error e;
	uid_t uid;

	u = users_create(state, 35001, 35001, &rig_host, &e);
	ATF_REQUIRE(u != NULL && users_take(u, &uid, &e) == USERS_TAKEN);
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_EQ((uid_t)-1, rig_host.killed_uid);
	ATF_CHECK(!told("released uid"));
	ATF_CHECK(rig_exists("state/users/35001"));
	ATF_CHECK(users_release(u, uid, &e));
	users_destroy(u);
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(uid_lock_without_a_job_is_swept_unless_held);
ATF_TC_BODY(uid_lock_without_a_job_is_swept_unless_held, tc)
{
	int state = rig_state();
	struct users *u;
	struct error e;
	uid_t uid;

	u = users_create(state, 35001, 35002, &rig_host, &e);
	ATF_REQUIRE(u != NULL && users_take(u, &uid, &e) == USERS_TAKEN);
	rig_write("state/users/35002", "");
	rig_write("state/users/notes", "");
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(rig_exists("state/users/35001"));
	ATF_CHECK(!rig_exists("state/users/35002"));
	ATF_CHECK(rig_exists("state/users/notes"));
	users_destroy(u);
	(void)close(state);
}

/* ---- commit ---- */

ATF_TC_WITHOUT_HEAD(begun_commit_is_finished);
ATF_TC_BODY(begun_commit_is_finished, tc)
{
	int state = rig_state();
	struct plan *p;
	size_t moved;

	for (moved = 0; moved <= 2; moved++) {
		p = rig_dead_job(state, true);
		if (moved > 0)
			rig_rename(p, 0);
		if (moved > 1)
			rig_rename(p, 1);
		ATF_CHECK_EQ(0, rig_recover(state, false));
		rig_check_clean();
		ATF_CHECK(rig_exists(ONE "/whole"));
		ATF_CHECK(rig_exists(TWO "/whole"));
		ATF_CHECK_EQ(moved < 2, told(" in place\n"));
		ATF_REQUIRE(system("rm -rf store/one-* store/two-*") == 0);
		rig_plan_destroy(p);
	}
	(void)close(state);
}

/* Where a rename is a link and an unlink, death may come in between. */
ATF_TC_WITHOUT_HEAD(half_a_rename_is_done);
ATF_TC_BODY(half_a_rename_is_done, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, true);
	char stage[1100];

	rig_rename(p, 0);
	snprintf(stage, sizeof(stage), "%s/two-" RIG_ID, p->stage);
	ATF_REQUIRE(rename(stage, "away") == 0);
	ATF_REQUIRE(close(open(stage, O_CREAT | O_WRONLY, 0444)) == 0);
	ATF_REQUIRE(link(stage, TWO) == 0);
	ATF_CHECK_EQ(0, rig_recover(state, false));
	rig_check_clean();
	ATF_CHECK(rig_exists(ONE "/whole"));
	ATF_CHECK(rig_exists(TWO));
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(without_a_commit_line_no_output_appears);
ATF_TC_BODY(without_a_commit_line_no_output_appears, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, false);

	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK_EQ(0, rig_count("store"));
	rig_plan_destroy(p);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(taken_name_after_a_first_rename_is_left);
ATF_TC_BODY(taken_name_after_a_first_rename_is_left, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, true);

	rig_rename(p, 0);
	rig_write(TWO, "another's");
	ATF_CHECK_EQ(1, rig_recover(state, false));
	ATF_CHECK(told(WHO "left: put output in place: "));
	/* Neither side of the conflict is lost. */
	ATF_CHECK(!rig_exists(TWO "/whole") && rig_exists(TWO));
	ATF_CHECK(rig_exists(
	    "store/tmp-isthmus-" RIG_ID "/stage/two-" RIG_ID "/whole"));
	ATF_CHECK(rig_exists(FILE_NAME) && !rig_exists(p->job));
	ATF_REQUIRE(unlink(TWO) == 0);
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(rig_exists(TWO "/whole"));
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

/* As the executor does: all or none. */
ATF_TC_WITHOUT_HEAD(taken_name_before_any_rename_throws_the_build_away);
ATF_TC_BODY(taken_name_before_any_rename_throws_the_build_away, tc)
{
	int state = rig_state();
	struct plan *p = rig_dead_job(state, true);

	rig_write(TWO, "another's");
	ATF_CHECK_EQ(0, rig_recover(state, true));
	ATF_CHECK(told(WHO "would drop its outputs"));
	ATF_CHECK_EQ(0, rig_recover(state, false));
	ATF_CHECK(told(WHO "drops its outputs"));
	ATF_CHECK(!rig_exists(ONE) && rig_exists(TWO));
	rig_check_clean();
	rig_plan_destroy(p);
	(void)close(state);
}

/* ---- failing calls ---- */

ATF_TC(failing_calls_never_lose_an_undo);
ATF_TC_HEAD(failing_calls_never_lose_an_undo, tc)
{
	atf_tc_set_md_var(tc, "timeout", "250");
}
ATF_TC_BODY(failing_calls_never_lose_an_undo, tc)
{
	static const int errors[] = { EMFILE, ENOSPC };
	unsigned at, before, failed = 0, on;
	int state = rig_state();
	static char first[sizeof(rig_told)];
	struct plan *p;
	size_t left;
	bool hit;

	before = rig_descriptors();
	for (on = 0; on < 2; on++) {
		for (at = 1, hit = true; hit; at++) {
			p = rig_dead_job(state, true);
			fault_arm(at, errors[on], on == 1);
			left = rig_recover(state, false);
			hit = fault_disarm();
			memcpy(first, rig_told, sizeof(first));
			ATF_CHECK_EQ_MSG(before, rig_descriptors(), "%u", at);
			failed += left > 0 || rig_error.step[0] != '\0';
			/* What was not told as left is gone. */
			if (left == 0 && rig_error.step[0] == '\0')
				ATF_CHECK_MSG(!rig_exists(p->job) &&
						  !rig_exists(p->area) &&
						  !rig_exists(FILE_NAME),
				    "%u: %s", at, rig_told);
			ATF_CHECK_EQ(0, rig_recover(state, false));
			rig_check_clean();
			ATF_CHECK_MSG(rig_exists(ONE "/whole") &&
					  rig_exists(TWO "/whole"),
			    "%u %u: %s", on, at, first);
			ATF_REQUIRE(system("rm -rf store/*") == 0);
			rig_plan_destroy(p);
		}
	}
	ATF_CHECK_MSG(failed >= 20, "only %u", failed);
	(void)close(state);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dead_job_is_undone_in_reverse_order);
	ATF_TP_ADD_TC(tp, empty_state_is_nothing_to_do);
	ATF_TP_ADD_TC(tp, dry_run_tells_and_changes_nothing);
	ATF_TP_ADD_TC(tp, living_job_is_left_alone_at_once);
	ATF_TP_ADD_TC(tp, dying_first_process_is_waited_for);
	ATF_TP_ADD_TC(tp, process_that_does_not_die_is_told_after_five_seconds);
	ATF_TP_ADD_TC(tp, pid_of_another_boot_means_nothing);
	ATF_TP_ADD_TC(tp, pid_that_another_process_has_by_now_means_nothing);
	ATF_TP_ADD_TC(tp, journal_that_never_got_its_header_is_removed);
	ATF_TP_ADD_TC(tp, what_is_no_journal_is_left_and_told);
	ATF_TP_ADD_TC(tp, directory_without_a_journal_is_removed);
	ATF_TP_ADD_TC(tp, undo_that_fails_keeps_the_journal_and_others_go_on);
	ATF_TP_ADD_TC(tp, remove_tree_refuses_what_is_not_of_the_job);
	ATF_TP_ADD_TC(tp, links_planted_in_a_job_are_not_followed);
	ATF_TP_ADD_TC(tp, uid_that_a_living_build_has_is_not_killed);
	ATF_TP_ADD_TC(tp, uid_lock_without_a_job_is_swept_unless_held);
	ATF_TP_ADD_TC(tp, begun_commit_is_finished);
	ATF_TP_ADD_TC(tp, half_a_rename_is_done);
	ATF_TP_ADD_TC(tp, without_a_commit_line_no_output_appears);
	ATF_TP_ADD_TC(tp, taken_name_after_a_first_rename_is_left);
	ATF_TP_ADD_TC(tp, taken_name_before_any_rename_throws_the_build_away);
	ATF_TP_ADD_TC(tp, failing_calls_never_lose_an_undo);
	return (atf_no_error());
}
