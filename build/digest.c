/* Digests: the host's table has the functions, the rest is the same. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/digest.h"

struct digest {
	const struct digest_kind *kind;
	/* The library's state; aligned for any. */
	_Alignas(16) unsigned char context[];
};

struct digest *
digest_create(const char *algorithm)
{
	const struct digest_kind *kind;
	struct digest *d;

	for (kind = host_digests; kind->name != NULL; kind++) {
		if (strcmp(kind->name, algorithm) == 0)
			break;
	}
	if (kind->name == NULL) {
		errno = EINVAL;
		return (NULL);
	}
	d = malloc(sizeof(*d) + kind->context);
	if (d == NULL)
		return (NULL);
	d->kind = kind;
	kind->init(d->context);
	return (d);
}

void
digest_add(struct digest *d, const void *data, size_t len)
{
	d->kind->add(d->context, data, len);
}

void
digest_finish(struct digest *d, char *hex)
{
	unsigned char bytes[DIGEST_BYTES_MAX];
	size_t i;

	d->kind->finish(bytes, d->context);
	for (i = 0; i < d->kind->bytes; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	free(d);
}

void
digest_destroy(struct digest *d)
{
	free(d);
}
