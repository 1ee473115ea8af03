/* A hash table of names; lists of observers. */
#include <stdlib.h>
#include <string.h>

#include "nc_names.h"

#define BUCKETS 4096

static struct name *bucket[BUCKETS];
static size_t nnames;
static struct observer *all;

/* FNV-1a, 32 bits: public constants. */
static struct name **
place(const char *text)
{
	struct name **p;
	uint32_t h = 0x811c9dc5;
	const char *c;

	for (c = text; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 0x01000193;
	p = &bucket[h % BUCKETS];
	while (*p != NULL && strcmp((*p)->text, text) != 0)
		p = &(*p)->next;
	return (p);
}

struct name *
nc_name_find(const char *text)
{
	return (*place(text));
}

struct name *
nc_name_get(const char *text)
{
	struct name **p = place(text), *name = *p;

	if (name != NULL || nnames == NC_NAMES_MAX)
		return (name);
	name = calloc(1, sizeof(*name));
	if (name == NULL)
		return (NULL);
	memcpy(name->text, text, strlen(text) + 1);
	*p = name;
	nnames++;
	return (name);
}

void
nc_name_put(struct name *name)
{
	struct name **p;

	if (name->observers != NULL || name->state != 0)
		return;
	p = place(name->text);
	*p = name->next;
	nnames--;
	free(name);
}

struct observer *
nc_observer_add(struct name *name, mach_port_t token, mach_port_t right)
{
	struct observer *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return (NULL);
	o->name = name;
	o->token = token;
	o->right = right;
	o->next = name->observers;
	o->prev = &name->observers;
	if (o->next != NULL)
		o->next->prev = &o->next;
	name->observers = o;
	o->all = all;
	o->all_prev = &all;
	if (all != NULL)
		all->all_prev = &o->all;
	all = o;
	return (o);
}

void
nc_observer_remove(struct observer *o)
{
	*o->prev = o->next;
	if (o->next != NULL)
		o->next->prev = o->prev;
	*o->all_prev = o->all;
	if (o->all != NULL)
		o->all->all_prev = o->all_prev;
	nc_name_put(o->name);
	free(o);
}

struct observer *
nc_observers(void)
{
	return (all);
}

void
nc_names_clear(void)
{
	struct name *name;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		while ((name = bucket[i]) != NULL) {
			bucket[i] = name->next;
			free(name);
		}
	}
	nnames = 0;
}
