/*
 * The rows of interfaces.def as a table, and how to find one.  What refers
 * to the rows (consumers, probes) is checked in check.c.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "survey/survey.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The texts of all rows as one, and the rest beside it, without a pointer in
 * either: 12,000 of them would be relocated at every start of every command.
 */
static const char texts[] =
#define IFACE(id, area, kind, linux_name, freebsd, class_, why, from) \
	id "\0" linux_name "\0" freebsd "\0" why "\0" from "\0"
#include "survey/catalogue/interfaces.def"
#undef IFACE
    ;

static const struct {
	unsigned char area, kind, class_;
} classes[] = {
#define IFACE(id, area_, kind_, linux_name, freebsd, class__, why, from) \
	{ ISTH_AREA_##area_, ISTH_KIND_##kind_, ISTH_CLASS_##class__ },
#include "survey/catalogue/interfaces.def"
#undef IFACE
};

static struct isth_interface rows[COUNT(classes)];

/*
 * The rows by id.  Catalogue order is by area, so the index is sorted at the
 * first lookup.  Both are filled once, whichever thread comes first.
 */
static const struct isth_interface *by_id[COUNT(rows)];
static pthread_once_t rows_once = PTHREAD_ONCE_INIT;
static pthread_once_t by_id_once = PTHREAD_ONCE_INIT;

static const char *
next_text(const char **at)
{
	const char *text = *at;

	*at += strlen(text) + 1;
	return (text);
}

static void
rows_fill(void)
{
	const char *at = texts;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		rows[i].id = next_text(&at);
		rows[i].area = classes[i].area;
		rows[i].kind = classes[i].kind;
		rows[i].class_ = classes[i].class_;
		rows[i].linux_name = next_text(&at);
		rows[i].freebsd = next_text(&at);
		rows[i].why = next_text(&at);
		rows[i].from = next_text(&at);
	}
}

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

	(void)pthread_once(&rows_once, rows_fill);
	for (i = 0; i < COUNT(rows); i++)
		by_id[i] = &rows[i];
	qsort(by_id, COUNT(by_id), sizeof(by_id[0]), interface_compare);
}

const struct isth_interface *
isth_catalogue_rows(size_t *n)
{
	(void)pthread_once(&rows_once, rows_fill);
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
