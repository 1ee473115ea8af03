/*
 * The reference model: semaphores (XNU osfmk/kern/sync_sema.c), and what
 * becomes of memory that nothing reaches.
 */
#include <stdlib.h>

#include <mach/kern_return.h>
#include <mach/sync_policy.h>

#include "tests/sim/model_in.h"

static int32_t
find(struct m_space *space, mach_port_name_t name, struct m_semaphore **s)
{
	struct m_entry *entry = m_find(space, name);

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD || entry == NULL)
		return (KERN_INVALID_NAME);
	if (entry->type & MACH_PORT_TYPE_DEAD_NAME ||
	    (entry->port != NULL && entry->port->dead))
		return (KERN_INVALID_NAME);
	if (!(entry->type & MACH_PORT_TYPE_SEND))
		return (KERN_INVALID_RIGHT);
	if (entry->port->kernel != M_SEMAPHORE)
		return (KERN_INVALID_CAPABILITY);
	*s = entry->port->object;
	return (KERN_SUCCESS);
}

int32_t
m_sema_create(struct m_task *task, int32_t policy, int32_t value,
    struct m_space *space, mach_port_name_t *name)
{
	struct m_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	struct m_semaphore *s;
	int32_t kr;

	if (value < 0 ||
	    (policy != SYNC_POLICY_FIFO && policy != SYNC_POLICY_LIFO))
		return (KERN_INVALID_ARGUMENT);
	s = m_new(sizeof(*s));
	s->port = m_kernel_port(M_SEMAPHORE, s);
	s->task = task;
	s->count = value;
	s->lifo = policy == SYNC_POLICY_LIFO;
	m_list_add(&task->semaphores, s);
	right.port = s->port;
	right.port->srights++;
	right.port->mscount++;
	kr = m_copyout(space, right, name);
	m_reap();
	return (kr);
}

/* Its port stays as long as there are rights to it. */
void
m_semaphore_end(struct m_semaphore *s)
{
	if (s->dead)
		return;
	s->dead = true;
	m_list_remove(&s->task->semaphores, s);
	m_wake_all(&s->waiters, KERN_TERMINATED);
}

int32_t
m_sema_destroy(
    struct m_task *task, struct m_space *space, mach_port_name_t name)
{
	struct m_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	struct m_semaphore *s;
	int32_t kr;

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_INVALID_RIGHT);
	kr = m_copyin(
	    space, name, MACH_MSG_TYPE_MOVE_SEND, 0, NULL, &right.port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (right.port == M_DEAD)
		return (KERN_INVALID_RIGHT);
	if (right.port->kernel != M_SEMAPHORE) {
		kr = KERN_INVALID_ARGUMENT;
	} else {
		s = right.port->object;
		if (s->task == task && !s->dead)
			m_semaphore_end(s);
	}
	m_release(right);
	m_reap();
	return (kr);
}

static int32_t
signal(struct m_semaphore *s)
{
	if (s->dead)
		return (KERN_TERMINATED);
	if (s->waiters.n != 0)
		m_wake(s->waiters.item[0], KERN_SUCCESS);
	else
		s->count++;
	return (KERN_SUCCESS);
}

int32_t
m_sema_signal(struct m_space *space, mach_port_name_t name, bool all)
{
	struct m_semaphore *s;
	int32_t kr = find(space, name, &s);

	if (kr != KERN_SUCCESS)
		return (kr);
	if (s->dead)
		return (KERN_TERMINATED);
	if (!all)
		return (signal(s));
	m_wake_all(&s->waiters, KERN_SUCCESS);
	return (KERN_SUCCESS);
}

int32_t
m_sema_signal_thread(struct m_thread *thread, mach_port_name_t name,
    mach_port_name_t thread_name)
{
	struct m_space *space = &thread->task->space;
	struct m_entry *entry = m_find(space, thread_name);
	struct m_thread *target = NULL;
	struct m_semaphore *s;
	int32_t kr;

	if (thread_name != MACH_PORT_NULL) {
		if (entry == NULL || !(entry->type & MACH_PORT_TYPE_SEND) ||
		    entry->port->kernel != M_THREAD || entry->port->dead)
			return (KERN_INVALID_ARGUMENT);
		target = entry->port->object;
	}
	kr = find(space, name, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (s->dead)
		return (KERN_TERMINATED);
	if (target == NULL)
		target = m_list_at(&s->waiters, 0);
	if (target == NULL || target->list != &s->waiters)
		return (KERN_NOT_WAITING);
	m_wake(target, KERN_SUCCESS);
	return (KERN_SUCCESS);
}

int32_t
m_sema_wait(struct m_thread *thread, mach_port_name_t name, bool post,
    mach_port_name_t post_name, bool timed, uint64_t ns)
{
	struct m_space *space = &thread->task->space;
	struct m_semaphore *s, *other = NULL;
	int32_t kr = find(space, name, &s);

	if (kr == KERN_SUCCESS && post)
		kr = find(space, post_name, &other);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (s->dead) {
		kr = KERN_TERMINATED;
	} else if (s->count > 0) {
		s->count--;
	} else if (timed && ns == 0) {
		kr = KERN_OPERATION_TIMED_OUT;
	} else {
		kr = m_park(thread, M_SEMA, &s->waiters);
		if (s->lifo) {
			m_list_remove(&s->waiters, thread);
			m_list_push(&s->waiters, thread);
		}
	}
	if (other != NULL && signal(other) == KERN_TERMINATED &&
	    kr == M_PARKED) {
		/* It would wait for what will not come. */
		m_wake(thread, KERN_TERMINATED);
		thread->wait = M_RUNS;
		thread->ready = false;
		kr = KERN_TERMINATED;
	}
	return (kr);
}

/*
 * What nothing reaches
 */

static void
port_free(struct m_port *port)
{
	struct m_semaphore *s = port->object;

	if (port->kernel == M_SEMAPHORE) {
		m_list_free(&s->waiters);
		free(s);
	}
	m_list_free(&port->queue);
	m_list_free(&port->senders);
	m_list_free(&port->receivers);
	m_list_free(&port->sets);
	m_list_free(&port->requests);
	free(port);
}

static void
set_free(struct m_set *set)
{
	m_list_free(&set->members);
	m_list_free(&set->ready);
	m_list_free(&set->receivers);
	free(set);
}

void
m_forget(void)
{
	struct m_port *port;
	struct m_set *set;

	while ((port = m_list_pop(&m_ports)) != NULL)
		port_free(port);
	while ((set = m_list_pop(&m_sets)) != NULL)
		set_free(set);
}

void
m_sweep(uint32_t mark)
{
	struct m_port *port;
	struct m_set *set;
	int i;

	for (i = m_ports.n; i-- > 0;) {
		port = m_ports.item[i];
		if (port->mark == mark || !port->dead)
			continue;
		m_list_remove(&m_ports, port);
		port_free(port);
	}
	for (i = m_sets.n; i-- > 0;) {
		set = m_sets.item[i];
		if (set->mark == mark || !set->dead)
			continue;
		m_list_remove(&m_sets, set);
		set_free(set);
	}
}
