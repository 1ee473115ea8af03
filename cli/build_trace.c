/* isthmus build --trace: where the time of a build goes, by step. */
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "cli/build.h"

void
trace_add(struct trace *t, const char *id, const char *step, uint64_t ns)
{
	struct trace_step *items, *s;

	items = reallocarray(t->items, t->n + 1, sizeof(*items));
	if (items == NULL) {
		t->failed = true;
		return;
	}
	t->items = items;
	s = &items[t->n];
	*s = (struct trace_step){ strdup(id), strdup(step), ns };
	if (s->id == NULL || s->step == NULL) {
		free(s->id);
		free(s->step);
		t->failed = true;
		return;
	}
	t->n++;
}

static void
render(struct table *t, FILE *out, FILE *as)
{
	if (t == NULL || !table_render_as(t, out, as))
		fputs("trace: no memory\n", out);
	table_destroy(t);
}

void
trace_tell(const struct trace *t, const char *id, const char *name, FILE *out,
    FILE *as)
{
	const char *const headings[] = { "STEP", "MICROSECONDS", NULL };
	struct table *table;
	uint64_t sum;
	size_t i;

	table = table_create(headings);
	for (sum = i = 0; table != NULL && i < t->n; i++) {
		if (strcmp(t->items[i].id, id) != 0)
			continue;
		sum += t->items[i].ns;
		table_row(table);
		table_cell(table, TONE_PLAIN, t->items[i].step);
		table_cellf(
		    table, TONE_PLAIN, "%9.1f", (double)t->items[i].ns / 1e3);
	}
	if (table != NULL) {
		table_row(table);
		table_cell(table, TONE_BOLD, "sum");
		table_cellf(table, TONE_BOLD, "%9.1f", (double)sum / 1e3);
	}
	fprintf(out, "trace of %s:\n", name);
	render(table, out, as);
}

static int
step_compare(const void *a, const void *b)
{
	const struct trace_step *const *x = a, *const *y = b;
	int order;

	order = strcmp((*x)->step, (*y)->step);
	if (order != 0)
		return (order);
	return ((*x)->ns < (*y)->ns ? -1 : (*x)->ns > (*y)->ns);
}

static bool
several_builds(const struct trace *t)
{
	size_t i;

	for (i = 1; i < t->n; i++) {
		if (strcmp(t->items[0].id, t->items[i].id) != 0)
			return (true);
	}
	return (false);
}

/* One row for the steps of one name, which are sorted by their time. */
static void
add_medians(struct table *table, const struct trace_step *const *s, size_t n)
{
	uint64_t median;

	median =
	    n % 2 == 1 ? s[n / 2]->ns : (s[n / 2 - 1]->ns + s[n / 2]->ns) / 2;
	table_row(table);
	table_cell(table, TONE_PLAIN, s[0]->step);
	table_cellf(table, TONE_PLAIN, "%6zu", n);
	table_cellf(table, TONE_PLAIN, "%9.1f", (double)median / 1e3);
	table_cellf(table, TONE_PLAIN, "%9.1f", (double)s[n - 1]->ns / 1e3);
}

void
trace_summary(const struct trace *t, FILE *out, FILE *as)
{
	const char *const headings[] = { "STEP", "COUNT", "MEDIAN US", "MAX US",
		NULL };
	const struct trace_step **sorted;
	struct table *table;
	size_t begin, i;

	if (t->failed)
		fputs("trace: no memory for every step\n", out);
	if (!several_builds(t))
		return;
	sorted = calloc(t->n, sizeof(*sorted));
	table = table_create(headings);
	if (sorted != NULL && table != NULL) {
		for (i = 0; i < t->n; i++)
			sorted[i] = &t->items[i];
		qsort(sorted, t->n, sizeof(*sorted), step_compare);
		for (begin = 0, i = 1; i <= t->n; i++) {
			if (i < t->n &&
			    strcmp(sorted[i]->step, sorted[begin]->step) == 0)
				continue;
			add_medians(table, sorted + begin, i - begin);
			begin = i;
		}
	}
	fputs("trace of all builds:\n", out);
	render(table, out, as);
	free(sorted);
}

void
trace_clear(struct trace *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->items[i].id);
		free(t->items[i].step);
	}
	free(t->items);
	*t = (struct trace){ 0 };
}
