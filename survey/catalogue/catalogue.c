/*
 * The rows of interfaces.def as a table, and how to find one.  What refers
 * to the rows (consumers, probes) is checked in check.c.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct isth_interface rows[] = {
#define IFACE(id_, area_, kind_, linux_, freebsd_, class__, why_, from_) \
	{                                                                \
		.id = id_,                                               \
		.area = ISTH_AREA_##area_,                               \
		.kind = ISTH_KIND_##kind_,                               \
		.linux_name = linux_,                                    \
		.freebsd = freebsd_,                                     \
		.class_ = ISTH_CLASS_##class__,                          \
		.why = why_,                                             \
		.from = from_,                                           \
	},
#include "survey/catalogue/interfaces.def"
#undef IFACE
};

/*
 * The rows by id.  Catalogue order is by area, so the index is sorted at the
 * first lookup, once, whichever thread comes first.
 */
static const struct isth_interface *by_id[COUNT(rows)];
static pthread_once_t by_id_once = PTHREAD_ONCE_INIT;

static int
interface_compare(const void *a, const void *b)
{
	const struct isth_interface *const *left = a, *const *right = b;

	return (strcmp((*left)->id, (*right)->id));
}

static void
by_id_fill(void)
{
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		by_id[i] = &rows[i];
	qsort(by_id, COUNT(by_id), sizeof(by_id[0]), interface_compare);
}

const struct isth_interface *
isth_catalogue_rows(size_t *n)
{
	*n = COUNT(rows);
	return (rows);
}

const struct isth_interface *
isth_catalogue_find(const char *id)
{
	size_t low, high, middle;
	int order;

	(void)pthread_once(&by_id_once, by_id_fill);
	low = 0;
	high = COUNT(by_id);
	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(id, by_id[middle]->id);
		if (order == 0)
			return (by_id[middle]);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (NULL);
}

const char *
isth_interface_symbol(const struct isth_interface *row)
{
	static const char *const prefixes[] = { "cmd:", "fs:", "semantic:" };
	size_t i, len;

	for (i = 0; i < COUNT(prefixes); i++) {
		len = strlen(prefixes[i]);
		if (strncmp(row->id, prefixes[i], len) == 0)
			return (row->id + len);
	}
	return (row->id);
}
