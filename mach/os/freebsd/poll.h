/*
 * What follows a port or set from outside of Mach: descriptors (poll.c) and
 * kqueue(2)'s own filter (kmod/evfilt.c).
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_POLL_H
#define ISTHMUS_MACH_OS_FREEBSD_POLL_H

#include "mach/core/set.h"
#include "mach/core/space.h"

#include <sys/event.h>
#include <sys/selinfo.h>

/* All but `object` under the object's lock, which is also the list's. */
struct ipc_poll {
	struct ipc_object *object; /* referenced */
	uint32_t refs;		   /* files, notes of the filter */
	bool gone;		   /* the right left its space, for ever */
	struct selinfo waiters;
};

/*
 * What follows the port or set of that name, with a reference.
 * KERN_INVALID_NAME, KERN_INVALID_RIGHT (no receive right and no set),
 * KERN_INVALID_TASK, KERN_RESOURCE_SHORTAGE.
 */
kern_return_t mach_poll_attach(
    struct ipc_space *, mach_port_name_t, struct ipc_poll **);
void mach_poll_unref(struct ipc_poll *);
/* The object is locked: a message waits, or it is gone. */
bool mach_poll_readable(const struct ipc_poll *);
/* How many there are: while there are, the module's code is needed. */
unsigned int mach_poll_count(void);

#endif
