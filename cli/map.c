/* isthmus map: the porting map of a consumer or of a source tree. */
#include <errno.h>
#include <stdlib.h>

#include "base/fail.h"
#include "cli/command.h"

static const struct option options[] = {
	{ "--consumer", "NAME", "map a program whose needs are known" },
	{ "--scan", "DIR", "map the sources below DIR; may be repeated" },
	{ "--probe", "FILE",
	    "a saved JSON report of the kernel; without it this one is "
	    "measured" },
	{ "--other", "FILE",
	    "a saved JSON report of a second kernel to compare with" },
	{ "--format", "FORMAT", "text (default), markdown, html, json or kv" },
	{ "--output", "FILE", "write to FILE (format by its ending)" },
	{ NULL, NULL, NULL },
};

static const struct format_name formats[] = {
	{ "text", ISTH_FORMAT_TEXT },
	{ "markdown", ISTH_FORMAT_MARKDOWN },
	{ "html", ISTH_FORMAT_HTML },
	{ "json", ISTH_FORMAT_JSON },
	{ "kv", ISTH_FORMAT_KV },
	{ NULL, ISTH_FORMAT_TEXT },
};

/* What the map is made of; all of it is released by sources_destroy. */
struct sources {
	const struct isth_consumer *consumer;
	struct isth_scan *scan;
	struct isth_report *report;
	struct isth_report *other;
};

static bool
consumer_find(const char *name, struct sources *s, struct error *e)
{
	const struct isth_consumer *all;
	const char **names;
	size_t i, n;

	s->consumer = isth_consumer_find(name);
	if (s->consumer != NULL)
		return (true);
	all = isth_consumers(&n);
	names = calloc(n, sizeof(*names));
	if (names == NULL)
		return (fail(e, ENOMEM, "map", NULL, NULL));
	for (i = 0; i < n; i++)
		names[i] = all[i].name;
	(void)word_unknown("--consumer", name, "consumer", names, n, e);
	free(names);
	return (false);
}

static bool
demand(const struct arguments *a, struct sources *s, struct error *e)
{
	struct isth_scan_options so = { .catalogue = true };
	const char **paths, *name;
	size_t n;

	name = arguments_value(a, "--consumer");
	paths = arguments_list(a, "--scan", &n);
	if (paths == NULL)
		return (fail(e, ENOMEM, "map", NULL, NULL));
	if ((name == NULL) == (n == 0)) {
		free(paths);
		fail(e, 0, "map", NULL, "needs --consumer or --scan%s",
		    name == NULL ? "" : ", not both");
		return (fail_hint(e, "isthmus map --consumer guix-daemon"));
	}
	if (name != NULL) {
		free(paths);
		return (consumer_find(name, s, e));
	}
	so.paths = paths;
	s->scan = isth_scan_run(&so, e);
	free(paths);
	return (s->scan != NULL);
}

static bool
supply(const struct arguments *a, struct sources *s, struct error *e)
{
	struct isth_probe_options po = { 0 };
	const char *other, *probe;

	other = arguments_value(a, "--other");
	probe = arguments_value(a, "--probe");
	if (other != NULL) {
		s->other = isth_report_load(other, e);
		if (s->other == NULL)
			return (false);
	}
	s->report =
	    probe != NULL ? isth_report_load(probe, e) : isth_probe_run(&po, e);
	return (s->report != NULL);
}

static void
sources_destroy(struct sources *s)
{
	isth_scan_destroy(s->scan);
	isth_report_destroy(s->report);
	isth_report_destroy(s->other);
}

static bool
map(const struct arguments *a, struct output *o, struct error *e)
{
	struct isth_map_options mo;
	struct sources s = { 0 };
	struct isth_map *m;
	bool ok;

	ok = demand(a, &s, e) && supply(a, &s, e);
	if (ok) {
		mo.consumer = s.consumer;
		mo.scan = s.scan;
		mo.report = s.report;
		mo.other = s.other;
		m = isth_map_create(&mo, e);
		ok = m != NULL && isth_map_render(m, o->format, o->stream, e);
		isth_map_destroy(m);
	}
	sources_destroy(&s);
	return (ok);
}

static int
run(const struct arguments *a, struct error *e)
{
	struct output o;

	if (!arguments_no_operands(a, e) ||
	    !output_open(&o, a, formats, ISTH_FORMAT_TEXT, false, e))
		return (status_of(e));
	return (output_end(&o, map(a, &o, e), STATUS_OK, e));
}

const struct command command_map = {
	.name = "map",
	.summary = SUMMARY_MAP,
	.operands = "",
	.details =
	    "Joins what a program needs (--consumer or --scan) with what the\n"
	    "kernel gives (measured now, or --probe) and what the catalogue\n"
	    "knows, by functional area, and names the irreducible gaps.",
	.options = options,
	.run = run,
};
