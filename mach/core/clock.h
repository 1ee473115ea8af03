/*
 * Clocks: kernel objects that tell a time.
 */
#ifndef ISTHMUS_MACH_CORE_CLOCK_H
#define ISTHMUS_MACH_CORE_CLOCK_H

#include "mach/core/port.h"

#define IPC_CLOCKS 2 /* SYSTEM_CLOCK, CALENDAR_CLOCK */

struct ipc_clock {
	struct ipc_ref refs;
	int id;
	struct ipc_port *port;
};

struct ipc_clock *ipc_clock_create(int id);
/* Its port ends.  NULL is allowed. */
void ipc_clock_destroy(struct ipc_clock *);
void ipc_clock_unref(struct ipc_clock *);

#endif
