/* Builders that take what they can get, or will not end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/attack/site.h"

#define MB INT64_C(1048576)

static json_t *
limit(const char *name, long long value)
{
	return (json_pack("{s:i s:I}", "wall_s", (int)(20 * site_slow()), name,
	    (json_int_t)value));
}

static long
printed(const struct run *r, const char *word)
{
	const char *at = strstr(text_string(&r->lines), word);

	return (at == NULL ? -1 : strtol(at + strlen(word), NULL, 10));
}

static void
check_outcome(const struct run *r, enum isth_outcome outcome, long max_ms)
{
	ATF_CHECK_MSG(r->outcome == outcome, "%s: %s, not %s (%s)", r->name,
	    isth_outcome_name(r->outcome), isth_outcome_name(outcome), r->why);
	ATF_CHECK_MSG(r->wall_ms >= 0 && r->wall_ms < max_ms * site_slow(),
	    "%s took %lld ms", r->name, (long long)r->wall_ms);
}

ATF_TC_WITHOUT_HEAD(processes_have_a_limit);
ATF_TC_BODY(processes_have_a_limit, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "crowd", "--deed crowd 300", limit("processes", 64));
	ATF_CHECK_MSG(printed(r, "count ") > 8 && printed(r, "count ") < 64,
	    "%ld children", printed(r, "count "));
	s.leave_out = OUT(STEP_LIMIT_GROUP) | OUT(STEP_RLIMITS);
	r = site_build(&s, "crowd", "--deed crowd 300", limit("processes", 64));
	ATF_CHECK_MSG(
	    printed(r, "count ") == 300, "%ld children", printed(r, "count "));
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(a_fork_bomb_ends_at_the_deadline);
ATF_TC_BODY(a_fork_bomb_ends_at_the_deadline, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "bomb", "--deed bomb",
	    json_pack("{s:i s:i}", "wall_s", 1, "processes", 64));
	check_outcome(r, ISTH_OUTCOME_TIMED_OUT, 4000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(a_bomb_does_not_hold_up_its_neighbour);
ATF_TC_BODY(a_bomb_does_not_hold_up_its_neighbour, tc)
{
	struct run *bomb, *quiet;
	struct site s;

	site_create(&s);
	bomb = site_add(&s, "bomb", "--deed bomb",
	    json_pack("{s:i s:i}", "wall_s", 2, "processes", 64), NULL);
	quiet = site_add(&s, "quiet", "--deed silent 100", NULL, NULL);
	site_run(&s);
	check_outcome(bomb, ISTH_OUTCOME_TIMED_OUT, 6000);
	check_outcome(quiet, ISTH_OUTCOME_BUILT, 2000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(memory_has_a_limit);
ATF_TC_BODY(memory_has_a_limit, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(
	    &s, "hog", "--deed hog 200", limit("memory_bytes", 64 * MB));
	check_outcome(r, ISTH_OUTCOME_FAILED, 5000);
	/* Who was killed, and did not end itself, learns of the limit. */
	ATF_CHECK_MSG(
	    r->exit_code > 0 || strstr(r->why, "limits.memory_bytes") != NULL,
	    "%s", r->why);
	ATF_CHECK(printed(r, "took ") == -1);
	s.leave_out = OUT(STEP_LIMIT_GROUP);
	r = site_build(
	    &s, "hog", "--deed hog 200", limit("memory_bytes", 64 * MB));
	check_outcome(r, ISTH_OUTCOME_BUILT, 5000);
	ATF_CHECK(printed(r, "took ") == 200);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(the_disk_has_a_limit);
ATF_TC_BODY(the_disk_has_a_limit, tc)
{
	struct site s;
	struct run *r;
	char deed[PATH_SIZE + 64];

	site_create(&s);
	r = site_build(&s, "filler", "--deed filler f 200 4000",
	    limit("disk_bytes", 32 * MB));
	check_outcome(r, ISTH_OUTCOME_FAILED, 9000);
	(void)snprintf(
	    deed, sizeof(deed), "--deed filler %s/.f 200 4000", s.store);
	r = site_build(&s, "filler", deed, limit("disk_bytes", 32 * MB));
	check_outcome(r, ISTH_OUTCOME_FAILED, 9000);
	r = site_build(&s, "filler", "--deed filler f 200 10", NULL);
	check_outcome(r, ISTH_OUTCOME_BUILT, 9000);
	ATF_CHECK(printed(r, "wrote ") == 200);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(the_log_has_a_limit);
ATF_TC_BODY(the_log_has_a_limit, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "flood", "--deed flood 0", limit("log_bytes", MB));
	check_outcome(r, ISTH_OUTCOME_LOG_LIMIT, 4000);
	r = site_build(
	    &s, "flood", "--deed flood 32", limit("log_bytes", 4 * MB));
	check_outcome(r, ISTH_OUTCOME_BUILT, 4000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(silence_ends);
ATF_TC_BODY(silence_ends, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(
	    &s, "silent", "--deed silent 9000", limit("silent_s", 1));
	check_outcome(r, ISTH_OUTCOME_SILENT, 3000);
	r = site_build(&s, "silent", "--deed silent 300", limit("silent_s", 1));
	check_outcome(r, ISTH_OUTCOME_BUILT, 3000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(a_held_output_does_not_hold_the_build);
ATF_TC_BODY(a_held_output_does_not_hold_the_build, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "holder", "--deed holder", NULL);
	check_outcome(r, ISTH_OUTCOME_BUILT, 2000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(a_closed_output_does_not_end_the_build);
ATF_TC_BODY(a_closed_output_does_not_end_the_build, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(&s, "closer", "--deed closer 300", NULL);
	check_outcome(r, ISTH_OUTCOME_BUILT, 2000);
	ATF_CHECK(r->wall_ms >= 300);
	r = site_build(
	    &s, "closer", "--deed closer 9000", limit("silent_s", 1));
	check_outcome(r, ISTH_OUTCOME_SILENT, 3000);
	r = site_build(&s, "closer", "--deed closer 9000",
	    json_pack("{s:i}", "wall_s", 1));
	check_outcome(r, ISTH_OUTCOME_TIMED_OUT, 3000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(no_signal_mask_helps);
ATF_TC_BODY(no_signal_mask_helps, tc)
{
	struct site s;
	struct run *r;

	site_create(&s);
	r = site_build(
	    &s, "stubborn", "--deed stubborn", json_pack("{s:i}", "wall_s", 1));
	check_outcome(r, ISTH_OUTCOME_TIMED_OUT, 3000);
	r = site_build(
	    &s, "stopped", "--deed stopped", json_pack("{s:i}", "wall_s", 1));
	check_outcome(r, ISTH_OUTCOME_TIMED_OUT, 3000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(many_children_are_reaped);
ATF_TC_BODY(many_children_are_reaped, tc)
{
	char quick[64], orphans[64];
	struct site s;
	struct run *r;

	site_create(&s);
	(void)snprintf(
	    quick, sizeof(quick), "--deed quick %ld", 10000 / site_slow());
	(void)snprintf(
	    orphans, sizeof(orphans), "--deed orphans %ld", 2000 / site_slow());
	r = site_build(&s, "quick", quick, limit("processes", 32));
	check_outcome(r, ISTH_OUTCOME_BUILT, 9000);
	r = site_build(&s, "orphans", orphans, limit("processes", 128));
	check_outcome(r, ISTH_OUTCOME_BUILT, 9000);
	site_destroy(&s);
}

ATF_TC_WITHOUT_HEAD(a_killer_meets_only_itself);
ATF_TC_BODY(a_killer_meets_only_itself, tc)
{
	struct run *killer, *quiet;
	struct site s;

	site_create(&s);
	quiet = site_add(&s, "quiet", "--deed silent 500", NULL, NULL);
	killer = site_add(&s, "killer", "--deed killer", NULL, NULL);
	site_run(&s);
	check_outcome(quiet, ISTH_OUTCOME_BUILT, 3000);
	/* kill(-1) spares its caller: signal(7). */
	check_outcome(killer, ISTH_OUTCOME_BUILT, 3000);
	site_destroy(&s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, processes_have_a_limit);
	ATF_TP_ADD_TC(tp, a_fork_bomb_ends_at_the_deadline);
	ATF_TP_ADD_TC(tp, a_bomb_does_not_hold_up_its_neighbour);
	ATF_TP_ADD_TC(tp, memory_has_a_limit);
	ATF_TP_ADD_TC(tp, the_disk_has_a_limit);
	ATF_TP_ADD_TC(tp, the_log_has_a_limit);
	ATF_TP_ADD_TC(tp, silence_ends);
	ATF_TP_ADD_TC(tp, a_held_output_does_not_hold_the_build);
	ATF_TP_ADD_TC(tp, a_closed_output_does_not_end_the_build);
	ATF_TP_ADD_TC(tp, no_signal_mask_helps);
	ATF_TP_ADD_TC(tp, many_children_are_reaped);
	ATF_TP_ADD_TC(tp, a_killer_meets_only_itself);
	return (atf_no_error());
}
