/*
 * Semaphores.  XNU osfmk/kern/sync_sema.c.
 */
#ifndef ISTHMUS_MACH_CORE_SEMAPHORE_H
#define ISTHMUS_MACH_CORE_SEMAPHORE_H

#include "mach/core/port.h"

struct ipc_task;

struct ipc_semaphore {
	struct ipc_mutex lock;
	struct ipc_ref refs;
	bool dead, lifo;
	int32_t count;
	struct ipc_ring *waiters; /* ipc_waiter.ring, first come first served */
	struct ipc_port *port;	  /* referenced; it has a reference, too */
	struct ipc_task *task;	  /* the one that made it; referenced */
	struct ipc_ring owned;	  /* in that task's list, under its lock */
};

/* NULL without memory. */
struct ipc_semaphore *ipc_semaphore_create(
    struct ipc_task *, int32_t value, bool lifo);
/* Nobody has a right to it any more: its port ends. */
void ipc_semaphore_abandon(struct ipc_semaphore *);
/* All that the task made: it ends. */
void ipc_semaphores_end(struct ipc_task *);
void ipc_semaphore_unref(struct ipc_semaphore *);

#endif
