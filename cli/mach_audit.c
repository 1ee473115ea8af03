/*
 * isthmus mach audit: what this kernel lets Mach traps have, and what sources
 * ask of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/table.h"
#include "cli/command.h"
#include "cli/mach.h"
#include "cli/mach_audit.h"

struct audit {
	struct audit_kernel kernel;
	struct audit_calls calls;
};

/* What came of a transport. */
static const char *
state_of(const struct audit_transport *t)
{
	if (t->error == 0)
		return ("works");
	return (t->error < 0 ? "not asked for" : strerror(t->error));
}

/*
 * Text
 */

static bool
transports_text(const struct audit_kernel *k, FILE *out)
{
	static const char *const headings[] = { "TRANSPORT", "HERE",
		"SYSTEM CALL", "COST, getppid(2) = 1", NULL };
	struct table *table = table_create(headings);
	const struct audit_transport *t;
	bool ok = table != NULL;
	size_t i;

	for (i = 0; ok && i < AUDIT_TRANSPORTS; i++) {
		t = &k->transports[i];
		table_row(table);
		table_cell(table, TONE_BOLD, t->name);
		table_cell(
		    table, t->error == 0 ? TONE_GOOD : TONE_DIM, state_of(t));
		if (t->number > 0)
			table_cellf(table, TONE_PLAIN, "%d", t->number);
		else
			table_cell(table, TONE_PLAIN, "");
		if (t->ratio > 0)
			table_cellf(table, TONE_PLAIN, "%.2f", t->ratio);
	}
	ok = ok && table_render(table, out);
	table_destroy(table);
	return (ok);
}

static bool
kernel_text(const struct audit_kernel *k, FILE *out)
{
	size_t i;

	if (!k->module)
		return (fputs("The kernel: mach.ko is not loaded, and nothing "
			      "is known but by trying.\n",
			    out) >= 0);
	if (!transports_text(k, out))
		return (false);
	fputs("\nEach number was asked for when the module was loaded, and "
	      "given back:\n",
	    out);
	for (i = 0; i < AUDIT_LISTS; i++)
		fprintf(out, "  %s: %s\n", k->lists[i].what,
		    k->lists[i].numbers[0] != '\0' ? k->lists[i].numbers
						   : "none");
	if (k->reserved_error != 0)
		fprintf(out, "  asking for a RESERVED one gives: %s\n",
		    strerror(k->reserved_error));
	if (k->evfilt != 0)
		fprintf(out, "EVFILT_MACHPORT is filter %d.\n", k->evfilt);
	else
		fputs("EVFILT_MACHPORT has no number: sysctl mach.evfilt.\n",
		    out);
	fputs(k->border ? "Threads can be suspended and looked into.\n"
			: "Threads cannot be suspended or looked into: that "
			  "is for FreeBSD 14.0 and later.\n",
	    out);
	fputs(k->exceptions ? "Exception handlers are told of faults.\n"
			    : "Exception handlers are not told of faults.\n",
	    out);
	return (ferror(out) == 0);
}

static struct table *
calls_table(const struct audit_calls *c)
{
	const char **headings = calloc(c->ntrees + 5, sizeof(*headings));
	struct table *table;
	size_t i;

	if (headings == NULL)
		return (NULL);
	headings[0] = "CALL";
	headings[1] = "IN XNU";
	headings[2] = "HERE";
	for (i = 0; i < c->ntrees; i++)
		headings[3 + i] = c->trees[i];
	headings[3 + c->ntrees] = "ALL";
	table = table_create(headings);
	free(headings);
	return (table);
}

struct sums {
	size_t all, traps, messages, refused;
};

/* A call that has both ways is one by trap. */
static struct sums
calls_sum(const struct audit_calls *c)
{
	struct sums s = { 0 };
	size_t i, n;

	for (i = 0; i < c->ncalls; i++) {
		n = c->calls[i].total;
		s.all += n;
		if (c->calls[i].trap != 0)
			s.traps += n;
		else if (c->calls[i].message != 0)
			s.messages += n;
		if (strcmp(c->calls[i].status, "refused") == 0)
			s.refused += n;
	}
	return (s);
}

static bool
calls_text(const struct audit_calls *c, FILE *out)
{
	struct table *table = calls_table(c);
	struct sums s = calls_sum(c);
	size_t i, k;
	const struct audit_call *call;
	bool ok;

	if (table == NULL)
		return (false);
	for (i = 0; i < c->ncalls && c->calls[i].total != 0; i++) {
		call = &c->calls[i];
		table_row(table);
		table_cell(table, TONE_BOLD, call->name);
		table_cell(table, TONE_PLAIN, audit_call_way(call));
		table_cell(table,
		    strcmp(call->status, "refused") == 0 ? TONE_BAD : TONE_GOOD,
		    call->status);
		for (k = 0; k < c->ntrees; k++)
			table_cellf(table, TONE_PLAIN, "%zu", call->counts[k]);
		table_cellf(table, TONE_PLAIN, "%zu", call->total);
	}
	ok = table_render(table, out);
	table_destroy(table);
	fprintf(out,
	    "%zu functions, %zu calls: %zu by trap, %zu by message alone; %zu "
	    "of functions that are refused\n",
	    i, s.all, s.traps, s.messages, s.refused);
	return (ok && ferror(out) == 0);
}

static bool
text(const struct audit *a, FILE *out, struct error *e)
{
	if (!kernel_text(&a->kernel, out) ||
	    (a->calls.ntrees != 0 &&
		(fputc('\n', out) == EOF || !calls_text(&a->calls, out))))
		return (fail(e, errno, "write the audit", NULL, NULL));
	return (true);
}

/*
 * JSON
 */

static json_t *
kernel_json(const struct audit_kernel *k)
{
	json_t *transports = json_array(), *numbers = json_object();
	const struct audit_transport *t;
	size_t i;

	if (!k->module) {
		json_decref(transports);
		json_decref(numbers);
		return (json_null());
	}
	for (i = 0; i < AUDIT_TRANSPORTS; i++) {
		t = &k->transports[i];
		json_array_append_new(transports,
		    json_pack("{s:s, s:b, s:i, s:i, s:o}", "name", t->name,
			"works", t->error == 0, "error", t->error,
			"system_call", t->number, "ratio_to_getppid",
			t->ratio > 0 ? json_real(t->ratio) : json_null()));
	}
	for (i = 0; i < AUDIT_LISTS; i++)
		json_object_set_new(numbers, k->lists[i].name,
		    json_string(k->lists[i].numbers));
	return (json_pack("{s:o, s:o, s:i, s:i, s:b, s:b}", "transports",
	    transports, "numbers", numbers, "reserved_error", k->reserved_error,
	    "evfilt", k->evfilt, "threads_can_be_held", k->border,
	    "exceptions_delivered", k->exceptions));
}

static json_t *
calls_json(const struct audit_calls *c)
{
	json_t *calls = json_array(), *counts;
	const struct audit_call *call;
	size_t i, k;

	for (i = 0; i < c->ncalls && c->calls[i].total != 0; i++) {
		call = &c->calls[i];
		counts = json_object();
		for (k = 0; k < c->ntrees; k++)
			json_object_set_new(counts, c->trees[k],
			    json_integer((json_int_t)call->counts[k]));
		json_array_append_new(
		    calls, json_pack("{s:s, s:i, s:i, s:s, s:o, s:I}", "name",
			       call->name, "trap", call->trap, "message",
			       call->message, "status", call->status, "counts",
			       counts, "total", (json_int_t)call->total));
	}
	return (calls);
}

static bool
json(const struct audit *a, FILE *out, struct error *e)
{
	json_t *root = json_pack("{s:s, s:o, s:o}", "format",
	    "isthmus-mach-audit-1", "kernel", kernel_json(&a->kernel), "calls",
	    calls_json(&a->calls));
	bool ok;

	if (root == NULL)
		return (fail(e, ENOMEM, "write the audit", NULL, NULL));
	ok = json_write(root, out, e);
	json_decref(root);
	return (ok);
}

static const struct option options[] = {
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
audit(const char *const *trees, struct output *o, struct error *e)
{
	struct audit a = { 0 };
	bool ok;

	ok = audit_kernel_read(&a.kernel, e) &&
	     (trees[0] == NULL || audit_calls_read(&a.calls, trees, e)) &&
	     (o->format == ISTH_FORMAT_JSON ? json(&a, o->stream, e)
					    : text(&a, o->stream, e));
	audit_calls_clear(&a.calls);
	audit_kernel_clear(&a.kernel);
	return (ok);
}

static int
run(const struct arguments *args, struct error *e)
{
	struct output o;
	const char **trees;
	size_t n;
	int status;

	trees = arguments_list(args, NULL, &n);
	if (trees == NULL) {
		fail(e, ENOMEM, "read the command line", NULL, NULL);
		return (STATUS_HOST);
	}
	if (!output_open(&o, args, formats, ISTH_FORMAT_TEXT, false, e)) {
		status = status_of(e);
	} else {
		status = output_end(&o, audit(trees, &o, e), STATUS_OK, e);
	}
	free(trees);
	return (status);
}

const struct command command_mach_audit = {
	.name = "mach audit",
	.summary = "what this kernel lets Mach traps have, what sources need",
	.operands = "[SRC...]",
	.details =
	    "Of the kernel, where mach.ko is loaded: which ways into it work, "
	    "what a trap\ncosts by each, and the system calls and kqueue "
	    "filters that a module can have;\nthe module tried each.  Of "
	    "sources below SRC, each for itself: how often they\ncall what "
	    "Mach has, by trap or by message, and whether it is there.",
	.options = options,
	.run = run,
};
