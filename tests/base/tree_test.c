/* Removing trees: depth, permissions, links, mounts, people who go on. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tree.h"
#include "base/error.h"
#include "base/walk.h"

static int
here(void)
{
	int fd;

	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(fd >= 0);
	return (fd);
}

static void
make_file(const char *path)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	ATF_REQUIRE_MSG(fd >= 0, "%s: %s", path, strerror(errno));
	ATF_REQUIRE_EQ(2, write(fd, "x\n", 2));
	close(fd);
}

static bool
is_there(const char *path)
{
	struct stat st;

	return (lstat(path, &st) == 0);
}

/* `depth` directories below each other, the first is `name`. */
static void
make_deep(const char *name, int depth)
{
	int fd, i, next;

	fd = here();
	for (i = 0; i < depth; i++) {
		const char *n = i == 0 ? name : "d";

		ATF_REQUIRE_EQ(0, mkdirat(fd, n, 0755));
		next = openat(fd, n, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ATF_REQUIRE(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
}

static int
open_descriptors(void)
{
	int fd, n;

	for (n = 0, fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

static void
require_removed(const char *name)
{
	struct error e = { 0 };
	int before, fd;

	fd = here();
	before = open_descriptors();
	ATF_REQUIRE_MSG(tree_remove(fd, name, &e), "%s %s %s %s", e.step,
	    e.path, e.why, strerror(e.err));
	ATF_CHECK_EQ(before, open_descriptors());
	ATF_CHECK(!is_there(name));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(nothing_there_is_removed_already);
ATF_TC_BODY(nothing_there_is_removed_already, tc)
{
	require_removed("absent");
}

ATF_TC_WITHOUT_HEAD(files_links_and_fifos_go);
ATF_TC_BODY(files_links_and_fifos_go, tc)
{
	make_file("file");
	require_removed("file");
	ATF_REQUIRE_EQ(0, symlink("/nowhere", "link"));
	require_removed("link");
	ATF_REQUIRE_EQ(0, mkfifo("fifo", 0600));
	require_removed("fifo");
}

ATF_TC_WITHOUT_HEAD(links_are_not_followed);
ATF_TC_BODY(links_are_not_followed, tc)
{
	ATF_REQUIRE_EQ(0, mkdir("outside", 0755));
	make_file("outside/kept");
	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	ATF_REQUIRE_EQ(0, symlink("../outside", "top/link"));
	ATF_REQUIRE_EQ(0, symlink("../outside/kept", "top/file"));
	require_removed("top");
	ATF_CHECK(is_there("outside/kept"));
	ATF_REQUIRE_EQ(0, symlink("outside", "top"));
	require_removed("top");
	ATF_CHECK(is_there("outside/kept"));
}

/* Deeper than descriptors, stack and PATH_MAX. */
ATF_TC(any_depth_goes_with_few_descriptors);
ATF_TC_HEAD(any_depth_goes_with_few_descriptors, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(any_depth_goes_with_few_descriptors, tc)
{
	struct rlimit few = { 80, 80 };

	make_deep("deep", 3000);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	require_removed("deep");
}

ATF_TC_WITHOUT_HEAD(modes_of_the_owner_do_not_help);
ATF_TC_BODY(modes_of_the_owner_do_not_help, tc)
{
	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	ATF_REQUIRE_EQ(0, mkdir("top/a", 0755));
	ATF_REQUIRE_EQ(0, mkdir("top/a/b", 0755));
	make_file("top/a/b/file");
	ATF_REQUIRE_EQ(0, chmod("top/a/b/file", 0));
	ATF_REQUIRE_EQ(0, chmod("top/a/b", 0));
	ATF_REQUIRE_EQ(0, chmod("top/a", 0400));
	ATF_REQUIRE_EQ(0, chmod("top", 0));
	require_removed("top");
}

ATF_TC_WITHOUT_HEAD(many_names_of_any_bytes_go);
ATF_TC_BODY(many_names_of_any_bytes_go, tc)
{
	char name[64];
	int i;

	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "top/%d\n\xff\x1b[31m", i);
		make_file(name);
	}
	require_removed("top");
}

ATF_TC_WITHOUT_HEAD(emptying_keeps_the_top);
ATF_TC_BODY(emptying_keeps_the_top, tc)
{
	struct error e = { 0 };
	int fd;

	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	ATF_REQUIRE_EQ(0, mkdir("top/a", 0));
	make_file("top/file");
	fd = open("top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(tree_empty(fd, &e));
	ATF_CHECK(tree_empty(fd, &e));
	close(fd);
	ATF_CHECK_EQ(0, rmdir("top"));
}

static void
chattr(const char *flags, const char *path)
{
	char command[300];

	snprintf(
	    command, sizeof(command), "chattr %s %s 2>/dev/null", flags, path);
	if (system(command) != 0)
		atf_tc_skip("no chattr on this file system");
}

ATF_TC(immutable_and_append_only_go);
ATF_TC_HEAD(immutable_and_append_only_go, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "chattr");
}
ATF_TC_BODY(immutable_and_append_only_go, tc)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	ATF_REQUIRE_EQ(0, mkdir("top/a", 0755));
	make_file("top/a/file");
	make_file("top/log");
	chattr("+i", "top/a/file");
	chattr("+i", "top/a");
	chattr("+a", "top/log");
	chattr("+a", "top");
	require_removed("top");
}

/* True in a mount name space of its own. */
static bool
own_mounts(void)
{
#ifdef CLONE_NEWNS
	return (unshare(CLONE_NEWNS) == 0 &&
		system("mount --make-rprivate /") == 0);
#else
	return (false);
#endif
}

static int
mount_and_remove(void)
{
	struct error e = { 0 };
	int fd;

	if (system("mount -t tmpfs none top/m && touch top/m/kept && "
		   "mkdir top/b && mount --bind outside top/b") != 0)
		return (2);
	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || tree_remove(fd, "top", &e))
		return (1);
	if (e.err != EXDEV || strncmp(e.path, "top/", 4) != 0)
		return (3);
	if (!is_there("top/m/kept") || !is_there("outside/kept"))
		return (4);
	return (is_there("top/file") ? 5 : 0);
}

ATF_TC(mounts_are_not_entered);
ATF_TC_HEAD(mounts_are_not_entered, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "unshare mount");
}
ATF_TC_BODY(mounts_are_not_entered, tc)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	ATF_REQUIRE_EQ(0, mkdir("top/m", 0755));
	ATF_REQUIRE_EQ(0, mkdir("outside", 0755));
	make_file("outside/kept");
	make_file("top/file");
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		_exit(own_mounts() ? mount_and_remove() : 2);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		atf_tc_skip("needs Linux");
	ATF_CHECK_EQ(0, WEXITSTATUS(status));
	require_removed("top");
}

/* Flips top/x between a directory and a link to one outside. */
static void
flip(void)
{
	for (;;) {
		(void)mkdir("top/x", 0755);
		(void)close(open("top/x/y", O_CREAT | O_WRONLY, 0644));
		(void)unlink("top/x/y");
		(void)rmdir("top/x");
		(void)symlink("../outside", "top/x");
		(void)unlink("top/x");
	}
}

ATF_TC(a_flipped_name_harms_nothing_outside);
ATF_TC_HEAD(a_flipped_name_harms_nothing_outside, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(a_flipped_name_harms_nothing_outside, tc)
{
	struct error e;
	pid_t pid;
	int fd, i;

	ATF_REQUIRE_EQ(0, mkdir("outside", 0755));
	make_file("outside/y");
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0)
		flip();
	fd = here();
	for (i = 0; i < 3000; i++) {
		(void)mkdir("top", 0755);
		(void)tree_remove(fd, "top", &e);
	}
	ATF_CHECK_EQ(0, kill(pid, SIGKILL));
	ATF_CHECK_EQ(pid, waitpid(pid, NULL, 0));
	ATF_CHECK(is_there("outside/y"));
	close(fd);
	require_removed("top");
}

ATF_TC_WITHOUT_HEAD(a_sorted_walk_is_in_order_of_bytes);
ATF_TC_BODY(a_sorted_walk_is_in_order_of_bytes, tc)
{
	static const char *const names[] = { "B", "a", "a.b", "a0", "b\xc3\xa4",
		"b\xff" };
	struct walk_item item;
	struct error e = { 0 };
	struct walk *w;
	size_t i;

	ATF_REQUIRE_EQ(0, mkdir("top", 0755));
	ATF_REQUIRE_EQ(0, chdir("top"));
	for (i = 6; i-- > 0;)
		make_file(names[i]);
	w = walk_create(here(), true, "top", &e);
	ATF_REQUIRE(w != NULL);
	for (i = 0; i < 6; i++) {
		ATF_REQUIRE_EQ(WALK_ENTRY, walk_next(w, &item, &e));
		ATF_CHECK_STREQ(names[i], item.name);
	}
	walk_fail(w, &e, EIO, "test", NULL);
	ATF_CHECK_STREQ("top/b?", e.path);
	ATF_CHECK_EQ(WALK_END, walk_next(w, &item, &e));
	walk_destroy(w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_there_is_removed_already);
	ATF_TP_ADD_TC(tp, files_links_and_fifos_go);
	ATF_TP_ADD_TC(tp, links_are_not_followed);
	ATF_TP_ADD_TC(tp, any_depth_goes_with_few_descriptors);
	ATF_TP_ADD_TC(tp, modes_of_the_owner_do_not_help);
	ATF_TP_ADD_TC(tp, many_names_of_any_bytes_go);
	ATF_TP_ADD_TC(tp, emptying_keeps_the_top);
	ATF_TP_ADD_TC(tp, immutable_and_append_only_go);
	ATF_TP_ADD_TC(tp, mounts_are_not_entered);
	ATF_TP_ADD_TC(tp, a_flipped_name_harms_nothing_outside);
	ATF_TP_ADD_TC(tp, a_sorted_walk_is_in_order_of_bytes);
	return (atf_no_error());
}
