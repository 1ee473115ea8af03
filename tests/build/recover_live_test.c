/* Recovery of executors that are killed while they work. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/build/journal_rig.h"

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static unsigned random_state = 1;

static unsigned
random_number(void)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 8);
}

/* What an executor does with one job, up to where it is killed. */
static void
live_job(int state, struct users *u, unsigned me, unsigned n)
{
	struct journal *j;
	struct plan *p;
	struct error e;
	char id[13];
	uid_t uid;
	size_t i;

	(void)snprintf(id, sizeof(id), "%04x%08x", me & 0xffff, n);
	if (users_take(u, &uid, &e) != USERS_TAKEN)
		return;
	p = rig_plan(id, uid);
	j = journal_begin(state, p, 7, &e);
	if (j == NULL)
		_exit(2);
	rig_make(p);
	sleep_ms(1);
	/* Nobody may have touched a living job. */
	if (!rig_exists(p->job) || !rig_exists(p->stage))
		_exit(3);
	if (!journal_commit(j, p, &e))
		_exit(4);
	rig_rename(p, 0);
	rig_rename(p, 1);
	for (i = p->n; i > 1; i--) {
		struct journal_record r = { .id = id, .name = id, .uid = uid };
		struct journal_entry entry = { p->steps[i - 1].undo,
			p->steps[i - 1].target };

		if (!undo_do(&rig_host, state, &r, &entry, &e))
			_exit(5);
	}
	if (!users_release(u, uid, &e) || !journal_remove(j, &e))
		_exit(6);
	journal_destroy(j);
	rig_plan_destroy(p);
	rig_host.calls[0] = '\0';
}

static void
live_executor(int state, unsigned me)
{
	struct users *u;
	struct error e;
	unsigned n;

	if (rig_recover(state, false) != 0)
		_exit(7);
	u = users_create(state, 35001, 35008, &rig_host, &e);
	if (u == NULL)
		_exit(8);
	for (n = 0;; n++)
		live_job(state, u, me, n);
}

/* Outputs in the store come in whole pairs. */
static void
check_store(void)
{
	char path[512];
	struct dirent *d;
	DIR *dir = opendir("store");

	ATF_REQUIRE(dir != NULL);
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		ATF_CHECK_MSG(strncmp(d->d_name, "one-", 4) == 0 ||
				  strncmp(d->d_name, "two-", 4) == 0,
		    "%s", d->d_name);
		(void)snprintf(
		    path, sizeof(path), "store/one-%.12s/whole", d->d_name + 4);
		ATF_CHECK_MSG(rig_exists(path), "%s", path);
		(void)snprintf(
		    path, sizeof(path), "store/two-%.12s/whole", d->d_name + 4);
		ATF_CHECK_MSG(rig_exists(path), "%s", path);
	}
	(void)closedir(dir);
}

ATF_TC(five_hundred_kills_leave_nothing);
ATF_TC_HEAD(five_hundred_kills_leave_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "250");
}
ATF_TC_BODY(five_hundred_kills_leave_nothing, tc)
{
	int round, state = rig_state(), status;
	const unsigned max = 6000; /* microseconds */
	size_t outputs = 0;
	pid_t child;

	for (round = 0; round < 500; round++) {
		child = fork();
		if (child == 0)
			live_executor(state, (unsigned)round);
		/* Longer where a build takes longer. */
		(void)usleep(
		    random_number() % (outputs > 0 ? max : max << round / 100));
		ATF_REQUIRE(kill(child, SIGKILL) == 0);
		ATF_REQUIRE(waitpid(child, &status, 0) == child);
		ATF_CHECK_MSG(WIFSIGNALED(status), "0x%x", (unsigned)status);
		ATF_CHECK_EQ_MSG(0, rig_recover(state, false), "%s", rig_told);
		ATF_CHECK_STREQ("", rig_error.step);
		ATF_CHECK_EQ(0, rig_count("state/jobs"));
		ATF_CHECK_EQ(0, rig_count("state/users"));
		check_store();
		outputs += rig_count("store");
		ATF_REQUIRE(system("rm -rf store/*") == 0);
	}
	ATF_CHECK_MSG(outputs > 0, "none was ever finished");
	(void)close(state);
}

/* Three executors that recover and build, killed in turn, on one state. */
ATF_TC(executors_and_recoveries_share_one_state);
ATF_TC_HEAD(executors_and_recoveries_share_one_state, tc)
{
	atf_tc_set_md_var(tc, "timeout", "250");
}
ATF_TC_BODY(executors_and_recoveries_share_one_state, tc)
{
	pid_t child[3] = { 0, 0, 0 };
	int round, state = rig_state(), status, i;

	for (round = 0; round < 300; round++) {
		i = round % 3;
		if (child[i] > 0) {
			(void)kill(child[i], SIGKILL);
			ATF_REQUIRE(waitpid(child[i], &status, 0) == child[i]);
			ATF_CHECK_MSG(
			    WIFSIGNALED(status), "0x%x", (unsigned)status);
		}
		child[i] = fork();
		if (child[i] == 0)
			live_executor(state, (unsigned)round);
		(void)usleep(random_number() % 5000);
		ATF_CHECK_EQ_MSG(0, rig_recover(state, false), "%s", rig_told);
	}
	for (i = 0; i < 3; i++) {
		(void)kill(child[i], SIGKILL);
		ATF_REQUIRE(waitpid(child[i], &status, 0) == child[i]);
	}
	ATF_CHECK_EQ_MSG(0, rig_recover(state, false), "%s", rig_told);
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	ATF_CHECK_EQ(0, rig_count("state/users"));
	check_store();
	(void)close(state);
}

/* Recoveries killed while they recover, two at a time. */
ATF_TC(killed_recoveries_are_recovered_from);
ATF_TC_HEAD(killed_recoveries_are_recovered_from, tc)
{
	atf_tc_set_md_var(tc, "timeout", "250");
}
ATF_TC_BODY(killed_recoveries_are_recovered_from, tc)
{
	int i, round, state = rig_state(), status;
	struct plan *p;
	pid_t child[2];

	for (round = 0; round < 200; round++) {
		p = rig_dead_job(state, round % 2 == 0);
		for (i = 0; i < 2; i++) {
			child[i] = fork();
			if (child[i] == 0)
				_exit(rig_recover(state, false) != 0);
		}
		(void)usleep(random_number() % 1500);
		for (i = 0; i < 2; i++) {
			(void)kill(child[i], SIGKILL);
			ATF_REQUIRE(waitpid(child[i], &status, 0) == child[i]);
			ATF_CHECK_MSG(status == 0 || WIFSIGNALED(status),
			    "0x%x", (unsigned)status);
		}
		ATF_CHECK_EQ_MSG(0, rig_recover(state, false), "%s", rig_told);
		rig_check_clean();
		ATF_CHECK_EQ(round % 2 == 0 ? 2 : 0, rig_count("store"));
		check_store();
		ATF_REQUIRE(system("rm -rf store/*") == 0);
		rig_plan_destroy(p);
	}
	(void)close(state);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, five_hundred_kills_leave_nothing);
	ATF_TP_ADD_TC(tp, executors_and_recoveries_share_one_state);
	ATF_TP_ADD_TC(tp, killed_recoveries_are_recovered_from);
	return (atf_no_error());
}
