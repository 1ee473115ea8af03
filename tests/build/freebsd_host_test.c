/*
 * The FreeBSD host against the running kernel: what a builder sees and may
 * do, and that nothing is left.
 */
#include <sys/param.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/host/freebsd/freebsd.h"
#include "tests/build/freebsd_rig.h"

#define TEST(name, text)                                 \
	ATF_TC(name);                                    \
	ATF_TC_HEAD(name, tc)                            \
	{                                                \
		atf_tc_set_md_var(tc, "descr", text);    \
		atf_tc_set_md_var(tc, "timeout", "120"); \
	}                                                \
	ATF_TC_BODY(name, tc)

static bool
says(const struct rig *r, const char *text)
{
	return (strstr(r->output, text) != NULL);
}

TEST(exit_status, "the builder's status and output arrive")
{
	struct rig r = { 0 };

	rig_run(&r, "echo hello; exit 3", "");
	ATF_CHECK(r.started && r.exited && !r.failed);
	ATF_CHECK(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 3);
	ATF_CHECK_STREQ("hello\n", r.output);
	ATF_CHECK(r.result.peak_memory_bytes.value > 0);
	ATF_CHECK(r.result.user_ns.value + r.result.system_ns.value > 0);
	ATF_CHECK(r.result.block_read_bytes.value == -1 &&
		  r.result.block_read_bytes.why[0] != '\0');
}

TEST(term_signal, "a signal that ended the builder arrives")
{
	struct rig r = { 0 };

	rig_run(&r, "kill -9 $$", "");
	ATF_CHECK(
	    r.exited && WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL);
}

TEST(identity, "uid, gid, groups, name, host name")
{
	struct rig r = { 0 };

	/* Before 15 the effective group counts as a supplementary one. */
	rig_run(&r,
	    "id -u; id -g; id -G | grep -v -x -e 35931 -e ''; id -un; "
	    "hostname; umask; pwd",
	    "");
	ATF_CHECK_STREQ(
	    "35931\n35931\nbuilder\nlocalhost\n0022\n/build\n", r.output);
}

TEST(root_listing, "only what is declared is visible; / is not writable")
{
	struct rig r = { 0 };

	rig_run(&r,
	    "ls /; ls /etc /usr; for d in / /dev /etc /usr /bin /usr/bin; do "
	    "touch $d/x 2>/dev/null && echo WRITABLE $d; done; "
	    "touch /tmp/x /build/x /store/x && echo three; "
	    "cat /etc/passwd | wc -l; mv /store /s 2>/dev/null && echo MOVED",
	    "");
	ATF_CHECK_STREQ(
	    "bin\nbuild\ndev\netc\nlib\nlibexec\nsbin\nstore\ntmp\nusr\n"
	    "/etc:\ngroup\nhosts\npasswd\npwd.db\n\n/usr:\nbin\nlib\nsbin\n"
	    "three\n       3\n",
	    r.output);
}

TEST(devices, "/dev has exactly the nodes of the plan, and they work")
{
	struct rig r = { 0 };

	rig_run(&r,
	    "ls /dev; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | "
	    "wc -c; echo x > /dev/null; echo y > /dev/stderr; "
	    "echo z > /dev/fd/1; echo x > /dev/full; "
	    "for d in mem kmem klog io mdctl ctty devctl bpf tty; do "
	    "ls /dev/$d >/dev/null 2>&1 && echo SEEN $d; done; exit 0",
	    "");
	ATF_CHECK(says(&r,
	    "fd\nfull\nnull\nrandom\nstderr\nstdin\nstdout\nurandom\nzero\n"
	    "       4\n       4\ny\nz\n"));
	ATF_CHECK(says(&r, "write error"));
	ATF_CHECK(!says(&r, "SEEN"));
}

TEST(device_later, "a device that comes later stays hidden")
{
	struct rig r = { 0 };
	char *before = rig_world();
	int fd;

	rig_create(&r, "echo ready; sleep 2; ls /dev", "");
	rig_start(&r);
	/* A pseudo terminal makes a new node in every devfs. */
	rig_until(&r, "ready", 30);
	fd = posix_openpt(O_RDWR | O_NOCTTY);
	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE(grantpt(fd) == 0 && unlockpt(fd) == 0);
	ATF_REQUIRE(access(ptsname(fd), F_OK) == 0);
	rig_wait(&r, 30);
	rig_stop(&r);
	rig_undo(&r);
	ATF_CHECK(!says(&r, "pts"));
	(void)close(fd);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(device_on_request, "a device of the spec is shown, an absent refused")
{
	struct error e = { 0 };
	struct rig r = { 0 };
	char *before;

	rig_run(&r, "ls /dev/mdctl", "],\"devices\":[\"/dev/mdctl\"]");
	ATF_CHECK_STREQ("/dev/mdctl\n", r.output);
	before = rig_world();
	rig_create(&r, "true", "],\"devices\":[\"/dev/nonsense\"]");
	ATF_CHECK(!rig_setup(&r, SIZE_MAX, &e));
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("/dev/nonsense", e.path);
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(single_file, "a single file is an input, and cannot be written")
{
	struct rig r = { 0 };
	int fd;

	fd = open("/tmp/rig-file", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	ATF_REQUIRE(fd >= 0 && fchmod(fd, 0666) == 0);
	ATF_REQUIRE(write(fd, "inside\n", 7) == 7 && close(fd) == 0);
	rig_run(&r,
	    "cat /in/file; echo x > /in/file; chmod 777 /in/file; "
	    "rm /in/file; exit 0",
	    ",{\"path\":\"/tmp/rig-file\",\"at\":\"/in/file\"}]");
	ATF_CHECK(says(&r, "inside\n"));
	/* A mount, or before 15 a copy that belongs to root. */
	ATF_CHECK(says(&r, "Read-only file system") ||
		  says(&r, "/in/file: Operation not permitted"));
	(void)unlink("/tmp/rig-file");
}

TEST(missing_input, "an input that went away is named")
{
	struct error e = { 0 };
	struct rig r = { 0 };

	rig_create(&r, "true", ",\"/nonexistent/input\"]");
	ATF_CHECK(!rig_setup(&r, SIZE_MAX, &e));
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_STREQ("/nonexistent/input", e.path);
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
}

TEST(link_in_input, "a place is not looked up through a link of an input")
{
	char *before = rig_world();
	struct error e = { 0 };
	bool found = false;
	struct step *s;
	struct rig r = { 0 };
	size_t i;

	(void)mkdir("/tmp/rig-in", 0755);
	(void)symlink("/tmp", "/tmp/rig-in/link");
	rig_create(&r, "true",
	    ",{\"path\":\"/tmp/rig-in\",\"at\":\"/in\"},"
	    "{\"path\":\"/bin\",\"at\":\"/inside\"}]");
	/* A spec cannot say this. */
	for (i = 0; i < r.plan->n; i++) {
		s = &r.plan->steps[i];
		if (s->path == NULL || strstr(s->path, "/inside") == NULL)
			continue;
		s->path =
		    plan_keepf(r.plan, "%s/in/link/rig-escape", r.plan->root);
		s->target = s->path;
		found = true;
	}
	ATF_REQUIRE(found);
	ATF_CHECK(!rig_setup(&r, SIZE_MAX, &e));
	ATF_CHECK(access("/tmp/rig-escape", F_OK) != 0);
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
	(void)unlink("/tmp/rig-in/link");
	(void)rmdir("/tmp/rig-in");
	rig_same_world(before);
}

TEST(link_input, "an input that is a link is the same link in the build")
{
	struct rig r = { 0 };

	(void)unlink("/tmp/rig-link");
	ATF_REQUIRE(symlink("bin/sh", "/tmp/rig-link") == 0);
	rig_run(&r, "ls -l /shell | sed 's/.*-> //'; /shell -c 'echo runs'",
	    ",{\"path\":\"/tmp/rig-link\",\"at\":\"/shell\"}]");
	ATF_CHECK_STREQ("bin/sh\nruns\n", r.output);
	(void)unlink("/tmp/rig-link");
}

TEST(undo_through_link, "undo does not unmount what a link leads to")
{
	char *before = rig_world();
	struct error e = { 0 };
	struct statfs sf;
	struct rig r = { 0 };
	char *through;

	(void)unlink("/tmp/rig-link");
	(void)mkdir("/tmp/rig-mount", 0755);
	ATF_REQUIRE(system("mount -t tmpfs tmpfs /tmp/rig-mount") == 0);
	ATF_REQUIRE(symlink("/tmp/rig-mount", "/tmp/rig-link") == 0);
	rig_create(
	    &r, "true", ",{\"path\":\"/tmp/rig-link\",\"at\":\"/link\"}]");
	ATF_REQUIRE_MSG(rig_setup(&r, SIZE_MAX, &e), "%s: %s", e.step, e.path);
	ATF_REQUIRE(asprintf(&through, "%s/link", r.plan->root) > 0);
	ATF_CHECK(host_undo(r.host, UNDO_UNMOUNT, through, RIG_UID, &e));
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
	free(through);
	ATF_REQUIRE(statfs("/tmp/rig-mount", &sf) == 0);
	ATF_CHECK_STREQ("/tmp/rig-mount", sf.f_mntonname);
	ATF_CHECK(unmount("/tmp/rig-mount", 0) == 0);
	(void)unlink("/tmp/rig-link");
	(void)rmdir("/tmp/rig-mount");
	rig_same_world(before);
}

TEST(undo_by_name, "without its uid a job is killed by its name")
{
	char *before = rig_world();
	struct error e = { 0 };
	struct rig r = { 0 };

	rig_create(&r, "trap '' 1 2 3 15; echo on; while :; do :; done", "");
	rig_start(&r);
	rig_until(&r, "on", 30);
	ATF_CHECK_MSG(host_undo(r.host, UNDO_KILL, r.plan->id, (uid_t)-1, &e),
	    "%s", e.why);
	ATF_CHECK(kill(r.job->first, 0) == 0); /* nobody waited for it yet */
	rig_stop(&r);
	ATF_CHECK_EQ(0, host_uid_busy(r.host, RIG_UID));
	ATF_CHECK(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL);
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(first_process, "without a descriptor a first process does the same")
{
	char *before = rig_world();
	struct rig r = { 0 };

	rig_create(
	    &r, "(sleep 1000 &); daemon sleep 1000; echo left; exit 3", "");
	r.host->no_descriptor = true;
	rig_start(&r);
	ATF_CHECK(!r.job->direct);
	rig_wait(&r, 30);
	rig_stop(&r);
	rig_undo(&r);
	ATF_CHECK(r.started && r.exited && WEXITSTATUS(r.status) == 3);
	ATF_CHECK(says(&r, "left"));
	ATF_CHECK_EQ(0, host_uid_busy(r.host, RIG_UID));
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(builder_missing, "a builder that is not there fails its step")
{
	struct rig r = { 0 };

	rig_create(&r, "true", "");
	r.plan->steps[r.plan->n - 1].path = plan_keep(r.plan, "/bin/nonsense");
	rig_start(&r);
	rig_wait(&r, 30);
	rig_stop(&r);
	rig_undo(&r);
	ATF_CHECK(r.failed && !r.started);
	ATF_CHECK_EQ((int64_t)r.plan->n - 1, r.failure.number);
	ATF_CHECK_EQ(ENOENT, r.failure.error.err);
	ATF_CHECK_STREQ("/bin/nonsense", r.failure.error.path);
	rig_destroy(&r);
}

TEST(daemons_die, "what the builder leaves running is gone with it")
{
	struct rig r = { 0 };

	rig_run(&r,
	    "(sleep 1000 & sleep 1000 &) ; daemon sleep 1000; "
	    "(trap '' 1 2 3 15; while :; do :; done) & echo left",
	    "");
	ATF_CHECK(says(&r, "left"));
	ATF_CHECK(r.exited && WEXITSTATUS(r.status) == 0);
	ATF_CHECK_EQ(0, host_uid_busy(NULL, RIG_UID));
}

TEST(stop_running, "a build that runs is stopped")
{
	char *before = rig_world();
	struct rig r = { 0 };

	rig_create(&r, "trap '' 1 2 3 15; echo on; while :; do :; done", "");
	rig_start(&r);
	rig_until(&r, "on", 30);
	ATF_CHECK(host_uid_busy(r.host, RIG_UID) > 0);
	rig_stop(&r);
	ATF_CHECK_EQ(0, host_uid_busy(r.host, RIG_UID));
	ATF_CHECK(r.exited && WIFSIGNALED(r.status));
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(fork_storm, "a fork bomb is stopped")
{
	char *before = rig_world();
	struct rig r = { 0 };

	rig_create(&r, "f() { f & f & wait; }; echo on; f 2>/dev/null",
	    "],\"limits\":{\"processes\":60}");
	rig_start(&r);
	rig_until(&r, "on", 30);
	(void)sleep(2);
	rig_stop(&r);
	ATF_CHECK_EQ(0, host_uid_busy(r.host, RIG_UID));
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(executor_dies, "all die with the executor; then undo leaves nothing")
{
	char *before = rig_world();
	struct rig r = { 0 };
	pid_t pid;
	int i, status, ready[2];
	char byte;

	rig_create(&r, "echo on; sleep 1000 & while :; do :; done", "");
	ATF_REQUIRE(pipe(ready) == 0);
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		rig_start(&r);
		rig_until(&r, "on", 30);
		(void)write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	ATF_REQUIRE(read(ready[0], &byte, 1) == 1);
	ATF_CHECK(host_uid_busy(r.host, RIG_UID) > 0);
	ATF_REQUIRE(kill(pid, SIGKILL) == 0);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	/* Without any help: the jail's owner and the life pipe. */
	for (i = 0; i < 3000 && host_uid_busy(r.host, RIG_UID) != 0; i++)
		(void)usleep(1000);
	ATF_CHECK_EQ(0, host_uid_busy(r.host, RIG_UID));
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(killed_at_each_step, "undo is right after any number of steps")
{
	char *before = rig_world();
	struct rig r = { 0 };
	size_t i, n;
	pid_t pid;
	int status;

	rig_create(&r, "true", "");
	n = plan_find(r.plan, STEP_ENTER_ROOT);
	for (i = 0; i <= n; i++) {
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0) {
			struct error e = { 0 };

			(void)rig_setup(&r, i, &e);
			(void)kill(getpid(), SIGKILL);
		}
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_CHECK(WIFSIGNALED(status));
		rig_undo(&r);
		/* Twice is as good as once. */
		rig_undo(&r);
	}
	rig_destroy(&r);
	rig_same_world(before);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	(void)strlcpy(un.sun_path, path, sizeof(un.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	ATF_REQUIRE(chmod(path, 0777) == 0 && listen(fd, 5) == 0);
	return (fd);
}

TEST(host_socket, "a Unix socket of the host below an input is not reached")
{
	struct rig r = { 0 };
	int fd;

	if (getosreldate() < 1501000)
		atf_tc_skip("before 15.1 it is, as \"weaker\" says: nullfs "
			    "has no nounixbypass");
	(void)mkdir("/tmp/rig-sock", 0755);
	(void)unlink("/tmp/rig-sock/s");
	fd = listen_at("/tmp/rig-sock/s");
	rig_run(&r, "ls /in; nc -N -U /in/s </dev/null && echo REACHED",
	    ",{\"path\":\"/tmp/rig-sock\",\"at\":\"/in\"}]");
	ATF_CHECK(says(&r, "s\n"));
	ATF_CHECK(!says(&r, "REACHED"));
	(void)close(fd);
	(void)unlink("/tmp/rig-sock/s");
	(void)rmdir("/tmp/rig-sock");
}

TEST(own_socket, "a build's own Unix sockets work, in work and in /tmp")
{
	struct rig r = { 0 };

	rig_run(&r,
	    "for d in /build /tmp; do nc -l -U $d/s > $d/got & "
	    "while [ ! -S $d/s ]; do sleep 0.1; done; "
	    "echo hello | nc -N -U $d/s; wait; cat $d/got; done",
	    "");
	ATF_CHECK_STREQ("hello\nhello\n", r.output);
}

TEST(no_processes_seen, "processes outside cannot be seen or signalled")
{
	struct rig r = { 0 };

	rig_run(&r,
	    "ps ax -o pid,command | grep -v -e ps -e grep -e sh -e PID; "
	    "kill -0 1; kill -0 $PPID; exit 0",
	    "");
	ATF_CHECK(says(&r, "kill: 1: No such process"));
	ATF_CHECK(!says(&r, "atf") && !says(&r, "init"));
	ATF_CHECK(!says(&r, "Operation not permitted"));
}

TEST(permissions, "a jail has none but suser, at the highest securelevel")
{
	struct rig r = { 0 };
	char *before = rig_world();

	rig_create(&r, "echo on; sleep 1000", "");
	rig_start(&r);
	rig_until(&r, "on", 30);
	/* jls -n says "allow.NAME" or "allow.noNAME". */
	ATF_CHECK(system("jls -n -j isthmus-0123abcd8c5b > rig-jail") == 0);
	ATF_CHECK(system("tr ' ' '\\n' < rig-jail | grep -e '^allow' | grep "
			 "-v -e '^allow[.]no' -e '[.]no[a-z0-9]*$' | "
			 "grep -v -x allow.suser") != 0);
	ATF_CHECK(system("grep -q allow.nomount rig-jail") == 0);
	ATF_CHECK(system("grep -q allow.noraw_sockets rig-jail") == 0);
	ATF_CHECK(system("grep -q 'securelevel=3' rig-jail") == 0);
	ATF_CHECK(system("grep -q 'children.max=0' rig-jail") == 0);
	ATF_CHECK(system("grep -q 'enforce_statfs=2' rig-jail") == 0);
	ATF_CHECK(system("grep -q 'sysvshm=new' rig-jail") == 0);
	(void)unlink("rig-jail");
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
}

TEST(set_id, "a set-uid program keeps the builder's uid")
{
	struct rig r = { 0 };

	ATF_REQUIRE(system("cp /usr/bin/id /tmp/rig-id && "
			   "chmod 4755 /tmp/rig-id") == 0);
	rig_run(
	    &r, "/in/id -u", ",{\"path\":\"/tmp/rig-id\",\"at\":\"/in/id\"}]");
	ATF_CHECK_STREQ("35931\n", r.output);
	(void)unlink("/tmp/rig-id");
}

TEST(foreign_rules, "a devfs rule set of someone else is left alone")
{
	struct error e = { 0 };
	struct rig r = { 0 };
	char *before;

	ATF_REQUIRE(system("devfs rule -s 35932 add 100 path null hide") == 0);
	before = rig_world();
	rig_create(&r, "true", "");
	ATF_CHECK(!rig_setup(&r, SIZE_MAX, &e));
	ATF_CHECK_EQ(EEXIST, e.err);
	rig_stop(&r);
	rig_undo(&r);
	rig_destroy(&r);
	rig_same_world(before);
	ATF_CHECK(system("devfs rule -s 35932 show 100 | grep -q null") == 0);
	ATF_CHECK(system("devfs rule -s 35932 delset") == 0);
}

TEST(process_start, "the start of a process does not move with the clock")
{
	uint64_t mine = host_process_start(getpid());

	ATF_CHECK(mine != 0);
	ATF_CHECK_EQ(mine, host_process_start(getpid()));
	ATF_CHECK(host_process_start(1) < mine);
	ATF_CHECK_EQ(0, host_process_start(99999));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exit_status);
	ATF_TP_ADD_TC(tp, term_signal);
	ATF_TP_ADD_TC(tp, identity);
	ATF_TP_ADD_TC(tp, root_listing);
	ATF_TP_ADD_TC(tp, devices);
	ATF_TP_ADD_TC(tp, device_later);
	ATF_TP_ADD_TC(tp, device_on_request);
	ATF_TP_ADD_TC(tp, single_file);
	ATF_TP_ADD_TC(tp, missing_input);
	ATF_TP_ADD_TC(tp, link_in_input);
	ATF_TP_ADD_TC(tp, link_input);
	ATF_TP_ADD_TC(tp, undo_through_link);
	ATF_TP_ADD_TC(tp, undo_by_name);
	ATF_TP_ADD_TC(tp, first_process);
	ATF_TP_ADD_TC(tp, builder_missing);
	ATF_TP_ADD_TC(tp, daemons_die);
	ATF_TP_ADD_TC(tp, stop_running);
	ATF_TP_ADD_TC(tp, fork_storm);
	ATF_TP_ADD_TC(tp, executor_dies);
	ATF_TP_ADD_TC(tp, killed_at_each_step);
	ATF_TP_ADD_TC(tp, host_socket);
	ATF_TP_ADD_TC(tp, own_socket);
	ATF_TP_ADD_TC(tp, no_processes_seen);
	ATF_TP_ADD_TC(tp, permissions);
	ATF_TP_ADD_TC(tp, set_id);
	ATF_TP_ADD_TC(tp, foreign_rules);
	ATF_TP_ADD_TC(tp, process_start);
	return (atf_no_error());
}
