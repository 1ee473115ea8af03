/*
 * What a joined answer means.
 *
 * The question of a porting map is always "I bring this software to FreeBSD:
 * what of it works there?", whatever kernel this host runs.
 *
 *   host Linux, nothing else    the measured kernel is where the software
 *                               comes from; FreeBSD's side is knowledge: the
 *                               catalogue's class decides alone
 *   host Linux, saved FreeBSD   FreeBSD's side is measured: see below
 *   host FreeBSD                the same; Linux's side is knowledge, or the
 *                               saved probe of a Linux kernel
 *
 * So a Linux answer never moves a verdict.  It is shown, because a need that
 * this Linux kernel refuses is one that the software already does without.
 * With two FreeBSD kernels the first (this host) decides.
 *
 * Where a FreeBSD kernel was asked, the measurement counts more than the
 * catalogue, but a yes and a no do not weigh the same.  A probe that fails is
 * a counterexample: "native" is then no longer WORKS.  A probe that succeeds
 * shows one promise of many: it confirms "native", but lifts "redesign" or
 * "absent" to ADAPT at most, for somebody to look at.  Both are flagged as a
 * contradiction, and the row says what each side says.
 *
 *   native      ok            WORKS
 *               unsupported,  ADAPT, contradiction: keep the call and have a
 *               unreliable,   way out for where it refuses (posix_fallocate
 *               failed        on ZFS)
 *               absent,       REDESIGN, contradiction: this kernel has no
 *               crashed, hung such call; ADAPT when other probes of the same
 *                             interface said ok, as only a part is missing
 *               denied,       ASK: this user could not find out
 *               skipped
 *               no probe      WORKS by the catalogue, shown as not measured
 *   equivalent  anything      ADAPT: that the Linux name is absent is what
 *                             the class says; ok means that the equivalent,
 *                             or a compatible call, answered
 *   redesign    ok            ADAPT, contradiction
 *               else          REDESIGN
 *   absent      ok            ADAPT, contradiction
 *               else          GAP
 *
 * An interface with several probes has their most telling answer; its word
 * says how many gave it ("unreliable (1 of 3)").  A skipped probe tells
 * least: it hides behind every answer, but never counts as one.
 */
#include "survey/map/map.h"

#define KEEP(v)                               \
	{                                     \
		ISTH_VERDICT_##v, false, true \
	}
#define CLASH(v)                             \
	{                                    \
		ISTH_VERDICT_##v, true, true \
	}
#define BOOK(v)                                \
	{                                      \
		ISTH_VERDICT_##v, false, false \
	}

/* The last column: no probe of it on any FreeBSD kernel. */
#define UNASKED ISTH_STATE_COUNT

static const struct map_ruling rulings[ISTH_CLASS_COUNT][UNASKED + 1] = {
	[ISTH_CLASS_NATIVE] = {
		[ISTH_STATE_OK] = KEEP(WORKS),
		[ISTH_STATE_ABSENT] = CLASH(REDESIGN),
		[ISTH_STATE_DENIED] = BOOK(ASK),
		[ISTH_STATE_UNSUPPORTED] = CLASH(ADAPT),
		[ISTH_STATE_UNRELIABLE] = CLASH(ADAPT),
		[ISTH_STATE_FAILED] = CLASH(ADAPT),
		[ISTH_STATE_CRASHED] = CLASH(REDESIGN),
		[ISTH_STATE_HUNG] = CLASH(REDESIGN),
		[ISTH_STATE_SKIPPED] = BOOK(ASK),
		[UNASKED] = BOOK(WORKS),
	},
	[ISTH_CLASS_EQUIVALENT] = {
		[ISTH_STATE_OK] = KEEP(ADAPT),
		[ISTH_STATE_ABSENT] = KEEP(ADAPT),
		[ISTH_STATE_DENIED] = BOOK(ADAPT),
		[ISTH_STATE_UNSUPPORTED] = KEEP(ADAPT),
		[ISTH_STATE_UNRELIABLE] = KEEP(ADAPT),
		[ISTH_STATE_FAILED] = KEEP(ADAPT),
		[ISTH_STATE_CRASHED] = KEEP(ADAPT),
		[ISTH_STATE_HUNG] = KEEP(ADAPT),
		[ISTH_STATE_SKIPPED] = BOOK(ADAPT),
		[UNASKED] = BOOK(ADAPT),
	},
	[ISTH_CLASS_REDESIGN] = {
		[ISTH_STATE_OK] = CLASH(ADAPT),
		[ISTH_STATE_ABSENT] = KEEP(REDESIGN),
		[ISTH_STATE_DENIED] = BOOK(REDESIGN),
		[ISTH_STATE_UNSUPPORTED] = KEEP(REDESIGN),
		[ISTH_STATE_UNRELIABLE] = KEEP(REDESIGN),
		[ISTH_STATE_FAILED] = KEEP(REDESIGN),
		[ISTH_STATE_CRASHED] = KEEP(REDESIGN),
		[ISTH_STATE_HUNG] = KEEP(REDESIGN),
		[ISTH_STATE_SKIPPED] = BOOK(REDESIGN),
		[UNASKED] = BOOK(REDESIGN),
	},
	[ISTH_CLASS_ABSENT] = {
		[ISTH_STATE_OK] = CLASH(ADAPT),
		[ISTH_STATE_ABSENT] = KEEP(GAP),
		[ISTH_STATE_DENIED] = BOOK(GAP),
		[ISTH_STATE_UNSUPPORTED] = KEEP(GAP),
		[ISTH_STATE_UNRELIABLE] = KEEP(GAP),
		[ISTH_STATE_FAILED] = KEEP(GAP),
		[ISTH_STATE_CRASHED] = KEEP(GAP),
		[ISTH_STATE_HUNG] = KEEP(GAP),
		[ISTH_STATE_SKIPPED] = BOOK(GAP),
		[UNASKED] = BOOK(GAP),
	},
};

unsigned
map_state_rank(enum isth_state state)
{
	static const unsigned char ranks[ISTH_STATE_COUNT] = {
		[ISTH_STATE_SKIPPED] = 0,
		[ISTH_STATE_OK] = 1,
		[ISTH_STATE_DENIED] = 2,
		[ISTH_STATE_UNSUPPORTED] = 3,
		[ISTH_STATE_ABSENT] = 4,
		[ISTH_STATE_FAILED] = 5,
		[ISTH_STATE_UNRELIABLE] = 6,
		[ISTH_STATE_HUNG] = 7,
		[ISTH_STATE_CRASHED] = 8,
	};

	return (state < ISTH_STATE_COUNT ? ranks[state] : 0);
}

struct map_ruling
map_verdict_decide(enum isth_class class_, const struct map_measure *freebsd)
{
	struct map_ruling ruling;

	ruling = rulings[class_][freebsd->asked ? freebsd->state : UNASKED];
	if (class_ == ISTH_CLASS_NATIVE && freebsd->asked && freebsd->partly &&
	    ruling.verdict == ISTH_VERDICT_REDESIGN)
		ruling.verdict = ISTH_VERDICT_ADAPT;
	return (ruling);
}
