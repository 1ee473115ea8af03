/*
 * HOST rows of traps.def: other processes by their pid, as far as their
 * credentials allow, and what the machine is.
 */
#include <mach/host_info.h>

#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>
#include <sys/smp.h>

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

/* What of `size` bytes at `data` there is room for, at least `least`. */
static kern_return_t
put(struct ipc_call *call, const void *data, size_t size, size_t least)
{
	struct ipc_arg *arg = &call->arg[2];

	if (arg->size < least)
		return (KERN_FAILURE);
	if (arg->size > size)
		arg->size = (uint32_t)size;
	memcpy(arg->v.data, data, arg->size);
	return (KERN_SUCCESS);
}

static kern_return_t
basic_info(struct ipc_call *call)
{
	struct host_basic_info info = { 0 };

	info.max_cpus = info.avail_cpus = mp_ncpus;
	info.physical_cpu = info.physical_cpu_max = mp_ncores;
	info.logical_cpu = info.logical_cpu_max = mp_ncpus;
	info.max_mem = ptoa((uint64_t)physmem);
	/* XNU's word is a natural_t that stays below 2 GB. */
	info.memory_size = info.max_mem > INT32_MAX
			       ? (natural_t)INT32_MAX + 1 - (natural_t)PAGE_SIZE
			       : (natural_t)info.max_mem;
#ifdef __amd64__
	info.cpu_type = CPU_TYPE_X86_64;
	info.cpu_subtype = CPU_SUBTYPE_X86_64_ALL;
#else
	info.cpu_type = CPU_TYPE_ARM64;
	info.cpu_subtype = CPU_SUBTYPE_ARM64_ALL;
#endif
	info.cpu_threadtype = CPU_THREADTYPE_NONE;
	return (put(call, &info, sizeof(info),
	    offsetof(struct host_basic_info, cpu_threadtype)));
}

/* (host, flavor, info, *count) */
kern_return_t
host_host_info(struct ipc_call *call)
{
	/* Bounds of XNU's priorities (osfmk/kern/sched.h). */
	static const host_priority_info_data_t priorities = {
		.kernel_priority = 80,
		.system_priority = 80,
		.server_priority = 64,
		.user_priority = 31,
		.maximum_priority = 79,
	};
	static const host_sched_info_data_t sched = { 1, 1 };

	switch ((int)call->raw[1]) {
	case HOST_BASIC_INFO:
		return (basic_info(call));
	case HOST_SCHED_INFO:
		return (put(call, &sched, sizeof(sched), sizeof(sched)));
	case HOST_PRIORITY_INFO:
		return (put(
		    call, &priorities, sizeof(priorities), sizeof(priorities)));
	case HOST_SEMAPHORE_TRAPS:
	case HOST_MACH_MSG_TRAP:
		/* Success says that there are such traps. */
		call->arg[2].size = 0;
		return (KERN_SUCCESS);
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/* (host, version) */
kern_return_t
host_kernel_version(struct ipc_call *call)
{
	strlcpy(call->arg[1].v.data, version, call->arg[1].size);
	return (KERN_SUCCESS);
}

/* (host, *size) */
kern_return_t
host_page_size(struct ipc_call *call)
{
	call->arg[1].v.u = PAGE_SIZE;
	return (KERN_SUCCESS);
}
