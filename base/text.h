/*
 * A growable string.  An append that finds no memory marks the text as
 * failed and drops what follows; one check at the end is enough.
 */
#ifndef ISTHMUS_BASE_TEXT_H
#define ISTHMUS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;  /* NUL-terminated; NULL while empty */
	size_t len;  /* without the NUL */
	size_t size; /* bytes allocated */
	bool failed; /* an append found no memory */
};

/* An empty text; `struct text t = { 0 }` is the same. */
void text_init(struct text *);
/* Frees the storage and makes the text empty again. */
void text_clear(struct text *);
void text_add(struct text *, const char *s);
void text_add_bytes(struct text *, const char *s, size_t len);
void text_addf(struct text *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* The string, "" when empty; valid until the text changes. */
const char *text_string(const struct text *);
/* Hands over the string (free(3) it); NULL when the text failed. */
char *text_take(struct text *);

/* `s` is a number from 0 to `max`, in decimal digits and nothing else. */
bool text_number(const char *s, int max, int *n);
/* True when `s` begins with `prefix`. */
bool text_starts(const char *s, const char *prefix);
/*
 * Length of the longest valid UTF-8 prefix of `s`; `len` when all is valid.
 * Overlong forms, surrogates and values over U+10FFFF are invalid
 * (RFC 3629).
 */
size_t text_utf8_valid(const char *s, size_t len);
/* Columns that `s` takes on a terminal: code points, of valid UTF-8. */
size_t text_width(const char *s);
/*
 * Makes `s` safe to show on a terminal, in place: control characters (C0,
 * DEL and C1, so escape sequences too) and bytes that are not UTF-8 become
 * '?', line ends and tabs become blanks.
 */
void text_make_printable(char *s);
/*
 * The candidate nearest to `word` by edit distance, or NULL when none is
 * near enough (more than a third of the word would change).
 */
const char *text_nearest(
    const char *word, const char *const *candidates, size_t n);

#endif
