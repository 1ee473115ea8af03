/*
 * Builds whose root is made while others run: they wait for their slot, their
 * time begins when they have it, and one that cannot be prepared harms
 * nobody.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/plan.h"
#include "tests/build/lab.h"

enum { BUILDS = 3 };

/* What came, in order: 's' set-up, 'r' run, 'e' the result; and of whom. */
struct story {
	char kind[64], name[64][8];
	size_t n;
	int running, most; /* between run and stop */
	enum isth_outcome outcomes[BUILDS];
};

static void
tell(void *context, const struct isth_build_event *event)
{
	struct story *s = context;
	char kind = '\0';

	if (event->kind == ISTH_EVENT_RESULT) {
		kind = 'e';
		s->outcomes[event->name[1] - '0'] = event->result->outcome;
	} else if (event->kind != ISTH_EVENT_PHASE)
		return;
	else if (event->phase == ISTH_PHASE_SETUP)
		kind = 's';
	else if (event->phase == ISTH_PHASE_RUN) {
		kind = 'r';
		if (++s->running > s->most)
			s->most = s->running;
	} else if (event->phase == ISTH_PHASE_COLLECT)
		s->running--;
	if (kind == '\0' || s->n == sizeof(s->kind))
		return;
	s->kind[s->n] = kind;
	snprintf(s->name[s->n++], sizeof(s->name[0]), "%s", event->name);
}

static size_t
place(const struct story *s, char kind, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->kind[i] == kind && strcmp(s->name[i], name) == 0)
			return (i);
	}
	atf_tc_fail("no '%c' of %s", kind, name);
}

static void
run(struct story *s, struct isth_build_spec **specs,
    void (*edit)(void *, struct plan *))
{
	struct isth_build_options options = lab_options(1);
	struct isth_executor *ex;
	struct error e = { 0 };
	size_t i;

	options.event = tell;
	options.context = s;
	ex = isth_executor_create(&options, &e);
	ATF_REQUIRE_MSG(ex != NULL, "%s: %s", e.step, e.why);
	executor_edit_plans(ex, edit, NULL);
	for (i = 0; i < BUILDS; i++)
		ATF_REQUIRE(isth_executor_add(ex, specs[i], &e));
	ATF_REQUIRE(isth_executor_run(ex, -1, &e));
	isth_executor_destroy(ex);
	for (i = 0; i < BUILDS; i++)
		isth_build_spec_destroy(specs[i]);
	lab_check_clean("after");
}

static bool prepares, timed;

/* Linux prepares; the time is the build's own from 6.2 on. */
static void
look(void *context, struct plan *plan)
{
	size_t at = plan_find(plan, STEP_ISOLATE);

	(void)context;
	prepares = strstr(plan->steps[at].text, "mount") != NULL;
	timed = strstr(plan->steps[at].text, "time") != NULL;
}

ATF_TC_WITHOUT_HEAD(its_time_begins_with_its_slot);
ATF_TC_BODY(its_time_begins_with_its_slot, tc)
{
	struct isth_build_spec *specs[BUILDS];
	struct story s = { .n = 0 };
	const char *up;

	(void)tc;
	lab_open();
	specs[0] = lab_spec("p0", "sleep 3; mkdir $out", "");
	/* Not the three seconds that it waits. */
	specs[1] = lab_spec("p1", "cat /proc/uptime >$out || : >$out",
	    ", \"limits\": {\"wall_s\": 2, \"silent_s\": 2}");
	specs[2] = lab_spec("p2", "mkdir $out", "");
	run(&s, specs, look);
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, s.outcomes[0]);
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, s.outcomes[1]);
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, s.outcomes[2]);
	ATF_CHECK_EQ(1, s.most);
	ATF_CHECK(place(&s, 'r', "p1") > place(&s, 'e', "p0"));
	ATF_CHECK(place(&s, 'r', "p2") > place(&s, 'e', "p1"));
	if (prepares)
		ATF_CHECK(place(&s, 's', "p1") < place(&s, 'e', "p0"));
	if (!timed)
		return;
	up = lab_read("%s/p1", lab_store);
	ATF_REQUIRE(up != NULL);
	ATF_CHECK_MSG(atof(up) < 2, "up for %s", up);
}

/* p1's store leads nowhere. */
static void
spoil(void *context, struct plan *plan)
{
	size_t at = plan_find(plan, STEP_MOUNT_WRITABLE);

	(void)context;
	if (strcmp(plan->spec->name, "p1") == 0)
		plan->steps[at].source = plan_keep(plan, "/no/such");
}

ATF_TC_WITHOUT_HEAD(one_that_cannot_be_prepared_harms_nobody);
ATF_TC_BODY(one_that_cannot_be_prepared_harms_nobody, tc)
{
	struct isth_build_spec *specs[BUILDS];
	struct story s = { .n = 0 };

	(void)tc;
	lab_open();
	specs[0] = lab_spec("p0", "sleep 2; mkdir $out", "");
	specs[1] = lab_spec("p1", "mkdir $out", "");
	specs[2] = lab_spec("p2", "mkdir $out", "");
	run(&s, specs, spoil);
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, s.outcomes[0]);
	ATF_CHECK_EQ(ISTH_OUTCOME_NO_RESOURCES, s.outcomes[1]);
	ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, s.outcomes[2]);
	ATF_CHECK_EQ(1, s.most);
}

/* ---- ends */

struct watch {
	int count, err; /* at the count'th point; 0: kill */
	bool fired;
};

static int
at(void *context, const char *point)
{
	struct watch *w = context;

	(void)point;
	if (w->count-- != 0)
		return (0);
	w->fired = true;
	if (w->err == 0)
		raise(SIGKILL);
	return (w->err);
}

/* Some points are in the collector, where that is a process of its own. */
static void
complain(void *context, const struct isth_build_event *event)
{
	struct watch *w = context;

	if (event->kind != ISTH_EVENT_RESULT || w->fired ||
	    event->result->outcome == ISTH_OUTCOME_BUILT)
		return;
	if (strcmp(event->result->error.step, "collect outputs") == 0)
		w->fired = true;
	else
		isth_error_print(stderr, event->name, &event->result->error);
}

/* Three builds, one at a time; 1 when `w` fired. */
static int
build_watched(struct watch *w)
{
	struct isth_build_options options = lab_options(1);
	struct isth_executor *ex;
	struct error e = { 0 };
	char name[8];
	size_t i;

	options.event = complain;
	options.context = w;
	ex = isth_executor_create(&options, &e);
	if (ex == NULL)
		return (3);
	executor_watch_points(ex, at, w);
	for (i = 0; i < BUILDS; i++) {
		snprintf(name, sizeof(name), "k%zu", i);
		if (!isth_executor_add(
			ex, lab_spec(name, "echo $out >$out", ""), &e))
			return (4);
	}
	if (!isth_executor_run(ex, -1, &e))
		return (5);
	isth_executor_destroy(ex);
	return (w->fired ? 1 : 0);
}

static void
ignore(void *context, const char *line)
{
	(void)context;
	(void)line;
}

/* Runs it in a process of its own, and recovery; whether it came so far. */
static bool
ended_at(int count, int err)
{
	struct isth_build_options options = lab_options(1);
	struct watch w = { count, err, false };
	struct error e = { 0 };
	char when[64], path[600];
	size_t i, left = 0;
	int status;
	pid_t pid = fork();

	ATF_REQUIRE(pid >= 0);
	if (pid == 0)
		_exit(build_watched(&w));
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	snprintf(when, sizeof(when), "%s at point %d",
	    err == 0 ? "killed" : "error", count);
	ATF_CHECK_MSG(WIFSIGNALED(status) || WEXITSTATUS(status) <= 1,
	    "%s: status 0x%x", when, (unsigned)status);
	ATF_CHECK_MSG(isth_recover(&options, false, ignore, NULL, &left, &e),
	    "%s: %s: %s", when, e.step, e.why);
	ATF_CHECK_EQ_MSG(0, left, "%s: %zu left", when, left);
	lab_check_clean(when);
	for (i = 0; i < BUILDS; i++) {
		snprintf(path, sizeof(path), "%s/k%zu", lab_store, i);
		ATF_CHECK_MSG(
		    unlink(path) == 0 || status != 0, "%s: no %s", when, path);
	}
	return (WIFSIGNALED(status) || WEXITSTATUS(status) == 1);
}

ATF_TC(an_end_at_any_point_leaves_nothing);
ATF_TC_HEAD(an_end_at_any_point_leaves_nothing, tc)
{
	atf_tc_set_md_var(tc, "timeout", "280");
}
ATF_TC_BODY(an_end_at_any_point_leaves_nothing, tc)
{
	int killed = 0, failed = 0;

	(void)tc;
	lab_open();
	while (ended_at(killed, 0))
		killed++;
	while (ended_at(failed, ENOSPC))
		failed++;
	ATF_CHECK_MSG(killed > 40, "only %d points were reached", killed);
	ATF_CHECK_MSG(failed > 40, "only %d errors were made", failed);
}

/* Two uids and one slot: one build runs, one waits, none is held up. */
ATF_TC_WITHOUT_HEAD(a_small_pool_is_enough);
ATF_TC_BODY(a_small_pool_is_enough, tc)
{
	struct isth_build_options options;
	struct isth_build_spec *specs[BUILDS];
	struct lab_result r[BUILDS];
	unsigned size;
	size_t i;

	(void)tc;
	lab_open();
	for (size = 0; size < 2; size++) {
		options = lab_options(1);
		options.pool_last = options.pool_first + size;
		for (i = 0; i < BUILDS; i++) {
			char name[16];

			snprintf(name, sizeof(name), "p%zu-%u", i, size);
			specs[i] = lab_spec(name, "mkdir $out", "");
		}
		lab_run(&options, specs, BUILDS, r);
		for (i = 0; i < BUILDS; i++) {
			ATF_CHECK_EQ(ISTH_OUTCOME_BUILT, r[i].outcome);
			isth_build_spec_destroy(specs[i]);
		}
		lab_check_clean("after");
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, its_time_begins_with_its_slot);
	ATF_TP_ADD_TC(tp, one_that_cannot_be_prepared_harms_nobody);
	ATF_TP_ADD_TC(tp, an_end_at_any_point_leaves_nothing);
	ATF_TP_ADD_TC(tp, a_small_pool_is_enough);
	return (atf_no_error());
}
