/*
 * The calls on tasks, threads and hosts that are about ports: self, special,
 * registered and exception ports.  XNU osfmk/kern/ipc_tt.c, ipc_host.c.
 */
#include <mach/task_info.h>
#include <mach/thread_special_ports.h>

#include "mach/core/call.h"
#include "mach/core/clock.h"
#include "mach/core/handlers.h"
#include "mach/core/kobject.h"

/* What a mask may name: XNU's EXC_MASK_VALID. */
#define EXC_MASK_ANY \
	((uint32_t)(EXC_MASK_ALL | EXC_MASK_CRASH | EXC_MASK_CORPSE_NOTIFY))

/*
 * Self: the result is a name with one reference more.
 */

static kern_return_t
self_name(struct ipc_call *call, struct ipc_mutex *lock, struct ipc_port **port)
{
	struct ipc_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	mach_port_name_t name = MACH_PORT_NULL;
	kern_return_t kr;

	ipc_mutex_lock(lock);
	right.port = ipc_port_kobject_send(*port);
	ipc_mutex_unlock(lock);
	kr = ipc_right_put(call->thread->task->space, right, &name);
	if (kr != KERN_SUCCESS)
		ipc_right_release(right);
	call->result = name;
	return (kr);
}

kern_return_t
ipc_do_task_self(struct ipc_call *call)
{
	struct ipc_task *task = call->thread->task;

	return (self_name(call, &task->lock, &task->port));
}

kern_return_t
ipc_do_thread_self(struct ipc_call *call)
{
	struct ipc_thread *thread = call->thread;

	return (self_name(call, &thread->lock, &thread->port));
}

kern_return_t
ipc_do_host_self(struct ipc_call *call)
{
	struct ipc_task *task = call->thread->task;
	struct ipc_host *host = task->host;
	/* Root's host port is the privileged one, as in XNU. */
	bool root = task->security.val[0] == 0;

	return (self_name(
	    call, &host->lock, root ? &host->priv_port : &host->port));
}

/* A reply port of the thread's own, with a send right; a new one each time. */
kern_return_t
ipc_do_thread_special_reply_port(struct ipc_call *call)
{
	struct ipc_thread *thread = call->thread;
	struct ipc_port *port, *old;
	mach_port_name_t name;
	kern_return_t kr;

	kr = ipc_port_allocate(thread->task->space, &name, false, true, &port);
	if (kr == KERN_SUCCESS) {
		port->flags |= IPC_PORT_SPECIAL;
		ipc_port_ref(port);
		ipc_port_unlock(port);
		old = thread->special_reply;
		thread->special_reply = port;
		if (old != NULL)
			ipc_port_unref(old);
	}
	call->result = kr == KERN_SUCCESS ? name : MACH_PORT_NULL;
	return (kr);
}

/*
 * Special ports of a task.  Its slot is changed under its lock; rights are
 * given back after.
 */

static struct ipc_port **
task_slot(struct ipc_task *task, int which)
{
	switch (which) {
	case TASK_BOOTSTRAP_PORT:
		return (&task->bootstrap);
	case TASK_ACCESS_PORT:
		return (&task->access);
	case TASK_DEBUG_CONTROL_PORT:
		return (&task->debug);
	default:
		return (NULL);
	}
}

/* (task, which, *port) */
kern_return_t
ipc_do_task_get_special_port(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	struct ipc_right *right = &call->arg[2].v.right;
	int which = (int)call->raw[1];
	struct ipc_port **slot;

	right->type = MACH_MSG_TYPE_PORT_SEND;
	ipc_mutex_lock(&task->lock);
	if (task->dead) {
		ipc_mutex_unlock(&task->lock);
		return (KERN_FAILURE);
	}
	slot = task_slot(task, which);
	if (slot != NULL)
		right->port = ipc_port_send_dup(*slot);
	else if (which == TASK_KERNEL_PORT)
		right->port = ipc_port_kobject_send(task->port);
	else if (which == TASK_READ_PORT)
		right->port = ipc_port_kobject_send(task->read_port);
	else if (which == TASK_INSPECT_PORT)
		right->port = ipc_port_kobject_send(task->inspect_port);
	else if (which == TASK_NAME_PORT)
		right->port = ipc_port_kobject_send(task->name_port);
	else if (which == TASK_HOST_PORT)
		right->port = ipc_port_kobject_send(task->host->port);
	else {
		ipc_mutex_unlock(&task->lock);
		return (KERN_INVALID_ARGUMENT);
	}
	ipc_mutex_unlock(&task->lock);
	return (KERN_SUCCESS);
}

/* (task, which, port): the send right is ours. */
kern_return_t
ipc_do_task_set_special_port(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	struct ipc_right *right = &call->arg[2].v.right;
	int which = (int)call->raw[1];
	struct ipc_port **slot, *old;

	if (which == TASK_KERNEL_PORT || which == TASK_HOST_PORT ||
	    which == TASK_NAME_PORT || which == TASK_READ_PORT ||
	    which == TASK_INSPECT_PORT)
		return (KERN_NO_ACCESS);
	ipc_mutex_lock(&task->lock);
	slot = task_slot(task, which);
	if (slot == NULL || task->dead) {
		ipc_mutex_unlock(&task->lock);
		return (slot == NULL ? KERN_INVALID_ARGUMENT : KERN_FAILURE);
	}
	/* Once and for all: who may debug is not to be replaced. */
	if (which == TASK_ACCESS_PORT && *slot != NULL) {
		ipc_mutex_unlock(&task->lock);
		return (KERN_NO_ACCESS);
	}
	old = *slot;
	*slot = right->port;
	right->port = NULL;
	ipc_mutex_unlock(&task->lock);
	ipc_port_release_send(old);
	return (KERN_SUCCESS);
}

/* (task, right, right, right): of the caller's, copied. */
kern_return_t
ipc_do_ports_register(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	struct ipc_port *old[IPC_REGISTERED];
	int i;

	ipc_mutex_lock(&task->lock);
	if (task->dead) {
		ipc_mutex_unlock(&task->lock);
		return (KERN_INVALID_ARGUMENT);
	}
	for (i = 0; i < IPC_REGISTERED; i++) {
		old[i] = task->registered[i];
		task->registered[i] = call->arg[1 + i].v.right.port;
		call->arg[1 + i].v.right.port = NULL;
	}
	ipc_mutex_unlock(&task->lock);
	for (i = 0; i < IPC_REGISTERED; i++)
		ipc_port_release_send(old[i]);
	return (KERN_SUCCESS);
}

/* (task, *right, *right, *right) */
kern_return_t
ipc_do_ports_lookup(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	int i;

	ipc_mutex_lock(&task->lock);
	if (task->dead) {
		ipc_mutex_unlock(&task->lock);
		return (KERN_INVALID_ARGUMENT);
	}
	for (i = 0; i < IPC_REGISTERED; i++) {
		call->arg[1 + i].v.right.port =
		    ipc_port_send_dup(task->registered[i]);
		call->arg[1 + i].v.right.type = MACH_MSG_TYPE_PORT_SEND;
	}
	ipc_mutex_unlock(&task->lock);
	return (KERN_SUCCESS);
}

/*
 * Exception ports of a task, a thread or a host.
 */

struct exceptions {
	struct ipc_exception *slots;
	struct ipc_mutex *lock;
	const bool *dead;
};

static struct exceptions
exceptions_of(struct ipc_call *call)
{
	union ipc_value *v = &call->arg[0].v;
	static const bool alive = false;

	switch (call->trap->args[0]) {
	case 't':
		return ((struct exceptions){
		    v->task->exceptions, &v->task->lock, &v->task->dead });
	case 'h':
		return ((struct exceptions){ v->thread->exceptions,
		    &v->thread->lock, &v->thread->dead });
	default:
		return ((struct exceptions){
		    v->host->exceptions, &v->host->lock, &alive });
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
	ipc_mutex_lock(e.lock);
	if (*e.dead) {
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

/*
 * Hosts
 */

/* (host, node, which, *port) */
kern_return_t
ipc_do_host_get_special_port(struct ipc_call *call)
{
	struct ipc_host *host = call->arg[0].v.host;
	struct ipc_right *right = &call->arg[3].v.right;
	int which = (int)call->raw[2];

	right->type = MACH_MSG_TYPE_PORT_SEND;
	if (which <= 0 || which > HOST_MAX_SPECIAL_PORT)
		return (KERN_INVALID_ARGUMENT);
	if (which == HOST_PORT)
		right->port = ipc_port_kobject_send(host->port);
	else if (which == HOST_PRIV_PORT)
		right->port = ipc_port_kobject_send(host->priv_port);
	else {
		ipc_mutex_lock(&host->lock);
		right->port = ipc_port_send_dup(host->special[which]);
		ipc_mutex_unlock(&host->lock);
	}
	return (KERN_SUCCESS);
}

/* (host_priv, which, port) */
kern_return_t
ipc_do_host_set_special_port(struct ipc_call *call)
{
	struct ipc_host *host = call->arg[0].v.host;
	struct ipc_right *right = &call->arg[2].v.right;
	int which = (int)call->raw[1];
	struct ipc_port *old;

	/* Those of the kernel's own are not replaced. */
	if (which <= HOST_MAX_SPECIAL_KERNEL_PORT ||
	    which > HOST_MAX_SPECIAL_PORT)
		return (KERN_INVALID_ARGUMENT);
	ipc_mutex_lock(&host->lock);
	old = host->special[which];
	host->special[which] = right->port;
	right->port = NULL;
	ipc_mutex_unlock(&host->lock);
	ipc_port_release_send(old);
	return (KERN_SUCCESS);
}

/* (host, which, *clock) */
kern_return_t
ipc_do_host_get_clock_service(struct ipc_call *call)
{
	struct ipc_host *host = call->arg[0].v.host;
	struct ipc_right *right = &call->arg[2].v.right;
	uint32_t which = (uint32_t)call->raw[1];

	if (which >= IPC_CLOCKS)
		return (KERN_INVALID_ARGUMENT);
	right->port = ipc_port_kobject_send(host->clocks[which]->port);
	right->type = MACH_MSG_TYPE_PORT_SEND;
	return (KERN_SUCCESS);
}

/* (host, **recipes): vouchers are refused, for there are no attributes. */
kern_return_t
ipc_do_voucher_refused(struct ipc_call *call)
{
	(void)call;
	return (KERN_INVALID_ARGUMENT);
}

/*
 * What is left of tasks and threads
 */

kern_return_t
ipc_call_return_ports(struct ipc_call *call, unsigned int arg,
    struct ipc_port **ports, uint32_t n)
{
	struct ipc_arg *out = &call->arg[arg];
	uint32_t i;

	out->size = n * (uint32_t)sizeof(*ports);
	out->v.data =
	    ipc_mem_alloc(IPC_MEM_RIGHTS, n == 0 ? 1 : out->size, 0);
	if (out->v.data == NULL) {
		for (i = 0; i < n; i++)
			ipc_port_release_send(ports[i]);
		return (KERN_RESOURCE_SHORTAGE);
	}
	if (n != 0)
		memcpy(out->v.data, ports, out->size);
	out->count = n;
	return (KERN_SUCCESS);
}

/* (task, **threads, *count) */
kern_return_t
ipc_do_task_threads(struct ipc_call *call)
{
	struct ipc_task *task = call->arg[0].v.task;
	struct ipc_port **ports;
	struct ipc_thread *thread;
	struct ipc_ring *r;
	uint32_t n, size;
	kern_return_t kr;

	for (;;) {
		n = 0;
		ipc_mutex_lock(&task->lock);
		for (r = task->threads; r != NULL;
		     r = ipc_ring_next(task->threads, r))
			n++;
		ipc_mutex_unlock(&task->lock);
		size = n + 1;
		ports = ipc_mem_alloc(
		    IPC_MEM_RIGHTS, size * sizeof(*ports), IPC_ZERO);
		if (ports == NULL)
			return (KERN_RESOURCE_SHORTAGE);
		n = 0;
		ipc_mutex_lock(&task->lock);
		for (r = task->threads; r != NULL && n < size;
		     r = ipc_ring_next(task->threads, r)) {
			thread = IPC_RING_ITEM(r, struct ipc_thread, ring);
			if (thread->port != NULL)
				ports[n++] =
				    ipc_port_kobject_send(thread->port);
		}
		ipc_mutex_unlock(&task->lock);
		if (r == NULL)
			break;
		/* More than before: once more. */
		while (n > 0)
			ipc_port_release_send(ports[--n]);
		ipc_mem_free(IPC_MEM_RIGHTS, ports, size * sizeof(*ports));
	}
	kr = ipc_call_return_ports(call, 1, ports, n);
	ipc_mem_free(IPC_MEM_RIGHTS, ports, size * sizeof(*ports));
	return (kr);
}

/* (thread, which, *port) */
kern_return_t
ipc_do_thread_get_special_port(struct ipc_call *call)
{
	struct ipc_right *right = &call->arg[2].v.right;

	if ((int)call->raw[1] != THREAD_KERNEL_PORT)
		return (KERN_INVALID_ARGUMENT);
	ipc_mutex_lock(&call->arg[0].v.thread->lock);
	right->port = ipc_port_kobject_send(call->arg[0].v.thread->port);
	ipc_mutex_unlock(&call->arg[0].v.thread->lock);
	right->type = MACH_MSG_TYPE_PORT_SEND;
	return (KERN_SUCCESS);
}

/* (task, *pid) */
kern_return_t
ipc_do_pid_for_task(struct ipc_call *call)
{
	call->arg[1].v.u = call->arg[0].v.task->audit.val[5];
	return (KERN_SUCCESS);
}

/* (target, count, *id): 0 as target, and as many ids, of this host. */
kern_return_t
ipc_do_generate_activity_id(struct ipc_call *call)
{
	struct ipc_host *host = call->thread->task->host;
	uint32_t count = (uint32_t)call->raw[1];
	uint64_t id;

	if (count == 0 || count > 16) /* XNU's MACH_ACTIVITY_ID_COUNT_MAX */
		return (KERN_INVALID_ARGUMENT);
	id = ipc_add(&host->activity, count) + 1;
	memcpy(call->arg[2].v.data, &id, sizeof(id));
	return (KERN_SUCCESS);
}

/* (task, *info) */
kern_return_t
ipc_do_port_space_basic_info(struct ipc_call *call)
{
	struct ipc_space *space = call->arg[0].v.task->space;
	ipc_info_space_basic_t info;

	memset(&info, 0, sizeof(info));
	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	info.iisb_genno_mask =
	    0xff; /* the bits of a name that are not its index */
	info.iisb_table_size = space->used + space->nfree + 1;
	info.iisb_table_next = space->limit;
	info.iisb_table_inuse = space->used;
	ipc_space_unlock(space);
	memcpy(call->arg[1].v.data, &info, sizeof(info));
	return (KERN_SUCCESS);
}

/* XNU osfmk/kern/ipc_kobject.h, IKOT_*. */
uint32_t
ipc_kotype(enum ipc_kobject_kind kind)
{
	switch (kind) {
	case IPC_KO_THREAD:
		return (1);
	case IPC_KO_TASK:
		return (2);
	case IPC_KO_HOST:
		return (3);
	case IPC_KO_HOST_PRIV:
		return (4);
	case IPC_KO_TASK_NAME:
		return (20);
	case IPC_KO_CLOCK:
		return (25);
	case IPC_KO_MEMORY_ENTRY:
		return (28);
	case IPC_KO_SEMAPHORE:
		return (23);
	case IPC_KO_TIMER:
		return (8);
	case IPC_KO_FILE:
		return (34);
	case IPC_KO_TASK_INSPECT:
		return (44);
	case IPC_KO_TASK_READ:
		return (45);
	default:
		return (0);
	}
}
