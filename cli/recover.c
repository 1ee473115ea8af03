/* isthmus recover: undoes what dead executors left. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "build/build.h"
#include "cli/command.h"

static const struct option options[] = {
	{ "--state", "DIR", "the state directory" },
	{ "--dry-run", NULL, "only tell what would be undone", 'n' },
	{ "--json", NULL, "one JSON object a line" },
	{ NULL, NULL, NULL },
};

struct recover {
	bool json;
	size_t told;
};

/* Names in it may be an enemy's. */
static void
tell(void *context, const char *line)
{
	struct recover *r = context;
	json_t *o;
	char *copy;

	copy = strdup(line);
	if (copy == NULL)
		return;
	text_make_printable(copy);
	if (r->json) {
		o = json_pack("{ss ss}", "event", "undo", "text", copy);
		(void)json_dumpf(o, stdout, JSON_COMPACT);
		json_decref(o);
		putchar('\n');
	} else {
		puts(copy);
	}
	free(copy);
	r->told++;
}

static int
run(const struct arguments *a, struct error *e)
{
	struct isth_build_options o = { 0 };
	struct recover r = { 0 };
	size_t left;
	bool dry_run, ok;

	if (!arguments_no_operands(a, e))
		return (STATUS_USAGE);
	o.state = arguments_value(a, "--state");
	r.json = arguments_has(a, "--json");
	dry_run = arguments_has(a, "--dry-run");
	left = 0;
	ok = isth_recover(&o, dry_run, tell, &r, &left, e);
	if (r.json && ok)
		printf(
		    "{\"event\":\"recovered\",\"dry_run\":%s,\"left\":%zu}\n",
		    dry_run ? "true" : "false", left);
	else if (ok && r.told == 0)
		puts("nothing to undo");
	if (!ok)
		return (STATUS_HOST);
	if (left > 0) {
		fail(e, 0, "recover", NULL, "%zu thing%s could not be undone",
		    left, left == 1 ? "" : "s");
		fail_hint(e, "isthmus recover, as root");
		return (STATUS_HOST);
	}
	return (STATUS_OK);
}

const struct command command_recover = {
	.name = "recover",
	.summary = "undo what builds left whose executor died",
	.operands = "",
	.details =
	    "Every start of isthmus build does the same first.  Builds whose\n"
	    "executor lives are left alone.",
	.options = options,
	.run = run,
};
