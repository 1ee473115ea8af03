/*
 * Descriptors that follow ports and sets: what the rest of the host calls, and
 * the pair of descriptors behind one, which is another on each system.
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

/*
 * poll_linux.c, poll_freebsd.c: bytes in a channel.  What the host does to its
 * end never waits, whatever flags a user sets on the other.
 */
struct poll_end {
	int fd;	    /* the host's alone */
	int shared; /* the users' own, or -1 */
};
/*
 * The channel, empty, and its first user's descriptor.
 * KERN_RESOURCE_SHORTAGE; KERN_NOT_SUPPORTED where it cannot be known when a
 * user closes it.
 */
kern_return_t poll_end_create(struct poll_end *, int *user_fd);
/* One more descriptor of the channel. */
kern_return_t poll_end_open(const struct poll_end *, int *user_fd);
/* One byte more, and so readable. */
void poll_end_put(const struct poll_end *);
/* As many bytes less, if there are. */
#define POLL_BYTES_MAX 64
void poll_end_take(const struct poll_end *, size_t n);
/* False when no user has one open. */
bool poll_end_used(const struct poll_end *);
/* A user's descriptor is at its end from then on, and so readable. */
void poll_end_close(const struct poll_end *);

#endif
