/*
 * Spaces and rights of the reference model.  Slow on purpose: every question
 * is a search.  XNU osfmk/ipc/ipc_right.c, ipc_object.c, ipc_port.c and
 * mach_port.c say what is right.
 */
#include <stdlib.h>
#include <string.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

struct m_hints m_hints;
uint64_t m_step;
uint32_t m_kernel_msgs;
struct m_list m_ports, m_sets;
struct m_list m_dead; /* messages to destroy once the call is over */
bool m_defers;
static struct {
	struct m_port *notify;
	mach_port_name_t name;
} deferred[4];
static int ndeferred;

/*
 * Lists
 */

void
m_list_add(struct m_list *list, void *item)
{
	void **more;

	if (list->n == list->size) {
		list->size = list->size == 0 ? 4 : 2 * list->size;
		more = realloc(
		    list->item, (size_t)list->size * sizeof(list->item[0]));
		if (more == NULL)
			abort();
		list->item = more;
	}
	list->item[list->n++] = item;
}

void
m_list_free(struct m_list *list)
{
	free(list->item);
	memset(list, 0, sizeof(*list));
}

void *
m_list_at(struct m_list *list, int i)
{
	return (i < list->n ? list->item[i] : NULL);
}

int
m_list_find(const struct m_list *list, const void *item)
{
	int i;

	for (i = 0; i < list->n; i++) {
		if (list->item[i] == item)
			return (i);
	}
	return (-1);
}

void
m_list_remove(struct m_list *list, void *item)
{
	int i = m_list_find(list, item);

	if (i < 0)
		return;
	memmove(&list->item[i], &list->item[i + 1],
	    (size_t)(list->n - i - 1) * sizeof(list->item[0]));
	list->n--;
}

void
m_list_push(struct m_list *list, void *item)
{
	m_list_add(list, item);
	memmove(&list->item[1], &list->item[0],
	    (size_t)(list->n - 1) * sizeof(list->item[0]));
	list->item[0] = item;
}

void *
m_list_pop(struct m_list *list)
{
	void *item = m_list_at(list, 0);

	if (item != NULL)
		m_list_remove(list, item);
	return (item);
}

void *
m_new(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		abort();
	return (p);
}

/*
 * Entries
 */

struct m_entry *
m_find(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry;
	int i;

	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (entry->name == name)
			return (entry);
	}
	return (NULL);
}

/* That of a send or receive right to the port. */
struct m_entry *
m_find_port(struct m_space *space, struct m_port *port)
{
	struct m_entry *entry;
	int i;

	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (entry->port == port &&
		    entry->type & MACH_PORT_TYPE_SEND_RECEIVE)
			return (entry);
	}
	return (NULL);
}

bool
m_valid(mach_port_name_t name)
{
	return (name != MACH_PORT_NULL && name != MACH_PORT_DEAD);
}

/* A new entry under the name that the core chose. */
struct m_entry *
m_entry_new(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry;
	int i;

	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (entry->name >> 8 == name >> 8)
			m_wrong("name %#x is not free: %#x", name, entry->name);
	}
	if (!m_valid(name) || (name & 3) != 3 || name >> 8 == 0)
		m_wrong("name %#x is none", name);
	entry = m_new(sizeof(*entry));
	entry->name = name;
	m_list_add(&space->entries, entry);
	return (entry);
}

void
m_entry_free(struct m_space *space, struct m_entry *entry)
{
	m_list_remove(&space->entries, entry);
	free(entry);
}

/* mach_port_allocate_name's rules on names. */
int32_t
m_name_check(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry;
	int i;

	/* Chosen names may be as high as 256 names reach, or the limit. */
	if (name >> 8 > (space->limit | 255))
		return (KERN_NO_SPACE);
	if ((name & 3) != 3)
		return (KERN_INVALID_VALUE);
	if (name >> 8 == 0)
		return (KERN_FAILURE);
	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (entry->name >> 8 == name >> 8)
			return (KERN_NAME_EXISTS);
	}
	return ((uint32_t)space->entries.n >= space->limit ? KERN_NO_SPACE
							   : KERN_SUCCESS);
}

mach_port_name_t
m_hint(void)
{
	if (m_hints.at == m_hints.n)
		return (MACH_PORT_NULL);
	return (m_hints.name[m_hints.at++]);
}

/*
 * Requests of an entry
 */

struct m_request *
m_request_find(struct m_space *space, struct m_entry *entry)
{
	struct m_request *request;
	int i;

	if (entry->port == NULL)
		return (NULL);
	for (i = 0; i < entry->port->requests.n; i++) {
		request = entry->port->requests.item[i];
		if (request->space == space && request->name == entry->name)
			return (request);
	}
	return (NULL);
}

/* Forgets it; whom it would have told. */
struct m_port *
m_request_cancel(struct m_space *space, struct m_entry *entry)
{
	struct m_request *request = m_request_find(space, entry);
	struct m_port *notify;

	entry->fired = false;
	if (request == NULL)
		return (NULL);
	notify = request->notify;
	m_list_remove(&entry->port->requests, request);
	free(request);
	return (notify);
}

/*
 * An entry whose port died is a dead name from the first time that somebody
 * looks; the notification that went out brought it a reference.  False when
 * the port is alive.
 */
bool
m_check_dead(struct m_space *space, struct m_entry *entry)
{
	bool told;

	(void)space;
	if (entry->port == NULL || !entry->port->dead)
		return (false);
	told = entry->told;
	if (entry->type & MACH_PORT_TYPE_SEND)
		entry->port->srights--;
	else
		entry->port->sorights--;
	entry->type = MACH_PORT_TYPE_DEAD_NAME;
	entry->port = NULL;
	entry->told = entry->fired = false;
	if (told && entry->urefs < MACH_PORT_UREFS_MAX)
		entry->urefs++;
	return (true);
}

/*
 * Rights that no space has
 */

void
m_send_dropped(struct m_port *port)
{
	struct m_port *notify = port->nsrequest;

	port->srights--;
	if (port->dead || port->srights != 0)
		return;
	if (port->kernel == M_SEMAPHORE) {
		/* Out of everyone's reach.  (XNU lets who waits wait on.) */
		m_semaphore_end(port->object);
		m_port_end(port);
	}
	if (notify == NULL)
		return;
	port->nsrequest = NULL;
	m_notify(notify, MACH_NOTIFY_NO_SENDERS, port->mscount, NULL);
}

void
m_use_send_once(struct m_port *port)
{
	port->sorights--;
}

void
m_release(struct m_right right)
{
	if (!M_VALID(right.port))
		return;
	switch (right.type) {
	case MACH_MSG_TYPE_PORT_SEND:
		m_send_dropped(right.port);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		if (right.port->dead || right.port->kernel != M_USER)
			m_use_send_once(right.port);
		else
			m_notify(right.port, MACH_NOTIFY_SEND_ONCE, 0, NULL);
		break;
	default:
		m_port_end(right.port);
		break;
	}
}

/* The receive right leaves its space. */
void
m_clear_receiver(struct m_port *port)
{
	struct m_set *set;

	while (port->sets.n != 0) {
		set = port->sets.item[0];
		m_list_remove(&set->members, port);
		m_list_remove(&set->ready, port);
		m_list_remove(&port->sets, set);
	}
	m_wake_all(&port->receivers, MACH_RCV_PORT_CHANGED);
	port->receiver = NULL;
	port->name = MACH_PORT_NULL;
	port->destination = NULL;
	port->mscount = port->seqno = 0;
	port->context = 0;
	port->guarded = port->strict = false;
}

/* The port's end, or, where somebody wants it instead, its receiver's. */
void
m_port_end(struct m_port *port)
{
	struct m_port *pdrequest = port->pdrequest, *notify;
	struct m_request *request;
	struct m_entry *entry;

	port->pdrequest = NULL;
	m_clear_receiver(port);
	if (pdrequest != NULL) {
		port->immovable = false;
		m_notify(pdrequest, MACH_NOTIFY_PORT_DESTROYED, 0, port);
		return;
	}
	port->dead = true;
	m_wake_all(&port->senders, MACH_SEND_INVALID_DEST);
	while (port->queue.n != 0)
		m_list_add(&m_dead, m_list_pop(&port->queue));
	notify = port->nsrequest;
	port->nsrequest = NULL;
	if (notify != NULL)
		m_release(
		    (struct m_right){ notify, MACH_MSG_TYPE_PORT_SEND_ONCE });
	while ((request = m_list_pop(&port->requests)) != NULL) {
		entry = m_find(request->space, request->name);
		if (entry != NULL && entry->port == port)
			entry->told = true;
		m_notify(request->notify, MACH_NOTIFY_DEAD_NAME, request->name,
		    NULL);
		free(request);
	}
}

struct m_port *
m_kernel_port(enum m_kernel kernel, void *object)
{
	struct m_port *port = m_new(sizeof(*port));

	port->kernel = kernel;
	port->object = object;
	port->limit = MACH_PORT_QLIMIT_DEFAULT;
	m_list_add(&m_ports, port);
	return (port);
}

/*
 * Giving rights of entries back
 */

void
m_deleted(struct m_port *notify, mach_port_name_t name)
{
	if (notify == NULL)
		return;
	if (!m_defers) {
		m_notify(notify, MACH_NOTIFY_PORT_DELETED, name, NULL);
		return;
	}
	/* Of a header's two rights: when both were taken. */
	deferred[ndeferred].notify = notify;
	deferred[ndeferred++].name = name;
}

void
m_deferred_run(void)
{
	int i, n = ndeferred;

	m_defers = false;
	ndeferred = 0;
	for (i = 0; i < n; i++)
		m_deleted(deferred[i].notify, deferred[i].name);
}

/* All of an entry that is no receive right goes. */
void
m_entry_drop(struct m_space *space, struct m_entry *entry)
{
	struct m_right right = { entry->port, MACH_MSG_TYPE_PORT_SEND };
	mach_port_name_t name = entry->name;
	struct m_port *notify = m_request_cancel(space, entry);

	if (entry->type & MACH_PORT_TYPE_SEND_ONCE)
		right.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	m_entry_free(space, entry);
	m_release(right);
	m_deleted(notify, name);
}

void
m_set_destroy(struct m_space *space, struct m_entry *entry)
{
	struct m_set *set = entry->set;
	struct m_port *port;

	m_entry_free(space, entry);
	set->dead = true;
	m_wake_all(&set->receivers, MACH_RCV_PORT_CHANGED);
	while ((port = m_list_pop(&set->members)) != NULL)
		m_list_remove(&port->sets, set);
	set->ready.n = 0;
}

/* The receive right of an entry goes, what is left of it is set right. */
void
m_receive_destroy(struct m_space *space, struct m_entry *entry)
{
	struct m_port *port = entry->port, *notify = NULL;
	struct m_request *request;
	mach_port_name_t name = entry->name;

	entry->type &= ~(mach_port_type_t)MACH_PORT_TYPE_RECEIVE;
	if (entry->type == 0) {
		notify = m_request_cancel(space, entry);
		m_entry_free(space, entry);
	} else if (port->pdrequest == NULL) {
		/* The port dies first: the send right is a dead name. */
		request = m_request_find(space, entry);
		entry->type = MACH_PORT_TYPE_DEAD_NAME;
		entry->port = NULL;
		entry->fired = false;
		port->srights--;
		if (request != NULL && entry->urefs < MACH_PORT_UREFS_MAX)
			entry->urefs++;
	}
	m_port_end(port);
	m_deleted(notify, name);
}

/* The receive right goes, and the send right beside it. */
void
m_receive_end(struct m_space *space, struct m_entry *entry)
{
	struct m_port *port = entry->port, *notify, *none = NULL;
	mach_port_name_t name = entry->name;
	mach_port_type_t type = entry->type;
	uint32_t mscount = port->mscount;

	notify = m_request_cancel(space, entry);
	m_entry_free(space, entry);
	if (type & MACH_PORT_TYPE_SEND && --port->srights == 0) {
		none = port->nsrequest;
		port->nsrequest = NULL;
	}
	m_port_end(port);
	/* The port is dead when it is told: it may be the one that is told. */
	if (none != NULL)
		m_notify(none, MACH_NOTIFY_NO_SENDERS, mscount, NULL);
	m_deleted(notify, name);
}

/* A count of references and a delta; false when that is below
 * none, or the delta is none. */
bool
m_urefs_add(uint32_t *urefs, int32_t delta)
{
	int64_t sum = (int64_t)*urefs + delta;

	if (delta > (int32_t)MACH_PORT_UREFS_MAX ||
	    delta < -(int32_t)MACH_PORT_UREFS_MAX)
		return (false);
	if (*urefs == MACH_PORT_UREFS_MAX) {
		/* Pegged: only all of them at once can go. */
		if (delta == -(int32_t)MACH_PORT_UREFS_MAX)
			*urefs = 0;
		return (true);
	}
	if (sum < 0)
		return (false);
	*urefs =
	    sum > MACH_PORT_UREFS_MAX ? MACH_PORT_UREFS_MAX : (uint32_t)sum;
	return (true);
}

/* The send references of an entry are this many now. */
void
m_send_set(struct m_space *space, struct m_entry *entry, uint32_t urefs)
{
	entry->urefs = urefs;
	if (urefs != 0)
		return;
	if (!(entry->type & MACH_PORT_TYPE_RECEIVE)) {
		m_entry_drop(space, entry);
		return;
	}
	entry->type = MACH_PORT_TYPE_RECEIVE;
	m_send_dropped(entry->port);
}
