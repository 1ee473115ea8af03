/*
 * Kernel objects: what the core itself is behind some ports.
 */
#ifndef ISTHMUS_MACH_CORE_KOBJECT_H
#define ISTHMUS_MACH_CORE_KOBJECT_H

#include "mach/core/port.h"

struct ipc_msg;
struct ipc_space;
struct ipc_thread;

/*
 * A message that was sent to a kernel object's port: consumed, and answered at
 * its reply port.
 */
void ipc_kobject_serve(struct ipc_thread *, struct ipc_msg *);

/*
 * request.c: does what it asks for, and returns the reply, which has no
 * destination yet.  What objects do is in traps.def; of an id that no row
 * there serves the answer is MIG_BAD_ID, of a request that is not as MIG
 * would write it MIG_BAD_ARGUMENTS or MIG_TYPE_ERROR.  Rights that the
 * routine did not take are in the request still.
 */
struct ipc_msg *ipc_request_serve(struct ipc_thread *, struct ipc_msg *);

/*
 * The live port to which the space has a send right (or which it can receive
 * from), locked.  KERN_INVALID_NAME, KERN_INVALID_RIGHT when it is another
 * kind of right, KERN_INVALID_CAPABILITY when the port is dead.
 */
kern_return_t ipc_kobject_lock(
    struct ipc_space *, mach_port_name_t, struct ipc_port **);

/*
 * A kernel object's port goes: nobody finds the object by it any more.  The
 * object drops its own reference to the port.
 */
void ipc_kobject_port_end(struct ipc_port *);

#endif
