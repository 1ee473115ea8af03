/*
 * No kernel of this system has Mach traps.
 */
#include <stddef.h>

#include "mach/lib/trap.h"

const struct mach_transport *
mach_transport_kernel(const char *wanted)
{
	(void)wanted;
	return (NULL);
}
