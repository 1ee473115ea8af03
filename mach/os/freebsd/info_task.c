/*
 * task_info, thread_info.
 */
#include <mach/policy.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>
#include <mach/time_value.h>

#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>
#include <sys/resource.h>
#include <sys/resourcevar.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_map.h>

#include "mach/os/freebsd/compat.h"

static kern_return_t
put(struct ipc_call *call, const void *data, size_t size)
{
	struct ipc_arg *arg = &call->arg[2];

	if (arg->size < size)
		return (KERN_INVALID_ARGUMENT);
	arg->size = (uint32_t)size;
	memcpy(arg->v.data, data, size);
	return (KERN_SUCCESS);
}

static time_value_t
time_of(const struct timeval *tv)
{
	return (
	    (time_value_t){ (integer_t)tv->tv_sec, (integer_t)tv->tv_usec });
}

static uint64_t
ns_of(const struct timeval *tv)
{
	return (
	    (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000);
}

/* What a process has used, and its memory; false when it is gone. */
static bool
usage_of(
    struct ipc_task *task, struct rusage *u, uint64_t *size, uint64_t *resident)
{
	struct proc *p = mach_proc_of_task(task);
	struct vmspace *vm;

	if (p == NULL)
		return (false);
	rufetchcalc(p, u, &u->ru_utime, &u->ru_stime);
	_PHOLD(p);
	PROC_UNLOCK(p);
	vm = vmspace_acquire_ref(p);
	PRELE(p);
	if (vm == NULL)
		return (false);
	*size = vm->vm_map.size;
	*resident = ptoa((uint64_t)vmspace_resident_count(vm));
	vmspace_free(vm);
	return (true);
}

/* How often it is suspended; 0 of one that is gone. */
static uint32_t
suspends_of(struct ipc_task *task)
{
	struct proc *p = mach_proc_of_task(task);
	uint32_t n;

	if (p == NULL)
		return (0);
	n = *mach_task_suspends(task);
	PROC_UNLOCK(p);
	return (n);
}

#define NARROW(n) ((natural_t)((n) > UINT32_MAX ? UINT32_MAX : (n)))

static kern_return_t
basic_info(struct ipc_call *call, const struct rusage *u, uint64_t size,
    uint64_t resident)
{
	mach_task_basic_info_data_t info = { .policy = POLICY_TIMESHARE };
	task_basic_info_64_data_t wide = { .policy = POLICY_TIMESHARE };
	task_basic_info_32_data_t narrow = { .policy = POLICY_TIMESHARE };
	time_value_t user = time_of(&u->ru_utime);
	time_value_t system = time_of(&u->ru_stime);
	integer_t suspends = (integer_t)suspends_of(call->arg[0].v.task);

	switch ((int)call->raw[1]) {
	case MACH_TASK_BASIC_INFO:
		info.virtual_size = size;
		info.resident_size = resident;
		info.resident_size_max = (uint64_t)u->ru_maxrss * 1024;
		info.user_time = user;
		info.system_time = system;
		info.suspend_count = suspends;
		return (put(call, &info, sizeof(info)));
	case TASK_BASIC_INFO_64:
		wide.virtual_size = size;
		wide.resident_size = resident;
		wide.user_time = user;
		wide.system_time = system;
		wide.suspend_count = suspends;
		return (put(call, &wide, sizeof(wide)));
	default:
		narrow.virtual_size = NARROW(size);
		narrow.resident_size = NARROW(resident);
		narrow.user_time = user;
		narrow.system_time = system;
		narrow.suspend_count = suspends;
		return (put(call, &narrow, sizeof(narrow)));
	}
}

/* (task, flavor, info, *count) */
kern_return_t
host_task_info(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	task_absolutetime_info_data_t absolute;
	task_thread_times_info_data_t times;
	task_events_info_data_t events = { 0 };
	uint64_t size, resident;
	struct rusage u;

	if (!usage_of(task, &u, &size, &resident))
		return (KERN_INVALID_ARGUMENT);
	switch ((int)call->raw[1]) {
	case MACH_TASK_BASIC_INFO:
	case TASK_BASIC_INFO_64:
	case TASK_BASIC_INFO_32:
	case TASK_BASIC2_INFO_32:
		return (basic_info(call, &u, size, resident));
	case TASK_ABSOLUTETIME_INFO:
		absolute.total_user = ns_of(&u.ru_utime);
		absolute.total_system = ns_of(&u.ru_stime);
		/* Threads that have ended are not told apart. */
		absolute.threads_user = absolute.total_user;
		absolute.threads_system = absolute.total_system;
		return (put(call, &absolute, sizeof(absolute)));
	case TASK_THREAD_TIMES_INFO:
		times.user_time = time_of(&u.ru_utime);
		times.system_time = time_of(&u.ru_stime);
		return (put(call, &times, sizeof(times)));
	case TASK_EVENTS_INFO:
		events.faults = (integer_t)(u.ru_minflt + u.ru_majflt);
		events.pageins = (integer_t)u.ru_majflt;
		events.csw = (integer_t)(u.ru_nvcsw + u.ru_nivcsw);
		return (put(call, &events, sizeof(events)));
	case TASK_SECURITY_TOKEN:
		return (put(call, &task->security, sizeof(task->security)));
	case TASK_AUDIT_TOKEN:
		return (put(call, &task->audit, sizeof(task->audit)));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/* (thread, flavor, info, *count) */
kern_return_t
host_thread_info(struct ipc_call *call)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	thread_basic_info_data_t info = { .policy = POLICY_TIMESHARE };
	thread_identifier_info_data_t id = { 0 };
	int flavor = (int)call->raw[1];
	struct mach_os_thread *os;
	uint64_t us;

	if (flavor != THREAD_BASIC_INFO && flavor != THREAD_IDENTIFIER_INFO)
		return (KERN_INVALID_ARGUMENT);
	ipc_mutex_lock(&thread->lock);
	os = thread->os;
	/* One that has ended is given back a little later. */
	if (os != NULL && TD_GET_STATE(os->td) == TDS_INACTIVE)
		os = NULL;
	if (os != NULL) {
		id.thread_id = (uint64_t)os->td->td_tid;
		id.thread_handle = id.thread_id;
		/* One number for both modes. */
		us = cputick2usec(os->td->td_runtime);
		info.user_time.seconds = (integer_t)(us / 1000000);
		info.user_time.microseconds = (integer_t)(us % 1000000);
		info.suspend_count = (integer_t)os->suspends;
	}
	ipc_mutex_unlock(&thread->lock);
	if (os == NULL)
		return (KERN_INVALID_ARGUMENT);
	info.run_state = ipc_load_acquire(&thread->waiter.queued)
			     ? TH_STATE_WAITING
			     : TH_STATE_RUNNING;
	return (flavor == THREAD_BASIC_INFO ? put(call, &info, sizeof(info))
					    : put(call, &id, sizeof(id)));
}
