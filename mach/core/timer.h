/*
 * mk_timer: a port that gets a message when a time has come.  XNU
 * osfmk/kern/mk_timer.c.
 */
#ifndef ISTHMUS_MACH_CORE_TIMER_H
#define ISTHMUS_MACH_CORE_TIMER_H

#include "mach/core/port.h"

/* Its port's receive right ended. */
void ipc_timer_port_died(void *timer);

struct ipc_timer;
/* Its message was received, or destroyed.  No locks are held. */
void ipc_timer_message_gone(struct ipc_timer *);

#endif
