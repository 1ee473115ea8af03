/* The map as GitHub-flavoured Markdown: tables, then the sites. */
#include <string.h>

#include "survey/map/map.h"

/*
 * Text that Markdown must not read.  CommonMark lets any ASCII punctuation
 * be escaped; these are the ones that mean something inside a line or a
 * table cell (https://spec.commonmark.org/0.31.2/#backslash-escapes).  Less
 * and ampersand become entities, as old renderers pass `\<b>` as HTML.
 */
static void
md_text(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '>')
			fputs("&gt;", out);
		else if (*s == '&')
			fputs("&amp;", out);
		else if (strchr("\\`*_[]|~$#!", *s) != NULL)
			fprintf(out, "\\%c", *s);
		else
			fputc(*s, out);
	}
}

/* As code where that needs no escape inside; as text otherwise. */
static void
md_code(FILE *out, const char *s)
{
	if (*s == '\0' || s[strcspn(s, "`|\\<>&")] != '\0' || *s == ' ' ||
	    s[strlen(s) - 1] == ' ')
		md_text(out, s);
	else
		fprintf(out, "`%s`", s);
}

static void
md_cell(FILE *out, const char *s)
{
	fputc(' ', out);
	md_text(out, s);
	fputs(" |", out);
}

static void
md_head(const struct isth_map *map, FILE *out)
{
	int side;

	fputs("# Porting map to FreeBSD: ", out);
	md_text(out, map->title);
	fputs("\n\n", out);
	if (*map->subject != '\0') {
		fputs("- Needs: ", out);
		md_text(out, map->subject);
		fputs(" (", out);
		md_text(out, map->source);
		fputs(")\n", out);
	}
	if (*map->scanned != '\0') {
		fputs("- Scanned: ", out);
		md_text(out, map->scanned);
		fputc('\n', out);
	}
	for (side = 0; side < MAP_SIDES; side++) {
		fputs(side == MAP_HERE ? "- This kernel: " : "- Other kernel: ",
		    out);
		md_text(out, map->kernels[side].name);
		fputs(" (", out);
		md_text(out, map->kernels[side].about);
		fputs(")\n", out);
	}
	fprintf(out, "- Made: %s\n\n**", map->generated);
	md_text(out, map->headline);
	fputs("**\n", out);
}

static void
md_need(const struct isth_map *map, const struct map_need *need, FILE *out)
{
	fprintf(out, "| **%s** | ", isth_verdict_name(need->ruling.verdict));
	md_code(out, need->id);
	fputs(" |", out);
	md_cell(out, need->demand);
	md_cell(out, need->answers[MAP_HERE].word);
	md_cell(out, need->answers[MAP_THERE].word);
	if (map->class_apart)
		fprintf(out, " %s%s |", isth_class_name(need->row->class_),
		    need->ruling.contradiction ? ", contradicted" : "");
	md_cell(out, need->instead);
	md_cell(out, need->ruling.contradiction ? need->because : need->why);
	fputc('\n', out);
}

static void
md_area(const struct isth_map *map, const struct map_area *area, FILE *out)
{
	size_t i;

	fprintf(out, "\n## %s\n\n", isth_area_title(area->area));
	md_text(out, area->sentence);
	fputs("\n\n| Verdict | Need | For |", out);
	md_cell(out, map->kernels[MAP_HERE].heading);
	md_cell(out, map->kernels[MAP_THERE].heading);
	fprintf(out,
	    "%s On FreeBSD | Why |\n|%s --- | --- | --- | --- | --- "
	    "| --- | --- |\n",
	    map->class_apart ? " Class |" : "",
	    map->class_apart ? " --- |" : "");
	for (i = 0; i < area->n; i++)
		md_need(map, &map->needs[area->first + i], out);
}

static void
md_conclusion(const struct isth_map *map, FILE *out)
{
	const struct map_finding *finding;
	const struct map_point *point;
	size_t i, k, n;

	fputs("\n## Conclusion\n", out);
	for (i = 0; i < map->nfindings; i++) {
		finding = &map->findings[i];
		fprintf(out, "\n**%s.** ", finding->title);
		md_text(out, finding->text);
		fputs(finding->npoints > 0 ? "\n\n" : "\n", out);
		for (k = 0; k < finding->npoints; k++) {
			point = &finding->points[k];
			fputs("- ", out);
			for (n = 0; n < point->nneeds; n++) {
				fputs(n == 0 ? "" : ", ", out);
				md_code(out, point->needs[n]->id);
			}
			fputs(*point->answer == '\0' ? "" : ": ", out);
			md_text(out, point->answer);
			fputs(*point->why == '\0'      ? ""
			      : *point->answer == '\0' ? ": "
						       : "; ",
			    out);
			md_text(out, point->why);
			fputc('\n', out);
		}
	}
}

static void
md_sites(const struct map_need *needs, size_t nneeds, FILE *out)
{
	const struct map_need *need;
	size_t i, k;

	for (i = 0; i < nneeds; i++) {
		need = &needs[i];
		if (need->nsites == 0)
			continue;
		fputs("- ", out);
		md_code(out, need->id);
		fprintf(out, " (%zu): ", need->nsites);
		for (k = 0; k < need->nsites && k < MAP_SITES_MARKDOWN; k++) {
			fputs(k == 0 ? "" : ", ", out);
			md_text(out, need->sites[k].file);
			fprintf(out, ":%u", need->sites[k].line);
		}
		if (k < need->nsites)
			fprintf(out, " and %zu more, all in the JSON form",
			    need->nsites - k);
		fputc('\n', out);
	}
}

bool
map_render_markdown(const struct isth_map *map, FILE *out, struct error *e)
{
	size_t i;

	(void)e;
	md_head(map, out);
	for (i = 0; i < map->nareas; i++)
		md_area(map, &map->areas[i], out);
	md_conclusion(map, out);
	if (map->scan != NULL) {
		fputs("\n## Sites\n\n", out);
		md_sites(map->needs, map->nneeds, out);
		md_sites(map->unknown, map->nunknown, out);
	}
	return (true);
}
