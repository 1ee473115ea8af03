/*
 * Hashes as people and other programs write them.  No system call: specs are
 * parsed with it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "build/output.h"

enum { HASH_MAX = 64 };

static const struct {
	const char *name;
	size_t bytes;
} algorithms[] = { { "md5", 16 }, { "sha1", 20 }, { "sha256", 32 },
	{ "sha512", 64 } };

/* 0: not an algorithm. */
static size_t
algorithm_bytes(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcmp(algorithms[i].name, name) == 0)
			return (algorithms[i].bytes);
	}
	return (0);
}

/* Value of a digit, -1: none. */
static int
digit(const char *digits, char c)
{
	const char *at;

	at = c == '\0' ? NULL : strchr(digits, c);
	return (at == NULL ? -1 : (int)(at - digits));
}

static bool
parse_hex(const char *s, unsigned char *out, size_t n)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";
	size_t i;
	int v;

	memset(out, 0, n);
	for (i = 0; i < 2 * n; i++) {
		v = digit(lower, s[i]);
		if (v < 0)
			v = digit(upper, s[i]);
		if (v < 0)
			return (false);
		out[i / 2] |= (unsigned char)(i % 2 == 0 ? v << 4 : v);
	}
	return (true);
}

/* Nix: no e, o, t, u; the last digit has the lowest five bits. */
static bool
parse_base32(const char *s, size_t len, unsigned char *out, size_t n)
{
	size_t at, bit, i;
	unsigned v;
	int d;

	memset(out, 0, n);
	for (i = 0; i < len; i++) {
		d = digit("0123456789abcdfghijklmnpqrsvwxyz", s[len - 1 - i]);
		if (d < 0)
			return (false);
		bit = i * 5;
		at = bit / 8;
		v = (unsigned)d << (bit % 8);
		out[at] |= (unsigned char)v;
		if (at + 1 < n)
			out[at + 1] |= (unsigned char)(v >> 8);
		else if (v >> 8 != 0)
			return (false); /* bits that no byte has */
	}
	return (true);
}

static bool
parse_base64(const char *s, size_t len, unsigned char *out, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, made, used;
	uint32_t bits;
	int d, nbits;

	used = (n * 8 + 5) / 6;
	bits = 0;
	nbits = 0;
	made = 0;
	for (i = 0; i < len; i++) {
		if (i >= used) {
			if (s[i] != '=')
				return (false);
			continue;
		}
		d = digit(digits, s[i]);
		if (d < 0)
			return (false);
		bits = (bits << 6 | (uint32_t)d) & 0xffff;
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			out[made++] = (unsigned char)(bits >> nbits);
		}
	}
	return (made == n && (bits & ((1u << nbits) - 1)) == 0);
}

static bool
parse_value(const char *s, bool sri, unsigned char *out, size_t n)
{
	size_t len = strlen(s);

	if (!sri && len == 2 * n)
		return (parse_hex(s, out, n));
	if (!sri && len == (n * 8 - 1) / 5 + 1)
		return (parse_base32(s, len, out, n));
	if (len == (n + 2) / 3 * 4)
		return (parse_base64(s, len, out, n));
	return (false);
}

/* Skips "ALGORITHM:" or, *sri, "ALGORITHM-"; false: of another algorithm. */
static bool
skip_prefix(const char *algorithm, const char **value, bool *sri)
{
	char name[16];
	size_t n;

	*sri = false;
	n = strcspn(*value, ":-");
	if ((*value)[n] == '\0' || n >= sizeof(name))
		return (true);
	memcpy(name, *value, n);
	name[n] = '\0';
	if (algorithm_bytes(name) == 0)
		return (true);
	*sri = (*value)[n] == '-';
	*value += n + 1;
	return (strcmp(name, algorithm) == 0);
}

bool
output_hash_parse(
    const char *algorithm, const char *value, char hex[129], struct error *e)
{
	unsigned char bytes[HASH_MAX];
	const char *rest = value;
	size_t i, n;
	bool sri;

	n = algorithm_bytes(algorithm);
	if (n == 0)
		return (fail(e, EINVAL, "parse hash", algorithm,
		    "no such algorithm: sha256, sha512, sha1, md5"));
	if (!skip_prefix(algorithm, &rest, &sri))
		return (fail(e, EINVAL, "parse hash", value,
		    "it is of another algorithm than %s", algorithm));
	if (!parse_value(rest, sri, bytes, n))
		return (fail(e, EINVAL, "parse hash", value,
		    "neither hexadecimal (%zu digits), base 32 (%zu) nor "
		    "base 64 (%zu) of %s",
		    2 * n, (n * 8 - 1) / 5 + 1, (n + 2) / 3 * 4, algorithm));
	for (i = 0; i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return (true);
}
