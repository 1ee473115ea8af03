/* Digests by Debian's libmd: the names are OpenBSD's. */
#include <sys/types.h>

#include <errno.h>
#include <md5.h>
#include <sha1.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/host.h"

enum kind { KIND_MD5, KIND_SHA1, KIND_SHA256, KIND_SHA512 };

struct host_digest {
	enum kind kind;
	union {
		MD5_CTX md5;
		SHA1_CTX sha1;
		SHA2_CTX sha2;
	};
};

static const char *const names[] = { "md5", "sha1", "sha256", "sha512" };

struct host_digest *
host_digest_create(const char *algorithm)
{
	struct host_digest *d;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], algorithm) == 0)
			break;
	}
	if (i == sizeof(names) / sizeof(names[0])) {
		errno = EINVAL;
		return (NULL);
	}
	d = malloc(sizeof(*d));
	if (d == NULL)
		return (NULL);
	d->kind = (enum kind)i;
	switch (d->kind) {
	case KIND_MD5:
		MD5Init(&d->md5);
		break;
	case KIND_SHA1:
		SHA1Init(&d->sha1);
		break;
	case KIND_SHA256:
		SHA256Init(&d->sha2);
		break;
	case KIND_SHA512:
		SHA512Init(&d->sha2);
		break;
	}
	return (d);
}

void
host_digest_add(struct host_digest *d, const void *data, size_t len)
{
	switch (d->kind) {
	case KIND_MD5:
		MD5Update(&d->md5, data, len);
		break;
	case KIND_SHA1:
		SHA1Update(&d->sha1, data, len);
		break;
	case KIND_SHA256:
		SHA256Update(&d->sha2, data, len);
		break;
	case KIND_SHA512:
		SHA512Update(&d->sha2, data, len);
		break;
	}
}

void
host_digest_finish(struct host_digest *d, char *hex)
{
	unsigned char bytes[64];
	size_t i, n = 0;

	switch (d->kind) {
	case KIND_MD5:
		MD5Final(bytes, &d->md5);
		n = MD5_DIGEST_LENGTH;
		break;
	case KIND_SHA1:
		SHA1Final(bytes, &d->sha1);
		n = SHA1_DIGEST_LENGTH;
		break;
	case KIND_SHA256:
		SHA256Final(bytes, &d->sha2);
		n = SHA256_DIGEST_LENGTH;
		break;
	case KIND_SHA512:
		SHA512Final(bytes, &d->sha2);
		n = SHA512_DIGEST_LENGTH;
		break;
	}
	for (i = 0; i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	free(d);
}

void
host_digest_destroy(struct host_digest *d)
{
	free(d);
}
