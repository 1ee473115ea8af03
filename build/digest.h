/*
 * Running digests: "sha256", "sha512", "sha1", "md5", by the host's library.
 */
#ifndef ISTHMUS_BUILD_DIGEST_H
#define ISTHMUS_BUILD_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES_MAX = 64, DIGEST_HEX_SIZE = 2 * DIGEST_BYTES_MAX + 1 };

struct digest;

/* NULL with EINVAL: not one of them, or none is known here. */
struct digest *digest_create(const char *algorithm);
void digest_add(struct digest *, const void *data, size_t len);
/* Writes lower-case hexadecimal, DIGEST_HEX_SIZE at most, and frees. */
void digest_finish(struct digest *, char *hex);
void digest_destroy(struct digest *);

/* One algorithm of the host's library; a table of these ends with no name. */
struct digest_kind {
	const char *name;
	size_t bytes;	/* of the digest */
	size_t context; /* of the library's state */
	void (*init)(void *context);
	void (*add)(void *context, const void *data, size_t len);
	void (*finish)(unsigned char *bytes, void *context);
};

/* host/.../digest.c */
extern const struct digest_kind host_digests[];

/* The three functions of a kind, from the library's own of type `type`. */
#define DIGEST_FUNCTIONS(kind, type, init, update, final)                   \
	static void kind##_init(void *context)                              \
	{                                                                   \
		type *c = context;                                          \
                                                                            \
		init(c);                                                    \
	}                                                                   \
	static void kind##_add(void *context, const void *data, size_t len) \
	{                                                                   \
		type *c = context;                                          \
                                                                            \
		update(c, data, len);                                       \
	}                                                                   \
	static void kind##_finish(unsigned char *bytes, void *context)      \
	{                                                                   \
		type *c = context;                                          \
                                                                            \
		final(bytes, c);                                            \
	}
#define DIGEST_KIND(kind, bytes, type)                               \
	{                                                            \
#kind, bytes, sizeof(type), kind##_init, kind##_add, \
		    kind##_finish                                    \
	}

#endif
