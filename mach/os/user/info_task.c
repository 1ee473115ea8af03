/*
 * task_info, thread_info, and finding tasks, in a process.  All tasks of it
 * have the process' memory and times; who they are is their own.
 */
#include <mach/policy.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>
#include <mach/time_value.h>

#include "mach/os/user/calls.h"
#include "mach/os/user/info.h"
#include "mach/os/user/user.h"

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

static kern_return_t
basic_info(struct ipc_call *call, const struct info_usage *u, int flavor)
{
	mach_task_basic_info_data_t info = { .policy = POLICY_TIMESHARE };
	task_basic_info_64_data_t wide = { .policy = POLICY_TIMESHARE };
	task_basic_info_32_data_t narrow = { .policy = POLICY_TIMESHARE };

	info.virtual_size = u->virtual_size;
	info.resident_size = u->resident_size;
	info.resident_size_max = u->resident_size_max;
	info.user_time = time_of(u->user_ns);
	info.system_time = time_of(u->system_ns);
	if (flavor == MACH_TASK_BASIC_INFO)
		return (put(call, &info, sizeof(info)));
	if (flavor == TASK_BASIC_INFO_64) {
		wide.virtual_size = info.virtual_size;
		wide.resident_size = info.resident_size;
		wide.user_time = info.user_time;
		wide.system_time = info.system_time;
		return (put(call, &wide, sizeof(wide)));
	}
	narrow.virtual_size = info.virtual_size > UINT32_MAX
				  ? UINT32_MAX
				  : (natural_t)info.virtual_size;
	narrow.resident_size = info.resident_size > UINT32_MAX
				   ? UINT32_MAX
				   : (natural_t)info.resident_size;
	narrow.user_time = info.user_time;
	narrow.system_time = info.system_time;
	return (put(call, &narrow, sizeof(narrow)));
}

/* (task, flavor, info, *count) */
kern_return_t
user_task_info(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	task_absolutetime_info_data_t absolute;
	task_thread_times_info_data_t times;
	task_events_info_data_t events = { 0 };
	struct info_usage u;

	if ((int)call->raw[1] == TASK_SECURITY_TOKEN)
		return (put(call, &task->security, sizeof(task->security)));
	if ((int)call->raw[1] == TASK_AUDIT_TOKEN)
		return (put(call, &task->audit, sizeof(task->audit)));
	if (!info_task_usage(task, &u))
		return (KERN_NOT_SUPPORTED);
	switch ((int)call->raw[1]) {
	case MACH_TASK_BASIC_INFO:
	case TASK_BASIC_INFO_64:
	case TASK_BASIC_INFO_32:
	case TASK_BASIC2_INFO_32:
		return (basic_info(call, &u, (int)call->raw[1]));
	case TASK_ABSOLUTETIME_INFO:
		absolute.total_user = u.user_ns;
		absolute.total_system = u.system_ns;
		/* Threads that have ended are not told apart. */
		absolute.threads_user = absolute.total_user;
		absolute.threads_system = absolute.total_system;
		return (put(call, &absolute, sizeof(absolute)));
	case TASK_THREAD_TIMES_INFO:
		times.user_time = time_of(u.user_ns);
		times.system_time = time_of(u.system_ns);
		return (put(call, &times, sizeof(times)));
	case TASK_EVENTS_INFO:
		events.faults = (integer_t)u.faults;
		events.pageins = (integer_t)u.pageins;
		events.csw = (integer_t)u.switches;
		return (put(call, &events, sizeof(events)));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/*
 * Threads
 */

/* Times of the thread behind one; false when there is none any more. */
static bool
thread_times(struct ipc_thread *thread, struct ipc_thread *self,
    struct thread_basic_info *info, struct thread_identifier_info *id)
{
	struct user_thread *user;
	uint64_t user_ns, system_ns;
	bool ok;

	ipc_mutex_lock(&thread->lock);
	user = thread->os;
	ok = user != NULL &&
	     info_thread_usage(thread, self, &user_ns, &system_ns);
	if (ok) {
		info->user_time = time_of(user_ns);
		info->system_time = time_of(system_ns);
		id->thread_id = user->id;
		id->thread_handle = user->id;
	}
	ipc_mutex_unlock(&thread->lock);
	return (ok);
}

/* (thread, flavor, info, *count) */
kern_return_t
user_thread_info(struct ipc_call *call)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	thread_basic_info_data_t info = { .policy = POLICY_TIMESHARE };
	thread_identifier_info_data_t id = { 0 };
	int flavor = (int)call->raw[1];

	if (flavor != THREAD_BASIC_INFO && flavor != THREAD_IDENTIFIER_INFO)
		return (KERN_INVALID_ARGUMENT);
	if (!thread_times(thread, call->thread, &info, &id))
		return (KERN_INVALID_ARGUMENT);
	info.run_state = ipc_load_acquire(&thread->waiter.queued)
			     ? TH_STATE_WAITING
			     : TH_STATE_RUNNING;
	return (flavor == THREAD_BASIC_INFO ? put(call, &info, sizeof(info))
					    : put(call, &id, sizeof(id)));
}

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

/*
 * Finding tasks: those of this host, by the numbers that they have as pid
 */

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
