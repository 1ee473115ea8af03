/*
 * The mach_port_* calls on names and rights.  Their rules are XNU's
 * (osfmk/ipc/mach_port.c, xnu-11417).  argument 0 is the task, from which the
 * space is known; the others are as declared in <mach/mach_port.h>.
 */
#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/notify.h"
#include "mach/core/set.h"
#include "mach/core/task.h"

static struct ipc_space *
space_of(struct ipc_call *call)
{
	return (call->arg[0].v.task->space);
}

static mach_port_name_t
name_of(struct ipc_call *call)
{
	return ((mach_port_name_t)call->raw[1]);
}

static bool
valid(mach_port_name_t name)
{
	return (name != MACH_PORT_NULL && name != MACH_PORT_DEAD);
}

kern_return_t
ipc_port_of_receive(
    struct ipc_space *space, mach_port_name_t name, struct ipc_port **port)
{
	struct ipc_entry *entry;

	if (!valid(name))
		return (KERN_INVALID_RIGHT);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL || !(entry->type & IPC_TYPE_RECEIVE)) {
		ipc_space_unlock(space);
		return (entry == NULL ? KERN_INVALID_NAME : KERN_INVALID_RIGHT);
	}
	*port = entry->port;
	ipc_port_lock(*port);
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}

/*
 * Making names
 */

/* A fresh entry, of that name when `*name` is one, its type still 0. */
static kern_return_t
entry_make(struct ipc_space *space, mach_port_name_t *name, bool named,
    struct ipc_entry **entry)
{
	kern_return_t kr;

	if (named)
		return (ipc_entry_add_name(space, *name, entry));
	kr = ipc_space_lock_room(space, 1);
	if (kr == KERN_SUCCESS)
		*entry = ipc_entry_add(space, name);
	return (kr);
}

kern_return_t
ipc_port_allocate(struct ipc_space *space, mach_port_name_t *name, bool named,
    bool send, struct ipc_port **portp)
{
	struct ipc_entry *entry;
	struct ipc_port *port;
	kern_return_t kr;

	port = ipc_port_create();
	if (port == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = entry_make(space, name, named, &entry);
	if (kr != KERN_SUCCESS) {
		ipc_port_unref(port);
		return (kr);
	}
	entry->port = port;
	entry->type = IPC_TYPE_RECEIVE;
	ipc_port_lock(port);
	if (send) {
		entry->type |= IPC_TYPE_SEND;
		entry->urefs = 1;
		port->mscount = port->srights = 1;
	}
	port->receiver_name = *name;
	ipc_store_release(&port->receiver, space);
	ipc_bump(&space->task->sums.ports_made, 1);
	*portp = port;
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}

static kern_return_t
set_allocate(struct ipc_space *space, mach_port_name_t *name, bool named)
{
	struct ipc_entry *entry;
	struct ipc_set *set;
	kern_return_t kr;

	set = ipc_set_create(space);
	if (set == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = entry_make(space, name, named, &entry);
	if (kr != KERN_SUCCESS) {
		ipc_object_unref(&set->object);
		return (kr);
	}
	entry->object = &set->object;
	entry->type = IPC_TYPE_SET;
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}

static kern_return_t
allocate(struct ipc_space *space, mach_port_right_t right,
    mach_port_name_t *name, bool named)
{
	struct ipc_entry *entry;
	struct ipc_port *port;
	kern_return_t kr;

	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		kr = ipc_port_allocate(space, name, named, false, &port);
		if (kr == KERN_SUCCESS)
			ipc_port_unlock(port);
		return (kr);
	case MACH_PORT_RIGHT_PORT_SET:
		return (set_allocate(space, name, named));
	case MACH_PORT_RIGHT_DEAD_NAME:
		kr = entry_make(space, name, named, &entry);
		if (kr != KERN_SUCCESS)
			return (kr);
		entry->object = NULL;
		entry->type = IPC_TYPE_DEAD_NAME;
		entry->urefs = 1;
		ipc_space_unlock(space);
		return (KERN_SUCCESS);
	default:
		return (KERN_INVALID_VALUE);
	}
}

/* (task, right, *name) */
kern_return_t
ipc_do_port_allocate(struct ipc_call *call)
{
	mach_port_name_t name = MACH_PORT_NULL;
	kern_return_t kr;

	kr = allocate(
	    space_of(call), (mach_port_right_t)call->raw[1], &name, false);
	call->arg[2].v.u = name;
	return (kr);
}

/* (task, right, name) */
kern_return_t
ipc_do_port_allocate_name(struct ipc_call *call)
{
	mach_port_name_t name = (mach_port_name_t)call->raw[2];

	if (!valid(name))
		return (KERN_INVALID_VALUE);
	return (allocate(
	    space_of(call), (mach_port_right_t)call->raw[1], &name, true));
}

static kern_return_t
allocate_qos(struct ipc_call *call, const mach_port_qos_t *qos, int out)
{
	mach_port_right_t right = (mach_port_right_t)call->raw[1];
	mach_port_name_t name = MACH_PORT_NULL;
	kern_return_t kr;

	if (qos->name)
		name = (mach_port_name_t)call->arg[out].v.u;
	if (qos->name && !valid(name))
		return (KERN_INVALID_VALUE);
	if (qos->prealloc && qos->len > IPC_PREALLOC_MAX)
		return (KERN_RESOURCE_SHORTAGE);
	if (qos->prealloc && right != MACH_PORT_RIGHT_RECEIVE)
		return (KERN_INVALID_VALUE);
	kr = allocate(space_of(call), right, &name, qos->name);
	call->arg[out].v.u = name;
	return (kr);
}

/* (task, right, *qos, *name): preallocation is accepted, no effect. */
kern_return_t
ipc_do_port_allocate_qos(struct ipc_call *call)
{
	mach_port_qos_t qos;

	memcpy(&qos, call->arg[2].v.data, sizeof(qos));
	if (qos.name)
		return (KERN_INVALID_ARGUMENT);
	return (allocate_qos(call, &qos, 3));
}

/* (task, right, proto, *qos, *name) */
kern_return_t
ipc_do_port_allocate_full(struct ipc_call *call)
{
	mach_port_qos_t qos;

	memcpy(&qos, call->arg[3].v.data, sizeof(qos));
	if ((mach_port_name_t)call->raw[2] != MACH_PORT_NULL)
		return (KERN_INVALID_VALUE);
	return (allocate_qos(call, &qos, 4));
}

/* The result is the name. */
kern_return_t
ipc_do_reply_port(struct ipc_call *call)
{
	mach_port_name_t name;
	kern_return_t kr;

	kr = allocate(
	    call->thread->task->space, MACH_PORT_RIGHT_RECEIVE, &name, false);
	call->result = kr == KERN_SUCCESS ? name : MACH_PORT_NULL;
	return (kr);
}

/*
 * Rights of a name
 */

kern_return_t
ipc_do_port_destroy(struct ipc_call *call)
{
	return (ipc_right_destroy(space_of(call), name_of(call)));
}

kern_return_t
ipc_do_port_deallocate(struct ipc_call *call)
{
	return (ipc_right_deallocate(space_of(call), name_of(call)));
}

/* (task, name, right, delta) */
kern_return_t
ipc_do_port_mod_refs(struct ipc_call *call)
{
	return (ipc_right_mod_refs(space_of(call), name_of(call),
	    (mach_port_right_t)call->raw[2], (mach_port_delta_t)call->raw[3]));
}

/* (task, name, delta, guard) */
kern_return_t
ipc_do_port_destruct(struct ipc_call *call)
{
	return (ipc_right_destruct(space_of(call), name_of(call),
	    (mach_port_delta_t)call->raw[2], call->raw[3]));
}

/* (task, name, right, *urefs) */
kern_return_t
ipc_do_port_get_refs(struct ipc_call *call)
{
	mach_port_right_t right = (mach_port_right_t)call->raw[2];
	mach_port_type_t type;
	kern_return_t kr;
	uint32_t urefs;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	if (!valid(name_of(call))) {
		if (right != MACH_PORT_RIGHT_SEND &&
		    right != MACH_PORT_RIGHT_SEND_ONCE)
			return (KERN_INVALID_NAME);
		call->arg[3].v.u = 1;
		return (KERN_SUCCESS);
	}
	kr = ipc_right_info(space_of(call), name_of(call), &type, &urefs);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(type & MACH_PORT_TYPE(right)))
		urefs = 0;
	else if (right != MACH_PORT_RIGHT_SEND &&
		 right != MACH_PORT_RIGHT_DEAD_NAME)
		urefs = 1;
	call->arg[3].v.u = urefs;
	return (KERN_SUCCESS);
}

/* (task, name, *type) */
kern_return_t
ipc_do_port_type(struct ipc_call *call)
{
	mach_port_type_t type = 0;
	kern_return_t kr;
	uint32_t urefs;

	if (name_of(call) == MACH_PORT_NULL)
		return (KERN_INVALID_NAME);
	if (name_of(call) == MACH_PORT_DEAD) {
		call->arg[2].v.u = MACH_PORT_TYPE_DEAD_NAME;
		return (KERN_SUCCESS);
	}
	kr = ipc_right_info(space_of(call), name_of(call), &type, &urefs);
	/* XNU hides these two, for CoreFoundation's sake. */
	call->arg[2].v.u =
	    type & ~(mach_port_type_t)(MACH_PORT_TYPE_SPREQUEST |
				       MACH_PORT_TYPE_SPREQUEST_DELAYED);
	return (kr);
}

/* (task, old, new) */
kern_return_t
ipc_do_port_rename(struct ipc_call *call)
{
	mach_port_name_t to = (mach_port_name_t)call->raw[2];

	if (!valid(name_of(call)))
		return (KERN_INVALID_NAME);
	if (!valid(to))
		return (KERN_INVALID_VALUE);
	return (ipc_right_rename(space_of(call), name_of(call), to));
}

/* (task, name, right, disposition): `right` is taken already, and ours. */
kern_return_t
ipc_do_port_insert_right(struct ipc_call *call)
{
	struct ipc_right *right = &call->arg[2].v.right;
	kern_return_t kr;

	if (!valid(name_of(call)) || right->type == 0)
		return (KERN_INVALID_VALUE);
	if (!IPC_PORT_VALID(right->port))
		return (KERN_INVALID_CAPABILITY);
	kr = ipc_right_put_name(space_of(call), *right, name_of(call));
	if (kr == KERN_SUCCESS)
		right->port = NULL;
	return (kr);
}

/* (task, name, disposition, *right, *type) */
kern_return_t
ipc_do_port_extract_right(struct ipc_call *call)
{
	struct ipc_right *right = &call->arg[3].v.right;
	uint32_t disposition = (uint32_t)call->raw[2];
	kern_return_t kr;

	right->type = ipc_right_type_after(disposition);
	if (right->type == 0)
		return (KERN_INVALID_VALUE);
	if (!valid(name_of(call)))
		return (KERN_INVALID_RIGHT);
	kr = ipc_right_take(
	    space_of(call), name_of(call), disposition, 0, right);
	call->arg[4].v.u = right->type;
	return (kr);
}

/* (task, name, id, sync, notify, notify disposition, *previous) */
kern_return_t
ipc_do_port_request_notification(struct ipc_call *call)
{
	struct ipc_right *notify = &call->arg[4].v.right;
	struct ipc_right *previous = &call->arg[6].v.right;
	kern_return_t kr;

	previous->port = NULL;
	previous->type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	if (IPC_PORT_VALID(notify->port) &&
	    notify->type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		return (KERN_INVALID_CAPABILITY);
	kr = ipc_notify_request(space_of(call), name_of(call),
	    (int32_t)call->raw[2], (uint32_t)call->raw[3], notify->port,
	    &previous->port);
	if (kr == KERN_SUCCESS)
		notify->port = NULL;
	return (kr);
}

/*
 * Sets
 */

/* The port of `name`, locked, and the set of `set_name`, referenced. */
static kern_return_t
port_and_set(struct ipc_space *space, mach_port_name_t name,
    mach_port_name_t set_name, struct ipc_port **port, struct ipc_set **set)
{
	struct ipc_entry *entry, *set_entry;
	kern_return_t kr = KERN_SUCCESS;

	if (!valid(name) || !valid(set_name))
		return (KERN_INVALID_RIGHT);
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	set_entry = ipc_entry_find(space, set_name);
	if (entry == NULL || set_entry == NULL)
		kr = KERN_INVALID_NAME;
	else if (!(entry->type & IPC_TYPE_RECEIVE) ||
		 !(set_entry->type & IPC_TYPE_SET))
		kr = KERN_INVALID_RIGHT;
	if (kr == KERN_SUCCESS) {
		*set = (struct ipc_set *)set_entry->object;
		ipc_ref_get(&(*set)->object.refs);
		*port = entry->port;
		ipc_port_lock(*port);
	}
	ipc_space_unlock(space);
	return (kr);
}

/* (task, name, set) */
kern_return_t
ipc_do_port_insert_member(struct ipc_call *call)
{
	struct ipc_member *member;
	struct ipc_port *port;
	struct ipc_set *set;
	kern_return_t kr;

	member = ipc_mem_alloc(IPC_MEM_MEMBER, sizeof(*member), 0);
	if (member == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = port_and_set(space_of(call), name_of(call),
	    (mach_port_name_t)call->raw[2], &port, &set);
	if (kr == KERN_SUCCESS) {
		if (ipc_set_find(port, set) != NULL)
			kr = KERN_ALREADY_IN_SET;
		else if (port->nsets == IPC_PORT_SETS_MAX)
			kr = KERN_RESOURCE_SHORTAGE;
		else if (ipc_set_add(port, set, member))
			member = NULL;
		else
			kr = KERN_INVALID_NAME; /* it ended meanwhile */
		ipc_port_offer_and_unlock(port, set);
		ipc_object_unref(&set->object);
	}
	ipc_mem_free(IPC_MEM_MEMBER, member, sizeof(*member));
	return (kr);
}

kern_return_t
ipc_do_port_extract_member(struct ipc_call *call)
{
	struct ipc_member *member;
	struct ipc_port *port;
	struct ipc_set *set;
	kern_return_t kr;

	kr = port_and_set(space_of(call), name_of(call),
	    (mach_port_name_t)call->raw[2], &port, &set);
	if (kr != KERN_SUCCESS)
		return (kr);
	member = ipc_set_find(port, set);
	if (member != NULL)
		ipc_set_remove(port, member);
	ipc_port_unlock(port);
	ipc_object_unref(&set->object);
	return (member == NULL ? KERN_NOT_IN_SET : KERN_SUCCESS);
}

/* (task, name, set): out of all sets, and into this one, if any. */
kern_return_t
ipc_do_port_move_member(struct ipc_call *call)
{
	mach_port_name_t after = (mach_port_name_t)call->raw[2];
	struct ipc_member *member = NULL;
	struct ipc_port *port;
	struct ipc_set *set = NULL;
	kern_return_t kr;

	if (after == MACH_PORT_DEAD)
		return (KERN_INVALID_RIGHT);
	if (after == MACH_PORT_NULL) {
		kr = ipc_port_of_receive(space_of(call), name_of(call), &port);
		if (kr != KERN_SUCCESS)
			return (kr);
		if (port->sets == NULL)
			kr = KERN_NOT_IN_SET;
		ipc_set_remove_all(port, NULL);
		ipc_port_unlock(port);
		return (kr);
	}
	member = ipc_mem_alloc(IPC_MEM_MEMBER, sizeof(*member), 0);
	if (member == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = port_and_set(space_of(call), name_of(call), after, &port, &set);
	if (kr == KERN_SUCCESS) {
		ipc_set_remove_all(port, set);
		if (port->sets == NULL) {
			if (ipc_set_add(port, set, member))
				member = NULL;
			else
				kr = KERN_INVALID_NAME;
		}
		ipc_port_offer_and_unlock(port, set);
		ipc_object_unref(&set->object);
	}
	ipc_mem_free(IPC_MEM_MEMBER, member, sizeof(*member));
	return (kr);
}
