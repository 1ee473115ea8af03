/*
 * The assessment: a sentence for each area, the headline and the conclusion,
 * made from the verdicts alone, so that all formats say the same words.
 */
#include <errno.h>
#include <string.h>

#include "base/fail.h"
#include "survey/map/map.h"

#define NAMES_SENTENCE 4 /* names that a sentence of an area lists */

/* Jails answer what Linux builds from namespaces; vnet is a jail's network. */
static bool
is_jail(const struct map_need *need)
{
	return (strstr(need->instead, "jail") != NULL ||
		strstr(need->instead, "vnet") != NULL ||
		strstr(need->instead, "VNET") != NULL);
}

/* ------------------------------------------------------------------ */
/* Areas                                                               */
/* ------------------------------------------------------------------ */

/* "a, b, c and 4 more" of the area's needs with that verdict. */
static const char *
area_names(struct isth_map *map, const struct map_area *area,
    enum isth_verdict verdict)
{
	const struct map_need *need;
	const char *names;
	size_t i, n, total;

	total = area->counts[verdict];
	names = "";
	for (i = 0, n = 0; i < area->n && n < NAMES_SENTENCE; i++) {
		need = &map->needs[area->first + i];
		if (need->ruling.verdict != verdict)
			continue;
		names = pool_print(
		    &map->pool, "%s%s%s", names, n == 0 ? "" : ", ", need->id);
		n++;
	}
	if (total > n)
		names =
		    pool_print(&map->pool, "%s and %zu more", names, total - n);
	return (names);
}

static bool
area_all_jails(const struct isth_map *map, const struct map_area *area)
{
	const struct map_need *need;
	size_t i;

	for (i = 0; i < area->n; i++) {
		need = &map->needs[area->first + i];
		if (need->ruling.verdict == ISTH_VERDICT_REDESIGN &&
		    !is_jail(need))
			return (false);
	}
	return (true);
}

/* What to say of needs with that verdict, without their number. */
static const char *
verdict_phrase(const struct isth_map *map, const struct map_area *area,
    enum isth_verdict verdict)
{
	static const char *const phrases[ISTH_VERDICT_COUNT][2] = {
		[ISTH_VERDICT_WORKS] = { "work as they are", "works as it is" },
		[ISTH_VERDICT_ADAPT] = { "need another call or care",
		    "needs another call or care" },
		[ISTH_VERDICT_REDESIGN] = { "call for a redesign",
		    "calls for a redesign" },
		[ISTH_VERDICT_GAP] = { "have no answer", "has no answer" },
		[ISTH_VERDICT_ASK] = { "are to be measured again",
		    "is to be measured again" },
	};
	bool one;

	one = area->counts[verdict] == 1;
	if (verdict == ISTH_VERDICT_REDESIGN && area_all_jails(map, area))
		return (one ? "calls for a redesign around jails"
			    : "call for a redesign around jails");
	return (phrases[verdict][one]);
}

/* "None of 8 works as it is; 7 call for ... (a, b); 1 has no answer (c)." */
static const char *
area_sentence(struct isth_map *map, const struct map_area *area)
{
	static const enum isth_verdict rest[] = { ISTH_VERDICT_ADAPT,
		ISTH_VERDICT_REDESIGN, ISTH_VERDICT_GAP, ISTH_VERDICT_ASK };
	const struct map_need *only;
	const char *s;
	size_t i, works;

	works = area->counts[ISTH_VERDICT_WORKS];
	only = &map->needs[area->first];
	if (area->n == 1)
		return (pool_print(&map->pool,
		    "The one that is needed, %s, "
		    "%s.",
		    only->id, verdict_phrase(map, area, only->ruling.verdict)));
	if (works == area->n)
		return (
		    pool_print(&map->pool, "All %zu work as they are.", works));
	if (works == 0)
		s = pool_print(
		    &map->pool, "None of %zu works as it is", area->n);
	else
		s = pool_print(&map->pool, "%zu of %zu %s", works, area->n,
		    verdict_phrase(map, area, ISTH_VERDICT_WORKS));
	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		if (area->counts[rest[i]] == 0)
			continue;
		s = pool_print(&map->pool, "%s; %zu %s (%s)", s,
		    area->counts[rest[i]], verdict_phrase(map, area, rest[i]),
		    area_names(map, area, rest[i]));
	}
	return (pool_print(&map->pool, "%s.", s));
}

static const char *
area_tally(struct isth_map *map, const struct map_area *area)
{
	const char *s;
	int v;

	s = "";
	for (v = 0; v < ISTH_VERDICT_COUNT; v++) {
		if (area->counts[v] == 0)
			continue;
		s = pool_print(&map->pool, "%s%s%zu %s", s,
		    *s == '\0' ? "" : ", ", area->counts[v],
		    isth_verdict_name((enum isth_verdict)v));
	}
	return (s);
}

static bool
assess_areas(struct isth_map *map)
{
	struct map_area *area;
	size_t i;

	map->areas =
	    pool_alloc(&map->pool, ISTH_AREA_COUNT, sizeof(*map->areas));
	if (map->areas == NULL)
		return (false);
	area = NULL;
	for (i = 0; i < map->nneeds; i++) {
		if (area == NULL || area->area != map->needs[i].row->area) {
			area = &map->areas[map->nareas++];
			area->area = map->needs[i].row->area;
			area->first = i;
		}
		area->n++;
		area->counts[map->needs[i].ruling.verdict]++;
		map->counts[map->needs[i].ruling.verdict]++;
	}
	for (i = 0; i < map->nareas; i++) {
		area = &map->areas[i];
		area->tally = area_tally(map, area);
		area->sentence = area_sentence(map, area);
		if (area->n > map->largest)
			map->largest = area->n;
	}
	return (true);
}

/* ------------------------------------------------------------------ */
/* Conclusion                                                          */
/* ------------------------------------------------------------------ */

/* Which needs a finding is about. */
typedef bool finding_test(const struct map_need *);

static bool
is_adapt(const struct map_need *need)
{
	return (need->ruling.verdict == ISTH_VERDICT_ADAPT);
}

static bool
is_jail_redesign(const struct map_need *need)
{
	return (need->ruling.verdict == ISTH_VERDICT_REDESIGN && is_jail(need));
}

static bool
is_other_redesign(const struct map_need *need)
{
	return (
	    need->ruling.verdict == ISTH_VERDICT_REDESIGN && !is_jail(need));
}

static bool
is_gap(const struct map_need *need)
{
	return (need->ruling.verdict == ISTH_VERDICT_GAP);
}

static bool
is_ask(const struct map_need *need)
{
	return (need->ruling.verdict == ISTH_VERDICT_ASK);
}

static bool
is_contradiction(const struct map_need *need)
{
	return (need->ruling.contradiction);
}

/*
 * A kind of finding.  With `by_answer`, needs with the same answer share a
 * point, whose reason is left out unless it has only one need.
 */
struct finding_kind {
	const char *key, *title;
	finding_test *test;
	const char *one, *many; /* what is said of them */
	const char *none;	/* NULL: no finding without needs */
	bool by_answer;
};

static const struct finding_kind kinds[] = {
	{ "adapt", "Adapt", is_adapt,
	    "needs another call, another shape or more care.",
	    "need another call, another shape or more care.", NULL, true },
	{ "jails", "Redesign around jails", is_jail_redesign,
	    "is a jail's work on FreeBSD.", "are a jail's work on FreeBSD.",
	    NULL, true },
	{ "redesign", "Redesign by other means", is_other_redesign,
	    "can be met by other means only.",
	    "can be met by other means only.", NULL, true },
	{ "gaps", "Irreducible gaps", is_gap,
	    "has nothing on FreeBSD that meets it.",
	    "have nothing on FreeBSD that meets them.",
	    "None: FreeBSD meets everything that is needed, one way or "
	    "another.",
	    false },
	{ "ask", "Measure again", is_ask,
	    "could not be measured in that run on FreeBSD.",
	    "could not be measured in that run on FreeBSD.", NULL, false },
	{ "contradictions", "Measured against the catalogue", is_contradiction,
	    "was measured otherwise than the catalogue says.",
	    "were measured otherwise than the catalogue says.", NULL, false },
};

/*
 * Why a need stands in a finding: the fact, or the measurement.  A list of
 * answers leaves the latter to the finding about contradictions.
 */
static const char *
point_why(const struct finding_kind *kind, const struct map_need *need)
{
	if (need->ruling.contradiction)
		return (kind->by_answer ? "" : need->because);
	return (need->ruling.verdict == ISTH_VERDICT_ASK ? need->because
							 : need->why);
}

/* Takes need `i` and, by_answer, every later one with the same answer. */
static bool
point_fill(struct isth_map *map, const struct finding_kind *kind, size_t i,
    bool *taken, struct map_point *point)
{
	const struct map_need *need, **needs;
	size_t k, n;

	needs = pool_alloc(&map->pool, kind->by_answer ? map->nneeds - i : 1,
	    sizeof(struct map_need *));
	if (needs == NULL)
		return (false);
	for (k = i, n = 0; k < map->nneeds; k++) {
		need = &map->needs[k];
		if (taken[k] || !kind->test(need) ||
		    strcmp(need->instead, map->needs[i].instead) != 0)
			continue;
		taken[k] = true;
		needs[n++] = need;
		if (!kind->by_answer)
			break;
	}
	point->answer = kind->by_answer ? map->needs[i].instead : "";
	point->why = n == 1 ? point_why(kind, needs[0]) : "";
	point->needs = needs;
	point->nneeds = n;
	return (true);
}

static bool
finding_add(struct isth_map *map, const struct finding_kind *kind)
{
	struct map_finding *finding;
	struct map_point *points;
	size_t i, n;
	bool *taken;

	for (i = 0, n = 0; i < map->nneeds; i++)
		n += kind->test(&map->needs[i]);
	if (n == 0 && kind->none == NULL)
		return (true);
	finding = &map->findings[map->nfindings++];
	finding->key = kind->key;
	finding->title = kind->title;
	finding->text = n == 0
			    ? kind->none
			    : map_plural(&map->pool, n, kind->one, kind->many);
	points = pool_alloc(&map->pool, n, sizeof(*points));
	taken = pool_alloc(&map->pool, map->nneeds, sizeof(*taken));
	if (points == NULL || taken == NULL)
		return (false);
	for (i = 0; i < map->nneeds; i++) {
		if (taken[i] || !kind->test(&map->needs[i]))
			continue;
		if (!point_fill(
			map, kind, i, taken, &points[finding->npoints++]))
			return (false);
	}
	finding->points = points;
	return (true);
}

/* What works, and on whose word. */
static void
finding_works(struct isth_map *map)
{
	struct map_finding *finding;
	size_t i, measured, works;
	const char *basis;

	works = map->counts[ISTH_VERDICT_WORKS];
	if (works == 0)
		return;
	for (i = 0, measured = 0; i < map->nneeds; i++)
		measured += map->needs[i].ruling.measured &&
			    map->needs[i].ruling.verdict == ISTH_VERDICT_WORKS;
	if (map->freebsd < 0)
		basis = "by the catalogue: no FreeBSD kernel was measured";
	else
		basis = pool_print(&map->pool,
		    "%zu measured ok on %s, %zu by "
		    "the catalogue and not measured",
		    measured, map->kernels[map->freebsd].name,
		    works - measured);
	finding = &map->findings[map->nfindings++];
	finding->key = "works";
	finding->title = "Works";
	finding->text =
	    pool_print(&map->pool, "%zu of %zu %s (%s).", works, map->nneeds,
		works == 1 ? "works as it is" : "work as they are", basis);
}

/* Symbols that nothing is known of are said to be so, never dropped. */
static bool
finding_unknown(struct isth_map *map)
{
	struct map_finding *finding;
	const struct map_need **needs;
	struct map_point *point;
	size_t i;

	if (map->nunknown == 0)
		return (true);
	point = pool_alloc(&map->pool, 1, sizeof(*point));
	needs =
	    pool_alloc(&map->pool, map->nunknown, sizeof(struct map_need *));
	if (point == NULL || needs == NULL)
		return (false);
	for (i = 0; i < map->nunknown; i++)
		needs[i] = &map->unknown[i];
	point->answer = point->why = "";
	point->needs = needs;
	point->nneeds = map->nunknown;
	finding = &map->findings[map->nfindings++];
	finding->key = "unknown";
	finding->title = "Not in the catalogue";
	finding->text = map_plural(&map->pool, map->nunknown,
	    "symbol has no row: nothing is said of it.",
	    "symbols have no row: nothing is said of them.");
	finding->points = point;
	finding->npoints = 1;
	return (true);
}

static void
assess_headline(struct isth_map *map)
{
	static const struct {
		enum isth_verdict verdict;
		const char *one, *many;
	} parts[] = {
		{ ISTH_VERDICT_ADAPT, "to adapt", "to adapt" },
		{ ISTH_VERDICT_REDESIGN, "to redesign", "to redesign" },
		{ ISTH_VERDICT_GAP, "irreducible gap", "irreducible gaps" },
		{ ISTH_VERDICT_ASK, "to measure again", "to measure again" },
	};
	const char *s, *joint;
	size_t i, n;

	n = map->counts[ISTH_VERDICT_WORKS];
	if (map->nneeds == 0)
		s = "Nothing that the catalogue knows is needed";
	else if (n == map->nneeds)
		s = n == 1 ? "The one interface that is needed works on "
			     "FreeBSD as it is"
			   : pool_print(&map->pool,
				 "All %zu "
				 "interfaces work on FreeBSD as they are",
				 n);
	else
		s = pool_print(&map->pool, "%zu of %s %s on FreeBSD as %s", n,
		    map_plural(&map->pool, map->nneeds, "interface", NULL),
		    n == 1 ? "works" : "work", n == 1 ? "it is" : "they are");
	joint = "; ";
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		n = map->counts[parts[i].verdict];
		if (n == 0)
			continue;
		s = pool_print(&map->pool, "%s%s%s", s, joint,
		    map_plural(&map->pool, n, parts[i].one, parts[i].many));
		joint = ", ";
	}
	if (map->nunknown > 0)
		s = pool_print(&map->pool, "%s; %s not in the catalogue", s,
		    map_plural(&map->pool, map->nunknown, "symbol", NULL));
	map->headline = pool_print(&map->pool, "%s.", s);
}

static void
assess_gaps(struct isth_map *map)
{
	size_t i;

	map->gaps = "";
	for (i = 0; i < map->nneeds; i++) {
		if (is_gap(&map->needs[i]))
			map->gaps = pool_print(&map->pool, "%s%s%s", map->gaps,
			    *map->gaps == '\0' ? "" : ",", map->needs[i].id);
	}
}

bool
map_assess(struct isth_map *map, struct error *e)
{
	size_t i;

	if (!assess_areas(map))
		return (fail(e, ENOMEM, "assess areas", NULL, NULL));
	assess_headline(map);
	assess_gaps(map);
	finding_works(map);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!finding_add(map, &kinds[i]))
			return (fail(e, ENOMEM, "conclude", NULL, NULL));
	}
	if (!finding_unknown(map))
		return (fail(e, ENOMEM, "conclude", NULL, NULL));
	return (true);
}
