/*
 * Port sets: membership, and which members have messages.
 */
#include "mach/core/queue.h"
#include "mach/core/set.h"
#include "mach/core/space.h"

#define MEMBER_OF_PORT(r) IPC_RING_ITEM(r, struct ipc_member, in_port)
#define MEMBER_OF_SET(r) IPC_RING_ITEM(r, struct ipc_member, in_set)

struct ipc_set *
ipc_set_create(struct ipc_space *space)
{
	struct ipc_set *set;

	set = ipc_mem_alloc(IPC_MEM_SET, sizeof(*set), IPC_ZERO);
	if (set == NULL)
		return (NULL);
	ipc_mutex_init(&set->object.lock, IPC_LOCK_SET);
	ipc_ref_init(&set->object.refs);
	set->object.is_set = true;
	set->space = space;
	return (set);
}

struct ipc_member *
ipc_set_find(struct ipc_port *port, const struct ipc_set *set)
{
	struct ipc_ring *r;

	ipc_mutex_assert(&port->object.lock);
	for (r = port->sets; r != NULL; r = ipc_ring_next(port->sets, r)) {
		if (MEMBER_OF_PORT(r)->set == set)
			return (MEMBER_OF_PORT(r));
	}
	return (NULL);
}

void
ipc_member_make_ready(struct ipc_member *member)
{
	ipc_mutex_assert(&member->set->object.lock);
	if (member->ready)
		return;
	member->ready = true;
	ipc_ring_append(&member->set->ready, &member->in_ready);
	ipc_poll_changed(&member->set->object);
}

static void
member_make_empty(struct ipc_member *member)
{
	if (!member->ready)
		return;
	member->ready = false;
	ipc_ring_remove(&member->set->ready, &member->in_ready);
	ipc_poll_changed(&member->set->object);
}

bool
ipc_set_add(
    struct ipc_port *port, struct ipc_set *set, struct ipc_member *member)
{
	ipc_mutex_assert(&port->object.lock);
	ipc_mutex_lock(&set->object.lock);
	if (set->object.dead) {
		ipc_mutex_unlock(&set->object.lock);
		return (false);
	}
	memset(member, 0, sizeof(*member));
	member->port = ipc_port_ref(port);
	ipc_ref_get(&set->object.refs);
	member->set = set;
	ipc_ring_append(&port->sets, &member->in_port);
	ipc_ring_append(&set->members, &member->in_set);
	set->nmembers++;
	port->nsets++;
	if (port->messages != NULL)
		ipc_member_make_ready(member);
	ipc_mutex_unlock(&set->object.lock);
	return (true);
}

/* Out of all lists; the set is locked, or out of everyone's reach. */
static void
member_unlink(struct ipc_port *port, struct ipc_member *member)
{
	struct ipc_set *set = member->set;

	member_make_empty(member);
	ipc_ring_remove(&port->sets, &member->in_port);
	ipc_ring_remove(&set->members, &member->in_set);
	set->nmembers--;
	port->nsets--;
}

static void
member_free(struct ipc_member *member)
{
	struct ipc_set *set = member->set;
	struct ipc_port *port = member->port;

	ipc_mem_free(IPC_MEM_MEMBER, member, sizeof(*member));
	ipc_object_unref(&set->object);
	ipc_port_unref(port);
}

void
ipc_set_remove(struct ipc_port *port, struct ipc_member *member)
{
	struct ipc_set *set = member->set;

	ipc_mutex_assert(&port->object.lock);
	ipc_mutex_lock(&set->object.lock);
	member_unlink(port, member);
	ipc_mutex_unlock(&set->object.lock);
	/* The caller's reference keeps the locked port. */
	member_free(member);
}

void
ipc_set_remove_all(struct ipc_port *port, const struct ipc_set *keep)
{
	struct ipc_ring *r = port->sets, *next;

	for (; r != NULL; r = next) {
		next = ipc_ring_next(port->sets, r);
		if (MEMBER_OF_PORT(r)->set != keep)
			ipc_set_remove(port, MEMBER_OF_PORT(r));
	}
}

void
ipc_set_destroy(struct ipc_set *set)
{
	struct ipc_member *member;
	struct ipc_port *port;

	ipc_mutex_assert(&set->object.lock);
	set->object.dead = true;
	set->space = NULL;
	ipc_waiter_end_all(&set->object.receivers, MACH_RCV_PORT_CHANGED);
	ipc_poll_changed(&set->object);
	/* A port is locked before a set: let go, and look again. */
	while (set->members != NULL) {
		port = ipc_port_ref(MEMBER_OF_SET(set->members)->port);
		ipc_mutex_unlock(&set->object.lock);
		ipc_port_lock(port);
		member = ipc_set_find(port, set);
		if (member != NULL)
			ipc_set_remove(port, member);
		ipc_port_unlock(port);
		ipc_port_unref(port);
		ipc_mutex_lock(&set->object.lock);
	}
	ipc_mutex_unlock(&set->object.lock);
	ipc_object_unref(&set->object);
}

void
ipc_set_port_empty(struct ipc_port *port)
{
	struct ipc_member *member;
	struct ipc_ring *r;

	ipc_mutex_assert(&port->object.lock);
	for (r = port->sets; r != NULL; r = ipc_ring_next(port->sets, r)) {
		member = MEMBER_OF_PORT(r);
		ipc_mutex_lock(&member->set->object.lock);
		member_make_empty(member);
		ipc_mutex_unlock(&member->set->object.lock);
	}
}
