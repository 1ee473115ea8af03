/*
 * Control groups of version 2, against a tree of plain files that the wrapped
 * mkdirat and unlinkat keep as the kernel would: the linker redirects the
 * calls of the files under test.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "tests/build/linux_group_rig.h"

/* ------------------------------------------------------------------ */
/* A tree of files that looks like version 2                           */
/* ------------------------------------------------------------------ */

static bool fake;

int __real_mkdirat(int fd, const char *name, mode_t mode);
int __real_unlinkat(int fd, const char *name, int flags);
int __wrap_mkdirat(int fd, const char *name, mode_t mode);
int __wrap_unlinkat(int fd, const char *name, int flags);

static void
put(int at, const char *directory, const char *file, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	fd = openat(at, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ATF_REQUIRE_MSG(fd != -1, "%s: %s", path, strerror(errno));
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	close(fd);
}

static const char *
get(const char *path)
{
	static char text[256];
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd == -1)
		return ("(missing)");
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return (text);
}

static void
make_group(int at, const char *name)
{
	put(at, name, "cgroup.procs", "");
	put(at, name, "cgroup.type", "domain\n");
	put(at, name, "cgroup.kill", "");
	put(at, name, "cgroup.events", "populated 0\nfrozen 0\n");
	put(at, name, "cgroup.subtree_control", "");
	put(at, name, "cgroup.controllers", "cpu memory pids\n");
	put(at, name, "memory.max", "max\n");
	put(at, name, "memory.swap.max", "max\n");
	put(at, name, "memory.oom.group", "0\n");
	put(at, name, "pids.max", "max\n");
}

int
__wrap_mkdirat(int fd, const char *name, mode_t mode)
{
	if (__real_mkdirat(fd, name, mode) == -1)
		return (-1);
	if (fake)
		make_group(fd, name);
	return (0);
}

/* As rmdir on a group: its files are no reason, processes and groups are. */
int
__wrap_unlinkat(int fd, const char *name, int flags)
{
	char events[256];
	struct dirent *entry;
	struct stat st;
	int group;
	DIR *dir;

	if (!fake || flags != AT_REMOVEDIR)
		return (__real_unlinkat(fd, name, flags));
	group = openat(fd, name, O_RDONLY | O_DIRECTORY);
	if (group == -1)
		return (-1);
	ATF_REQUIRE(fstat(group, &st) == 0);
	ATF_REQUIRE(group_read(group, "cgroup.events", events, sizeof(events)));
	if (st.st_nlink > 2 ||
	    (strstr(events, "populated 1") != NULL &&
		group_read(group, "cgroup.kill", events, sizeof(events)) &&
		events[0] != '1')) {
		close(group);
		errno = EBUSY;
		return (-1);
	}
	dir = fdopendir(group);
	ATF_REQUIRE(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_type == DT_REG)
			__real_unlinkat(group, entry->d_name, 0);
	closedir(dir);
	return (__real_unlinkat(fd, name, flags));
}

/* "top" is the top of a hierarchy, with "top/mine/leaf" in it. */
static void
make_tree(const char *subtree_control)
{
	fake = false;
	ATF_REQUIRE(mkdir("top", 0755) == 0);
	ATF_REQUIRE(mkdir("top/mine", 0755) == 0);
	ATF_REQUIRE(mkdir("top/mine/leaf", 0755) == 0);
	make_group(AT_FDCWD, "top");
	make_group(AT_FDCWD, "top/mine");
	make_group(AT_FDCWD, "top/mine/leaf");
	ATF_REQUIRE(unlink("top/cgroup.type") == 0);
	put(AT_FDCWD, "top", "cgroup.procs", "1\n2\n");
	put(AT_FDCWD, "top", "cgroup.subtree_control", subtree_control);
	fake = true;
}

static struct group_host *
host_at(const char *own)
{
	struct group_host *h;
	struct error e;

	h = group_host_create_at("top", own, &e);
	ATF_REQUIRE(h != NULL);
	return (h);
}

ATF_TC_WITHOUT_HEAD(limits_are_written);
ATF_TC_BODY(limits_are_written, tc)
{
	struct spec_limits limits = no_limits;
	struct group_host *h;
	struct group *g;

	make_tree("cpu memory pids\n");
	h = host_at("/");
	ATF_CHECK_STREQ("cgroup2", group_means(h));
	ATF_CHECK(group_why_not(h, "memory_bytes") == NULL);
	ATF_CHECK(group_why_not(h, "processes") == NULL);
	ATF_CHECK(group_why_not(h, "disk_bytes") != NULL);
	limits.memory_bytes = 10000000;
	limits.processes = 512;
	g = group_of(h, "job", &limits);
	ATF_CHECK(group_clone_fd(g) != -1);
	ATF_CHECK_STREQ("10000000", get("top/isthmus/job/memory.max"));
	ATF_CHECK_EQ('0', get("top/isthmus/job/memory.swap.max")[0]);
	ATF_CHECK_EQ('1', get("top/isthmus/job/memory.oom.group")[0]);
	ATF_CHECK_STREQ("513\n", get("top/isthmus/job/pids.max"));
	group_destroy(g);
	ATF_CHECK(group_remove(h, "job", NULL));
	ATF_CHECK_EQ(-1, access("top/isthmus/job", F_OK));
	group_host_destroy(h);
	ATF_CHECK_EQ(-1, access("top/isthmus", F_OK));
	ATF_CHECK_STREQ("cpu memory pids\n", get("top/cgroup.subtree_control"));
}

ATF_TC_WITHOUT_HEAD(without_limits_none_is_written);
ATF_TC_BODY(without_limits_none_is_written, tc)
{
	struct group_host *h;

	make_tree("memory pids\n");
	h = host_at("/");
	group_destroy(group_of(h, "job", &no_limits));
	ATF_CHECK_STREQ("max\n", get("top/isthmus/job/memory.max"));
	ATF_CHECK_STREQ("0\n", get("top/isthmus/job/memory.oom.group"));
	ATF_CHECK_STREQ("max\n", get("top/isthmus/job/pids.max"));
	ATF_CHECK(group_remove(h, "job", NULL));
	group_host_destroy(h);
}

ATF_TC_WITHOUT_HEAD(controllers_are_switched_on_and_off_again);
ATF_TC_BODY(controllers_are_switched_on_and_off_again, tc)
{
	struct group_host *h;

	make_tree("cpu memory\n");
	h = host_at("/");
	ATF_CHECK_STREQ("cpu memory\n", get("top/cgroup.subtree_control"));
	group_destroy(group_of(h, "job", &no_limits));
	ATF_CHECK_EQ(
	    0, strncmp("+pids ", get("top/cgroup.subtree_control"), 6));
	ATF_CHECK_STREQ(
	    "+memory +pids ", get("top/isthmus/cgroup.subtree_control"));
	ATF_CHECK(group_remove(h, "job", NULL));
	group_host_destroy(h);
	ATF_CHECK_EQ(0, strncmp("-pids", get("top/cgroup.subtree_control"), 5));
}

ATF_TC_WITHOUT_HEAD(figures_are_read);
ATF_TC_BODY(figures_are_read, tc)
{
	struct isth_build_result r = { 0 };
	struct group_host *h;
	struct group *g;

	make_tree("memory pids\n");
	h = host_at("/");
	g = group_of(h, "job", &no_limits);
	r.peak_memory_bytes.value = r.processes.value = -1;
	r.block_read_bytes.value = 7;
	group_measure(g, &r);
	ATF_CHECK_EQ(-1, r.peak_memory_bytes.value);
	ATF_CHECK_STREQ(
	    "no memory.peak: needs Linux 5.19", r.peak_memory_bytes.why);
	ATF_CHECK_EQ(-1, r.processes.value);
	ATF_CHECK_EQ(7, r.block_read_bytes.value);

	put(AT_FDCWD, "top/isthmus/job", "memory.peak", "4096000\n");
	put(AT_FDCWD, "top/isthmus/job", "pids.peak", "17\n");
	put(AT_FDCWD, "top/isthmus/job", "cpu.stat",
	    "usage_usec 30\nuser_usec 10\nsystem_usec 20\n");
	put(AT_FDCWD, "top/isthmus/job", "io.stat",
	    "8:0 rbytes=100 wbytes=5 rios=1 wios=1 dbytes=9 dios=0\n"
	    "8:16 rbytes=11 wbytes=6 rios=1 wios=1 dbytes=9 dios=0\n");
	group_measure(g, &r);
	ATF_CHECK_EQ(4096000, r.peak_memory_bytes.value);
	ATF_CHECK_STREQ("", r.peak_memory_bytes.why);
	ATF_CHECK_EQ(17, r.processes.value);
	ATF_CHECK_EQ(10000, r.user_ns.value);
	ATF_CHECK_EQ(20000, r.system_ns.value);
	ATF_CHECK_EQ(111, r.block_read_bytes.value);
	ATF_CHECK_EQ(11, r.block_written_bytes.value);
	group_destroy(g);
	ATF_CHECK(group_remove(h, "job", NULL));
	group_host_destroy(h);
}

ATF_TC_WITHOUT_HEAD(the_last_executor_removes_the_top);
ATF_TC_BODY(the_last_executor_removes_the_top, tc)
{
	struct group_host *a, *b;

	make_tree("memory pids\n");
	a = host_at("/");
	b = host_at("/");
	group_destroy(group_of(a, "a", &no_limits));
	group_destroy(group_of(b, "b", &no_limits));
	ATF_CHECK(group_remove(a, "a", NULL));
	group_host_destroy(a);
	ATF_CHECK_EQ(0, access("top/isthmus/b", F_OK));
	ATF_CHECK(group_remove(b, "b", NULL));
	group_host_destroy(b);
	ATF_CHECK_EQ(-1, access("top/isthmus", F_OK));
}

ATF_TC_WITHOUT_HEAD(what_a_dead_executor_left_is_removed);
ATF_TC_BODY(what_a_dead_executor_left_is_removed, tc)
{
	struct group_host *h;
	int status;
	pid_t pid;

	make_tree("memory pids\n");
	pid = fork();
	if (pid == 0) {
		h = host_at("/");
		group_destroy(group_of(h, "job", &no_limits));
		__wrap_mkdirat(AT_FDCWD, "top/isthmus/job/in", 0700);
		__wrap_mkdirat(AT_FDCWD, "top/isthmus/job/in/in", 0700);
		put(AT_FDCWD, "top/isthmus/job", "cgroup.events",
		    "populated 1\n");
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	h = host_at("/");
	ATF_CHECK_EQ(0, access("top/isthmus/job", F_OK));
	ATF_CHECK(group_remove(h, "job", NULL));
	ATF_CHECK(group_remove(h, "job", NULL)); /* again: harmless */
	group_host_destroy(h);
	ATF_CHECK_EQ(-1, access("top/isthmus", F_OK));
}

/* The journal was empty already when it died. */
ATF_TC_WITHOUT_HEAD(an_empty_top_is_removed_by_whoever_comes);
ATF_TC_BODY(an_empty_top_is_removed_by_whoever_comes, tc)
{
	make_tree("memory pids\n");
	__wrap_mkdirat(AT_FDCWD, "top/isthmus", 0700);
	group_host_destroy(host_at("/"));
	ATF_CHECK_EQ(-1, access("top/isthmus", F_OK));
}

ATF_TC_WITHOUT_HEAD(names_that_lead_elsewhere_are_refused);
ATF_TC_BODY(names_that_lead_elsewhere_are_refused, tc)
{
	static const char *const names[] = { "", ".", "..", "a/b", "../mine",
		"/etc" };
	struct group_host *h;
	struct error e;
	size_t i;

	make_tree("memory pids\n");
	h = host_at("/");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_CHECK(group_create(h, names[i], &no_limits, &e) == NULL);
		ATF_CHECK_EQ(EINVAL, e.err);
		ATF_CHECK(!group_remove(h, names[i], &e));
	}
	ATF_CHECK_EQ(0, access("top/mine/leaf", F_OK));
	group_host_destroy(h);
}

ATF_TC_WITHOUT_HEAD(a_group_that_is_there_is_not_taken_over);
ATF_TC_BODY(a_group_that_is_there_is_not_taken_over, tc)
{
	struct group_host *h;
	struct error e;

	make_tree("memory pids\n");
	h = host_at("/");
	group_destroy(group_of(h, "job", &no_limits));
	ATF_CHECK(group_create(h, "job", &no_limits, &e) == NULL);
	ATF_CHECK_EQ(EEXIST, e.err);
	ATF_CHECK_STREQ("top/isthmus/job", e.path);
	ATF_CHECK_EQ(0, access("top/isthmus/job", F_OK));
	ATF_CHECK(group_remove(h, "job", NULL));
	group_host_destroy(h);
}

ATF_TC_WITHOUT_HEAD(a_limit_that_is_refused_leaves_nothing);
ATF_TC_BODY(a_limit_that_is_refused_leaves_nothing, tc)
{
	struct spec_limits limits = no_limits;
	struct group_host *h;
	struct error e;

	make_tree("memory pids\n");
	h = host_at("/");
	limits.memory_bytes = 1;
	fake = false; /* a group without files */
	h->prepared = true;
	ATF_CHECK(group_create(h, "job", &limits, &e) == NULL);
	ATF_CHECK_STREQ("top/isthmus/job/memory.max", e.path);
	ATF_CHECK_EQ(ENOENT, e.err);
	ATF_CHECK_EQ(-1, access("top/isthmus/job", F_OK));
	group_host_destroy(h);
}

/* Until be_self: nobody, who has "mine" and below but not "top". */
static void
be_nobody(void)
{
	static const char *const files[] = { "", "/cgroup.procs",
		"/cgroup.subtree_control" };
	char path[256];
	size_t i;

	ATF_REQUIRE(chmod(".", 0755) == 0);
	if (geteuid() != 0) {
		ATF_REQUIRE(chmod("top", 0555) == 0);
		return;
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "top/mine%s", files[i]);
		ATF_REQUIRE(chown(path, 65534, 65534) == 0);
		snprintf(path, sizeof(path), "top/mine/leaf%s", files[i]);
		ATF_REQUIRE(chown(path, 65534, 65534) == 0);
	}
	ATF_REQUIRE(seteuid(65534) == 0);
}

static void
be_self(void)
{
	ATF_REQUIRE(seteuid(getuid()) == 0);
}

ATF_TC_WITHOUT_HEAD(without_root_an_own_empty_group_is_used);
ATF_TC_BODY(without_root_an_own_empty_group_is_used, tc)
{
	struct group_host *h;

	make_tree("memory pids\n");
	be_nobody();
	h = host_at("/mine/leaf");
	ATF_CHECK_STREQ("cgroup2", group_means(h));
	ATF_CHECK_STREQ("top/mine/leaf", h->path);
	group_host_destroy(h);
	be_self();
}

ATF_TC_WITHOUT_HEAD(without_root_processes_send_it_one_up);
ATF_TC_BODY(without_root_processes_send_it_one_up, tc)
{
	struct group_host *h;

	make_tree("memory pids\n");
	put(AT_FDCWD, "top/mine/leaf", "cgroup.procs", "17\n");
	be_nobody();
	h = host_at("/mine/leaf");
	ATF_CHECK_STREQ("cgroup2", group_means(h));
	ATF_CHECK_STREQ("top/mine", h->path);
	group_destroy(group_of(h, "job", &no_limits));
	ATF_CHECK_EQ(0, access("top/mine/isthmus/job", F_OK));
	ATF_CHECK(group_remove(h, "job", NULL));
	group_host_destroy(h);
	ATF_CHECK_STREQ("17\n", get("top/mine/leaf/cgroup.procs"));
	be_self();
}

ATF_TC_WITHOUT_HEAD(without_delegation_it_says_how_to_get_one);
ATF_TC_BODY(without_delegation_it_says_how_to_get_one, tc)
{
	struct group_host *h;
	struct group *g;

	make_tree("memory pids\n");
	be_nobody();
	h = host_at("/");
	ATF_CHECK(group_means(h) == NULL);
	ATF_CHECK_MATCH("Delegate=yes", group_why_not(h, "memory_bytes"));
	g = group_of(h, "job", &no_limits);
	ATF_CHECK_EQ(-1, group_clone_fd(g));
	ATF_CHECK(group_enter(g, getpid(), NULL));
	ATF_CHECK_EQ(0, group_kill(g, NULL));
	group_destroy(g);
	ATF_CHECK(group_remove(h, "job", NULL));
	group_host_destroy(h);
	be_self();
}

ATF_TC_WITHOUT_HEAD(without_any_tree_it_says_so);
ATF_TC_BODY(without_any_tree_it_says_so, tc)
{
	struct group_host *h;

	h = group_host_create_at("/nonexistent", NULL, NULL);
	ATF_REQUIRE(h != NULL);
	ATF_CHECK(group_means(h) == NULL);
	ATF_CHECK_MATCH("no control groups", group_why_not(h, "memory_bytes"));
	group_host_destroy(h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, limits_are_written);
	ATF_TP_ADD_TC(tp, without_limits_none_is_written);
	ATF_TP_ADD_TC(tp, controllers_are_switched_on_and_off_again);
	ATF_TP_ADD_TC(tp, figures_are_read);
	ATF_TP_ADD_TC(tp, the_last_executor_removes_the_top);
	ATF_TP_ADD_TC(tp, what_a_dead_executor_left_is_removed);
	ATF_TP_ADD_TC(tp, an_empty_top_is_removed_by_whoever_comes);
	ATF_TP_ADD_TC(tp, names_that_lead_elsewhere_are_refused);
	ATF_TP_ADD_TC(tp, a_group_that_is_there_is_not_taken_over);
	ATF_TP_ADD_TC(tp, a_limit_that_is_refused_leaves_nothing);
	ATF_TP_ADD_TC(tp, without_root_an_own_empty_group_is_used);
	ATF_TP_ADD_TC(tp, without_root_processes_send_it_one_up);
	ATF_TP_ADD_TC(tp, without_delegation_it_says_how_to_get_one);
	ATF_TP_ADD_TC(tp, without_any_tree_it_says_so);
	return (atf_no_error());
}
