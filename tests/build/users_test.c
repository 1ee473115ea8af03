/* The uid pool: who gets which uid, and when none. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "tests/build/journal_rig.h"

static struct users *
pool(int state, uid_t first, uid_t last)
{
	struct error e;
	struct users *u;

	u = users_create(state, first, last, &rig_host, &e);
	ATF_REQUIRE_MSG(u != NULL, "%s: %s", e.step, e.why);
	return (u);
}

ATF_TC_WITHOUT_HEAD(lowest_free_first_and_busy_when_all_are_held);
ATF_TC_BODY(lowest_free_first_and_busy_when_all_are_held, tc)
{
	struct users *a, *b;
	struct error e;
	int state = rig_state();
	uid_t uid;

	a = pool(state, 35001, 35003);
	b = pool(state, 35001, 35003);
	ATF_CHECK_EQ(USERS_TAKEN, users_take(a, &uid, &e));
	ATF_CHECK_EQ(35001, uid);
	ATF_CHECK_EQ(USERS_TAKEN, users_take(b, &uid, &e));
	ATF_CHECK_EQ(35002, uid);
	ATF_CHECK_EQ(USERS_TAKEN, users_take(a, &uid, &e));
	ATF_CHECK_EQ(35003, uid);
	ATF_CHECK_EQ(USERS_BUSY, users_take(a, &uid, &e));
	ATF_CHECK_EQ(USERS_BUSY, users_take(b, &uid, &e));
	ATF_CHECK(!users_release(a, 35002, &e));
	ATF_CHECK_STREQ("it is not held", e.why);
	ATF_CHECK(users_release(b, 35002, &e));
	ATF_CHECK(!rig_exists("state/users/35002"));
	ATF_CHECK_EQ(USERS_TAKEN, users_take(a, &uid, &e));
	ATF_CHECK_EQ(35002, uid);
	users_destroy(a);
	ATF_CHECK_EQ(USERS_TAKEN, users_take(b, &uid, &e));
	ATF_CHECK_EQ(35001, uid);
	users_destroy(b);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(lock_files_are_private);
ATF_TC_BODY(lock_files_are_private, tc)
{
	int state = rig_state();
	struct users *u;
	struct stat st;
	struct error e;
	uid_t uid;

	(void)umask(0);
	u = pool(state, 35001, 35001);
	ATF_REQUIRE_EQ(USERS_TAKEN, users_take(u, &uid, &e));
	ATF_REQUIRE(stat("state/users/35001", &st) == 0);
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_REQUIRE(stat("state/users", &st) == 0);
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	users_destroy(u);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(uid_of_a_living_process_is_passed_over);
ATF_TC_BODY(uid_of_a_living_process_is_passed_over, tc)
{
	int state = rig_state();
	struct users *u;
	struct error e;
	uid_t uid;

	u = pool(state, 35001, 35002);
	rig_host.busy_uid = 35001;
	rig_host.busy_pid = 4711;
	ATF_CHECK_EQ(USERS_TAKEN, users_take(u, &uid, &e));
	ATF_CHECK_EQ(35002, uid);
	ATF_CHECK(!rig_exists("state/users/35001"));
	/* One is held and one is busy: waiting may help. */
	ATF_CHECK_EQ(USERS_BUSY, users_take(u, &uid, &e));
	rig_host.busy_pid = 0;
	ATF_CHECK_EQ(USERS_TAKEN, users_take(u, &uid, &e));
	ATF_CHECK_EQ(35001, uid);
	users_destroy(u);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(all_uids_of_living_processes_is_a_failure_that_names_one);
ATF_TC_BODY(all_uids_of_living_processes_is_a_failure_that_names_one, tc)
{
	int state = rig_state();
	struct users *u;
	struct error e;
	uid_t uid;

	u = pool(state, 35001, 35002);
	rig_host.all_busy = true;
	rig_host.busy_pid = 4711;
	ATF_CHECK_EQ(USERS_FAILED, users_take(u, &uid, &e));
	ATF_CHECK_STREQ("35001", e.path);
	ATF_CHECK_STREQ("process 4711 has it", e.why);
	ATF_CHECK_EQ(0, rig_count("state/users"));
	rig_host.busy_pid = -1;
	ATF_CHECK_EQ(USERS_FAILED, users_take(u, &uid, &e));
	ATF_CHECK_STREQ("cannot tell whether a process has it", e.why);
	users_destroy(u);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(release_is_refused_while_a_process_lives);
ATF_TC_BODY(release_is_refused_while_a_process_lives, tc)
{
	int state = rig_state();
	struct users *u;
	struct error e;
	uid_t uid;

	u = pool(state, 35001, 35001);
	ATF_REQUIRE_EQ(USERS_TAKEN, users_take(u, &uid, &e));
	rig_host.busy_uid = uid;
	rig_host.busy_pid = 4711;
	ATF_CHECK(!users_release(u, uid, &e));
	ATF_CHECK_STREQ("process 4711 has it", e.why);
	ATF_CHECK(rig_exists("state/users/35001"));
	ATF_CHECK_EQ(USERS_BUSY, users_take(u, &uid, &e));
	rig_host.busy_pid = 0;
	ATF_CHECK(users_release(u, uid, &e));
	users_destroy(u);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(forget_leaves_what_is_held);
ATF_TC_BODY(forget_leaves_what_is_held, tc)
{
	int fd, state = rig_state();
	struct users *u;
	struct error e;
	uid_t uid;

	ATF_CHECK(users_forget(state, 35001, &e));
	u = pool(state, 35001, 35002);
	ATF_REQUIRE_EQ(USERS_TAKEN, users_take(u, &uid, &e));
	ATF_CHECK(users_forget(state, 35001, &e));
	ATF_CHECK(rig_exists("state/users/35001"));
	ATF_CHECK_EQ(USERS_BUSY, users_claim(state, 35001, &fd, &e));
	rig_write("state/users/35002", "");
	ATF_CHECK(users_forget(state, 35002, &e));
	ATF_CHECK(!rig_exists("state/users/35002"));
	ATF_CHECK(users_forget(state, 35002, &e));
	ATF_CHECK_EQ(USERS_TAKEN, users_claim(state, 35002, &fd, &e));
	ATF_CHECK_EQ(USERS_BUSY, users_take(u, &uid, &e));
	(void)close(fd);
	users_destroy(u);
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(impossible_ranges_are_refused);
ATF_TC_BODY(impossible_ranges_are_refused, tc)
{
	static const uid_t ranges[][2] = { { 0, 5 }, { 9, 8 }, { 5, (uid_t)-1 },
		{ 1, 4000000000U } };
	int state = rig_state();
	struct error e;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		ATF_CHECK(users_create(state, ranges[i][0], ranges[i][1],
			      &rig_host, &e) == NULL);
		ATF_CHECK_STREQ("make uid pool", e.step);
	}
	ATF_CHECK(!rig_exists("state/users"));
	(void)close(state);
}

ATF_TC_WITHOUT_HEAD(a_link_in_place_of_a_lock_file_is_not_followed);
ATF_TC_BODY(a_link_in_place_of_a_lock_file_is_not_followed, tc)
{
	int state = rig_state();
	struct users *u;
	struct error e;
	uid_t uid;

	u = pool(state, 35001, 35001);
	rig_write("victim", "x");
	ATF_REQUIRE(symlink("../../victim", "state/users/35001") == 0);
	ATF_CHECK_EQ(USERS_FAILED, users_take(u, &uid, &e));
	ATF_CHECK(!users_forget(state, 35001, &e));
	ATF_CHECK(rig_exists("victim"));
	users_destroy(u);
	(void)close(state);
}

/* Each call of the system fails once, then it and all behind it. */
ATF_TC_WITHOUT_HEAD(failing_calls_keep_neither_uid_nor_descriptor);
ATF_TC_BODY(failing_calls_keep_neither_uid_nor_descriptor, tc)
{
	unsigned at, before, failed = 0, on;
	int state = rig_state();
	struct users *u;
	struct error e;
	bool hit, ok;
	uid_t uid;

	before = rig_descriptors();
	for (on = 0; on < 2; on++) {
		for (at = 1, hit = true; hit; at++) {
			memset(&e, 0, sizeof(e));
			fault_arm(at, EMFILE, on == 1);
			u = users_create(state, 35001, 35001, &rig_host, &e);
			ok = u != NULL &&
			     users_take(u, &uid, &e) == USERS_TAKEN &&
			     users_release(u, uid, &e);
			hit = fault_disarm();
			users_destroy(u);
			ATF_CHECK_MSG(ok || e.step[0] != '\0', "%u", at);
			ATF_CHECK_MSG(ok || hit, "%u", at);
			ATF_CHECK_EQ_MSG(before, rig_descriptors(), "%u", at);
			failed += !ok;
			u = pool(state, 35001, 35001);
			ATF_CHECK_EQ_MSG(
			    USERS_TAKEN, users_take(u, &uid, &e), "%u", at);
			ATF_CHECK(users_release(u, uid, &e));
			users_destroy(u);
			ATF_CHECK_EQ(0, rig_count("state/users"));
		}
	}
	ATF_CHECK_MSG(failed >= 12, "only %u", failed);
	(void)close(state);
}

#define RACERS 4
#define ROUNDS 400

/* Takes uids and writes into a file of the uid that only one may have. */
static void
race(int state, int me)
{
	char path[64];
	struct users *u;
	struct error e;
	uid_t uid;
	int fd, i;

	u = users_create(state, 35001, 35002, &rig_host, &e);
	for (i = 0; u != NULL && i < ROUNDS; i++) {
		if (users_take(u, &uid, &e) != USERS_TAKEN) {
			(void)users_forget(state, 35001 + (uid_t)(i & 1), &e);
			continue;
		}
		(void)snprintf(path, sizeof(path), "mine-%u", (unsigned)uid);
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || unlink(path) != 0)
			_exit(1);
		(void)close(fd);
		if (!users_release(u, uid, &e))
			_exit(2);
	}
	users_destroy(u);
	(void)me;
	_exit(u == NULL ? 3 : 0);
}

ATF_TC(no_uid_is_ever_had_by_two);
ATF_TC_HEAD(no_uid_is_ever_had_by_two, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(no_uid_is_ever_had_by_two, tc)
{
	int i, state = rig_state(), status;

	for (i = 0; i < RACERS; i++) {
		if (fork() == 0)
			race(state, i);
	}
	for (i = 0; i < RACERS; i++) {
		ATF_REQUIRE(wait(&status) > 0);
		ATF_CHECK_EQ_MSG(0, status, "0x%x", (unsigned)status);
	}
	ATF_CHECK_EQ(0, rig_count("state/users"));
	(void)close(state);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lowest_free_first_and_busy_when_all_are_held);
	ATF_TP_ADD_TC(tp, lock_files_are_private);
	ATF_TP_ADD_TC(tp, uid_of_a_living_process_is_passed_over);
	ATF_TP_ADD_TC(
	    tp, all_uids_of_living_processes_is_a_failure_that_names_one);
	ATF_TP_ADD_TC(tp, release_is_refused_while_a_process_lives);
	ATF_TP_ADD_TC(tp, forget_leaves_what_is_held);
	ATF_TP_ADD_TC(tp, impossible_ranges_are_refused);
	ATF_TP_ADD_TC(tp, a_link_in_place_of_a_lock_file_is_not_followed);
	ATF_TP_ADD_TC(tp, failing_calls_keep_neither_uid_nor_descriptor);
	ATF_TP_ADD_TC(tp, no_uid_is_ever_had_by_two);
	return (atf_no_error());
}
