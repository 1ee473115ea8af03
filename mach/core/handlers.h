/*
 * The handlers of traps.def, and what they share.
 */
#ifndef ISTHMUS_MACH_CORE_HANDLERS_H
#define ISTHMUS_MACH_CORE_HANDLERS_H

#include <mach/mach_port.h>

#include "mach/core/call.h"

#define TRAP(number, name, args, handler) \
	kern_return_t handler(struct ipc_call *);
#define HOST(number, name, args)
#define NONE(number, name, args)
#include "mach/traps.def"
#undef TRAP
#undef HOST
#undef NONE

/* What a preallocated message may have asked for (MACH_MSG_SIZE_MAX). */
#define IPC_PREALLOC_MAX (UINT32_MAX - 68)
/* Every MPO_* of mach/port.h. */
#define IPC_MPO_KNOWN 0xffff

/* Of a mach_port_* call: its task's space, and the name that it is about. */
static inline struct ipc_space *
ipc_call_space(const struct ipc_call *call)
{
	return (call->arg[0].v.task->space);
}

static inline mach_port_name_t
ipc_call_name(const struct ipc_call *call)
{
	return ((mach_port_name_t)call->raw[1]);
}

/*
 * The port of a receive right, locked.  KERN_INVALID_RIGHT, also of a name
 * that is none; KERN_INVALID_NAME, KERN_INVALID_TASK.
 */
kern_return_t ipc_port_of_receive(
    struct ipc_space *, mach_port_name_t, struct ipc_port **);
/*
 * A new port with its receive right, and with `send` one send right, under a
 * new name or, `named`, that one.  The port is locked.
 */
kern_return_t ipc_port_allocate(struct ipc_space *, mach_port_name_t *,
    bool named, bool send, struct ipc_port **);
/*
 * Memory, all zeros, for an out-of-line argument of `n` elements of so many
 * bytes, whole words, each; its `count` is then the caller's.  NULL without
 * memory.
 */
void *ipc_array_make(struct ipc_arg *, uint32_t n, size_t element);
/* The members of a set, an out-of-line array. */
kern_return_t ipc_set_member_names(
    struct ipc_space *, mach_port_name_t set, struct ipc_arg *);
/* Send rights as a result (letter Q); consumes them. */
kern_return_t ipc_call_return_ports(
    struct ipc_call *, unsigned int arg, struct ipc_port **, uint32_t n);
/* XNU's number for a kind of kernel object (osfmk/kern/ipc_kobject.h). */
uint32_t ipc_kotype(enum ipc_kobject_kind);

#endif
