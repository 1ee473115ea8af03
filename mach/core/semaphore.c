/*
 * Semaphores: creation, and the seven ways to wait and to signal.
 */
#include <mach/sync_policy.h>

#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/ipc.h"
#include "mach/core/kobject.h"
#include "mach/core/semaphore.h"

#define WAITER(r) IPC_RING_ITEM(r, struct ipc_waiter, ring)
#define NS_PER_S UINT64_C(1000000000)

struct ipc_semaphore *
ipc_semaphore_create(struct ipc_task *task, int32_t value, bool lifo)
{
	struct ipc_semaphore *s;

	s = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*s), IPC_ZERO);
	if (s == NULL)
		return (NULL);
	ipc_mutex_init(&s->lock, IPC_LOCK_LEAF);
	ipc_ref_init(&s->refs);
	s->count = value;
	s->lifo = lifo;
	s->task = ipc_task_ref(task);
	s->port = ipc_port_create_kobject(IPC_KO_SEMAPHORE, s);
	if (s->port == NULL) {
		ipc_semaphore_unref(s);
		return (NULL);
	}
	return (s);
}

void
ipc_semaphore_unref(struct ipc_semaphore *s)
{
	if (!ipc_ref_put(&s->refs))
		return;
	ipc_mutex_destroy(&s->lock);
	ipc_task_unref(s->task);
	ipc_mem_free(IPC_MEM_OBJECT, s, sizeof(*s));
}

/* Its port stays, for those who have rights to it: they are told that. */
static void
semaphore_end(struct ipc_semaphore *s)
{
	ipc_mutex_lock(&s->lock);
	s->dead = true;
	ipc_waiter_end_all(&s->waiters, KERN_TERMINATED);
	ipc_mutex_unlock(&s->lock);
}

/*
 * The semaphore of a name, referenced.  KERN_INVALID_NAME, of a dead name,
 * too; KERN_INVALID_RIGHT when it is no send right, KERN_INVALID_CAPABILITY
 * when that is of something else.
 */
static kern_return_t
semaphore_lookup(
    struct ipc_call *call, mach_port_name_t name, struct ipc_semaphore **sp)
{
	struct ipc_space *space = call->thread->task->space;
	struct ipc_port *port = NULL;
	struct ipc_entry *entry;
	kern_return_t kr = KERN_INVALID_NAME;

	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry != NULL && entry->type & IPC_TYPE_RECEIVE)
		kr = entry->type & IPC_TYPE_SEND ? KERN_INVALID_CAPABILITY :
						   KERN_INVALID_RIGHT;
	else if (entry != NULL && entry->type & IPC_TYPE_SEND_ANY)
		port = ipc_right_lock_port(space, name, entry);
	else if (entry != NULL && entry->type & IPC_TYPE_SET)
		kr = KERN_INVALID_RIGHT;
	if (port != NULL)
		kr = entry->type & IPC_TYPE_SEND ? KERN_INVALID_CAPABILITY :
						   KERN_INVALID_RIGHT;
	ipc_space_unlock(space);
	if (port == NULL)
		return (kr);
	if (port->object.kobject_kind == IPC_KO_SEMAPHORE) {
		*sp = port->kobject;
		ipc_ref_get(&(*sp)->refs);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}

/*
 * Signalling
 */

static kern_return_t
signal_one(struct ipc_semaphore *s)
{
	struct ipc_thread *thread = NULL;

	ipc_mutex_lock(&s->lock);
	if (s->dead) {
		ipc_mutex_unlock(&s->lock);
		return (KERN_TERMINATED);
	}
	if (s->waiters != NULL)
		thread = ipc_waiter_end(WAITER(s->waiters), KERN_SUCCESS);
	else if (s->count < INT32_MAX)
		s->count++;
	ipc_mutex_unlock(&s->lock);
	if (thread != NULL)
		ipc_thread_wake(thread);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_do_semaphore_signal(struct ipc_call *call)
{
	struct ipc_semaphore *s;
	kern_return_t kr;

	kr = semaphore_lookup(call, (mach_port_name_t)call->raw[0], &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = signal_one(s);
	ipc_semaphore_unref(s);
	return (kr);
}

/* All who wait, and the count stays 0: nobody who comes later profits. */
kern_return_t
ipc_do_semaphore_signal_all(struct ipc_call *call)
{
	struct ipc_semaphore *s;
	kern_return_t kr;

	kr = semaphore_lookup(call, (mach_port_name_t)call->raw[0], &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	ipc_mutex_lock(&s->lock);
	if (s->dead)
		kr = KERN_TERMINATED;
	else
		ipc_waiter_end_all(&s->waiters, KERN_SUCCESS);
	ipc_mutex_unlock(&s->lock);
	ipc_semaphore_unref(s);
	return (kr);
}

/* One certain thread; of MACH_PORT_NULL, any. */
kern_return_t
ipc_do_semaphore_signal_thread(struct ipc_call *call)
{
	mach_port_name_t name = (mach_port_name_t)call->raw[1];
	struct ipc_thread *target = NULL, *woken = NULL;
	struct ipc_semaphore *s;
	kern_return_t kr;

	if (name != MACH_PORT_NULL &&
	    ipc_thread_lookup(call->thread, name, &target) != KERN_SUCCESS)
		return (KERN_INVALID_ARGUMENT);
	kr = semaphore_lookup(call, (mach_port_name_t)call->raw[0], &s);
	if (kr != KERN_SUCCESS) {
		if (target != NULL)
			ipc_thread_unref(target);
		return (kr);
	}
	ipc_mutex_lock(&s->lock);
	if (s->dead)
		kr = KERN_TERMINATED;
	else if (target == NULL && s->waiters != NULL)
		woken = ipc_waiter_end(WAITER(s->waiters), KERN_SUCCESS);
	else if (target != NULL && target->waiter.queued &&
	    target->waiter.list == &s->waiters)
		woken = ipc_waiter_end(&target->waiter, KERN_SUCCESS);
	else
		kr = KERN_NOT_WAITING;
	ipc_mutex_unlock(&s->lock);
	if (woken != NULL)
		ipc_thread_wake(woken);
	if (target != NULL)
		ipc_thread_unref(target);
	ipc_semaphore_unref(s);
	return (kr);
}

/*
 * Waiting
 */

static kern_return_t
wait_resume(struct ipc_call *call)
{
	kern_return_t kr = ipc_waiter_finish(&call->thread->waiter);

	ipc_semaphore_unref(call->semaphore);
	return (kr);
}

/*
 * Waits, and before, in one step, signals another (`post`, NULL: none): both
 * are consumed.  `ns` 0 with `timed`: polls.
 */
static kern_return_t
semaphore_wait(struct ipc_call *call, struct ipc_semaphore *s,
    struct ipc_semaphore *post, bool timed, uint64_t ns)
{
	kern_return_t kr = KERN_SUCCESS;

	ipc_mutex_lock(&s->lock);
	if (s->dead) {
		kr = KERN_TERMINATED;
	} else if (s->count > 0) {
		s->count--;
	} else if (timed && ns == 0) {
		kr = KERN_OPERATION_TIMED_OUT;
	} else {
		ipc_waiter_park(&call->thread->waiter, IPC_WAIT_SEMAPHORE,
		    &s->waiters, &s->lock, NULL);
		if (s->lifo)
			s->waiters = &call->thread->waiter.ring;
		kr = IPC_PARKED;
		call->semaphore = s;
		call->resume = wait_resume;
		call->deadline =
		    timed ? ipc_deadline_ns(ns) : IPC_FOREVER;
	}
	ipc_mutex_unlock(&s->lock);
	if (post != NULL) {
		/* In the queue first, so that no signal in between is lost. */
		kern_return_t posted = signal_one(post);

		if (posted != KERN_SUCCESS && kr == IPC_PARKED) {
			ipc_cancel(call->thread, IPC_CANCEL_INTERRUPT);
			(void)wait_resume(call);
			ipc_semaphore_unref(post);
			return (posted);
		}
		ipc_semaphore_unref(post);
	}
	if (kr != IPC_PARKED)
		ipc_semaphore_unref(s);
	return (kr);
}

/* The four traps differ in a second semaphore and in a time. */
static kern_return_t
wait_trap(struct ipc_call *call, bool post, bool timed)
{
	const uint64_t *a = call->raw;
	struct ipc_semaphore *s, *other = NULL;
	uint32_t sec, nsec;
	kern_return_t kr;

	sec = (uint32_t)a[post ? 2 : 1];
	nsec = (uint32_t)a[post ? 3 : 2];
	if (timed && nsec >= NS_PER_S)
		return (KERN_INVALID_VALUE);
	kr = semaphore_lookup(call, (mach_port_name_t)a[0], &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (post) {
		kr = semaphore_lookup(call, (mach_port_name_t)a[1], &other);
		if (kr != KERN_SUCCESS) {
			ipc_semaphore_unref(s);
			return (kr);
		}
	}
	return (semaphore_wait(
	    call, s, other, timed, timed ? sec * NS_PER_S + nsec : 0));
}

kern_return_t
ipc_do_semaphore_wait(struct ipc_call *call)
{
	return (wait_trap(call, false, false));
}

kern_return_t
ipc_do_semaphore_timedwait(struct ipc_call *call)
{
	return (wait_trap(call, false, true));
}

kern_return_t
ipc_do_semaphore_wait_signal(struct ipc_call *call)
{
	return (wait_trap(call, true, false));
}

kern_return_t
ipc_do_semaphore_timedwait_signal(struct ipc_call *call)
{
	return (wait_trap(call, true, true));
}

/*
 * Routines of a task
 */

/* It lives until it is destroyed, or its task ends: false when it has. */
static bool
semaphore_own(struct ipc_semaphore *s)
{
	struct ipc_task *task = s->task;
	bool alive;

	ipc_mutex_lock(&task->lock);
	alive = !task->dead;
	if (alive)
		ipc_ring_append(&task->semaphores, &s->owned);
	ipc_mutex_unlock(&task->lock);
	return (alive);
}

/* True to the one who is to destroy it. */
static bool
semaphore_disown(struct ipc_semaphore *s, struct ipc_task *task)
{
	bool mine;

	ipc_mutex_lock(&task->lock);
	mine = s->task == task && s->owned.next != NULL;
	if (mine)
		ipc_ring_remove(&task->semaphores, &s->owned);
	ipc_mutex_unlock(&task->lock);
	return (mine);
}

void
ipc_semaphore_abandon(struct ipc_semaphore *s)
{
	struct ipc_port *port;

	(void)semaphore_disown(s, s->task);
	semaphore_end(s);
	ipc_mutex_lock(&s->lock);
	port = s->port;
	s->port = NULL;
	ipc_mutex_unlock(&s->lock);
	if (port == NULL)
		return;
	ipc_kobject_port_end(port);
	ipc_semaphore_unref(s);
}

void
ipc_semaphores_end(struct ipc_task *task)
{
	struct ipc_semaphore *s;

	for (;;) {
		ipc_mutex_lock(&task->lock);
		s = NULL;
		if (task->semaphores != NULL)
			s = IPC_RING_ITEM(ipc_ring_pop(&task->semaphores),
			    struct ipc_semaphore, owned);
		/* It may be abandoned as soon as the lock is free. */
		if (s != NULL)
			ipc_ref_get(&s->refs);
		ipc_mutex_unlock(&task->lock);
		if (s == NULL)
			return;
		semaphore_end(s);
		ipc_semaphore_unref(s);
	}
}

/* (task, *semaphore, policy, value) */
kern_return_t
ipc_do_semaphore_create(struct ipc_call *call)
{
	int32_t policy = (int32_t)call->raw[2], value = (int32_t)call->raw[3];
	struct ipc_semaphore *s;

	if (policy != SYNC_POLICY_FIFO && policy != SYNC_POLICY_LIFO)
		return (KERN_INVALID_ARGUMENT);
	if (value < 0)
		return (KERN_INVALID_ARGUMENT);
	s = ipc_semaphore_create(
	    call->arg[0].v.task, value, policy == SYNC_POLICY_LIFO);
	if (s == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	if (!semaphore_own(s)) {
		ipc_semaphore_abandon(s);
		return (KERN_INVALID_TASK);
	}
	/* Until that right is gone it is not abandoned. */
	call->arg[1].v.right.port = ipc_port_kobject_send(s->port);
	call->arg[1].v.right.type = MACH_MSG_TYPE_PORT_SEND;
	return (KERN_SUCCESS);
}

/* (task, semaphore); of another task's it gives only the right back. */
kern_return_t
ipc_do_semaphore_destroy(struct ipc_call *call)
{
	struct ipc_right *right = &call->arg[1].v.right;
	struct ipc_semaphore *s = NULL;

	if (!IPC_PORT_VALID(right->port))
		return (KERN_INVALID_RIGHT);
	ipc_port_lock(right->port);
	if (right->port->object.kobject_kind == IPC_KO_SEMAPHORE) {
		s = right->port->kobject;
		ipc_ref_get(&s->refs);
	}
	ipc_port_unlock(right->port);
	if (s == NULL)
		return (KERN_INVALID_ARGUMENT);
	if (semaphore_disown(s, call->arg[0].v.task))
		semaphore_end(s);
	ipc_semaphore_unref(s);
	return (KERN_SUCCESS);
}
