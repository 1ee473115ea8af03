/*
 * Ports: making and ending them, and the counts of their rights.
 */
#include "mach/core/message.h"
#include "mach/core/notify.h"
#include "mach/core/port.h"
#include "mach/core/queue.h"
#include "mach/core/service.h"
#include "mach/core/set.h"
#include "mach/core/space.h"
#include "mach/core/task.h"

/* Held while a chain of ports in transit is locked from its end to its base. */
static struct ipc_mutex transit_lock;
static uint32_t transit_lock_makers, transit_lock_made;

struct ipc_port *
ipc_port_create(void)
{
	struct ipc_port *port;

	port = ipc_mem_alloc(IPC_MEM_PORT, sizeof(*port), IPC_ZERO);
	if (port == NULL)
		return (NULL);
	ipc_mutex_init(&port->object.lock, IPC_LOCK_PORT);
	ipc_ref_init(&port->object.refs);
	port->limit = MACH_PORT_QLIMIT_DEFAULT;
	return (port);
}

struct ipc_port *
ipc_port_create_kobject(enum ipc_kobject_kind kind, void *kobject)
{
	struct ipc_port *port = ipc_port_create();

	if (port == NULL)
		return (NULL);
	port->object.kobject_kind = (uint8_t)kind;
	port->kobject = kobject;
	ipc_probe_port_create(port, kind, MACH_PORT_NULL);
	return (port);
}

void
ipc_object_unref(struct ipc_object *object)
{
	struct ipc_port *port = (struct ipc_port *)object;

	if (!ipc_ref_put(&object->refs))
		return;
	IPC_ASSERT(object->receivers == NULL);
	ipc_mutex_destroy(&object->lock);
	if (object->is_set) {
		ipc_mem_free(IPC_MEM_SET, object, sizeof(struct ipc_set));
		return;
	}
	IPC_ASSERT(port->messages == NULL && port->senders == NULL);
	IPC_ASSERT(port->srights == 0 && port->sorights == 0);
	IPC_ASSERT(port->account == NULL);
	ipc_requests_free(port->requests);
	ipc_service_free(port->service);
	ipc_mem_free(IPC_MEM_PORT, port, sizeof(*port));
}

/*
 * Counts
 */

void
ipc_port_make_send(struct ipc_port *port)
{
	ipc_mutex_assert(&port->object.lock);
	port->mscount++;
	port->srights++;
	ipc_port_ref(port);
}

void
ipc_port_copy_send(struct ipc_port *port)
{
	ipc_mutex_assert(&port->object.lock);
	IPC_ASSERT(port->srights > 0);
	port->srights++;
	ipc_port_ref(port);
}

void
ipc_port_make_send_once(struct ipc_port *port)
{
	ipc_mutex_assert(&port->object.lock);
	port->sorights++;
	ipc_port_ref(port);
}

struct ipc_port *
ipc_port_kobject_send(struct ipc_port *port)
{
	if (port == NULL)
		return (IPC_PORT_DEAD);
	ipc_port_lock(port);
	if (port->object.dead) {
		ipc_port_unlock(port);
		return (IPC_PORT_DEAD);
	}
	ipc_port_make_send(port);
	ipc_port_unlock(port);
	return (port);
}

struct ipc_port *
ipc_port_send_dup(struct ipc_port *port)
{
	if (!IPC_PORT_VALID(port))
		return (port);
	ipc_port_lock(port);
	if (port->object.dead) {
		ipc_port_unlock(port);
		return (IPC_PORT_DEAD);
	}
	ipc_port_copy_send(port);
	ipc_port_unlock(port);
	return (port);
}

struct ipc_port *
ipc_port_drop_send(struct ipc_port *port, uint32_t *mscount)
{
	struct ipc_port *notify = NULL;

	ipc_mutex_assert(&port->object.lock);
	IPC_ASSERT(port->srights > 0);
	if (--port->srights == 0 && !port->object.dead) {
		notify = port->nsrequest;
		port->nsrequest = NULL;
		*mscount = port->mscount;
	}
	return (notify);
}

void
ipc_port_drop_send_and_unlock(struct ipc_port *port)
{
	struct ipc_port *notify;
	uint32_t mscount = 0;
	bool last;

	notify = ipc_port_drop_send(port, &mscount);
	last = port->srights == 0 && port->object.kobject_kind != IPC_KO_NONE;
	ipc_port_unlock(port);
	if (notify != NULL)
		ipc_notify_no_senders(notify, mscount);
	if (last)
		ipc_kobject_no_senders(port);
	ipc_port_unref(port);
}

void
ipc_port_release_send(struct ipc_port *port)
{
	if (!IPC_PORT_VALID(port))
		return;
	ipc_port_lock(port);
	ipc_port_drop_send_and_unlock(port);
}

void
ipc_port_release_send_once(struct ipc_port *port)
{
	bool dead;

	if (!IPC_PORT_VALID(port))
		return;
	ipc_port_lock(port);
	dead = port->object.dead;
	if (dead)
		port->sorights--;
	ipc_port_unlock(port);
	if (dead)
		ipc_port_unref(port);
	else
		ipc_notify_send_once(port); /* uses the right up */
}

void
ipc_port_release_receive(struct ipc_port *port, struct ipc_ring **dead)
{
	struct ipc_port *destination;

	if (!IPC_PORT_VALID(port))
		return;
	ipc_port_lock(port);
	destination = port->destination;
	port->destination = NULL;
	/* Nothing but its holder ends a port in a message. */
	IPC_ASSERT(!port->object.dead);
	ipc_port_destroy(port, dead);
	if (destination != NULL)
		ipc_port_unref(destination);
}

void
ipc_port_release(
    struct ipc_port *port, unsigned int type, struct ipc_ring **dead)
{
	switch (type) {
	case MACH_MSG_TYPE_PORT_SEND:
		ipc_port_release_send(port);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		ipc_port_release_send_once(port);
		break;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		ipc_port_release_receive(port, dead);
		break;
	default:
		IPC_ASSERT(!IPC_PORT_VALID(port));
		break;
	}
}

/*
 * The receive right
 */

void
ipc_port_clear_receiver(struct ipc_port *port)
{
	ipc_mutex_assert(&port->object.lock);
	ipc_waiter_end_all(&port->object.receivers, MACH_RCV_PORT_CHANGED);
	ipc_set_remove_all(port, NULL);
	port->receiver = NULL;
	port->receiver_name = MACH_PORT_NULL;
	port->mscount = 0;
	port->seqno = 0;
	port->context = 0;
	port->flags &= ~(
	    uint32_t)(IPC_PORT_GUARDED | IPC_PORT_STRICT | IPC_PORT_IMMOVABLE);
	ipc_poll_changed(&port->object);
}

/* Everyone who asked for it hears that the name is dead. */
static void
requests_fire(struct ipc_requests *requests)
{
	struct ipc_request *request;
	uint32_t i;

	if (requests == NULL)
		return;
	for (i = 0; i < requests->size; i++) {
		request = &requests->slot[i];
		if (request->notify != NULL)
			ipc_notify_dead_name(request->notify, request->name);
	}
}

void
ipc_port_destroy(struct ipc_port *port, struct ipc_ring **dead)
{
	struct ipc_requests *requests;
	struct ipc_account *account;
	struct ipc_port *notify;
	enum ipc_kobject_kind kind;
	void *kobject;

	ipc_mutex_assert(&port->object.lock);
	IPC_ASSERT(!port->object.dead);
	notify = port->pdrequest;
	if (notify != NULL) {
		/* It is not destroyed: its receive right moves. */
		port->pdrequest = NULL;
		ipc_port_clear_receiver(port);
		ipc_port_unlock(port);
		ipc_notify_port_destroyed(notify, port, dead);
		return;
	}
	ipc_probe_port_destroy(
	    port, port->object.kobject_kind, port->receiver_name);
	ipc_port_clear_receiver(port);
	port->object.dead = true;
	notify = port->nsrequest;
	port->nsrequest = NULL;
	/*
	 * Nobody changes them from now on; entries look there when they become
	 * dead names.
	 */
	requests = port->requests;
	account = port->account;
	port->account = NULL;
	kind = (enum ipc_kobject_kind)port->object.kobject_kind;
	kobject = port->kobject;
	port->object.kobject_kind = IPC_KO_NONE;
	port->kobject = NULL;
	port->count = 0;
	port->bytes = 0;
	ipc_ring_concat(dead, &port->messages);
	ipc_waiter_end_all(&port->senders, MACH_SEND_INVALID_DEST);
	ipc_poll_changed(&port->object);
	ipc_port_unlock(port);

	ipc_port_release_send_once(notify);
	requests_fire(requests);
	if (kind != IPC_KO_NONE)
		ipc_kobject_port_died(kind, kobject);
	ipc_account_unref(account);
	ipc_port_unref(port);
}

/*
 * Moving a receive right into a message
 */

static void
transit_lock_acquire(void)
{
	/* The first who comes makes it; who comes meanwhile waits for that. */
	if (!ipc_load_acquire(&transit_lock_made) &&
	    ipc_add(&transit_lock_makers, 1) == 0) {
		ipc_mutex_init(&transit_lock, IPC_LOCK_TRANSIT);
		ipc_store_release(&transit_lock_made, 1);
	}
	while (!ipc_load_acquire(&transit_lock_made))
		;
	ipc_mutex_lock(&transit_lock);
}

static bool
in_transit(const struct ipc_port *port)
{
	return (!port->object.dead && port->destination != NULL);
}

enum ipc_transit
ipc_port_transit(struct ipc_port *port, struct ipc_port *dest)
{
	struct ipc_port *base, *next;
	enum ipc_transit result = IPC_TRANSIT_OK;
	uint32_t depth = 0;

	if (port == dest)
		return (IPC_TRANSIT_CIRCLE);
	/* Mostly the destination's receive right is in a space. */
	ipc_port_lock(port);
	if (ipc_mutex_trylock(&dest->object.lock)) {
		if (!in_transit(dest)) {
			port->destination = ipc_port_ref(dest);
			ipc_port_unlock(dest);
			ipc_port_unlock(port);
			return (IPC_TRANSIT_OK);
		}
		ipc_port_unlock(dest);
	}
	ipc_port_unlock(port);

	/* All of the chain stays locked, so that it cannot close elsewhere. */
	transit_lock_acquire();
	for (base = dest;; base = base->destination) {
		ipc_port_lock(base);
		if (base == port)
			result = IPC_TRANSIT_CIRCLE;
		else if (in_transit(base) && ++depth == IPC_TRANSIT_MAX)
			result = IPC_TRANSIT_DEEP;
		if (result != IPC_TRANSIT_OK || !in_transit(base))
			break;
	}
	if (result == IPC_TRANSIT_OK) {
		ipc_port_lock(port);
		port->destination = ipc_port_ref(dest);
		ipc_port_unlock(port);
	}
	ipc_mutex_unlock(&transit_lock);
	while (dest != base) {
		next = dest->destination;
		ipc_port_unlock(dest);
		dest = next;
	}
	ipc_port_unlock(base);
	return (result);
}
