/* Outputs that mislead, and what failed builds leave behind. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A file of the host that no build may change, give away or read. */
static char canary[PATH_SIZE];
static struct stat canary_before;

static void
canary_create(const struct site *s)
{
	FILE *f;

	(void)snprintf(canary, sizeof(canary), "%.1000s/canary", s->top);
	f = fopen(canary, "we");
	ATF_REQUIRE(f != NULL);
	(void)fputs("canary\n", f);
	ATF_REQUIRE(fclose(f) == 0 && chmod(canary, 0600) == 0);
	ATF_REQUIRE(stat(canary, &canary_before) == 0);
}

static void
canary_check(void)
{
	struct stat st;

	ATF_REQUIRE_MSG(lstat(canary, &st) == 0, "%s", strerror(errno));
	ATF_CHECK(st.st_ino == canary_before.st_ino);
	ATF_CHECK(st.st_uid == 0 && st.st_gid == 0);
	ATF_CHECK((st.st_mode & 07777) == 0600);
	ATF_CHECK(st.st_size == canary_before.st_size);
	ATF_CHECK(st.st_nlink == 1);
	ATF_CHECK(st.st_mtim.tv_sec == canary_before.st_mtim.tv_sec &&
		  st.st_mtim.tv_nsec == canary_before.st_mtim.tv_nsec);
}

static size_t visited;

static int
check_canonical(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	mode_t mode = st->st_mode & 07777;

	(void)at;
	visited++;
	ATF_CHECK_MSG(st->st_uid == 0 && st->st_gid == 0, "%s is of %u:%u",
	    path, st->st_uid, st->st_gid);
	ATF_CHECK_MSG(st->st_mtim.tv_sec == 1, "%s: time %ld", path,
	    (long)st->st_mtim.tv_sec);
	if (type == FTW_SL)
		return (0);
	ATF_CHECK_MSG(S_ISDIR(st->st_mode) || S_ISREG(st->st_mode),
	    "%s is no file", path);
	ATF_CHECK_MSG(mode == 0555 || (S_ISREG(st->st_mode) && mode == 0444),
	    "%s: mode %04o", path, (unsigned)mode);
	return (0);
}

static const char *
output(const struct site *s, const struct run *r)
{
	return (site_path(s, s->store, r->name));
}

/* In place and canonical, all of it: how much that was. */
static size_t
check_built(const struct site *s, const struct run *r)
{
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s: %s (%s)", r->name,
	    isth_outcome_name(r->outcome), r->why);
	visited = 0;
	ATF_CHECK_MSG(nftw(output(s, r), check_canonical, 32, FTW_PHYS) == 0,
	    "%s", strerror(errno));
	return (visited);
}

static void
check_absent(const struct site *s, const struct run *r)
{
	struct stat st;

	ATF_CHECK_MSG(
	    r->outcome != ISTH_OUTCOME_BUILT, "%s was built", r->name);
	ATF_CHECK(lstat(output(s, r), &st) == -1 && errno == ENOENT);
}

static void
begin(struct site *s)
{
	site_create(s);
	canary_create(s);
}

static void
begin_in_memory(struct site *s)
{
	site_create_in_memory(s);
	canary_create(s);
}

static void
end(struct site *s)
{
	canary_check();
	site_destroy(s);
}

static struct run *
deed(struct site *s, const char *fmt, const char *path)
{
	char arguments[PATH_SIZE + 64];

	(void)snprintf(arguments, sizeof(arguments), fmt, path);
	return (site_build(s, "evil", arguments, NULL));
}

ATF_TC_WITHOUT_HEAD(modes_are_made_canonical);
ATF_TC_BODY(modes_are_made_canonical, tc)
{
	struct site s;
	struct run *r;

	begin(&s);
	r = deed(&s, "--deed modes 0", "");
	if (r->outcome == ISTH_OUTCOME_BUILT)
		(void)check_built(&s, r);
	else
		check_absent(&s, r);
	/* With real set-id bits, as where there is no filter. */
	s.leave_out = OUT(STEP_FILTER);
	r = deed(&s, "--deed modes 0", "");
	ATF_CHECK(strstr(text_string(&r->lines), "no set-id") == NULL);
	if (r->outcome == ISTH_OUTCOME_BUILT)
		(void)check_built(&s, r);
	else
		check_absent(&s, r);
	end(&s);
}

ATF_TC_WITHOUT_HEAD(links_are_not_followed);
ATF_TC_BODY(links_are_not_followed, tc)
{
	struct site s;
	struct run *r;
	char to[PATH_SIZE];
	ssize_t n;

	begin(&s);
	r = deed(&s, "--deed is-link 0 %s", canary);
	if (r->outcome == ISTH_OUTCOME_BUILT) {
		n = readlink(output(&s, r), to, sizeof(to) - 1);
		ATF_REQUIRE(n > 0);
		to[n] = '\0';
		ATF_CHECK_STREQ(to, canary);
	}
	r = deed(&s, "--deed has-links 0 %s", canary);
	ATF_CHECK(check_built(&s, r) == 5);
	end(&s);
}

ATF_TC_WITHOUT_HEAD(hard_links_stay_within);
ATF_TC_BODY(hard_links_stay_within, tc)
{
	struct stat a, b, c;
	struct site s;
	struct run *r;

	begin(&s);
	r = deed(&s, "--deed hard-links 0 %s/f", s.inputs);
	ATF_CHECK(strstr(text_string(&r->lines), "no link") != NULL);
	(void)check_built(&s, r);
	ATF_REQUIRE(stat(site_path(&s, output(&s, r), "a"), &a) == 0 &&
		    stat(site_path(&s, output(&s, r), "b"), &b) == 0 &&
		    stat(site_path(&s, output(&s, r), "c"), &c) == 0);
	ATF_CHECK(a.st_ino == b.st_ino && a.st_nlink == 2);
	ATF_CHECK(c.st_nlink == 1);
	end(&s);
}

ATF_TC_WITHOUT_HEAD(only_files_are_outputs);
ATF_TC_BODY(only_files_are_outputs, tc)
{
	static const char *const deeds[] = { "--deed fifo 0",
		"--deed is-fifo 0", "--deed has-socket 0" };
	struct site s;
	struct run *r;
	size_t i;

	begin(&s);
	for (i = 0; i < COUNT(deeds); i++) {
		r = site_build(&s, "evil", deeds[i], NULL);
		ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_OUTPUT_REJECTED,
		    "%s: %s", deeds[i], isth_outcome_name(r->outcome));
		check_absent(&s, r);
	}
	end(&s);
}

ATF_TC_WITHOUT_HEAD(names_are_only_names);
ATF_TC_BODY(names_are_only_names, tc)
{
	struct site s;
	struct run *r;

	begin(&s);
	r = deed(&s, "--deed names 0", "");
	ATF_CHECK(check_built(&s, r) == 12);
	/* The same as what a failed build leaves. */
	r = deed(&s, "--deed names 1", "");
	check_absent(&s, r);
	end(&s);
}

ATF_TC_WITHOUT_HEAD(a_hundred_thousand_files);
ATF_TC_BODY(a_hundred_thousand_files, tc)
{
	long n = 100000 / site_slow();
	char many[64];
	struct site s;
	struct run *r;

	begin_in_memory(&s);
	(void)snprintf(many, sizeof(many), "--deed many 0 %ld", n);
	r = deed(&s, many, "");
	ATF_CHECK(check_built(&s, r) == (size_t)n + 1);
	(void)snprintf(many, sizeof(many), "--deed many 1 %ld", n);
	r = deed(&s, many, "");
	check_absent(&s, r);
	end(&s);
}

/* The path of the deepest is 20,000 bytes long: nftw(3) cannot go there. */
ATF_TC_WITHOUT_HEAD(a_thousand_directories_deep);
ATF_TC_BODY(a_thousand_directories_deep, tc)
{
	struct site s;
	struct run *r;

	begin_in_memory(&s);
	r = deed(&s, "--deed deep 0 1000 out", "");
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s", r->why);
	r = deed(&s, "--deed deep 0 4200 out", "");
	ATF_CHECK(r->outcome == ISTH_OUTCOME_OUTPUT_REJECTED);
	end(&s);
}

/*
 * What is cheap to make must be cheap to remove: a check of each path up to
 * the root makes it quadratic in the depth.
 */
ATF_TC_WITHOUT_HEAD(a_deep_tree_is_removed_quickly);
ATF_TC_BODY(a_deep_tree_is_removed_quickly, tc)
{
	struct timespec from, to;
	struct site s;
	struct run *r;

	begin_in_memory(&s);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	r = deed(&s, "--deed deep 1 8000 work", "");
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	check_absent(&s, r);
	ATF_CHECK_MSG(to.tv_sec - from.tv_sec <= 2 * site_slow(), "%ld s",
	    (long)(to.tv_sec - from.tv_sec));
	end(&s);
}

ATF_TC_WITHOUT_HEAD(a_terabyte_of_holes);
ATF_TC_BODY(a_terabyte_of_holes, tc)
{
	struct stat st;
	struct site s;
	struct run *r;

	begin(&s);
	r = deed(&s, "--deed sparse 0", "");
	ATF_CHECK(r->wall_ms < 3000 * site_slow());
	if (r->outcome == ISTH_OUTCOME_BUILT) {
		ATF_REQUIRE(stat(output(&s, r), &st) == 0);
		ATF_CHECK(st.st_blocks < 1024);
	}
	end(&s);
}

/* An open file without a name, held by a daemon: it is killed. */
ATF_TC_WITHOUT_HEAD(unlinked_files_give_back_their_space);
ATF_TC_BODY(unlinked_files_give_back_their_space, tc)
{
	struct site s;
	struct run *r;

	begin(&s);
	r = deed(&s, "--deed unlinked 0", "");
	(void)check_built(&s, r);
	end(&s);
}

/* What is hashed and moved is no more written by anyone. */
ATF_TC_WITHOUT_HEAD(nothing_writes_after_the_end);
ATF_TC_BODY(nothing_writes_after_the_end, tc)
{
	char before[64] = "", after[64] = "";
	struct site s;
	struct run *r;
	int i, fd;

	begin(&s);
	for (i = 0; i < 5; i++) {
		r = deed(&s, "--deed late", "");
		(void)check_built(&s, r);
		fd = open(
		    site_path(&s, output(&s, r), "f"), O_RDONLY | O_CLOEXEC);
		ATF_REQUIRE(fd != -1);
		(void)!pread(fd, before, sizeof(before) - 1, 0);
		(void)usleep(20000);
		(void)!pread(fd, after, sizeof(after) - 1, 0);
		ATF_CHECK_STREQ(before, after);
		(void)close(fd);
	}
	end(&s);
}

ATF_TC_WITHOUT_HEAD(names_that_change_mislead_nobody);
ATF_TC_BODY(names_that_change_mislead_nobody, tc)
{
	struct site s;
	int i;

	begin(&s);
	for (i = 0; i < 5; i++) {
		(void)deed(&s, "--deed flip 0 %s out", s.top);
		(void)deed(&s, "--deed flip 1 %s out", s.top);
		(void)deed(&s, "--deed flip 1 %s work", s.top);
	}
	/* What the links point to is all still there. */
	ATF_CHECK(access(site_path(&s, s.inputs, "f"), F_OK) == 0);
	ATF_CHECK(access(s.secret, F_OK) == 0);
	end(&s);
}

ATF_TC_WITHOUT_HEAD(closed_directories_are_removed);
ATF_TC_BODY(closed_directories_are_removed, tc)
{
	struct site s;
	struct run *r;

	begin(&s);
	r = deed(&s, "--deed closed 0", "");
	ATF_CHECK_MSG(r->outcome == ISTH_OUTCOME_BUILT, "%s", r->why);
	r = deed(&s, "--deed closed 1", "");
	check_absent(&s, r);
	end(&s);
}

/* CVE-2024-38531, CVE-2021-27851: the builder opens its door. */
ATF_TC_WITHOUT_HEAD(an_open_work_directory_is_still_closed);
ATF_TC_BODY(an_open_work_directory_is_still_closed, tc)
{
	struct stat st;
	struct site s;
	struct run *r;
	pid_t pid;

	begin(&s);
	r = site_add(&s, "open", "--deed work-open 1 1", NULL, NULL);
	site_wait_ready(&s, r);
	ATF_REQUIRE(stat(site_path(&s, s.state, "jobs"), &st) == 0);
	ATF_CHECK((st.st_mode & 077) == 0);
	ATF_REQUIRE(stat(s.state, &st) == 0);
	ATF_CHECK((st.st_mode & 077) == 0);
	/* From inside of the process: its root is the build's. */
	pid = host_find_process(s.pool);
	ATF_CHECK(pid > 0);
	site_run(&s);
	end(&s);
}

ATF_TC_WITHOUT_HEAD(attributes_are_removed);
ATF_TC_BODY(attributes_are_removed, tc)
{
	struct site s;
	struct run *r;

	begin(&s);
	s.leave_out = OUT(STEP_FILTER);
	r = deed(&s, "--deed attributes", "");
	(void)check_built(&s, r);
	ATF_CHECK(strstr(text_string(&r->lines), "setxattr") == NULL);
	ATF_CHECK(!host_has_attributes(output(&s, r)));
	ATF_CHECK(!host_has_attributes(site_path(&s, output(&s, r), "f")));
	end(&s);
}

static size_t kept_files;

static int
check_kept(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	kept_files++;
	ATF_CHECK_MSG(st->st_uid == 65534 && st->st_gid == 65534,
	    "%s is of %u:%u", path, st->st_uid, st->st_gid);
	if (type != FTW_SL)
		ATF_CHECK_MSG((st->st_mode & (S_ISUID | S_ISGID)) == 0,
		    "%s: mode %04o", path, (unsigned)st->st_mode & 07777);
	return (0);
}

/* CVE-2021-27851, CVE-2025-52992, CVE-2025-52993 */
ATF_TC_WITHOUT_HEAD(what_is_kept_is_only_the_builders);
ATF_TC_BODY(what_is_kept_is_only_the_builders, tc)
{
	struct stat st;
	struct site s;
	struct run *r;
	int i;

	begin(&s);
	s.keep_failed = true;
	for (i = 0; i < 2; i++) {
		s.leave_out = i == 0 ? 0 : OUT(STEP_FILTER);
		r = deed(&s, "--deed leavings 1 %s", canary);
		check_absent(&s, r);
		ATF_REQUIRE_MSG(r->kept[0] != '\0', "nothing was kept");
		ATF_REQUIRE(stat(r->kept, &st) == 0);
		ATF_CHECK((st.st_mode & 077) == 0);
		kept_files = 0;
		ATF_CHECK(nftw(r->kept, check_kept, 32, FTW_PHYS) == 0);
		ATF_CHECK_MSG(kept_files >= 6, "%zu files", kept_files);
	}
	/* And while names change. */
	for (i = 0; i < 5; i++) {
		r = deed(&s, "--deed flip 1 %s work", s.top);
		ATF_CHECK(nftw(r->kept, check_kept, 32, FTW_PHYS) == 0);
	}
	ATF_REQUIRE(stat(s.inputs, &st) == 0 && st.st_uid == 0);
	end(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, modes_are_made_canonical);
	ATF_TP_ADD_TC(tp, links_are_not_followed);
	ATF_TP_ADD_TC(tp, hard_links_stay_within);
	ATF_TP_ADD_TC(tp, only_files_are_outputs);
	ATF_TP_ADD_TC(tp, names_are_only_names);
	ATF_TP_ADD_TC(tp, a_hundred_thousand_files);
	ATF_TP_ADD_TC(tp, a_thousand_directories_deep);
	ATF_TP_ADD_TC(tp, a_deep_tree_is_removed_quickly);
	ATF_TP_ADD_TC(tp, a_terabyte_of_holes);
	ATF_TP_ADD_TC(tp, unlinked_files_give_back_their_space);
	ATF_TP_ADD_TC(tp, nothing_writes_after_the_end);
	ATF_TP_ADD_TC(tp, names_that_change_mislead_nobody);
	ATF_TP_ADD_TC(tp, closed_directories_are_removed);
	ATF_TP_ADD_TC(tp, an_open_work_directory_is_still_closed);
	ATF_TP_ADD_TC(tp, attributes_are_removed);
	ATF_TP_ADD_TC(tp, what_is_kept_is_only_the_builders);
	return (atf_no_error());
}
