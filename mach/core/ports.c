/*
 * The mach_port_* calls on names and rights.  Their rules are XNU's
 * (osfmk/ipc/mach_port.c, xnu-11417).  argument 0 is the task, from which the
 * space is known; the others are as declared in <mach/mach_port.h>.
 */
#include "mach/core/call.h"
#include "mach/core/count.h"
#include "mach/core/handlers.h"
#include "mach/core/notify.h"
#include "mach/core/set.h"

kern_return_t
ipc_port_of_receive(
    struct ipc_space *space, mach_port_name_t name, struct ipc_port **port)
{
	struct ipc_entry *entry;

	if (!MACH_PORT_VALID(name))
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
	port->account = ipc_account_ref(space->task->account);
	ipc_port_lock(port);
	if (send) {
		entry->type |= IPC_TYPE_SEND;
		entry->urefs = 1;
		port->mscount = port->srights = 1;
	}
	port->receiver_name = *name;
	ipc_store_release(&port->receiver, space);
	ipc_bump(&space->ports_made, 1);
	ipc_probe_port_create(port, IPC_KO_NONE, *name);
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

	kr = allocate(ipc_call_space(call), (mach_port_right_t)call->raw[1],
	    &name, false);
	call->arg[2].v.u = name;
	return (kr);
}

/* (task, right, name) */
kern_return_t
ipc_do_port_allocate_name(struct ipc_call *call)
{
	mach_port_name_t name = (mach_port_name_t)call->raw[2];

	if (!MACH_PORT_VALID(name))
		return (KERN_INVALID_VALUE);
	return (allocate(ipc_call_space(call), (mach_port_right_t)call->raw[1],
	    &name, true));
}

static kern_return_t
allocate_qos(struct ipc_call *call, const mach_port_qos_t *qos, int out)
{
	mach_port_right_t right = (mach_port_right_t)call->raw[1];
	mach_port_name_t name = MACH_PORT_NULL;
	kern_return_t kr;

	if (qos->name)
		name = (mach_port_name_t)call->arg[out].v.u;
	if (qos->name && !MACH_PORT_VALID(name))
		return (KERN_INVALID_VALUE);
	if (qos->prealloc && qos->len > IPC_PREALLOC_MAX)
		return (KERN_RESOURCE_SHORTAGE);
	if (qos->prealloc && right != MACH_PORT_RIGHT_RECEIVE)
		return (KERN_INVALID_VALUE);
	kr = allocate(ipc_call_space(call), right, &name, qos->name);
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
	return (ipc_right_destroy(ipc_call_space(call), ipc_call_name(call)));
}

kern_return_t
ipc_do_port_deallocate(struct ipc_call *call)
{
	return (
	    ipc_right_deallocate(ipc_call_space(call), ipc_call_name(call)));
}

/* (task, name, right, delta) */
kern_return_t
ipc_do_port_mod_refs(struct ipc_call *call)
{
	return (ipc_right_mod_refs(ipc_call_space(call), ipc_call_name(call),
	    (mach_port_right_t)call->raw[2], (mach_port_delta_t)call->raw[3]));
}

/* (task, name, delta, guard) */
kern_return_t
ipc_do_port_destruct(struct ipc_call *call)
{
	return (ipc_right_destruct(ipc_call_space(call), ipc_call_name(call),
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
	if (!MACH_PORT_VALID(ipc_call_name(call))) {
		if (right != MACH_PORT_RIGHT_SEND &&
		    right != MACH_PORT_RIGHT_SEND_ONCE)
			return (KERN_INVALID_NAME);
		call->arg[3].v.u = 1;
		return (KERN_SUCCESS);
	}
	kr = ipc_right_info(
	    ipc_call_space(call), ipc_call_name(call), &type, &urefs);
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

	if (ipc_call_name(call) == MACH_PORT_NULL)
		return (KERN_INVALID_NAME);
	if (ipc_call_name(call) == MACH_PORT_DEAD) {
		call->arg[2].v.u = MACH_PORT_TYPE_DEAD_NAME;
		return (KERN_SUCCESS);
	}
	kr = ipc_right_info(
	    ipc_call_space(call), ipc_call_name(call), &type, &urefs);
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

	if (!MACH_PORT_VALID(ipc_call_name(call)))
		return (KERN_INVALID_NAME);
	if (!MACH_PORT_VALID(to))
		return (KERN_INVALID_VALUE);
	return (
	    ipc_right_rename(ipc_call_space(call), ipc_call_name(call), to));
}

/* (task, name, right, disposition): `right` is taken already, and ours. */
kern_return_t
ipc_do_port_insert_right(struct ipc_call *call)
{
	struct ipc_right *right = &call->arg[2].v.right;
	kern_return_t kr;

	if (!MACH_PORT_VALID(ipc_call_name(call)) || right->type == 0)
		return (KERN_INVALID_VALUE);
	if (!IPC_PORT_VALID(right->port))
		return (KERN_INVALID_CAPABILITY);
	kr = ipc_right_put_name(
	    ipc_call_space(call), *right, ipc_call_name(call));
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
	if (!MACH_PORT_VALID(ipc_call_name(call)))
		return (KERN_INVALID_RIGHT);
	kr = ipc_right_take(
	    ipc_call_space(call), ipc_call_name(call), disposition, 0, right);
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
	kr = ipc_notify_request(ipc_call_space(call), ipc_call_name(call),
	    (int32_t)call->raw[2], (uint32_t)call->raw[3], notify->port,
	    &previous->port);
	if (kr == KERN_SUCCESS)
		notify->port = NULL;
	return (kr);
}
