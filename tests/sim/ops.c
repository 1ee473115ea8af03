/*
 * The simulator's operations on names: the same call to the core and to the
 * model, and the same answer from both.
 */
#include <stdlib.h>

#include <mach/kern_return.h>
#include <mach/mach_port.h>
#include <mach/sync_policy.h>

#include "tests/sim/sim.h"

uint64_t
dice_next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31));
}

uint32_t
dice(struct dice *d, uint32_t n)
{
	return ((uint32_t)(dice_next(d) >> 16) % n);
}

bool
one_in(struct dice *d, uint32_t n)
{
	return (dice(d, n) == 0);
}

/* One of the values, chosen by chance. */
#define OF(d, ...)                                                             \
	((const int64_t[]) { __VA_ARGS__ })[dice((d),                          \
	    sizeof((const int64_t[]) { __VA_ARGS__ }) / sizeof(int64_t))]

mach_port_name_t
pick_name(struct dice *d, struct m_space *space, uint32_t type)
{
	struct m_entry *entry;
	int i, n = space->entries.n, at;

	if (n == 0 || one_in(d, 24))
		return ((mach_port_name_t)OF(d, MACH_PORT_NULL, MACH_PORT_DEAD,
		    0x103, 0x1507, 0x2003, 0x1b0b, 0x77, 0x300103));
	at = (int)dice(d, (uint32_t)n);
	if (!one_in(d, 8)) {
		/* The next one that is of that type. */
		for (i = 0; i < n; i++) {
			entry = space->entries.item[(at + i) % n];
			if (entry->type & type)
				return (entry->name);
		}
	}
	entry = space->entries.item[at];
	return (entry->name);
}

/*
 * Both
 */

void
same(const char *what, int64_t core, int64_t model)
{
	if (core != model)
		m_wrong("%s: the core says %#llx, the model %#llx", what,
		    (unsigned long long)core, (unsigned long long)model);
}

void
hints_clear(void)
{
	memset(&m_hints, 0, sizeof(m_hints));
	m_hints.fail_desc = -2;
	memset(&sim_fail, 0, sizeof(sim_fail));
}

void
hint_add(mach_port_name_t name)
{
	if (m_hints.n < M_HINTS)
		m_hints.name[m_hints.n++] = name;
}

int32_t
core_trap(struct thread *t, int number, const uint64_t *args, unsigned n)
{
	t->number = number;
	if (!ipc_trap_call(t->core, number, args, n, &t->call)) {
		t->parked = true;
		same("deadline", (int64_t)t->call.deadline,
		    (int64_t)t->deadline);
		return (M_PARKED);
	}
	return ((int32_t)t->call.result);
}

#define CORE(t, number, ...)                                                   \
	core_trap(t, number, (const uint64_t[]) { __VA_ARGS__ },               \
	    sizeof((const uint64_t[]) { __VA_ARGS__ }) / sizeof(uint64_t))

/* An allocation of that kind will fail, now and then. */
static void
fail_maybe(struct dice *d, enum ipc_mem_kind kind)
{
	if (one_in(d, 16))
		sim_fail.after[kind] = 1 + (int)dice(d, 2);
}

/* An allocation failed and the core said so: nothing has happened. */
static bool
shortage(int32_t kr)
{
	return (sim_fail.failed && kr == KERN_RESOURCE_SHORTAGE);
}

/*
 * Making
 */

struct call {
	struct dice *d;
	struct task *task; /* who calls */
	struct thread *t;
	struct m_space *space; /* where */
	mach_port_name_t task_name;
	mach_port_name_t name;
};

static void
op_allocate(struct call *c)
{
	uint32_t right = (uint32_t)OF(c->d, MACH_PORT_RIGHT_RECEIVE,
	    MACH_PORT_RIGHT_RECEIVE, MACH_PORT_RIGHT_RECEIVE,
	    MACH_PORT_RIGHT_PORT_SET, MACH_PORT_RIGHT_PORT_SET,
	    MACH_PORT_RIGHT_DEAD_NAME, MACH_PORT_RIGHT_SEND, 9);
	mach_port_name_t name = 0;
	int32_t kr;

	fail_maybe(c->d, one_in(c->d, 2) ? IPC_MEM_PORT : IPC_MEM_SET);
	kr = CORE(c->t, 16, c->task_name, right, (uintptr_t)&name);
	sim_say("  allocate right %u -> %#x, %#x", right, kr, name);
	if (shortage(kr))
		return;
	hint_add(name);
	same("allocate", kr, m_allocate(c->space, right, false, &name));
}

static void
op_allocate_name(struct call *c)
{
	uint32_t right = (uint32_t)OF(c->d, MACH_PORT_RIGHT_RECEIVE,
	    MACH_PORT_RIGHT_PORT_SET, MACH_PORT_RIGHT_DEAD_NAME);
	mach_port_name_t name = c->name;
	int32_t kr;

	if (!one_in(c->d, 4))
		name = (mach_port_name_t)(dice(c->d, 64) << 8 |
		    dice(c->d, 4) << 2 | 3);
	if (one_in(c->d, 8))
		name = (mach_port_name_t)dice_next(c->d);
	fail_maybe(c->d, one_in(c->d, 2) ? IPC_MEM_PORT : IPC_MEM_SPACE);
	kr = CORE(c->t, 3203, c->task_name, right, name);
	sim_say("  allocate name %#x right %u -> %#x", name, right, kr);
	if (shortage(kr))
		return;
	same("allocate_name", kr, m_allocate(c->space, right, true, &name));
}

static void
op_construct(struct call *c)
{
	mach_port_options_t o = { 0 };
	uint64_t context = dice(c->d, 3);
	mach_port_name_t name = 0;
	int32_t kr;

	o.flags = (uint32_t)OF(c->d, 0, MPO_INSERT_SEND_RIGHT,
	    MPO_QLIMIT | MPO_INSERT_SEND_RIGHT, MPO_QLIMIT,
	    MPO_CONTEXT_AS_GUARD, MPO_CONTEXT_AS_GUARD | MPO_STRICT,
	    MPO_CONTEXT_AS_GUARD | MPO_IMMOVABLE_RECEIVE, MPO_REPLY_PORT,
	    MPO_REPLY_PORT | MPO_INSERT_SEND_RIGHT, MPO_IMMOVABLE_RECEIVE);
	o.mpl.mpl_qlimit = (uint32_t)OF(c->d, 0, 1, 1, 2, 3, 1024, 1025);
	fail_maybe(c->d, IPC_MEM_PORT);
	kr = CORE(c->t, 24, c->task_name, (uintptr_t)&o, context,
	    (uintptr_t)&name);
	sim_say("  construct flags %#x limit %u context %llu -> %#x, %#x",
	    o.flags, o.mpl.mpl_qlimit, (unsigned long long)context, kr, name);
	if (shortage(kr))
		return;
	hint_add(name);
	same("construct", kr, m_construct(c->space, o.flags,
	    o.mpl.mpl_qlimit, context, &name));
}

/*
 * References
 */

static void
op_mod_refs(struct call *c)
{
	uint32_t right = dice(c->d, 7);
	int32_t kr, delta = (int32_t)OF(c->d, -1, -1, -1, -2, 0, 1, 1, 2,
	    65534, 65535, 65536, -65535, -65536, -65534);
	struct m_entry *entry = m_find(c->space, c->name);

	/* Mostly a right that is there. */
	if (entry != NULL && !one_in(c->d, 3)) {
		for (right = 0; right < 5; right++) {
			if (entry->type & MACH_PORT_TYPE(right))
				break;
		}
	}
	kr = CORE(c->t, 19, c->task_name, c->name, right, (uint32_t)delta);
	sim_say("  mod_refs %#x right %u by %d -> %#x", c->name, right, delta,
	    kr);
	same("mod_refs", kr, m_mod_refs(c->space, c->name, right, delta));
}

static void
op_asks(struct call *c)
{
	uint32_t right = dice(c->d, 7), urefs = 77, murefs = 77;
	uint32_t type = 77, mtype = 77;
	int32_t kr, mkr;

	kr = CORE(c->t, 3207, c->task_name, c->name, right,
	    (uintptr_t)&urefs);
	sim_say("  get_refs %#x right %u -> %#x, %u", c->name, right, kr,
	    urefs);
	mkr = m_get_refs(c->space, c->name, right, &murefs);
	same("get_refs", kr, mkr);
	if (kr == KERN_SUCCESS)
		same("references", urefs, murefs);
	kr = CORE(c->t, 76, c->task_name, c->name, (uintptr_t)&type);
	sim_say("  type %#x -> %#x, %#x", c->name, kr, type);
	mkr = m_type(c->space, c->name, &mtype);
	same("type", kr, mkr);
	if (kr == KERN_SUCCESS)
		same("its type", type, mtype);
}

static void
op_gives(struct call *c)
{
	int32_t kr, delta = (int32_t)OF(c->d, 0, 0, -1, -2, -65535, 1);
	uint64_t guard = dice(c->d, 3);
	mach_port_name_t to;

	switch (dice(c->d, 6)) {
	case 0:
		kr = CORE(c->t, 3205, c->task_name, c->name);
		sim_say("  destroy %#x -> %#x", c->name, kr);
		same("destroy", kr, m_destroy(c->space, c->name));
		break;
	case 1:
		kr = CORE(c->t, 25, c->task_name, c->name, (uint32_t)delta,
		    guard);
		sim_say("  destruct %#x by %d -> %#x", c->name, delta, kr);
		same("destruct", kr,
		    m_destruct(c->space, c->name, delta, guard));
		break;
	case 2:
		to = (mach_port_name_t)(dice(c->d, 64) << 8 |
		    dice(c->d, 4) << 2 | 3);
		if (one_in(c->d, 8))
			to = pick_name(c->d, c->space, ~0u);
		kr = CORE(c->t, 3202, c->task_name, c->name, to);
		sim_say("  rename %#x to %#x -> %#x", c->name, to, kr);
		same("rename", kr, m_rename(c->space, c->name, to));
		break;
	default:
		kr = CORE(c->t, 18, c->task_name, c->name);
		sim_say("  deallocate %#x -> %#x", c->name, kr);
		same("deallocate", kr, m_deallocate(c->space, c->name));
		break;
	}
}
