/*
 * HOST rows of traps.def: other processes by their pid, as far as their
 * credentials allow.
 */
#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>

/* Whether the caller may have it; the process is locked. */
static bool
may_have(struct proc *p, bool debug)
{
	struct thread *td = curthread;

	if (!debug)
		return (p_cansee(td, p) == 0);
	if (mach_task_for_pid == 0 && p != td->td_proc)
		return (false);
	return (p_candebug(td, p) == 0);
}

/*
 * Again, with the port in hand: an exec in between, of a set-user-id program
 * perhaps, has given the task another.  One that comes later ends this port.
 */
static bool
may_keep(struct ipc_task *task, bool debug)
{
	struct proc *p = mach_proc_of_task(task);
	bool may;

	if (p == NULL)
		return (false);
	may = may_have(p, debug);
	PROC_UNLOCK(p);
	return (may);
}

/* (own task, pid, &port): task_for_pid by `debug`, else task_name_for_pid. */
static kern_return_t
task_of_pid(struct ipc_call *call, bool debug)
{
	struct ipc_right *right = &call->arg[2].v.right;
	struct ipc_task *task;
	struct proc *p;
	bool may;

	p = pfind((pid_t)call->raw[1]);
	if (p == NULL)
		return (KERN_FAILURE);
	if (!may_have(p, debug)) {
		PROC_UNLOCK(p);
		return (KERN_FAILURE);
	}
	task = mach_task_of_locked(p);
	if (task == NULL)
		return (KERN_FAILURE);
	ipc_mutex_lock(&task->lock);
	right->type = MACH_MSG_TYPE_PORT_SEND;
	right->port =
	    ipc_port_kobject_send(debug ? task->port : task->name_port);
	ipc_mutex_unlock(&task->lock);
	may = may_keep(task, debug);
	ipc_task_unref(task);
	if (right->port == IPC_PORT_DEAD)
		return (KERN_FAILURE);
	if (may)
		return (KERN_SUCCESS);
	ipc_right_release(*right);
	right->port = NULL;
	return (KERN_FAILURE);
}

kern_return_t
host_task_for_pid(struct ipc_call *call)
{
	return (task_of_pid(call, true));
}

kern_return_t
host_task_name_for_pid(struct ipc_call *call)
{
	return (task_of_pid(call, false));
}
