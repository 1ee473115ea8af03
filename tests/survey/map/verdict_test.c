/*
 * Verdicts: every class with every state, decided alone and through a join
 * for each kernel that the state may come from.
 */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/*
 * The expected verdicts, written as a table of its own: a column per state
 * in the order of enum isth_state, the last one for "no probe".
 * w works, a adapt, r redesign, g gap, q ask; a capital is a contradiction.
 *                            ok absent denied unsupported unreliable
 *                            failed crashed hung skipped, no probe
 */
static const char *const expected[ISTH_CLASS_COUNT] = {
	[ISTH_CLASS_NATIVE] = "wRqAAARRqw",
	[ISTH_CLASS_EQUIVALENT] = "aaaaaaaaaa",
	[ISTH_CLASS_REDESIGN] = "Arrrrrrrrr",
	[ISTH_CLASS_ABSENT] = "Aggggggggg",
};

static char
letter(struct map_ruling ruling)
{
	char c;

	c = "wargq"[ruling.verdict];
	return (ruling.contradiction ? (char)(c - 'a' + 'A') : c);
}

ATF_TC_WITHOUT_HEAD(every_class_and_state);
ATF_TC_BODY(every_class_and_state, tc)
{
	struct map_measure m;
	struct map_ruling r;
	int class_, state;

	for (class_ = 0; class_ < ISTH_CLASS_COUNT; class_++) {
		for (state = 0; state <= ISTH_STATE_COUNT; state++) {
			memset(&m, 0, sizeof(m));
			m.asked = state < ISTH_STATE_COUNT;
			m.state = (enum isth_state)state;
			r = map_verdict_decide((enum isth_class)class_, &m);
			ATF_CHECK_MSG(letter(r) == expected[class_][state],
			    "%s, %s: %c, not %c",
			    isth_class_name((enum isth_class)class_),
			    isth_state_name((enum isth_state)state), letter(r),
			    expected[class_][state]);
			/* What was not found out did not decide. */
			ATF_CHECK_EQ(r.measured,
			    m.asked && m.state != ISTH_STATE_DENIED &&
				m.state != ISTH_STATE_SKIPPED);
		}
	}
}

ATF_TC_WITHOUT_HEAD(a_missing_part_is_not_a_missing_call);
ATF_TC_BODY(a_missing_part_is_not_a_missing_call, tc)
{
	struct map_measure m = { true, true, ISTH_STATE_ABSENT };
	struct map_ruling r;

	r = map_verdict_decide(ISTH_CLASS_NATIVE, &m);
	ATF_CHECK_EQ(ISTH_VERDICT_ADAPT, r.verdict);
	ATF_CHECK(r.contradiction);
	m.state = ISTH_STATE_DENIED;
	r = map_verdict_decide(ISTH_CLASS_NATIVE, &m);
	ATF_CHECK_EQ(ISTH_VERDICT_ASK, r.verdict);
	m.state = ISTH_STATE_ABSENT;
	r = map_verdict_decide(ISTH_CLASS_REDESIGN, &m);
	ATF_CHECK_EQ(ISTH_VERDICT_REDESIGN, r.verdict);
	r = map_verdict_decide(ISTH_CLASS_ABSENT, &m);
	ATF_CHECK_EQ(ISTH_VERDICT_GAP, r.verdict);
}

/* A report of that system with one probe of `id`. */
static struct isth_report *
one_probe(const char *system, const char *id, int state)
{
	struct plant plant;

	plant.id = "planted.probe";
	plant.interface_id = id;
	plant.state = (enum isth_state)state;
	plant.err = 0;
	plant.detail = "";
	return (plant_report(system, "1.0", 0, &plant, 1));
}

static char
joined(const char *id, struct isth_report *report, struct isth_report *other)
{
	struct isth_need need = { id, "" };
	struct isth_consumer consumer = { "one", "one need", "planted", &need,
		1 };
	struct isth_map *map;
	char c;

	map = plant_map(&consumer, NULL, report, other);
	c = letter(plant_need(map, id)->ruling);
	isth_map_destroy(map);
	return (c);
}

ATF_TC_WITHOUT_HEAD(only_a_freebsd_kernel_moves_a_verdict);
ATF_TC_BODY(only_a_freebsd_kernel_moves_a_verdict, tc)
{
	static const char *const ids[ISTH_CLASS_COUNT] = {
		[ISTH_CLASS_NATIVE] = "chroot",
		[ISTH_CLASS_EQUIVALENT] = "pidfd_open",
		[ISTH_CLASS_REDESIGN] = "unshare",
		[ISTH_CLASS_ABSENT] = "keyctl",
	};
	struct isth_report *freebsd, *gnu, *linux_, *ok;
	char moved, unmoved;
	int class_, state;

	for (class_ = 0; class_ < ISTH_CLASS_COUNT; class_++) {
		ok = one_probe("FreeBSD", ids[class_], ISTH_STATE_OK);
		for (state = 0; state < ISTH_STATE_COUNT; state++) {
			freebsd = one_probe("FreeBSD", ids[class_], state);
			linux_ = one_probe("Linux", ids[class_], state);
			gnu = one_probe("GNU/kFreeBSD", ids[class_], state);
			moved = expected[class_][state];
			unmoved = expected[class_][ISTH_STATE_COUNT];
			/* this kernel, another kernel, both, two of a kind */
			ATF_CHECK_EQ(moved, joined(ids[class_], freebsd, NULL));
			ATF_CHECK_EQ(
			    moved, joined(ids[class_], freebsd, linux_));
			ATF_CHECK_EQ(
			    moved, joined(ids[class_], linux_, freebsd));
			ATF_CHECK_EQ(moved, joined(ids[class_], freebsd, ok));
			ATF_CHECK_EQ(
			    unmoved, joined(ids[class_], linux_, NULL));
			ATF_CHECK_EQ(
			    unmoved, joined(ids[class_], linux_, linux_));
			ATF_CHECK_EQ(unmoved, joined(ids[class_], gnu, NULL));
			plant_report_destroy(freebsd);
			plant_report_destroy(linux_);
			plant_report_destroy(gnu);
		}
		plant_report_destroy(ok);
	}
}

ATF_TC_WITHOUT_HEAD(ranks_are_distinct_and_a_skip_tells_least);
ATF_TC_BODY(ranks_are_distinct_and_a_skip_tells_least, tc)
{
	unsigned rank, seen;
	int state;

	seen = 0;
	for (state = 0; state < ISTH_STATE_COUNT; state++) {
		rank = map_state_rank((enum isth_state)state);
		ATF_REQUIRE(rank < ISTH_STATE_COUNT);
		ATF_CHECK_MSG((seen & 1u << rank) == 0, "%s shares its rank",
		    isth_state_name((enum isth_state)state));
		seen |= 1u << rank;
	}
	ATF_CHECK_EQ(0, map_state_rank(ISTH_STATE_SKIPPED));
	ATF_CHECK_EQ(1, map_state_rank(ISTH_STATE_OK));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_class_and_state);
	ATF_TP_ADD_TC(tp, a_missing_part_is_not_a_missing_call);
	ATF_TP_ADD_TC(tp, only_a_freebsd_kernel_moves_a_verdict);
	ATF_TP_ADD_TC(tp, ranks_are_distinct_and_a_skip_tells_least);
	return (atf_no_error());
}
