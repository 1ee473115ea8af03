/*
 * The reference model: messages, queues, who waits, notifications.  XNU
 * osfmk/ipc/ipc_kmsg.c, ipc_mqueue.c, mach_msg.c.
 */
#include <stdlib.h>
#include <string.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

/*
 * Waiting
 */

void
m_wake(struct m_thread *thread, int32_t result)
{
	if (thread->list != NULL)
		m_list_remove(thread->list, thread);
	thread->list = NULL;
	thread->ready = true;
	thread->result = result;
}

void
m_wake_all(struct m_list *list, int32_t result)
{
	while (list->n != 0)
		m_wake(list->item[0], result);
}

int32_t
m_park(struct m_thread *thread, enum m_wait wait, struct m_list *list)
{
	thread->wait = wait;
	thread->ready = false;
	thread->list = list;
	m_list_add(list, thread);
	return (M_PARKED);
}

void
m_cancel(struct m_thread *thread, enum m_why why)
{
	bool late = why == M_TIMEOUT;

	if (thread->wait == M_RUNS || thread->ready)
		return;
	if (thread->wait == M_RECEIVES)
		m_wake(
		    thread, late ? MACH_RCV_TIMED_OUT : MACH_RCV_INTERRUPTED);
	else if (thread->wait == M_SENDS)
		m_wake(
		    thread, late ? MACH_SEND_TIMED_OUT : MACH_SEND_INTERRUPTED);
	else
		m_wake(thread, late ? KERN_OPERATION_TIMED_OUT : KERN_ABORTED);
}

/*
 * Messages that nobody will receive
 */

static void
body_release(struct m_msg *msg, uint32_t ndescs)
{
	uint32_t i, j;

	for (i = 0; i < ndescs; i++) {
		for (j = 0; j < M_ARRAY; j++)
			m_release(msg->right[i][j]);
	}
}

void
m_reap(void)
{
	struct m_msg *msg;

	while ((msg = m_list_pop(&m_dead)) != NULL) {
		m_release(msg->dest);
		m_release(msg->reply);
		body_release(msg, M_DESCS);
		free(msg);
	}
}

/*
 * Queues
 */

static bool
too_large(const struct m_msg *msg, const struct m_thread *thread)
{
	return (msg->spec.size + (uint32_t)REQUESTED_TRAILER_SIZE(
				     (mach_msg_option_t)thread->options) >
		thread->rcv_size);
}

static void
stamp(struct m_port *port, struct m_msg *msg)
{
	msg->seqno = port->seqno++;
	msg->context = port->context;
}

/* Tells one who wants to know that it has no room. */
static void
tell_large(
    struct m_port *port, const struct m_msg *msg, struct m_thread *thread)
{
	thread->large_size = msg->spec.size;
	thread->large_name = port->name;
	thread->msg = NULL;
}

/* Gives the message to the first of the receivers who can have it. */
static bool
offer(struct m_list *receivers, struct m_port *port, struct m_msg *msg)
{
	struct m_thread *thread;

	while ((thread = m_list_at(receivers, 0)) != NULL) {
		if (!too_large(msg, thread)) {
			stamp(port, msg);
			thread->msg = msg;
			m_wake(thread, MACH_MSG_SUCCESS);
			return (true);
		}
		if (!(thread->options & MACH_RCV_LARGE)) {
			stamp(port, msg);
			thread->msg = msg;
			m_wake(thread, MACH_RCV_TOO_LARGE);
			return (true);
		}
		tell_large(port, msg, thread);
		m_wake(thread, MACH_RCV_TOO_LARGE);
	}
	return (false);
}

void
m_deliver(struct m_port *port, struct m_msg *msg)
{
	struct m_set *set;
	int i;

	/* Not past those that are queued: receivers of a set may be late. */
	if (port->queue.n == 0 && offer(&port->receivers, port, msg))
		return;
	for (i = 0; port->queue.n == 0 && i < port->sets.n; i++) {
		set = port->sets.item[i];
		if (offer(&set->receivers, port, msg))
			return;
	}
	m_list_add(&port->queue, msg);
	for (i = 0; port->queue.n == 1 && i < port->sets.n; i++) {
		set = port->sets.item[i];
		m_list_add(&set->ready, port);
	}
}

static bool
full(const struct m_port *port)
{
	return ((uint32_t)port->queue.n >= port->limit);
}

/*
 * Senders who waited go in as far as the limit allows.  (XNU lets in as many
 * as a limit was raised by, even above it.)
 */
void
m_admit(struct m_port *port)
{
	struct m_thread *thread;
	struct m_msg *msg;

	while (port->senders.n != 0 && !full(port)) {
		thread = port->senders.item[0];
		msg = thread->msg;
		thread->msg = NULL;
		m_wake(thread, MACH_MSG_SUCCESS);
		m_deliver(port, msg);
	}
}

/* Who wanted to send hears that a message was received. */
static void
send_possible(struct m_port *port)
{
	struct m_request *request;
	struct m_entry *entry;
	int i;

	for (i = 0; i < port->requests.n; i++) {
		request = port->requests.item[i];
		if (!request->armed)
			continue;
		m_list_remove(&port->requests, request);
		i--;
		entry = m_find(request->space, request->name);
		if (entry != NULL)
			entry->fired = true;
		m_notify(request->notify, MACH_NOTIFY_SEND_POSSIBLE,
		    request->name, NULL);
		free(request);
	}
}

/* The first message of the queue is received, or told of. */
static int32_t
take(struct m_port *port, struct m_thread *thread)
{
	struct m_msg *msg = port->queue.item[0];
	struct m_set *set;
	bool large = too_large(msg, thread);
	int i;

	if (large && thread->options & MACH_RCV_LARGE) {
		tell_large(port, msg, thread);
		return (MACH_RCV_TOO_LARGE);
	}
	m_list_remove(&port->queue, msg);
	stamp(port, msg);
	for (i = 0; port->queue.n == 0 && i < port->sets.n; i++) {
		set = port->sets.item[i];
		m_list_remove(&set->ready, port);
	}
	m_admit(port);
	thread->msg = msg;
	return (large ? MACH_RCV_TOO_LARGE : MACH_MSG_SUCCESS);
}

int32_t
m_take(struct m_port *port, struct m_thread *thread)
{
	int32_t mr = take(port, thread);

	if (thread->msg != NULL)
		send_possible(port);
	return (mr);
}

/* A port with messages came to a set: who waits there gets them. */
void
m_set_offer(struct m_port *port, struct m_set *set)
{
	struct m_thread *thread;
	bool some = false;

	while (port->queue.n != 0 && set->receivers.n != 0) {
		thread = set->receivers.item[0];
		m_list_remove(&set->receivers, thread);
		thread->list = NULL;
		m_wake(thread, take(port, thread));
		some = some || thread->msg != NULL;
	}
	if (some)
		send_possible(port);
}

/*
 * Notifications
 */

/* What goes to a dead port is gone at once, before anything that waits. */
static void
destroy_now(struct m_msg *msg)
{
	struct m_list later = m_dead;

	memset(&m_dead, 0, sizeof(m_dead));
	m_list_add(&m_dead, msg);
	m_reap();
	m_list_free(&m_dead);
	m_dead = later;
}

void
m_notify(
    struct m_port *notify, int32_t id, uint32_t value, struct m_port *receive)
{
	struct m_msg *msg = m_new(sizeof(*msg));

	msg->dest.port = notify;
	msg->dest.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	msg->kernel = true;
	msg->value = value;
	msg->born = m_step;
	msg->spec.id = id;
	/* Bytes: what XNU's MIG would send. */
	msg->spec.size = id == MACH_NOTIFY_SEND_ONCE	    ? 24
			 : id == MACH_NOTIFY_PORT_DESTROYED ? 40
							    : 36;
	m_kernel_msgs++;
	if (receive != NULL) {
		msg->spec.ndescs = 1;
		msg->spec.desc[0].type = MACH_MSG_PORT_DESCRIPTOR;
		msg->right[0][0].port = receive;
		msg->right[0][0].type = MACH_MSG_TYPE_PORT_RECEIVE;
	}
	if (notify->dead)
		destroy_now(msg);
	else if (receive != NULL && !m_transit(receive, notify))
		m_list_add(&m_dead, msg);
	else
		m_deliver(notify, msg);
}

bool
m_transit(struct m_port *port, struct m_port *dest)
{
	struct m_port *p;

	for (p = dest; p != NULL; p = p->destination) {
		if (p == port)
			return (false);
		if (p->dead)
			break;
	}
	port->destination = dest;
	return (true);
}
