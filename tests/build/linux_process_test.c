/*
 * Processes by uid: finding one, killing all of them while they multiply and
 * fight back, and telling a living process from its successor.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/linux/linux.h"

/* Of nobody, and outside the pool. */
#define UID_A 47001
#define UID_B 47002

static void
need_root(void)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
}

/* A child that has given up root for the uid; it has when this returns. */
static pid_t
child_as(uid_t uid, void (*work)(void))
{
	int ready[2];
	pid_t pid;
	char c;

	ATF_REQUIRE(pipe(ready) == 0);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		struct rlimit few = { 200, 200 };

		if (setrlimit(RLIMIT_NPROC, &few) == -1 ||
		    setgroups(0, NULL) == -1 || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid) == -1 ||
		    write(ready[1], "r", 1) != 1)
			_exit(99);
		close(ready[0]);
		close(ready[1]);
		work();
		_exit(0);
	}
	close(ready[1]);
	ATF_REQUIRE_EQ(1, read(ready[0], &c, 1));
	close(ready[0]);
	return (pid);
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
work_sleep(void)
{
	alarm(30);
	for (;;)
		pause();
}

static void
work_exit(void)
{
}

/* Forks for ever; what may not fork any more tries again. */
static void
work_fork_bomb(void)
{
	alarm(30);
	for (;;)
		(void)!fork();
}

/* Stops whoever else has this uid, for ever. */
static void
work_stop_others(void)
{
	alarm(30);
	for (;;)
		kill(-1, SIGSTOP);
}

ATF_TC_WITHOUT_HEAD(a_uid_without_processes_is_not_busy);
ATF_TC_BODY(a_uid_without_processes_is_not_busy, tc)
{
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
}

ATF_TC_WITHOUT_HEAD(the_own_uid_is_busy);
ATF_TC_BODY(the_own_uid_is_busy, tc)
{
	ATF_CHECK(host_uid_busy(NULL, getuid()) > 0);
}

ATF_TC_WITHOUT_HEAD(a_living_process_is_named);
ATF_TC_BODY(a_living_process_is_named, tc)
{
	pid_t pid;

	need_root();
	pid = child_as(UID_A, work_sleep);
	ATF_CHECK_EQ(pid, host_uid_busy(NULL, UID_A));
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_B));
	end(pid);
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
}

ATF_TC_WITHOUT_HEAD(a_zombie_is_not_busy);
ATF_TC_BODY(a_zombie_is_not_busy, tc)
{
	siginfo_t info;
	pid_t pid;

	need_root();
	pid = child_as(UID_A, work_exit);
	ATF_REQUIRE(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
	end(pid);
}

ATF_TC(a_fork_bomb_dies_whole);
ATF_TC_HEAD(a_fork_bomb_dies_whole, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(a_fork_bomb_dies_whole, tc)
{
	struct error e;
	pid_t pid;

	need_root();
	pid = child_as(UID_A, work_fork_bomb);
	usleep(100000);
	ATF_CHECK(host_uid_busy(NULL, UID_A) > 0);
	ATF_CHECK_MSG(process_kill_uid(UID_A, &e), "%s: %s", e.step, e.why);
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
	end(pid);
	usleep(20000);
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
}

ATF_TC(victims_that_stop_the_killer_die);
ATF_TC_HEAD(victims_that_stop_the_killer_die, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(victims_that_stop_the_killer_die, tc)
{
	struct error e;
	pid_t pid;
	int i;

	need_root();
	for (i = 0; i < 20; i++) {
		pid = child_as(UID_A, work_stop_others);
		ATF_CHECK_MSG(
		    process_kill_uid(UID_A, &e), "%s: %s", e.step, e.why);
		ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
		end(pid);
	}
}

ATF_TC_WITHOUT_HEAD(other_uids_live_on);
ATF_TC_BODY(other_uids_live_on, tc)
{
	struct error e;
	pid_t a, b;

	need_root();
	a = child_as(UID_A, work_sleep);
	b = child_as(UID_B, work_sleep);
	ATF_CHECK(process_kill_uid(UID_A, &e));
	ATF_CHECK_EQ(0, host_uid_busy(NULL, UID_A));
	ATF_CHECK_EQ(b, host_uid_busy(NULL, UID_B));
	end(a);
	end(b);
}

ATF_TC_WITHOUT_HEAD(root_and_the_own_uid_are_never_killed);
ATF_TC_BODY(root_and_the_own_uid_are_never_killed, tc)
{
	struct error e;

	ATF_CHECK(!process_kill_uid(0, &e));
	ATF_CHECK_EQ(EINVAL, e.err);
	ATF_CHECK_STREQ("uid 0", e.path);
	ATF_CHECK(!process_kill_uid((uid_t)-1, &e));
	ATF_CHECK(!process_kill_uid(getuid(), &e));
}

ATF_TC_WITHOUT_HEAD(without_root_killing_says_so);
ATF_TC_BODY(without_root_killing_says_so, tc)
{
	struct error e;
	pid_t pid, other;
	int status;

	need_root();
	other = child_as(UID_A, work_sleep);
	pid = fork();
	if (pid == 0) {
		if (setresuid(UID_B, UID_B, UID_B) == -1)
			_exit(1);
		_exit(!process_kill_uid(UID_A, &e) && e.err == EPERM ? 0 : 2);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_EQ(0, status);
	ATF_CHECK_EQ(other, host_uid_busy(NULL, UID_A));
	end(other);
}

ATF_TC_WITHOUT_HEAD(start_time_tells_processes_apart);
ATF_TC_BODY(start_time_tells_processes_apart, tc)
{
	uint64_t own = host_process_start(getpid());
	pid_t pid;

	ATF_CHECK(own != 0);
	ATF_CHECK_EQ(own, host_process_start(getpid()));
	usleep(50000); /* more than one tick of the clock */
	pid = fork();
	if (pid == 0)
		work_sleep();
	ATF_CHECK(host_process_start(pid) > own);
	end(pid);
	ATF_CHECK_EQ(0, host_process_start(pid));
	ATF_CHECK_EQ(0, host_process_start(0));
	ATF_CHECK_EQ(0, host_process_start(-1));
}

ATF_TC_WITHOUT_HEAD(start_time_survives_a_hostile_name);
ATF_TC_BODY(start_time_survives_a_hostile_name, tc)
{
	uint64_t own = host_process_start(getpid());

	ATF_REQUIRE(prctl(PR_SET_NAME, ") Z (1 2 3) ") == 0);
	ATF_CHECK_EQ(own, host_process_start(getpid()));
}

ATF_TC_WITHOUT_HEAD(a_zombie_has_no_start_time);
ATF_TC_BODY(a_zombie_has_no_start_time, tc)
{
	siginfo_t info;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(0);
	ATF_REQUIRE(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	ATF_CHECK_EQ(0, host_process_start(pid));
	end(pid);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_uid_without_processes_is_not_busy);
	ATF_TP_ADD_TC(tp, the_own_uid_is_busy);
	ATF_TP_ADD_TC(tp, a_living_process_is_named);
	ATF_TP_ADD_TC(tp, a_zombie_is_not_busy);
	ATF_TP_ADD_TC(tp, a_fork_bomb_dies_whole);
	ATF_TP_ADD_TC(tp, victims_that_stop_the_killer_die);
	ATF_TP_ADD_TC(tp, other_uids_live_on);
	ATF_TP_ADD_TC(tp, root_and_the_own_uid_are_never_killed);
	ATF_TP_ADD_TC(tp, without_root_killing_says_so);
	ATF_TP_ADD_TC(tp, start_time_tells_processes_apart);
	ATF_TP_ADD_TC(tp, start_time_survives_a_hostile_name);
	ATF_TP_ADD_TC(tp, a_zombie_has_no_start_time);
	return (atf_no_error());
}
