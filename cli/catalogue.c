/* isthmus catalogue: look rows up, list them, check them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/command.h"

static const struct option options[] = {
	{ "--area", "AREA", "list the rows of this area" },
	{ "--consumers", NULL, "list the programs whose needs are known" },
	{ "--check", NULL, "check the rows; exit 1 when one is wrong" },
	{ "--probe", "FILE", "with --check: also against a saved JSON report" },
	{ "--live", NULL, "with --check: also against this kernel, measured" },
	{ "--output", "FILE", "write to FILE" },
	{ NULL, NULL, NULL },
};

static const struct format_name formats[] = {
	{ "text", ISTH_FORMAT_TEXT },
	{ NULL, ISTH_FORMAT_TEXT },
};

/* One row in full. */
static void
show(const struct isth_interface *row, FILE *out)
{
	tone_write(out, TONE_BOLD, row->id);
	fprintf(out,
	    "\n  area     %s\n  kind     %s\n  Linux    %s\n"
	    "  FreeBSD  %s\n  class    %s\n  why      %s\n  from     %s\n",
	    isth_area_name(row->area), isth_kind_name(row->kind),
	    row->linux_name, row->freebsd, isth_class_name(row->class_),
	    row->why, row->from);
}

static bool
unknown_row(const char *id, struct error *e)
{
	const struct isth_interface *rows;
	const char **ids, *nearest;
	size_t i, n;

	rows = isth_catalogue_rows(&n);
	ids = calloc(n, sizeof(*ids));
	if (ids == NULL)
		return (fail(e, ENOMEM, "catalogue", NULL, NULL));
	for (i = 0; i < n; i++)
		ids[i] = rows[i].id;
	fail(e, 0, "catalogue", id, "no such interface");
	nearest = text_nearest(id, ids, n);
	if (nearest != NULL)
		fail_hint(e, "%s", nearest);
	free(ids);
	return (false);
}

static bool
show_named(const char *const *ids, FILE *out, struct error *e)
{
	const struct isth_interface *row;

	for (; *ids != NULL; ids++) {
		row = isth_catalogue_find(*ids);
		if (row == NULL)
			return (unknown_row(*ids, e));
		show(row, out);
	}
	return (true);
}

static bool
list_rows(const enum isth_area *area, FILE *out, struct error *e)
{
	static const char *const headings[] = { "ID", "AREA", "KIND", "CLASS",
		"FREEBSD", NULL };
	const struct isth_interface *rows;
	struct table *t;
	size_t i, n;
	bool ok;

	t = table_create(headings);
	if (t == NULL)
		return (fail(e, ENOMEM, "catalogue", NULL, NULL));
	rows = isth_catalogue_rows(&n);
	for (i = 0; i < n; i++) {
		if (area != NULL && rows[i].area != *area)
			continue;
		table_row(t);
		table_cell(t, TONE_PLAIN, rows[i].id);
		table_cell(t, TONE_DIM, isth_area_name(rows[i].area));
		table_cell(t, TONE_DIM, isth_kind_name(rows[i].kind));
		table_cell(t, TONE_PLAIN, isth_class_name(rows[i].class_));
		table_cell(t, TONE_PLAIN, rows[i].freebsd);
	}
	ok = table_render(t, out);
	table_destroy(t);
	return (ok || fail(e, errno, "catalogue", NULL, NULL));
}

static bool
list_consumers(FILE *out, struct error *e)
{
	static const char *const headings[] = { "NAME", "NEEDS", "WHAT", NULL };
	const struct isth_consumer *all;
	struct table *t;
	size_t i, n;
	bool ok;

	t = table_create(headings);
	if (t == NULL)
		return (fail(e, ENOMEM, "catalogue", NULL, NULL));
	all = isth_consumers(&n);
	for (i = 0; i < n; i++) {
		table_row(t);
		table_cell(t, TONE_PLAIN, all[i].name);
		table_cellf(t, TONE_PLAIN, "%zu", all[i].nneeds);
		table_cell(t, TONE_PLAIN, all[i].title);
	}
	ok = table_render(t, out);
	table_destroy(t);
	return (ok || fail(e, errno, "catalogue", NULL, NULL));
}

static bool
check(const struct arguments *a, FILE *out, size_t *found, struct error *e)
{
	struct isth_probe_options po = { 0 };
	struct isth_report *report;
	const char *path;

	report = NULL;
	path = arguments_value(a, "--probe");
	if (path != NULL || arguments_has(a, "--live")) {
		report = path != NULL ? isth_report_load(path, e)
				      : isth_probe_run(&po, e);
		if (report == NULL)
			return (false);
	}
	*found = isth_catalogue_check(report, out);
	isth_report_destroy(report);
	return (true);
}

/* One thing at a time is asked for. */
static bool
check_together(const struct arguments *a, struct error *e)
{
	static const char *const things[] = { NULL, "--area", "--consumers",
		"--check" };
	enum { COUNT = sizeof(things) / sizeof(things[0]) };
	size_t i, j;

	for (i = 0; i < COUNT; i++) {
		for (j = i + 1; j < COUNT; j++) {
			if (!arguments_not_with(a, things[i], things[j], e))
				return (false);
		}
	}
	return (arguments_only_with(a, "--probe", "--check", e) &&
		arguments_only_with(a, "--live", "--check", e) &&
		arguments_not_with(a, "--live", "--probe", e));
}

static int
run(const struct arguments *a, struct error *e)
{
	enum isth_area area;
	struct output o;
	const char **ids;
	size_t found, n;
	bool given, ok;
	int status;

	found = 0;
	if (!check_together(a, e) || !area_option(a, &area, &given, e) ||
	    !output_open(&o, a, formats, ISTH_FORMAT_TEXT, false, e))
		return (status_of(e));
	ids = arguments_list(a, NULL, &n);
	if (ids == NULL)
		ok = fail(e, ENOMEM, "catalogue", NULL, NULL);
	else if (arguments_has(a, "--check"))
		ok = check(a, o.stream, &found, e);
	else if (arguments_has(a, "--consumers"))
		ok = list_consumers(o.stream, e);
	else if (n > 0)
		ok = show_named(ids, o.stream, e);
	else
		ok = list_rows(given ? &area : NULL, o.stream, e);
	free(ids);
	status = output_end(&o, ok, found > 0 ? STATUS_NO : STATUS_OK, e);
	return (!ok && e->err == 0 && n > 0 ? STATUS_NO : status);
}

const struct command command_catalogue = {
	.name = "catalogue",
	.summary = SUMMARY_CATALOGUE,
	.operands = "[ID...]",
	.details =
	    "Prints the named rows of the catalogue in full, or lists all.",
	.options = options,
	.run = run,
};
