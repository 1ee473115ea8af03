/*
 * The reference model: tasks and threads, and rights put into spaces.
 */
#include <stdlib.h>

#include <mach/kern_return.h>

#include "tests/sim/model_in.h"

/*
 * Tasks and threads
 */

struct m_task *
m_task_create(uint32_t limit)
{
	struct m_task *task = m_new(sizeof(*task));

	task->space.limit = limit;
	task->port = m_kernel_port(M_TASK, task);
	return (task);
}

struct m_thread *
m_thread_create(struct m_task *task)
{
	struct m_thread *thread = m_new(sizeof(*thread));

	thread->task = task;
	thread->port = m_kernel_port(M_THREAD, thread);
	return (thread);
}

void
m_thread_destroy(struct m_thread *thread)
{
	m_port_end(thread->port);
	thread->port->object = NULL;
	free(thread);
	m_reap();
}

void
m_task_destroy(struct m_task *task)
{
	struct m_space *space = &task->space;
	struct m_semaphore *semaphore;
	struct m_entry *entry, *e;
	int i;

	task->dead = true;
	m_port_end(task->port);
	task->port->object = NULL;
	m_reap();
	space->dead = true;
	while (space->entries.n != 0) {
		entry = space->entries.item[0];
		for (i = 1; i < space->entries.n; i++) {
			e = space->entries.item[i];
			if (e->name < entry->name)
				entry = e;
		}
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
	}
	while ((semaphore = m_list_pop(&task->semaphores)) != NULL)
		m_semaphore_end(semaphore);
	m_reap();
}

/* The memory of a task that was destroyed, once no semaphore is its own. */
void
m_task_free(struct m_task *task)
{
	m_list_free(&task->space.entries);
	m_list_free(&task->semaphores);
	free(task);
}

/* The object of a task's control port. */
int32_t
m_task_of(struct m_thread *thread, mach_port_name_t name, struct m_task **task)
{
	struct m_entry *entry = m_find(&thread->task->space, name);

	if (entry != NULL && entry->type & MACH_PORT_TYPE_SEND)
		(void)m_check_dead(&thread->task->space, entry);
	if (entry == NULL || entry->port == NULL ||
	    !(entry->type & MACH_PORT_TYPE_SEND_RECEIVE))
		return (MACH_SEND_INVALID_DEST);
	if (entry->port->kernel != M_TASK)
		return (-303); /* MIG_BAD_ID */
	*task = entry->port->object;
	return (KERN_SUCCESS);
}

/*
 * Putting rights into spaces
 */

/* The entry has, or gets, one right of that kind more. */
static void
right_add(struct m_entry *entry, struct m_right right, struct m_space *space)
{
	struct m_port *port = right.port;

	entry->port = port;
	switch (right.type) {
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		entry->type = MACH_PORT_TYPE_SEND_ONCE;
		entry->urefs = 1;
		break;
	case MACH_MSG_TYPE_PORT_SEND:
		/* A space's rights to a port count once. */
		if (entry->type & MACH_PORT_TYPE_SEND)
			port->srights--;
		entry->type |= MACH_PORT_TYPE_SEND;
		if (entry->urefs < MACH_PORT_UREFS_MAX)
			entry->urefs++;
		break;
	default:
		entry->type |= MACH_PORT_TYPE_RECEIVE;
		port->receiver = space;
		port->name = entry->name;
		port->destination = NULL;
		break;
	}
}

/*
 * Puts a right under the name that the core chose.  When that fails the right
 * is the caller's still.
 */
int32_t
m_put(struct m_space *space, struct m_right right, mach_port_name_t *name)
{
	mach_port_name_t given = m_hint();
	struct m_entry *entry = NULL;
	int32_t kr = KERN_SUCCESS;

	*name = MACH_PORT_NULL;
	if (right.port == NULL)
		return (KERN_SUCCESS);
	if (right.port == M_DEAD)
		*name = MACH_PORT_DEAD;
	else if (space->dead)
		kr = KERN_INVALID_TASK;
	else if ((uint32_t)space->entries.n >= space->limit &&
		 (right.type == MACH_MSG_TYPE_PORT_SEND_ONCE ||
		     m_find_port(space, right.port) == NULL))
		kr = KERN_NO_SPACE;
	else if (right.port->dead)
		*name = MACH_PORT_DEAD;
	else if (given == MACH_PORT_NULL && m_hints.failing)
		kr = KERN_RESOURCE_SHORTAGE;
	if (kr != KERN_SUCCESS)
		return (kr);
	if (*name == MACH_PORT_DEAD) {
		m_release(right);
		m_reap();
		return (KERN_SUCCESS);
	}
	if (right.type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		entry = m_find_port(space, right.port);
	if (entry == NULL)
		entry = m_entry_new(space, given);
	right_add(entry, right, space);
	*name = entry->name;
	return (KERN_SUCCESS);
}

/* The same of one that is used up in any case. */
int32_t
m_copyout(struct m_space *space, struct m_right right, mach_port_name_t *name)
{
	int32_t kr = m_put(space, right, name);

	if (kr != KERN_SUCCESS) {
		m_release(right);
		m_reap();
	}
	return (kr);
}

/* The same under a certain name. */
int32_t
m_copyout_name(
    struct m_space *space, struct m_right right, mach_port_name_t name)
{
	struct m_entry *entry = NULL;
	int32_t kr = m_name_check(space, name);

	/* An entry in use is no error yet if it is that name's. */
	if (kr == KERN_NAME_EXISTS && m_find(space, name) != NULL)
		kr = KERN_SUCCESS;
	if (kr != KERN_SUCCESS)
		return (kr);
	if (right.port->dead)
		return (KERN_INVALID_CAPABILITY);
	if (right.type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		entry = m_find_port(space, right.port);
	if (entry != NULL && entry->name != name)
		return (KERN_RIGHT_EXISTS);
	if (entry == NULL && m_find(space, name) != NULL)
		return (KERN_NAME_EXISTS);
	if (entry == NULL)
		entry = m_entry_new(space, name);
	right_add(entry, right, space);
	return (KERN_SUCCESS);
}

void
m_show_dead(struct m_space *space, struct m_entry *entry)
{
	(void)m_check_dead(space, entry);
}
