/* isthmus probe: measure this kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/command.h"

static const struct option options[] = {
	{ "--area", "AREA", "only the probes of this area" },
	{ "--only", "ID", "only this probe; may be given several times" },
	{ "--list", NULL, "print the probes and what each asks; run none" },
	{ "--against", "FILE",
	    "compare with a saved JSON report; exit 1 when something was "
	    "lost" },
	{ "--format", "FORMAT", "table (default), kv, json or ndjson" },
	{ "--output", "FILE", "write to FILE (format by its ending, else kv)" },
	{ NULL, NULL, NULL },
};

static const struct format_name formats[] = {
	{ "table", ISTH_FORMAT_TABLE },
	{ "kv", ISTH_FORMAT_KV },
	{ "json", ISTH_FORMAT_JSON },
	{ "ndjson", ISTH_FORMAT_NDJSON },
	{ NULL, ISTH_FORMAT_TABLE },
};

static bool
list(const enum isth_area *area, FILE *out, struct error *e)
{
	static const char *const headings[] = { "ID", "MEASURES", "ROOT",
		"ASKS", NULL };
	const struct isth_probe_info *probes;
	struct table *t;
	size_t i, n;
	bool ok;

	t = table_create(headings);
	if (t == NULL)
		return (fail(e, ENOMEM, "list probes", NULL, NULL));
	probes = isth_probes(&n);
	for (i = 0; i < n; i++) {
		if (area != NULL && probes[i].area != *area)
			continue;
		table_row(t);
		table_cell(t, TONE_PLAIN, probes[i].id);
		table_cell(t, TONE_DIM, probes[i].interface_id);
		table_cell(t, TONE_PLAIN, probes[i].needs_root ? "root" : "");
		table_cell(t, TONE_PLAIN, probes[i].asks);
	}
	ok = table_render(t, out);
	table_destroy(t);
	return (ok || fail(e, errno, "list probes", NULL, NULL));
}

/* Runs and writes; *lost counts what --against says is gone. */
static bool
measure(const struct arguments *a, const enum isth_area *area, struct output *o,
    size_t *lost, struct error *e)
{
	struct isth_probe_options po = { .area = area };
	struct isth_report *new_, *old;
	const char **only, *against;
	size_t nonly;
	bool ok;

	old = NULL;
	against = arguments_value(a, "--against");
	if (against != NULL) {
		old = isth_report_load(against, e);
		if (old == NULL)
			return (false);
	}
	only = arguments_list(a, "--only", &nonly);
	if (only == NULL) {
		isth_report_destroy(old);
		return (fail(e, ENOMEM, "probe", NULL, NULL));
	}
	po.only = nonly > 0 ? only : NULL;
	new_ = isth_probe_run(&po, e);
	if (new_ == NULL)
		ok = false;
	else if (old != NULL)
		ok = isth_report_compare(
		    old, new_, o->format, o->stream, lost, e);
	else
		ok = isth_report_render(new_, o->format, o->stream, e);
	isth_report_destroy(new_);
	isth_report_destroy(old);
	free(only);
	return (ok);
}

/* What a list of the probes does not have. */
static bool
check_together(const struct arguments *a, struct error *e)
{
	return (arguments_not_with(a, "--only", "--list", e) &&
		arguments_not_with(a, "--against", "--list", e) &&
		arguments_not_with(a, "--format", "--list", e));
}

static int
run(const struct arguments *a, struct error *e)
{
	enum isth_area area;
	struct output o;
	size_t lost;
	bool given, ok;

	lost = 0;
	if (!arguments_no_operands(a, e) || !check_together(a, e) ||
	    !area_option(a, &area, &given, e) ||
	    !output_open(&o, a, formats, ISTH_FORMAT_TABLE, true, e))
		return (status_of(e));
	if (arguments_has(a, "--list"))
		ok = list(given ? &area : NULL, o.stream, e);
	else
		ok = measure(a, given ? &area : NULL, &o, &lost, e);
	return (output_end(&o, ok, lost > 0 ? STATUS_NO : STATUS_OK, e));
}

const struct command command_probe = {
	.name = "probe",
	.summary = SUMMARY_PROBE,
	.operands = "",
	.details =
	    "Calls each interface in a child of its own and prints what came\n"
	    "of it: ok, absent, denied, unsupported, unreliable, failed,\n"
	    "crashed, hung or skipped.  Run as root it asks more.  The host is\n"
	    "left as it was.  METADATA_OUT in the environment stands for\n"
	    "--output.",
	.options = options,
	.run = run,
};
