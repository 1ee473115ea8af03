/*
 * Waiters, and the queue of a port: who gets a message, who waits for one,
 * who waits to put one in.
 */
#include "mach/core/ipc.h"
#include "mach/core/notify.h"
#include "mach/core/queue.h"
#include "mach/core/set.h"
#include "mach/core/task.h"

#define WAITER(r) IPC_RING_ITEM(r, struct ipc_waiter, ring)
#define MESSAGE(r) IPC_RING_ITEM(r, struct ipc_msg, ring)
#define MEMBER_OF_PORT(r) IPC_RING_ITEM(r, struct ipc_member, in_port)
#define MEMBER_READY(r) IPC_RING_ITEM(r, struct ipc_member, in_ready)

static struct ipc_thread *
waiter_thread(struct ipc_waiter *waiter)
{
	return (IPC_RING_ITEM(waiter, struct ipc_thread, waiter));
}

void
ipc_waiter_park(struct ipc_waiter *waiter, enum ipc_wait_kind kind,
    struct ipc_ring **list, struct ipc_mutex *lock, struct ipc_object *object)
{
	waiter->kind = (uint8_t)kind;
	waiter->list = list;
	waiter->lock = lock;
	waiter->object = object;
	if (object != NULL)
		ipc_ref_get(&object->refs);
	if (list != NULL)
		ipc_ring_append(list, &waiter->ring);
	ipc_store_release(&waiter->queued, 1);
}

struct ipc_thread *
ipc_waiter_end(struct ipc_waiter *waiter, kern_return_t result)
{
	struct ipc_thread *thread = ipc_thread_ref(waiter_thread(waiter));

	if (waiter->list != NULL)
		ipc_ring_remove(waiter->list, &waiter->ring);
	waiter->result = result;
	ipc_store_release(&waiter->queued, 0);
	return (thread);
}

void
ipc_waiter_end_all(struct ipc_ring **list, kern_return_t result)
{
	while (*list != NULL)
		ipc_thread_wake(ipc_waiter_end(WAITER(*list), result));
}

void
ipc_thread_wake(struct ipc_thread *thread)
{
	ipc_os_wake(thread);
	ipc_thread_unref(thread);
}

kern_return_t
ipc_waiter_finish(struct ipc_waiter *waiter)
{
	struct ipc_object *object = waiter->object;

	waiter->object = NULL;
	waiter->kind = IPC_WAIT_NOTHING;
	if (object != NULL)
		ipc_object_unref(object);
	return (waiter->result);
}

/* What a wait ends with, for each kind and each reason. */
static kern_return_t
cancel_result(enum ipc_wait_kind kind, enum ipc_cancel why)
{
	bool late = why == IPC_CANCEL_TIMEOUT;

	switch (kind) {
	case IPC_WAIT_RECEIVE:
		return (late ? MACH_RCV_TIMED_OUT : MACH_RCV_INTERRUPTED);
	case IPC_WAIT_SEND:
		return (late ? MACH_SEND_TIMED_OUT : MACH_SEND_INTERRUPTED);
	case IPC_WAIT_SEMAPHORE:
		return (late ? KERN_OPERATION_TIMED_OUT : KERN_ABORTED);
	default:
		return (late ? KERN_SUCCESS : KERN_ABORTED);
	}
}

void
ipc_cancel(struct ipc_thread *thread, enum ipc_cancel why)
{
	struct ipc_waiter *waiter = &thread->waiter;
	struct ipc_mutex *lock = waiter->lock;

	if (waiter->kind == IPC_WAIT_NOTHING)
		return;
	if (lock != NULL)
		ipc_mutex_lock(lock);
	if (waiter->queued)
		ipc_thread_unref(ipc_waiter_end(waiter,
		    cancel_result((enum ipc_wait_kind)waiter->kind, why)));
	if (lock != NULL)
		ipc_mutex_unlock(lock);
}

/*
 * Delivery
 */

/* True when the message does not fit into the receiver's buffers. */
static bool
too_large(const struct ipc_msg *msg, const struct ipc_waiter *waiter)
{
	return (round_msg(msg->size) + ipc_msg_trailer_size(waiter->options) >
		    waiter->max_size ||
		(waiter->max_aux != 0 && msg->aux_size > waiter->max_aux));
}

/* The message is received: what is only known then. */
static void
stamp(struct ipc_port *port, struct ipc_msg *msg)
{
	msg->seqno = port->seqno++;
	msg->context = port->context;
}

/*
 * Offers the message to the receivers of a list (its lock is held, the port's
 * too).  The thread that got it, or NULL.  One whose buffer is too small and
 * who wants to know (MACH_RCV_LARGE) is told, and the next is asked.
 */
static struct ipc_thread *
offer(struct ipc_ring **receivers, struct ipc_port *port, struct ipc_msg *msg)
{
	struct ipc_waiter *waiter;

	while (*receivers != NULL) {
		waiter = WAITER(*receivers);
		if (too_large(msg, waiter) &&
		    waiter->options & MACH_RCV_LARGE) {
			waiter->msg_size = msg->size;
			waiter->msg_aux = msg->aux_size;
			waiter->msg_name = port->receiver_name;
			waiter->msg = NULL;
			ipc_thread_wake(
			    ipc_waiter_end(waiter, MACH_RCV_TOO_LARGE));
			continue;
		}
		stamp(port, msg);
		waiter->msg = msg;
		return (ipc_waiter_end(waiter, too_large(msg, waiter)
						   ? MACH_RCV_TOO_LARGE
						   : MACH_MSG_SUCCESS));
	}
	return (NULL);
}

static void
enqueue(struct ipc_port *port, struct ipc_msg *msg)
{
	bool first = port->messages == NULL;

	ipc_ring_append(&port->messages, &msg->ring);
	port->count++;
	port->bytes += msg->size;
	if (first)
		ipc_poll_changed(&port->object);
}

/*
 * Offers the message to those who wait on a set.  A set without any knows of
 * the message before it is unlocked: who comes then does not wait for it, but
 * for the port's lock.
 */
static struct ipc_thread *
offer_sets(struct ipc_port *port, struct ipc_msg *msg)
{
	struct ipc_thread *thread = NULL;
	struct ipc_member *member;
	struct ipc_object *set;
	struct ipc_ring *r;

	for (r = port->sets; thread == NULL && r != NULL;
	     r = ipc_ring_next(port->sets, r)) {
		member = MEMBER_OF_PORT(r);
		set = &member->set->object;
		ipc_mutex_lock(&set->lock);
		thread = offer(&set->receivers, port, msg);
		if (thread == NULL)
			ipc_member_make_ready(member);
		ipc_mutex_unlock(&set->lock);
	}
	/* Others were told that it would come. */
	if (thread != NULL && port->nsets > 1)
		ipc_set_port_empty(port);
	return (thread);
}

/* To a receiver that waits, which is to be woken, or (NULL) the queue. */
static struct ipc_thread *
deliver(struct ipc_port *port, struct ipc_msg *msg)
{
	struct ipc_thread *thread = NULL;

	ipc_mutex_assert(&port->object.lock);
	if (port->messages == NULL) {
		thread = offer(&port->object.receivers, port, msg);
		if (thread == NULL)
			thread = offer_sets(port, msg);
	}
	if (thread == NULL)
		enqueue(port, msg);
	return (thread);
}

void
ipc_port_deliver_and_unlock(struct ipc_port *port, struct ipc_msg *msg)
{
	struct ipc_thread *thread = deliver(port, msg);

	ipc_port_unlock(port);
	if (thread != NULL)
		ipc_thread_wake(thread);
}

bool
ipc_port_full(const struct ipc_port *port, uint32_t size)
{
	return (port->count >= port->limit ||
		(port->count != 0 && port->bytes + size > IPC_PORT_BYTES_MAX));
}

void
ipc_port_admit(struct ipc_port *port)
{
	struct ipc_thread *receiver;
	struct ipc_waiter *waiter;
	struct ipc_msg *msg;

	ipc_mutex_assert(&port->object.lock);
	while (port->senders != NULL) {
		waiter = WAITER(port->senders);
		if (ipc_port_full(port, waiter->msg->size))
			break;
		msg = waiter->msg;
		waiter->msg = NULL;
		/* A limit that was 0 had receivers wait beside senders. */
		receiver = deliver(port, msg);
		ipc_thread_wake(ipc_waiter_end(waiter, MACH_MSG_SUCCESS));
		if (receiver != NULL)
			ipc_thread_wake(receiver);
	}
}

/*
 * Receiving
 */

/* A message of that size was received: it has left the port's queue. */
static void
taken(struct ipc_port *port, uint32_t size)
{
	port->count--;
	port->bytes -= size;
	if (port->messages == NULL) {
		ipc_set_port_empty(port);
		ipc_poll_changed(&port->object);
	}
	ipc_port_admit(port);
}

/* Unlocks a port that messages were taken of, and tells who wants to send. */
static void
tell_and_unlock(struct ipc_port *port)
{
	mach_port_name_t name;
	struct ipc_port *notify;

	if (port->requests == NULL || port->requests->armed == 0) {
		ipc_port_unlock(port);
		return;
	}
	/* One after the other, as the lock allows. */
	ipc_port_ref(port);
	while (!port->object.dead &&
	       ipc_request_take_armed(port, &notify, &name)) {
		ipc_port_unlock(port);
		ipc_notify_send_possible(notify, name);
		ipc_port_lock(port);
	}
	ipc_port_unlock(port);
	ipc_port_unref(port);
}

/*
 * Takes the first message out of the locked port, which it unlocks, if the
 * receiver can have it.
 */
static mach_msg_return_t
take_and_unlock(struct ipc_port *port, struct ipc_waiter *waiter)
{
	struct ipc_msg *msg = MESSAGE(port->messages);
	bool large = too_large(msg, waiter);

	if (large && waiter->options & MACH_RCV_LARGE) {
		waiter->msg_size = msg->size;
		waiter->msg_aux = msg->aux_size;
		waiter->msg_name = port->receiver_name;
		waiter->msg = NULL;
		ipc_port_unlock(port);
		return (MACH_RCV_TOO_LARGE);
	}
	ipc_ring_remove(&port->messages, &msg->ring);
	stamp(port, msg);
	taken(port, msg->size);
	tell_and_unlock(port);
	waiter->msg = msg;
	return (large ? MACH_RCV_TOO_LARGE : MACH_MSG_SUCCESS);
}

void
ipc_port_offer_and_unlock(struct ipc_port *port, struct ipc_set *set)
{
	struct ipc_thread *thread;
	struct ipc_msg *msg;
	bool some = false;
	uint32_t size;

	ipc_mutex_assert(&port->object.lock);
	while (port->messages != NULL) {
		/* Out first: whoever gets it may run at once. */
		msg = MESSAGE(ipc_ring_pop(&port->messages));
		size = msg->size;
		ipc_mutex_lock(&set->object.lock);
		thread = offer(&set->object.receivers, port, msg);
		ipc_mutex_unlock(&set->object.lock);
		if (thread == NULL) {
			ipc_ring_append(&port->messages, &msg->ring);
			port->messages = &msg->ring;
			break;
		}
		some = true;
		taken(port, size);
		ipc_thread_wake(thread);
	}
	if (some)
		tell_and_unlock(port);
	else
		ipc_port_unlock(port);
}

/* Parks on a locked port or set, which is unlocked, unless it only polls. */
static mach_msg_return_t
park_and_unlock(struct ipc_object *object, struct ipc_waiter *waiter,
    const struct ipc_want *want)
{
	if (want->options & MACH_RCV_TIMEOUT && want->timeout == 0) {
		ipc_mutex_unlock(&object->lock);
		return (MACH_RCV_TIMED_OUT);
	}
	ipc_waiter_park(waiter, IPC_WAIT_RECEIVE, &object->receivers,
	    &object->lock, object);
	ipc_mutex_unlock(&object->lock);
	return (IPC_PARKED);
}

/* The set is referenced and not locked. */
static mach_msg_return_t
receive_set(
    struct ipc_set *set, struct ipc_waiter *waiter, const struct ipc_want *want)
{
	struct ipc_member *member;
	struct ipc_port *port;
	mach_msg_return_t mr;

	for (;;) {
		ipc_mutex_lock(&set->object.lock);
		if (set->object.dead) {
			ipc_mutex_unlock(&set->object.lock);
			return (MACH_RCV_PORT_CHANGED);
		}
		if (set->ready == NULL)
			return (park_and_unlock(&set->object, waiter, want));
		/* A port is locked before a set: let go, and look again. */
		port = ipc_port_ref(MEMBER_READY(set->ready)->port);
		ipc_mutex_unlock(&set->object.lock);
		ipc_port_lock(port);
		member = ipc_set_find(port, set);
		if (member == NULL || port->messages == NULL) {
			ipc_port_unlock(port);
			ipc_port_unref(port);
			continue;
		}
		/* Whoever was served goes to the end. */
		ipc_mutex_lock(&set->object.lock);
		if (member->ready) {
			ipc_ring_remove(&set->ready, &member->in_ready);
			ipc_ring_append(&set->ready, &member->in_ready);
		}
		ipc_mutex_unlock(&set->object.lock);
		mr = take_and_unlock(port, waiter);
		ipc_port_unref(port);
		return (mr);
	}
}

static void
want_set(struct ipc_waiter *waiter, const struct ipc_want *want)
{
	waiter->options = want->options;
	waiter->max_size = want->max_size;
	waiter->max_aux = want->max_aux;
	waiter->msg = NULL;
}

mach_msg_return_t
ipc_receive_port_and_unlock(struct ipc_thread *thread, struct ipc_port *port,
    const struct ipc_want *want)
{
	struct ipc_waiter *waiter = &thread->waiter;

	want_set(waiter, want);
	return (port->messages != NULL
		    ? take_and_unlock(port, waiter)
		    : park_and_unlock(&port->object, waiter, want));
}

mach_msg_return_t
ipc_receive(struct ipc_thread *thread, const struct ipc_want *want)
{
	struct ipc_space *space = thread->task->space;
	struct ipc_entry *entry;
	struct ipc_port *port;
	struct ipc_set *set;
	mach_msg_return_t mr;

	if (!ipc_space_lock(space))
		return (MACH_RCV_INVALID_NAME);
	entry = ipc_entry_find(space, want->name);
	if (entry != NULL && entry->type & IPC_TYPE_RECEIVE) {
		port = entry->port;
		ipc_port_lock(port);
		ipc_space_unlock(space);
		return (ipc_receive_port_and_unlock(thread, port, want));
	}
	if (entry != NULL && entry->type & IPC_TYPE_SET) {
		set = (struct ipc_set *)entry->object;
		ipc_ref_get(&set->object.refs);
		ipc_space_unlock(space);
		want_set(&thread->waiter, want);
		mr = receive_set(set, &thread->waiter, want);
		ipc_object_unref(&set->object);
		return (mr);
	}
	ipc_space_unlock(space);
	return (MACH_RCV_INVALID_NAME);
}
