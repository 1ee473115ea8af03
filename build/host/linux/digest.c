/* Digests by Debian's libmd: the names are OpenBSD's. */
#include <sys/types.h>

#include <md5.h>
#include <sha1.h>
#include <sha2.h>

#include "build/digest.h"

DIGEST_FUNCTIONS(md5, MD5_CTX, MD5Init, MD5Update, MD5Final)
DIGEST_FUNCTIONS(sha1, SHA1_CTX, SHA1Init, SHA1Update, SHA1Final)
DIGEST_FUNCTIONS(sha256, SHA2_CTX, SHA256Init, SHA256Update, SHA256Final)
DIGEST_FUNCTIONS(sha512, SHA2_CTX, SHA512Init, SHA512Update, SHA512Final)

const struct digest_kind host_digests[] = {
	DIGEST_KIND(md5, 16, MD5_CTX),
	DIGEST_KIND(sha1, 20, SHA1_CTX),
	DIGEST_KIND(sha256, 32, SHA2_CTX),
	DIGEST_KIND(sha512, 64, SHA2_CTX),
	{ .name = NULL },
};
