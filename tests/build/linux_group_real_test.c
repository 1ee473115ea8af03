/* Control groups as this kernel has them, of either version. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "tests/build/linux_group_rig.h"

#define MIB (1024 * 1024LL)

static struct group_host *
real_host(void)
{
	struct group_host *h;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	h = group_host_create(NULL);
	ATF_REQUIRE(h != NULL);
	if (group_means(h) == NULL) {
		group_host_destroy(h);
		atf_tc_skip("needs control groups");
	}
	return (h);
}

/* A process in the group, as the executor starts a build's first. */
static pid_t
child_in(struct group *g, void (*work)(void))
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	struct error e;
	int go[2];
	pid_t pid;
	char c;

	ATF_REQUIRE(pipe(go) == 0);
	if (group_clone_fd(g) != -1) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group_clone_fd(g);
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	ATF_REQUIRE_MSG(pid != -1, "clone3: %s", strerror(errno));
	if (pid == 0) {
		alarm(30);
		close(go[1]);
		(void)!read(go[0], &c, 1);
		work();
		_exit(0);
	}
	ATF_REQUIRE_MSG(group_enter(g, pid, &e), "%s", e.step);
	close(go[0]);
	close(go[1]);
	return (pid);
}

static int
status_of(pid_t pid)
{
	int status;

	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	return (status);
}

static void
use_memory(size_t bytes)
{
	char *p;

	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		_exit(9);
	memset(p, 1, bytes);
}

static void
work_32_mib(void)
{
	use_memory(32 * MIB);
}

static void
work_300_mib(void)
{
	use_memory(300 * MIB);
}

static void
work_sleep(void)
{
	for (;;)
		pause();
}

static void
work_family(void)
{
	int i;

	for (i = 0; i < 20; i++)
		if (fork() == 0)
			work_sleep();
	work_sleep();
}

static void
remove_real(struct group_host *h, struct group *g, const char *name)
{
	struct error e;

	group_destroy(g);
	ATF_CHECK_MSG(
	    group_remove(h, name, &e), "%s: %s: %d", e.step, e.path, e.err);
	if (h->isthmus_fd != -1)
		ATF_CHECK_EQ(-1, faccessat(h->isthmus_fd, name, F_OK, 0));
	group_host_destroy(h);
}

ATF_TC(real_memory_limit_kills_and_is_measured);
ATF_TC_HEAD(real_memory_limit_kills_and_is_measured, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(real_memory_limit_kills_and_is_measured, tc)
{
	struct isth_build_result r = { 0 };
	struct spec_limits limits = no_limits;
	struct group_host *h = real_host();
	struct group *g;
	int status;

	limits.memory_bytes = 100 * MIB;
	g = group_of(h, "test-memory", &limits);
	ATF_CHECK_EQ(0, status_of(child_in(g, work_32_mib)));
	r.peak_memory_bytes.value = -1;
	group_measure(g, &r);
	if (r.peak_memory_bytes.value == -1) {
		ATF_CHECK_MATCH("needs Linux", r.peak_memory_bytes.why);
	} else {
		ATF_CHECK(r.peak_memory_bytes.value > 32 * MIB);
		ATF_CHECK(r.peak_memory_bytes.value < 64 * MIB);
	}
	ATF_CHECK(!group_out_of_memory(g));
	/* Swap would let it through: the limit covers that too. */
	status = status_of(child_in(g, work_300_mib));
	ATF_CHECK_EQ(SIGKILL, WTERMSIG(status));
	ATF_CHECK(group_out_of_memory(g));
	remove_real(h, g, "test-memory");
}

/* The case above can fail: without a limit the same program gets through. */
ATF_TC_WITHOUT_HEAD(real_no_memory_limit_kills_nothing);
ATF_TC_BODY(real_no_memory_limit_kills_nothing, tc)
{
	struct group_host *h = real_host();
	struct group *g = group_of(h, "test-free", &no_limits);

	ATF_CHECK_EQ(0, status_of(child_in(g, work_300_mib)));
	remove_real(h, g, "test-free");
}

ATF_TC_WITHOUT_HEAD(real_kill_ends_all);
ATF_TC_BODY(real_kill_ends_all, tc)
{
	struct spec_limits limits = no_limits;
	struct group_host *h = real_host();
	struct group *g;
	struct error e;
	pid_t pid;
	int i;

	limits.memory_bytes = 100 * MIB;
	g = group_of(h, "test-kill", &limits);
	ATF_CHECK_EQ(0, group_kill(g, &e));
	pid = child_in(g, work_family);
	usleep(50000);
	ATF_CHECK_EQ(1, group_kill(g, &e));
	ATF_CHECK_EQ(SIGKILL, WTERMSIG(status_of(pid)));
	for (i = 0; i < 1000 && group_kill(g, &e) == 1; i++)
		usleep(1000);
	ATF_CHECK_EQ(0, group_kill(g, &e));
	remove_real(h, g, "test-kill");
}

ATF_TC_WITHOUT_HEAD(real_remove_kills_what_is_in_there);
ATF_TC_BODY(real_remove_kills_what_is_in_there, tc)
{
	struct spec_limits limits = no_limits;
	struct group_host *h = real_host();
	struct group *g;
	pid_t pid;
	char path[700];

	limits.memory_bytes = 100 * MIB;
	g = group_of(h, "test-remove", &limits);
	pid = child_in(g, work_family);
	usleep(20000);
	snprintf(path, sizeof(path), "%s/isthmus/test-remove/in", h->path);
	ATF_REQUIRE(mkdir(path, 0700) == 0);
	remove_real(h, g, "test-remove");
	ATF_CHECK_EQ(SIGKILL, WTERMSIG(status_of(pid)));
}

static void
work_forks(void)
{
	int i, n = 0;

	for (i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (pid == 0)
			work_sleep();
		n += pid > 0;
	}
	/* Itself is one of the eight, and the executor's first comes on top. */
	_exit(n == 8 ? 0 : 1);
}

ATF_TC_WITHOUT_HEAD(real_process_limit_binds);
ATF_TC_BODY(real_process_limit_binds, tc)
{
	struct spec_limits limits = no_limits;
	struct group_host *h = real_host();
	struct group *g;

	limits.processes = 8;
	g = group_of(h, "test-pids", &limits);
	if (group_why_not(h, "processes") == NULL) {
		ATF_CHECK_EQ(0, status_of(child_in(g, work_forks)));
	} else {
		/* Left to RLIMIT_NPROC: then no group is made. */
		ATF_CHECK_EQ(-1, g->fd);
	}
	remove_real(h, g, "test-pids");
}

/* Also where version 2 has no controllers, beside version 1. */
ATF_TC_WITHOUT_HEAD(real_version_2_kills_whole_groups);
ATF_TC_BODY(real_version_2_kills_whole_groups, tc)
{
	struct group_host h = { .version = &group_v2 };
	struct group g = { .host = &h };
	const char *top;
	char path[256];
	pid_t pid;
	int i;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	top = access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0
		  ? "/sys/fs/cgroup"
		  : "/sys/fs/cgroup/unified";
	snprintf(path, sizeof(path), "%s/isthmus-test", top);
	if (mkdir(path, 0700) == -1)
		atf_tc_skip("needs Linux with cgroup2: %s", strerror(errno));
	g.fd = open(path, O_RDONLY | O_DIRECTORY);
	ATF_CHECK_EQ(0, group_kill(&g, NULL));
	pid = child_in(&g, work_family);
	usleep(20000);
	ATF_CHECK_EQ(1, group_kill(&g, NULL));
	ATF_CHECK_EQ(SIGKILL, WTERMSIG(status_of(pid)));
	for (i = 0; i < 1000 && rmdir(path) == -1; i++)
		usleep(1000);
	ATF_CHECK_EQ(-1, access(path, F_OK));
	close(g.fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, real_memory_limit_kills_and_is_measured);
	ATF_TP_ADD_TC(tp, real_no_memory_limit_kills_nothing);
	ATF_TP_ADD_TC(tp, real_kill_ends_all);
	ATF_TP_ADD_TC(tp, real_remove_kills_what_is_in_there);
	ATF_TP_ADD_TC(tp, real_process_limit_binds);
	ATF_TP_ADD_TC(tp, real_version_2_kills_whole_groups);
	return (atf_no_error());
}
