/*
 * host_statistics: load, processor time, pages.
 */
#include <mach/host_info.h>
#include <mach/vm_statistics.h>

#include "mach/os/freebsd/calls.h"

#include <sys/resource.h>
#include <sys/smp.h>
#include <sys/vmmeter.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <vm/vm_pagequeue.h>

#ifndef LOAD_SCALE
#define LOAD_SCALE 1000 /* of host_load_info */
#endif

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
load_info(struct ipc_call *call)
{
	host_load_info_data_t info;
	uint64_t load, cpus = (uint64_t)mp_ncpus * LOAD_SCALE;
	int i;

	for (i = 0; i < 3; i++) {
		load = (uint64_t)averunnable.ldavg[i] * LOAD_SCALE /
		       (uint64_t)averunnable.fscale;
		info.avenrun[i] = (integer_t)load;
		/* The share of a processor that a new thread would get. */
		info.mach_factor[i] =
		    (integer_t)(load < cpus
				    ? cpus - load
				    : cpus * LOAD_SCALE / (load + LOAD_SCALE));
	}
	return (put(call, &info, sizeof(info), sizeof(info)));
}

static kern_return_t
cpu_load_info(struct ipc_call *call)
{
	host_cpu_load_info_data_t info;
	long ticks_of[CPUSTATES];

	read_cpu_time(ticks_of);
	info.cpu_ticks[CPU_STATE_USER] = (natural_t)ticks_of[CP_USER];
	info.cpu_ticks[CPU_STATE_NICE] = (natural_t)ticks_of[CP_NICE];
	info.cpu_ticks[CPU_STATE_SYSTEM] =
	    (natural_t)(ticks_of[CP_SYS] + ticks_of[CP_INTR]);
	info.cpu_ticks[CPU_STATE_IDLE] = (natural_t)ticks_of[CP_IDLE];
	return (put(call, &info, sizeof(info), sizeof(info)));
}

/* Pages of a queue, in all domains of memory. */
static natural_t
queued(int queue)
{
	natural_t n = 0;
	int i;

	for (i = 0; i < vm_ndomains; i++)
		n += (natural_t)VM_DOMAIN(i)->vmd_pagequeues[queue].pq_cnt;
	return (n);
}

static kern_return_t
vm_info64(struct ipc_call *call)
{
	vm_statistics64_data_t v = { 0 };

	v.free_count = vm_free_count();
	v.active_count = queued(PQ_ACTIVE);
	v.inactive_count = queued(PQ_INACTIVE);
	v.wire_count = vm_wire_count();
	v.zero_fill_count = VM_CNT_FETCH(v_zfod);
	v.reactivations = VM_CNT_FETCH(v_reactivated);
	v.pageins = VM_CNT_FETCH(v_vnodepgsin) + VM_CNT_FETCH(v_swappgsin);
	v.pageouts = VM_CNT_FETCH(v_vnodepgsout) + VM_CNT_FETCH(v_swappgsout);
	v.faults = VM_CNT_FETCH(v_vm_faults);
	v.cow_faults = VM_CNT_FETCH(v_cow_faults);
	v.swapins = VM_CNT_FETCH(v_swappgsin);
	v.swapouts = VM_CNT_FETCH(v_swappgsout);
	return (put(call, &v, sizeof(v),
	    offsetof(vm_statistics64_data_t, decompressions)));
}

static kern_return_t
vm_info(struct ipc_call *call)
{
	vm_statistics_data_t v = { 0 };

	v.free_count = vm_free_count();
	v.active_count = queued(PQ_ACTIVE);
	v.inactive_count = queued(PQ_INACTIVE);
	v.wire_count = vm_wire_count();
	v.zero_fill_count = (natural_t)VM_CNT_FETCH(v_zfod);
	v.reactivations = (natural_t)VM_CNT_FETCH(v_reactivated);
	v.faults = (natural_t)VM_CNT_FETCH(v_vm_faults);
	v.cow_faults = (natural_t)VM_CNT_FETCH(v_cow_faults);
	return (put(
	    call, &v, sizeof(v), HOST_VM_INFO_REV0_COUNT * sizeof(integer_t)));
}

/* (host, flavor, info, *count) */
kern_return_t
host_statistics(struct ipc_call *call)
{
	switch ((int)call->raw[1]) {
	case HOST_LOAD_INFO:
		return (load_info(call));
	case HOST_VM_INFO:
		return (vm_info(call));
	case HOST_CPU_LOAD_INFO:
		return (cpu_load_info(call));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

kern_return_t
host_statistics64(struct ipc_call *call)
{
	if ((int)call->raw[1] == HOST_VM_INFO64)
		return (vm_info64(call));
	return (host_statistics(call));
}
