/* isthmus scan: what a source tree uses. */
#include <errno.h>
#include <stdlib.h>

#include "base/fail.h"
#include "cli/command.h"

static const struct option options[] = {
	{ "--sites", NULL, "print every FILE:LINE" },
	{ "--symbol-prefix", "PREFIX",
	    "count calls of PREFIX*, instead of catalogued interfaces" },
	{ "--symbols", "FILE",
	    "count calls of the names in FILE, one a line, instead" },
	{ "--catalogue", NULL, "look for catalogued interfaces, too" },
	{ "--format", "FORMAT", "text (default) or json" },
	{ "--output", "FILE", "write to FILE (format by its ending)" },
	{ NULL, NULL, NULL },
};

static const struct format_name formats[] = {
	{ "text", ISTH_FORMAT_TEXT },
	{ "json", ISTH_FORMAT_JSON },
	{ NULL, ISTH_FORMAT_TEXT },
};

static bool
scan(const struct arguments *a, const char *const *paths, struct output *o,
    struct error *e)
{
	struct isth_scan_options so = { .paths = paths };
	struct isth_scan *s;
	bool ok;

	so.symbol_prefix = arguments_value(a, "--symbol-prefix");
	so.symbols_file = arguments_value(a, "--symbols");
	so.catalogue = arguments_has(a, "--catalogue") ||
		       (so.symbol_prefix == NULL && so.symbols_file == NULL);
	s = isth_scan_run(&so, e);
	if (s == NULL)
		return (false);
	ok = isth_scan_render(
	    s, o->format, arguments_has(a, "--sites"), o->stream, e);
	isth_scan_destroy(s);
	return (ok);
}

static int
run(const struct arguments *a, struct error *e)
{
	struct output o;
	const char **paths;
	size_t n;
	int status;

	paths = arguments_list(a, NULL, &n);
	if (paths == NULL) {
		fail(e, ENOMEM, "scan", NULL, NULL);
		return (STATUS_HOST);
	}
	if (n == 0) {
		fail(e, 0, "scan", NULL, "no directory to scan");
		fail_hint(e, "isthmus scan DIR");
		status = STATUS_USAGE;
	} else if (!output_open(&o, a, formats, ISTH_FORMAT_TEXT, false, e)) {
		status = status_of(e);
	} else {
		status = output_end(&o, scan(a, paths, &o, e), STATUS_OK, e);
	}
	free(paths);
	return (status);
}

const struct command command_scan = {
	.name = "scan",
	.summary = SUMMARY_SCAN,
	.operands = "DIR...",
	.details =
	    "Reads C, C++, Objective-C, Scheme and shell sources below DIR\n"
	    "and counts the functions, system calls, flags, headers and\n"
	    "commands that the catalogue knows.  Comments, strings,\n"
	    "prototypes, definitions, names of macros and #if 0 do not count.",
	.options = options,
	.run = run,
};
