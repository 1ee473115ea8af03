/* A scan from its options to its result: the roots, the threads, the end. */
#include <sys/stat.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "survey/scan/tree.h"

/* True when a directory scanned anyway holds root `i`, or an equal one. */
static bool
is_covered(const struct walk *walk, size_t i)
{
	const char *mine = walk->real[i], *other, *rest;
	size_t j, len;

	for (j = 0; j < walk->nreal; j++) {
		other = walk->real[j];
		len = strlen(other);
		if (j == i || strncmp(other, mine, len) != 0)
			continue;
		rest = mine + len;
		if (*rest == '\0') {
			if (j < i)
				return (true);
			continue;
		}
		if (len > 1 && *rest != '/')
			continue;
		/* Directories of version control are not entered. */
		if (strstr(rest, "/.git/") == NULL &&
		    strstr(rest, "/.hg/") == NULL &&
		    strstr(rest, "/.svn/") == NULL &&
		    strstr(rest, "/.bzr/") == NULL &&
		    walk->roots.entries[j].type == DT_DIR)
			return (true);
	}
	return (false);
}

static char *
without_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return (strndup(path, len));
}

/* Looks at one root; false when it does not exist. */
static bool
add_root(struct walk *walk, const char *path, char *kept, struct error *e)
{
	struct node *n = &walk->roots.entries[walk->nreal];
	struct stat st;

	walk->real[walk->nreal] = realpath(path, NULL);
	if (walk->real[walk->nreal] == NULL || stat(path, &st) != 0) {
		fail(e, errno, "scan", path, NULL);
		if (walk->real[walk->nreal] != NULL)
			walk->nreal++;
		return (false);
	}
	walk->nreal++;
	n->name = kept;
	n->in = &walk->roots;
	n->type = S_ISDIR(st.st_mode)	? DT_DIR
		  : S_ISREG(st.st_mode) ? DT_REG
					: DT_UNKNOWN;
	if (n->type == DT_REG) {
		path = strrchr(kept, '/');
		n->language =
		    (uint8_t)language_of_name(path == NULL ? kept : path + 1);
	}
	return (true);
}

/* Makes the top of the tree from the paths; they are kept in `scan`. */
static bool
add_roots(struct walk *walk, char **roots, size_t nroots, struct error *e)
{
	struct node *entries;
	size_t i, n = 0;

	walk->roots.self = &walk->top;
	walk->real = calloc(nroots + 1, sizeof(*walk->real));
	entries = calloc(nroots + 1, sizeof(*entries));
	walk->roots.entries = entries;
	if (walk->real == NULL || entries == NULL)
		return (fail(e, ENOMEM, "scan", NULL, NULL));
	for (i = 0; i < nroots; i++) {
		if (!add_root(walk, roots[i], roots[i], e))
			return (false);
	}
	for (i = 0; i < nroots; i++) {
		/* Marked only, since is_covered looks at their types. */
		if (is_covered(walk, i))
			entries[i].in = NULL;
	}
	for (i = 0; i < nroots; i++) {
		if (entries[i].in != NULL)
			entries[n++] = entries[i];
	}
	walk->roots.nentries = n;
	return (true);
}

/* The number of threads that are asked for, or processors. */
static unsigned
job_count(const struct isth_scan_options *o)
{
	long n = o->jobs;

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		return (1);
	return (n > SCAN_JOBS_MAX ? SCAN_JOBS_MAX : (unsigned)n);
}

static bool
add_workers(struct walk *walk, const struct symbols *symbols, unsigned jobs)
{
	struct worker *w;

	walk->workers = calloc(jobs, sizeof(*walk->workers));
	if (walk->workers == NULL)
		return (false);
	for (; walk->nworkers < jobs; walk->nworkers++) {
		w = &walk->workers[walk->nworkers];
		w->walk = walk;
		w->number = (uint16_t)walk->nworkers;
		if (!sink_init(&w->sink, symbols))
			return (false);
	}
	return (true);
}

/* Frees what is below a directory; as deep as SCAN_DEPTH_MAX, no deeper. */
static void
free_entries(struct directory *d)
{
	size_t i;

	for (i = 0; i < d->nentries; i++) {
		if (d->entries[i].directory != NULL) {
			free_entries(d->entries[i].directory);
			free(d->entries[i].directory);
		}
	}
	free(d->entries);
	free(d->names);
}

static void
walk_clear(struct walk *walk)
{
	unsigned w;
	size_t i;

	for (w = 0; w < walk->nworkers; w++) {
		sink_clear(&walk->workers[w].sink);
		free(walk->workers[w].buffer);
	}
	free(walk->workers);
	for (i = 0; i < walk->nreal; i++)
		free(walk->real[i]);
	free(walk->real);
	free_entries(&walk->roots);
	pthread_cond_destroy(&walk->more);
	pthread_mutex_destroy(&walk->lock);
}

/* The options' paths, copied; NULL without memory. */
static char **
copy_roots(const char *const *paths, size_t *n)
{
	char **roots;
	size_t i;

	for (*n = 0; paths[*n] != NULL; (*n)++)
		continue;
	roots = calloc(*n + 1, sizeof(*roots));
	if (roots == NULL)
		return (NULL);
	for (i = 0; i < *n; i++) {
		roots[i] = without_slashes(paths[i]);
		if (roots[i] == NULL)
			return (roots);
	}
	return (roots);
}

/* Says of each root that is no source why nothing comes of it. */
static void
note_roots(struct walk *walk)
{
	struct sink *s = &walk->workers[0].sink;
	struct node *n;
	size_t i;

	for (i = 0; i < walk->roots.nentries; i++) {
		n = &walk->roots.entries[i];
		if (n->type != DT_REG || n->language != LANGUAGE_NONE)
			continue;
		sink_begin(s, NULL, n);
		sink_problem(s, "not a kind of source that is scanned");
		n->type = DT_LNK; /* give_out passes it over */
	}
}

static struct isth_scan *
run(struct walk *walk, const struct isth_scan_options *o,
    const struct symbols *symbols, char **roots, size_t nroots, struct error *e)
{
	struct isth_scan *scan = NULL;

	if (!add_roots(walk, roots, nroots, e))
		return (NULL);
	if (add_workers(walk, symbols, job_count(o))) {
		note_roots(walk);
		if (walk_run(walk))
			scan = index_create(walk, symbols);
	}
	if (scan == NULL)
		fail(e, ENOMEM, "scan", NULL, NULL);
	return (scan);
}

static bool
make_printable(char **paths)
{
	char *printable;

	for (; *paths != NULL; paths++) {
		printable = path_printable(*paths);
		if (printable == NULL)
			return (false);
		free(*paths);
		*paths = printable;
	}
	return (true);
}

struct isth_scan *
isth_scan_run(const struct isth_scan_options *o, struct error *e)
{
	struct walk walk = { 0 };
	struct isth_scan *scan = NULL;
	struct symbols *symbols;
	size_t nroots, i;
	char **roots;

	symbols = symbols_create(o, e);
	if (symbols == NULL)
		return (NULL);
	pthread_mutex_init(&walk.lock, NULL);
	pthread_cond_init(&walk.more, NULL);
	roots = copy_roots(o->paths, &nroots);
	if (roots == NULL || (nroots > 0 && roots[nroots - 1] == NULL))
		fail(e, ENOMEM, "scan", NULL, NULL);
	else
		scan = run(&walk, o, symbols, roots, nroots, e);
	walk_clear(&walk);
	symbols_destroy(symbols);
	if (scan != NULL) {
		scan->roots = roots;
		scan->nroots = nroots;
		if (make_printable(roots))
			return (scan);
		isth_scan_destroy(scan);
		fail(e, ENOMEM, "scan", NULL, NULL);
		return (NULL);
	}
	for (i = 0; roots != NULL && i < nroots; i++)
		free(roots[i]);
	free(roots);
	return (NULL);
}

void
isth_scan_destroy(struct isth_scan *scan)
{
	size_t i;

	if (scan == NULL)
		return;
	for (i = 0; i < scan->nroots; i++)
		free(scan->roots[i]);
	for (i = 0; i < scan->nfiles; i++)
		free(scan->files[i]);
	for (i = 0; i < scan->nproblems; i++) {
		free(scan->problems[i].path);
		free(scan->problems[i].reason);
	}
	/* One block holds the sites of all symbols; the first begins it. */
	if (scan->nsymbols > 0)
		free((void *)(uintptr_t)scan->symbols[0].sites);
	for (i = 0; i < scan->nsymbols; i++)
		free(scan->symbols[i].name);
	free(scan->roots);
	free(scan->files);
	free(scan->problems);
	free(scan->symbols);
	free(scan);
}
