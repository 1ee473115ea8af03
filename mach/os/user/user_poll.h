/*
 * Descriptors that follow ports and sets: what the rest of the host calls.
 */
#ifndef ISTHMUS_MACH_OS_USER_USER_POLL_H
#define ISTHMUS_MACH_OS_USER_USER_POLL_H

#include "mach/core/space.h"

/*
 * *fd becomes a new descriptor that follows the port or set of that name in
 * the space.  It is for the caller to pass on and to close: once no process
 * has it open any more, what the host keeps for it goes.  KERN_INVALID_TASK,
 * KERN_INVALID_NAME, KERN_INVALID_RIGHT, KERN_RESOURCE_SHORTAGE,
 * KERN_NOT_SUPPORTED.  No lock is held.
 */
kern_return_t user_poll_attach(struct ipc_space *, mach_port_name_t, int *fd);
/*
 * Makes visible what the calling thread did to queues: to be called after
 * each call into the core (ipc_trap_call, ipc_resume, ipc_cancel,
 * ipc_task_destroy, an alarm's fire, ...) and before the thread sleeps, with
 * no lock held.
 */
static inline void user_poll_flush(void);
/* Lets go what nobody has open any more; also done now and then by itself. */
void user_poll_sweep(void);
/* Ports and sets of one space that are followed at a time; no limit at first. */
extern uint32_t user_poll_limit;
/* How many are followed, of all spaces. */
uint32_t user_poll_count(void);

/* Not 0 once there was one. */
extern uint32_t user_poll_any;
void user_poll_show(void);

static inline void
user_poll_flush(void)
{
	if (__atomic_load_n(&user_poll_any, __ATOMIC_RELAXED) != 0)
		user_poll_show();
}

#endif
