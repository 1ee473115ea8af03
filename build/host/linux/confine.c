/*
 * Confinement of the executor's own helpers.  Linux has Landlock for it, but
 * each open below it walks up to the root: a hostile tree of n levels costs
 * n * n, and 100,000 levels hours (measured; 0.1 s without).  They work below
 * descriptors and follow no link; that has to do here.
 */
#include "build/host.h"

bool
host_confine(const int *fds, size_t n, struct error *e)
{
	(void)fds;
	(void)n;
	(void)e;
	return (true);
}

bool
host_confines(void)
{
	return (false);
}
