/*
 * The reference model: the calls of mach_port.
 */
#include <stdlib.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

int32_t
m_entry_of(struct m_space *space, mach_port_name_t name, struct m_entry **entry)
{
	if (space->dead)
		return (KERN_INVALID_TASK);
	*entry = m_find(space, name);
	return (*entry == NULL ? KERN_INVALID_NAME : KERN_SUCCESS);
}

/*
 * Making
 */

static struct m_port *
port_new(struct m_space *space, struct m_entry *entry)
{
	struct m_port *port = m_kernel_port(M_USER, NULL);

	port->receiver = space;
	port->name = entry->name;
	entry->port = port;
	entry->type = MACH_PORT_TYPE_RECEIVE;
	return (port);
}

int32_t
m_allocate(
    struct m_space *space, uint32_t right, bool named, mach_port_name_t *name)
{
	struct m_entry *entry;
	int32_t kr;

	if (named && !m_valid(*name))
		return (KERN_INVALID_VALUE);
	if (right != MACH_PORT_RIGHT_RECEIVE &&
	    right != MACH_PORT_RIGHT_PORT_SET &&
	    right != MACH_PORT_RIGHT_DEAD_NAME)
		return (KERN_INVALID_VALUE);
	if (space->dead)
		return (KERN_INVALID_TASK);
	if (named) {
		kr = m_name_check(space, *name);
		if (kr != KERN_SUCCESS)
			return (kr);
	} else {
		if ((uint32_t)space->entries.n >= space->limit)
			return (KERN_NO_SPACE);
		*name = m_hint();
	}
	entry = m_entry_new(space, *name);
	if (right == MACH_PORT_RIGHT_RECEIVE) {
		(void)port_new(space, entry);
	} else if (right == MACH_PORT_RIGHT_PORT_SET) {
		entry->type = MACH_PORT_TYPE_PORT_SET;
		entry->set = m_new(sizeof(*entry->set));
		m_list_add(&m_sets, entry->set);
	} else {
		entry->type = MACH_PORT_TYPE_DEAD_NAME;
		entry->urefs = 1;
	}
	return (KERN_SUCCESS);
}

int32_t
m_construct(struct m_space *space, uint32_t flags, uint32_t limit,
    uint64_t context, mach_port_name_t *name)
{
	struct m_entry *entry;
	struct m_port *port;

	if (flags & MPO_QLIMIT && limit > MACH_PORT_QLIMIT_MAX)
		return (KERN_INVALID_VALUE);
	if (space->dead)
		return (KERN_INVALID_TASK);
	if ((uint32_t)space->entries.n >= space->limit)
		return (KERN_NO_SPACE);
	*name = m_hint();
	entry = m_entry_new(space, *name);
	port = port_new(space, entry);
	port->context = context;
	if (flags & MPO_QLIMIT)
		port->limit = limit;
	port->reply = (flags & MPO_REPLY_PORT) != 0;
	if (flags & MPO_INSERT_SEND_RIGHT) {
		entry->type |= MACH_PORT_TYPE_SEND;
		entry->urefs = 1;
		port->srights = port->mscount = 1;
	}
	if (flags & MPO_CONTEXT_AS_GUARD) {
		port->guarded = true;
		port->strict = (flags & MPO_STRICT) != 0;
		port->immovable = (flags & MPO_IMMOVABLE_RECEIVE) != 0;
	}
	return (KERN_SUCCESS);
}

/*
 * References
 */

static int32_t
mod_send(struct m_space *space, struct m_entry *entry, int32_t delta)
{
	uint32_t urefs;

	if (!(entry->type & MACH_PORT_TYPE_SEND) || m_check_dead(space, entry))
		return (KERN_INVALID_RIGHT);
	urefs = entry->urefs;
	if (!m_urefs_add(&urefs, delta))
		return (KERN_INVALID_VALUE);
	m_send_set(space, entry, urefs);
	return (KERN_SUCCESS);
}

static int32_t
mod_dead(struct m_space *space, struct m_entry *entry, int32_t delta)
{
	if (entry->type & MACH_PORT_TYPE_SEND_RIGHTS)
		(void)m_check_dead(space, entry);
	if (!(entry->type & MACH_PORT_TYPE_DEAD_NAME))
		return (KERN_INVALID_RIGHT);
	if (!m_urefs_add(&entry->urefs, delta))
		return (KERN_INVALID_VALUE);
	if (entry->urefs == 0)
		m_entry_free(space, entry);
	return (KERN_SUCCESS);
}

int32_t
m_mod_refs(
    struct m_space *space, mach_port_name_t name, uint32_t right, int32_t delta)
{
	struct m_entry *entry;
	int32_t kr;

	if (right > MACH_PORT_RIGHT_LABELH)
		return (KERN_INVALID_VALUE);
	if (!m_valid(name))
		return (right == MACH_PORT_RIGHT_SEND ||
				right == MACH_PORT_RIGHT_SEND_ONCE
			    ? KERN_SUCCESS
			    : KERN_INVALID_NAME);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	switch (right) {
	case MACH_PORT_RIGHT_SEND:
		kr = mod_send(space, entry, delta);
		break;
	case MACH_PORT_RIGHT_DEAD_NAME:
		kr = mod_dead(space, entry, delta);
		break;
	case MACH_PORT_RIGHT_LABELH:
		kr = KERN_INVALID_RIGHT;
		break;
	default:
		if (!(entry->type & MACH_PORT_TYPE(right)) ||
		    (right == MACH_PORT_RIGHT_SEND_ONCE &&
			m_check_dead(space, entry)))
			return (KERN_INVALID_RIGHT);
		if (delta == 0)
			return (KERN_SUCCESS);
		if (delta != -1)
			return (KERN_INVALID_VALUE);
		if (right == MACH_PORT_RIGHT_PORT_SET)
			m_set_destroy(space, entry);
		else if (right == MACH_PORT_RIGHT_SEND_ONCE)
			m_entry_drop(space, entry);
		else if (entry->port->guarded)
			kr = KERN_INVALID_RIGHT;
		else
			m_receive_destroy(space, entry);
		break;
	}
	m_reap();
	return (kr);
}

int32_t
m_deallocate(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(name))
		return (KERN_SUCCESS);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (entry->type == MACH_PORT_TYPE_RECEIVE)
		return (KERN_INVALID_RIGHT);
	if (entry->type & MACH_PORT_TYPE_PORT_SET) {
		m_set_destroy(space, entry);
	} else if (entry->type & MACH_PORT_TYPE_RECEIVE) {
		kr = mod_send(space, entry, -1);
	} else if (entry->type & MACH_PORT_TYPE_DEAD_NAME ||
		   m_check_dead(space, entry)) {
		kr = mod_dead(space, entry, -1);
	} else if (entry->type & MACH_PORT_TYPE_SEND) {
		kr = mod_send(space, entry, -1);
	} else {
		m_entry_drop(space, entry);
	}
	m_reap();
	return (kr);
}

int32_t
m_destroy(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(name))
		return (KERN_SUCCESS);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (entry->type & MACH_PORT_TYPE_RECEIVE && entry->port->guarded)
		return (KERN_INVALID_RIGHT);
	if (entry->type & MACH_PORT_TYPE_PORT_SET) {
		m_set_destroy(space, entry);
	} else if (m_check_dead(space, entry) ||
		   entry->type & MACH_PORT_TYPE_DEAD_NAME) {
		m_entry_free(space, entry);
	} else if (entry->type & MACH_PORT_TYPE_RECEIVE) {
		m_receive_end(space, entry);
	} else {
		m_entry_drop(space, entry);
	}
	m_reap();
	return (KERN_SUCCESS);
}

int32_t
m_destruct(
    struct m_space *space, mach_port_name_t name, int32_t delta, uint64_t guard)
{
	struct m_port *port, *none = NULL;
	uint32_t urefs, mscount;
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(name))
		return (KERN_INVALID_NAME);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE_RECEIVE))
		return (KERN_INVALID_RIGHT);
	port = entry->port;
	mscount = port->mscount;
	if (delta != 0 && !(entry->type & MACH_PORT_TYPE_SEND))
		return (KERN_INVALID_RIGHT);
	if (delta > 0)
		return (KERN_INVALID_VALUE);
	if (entry->port->guarded && entry->port->context != guard)
		return (KERN_INVALID_ARGUMENT);
	if (delta != 0) {
		urefs = entry->urefs;
		/* Unlike mod_refs it looks at the sum, pegged or not. */
		if ((int64_t)urefs + delta < 0 || !m_urefs_add(&urefs, delta))
			return (KERN_INVALID_VALUE);
		entry->urefs = urefs;
		if (urefs == 0) {
			entry->type = MACH_PORT_TYPE_RECEIVE;
			if (--port->srights == 0) {
				none = port->nsrequest;
				port->nsrequest = NULL;
			}
		}
	}
	m_receive_destroy(space, entry);
	/* XNU tells before, with the port locked: a port that is told of
	 * itself would hang there. */
	if (none != NULL)
		m_notify(none, MACH_NOTIFY_NO_SENDERS, mscount, NULL);
	m_reap();
	return (KERN_SUCCESS);
}

/*
 * Asking
 */

static int32_t
info(struct m_space *space, mach_port_name_t name, struct m_entry **entry)
{
	int32_t kr = m_entry_of(space, name, entry);

	if (kr == KERN_SUCCESS && (*entry)->type & MACH_PORT_TYPE_SEND_RIGHTS)
		(void)m_check_dead(space, *entry);
	return (kr);
}

int32_t
m_get_refs(struct m_space *space, mach_port_name_t name, uint32_t right,
    uint32_t *urefs)
{
	struct m_entry *entry;
	int32_t kr;

	if (right > MACH_PORT_RIGHT_LABELH)
		return (KERN_INVALID_VALUE);
	*urefs = 1;
	if (!m_valid(name))
		return (right == MACH_PORT_RIGHT_SEND ||
				right == MACH_PORT_RIGHT_SEND_ONCE
			    ? KERN_SUCCESS
			    : KERN_INVALID_NAME);
	kr = info(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE(right)))
		*urefs = 0;
	else if (right == MACH_PORT_RIGHT_SEND ||
		 right == MACH_PORT_RIGHT_DEAD_NAME)
		*urefs = entry->urefs;
	return (KERN_SUCCESS);
}

int32_t
m_type(struct m_space *space, mach_port_name_t name, uint32_t *type)
{
	struct m_entry *entry;
	int32_t kr;

	if (name == MACH_PORT_NULL)
		return (KERN_INVALID_NAME);
	*type = MACH_PORT_TYPE_DEAD_NAME;
	if (name == MACH_PORT_DEAD)
		return (KERN_SUCCESS);
	kr = info(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	*type = entry->type;
	/* Send-possible requests are dead-name requests, too. */
	if (m_request_find(space, entry) != NULL)
		*type |= MACH_PORT_TYPE_DNREQUEST;
	return (KERN_SUCCESS);
}

int32_t
m_receive_of(struct m_space *space, mach_port_name_t name, struct m_port **port)
{
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(name))
		return (KERN_INVALID_RIGHT);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE_RECEIVE))
		return (KERN_INVALID_RIGHT);
	*port = entry->port;
	return (KERN_SUCCESS);
}

int32_t
m_set_status(struct m_space *space, mach_port_name_t name, struct m_set **set)
{
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(name))
		return (KERN_INVALID_RIGHT);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE_PORT_SET))
		return (KERN_INVALID_RIGHT);
	*set = entry->set;
	return (KERN_SUCCESS);
}

/*
 * Moving
 */

/* By the rules of Mach 3: XNU has no such call any more. */
int32_t
m_rename(struct m_space *space, mach_port_name_t from, mach_port_name_t to)
{
	struct m_request *request;
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(from))
		return (KERN_INVALID_NAME);
	if (!m_valid(to))
		return (KERN_INVALID_VALUE);
	kr = m_entry_of(space, from, &entry);
	if (from == to)
		return (kr == KERN_SUCCESS ? KERN_NAME_EXISTS : kr);
	if (space->dead)
		return (kr);
	if (m_name_check(space, to) != KERN_SUCCESS)
		return (m_name_check(space, to));
	if (kr != KERN_SUCCESS)
		return (kr);
	request = m_request_find(space, entry);
	if (request != NULL)
		request->name = to;
	if (entry->type & MACH_PORT_TYPE_RECEIVE)
		entry->port->name = to;
	entry->name = to;
	return (KERN_SUCCESS);
}

int32_t
m_insert_right(struct m_space *from, mach_port_name_t poly,
    uint32_t disposition, struct m_space *space, mach_port_name_t name)
{
	struct m_right right = { NULL, m_type_after(disposition) };
	int32_t kr;

	/* As the routine has it; XNU's trap says KERN_INVALID_NAME. */
	if (!m_valid(poly))
		return (m_valid(name) ? KERN_INVALID_CAPABILITY
				      : KERN_INVALID_VALUE);
	kr = m_copyin(from, poly, disposition, 0, NULL, &right.port);
	if (kr == KERN_SUCCESS) {
		kr = !m_valid(name) ? KERN_INVALID_VALUE
		     : right.port == M_DEAD
			 ? KERN_INVALID_CAPABILITY
			 : m_copyout_name(space, right, name);
		if (kr != KERN_SUCCESS)
			m_release(right);
	}
	m_reap();
	return (kr);
}

int32_t
m_extract_right(struct m_space *space, mach_port_name_t name,
    uint32_t disposition, struct m_space *to, mach_port_name_t *new_name,
    uint32_t *type)
{
	struct m_right right = { NULL, m_type_after(disposition) };
	int32_t kr;

	*type = right.type;
	if (right.type == 0)
		return (KERN_INVALID_VALUE);
	if (!m_valid(name))
		return (KERN_INVALID_RIGHT);
	kr = m_copyin(space, name, disposition, 0, NULL, &right.port);
	if (kr == KERN_SUCCESS)
		kr = m_copyout(to, right, new_name);
	m_reap();
	return (kr);
}

/*
 * Notifications
 */

static int32_t
request_receive(struct m_space *space, mach_port_name_t name, int32_t id,
    uint32_t sync, struct m_port *notify, struct m_port **previous)
{
	struct m_port *port;
	int32_t kr;

	if (id == MACH_NOTIFY_PORT_DESTROYED && sync != 0)
		return (KERN_INVALID_VALUE);
	kr = m_receive_of(space, name, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (port->reply)
		return (KERN_INVALID_RIGHT);
	if (id == MACH_NOTIFY_PORT_DESTROYED) {
		if (port->pdrequest != NULL)
			return (KERN_FAILURE);
		port->pdrequest = notify;
		return (KERN_SUCCESS);
	}
	*previous = port->nsrequest;
	port->nsrequest = notify;
	if (notify != NULL && port->srights == 0 && sync <= port->mscount) {
		port->nsrequest = NULL;
		m_notify(notify, MACH_NOTIFY_NO_SENDERS, port->mscount, NULL);
	}
	return (KERN_SUCCESS);
}

static int32_t
request_send(struct m_space *space, mach_port_name_t name, bool possible,
    bool arm, struct m_port *notify, struct m_port **previous)
{
	struct m_request *request;
	struct m_entry *entry;
	int32_t kr;

	if (!m_valid(name))
		return (KERN_INVALID_ARGUMENT);
	kr = m_entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (notify == NULL && m_request_find(space, entry) == NULL &&
	    !entry->told && !entry->fired)
		return (KERN_SUCCESS);
	if (entry->type & MACH_PORT_TYPE_PORT_RIGHTS &&
	    !m_check_dead(space, entry)) {
		*previous = m_request_cancel(space, entry);
		if (notify == NULL)
			return (KERN_SUCCESS);
		if (arm &&
		    (entry->type & MACH_PORT_TYPE_SEND_ONCE ||
			entry->port->kernel != M_USER ||
			(uint32_t)entry->port->queue.n < entry->port->limit)) {
			m_notify(notify, MACH_NOTIFY_SEND_POSSIBLE, name, NULL);
			return (KERN_SUCCESS);
		}
		request = m_new(sizeof(*request));
		*request =
		    (struct m_request){ space, name, notify, possible, arm };
		m_list_add(&entry->port->requests, request);
		return (KERN_SUCCESS);
	}
	if (possible && notify != NULL &&
	    entry->type & MACH_PORT_TYPE_DEAD_NAME) {
		if (entry->urefs < MACH_PORT_UREFS_MAX)
			entry->urefs++;
		m_notify(notify, MACH_NOTIFY_DEAD_NAME, name, NULL);
		return (KERN_SUCCESS);
	}
	return (entry->type & MACH_PORT_TYPE_PORT_OR_DEAD
		    ? KERN_INVALID_ARGUMENT
		    : KERN_INVALID_RIGHT);
}

int32_t
m_request(struct m_space *space, mach_port_name_t name, int32_t id,
    uint32_t sync, struct m_space *from, mach_port_name_t notify_name,
    uint32_t disposition, mach_port_name_t *previous_name)
{
	struct m_port *notify = NULL, *previous = NULL;
	struct m_right right = { NULL, MACH_MSG_TYPE_PORT_SEND_ONCE };
	int32_t kr = KERN_SUCCESS;

	if (m_valid(notify_name))
		kr = m_copyin(from, notify_name, disposition, 0, NULL, &notify);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (notify_name == MACH_PORT_DEAD || notify == M_DEAD)
		return (KERN_INVALID_CAPABILITY);
	switch (id) {
	case MACH_NOTIFY_PORT_DESTROYED:
	case MACH_NOTIFY_NO_SENDERS:
		kr = request_receive(space, name, id, sync, notify, &previous);
		break;
	case MACH_NOTIFY_DEAD_NAME:
	case MACH_NOTIFY_SEND_POSSIBLE:
		kr = request_send(space, name, id == MACH_NOTIFY_SEND_POSSIBLE,
		    id == MACH_NOTIFY_SEND_POSSIBLE && sync != 0, notify,
		    &previous);
		break;
	default:
		kr = KERN_INVALID_VALUE;
		break;
	}
	if (kr != KERN_SUCCESS) {
		right.port = notify;
		m_release(right);
	} else {
		right.port = previous;
		kr = m_copyout(from, right, previous_name);
	}
	m_reap();
	return (kr);
}
