/*
 * Violent ends: the executor, the build's first process and the collector
 * killed at each named point and at random moments, and errors injected
 * before each step.  Afterwards, and after recovery, the host is as before
 * and an output is whole or not there.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/build/lab.h"

/* Every point that executor_watch_points names, on one system or another. */
static const char *const points[] = { "plan", "journal", "take-uid",
	"make-directory", "open-log", "limit-group", "mount-input",
	"mount-writable", "mount-tmp", "mount-dev", "make-device", "make-link",
	"write-file", "isolate", "start", "stop", "collect", "measure",
	"commit", "rename", "kill", "remove-tree", "remove-group", "unmount",
	"release-uid" };
enum { NPOINTS = sizeof(points) / sizeof(points[0]) };

#define SCRIPT \
	"mkdir $out $doc && echo a >$out/f && echo b >$doc/f && echo said"
/* A limit is measured. */
#define LIMIT ", \"limits\": {\"disk_bytes\": 10000000}"
/* The executor collects what is little itself; the rest, a process. */
static const char little[] = SCRIPT;
static const char much[] =
    SCRIPT "; i=0; while [ $i -lt 100 ]; do : >$i; i=$((i + 1)); done";
static const char *script = little;

struct watch {
	const char *point;
	int count; /* fires when it has come that often */
	int err;   /* 0: kill */
	bool fired;
};

static int
at(void *context, const char *point)
{
	struct watch *w = context;

	if (strcmp(point, w->point) != 0 || w->count-- != 0)
		return (0);
	w->fired = true;
	if (w->err == 0)
		raise(SIGKILL);
	return (w->err);
}

/* Two outputs, so that there is a commit line. */
static int
build_spec(struct isth_build_spec *spec, struct watch *w)
{
	struct isth_build_options options = lab_options(1);
	struct isth_executor *ex;
	struct error e = { 0 };

	ex = isth_executor_create(&options, &e);
	if (ex == NULL)
		return (3);
	if (w != NULL)
		executor_watch_points(ex, at, w);
	if (!isth_executor_add(ex, spec, &e) || !isth_executor_run(ex, -1, &e))
		return (4);
	isth_executor_destroy(ex);
	return (w != NULL && w->fired ? 1 : 0);
}

static int
build_watched(struct watch *w)
{
	struct isth_build_spec *spec = lab_spec_two("both", script, LIMIT);
	int status = build_spec(spec, w);

	isth_build_spec_destroy(spec);
	return (status);
}

static void
ignore(void *context, const char *line)
{
	(void)context;
	(void)line;
}

static void
recover(const char *when)
{
	struct isth_build_options options = lab_options(1);
	struct error e = { 0 };
	size_t left = 0;

	ATF_CHECK_MSG(isth_recover(&options, false, ignore, NULL, &left, &e),
	    "%s: %s: %s", when, e.step, e.why);
	ATF_CHECK_EQ_MSG(0, left, "%s: %zu left", when, left);
	lab_check_clean(when);
}

/* Both outputs whole, or neither there; takes them away. */
static bool
take_outputs(const char *when)
{
	char command[1200];
	bool out, doc;

	out = lab_exists("%s/both", lab_store);
	doc = lab_exists("%s/both-doc", lab_store);
	ATF_CHECK_EQ_MSG(out, doc, "%s: half an output", when);
	if (!out || !doc)
		return (false);
	ATF_CHECK_STREQ("a\n", lab_read("%s/both/f", lab_store));
	ATF_CHECK_STREQ("b\n", lab_read("%s/both-doc/f", lab_store));
	snprintf(command, sizeof(command),
	    "chmod -R u+w %s/both %s/both-doc; rm -rf %s/both %s/both-doc",
	    lab_store, lab_store, lab_store, lab_store);
	ATF_REQUIRE(system(command) == 0);
	return (true);
}

/* In a process of its own; its wait status. */
static int
watched(const char *point, int count, int err)
{
	int status;
	pid_t pid = fork();

	ATF_REQUIRE(pid >= 0);
	if (pid == 0) {
		struct watch w = { point, count, err, false };

		_exit(build_watched(&w));
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	return (status);
}

/* There it may be the collector that is killed, and its executor sees it. */
static bool
in_collector(const char *point)
{
	return (strcmp(point, "measure") == 0 || strcmp(point, "commit") == 0 ||
		strcmp(point, "rename") == 0);
}

static void
kill_at_each_point(void)
{
	unsigned kills = 0;
	char when[100];
	int count, status;
	size_t i;

	lab_open();
	for (i = 0; i < NPOINTS; i++) {
		for (count = 0;; count++) {
			snprintf(when, sizeof(when), "killed at %s %d",
			    points[i], count);
			status = watched(points[i], count, 0);
			if (!WIFSIGNALED(status) &&
			    (!in_collector(points[i]) || count == 2)) {
				ATF_CHECK_EQ_MSG(
				    0, WEXITSTATUS(status), "%s", when);
				take_outputs(when);
				break;
			}
			kills++;
			if (WIFSIGNALED(status))
				recover(when);
			lab_check_clean(when);
			take_outputs(when);
		}
	}
	ATF_CHECK_MSG(kills > 12, "only %u points were reached", kills);
}

ATF_TC(killed_at_each_point);
ATF_TC_HEAD(killed_at_each_point, tc)
{
	atf_tc_set_md_var(tc, "timeout", "200");
}
ATF_TC_BODY(killed_at_each_point, tc)
{
	(void)tc;
	kill_at_each_point();
}

ATF_TC(killed_at_each_point_with_much_to_collect);
ATF_TC_HEAD(killed_at_each_point_with_much_to_collect, tc)
{
	atf_tc_set_md_var(tc, "timeout", "200");
}
ATF_TC_BODY(killed_at_each_point_with_much_to_collect, tc)
{
	(void)tc;
	script = much;
	kill_at_each_point();
}

ATF_TC(errors_at_each_point);
ATF_TC_HEAD(errors_at_each_point, tc)
{
	atf_tc_set_md_var(tc, "timeout", "200");
}
ATF_TC_BODY(errors_at_each_point, tc)
{
	static const int errors[] = { ENOSPC, EMFILE, ENOMEM };
	unsigned fired = 0;
	char when[100];
	int count, status;
	size_t i, j;

	(void)tc;
	lab_open();
	for (i = 0; i < NPOINTS; i++) {
		for (count = 0;; count++) {
			j = count % 3;
			snprintf(when, sizeof(when), "error %d at %s %d",
			    errors[j], points[i], count);
			status = watched(points[i], count, errors[j]);
			ATF_CHECK_MSG(WIFEXITED(status), "%s", when);
			recover(when);
			take_outputs(when);
			if (WEXITSTATUS(status) == 0)
				break;
			ATF_CHECK_EQ_MSG(1, WEXITSTATUS(status), "%s", when);
			fired++;
		}
	}
	ATF_CHECK_MSG(fired > 12, "only %u errors were made", fired);
}

ATF_TC(too_few_descriptors);
ATF_TC_HEAD(too_few_descriptors, tc)
{
	atf_tc_set_md_var(tc, "timeout", "100");
}
ATF_TC_BODY(too_few_descriptors, tc)
{
	struct rlimit limit;
	unsigned failures = 0;
	char when[100];
	int n, status;
	pid_t pid;

	(void)tc;
	lab_open();
	for (n = 4; n < 40; n++) {
		snprintf(when, sizeof(when), "%d descriptors", n);
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0) {
			limit.rlim_cur = limit.rlim_max = n;
			if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
				_exit(9);
			_exit(build_watched(NULL));
		}
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_CHECK_MSG(WIFEXITED(status), "%s", when);
		ATF_CHECK(WEXITSTATUS(status) != 9);
		recover(when);
		failures += !take_outputs(when);
	}
	ATF_CHECK_MSG(failures > 5, "only %u", failures);
	ATF_CHECK_MSG(failures < 36, "never enough");
}

/* With so many bytes that malloc(3) can still give, and no more to come. */
static int
build_in_memory(size_t bytes)
{
	enum { PIECE = 64 };
	struct rlimit limit;
	unsigned long pages = 0;
	struct isth_build_spec *spec = lab_spec_two("both", script, LIMIT);
	void **last = NULL, **piece;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL || fscanf(f, "%lu", &pages) != 1)
		return (9);
	fclose(f);
	limit.rlim_cur = limit.rlim_max = pages * (size_t)sysconf(_SC_PAGESIZE);
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return (9);
	while ((piece = malloc(PIECE)) != NULL) {
		*piece = last;
		last = piece;
	}
	for (; bytes >= PIECE && last != NULL; bytes -= PIECE) {
		piece = *last;
		free(last);
		last = piece;
	}
	return (build_spec(spec, NULL));
}

ATF_TC(too_little_memory);
ATF_TC_HEAD(too_little_memory, tc)
{
	atf_tc_set_md_var(tc, "timeout", "100");
}
ATF_TC_BODY(too_little_memory, tc)
{
	unsigned failures = 0, rounds = 0;
	char when[100];
	size_t bytes;
	int status;
	pid_t pid;

	(void)tc;
#ifdef __SANITIZE_ADDRESS__
	atf_tc_skip("needs an address space of its own");
#endif
	if (access("/proc/self/statm", R_OK) != 0)
		atf_tc_skip("needs Linux");
	lab_open();
	ATF_REQUIRE(mkdir(lab_state, 0700) == 0);
	for (bytes = 0; bytes < 96 * 1024; bytes += 1024) {
		snprintf(when, sizeof(when), "%zu bytes", bytes);
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0)
			_exit(build_in_memory(bytes));
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) != 9,
		    "%s: 0x%x", when, (unsigned)status);
		recover(when);
		failures += !take_outputs(when);
		rounds++;
	}
	printf("%u of %u failed\n", failures, rounds);
	ATF_CHECK_MSG(failures > 5, "only %u", failures);
}

/* Breaks step `at` of a plan, if it has something to break. */
struct breaker {
	size_t at;
	bool last, broken;
};

static void
break_step(void *context, struct plan *plan)
{
	struct breaker *b = context;
	struct step *s;
	char *path;

	if (b->at >= plan->n) {
		b->last = true;
		return;
	}
	s = &plan->steps[b->at];
	/* What the executor makes for itself is broken by errors above. */
	if (s->path == NULL || s->kind == STEP_MAKE_DIRECTORY ||
	    s->kind == STEP_OPEN_LOG || s->kind == STEP_ISOLATE ||
	    s->kind == STEP_ENTER_ROOT || s->kind == STEP_MOUNT_ROOT)
		return;
	path = plan_keepf(plan, "/%0*d", 6000, 0);
	ATF_REQUIRE(path != NULL);
	/* A device is found by its name on the host where that is what counts. */
	if (s->kind == STEP_MAKE_DEVICE)
		s->source = path;
	s->path = path;
	b->broken = true;
}

ATF_TC(steps_that_fail);
ATF_TC_HEAD(steps_that_fail, tc)
{
	atf_tc_set_md_var(tc, "timeout", "100");
}
ATF_TC_BODY(steps_that_fail, tc)
{
	struct isth_build_options options;
	struct isth_executor *ex;
	struct isth_build_spec *spec;
	struct breaker b = { 0 };
	struct error e = { 0 };
	unsigned broken = 0;
	char when[100];

	(void)tc;
	lab_open();
	options = lab_options(1);
	spec = lab_spec_two("both", script, LIMIT);
	for (b.at = 0; !b.last; b.at++) {
		b.broken = false;
		snprintf(when, sizeof(when), "step %zu", b.at);
		ex = isth_executor_create(&options, &e);
		ATF_REQUIRE_MSG(ex != NULL, "%s: %s", e.step, e.why);
		executor_edit_plans(ex, break_step, &b);
		ATF_REQUIRE(isth_executor_add(ex, spec, &e));
		ATF_REQUIRE(isth_executor_run(ex, -1, &e));
		isth_executor_destroy(ex);
		lab_check_clean(when);
		ATF_CHECK_MSG(!take_outputs(when) || !b.broken,
		    "%s was not missed", when);
		broken += b.broken;
	}
	ATF_CHECK_MSG(broken > 10, "only %u steps", broken);
	isth_build_spec_destroy(spec);
}

/* Any process of the tree below `pid`, or pid itself. */
static void
kill_something(pid_t pid, unsigned random)
{
	char path[100], row[64];
	pid_t victim = pid;
	FILE *f;

	if (random % 3 != 0) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		    (int)pid, (int)pid);
		f = fopen(path, "re");
		if (f != NULL) {
			if (fgets(row, sizeof(row), f) != NULL && atoi(row) > 0)
				victim = atoi(row);
			fclose(f);
		}
	}
	(void)kill(victim, SIGKILL);
}

/* What a file system may do with files that were not synced. */
static void
lose_power(const char *when, bool gone)
{
	char command[1200];

	/* Empty, or gone; and another boot. */
	snprintf(command, sizeof(command),
	    "for j in %s/jobs/*.journal; do [ ! -f $j ] || %s $j; done && "
	    "sed -i 's/\"boot\": .*/\"boot\": \"earlier\"/' %s/stores",
	    lab_state, gone ? "rm" : "truncate -s 0", lab_state);
	ATF_REQUIRE_MSG(system(command) == 0, "%s", when);
}

/*
 * Without root, where nothing of a build is left in this kernel when its
 * processes are dead.
 */
ATF_TC(the_power_fails);
ATF_TC_HEAD(the_power_fails, tc)
{
	atf_tc_set_md_var(tc, "require.user", "unprivileged");
	atf_tc_set_md_var(tc, "timeout", "200");
}
ATF_TC_BODY(the_power_fails, tc)
{
	static const char *const at_points[] = { "make-directory", "start",
		"stop", "collect", "measure", "remove-tree" };
	char when[100];
	size_t i;
	int status;

	(void)tc;
#ifndef __linux__
	atf_tc_skip("needs Linux: builds without root");
#endif
	lab_open();
	for (i = 0; i < 2 * sizeof(at_points) / sizeof(at_points[0]); i++) {
		snprintf(when, sizeof(when), "at %s %zu", at_points[i / 2], i);
		status = watched(at_points[i / 2], i / 2 == 0, 0);
		ATF_REQUIRE_MSG(WIFSIGNALED(status), "%s", when);
		lose_power(when, i % 2 == 1);
		recover(when);
		(void)take_outputs(when);
	}
}

/* Where a build takes very long, fewer rounds. */
#define SPENT_NS UINT64_C(200000000000)

ATF_TC(killed_at_random_moments);
ATF_TC_HEAD(killed_at_random_moments, tc)
{
	atf_tc_set_md_var(tc, "timeout", "290");
}
ATF_TC_BODY(killed_at_random_moments, tc)
{
	const char *rounds = getenv("ISTHMUS_CRASH_ROUNDS");
	unsigned random = 1, killed = 0, built = 0, i, n;
	struct timespec pause;
	uint64_t whole, at_ns;
	char when[100];
	int status;
	pid_t pid;

	(void)tc;
	lab_open();
	/* How long a build takes here: the moments are within it. */
	whole = clock_now();
	ATF_REQUIRE_EQ(0, build_watched(NULL));
	whole = clock_now() - whole;
	ATF_REQUIRE(take_outputs("before"));
	n = whole < SPENT_NS / 500 ? 500 : (unsigned)(SPENT_NS / whole);
	if (rounds != NULL)
		n = (unsigned)atoi(rounds);
	for (i = 0; i < n; i++) {
		script = i % 2 == 0 ? little : much;
		pid = fork();
		ATF_REQUIRE(pid >= 0);
		if (pid == 0)
			_exit(build_watched(NULL));
		random = random * 1103515245 + 12345;
		at_ns = (random >> 8) % 1000 * whole / 800;
		pause = (struct timespec){ (time_t)(at_ns / 1000000000),
			(long)(at_ns % 1000000000) };
		nanosleep(&pause, NULL);
		kill_something(pid, random >> 4);
		ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
		killed += WIFSIGNALED(status);
		snprintf(when, sizeof(when), "round %u", i);
		recover(when);
		built += take_outputs(when);
	}
	printf("%u rounds in %ju ms each: %u executors killed, %u built\n", n,
	    (uintmax_t)whole / 1000000, killed, built);
	ATF_CHECK_MSG(killed > n / 10, "only %u killed", killed);
}

ATF_TC(two_executors_share_a_state_directory);
ATF_TC_HEAD(two_executors_share_a_state_directory, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(two_executors_share_a_state_directory, tc)
{
	enum { EACH = 10 };
	struct isth_build_options options;
	struct isth_build_spec *specs[EACH];
	struct lab_result r[EACH];
	int status, who;
	pid_t pids[2];
	char name[20];
	size_t i;

	(void)tc;
	lab_open();
	for (who = 0; who < 2; who++) {
		pids[who] = fork();
		ATF_REQUIRE(pids[who] >= 0);
		if (pids[who] != 0)
			continue;
		options = lab_options(4);
		options.pool_last = options.pool_first + 2;
		for (i = 0; i < EACH; i++) {
			snprintf(name, sizeof(name), "w%d-%zu", who, i);
			specs[i] =
			    lab_spec(name, "echo $out >$out; sleep 0.02", "");
		}
		lab_run(&options, specs, EACH, r);
		for (i = 0; i < EACH; i++) {
			if (r[i].outcome != ISTH_OUTCOME_BUILT)
				_exit(1);
		}
		_exit(0);
	}
	for (who = 0; who < 2; who++) {
		ATF_REQUIRE(waitpid(pids[who], &status, 0) == pids[who]);
		ATF_CHECK_EQ(0, status);
	}
	for (who = 0; who < 2; who++) {
		for (i = 0; i < EACH; i++)
			ATF_CHECK(lab_exists("%s/w%d-%zu", lab_store, who, i));
	}
	lab_check_clean("after");
}

static size_t
logs_of(const char *what)
{
	char pattern[600];
	glob_t found;
	size_t n;

	snprintf(pattern, sizeof(pattern), "%s/logs/%s", lab_state, what);
	if (glob(pattern, 0, NULL, &found) != 0)
		return (0);
	n = found.gl_pathc;
	globfree(&found);
	return (n);
}

/* An executor is killed while its build's log is compressed. */
static void
kill_in_compression(void *context, const struct isth_build_event *event)
{
	(void)context;
	if (event->kind == ISTH_EVENT_PHASE && event->phase == ISTH_PHASE_CLEAN)
		setitimer(ITIMER_REAL,
		    &(struct itimerval){ .it_value.tv_usec = 100000 }, NULL);
}

ATF_TC(half_a_compressed_log_is_removed);
ATF_TC_HEAD(half_a_compressed_log_is_removed, tc)
{
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(half_a_compressed_log_is_removed, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *spec;
	struct lab_result r;
	pid_t pid;
	int i;

	(void)tc;
	lab_open();
	if (system("command -v gzip >/dev/null") != 0)
		atf_tc_skip("needs gzip");
	options = lab_options(1);
	options.log_compression = ISTH_COMPRESSION_GZIP;
	options.event = kill_in_compression;
	spec = lab_spec("much", "yes | head -c 200000000; echo x >$out",
	    ", \"limits\": {\"log_bytes\": null}");
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		signal(SIGALRM, SIG_DFL);
		lab_run(&options, &spec, 1, &r);
		_exit(0);
	}
	isth_build_spec_destroy(spec);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &i, 0));
	ATF_REQUIRE_MSG(WIFSIGNALED(i), "the log was too small");
	/* While gzip(1) is at it, it is not looked at; then it goes. */
	for (i = 0; i < 400 && logs_of("*.part") > 0; i++) {
		recover("after");
		(void)usleep(100000);
	}
	ATF_CHECK_EQ(0, logs_of("*.part"));
	ATF_CHECK_EQ(1, logs_of("*.log"));
	lab_check_clean("after");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, killed_at_each_point);
	ATF_TP_ADD_TC(tp, killed_at_each_point_with_much_to_collect);
	ATF_TP_ADD_TC(tp, errors_at_each_point);
	ATF_TP_ADD_TC(tp, too_few_descriptors);
	ATF_TP_ADD_TC(tp, too_little_memory);
	ATF_TP_ADD_TC(tp, steps_that_fail);
	ATF_TP_ADD_TC(tp, the_power_fails);
	ATF_TP_ADD_TC(tp, killed_at_random_moments);
	ATF_TP_ADD_TC(tp, two_executors_share_a_state_directory);
	ATF_TP_ADD_TC(tp, half_a_compressed_log_is_removed);
	return (atf_no_error());
}
