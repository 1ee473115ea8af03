/*
 * The map as one self-contained HTML page: the frame, the overview and the
 * conclusion.  The rows are in render_html_need.c; style and script are
 * files of their own (page.css, page.js) that the build turns into C.
 *
 * The page is complete without its script, which only filters, and asks
 * the network for nothing: its content security policy forbids it.
 */
#include "survey/map/map.h"

#define GAPS_HEAD 12 /* gaps named at the head of the page */

/* Worst first: the order of a reader's interest. */
static const enum isth_verdict order[ISTH_VERDICT_COUNT] = { ISTH_VERDICT_GAP,
	ISTH_VERDICT_REDESIGN, ISTH_VERDICT_ADAPT, ISTH_VERDICT_ASK,
	ISTH_VERDICT_WORKS };

static const char *const meanings[ISTH_VERDICT_COUNT] = {
	[ISTH_VERDICT_WORKS] = "as it is",
	[ISTH_VERDICT_ADAPT] = "another call, or care",
	[ISTH_VERDICT_REDESIGN] = "by other means",
	[ISTH_VERDICT_GAP] = "nothing meets it",
	[ISTH_VERDICT_ASK] = "measure again",
};

void
map_html_text(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*s, out);
		}
	}
}

static void
html_asset(FILE *out, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		fputs(*lines, out);
}

/* The shapes of the verdicts: what colour says, form says too. */
static void
html_shapes(FILE *out)
{
	static const char *const shapes[] = {
		"<symbol id=\"g-works\" viewBox=\"0 0 16 16\"><circle cx=\"8\""
		" cy=\"8\" r=\"7\"/><path class=\"cut\" d=\"M4.6 8.3l2.3 2.4 "
		"4.5-5\"/></symbol>\n",
		"<symbol id=\"g-adapt\" viewBox=\"0 0 16 16\"><circle "
		"class=\"line\" cx=\"8\" cy=\"8\" r=\"6\"/><path d=\"M8 2a6 6 "
		"0 0 1 0 12z\"/></symbol>\n",
		"<symbol id=\"g-redesign\" viewBox=\"0 0 16 16\"><path d=\"M8 "
		"0.6L15.4 8 8 15.4 0.6 8z\"/></symbol>\n",
		"<symbol id=\"g-gap\" viewBox=\"0 0 16 16\"><rect x=\"1\" "
		"y=\"1\" width=\"14\" height=\"14\" rx=\"1.5\"/><path "
		"class=\"cut\" d=\"M5 5l6 6M11 5l-6 6\"/></symbol>\n",
		"<symbol id=\"g-ask\" viewBox=\"0 0 16 16\"><circle "
		"class=\"line dash\" cx=\"8\" cy=\"8\" r=\"6\"/><circle "
		"cx=\"8\" cy=\"8\" r=\"1.8\"/></symbol>\n",
	};
	size_t i;

	fputs("<svg width=\"0\" height=\"0\" class=\"shapes\" "
	      "aria-hidden=\"true\">\n",
	    out);
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		fputs(shapes[i], out);
	fputs("</svg>\n", out);
}

static void
html_glyph(FILE *out, enum isth_verdict v)
{
	fprintf(out,
	    "<svg class=\"glyph\" aria-hidden=\"true\"><use "
	    "href=\"#g-%s\"/></svg>",
	    isth_verdict_name(v));
}

static void
html_fact(FILE *out, const char *name, const char *what, const char *about)
{
	if (*what == '\0')
		return;
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	map_html_text(out, what);
	if (*about != '\0') {
		fputs("<span>", out);
		map_html_text(out, about);
		fputs("</span>", out);
	}
	fputs("</dd></div>\n", out);
}

static void
html_link(FILE *out, const char *id)
{
	fputs("<a href=\"#", out);
	map_html_need_anchor(out, id);
	fputs("\"><code>", out);
	map_html_text(out, id);
	fputs("</code></a>", out);
}

/* The gaps by name, right below the headline: they decide most. */
static void
html_gaps(const struct isth_map *map, FILE *out)
{
	size_t i, n, total;

	total = map->counts[ISTH_VERDICT_GAP];
	if (total == 0)
		return;
	fputs("<p class=\"gaps v-gap\">", out);
	html_glyph(out, ISTH_VERDICT_GAP);
	fputs("<b>No answer on FreeBSD:</b> ", out);
	for (i = 0, n = 0; i < map->nneeds && n < GAPS_HEAD; i++) {
		if (map->needs[i].ruling.verdict != ISTH_VERDICT_GAP)
			continue;
		fputs(n++ == 0 ? "" : ", ", out);
		html_link(out, map->needs[i].id);
	}
	if (n < total)
		fprintf(out, " and <a href=\"#finding-gaps\">%zu more</a>",
		    total - n);
	fputs("</p>\n", out);
}

static void
html_head(const struct isth_map *map, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'; "
	      "script-src 'unsafe-inline'; base-uri 'none'; "
	      "form-action 'none'\">\n<title>",
	    out);
	map_html_text(out, map->title);
	fputs(" on FreeBSD: porting map</title>\n<style>\n", out);
	html_asset(out, map_page_css);
	html_asset(out, map_page_rows_css);
	html_asset(out, map_page_media_css);
	fputs("</style>\n</head>\n<body>\n", out);
	html_shapes(out);
	fputs("<header>\n<p class=\"kicker\">Porting map to FreeBSD</p>\n<h1>",
	    out);
	map_html_text(out, map->title);
	fputs("</h1>\n<p class=\"headline\">", out);
	map_html_text(out, map->headline);
	fputs("</p>\n", out);
	html_gaps(map, out);
	fputs("<dl class=\"facts\">\n", out);
	html_fact(out, "Needs", map->subject, map->source);
	html_fact(out, "Scanned", map->scanned, "");
	html_fact(out, "This kernel", map->kernels[MAP_HERE].name,
	    map->kernels[MAP_HERE].about);
	html_fact(out, "Other kernel", map->kernels[MAP_THERE].name,
	    map->kernels[MAP_THERE].about);
	fprintf(out,
	    "<div><dt>Made</dt><dd><time datetime=\"%s\">%.10s</time>"
	    "<span>%.5s UTC</span></dd></div>\n</dl>\n</header>\n",
	    map->generated, map->generated, map->generated + 11);
}

/* ------------------------------------------------------------------ */
/* Overview                                                            */
/* ------------------------------------------------------------------ */

static void
html_legend(const struct isth_map *map, FILE *out)
{
	enum isth_verdict v;
	int i;

	fputs("<ul class=\"legend\">\n", out);
	for (i = 0; i < ISTH_VERDICT_COUNT; i++) {
		v = order[i];
		fprintf(out, "<li class=\"v-%s\">", isth_verdict_name(v));
		html_glyph(out, v);
		fprintf(out, "<b>%s</b> <span>%s</span> <i>%zu</i></li>\n",
		    isth_verdict_name(v), meanings[v], map->counts[v]);
	}
	fputs("</ul>\n", out);
}

static void
html_bar(const struct isth_map *map, const struct map_area *area, FILE *out)
{
	enum isth_verdict v;
	int i;

	fputs("<td class=\"bar\"><div role=\"img\" aria-label=\"", out);
	map_html_text(out, area->tally);
	fprintf(out, "\" style=\"width:%.2f%%\">",
	    100.0 * (double)area->n / (double)map->largest);
	for (i = 0; i < ISTH_VERDICT_COUNT; i++) {
		v = order[i];
		if (area->counts[v] > 0)
			fprintf(out,
			    "<span class=\"f-%s\" style=\"flex-grow:"
			    "%zu\"></span>",
			    isth_verdict_name(v), area->counts[v]);
	}
	fputs("</div></td>", out);
	for (i = 0; i < ISTH_VERDICT_COUNT; i++) {
		v = order[i];
		fprintf(out, "<td class=\"n v-%s\">", isth_verdict_name(v));
		if (area->counts[v] > 0) {
			html_glyph(out, v);
			fprintf(out, "%zu<span class=\"label\"> %s</span>",
			    area->counts[v], isth_verdict_name(v));
		}
		fputs("</td>", out);
	}
}

static void
html_overview(const struct isth_map *map, FILE *out)
{
	const struct map_area *area;
	size_t i;
	int v;

	fputs("<section id=\"overview\">\n<h2>By area</h2>\n", out);
	html_legend(map, out);
	fputs("<table class=\"areas\">\n<thead><tr><th scope=\"col\">Area</th>"
	      "<th scope=\"col\">Needs</th>",
	    out);
	for (v = 0; v < ISTH_VERDICT_COUNT; v++)
		fprintf(out, "<th scope=\"col\">%s</th>",
		    isth_verdict_name(order[v]));
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < map->nareas; i++) {
		area = &map->areas[i];
		fprintf(out,
		    "<tr><th scope=\"row\"><a href=\"#area-%s\">%s"
		    "</a></th>",
		    isth_area_name(area->area), isth_area_title(area->area));
		html_bar(map, area, out);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</section>\n", out);
}

/* ------------------------------------------------------------------ */
/* Filter                                                              */
/* ------------------------------------------------------------------ */

static void
html_chip(FILE *out, char key, const char *value)
{
	fprintf(out,
	    "<button type=\"button\" class=\"chip v-%s\" "
	    "data-key=\"%c\" data-value=\"%s\" aria-pressed=\"false\">",
	    value, key, value);
}

static void
html_chips(const struct isth_map *map, FILE *out)
{
	int i;

	fputs("<fieldset><legend>Verdict</legend>\n", out);
	for (i = 0; i < ISTH_VERDICT_COUNT; i++) {
		html_chip(out, 'v', isth_verdict_name(order[i]));
		html_glyph(out, order[i]);
		fprintf(
		    out, "%s <b></b></button>\n", isth_verdict_name(order[i]));
	}
	if (map->nunknown > 0) {
		html_chip(out, 'v', "unknown");
		fputs("unknown <b></b></button>\n", out);
	}
	fputs("</fieldset>\n<fieldset><legend>Catalogue</legend>\n", out);
	for (i = 0; i < ISTH_CLASS_COUNT; i++) {
		fprintf(out,
		    "<button type=\"button\" class=\"chip\" "
		    "data-key=\"c\" data-value=\"%s\" aria-pressed=\"false\">"
		    "%s <b></b></button>\n",
		    isth_class_name((enum isth_class)i),
		    isth_class_name((enum isth_class)i));
	}
	html_chip(out, 'x', "contradicted");
	fputs("contradicted <b></b></button>\n</fieldset>\n", out);
}

static void
html_filter(const struct isth_map *map, FILE *out)
{
	fputs("<form id=\"filter\" hidden>\n<div class=\"find\">"
	      "<label for=\"q\">Find</label>"
	      "<input type=\"search\" id=\"q\" autocomplete=\"off\" "
	      "spellcheck=\"false\" placeholder=\"name, purpose, file\">"
	      "</div>\n",
	    out);
	html_chips(map, out);
	fputs(
	    "<div class=\"state\"><p id=\"shown\" role=\"status\"></p>"
	    "<button type=\"button\" id=\"clear\" hidden>Clear filter</button>"
	    "<button type=\"button\" id=\"unfold\">Unfold all</button></div>\n"
	    "</form>\n<p id=\"none\" hidden>No rows match this filter.</p>\n",
	    out);
}

/* ------------------------------------------------------------------ */
/* Areas and conclusion                                                */
/* ------------------------------------------------------------------ */

static void
html_area(const struct isth_map *map, const struct map_area *area, FILE *out)
{
	size_t i;

	fprintf(out,
	    "<section class=\"area\" id=\"area-%s\">\n<h2>%s</h2>\n"
	    "<p class=\"assessment\">",
	    isth_area_name(area->area), isth_area_title(area->area));
	map_html_text(out, area->sentence);
	fputs("</p>\n<div class=\"heads\" aria-hidden=\"true\"><span>Verdict"
	      "</span><span>Need</span><span>",
	    out);
	map_html_text(out, map->kernels[MAP_HERE].heading);
	fputs("</span><span>", out);
	map_html_text(out, map->kernels[MAP_THERE].heading);
	fputs("</span><span>What to use on FreeBSD</span></div>\n", out);
	for (i = 0; i < area->n; i++)
		map_html_need(map, &map->needs[area->first + i], out);
	fputs("</section>\n", out);
}

static void
html_unknown(const struct isth_map *map, FILE *out)
{
	size_t i;

	if (map->nunknown == 0)
		return;
	fputs("<section class=\"area\" id=\"area-unknown\">\n"
	      "<h2>Not in the catalogue</h2>\n<p class=\"assessment\">No row "
	      "describes these, so nothing is said of them.</p>\n",
	    out);
	for (i = 0; i < map->nunknown; i++)
		map_html_need(map, &map->unknown[i], out);
	fputs("</section>\n", out);
}

static void
html_point(const struct map_point *point, FILE *out)
{
	size_t i;

	fputs("<li><span class=\"names\">", out);
	for (i = 0; i < point->nneeds; i++) {
		fputs(i == 0 ? "" : ", ", out);
		html_link(out, point->needs[i]->id);
	}
	fputs("</span> <span class=\"answer\">", out);
	if (*point->answer != '\0') {
		fputs("<b>", out);
		map_html_text(out, point->answer);
		fputs("</b> ", out);
	}
	map_html_text(out, point->why);
	fputs("</span></li>\n", out);
}

static void
html_conclusion(const struct isth_map *map, FILE *out)
{
	const struct map_finding *finding;
	size_t i, k;

	fputs("<section id=\"conclusion\">\n<h2>Conclusion</h2>\n", out);
	for (i = 0; i < map->nfindings; i++) {
		finding = &map->findings[i];
		fprintf(out,
		    "<section class=\"finding\" id=\"finding-%s\">\n"
		    "<h3>%s</h3>\n<p>",
		    finding->key, finding->title);
		map_html_text(out, finding->text);
		fputs("</p>\n", out);
		if (finding->npoints > 0)
			fputs("<ul>\n", out);
		for (k = 0; k < finding->npoints; k++)
			html_point(&finding->points[k], out);
		if (finding->npoints > 0)
			fputs("</ul>\n", out);
		fputs("</section>\n", out);
	}
	fputs("</section>\n", out);
}

bool
map_render_html(const struct isth_map *map, FILE *out, struct error *e)
{
	size_t i;

	(void)e;
	html_head(map, out);
	fputs("<main>\n", out);
	html_overview(map, out);
	fputs("<div class=\"rows\">\n", out);
	html_filter(map, out);
	for (i = 0; i < map->nareas; i++)
		html_area(map, &map->areas[i], out);
	html_unknown(map, out);
	fputs("</div>\n", out);
	html_conclusion(map, out);
	fputs("</main>\n<footer>Made by isthmus map. Verdicts follow the "
	      "catalogue where FreeBSD was not measured, and the measurement "
	      "where it was.</footer>\n<script>\n",
	    out);
	html_asset(out, map_page_js);
	fputs("</script>\n</body>\n</html>\n", out);
	return (true);
}
