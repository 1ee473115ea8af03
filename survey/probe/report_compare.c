/* What changed between two reports. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "survey/probe/report.h"

/*
 * The change of one probe; false when there is none.  A probe that one of
 * the two did not ask says nothing about the kernel, so it is not lost.
 */
static bool
classify(struct report_change *c, size_t *lost)
{
	enum isth_state was, is;

	c->tone = TONE_DIM;
	if (c->was == NULL || c->is == NULL) {
		c->what = c->was == NULL ? "only in new" : "only in old";
		return (true);
	}
	was = c->was->state;
	is = c->is->state;
	if (was == is)
		return (false);
	if (was == ISTH_STATE_SKIPPED || is == ISTH_STATE_SKIPPED) {
		c->what = is == ISTH_STATE_SKIPPED ? "not asked now"
						   : "not asked then";
	} else if (was == ISTH_STATE_OK) {
		c->what = "lost";
		c->tone = TONE_BAD;
		(*lost)++;
	} else if (is == ISTH_STATE_OK) {
		c->what = "gained";
		c->tone = TONE_GOOD;
	} else {
		c->what = "changed";
		c->tone = TONE_WARN;
	}
	return (true);
}

static int
by_id(const void *a, const void *b)
{
	const struct isth_probe_result *const *x = a, *const *y = b;

	return (strcmp((*x)->id, (*y)->id));
}

static const struct isth_probe_result **
sorted(const struct isth_report *rep)
{
	const struct isth_probe_result **p;
	size_t i;

	p = calloc(rep->nresults + 1, sizeof(*p));
	if (p == NULL)
		return (NULL);
	for (i = 0; i < rep->nresults; i++)
		p[i] = &rep->results[i];
	qsort(p, rep->nresults, sizeof(*p), by_id);
	return (p);
}

/*
 * Walks both in order of id; `c` has room for all of both.  Of a partial new
 * report, what only the old one has was not asked for.
 */
static size_t
merge(const struct isth_probe_result **old, size_t nold,
    const struct isth_probe_result **new_, size_t nnew, bool partial,
    struct report_change *c, size_t *lost)
{
	size_t i = 0, k = 0, n = 0;
	int order;

	while (i < nold || k < nnew) {
		order = i == nold   ? 1
			: k == nnew ? -1
				    : strcmp(old[i]->id, new_[k]->id);
		c[n].id = order <= 0 ? old[i]->id : new_[k]->id;
		c[n].was = order <= 0 ? old[i++] : NULL;
		c[n].is = order >= 0 ? new_[k++] : NULL;
		if (c[n].is == NULL && partial)
			continue;
		if (classify(&c[n], lost))
			n++;
	}
	return (n);
}

static void
write_host(const char *which, const struct isth_host *h, FILE *out)
{
	(void)fprintf(out, "%s: %s %s %s, on %s, as uid %u\n", which, h->system,
	    h->release, h->machine, h->filesystem, h->uid);
}

static bool
compare_table(const struct isth_report *old, const struct isth_report *new_,
    const struct report_change *c, size_t n, size_t lost, FILE *out,
    struct error *e)
{
	static const char *const headings[] = { "PROBE", "CHANGE", "OLD", "NEW",
		"DETAIL", NULL };
	struct table *t;
	bool good;
	size_t i;

	write_host("old", &old->host, out);
	write_host("new", &new_->host, out);
	t = table_create(headings);
	if (t == NULL)
		return (fail(e, ENOMEM, "write comparison", NULL, NULL));
	for (i = 0; i < n; i++) {
		table_row(t);
		table_cell(t, TONE_PLAIN, c[i].id);
		table_cell(t, c[i].tone, c[i].what);
		table_cell(t, TONE_PLAIN,
		    c[i].was == NULL ? "-" : isth_state_name(c[i].was->state));
		table_cell(t, TONE_PLAIN,
		    c[i].is == NULL ? "-" : isth_state_name(c[i].is->state));
		table_cell(t, TONE_PLAIN,
		    c[i].is == NULL ? c[i].was->detail : c[i].is->detail);
	}
	good = true;
	if (n > 0) {
		(void)fputc('\n', out);
		good = table_render(t, out);
	}
	table_destroy(t);
	(void)fprintf(
	    out, "\n%zu change%s, %zu lost\n", n, n == 1 ? "" : "s", lost);
	if (!good || ferror(out))
		return (fail(e, errno, "write comparison", NULL, NULL));
	return (true);
}

bool
isth_report_compare(const struct isth_report *old,
    const struct isth_report *new_, enum isth_format format, FILE *out,
    size_t *lost, struct error *e)
{
	const struct isth_probe_result **a, **b;
	struct report_change *c;
	size_t n;
	bool good;

	*lost = 0;
	if (format != ISTH_FORMAT_TABLE && format != ISTH_FORMAT_JSON)
		return (fail(e, EINVAL, "write comparison", NULL,
		    "no such format for a comparison"));
	a = sorted(old);
	b = sorted(new_);
	c = calloc(old->nresults + new_->nresults + 1, sizeof(*c));
	if (a == NULL || b == NULL || c == NULL) {
		good = fail(e, ENOMEM, "compare probe reports", NULL, NULL);
	} else {
		n = merge(a, old->nresults, b, new_->nresults, new_->partial, c,
		    lost);
		good = format == ISTH_FORMAT_JSON
			   ? report_compare_json(old, new_, c, n, *lost, out, e)
			   : compare_table(old, new_, c, n, *lost, out, e);
	}
	free(a);
	free(b);
	free(c);
	return (good);
}
