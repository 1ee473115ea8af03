/* A port in poll(2), epoll and kqueue.  Isthmus' own. */
#ifndef ISTHMUS_MACH_POLLFD_H
#define ISTHMUS_MACH_POLLFD_H

#include <mach/mach_types.h>

#ifndef _KERNEL
__BEGIN_DECLS

/*
 * *fd becomes a descriptor that is readable while a message waits in the port
 * or port set `name`, whose receive right stays where it is: receive with
 * mach_msg(), and close() the descriptor, and what fork and dup made of it,
 * when done.  What can be read from it has no meaning; whoever reads it, or
 * unlocks it with flock(), finds it wrong until the queue changes.  It reads
 * as readable for ever once the right is gone: destroyed, or moved to another
 * task.  It is closed on exec.  With mach.ko reading it changes nothing.  Edges (EPOLLET, EV_CLEAR): one whenever the
 * queue was empty and a message came, so receive until MACH_RCV_TIMED_OUT.
 * KERN_INVALID_NAME, KERN_INVALID_RIGHT (no receive right and no set),
 * KERN_RESOURCE_SHORTAGE (no descriptor), KERN_NOT_SUPPORTED (this host).
 */
extern kern_return_t mach_port_pollfd(
    ipc_space_t task, mach_port_name_t name, int *fd);

__END_DECLS
#endif

#endif /* !ISTHMUS_MACH_POLLFD_H */
