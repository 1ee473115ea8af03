/*
 * No server for this system.
 */
#include <stddef.h>

#include "mach/lib/trap.h"

const struct mach_transport *
mach_transport_server(void)
{
	return (NULL);
}
