/* The map as JSON: isthmus.map/1. */
#include <errno.h>

#include "base/fail.h"
#include "base/json.h"
#include "survey/map/map.h"

/*
 * jansson's pack formats are not used: they tie a format string to its
 * arguments without a compiler's check.  json_object_set_new with a NULL
 * value fails, so one flag at the end says whether memory was short.
 */
struct object {
	json_t *json;
	bool *failed;
};

static struct object
object(bool *failed)
{
	struct object o;

	o.json = json_object();
	o.failed = failed;
	return (o);
}

static void
set(struct object o, const char *key, json_t *value)
{
	if (json_object_set_new(o.json, key, value) != 0)
		*o.failed = true;
}

static void
append(json_t *array, json_t *value, bool *failed)
{
	if (json_array_append_new(array, value) != 0)
		*failed = true;
}

static void
set_size(struct object o, const char *key, uint64_t n)
{
	set(o, key, json_integer((json_int_t)n));
}

static json_t *
json_counts(const size_t *counts, bool *failed)
{
	struct object o;
	int v;

	o = object(failed);
	for (v = 0; v < ISTH_VERDICT_COUNT; v++)
		set_size(o, isth_verdict_name((enum isth_verdict)v), counts[v]);
	return (o.json);
}

static json_t *
json_kernel(const struct map_kernel *k, bool *failed)
{
	struct object o;

	o = object(failed);
	set(o, "name", json_string(k->name));
	set(o, "measured", json_boolean(k->measured));
	set(o, "system", json_string(k->system));
	if (!k->measured)
		return (o.json);
	set(o, "release", json_string(k->release));
	set(o, "machine", json_string(k->machine));
	set(o, "filesystem", json_string(k->filesystem));
	set_size(o, "uid", k->uid);
	set_size(o, "probes", k->nprobes);
	return (o.json);
}

static json_t *
json_consumer(const struct isth_consumer *consumer, bool *failed)
{
	struct object o;

	if (consumer == NULL)
		return (json_null());
	o = object(failed);
	set(o, "name", json_string(consumer->name));
	set(o, "title", json_string(consumer->title));
	set(o, "from", json_string(consumer->from));
	return (o.json);
}

/* Paths are shown as in every other format: a name need not be UTF-8. */
static json_t *
json_scan(const struct isth_map *map, bool *failed)
{
	json_t *roots;
	struct object o;
	size_t i;

	if (map->scan == NULL)
		return (json_null());
	o = object(failed);
	roots = json_array();
	for (i = 0; i < map->nroots; i++)
		append(roots, json_string(map->roots[i]), failed);
	set(o, "roots", roots);
	set_size(o, "files", map->scan->nfiles);
	set_size(o, "bytes", map->scan->bytes);
	set_size(o, "unread", map->scan->nunread);
	return (o.json);
}

static json_t *
json_sites(const struct map_need *need, bool *failed)
{
	json_t *sites;
	struct object o;
	size_t i;

	sites = json_array();
	for (i = 0; i < need->nsites; i++) {
		o = object(failed);
		set(o, "file", json_string(need->sites[i].file));
		set_size(o, "line", need->sites[i].line);
		set(o, "use", json_string(isth_use_name(need->sites[i].use)));
		append(sites, o.json, failed);
	}
	return (sites);
}

static json_t *
json_answer(const struct map_answer *a, bool *failed)
{
	json_t *probes;
	struct object o, probe;
	size_t i;

	o = object(failed);
	set(o, "says", json_string(a->word));
	set(o, "state",
	    a->measure.asked ? json_string(isth_state_name(a->measure.state))
			     : json_null());
	probes = json_array();
	for (i = 0; i < a->nprobes; i++) {
		probe = object(failed);
		set(probe, "id", json_string(a->probes[i].id));
		set(probe, "state",
		    json_string(isth_state_name(a->probes[i].state)));
		set(probe, "errno", json_integer(a->probes[i].err));
		set(probe, "detail", json_string(a->probes[i].detail));
		append(probes, probe.json, failed);
	}
	set(o, "probes", probes);
	return (o.json);
}

static json_t *
json_need(const struct map_need *need, bool *failed)
{
	struct object o;

	o = object(failed);
	set(o, "id", json_string(need->id));
	set(o, "area", json_string(isth_area_name(need->row->area)));
	set(o, "kind", json_string(isth_kind_name(need->row->kind)));
	set(o, "class", json_string(isth_class_name(need->row->class_)));
	set(o, "verdict", json_string(isth_verdict_name(need->ruling.verdict)));
	set(o, "measured", json_boolean(need->ruling.measured));
	set(o, "contradiction", json_boolean(need->ruling.contradiction));
	set(o, "purpose", json_string(need->purpose));
	set(o, "linux", json_string(need->linux_name));
	set(o, "freebsd", json_string(need->freebsd));
	set(o, "instead", json_string(need->instead));
	set(o, "because", json_string(need->because));
	set(o, "why", json_string(need->why));
	set(o, "from", json_string(need->from));
	set(o, "here", json_answer(&need->answers[MAP_HERE], failed));
	set(o, "there", json_answer(&need->answers[MAP_THERE], failed));
	set(o, "sites", json_sites(need, failed));
	return (o.json);
}

static json_t *
json_area(const struct map_area *area, bool *failed)
{
	struct object o;

	o = object(failed);
	set(o, "area", json_string(isth_area_name(area->area)));
	set(o, "title", json_string(isth_area_title(area->area)));
	set_size(o, "needs", area->n);
	set(o, "counts", json_counts(area->counts, failed));
	set(o, "assessment", json_string(area->sentence));
	return (o.json);
}

static json_t *
json_point(const struct map_point *point, bool *failed)
{
	json_t *needs;
	struct object o;
	size_t i;

	o = object(failed);
	needs = json_array();
	for (i = 0; i < point->nneeds; i++)
		append(needs, json_string(point->needs[i]->id), failed);
	set(o, "needs", needs);
	set(o, "answer", json_string(point->answer));
	set(o, "why", json_string(point->why));
	return (o.json);
}

static json_t *
json_finding(const struct map_finding *finding, bool *failed)
{
	json_t *points;
	struct object o;
	size_t i;

	o = object(failed);
	set(o, "key", json_string(finding->key));
	set(o, "title", json_string(finding->title));
	set(o, "text", json_string(finding->text));
	points = json_array();
	for (i = 0; i < finding->npoints; i++)
		append(points, json_point(&finding->points[i], failed), failed);
	set(o, "points", points);
	return (o.json);
}

static void
json_lists(const struct isth_map *map, struct object o)
{
	json_t *array;
	struct object unknown;
	size_t i;

	array = json_array();
	for (i = 0; i < map->nareas; i++)
		append(array, json_area(&map->areas[i], o.failed), o.failed);
	set(o, "areas", array);
	array = json_array();
	for (i = 0; i < map->nneeds; i++)
		append(array, json_need(&map->needs[i], o.failed), o.failed);
	set(o, "needs", array);
	array = json_array();
	for (i = 0; i < map->nunknown; i++) {
		unknown = object(o.failed);
		set(unknown, "id", json_string(map->unknown[i].id));
		set(unknown, "purpose", json_string(map->unknown[i].purpose));
		set(unknown, "sites", json_sites(&map->unknown[i], o.failed));
		append(array, unknown.json, o.failed);
	}
	set(o, "unknown", array);
	array = json_array();
	for (i = 0; i < map->nfindings; i++)
		append(
		    array, json_finding(&map->findings[i], o.failed), o.failed);
	set(o, "conclusion", array);
}

bool
map_render_json(const struct isth_map *map, FILE *out, struct error *e)
{
	struct object o, kernels;
	bool failed, ok;

	failed = false;
	o = object(&failed);
	kernels = object(&failed);
	set(o, "version", json_string("isthmus.map/1"));
	set(o, "generated", json_string(map->generated));
	set(o, "title", json_string(map->title));
	set(o, "headline", json_string(map->headline));
	set(o, "consumer", json_consumer(map->consumer, &failed));
	set(o, "scan", json_scan(map, &failed));
	set(kernels, "here", json_kernel(&map->kernels[MAP_HERE], &failed));
	set(kernels, "there", json_kernel(&map->kernels[MAP_THERE], &failed));
	set(o, "kernels", kernels.json);
	set(o, "counts", json_counts(map->counts, &failed));
	json_lists(map, o);
	if (failed)
		ok = fail(e, ENOMEM, "write map", NULL, NULL);
	else
		ok = json_write(o.json, out, e);
	json_decref(o.json);
	return (ok);
}
