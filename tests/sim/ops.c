/*
 * The simulator's operations on names: the same call to the core and to the
 * model, and the same answer from both.
 */
#include <mach/kern_return.h>
#include <mach/mach_port.h>

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

mach_port_name_t
pick_name(struct dice *d, struct m_space *space, uint32_t type)
{
	struct m_entry *entry;
	int i, n = space->entries.n, at;

	if (n == 0 || one_in(d, 24))
		return ((mach_port_name_t)OF(d, MACH_PORT_NULL, MACH_PORT_DEAD,
		    0x103, 0x1507, 0x2003, 0x1b0b, 0x77, 0x300103));
	/* Some names more than others: what waits should meet. */
	at = (int)dice(d, (uint32_t)(n > 6 && one_in(d, 2) ? 6 : n));
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
		sim_count(t->call.trap->name, false);
		same("deadline", (int64_t)t->call.deadline,
		    (int64_t)t->deadline);
		return (M_PARKED);
	}
	/* What task_self and thread_self return are names. */
	sim_count(t->call.trap->name,
	    number != 27 && number != 28 && t->call.result != 0);
	return ((int32_t)t->call.result);
}

/* An allocation of that kind will fail, now and then. */
void
fail_maybe(struct dice *d, enum ipc_mem_kind kind)
{
	if (one_in(d, 16))
		sim_fail.after[kind] = 1 + (int)dice(d, 2);
}

/* An allocation failed and the core said so: nothing has happened. */
bool
shortage(int32_t kr)
{
	return (sim_fail.failed && kr == KERN_RESOURCE_SHORTAGE);
}

/*
 * Making
 */

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
	kr = CORE(
	    c->t, 24, c->task_name, (uintptr_t)&o, context, (uintptr_t)&name);
	sim_say("  construct flags %#x limit %u context %llu -> %#x, %#x",
	    o.flags, o.mpl.mpl_qlimit, (unsigned long long)context, kr, name);
	if (shortage(kr))
		return;
	hint_add(name);
	same("construct", kr,
	    m_construct(c->space, o.flags, o.mpl.mpl_qlimit, context, &name));
}

/*
 * References
 */

static void
op_mod_refs(struct call *c)
{
	uint32_t right = dice(c->d, 7);
	int32_t kr, delta = (int32_t)OF(c->d, -1, -1, -1, -2, 0, 1, 1, 2, 65534,
			65535, 65536, -65535, -65536, -65534);
	struct m_entry *entry = m_find(c->space, c->name);

	/* Mostly a right that is there. */
	if (entry != NULL && !one_in(c->d, 3)) {
		for (right = 0; right < 5; right++) {
			if (entry->type & MACH_PORT_TYPE(right))
				break;
		}
	}
	kr = CORE(c->t, 19, c->task_name, c->name, right, (uint32_t)delta);
	sim_say(
	    "  mod_refs %#x right %u by %d -> %#x", c->name, right, delta, kr);
	same("mod_refs", kr, m_mod_refs(c->space, c->name, right, delta));
}

static void
op_asks(struct call *c)
{
	uint32_t right = dice(c->d, 7), urefs = 77, murefs = 77;
	uint32_t type = 77, mtype = 77;
	int32_t kr, mkr;

	kr = CORE(c->t, 3207, c->task_name, c->name, right, (uintptr_t)&urefs);
	sim_say(
	    "  get_refs %#x right %u -> %#x, %u", c->name, right, kr, urefs);
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
	struct m_entry *entry;
	struct m_port *port;

	switch (dice(c->d, 6)) {
	case 0:
		kr = CORE(c->t, 3205, c->task_name, c->name);
		sim_say("  destroy %#x -> %#x", c->name, kr);
		same("destroy", kr, m_destroy(c->space, c->name));
		break;
	case 1:
		if (!one_in(c->d, 4))
			c->name =
			    pick_name(c->d, c->space, MACH_PORT_TYPE_RECEIVE);
		if (m_receive_of(c->space, c->name, &port) == KERN_SUCCESS &&
		    !one_in(c->d, 4))
			guard = port->guarded ? port->context : 0;
		entry = m_find(c->space, c->name);
		if (entry != NULL && !(entry->type & MACH_PORT_TYPE_SEND) &&
		    !one_in(c->d, 4))
			delta = 0;
		kr = CORE(
		    c->t, 25, c->task_name, c->name, (uint32_t)delta, guard);
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

/*
 * Rights
 */

/* A disposition, mostly one that the entry can give. */
static uint32_t
pick_disposition(struct dice *d, struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry = m_find(space, name);

	if (entry == NULL || one_in(d, 8))
		return (16 + dice(d, 6));
	if (entry->type & MACH_PORT_TYPE_RECEIVE && one_in(d, 2))
		return ((uint32_t)OF(d, MACH_MSG_TYPE_MAKE_SEND,
		    MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		    MACH_MSG_TYPE_MOVE_RECEIVE));
	if (entry->type & MACH_PORT_TYPE_SEND_ONCE)
		return (MACH_MSG_TYPE_MOVE_SEND_ONCE);
	return (
	    (uint32_t)OF(d, MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_SEND));
}

static void
op_insert(struct call *c)
{
	struct m_space *own = &c->task->model->space;
	mach_port_name_t poly = pick_name(c->d, own, ~0u);
	uint32_t disposition = pick_disposition(c->d, own, poly);
	mach_port_name_t name = c->name;
	int32_t kr;

	if (one_in(c->d, 2) && own == c->space)
		name = poly;
	else if (one_in(c->d, 2))
		name = (mach_port_name_t)(dice(c->d, 64) << 8 |
					  dice(c->d, 4) << 2 | 3);
	kr = CORE(c->t, 21, c->task_name, name, poly, disposition);
	sim_say(
	    "  insert %#x as %u under %#x -> %#x", poly, disposition, name, kr);
	same("insert_right", kr,
	    m_insert_right(own, poly, disposition, c->space, name));
}

static void
op_extract(struct call *c)
{
	uint32_t disposition = pick_disposition(c->d, c->space, c->name);
	mach_port_name_t name = 0, mname;
	uint32_t type = 0, mtype;
	int32_t kr;

	kr = CORE(c->t, 3215, c->task_name, c->name, disposition,
	    (uintptr_t)&name, (uintptr_t)&type);
	sim_say(
	    "  extract %#x as %u -> %#x, %#x", c->name, disposition, kr, name);
	hint_add(name);
	same("extract_right", kr,
	    m_extract_right(c->space, c->name, disposition,
		&c->task->model->space, &mname, &mtype));
	if (kr == KERN_SUCCESS) {
		same("its name", name, mname);
		same("its type", type, mtype);
	}
}

static void
op_request(struct call *c)
{
	struct m_space *own = &c->task->model->space;
	mach_port_name_t notify, previous = 0, mprevious = 0, name = c->name;
	int32_t id =
	    (int32_t)OF(c->d, MACH_NOTIFY_DEAD_NAME, MACH_NOTIFY_SEND_POSSIBLE,
		MACH_NOTIFY_SEND_POSSIBLE, MACH_NOTIFY_NO_SENDERS,
		MACH_NOTIFY_PORT_DESTROYED, MACH_NOTIFY_SEND_ONCE);
	uint32_t sync = (uint32_t)OF(c->d, 0, 0, 1, 1, 2);
	uint32_t disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	int32_t kr, mkr;

	if (one_in(c->d, 2))
		name = pick_name(c->d, c->space,
		    id == MACH_NOTIFY_NO_SENDERS ||
			    id == MACH_NOTIFY_PORT_DESTROYED
			? MACH_PORT_TYPE_RECEIVE
			: MACH_PORT_TYPE_SEND_RIGHTS);
	notify = pick_name(c->d, own, MACH_PORT_TYPE_RECEIVE);
	if (one_in(c->d, 4)) {
		disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
		notify = pick_name(c->d, own, MACH_PORT_TYPE_SEND_ONCE);
	}
	if (one_in(c->d, 8))
		notify = MACH_PORT_NULL;
	sim_sync_entry(c->space, name);
	kr = CORE(c->t, 77, c->task_name, name, (uint32_t)id, sync, notify,
	    disposition, (uintptr_t)&previous);
	sim_say("  request %d of %#x sync %u notify %#x as %u -> %#x, %#x", id,
	    name, sync, notify, disposition, kr, previous);
	hint_add(previous);
	mkr = m_request(
	    c->space, name, id, sync, own, notify, disposition, &mprevious);
	same("request_notification", kr, mkr);
	if (kr == KERN_SUCCESS)
		same("the one before", previous, mprevious);
}

/* A name of the task's own port, now and then of another's. */
mach_port_name_t
name_of_task(struct dice *d, struct m_space *space, struct task *task)
{
	mach_port_name_t name = MACH_PORT_NULL;
	bool other = one_in(d, 6);
	struct m_entry *entry;
	int i;

	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (entry->type & MACH_PORT_TYPE_SEND &&
		    entry->port->kernel == M_TASK &&
		    (entry->port == task->model->port || other))
			name = entry->name;
	}
	return (name);
}

/* The task's own port, by a name with one reference more; 0: no room. */
static mach_port_name_t
task_self(struct task *task, struct thread *t)
{
	struct m_right self = { task->model->port, MACH_MSG_TYPE_PORT_SEND };
	mach_port_name_t name = (mach_port_name_t)CORE(t, 28);

	hint_add(name);
	self.port->srights++;
	self.port->mscount++;
	if (m_copyout(&task->model->space, self, &name) != KERN_SUCCESS)
		name = MACH_PORT_NULL;
	same("task_self", (uint32_t)t->call.result, name);
	hints_clear();
	return (name);
}

void
op_name(struct dice *d, struct task *task, struct thread *t)
{
	struct call c = { .d = d, .task = task, .t = t };
	struct m_space *own = &task->model->space;
	struct m_task *target = NULL;
	int32_t kr, mkr;

	hints_clear();
	/* The task that it is done to: mostly the caller's own. */
	c.task_name = name_of_task(d, own, task);
	if (c.task_name == MACH_PORT_NULL || one_in(d, 64))
		c.task_name = task_self(task, t);
	mkr = m_task_of(t->model, c.task_name, &target);
	if (mkr != KERN_SUCCESS) {
		kr = CORE(t, 18, c.task_name, MACH_PORT_NULL);
		same("a wrong task", kr, mkr);
		return;
	}
	c.space = &target->space;
	c.name = pick_name(d, c.space, ~0u);
	switch (dice(d, 20)) {
	case 0:
	case 1:
	case 2:
		if (c.space->entries.n < NAMES_FULL)
			op_allocate(&c);
		break;
	case 3:
		if (c.space->entries.n < NAMES_FULL)
			op_allocate_name(&c);
		break;
	case 4:
	case 5:
		if (c.space->entries.n < NAMES_FULL)
			op_construct(&c);
		break;
	case 6:
	case 7:
		op_mod_refs(&c);
		break;
	case 8:
		op_asks(&c);
		break;
	case 9:
	case 10:
	case 11:
		op_gives(&c);
		break;
	case 12:
	case 13:
		op_insert(&c);
		break;
	case 14:
		op_extract(&c);
		break;
	case 15:
	case 16:
		op_request(&c);
		break;
	case 17:
	case 18:
		op_set(&c);
		break;
	default:
		op_attributes(&c);
		break;
	}
}
