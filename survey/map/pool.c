/*
 * Memory that lives as long as a map, and the words that it is made of:
 * text safe to show, plurals.  Apart so that join and assessment need no
 * clean-up paths.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "survey/map/map.h"

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	max_align_t data[];
};

#define BLOCK_MIN ((size_t)64 * 1024)

static void *
block_take(struct pool_block *b, size_t bytes)
{
	void *p;

	p = (char *)b->data + b->used;
	b->used += bytes;
	return (p);
}

void *
pool_alloc(struct pool *pool, size_t n, size_t size)
{
	struct pool_block *b;
	size_t bytes, room;

	if (size != 0 && n > (SIZE_MAX / 4) / size) {
		pool->failed = true;
		return (NULL);
	}
	bytes = n * size + (n * size == 0);
	bytes += -bytes % sizeof(max_align_t);
	b = pool->blocks;
	if (b != NULL && b->size - b->used >= bytes)
		return (block_take(b, bytes));
	room = bytes > BLOCK_MIN ? bytes : BLOCK_MIN;
	b = calloc(1, sizeof(*b) + room);
	if (b == NULL) {
		pool->failed = true;
		return (NULL);
	}
	b->size = room;
	b->next = pool->blocks;
	pool->blocks = b;
	return (block_take(b, bytes));
}

const char *
pool_print(struct pool *pool, const char *fmt, ...)
{
	va_list ap, again;
	char *s;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	s = n < 0 ? NULL : pool_alloc(pool, (size_t)n + 1, 1);
	if (s != NULL)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	else
		pool->failed = true;
	va_end(again);
	va_end(ap);
	return (s == NULL ? "" : s);
}

void
pool_clear(struct pool *pool)
{
	struct pool_block *b, *next;

	for (b = pool->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	pool->blocks = NULL;
}

/* The code point of a valid UTF-8 sequence of `n` bytes. */
static uint32_t
decode(const unsigned char *s, size_t n)
{
	uint32_t c;
	size_t i;

	if (n == 1)
		return (s[0]);
	c = s[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fu);
	return (c);
}

/*
 * Characters that change how their neighbours are shown: a file name with
 * one can pass for another.  Unicode UAX #9 lists the first three groups;
 * U+2028 and U+2029 are line ends to a browser.
 */
static bool
is_bidi(uint32_t c)
{
	return ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
		c == 0x200e || c == 0x200f || c == 0x061c || c == 0x2028 ||
		c == 0x2029);
}

/* Bytes of the UTF-8 sequence at `s`; 0 when it is none. */
static size_t
sequence(const unsigned char *s)
{
	size_t n;

	n = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	if (strnlen((const char *)s, n) < n ||
	    text_utf8_valid((const char *)s, n) < n)
		return (0);
	return (n);
}

const char *
map_show(struct pool *pool, const char *string)
{
	const unsigned char *s;
	const char *shown;
	struct text t;
	uint32_t c;
	size_t n;

	if (string == NULL)
		return ("");
	text_init(&t);
	for (s = (const unsigned char *)string; *s != '\0'; s += n) {
		n = sequence(s);
		c = n == 0 ? 0 : decode(s, n);
		if (n == 0 || c < 0x20 || c == 0x7f) {
			n = 1;
			text_addf(&t, "\\x%02x", *s);
		} else if (c == '\\') {
			text_add(&t, "\\\\");
		} else if ((c >= 0x80 && c < 0xa0) || is_bidi(c)) {
			text_addf(&t, "\\u{%04x}", (unsigned)c);
		} else {
			text_add_bytes(&t, (const char *)s, n);
		}
	}
	shown = pool_print(pool, "%s", text_string(&t));
	pool->failed |= t.failed;
	text_clear(&t);
	return (shown);
}

const char *
map_plural(struct pool *pool, size_t n, const char *one, const char *many)
{
	if (n == 1)
		return (pool_print(pool, "1 %s", one));
	if (many == NULL)
		return (pool_print(pool, "%zu %ss", n, one));
	return (pool_print(pool, "%zu %s", n, many));
}
