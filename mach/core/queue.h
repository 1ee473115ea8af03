/*
 * Waiting: what a parked thread waits for, and the queue of a port.
 *
 * A trap that cannot complete puts its thread's waiter into a list and
 * returns IPC_PARKED; whoever satisfies it takes it out again, under the lock
 * of that list, leaves the outcome in it, and wakes the thread.
 */
#ifndef ISTHMUS_MACH_CORE_QUEUE_H
#define ISTHMUS_MACH_CORE_QUEUE_H

#include "mach/core/message.h"

struct ipc_set;

/* No kern_return_t or mach_msg_return_t: the trap goes on after a wake. */
#define IPC_PARKED 0x7ffffff0
#define IPC_FOREVER UINT64_MAX

enum ipc_wait_kind {
	IPC_WAIT_NOTHING,
	IPC_WAIT_RECEIVE,
	IPC_WAIT_SEND,
	IPC_WAIT_SEMAPHORE,
	IPC_WAIT_TIME
};

struct ipc_waiter {
	struct ipc_ring ring;
	struct ipc_ring **list; /* what it is in, under `lock` */
	struct ipc_mutex *lock; /* NULL: of no list (time) */
	uint32_t queued;	/* read without the lock, by its thread */
	uint8_t kind;		/* enum ipc_wait_kind */
	kern_return_t result;
	struct ipc_object *object; /* referenced; port or set */
	struct ipc_msg *msg;	   /* to send, or received */
	/* of a receiver */
	uint64_t options;
	uint32_t max_size;	   /* of message and trailer */
	uint32_t max_aux;	   /* 0: auxiliary data is dropped */
	uint32_t msg_size;	   /* of one that was too large */
	uint32_t msg_aux;	   /* and of its auxiliary data */
	mach_port_name_t msg_name; /* of the port that has it */
};

/* Why a host ends a wait. */
enum ipc_cancel { IPC_CANCEL_TIMEOUT, IPC_CANCEL_INTERRUPT, IPC_CANCEL_EXIT };

/*
 * Puts the waiter into the list; the list's lock is held, and `object` gets a
 * reference.
 */
void ipc_waiter_park(struct ipc_waiter *, enum ipc_wait_kind,
    struct ipc_ring **list, struct ipc_mutex *, struct ipc_object *);
/*
 * Takes it out, with that result (lock held).  The thread, referenced: the
 * caller wakes it with ipc_thread_wake, best after unlocking.
 */
struct ipc_thread *ipc_waiter_end(struct ipc_waiter *, kern_return_t result);
/* Ends all of a list, and wakes them. */
void ipc_waiter_end_all(struct ipc_ring **list, kern_return_t result);
/* Drops what it holds, after it was satisfied; its thread calls this. */
kern_return_t ipc_waiter_finish(struct ipc_waiter *);
/* Wakes, and gives the reference back. */
void ipc_thread_wake(struct ipc_thread *);

/*
 * Delivers to the locked port, which it unlocks: to a receiver that waits, or
 * into the queue.
 */
void ipc_port_deliver_and_unlock(struct ipc_port *, struct ipc_msg *);
/*
 * What the locked port has queued goes to those who wait on a set that it was
 * added to; unlocks it.
 */
void ipc_port_offer_and_unlock(struct ipc_port *, struct ipc_set *);
/* Lets parked senders in as far as the limit allows; locked. */
void ipc_port_admit(struct ipc_port *);
/* What the messages of one queue may take, unless it is one alone. */
#define IPC_PORT_BYTES_MAX (UINT64_C(64) << 20)
/* True when the sender of a message of that size must wait (locked). */
bool ipc_port_full(const struct ipc_port *, uint32_t size);

struct ipc_want {
	mach_port_name_t name;
	uint64_t options;
	uint32_t max_size, max_aux;
	uint32_t timeout; /* ms, with MACH_RCV_TIMEOUT */
};
/*
 * Receives from a port or set of the thread's space: MACH_MSG_SUCCESS with a
 * message, MACH_RCV_TOO_LARGE with (without MACH_RCV_LARGE) or without one,
 * MACH_RCV_INVALID_NAME, MACH_RCV_TIMED_OUT, MACH_RCV_PORT_CHANGED,
 * IPC_PARKED.  The outcome's details are in the thread's waiter.
 */
mach_msg_return_t ipc_receive(struct ipc_thread *, const struct ipc_want *);
/* The same from a locked port that no space need have; `name` is not used. */
mach_msg_return_t ipc_receive_port_and_unlock(
    struct ipc_thread *, struct ipc_port *, const struct ipc_want *);

/*
 * Descriptors that follow a port or set; the host's.  The queue of a locked
 * object got its first message or lost its last, it died, or its receive right
 * left the space: the host looks itself, and does no more than mark it.
 */
void ipc_poll_changed(struct ipc_object *);

#endif
