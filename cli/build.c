/* isthmus build: options and specs, then the executor. */
#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "cli/build.h"
#include "cli/command.h"

static const struct option options[] = {
	{ "--jobs", "N", "builds at the same time; 1 when not given", 'j' },
	{ "--state", "DIR", "where journals, locks and logs are" },
	{ "--pool", "FIRST-LAST", "uids to build under; 35001-35032" },
	{ "--keep-failed", "[DIR]",
	    "keep what a failed build left, below DIR" },
	{ "--check", NULL, "build twice and compare" },
	{ "--json", NULL, "events and results, one JSON object a line" },
	{ "--explain", NULL, "print the steps and their undo; build nothing" },
	{ "--format", "FORMAT", "with --explain: text (default) or json" },
	{ "--sync", NULL, "bring outputs to the disk before they appear" },
	{ "--trace", NULL, "tell how long each step took" },
	{ "--nix", NULL, "the specs are build.json of Nix" },
	{ "--log-compression", "HOW", "gzip or zstd" },
	{ "--network-bridge", "IF", "FreeBSD: bridge for fixed-output builds" },
	{ "--verify-isolation", NULL,
	    "two builds that try what must not work; no SPEC" },
	{ NULL, NULL, NULL },
};

enum { JOBS_MAX = 65536, UID_LOWEST = 1000 };

/* A whole number in decimal and nothing else. */
static bool
number(const char *s, size_t len, unsigned long max, unsigned long *value)
{
	size_t i;

	if (len == 0 || len > 10)
		return (false);
	for (*value = i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (false);
		*value = *value * 10 + (unsigned long)(s[i] - '0');
	}
	return (*value <= max);
}

static bool
read_jobs(
    const struct arguments *a, struct isth_build_options *o, struct error *e)
{
	unsigned long n;
	const char *s;

	s = arguments_value(a, "--jobs");
	if (s == NULL)
		return (true);
	if (!number(s, strlen(s), JOBS_MAX, &n) || n == 0)
		return (fail(
		    e, 0, "--jobs", s, "not a number from 1 to %d", JOBS_MAX));
	o->jobs = (unsigned)n;
	return (true);
}

static bool
read_pool(
    const struct arguments *a, struct isth_build_options *o, struct error *e)
{
	unsigned long first, last;
	const char *dash, *s;

	s = arguments_value(a, "--pool");
	if (s == NULL)
		return (true);
	dash = strchr(s, '-');
	if (dash == NULL || !number(s, (size_t)(dash - s), INT32_MAX, &first) ||
	    !number(dash + 1, strlen(dash + 1), INT32_MAX, &last)) {
		fail(e, 0, "--pool", s, "not a range of uids");
		return (fail_hint(e, "--pool 35001-35032"));
	}
	if (first < UID_LOWEST)
		return (fail(e, 0, "--pool", s,
		    "uids below %d are people's and the system's", UID_LOWEST));
	if (last < first)
		return (fail(e, 0, "--pool", s, "it ends before it begins"));
	o->pool_first = (uid_t)first;
	o->pool_last = (uid_t)last;
	return (true);
}

static bool
read_compression(
    const struct arguments *a, struct isth_build_options *o, struct error *e)
{
	static const char *const names[] = { "none", "gzip", "zstd" };
	const char *nearest, *s;
	size_t i;

	s = arguments_value(a, "--log-compression");
	if (s == NULL)
		return (true);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(s, names[i]) == 0) {
			o->log_compression = (enum isth_compression)i;
			return (true);
		}
	}
	fail(e, 0, "--log-compression", s, "not gzip or zstd");
	nearest = text_nearest(s, names, sizeof(names) / sizeof(names[0]));
	if (nearest != NULL)
		fail_hint(e, "%s", nearest);
	return (false);
}

/* Who ran sudo(8), and not root, gets what --keep-failed keeps. */
static void
read_caller(struct isth_build_options *o)
{
	const char *gid, *uid;
	unsigned long g, u;

	o->keep_uid = getuid();
	o->keep_gid = getgid();
	uid = getenv("SUDO_UID");
	gid = getenv("SUDO_GID");
	if (geteuid() != 0 || uid == NULL || gid == NULL)
		return;
	if (!number(uid, strlen(uid), INT32_MAX, &u) ||
	    !number(gid, strlen(gid), INT32_MAX, &g))
		return;
	o->keep_uid = (uid_t)u;
	o->keep_gid = (gid_t)g;
}

/* Combinations that can only be a mistake. */
static bool
check_together(const struct arguments *a, size_t nspecs, struct error *e)
{
	const char *format;

	if (!arguments_only_with(a, "--format", "--explain", e))
		return (false);
	format = arguments_value(a, "--format");
	if (format != NULL && strcmp(format, "text") != 0 &&
	    strcmp(format, "json") != 0)
		return (fail(e, 0, "--format", format, "not text or json"));
	if (arguments_has(a, "--verify-isolation")) {
		if (nspecs > 0)
			return (fail(e, 0, "--verify-isolation",
			    arguments_value(a, NULL), "takes no spec"));
		return (true);
	}
	if (nspecs == 0) {
		fail(e, 0, "build", NULL, "no spec to build");
		return (fail_hint(e, "isthmus build SPEC"));
	}
	return (true);
}

/* *keep_in is to be freed: builds run long, and a cwd may go meanwhile. */
static bool
read_options(const struct arguments *a, struct isth_build_options *o,
    char **keep_in, struct error *e)
{
	const char *keep;

	o->state = arguments_value(a, "--state");
	o->network_bridge = arguments_value(a, "--network-bridge");
	keep = arguments_value(a, "--keep-failed");
	o->keep_failed = keep != NULL;
	if (keep != NULL && keep[0] != '\0') {
		*keep_in = realpath(keep, NULL);
		if (*keep_in == NULL)
			return (fail(e, errno, "--keep-failed", keep, NULL));
		o->keep_in = *keep_in;
	}
	o->check = arguments_has(a, "--check");
	o->sync = arguments_has(a, "--sync");
	o->trace = arguments_has(a, "--trace");
	read_caller(o);
	return (read_jobs(a, o, e) && read_pool(a, o, e) &&
		read_compression(a, o, e));
}

/* ---- specs ---- */

struct specs {
	struct isth_build_spec **items;
	size_t n;
};

static void
specs_destroy(struct specs *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		isth_build_spec_destroy(s->items[i]);
	free(s->items);
}

/* One bad spec: a line for people, a result for programs. */
static void
reject(struct watch *w, const char *name, const struct error *e)
{
	static const struct isth_measure none = { -1, "the build never began" };
	struct isth_build_result r = {
		.name = name,
		.id = "",
		.outcome = ISTH_OUTCOME_INPUT_REJECTED,
		.status = ISTH_STATUS_BAD_SPEC,
		.error = *e,
		.exit_code = -1,
		.uid = (uid_t)-1,
		.wall_ns = none,
		.user_ns = none,
		.system_ns = none,
		.peak_memory_bytes = none,
		.block_read_bytes = none,
		.block_written_bytes = none,
		.processes = none,
		.log_bytes = none,
	};
	struct isth_build_event ev = {
		.kind = ISTH_EVENT_RESULT, .name = name, .id = "", .result = &r
	};

	isth_error_print(stderr, "isthmus", e);
	if (w->mode == WATCH_JSON)
		watch_event(w, &ev);
}

/* Every spec is read and every bad one named, before anything else. */
static bool
specs_load(struct specs *s, const char *const *paths, size_t n, bool nix,
    struct watch *w)
{
	enum isth_spec_format format;
	struct error e;
	bool ok;
	size_t i;

	format = nix ? ISTH_SPEC_NIX : ISTH_SPEC_ISTHMUS;
	s->items = calloc(n + 1, sizeof(*s->items));
	if (s->items == NULL)
		return (false);
	ok = true;
	for (i = 0; i < n; i++) {
		e = (struct error){ 0 };
		s->items[s->n] = isth_build_spec_load(paths[i], format, &e);
		if (s->items[s->n] != NULL) {
			s->n++;
			continue;
		}
		reject(w, paths[i], &e);
		ok = false;
	}
	return (ok);
}

/* The same of what only the host can tell; nothing begins before loop_run. */
static bool
specs_add(struct specs *s, struct isth_executor *ex, struct watch *w)
{
	struct error e;
	size_t i;
	bool ok;

	ok = true;
	for (i = 0; i < s->n; i++) {
		e = (struct error){ 0 };
		if (isth_executor_add(ex, s->items[i], &e))
			continue;
		reject(w, isth_build_spec_name(s->items[i]), &e);
		ok = false;
	}
	return (ok);
}

/* ---- run ---- */

static int
explain(
    const struct specs *s, struct isth_executor *ex, bool json, struct error *e)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (!isth_executor_explain(ex, s->items[i], json, stdout, e))
			return (ISTH_STATUS_BAD_SPEC);
	}
	return (0);
}

static int
build(
    struct specs *s, struct isth_executor *ex, struct watch *w, struct error *e)
{
	int signal = 0;
	bool ok;

	if (!specs_add(s, ex, w)) {
		/* Programs get a result of each; people see the bad ones. */
		w->muted = w->mode != WATCH_JSON;
		isth_executor_cancel(ex, "another spec is bad");
		(void)isth_executor_run(ex, -1, e);
		return (ISTH_STATUS_BAD_SPEC);
	}
	ok = loop_run(ex, w, &signal, e);
	watch_summary(w);
	loop_drain(w, &signal);
	if (!ok || w->out_closed)
		return (ISTH_STATUS_REFUSED);
	if (signal == 0)
		return (watch_status(w));
	watch_say(w, "ended by a signal; nothing of the builds is left");
	return (128 + signal);
}

static int
run_specs(const struct arguments *a, struct isth_build_options *o,
    struct specs *s, struct watch *w, struct error *e)
{
	struct isth_executor *ex;
	bool json;
	int status;

	if (!loop_signals(e))
		return (ISTH_STATUS_REFUSED);
	o->look = arguments_has(a, "--explain");
	ex = isth_executor_create(o, e);
	if (ex == NULL)
		return (ISTH_STATUS_REFUSED);
	if (arguments_has(a, "--explain")) {
		json = arguments_has(a, "--json") ||
		       (arguments_has(a, "--format") &&
			   strcmp(arguments_value(a, "--format"), "json") == 0);
		status = explain(s, ex, json, e);
	} else {
		status = build(s, ex, w, e);
	}
	isth_executor_destroy(ex);
	return (status);
}

static enum watch_mode
mode_of(const struct arguments *a)
{
	if (arguments_has(a, "--explain"))
		return (WATCH_PLAIN);
	if (arguments_has(a, "--json"))
		return (WATCH_JSON);
	return (progress_possible(stdout) ? WATCH_TERMINAL : WATCH_PLAIN);
}

/* All that was told is read, or it is said that it was not. */
static int
finish_output(struct watch *w, int status, struct error *e)
{
	int signal = 0;

	loop_drain(w, &signal);
	if (!w->out_closed || e->step[0] != '\0')
		return (status);
	/* Told here, so that it is not told again at the end. */
	clearerr(w->out);
	fail(e, w->out_errno, "write standard output", NULL, NULL);
	if (watch_waiting(w) > 0)
		fail_hint(
		    e, "read the %zu bytes that were left", watch_waiting(w));
	return (ISTH_STATUS_REFUSED);
}

static int
run_build(const struct arguments *a, const char *const *paths, size_t n,
    const struct isth_build_options *given, struct error *e)
{
	struct isth_build_options o = *given;
	struct specs specs = { 0 };
	struct watch watch;
	int status;

	watch_init(&watch, mode_of(a), stdout);
	watch.tracing = o.trace;
	/* A packed log cannot be read back for its end. */
	if (o.log_compression != ISTH_COMPRESSION_NONE)
		watch.tail_max = TAIL_LINES;
	o.lines = watch.tail_max > 0 || watch.mode == WATCH_JSON;
	o.event = watch_event;
	o.context = &watch;
	if (specs_load(&specs, paths, n, arguments_has(a, "--nix"), &watch))
		status = run_specs(a, &o, &specs, &watch, e);
	else
		status = ISTH_STATUS_BAD_SPEC;
	status = finish_output(&watch, status, e);
	specs_destroy(&specs);
	watch_clear(&watch);
	return (status);
}

static int
run(const struct arguments *a, struct error *e)
{
	struct isth_build_options o = { 0 };
	const char **paths;
	char *keep_in;
	size_t n;
	int status;

	paths = arguments_list(a, NULL, &n);
	if (paths == NULL) {
		fail(e, ENOMEM, "build", NULL, NULL);
		return (STATUS_HOST);
	}
	keep_in = NULL;
	if (!read_options(a, &o, &keep_in, e) || !check_together(a, n, e))
		status = status_of(e);
	else if (arguments_has(a, "--verify-isolation"))
		status = verify_isolation(&o, e);
	else
		status = run_build(a, paths, n, &o, e);
	free(keep_in);
	free(paths);
	return (status);
}

const struct command command_build = {
	.name = "build",
	.summary = "run untrusted builds, each alone under its own uid",
	.operands = "SPEC...",
	.details =
	    "Runs each build with its declared inputs only, under a uid of its\n"
	    "own, and leaves the host as it was plus finished outputs.  Specs\n"
	    "are isthmus-build(5); all are checked before anything begins.\n"
	    "Exit status: 0 built, 100 failed (+1 a deadline, +2 a hash, +4\n"
	    "not the same twice), 2 a bad spec, 3 the host refused, 128+N\n"
	    "ended by signal N, cleanly.",
	.options = options,
	.run = run,
};
