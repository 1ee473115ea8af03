/* Digests by the libmd of the base system. */
#include <sys/types.h>

#include <md5.h>
#include <sha.h>
#include <sha256.h>
#include <sha512.h>

#include "build/digest.h"

DIGEST_FUNCTIONS(md5, MD5_CTX, MD5Init, MD5Update, MD5Final)
DIGEST_FUNCTIONS(sha1, SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final)
DIGEST_FUNCTIONS(sha256, SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final)
DIGEST_FUNCTIONS(sha512, SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final)

const struct digest_kind host_digests[] = {
	DIGEST_KIND(md5, 16, MD5_CTX),
	DIGEST_KIND(sha1, 20, SHA_CTX),
	DIGEST_KIND(sha256, 32, SHA256_CTX),
	DIGEST_KIND(sha512, 64, SHA512_CTX),
	{ .name = NULL },
};
