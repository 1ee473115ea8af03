/*
 * The simulator's operations on sets, attributes and guards.
 */
#include <stdlib.h>

#include <mach/kern_return.h>
#include <mach/mach_port.h>

#include "tests/sim/sim.h"

/*
 * Sets
 */

static int
compare_names(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y ? -1 : x > y);
}

static void
op_set_status(struct call *c, mach_port_name_t set_name)
{
	uint32_t n = 0, *core, model[256];
	uint64_t address = 0;
	struct m_port *port;
	struct m_set *set;
	int32_t kr, mkr;
	int i;

	kr = CORE(c->t, 3211, c->task_name, set_name, (uintptr_t)&address,
	    (uintptr_t)&n);
	sim_say("  set_status %#x -> %#x, %u", set_name, kr, n);
	mkr = m_set_status(c->space, set_name, &set);
	same("set_status", kr, mkr);
	if (kr != KERN_SUCCESS)
		return;
	same("members", n, set->members.n);
	core = (uint32_t *)(uintptr_t)address;
	for (i = 0; i < set->members.n; i++) {
		port = set->members.item[i];
		model[i] = port->name;
	}
	qsort(model, n, sizeof(model[0]), compare_names);
	if (n != 0)
		qsort(core, n, sizeof(core[0]), compare_names);
	for (i = 0; i < set->members.n; i++)
		same("member", core[i], model[i]);
	sim_array_free(address);
}

void
op_set(struct call *c)
{
	mach_port_name_t set =
	    pick_name(c->d, c->space, MACH_PORT_TYPE_PORT_SET);
	mach_port_name_t name =
	    pick_name(c->d, c->space, MACH_PORT_TYPE_RECEIVE);
	struct m_entry *entry = m_find(c->space, set);
	struct m_port *port;
	int32_t kr;

	/* Mostly a set that has members; for these, one of them. */
	if (entry != NULL && entry->set != NULL && one_in(c->d, 2)) {
		port =
		    entry->set->members.n == 0
			? NULL
			: m_list_at(&entry->set->members,
			      (int)dice(c->d, (uint32_t)entry->set->members.n));
		if (port != NULL)
			name = port->name;
	}
	fail_maybe(c->d, IPC_MEM_MEMBER);
	switch (dice(c->d, 6)) {
	case 0:
		kr = CORE(c->t, 23, c->task_name, name, set);
		sim_say("  extract member %#x of %#x -> %#x", name, set, kr);
		same("extract_member", kr,
		    m_extract_member(c->space, name, set));
		return;
	case 1:
		if (one_in(c->d, 3))
			set = MACH_PORT_NULL;
		kr = CORE(c->t, 20, c->task_name, name, set);
		sim_say("  move member %#x to %#x -> %#x", name, set, kr);
		if (!shortage(kr))
			same("move_member", kr,
			    m_move_member(c->space, name, set));
		return;
	case 2:
		op_set_status(c, set);
		return;
	default:
		kr = CORE(c->t, 22, c->task_name, name, set);
		sim_say("  insert member %#x to %#x -> %#x", name, set, kr);
		if (!shortage(kr))
			same("insert_member", kr,
			    m_insert_member(c->space, name, set));
		return;
	}
}

/*
 * Attributes
 */

static void
op_status(struct call *c, mach_port_name_t name)
{
	mach_port_status_t s = { 0 };
	uint32_t n = sizeof(s) / sizeof(int);
	struct m_port *port;
	int32_t kr, mkr;

	kr = CORE(c->t, 40, c->task_name, name, MACH_PORT_RECEIVE_STATUS,
	    (uintptr_t)&s, (uintptr_t)&n);
	sim_say("  status %#x -> %#x", name, kr);
	mkr = m_receive_of(c->space, name, &port);
	same("get_attributes", kr, mkr);
	if (kr != KERN_SUCCESS)
		return;
	same("mps_pset", s.mps_pset, port->sets.n != 0);
	same("mps_seqno", s.mps_seqno, port->seqno);
	same("mps_mscount", s.mps_mscount, port->mscount);
	same("mps_qlimit", s.mps_qlimit, port->limit);
	same("mps_msgcount", s.mps_msgcount, port->queue.n);
	same("mps_sorights", s.mps_sorights, port->sorights);
	same("mps_srights", s.mps_srights, port->srights != 0);
	same("mps_pdrequest", s.mps_pdrequest, port->pdrequest != NULL);
	same("mps_nsrequest", s.mps_nsrequest, port->nsrequest != NULL);
}

static void
op_guards(struct call *c, mach_port_name_t name)
{
	uint64_t guard = dice(c->d, 3), other = dice(c->d, 3);
	uint64_t flags =
	    (uint64_t)OF(c->d, 0, 0, MPG_STRICT, MPG_IMMOVABLE_RECEIVE);
	struct m_entry *entry;
	struct m_port *port;
	int32_t kr, mkr;
	int i, n = one_in(c->d, 2) ? 0 : c->space->entries.n;

	/* One that has a guard, if there is one. */
	for (i = 0; i < n; i++) {
		entry = c->space->entries.item[i];
		if (entry->type & MACH_PORT_TYPE_RECEIVE &&
		    entry->port->guarded)
			name = entry->name;
	}
	switch (dice(c->d, 5)) {
	case 0:
		kr = CORE(c->t, 3237, c->task_name, name, guard, flags);
		mkr = m_guard(c->space, name, guard, (uint32_t)flags);
		break;
	case 1:
	case 2:
		/* The right one, mostly: guards would be forever. */
		if (m_receive_of(c->space, name, &port) == KERN_SUCCESS &&
		    !one_in(c->d, 4))
			guard = port->context;
		kr = CORE(c->t, 42, c->task_name, name, guard);
		mkr = m_unguard(c->space, name, guard);
		break;
	case 3:
		if (m_receive_of(c->space, name, &port) == KERN_SUCCESS &&
		    !one_in(c->d, 4))
			guard = port->context;
		kr = CORE(c->t, 3238, c->task_name, name, guard, other);
		mkr = m_swap_guard(c->space, name, guard, other);
		break;
	default:
		kr = CORE(c->t, 3229, c->task_name, name, other);
		mkr = m_set_context(c->space, name, other);
		break;
	}
	sim_say("  guard or context %#x %llu %llu flags %#llx -> %#x", name,
	    (unsigned long long)guard, (unsigned long long)other,
	    (unsigned long long)flags, kr);
	same("guard", kr, mkr);
}

void
op_attributes(struct call *c)
{
	mach_port_name_t name =
	    pick_name(c->d, c->space, MACH_PORT_TYPE_RECEIVE);
	uint32_t n = dice(c->d, 4), limit;
	struct m_port *port;
	int32_t kr, mkr;

	switch (dice(c->d, 6)) {
	case 0:
	case 1:
		limit = (uint32_t)OF(c->d, 0, 1, 1, 2, 2, 3, 5, 1025);
		kr = CORE(c->t, 3218, c->task_name, name, MACH_PORT_LIMITS_INFO,
		    (uintptr_t)&limit, 1);
		sim_say("  limit of %#x %u -> %#x", name, limit, kr);
		same("set_attributes", kr, m_set_limit(c->space, name, limit));
		break;
	case 2:
		op_status(c, name);
		break;
	case 3:
		kr = CORE(
		    c->t, one_in(c->d, 2) ? 3210 : 3216, c->task_name, name, n);
		mkr = m_receive_of(c->space, name, &port);
		if (mkr == KERN_SUCCESS && c->t->number == 3210)
			port->mscount = n;
		else if (mkr == KERN_SUCCESS)
			port->seqno = n;
		sim_say("  %s of %#x %u -> %#x",
		    c->t->number == 3210 ? "mscount" : "seqno", name, n, kr);
		same("set_mscount or seqno", kr, mkr);
		break;
	default:
		op_guards(c, name);
		break;
	}
}
