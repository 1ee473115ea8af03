/*
 * Rights on their way: out of a space (copyin, by disposition) and into one
 * (copyout).  XNU osfmk/ipc/ipc_right.c: ipc_right_copyin, ipc_right_copyout.
 */
#include "mach/core/message.h"
#include "mach/core/notify.h"
#include "mach/core/right.h"
#include "mach/core/set.h"
#include "mach/core/task.h"

uint32_t
ipc_right_type_after(uint32_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return (MACH_MSG_TYPE_PORT_RECEIVE);
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MAKE_SEND:
		return (MACH_MSG_TYPE_PORT_SEND);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (MACH_MSG_TYPE_PORT_SEND_ONCE);
	default:
		return (0);
	}
}

/* An entry that gave its last right away; its reference goes along. */
static void
entry_given(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_after *after)
{
	if (entry->request != 0) {
		after->deleted = ipc_request_cancel(entry->port, entry);
		after->deleted_name = name;
	}
	ipc_entry_remove(space, name, entry);
}

static kern_return_t
copyin_make(struct ipc_entry *entry, uint32_t disposition, uint32_t flags,
    struct ipc_port **portp)
{
	bool once = disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE;
	struct ipc_port *port = entry->port;
	kern_return_t kr = KERN_SUCCESS;

	if (!(entry->type & IPC_TYPE_RECEIVE))
		return (KERN_INVALID_RIGHT);
	ipc_port_lock(port);
	if (port->flags & IPC_PORT_REPLY && !(once && flags & IPC_COPYIN_REPLY))
		kr = KERN_INVALID_CAPABILITY;
	else if (!once)
		ipc_port_make_send(port);
	else if (!(flags & IPC_COPYIN_PAID) &&
		 !ipc_account_has_room(port->account, IPC_MSG_NOTICE))
		/* Its notice is charged in any case: no more of them. */
		kr = KERN_RESOURCE_SHORTAGE;
	else
		ipc_port_make_send_once(port);
	ipc_port_unlock(port);
	*portp = port;
	return (kr);
}

static kern_return_t
copyin_receive(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_copyin *in)
{
	struct ipc_port *port = entry->port;
	kern_return_t kr = KERN_SUCCESS;

	if (!(entry->type & IPC_TYPE_RECEIVE))
		return (KERN_INVALID_RIGHT);
	ipc_port_lock(port);
	if (port->object.kobject_kind != IPC_KO_NONE ||
	    port->flags &
		(IPC_PORT_IMMOVABLE | IPC_PORT_REPLY | IPC_PORT_SPECIAL))
		kr = KERN_INVALID_CAPABILITY;
	else if (in->guarded &&
		 !(port->flags & IPC_PORT_GUARDED
			 ? port->context == in->guard
			 : in->guard == 0 &&
			       in->guard_flags &
				   MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND))
		kr = KERN_INVALID_ARGUMENT;
	if (kr != KERN_SUCCESS) {
		ipc_port_unlock(port);
		return (kr);
	}
	if (entry->type & IPC_TYPE_SEND) {
		entry->type = IPC_TYPE_SEND | IPC_TYPE_EX_RECEIVE;
		port->receiver = NULL;
		ipc_hash_add(space, port, name);
		ipc_port_ref(port);
	} else {
		entry_given(space, name, entry, in->after);
	}
	ipc_port_clear_receiver(port);
	ipc_port_unlock(port);
	in->port = port;
	return (KERN_SUCCESS);
}

/* Of a live port, locked: what its flags forbid. */
static bool
send_forbidden(const struct ipc_port *port, uint32_t flags)
{
	return ((port->flags & IPC_PORT_REPLY) != 0 ||
		((port->flags & IPC_PORT_IMMOVABLE_SEND) != 0 &&
		    !(flags & IPC_COPYIN_IMMOVABLE)));
}

static kern_return_t
copyin_copy_send(struct ipc_entry *entry, struct ipc_port *port, uint32_t flags,
    struct ipc_copyin *in)
{
	kern_return_t kr = KERN_SUCCESS;

	if (!(entry->type & IPC_TYPE_SEND))
		kr = KERN_INVALID_RIGHT;
	else if (send_forbidden(port, flags))
		kr = KERN_INVALID_CAPABILITY;
	else
		ipc_port_copy_send(port);
	if (kr == KERN_SUCCESS && flags & IPC_COPYIN_TWICE_COPY)
		ipc_port_copy_send(port);
	in->port = port;
	return (kr);
}

static kern_return_t
copyin_move_send(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_port *port, uint32_t flags,
    struct ipc_copyin *in)
{
	uint32_t moves = flags & IPC_COPYIN_TWICE_MOVE ? 2 : 1;

	if (!(entry->type & IPC_TYPE_SEND) || entry->urefs < moves)
		return (KERN_INVALID_RIGHT);
	if (send_forbidden(port, flags))
		return (KERN_INVALID_CAPABILITY);
	if (entry->urefs > moves) {
		ipc_port_copy_send(port);
		if (entry->urefs < IPC_UREFS_MAX)
			entry->urefs = (uint16_t)(entry->urefs - moves);
	} else if (entry->type & IPC_TYPE_RECEIVE) {
		entry->type &= (uint8_t)~IPC_TYPE_SEND;
		entry->urefs = 0;
		ipc_port_ref(port);
	} else {
		ipc_hash_remove(space, port, name);
		entry_given(space, name, entry, in->after);
	}
	if (flags & (IPC_COPYIN_TWICE_MOVE | IPC_COPYIN_TWICE_COPY))
		ipc_port_copy_send(port);
	in->port = port;
	return (KERN_SUCCESS);
}

static kern_return_t
copyin_move_send_once(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, struct ipc_port *port, uint32_t flags,
    struct ipc_copyin *in)
{
	if (!(entry->type & IPC_TYPE_SEND_ONCE))
		return (KERN_INVALID_RIGHT);
	if (port->flags & IPC_PORT_REPLY && !(flags & IPC_COPYIN_REPLY))
		return (KERN_INVALID_CAPABILITY);
	if (port->flags & IPC_PORT_IMMOVABLE_SEND &&
	    !(flags & IPC_COPYIN_IMMOVABLE))
		return (KERN_INVALID_CAPABILITY);
	entry_given(space, name, entry, in->after);
	in->port = port;
	return (KERN_SUCCESS);
}

/* A dead name in place of a send right. */
static kern_return_t
copyin_dead(struct ipc_space *space, mach_port_name_t name,
    struct ipc_entry *entry, uint32_t disposition, uint32_t flags,
    struct ipc_copyin *in)
{
	/* No destination: so it is never two that move. */
	if (!(flags & IPC_COPYIN_DEAD_OK))
		return (KERN_INVALID_RIGHT);
	in->port = IPC_PORT_DEAD;
	if (disposition == MACH_MSG_TYPE_COPY_SEND)
		return (KERN_SUCCESS);
	if (entry->urefs == 1)
		ipc_entry_remove(space, name, entry);
	else if (entry->urefs < IPC_UREFS_MAX)
		entry->urefs--;
	return (KERN_SUCCESS);
}

kern_return_t
ipc_right_copyin(struct ipc_space *space, mach_port_name_t name,
    uint32_t disposition, uint32_t flags, struct ipc_copyin *in)
{
	struct ipc_entry *entry;
	struct ipc_port *port;
	kern_return_t kr;

	ipc_mutex_assert(&space->lock);
	entry = ipc_entry_find(space, name);
	if (entry == NULL)
		return (KERN_INVALID_NAME);
	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (copyin_make(entry, disposition, flags, &in->port));
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return (copyin_receive(space, name, entry, in));
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		break;
	default:
		return (KERN_INVALID_RIGHT);
	}
	if (entry->type & IPC_TYPE_SEND_ONCE && entry->request == 0 &&
	    flags & IPC_COPYIN_DEAD_ONCE &&
	    disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE) {
		/* Its port may be dead: as if it died a little later. */
		port = entry->port;
		ipc_port_lock(port);
	} else if (entry->type & IPC_TYPE_DEAD_NAME) {
		return (
		    copyin_dead(space, name, entry, disposition, flags, in));
	} else if (!(entry->type & IPC_TYPE_SEND_ANY)) {
		return (KERN_INVALID_RIGHT);
	} else {
		port = ipc_right_lock_port(space, name, entry);
		if (port == NULL)
			return (copyin_dead(
			    space, name, entry, disposition, flags, in));
	}
	if (disposition == MACH_MSG_TYPE_COPY_SEND)
		kr = copyin_copy_send(entry, port, flags, in);
	else if (disposition == MACH_MSG_TYPE_MOVE_SEND)
		kr = copyin_move_send(space, name, entry, port, flags, in);
	else
		kr = copyin_move_send_once(space, name, entry, port, flags, in);
	ipc_port_unlock(port);
	return (kr);
}

bool
ipc_right_can_copyin(
    struct ipc_space *space, mach_port_name_t name, uint32_t disposition)
{
	struct ipc_entry *entry = ipc_entry_find(space, name);
	struct ipc_port *port;
	uint32_t flags;

	if (entry == NULL || entry->type & IPC_TYPE_SET)
		return (false);
	if (disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE)
		return ((entry->type & IPC_TYPE_RECEIVE) != 0);
	if (disposition == MACH_MSG_TYPE_MAKE_SEND)
		return (entry->type & IPC_TYPE_RECEIVE &&
			!(ipc_port_flags(entry->port) & IPC_PORT_REPLY));
	if (entry->type & IPC_TYPE_SEND_ANY &&
	    !(entry->type & IPC_TYPE_RECEIVE)) {
		port = ipc_right_lock_port(space, name, entry);
		if (port != NULL)
			ipc_port_unlock(port);
	}
	if (entry->type & IPC_TYPE_DEAD_NAME)
		return (true);
	if (!(entry->type & IPC_TYPE_SEND_ANY))
		return (false);
	flags = ipc_port_flags(entry->port);
	return (entry->type & (disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE
				      ? IPC_TYPE_SEND_ONCE
				      : IPC_TYPE_SEND) &&
		!(flags & (IPC_PORT_REPLY | IPC_PORT_IMMOVABLE_SEND)));
}

kern_return_t
ipc_right_take(struct ipc_space *space, mach_port_name_t name,
    uint32_t disposition, uint32_t flags, struct ipc_right *right)
{
	struct ipc_after after = IPC_AFTER_NONE;
	struct ipc_copyin in = { .after = &after };
	kern_return_t kr;

	/* 0 of an unknown disposition, which only null and dead names pass. */
	right->type = ipc_right_type_after(disposition);
	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD) {
		right->port = name == MACH_PORT_NULL ? NULL : IPC_PORT_DEAD;
		return (KERN_SUCCESS);
	}
	kr = ipc_space_lock_hash(space);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = ipc_right_copyin(
	    space, name, disposition, flags | IPC_COPYIN_DEAD_OK, &in);
	ipc_space_unlock(space);
	ipc_after_run(&after);
	if (kr == KERN_SUCCESS)
		right->port = in.port;
	return (kr);
}

kern_return_t
ipc_right_drop(struct ipc_space *space, mach_port_name_t name, uint32_t type)
{
	if (type == MACH_MSG_TYPE_PORT_RECEIVE)
		return (ipc_right_mod_refs(
		    space, name, MACH_PORT_RIGHT_RECEIVE, -1));
	return (ipc_right_deallocate(space, name));
}

/*
 * Into a space
 */

void
ipc_right_put_entry(struct ipc_space *space, struct ipc_right right,
    mach_port_name_t name, struct ipc_entry *entry, bool had)
{
	struct ipc_port *port = right.port, *destination = NULL;
	struct ipc_account *account = NULL;

	ipc_mutex_assert(&port->object.lock);
	if (!had)
		entry->port = port;
	switch (right.type) {
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		entry->type = IPC_TYPE_SEND_ONCE;
		entry->urefs = 1;
		had = false; /* the reference is the entry's */
		break;
	case MACH_MSG_TYPE_PORT_SEND:
		if (!(entry->type & IPC_TYPE_SEND)) {
			entry->type |= IPC_TYPE_SEND;
			entry->urefs = 1;
			if (!had)
				ipc_hash_add(space, port, name);
			break;
		}
		/* One right more of the same: only the entry counts. */
		port->srights--;
		if (entry->urefs < IPC_UREFS_MAX)
			entry->urefs++;
		break;
	default: /* MACH_MSG_TYPE_PORT_RECEIVE */
		if (had)
			ipc_hash_remove(space, port, name);
		entry->type |= IPC_TYPE_RECEIVE;
		entry->type &= IPC_TYPE_RIGHTS;
		destination = port->destination;
		port->destination = NULL;
		account = port->account;
		port->account = ipc_account_ref(space->task->account);
		port->receiver_name = name;
		ipc_store_release(&port->receiver, space);
		break;
	}
	ipc_port_unlock(port);
	if (had)
		ipc_port_unref(port);
	if (destination != NULL)
		ipc_port_unref(destination);
	ipc_account_unref(account);
}

void
ipc_right_put_locked(
    struct ipc_space *space, struct ipc_right right, mach_port_name_t *name)
{
	struct ipc_entry *entry = NULL;

	if (right.type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		entry = ipc_entry_of_port(space, right.port, name);
	if (entry != NULL) {
		ipc_right_put_entry(space, right, *name, entry, true);
	} else {
		entry = ipc_entry_add(space, name);
		ipc_right_put_entry(space, right, *name, entry, false);
	}
}

kern_return_t
ipc_right_put(
    struct ipc_space *space, struct ipc_right right, mach_port_name_t *name)
{
	struct ipc_port *port = right.port;
	kern_return_t kr, full;

	if (!IPC_PORT_VALID(port)) {
		*name = port == NULL ? MACH_PORT_NULL : MACH_PORT_DEAD;
		return (KERN_SUCCESS);
	}
	full = kr = ipc_space_lock_room(space, 1);
	if (kr == KERN_NO_SPACE || kr == KERN_RESOURCE_SHORTAGE) {
		/* What has a name already needs no other. */
		kr = ipc_space_lock_hash(space);
		if (kr == KERN_SUCCESS &&
		    (right.type == MACH_MSG_TYPE_PORT_SEND_ONCE ||
			ipc_entry_of_port(space, port, name) == NULL)) {
			ipc_space_unlock(space);
			kr = full;
		}
	}
	if (kr != KERN_SUCCESS)
		return (kr);
	ipc_port_lock(port);
	if (port->object.dead) {
		ipc_port_unlock(port);
		ipc_space_unlock(space);
		ipc_right_release(right);
		*name = MACH_PORT_DEAD;
		return (KERN_SUCCESS);
	}
	ipc_right_put_locked(space, right, name);
	ipc_space_unlock(space);
	return (KERN_SUCCESS);
}

/* What forbids a right under that name; the space is locked. */
static kern_return_t
put_name_check(struct ipc_space *space, struct ipc_right right,
    mach_port_name_t name, struct ipc_entry *entry)
{
	mach_port_name_t other;

	if (right.type != MACH_MSG_TYPE_PORT_SEND_ONCE &&
	    ipc_entry_of_port(space, right.port, &other) != NULL &&
	    other != name)
		return (KERN_RIGHT_EXISTS);
	/* A name in use takes more of the same port, once each receive. */
	if (entry != NULL &&
	    (right.type == MACH_MSG_TYPE_PORT_SEND_ONCE ||
		entry->type &
		    (IPC_TYPE_SET | IPC_TYPE_DEAD_NAME | IPC_TYPE_SEND_ONCE) ||
		entry->port != right.port))
		return (KERN_NAME_EXISTS);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_right_put_name(
    struct ipc_space *space, struct ipc_right right, mach_port_name_t name)
{
	struct ipc_port *port = right.port;
	struct ipc_entry *entry;
	kern_return_t kr;
	bool had;

	if (!IPC_PORT_VALID(port))
		return (KERN_INVALID_CAPABILITY);
	kr = ipc_entry_add_name(space, name, &entry);
	had = kr == KERN_NAME_EXISTS;
	if (kr != KERN_SUCCESS && !had)
		return (kr);
	if (had) {
		kr = ipc_space_lock_room(space, 0);
		if (kr != KERN_SUCCESS)
			return (kr);
		entry = ipc_entry_find(space, name);
		if (entry == NULL) {
			/* That index has another name now. */
			ipc_space_unlock(space);
			return (KERN_NAME_EXISTS);
		}
	}
	kr = put_name_check(space, right, name, had ? entry : NULL);
	if (kr == KERN_SUCCESS) {
		ipc_port_lock(port);
		if (port->object.dead) {
			ipc_port_unlock(port);
			kr = KERN_INVALID_CAPABILITY;
		}
	}
	if (kr == KERN_SUCCESS)
		ipc_right_put_entry(space, right, name, entry, had);
	else if (!had)
		ipc_entry_remove(space, name, entry);
	ipc_space_unlock(space);
	return (kr);
}
