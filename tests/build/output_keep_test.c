/* Outputs compared, kept, counted and moved. */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tree.h"
#include "build/host.h"
#include "tests/build/output_rig.h"

static char told[2000];

static void
tell(void *context, const char *path, const char *why)
{
	size_t used = strlen(told);

	(void)context;
	snprintf(told + used, sizeof(told) - used, "%s: %s\n", path, why);
}

ATF_TC_WITHOUT_HEAD(differences_are_told_with_their_path);
ATF_TC_BODY(differences_are_told_with_their_path, tc)
{
	struct error e = { 0 };

	begin();
	make_tree();
	ATF_REQUIRE_EQ(0, system("cp -a store/out stage/out"));
	ATF_REQUIRE(output_compare(store, "out", stage, "out", tell, NULL, &e));
	ATF_CHECK_STREQ("", told);
	ATF_REQUIRE_EQ(
	    0, system("cd stage/out; printf datb >sub/file; chmod 700 exec; "
		      "ln -sf /other link; rm open; mkdir open; : >open/x; "
		      ": >zz; rm -rf ../../store/out/sub/b; "
		      "mkdir ../../store/out/only; : >../../store/out/only/x"));
	ATF_REQUIRE(output_compare(store, "out", stage, "out", tell, NULL, &e));
	ATF_CHECK_STREQ("exec: mode 6711 and 0700\n"
			"link: target of the link\n"
			"only: only in the first\n"
			"open: type\n"
			"sub/file: contents from byte 3 on\n"
			"zz: only in the second\n",
	    told);
	told[0] = '\0';
	ATF_REQUIRE(
	    output_compare(store, "out", stage, "out/zz", tell, NULL, &e));
	ATF_CHECK_STREQ(": type\n", told);
	ATF_CHECK(!output_compare(store, "none", stage, "out", tell, NULL, &e));
	ATF_CHECK_STREQ("none", e.path);
	end();
}

ATF_TC_WITHOUT_HEAD(a_kept_tree_gives_only_what_the_builder_owned);
ATF_TC_BODY(a_kept_tree_gives_only_what_the_builder_owned, tc)
{
	struct error e = { 0 };
	struct stat st;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	begin();
	make_file("shadow", "secret", 0600);
	make_file("work", "theirs", 0644); /* the builder's, elsewhere */
	make_dir("store/w", 0777);
	make_dir("store/w/d", 0);
	make_file("store/w/d/f", "x", 0755);
	ATF_REQUIRE_EQ(0, symlink("../../../shadow", "store/w/link"));
	ATF_REQUIRE_EQ(0, mkfifo("store/w/fifo", 0644));
	ATF_REQUIRE_EQ(0, link("work", "store/w/work"));
	ATF_REQUIRE_EQ(0, system("chown -hR 35001:35001 store/w work; "
				 "chmod 6755 store/w/d/f"));
	ATF_REQUIRE_EQ(0, link("shadow", "store/w/shadow"));
	ATF_REQUIRE_MSG(
	    output_keep(store, "w", stage, "kept", BUILDER, OWNER, OWNER, &e),
	    "%s: %s: %s %s", e.step, e.path, e.why, strerror(e.err));
	ATF_CHECK(access("store/w", F_OK) != 0);
	st = look("stage/kept");
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	ATF_CHECK_EQ(OWNER, st.st_uid);
	st = look("stage/kept/d/f");
	ATF_CHECK_EQ(0755, st.st_mode & 07777);
	ATF_CHECK_EQ(OWNER, st.st_uid);
	ATF_CHECK_EQ(OWNER, look("stage/kept/d").st_uid);
	ATF_CHECK_EQ(OWNER, look("stage/kept/link").st_uid);
	ATF_CHECK_EQ(OWNER, look("stage/kept/fifo").st_uid);
	ATF_CHECK_EQ(0, look("shadow").st_uid);
	ATF_CHECK_EQ(0600, look("shadow").st_mode & 07777);
	/* What has a name elsewhere is given as a copy. */
	ATF_CHECK_EQ(BUILDER, look("work").st_uid);
	ATF_CHECK_EQ(1, look("work").st_nlink);
	ATF_CHECK_EQ(OWNER, look("stage/kept/work").st_uid);
	end();
}

ATF_TC_WITHOUT_HEAD(a_tree_is_kept_only_under_a_new_name);
ATF_TC_BODY(a_tree_is_kept_only_under_a_new_name, tc)
{
	struct error e = { 0 };

	begin();
	make_dir("target", 0755);
	make_dir("store/w", 0755);
	ATF_REQUIRE_EQ(0, symlink("../target", "stage/kept"));
	ATF_CHECK(!output_keep(
	    store, "w", stage, "kept", geteuid(), geteuid(), getegid(), &e));
	ATF_CHECK_EQ(EEXIST, e.err);
	make_file("store/f", "", 0644);
	ATF_CHECK(!output_keep(
	    store, "f", stage, "new", geteuid(), geteuid(), getegid(), &e));
	ATF_CHECK(access("stage/new", F_OK) != 0);
	ATF_CHECK(output_keep(
	    store, "w", stage, "new", geteuid(), geteuid(), getegid(), &e));
	end();
}

/* From one file system to another everything is copied. */
ATF_TC_WITHOUT_HEAD(another_file_system_gets_copies);
ATF_TC_BODY(another_file_system_gets_copies, tc)
{
	char other[] = "/dev/shm/isthmus-test-XXXXXX";
	struct error e = { 0 };
	struct stat a, b, st;
	int fd;

	begin();
	if (mkdtemp(other) == NULL)
		atf_tc_skip("no second file system");
	fd = open(other, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(fd >= 0 && fstat(fd, &a) == 0 && fstat(store, &b) == 0);
	make_tree();
	ATF_REQUIRE_EQ(0, link("store/out/open", "store/out/sub/again"));
	make_dir("store/w", 0755);
	make_dir("store/w/d", 0500);
	make_file("store/w/f", "x", 0600);
	ATF_REQUIRE_EQ(0, mkfifo("store/w/fifo", 0600));
	ATF_REQUIRE(output_collect(store, fd, "out", &policy, links, &e) &&
		    output_links_settle(fd, links, &e));
	ATF_CHECK_EQ(0, fstatat(fd, "out/open", &st, AT_SYMLINK_NOFOLLOW));
	ATF_CHECK_EQ(0100444, st.st_mode);
	ATF_CHECK_EQ(2, st.st_nlink);
	ATF_CHECK_EQ(1, st.st_mtim.tv_sec);
	ATF_REQUIRE_MSG(output_keep(store, "w", fd, "kept", geteuid(),
			    geteuid(), getegid(), &e),
	    "%s %s %s", e.step, e.path, e.why);
	ATF_CHECK_EQ(0, fstatat(fd, "kept/f", &st, AT_SYMLINK_NOFOLLOW));
	ATF_CHECK_EQ(0100600, st.st_mode);
	ATF_CHECK(tree_empty(fd, &e));
	close(fd);
	ATF_CHECK_EQ(0, rmdir(other));
	if (a.st_dev == b.st_dev)
		atf_tc_skip("no second file system");
	end();
}

ATF_TC_WITHOUT_HEAD(usage_counts_an_inode_once);
ATF_TC_BODY(usage_counts_an_inode_once, tc)
{
	int64_t empty, one, two;
	static char data[100001];

	begin();
	make_dir("store/out", 0755);
	empty = output_disk_usage(store, false);
	ATF_CHECK(empty >= 0);
	memset(data, 'x', sizeof(data) - 1);
	make_file("store/out/a", data, 0644);
	one = output_disk_usage(store, false);
	ATF_CHECK(one >= empty + 100000 && one < empty + 200000);
	ATF_REQUIRE_EQ(0, link("store/out/a", "store/out/b"));
	two = output_disk_usage(store, false);
	ATF_CHECK(two < one + 50000);
	ATF_CHECK_EQ(-1, output_disk_usage(-1, false));
	end();
}

ATF_TC_WITHOUT_HEAD(a_rename_replaces_nothing);
ATF_TC_BODY(a_rename_replaces_nothing, tc)
{
	begin();
	make_dir("store/a", 0755);
	make_dir("stage/a", 0755);
	ATF_CHECK_EQ(-1, host_rename_new(store, "a", stage, "a"));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK_EQ(0, host_rename_new(store, "a", stage, "b"));
	ATF_REQUIRE_EQ(0, symlink("nowhere", "stage/link"));
	make_file("store/f", "", 0644);
	ATF_CHECK_EQ(-1, host_rename_new(store, "f", stage, "link"));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK_EQ(0, host_rename_new(store, "f", stage, "f"));
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, differences_are_told_with_their_path);
	ATF_TP_ADD_TC(tp, a_kept_tree_gives_only_what_the_builder_owned);
	ATF_TP_ADD_TC(tp, a_tree_is_kept_only_under_a_new_name);
	ATF_TP_ADD_TC(tp, another_file_system_gets_copies);
	ATF_TP_ADD_TC(tp, usage_counts_an_inode_once);
	ATF_TP_ADD_TC(tp, a_rename_replaces_nothing);
	return (atf_no_error());
}
