/*
 * Exceptions: asked of the handlers that a thread, its task and its host have,
 * in this order.
 */
#ifndef ISTHMUS_MACH_CORE_RAISE_H
#define ISTHMUS_MACH_CORE_RAISE_H

#include "mach/core/task.h"

/* One on its way; zeroed but for what the host fills in. */
struct ipc_raise {
	exception_type_t type;
	int64_t code[EXCEPTION_CODE_MAX];
	/* The thread's registers: words, 0 of a flavor that is not had. */
	uint32_t (*state_get)(
	    struct ipc_thread *, int flavor, void *to, uint32_t words);
	/* False when they may not be so. */
	bool (*state_set)(
	    struct ipc_thread *, int flavor, const void *data, uint32_t words);
	/* The core's own: */
	uint32_t asked;		/* of the three */
	int32_t id;		/* of the request that waits for its answer */
	struct ipc_port *reply; /* where it comes; NULL: nobody was asked */
};

/* Whether a handler was ever set; of a host; relaxed, never 0 again. */
extern uint32_t ipc_raise_used, ipc_raise_host_used;

/* What a kind of exception would be asked of, now; no lock is taken. */
bool ipc_raise_wanted(const struct ipc_exception *slots, exception_type_t);

/*
 * Asks one after the other.  KERN_SUCCESS: the thread goes on, with the
 * registers that a handler gave it; KERN_FAILURE: nobody would have it.
 * IPC_PARKED: it waits for an answer; the host sleeps until ipc_os_wake(), may
 * end the wait with ipc_cancel(), and calls ipc_raise_resume() in any case,
 * which tells the same again.  KERN_ABORTED after a cancel: ipc_raise() goes
 * on waiting for the same answer.
 */
kern_return_t ipc_raise(struct ipc_thread *, struct ipc_raise *);
kern_return_t ipc_raise_resume(struct ipc_thread *, struct ipc_raise *);
/* Nobody waits for the answer any more.  No locks are held. */
void ipc_raise_end(struct ipc_raise *);

#endif
