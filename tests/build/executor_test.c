/*
 * The executor on this host, as root and without: outcomes, limits, what is
 * in place afterwards and what is not.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/build/lab.h"

ATF_TC_WITHOUT_HEAD(output_is_in_place_and_canonical);
ATF_TC_BODY(output_is_in_place_and_canonical, tc)
{
	struct lab_result r;
	struct stat st;
	char path[600];

	(void)tc;
	lab_open();
	r = lab_build("hello",
	    "mkdir $out && echo hi >$out/f && chmod 755 $out/f && echo said",
	    "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
	ATF_CHECK_EQ(0, r.status);
	ATF_CHECK_EQ(1, r.noutputs);
	ATF_REQUIRE(lab_read("%s/hello/f", lab_store) != NULL);
	ATF_CHECK_STREQ("hi\n", lab_read("%s/hello/f", lab_store));
	snprintf(path, sizeof(path), "%s/hello/f", lab_store);
	ATF_REQUIRE(lstat(path, &st) == 0);
	ATF_CHECK_EQ(0555, st.st_mode & 07777);
	ATF_CHECK_EQ(geteuid(), st.st_uid);
	ATF_CHECK_EQ(1, st.st_mtime);
	ATF_CHECK_STREQ("said\n", lab_read("%s", r.log));
}

ATF_TC_WITHOUT_HEAD(builder_fails);
ATF_TC_BODY(builder_fails, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build("fails", "echo no; mkdir $out; exit 7", "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_FAILED);
	ATF_CHECK_EQ(100, r.status);
	ATF_CHECK_EQ(7, r.exit_code);
	ATF_CHECK(!lab_exists("%s/fails", lab_store));
	r = lab_build("killed", "kill -11 $$", "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_FAILED);
	ATF_CHECK_EQ(SIGSEGV, r.term_signal);
}

ATF_TC_WITHOUT_HEAD(missing_output_is_rejected);
ATF_TC_BODY(missing_output_is_rejected, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build("none", "exit 0", "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_OUTPUT_REJECTED);
	ATF_CHECK_EQ(100, r.status);
}

ATF_TC_WITHOUT_HEAD(builder_that_is_not_there);
ATF_TC_BODY(builder_that_is_not_there, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;

	(void)tc;
	lab_open();
	options = lab_options(1);
	spec = lab_spec("x", "", "");
	free(spec->builder);
	spec->builder = strdup("/no/such");
	lab_run(&options, &spec, 1, &r);
	CHECK_OUTCOME(r, ISTH_OUTCOME_INPUT_REJECTED);
	ATF_CHECK_EQ(2, r.status);
	ATF_CHECK(strstr(r.error.path, "/no/such") != NULL);
	ATF_CHECK(r.error.hint[0] != '\0');
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

ATF_TC(limits_end_it_alone);
ATF_TC_HEAD(limits_end_it_alone, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(limits_end_it_alone, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[7];
	struct lab_result r[7];
	size_t i;

	(void)tc;
	lab_open();
	options = lab_options(7);
	specs[0] = lab_spec("wall", "while :; do echo x; sleep 0.1; done",
	    ", \"limits\": {\"wall_s\": 1}");
	specs[1] =
	    lab_spec("silent", "sleep 100", ", \"limits\": {\"silent_s\": 1}");
	specs[2] = lab_spec("flood", "while :; do echo flood; done",
	    ", \"limits\": {\"log_bytes\": 10000}");
	specs[3] = lab_spec(
	    "cpu", "while :; do :; done", ", \"limits\": {\"cpu_s\": 1}");
	specs[4] = lab_spec("disk",
	    "i=0; while i=$((i+1)); do head -c 3000000 /dev/zero >f$i; done",
	    ", \"limits\": {\"disk_bytes\": 20000000}");
	specs[5] = lab_spec("daemon",
	    "(trap '' TERM HUP; sleep 1000) & mkdir $out; exit 0", "");
	specs[6] = lab_spec("good", "sleep 2; mkdir $out", "");
	lab_run(&options, specs, 7, r);
	CHECK_OUTCOME(r[0], ISTH_OUTCOME_TIMED_OUT);
	ATF_CHECK_EQ(101, r[0].status);
	CHECK_OUTCOME(r[1], ISTH_OUTCOME_SILENT);
	ATF_CHECK_EQ(101, r[1].status);
	CHECK_OUTCOME(r[2], ISTH_OUTCOME_LOG_LIMIT);
	ATF_CHECK_EQ(100, r[2].status);
	ATF_CHECK_EQ(10000, (long)strlen(lab_read("%s", r[2].log)));
	CHECK_OUTCOME(r[3], ISTH_OUTCOME_TIMED_OUT);
	CHECK_OUTCOME(r[4], ISTH_OUTCOME_FAILED);
	ATF_CHECK(strstr(r[4].error.why, "disk") != NULL || r[4].exit_code > 0);
	CHECK_OUTCOME(r[5], ISTH_OUTCOME_BUILT);
	CHECK_OUTCOME(r[6], ISTH_OUTCOME_BUILT);
	for (i = 0; i < 7; i++)
		isth_build_spec_destroy(specs[i]);
	lab_check_clean("after");
}

ATF_TC_WITHOUT_HEAD(closed_output_is_no_end);
ATF_TC_BODY(closed_output_is_no_end, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build("closed", "exec >&- 2>&-; sleep 0.3; mkdir $out", "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
	ATF_CHECK(r.wall_ms >= 300);
}

ATF_TC_WITHOUT_HEAD(builds_run_at_the_same_time);
ATF_TC_BODY(builds_run_at_the_same_time, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[6];
	struct lab_result r[6];
	struct timespec a, b;
	char name[16];
	size_t i;

	(void)tc;
	lab_open();
	options = lab_options(6);
	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "b%zu", i);
		specs[i] = lab_spec(name, "sleep 1; mkdir $out", "");
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	lab_run(&options, specs, 6, r);
	clock_gettime(CLOCK_MONOTONIC, &b);
	/* One after the other takes six seconds. */
	ATF_CHECK_MSG(
	    b.tv_sec - a.tv_sec <= 4, "%ld s", (long)(b.tv_sec - a.tv_sec));
	for (i = 0; i < 6; i++) {
		CHECK_OUTCOME(r[i], ISTH_OUTCOME_BUILT);
		isth_build_spec_destroy(specs[i]);
	}
	lab_check_clean("after");
}

ATF_TC_WITHOUT_HEAD(a_small_pool_queues);
ATF_TC_BODY(a_small_pool_queues, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[5];
	struct lab_result r[5];
	char name[16];
	size_t i;

	(void)tc;
	lab_open();
	options = lab_options(5);
	options.pool_last = options.pool_first + 1;
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "q%zu", i);
		specs[i] = lab_spec(name, "sleep 0.1; mkdir $out", "");
	}
	lab_run(&options, specs, 5, r);
	for (i = 0; i < 5; i++) {
		CHECK_OUTCOME(r[i], ISTH_OUTCOME_BUILT);
		isth_build_spec_destroy(specs[i]);
	}
	lab_check_clean("after");
}

ATF_TC_WITHOUT_HEAD(two_outputs_or_none);
ATF_TC_BODY(two_outputs_or_none, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;

	(void)tc;
	lab_open();
	options = lab_options(1);
	spec = lab_spec_two("half", "mkdir $out", "");
	lab_run(&options, &spec, 1, &r);
	CHECK_OUTCOME(r, ISTH_OUTCOME_OUTPUT_REJECTED);
	ATF_CHECK(!lab_exists("%s/half", lab_store));
	isth_build_spec_destroy(spec);
	spec = lab_spec_two("both", "echo a >$out; echo b >$doc", "");
	lab_run(&options, &spec, 1, &r);
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
	ATF_CHECK_EQ(2, r.noutputs);
	ATF_CHECK(lab_exists("%s/both", lab_store));
	ATF_CHECK(lab_exists("%s/both-doc", lab_store));
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

static char area_answer[64];

/* What a garbage collector does that respects "tmp-..." when it is locked. */
static int
lock_area(void *context, const char *point)
{
	char path[1024];
	DIR *store;
	const struct dirent *d;
	int fd;

	(void)context;
	if (strcmp(point, "stop") != 0 || (store = opendir(lab_store)) == NULL)
		return (0);
	while ((d = readdir(store)) != NULL) {
		if (strncmp(d->d_name, "tmp-", 4) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", lab_store, d->d_name);
		fd = open(path, O_RDONLY | O_DIRECTORY);
		snprintf(area_answer, sizeof(area_answer), "%s",
		    flock(fd, LOCK_EX | LOCK_NB) == 0 ? "locked"
						      : strerror(errno));
		close(fd);
	}
	closedir(store);
	return (0);
}

ATF_TC_WITHOUT_HEAD(area_in_the_store_is_locked);
ATF_TC_BODY(area_in_the_store_is_locked, tc)
{
	struct lab_result r;

	(void)tc;
	lab_open();
	lab_at = lock_area;
	r = lab_build("locked", "echo hi >$out", "");
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
	ATF_CHECK_STREQ(strerror(EWOULDBLOCK), area_answer);
}

ATF_TC_WITHOUT_HEAD(hash_decides);
ATF_TC_BODY(hash_decides, tc)
{
	/* sha256 of "hi\n". */
	static const char good[] =
	    ", \"hash\": {\"algorithm\": \"sha256\", \"mode\": \"flat\", "
	    "\"value\": \"98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48"
	    "c5d3fb1107be4\"}";
	struct lab_result r;

	(void)tc;
	lab_open();
	r = lab_build("good", "echo hi >$out", good);
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
	r = lab_build("bad", "echo ho >$out", good);
	CHECK_OUTCOME(r, ISTH_OUTCOME_OUTPUT_REJECTED);
	ATF_CHECK_EQ(102, r.status);
	ATF_CHECK(!lab_exists("%s/bad", lab_store));
}

ATF_TC_WITHOUT_HEAD(failed_build_is_kept_for_the_caller);
ATF_TC_BODY(failed_build_is_kept_for_the_caller, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;
	struct stat st;
	char path[1100];

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.keep_failed = true;
	if (geteuid() == 0)
		options.keep_uid = options.keep_gid = 65534;
	spec = lab_spec("kept", "echo clue >clue; mkdir $out; exit 1", "");
	lab_run(&options, &spec, 1, &r);
	CHECK_OUTCOME(r, ISTH_OUTCOME_FAILED);
	ATF_CHECK_STREQ("clue\n", lab_read("%s/work/clue", r.kept));
	ATF_CHECK(lab_exists("%s/store/kept", r.kept));
	snprintf(path, sizeof(path), "%s/work/clue", r.kept);
	ATF_REQUIRE(lstat(path, &st) == 0);
	ATF_CHECK_EQ(options.keep_uid, st.st_uid);
	ATF_REQUIRE(lstat(r.kept, &st) == 0);
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

/* What was taken from the builder is its evidence, too. */
ATF_TC_WITHOUT_HEAD(outputs_that_are_rejected_are_kept);
ATF_TC_BODY(outputs_that_are_rejected_are_kept, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;

	(void)tc;
	lab_open();
	options = lab_options(1);
	options.keep_failed = true;
	spec = lab_spec("wrong", "echo precious >$out",
	    ", \"hash\": {\"algorithm\": \"sha256\", \"mode\": \"flat\", "
	    "\"value\": \"00000000000000000000000000000000"
	    "00000000000000000000000000000000\"}");
	lab_run(&options, &spec, 1, &r);
	CHECK_OUTCOME(r, ISTH_OUTCOME_OUTPUT_REJECTED);
	ATF_CHECK_STREQ("precious\n", lab_read("%s/outputs/wrong", r.kept));
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

/* Daemons that wait with a signalfd or sigwait(2) have it blocked. */
ATF_TC_WITHOUT_HEAD(a_blocked_sigchld_changes_nothing);
ATF_TC_BODY(a_blocked_sigchld_changes_nothing, tc)
{
	struct lab_result r;
	sigset_t child;

	(void)tc;
	lab_open();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	ATF_REQUIRE(sigprocmask(SIG_BLOCK, &child, NULL) == 0);
	r = lab_build(
	    "blocked", "echo hi >$out", ", \"limits\": {\"wall_s\": 30}");
	CHECK_OUTCOME(r, ISTH_OUTCOME_BUILT);
}

static void
cancel_at_run(void *context, const struct isth_build_event *event)
{
	int *pipe_fd = context;

	if (event->kind == ISTH_EVENT_PHASE && event->phase == ISTH_PHASE_RUN)
		ATF_REQUIRE(write(*pipe_fd, "", 1) == 1);
}

ATF_TC_WITHOUT_HEAD(cancel_ends_all_cleanly);
ATF_TC_BODY(cancel_ends_all_cleanly, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[3];
	struct isth_executor *ex;
	struct error e = { 0 };
	int wake[2];
	size_t i;

	(void)tc;
	lab_open();
	ATF_REQUIRE(pipe(wake) == 0);
	options = lab_options(2);
	options.event = cancel_at_run;
	options.context = &wake[1];
	ex = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(ex != NULL, "%s: %s", e.step, e.why);
	for (i = 0; i < 3; i++) {
		specs[i] = lab_spec(i == 0   ? "c0"
				    : i == 1 ? "c1"
					     : "c2",
		    "trap '' TERM; sleep 100; sleep 100", "");
		ATF_REQUIRE(isth_executor_add(ex, specs[i], &e));
	}
	ATF_REQUIRE(isth_executor_run(ex, wake[0], &e));
	ATF_CHECK_EQ(3, isth_executor_pending(ex));
	isth_executor_cancel(ex, "test");
	ATF_REQUIRE(isth_executor_run(ex, -1, &e));
	ATF_CHECK_EQ(0, isth_executor_pending(ex));
	isth_executor_destroy(ex);
	for (i = 0; i < 3; i++)
		isth_build_spec_destroy(specs[i]);
	lab_check_clean("after");
}

ATF_TC_WITHOUT_HEAD(bad_places_are_refused_untouched);
ATF_TC_BODY(bad_places_are_refused_untouched, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct isth_executor *ex;
	struct error e = { 0 };

	(void)tc;
	lab_open();
	ATF_REQUIRE(mkdir(lab_state, 0700) == 0);
	ATF_REQUIRE(chmod(lab_state, 0755) == 0);
	options = lab_options(1);
	ATF_CHECK(isth_executor_create(&options, &e) == NULL);
	ATF_CHECK(strstr(e.hint, "chmod 700") != NULL);
	ATF_REQUIRE(chmod(lab_state, 0700) == 0);
	ex = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(ex != NULL, "%s: %s", e.step, e.why);
	spec = lab_spec("x", "mkdir $out", "");
	ATF_REQUIRE(chmod(lab_store, 0777) == 0);
	ATF_CHECK(!isth_executor_add(ex, spec, &e));
	ATF_CHECK_STREQ("x: $.store", e.path);
	ATF_REQUIRE(chmod(lab_store, 0755) == 0);
	ATF_CHECK(isth_executor_add(ex, spec, &e));
	ATF_CHECK(!isth_executor_add(ex, spec, &e));
	ATF_CHECK(strstr(e.why, "is an output of x too") != NULL);
	ATF_REQUIRE(isth_executor_run(ex, -1, &e));
	ATF_CHECK(!isth_executor_add(ex, spec, &e));
	ATF_CHECK_STREQ("x: $.outputs.out", e.path);
	isth_executor_destroy(ex);
	isth_build_spec_destroy(spec);
	lab_check_clean("after");
}

/* An error of earlier hides no new one, and who wants none has none. */
ATF_TC_WITHOUT_HEAD(a_state_that_cannot_be_made_is_told);
ATF_TC_BODY(a_state_that_cannot_be_made_is_told, tc)
{
	struct isth_build_options options;
	struct error e = { .step = "earlier" };
	char path[600];
	size_t left;

	(void)tc;
	lab_open();
	ATF_REQUIRE(symlink("nowhere", "dangling") == 0);
	ATF_REQUIRE(getcwd(path, 500) != NULL);
	strcat(path, "/dangling/state/below");
	options = lab_options(1);
	options.state = path;
	ATF_CHECK(isth_executor_create(&options, NULL) == NULL);
	ATF_CHECK(!isth_recover(&options, true, NULL, NULL, &left, NULL));
	ATF_CHECK(isth_executor_create(&options, &e) == NULL);
	ATF_CHECK_MSG(
	    strstr(e.step, "make state directory") != NULL, "%s", e.step);
	ATF_CHECK_EQ(ENOENT, e.err);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, output_is_in_place_and_canonical);
	ATF_TP_ADD_TC(tp, builder_fails);
	ATF_TP_ADD_TC(tp, missing_output_is_rejected);
	ATF_TP_ADD_TC(tp, builder_that_is_not_there);
	ATF_TP_ADD_TC(tp, limits_end_it_alone);
	ATF_TP_ADD_TC(tp, closed_output_is_no_end);
	ATF_TP_ADD_TC(tp, builds_run_at_the_same_time);
	ATF_TP_ADD_TC(tp, a_small_pool_queues);
	ATF_TP_ADD_TC(tp, two_outputs_or_none);
	ATF_TP_ADD_TC(tp, area_in_the_store_is_locked);
	ATF_TP_ADD_TC(tp, hash_decides);
	ATF_TP_ADD_TC(tp, failed_build_is_kept_for_the_caller);
	ATF_TP_ADD_TC(tp, outputs_that_are_rejected_are_kept);
	ATF_TP_ADD_TC(tp, a_blocked_sigchld_changes_nothing);
	ATF_TP_ADD_TC(tp, cancel_ends_all_cleanly);
	ATF_TP_ADD_TC(tp, bad_places_are_refused_untouched);
	ATF_TP_ADD_TC(tp, a_state_that_cannot_be_made_is_told);
	return (atf_no_error());
}
