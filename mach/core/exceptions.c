/*
 * Exception ports of a task, a thread or a host.  XNU osfmk/kern/ipc_tt.c,
 * ipc_host.c.
 */
#include <mach/task_info.h>

#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/raise.h"

/* What a mask may name: XNU's EXC_MASK_VALID. */
#define EXC_MASK_ANY \
	((uint32_t)(EXC_MASK_ALL | EXC_MASK_CRASH | EXC_MASK_CORPSE_NOTIFY))

struct exceptions {
	struct ipc_exception *slots;
	struct ipc_mutex *lock;
	const bool *dead;
	uint32_t *used; /* set once there was a handler of such */
	bool may_set;	/* by the calling thread, now */
	/* Of a task, and what it was before that was asked: which program. */
	const uint32_t *version;
	uint32_t asked_of;
};

static bool
controls(const struct ipc_call *call, struct ipc_task *task)
{
	return (task == call->thread->task || ipc_os_controls(task));
}

static struct exceptions
exceptions_of(struct ipc_call *call)
{
	union ipc_value *v = &call->arg[0].v;
	struct exceptions e;

	switch (call->trap->args[0]) {
	case 't':
		e = (struct exceptions){ .slots = v->task->exceptions,
			.lock = &v->task->lock,
			.dead = &v->task->dead,
			.used = &ipc_raise_used,
			.version = &v->task->audit.val[7] };
		e.asked_of = ipc_load_acquire(e.version);
		e.may_set = controls(call, v->task);
		return (e);
	case 'h':
		/* It dies with its program. */
		return ((struct exceptions){ .slots = v->thread->exceptions,
		    .lock = &v->thread->lock,
		    .dead = &v->thread->dead,
		    .used = &ipc_raise_used,
		    .may_set = controls(call, v->thread->task) });
	default:
		return ((struct exceptions){ .slots = v->host->exceptions,
		    .lock = &v->host->lock,
		    .dead = &v->host->dead,
		    .used = &ipc_raise_host_used,
		    .may_set = true });
	}
}

static bool
behavior_valid(exception_behavior_t behavior)
{
	switch ((uint32_t)behavior & ~(uint32_t)MACH_EXCEPTION_MASK) {
	case EXCEPTION_DEFAULT:
	case EXCEPTION_STATE:
	case EXCEPTION_STATE_IDENTITY:
	case EXCEPTION_IDENTITY_PROTECTED:
	case EXCEPTION_STATE_IDENTITY_PROTECTED:
		return (true);
	default:
		return (false);
	}
}

/*
 * Groups of masks with the same handler, as get and swap return them: out
 * arrays at the addresses in raw[at ...]: masks, count, ports, behaviors,
 * flavors.
 */
static kern_return_t
exceptions_return(struct ipc_call *call, unsigned int at, uint32_t mask,
    struct ipc_exception *old)
{
	struct ipc_exception *group[EXC_TYPES_COUNT] = { NULL };
	uint32_t masks[EXC_TYPES_COUNT] = { 0 }, n = 0, i, j;
	int32_t behaviors[EXC_TYPES_COUNT], flavors[EXC_TYPES_COUNT];
	mach_port_name_t names[EXC_TYPES_COUNT] = { 0 };
	uint32_t room = 0;
	kern_return_t kr = KERN_SUCCESS;

	if (!ipc_os_copyin(
		call->thread, call->raw[at + 1], &room, sizeof(room)))
		kr = KERN_INVALID_ADDRESS;
	for (i = FIRST_EXCEPTION; i < EXC_TYPES_COUNT; i++) {
		if (!(mask & (1u << i)))
			continue;
		for (j = 0; j < n; j++) {
			if (group[j]->port == old[i].port &&
			    group[j]->behavior == old[i].behavior &&
			    group[j]->flavor == old[i].flavor)
				break;
		}
		if (j == n && n == room)
			break; /* as many as there is room for */
		if (j == n)
			group[n++] = &old[i];
		masks[j] |= 1u << i;
	}
	for (i = 0; i < n; i++) {
		struct ipc_right right = { ipc_port_send_dup(group[i]->port),
			MACH_MSG_TYPE_PORT_SEND };

		behaviors[i] = group[i]->behavior;
		flavors[i] = group[i]->flavor;
		if (kr != KERN_SUCCESS ||
		    ipc_right_put(call->thread->task->space, right,
			&names[i]) != KERN_SUCCESS)
			ipc_right_release(right);
	}
	for (i = 0; i < EXC_TYPES_COUNT; i++)
		ipc_port_release_send(old[i].port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!ipc_os_copyout(
		call->thread, masks, call->raw[at], n * sizeof(masks[0])) ||
	    !ipc_os_copyout(call->thread, &n, call->raw[at + 1], sizeof(n)) ||
	    !ipc_os_copyout(
		call->thread, names, call->raw[at + 2], n * sizeof(names[0])) ||
	    !ipc_os_copyout(call->thread, behaviors, call->raw[at + 3],
		n * sizeof(behaviors[0])) ||
	    !ipc_os_copyout(call->thread, flavors, call->raw[at + 4],
		n * sizeof(flavors[0]))) {
		for (i = 0; i < n; i++)
			(void)ipc_right_deallocate(
			    call->thread->task->space, names[i]);
		return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

/*
 * Puts a handler in place for a mask; what was there goes into `old`, of which
 * every right is then the caller's.
 */
static kern_return_t
exceptions_set(struct ipc_call *call, struct ipc_exception *old)
{
	struct ipc_right *right = &call->arg[2].v.right;
	struct exceptions e = exceptions_of(call);
	uint32_t mask = (uint32_t)call->raw[1];
	exception_behavior_t behavior = (exception_behavior_t)call->raw[3];
	int i;

	memset(old, 0, EXC_TYPES_COUNT * sizeof(*old));
	if (mask & ~EXC_MASK_ANY)
		return (KERN_INVALID_ARGUMENT);
	if (IPC_PORT_VALID(right->port) && !behavior_valid(behavior))
		return (KERN_INVALID_ARGUMENT);
	if (!e.may_set)
		return (KERN_NO_ACCESS);
	if (IPC_PORT_VALID(right->port))
		ipc_store_relaxed(e.used, 1);
	ipc_mutex_lock(e.lock);
	if (*e.dead || (e.version != NULL && *e.version != e.asked_of)) {
		ipc_mutex_unlock(e.lock);
		return (KERN_FAILURE);
	}
	for (i = FIRST_EXCEPTION; i < EXC_TYPES_COUNT; i++) {
		if (!(mask & (1u << i)))
			continue;
		old[i] = e.slots[i];
		e.slots[i].port = ipc_port_send_dup(right->port);
		e.slots[i].behavior = behavior;
		e.slots[i].flavor = (thread_state_flavor_t)call->raw[4];
	}
	ipc_mutex_unlock(e.lock);
	return (KERN_SUCCESS);
}

/* (object, mask, port, behavior, flavor) */
kern_return_t
ipc_do_set_exception_ports(struct ipc_call *call)
{
	struct ipc_exception old[EXC_TYPES_COUNT];
	kern_return_t kr;
	int i;

	kr = exceptions_set(call, old);
	for (i = 0; i < EXC_TYPES_COUNT; i++)
		ipc_port_release_send(old[i].port);
	return (kr);
}

/* (..., the same, masks, *count, ports, behaviors, flavors) */
kern_return_t
ipc_do_swap_exception_ports(struct ipc_call *call)
{
	struct ipc_exception old[EXC_TYPES_COUNT];
	kern_return_t kr;

	kr = exceptions_set(call, old);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (exceptions_return(call, 5, (uint32_t)call->raw[1], old));
}

/* (object, mask, masks, *count, ports, behaviors, flavors) */
kern_return_t
ipc_do_get_exception_ports(struct ipc_call *call)
{
	struct ipc_exception old[EXC_TYPES_COUNT];
	struct exceptions e = exceptions_of(call);
	uint32_t mask = (uint32_t)call->raw[1];
	int i;

	memset(old, 0, sizeof(old));
	if (mask & ~EXC_MASK_ANY)
		return (KERN_INVALID_ARGUMENT);
	ipc_mutex_lock(e.lock);
	if (*e.dead) {
		ipc_mutex_unlock(e.lock);
		return (KERN_FAILURE);
	}
	for (i = FIRST_EXCEPTION; i < EXC_TYPES_COUNT; i++) {
		if (!(mask & (1u << i)))
			continue;
		old[i] = e.slots[i];
		old[i].port = ipc_port_send_dup(e.slots[i].port);
	}
	ipc_mutex_unlock(e.lock);
	return (exceptions_return(call, 2, mask, old));
}

/* (task, *behavior) and (task, behavior): nothing is raised by default. */
kern_return_t
ipc_do_task_get_exc_guard_behavior(struct ipc_call *call)
{
	call->arg[1].v.u = call->arg[0].v.task->guard_behavior;
	return (KERN_SUCCESS);
}

kern_return_t
ipc_do_task_set_exc_guard_behavior(struct ipc_call *call)
{
	uint32_t behavior = (uint32_t)call->raw[1];

	if (behavior & ~(uint32_t)TASK_EXC_GUARD_ALL)
		return (KERN_INVALID_ARGUMENT);
	call->arg[0].v.task->guard_behavior = behavior;
	return (KERN_SUCCESS);
}
