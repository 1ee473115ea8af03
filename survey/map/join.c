/*
 * The join: demand (demand.c) meets what the kernels said when asked and
 * what the catalogue knows; verdict.c rules, assess.c sums up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"
#include "survey/map/map.h"

/* ------------------------------------------------------------------ */
/* Kernels                                                             */
/* ------------------------------------------------------------------ */

static void
kernel_measured(
    struct pool *pool, struct map_kernel *k, const struct isth_report *report)
{
	const struct isth_host *host;

	host = &report->host;
	k->measured = true;
	k->system = map_show(pool, host->system);
	k->release = map_show(pool, host->release);
	k->machine = map_show(pool, host->machine);
	k->filesystem = map_show(pool, host->filesystem);
	k->uid = host->uid;
	k->nprobes = report->nresults;
	k->freebsd = strcmp(host->system, "FreeBSD") == 0;
	k->name = pool_print(pool, "%s %s", k->system, k->release);
	k->heading = k->name;
	k->about = pool_print(pool, "%s%s%s, uid %u, %s", k->machine,
	    *k->filesystem == '\0' ? "" : ", ", k->filesystem, k->uid,
	    map_plural(pool, k->nprobes, "probe", NULL));
}

/* The kernel that nobody asked: the catalogue speaks for it. */
static void
kernel_known(struct map_kernel *k, bool freebsd)
{
	k->freebsd = freebsd;
	k->name = k->system = freebsd ? "FreeBSD" : "Linux";
	k->heading = freebsd ? "FreeBSD (catalogue)" : "Linux (catalogue)";
	k->about = "from the catalogue, not measured";
	k->release = k->machine = k->filesystem = "";
}

static void
join_kernels(struct isth_map *map, const struct isth_map_options *options)
{
	struct map_kernel *here, *there;

	here = &map->kernels[MAP_HERE];
	there = &map->kernels[MAP_THERE];
	kernel_measured(&map->pool, here, options->report);
	if (options->other != NULL)
		kernel_measured(&map->pool, there, options->other);
	else
		kernel_known(there, !here->freebsd);
	map->class_apart = there->measured || !there->freebsd;
	map->freebsd = here->freebsd			   ? MAP_HERE
		       : there->measured && there->freebsd ? MAP_THERE
							   : -1;
}

/* ------------------------------------------------------------------ */
/* Answers                                                             */
/* ------------------------------------------------------------------ */

static int
probe_compare(const void *pa, const void *pb)
{
	const struct map_probe *a, *b;
	unsigned ra, rb;

	a = pa;
	b = pb;
	ra = map_state_rank(a->state);
	rb = map_state_rank(b->state);
	if (ra != rb)
		return (ra > rb ? -1 : 1);
	return (strcmp(a->id, b->id));
}

static bool
measures(const struct isth_probe_result *result, const char *id)
{
	return (result->interface_id != NULL &&
		strcmp(result->interface_id, id) == 0);
}

/* Copies the results that measure `id` into the answer. */
static bool
answer_collect(struct pool *pool, struct map_answer *a,
    const struct isth_report *report, const char *id)
{
	const struct isth_probe_result *r;
	struct map_probe *probes;
	size_t i, k, n;

	for (i = 0, n = 0; i < report->nresults; i++)
		n += measures(&report->results[i], id);
	probes = pool_alloc(pool, n, sizeof(*probes));
	if (probes == NULL)
		return (false);
	for (i = 0, k = 0; i < report->nresults; i++) {
		r = &report->results[i];
		if (!measures(r, id))
			continue;
		probes[k].id = map_show(pool, r->id);
		probes[k].detail = map_show(pool, r->detail);
		probes[k].state = r->state;
		probes[k++].err = r->err;
	}
	qsort(probes, n, sizeof(*probes), probe_compare);
	a->probes = probes;
	a->nprobes = n;
	return (true);
}

/* Takes the probes together: the most telling state, and how many said it. */
static void
answer_sum(struct pool *pool, struct map_answer *a)
{
	size_t i, ok, same;

	if (a->nprobes == 0) {
		a->word = "not measured";
		return;
	}
	a->measure.asked = true;
	a->measure.state = a->probes[0].state;
	for (i = 0, ok = 0, same = 0; i < a->nprobes; i++) {
		ok += a->probes[i].state == ISTH_STATE_OK;
		same += a->probes[i].state == a->measure.state;
	}
	a->measure.partly = ok > 0 && a->measure.state != ISTH_STATE_OK;
	a->word = isth_state_name(a->measure.state);
	if (same < a->nprobes)
		a->word = pool_print(
		    pool, "%s (%zu of %zu)", a->word, same, a->nprobes);
}

/* What the catalogue says for a kernel that nobody asked. */
static const char *
known_word(const struct map_kernel *k, const struct map_need *need)
{
	if (k->freebsd)
		return (isth_class_name(need->row->class_));
	return (*need->linux_name == '\0' ? "nothing" : need->linux_name);
}

static bool
join_answers(struct isth_map *map, const struct isth_map_options *options,
    struct map_need *need)
{
	const struct isth_report *reports[MAP_SIDES];
	struct map_answer *a;
	int side;

	reports[MAP_HERE] = options->report;
	reports[MAP_THERE] = options->other;
	for (side = 0; side < MAP_SIDES; side++) {
		a = &need->answers[side];
		if (reports[side] == NULL) {
			a->word = known_word(&map->kernels[side], need);
			continue;
		}
		if (!answer_collect(
			&map->pool, a, reports[side], need->row->id))
			return (false);
		answer_sum(&map->pool, a);
	}
	return (true);
}

/* ------------------------------------------------------------------ */
/* Verdicts in words                                                   */
/* ------------------------------------------------------------------ */

/* "unsupported (1 of 2), errno 45: detail" of the most telling probe. */
static const char *
measured_words(struct pool *pool, const struct map_answer *a)
{
	const struct map_probe *p;
	const char *err;

	p = &a->probes[0];
	err = p->err == 0 ? "" : pool_print(pool, ", errno %d", p->err);
	return (pool_print(pool, "%s%s%s%s", a->word, err,
	    *p->detail == '\0' ? "" : ": ", p->detail));
}

static const char *
reason_ask(
    struct pool *pool, const struct map_kernel *k, const struct map_answer *a)
{
	const char *detail;

	detail = a->probes[0].detail;
	if (a->measure.state == ISTH_STATE_SKIPPED)
		return (pool_print(pool,
		    "The catalogue says native, but %s was not asked: %s.",
		    k->name,
		    *detail == '\0' ? "the probe was skipped" : detail));
	if (k->uid != 0)
		return (pool_print(pool,
		    "The catalogue says native, but uid %u may not find out "
		    "on %s: %s. Measure again as root.",
		    k->uid, k->name, measured_words(pool, a)));
	return (pool_print(pool,
	    "The catalogue says native, but %s refuses it even to root: %s. "
	    "A policy of that host (jail, securelevel, sysctl) decides.",
	    k->name, measured_words(pool, a)));
}

static const char *
reason_contradiction(struct pool *pool, const struct map_need *need,
    const struct map_kernel *k, const struct map_answer *a)
{
	if (a->measure.state == ISTH_STATE_OK)
		return (pool_print(pool,
		    "The catalogue says %s, yet %s "
		    "measured %s. A probe asks for one promise of many: see "
		    "whether it is the one you need.",
		    isth_class_name(need->row->class_), k->name,
		    measured_words(pool, a)));
	return (pool_print(pool,
	    "The catalogue says %s, yet %s measured %s. "
	    "The measurement counts.",
	    isth_class_name(need->row->class_), k->name,
	    measured_words(pool, a)));
}

static const char *
reason(struct isth_map *map, const struct map_need *need)
{
	const struct map_answer *a;
	const struct map_kernel *k;
	struct pool *pool;

	pool = &map->pool;
	if (map->freebsd < 0)
		return ("By the catalogue; no FreeBSD kernel was measured.");
	k = &map->kernels[map->freebsd];
	a = &need->answers[map->freebsd];
	if (!a->measure.asked)
		return (pool_print(pool,
		    "By the catalogue; no probe of %s "
		    "measures it.",
		    k->name));
	if (need->ruling.contradiction)
		return (reason_contradiction(pool, need, k, a));
	if (need->ruling.verdict == ISTH_VERDICT_ASK)
		return (reason_ask(pool, k, a));
	if (!need->ruling.measured)
		return (pool_print(pool,
		    "By the catalogue; %s could not be "
		    "asked: %s.",
		    k->name, measured_words(pool, a)));
	return (pool_print(pool, "The catalogue says %s, and %s measured %s.",
	    isth_class_name(need->row->class_), k->name,
	    measured_words(pool, a)));
}

/* What to write on FreeBSD, in a few words. */
static const char *
instead(struct isth_map *map, const struct map_need *need)
{
	const char *answer;

	answer = *need->freebsd == '\0' ? "nothing" : need->freebsd;
	if (!need->ruling.contradiction)
		return (answer);
	if (need->row->class_ != ISTH_CLASS_NATIVE)
		return (pool_print(&map->pool,
		    "as it is, after a check; else "
		    "%s",
		    answer));
	if (need->ruling.verdict == ISTH_VERDICT_ADAPT)
		return (pool_print(&map->pool, "%s, with a fallback", answer));
	return ("nothing on this kernel: do without");
}

static bool
join_need(struct isth_map *map, const struct isth_map_options *options,
    struct map_need *need)
{
	static const struct map_measure unasked;
	const struct map_measure *measure;

	if (!join_answers(map, options, need))
		return (false);
	measure =
	    map->freebsd < 0 ? &unasked : &need->answers[map->freebsd].measure;
	need->ruling = map_verdict_decide(need->row->class_, measure);
	need->instead = instead(map, need);
	need->because = reason(map, need);
	return (true);
}

/* ------------------------------------------------------------------ */
/* The map                                                             */
/* ------------------------------------------------------------------ */

/*
 * The only clock in a map, so that two of the same input can be the same:
 * https://reproducible-builds.org/specs/source-date-epoch/.
 */
static bool
join_date(struct isth_map *map, struct error *e)
{
	const char *s;
	char buf[64], *end;
	long long seconds;
	struct tm tm;
	time_t now;

	now = time(NULL);
	s = getenv("SOURCE_DATE_EPOCH");
	if (s != NULL && *s != '\0') {
		errno = 0;
		seconds = strtoll(s, &end, 10);
		if (errno != 0 || *end != '\0' || seconds < 0)
			return (fail(e, 0, "read SOURCE_DATE_EPOCH", s,
			    "not a number of seconds"));
		now = (time_t)seconds;
	}
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return (fail(e, 0, "read SOURCE_DATE_EPOCH", s, "not a date"));
	map->generated = pool_print(&map->pool, "%s", buf);
	return (true);
}

/* Where the scanned needs come from, and how much was read. */
static bool
join_scanned(struct isth_map *map)
{
	const struct isth_scan *scan;
	const char *roots;
	struct pool *pool;
	size_t i;

	pool = &map->pool;
	scan = map->scan;
	map->roots = pool_alloc(pool, scan->nroots, sizeof(*map->roots));
	if (map->roots == NULL)
		return (false);
	map->nroots = scan->nroots;
	roots = "";
	for (i = 0; i < scan->nroots; i++) {
		map->roots[i] = map_show(pool, scan->roots[i]);
		roots = pool_print(
		    pool, "%s%s%s", roots, i == 0 ? "" : ", ", map->roots[i]);
	}
	map->scanned = pool_print(pool, "%s, %.1f %s, in %s%s",
	    map_plural(pool, scan->nfiles, "source file", NULL),
	    (double)scan->bytes / (scan->bytes < 1000000 ? 1e3 : 1e6),
	    scan->bytes < 1000000 ? "kB" : "MB", roots,
	    scan->nunread == 0
		? ""
		: pool_print(pool, "; %zu could not be read", scan->nunread));
	map->title = pool_print(pool, "%s%s%s", map->title,
	    map->consumer == NULL ? "" : " and ", roots);
	return (true);
}

static bool
join_subject(struct isth_map *map)
{
	struct pool *pool;

	pool = &map->pool;
	map->title = map->subject = map->source = map->scanned = "";
	if (map->consumer != NULL) {
		map->title = map_show(pool, map->consumer->name);
		map->subject = map_show(pool, map->consumer->title);
		map->source = map_show(pool, map->consumer->from);
	}
	return (map->scan == NULL || join_scanned(map));
}

static int
need_compare(const void *pa, const void *pb)
{
	static const unsigned char order[ISTH_VERDICT_COUNT] = {
		[ISTH_VERDICT_GAP] = 0,
		[ISTH_VERDICT_REDESIGN] = 1,
		[ISTH_VERDICT_ADAPT] = 2,
		[ISTH_VERDICT_ASK] = 3,
		[ISTH_VERDICT_WORKS] = 4,
	};
	const struct map_need *a, *b;

	a = pa;
	b = pb;
	if (a->row->area != b->row->area)
		return (a->row->area < b->row->area ? -1 : 1);
	if (a->ruling.verdict != b->ruling.verdict)
		return ((int)order[a->ruling.verdict] -
			(int)order[b->ruling.verdict]);
	return (strcmp(a->id, b->id));
}

static bool
join_all(struct isth_map *map, const struct isth_map_options *options,
    const struct isth_interface *rows, size_t nrows, struct error *e)
{
	size_t i;

	if (!join_date(map, e))
		return (false);
	join_kernels(map, options);
	if (!join_subject(map))
		return (fail(e, ENOMEM, "join needs", NULL, NULL));
	if (!map_demand_gather(map, rows, nrows, e))
		return (false);
	for (i = 0; i < map->nneeds; i++) {
		if (!join_need(map, options, &map->needs[i]))
			return (fail(e, ENOMEM, "join needs", NULL, NULL));
	}
	qsort(map->needs, map->nneeds, sizeof(*map->needs), need_compare);
	if (!map_assess(map, e))
		return (false);
	if (map->pool.failed)
		return (fail(e, ENOMEM, "join needs", NULL, NULL));
	return (true);
}

struct isth_map *
map_join(const struct isth_map_options *options,
    const struct isth_interface *rows, size_t nrows, struct error *e)
{
	struct isth_map *map;

	if (options->consumer == NULL && options->scan == NULL) {
		fail(e, EINVAL, "join map", NULL,
		    "neither a consumer nor a "
		    "scan says what is needed");
		return (NULL);
	}
	if (options->report == NULL) {
		fail(e, EINVAL, "join map", NULL, "no kernel was measured");
		return (NULL);
	}
	map = calloc(1, sizeof(*map));
	if (map == NULL) {
		fail(e, ENOMEM, "join map", NULL, NULL);
		return (NULL);
	}
	map->consumer = options->consumer;
	map->scan = options->scan;
	if (!join_all(map, options, rows, nrows, e)) {
		isth_map_destroy(map);
		return (NULL);
	}
	return (map);
}

struct isth_map *
isth_map_create(const struct isth_map_options *options, struct error *e)
{
	const struct isth_interface *rows;
	size_t n;

	rows = isth_catalogue_rows(&n);
	return (map_join(options, rows, n, e));
}

void
isth_map_destroy(struct isth_map *map)
{
	if (map == NULL)
		return;
	pool_clear(&map->pool);
	free(map);
}

size_t
isth_map_count(const struct isth_map *map, enum isth_verdict verdict)
{
	return (verdict < ISTH_VERDICT_COUNT ? map->counts[verdict] : 0);
}
