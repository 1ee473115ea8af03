/*
 * What the kernel knows of the machine, of processes and of threads.
 */
#include <mach/machine.h>

#include "mach/os/freebsd/calls.h"
#include "mach/os/info.h"

#include <sys/proc.h>
#include <sys/resource.h>
#include <sys/resourcevar.h>
#include <sys/smp.h>
#include <sys/vmmeter.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_map.h>

#include "mach/os/freebsd/compat.h"

void
info_machine(struct info_machine *m)
{
	m->cpus = m->cpus_max = (uint32_t)mp_ncpus;
	m->cores = m->cores_max = (uint32_t)mp_ncores;
	m->memory = ptoa((uint64_t)physmem);
	m->page_size = PAGE_SIZE;
}

bool
info_load(uint32_t load[3])
{
	int i;

	for (i = 0; i < 3; i++)
		load[i] = (uint32_t)((uint64_t)averunnable.ldavg[i] * 1000 /
				     (uint64_t)averunnable.fscale);
	return (true);
}

bool
info_ticks(uint64_t ticks_of[4])
{
	long times[CPUSTATES];

	read_cpu_time(times);
	ticks_of[CPU_STATE_USER] = (uint64_t)times[CP_USER];
	ticks_of[CPU_STATE_NICE] = (uint64_t)times[CP_NICE];
	ticks_of[CPU_STATE_SYSTEM] = (uint64_t)(times[CP_SYS] + times[CP_INTR]);
	ticks_of[CPU_STATE_IDLE] = (uint64_t)times[CP_IDLE];
	return (true);
}

bool
info_memory(struct info_memory *m)
{
	*m = (struct info_memory){
		.free = vm_free_count(),
		.active = vm_active_count(),
		.inactive = vm_inactive_count() + vm_laundry_count(),
		.wired = vm_wire_count(),
		.zero_fills = VM_CNT_FETCH(v_zfod),
		.reactivations = VM_CNT_FETCH(v_reactivated),
		.pageins =
		    VM_CNT_FETCH(v_vnodepgsin) + VM_CNT_FETCH(v_swappgsin),
		.pageouts =
		    VM_CNT_FETCH(v_vnodepgsout) + VM_CNT_FETCH(v_swappgsout),
		.faults = VM_CNT_FETCH(v_vm_faults),
		.cow_faults = VM_CNT_FETCH(v_cow_faults),
		.swapins = VM_CNT_FETCH(v_swappgsin),
		.swapouts = VM_CNT_FETCH(v_swappgsout),
	};
	return (true);
}

static uint64_t
ns_of(const struct timeval *tv)
{
	return (
	    (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000);
}

/* The process is locked. */
static void
usage_of(struct ipc_task *task, struct proc *p, struct info_usage *usage)
{
	struct rusage u;

	rufetchcalc(p, &u, &u.ru_utime, &u.ru_stime);
	*usage = (struct info_usage){
		.resident_size_max = (uint64_t)u.ru_maxrss * 1024,
		.user_ns = ns_of(&u.ru_utime),
		.system_ns = ns_of(&u.ru_stime),
		.faults = (uint64_t)(u.ru_minflt + u.ru_majflt),
		.pageins = (uint64_t)u.ru_majflt,
		.switches = (uint64_t)(u.ru_nvcsw + u.ru_nivcsw),
		.suspends = *mach_task_suspends(task),
	};
}

kern_return_t
info_task_usage(struct ipc_task *task, struct info_usage *usage)
{
	struct proc *p = mach_proc_of_task(task);
	struct vmspace *vm;

	if (p == NULL)
		return (KERN_INVALID_ARGUMENT);
	usage_of(task, p, usage);
	_PHOLD(p);
	PROC_UNLOCK(p);
	vm = vmspace_acquire_ref(p);
	PRELE(p);
	if (vm == NULL)
		return (KERN_INVALID_ARGUMENT);
	usage->virtual_size = vm->vm_map.size;
	usage->resident_size = ptoa((uint64_t)vmspace_resident_count(vm));
	vmspace_free(vm);
	return (KERN_SUCCESS);
}

bool
info_thread_usage(struct ipc_thread *thread, struct ipc_thread *self __unused,
    struct info_thread *usage)
{
	struct mach_os_thread *os = thread->os;

	/* One that has ended is given back a little later. */
	if (TD_GET_STATE(os->td) == TDS_INACTIVE)
		return (false);
	*usage = (struct info_thread){
		.id = (uint64_t)os->td->td_tid,
		/* One number for both modes. */
		.user_ns = cputick2usec(os->td->td_runtime) * 1000,
		.suspends = os->suspends,
	};
	return (true);
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
