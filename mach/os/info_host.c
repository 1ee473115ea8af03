/*
 * host_info and host_statistics: what the host tells of the machine, in Mach's
 * terms.
 */
#include <mach/host_info.h>
#include <mach/processor_info.h>

#include "mach/core/call.h"
#include "mach/os/info.h"

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
	host_basic_info_data_t info = { 0 };
	struct info_machine m;

	info_machine(&m);
	info.max_cpus = (integer_t)m.cpus_max;
	info.avail_cpus = (integer_t)m.cpus;
	info.max_mem = m.memory;
	/* XNU's word is a natural_t that stays below 2 GB. */
	info.memory_size = m.memory > INT32_MAX
			       ? (natural_t)INT32_MAX + 1 - m.page_size
			       : (natural_t)m.memory;
#if defined(__x86_64__)
	info.cpu_type = CPU_TYPE_X86_64;
	info.cpu_subtype = CPU_SUBTYPE_X86_64_ALL;
#elif defined(__aarch64__)
	info.cpu_type = CPU_TYPE_ARM64;
	info.cpu_subtype = CPU_SUBTYPE_ARM64_ALL;
#endif
	info.cpu_threadtype = CPU_THREADTYPE_NONE;
	info.physical_cpu = (integer_t)m.cores;
	info.physical_cpu_max = (integer_t)m.cores_max;
	info.logical_cpu = info.avail_cpus;
	info.logical_cpu_max = info.max_cpus;
	return (put(call, &info, sizeof(info),
	    offsetof(host_basic_info_data_t, cpu_threadtype)));
}

/* (host, flavor, info, *count) */
kern_return_t
info_host_info(struct ipc_call *call)
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

/*
 * Statistics
 */

/* The share of a processor that a new thread would get. */
static uint64_t
mach_factor(uint64_t load, uint64_t cpus)
{
	if (load < cpus)
		return (cpus - load);
	return (cpus * LOAD_SCALE / (load + LOAD_SCALE));
}

static kern_return_t
load_info(struct ipc_call *call)
{
	host_load_info_data_t info;
	struct info_machine m;
	uint32_t load[3];
	int i;

	if (!info_load(load))
		return (KERN_NOT_SUPPORTED);
	info_machine(&m);
	for (i = 0; i < 3; i++) {
		info.avenrun[i] = (integer_t)load[i];
		info.mach_factor[i] = (integer_t)mach_factor(
		    load[i], (uint64_t)m.cpus * LOAD_SCALE);
	}
	return (put(call, &info, sizeof(info), sizeof(info)));
}

static kern_return_t
cpu_load_info(struct ipc_call *call)
{
	host_cpu_load_info_data_t info;
	uint64_t ticks[CPU_STATE_MAX];
	int i;

	if (!info_ticks(ticks))
		return (KERN_NOT_SUPPORTED);
	for (i = 0; i < CPU_STATE_MAX; i++)
		info.cpu_ticks[i] = (natural_t)ticks[i];
	return (put(call, &info, sizeof(info), sizeof(info)));
}

#define SMALL(value) VM_STATISTICS_TRUNCATE_TO_32_BIT(value)

static kern_return_t
vm_info(struct ipc_call *call)
{
	vm_statistics_data_t v = { 0 };
	struct info_memory m;

	if (!info_memory(&m))
		return (KERN_NOT_SUPPORTED);
	v.free_count = SMALL(m.free);
	v.active_count = SMALL(m.active);
	v.inactive_count = SMALL(m.inactive);
	v.wire_count = SMALL(m.wired);
	v.zero_fill_count = SMALL(m.zero_fills);
	v.reactivations = SMALL(m.reactivations);
	v.pageins = SMALL(m.pageins);
	v.pageouts = SMALL(m.pageouts);
	v.faults = SMALL(m.faults);
	v.cow_faults = SMALL(m.cow_faults);
	return (put(
	    call, &v, sizeof(v), HOST_VM_INFO_REV0_COUNT * sizeof(integer_t)));
}

static kern_return_t
vm_info64(struct ipc_call *call)
{
	vm_statistics64_data_t v = { 0 };
	struct info_memory m;

	if (!info_memory(&m))
		return (KERN_NOT_SUPPORTED);
	v.free_count = SMALL(m.free);
	v.active_count = SMALL(m.active);
	v.inactive_count = SMALL(m.inactive);
	v.wire_count = SMALL(m.wired);
	v.zero_fill_count = m.zero_fills;
	v.reactivations = m.reactivations;
	v.pageins = m.pageins;
	v.pageouts = m.pageouts;
	v.faults = m.faults;
	v.cow_faults = m.cow_faults;
	v.swapins = m.swapins;
	v.swapouts = m.swapouts;
	v.external_page_count = SMALL(m.file_pages);
	v.internal_page_count = SMALL(m.anonymous_pages);
	return (put(call, &v, sizeof(v),
	    offsetof(vm_statistics64_data_t, decompressions)));
}

/* (host, flavor, info, *count) */
kern_return_t
info_host_statistics(struct ipc_call *call)
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
info_host_statistics64(struct ipc_call *call)
{
	if ((int)call->raw[1] == HOST_VM_INFO64)
		return (vm_info64(call));
	return (info_host_statistics(call));
}
