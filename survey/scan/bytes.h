/*
 * The inner loops of the lexers, sixteen bytes at a time where the processor
 * has SSE2 and one at a time elsewhere.  Every function here may read up to
 * SCAN_PAD bytes past the place where it stops: the text must be followed by
 * that many NUL bytes (file.c, sink.h), and may hold none itself.
 */
#ifndef ISTHMUS_SURVEY_SCAN_BYTES_H
#define ISTHMUS_SURVEY_SCAN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* NUL bytes that follow every text handed to a lexer. */
#define SCAN_PAD 64

static inline bool
byte_is_ident(char ch)
{
	unsigned char c = (unsigned char)ch;

	return ((unsigned char)((c | 0x20) - 'a') < 26 ||
		(unsigned char)(c - '0') < 10 || c == '_' || c >= 0x80);
}

static inline bool
byte_is_blank(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v');
}

static inline bool
byte_is_space(char c)
{
	return (byte_is_blank(c) || c == '\n');
}

#if defined(__SSE2__)

static inline __m128i
bytes_load(const char *p)
{
	return (_mm_loadu_si128((const __m128i *)(const void *)p));
}

static inline unsigned
bytes_mask(__m128i v)
{
	return ((unsigned)_mm_movemask_epi8(v));
}

/* Which of the sixteen bytes are equal to `c`. */
static inline __m128i
bytes_equal(__m128i v, char c)
{
	return (_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

/* Which of the sixteen bytes lie in [from, from + n). */
static inline __m128i
bytes_range(__m128i v, char from, int n)
{
	v = _mm_sub_epi8(v, _mm_set1_epi8((char)(from - 128)));
	return (_mm_cmplt_epi8(v, _mm_set1_epi8((char)(n - 128))));
}

#endif

/* The first byte from `p` on that cannot be part of an identifier. */
static inline const char *
bytes_skip_ident(const char *p)
{
#if defined(__SSE2__)
	unsigned stop;
	__m128i v, in;

	for (;;) {
		v = bytes_load(p);
		in = bytes_range(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 26);
		in = _mm_or_si128(in, bytes_range(v, '0', 10));
		in = _mm_or_si128(in, bytes_equal(v, '_'));
		stop = bytes_mask(_mm_or_si128(in, v)) ^ 0xffffu;
		if (stop != 0)
			return (p + __builtin_ctz(stop));
		p += 16;
	}
#else
	while (byte_is_ident(*p))
		p++;
	return (p);
#endif
}

/* The first byte from `p` on that is no white space. */
static inline const char *
bytes_skip_space(const char *p)
{
#if defined(__SSE2__)
	unsigned stop;
	__m128i v;

	for (;;) {
		v = bytes_load(p);
		v = _mm_or_si128(bytes_equal(v, ' '), bytes_range(v, '\t', 5));
		stop = bytes_mask(v) ^ 0xffffu;
		if (stop != 0)
			return (p + __builtin_ctz(stop));
		p += 16;
	}
#else
	while (byte_is_space(*p))
		p++;
	return (p);
#endif
}

/* Sixty-four bytes of a C text, a bit for each. */
struct bytes_block {
	uint64_t words; /* part of an identifier or number */
	uint64_t marks; /* one of ; { } " ' / # \ or NUL */
};

static inline struct bytes_block
bytes_classify(const char *p)
{
	struct bytes_block b = { 0, 0 };
	unsigned i;
#if defined(__SSE2__)
	__m128i v, in, marks;

	for (i = 0; i < 64; i += 16) {
		v = bytes_load(p + i);
		in = bytes_range(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 26);
		in = _mm_or_si128(in, bytes_range(v, '0', 10));
		in = _mm_or_si128(in, bytes_equal(v, '_'));
		b.words |= (uint64_t)bytes_mask(_mm_or_si128(in, v)) << i;
		/* Pairs that differ in one bit: " #, ' /, ; {. */
		marks = bytes_equal(_mm_or_si128(v, _mm_set1_epi8(1)), '#');
		marks = _mm_or_si128(
		    marks, bytes_equal(_mm_or_si128(v, _mm_set1_epi8(8)), '/'));
		marks = _mm_or_si128(marks,
		    bytes_equal(_mm_or_si128(v, _mm_set1_epi8(0x40)), '{'));
		marks = _mm_or_si128(marks, bytes_equal(v, '}'));
		marks = _mm_or_si128(marks, bytes_equal(v, '\\'));
		marks = _mm_or_si128(marks, bytes_equal(v, '\0'));
		b.marks |= (uint64_t)bytes_mask(marks) << i;
	}
#else
	for (i = 0; i < 64; i++) {
		b.words |= (uint64_t)byte_is_ident(p[i]) << i;
		b.marks |= (uint64_t)(p[i] == '\0' ||
				      strchr(";{}\"'/#\\", p[i]) != NULL)
			   << i;
	}
#endif
	return (b);
}

/* The first of `a`, `b`, `c` or NUL from `p` on. */
static inline const char *
bytes_find3(const char *p, char a, char b, char c)
{
#if defined(__SSE2__)
	unsigned hit;
	__m128i v, in;

	for (;;) {
		v = bytes_load(p);
		in = _mm_or_si128(bytes_equal(v, a), bytes_equal(v, b));
		in = _mm_or_si128(in, bytes_equal(v, c));
		hit = bytes_mask(_mm_or_si128(in, bytes_equal(v, '\0')));
		if (hit != 0)
			return (p + __builtin_ctz(hit));
		p += 16;
	}
#else
	while (*p != a && *p != b && *p != c && *p != '\0')
		p++;
	return (p);
#endif
}

/* The first pair `a` `b` (returns the place of `a`) or NUL from `p` on. */
static inline const char *
bytes_find_pair(const char *p, char a, char b)
{
#if defined(__SSE2__)
	unsigned hit;
	__m128i v;

	for (;;) {
		v = bytes_load(p);
		hit = bytes_mask(_mm_and_si128(
		    bytes_equal(v, a), bytes_equal(bytes_load(p + 1), b)));
		hit |= bytes_mask(bytes_equal(v, '\0'));
		if (hit != 0)
			return (p + __builtin_ctz(hit));
		p += 16;
	}
#else
	while (*p != '\0' && !(*p == a && p[1] == b))
		p++;
	return (p);
#endif
}

/* How many line feeds stand in [p, end). */
static inline uint32_t
bytes_count_lines(const char *p, const char *end)
{
	uint32_t n = 0;

#if defined(__SSE2__)
	for (; end - p >= 16; p += 16)
		n += (uint32_t)__builtin_popcount(
		    bytes_mask(bytes_equal(bytes_load(p), '\n')));
#endif
	for (; p < end; p++)
		n += *p == '\n';
	return (n);
}

/* What a text is made of. */
struct bytes_content {
	bool has_nul;
	bool has_high; /* a byte over 0x7f */
};

static inline struct bytes_content
bytes_examine(const char *p, size_t len)
{
	struct bytes_content c = { false, false };
	const char *end = p + len;
	unsigned char all = 0;
	bool nul = false;

#if defined(__SSE2__)
	__m128i high = _mm_setzero_si128(), zero = _mm_setzero_si128(), v;

	for (; end - p >= 16; p += 16) {
		v = bytes_load(p);
		high = _mm_or_si128(high, v);
		zero = _mm_or_si128(zero, bytes_equal(v, '\0'));
	}
	nul = bytes_mask(zero) != 0;
	if (bytes_mask(high) != 0)
		all = 0x80;
#endif
	for (; p < end; p++) {
		all |= (unsigned char)*p;
		nul |= *p == '\0';
	}
	c.has_nul = nul;
	c.has_high = (all & 0x80) != 0;
	return (c);
}

/* Eight bytes as a number, in the byte order of the machine. */
static inline uint64_t
bytes_word(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return (w);
}

#endif
