/* The sites, problems and prefixed names that one thread has found. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "survey/scan/sink.h"

bool
sink_init(struct sink *s, const struct symbols *symbols)
{
	memset(s, 0, sizeof(*s));
	s->symbols = symbols;
	s->hidden_in_function = calloc(symbols->n + 1, sizeof(uint32_t));
	s->hidden_in_file = calloc(symbols->n + 1, sizeof(uint32_t));
	s->functions = s->function = 1;
	if (s->hidden_in_function != NULL && s->hidden_in_file != NULL)
		return (true);
	sink_clear(s);
	return (false);
}

void
sink_clear(struct sink *s)
{
	size_t i;

	for (i = 0; i < s->nproblems; i++)
		free(s->problems[i].reason);
	for (i = 0; i < s->nnames; i++)
		free(s->names[i].name);
	free(s->problems);
	free(s->names);
	free(s->name_slots);
	free(s->sites);
	free(s->hidden_in_function);
	free(s->hidden_in_file);
	memset(s, 0, sizeof(*s));
}

void
sink_begin(struct sink *s, const char *text, void *where)
{
	s->mark = text;
	s->line = 1;
	s->where = where;
	s->file++;
	sink_next_function(s);
	s->too_deep = false;
}

uint32_t
sink_line(struct sink *s, const char *at)
{
	if (at >= s->mark)
		s->line += bytes_count_lines(s->mark, at);
	else
		s->line -= bytes_count_lines(at, s->mark);
	s->mark = at;
	return (s->line);
}

/* Makes room for one more element; false (and failed) without memory. */
static bool
grow(struct sink *s, void **array, size_t n, size_t *size, size_t element)
{
	size_t want;
	void *p;

	if (s->failed)
		return (false);
	if (n < *size)
		return (true);
	want = *size == 0 ? 64 : 2 * *size;
	p = realloc(*array, want * element);
	if (p == NULL) {
		s->failed = true;
		return (false);
	}
	*array = p;
	*size = want;
	return (true);
}

static void
add_site(struct sink *s, size_t symbol, enum isth_use use, const char *at)
{
	void *array = s->sites;

	if (!grow(s, &array, s->nsites, &s->sites_size, sizeof(*s->sites)))
		return;
	s->sites = array;
	s->sites[s->nsites].key = (uint32_t)(symbol * ISTH_USE_COUNT + use);
	s->sites[s->nsites].line = sink_line(s, at);
	s->nsites++;
}

void
sink_add(struct sink *s, const struct symbol *symbol, enum isth_use use,
    const char *at)
{
	add_site(s, (size_t)(symbol - s->symbols->all), use, at);
}

/* Doubles the hash table of names; false without memory. */
static bool
grow_slots(struct sink *s)
{
	size_t i, n, slot;
	uint32_t *slots;

	n = s->nname_slots == 0 ? 64 : 2 * s->nname_slots;
	slots = calloc(n, sizeof(*slots));
	if (slots == NULL) {
		s->failed = true;
		return (false);
	}
	for (i = 0; i < s->nnames; i++) {
		slot = s->names[i].key % n;
		while (slots[slot] != 0)
			slot = (slot + 1) % n;
		slots[slot] = (uint32_t)i + 1;
	}
	free(s->name_slots);
	s->name_slots = slots;
	s->nname_slots = n;
	return (true);
}

void
sink_add_prefixed(struct sink *s, const char *name, size_t len, const char *at)
{
	void *array = s->names;
	uint64_t key;
	size_t slot, i;

	if (2 * s->nnames >= s->nname_slots && !grow_slots(s))
		return;
	key = symbols_key(name, len);
	slot = key % s->nname_slots;
	for (; s->name_slots[slot] != 0; slot = (slot + 1) % s->nname_slots) {
		i = s->name_slots[slot] - 1;
		if (s->names[i].key == key && s->names[i].len == len &&
		    memcmp(s->names[i].name, name, len) == 0) {
			add_site(s, s->symbols->n + i, ISTH_USE_CALL, at);
			return;
		}
	}
	if (!grow(s, &array, s->nnames, &s->names_size, sizeof(*s->names)))
		return;
	s->names = array;
	s->names[s->nnames].name = strndup(name, len);
	if (s->names[s->nnames].name == NULL) {
		s->failed = true;
		return;
	}
	s->names[s->nnames].len = (uint32_t)len;
	s->names[s->nnames].key = key;
	s->name_slots[slot] = (uint32_t)++s->nnames;
	add_site(s, s->symbols->n + s->nnames - 1, ISTH_USE_CALL, at);
}

void
sink_problem(struct sink *s, const char *fmt, ...)
{
	void *array = s->problems;
	char reason[512];
	va_list ap;

	if (!grow(s, &array, s->nproblems, &s->problems_size,
		sizeof(*s->problems)))
		return;
	s->problems = array;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	s->problems[s->nproblems].where = s->where;
	s->problems[s->nproblems].reason = strdup(reason);
	if (s->problems[s->nproblems].reason == NULL)
		s->failed = true;
	else
		s->nproblems++;
}

void
sink_too_deep(struct sink *s, const char *at)
{
	if (s->too_deep)
		return;
	s->too_deep = true;
	sink_problem(s, "line %u nests deeper than %d levels",
	    (unsigned)sink_line(s, at), SCAN_NESTING_MAX);
}
