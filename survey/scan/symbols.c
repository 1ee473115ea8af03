/* Collecting the names that a scan looks for, and hashing them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "survey/scan/symbols.h"

/* Longest name that symbols_find looks for; no catalogue id comes near. */
#define NAME_MAX_LEN 1024

static void
set_keys(struct symbol *s)
{
	char copy[NAME_MAX_LEN + SCAN_PAD];

	memset(copy, 0, sizeof(copy));
	memcpy(copy, s->name, s->len);
	s->key = symbols_key(copy, s->len);
	s->short_key = symbols_short_key(copy, s->len);
}

const struct symbol *
symbols_find(const struct symbols *s, const char *name, size_t len)
{
	char copy[NAME_MAX_LEN + SCAN_PAD];

	if (len == 0 || len > NAME_MAX_LEN)
		return (NULL);
	memcpy(copy, name, len);
	memset(copy + len, 0, SCAN_PAD);
	return (symbols_lookup(s, copy, len));
}

/* The entry of that name, made when there is none; NULL without memory. */
static struct symbol *
entry(struct symbols *s, const char *name, size_t len)
{
	struct symbol *all;
	size_t size;
	char *copy;

	if (s->n == s->size) {
		size = s->size == 0 ? 1024 : 2 * s->size;
		all = realloc(s->all, size * sizeof(*all));
		if (all == NULL)
			return (NULL);
		s->all = all;
		s->size = size;
	}
	copy = malloc(len + 1);
	if (copy == NULL)
		return (NULL);
	memcpy(copy, name, len);
	copy[len] = '\0';
	memset(&s->all[s->n], 0, sizeof(s->all[s->n]));
	s->all[s->n].name = copy;
	s->all[s->n].len = (uint32_t)len;
	set_keys(&s->all[s->n]);
	return (&s->all[s->n++]);
}

bool
symbols_add(struct symbols *s, const char *name, size_t len, enum want as,
    const struct isth_interface *row)
{
	struct symbol *e;

	if (len == 0 || len > NAME_MAX_LEN)
		return (true);
	e = entry(s, name, len);
	if (e == NULL)
		return (false);
	e->wants = (uint8_t)(1u << as);
	e->rows[as] = row;
	return (true);
}

bool
symbols_add_keyword(struct symbols *s, const char *name, uint8_t keyword)
{
	struct symbol *e;

	e = entry(s, name, strlen(name));
	if (e == NULL)
		return (false);
	e->keyword = keyword;
	return (true);
}

static int
by_name(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (strcmp(x->name, y->name));
}

/* Sorts the entries and makes one of those with the same name. */
static void
unite(struct symbols *s)
{
	size_t i, n = 0;
	unsigned as;

	if (s->n == 0)
		return;
	qsort(s->all, s->n, sizeof(*s->all), by_name);
	for (i = 1; i < s->n; i++) {
		if (strcmp(s->all[n].name, s->all[i].name) != 0) {
			s->all[++n] = s->all[i];
			continue;
		}
		s->all[n].wants |= s->all[i].wants;
		if (s->all[i].keyword != 0)
			s->all[n].keyword = s->all[i].keyword;
		for (as = 0; as < WANT_COUNT; as++) {
			if (s->all[n].rows[as] == NULL)
				s->all[n].rows[as] = s->all[i].rows[as];
		}
		free((char *)(uintptr_t)s->all[i].name);
	}
	s->n = n + 1;
}

static void
filter_add(uint64_t *filter, unsigned shift, uint64_t key)
{
	size_t bit = (size_t)(key >> shift);

	filter[bit / 64] |= UINT64_C(1) << (bit % 64);
}

bool
symbols_seal(struct symbols *s)
{
	unsigned bits = 8;
	size_t i, slot;
	char word[8] = "", mask[8] = "";

	unite(s);
	/* Without a prefix no word is equal to this under the mask 0. */
	s->prefix_word = 1;
	if (s->prefix_len > 0) {
		for (i = 0; i < 8 && i < s->prefix_len; i++) {
			word[i] = s->prefix[i];
			mask[i] = (char)0xff;
		}
		s->prefix_word = bytes_word(word);
		s->prefix_mask = bytes_word(mask);
	}
	while (((size_t)1 << bits) < 4 * s->n)
		bits++;
	s->nslots = (size_t)1 << bits;
	s->slot_shift = 64 - bits;
	/* 32 bits a name keep false hits near one in thirty. */
	s->filter_shift = 64 - (bits + 3);
	s->wanted = calloc(s->nslots * 8 / 64, sizeof(*s->wanted));
	s->slots = calloc(s->nslots, sizeof(*s->slots));
	s->filter = calloc(s->nslots * 8 / 64, sizeof(*s->filter));
	if (s->slots == NULL || s->filter == NULL || s->wanted == NULL)
		return (false);
	for (i = 0; i < s->n; i++) {
		filter_add(s->filter, s->filter_shift, s->all[i].key);
		if (s->all[i].wants != 0)
			filter_add(
			    s->wanted, s->filter_shift, s->all[i].short_key);
		slot = (size_t)(s->all[i].key >> s->slot_shift);
		while (s->slots[slot] != 0)
			slot = (slot + 1) % s->nslots;
		s->slots[slot] = (uint32_t)i + 1;
	}
	return (true);
}

static bool
add_catalogue(struct symbols *s)
{
	static const int as[ISTH_KIND_COUNT] = {
		[ISTH_KIND_SYSCALL] = WANT_FUNCTION,
		[ISTH_KIND_LIBC] = WANT_FUNCTION,
		[ISTH_KIND_FLAG] = WANT_FLAG,
		[ISTH_KIND_HEADER] = WANT_HEADER,
		[ISTH_KIND_DEVICE] = WANT_DEVICE,
		[ISTH_KIND_COMMAND] = WANT_COMMAND,
		/* Nothing that a lexer could see. */
		[ISTH_KIND_SYSCTL] = -1,
		[ISTH_KIND_FILESYSTEM] = -1,
		[ISTH_KIND_SEMANTIC] = -1,
	};
	const struct isth_interface *rows;
	const char *name;
	size_t i, n;

	rows = isth_catalogue_rows(&n);
	for (i = 0; i < n; i++) {
		if (rows[i].kind >= ISTH_KIND_COUNT || as[rows[i].kind] < 0)
			continue;
		name = isth_interface_symbol(&rows[i]);
		if (!symbols_add(s, name, strlen(name),
			(enum want)as[rows[i].kind], &rows[i]))
			return (false);
	}
	return (true);
}

/* True for names such as CLONE_NEWNS, which are constants by custom. */
static bool
all_capitals(const char *name, size_t len)
{
	bool letter = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (name[i] >= 'a' && name[i] <= 'z')
			return (false);
		letter |= name[i] >= 'A' && name[i] <= 'Z';
	}
	return (letter);
}

/* One line of a symbols file: what it is follows from how it is spelled. */
static bool
add_spelled(struct symbols *s, const char *name, size_t len)
{
	if (len > 4 && memcmp(name, "cmd:", 4) == 0)
		return (symbols_add(s, name + 4, len - 4, WANT_COMMAND, NULL));
	if (memchr(name, '/', len) == name)
		return (symbols_add(s, name, len, WANT_DEVICE, NULL));
	if (memchr(name, '/', len) != NULL || memchr(name, '.', len) != NULL)
		return (symbols_add(s, name, len, WANT_HEADER, NULL));
	if (all_capitals(name, len) &&
	    !symbols_add(s, name, len, WANT_FLAG, NULL))
		return (false);
	return (symbols_add(s, name, len, WANT_FUNCTION, NULL));
}

static bool
add_file(struct symbols *s, const char *path, struct error *e)
{
	size_t len, size = 0, number = 0;
	char *line = NULL, *name;
	bool ok = false;
	ssize_t got;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return (fail(e, errno, "open symbols file", path, NULL));
	while ((got = getline(&line, &size, f)) >= 0) {
		number++;
		name = line + strspn(line, " \t\r\n");
		len = strcspn(name, " \t\r\n");
		if (len == 0 || *name == '#')
			continue;
		if (strlen(line) != (size_t)got || len > NAME_MAX_LEN ||
		    name[len + strspn(name + len, " \t\r\n")] != '\0') {
			fail(e, 0, "read symbols file", path,
			    "line %zu is not one name", number);
			goto out;
		}
		if (!add_spelled(s, name, len)) {
			fail(e, ENOMEM, "read symbols file", path, NULL);
			goto out;
		}
	}
	ok = ferror(f) == 0 || fail(e, errno, "read symbols file", path, NULL);
out:
	free(line);
	fclose(f);
	return (ok);
}

static bool
add_functions(struct symbols *s, const char *const *names)
{
	bool ok = true;

	for (; ok && names != NULL && *names != NULL; names++)
		ok =
		    symbols_add(s, *names, strlen(*names), WANT_FUNCTION, NULL);
	return (ok);
}

struct symbols *
symbols_create(const struct isth_scan_options *o, struct error *e)
{
	struct symbols *s;
	bool ok;

	s = calloc(1, sizeof(*s));
	ok = s != NULL && symbols_add_keywords(s) &&
	     (!o->catalogue || add_catalogue(s)) &&
	     add_functions(s, o->functions);
	if (ok && o->symbol_prefix != NULL && *o->symbol_prefix != '\0') {
		s->prefix = strdup(o->symbol_prefix);
		s->prefix_len = strlen(o->symbol_prefix);
		ok = s->prefix != NULL;
	}
	if (ok && o->symbols_file != NULL && !add_file(s, o->symbols_file, e)) {
		symbols_destroy(s);
		return (NULL);
	}
	if (!ok || !symbols_seal(s)) {
		fail(e, ENOMEM, "collect symbols", NULL, NULL);
		symbols_destroy(s);
		return (NULL);
	}
	return (s);
}

void
symbols_destroy(struct symbols *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free((char *)(uintptr_t)s->all[i].name);
	free(s->all);
	free(s->slots);
	free(s->filter);
	free(s->wanted);
	free(s->prefix);
	free(s);
}
