/*
 * From what each worker found to one result, ordered by the tree and by the
 * names, whoever found what.
 */
#include <stdlib.h>
#include <string.h>

#include "survey/scan/tree.h"

/* A symbol and use while the result is being made. */
struct slot {
	const char *name;
	const struct isth_interface *row;
	size_t count;
	struct isth_scan_site *next; /* where its next site goes */
	uint32_t id;		     /* symbol * uses + use */
};

/* A file and its path. */
struct named {
	char *path;
	struct node *node;
};

struct indexer {
	struct walk *walk;
	const struct symbols *symbols;
	struct isth_scan *scan;
	struct named *named; /* the files, by path */
	struct slot *slots;  /* by id */
	size_t nslots;
	/* Names by prefix: each worker numbers its own. */
	const char **names; /* sorted, each once */
	size_t nnames;
	uint32_t **renumber; /* worker, its number: in `names` */
	struct isth_scan_site *sites;
	size_t nsites;
};

/* Calls `act` for every node of the tree in order of path. */
static bool
for_each_node(struct directory *d, bool (*act)(struct indexer *, struct node *),
    struct indexer *x)
{
	size_t i;

	/* As deep as SCAN_DEPTH_MAX and no deeper. */
	for (i = 0; i < d->nentries; i++) {
		if (!act(x, &d->entries[i]))
			return (false);
		if (d->entries[i].directory != NULL &&
		    !for_each_node(d->entries[i].directory, act, x))
			return (false);
	}
	return (true);
}

static bool
count_file(struct indexer *x, struct node *n)
{
	if (n->read) {
		x->scan->nfiles++;
		x->scan->bytes += n->bytes;
	}
	return (true);
}

static bool
name_file(struct indexer *x, struct node *n)
{
	struct named *named = &x->named[x->scan->nfiles];

	if (!n->read)
		return (true);
	named->node = n;
	named->path = node_path(n);
	if (named->path == NULL)
		return (false);
	x->scan->files[x->scan->nfiles++] = named->path;
	return (true);
}

static int
by_file_path(const void *a, const void *b)
{
	return (strcmp(
	    ((const struct named *)a)->path, ((const struct named *)b)->path));
}

/*
 * Numbers the files by path.  The tree has them in that order already,
 * unless a root's path begins like another's.
 */
static bool
number_files(struct indexer *x)
{
	struct isth_scan *scan = x->scan;
	bool sorted = true;
	size_t i;

	for_each_node(&x->walk->roots, count_file, x);
	scan->files = calloc(scan->nfiles + 1, sizeof(*scan->files));
	x->named = calloc(scan->nfiles + 1, sizeof(*x->named));
	scan->nfiles = 0;
	if (scan->files == NULL || x->named == NULL ||
	    !for_each_node(&x->walk->roots, name_file, x))
		return (false);
	for (i = 1; i < scan->nfiles; i++)
		sorted &= by_file_path(&x->named[i - 1], &x->named[i]) < 0;
	if (!sorted)
		qsort(x->named, scan->nfiles, sizeof(*x->named), by_file_path);
	for (i = 0; i < scan->nfiles; i++)
		scan->files[i] = x->named[i].path;
	return (true);
}

static int
by_string(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* Gives the names that the workers found by prefix common numbers. */
static bool
unite_names(struct indexer *x)
{
	struct sink *s;
	size_t i, total = 0;
	const char **found;
	unsigned w;

	for (w = 0; w < x->walk->nworkers; w++)
		total += x->walk->workers[w].sink.nnames;
	x->names = calloc(total + 1, sizeof(*x->names));
	x->renumber = calloc(x->walk->nworkers + 1, sizeof(*x->renumber));
	if (x->names == NULL || x->renumber == NULL)
		return (false);
	total = 0;
	for (w = 0; w < x->walk->nworkers; w++) {
		s = &x->walk->workers[w].sink;
		for (i = 0; i < s->nnames; i++)
			x->names[total++] = s->names[i].name;
	}
	if (total > 0)
		qsort(x->names, total, sizeof(*x->names), by_string);
	for (i = 0; i < total; i++) {
		if (x->nnames == 0 ||
		    strcmp(x->names[x->nnames - 1], x->names[i]) != 0)
			x->names[x->nnames++] = x->names[i];
	}
	for (w = 0; w < x->walk->nworkers; w++) {
		s = &x->walk->workers[w].sink;
		x->renumber[w] = calloc(s->nnames + 1, sizeof(uint32_t));
		if (x->renumber[w] == NULL)
			return (false);
		for (i = 0; i < s->nnames; i++) {
			found = bsearch(&s->names[i].name, x->names, x->nnames,
			    sizeof(*x->names), by_string);
			x->renumber[w][i] = (uint32_t)(found - x->names);
		}
	}
	return (true);
}

/* The slot of a site that worker `w` has found. */
static struct slot *
slot_of(const struct indexer *x, unsigned w, const struct sink_site *site)
{
	size_t symbol = site->key / ISTH_USE_COUNT;

	if (symbol >= x->symbols->n)
		symbol = x->symbols->n + x->renumber[w][symbol - x->symbols->n];
	return (
	    &x->slots[symbol * ISTH_USE_COUNT + site->key % ISTH_USE_COUNT]);
}

static const struct isth_interface *
row_of(const struct symbol *s, enum isth_use use)
{
	static const enum want wants[ISTH_USE_COUNT] = {
		[ISTH_USE_CALL] = WANT_FUNCTION,
		[ISTH_USE_REFERENCE] = WANT_FUNCTION,
		[ISTH_USE_FLAG] = WANT_FLAG,
		[ISTH_USE_HEADER] = WANT_HEADER,
		[ISTH_USE_COMMAND] = WANT_COMMAND,
		[ISTH_USE_DEVICE] = WANT_DEVICE,
	};

	return (s->rows[wants[use]]);
}

/* A slot for every symbol and use, with the number of its sites. */
static bool
make_slots(struct indexer *x)
{
	const struct sink *s;
	struct slot *slot;
	size_t i;
	unsigned w;

	x->nslots = (x->symbols->n + x->nnames) * ISTH_USE_COUNT;
	x->slots = calloc(x->nslots + 1, sizeof(*x->slots));
	if (x->slots == NULL)
		return (false);
	for (i = 0; i < x->nslots; i++) {
		slot = &x->slots[i];
		slot->id = (uint32_t)i;
		if (i / ISTH_USE_COUNT < x->symbols->n) {
			slot->name = x->symbols->all[i / ISTH_USE_COUNT].name;
			slot->row = row_of(&x->symbols->all[i / ISTH_USE_COUNT],
			    (enum isth_use)(i % ISTH_USE_COUNT));
		} else {
			slot->name =
			    x->names[i / ISTH_USE_COUNT - x->symbols->n];
		}
	}
	for (w = 0; w < x->walk->nworkers; w++) {
		s = &x->walk->workers[w].sink;
		x->nsites += s->nsites;
		for (i = 0; i < s->nsites; i++)
			slot_of(x, w, &s->sites[i])->count++;
	}
	return (true);
}

static int
by_name_and_use(const void *a, const void *b)
{
	const struct slot *x = *(const struct slot *const *)a;
	const struct slot *y = *(const struct slot *const *)b;
	int order;

	order = strcmp(x->name, y->name);
	if (order != 0)
		return (order);
	return ((int)(x->id % ISTH_USE_COUNT) - (int)(y->id % ISTH_USE_COUNT));
}

/* The symbols that have sites, with room for these. */
static bool
make_symbols(struct indexer *x)
{
	struct isth_scan_symbol *symbol;
	struct isth_scan_site *next;
	struct slot **used;
	size_t i, n = 0;

	used = calloc(x->nslots + 1, sizeof(*used));
	x->sites = calloc(x->nsites + 1, sizeof(*x->sites));
	if (used == NULL || x->sites == NULL) {
		free(used);
		return (false);
	}
	for (i = 0; i < x->nslots; i++) {
		if (x->slots[i].count > 0)
			used[n++] = &x->slots[i];
	}
	if (n > 0)
		qsort(used, n, sizeof(*used), by_name_and_use);
	x->scan->symbols = calloc(n + 1, sizeof(*x->scan->symbols));
	next = x->sites;
	for (i = 0; i < n && x->scan->symbols != NULL; i++) {
		symbol = &x->scan->symbols[i];
		symbol->name = strdup(used[i]->name);
		if (symbol->name == NULL)
			break;
		symbol->use = (enum isth_use)(used[i]->id % ISTH_USE_COUNT);
		symbol->interface = used[i]->row;
		symbol->sites = used[i]->next = next;
		symbol->nsites = used[i]->count;
		next += used[i]->count;
		x->scan->nsymbols++;
	}
	free(used);
	return (x->scan->symbols != NULL && x->scan->nsymbols == n);
}

/* Puts the sites where their symbols have room for them. */
static void
place_sites(struct indexer *x)
{
	const struct sink_site *site;
	const struct node *n;
	struct slot *slot;
	size_t file, i;

	for (file = 0; file < x->scan->nfiles; file++) {
		n = x->named[file].node;
		site = x->walk->workers[n->worker].sink.sites + n->first;
		for (i = 0; i < n->count; i++, site++) {
			slot = slot_of(x, n->worker, site);
			slot->next->file = (uint32_t)file;
			slot->next->line = site->line;
			slot->next++;
		}
	}
}

static int
by_path_and_reason(const void *a, const void *b)
{
	const struct isth_scan_problem *x = a, *y = b;
	int order;

	order = strcmp(x->path, y->path);
	return (order != 0 ? order : strcmp(x->reason, y->reason));
}

static bool
make_problems(struct indexer *x)
{
	struct isth_scan *scan = x->scan;
	struct isth_scan_problem *p;
	const struct node *where;
	struct sink *s;
	size_t i, total = 0;
	unsigned w;

	for (w = 0; w < x->walk->nworkers; w++)
		total += x->walk->workers[w].sink.nproblems;
	scan->problems = calloc(total + 1, sizeof(*scan->problems));
	if (scan->problems == NULL)
		return (false);
	for (w = 0; w < x->walk->nworkers; w++) {
		s = &x->walk->workers[w].sink;
		for (i = 0; i < s->nproblems; i++) {
			p = &scan->problems[scan->nproblems++];
			where = s->problems[i].where;
			p->path = node_path(where);
			if (!where->read)
				scan->nunread++;
			p->reason = s->problems[i].reason;
			s->problems[i].reason = NULL;
			if (p->path == NULL)
				return (false);
		}
	}
	if (total > 0)
		qsort(scan->problems, total, sizeof(*scan->problems),
		    by_path_and_reason);
	return (true);
}

static bool
fill(struct indexer *x)
{
	if (!number_files(x) || !unite_names(x) || !make_slots(x) ||
	    !make_symbols(x))
		return (false);
	place_sites(x);
	return (make_problems(x));
}

struct isth_scan *
index_create(struct walk *walk, const struct symbols *symbols)
{
	struct indexer x = { .walk = walk, .symbols = symbols };
	unsigned w;
	bool ok;

	x.scan = calloc(1, sizeof(*x.scan));
	if (x.scan == NULL)
		return (NULL);
	ok = fill(&x);
	for (w = 0; x.renumber != NULL && w < walk->nworkers; w++)
		free(x.renumber[w]);
	free(x.renumber);
	free(x.names);
	free(x.slots);
	free(x.named);
	/* The symbols share one block of sites, which is the first one's. */
	if (ok && x.scan->nsymbols > 0)
		return (x.scan);
	free(x.sites);
	if (ok)
		return (x.scan);
	if (x.scan->nsymbols > 0)
		x.scan->symbols[0].sites = NULL;
	isth_scan_destroy(x.scan);
	return (NULL);
}
