/*
 * The simulator's semaphores.
 */
#include <mach/kern_return.h>
#include <mach/mach_port.h>
#include <mach/sync_policy.h>

#include "tests/sim/sim.h"

/* The first, from anywhere on, that is such a port's; 0: none. */
static mach_port_name_t
pick_kernel(
    struct dice *d, struct m_space *space, enum m_kernel kernel, bool waited)
{
	struct m_semaphore *s;
	struct m_thread *thread;
	struct m_entry *entry;
	int i, n = space->entries.n, at;

	at = n == 0 ? 0 : (int)dice(d, (uint32_t)n);
	for (i = 0; i < n; i++) {
		entry = space->entries.item[(at + i) % n];
		if (!(entry->type & MACH_PORT_TYPE_SEND) ||
		    entry->port->kernel != kernel || entry->port->dead)
			continue;
		s = entry->port->object;
		thread = entry->port->object;
		if (!waited || (kernel == M_SEMAPHORE ? s->waiters.n != 0
						      : thread->wait == M_SEMA))
			return (entry->name);
	}
	return (MACH_PORT_NULL);
}

/* A semaphore, one that is waited for if there is one. */
static mach_port_name_t
pick_semaphore(struct dice *d, struct m_space *space, bool waited)
{
	mach_port_name_t name = MACH_PORT_NULL;

	if (one_in(d, 8))
		return (pick_name(d, space, ~0u));
	if (waited)
		name = pick_kernel(d, space, M_SEMAPHORE, true);
	if (name == MACH_PORT_NULL)
		name = pick_kernel(d, space, M_SEMAPHORE, false);
	return (name != MACH_PORT_NULL ? name : pick_name(d, space, ~0u));
}

static void
semaphore_wait(struct dice *d, struct task *task, struct thread *t)
{
	struct m_space *space = &task->model->space;
	mach_port_name_t name = pick_semaphore(d, space, false);
	mach_port_name_t post = pick_semaphore(d, space, one_in(d, 2));
	bool posts = one_in(d, 3), timed = one_in(d, 2);
	uint32_t ms = (uint32_t)OF(d, 0, 1, 5), args[4], n = 0;
	uint64_t ns = timed ? ms * UINT64_C(1000000) : 0;
	int number = posts ? (timed ? 39 : 37) : (timed ? 38 : 36);
	int32_t kr;

	t->deadline = timed ? plain_now + ns : IPC_FOREVER;
	args[n++] = name;
	if (posts)
		args[n++] = post;
	args[n++] = 0;
	args[n++] = timed ? (uint32_t)ns : 0;
	t->semaphore = true;
	kr = CORE(t, number, args[0], args[1], args[2], n > 3 ? args[3] : 0);
	sim_say(
	    "  semaphore %d %#x %#x %u ms -> %#x", number, name, post, ms, kr);
	same("semaphore_wait", kr,
	    m_sema_wait(t->model, name, posts, post, timed, ns));
}

/* The semaphore that a thread waits for; 0: none, or it has no name here. */
static mach_port_name_t
waits_for(struct m_space *space, mach_port_name_t name)
{
	struct m_entry *entry = m_find(space, name);
	struct m_thread *thread;
	struct m_semaphore *s;
	int i;

	if (entry == NULL)
		return (MACH_PORT_NULL);
	thread = entry->port->object;
	for (i = 0; i < space->entries.n; i++) {
		entry = space->entries.item[i];
		if (!(entry->type & MACH_PORT_TYPE_SEND) ||
		    entry->port->kernel != M_SEMAPHORE || entry->port->dead)
			continue;
		s = entry->port->object;
		if (thread->list == &s->waiters)
			return (entry->name);
	}
	return (MACH_PORT_NULL);
}

/* The thread's own name, for others to signal it by. */
static mach_port_name_t
name_of_thread(struct thread *t, struct m_space *space)
{
	struct m_right self = { t->model->port, MACH_MSG_TYPE_PORT_SEND };
	mach_port_name_t name = (mach_port_name_t)CORE(t, 27), model = 0;

	sim_say("  thread_self -> %#x", name);
	hint_add(name);
	self.port->srights++;
	self.port->mscount++;
	if (m_copyout(space, self, &model) != KERN_SUCCESS)
		model = MACH_PORT_NULL;
	same("thread_self", name, model);
	return (name);
}

void
op_semaphore(struct dice *d, struct task *task, struct thread *t)
{
	struct m_space *space = &task->model->space;
	mach_port_name_t self, thread, waits, made = 0, mmade = 0;
	mach_port_name_t name = pick_semaphore(d, space, one_in(d, 2));
	int32_t kr, mkr, policy, value;
	uint32_t what = dice(d, 8);

	hints_clear();
	/* There should be one. */
	if (!one_in(d, 4) &&
	    pick_kernel(d, space, M_SEMAPHORE, false) == MACH_PORT_NULL)
		what = 0;
	switch (what) {
	case 0:
	case 1:
		self = name_of_task(d, space, task);
		if (self == MACH_PORT_NULL ||
		    m_find(space, self)->port != task->model->port)
			return;
		policy = (int32_t)OF(d, SYNC_POLICY_FIFO, SYNC_POLICY_LIFO,
		    SYNC_POLICY_FIFO, SYNC_POLICY_LIFO, 9);
		value = (int32_t)OF(d, 0, 0, 0, 0, 1, 2, -1);
		if (what == 0 || !one_in(d, 3)) {
			kr = CORE(t, 3418, self, (uintptr_t)&made,
			    (uint32_t)policy, (uint32_t)value);
			hint_add(made);
			mkr = m_sema_create(
			    task->model, policy, value, space, &mmade);
			sim_say("  semaphore_create %d %d -> %#x %#x", policy,
			    value, kr, made);
			same("semaphore_create", kr, mkr);
			same("its name", made, mmade);
			return;
		}
		kr = CORE(t, 3419, self, name);
		sim_say("  semaphore_destroy %#x -> %#x", name, kr);
		same("semaphore_destroy", kr,
		    m_sema_destroy(task->model, space, name));
		return;
	case 2:
	case 3:
		kr = CORE(t, 33, name);
		sim_say("  signal %#x -> %#x", name, kr);
		same("semaphore_signal", kr, m_sema_signal(space, name, false));
		return;
	case 4:
		kr = CORE(t, 34, name);
		sim_say("  signal_all %#x -> %#x", name, kr);
		same("semaphore_signal_all", kr,
		    m_sema_signal(space, name, true));
		return;
	case 5:
		thread = one_in(d, 3)
			     ? MACH_PORT_NULL
			     : pick_kernel(d, space, M_THREAD, one_in(d, 2));
		waits = waits_for(space, thread);
		if (waits != MACH_PORT_NULL && !one_in(d, 4))
			name = waits;
		if (one_in(d, 16))
			thread = pick_name(d, space, ~0u);
		else if (thread == MACH_PORT_NULL && one_in(d, 2))
			thread = name_of_thread(t, space);
		kr = CORE(t, 35, name, thread);
		sim_say("  signal_thread %#x %#x -> %#x", name, thread, kr);
		same("semaphore_signal_thread", kr,
		    m_sema_signal_thread(t->model, name, thread));
		return;
	default:
		semaphore_wait(d, task, t);
		return;
	}
}
