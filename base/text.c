/* Growable strings, and the few string questions that rooms share. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
text_init(struct text *t)
{
	memset(t, 0, sizeof(*t));
}

void
text_clear(struct text *t)
{
	free(t->data);
	text_init(t);
}

/* Makes room for `more` bytes and a NUL. */
static bool
text_reserve(struct text *t, size_t more)
{
	char *data;
	size_t size;

	if (t->failed)
		return (false);
	if (more < t->size - t->len && t->data != NULL)
		return (true);
	size = t->size == 0 ? 256 : t->size;
	while (size - t->len <= more) {
		if (size > SIZE_MAX / 2) {
			t->failed = true;
			return (false);
		}
		size *= 2;
	}
	data = realloc(t->data, size);
	if (data == NULL) {
		t->failed = true;
		return (false);
	}
	t->data = data;
	t->size = size;
	return (true);
}

void
text_add_bytes(struct text *t, const char *s, size_t len)
{
	if (!text_reserve(t, len))
		return;
	memcpy(t->data + t->len, s, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void
text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		t->failed = true;
		return;
	}
	if (!text_reserve(t, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(t->data + t->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

const char *
text_string(const struct text *t)
{
	return (t->data == NULL ? "" : t->data);
}

char *
text_take(struct text *t)
{
	char *s;

	if (t->failed || !text_reserve(t, 0)) {
		text_clear(t);
		return (NULL);
	}
	s = t->data;
	s[t->len] = '\0';
	text_init(t);
	return (s);
}

bool
text_number(const char *s, int max, int *n)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 || value > max)
		return (false);
	*n = (int)value;
	return (true);
}

bool
text_starts(const char *s, const char *prefix)
{
	return (strncmp(s, prefix, strlen(prefix)) == 0);
}

/* Length of the one UTF-8 sequence at `s`, 0 when it is not valid. */
static size_t
utf8_sequence(const unsigned char *s, size_t len)
{
	size_t i, need;
	unsigned char low, high;

	low = 0x80;
	high = 0xbf;
	if (s[0] < 0x80)
		return (1);
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		need = 2;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		need = 3;
		if (s[0] == 0xe0)
			low = 0xa0;
		if (s[0] == 0xed)
			high = 0x9f;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		need = 4;
		if (s[0] == 0xf0)
			low = 0x90;
		if (s[0] == 0xf4)
			high = 0x8f;
	} else {
		return (0);
	}
	if (len < need || s[1] < low || s[1] > high)
		return (0);
	for (i = 2; i < need; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return (0);
	}
	return (need);
}

size_t
text_utf8_valid(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = utf8_sequence((const unsigned char *)s + i, len - i);
		if (n == 0)
			break;
	}
	return (i);
}

size_t
text_width(const char *s)
{
	size_t width;

	for (width = 0; *s != '\0'; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			width++;
	}
	return (width);
}

void
text_make_printable(char *s)
{
	unsigned char *p;
	size_t i, n;

	for (p = (unsigned char *)s; *p != '\0'; p += n) {
		n = utf8_sequence(p, strnlen((char *)p, 4));
		if (n == 1 && (*p == '\n' || *p == '\t')) {
			*p = ' ';
		} else if (n == 0 || (n == 1 && (*p < 0x20 || *p == 0x7f))) {
			*p = '?';
			n = 1;
		} else if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) {
			for (i = 0; i < n; i++)
				p[i] = '?';
		}
	}
}

#define NEAREST_MAX 64 /* longer words are not typing errors */

/* Edits (insert, delete, replace, swap neighbours) from `a` to `b`. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[3][NEAREST_MAX + 1];
	size_t best, i, j, la, lb, *cur, *prev, *prev2;

	la = strlen(a);
	lb = strlen(b);
	if (la > NEAREST_MAX || lb > NEAREST_MAX)
		return (SIZE_MAX);
	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		cur = row[i % 3];
		prev = row[(i + 2) % 3];
		prev2 = row[(i + 1) % 3];
		cur[0] = i;
		for (j = 1; j <= lb; j++) {
			best = prev[j - 1] + (a[i - 1] != b[j - 1]);
			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && prev2[j - 2] + 1 < best)
				best = prev2[j - 2] + 1;
			cur[j] = best;
		}
	}
	return (row[la % 3][lb]);
}

const char *
text_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *nearest;
	size_t best, d, i;

	nearest = NULL;
	best = strlen(word) / 3 + 1;
	for (i = 0; i < n; i++) {
		d = edit_distance(word, candidates[i]);
		if (d <= best && (nearest == NULL || d < best)) {
			best = d;
			nearest = candidates[i];
		}
	}
	return (nearest);
}
