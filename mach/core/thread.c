/*
 * Threads: who makes a trap and parks in it.
 */
#include <mach/mig_errors.h>

#include "mach/core/ipc.h"
#include "mach/core/kobject.h"

struct ipc_thread *
ipc_thread_create(struct ipc_task *task)
{
	struct ipc_thread *thread;
	bool dead;

	thread = ipc_mem_alloc(IPC_MEM_TASK, sizeof(*thread), IPC_ZERO);
	if (thread == NULL)
		return (NULL);
	ipc_mutex_init(&thread->lock, IPC_LOCK_TASK);
	ipc_ref_init(&thread->refs);
	thread->task = ipc_task_ref(task);
	thread->port = ipc_port_create_kobject(IPC_KO_THREAD, thread);
	if (thread->port == NULL) {
		ipc_thread_unref(thread);
		return (NULL);
	}
	ipc_mutex_lock(&task->lock);
	dead = task->dead;
	if (!dead)
		ipc_ring_append(&task->threads, &thread->ring);
	ipc_mutex_unlock(&task->lock);
	if (dead) {
		ipc_thread_destroy(thread);
		return (NULL);
	}
	return (thread);
}

void
ipc_thread_unref(struct ipc_thread *thread)
{
	if (!ipc_ref_put(&thread->refs))
		return;
	ipc_mutex_destroy(&thread->lock);
	ipc_task_unref(thread->task);
	ipc_mem_free(IPC_MEM_TASK, thread, sizeof(*thread));
}

void
ipc_thread_destroy(struct ipc_thread *thread)
{
	struct ipc_task *task = thread->task;
	struct ipc_port *port, *special;
	int i;

	IPC_ASSERT(thread->waiter.kind == IPC_WAIT_NOTHING);
	ipc_mutex_lock(&task->lock);
	if (thread->ring.next != NULL)
		ipc_ring_remove(&task->threads, &thread->ring);
	ipc_counts_fold(
	    task->dead ? &task->host->sums : &task->sums, &thread->counts);
	ipc_mutex_unlock(&task->lock);
	ipc_mutex_lock(&thread->lock);
	thread->dead = true;
	port = thread->port;
	thread->port = NULL;
	special = thread->special_reply;
	thread->special_reply = NULL;
	ipc_mutex_unlock(&thread->lock);
	ipc_kobject_port_end(port);
	if (special != NULL)
		ipc_port_unref(special);
	for (i = 0; i < EXC_TYPES_COUNT; i++) {
		ipc_port_release_send(thread->exceptions[i].port);
		thread->exceptions[i].port = NULL;
	}
	ipc_thread_unref(thread);
}

kern_return_t
ipc_thread_lookup(
    struct ipc_thread *self, mach_port_name_t name, struct ipc_thread **threadp)
{
	struct ipc_port *port;
	kern_return_t kr = MIG_BAD_ID;

	if (ipc_kobject_lock(self->task->space, name, &port) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_DEST);
	if (port->object.kobject_kind == IPC_KO_THREAD) {
		*threadp = ipc_thread_ref(port->kobject);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}
