/*
 * Vectors of names and values for nmount(2) and jail_set(2).  Both put what
 * they have to say into a buffer of the name "errmsg".
 */
#include <string.h>

#include "build/host/freebsd/freebsd.h"

void
params_init(struct params *p)
{
	p->n = 0;
	p->errmsg[0] = '\0';
}

void
params_add(struct params *p, const char *name, const void *value, size_t len)
{
	if (p->n + 2 > 2 * PARAMS_MAX)
		return;
	p->iov[p->n].iov_base = __DECONST(char *, name);
	p->iov[p->n++].iov_len = strlen(name) + 1;
	p->iov[p->n].iov_base = len == 0 ? NULL : __DECONST(void *, value);
	p->iov[p->n++].iov_len = len;
}

void
params_string(struct params *p, const char *name, const char *value)
{
	params_add(p, name, value, strlen(value) + 1);
}

unsigned
params_finish(struct params *p)
{
	static const char name[] = "errmsg";

	p->iov[p->n].iov_base = __DECONST(char *, name);
	p->iov[p->n].iov_len = sizeof(name);
	p->iov[p->n + 1].iov_base = p->errmsg;
	p->iov[p->n + 1].iov_len = sizeof(p->errmsg);
	return (p->n + 2);
}
