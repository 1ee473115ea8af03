/* A system of which no digests are known. */
#include <errno.h>

#include "build/host.h"

struct host_digest *
host_digest_create(const char *algorithm)
{
	(void)algorithm;
	errno = ENOSYS;
	return (NULL);
}

void
host_digest_add(struct host_digest *d, const void *data, size_t len)
{
	(void)d;
	(void)data;
	(void)len;
}

void
host_digest_finish(struct host_digest *d, char *hex)
{
	(void)d;
	hex[0] = '\0';
}

void
host_digest_destroy(struct host_digest *d)
{
	(void)d;
}
