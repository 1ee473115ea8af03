/*
 * Rights in a space: user references, deallocation, destruction, renaming.
 * Rules are XNU's (osfmk/ipc/ipc_right.c, xnu-11417): user references stay at
 * their maximum once they reach it; a port's death turns entries into dead
 * names when they are next looked at.
 */
#include "mach/core/count.h"
#include "mach/core/message.h"
#include "mach/core/notify.h"
#include "mach/core/right.h"
#include "mach/core/set.h"

void
ipc_after_run(struct ipc_after *after)
{
	if (after->deleted != NULL)
		ipc_notify_port_deleted(after->deleted, after->deleted_name);
	after->deleted = NULL;
	if (after->no_senders != NULL)
		ipc_notify_no_senders(after->no_senders, after->mscount);
	after->no_senders = NULL;
	ipc_msg_list_destroy(&after->dead);
}

void
ipc_right_release(struct ipc_right right)
{
	struct ipc_ring *dead = NULL;

	ipc_port_release(right.port, right.type, &dead);
	ipc_msg_list_destroy(&dead);
}

struct ipc_port *
ipc_right_lock_port(
    struct ipc_space *space, mach_port_name_t name, struct ipc_entry *entry)
{
	struct ipc_port *port = entry->port;

	IPC_ASSERT(entry->type & IPC_TYPE_SEND_ANY);
	ipc_port_lock(port);
	if (!port->object.dead)
		return (port);
	IPC_ASSERT(!(entry->type & IPC_TYPE_RECEIVE));
	if (entry->type & IPC_TYPE_SEND) {
		port->srights--;
		ipc_hash_remove(space, port, name);
	} else {
		port->sorights--;
	}
	/* The notification that was asked for carries a reference. */
	if (ipc_request_of(port, entry) != NULL && entry->urefs < IPC_UREFS_MAX)
		entry->urefs++;
	entry->request = 0;
	entry->type = (entry->type & IPC_TYPE_EX_RECEIVE) | IPC_TYPE_DEAD_NAME;
	entry->object = NULL;
	ipc_port_unlock(port);
	ipc_port_unref(port);
	return (NULL);
}

/* An entry that loses its last right; what asked for its end is told. */
static void
entry_forget(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_after *after)
{
	if (entry->request != 0) {
		after->deleted = ipc_request_cancel(entry->port, entry);
		after->deleted_name = name;
	}
	ipc_entry_remove(space, name, entry);
}

/* Unless the receive right only moves. */
static void
count_ended(struct ipc_space *space, const struct ipc_port *port)
{
	if (port->pdrequest == NULL)
		ipc_bump(&space->ports_ended, 1);
}

/*
 * The end of the receive right of an entry, whose live port is locked; unlocks
 * it and the space, which has room for a send right more.
 */
static void
receive_destroy(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_port *port, struct ipc_after *after)
{
	count_ended(space, port);
	if (!(entry->type & IPC_TYPE_SEND)) {
		entry_forget(space, name, entry, after);
	} else if (port->pdrequest != NULL) {
		/* The right only moves: the send right stays one. */
		entry->type = IPC_TYPE_SEND | IPC_TYPE_EX_RECEIVE;
		port->receiver = NULL;
		ipc_hash_add(space, port, name);
		ipc_port_ref(port);
	} else {
		/* "The port is destroyed first": no no-senders comes of it. */
		entry->type = IPC_TYPE_DEAD_NAME | IPC_TYPE_EX_RECEIVE;
		if (ipc_request_of(port, entry) != NULL &&
		    entry->urefs < IPC_UREFS_MAX)
			entry->urefs++;
		entry->request = 0;
		entry->object = NULL;
		port->srights--;
	}
	ipc_space_unlock(space);
	ipc_port_destroy(port, &after->dead);
}

/*
 * mach_port_mod_refs
 */

/*
 * What `delta` makes of a count of user references, which stays at its
 * maximum; false when it would fall under 0.
 */
static bool
urefs_apply(uint32_t urefs, mach_port_delta_t delta, uint32_t *result)
{
	if (delta > IPC_UREFS_MAX || delta < -IPC_UREFS_MAX)
		return (false);
	if (urefs == IPC_UREFS_MAX) {
		*result = delta == -IPC_UREFS_MAX ? 0 : IPC_UREFS_MAX;
		return (true);
	}
	if ((int32_t)urefs + delta < 0)
		return (false);
	urefs = (uint32_t)((int32_t)urefs + delta);
	*result = urefs < IPC_UREFS_MAX ? urefs : IPC_UREFS_MAX;
	return (true);
}

static kern_return_t
mod_set(struct ipc_space *space, mach_port_name_t name, struct ipc_entry *entry,
    mach_port_delta_t delta)
{
	struct ipc_set *set = (struct ipc_set *)entry->object;
	kern_return_t kr = KERN_SUCCESS;

	if (!(entry->type & IPC_TYPE_SET))
		kr = KERN_INVALID_RIGHT;
	else if (delta != 0 && delta != -1)
		kr = KERN_INVALID_VALUE;
	if (kr != KERN_SUCCESS || delta == 0) {
		ipc_space_unlock(space);
		return (kr);
	}
	ipc_entry_remove(space, name, entry);
	ipc_space_unlock(space);
	ipc_mutex_lock(&set->object.lock);
	ipc_set_destroy(set);
	return (KERN_SUCCESS);
}

static kern_return_t
mod_receive(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, mach_port_delta_t delta, struct ipc_after *after)
{
	struct ipc_port *port = entry->port;
	kern_return_t kr = KERN_SUCCESS;

	if (!(entry->type & IPC_TYPE_RECEIVE))
		kr = KERN_INVALID_RIGHT;
	else if (delta != 0 && delta != -1)
		kr = KERN_INVALID_VALUE;
	if (kr != KERN_SUCCESS || delta == 0) {
		ipc_space_unlock(space);
		return (kr);
	}
	ipc_port_lock(port);
	if (port->flags & IPC_PORT_GUARDED) {
		ipc_port_unlock(port);
		ipc_space_unlock(space);
		return (KERN_INVALID_RIGHT);
	}
	receive_destroy(space, name, entry, port, after);
	return (KERN_SUCCESS);
}

static kern_return_t
mod_send_once(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, mach_port_delta_t delta, struct ipc_after *after)
{
	struct ipc_port *port;
	kern_return_t kr = KERN_SUCCESS;

	if (!(entry->type & IPC_TYPE_SEND_ONCE) ||
	    (port = ipc_right_lock_port(space, name, entry)) == NULL) {
		ipc_space_unlock(space);
		return (KERN_INVALID_RIGHT);
	}
	if (delta != 0 && delta != -1)
		kr = KERN_INVALID_VALUE;
	if (kr != KERN_SUCCESS || delta == 0) {
		ipc_port_unlock(port);
		ipc_space_unlock(space);
		return (kr);
	}
	entry_forget(space, name, entry, after);
	ipc_port_unlock(port);
	ipc_space_unlock(space);
	ipc_port_release_send_once(port);
	return (KERN_SUCCESS);
}

static kern_return_t
mod_dead_name(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, mach_port_delta_t delta)
{
	struct ipc_port *port;
	kern_return_t kr = KERN_SUCCESS;
	uint32_t urefs;

	if (entry->type & IPC_TYPE_SEND_ANY &&
	    !(entry->type & IPC_TYPE_RECEIVE)) {
		port = ipc_right_lock_port(space, name, entry);
		if (port != NULL)
			ipc_port_unlock(port);
	}
	if (!(entry->type & IPC_TYPE_DEAD_NAME))
		kr = KERN_INVALID_RIGHT;
	else if (!urefs_apply(entry->urefs, delta, &urefs))
		kr = KERN_INVALID_VALUE;
	else if (urefs == 0)
		ipc_entry_remove(space, name, entry);
	else
		entry->urefs = (uint16_t)urefs;
	ipc_space_unlock(space);
	return (kr);
}

/*
 * The last user reference of a send right goes: the port is locked and is
 * unlocked, the space too.
 */
static void
send_destroy(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_port *port, struct ipc_after *after)
{
	if (entry->type & IPC_TYPE_RECEIVE) {
		entry->type &= (uint8_t)~IPC_TYPE_SEND;
		entry->urefs = 0;
		/* The entry keeps its reference. */
		ipc_port_ref(port);
	} else {
		ipc_hash_remove(space, port, name);
		entry_forget(space, name, entry, after);
	}
	ipc_space_unlock(space);
	ipc_port_drop_send_and_unlock(port);
}

static kern_return_t
mod_send(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, mach_port_delta_t delta, struct ipc_after *after)
{
	struct ipc_port *port;
	kern_return_t kr = KERN_SUCCESS;
	uint32_t urefs = 0;

	if (!(entry->type & IPC_TYPE_SEND) ||
	    (port = ipc_right_lock_port(space, name, entry)) == NULL) {
		ipc_space_unlock(space);
		return (KERN_INVALID_RIGHT);
	}
	if (!urefs_apply(entry->urefs, delta, &urefs))
		kr = KERN_INVALID_VALUE;
	if (kr == KERN_SUCCESS && urefs == 0) {
		send_destroy(space, name, entry, port, after);
		return (KERN_SUCCESS);
	}
	if (kr == KERN_SUCCESS)
		entry->urefs = (uint16_t)urefs;
	ipc_port_unlock(port);
	ipc_space_unlock(space);
	return (kr);
}

kern_return_t
ipc_right_mod_refs(struct ipc_space *space, mach_port_name_t name,
    mach_port_right_t right, mach_port_delta_t delta)
{
	struct ipc_after after = IPC_AFTER_NONE;
	struct ipc_entry *entry;
	kern_return_t kr;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD) {
		/* They stand for any kind of right, of which nothing changes. */
		if (right == MACH_PORT_RIGHT_SEND ||
		    right == MACH_PORT_RIGHT_SEND_ONCE)
			return (KERN_SUCCESS);
		return (KERN_INVALID_NAME);
	}
	if (!ipc_space_lock_must(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL) {
		ipc_space_unlock(space);
		return (KERN_INVALID_NAME);
	}
	switch (right) {
	case MACH_PORT_RIGHT_PORT_SET:
		kr = mod_set(space, name, entry, delta);
		break;
	case MACH_PORT_RIGHT_RECEIVE:
		kr = mod_receive(space, name, entry, delta, &after);
		break;
	case MACH_PORT_RIGHT_SEND_ONCE:
		kr = mod_send_once(space, name, entry, delta, &after);
		break;
	case MACH_PORT_RIGHT_DEAD_NAME:
		kr = mod_dead_name(space, name, entry, delta);
		break;
	case MACH_PORT_RIGHT_SEND:
		kr = mod_send(space, name, entry, delta, &after);
		break;
	default: /* MACH_PORT_RIGHT_LABELH: there are none */
		ipc_space_unlock(space);
		kr = KERN_INVALID_RIGHT;
		break;
	}
	ipc_after_run(&after);
	return (kr);
}

kern_return_t
ipc_right_deallocate(struct ipc_space *space, mach_port_name_t name)
{
	struct ipc_after after = IPC_AFTER_NONE;
	struct ipc_entry *entry;
	kern_return_t kr;
	bool may_die;

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_SUCCESS);
	do {
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		entry = ipc_entry_find(space, name);
		if (entry == NULL) {
			ipc_space_unlock(space);
			return (KERN_INVALID_NAME);
		}
		may_die = (entry->type & IPC_TYPE_SEND_ANY) != 0;
		if (entry->type & IPC_TYPE_SEND)
			kr = mod_send(space, name, entry, -1, &after);
		else if (entry->type & IPC_TYPE_SEND_ONCE)
			kr = mod_send_once(space, name, entry, -1, &after);
		else if (entry->type & IPC_TYPE_DEAD_NAME)
			kr = mod_dead_name(space, name, entry, -1);
		else if (entry->type & IPC_TYPE_SET)
			kr = mod_set(space, name, entry, -1);
		else {
			ipc_space_unlock(space);
			kr = KERN_INVALID_RIGHT;
		}
		/* A right that died is one reference less of its dead name. */
	} while (may_die && kr == KERN_INVALID_RIGHT);
	ipc_after_run(&after);
	return (kr);
}

/* Gives back all that an entry holds; unlocks the space. */
static void
entry_destroy(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_after *after)
{
	struct ipc_port *port;

	if (entry->type & IPC_TYPE_SET) {
		(void)mod_set(space, name, entry, -1);
		return;
	}
	if (entry->type & IPC_TYPE_RECEIVE) {
		port = entry->port;
		ipc_port_lock(port);
		if (entry->type & IPC_TYPE_SEND)
			after->no_senders =
			    ipc_port_drop_send(port, &after->mscount);
		entry_forget(space, name, entry, after);
		count_ended(space, port);
		ipc_space_unlock(space);
		ipc_port_destroy(port, &after->dead);
		return;
	}
	if (entry->type & IPC_TYPE_DEAD_NAME ||
	    (port = ipc_right_lock_port(space, name, entry)) == NULL) {
		ipc_entry_remove(space, name, entry);
		ipc_space_unlock(space);
		return;
	}
	if (entry->type & IPC_TYPE_SEND) {
		send_destroy(space, name, entry, port, after);
		return;
	}
	entry_forget(space, name, entry, after);
	ipc_port_unlock(port);
	ipc_space_unlock(space);
	ipc_port_release_send_once(port);
}

void
ipc_right_terminate(
    struct ipc_space *space, mach_port_name_t name, struct ipc_entry *entry)
{
	struct ipc_after after = IPC_AFTER_NONE;

	entry_destroy(space, name, entry, &after);
	ipc_after_run(&after);
}

kern_return_t
ipc_right_destroy(struct ipc_space *space, mach_port_name_t name)
{
	struct ipc_after after = IPC_AFTER_NONE;
	struct ipc_entry *entry;
	kern_return_t kr = KERN_SUCCESS;

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_SUCCESS);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL)
		kr = KERN_INVALID_NAME;
	else if (entry->type & IPC_TYPE_RECEIVE &&
		 ipc_port_flags(entry->port) & IPC_PORT_GUARDED)
		kr = KERN_INVALID_RIGHT;
	if (kr != KERN_SUCCESS) {
		ipc_space_unlock(space);
		return (kr);
	}
	entry_destroy(space, name, entry, &after);
	ipc_after_run(&after);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_right_destruct(struct ipc_space *space, mach_port_name_t name,
    mach_port_delta_t delta, uint64_t guard)
{
	struct ipc_after after = IPC_AFTER_NONE;
	struct ipc_entry *entry;
	struct ipc_port *port;
	kern_return_t kr = KERN_SUCCESS;
	uint32_t urefs = 0;
	bool send;

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_INVALID_NAME);
	if (!ipc_space_lock_must(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL || !(entry->type & IPC_TYPE_RECEIVE)) {
		kr = entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT;
		ipc_space_unlock(space);
		return (kr);
	}
	port = entry->port;
	send = (entry->type & IPC_TYPE_SEND) != 0;
	ipc_port_lock(port);
	if (delta != 0 && !send)
		kr = KERN_INVALID_RIGHT;
	else if (delta > 0)
		kr = KERN_INVALID_VALUE;
	else if (port->flags & IPC_PORT_GUARDED && port->context != guard)
		kr = KERN_INVALID_ARGUMENT;
	else if (send && !urefs_apply(entry->urefs, delta, &urefs))
		kr = KERN_INVALID_VALUE;
	if (kr != KERN_SUCCESS) {
		ipc_port_unlock(port);
		ipc_space_unlock(space);
		return (kr);
	}
	if (send && urefs == 0) {
		after.no_senders = ipc_port_drop_send(port, &after.mscount);
		entry->type &= (uint8_t)~IPC_TYPE_SEND;
	}
	if (send)
		entry->urefs = (uint16_t)urefs;
	receive_destroy(space, name, entry, port, &after);
	ipc_after_run(&after);
	return (KERN_SUCCESS);
}

/*
 * Asking and renaming
 */

mach_port_type_t
ipc_right_type(
    struct ipc_space *space, mach_port_name_t name, struct ipc_entry *entry)
{
	struct ipc_request *request;
	mach_port_type_t type = 0;
	struct ipc_port *port = NULL;

	if (entry->type & IPC_TYPE_RECEIVE) {
		/* It lives; what was requested is all that is asked of it. */
		if (entry->request != 0) {
			port = entry->port;
			ipc_port_lock(port);
		}
	} else if (entry->type & IPC_TYPE_SEND_ANY) {
		port = ipc_right_lock_port(space, name, entry);
	}
	if (port != NULL) {
		request = ipc_request_of(port, entry);
		/* A send-possible request is a dead-name request, too. */
		if (request != NULL)
			type = MACH_PORT_TYPE_DNREQUEST;
		if (request != NULL && request->possible)
			type |= MACH_PORT_TYPE_SPREQUEST;
		if (request != NULL && request->possible && !request->armed)
			type |= MACH_PORT_TYPE_SPREQUEST_DELAYED;
		ipc_port_unlock(port);
	}
	return (type | (mach_port_type_t)(entry->type & IPC_TYPE_RIGHTS) << 16);
}

kern_return_t
ipc_right_info(struct ipc_space *space, mach_port_name_t name,
    mach_port_type_t *type, uint32_t *urefs)
{
	struct ipc_entry *entry;

	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL) {
		ipc_space_unlock(space);
		return (KERN_INVALID_NAME);
	}
	*type = ipc_right_type(space, name, entry);
	*urefs = entry->urefs;
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_right_rename(
    struct ipc_space *space, mach_port_name_t from, mach_port_name_t to)
{
	struct ipc_request *request;
	struct ipc_entry *new, *old;
	kern_return_t kr;

	if (from == to) {
		if (!ipc_space_lock(space))
			return (KERN_INVALID_TASK);
		old = ipc_entry_find(space, from);
		ipc_space_unlock(space);
		return (old == NULL ? KERN_INVALID_NAME : KERN_NAME_EXISTS);
	}
	kr = ipc_entry_add_name(space, to, &new);
	if (kr != KERN_SUCCESS)
		return (kr);
	old = ipc_entry_find(space, from);
	if (old == NULL) {
		ipc_entry_remove(space, to, new);
		ipc_space_unlock(space);
		return (KERN_INVALID_NAME);
	}
	if (old->type & IPC_TYPE_SEND && !(old->type & IPC_TYPE_RECEIVE))
		ipc_hash_remove(space, old->port, from);
	new->object = old->object;
	new->type = old->type;
	new->urefs = old->urefs;
	new->request = old->request;
	if (new->type &(IPC_TYPE_SEND_ANY | IPC_TYPE_RECEIVE)) {
		ipc_port_lock(new->port);
		/* Of a port that died it is told already, by the old name. */
		request = new->port->object.dead
			      ? NULL
			      : ipc_request_of(new->port, new);
		if (request != NULL)
			request->name = to;
		if (new->type & IPC_TYPE_RECEIVE)
			new->port->receiver_name = to;
		ipc_port_unlock(new->port);
		if (new->type & IPC_TYPE_SEND && !(new->type &IPC_TYPE_RECEIVE))
			ipc_hash_add(space, new->port, to);
	}
	old->request = 0;
	ipc_entry_remove(space, from, old);
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}
