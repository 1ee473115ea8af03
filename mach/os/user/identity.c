/*
 * Other tasks of this host, by the numbers that they have as pid, and threads'
 * waits that are to end.
 */
#include "mach/os/user/calls.h"
#include "mach/os/user/user.h"

/*
 * A task of another uid is for uid 0 only, as XNU has it, and a set-uid
 * program's is of two.
 */
static bool
may_control(struct ipc_task *asker, struct ipc_task *task)
{
	uint32_t euid = ipc_load_acquire(&asker->euid);
	bool same;

	if (asker == task || euid == 0)
		return (true);
	ipc_mutex_lock(&task->lock);
	same = euid == task->security.val[0] && euid == task->audit.val[3];
	ipc_mutex_unlock(&task->lock);
	return (same);
}

/* Referenced. */
static struct ipc_task *
task_find(struct ipc_host *host, uint32_t pid)
{
	struct ipc_task *task, *found = NULL;
	struct ipc_ring *r;

	ipc_mutex_lock(&host->lock);
	for (r = host->tasks; r != NULL && found == NULL;
	     r = ipc_ring_next(host->tasks, r)) {
		task = IPC_RING_ITEM(r, struct ipc_task, ring);
		if (ipc_load_acquire(&task->pid) == pid)
			found = ipc_task_ref(task);
	}
	ipc_mutex_unlock(&host->lock);
	return (found);
}

static kern_return_t
for_pid(struct ipc_call *call, bool name)
{
	struct ipc_right *right = &call->arg[2].v.right;
	struct ipc_task *task, *target;
	kern_return_t kr;

	/* The first argument is a task of the caller's. */
	kr = ipc_task_lookup(
	    call->thread, (mach_port_name_t)call->raw[0], true, &target);
	if (kr != KERN_SUCCESS)
		return (KERN_INVALID_ARGUMENT);
	ipc_task_unref(target);
	task = task_find(call->thread->task->host, (uint32_t)call->raw[1]);
	if (task == NULL)
		return (KERN_FAILURE);
	if (!may_control(call->thread->task, task)) {
		ipc_task_unref(task);
		return (KERN_FAILURE);
	}
	right->type = MACH_MSG_TYPE_PORT_SEND;
	ipc_mutex_lock(&task->lock);
	if (task->dead)
		kr = KERN_FAILURE;
	else
		right->port =
		    ipc_port_kobject_send(name ? task->name_port : task->port);
	ipc_mutex_unlock(&task->lock);
	ipc_task_unref(task);
	return (kr);
}

/* (task, pid, *port) */
kern_return_t
user_task_for_pid(struct ipc_call *call)
{
	return (for_pid(call, false));
}

kern_return_t
user_task_name_for_pid(struct ipc_call *call)
{
	return (for_pid(call, true));
}

/* (thread) */
kern_return_t
user_thread_abort(struct ipc_call *call)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	struct user_thread *user;

	ipc_mutex_lock(&thread->lock);
	user = thread->os;
	if (user != NULL) {
		__atomic_store_n(&user->abort, 1, __ATOMIC_RELEASE);
		ipc_os_wake(thread);
	}
	ipc_mutex_unlock(&thread->lock);
	return (user != NULL ? KERN_SUCCESS : KERN_TERMINATED);
}
