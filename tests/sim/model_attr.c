/*
 * The reference model: sets, and the attributes of ports.
 */
#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

/*
 * Sets
 */

static int32_t
port_and_set(struct m_space *space, mach_port_name_t name,
    mach_port_name_t set_name, struct m_port **port, struct m_set **set)
{
	struct m_entry *entry, *set_entry;
	int32_t kr;

	if (!m_valid(name) || !m_valid(set_name))
		return (KERN_INVALID_RIGHT);
	kr = m_entry_of(space, name, &entry);
	if (kr == KERN_SUCCESS)
		kr = m_entry_of(space, set_name, &set_entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(entry->type & MACH_PORT_TYPE_RECEIVE) ||
	    !(set_entry->type & MACH_PORT_TYPE_PORT_SET))
		return (KERN_INVALID_RIGHT);
	*port = entry->port;
	*set = set_entry->set;
	return (KERN_SUCCESS);
}

static void
member_add(struct m_port *port, struct m_set *set)
{
	m_list_add(&set->members, port);
	m_list_add(&port->sets, set);
	if (port->queue.n != 0)
		m_list_add(&set->ready, port);
	m_set_offer(port, set);
}

static void
member_remove(struct m_port *port, struct m_set *set)
{
	m_list_remove(&set->members, port);
	m_list_remove(&set->ready, port);
	m_list_remove(&port->sets, set);
}

int32_t
m_insert_member(
    struct m_space *space, mach_port_name_t name, mach_port_name_t set_name)
{
	struct m_port *port;
	struct m_set *set;
	int32_t kr = port_and_set(space, name, set_name, &port, &set);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (m_list_find(&port->sets, set) >= 0)
		return (KERN_ALREADY_IN_SET);
	member_add(port, set);
	m_reap();
	return (KERN_SUCCESS);
}

int32_t
m_extract_member(
    struct m_space *space, mach_port_name_t name, mach_port_name_t set_name)
{
	struct m_port *port;
	struct m_set *set;
	int32_t kr = port_and_set(space, name, set_name, &port, &set);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (m_list_find(&port->sets, set) < 0)
		return (KERN_NOT_IN_SET);
	member_remove(port, set);
	return (KERN_SUCCESS);
}

int32_t
m_move_member(
    struct m_space *space, mach_port_name_t name, mach_port_name_t set_name)
{
	struct m_port *port;
	struct m_set *set = NULL, *old;
	int32_t kr;
	int i;

	if (!m_valid(name) || set_name == MACH_PORT_DEAD)
		return (KERN_INVALID_RIGHT);
	kr = set_name == MACH_PORT_NULL
		 ? m_receive_of(space, name, &port)
		 : port_and_set(space, name, set_name, &port, &set);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (set == NULL && port->sets.n == 0)
		return (KERN_NOT_IN_SET);
	for (i = port->sets.n; i-- > 0;) {
		old = port->sets.item[i];
		if (old != set)
			member_remove(port, old);
	}
	if (set != NULL && port->sets.n == 0)
		member_add(port, set);
	m_reap();
	return (KERN_SUCCESS);
}

/*
 * Attributes
 */

int32_t
m_set_limit(struct m_space *space, mach_port_name_t name, uint32_t limit)
{
	struct m_port *port;
	int32_t kr;

	if (limit > MACH_PORT_QLIMIT_MAX)
		return (KERN_INVALID_VALUE);
	kr = m_receive_of(space, name, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	port->limit = limit;
	m_admit(port);
	return (KERN_SUCCESS);
}

/* Guards' own answers for names that are none. */
static int32_t
guard_port(struct m_space *space, mach_port_name_t name, struct m_port **port)
{
	return (m_valid(name) ? m_receive_of(space, name, port)
			      : KERN_INVALID_NAME);
}

int32_t
m_guard(struct m_space *space, mach_port_name_t name, uint64_t guard,
    uint32_t flags)
{
	struct m_port *port;
	int32_t kr = guard_port(space, name, &port);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (port->context != 0)
		return (KERN_INVALID_ARGUMENT);
	port->context = guard;
	port->guarded = true;
	port->strict = (flags & MPG_STRICT) != 0;
	if (flags & MPG_IMMOVABLE_RECEIVE)
		port->immovable = true;
	return (KERN_SUCCESS);
}

int32_t
m_unguard(struct m_space *space, mach_port_name_t name, uint64_t guard)
{
	struct m_port *port;
	int32_t kr = guard_port(space, name, &port);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (!port->guarded || port->context != guard)
		return (KERN_INVALID_ARGUMENT);
	port->context = 0;
	port->guarded = port->strict = false;
	return (KERN_SUCCESS);
}

int32_t
m_swap_guard(
    struct m_space *space, mach_port_name_t name, uint64_t old, uint64_t new)
{
	struct m_port *port;
	int32_t kr = guard_port(space, name, &port);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (!port->guarded || port->strict || port->context != old)
		return (KERN_INVALID_ARGUMENT);
	port->context = new;
	return (KERN_SUCCESS);
}

int32_t
m_set_context(struct m_space *space, mach_port_name_t name, uint64_t context)
{
	struct m_port *port;
	int32_t kr = m_receive_of(space, name, &port);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (port->strict)
		return (KERN_INVALID_ARGUMENT);
	port->context = context;
	return (KERN_SUCCESS);
}
