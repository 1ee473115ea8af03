/*
 * task_info and thread_info: what the host tells of a process and of a thread,
 * in Mach's terms.  Who a task is, the core knows.
 */
#include <mach/policy.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>
#include <mach/time_value.h>

#include "mach/core/call.h"
#include "mach/os/info.h"

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
time_of(uint64_t ns)
{
	return ((time_value_t){ (integer_t)(ns / 1000000000),
	    (integer_t)(ns % 1000000000 / 1000) });
}

/* The most that fits says that it is more. */
static natural_t
narrow(uint64_t n)
{
	return (n > UINT32_MAX ? UINT32_MAX : (natural_t)n);
}

static integer_t
events_of(uint64_t n)
{
	return (n > INT32_MAX ? INT32_MAX : (integer_t)n);
}

static kern_return_t
basic_info(struct ipc_call *call, const struct info_usage *u)
{
	mach_task_basic_info_data_t info = {
		.virtual_size = u->virtual_size,
		.resident_size = u->resident_size,
		.resident_size_max = u->resident_size_max,
		.user_time = time_of(u->user_ns),
		.system_time = time_of(u->system_ns),
		.policy = POLICY_TIMESHARE,
		.suspend_count = (integer_t)u->suspends,
	};

	return (put(call, &info, sizeof(info)));
}

static kern_return_t
basic_info_64(struct ipc_call *call, const struct info_usage *u)
{
	task_basic_info_64_data_t info = {
		.suspend_count = (integer_t)u->suspends,
		.virtual_size = u->virtual_size,
		.resident_size = u->resident_size,
		.user_time = time_of(u->user_ns),
		.system_time = time_of(u->system_ns),
		.policy = POLICY_TIMESHARE,
	};

	return (put(call, &info, sizeof(info)));
}

static kern_return_t
basic_info_32(struct ipc_call *call, const struct info_usage *u)
{
	task_basic_info_32_data_t info = {
		.suspend_count = (integer_t)u->suspends,
		.virtual_size = narrow(u->virtual_size),
		.resident_size = narrow(u->resident_size),
		.user_time = time_of(u->user_ns),
		.system_time = time_of(u->system_ns),
		.policy = POLICY_TIMESHARE,
	};

	return (put(call, &info, sizeof(info)));
}

/* What a task's process has used. */
static kern_return_t
usage_info(struct ipc_call *call, const struct info_usage *u)
{
	task_absolutetime_info_data_t absolute;
	task_thread_times_info_data_t times;
	task_events_info_data_t events = { 0 };

	switch ((int)call->raw[1]) {
	case MACH_TASK_BASIC_INFO:
		return (basic_info(call, u));
	case TASK_BASIC_INFO_64:
		return (basic_info_64(call, u));
	case TASK_BASIC_INFO_32:
	case TASK_BASIC2_INFO_32:
		return (basic_info_32(call, u));
	case TASK_ABSOLUTETIME_INFO:
		/* Threads that have ended are not told apart. */
		absolute.total_user = absolute.threads_user = u->user_ns;
		absolute.total_system = absolute.threads_system = u->system_ns;
		return (put(call, &absolute, sizeof(absolute)));
	case TASK_THREAD_TIMES_INFO:
		times.user_time = time_of(u->user_ns);
		times.system_time = time_of(u->system_ns);
		return (put(call, &times, sizeof(times)));
	case TASK_EVENTS_INFO:
		events.faults = events_of(u->faults);
		events.pageins = events_of(u->pageins);
		events.csw = events_of(u->switches);
		return (put(call, &events, sizeof(events)));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/* (task, flavor, info, *count) */
kern_return_t
info_task_info(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	struct info_usage u;
	kern_return_t kr;

	switch ((int)call->raw[1]) {
	case TASK_SECURITY_TOKEN:
		return (put(call, &task->security, sizeof(task->security)));
	case TASK_AUDIT_TOKEN:
		return (put(call, &task->audit, sizeof(task->audit)));
	default:
		kr = info_task_usage(task, &u);
		return (kr != KERN_SUCCESS ? kr : usage_info(call, &u));
	}
}

/* False when there is no thread behind it any more. */
static bool
usage_of(struct ipc_call *call, struct info_thread *usage)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	bool ok;

	ipc_mutex_lock(&thread->lock);
	ok = thread->os != NULL &&
	     info_thread_usage(thread, call->thread, usage);
	ipc_mutex_unlock(&thread->lock);
	return (ok);
}

/* (thread, flavor, info, *count) */
kern_return_t
info_thread_info(struct ipc_call *call)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	thread_basic_info_data_t info = { .policy = POLICY_TIMESHARE };
	thread_identifier_info_data_t id = { 0 };
	int flavor = (int)call->raw[1];
	struct info_thread usage;

	if (flavor != THREAD_BASIC_INFO && flavor != THREAD_IDENTIFIER_INFO)
		return (KERN_INVALID_ARGUMENT);
	if (!usage_of(call, &usage))
		return (KERN_INVALID_ARGUMENT);
	if (flavor == THREAD_IDENTIFIER_INFO) {
		id.thread_id = id.thread_handle = usage.id;
		return (put(call, &id, sizeof(id)));
	}
	info.user_time = time_of(usage.user_ns);
	info.system_time = time_of(usage.system_ns);
	info.suspend_count = (integer_t)usage.suspends;
	info.run_state = ipc_load_acquire(&thread->waiter.queued)
			     ? TH_STATE_WAITING
			     : TH_STATE_RUNNING;
	return (put(call, &info, sizeof(info)));
}
