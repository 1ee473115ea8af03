/*
 * The names that a scan looks for, and the words of C that its lexer must
 * know, in one hash table: an identifier of the source is looked up once.
 * The lookup is inline, since it is done for every identifier of the tree.
 */
#ifndef ISTHMUS_SURVEY_SCAN_SYMBOLS_H
#define ISTHMUS_SURVEY_SCAN_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/scan/bytes.h"
#include "survey/survey.h"

struct error;

/* As what a name is looked for; one name can be several ("mount"). */
enum want {
	WANT_FUNCTION,
	WANT_FLAG,
	WANT_HEADER,
	WANT_DEVICE,
	WANT_COMMAND,
	WANT_COUNT
};

#define WANTS(symbol, as) (((symbol)->wants & (1u << (as))) != 0)

struct symbol {
	const char *name;
	const struct isth_interface *rows[WANT_COUNT]; /* or NULL */
	uint64_t key;
	uint64_t short_key;
	uint32_t len;
	uint8_t wants;	 /* bits: 1 << enum want */
	uint8_t keyword; /* enum keyword of lex_c.h */
};

struct symbols {
	struct symbol *all;
	size_t n;
	size_t size;	     /* entries allocated in `all` */
	uint32_t *slots;     /* index into `all`, plus one */
	uint64_t *filter;    /* bits of the keys of all names */
	uint64_t *wanted;    /* short keys of those not keywords only */
	unsigned slot_shift; /* key >> shift: a slot */
	unsigned filter_shift;
	size_t nslots;
	char *prefix; /* of further functions, or NULL */
	size_t prefix_len;
	uint64_t prefix_word; /* its first eight bytes, and */
	uint64_t prefix_mask; /* which of them there are */
};

/*
 * The names of the catalogue and of the symbols file that `o` asks for, and
 * the words of C.  NULL with the reason.  Free with symbols_destroy.
 */
struct symbols *symbols_create(
    const struct isth_scan_options *o, struct error *);
void symbols_destroy(struct symbols *);
/* Adds one name; false without memory.  Call symbols_seal at the end. */
bool symbols_add(struct symbols *, const char *name, size_t len, enum want,
    const struct isth_interface *);
/* Builds the hash table over what was added; false without memory. */
bool symbols_seal(struct symbols *);
/* The words of C (lex_c_keyword.c). */
bool symbols_add_keywords(struct symbols *);
bool symbols_add_keyword(struct symbols *, const char *name, uint8_t keyword);

/*
 * A 64-bit key of the `len` > 0 bytes at `p`, mixing the first eight and the
 * last eight.  Without a branch: lengths of identifiers are unpredictable.
 */
static inline uint64_t
symbols_key(const char *p, size_t len)
{
	size_t head, tail;
	uint64_t a, b;

	head = len < 8 ? len : 8;
	tail = len < 8 ? 0 : len - 8;
	a = bytes_word(p);
	b = bytes_word(p + tail);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	a <<= 64 - 8 * head;
	b <<= 64 - 8 * head;
#else
	a >>= 64 - 8 * head;
	b >>= 64 - 8 * head;
#endif
	a = (a ^ len) * UINT64_C(0x9e3779b97f4a7c15);
	b = (b ^ (a >> 29)) * UINT64_C(0xd6e8feb86659fd93);
	return (b);
}

/* A cheaper key, of the length and the first eight bytes alone. */
static inline uint64_t
symbols_short_key(const char *p, size_t len)
{
	size_t head = len < 8 ? len : 8;
	uint64_t a = bytes_word(p);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	a <<= 64 - 8 * head;
#else
	a >>= 64 - 8 * head;
#endif
	return ((a ^ len) * UINT64_C(0x9e3779b97f4a7c15));
}

/* True when `filter` holds the key, or (rarely) when it does not. */
static inline bool
symbols_filter_has(const uint64_t *filter, unsigned shift, uint64_t key)
{
	size_t bit = (size_t)(key >> shift);

	return ((filter[bit / 64] >> (bit % 64) & 1) != 0);
}

/* The symbol of that name or NULL; SCAN_PAD bytes at `p` are readable. */
static inline const struct symbol *
symbols_lookup(const struct symbols *s, const char *p, size_t len)
{
	const struct symbol *symbol;
	uint64_t key;
	size_t slot;

	key = symbols_key(p, len);
	if (!symbols_filter_has(s->filter, s->filter_shift, key))
		return (NULL);
	slot = (size_t)(key >> s->slot_shift);
	for (; s->slots[slot] != 0; slot = (slot + 1) % s->nslots) {
		symbol = &s->all[s->slots[slot] - 1];
		if (symbol->key == key && symbol->len == len &&
		    memcmp(symbol->name, p, len) == 0)
			return (symbol);
	}
	return (NULL);
}

/* True for a name that is wanted by itself, and no keyword only. */
static inline bool
symbols_wants(const struct symbols *s, const char *p, size_t len)
{
	const struct symbol *symbol = symbols_lookup(s, p, len);

	return (symbol != NULL && symbol->wants != 0);
}

/*
 * False only for a name that is not wanted in any way: by itself, as SYS_NAME
 * or __NR_NAME, or by the prefix.
 */
static inline bool
symbols_may_want(const struct symbols *s, const char *p, size_t len)
{
	static const char numbers[2][4] = { { 'S', 'Y', 'S', '_' },
		{ '_', '_', 'N', 'R' } };
	uint32_t four, sys, nr;
	unsigned may;

	memcpy(&four, p, sizeof(four));
	memcpy(&sys, numbers[0], sizeof(sys));
	memcpy(&nr, numbers[1], sizeof(nr));
	/* One branch for the many names that are nothing. */
	may = symbols_filter_has(
	    s->wanted, s->filter_shift, symbols_short_key(p, len));
	may |= four == sys;
	may |= four == nr;
	may |= (bytes_word(p) & s->prefix_mask) == s->prefix_word;
	if (may == 0)
		return (false);
	return (four == sys || four == nr || s->prefix_len != 0 ||
		symbols_wants(s, p, len));
}

/* symbols_lookup for a name that no readable bytes follow. */
const struct symbol *symbols_find(
    const struct symbols *, const char *name, size_t len);

#endif
