/*
 * What the routines of mach/os/info_*.c make of facts that no machine has at
 * will: numbers beyond 32 bits, a process that is gone, a known load.
 */
#include <mach/host_info.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>

#include "mach/core/call.h"
#include "mach/os/info.h"
#include "tests/mach/core_host.h"

#define LARGE (((uint64_t)1 << 32) + 5)

/*
 * The facts
 */

static bool known = true;
static struct info_machine machine = { 2, 2, 2, 2, LARGE, 4096 };
static uint32_t loads[3] = { 500, 2000, 3000 };
static struct info_memory memory;
static struct info_usage usage;
static struct info_thread thread_usage;

void
info_machine(struct info_machine *m)
{
	*m = machine;
}

bool
info_load(uint32_t load[3])
{
	memcpy(load, loads, sizeof(loads));
	return (known);
}

bool
info_ticks(uint64_t ticks[4])
{
	memset(ticks, 0, 4 * sizeof(*ticks));
	return (known);
}

bool
info_memory(struct info_memory *m)
{
	*m = memory;
	return (known);
}

kern_return_t
info_task_usage(struct ipc_task *task, struct info_usage *u)
{
	(void)task;
	*u = usage;
	return (known ? KERN_SUCCESS : KERN_INVALID_ARGUMENT);
}

bool
info_thread_usage(
    struct ipc_thread *thread, struct ipc_thread *self, struct info_thread *u)
{
	(void)thread;
	(void)self;
	*u = thread_usage;
	return (known);
}

/*
 * Calls
 */

static struct ipc_task task;
static struct ipc_thread thread;

static kern_return_t
ask(ipc_handler *routine, void *of, int flavor, void *info, size_t size)
{
	struct ipc_call call = { .thread = &thread };

	call.arg[0].v.data = of;
	call.raw[1] = (uint64_t)flavor;
	call.arg[2].v.data = info;
	call.arg[2].size = (uint32_t)size;
	return (routine(&call));
}
#define ASK(routine, of, flavor, info) \
	ask((routine), (of), (flavor), &(info), sizeof(info))

CASE(memory_stops_at_the_most_that_fits)
{
	vm_statistics_data_t small;
	vm_statistics64_data_t wide;

	memory = (struct info_memory){ .free = LARGE,
		.active = LARGE,
		.inactive = LARGE,
		.wired = LARGE,
		.zero_fills = LARGE,
		.reactivations = LARGE,
		.pageins = LARGE,
		.pageouts = LARGE,
		.faults = LARGE,
		.cow_faults = 7 };
	OK(ASK(info_host_statistics, NULL, HOST_VM_INFO, small));
	IS(UINT32_MAX, small.free_count);
	IS(UINT32_MAX, small.active_count);
	IS(UINT32_MAX, small.inactive_count);
	IS(UINT32_MAX, small.wire_count);
	IS(UINT32_MAX, small.zero_fill_count);
	IS(UINT32_MAX, small.reactivations);
	IS(UINT32_MAX, small.pageins);
	IS(UINT32_MAX, small.pageouts);
	IS(UINT32_MAX, small.faults);
	IS(7, small.cow_faults);
	OK(ASK(info_host_statistics64, NULL, HOST_VM_INFO64, wide));
	IS(UINT32_MAX, wide.free_count);
	IS(LARGE, wide.zero_fill_count);
	IS(LARGE, wide.pageins);
	IS(LARGE, wide.pageouts);
	IS(LARGE, wide.faults);
	IS(7, wide.cow_faults);
	known = false;
	IS(KERN_NOT_SUPPORTED,
	    ASK(info_host_statistics, NULL, HOST_VM_INFO, small));
	IS(KERN_NOT_SUPPORTED,
	    ASK(info_host_statistics64, NULL, HOST_VM_INFO64, wide));
}

CASE(a_load_leaves_a_share)
{
	host_load_info_data_t info;
	host_basic_info_data_t basic;

	OK(ASK(info_host_statistics, NULL, HOST_LOAD_INFO, info));
	IS(500, info.avenrun[0]);
	IS(1500, info.mach_factor[0]);
	IS(666, info.mach_factor[1]);
	IS(3000, info.avenrun[2]);
	IS(500, info.mach_factor[2]);
	OK(ASK(info_host_info, NULL, HOST_BASIC_INFO, basic));
	IS(LARGE, basic.max_mem);
	IS(((uint32_t)1 << 31) - 4096, basic.memory_size);
	known = false;
	IS(KERN_NOT_SUPPORTED,
	    ASK(info_host_statistics, NULL, HOST_LOAD_INFO, info));
}

CASE(a_task_tells_the_most_that_fits)
{
	mach_task_basic_info_data_t info;
	task_basic_info_64_data_t wide;
	task_basic_info_32_data_t narrow;
	task_events_info_data_t events;

	usage = (struct info_usage){ .virtual_size = LARGE,
		.resident_size = LARGE,
		.resident_size_max = LARGE,
		.user_ns = 1500000000,
		.system_ns = 2000,
		.faults = LARGE,
		.pageins = 3,
		.suspends = 2 };
	OK(ASK(info_task_info, &task, MACH_TASK_BASIC_INFO, info));
	IS(LARGE, info.virtual_size);
	IS(LARGE, info.resident_size_max);
	IS(1, info.user_time.seconds);
	IS(500000, info.user_time.microseconds);
	IS(2, info.system_time.microseconds);
	IS(2, info.suspend_count);
	OK(ASK(info_task_info, &task, TASK_BASIC_INFO_64, wide));
	IS(LARGE, wide.resident_size);
	IS(2, wide.suspend_count);
	OK(ASK(info_task_info, &task, TASK_BASIC_INFO_32, narrow));
	IS(UINT32_MAX, narrow.virtual_size);
	IS(UINT32_MAX, narrow.resident_size);
	IS(2, narrow.suspend_count);
	OK(ASK(info_task_info, &task, TASK_EVENTS_INFO, events));
	IS(INT32_MAX, events.faults);
	IS(3, events.pageins);
}

CASE(a_task_that_is_gone_tells_who_it_was)
{
	mach_task_basic_info_data_t info;
	security_token_t security;
	audit_token_t audit;

	known = false;
	task.audit.val[5] = 77;
	task.security.val[0] = 5;
	IS(KERN_INVALID_ARGUMENT,
	    ASK(info_task_info, &task, MACH_TASK_BASIC_INFO, info));
	OK(ASK(info_task_info, &task, TASK_AUDIT_TOKEN, audit));
	IS(77, audit.val[5]);
	OK(ASK(info_task_info, &task, TASK_SECURITY_TOKEN, security));
	IS(5, security.val[0]);
}

CASE(a_thread_tells_until_it_ends)
{
	thread_basic_info_data_t info;
	thread_identifier_info_data_t id;

	ipc_mutex_init(&thread.lock, IPC_LOCK_TASK);
	thread.os = &task;
	thread_usage = (struct info_thread){ 9, 1500000000, 2000, 3 };
	OK(ASK(info_thread_info, &thread, THREAD_BASIC_INFO, info));
	IS(1, info.user_time.seconds);
	IS(2, info.system_time.microseconds);
	IS(3, info.suspend_count);
	IS(TH_STATE_RUNNING, info.run_state);
	OK(ASK(info_thread_info, &thread, THREAD_IDENTIFIER_INFO, id));
	IS(9, id.thread_id);
	IS(KERN_INVALID_ARGUMENT, ASK(info_thread_info, &thread, 999, id));
	known = false;
	IS(KERN_INVALID_ARGUMENT,
	    ASK(info_thread_info, &thread, THREAD_IDENTIFIER_INFO, id));
	known = true;
	thread.os = NULL;
	IS(KERN_INVALID_ARGUMENT,
	    ASK(info_thread_info, &thread, THREAD_IDENTIFIER_INFO, id));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, memory_stops_at_the_most_that_fits);
	ATF_TP_ADD_TC(tp, a_load_leaves_a_share);
	ATF_TP_ADD_TC(tp, a_task_tells_the_most_that_fits);
	ATF_TP_ADD_TC(tp, a_task_that_is_gone_tells_who_it_was);
	ATF_TP_ADD_TC(tp, a_thread_tells_until_it_ends);
	return (atf_no_error());
}
