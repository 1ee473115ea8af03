/* Outputs as an enemy leaves them: canonical or refused. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#if __has_include(<sys/xattr.h>)
#include <sys/xattr.h>
#endif

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tree.h"
#include "tests/build/output_rig.h"

ATF_TC_WITHOUT_HEAD(a_tree_becomes_canonical_where_it_is);
ATF_TC_BODY(a_tree_becomes_canonical_where_it_is, tc)
{
	struct stat st;
	int before;

	begin();
	make_tree();
	st = look("store/out/exec");
	before = open_descriptors();
	collect("out");
	settle();
	ATF_CHECK_EQ(before, open_descriptors());
	check_tree();
	ATF_CHECK_EQ(st.st_ino, look("stage/out/exec").st_ino);
	ATF_CHECK(access("store/out", F_OK) != 0);
	end();
}

ATF_TC_WITHOUT_HEAD(a_fresh_tree_has_inodes_of_its_own);
ATF_TC_BODY(a_fresh_tree_has_inodes_of_its_own, tc)
{
	char data[8] = "";
	int before, fd;

	begin();
	make_tree();
	policy.fresh = true;
	fd = open("store/out/sub/file", O_WRONLY | O_CLOEXEC);
	ATF_REQUIRE(fd >= 0);
	before = open_descriptors();
	collect("out");
	settle();
	ATF_CHECK_EQ(before, open_descriptors());
	check_tree();
	/* Who held the file open writes to what nobody reads. */
	ATF_REQUIRE_EQ(4, write(fd, "evil", 4));
	close(fd);
	fd = open("stage/out/sub/file", O_RDONLY | O_CLOEXEC);
	ATF_REQUIRE_EQ(4, read(fd, data, sizeof(data)));
	ATF_CHECK_STREQ("data", data);
	close(fd);
	end();
}

ATF_TC_WITHOUT_HEAD(owners_change_and_set_id_goes);
ATF_TC_BODY(owners_change_and_set_id_goes, tc)
{
	int i;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	begin();
	policy.builder_uid = BUILDER;
	policy.owner = OWNER;
	policy.group = OWNER;
	for (i = 0; i < 2; i++) {
		make_tree();
		ATF_REQUIRE_EQ(0, system("chown -hR 35001:35001 store/out && "
					 "chmod 6755 store/out/exec"));
		collect("out");
		settle();
		check_tree();
		ATF_REQUIRE_EQ(0, system("rm -rf stage/out store/out"));
		policy.fresh = true;
	}
	end();
}

ATF_TC_WITHOUT_HEAD(what_is_no_output_is_refused_unopened);
ATF_TC_BODY(what_is_no_output_is_refused_unopened, tc)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	begin();
	alarm(10); /* a FIFO that is opened blocks */
	make_dir("store/a", 0755);
	ATF_REQUIRE_EQ(0, mkfifo("store/a/fi\nfo\xff", 0644));
	check_refused("a", "a/fi fo?", "FIFO");
	ATF_REQUIRE_EQ(0, mkfifo("store/b", 0644));
	check_refused("b", "b", "FIFO");
	make_dir("store/c", 0755);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(sa.sun_path, "store/c/s");
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
	close(fd);
	policy.fresh = true;
	check_refused("c", "c/s", "socket");
	check_refused("absent", "absent", "did not make it");
	check_refused("..", "..", "not the name");
	check_refused("a/b", "a/b", "not the name");
	end();
}

ATF_TC_WITHOUT_HEAD(a_device_is_refused);
ATF_TC_BODY(a_device_is_refused, tc)
{
	begin();
	make_dir("store/out", 0755);
	if (geteuid() != 0 ||
	    mknod("store/out/null", S_IFCHR | 0600, (dev_t)0x103) != 0)
		atf_tc_skip("needs root");
	check_refused("out", "out/null", "device");
	end();
}

ATF_TC_WITHOUT_HEAD(a_top_that_others_may_write_is_refused);
ATF_TC_BODY(a_top_that_others_may_write_is_refused, tc)
{
	begin();
	make_dir("store/a", 0775);
	check_refused("a", "a", "written by its group");
	make_file("store/b", "", 0602);
	check_refused("b", "b", "written by its group");
	ATF_REQUIRE_EQ(0, symlink("a", "store/c"));
	collect("c");
	check_canonical("stage/c", 0);
	end();
}

ATF_TC_WITHOUT_HEAD(anothers_file_is_refused_and_not_touched);
ATF_TC_BODY(anothers_file_is_refused_and_not_touched, tc)
{
	struct stat was, now;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	begin();
	policy.builder_uid = BUILDER;
	policy.owner = OWNER;
	make_file("shadow", "secret", 0600);
	make_dir("store/out", 0755);
	ATF_REQUIRE_EQ(0, chown("store/out", BUILDER, BUILDER));
	ATF_REQUIRE_EQ(0, link("shadow", "store/out/shadow"));
	was = look("shadow");
	check_refused("out", "out/shadow", "owner is uid 0");
	now = look("shadow");
	ATF_CHECK_EQ(was.st_mode, now.st_mode);
	ATF_CHECK_EQ(was.st_uid, now.st_uid);
	ATF_CHECK_EQ(was.st_mtim.tv_sec, now.st_mtim.tv_sec);
	end();
}

ATF_TC_WITHOUT_HEAD(hard_links_stay_one_inode_over_outputs);
ATF_TC_BODY(hard_links_stay_one_inode_over_outputs, tc)
{
	struct stat st;
	int i;

	begin();
	for (i = 0; i < 2; i++) {
		make_dir("store/out", 0755);
		make_dir("store/dev", 0755);
		make_file("store/out/a", "x", 0755);
		ATF_REQUIRE_EQ(0, link("store/out/a", "store/out/b"));
		ATF_REQUIRE_EQ(0, link("store/out/a", "store/dev/c"));
		collect("out");
		collect("dev");
		settle();
		check_canonical("stage/out/a", 0555);
		check_canonical("stage/out", 0555);
		check_canonical("stage/dev", 0555);
		st = look("stage/out/a");
		ATF_CHECK_EQ(3, st.st_nlink);
		ATF_CHECK_EQ(st.st_ino, look("stage/out/b").st_ino);
		ATF_CHECK_EQ(st.st_ino, look("stage/dev/c").st_ino);
		ATF_REQUIRE_EQ(
		    0, system("chmod -R u+w stage store; rm -rf stage/* "
			      "store/*; ls -A stage >left; test ! -s left"));
		output_links_destroy(links);
		links = output_links_create();
		policy.fresh = true;
	}
	end();
}

/* CVE-2021-27851: another name of the inode must see nothing of it. */
ATF_TC_WITHOUT_HEAD(an_inode_with_a_name_elsewhere_is_copied);
ATF_TC_BODY(an_inode_with_a_name_elsewhere_is_copied, tc)
{
	struct stat was, now, st;

	begin();
	make_file("victim", "precious", 0640);
	ATF_REQUIRE_EQ(0, symlink("/nowhere", "alink"));
	make_dir("store/out", 0755);
	make_dir("store/out/d", 0755);
	ATF_REQUIRE_EQ(0, link("victim", "store/out/a"));
	ATF_REQUIRE_EQ(0, link("victim", "store/out/d/b"));
	ATF_REQUIRE_EQ(0, link("victim", "store/top"));
	ATF_REQUIRE_EQ(
	    0, linkat(AT_FDCWD, "alink", AT_FDCWD, "store/out/d/alink", 0));
	was = look("victim");
	collect("out");
	collect("top");
	settle();
	now = look("victim");
	ATF_CHECK_EQ(was.st_mode, now.st_mode);
	ATF_CHECK_EQ(was.st_mtim.tv_sec, now.st_mtim.tv_sec);
	ATF_CHECK_EQ(1, now.st_nlink);
	ATF_CHECK_EQ(1, look("alink").st_nlink);
	ATF_CHECK(look("alink").st_mtim.tv_sec != 1);
	check_canonical("stage/out/a", 0444);
	check_canonical("stage/out/d", 0555);
	check_canonical("stage/out/d/alink", 0);
	check_canonical("stage/out", 0555);
	st = look("stage/out/a");
	ATF_CHECK(st.st_ino != was.st_ino);
	ATF_CHECK_EQ(3, st.st_nlink);
	ATF_CHECK_EQ(st.st_ino, look("stage/out/d/b").st_ino);
	ATF_CHECK_EQ(st.st_ino, look("stage/top").st_ino);
	ATF_CHECK_EQ(8, st.st_size);
	end();
}

#if __has_include(<sys/xattr.h>)
static bool
set_attribute(const char *path, const char *name, const void *v, size_t n)
{
	return (lsetxattr(path, name, v, n, 0) == 0);
}

static bool
has_attribute(const char *path, const char *name)
{
	char v[100];

	return (lgetxattr(path, name, v, sizeof(v)) >= 0);
}
#else
static bool
set_attribute(const char *path, const char *name, const void *v, size_t n)
{
	(void)path;
	(void)name;
	(void)v;
	(void)n;
	return (false);
}

static bool
has_attribute(const char *path, const char *name)
{
	(void)path;
	(void)name;
	return (true);
}
#endif

ATF_TC(attributes_lists_and_flags_go);
ATF_TC_HEAD(attributes_lists_and_flags_go, tc)
{
	atf_tc_set_md_var(tc, "require.progs", "chattr");
}
ATF_TC_BODY(attributes_lists_and_flags_go, tc)
{
	/* acl(5) as xattr: version 2; tag, permissions, id: u::rw- ... */
	static const unsigned char list[] = { 2, 0, 0, 0, 1, 0, 6, 0, 0xff,
		0xff, 0xff, 0xff, 2, 0, 6, 0, 0xb9, 0x88, 0, 0, 4, 0, 4, 0,
		0xff, 0xff, 0xff, 0xff, 0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
		0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff };
	static const char acl[] = "system.posix_acl_access";
	struct stat was;

	begin();
	make_tree();
	if (!set_attribute("store/out/sub/file", "user.a", "b", 1) ||
	    !set_attribute("store/out/sub", "user.a", "b", 1) ||
	    !set_attribute("store/out/open", acl, list, sizeof(list)))
		atf_tc_skip("no such attributes on this file system");
	if (geteuid() == 0)
		ATF_REQUIRE_EQ(0,
		    system("chattr +i store/out/exec && "
			   "chattr +d store/out/open && "
			   "chattr +a store/out/sub && chattr +i store/out"));
	/* Of these, a name is elsewhere. */
	make_file("elsewhere", "x", 0644);
	ATF_REQUIRE(set_attribute("elsewhere", "user.a", "b", 1));
	make_dir("store/dev", 0755);
	ATF_REQUIRE_EQ(0, link("elsewhere", "store/dev/x"));
	was = look("elsewhere");
	collect("out");
	collect("dev");
	settle();
	check_tree();
	ATF_CHECK(!has_attribute("stage/out/sub/file", "user.a"));
	ATF_CHECK(!has_attribute("stage/out/sub", "user.a"));
	ATF_CHECK(!has_attribute("stage/out/open", acl));
	ATF_CHECK(!has_attribute("stage/dev/x", "user.a"));
	ATF_CHECK(has_attribute("elsewhere", "user.a"));
	ATF_CHECK_EQ(was.st_mtim.tv_nsec, look("elsewhere").st_mtim.tv_nsec);
	if (geteuid() == 0)
		ATF_CHECK_EQ(0, system("lsattr -R -d stage/out stage/out/* | "
				       "awk '$1 ~ /[iad]/ { exit 1 }'"));
	ATF_CHECK_EQ(0, system("chmod -R u+w stage; rm -rf stage/out"));
	end();
}

static void
make_deep(int depth)
{
	int fd, i, next;

	make_dir("store/deep", 0755);
	fd = openat(store, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 1; i < depth; i++) {
		ATF_REQUIRE_EQ(0, mkdirat(fd, "d", 0755));
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ATF_REQUIRE(next >= 0);
		close(fd);
		fd = next;
	}
	close(fd);
}

ATF_TC(a_thousand_levels_are_kept_and_more_refused);
ATF_TC_HEAD(a_thousand_levels_are_kept_and_more_refused, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(a_thousand_levels_are_kept_and_more_refused, tc)
{
	struct rlimit few = { 80, 80 };
	struct error e = { 0 };
	char hex[129];

	begin();
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	make_deep(1000);
	policy.fresh = true;
	collect("deep");
	ATF_REQUIRE(
	    output_hash(stage, "deep", "sha256", SPEC_HASH_NAR, hex, &e));
	ATF_REQUIRE(tree_remove(stage, "deep", &e));
	policy.fresh = false;
	collect("deep");
	ATF_REQUIRE(tree_remove(stage, "deep", &e));
	make_deep(1200);
	policy.depth_max = 1100;
	ATF_CHECK(!output_collect(store, stage, "deep", &policy, links, &e));
	ATF_CHECK_EQ(ENAMETOOLONG, e.err);
	ATF_CHECK_MSG(strstr(e.why, "1100") != NULL, "%s", e.why);
	ATF_CHECK_MSG(tree_remove(stage, "deep", &e), "%s", e.path);
	end();
}

ATF_TC(a_sparse_terabyte_is_copied_as_a_hole);
ATF_TC_HEAD(a_sparse_terabyte_is_copied_as_a_hole, tc)
{
	atf_tc_set_md_var(tc, "timeout", "20");
}
ATF_TC_BODY(a_sparse_terabyte_is_copied_as_a_hole, tc)
{
	struct stat st;
	char c = 0;
	int fd;

	begin();
	make_file("store/huge", "head", 0644);
	if (truncate("store/huge", (off_t)1 << 40) != 0)
		atf_tc_skip("no file of a terabyte on this file system");
	fd = open("store/huge", O_WRONLY | O_CLOEXEC);
	ATF_REQUIRE_EQ(1, pwrite(fd, "m", 1, (off_t)1 << 39));
	close(fd);
	policy.fresh = true;
	collect("huge");
	st = look("stage/huge");
	ATF_CHECK_EQ((off_t)1 << 40, st.st_size);
	ATF_CHECK(st.st_blocks < 1000);
	fd = open("stage/huge", O_RDONLY | O_CLOEXEC);
	ATF_REQUIRE_EQ(1, pread(fd, &c, 1, (off_t)1 << 39));
	ATF_CHECK_EQ('m', c);
	close(fd);
	end();
}

ATF_TC_WITHOUT_HEAD(modes_of_nothing_do_not_help);
ATF_TC_BODY(modes_of_nothing_do_not_help, tc)
{
	int i;

	begin();
	for (i = 0; i < 2; i++) {
		make_dir("store/out", 0755);
		make_dir("store/out/a", 0755);
		make_file("store/out/a/f", "x", 0);
		make_file("store/out/a/victim", "x", 0600);
		ATF_REQUIRE_EQ(0, link("store/out/a/victim", "elsewhere"));
		ATF_REQUIRE_EQ(0, chmod("store/out/a", 0));
		ATF_REQUIRE_EQ(0, chmod("store/out", i == 0 ? 0 : 0400));
		collect("out");
		settle();
		check_canonical("stage/out", 0555);
		check_canonical("stage/out/a", 0555);
		check_canonical("stage/out/a/f", 0444);
		check_canonical("stage/out/a/victim", 0444);
		ATF_CHECK_EQ(0600, look("elsewhere").st_mode & 07777);
		ATF_REQUIRE_EQ(
		    0, system("chmod -R u+rwx stage store; "
			      "rm -rf stage/out store/out elsewhere"));
		policy.fresh = true;
	}
	end();
}

/* Another process goes on changing what is collected. */
static void
flip(void)
{
	for (;;) {
		(void)unlink("store/out/x");
		(void)symlink("../../victim", "store/out/x");
		(void)unlink("store/out/x");
		(void)link("victim", "store/out/x");
		(void)unlink("store/out/x");
		(void)mkdir("store/out/x", 0755);
		(void)rmdir("store/out/x");
		(void)symlink("../../dir", "store/out/x");
		(void)unlink("store/out/x");
		(void)close(
		    open("store/out/x", O_CREAT | O_WRONLY | O_EXCL, 0644));
	}
}

ATF_TC(a_flipped_name_harms_nothing_outside);
ATF_TC_HEAD(a_flipped_name_harms_nothing_outside, tc)
{
	atf_tc_set_md_var(tc, "timeout", "100");
}
ATF_TC_BODY(a_flipped_name_harms_nothing_outside, tc)
{
	struct stat st, was;
	struct error e;
	pid_t pid;
	int i;

	begin();
	make_file("victim", "precious", 0640);
	make_dir("dir", 0700);
	make_file("dir/file", "precious", 0640);
	was = look("victim");
	make_dir("store/out", 0755);
	pid = fork();
	ATF_REQUIRE(pid >= 0);
	if (pid == 0)
		flip();
	policy.fresh = true;
	for (i = 0; i < 3000; i++) {
		(void)output_collect(store, stage, "out", &policy, links, &e);
		(void)output_links_settle(stage, links, &e);
		ATF_REQUIRE(tree_remove(stage, "out", &e));
	}
	policy.fresh = false;
	for (i = 0; i < 300; i++) {
		(void)mkdir("store/out", 0755);
		(void)output_collect(store, stage, "out", &policy, links, &e);
		(void)tree_remove(stage, "out", &e);
		output_links_destroy(links);
		links = output_links_create();
	}
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	st = look("victim");
	ATF_CHECK_EQ(was.st_mode, st.st_mode);
	ATF_CHECK_EQ(was.st_mtim.tv_sec, st.st_mtim.tv_sec);
	ATF_CHECK_EQ(0700, look("dir").st_mode & 07777);
	ATF_CHECK_EQ(0640, look("dir/file").st_mode & 07777);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_tree_becomes_canonical_where_it_is);
	ATF_TP_ADD_TC(tp, a_fresh_tree_has_inodes_of_its_own);
	ATF_TP_ADD_TC(tp, owners_change_and_set_id_goes);
	ATF_TP_ADD_TC(tp, what_is_no_output_is_refused_unopened);
	ATF_TP_ADD_TC(tp, a_device_is_refused);
	ATF_TP_ADD_TC(tp, a_top_that_others_may_write_is_refused);
	ATF_TP_ADD_TC(tp, anothers_file_is_refused_and_not_touched);
	ATF_TP_ADD_TC(tp, hard_links_stay_one_inode_over_outputs);
	ATF_TP_ADD_TC(tp, an_inode_with_a_name_elsewhere_is_copied);
	ATF_TP_ADD_TC(tp, attributes_lists_and_flags_go);
	ATF_TP_ADD_TC(tp, a_thousand_levels_are_kept_and_more_refused);
	ATF_TP_ADD_TC(tp, a_sparse_terabyte_is_copied_as_a_hole);
	ATF_TP_ADD_TC(tp, modes_of_nothing_do_not_help);
	ATF_TP_ADD_TC(tp, a_flipped_name_harms_nothing_outside);
	return (atf_no_error());
}
