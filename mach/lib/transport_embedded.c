/*
 * The embedded transport: a trap is a function call into the core, which is
 * linked into this library.
 */
#include <isthmus/mach_embedded.h>

#include "mach/lib/trap.h"

const struct mach_transport mach_transport_embedded = {
	.trap = mach_embedded_trap,
	.names = mach_embedded_task_names,
	.at_thread_exit = mach_embedded_at_thread_exit,
};
