/*
 * Notifications: the table of dead-name and send-possible requests of a port,
 * and the messages.  XNU osfmk/ipc/ipc_notify.c, ipc_port.c, ipc_right.c.
 */
#include "mach/core/layout.h"
#include "mach/core/message.h"
#include "mach/core/notify.h"
#include "mach/core/queue.h"
#include "mach/core/right.h"

#define REQUESTS_FIRST 2u

/*
 * Requests
 */

static size_t
requests_bytes(uint32_t n)
{
	return (sizeof(struct ipc_requests) + n * sizeof(struct ipc_request));
}

uint32_t
ipc_requests_size(const struct ipc_requests *requests)
{
	return (requests == NULL ? 0 : requests->size);
}

void
ipc_requests_free(struct ipc_requests *requests)
{
	if (requests != NULL)
		ipc_mem_free(
		    IPC_MEM_REQUEST, requests, requests_bytes(requests->size));
}

bool
ipc_requests_grow(struct ipc_port *port, uint32_t old_size)
{
	struct ipc_requests *new, *old;
	uint32_t i, n = old_size == 0 ? REQUESTS_FIRST : 2 * old_size;

	new = ipc_mem_alloc(IPC_MEM_REQUEST, requests_bytes(n), IPC_ZERO);
	if (new == NULL)
		return (false);
	new->size = n;
	ipc_port_lock(port);
	old = port->requests;
	if (port->object.dead || ipc_requests_size(old) >= n) {
		/* Nobody needs it any more. */
		ipc_port_unlock(port);
		ipc_requests_free(new);
		return (true);
	}
	for (i = 0; i < ipc_requests_size(old); i++)
		new->slot[i] = old->slot[i];
	new->free = old == NULL ? 0 : old->free;
	new->armed = old == NULL ? 0 : old->armed;
	new->armed_last = old == NULL ? 0 : old->armed_last;
	for (; i < n; i++) {
		new->slot[i].name = new->free;
		new->free = i + 1;
	}
	port->requests = new;
	ipc_port_unlock(port);
	ipc_requests_free(old);
	return (true);
}

void
ipc_request_arm(struct ipc_port *port, struct ipc_request *slot)
{
	struct ipc_requests *requests = port->requests;
	uint32_t index = (uint32_t)(slot - requests->slot) + 1;

	ipc_mutex_assert(&port->object.lock);
	if (slot->armed)
		return;
	slot->armed = 1;
	slot->next = 0;
	slot->prev = requests->armed_last;
	if (slot->prev != 0)
		requests->slot[slot->prev - 1].next = index;
	else
		requests->armed = index;
	requests->armed_last = index;
}

static void
request_disarm(struct ipc_requests *requests, struct ipc_request *slot)
{
	if (!slot->armed)
		return;
	slot->armed = 0;
	if (slot->next != 0)
		requests->slot[slot->next - 1].prev = slot->prev;
	else
		requests->armed_last = slot->prev;
	if (slot->prev != 0)
		requests->slot[slot->prev - 1].next = slot->next;
	else
		requests->armed = slot->next;
}

bool
ipc_request_add(struct ipc_port *port, struct ipc_entry *entry,
    mach_port_name_t name, struct ipc_port *notify, bool possible, bool armed)
{
	struct ipc_requests *requests = port->requests;
	struct ipc_request *slot;
	uint32_t index;

	ipc_mutex_assert(&port->object.lock);
	if (requests == NULL || requests->free == 0)
		return (false);
	index = requests->free;
	slot = &requests->slot[index - 1];
	requests->free = slot->name;
	slot->notify = notify;
	slot->name = name;
	slot->possible = possible;
	slot->armed = 0;
	entry->request = index;
	if (armed)
		ipc_request_arm(port, slot);
	return (true);
}

struct ipc_request *
ipc_request_of(struct ipc_port *port, const struct ipc_entry *entry)
{
	struct ipc_request *slot;

	if (entry->request == 0)
		return (NULL);
	slot = &port->requests->slot[entry->request - 1];
	return (slot->notify == NULL ? NULL : slot);
}

struct ipc_port *
ipc_request_cancel(struct ipc_port *port, struct ipc_entry *entry)
{
	struct ipc_request *slot;
	struct ipc_port *notify;

	ipc_mutex_assert(&port->object.lock);
	if (entry->request == 0)
		return (NULL);
	slot = &port->requests->slot[entry->request - 1];
	request_disarm(port->requests, slot);
	/* A send-possible request that fired has left an empty slot. */
	notify = slot->notify;
	slot->notify = NULL;
	slot->name = port->requests->free;
	port->requests->free = entry->request;
	entry->request = 0;
	return (notify);
}

bool
ipc_request_take_armed(
    struct ipc_port *port, struct ipc_port **notify, mach_port_name_t *name)
{
	struct ipc_requests *requests = port->requests;
	struct ipc_request *slot;

	ipc_mutex_assert(&port->object.lock);
	if (requests == NULL || requests->armed == 0)
		return (false);
	slot = &requests->slot[requests->armed - 1];
	*notify = slot->notify;
	*name = slot->name;
	/*
	 * The slot stays the entry's until that looks at it again: it cannot be
	 * reached from here.
	 */
	request_disarm(requests, slot);
	slot->notify = NULL;
	slot->possible = 0;
	return (true);
}

/*
 * Messages
 */

/*
 * A notification for the right, with `size` bytes of message.  The right is
 * the message's from now on.
 */
static struct ipc_msg *
notice_create(struct ipc_port *notify, int32_t id, uint32_t size)
{
	mach_msg_header_t *header;
	struct ipc_msg *msg;

	msg = ipc_msg_create_kernel(size);
	memset(msg->data, 0, size);
	header = ipc_msg_header(msg);
	header->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
	header->msgh_size = size;
	header->msgh_id = id;
	msg->dest = notify;
	msg->dest_type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	return (msg);
}

/* The four whose one datum is a name or a count. */
static void
notice_send(struct ipc_port *notify, int32_t id, uint32_t datum)
{
	mach_port_deleted_notification_t *body;
	struct ipc_msg *msg;

	if (!IPC_PORT_VALID(notify))
		return;
	_Static_assert(
	    sizeof(mach_no_senders_notification_t) == sizeof(*body) &&
		sizeof(mach_dead_name_notification_t) == sizeof(*body) &&
		sizeof(mach_send_possible_notification_t) == sizeof(*body) &&
		offsetof(mach_no_senders_notification_t, not_count) ==
		    offsetof(mach_port_deleted_notification_t, not_port),
	    "notifications of one shape");
	/* Their trailer is added on receipt. */
	msg = notice_create(
	    notify, id, sizeof(*body) - sizeof(mach_msg_format_0_trailer_t));
	body = (void *)msg->data;
	body->NDR = layout_ndr;
	body->not_port = datum;
	ipc_msg_send_kernel(msg);
}

void
ipc_notify_port_deleted(struct ipc_port *notify, mach_port_name_t name)
{
	notice_send(notify, MACH_NOTIFY_PORT_DELETED, name);
}

void
ipc_notify_send_possible(struct ipc_port *notify, mach_port_name_t name)
{
	notice_send(notify, MACH_NOTIFY_SEND_POSSIBLE, name);
}

void
ipc_notify_dead_name(struct ipc_port *notify, mach_port_name_t name)
{
	notice_send(notify, MACH_NOTIFY_DEAD_NAME, name);
}

void
ipc_notify_no_senders(struct ipc_port *notify, uint32_t mscount)
{
	notice_send(notify, MACH_NOTIFY_NO_SENDERS, mscount);
}

void
ipc_notify_send_once(struct ipc_port *notify)
{
	if (IPC_PORT_VALID(notify))
		ipc_msg_send_kernel(notice_create(
		    notify, MACH_NOTIFY_SEND_ONCE, sizeof(mach_msg_header_t)));
}

void
ipc_notify_port_destroyed(
    struct ipc_port *notify, struct ipc_port *receive, struct ipc_ring **dead)
{
	mach_port_destroyed_notification_t *body;
	struct ipc_msg *msg;

	msg = notice_create(notify, MACH_NOTIFY_PORT_DESTROYED,
	    sizeof(*body) - sizeof(mach_msg_format_0_trailer_t));
	body = (void *)msg->data;
	ipc_msg_header(msg)->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	body->not_body.msgh_descriptor_count = 1;
	body->not_port.disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	body->not_port.type = MACH_MSG_PORT_DESCRIPTOR;
	msg->descs = msg->few;
	msg->ndescs = 1;
	msg->few[0] = (struct ipc_desc){
		.type = MACH_MSG_PORT_DESCRIPTOR,
		.disposition = MACH_MSG_TYPE_PORT_RECEIVE,
		.port = receive,
	};
	if (ipc_port_transit(receive, notify) != IPC_TRANSIT_OK) {
		/* Nobody would ever get it. */
		ipc_ring_append(dead, &msg->ring);
		return;
	}
	ipc_msg_send_kernel(msg);
}

/*
 * mach_port_request_notification
 */

static kern_return_t
request_no_senders(struct ipc_space *space, mach_port_name_t name,
    uint32_t sync, struct ipc_port *notify, struct ipc_port **previous)
{
	struct ipc_entry *entry;
	struct ipc_port *port, *fire = NULL;
	uint32_t mscount = 0;

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_INVALID_RIGHT);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL || !(entry->type & IPC_TYPE_RECEIVE)) {
		ipc_space_unlock(space);
		return (entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT);
	}
	port = entry->port;
	ipc_port_lock(port);
	ipc_space_unlock(space);
	if (port->flags & IPC_PORT_REPLY) {
		ipc_port_unlock(port);
		return (KERN_INVALID_RIGHT);
	}
	*previous = port->nsrequest;
	if (notify != NULL && port->srights == 0 && sync <= port->mscount) {
		port->nsrequest = NULL;
		fire = notify;
		mscount = port->mscount;
	} else {
		port->nsrequest = notify;
	}
	ipc_port_unlock(port);
	if (fire != NULL)
		ipc_notify_no_senders(fire, mscount);
	return (KERN_SUCCESS);
}

static kern_return_t
request_port_destroyed(struct ipc_space *space, mach_port_name_t name,
    uint32_t sync, struct ipc_port *notify)
{
	struct ipc_entry *entry;
	struct ipc_port *port;
	kern_return_t kr = KERN_SUCCESS;

	if (sync != 0)
		return (KERN_INVALID_VALUE);
	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_INVALID_RIGHT);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL || !(entry->type & IPC_TYPE_RECEIVE)) {
		ipc_space_unlock(space);
		return (entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT);
	}
	port = entry->port;
	ipc_port_lock(port);
	ipc_space_unlock(space);
	/* The receive right of these never moves. */
	if (port->object.kobject_kind != IPC_KO_NONE ||
	    port->flags & (IPC_PORT_REPLY | IPC_PORT_SPECIAL))
		kr = KERN_INVALID_RIGHT;
	else if (port->pdrequest != NULL)
		kr = KERN_FAILURE; /* neither replaced nor cancelled */
	else
		port->pdrequest = notify;
	ipc_port_unlock(port);
	return (kr);
}

/* Its port, locked, as long as the name has one that lives; else NULL. */
static struct ipc_port *
port_of_name(
    struct ipc_space *space, mach_port_name_t name, struct ipc_entry *entry)
{
	if (entry->type & IPC_TYPE_RECEIVE) {
		ipc_port_lock(entry->port);
		return (entry->port);
	}
	return (entry->type & IPC_TYPE_SEND_ANY
		    ? ipc_right_lock_port(space, name, entry)
		    : NULL);
}

/* A message could be sent to it now; locked. */
static bool
can_send(const struct ipc_port *port, const struct ipc_entry *entry)
{
	return (entry->type & IPC_TYPE_SEND_ONCE ||
		(port->object.kobject_kind != IPC_KO_NONE &&
		    port->receiver == NULL) ||
		!ipc_port_full(port, 0));
}

/* No port: space is locked, and is not when this returns. */
static kern_return_t
request_of_none(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, bool possible, struct ipc_port *notify)
{
	bool dead = (entry->type & IPC_TYPE_DEAD_NAME) != 0;

	/* Who wants to know when it can send to a dead name knows at once. */
	if (!dead || !possible || notify == NULL) {
		ipc_space_unlock(space);
		return (dead ? KERN_INVALID_ARGUMENT : KERN_INVALID_RIGHT);
	}
	if (entry->urefs < IPC_UREFS_MAX)
		entry->urefs++;
	ipc_space_unlock(space);
	ipc_notify_dead_name(notify, name);
	return (KERN_SUCCESS);
}

static kern_return_t
request_of_name(struct ipc_space *space, mach_port_name_t name, bool possible,
    bool now, struct ipc_port *notify, struct ipc_port **previous)
{
	struct ipc_entry *entry;
	struct ipc_port *port, *old;
	uint32_t size = 0;
	bool grown, tell, done;

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_INVALID_ARGUMENT);
	for (;;) {
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		entry = ipc_entry_find(space, name);
		if (entry == NULL || (notify == NULL && entry->request == 0)) {
			ipc_space_unlock(space);
			return (
			    entry == NULL ? KERN_INVALID_NAME : KERN_SUCCESS);
		}
		port = port_of_name(space, name, entry);
		if (port == NULL)
			return (request_of_none(
			    space, name, entry, possible, notify));
		old = ipc_request_cancel(port, entry);
		if (old != NULL)
			*previous = old;
		tell =
		    notify != NULL && possible && now && can_send(port, entry);
		done = notify == NULL || tell ||
		       ipc_request_add(port, entry, name, notify, possible,
			   possible && now);
		if (!done) {
			size = ipc_requests_size(port->requests);
			ipc_port_ref(port);
		}
		ipc_port_unlock(port);
		ipc_space_unlock(space);
		if (tell)
			ipc_notify_send_possible(notify, name);
		if (done)
			return (KERN_SUCCESS);
		grown = ipc_requests_grow(port, size);
		ipc_port_unref(port);
		if (!grown)
			return (KERN_RESOURCE_SHORTAGE);
	}
}

kern_return_t
ipc_notify_request(struct ipc_space *space, mach_port_name_t name,
    int32_t msgid, uint32_t sync, struct ipc_port *notify,
    struct ipc_port **previous)
{
	*previous = NULL;
	if (notify == IPC_PORT_DEAD)
		return (KERN_INVALID_CAPABILITY);
	switch (msgid) {
	case MACH_NOTIFY_PORT_DESTROYED:
		return (request_port_destroyed(space, name, sync, notify));
	case MACH_NOTIFY_NO_SENDERS:
		return (
		    request_no_senders(space, name, sync, notify, previous));
	case MACH_NOTIFY_DEAD_NAME:
		return (request_of_name(
		    space, name, false, false, notify, previous));
	case MACH_NOTIFY_SEND_POSSIBLE:
		return (request_of_name(
		    space, name, true, sync != 0, notify, previous));
	default:
		return (KERN_INVALID_VALUE);
	}
}
