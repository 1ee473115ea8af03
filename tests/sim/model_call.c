/*
 * The reference model: the calls of mach_port.
 */
#include <stdlib.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

static bool
valid(mach_port_name_t name)
{
	return (name != MACH_PORT_NULL && name != MACH_PORT_DEAD);
}

/* The entry of a name, or why not. */
static int32_t
entry_of(struct m_space *space, mach_port_name_t name, struct m_entry **entry)
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
m_allocate(struct m_space *space, uint32_t right, bool named,
    mach_port_name_t *name)
{
	struct m_entry *entry;
	int32_t kr;

	if (named && !valid(*name))
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

	if (!(entry->type & MACH_PORT_TYPE_SEND) ||
	    m_check_dead(space, entry))
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
m_mod_refs(struct m_space *space, mach_port_name_t name, uint32_t right,
    int32_t delta)
{
	struct m_entry *entry;
	int32_t kr;

	if (right > MACH_PORT_RIGHT_LABELH)
		return (KERN_INVALID_VALUE);
	if (!valid(name))
		return (right == MACH_PORT_RIGHT_SEND ||
			    right == MACH_PORT_RIGHT_SEND_ONCE ?
			KERN_SUCCESS : KERN_INVALID_NAME);
	kr = entry_of(space, name, &entry);
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

	if (!valid(name))
		return (KERN_SUCCESS);
	kr = entry_of(space, name, &entry);
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

	if (!valid(name))
		return (KERN_SUCCESS);
	kr = entry_of(space, name, &entry);
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
m_destruct(struct m_space *space, mach_port_name_t name, int32_t delta,
    uint64_t guard)
{
	struct m_entry *entry;
	uint32_t urefs;
	int32_t kr;

	if (!valid(name))
		return (KERN_INVALID_NAME);
	kr = entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE_RECEIVE))
		return (KERN_INVALID_RIGHT);
	if (delta != 0 && !(entry->type & MACH_PORT_TYPE_SEND))
		return (KERN_INVALID_RIGHT);
	if (delta > 0)
		return (KERN_INVALID_VALUE);
	if (entry->port->guarded && entry->port->context != guard)
		return (KERN_INVALID_ARGUMENT);
	if (delta != 0) {
		urefs = entry->urefs;
		/* Unlike mod_refs it looks at the sum, pegged or not. */
		if ((int64_t)urefs + delta < 0 ||
		    !m_urefs_add(&urefs, delta))
			return (KERN_INVALID_VALUE);
		m_send_set(space, entry, urefs);
	}
	m_receive_destroy(space, entry);
	m_reap();
	return (KERN_SUCCESS);
}

/*
 * Asking
 */

static int32_t
info(struct m_space *space, mach_port_name_t name, struct m_entry **entry)
{
	int32_t kr = entry_of(space, name, entry);

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
	if (!valid(name))
		return (right == MACH_PORT_RIGHT_SEND ||
			    right == MACH_PORT_RIGHT_SEND_ONCE ?
			KERN_SUCCESS : KERN_INVALID_NAME);
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
m_receive_of(struct m_space *space, mach_port_name_t name,
    struct m_port **port)
{
	struct m_entry *entry;
	int32_t kr;

	if (!valid(name))
		return (KERN_INVALID_RIGHT);
	kr = entry_of(space, name, &entry);
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

	if (!valid(name))
		return (KERN_INVALID_RIGHT);
	kr = entry_of(space, name, &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE_PORT_SET))
		return (KERN_INVALID_RIGHT);
	*set = entry->set;
	return (KERN_SUCCESS);
}
