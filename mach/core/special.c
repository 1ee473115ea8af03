/*
 * The calls on tasks, threads and hosts that are about ports: self, special
 * and registered ones.  XNU osfmk/kern/ipc_tt.c, ipc_host.c.
 */
#include <mach/task_info.h>
#include <mach/thread_special_ports.h>

#include "mach/core/call.h"
#include "mach/core/clock.h"
#include "mach/core/handlers.h"
#include "mach/core/kobject.h"

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

static struct ipc_port *
host_port(struct ipc_host *host)
{
	struct ipc_port *port;

	ipc_mutex_lock(&host->lock);
	port = ipc_port_kobject_send(host->port);
	ipc_mutex_unlock(&host->lock);
	return (port);
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
		right->port = host_port(task->host);
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
	ipc_mutex_lock(&host->lock);
	if (which == HOST_PORT)
		right->port = ipc_port_kobject_send(host->port);
	else if (which == HOST_PRIV_PORT)
		right->port = ipc_port_kobject_send(host->priv_port);
	else
		right->port = ipc_port_send_dup(host->special[which]);
	ipc_mutex_unlock(&host->lock);
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
	if (host->dead) {
		ipc_mutex_unlock(&host->lock);
		return (KERN_TERMINATED);
	}
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
	ipc_mutex_lock(&host->lock);
	right->port = host->dead
			  ? IPC_PORT_DEAD
			  : ipc_port_kobject_send(host->clocks[which]->port);
	ipc_mutex_unlock(&host->lock);
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
	out->v.data = ipc_mem_alloc(IPC_MEM_RIGHTS, n == 0 ? 1 : out->size, 0);
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
	call->arg[1].v.u = ipc_load_acquire(&call->arg[0].v.task->pid);
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
