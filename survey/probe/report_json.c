/*
 * Reports as JSON, `isthmus.probe/1`.  Reading is strict: what is not the
 * format is an error with its JSON path, since a report is compared and
 * joined long after the host that wrote it is gone.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "survey/probe/report.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Milliseconds need no more digits. */
#define DUMP_FLAGS (JSON_REAL_PRECISION(6))

static json_t *
host_json(const struct isth_host *host)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "system",
	    host->system, "release", host->release, "version", host->version,
	    "machine", host->machine, "filesystem", host->filesystem, "uid",
	    (json_int_t)host->uid));
}

static json_t *
result_json(const struct isth_probe_result *r)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:f}", "id", r->id,
	    "area", isth_area_name(r->area), "interface", r->interface_id,
	    "state", isth_state_name(r->state), "errno", r->err, "detail",
	    r->detail, "ms", r->ms));
}

/* Writes and releases; NULL is "no memory". */
static bool
dump(json_t *value, size_t flags, FILE *out, struct error *e)
{
	bool good;

	if (value == NULL)
		return (fail(e, ENOMEM, "write probe report", NULL, NULL));
	good = json_dumpf(value, out, flags | DUMP_FLAGS) == 0 &&
	       fputc('\n', out) != EOF;
	json_decref(value);
	if (!good)
		return (fail(e, errno, "write probe report", NULL, NULL));
	return (true);
}

bool
report_render_json(const struct isth_report *rep, FILE *out, struct error *e)
{
	json_t *root, *probes;
	size_t i;

	probes = json_array();
	for (i = 0; probes != NULL && i < rep->nresults; i++) {
		if (json_array_append_new(
			probes, result_json(&rep->results[i])) != 0) {
			json_decref(probes);
			probes = NULL;
		}
	}
	root = probes == NULL
		   ? NULL
		   : json_pack("{s:s, s:o, s:o}", "version", REPORT_VERSION,
			 "host", host_json(&rep->host), "probes", probes);
	return (dump(root, JSON_INDENT(2), out, e));
}

/* A line for the host, then one for each probe. */
bool
report_render_ndjson(const struct isth_report *rep, FILE *out, struct error *e)
{
	size_t i;

	if (!dump(json_pack("{s:s, s:o}", "version", REPORT_VERSION, "host",
		      host_json(&rep->host)),
		JSON_COMPACT, out, e))
		return (false);
	for (i = 0; i < rep->nresults; i++) {
		if (!dump(result_json(&rep->results[i]), JSON_COMPACT, out, e))
			return (false);
	}
	return (true);
}

static json_t *
state_json(const struct isth_probe_result *r)
{
	return (
	    r == NULL ? json_null() : json_string(isth_state_name(r->state)));
}

bool
report_compare_json(const struct isth_report *old,
    const struct isth_report *new_, const struct report_change *c, size_t n,
    size_t lost, FILE *out, struct error *e)
{
	json_t *changes;
	size_t i;

	changes = json_array();
	for (i = 0; changes != NULL && i < n; i++) {
		if (json_array_append_new(changes,
			json_pack("{s:s, s:s, s:o, s:o, s:s}", "id", c[i].id,
			    "change", c[i].what, "old", state_json(c[i].was),
			    "new", state_json(c[i].is), "detail",
			    c[i].is != NULL ? c[i].is->detail : "")) != 0) {
			json_decref(changes);
			changes = NULL;
		}
	}
	if (changes == NULL)
		return (fail(e, ENOMEM, "write comparison", NULL, NULL));
	return (dump(json_pack("{s:s, s:o, s:o, s:I, s:o}", "version",
			 "isthmus.probe-compare/1", "old",
			 host_json(&old->host), "new", host_json(&new_->host),
			 "lost", (json_int_t)lost, "changes", changes),
	    JSON_INDENT(2), out, e));
}

/* A string that may be printed as it is: no control characters. */
static bool
want_line(const json_t *object, const char *at, const char *key,
    const char **value, struct error *e)
{
	char path[512];
	const char *s;

	if (!json_want_string(object, at, key, value, e))
		return (false);
	for (s = *value; *s != '\0'; s++) {
		/* The C1 controls are two bytes in UTF-8, the first C2. */
		if ((unsigned char)*s >= 0x20 && *s != 0x7f &&
		    !((unsigned char)*s == 0xc2 && (unsigned char)s[1] < 0xa0))
			continue;
		(void)snprintf(path, sizeof(path), "%s.%s", at, key);
		return (fail(e, 0, "read probe report", path,
		    "holds a control character"));
	}
	return (true);
}

/* Such a string of at least one byte, that fits; copied to `buf`. */
static bool
want_field(const json_t *object, const char *at, const char *key, char *buf,
    size_t size, struct error *e)
{
	char path[512];
	const char *s;

	if (!want_line(object, at, key, &s, e))
		return (false);
	if (strlen(s) >= size) {
		(void)snprintf(path, sizeof(path), "%s.%s", at, key);
		return (fail(e, 0, "read probe report", path,
		    "longer than %zu bytes", size - 1));
	}
	(void)snprintf(buf, size, "%s", s);
	return (true);
}

/* Such a string of at least one byte, as a copy. */
static bool
want_copy(const json_t *object, const char *at, const char *key, bool filled,
    char **copy, struct error *e)
{
	char path[512];
	const char *s;

	if (!want_line(object, at, key, &s, e))
		return (false);
	if (filled && *s == '\0') {
		(void)snprintf(path, sizeof(path), "%s.%s", at, key);
		return (fail(e, 0, "read probe report", path, "empty"));
	}
	*copy = strdup(s);
	if (*copy == NULL)
		return (fail(e, ENOMEM, "read probe report", NULL, NULL));
	return (true);
}

static bool
read_host(const json_t *root, struct isth_host *h, struct error *e)
{
	static const char *const keys[] = { "system", "release", "version",
		"machine", "filesystem", "uid" };
	static const char at[] = "$.host";
	const json_t *host;
	json_int_t uid;

	if (!json_want_object(root, "$", "host", &host, e) ||
	    !json_only_keys(host, at, keys, COUNT(keys), e) ||
	    !want_field(host, at, "system", h->system, sizeof(h->system), e) ||
	    !want_field(
		host, at, "release", h->release, sizeof(h->release), e) ||
	    !want_field(
		host, at, "version", h->version, sizeof(h->version), e) ||
	    !want_field(
		host, at, "machine", h->machine, sizeof(h->machine), e) ||
	    !want_field(host, at, "filesystem", h->filesystem,
		sizeof(h->filesystem), e) ||
	    !json_want_integer(host, at, "uid", 0, UINT32_MAX, &uid, e))
		return (false);
	h->uid = (unsigned)uid;
	return (true);
}

/* The key of the first harness is known by the probe's id. */
static bool
read_kv(struct isth_probe_result *r, struct error *e)
{
	const struct isth_probe_info *info;
	size_t i, n;

	info = isth_probes(&n);
	for (i = 0; i < n; i++) {
		if (info[i].kv == NULL || strcmp(info[i].id, r->id) != 0)
			continue;
		r->kv = strdup(info[i].kv);
		if (r->kv == NULL)
			return (
			    fail(e, ENOMEM, "read probe report", NULL, NULL));
		break;
	}
	return (true);
}

static bool
read_result(const json_t *probe, const char *at, struct isth_probe_result *r,
    struct error *e)
{
	static const char *const keys[] = { "id", "area", "interface", "state",
		"errno", "detail", "ms" };
	const char *area, *state;
	char path[64];
	json_int_t err;

	if (!json_is_object(probe))
		return (fail(e, 0, "read probe report", at, "not an object"));
	if (!json_only_keys(probe, at, keys, COUNT(keys), e) ||
	    !want_copy(probe, at, "id", true, &r->id, e) ||
	    !want_line(probe, at, "area", &area, e) ||
	    !want_copy(probe, at, "interface", true, &r->interface_id, e) ||
	    !want_line(probe, at, "state", &state, e) ||
	    !json_want_integer(probe, at, "errno", 0, INT32_MAX, &err, e) ||
	    !want_copy(probe, at, "detail", false, &r->detail, e) ||
	    !json_want_number(probe, at, "ms", &r->ms, e))
		return (false);
	r->err = (int)err;
	if (!isth_area_parse(area, &r->area)) {
		(void)snprintf(path, sizeof(path), "%s.area", at);
		return (fail(e, 0, "read probe report", path,
		    "\"%s\" is no area", area));
	}
	if (!isth_state_parse(state, &r->state)) {
		(void)snprintf(path, sizeof(path), "%s.state", at);
		return (fail(e, 0, "read probe report", path,
		    "\"%s\" is no state", state));
	}
	if (!(r->ms >= 0) || isinf(r->ms)) {
		(void)snprintf(path, sizeof(path), "%s.ms", at);
		return (fail(e, 0, "read probe report", path, "negative"));
	}
	return (read_kv(r, e));
}

static int
pointer_order(const void *a, const void *b)
{
	const struct isth_probe_result *const *x = a, *const *y = b;
	int order = strcmp((*x)->id, (*y)->id);

	if (order != 0)
		return (order);
	return (*x < *y ? -1 : *x > *y);
}

/* No id twice: which of the two would be compared? */
static bool
check_unique(const struct isth_report *rep, struct error *e)
{
	const struct isth_probe_result **sorted;
	char path[64];
	bool good = true;
	size_t i;

	sorted = calloc(rep->nresults + 1, sizeof(*sorted));
	if (sorted == NULL)
		return (fail(e, ENOMEM, "read probe report", NULL, NULL));
	for (i = 0; i < rep->nresults; i++)
		sorted[i] = &rep->results[i];
	qsort(sorted, rep->nresults, sizeof(*sorted), pointer_order);
	for (i = 1; good && i < rep->nresults; i++) {
		if (strcmp(sorted[i - 1]->id, sorted[i]->id) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "$.probes[%zu].id",
		    (size_t)(sorted[i] - rep->results));
		good = fail(e, 0, "read probe report", path,
		    "\"%s\" is there twice", sorted[i]->id);
	}
	free(sorted);
	return (good);
}

static bool
read_report(const json_t *root, struct isth_report *rep, struct error *e)
{
	static const char *const keys[] = { "version", "host", "probes" };
	const json_t *probes;
	const char *version;
	char at[48];
	size_t i, n;

	if (!json_want_string(root, "$", "version", &version, e))
		return (false);
	if (strcmp(version, REPORT_VERSION) != 0)
		return (fail(e, 0, "read probe report", "$.version",
		    "not \"%s\"", REPORT_VERSION));
	if (!json_only_keys(root, "$", keys, COUNT(keys), e) ||
	    !read_host(root, &rep->host, e) ||
	    !json_want_array(root, "$", "probes", &probes, e))
		return (false);
	n = json_array_size(probes);
	rep->results = calloc(n + 1, sizeof(*rep->results));
	if (rep->results == NULL)
		return (fail(e, ENOMEM, "read probe report", NULL, NULL));
	for (i = 0; i < n; i++) {
		(void)snprintf(at, sizeof(at), "$.probes[%zu]", i);
		rep->nresults = i + 1;
		if (!read_result(
			json_array_get(probes, i), at, &rep->results[i], e))
			return (false);
	}
	return (check_unique(rep, e));
}

/* Takes over `root`. */
static struct isth_report *
report_of(json_t *root, const char *name, struct error *e)
{
	struct isth_report *rep;

	if (root == NULL) {
		(void)fail_context(e, "read probe report");
		return (NULL);
	}
	rep = calloc(1, sizeof(*rep));
	if (rep == NULL) {
		(void)fail(e, ENOMEM, "read probe report", name, NULL);
	} else if (!read_report(root, rep, e)) {
		/* The path is the JSON path by now. */
		(void)fail_context(e, "%s", name);
		isth_report_destroy(rep);
		rep = NULL;
	}
	json_decref(root);
	return (rep);
}

struct isth_report *
report_parse(const char *data, size_t len, const char *name, struct error *e)
{
	return (report_of(json_parse(data, len, name, e), name, e));
}

struct isth_report *
isth_report_load(const char *path, struct error *e)
{
	return (report_of(json_read(path, e), path, e));
}
