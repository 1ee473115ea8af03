/*
 * The Linux host below the engine: what a builder finds, what it cannot do,
 * and that nothing of it stays, as root and without.  Where a protection is
 * a step of its own, a twin leaves it out and must see the difference.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux_rig.h"

#define CASE(name)                                      \
	ATF_TC(name);                                   \
	ATF_TC_HEAD(name, tc)                           \
	{                                               \
		atf_tc_set_md_var(tc, "timeout", "60"); \
	}                                               \
	ATF_TC_BODY(name, tc)

static void
need_root(void)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
}

static void
check_said(const struct rig *r, const char *text)
{
	ATF_CHECK_MSG(rig_said(r, text), "no \"%s\" in: %s", text, r->output);
}

static void
check_not_said(const struct rig *r, const char *text)
{
	ATF_CHECK_MSG(!rig_said(r, text), "\"%s\" in: %s", text, r->output);
}

/* Runs a script with one kind of step left out (STEP_KIND_COUNT: none). */
static struct rig *
run_without(enum step_kind kind, const char *script, const char *more)
{
	static struct rig r;

	rig_create(&r, script, more);
	if (kind != STEP_KIND_COUNT)
		plan_leave_out(r.plan, kind);
	rig_run(&r);
	return (&r);
}

static struct rig *
run(const char *script)
{
	return (run_without(STEP_KIND_COUNT, script, ""));
}

/* Seconds since boot that the builder saw. */
static long
uptime(const struct rig *r)
{
	const char *at = strstr(r->output, "uptime=");

	ATF_REQUIRE(at != NULL);
	return (strtol(at + strlen("uptime="), NULL, 10));
}

/* What every builder finds, whoever runs it. */
static void
check_surroundings(void)
{
	/* SIG_IGN, in the kernel's struct, for one that the library hides. */
	static const uint64_t ignore[8] = { 1 };
	struct rig *r;

	ATF_REQUIRE(syscall(SYS_rt_sigaction, 33, ignore, NULL, 8) == 0);
	r = run("cat /proc/self/status; echo name=$(uname -n); echo pwd=$PWD;"
		"echo umask=$(umask); for f in /proc/self/fd/*; do "
		"echo fd=${f##*/}; done; ls -l /proc/self/fd/0;"
		"cat /proc/1/status || echo no pid 1; cat /proc/net/dev;"
		"cat /proc/keys; echo uptime=$(cut -d. -f1 /proc/uptime);"
		"ulimit -c; cat /proc/self/personality; "
		"test -c /dev/null && echo x > /dev/null && echo null works;"
		"script -qc 'tty' /dev/null < /dev/null; exit 3");

	check_said(r, "CapEff:\t0000000000000000");
	check_said(r, "CapPrm:\t0000000000000000");
	check_said(r, "CapInh:\t0000000000000000");
	check_said(r, "CapBnd:\t0000000000000000");
	check_said(r, "CapAmb:\t0000000000000000");
	check_said(r, "SigBlk:\t0000000000000000");
	check_said(r, "SigIgn:\t0000000000000000");
	check_said(r, "NoNewPrivs:\t1");
	check_said(r, "Seccomp:\t2");
	check_said(r, "name=localhost");
	check_said(r, "pwd=/build");
	check_said(r, "umask=0022");
	check_said(r, "-> /dev/null");
	check_said(r, "no pid 1");
	check_said(r, "null works");
	check_said(r, "/dev/pts/0");
	check_said(r, "lo:");
	if (strstr(host_traits(r->host)->isolation, "time") != NULL)
		ATF_CHECK_MSG(uptime(r) < 60, "%ld", uptime(r));
	check_not_said(r, "eth0:");
	check_not_said(r, "keyring");
	check_not_said(r, "fd=9");
	ATF_CHECK(WIFEXITED(r->status) && WEXITSTATUS(r->status) == 3);
	ATF_CHECK(r->processes >= 3 && r->processes < 200);
	ATF_CHECK(r->result.user_ns.value >= 0);
	rig_destroy(r);
}

/* In a child, because the rest of the program wants its rights back. */
static void
as_nobody(void (*body)(void))
{
	pid_t pid;
	int status;

	if (geteuid() != 0) {
		body();
		return;
	}
	fflush(NULL);
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		/* As it would be after an exec; otherwise /proc is root's. */
		if (setgid(65534) != 0 || setuid(65534) != 0 ||
		    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
			_exit(99);
		body();
		_exit(0);
	}
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x", status);
}

CASE(a_builder_finds_what_was_promised)
{
	check_surroundings();
}

CASE(a_builder_of_a_plain_user_finds_the_same)
{
	as_nobody(check_surroundings);
}

CASE(ids_are_the_builds_own_and_for_good)
{
	struct rig *r;

	need_root();
	r = run("cat /proc/self/status; stat -c %u:%g /proc/self");
	check_said(r, "Uid:\t35941\t35941\t35941\t35941");
	check_said(r, "Gid:\t35941\t35941\t35941\t35941");
	check_said(r, "Groups:\t \n");
	rig_destroy(r);
	r = run_without(STEP_DROP, "cat /proc/self/status", "");
	check_said(r, "Uid:\t0\t");
	rig_destroy(r);
}

CASE(inputs_are_seen_and_read_only)
{
	static struct rig r;
	char path[128];
	FILE *f;

	rig_create(&r,
	    "cat /one; cat /dir/sub/in; readlink /link; "
	    "echo x > /one && echo one written; rm /one && echo one gone;"
	    "mkdir /dir/x && echo dir written; touch /dir/sub/in && echo t;"
	    "cat /dir/secret; ls /",
	    ", {\"path\": \"@/one\", \"at\": \"/one\"}"
	    ", {\"path\": \"@/dir\", \"at\": \"/dir\"}"
	    ", {\"path\": \"@/link\", \"at\": \"/link\"}");
	snprintf(path, sizeof(path), "%s/one", r.base);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	fputs("single file\n", f);
	fclose(f);
	ATF_REQUIRE(chmod(path, 0666) == 0);
	snprintf(path, sizeof(path), "%s/dir", r.base);
	ATF_REQUIRE(mkdir(path, 0777) == 0 && chmod(path, 0777) == 0);
	snprintf(path, sizeof(path), "%s/dir/sub", r.base);
	ATF_REQUIRE(mkdir(path, 0755) == 0);
	snprintf(path, sizeof(path), "%s/dir/sub/in", r.base);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	fputs("file in directory\n", f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/link", r.base);
	ATF_REQUIRE(symlink("/nowhere/at all", path) == 0);
	rig_run(&r);
	check_said(&r, "single file\n");
	check_said(&r, "file in directory\n");
	check_said(&r, "/nowhere/at all\n");
	check_said(&r, "Read-only file system");
	check_not_said(&r, "one written");
	check_not_said(&r, "one gone");
	check_not_said(&r, "dir written");
	check_not_said(&r, "home");
	rig_destroy(&r);
}

/* An input in the store directory is the builder's to see, not to move. */
static void
check_mount_points(void)
{
	static struct rig r;
	char path[128];

	rig_create(&r,
	    "cd @/store; mv dep gone && echo moved; rmdir dep && echo removed;"
	    "rm -rf dep; ln -s /usr dep2 && echo own made; ls",
	    ", {\"path\": \"@/dep\", \"at\": \"@/store/dep\"}");
	snprintf(path, sizeof(path), "%s/dep", r.base);
	ATF_REQUIRE(mkdir(path, 0755) == 0);
	rig_run(&r);
	check_not_said(&r, "moved");
	check_not_said(&r, "removed");
	check_said(&r, "own made");
	check_said(&r, "dep\n");
	rig_destroy(&r);
}

CASE(a_mount_point_in_the_store_stays)
{
	check_mount_points();
}

CASE(a_mount_point_in_the_store_of_a_plain_user_stays)
{
	as_nobody(check_mount_points);
}

CASE(root_and_dev_are_sealed)
{
	const char *script =
	    "mkdir /new && echo made; mkdir /dev/new && echo made;"
	    "echo x > /etc/passwd && echo made; "
	    "mount -o remount,rw / && echo made; echo end";
	struct rig *r = run(script);

	check_said(r, "end");
	check_not_said(r, "made");
	rig_destroy(r);
	need_root();
	/* Without the seal it is the owner's rights that are left: drop both. */
	rig_create(r, script, "");
	plan_leave_out(r->plan, STEP_SEAL);
	plan_leave_out(r->plan, STEP_DROP);
	rig_run(r);
	check_said(r, "made");
	rig_destroy(r);
}

CASE(masks_hide_keys)
{
	struct rig *r;

	need_root();
	r = run("cat /proc/keys | wc -c; wc -c < /proc/key-users");
	check_said(r, "0\n0\n");
	rig_destroy(r);
	r = run_without(STEP_MASK, "head -c 1 /proc/key-users | wc -c", "");
	check_said(r, "1\n");
	rig_destroy(r);
}

CASE(a_builder_that_cannot_run_says_so)
{
	static struct rig r;
	struct error e;

	rig_create(&r, "true", "");
	r.plan->steps[r.plan->n - 1].path =
	    plan_keep(r.plan, "/no/such/builder");
	ATF_REQUIRE(rig_start(&r, &e));
	rig_wait(&r, 20);
	rig_stop(&r);
	ATF_CHECK(r.failed && !r.started && !r.exited);
	ATF_CHECK_EQ(r.failure.number, (int64_t)r.plan->n - 1);
	ATF_CHECK_EQ(r.failure.error.err, ENOENT);
	ATF_CHECK_STREQ(r.failure.error.path, "/no/such/builder");
	ATF_CHECK(r.failure.error.hint[0] != '\0');
	rig_destroy(&r);
}

CASE(a_missing_input_is_named)
{
	static struct rig r;
	struct error e;
	size_t at;

	rig_create(&r, "true", ", {\"path\": \"@/none\", \"at\": \"/none\"}");
	ATF_REQUIRE(rig_start(&r, &e));
	rig_wait(&r, 20);
	rig_stop(&r);
	ATF_REQUIRE(r.failed);
	at = (size_t)r.failure.number;
	ATF_CHECK_EQ(r.plan->steps[at].kind, STEP_MOUNT_INPUT);
	ATF_CHECK_EQ(r.failure.error.err, ENOENT);
	ATF_CHECK(strstr(r.failure.error.path, "/none") != NULL);
	rig_destroy(&r);
}

/*
 * Before the builder runs "/" is still the host's: a link that is in a
 * writable directory must not lead a mount point there.
 */
CASE(a_link_on_the_way_to_a_mount_point_is_refused)
{
	static struct rig r;
	char path[128], victim[128];
	size_t at;
	struct error e;

	rig_create(&r, "true",
	    ", {\"path\": \"/usr\", \"at\": \"@/store/way/in/usr\"}");
	snprintf(victim, sizeof(victim), "%s/victim", r.base);
	ATF_REQUIRE(mkdir(victim, 0777) == 0);
	/* What is behind "store" is a directory with the link in it. */
	snprintf(path, sizeof(path), "%s/trap", r.base);
	ATF_REQUIRE(mkdir(path, 0755) == 0);
	at = plan_find(r.plan, STEP_MOUNT_WRITABLE);
	r.plan->steps[at].source = plan_keep(r.plan, path);
	snprintf(path, sizeof(path), "%s/trap/way", r.base);
	ATF_REQUIRE(symlink(victim, path) == 0);
	ATF_REQUIRE(rig_start(&r, &e));
	rig_wait(&r, 20);
	rig_stop(&r);
	ATF_CHECK(r.failed);
	ATF_CHECK_EQ(r.failure.error.err, ELOOP);
	/* Still empty. */
	ATF_CHECK_EQ(rmdir(victim), 0);
	rig_destroy(&r);
}

CASE(what_a_builder_leaves_running_ends_with_it)
{
	static struct rig r;

	rig_create(&r,
	    "trap '' TERM HUP INT; setsid sleep 1000 & (sleep 1001 &) & "
	    "sleep 0.2; echo end",
	    "");
	rig_run(&r);
	check_said(&r, "end");
	ATF_CHECK(r.ended);
	rig_destroy(&r);
}

static void
check_stop(void)
{
	static struct rig r;
	struct error e;

	rig_create(&r,
	    "trap '' TERM HUP INT; setsid sleep 1000 & echo ready; sleep 1000",
	    "");
	ATF_REQUIRE(rig_start(&r, &e));
	rig_until(&r, "ready", 20);
	rig_stop(&r);
	ATF_CHECK(!r.exited);
	ATF_CHECK(r.result.user_ns.value >= 0);
	rig_destroy(&r);
}

CASE(stop_ends_what_ignores_signals)
{
	check_stop();
}

CASE(stop_ends_a_plain_users_build)
{
	as_nobody(check_stop);
}

CASE(a_build_ends_with_its_executor)
{
	static struct rig r;
	struct error e;

	rig_create(&r, "setsid sleep 1000 & echo ready; sleep 1000", "");
	ATF_REQUIRE(rig_start(&r, &e));
	rig_until(&r, "ready", 20);
	close(r.life_fd);
	rig_wait(&r, 5);
	ATF_CHECK(r.ended && !r.exited);
	rig_stop(&r);
	r.life_fd = -1;
	rig_destroy(&r);
}

CASE(a_builder_cannot_signal_or_see_the_first_process)
{
	struct rig *r =
	    run("kill -9 1; kill -STOP 1; kill -TERM -1; ls /proc | grep -x 1; "
		"cat /proc/1/mem && echo read; echo still here");

	check_not_said(r, "read\n");
	check_said(r, "still here");
	ATF_CHECK(WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0);
	rig_destroy(r);
}

CASE(without_name_spaces_nothing_starts)
{
	static struct rig r;
	struct error e;

	rig_create(&r, "true", "");
	plan_leave_out(r.plan, STEP_ISOLATE);
	ATF_CHECK(!rig_start(&r, &e));
	ATF_CHECK_STREQ(e.step, "isolate");
	rig_stop(&r);
	rig_destroy(&r);
}

static char *
mounts(void)
{
	static char text[65536];
	ssize_t n;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);

	ATF_REQUIRE(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	ATF_REQUIRE(n > 0);
	close(fd);
	text[n] = '\0';
	return (strdup(text));
}

CASE(the_hosts_mounts_are_as_before)
{
	static struct rig r;
	char *before = mounts(), *during, *after;
	struct error e;

	rig_create(&r, "echo ready; sleep 1000", "");
	ATF_REQUIRE(rig_start(&r, &e));
	rig_until(&r, "ready", 20);
	during = mounts();
	rig_stop(&r);
	after = mounts();
	ATF_CHECK_STREQ(before, during);
	ATF_CHECK_STREQ(before, after);
	rig_destroy(&r);
	free(before);
	free(during);
	free(after);
}

CASE(no_descriptor_reaches_the_builder)
{
	int fd = open("/", O_RDONLY), high = fcntl(fd, F_DUPFD, 200);
	struct rig *r = run("ls /proc/self/fd; ls /proc/self/fd/200/ && "
			    "echo open");

	ATF_REQUIRE(fd >= 0 && high >= 200);
	check_not_said(r, "200\n");
	check_not_said(r, "open\n");
	rig_destroy(r);
	/* Close-on-exec is not set above, so only the session step did it. */
	r = run_without(STEP_SESSION, "ls -l /proc/self/fd", "");
	check_not_said(r, "0 -> /dev/null\n1 ->");
	rig_destroy(r);
	close(fd);
	close(high);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_builder_finds_what_was_promised);
	ATF_TP_ADD_TC(tp, a_builder_of_a_plain_user_finds_the_same);
	ATF_TP_ADD_TC(tp, ids_are_the_builds_own_and_for_good);
	ATF_TP_ADD_TC(tp, inputs_are_seen_and_read_only);
	ATF_TP_ADD_TC(tp, a_mount_point_in_the_store_stays);
	ATF_TP_ADD_TC(tp, a_mount_point_in_the_store_of_a_plain_user_stays);
	ATF_TP_ADD_TC(tp, root_and_dev_are_sealed);
	ATF_TP_ADD_TC(tp, masks_hide_keys);
	ATF_TP_ADD_TC(tp, a_builder_that_cannot_run_says_so);
	ATF_TP_ADD_TC(tp, a_missing_input_is_named);
	ATF_TP_ADD_TC(tp, a_link_on_the_way_to_a_mount_point_is_refused);
	ATF_TP_ADD_TC(tp, what_a_builder_leaves_running_ends_with_it);
	ATF_TP_ADD_TC(tp, stop_ends_what_ignores_signals);
	ATF_TP_ADD_TC(tp, stop_ends_a_plain_users_build);
	ATF_TP_ADD_TC(tp, a_build_ends_with_its_executor);
	ATF_TP_ADD_TC(tp, a_builder_cannot_signal_or_see_the_first_process);
	ATF_TP_ADD_TC(tp, without_name_spaces_nothing_starts);
	ATF_TP_ADD_TC(tp, the_hosts_mounts_are_as_before);
	ATF_TP_ADD_TC(tp, no_descriptor_reaches_the_builder);
	return (atf_no_error());
}
