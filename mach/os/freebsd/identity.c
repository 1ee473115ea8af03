/*
 * HOST rows of traps.def: other processes by their pid, as far as their
 * credentials allow, and what the machine is.
 */
#include <mach/host_info.h>

#include "mach/core/ipc.h"
#include "mach/os/freebsd/freebsd.h"

#include <sys/proc.h>
#include <sys/smp.h>

/* (own task, pid, &port): task_for_pid by `debug`, else task_name_for_pid. */
static kern_return_t
task_of_pid(struct ipc_call *call, bool debug)
{
	struct ipc_right *right = &call->arg[2].v.right;
	struct thread *td = curthread;
	struct ipc_task *task;
	struct proc *p;
	int error;

	p = pfind((pid_t)call->raw[1]);
	if (p == NULL)
		return (KERN_FAILURE);
	error = debug ? p_candebug(td, p) : p_cansee(td, p);
	if (error != 0) {
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
	ipc_task_unref(task);
	return (right->port == IPC_PORT_DEAD ? KERN_FAILURE : KERN_SUCCESS);
}

int
mach_identity_call(struct ipc_call *call)
{
	return (task_of_pid(call, call->trap->number == 45));
}

static kern_return_t
basic_info(struct ipc_arg *arg)
{
	struct host_basic_info info = { 0 };
	uint64_t memory = ptoa((uint64_t)physmem);

	if (arg->size < sizeof(info))
		return (KERN_FAILURE);
	info.max_cpus = info.avail_cpus = mp_ncpus;
	info.physical_cpu = info.physical_cpu_max = mp_ncores;
	info.logical_cpu = info.logical_cpu_max = mp_ncpus;
	info.memory_size =
	    (natural_t)(memory > INT32_MAX ? INT32_MAX : memory);
	info.max_mem = memory;
#ifdef __amd64__
	info.cpu_type = 0x01000007; /* CPU_TYPE_X86_64 */
	info.cpu_subtype = 3;	    /* CPU_SUBTYPE_X86_64_ALL */
#else
	info.cpu_type = 0x0100000c; /* CPU_TYPE_ARM64 */
#endif
	memcpy(arg->v.data, &info, sizeof(info));
	arg->size = sizeof(info);
	return (KERN_SUCCESS);
}

int
mach_host_call(struct ipc_call *call)
{
	switch (call->trap->number) {
	case 200: /* host_info(host, flavor, info, &count) */
		if (call->raw[1] == HOST_BASIC_INFO)
			return (basic_info(&call->arg[2]));
		return (KERN_INVALID_ARGUMENT);
	case 201: /* host_kernel_version(host, text) */
		strlcpy(call->arg[1].v.data, version, call->arg[1].size);
		return (KERN_SUCCESS);
	case 202: /* host_page_size(host, &size) */
		call->arg[1].v.u = PAGE_SIZE;
		return (KERN_SUCCESS);
	default:
		return (KERN_NOT_SUPPORTED);
	}
}
