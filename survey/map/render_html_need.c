/* One row of the HTML page, and what it unfolds to. */
#include <string.h>

#include "survey/map/map.h"

/*
 * The id of a row's element, also used in links: what neither an HTML id
 * nor a URL fragment may hold as it is becomes _XX.
 */
void
map_html_need_anchor(FILE *out, const char *id)
{
	fputs("need-", out);
	for (; *id != '\0'; id++) {
		if ((*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z') ||
		    (*id >= '0' && *id <= '9') || strchr("-.:/", *id) != NULL)
			fputc(*id, out);
		else if (*id == '_')
			fputs("__", out);
		else
			fprintf(out, "_%02X", (unsigned char)*id);
	}
}

static void
html_span(FILE *out, const char *class_, const char *label, const char *text)
{
	fprintf(out, "<span class=\"%s\"><span class=\"label\">", class_);
	map_html_text(out, label);
	fputs(" </span>", out);
	map_html_text(out, text);
	fputs("</span>\n", out);
}

/* What to use, and the one line that says what to watch for. */
static void
html_instead(const struct map_need *need, FILE *out)
{
	fputs("<span class=\"c-instead\"><span class=\"label\">On FreeBSD "
	      "</span>",
	    out);
	map_html_text(out, need->instead);
	fputs(" <span class=\"aside\">", out);
	map_html_text(out, need->why);
	fputs("</span></span>\n", out);
}

/* The state of an answer as a class, so that the style can tone it. */
static const char *
answer_class(const struct map_answer *a)
{
	if (!a->measure.asked)
		return ("unasked");
	return (a->measure.state == ISTH_STATE_OK ? "ok" : "other");
}

static void
html_summary(const struct isth_map *map, const struct map_need *need,
    const char *verdict, FILE *out)
{
	static const char *const classes[] = { "c-here", "c-there" };
	char class_[32];
	int side;

	fprintf(out, "<summary>\n<span class=\"c-verdict v-%s\">", verdict);
	if (need->row != NULL)
		fprintf(out,
		    "<svg class=\"glyph\" aria-hidden=\"true\"><use "
		    "href=\"#g-%s\"/></svg>",
		    verdict);
	fprintf(out, "%s</span>\n<span class=\"c-need\"><code>", verdict);
	map_html_text(out, need->id);
	fputs("</code> <span class=\"aside\">", out);
	map_html_text(out, need->demand);
	fputs("</span></span>\n", out);
	if (need->row != NULL) {
		for (side = 0; side < MAP_SIDES; side++) {
			snprintf(class_, sizeof(class_), "%s a-%s",
			    classes[side], answer_class(&need->answers[side]));
			html_span(out, class_, map->kernels[side].heading,
			    need->answers[side].word);
		}
		html_instead(need, out);
	}
	fputs("</summary>\n", out);
}

static void
html_term(FILE *out, const char *term, const char *text)
{
	if (*text == '\0')
		return;
	fprintf(out, "<dt>%s</dt><dd>", term);
	map_html_text(out, text);
	fputs("</dd>\n", out);
}

static void
html_probes(
    const struct map_kernel *kernel, const struct map_answer *a, FILE *out)
{
	const struct map_probe *p;
	size_t i;

	fputs("<dt>", out);
	map_html_text(out, kernel->name);
	fputs("</dt><dd>", out);
	if (a->nprobes == 0) {
		fputs(kernel->measured ? "no probe measures it"
				       : "by the catalogue: ",
		    out);
		if (!kernel->measured)
			map_html_text(out, a->word);
		fputs("</dd>\n", out);
		return;
	}
	fputs("<ul class=\"probes\">\n", out);
	for (i = 0; i < a->nprobes; i++) {
		p = &a->probes[i];
		fputs("<li><code>", out);
		map_html_text(out, p->id);
		fprintf(out, "</code> <b class=\"a-%s\">%s</b>",
		    p->state == ISTH_STATE_OK ? "ok" : "other",
		    isth_state_name(p->state));
		if (p->err != 0)
			fprintf(out, " errno %d", p->err);
		if (*p->detail != '\0') {
			fputs(" <span>", out);
			map_html_text(out, p->detail);
			fputs("</span>", out);
		}
		fputs("</li>\n", out);
	}
	fputs("</ul></dd>\n", out);
}

void
map_html_sites(const struct map_need *need, FILE *out)
{
	const struct map_site *site;
	size_t i, n;

	if (need->nsites == 0)
		return;
	n = need->nsites < MAP_SITES_HTML ? need->nsites : MAP_SITES_HTML;
	fprintf(out, "<dt>Sites</dt><dd>%zu in %zu file%s", need->nsites,
	    need->nfiles, need->nfiles == 1 ? "" : "s");
	if (n < need->nsites)
		fprintf(out,
		    "; <b>the first %zu are listed here</b>, "
		    "<code>--format json</code> has all",
		    n);
	fputs("<ul class=\"sites\" tabindex=\"0\">\n", out);
	for (i = 0; i < n; i++) {
		site = &need->sites[i];
		if (i > 0 && strcmp(site->file, site[-1].file) == 0) {
			fprintf(out, ", %u", site->line);
			continue;
		}
		fputs(i == 0 ? "<li><code>" : "</li>\n<li><code>", out);
		map_html_text(out, site->file);
		fprintf(out, "</code>:%u", site->line);
	}
	fputs("</li>\n</ul></dd>\n", out);
}

static void
html_row_detail(
    const struct isth_map *map, const struct map_need *need, FILE *out)
{
	int side;

	html_term(out, "Verdict", need->because);
	fprintf(out, "<dt>Catalogue</dt><dd><b>%s</b> %s: ",
	    isth_class_name(need->row->class_),
	    isth_kind_name(need->row->kind));
	map_html_text(out, need->why);
	fputs(" <cite>", out);
	map_html_text(out, need->from);
	fputs("</cite></dd>\n", out);
	html_term(out, "Linux calls it", need->linux_name);
	html_term(out, "FreeBSD has", need->freebsd);
	for (side = 0; side < MAP_SIDES; side++)
		html_probes(&map->kernels[side], &need->answers[side], out);
}

void
map_html_need(
    const struct isth_map *map, const struct map_need *need, FILE *out)
{
	const char *verdict;

	verdict = need->row == NULL ? "unknown"
				    : isth_verdict_name(need->ruling.verdict);
	fputs("<details class=\"need\" id=\"", out);
	map_html_need_anchor(out, need->id);
	fprintf(out, "\" data-v=\"%s\" data-c=\"%s\" data-x=\"%s\">\n", verdict,
	    need->row == NULL ? "" : isth_class_name(need->row->class_),
	    need->ruling.contradiction ? "contradicted" : "");
	html_summary(map, need, verdict, out);
	fputs("<dl class=\"more\">\n", out);
	html_term(out, "Needed for", need->purpose);
	if (need->row != NULL)
		html_row_detail(map, need, out);
	map_html_sites(need, out);
	fputs("</dl>\n</details>\n", out);
}
