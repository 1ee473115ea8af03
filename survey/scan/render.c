/*
 * A scan as text and as JSON.  The JSON is documented here:
 *
 * { "version": "isthmus.scan/1", "roots": [path], "files": number,
 *   "bytes": number, "symbols": [ { "name", "use", "interface": id or null,
 *   "class": word or null, "count", "files": how many hold it,
 *   "directories": { path: count },
 *   "sites": [ { "file", "line" } ] (when asked for) } ],
 *   "problems": [ { "path", "reason" } ] }
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/table.h"
#include "survey/survey.h"

/*
 * The directories that are counted: those directly below a root, and the
 * root itself for what stands in it.
 */
struct directories {
	char **names; /* sorted, each once */
	size_t n;
	size_t *of_file; /* index into `names` */
	size_t *counts;	 /* by name; scratch of the renderers */
};

/* How much of the path is the root that it is below of. */
static size_t
root_length(const struct isth_scan *scan, const char *path)
{
	size_t i, len, longest = 0;

	for (i = 0; i < scan->nroots; i++) {
		len = strlen(scan->roots[i]);
		if (strncmp(scan->roots[i], path, len) != 0 || len <= longest)
			continue;
		if (path[len] == '/' || (len == 1 && *path == '/'))
			longest = len;
	}
	return (longest);
}

/* The directory that the file counts for; free(3) it. */
static char *
directory_of(const struct isth_scan *scan, const char *path)
{
	const char *slash;
	size_t len;

	len = root_length(scan, path);
	if (len == 0) {
		/* A root itself. */
		slash = strrchr(path, '/');
		if (slash == NULL)
			return (strdup("."));
		return (
		    strndup(path, slash == path ? 1 : (size_t)(slash - path)));
	}
	if (len == 1 && *path == '/')
		len = 0;
	slash = strchr(path + len + 1, '/');
	if (slash != NULL)
		len = (size_t)(slash - path);
	return (strndup(path, len == 0 ? 1 : len));
}

static void
directories_clear(struct directories *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		free(d->names[i]);
	free(d->names);
	free(d->of_file);
	free(d->counts);
}

static int
by_string(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* Sorts the names, drops those that occur twice. */
static void
unite(struct directories *d)
{
	size_t i, n = 0;

	if (d->n == 0)
		return;
	qsort(d->names, d->n, sizeof(*d->names), by_string);
	for (i = 1; i < d->n; i++) {
		if (strcmp(d->names[n], d->names[i]) == 0)
			free(d->names[i]);
		else
			d->names[++n] = d->names[i];
	}
	d->n = n + 1;
}

static bool
directories_init(struct directories *d, const struct isth_scan *scan)
{
	char *name, **found;
	size_t i;

	memset(d, 0, sizeof(*d));
	d->names = calloc(scan->nfiles + 1, sizeof(*d->names));
	d->of_file = calloc(scan->nfiles + 1, sizeof(*d->of_file));
	d->counts = calloc(scan->nfiles + 1, sizeof(*d->counts));
	if (d->names == NULL || d->of_file == NULL || d->counts == NULL)
		return (false);
	for (i = 0; i < scan->nfiles; i++) {
		name = directory_of(scan, scan->files[i]);
		if (name == NULL)
			return (false);
		/* Neighbours are most often in the same directory. */
		if (d->n > 0 && strcmp(d->names[d->n - 1], name) == 0)
			free(name);
		else
			d->names[d->n++] = name;
	}
	unite(d);
	for (i = 0; i < scan->nfiles; i++) {
		name = directory_of(scan, scan->files[i]);
		if (name == NULL)
			return (false);
		found = bsearch(
		    &name, d->names, d->n, sizeof(*d->names), by_string);
		d->of_file[i] = (size_t)(found - d->names);
		free(name);
	}
	return (true);
}

/* Sites of the symbol per directory, into d->counts; returns the files. */
static size_t
count(struct directories *d, const struct isth_scan_symbol *s)
{
	size_t i, files = 0;

	for (i = 0; i < s->nsites; i++) {
		d->counts[d->of_file[s->sites[i].file]]++;
		files += i == 0 || s->sites[i].file != s->sites[i - 1].file;
	}
	return (files);
}

static json_t *
json_of_sites(const struct isth_scan *scan, const struct isth_scan_symbol *s)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < s->nsites; i++) {
		json_array_append_new(
		    list, json_pack("{s:s, s:I}", "file",
			      scan->files[s->sites[i].file], "line",
			      (json_int_t)s->sites[i].line));
	}
	return (list);
}

static json_t *
json_of_symbol(const struct isth_scan *scan, const struct isth_scan_symbol *s,
    struct directories *d, bool sites)
{
	const struct isth_interface *row = s->interface;
	json_t *object, *places = json_object();
	size_t i, files;

	memset(d->counts, 0, d->n * sizeof(*d->counts));
	files = count(d, s);
	for (i = 0; i < d->n; i++) {
		if (d->counts[i] > 0)
			json_object_set_new(places, d->names[i],
			    json_integer((json_int_t)d->counts[i]));
	}
	object = json_pack("{s:s, s:s, s:s?, s:s?, s:I, s:I, s:o}", "name",
	    s->name, "use", isth_use_name(s->use), "interface",
	    row == NULL ? NULL : row->id, "class",
	    row == NULL ? NULL : isth_class_name(row->class_), "count",
	    (json_int_t)s->nsites, "files", (json_int_t)files, "directories",
	    places);
	if (object != NULL && sites)
		json_object_set_new(object, "sites", json_of_sites(scan, s));
	return (object);
}

static bool
render_json(const struct isth_scan *scan, struct directories *d, bool sites,
    FILE *out, struct error *e)
{
	json_t *roots = json_array(), *symbols = json_array();
	json_t *problems = json_array(), *all;
	size_t i;
	bool ok;

	for (i = 0; i < scan->nroots; i++)
		json_array_append_new(roots, json_string(scan->roots[i]));
	for (i = 0; i < scan->nsymbols; i++)
		json_array_append_new(
		    symbols, json_of_symbol(scan, &scan->symbols[i], d, sites));
	for (i = 0; i < scan->nproblems; i++)
		json_array_append_new(problems,
		    json_pack("{s:s, s:s}", "path", scan->problems[i].path,
			"reason", scan->problems[i].reason));
	all = json_pack("{s:s, s:o, s:I, s:I, s:o, s:o}", "version",
	    "isthmus.scan/1", "roots", roots, "files", (json_int_t)scan->nfiles,
	    "bytes", (json_int_t)scan->bytes, "symbols", symbols, "problems",
	    problems);
	if (all == NULL)
		return (fail(e, ENOMEM, "write scan", NULL, NULL));
	ok = json_write(all, out, e);
	json_decref(all);
	return (ok);
}

static enum tone
tone_of(const struct isth_interface *row)
{
	if (row == NULL)
		return (TONE_DIM);
	switch (row->class_) {
	case ISTH_CLASS_NATIVE:
		return (TONE_GOOD);
	case ISTH_CLASS_EQUIVALENT:
		return (TONE_PLAIN);
	case ISTH_CLASS_REDESIGN:
		return (TONE_WARN);
	default:
		return (TONE_BAD);
	}
}

static bool
render_symbols(const struct isth_scan *scan, struct directories *d, FILE *out)
{
	static const char *const headings[] = { "sites", "files", "use",
		"class", "symbol", NULL };
	const struct isth_scan_symbol *s;
	struct table *table;
	size_t i;
	bool ok;

	table = table_create(headings);
	if (table == NULL)
		return (false);
	for (i = 0; i < scan->nsymbols; i++) {
		s = &scan->symbols[i];
		table_row(table);
		table_cellf(table, TONE_PLAIN, "%zu", s->nsites);
		table_cellf(table, TONE_PLAIN, "%zu", count(d, s));
		table_cell(table, TONE_PLAIN, isth_use_name(s->use));
		table_cell(table, tone_of(s->interface),
		    s->interface == NULL
			? "-"
			: isth_class_name(s->interface->class_));
		table_cell(table, TONE_BOLD, s->name);
	}
	ok = table_render(table, out);
	table_destroy(table);
	return (ok);
}

/* What render_symbols has counted. */
static bool
render_directories(const struct directories *d, FILE *out)
{
	static const char *const headings[] = { "sites", "directory", NULL };
	struct table *table;
	size_t i;
	bool ok;

	table = table_create(headings);
	if (table == NULL)
		return (false);
	for (i = 0; i < d->n; i++) {
		if (d->counts[i] == 0)
			continue;
		table_row(table);
		table_cellf(table, TONE_PLAIN, "%zu", d->counts[i]);
		table_cell(table, TONE_PLAIN, d->names[i]);
	}
	fputc('\n', out);
	ok = table_render(table, out);
	table_destroy(table);
	return (ok);
}

static void
render_sites(const struct isth_scan *scan, FILE *out)
{
	const struct isth_scan_symbol *s;
	size_t i, j;

	for (i = 0; i < scan->nsymbols; i++) {
		s = &scan->symbols[i];
		fputc('\n', out);
		for (j = 0; j < s->nsites; j++)
			fprintf(out, "%s:%u: %s %s\n",
			    scan->files[s->sites[j].file],
			    (unsigned)s->sites[j].line, isth_use_name(s->use),
			    s->name);
	}
}

static bool
render_text(const struct isth_scan *scan, struct directories *d, bool sites,
    FILE *out, struct error *e)
{
	size_t i, total = 0;
	bool ok = true;

	for (i = 0; i < scan->nsymbols; i++)
		total += scan->symbols[i].nsites;
	fprintf(out, "%zu sites of %zu symbols in %zu files, %.1f MB\n", total,
	    scan->nsymbols, scan->nfiles, (double)scan->bytes / 1e6);
	memset(d->counts, 0, d->n * sizeof(*d->counts));
	if (scan->nsymbols > 0) {
		fputc('\n', out);
		ok = render_symbols(scan, d, out) && render_directories(d, out);
	}
	if (sites)
		render_sites(scan, out);
	if (scan->nproblems > 0)
		fprintf(out, "\n%zu problem%s\n", scan->nproblems,
		    scan->nproblems == 1 ? "" : "s");
	for (i = 0; i < scan->nproblems; i++)
		fprintf(out, "%s: %s\n", scan->problems[i].path,
		    scan->problems[i].reason);
	if (!ok || ferror(out))
		return (fail(e, errno, "write scan", NULL, NULL));
	return (true);
}

bool
isth_scan_render(const struct isth_scan *scan, enum isth_format format,
    bool sites, FILE *out, struct error *e)
{
	struct directories d;
	bool ok;

	if (format != ISTH_FORMAT_TEXT && format != ISTH_FORMAT_TABLE &&
	    format != ISTH_FORMAT_JSON)
		return (fail(e, EINVAL, "write scan", NULL,
		    "a scan is written as text or json"));
	if (!directories_init(&d, scan))
		ok = fail(e, ENOMEM, "write scan", NULL, NULL);
	else if (format == ISTH_FORMAT_JSON)
		ok = render_json(scan, &d, sites, out, e);
	else
		ok = render_text(scan, &d, sites, out, e);
	directories_clear(&d);
	return (ok);
}
