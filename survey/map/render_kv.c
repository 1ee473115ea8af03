/* The map as key=value lines, for shell scripts. */

#include "survey/map/map.h"

/*
 * A name inside a key.  What would end a key or a line is percent-encoded;
 * a percent sign too, so that the encoding can be undone.
 */
static void
kv_name(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '=' || *s == '%' || *s == ' ' || *s == '#')
			fprintf(out, "%%%02X", (unsigned char)*s);
		else
			fputc(*s, out);
	}
}

static void
kv_counts(FILE *out, const char *prefix, const size_t *counts)
{
	int v;

	for (v = 0; v < ISTH_VERDICT_COUNT; v++)
		fprintf(out, "%s.%s=%zu\n", prefix,
		    isth_verdict_name((enum isth_verdict)v), counts[v]);
}

static void
kv_kernel(FILE *out, const char *side, const struct map_kernel *k)
{
	fprintf(out, "map.kernel.%s=%s\n", side, k->name);
	fprintf(out, "map.kernel.%s.measured=%s\n", side,
	    k->measured ? "yes" : "no");
}

static void
kv_need(FILE *out, const struct map_need *need)
{
	static const char *const sides[] = { "here", "there" };
	int side;

	fputs("map.need.", out);
	kv_name(out, need->id);
	fprintf(out, "=%s\n", isth_verdict_name(need->ruling.verdict));
	for (side = 0; side < MAP_SIDES; side++) {
		if (need->answers[side].nprobes == 0)
			continue;
		fprintf(out, "map.%s.", sides[side]);
		kv_name(out, need->id);
		fprintf(out, "=%s\n",
		    isth_state_name(need->answers[side].measure.state));
	}
	if (need->nsites > 0) {
		fputs("map.sites.", out);
		kv_name(out, need->id);
		fprintf(out, "=%zu\n", need->nsites);
	}
	if (need->ruling.contradiction) {
		fputs("map.contradiction.", out);
		kv_name(out, need->id);
		fprintf(out, "=%s\n", isth_class_name(need->row->class_));
	}
}

bool
map_render_kv(const struct isth_map *map, FILE *out, struct error *e)
{
	const struct map_area *area;
	char prefix[64];
	size_t i;

	(void)e;
	fputs("map.version=isthmus.map/1\n", out);
	fprintf(out, "map.title=%s\n", map->title);
	kv_kernel(out, "here", &map->kernels[MAP_HERE]);
	kv_kernel(out, "there", &map->kernels[MAP_THERE]);
	fprintf(out, "map.needs=%zu\n", map->nneeds);
	kv_counts(out, "map.total", map->counts);
	for (i = 0; i < map->nareas; i++) {
		area = &map->areas[i];
		snprintf(prefix, sizeof(prefix), "map.area.%s",
		    isth_area_name(area->area));
		kv_counts(out, prefix, area->counts);
	}
	for (i = 0; i < map->nneeds; i++)
		kv_need(out, &map->needs[i]);
	for (i = 0; i < map->nunknown; i++) {
		fputs("map.unknown.", out);
		kv_name(out, map->unknown[i].id);
		fprintf(out, "=%zu\n", map->unknown[i].nsites);
	}
	fprintf(out, "map.conclusion=%s\n", map->headline);
	fprintf(out, "map.conclusion.gaps=%s\n", map->gaps);
	return (true);
}
