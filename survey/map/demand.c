/*
 * Demand, folded: a consumer's list and a scan's symbols become one need per
 * interface.  Apart from join.c, which then asks the kernels about each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "survey/map/map.h"

/* One mention of an interface: a consumer's need or a scanned symbol. */
struct mention {
	const char *id;
	const struct isth_interface *row;      /* NULL: not catalogued */
	const char *purpose;		       /* NULL: a symbol */
	const struct isth_scan_symbol *symbol; /* NULL: a purpose */
	size_t order;
};

static const struct isth_interface *
row_find(const struct isth_interface *rows, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(rows[i].id, id) == 0)
			return (&rows[i]);
	}
	return (NULL);
}

/* Known before unknown; then by area and name; then as they were given. */
static int
mention_compare(const void *pa, const void *pb)
{
	const struct mention *a, *b;
	int c;

	a = pa;
	b = pb;
	if ((a->row == NULL) != (b->row == NULL))
		return (a->row == NULL ? 1 : -1);
	if (a->row != NULL && a->row->area != b->row->area)
		return (a->row->area < b->row->area ? -1 : 1);
	c = strcmp(a->id, b->id);
	if (c != 0)
		return (c);
	return (a->order < b->order ? -1 : 1);
}

static bool
same_need(const struct mention *a, const struct mention *b)
{
	return (
	    (a->row == NULL) == (b->row == NULL) && strcmp(a->id, b->id) == 0);
}

static int
site_compare(const void *pa, const void *pb)
{
	const struct map_site *a, *b;
	int c;

	a = pa;
	b = pb;
	c = strcmp(a->file, b->file);
	if (c != 0)
		return (c);
	if (a->line != b->line)
		return (a->line < b->line ? -1 : 1);
	return ((a->use > b->use) - (a->use < b->use));
}

/* Gathers the sites of `n` mentions into the need. */
static bool
fold_sites(struct isth_map *map, struct map_need *need, const char **files,
    const struct mention *mentions, size_t n, struct error *e)
{
	const struct isth_scan_symbol *symbol;
	struct map_site *sites;
	size_t i, k, total;

	total = 0;
	for (i = 0; i < n; i++)
		total +=
		    mentions[i].symbol == NULL ? 0 : mentions[i].symbol->nsites;
	sites = pool_alloc(&map->pool, total, sizeof(*sites));
	if (sites == NULL)
		return (fail(e, ENOMEM, "join sites", NULL, NULL));
	for (i = 0, total = 0; i < n; i++) {
		symbol = mentions[i].symbol;
		for (k = 0; symbol != NULL && k < symbol->nsites; k++) {
			if (symbol->sites[k].file >= map->scan->nfiles)
				return (fail(e, 0, "join sites", symbol->name,
				    "a site names file %u of %zu",
				    symbol->sites[k].file, map->scan->nfiles));
			sites[total].file = files[symbol->sites[k].file];
			sites[total].line = symbol->sites[k].line;
			sites[total++].use = symbol->use;
		}
	}
	qsort(sites, total, sizeof(*sites), site_compare);
	need->sites = sites;
	need->nsites = total;
	for (i = 0; i < total; i++)
		need->nfiles +=
		    i == 0 || strcmp(sites[i].file, sites[i - 1].file) != 0;
	return (true);
}

/* All purposes that the consumer gives, each once. */
static const char *
fold_purposes(struct pool *pool, const struct mention *mentions, size_t n)
{
	const char *all;
	size_t i;

	all = "";
	for (i = 0; i < n; i++) {
		if (mentions[i].purpose == NULL ||
		    strstr(all, mentions[i].purpose) != NULL)
			continue;
		all = pool_print(pool, "%s%s%s", all, *all == '\0' ? "" : "; ",
		    mentions[i].purpose);
	}
	return (map_show(pool, all));
}

/* A row's "-" means nothing; the map's texts say that by being empty. */
static const char *
row_text(struct pool *pool, const char *s)
{
	return (s == NULL || strcmp(s, "-") == 0 ? "" : map_show(pool, s));
}

static bool
fold(struct isth_map *map, struct map_need *need, const char **files,
    const struct mention *mentions, size_t n, struct error *e)
{
	struct pool *pool;

	pool = &map->pool;
	need->id = map_show(pool, mentions->id);
	need->row = mentions->row;
	need->purpose = fold_purposes(pool, mentions, n);
	need->freebsd = need->linux_name = need->why = need->from = "";
	need->instead = need->because = "";
	if (need->row != NULL) {
		need->freebsd = row_text(pool, need->row->freebsd);
		need->linux_name = row_text(pool, need->row->linux_name);
		need->why = map_show(pool, need->row->why);
		need->from = map_show(pool, need->row->from);
	}
	if (!fold_sites(map, need, files, mentions, n, e))
		return (false);
	if (need->nsites == 0)
		need->demand = need->purpose;
	else if (need->nsites == 1)
		need->demand = pool_print(
		    pool, "%s:%u", need->sites[0].file, need->sites[0].line);
	else
		need->demand = pool_print(pool, "%zu sites in %s", need->nsites,
		    map_plural(pool, need->nfiles, "file", NULL));
	if (need->nsites > 0 && *need->purpose != '\0')
		need->demand =
		    pool_print(pool, "%s; %s", need->purpose, need->demand);
	return (true);
}

/* Folds runs of mentions of the same interface; known ones stand first. */
static bool
fold_all(struct isth_map *map, const char **files,
    const struct mention *mentions, size_t n, struct error *e)
{
	struct map_need *needs;
	size_t end, i, k;

	needs = pool_alloc(&map->pool, n, sizeof(*needs));
	if (needs == NULL)
		return (fail(e, ENOMEM, "join needs", NULL, NULL));
	map->needs = needs;
	for (i = 0, k = 0; i < n; i = end, k++) {
		for (end = i + 1; end < n; end++) {
			if (!same_need(&mentions[i], &mentions[end]))
				break;
		}
		if (!fold(map, &needs[k], files, &mentions[i], end - i, e))
			return (false);
		if (needs[k].row != NULL)
			map->nneeds++;
		else
			map->nunknown++;
	}
	map->unknown = needs + map->nneeds;
	return (true);
}

/* The scan's file names, safe to show; NULL without memory. */
static const char **
show_files(struct isth_map *map)
{
	const char **files;
	size_t i, n;

	n = map->scan == NULL ? 0 : map->scan->nfiles;
	files = pool_alloc(&map->pool, n, sizeof(*files));
	for (i = 0; files != NULL && i < n; i++)
		files[i] = map_show(&map->pool, map->scan->files[i]);
	return (files);
}

bool
map_demand_gather(struct isth_map *map, const struct isth_interface *rows,
    size_t nrows, struct error *e)
{
	const struct isth_need *asked;
	struct mention *m, *mentions;
	const char **files;
	size_t i, n, nasked, nsymbols;

	nasked = map->consumer == NULL ? 0 : map->consumer->nneeds;
	nsymbols = map->scan == NULL ? 0 : map->scan->nsymbols;
	n = nasked + nsymbols;
	files = show_files(map);
	mentions = pool_alloc(&map->pool, n, sizeof(*mentions));
	if (files == NULL || mentions == NULL)
		return (fail(e, ENOMEM, "join needs", NULL, NULL));
	for (i = 0; i < n; i++) {
		m = &mentions[i];
		m->order = i;
		if (i < nasked) {
			asked = &map->consumer->needs[i];
			m->id = asked->id;
			m->purpose = asked->purpose;
			m->row = row_find(rows, nrows, asked->id);
		} else {
			m->symbol = &map->scan->symbols[i - nasked];
			m->row = m->symbol->interface;
			m->id = m->row == NULL ? m->symbol->name : m->row->id;
		}
	}
	qsort(mentions, n, sizeof(*mentions), mention_compare);
	return (fold_all(map, files, mentions, n, e));
}
