/*
 * The reference model: rights taken out of spaces, and the calls on names.
 */
#include <stdlib.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

uint32_t
m_type_after(uint32_t disposition)
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

/* A dead name as a right: anywhere but where a message is sent to. */
static int32_t
dead_in(struct m_space *space, struct m_entry *entry, uint32_t disposition,
    uint32_t flags, struct m_port **port)
{
	uint32_t moves = flags & M_IN_TWICE ? 2 : 1;

	if (flags & M_IN_DEST)
		return (KERN_INVALID_RIGHT);
	*port = M_DEAD;
	if (disposition == MACH_MSG_TYPE_COPY_SEND)
		return (KERN_SUCCESS);
	if (entry->urefs < moves)
		return (KERN_INVALID_RIGHT);
	if (entry->urefs == moves)
		m_entry_free(space, entry);
	else if (entry->urefs < MACH_PORT_UREFS_MAX)
		entry->urefs -= moves;
	return (KERN_SUCCESS);
}

static int32_t
receive_in(struct m_space *space, struct m_entry *entry,
    const struct m_desc *guarded, struct m_port **portp)
{
	struct m_port *port = entry->port, *notify = NULL;
	mach_port_name_t name = entry->name;

	if (port->immovable || port->reply)
		return (KERN_INVALID_CAPABILITY);
	if (guarded != NULL &&
	    !(port->guarded
		    ? port->context == guarded->guard
		    : (guarded->guard_flags &
			  MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) != 0 &&
			  guarded->guard == 0))
		return (KERN_INVALID_ARGUMENT);
	entry->type &= ~(mach_port_type_t)MACH_PORT_TYPE_RECEIVE;
	if (entry->type == 0) {
		notify = m_request_cancel(space, entry);
		m_entry_free(space, entry);
	}
	m_clear_receiver(port);
	port->immovable = false;
	*portp = port;
	m_deleted(notify, name);
	return (KERN_SUCCESS);
}

static int32_t
send_in(struct m_space *space, struct m_entry *entry, uint32_t disposition,
    uint32_t flags, struct m_port **portp)
{
	uint32_t moves = flags & M_IN_TWICE ? 2 : 1, extra = 0;
	mach_port_name_t name = entry->name;
	struct m_port *port = entry->port, *notify = NULL;

	if (!(entry->type & MACH_PORT_TYPE_SEND))
		return (KERN_INVALID_RIGHT);
	if (disposition == MACH_MSG_TYPE_MOVE_SEND && entry->urefs < moves)
		return (KERN_INVALID_RIGHT);
	if (port->reply)
		return (KERN_INVALID_CAPABILITY);
	if (flags & (M_IN_TWICE | M_IN_TWICE_COPY))
		extra = 1;
	*portp = port;
	port->srights += extra + 1;
	if (disposition == MACH_MSG_TYPE_COPY_SEND)
		return (KERN_SUCCESS);
	if (entry->urefs == moves) {
		port->srights--; /* the entry's becomes the message's */
		entry->urefs = 0;
		entry->type &= ~(mach_port_type_t)MACH_PORT_TYPE_SEND;
		if (entry->type == 0) {
			notify = m_request_cancel(space, entry);
			m_entry_free(space, entry);
		}
		m_deleted(notify, name);
	} else if (entry->urefs < MACH_PORT_UREFS_MAX) {
		entry->urefs -= moves;
	}
	return (KERN_SUCCESS);
}

static int32_t
send_once_in(struct m_space *space, struct m_entry *entry, uint32_t flags,
    struct m_port **portp)
{
	mach_port_name_t name = entry->name;
	struct m_port *port = entry->port, *notify;

	if (!(entry->type & MACH_PORT_TYPE_SEND_ONCE))
		return (KERN_INVALID_RIGHT);
	/* A reply port's may only be used. */
	if (port->reply && !(flags & M_IN_DEST))
		return (KERN_INVALID_CAPABILITY);
	notify = m_request_cancel(space, entry);
	m_entry_free(space, entry);
	*portp = port;
	m_deleted(notify, name);
	return (KERN_SUCCESS);
}

/* ipc_right_copyin */
int32_t
m_copyin(struct m_space *space, mach_port_name_t name, uint32_t disposition,
    uint32_t flags, const struct m_desc *guarded, struct m_port **port)
{
	struct m_entry *entry = m_find(space, name);

	*port = NULL;
	if (space->dead)
		return (KERN_INVALID_TASK);
	if (entry == NULL)
		return (KERN_INVALID_NAME);
	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		if (!(entry->type & MACH_PORT_TYPE_RECEIVE))
			return (KERN_INVALID_RIGHT);
		if (entry->port->reply &&
		    (disposition == MACH_MSG_TYPE_MAKE_SEND ||
			!(flags & (M_IN_HEADER | M_IN_DEST))))
			return (KERN_INVALID_CAPABILITY);
		*port = entry->port;
		if (disposition == MACH_MSG_TYPE_MAKE_SEND) {
			entry->port->srights++;
			entry->port->mscount++;
		} else {
			entry->port->sorights++;
		}
		return (KERN_SUCCESS);
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		if (!(entry->type & MACH_PORT_TYPE_RECEIVE))
			return (KERN_INVALID_RIGHT);
		return (receive_in(space, entry, guarded, port));
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		break;
	default:
		return (KERN_INVALID_RIGHT);
	}
	if (entry->type & MACH_PORT_TYPE_DEAD_NAME)
		return (dead_in(space, entry, disposition, flags, port));
	if (!(entry->type & MACH_PORT_TYPE_SEND_RIGHTS))
		return (KERN_INVALID_RIGHT);
	/* A destination that died unseen takes the message all the same. */
	if (!(entry->port->dead && flags & M_IN_DEST && !entry->told &&
		!entry->fired && disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE &&
		entry->type & MACH_PORT_TYPE_SEND_ONCE) &&
	    m_check_dead(space, entry))
		return (dead_in(space, entry, disposition, flags, port));
	if (disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return (send_once_in(space, entry, flags, port));
	return (send_in(space, entry, disposition, flags, port));
}

/* Whether a reply port's copyin will succeed. */
bool
m_reply_ok(struct m_space *space, mach_port_name_t name, uint32_t disposition)
{
	struct m_entry *entry = m_find(space, name);

	if (entry == NULL || !(entry->type & MACH_PORT_TYPE_PORT_OR_DEAD))
		return (false);
	if (disposition == MACH_MSG_TYPE_MAKE_SEND ||
	    disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		if (!(entry->type & MACH_PORT_TYPE_RECEIVE))
			return (false);
	} else if (entry->type & MACH_PORT_TYPE_DEAD_NAME) {
		return (true);
	} else if (!(entry->type & MACH_PORT_TYPE_SEND_RIGHTS)) {
		return (false);
	} else if (entry->port->dead) {
		return (true);
	} else if (!(entry->type & (disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE
					   ? MACH_PORT_TYPE_SEND_ONCE
					   : MACH_PORT_TYPE_SEND))) {
		return (false);
	}
	return (
	    !entry->port->reply || disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE);
}
