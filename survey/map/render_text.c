/* The map for a terminal: a table for each area, then the conclusion. */
#include <errno.h>

#include "base/fail.h"
#include "base/table.h"
#include "survey/map/map.h"

static const enum tone tones[ISTH_VERDICT_COUNT] = {
	[ISTH_VERDICT_WORKS] = TONE_GOOD,
	[ISTH_VERDICT_ADAPT] = TONE_PLAIN,
	[ISTH_VERDICT_REDESIGN] = TONE_WARN,
	[ISTH_VERDICT_GAP] = TONE_BAD,
	[ISTH_VERDICT_ASK] = TONE_DIM,
};

static void
text_kernel(FILE *out, const char *side, const struct map_kernel *k)
{
	fprintf(out, "%-13s %s (%s)\n", side, k->name, k->about);
}

static void
text_head(const struct isth_map *map, FILE *out)
{
	tone_write(out, TONE_BOLD, "Porting map to FreeBSD: ");
	tone_write(out, TONE_BOLD, map->title);
	fputc('\n', out);
	if (*map->subject != '\0')
		fprintf(
		    out, "%-13s %s (%s)\n", "Needs", map->subject, map->source);
	if (*map->scanned != '\0')
		fprintf(out, "%-13s %s\n", "Scanned", map->scanned);
	text_kernel(out, "This kernel", &map->kernels[MAP_HERE]);
	text_kernel(out, "Other kernel", &map->kernels[MAP_THERE]);
	fprintf(out, "\n%s\n", map->headline);
}

static void
text_need(
    struct table *t, const struct isth_map *map, const struct map_need *need)
{
	table_row(t);
	table_cell(t, tones[need->ruling.verdict],
	    isth_verdict_name(need->ruling.verdict));
	table_cell(t, TONE_BOLD, need->id);
	table_cell(t, TONE_PLAIN, need->answers[MAP_HERE].word);
	table_cellf(t, need->ruling.contradiction ? TONE_WARN : TONE_PLAIN,
	    "%s%s", need->answers[MAP_THERE].word,
	    need->ruling.contradiction ? " (!)" : "");
	if (map->class_apart)
		table_cell(t, TONE_PLAIN, isth_class_name(need->row->class_));
	table_cell(t, TONE_DIM, need->demand);
	table_cell(t, TONE_PLAIN, need->instead);
}

static bool
text_area(const struct isth_map *map, const struct map_area *area, FILE *out)
{
	const char *headings[8];
	struct table *t;
	size_t i, n;
	bool ok;

	n = 0;
	headings[n++] = "verdict";
	headings[n++] = "need";
	headings[n++] = map->kernels[MAP_HERE].system;
	headings[n++] = map->kernels[MAP_THERE].system;
	if (map->class_apart)
		headings[n++] = "class";
	headings[n++] = "for";
	headings[n++] = "on FreeBSD";
	headings[n] = NULL;
	fputc('\n', out);
	tone_write(out, TONE_BOLD, isth_area_title(area->area));
	fprintf(out, "\n%s\n\n", area->sentence);
	t = table_create(headings);
	if (t == NULL)
		return (false);
	for (i = 0; i < area->n; i++)
		text_need(t, map, &map->needs[area->first + i]);
	ok = table_render(t, out);
	table_destroy(t);
	return (ok);
}

static bool
text_unknown(const struct isth_map *map, FILE *out)
{
	const char *headings[] = { "symbol", "sites", "for", NULL };
	struct table *t;
	size_t i;
	bool ok;

	if (map->nunknown == 0)
		return (true);
	fputc('\n', out);
	tone_write(out, TONE_BOLD, "Not in the catalogue");
	fputs("\n\n", out);
	t = table_create(headings);
	if (t == NULL)
		return (false);
	for (i = 0; i < map->nunknown; i++) {
		table_row(t);
		table_cell(t, TONE_BOLD, map->unknown[i].id);
		table_cellf(t, TONE_PLAIN, "%zu", map->unknown[i].nsites);
		table_cell(t, TONE_DIM, map->unknown[i].demand);
	}
	ok = table_render(t, out);
	table_destroy(t);
	return (ok);
}

static void
text_point(const struct map_point *point, FILE *out)
{
	size_t i;

	fputs("  - ", out);
	for (i = 0; i < point->nneeds; i++)
		fprintf(out, "%s%s", i == 0 ? "" : ", ", point->needs[i]->id);
	if (*point->answer != '\0')
		fprintf(out, ": %s", point->answer);
	if (*point->why != '\0')
		fprintf(out, "%s%s", *point->answer == '\0' ? ": " : "; ",
		    point->why);
	fputc('\n', out);
}

static void
text_conclusion(const struct isth_map *map, FILE *out)
{
	const struct map_finding *finding;
	size_t i, k;

	fputc('\n', out);
	tone_write(out, TONE_BOLD, "Conclusion");
	fputc('\n', out);
	for (i = 0; i < map->nfindings; i++) {
		finding = &map->findings[i];
		fputc('\n', out);
		tone_write(out, TONE_BOLD, finding->title);
		fprintf(out, ": %s\n", finding->text);
		for (k = 0; k < finding->npoints; k++)
			text_point(&finding->points[k], out);
	}
}

bool
map_render_text(const struct isth_map *map, FILE *out, struct error *e)
{
	size_t i;

	text_head(map, out);
	for (i = 0; i < map->nareas; i++) {
		if (!text_area(map, &map->areas[i], out))
			return (fail(e, errno, "write map", NULL, NULL));
	}
	if (!text_unknown(map, out))
		return (fail(e, errno, "write map", NULL, NULL));
	text_conclusion(map, out);
	return (true);
}
