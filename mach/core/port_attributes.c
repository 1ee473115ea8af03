/*
 * The mach_port_* calls on what a receive right is like: attributes, guards,
 * context, counts, and construction with all of them.
 */
#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/kobject.h"
#include "mach/core/message.h"
#include "mach/core/notify.h"
#include "mach/core/service.h"

static kern_return_t
receive_lock(struct ipc_call *call, struct ipc_port **port)
{
	return (ipc_port_of_receive(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], port));
}

/* The same where a name that is none is KERN_INVALID_NAME. */
static kern_return_t
guard_lock(struct ipc_call *call, struct ipc_port **port)
{
	mach_port_name_t name = (mach_port_name_t)call->raw[1];

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_INVALID_NAME);
	return (receive_lock(call, port));
}

/*
 * Attributes
 */

static void
status_fill(const struct ipc_port *port, mach_port_status_t *status)
{
	memset(status, 0, sizeof(*status));
	status->mps_pset = port->sets != NULL;
	status->mps_seqno = port->seqno;
	status->mps_mscount = port->mscount;
	status->mps_qlimit = port->limit;
	status->mps_msgcount = port->count;
	status->mps_sorights = port->sorights;
	status->mps_srights = port->srights > 0;
	status->mps_pdrequest = port->pdrequest != NULL;
	status->mps_nsrequest = port->nsrequest != NULL;
	if (port->flags & IPC_PORT_GUARDED)
		status->mps_flags |= MACH_PORT_STATUS_FLAG_GUARDED;
	if (port->flags & IPC_PORT_STRICT)
		status->mps_flags |= MACH_PORT_STATUS_FLAG_STRICT_GUARD;
	if (port->flags & IPC_PORT_GUARDED && port->flags & IPC_PORT_IMMOVABLE)
		status->mps_flags |=
		    MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE;
	if (port->flags & IPC_PORT_IMPORTANCE)
		status->mps_flags |= MACH_PORT_STATUS_FLAG_IMP_DONATION;
	if (port->flags & IPC_PORT_TEMPOWNER)
		status->mps_flags |= MACH_PORT_STATUS_FLAG_TEMPOWNER;
}

static kern_return_t
info_give(struct ipc_arg *info, const void *data, uint32_t size)
{
	memcpy(info->v.data, data, size);
	info->size = size;
	return (KERN_SUCCESS);
}

/* Of a service port, whether its service is held back. */
static kern_return_t
throttled_give(struct ipc_call *call, struct ipc_arg *info)
{
	struct ipc_port *port;
	uint32_t throttled;
	bool service;
	kern_return_t kr;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	service = (port->flags & IPC_PORT_SERVICE) != 0;
	throttled = (port->flags & IPC_PORT_THROTTLED) != 0;
	ipc_port_unlock(port);
	if (!service)
		return (KERN_INVALID_CAPABILITY);
	if (info->size < sizeof(throttled))
		return (KERN_FAILURE);
	return (info_give(info, &throttled, sizeof(throttled)));
}

/* (task, name, flavor, info, *count); counts are of natural_t. */
kern_return_t
ipc_do_port_get_attributes(struct ipc_call *call)
{
	mach_port_name_t name = (mach_port_name_t)call->raw[1];
	bool null = name == MACH_PORT_NULL || name == MACH_PORT_DEAD;
	struct ipc_arg *info = &call->arg[3];
	mach_port_info_ext_t ext;
	mach_port_limits_t limits;
	struct ipc_port *port;
	kern_return_t kr;
	const void *data;
	uint32_t size, number = 0;

	switch ((int32_t)call->raw[2]) {
	case MACH_PORT_LIMITS_INFO:
		size = sizeof(limits);
		data = &limits;
		break;
	case MACH_PORT_RECEIVE_STATUS:
		size = sizeof(ext.mpie_status);
		data = &ext.mpie_status;
		break;
	case MACH_PORT_DNREQUESTS_SIZE:
		size = sizeof(number);
		data = &number;
		break;
	case MACH_PORT_INFO_EXT:
		size = sizeof(ext);
		data = &ext;
		break;
	case MACH_PORT_SERVICE_THROTTLED:
		return (throttled_give(call, info));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
	if (info->size < size)
		return (KERN_FAILURE);
	/* What no port has: no limits, and no requests. */
	if (null && data == &limits)
		return (info_give(info, &limits, 0));
	if (null && data == &number)
		return (info_give(info, &number, size));
	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	memset(&ext, 0, sizeof(ext));
	status_fill(port, &ext.mpie_status);
	limits.mpl_qlimit = port->limit;
	number = ipc_requests_size(port->requests);
	ipc_port_unlock(port);
	return (info_give(info, data, size));
}

/* (task, name, flavor, info, count) */
kern_return_t
ipc_do_port_set_attributes(struct ipc_call *call)
{
	mach_port_limits_t limits = { 0 };
	const struct ipc_arg *info = &call->arg[3];
	int32_t flavor = (int32_t)call->raw[2];
	uint32_t throttled = 0;
	struct ipc_port *port;
	kern_return_t kr;

	switch (flavor) {
	case MACH_PORT_LIMITS_INFO:
		if (info->size < sizeof(limits))
			return (KERN_FAILURE);
		memcpy(&limits, info->v.data, sizeof(limits));
		if (limits.mpl_qlimit > MACH_PORT_QLIMIT_MAX)
			return (KERN_INVALID_VALUE);
		break;
	case MACH_PORT_DNREQUESTS_SIZE:
	case MACH_PORT_SERVICE_THROTTLED:
		if (info->size < sizeof(throttled))
			return (KERN_FAILURE);
		memcpy(&throttled, info->v.data, sizeof(throttled));
		break;
	case MACH_PORT_TEMPOWNER:
	case MACH_PORT_IMPORTANCE_RECEIVER:
	case MACH_PORT_DENAP_RECEIVER:
		break;
	default:
		return (KERN_INVALID_ARGUMENT);
	}
	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (flavor == MACH_PORT_LIMITS_INFO) {
		port->limit = (uint16_t)limits.mpl_qlimit;
		ipc_port_admit(port);
	} else if (flavor == MACH_PORT_SERVICE_THROTTLED) {
		if (!(port->flags & IPC_PORT_SERVICE))
			kr = KERN_INVALID_CAPABILITY;
		else if (throttled != 0)
			port->flags |= IPC_PORT_THROTTLED;
		else
			port->flags &= ~(uint32_t)IPC_PORT_THROTTLED;
	} else if (flavor != MACH_PORT_DNREQUESTS_SIZE) {
		/* Of these no importance is inherited. */
		if (port->object.kobject_kind != IPC_KO_NONE ||
		    port->flags & IPC_PORT_SPECIAL)
			kr = KERN_INVALID_ARGUMENT;
		else if (flavor == MACH_PORT_TEMPOWNER)
			port->flags |= IPC_PORT_TEMPOWNER | IPC_PORT_IMPORTANCE;
		else
			port->flags |= IPC_PORT_IMPORTANCE;
	}
	ipc_port_unlock(port);
	return (kr);
}

/* (task, name, flavor, info, count): KERN_FAILURE when they differ. */
kern_return_t
ipc_do_port_assert_attributes(struct ipc_call *call)
{
	const struct ipc_arg *info = &call->arg[3];
	mach_port_guard_info_t guard;
	struct ipc_port *port;
	kern_return_t kr;

	if ((int32_t)call->raw[2] != MACH_PORT_GUARD_INFO)
		return (KERN_INVALID_ARGUMENT);
	if (info->size < sizeof(guard))
		return (KERN_FAILURE);
	memcpy(&guard, info->v.data, sizeof(guard));
	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(port->flags & IPC_PORT_GUARDED) ||
	    port->context != guard.mpgi_guard)
		kr = KERN_FAILURE;
	ipc_port_unlock(port);
	return (kr);
}

/* (task, name, *context); a strict guard is not told. */
kern_return_t
ipc_do_port_get_context(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	call->arg[2].v.u = port->flags & IPC_PORT_STRICT ? 0 : port->context;
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_do_port_set_context(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (port->flags & IPC_PORT_STRICT)
		kr = KERN_INVALID_ARGUMENT;
	else
		port->context = call->raw[2];
	ipc_port_unlock(port);
	return (kr);
}

kern_return_t
ipc_do_port_set_mscount(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	port->mscount = (uint32_t)call->raw[2];
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_do_port_set_seqno(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	port->seqno = (uint32_t)call->raw[2];
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}

kern_return_t
ipc_do_port_get_srights(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	call->arg[2].v.u = port->srights;
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}

/* (task, name, *total, *used) */
kern_return_t
ipc_do_port_dnrequest_info(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;
	uint32_t i, used = 0;

	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	for (i = 0; i < ipc_requests_size(port->requests); i++)
		used += port->requests->slot[i].notify != NULL;
	call->arg[2].v.u = ipc_requests_size(port->requests);
	call->arg[3].v.u = used;
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}

/*
 * (task, name, trailer type, *seqno, *size, *id, trailer, *trailer size):
 * looks at the message with that sequence number, or at the first.
 */
kern_return_t
ipc_do_port_peek(struct ipc_call *call)
{
	uint32_t type = (uint32_t)call->raw[2];
	uint32_t seqno = (uint32_t)call->arg[3].v.u, at;
	struct ipc_arg *trailer = &call->arg[6];
	struct ipc_port *port;
	struct ipc_msg *msg;
	struct ipc_ring *r;
	kern_return_t kr;
	uint32_t size;

	if (GET_RCV_ELEMENTS(type) > MACH_RCV_TRAILER_AUDIT)
		return (KERN_INVALID_VALUE);
	size = ipc_msg_trailer_size(type);
	if (trailer->size < size)
		return (KERN_INVALID_VALUE);
	kr = receive_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	at = port->seqno;
	r = port->messages;
	if (seqno != 0) {
		for (; r != NULL && at != seqno;
		     r = ipc_ring_next(port->messages, r))
			at++;
	}
	if (r == NULL) {
		ipc_port_unlock(port);
		return (KERN_FAILURE);
	}
	msg = IPC_RING_ITEM(r, struct ipc_msg, ring);
	msg->seqno = at;
	msg->context = port->context;
	call->arg[3].v.u = at;
	call->arg[4].v.u = msg->size;
	call->arg[5].v.u = (uint32_t)ipc_msg_header(msg)->msgh_id;
	ipc_msg_trailer(msg, type);
	memcpy(trailer->v.data, msg->data + round_msg(msg->size), size);
	trailer->size = size;
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}

/*
 * Guards
 */

static kern_return_t
guard_set(struct ipc_port *port, uint64_t guard, uint64_t flags)
{
	/* A guard of 0 is replaced as if there were none, as XNU has it. */
	if (port->context != 0)
		return (KERN_INVALID_ARGUMENT);
	port->flags &= ~(uint32_t)IPC_PORT_STRICT;
	port->flags |= IPC_PORT_GUARDED;
	port->context = guard;
	if (flags & MPG_STRICT)
		port->flags |= IPC_PORT_STRICT;
	if (flags & MPG_IMMOVABLE_RECEIVE)
		port->flags |= IPC_PORT_IMMOVABLE;
	return (KERN_SUCCESS);
}

static kern_return_t
guard(struct ipc_call *call, uint64_t flags)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = guard_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = guard_set(port, call->raw[2], flags);
	ipc_port_unlock(port);
	return (kr);
}

/* (task, name, guard, strict) */
kern_return_t
ipc_do_port_guard(struct ipc_call *call)
{
	return (guard(call, (uint32_t)call->raw[3] != 0 ? MPG_STRICT : 0));
}

/* (task, name, guard, flags) */
kern_return_t
ipc_do_port_guard_with_flags(struct ipc_call *call)
{
	return (guard(call, call->raw[3]));
}

/* (task, name, guard) */
kern_return_t
ipc_do_port_unguard(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = guard_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(port->flags & IPC_PORT_GUARDED) ||
	    port->context != call->raw[2]) {
		kr = KERN_INVALID_ARGUMENT;
	} else {
		port->context = 0;
		port->flags &= ~(uint32_t)(IPC_PORT_GUARDED | IPC_PORT_STRICT);
	}
	ipc_port_unlock(port);
	return (kr);
}

/* (task, name, old, new) */
kern_return_t
ipc_do_port_swap_guard(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = guard_lock(call, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!(port->flags & IPC_PORT_GUARDED) ||
	    port->flags & IPC_PORT_STRICT || port->context != call->raw[2])
		kr = KERN_INVALID_ARGUMENT;
	else
		port->context = call->raw[3];
	ipc_port_unlock(port);
	return (kr);
}

/*
 * Construction
 */

static bool
more_than_one(uint32_t flags)
{
	return ((flags & (flags - 1)) != 0);
}

/* (task, options, context, *name) */
kern_return_t
ipc_do_port_construct(struct ipc_call *call)
{
	struct ipc_space *space = call->arg[0].v.task->space;
	mach_port_options_t options;
	struct mach_service_port_info *service = NULL;
	mach_port_name_t name;
	struct ipc_port *port;
	kern_return_t kr;

	memcpy(&options, call->arg[1].v.data, sizeof(options));
	if (options.flags & ~(uint32_t)IPC_MPO_KNOWN)
		return (KERN_INVALID_ARGUMENT);
	if (more_than_one(
		options.flags & (MPO_SERVICE_PORT | MPO_CONNECTION_PORT |
				    MPO_TG_BLOCK_TRACKING)) ||
	    more_than_one(options.flags &
			  (MPO_REPLY_PORT | MPO_ENFORCE_REPLY_PORT_SEMANTICS |
			      MPO_EXCEPTION_PORT | MPO_PROVISIONAL_REPLY_PORT)))
		return (KERN_INVALID_ARGUMENT);
	/* Only a graphics server may, and there is none. */
	if (options.flags & MPO_TG_BLOCK_TRACKING)
		return (KERN_DENIED);
	kr = ipc_service_prepare(call, &options, &service);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (options.flags & MPO_QLIMIT &&
	    options.mpl.mpl_qlimit > MACH_PORT_QLIMIT_MAX)
		kr = KERN_INVALID_VALUE;
	if (kr == KERN_SUCCESS)
		kr = ipc_port_allocate(space, &name, false,
		    (options.flags & MPO_INSERT_SEND_RIGHT) != 0, &port);
	if (kr != KERN_SUCCESS) {
		ipc_service_free(service);
		return (kr);
	}
	/* The port is locked: nobody has seen it. */
	if (options.flags & MPO_QLIMIT)
		port->limit = (uint16_t)options.mpl.mpl_qlimit;
	if (options.flags & (MPO_IMPORTANCE_RECEIVER | MPO_DENAP_RECEIVER))
		port->flags |= IPC_PORT_IMPORTANCE;
	if (options.flags & MPO_TEMPOWNER)
		port->flags |= IPC_PORT_IMPORTANCE | IPC_PORT_TEMPOWNER;
	if (options.flags & MPO_REPLY_PORT)
		port->flags |= IPC_PORT_REPLY;
	if (options.flags & MPO_SERVICE_PORT)
		port->flags |= IPC_PORT_SERVICE;
	if (options.flags & MPO_CONNECTION_PORT)
		port->flags |= IPC_PORT_CONNECTION | IPC_PORT_IMMOVABLE |
			       IPC_PORT_IMMOVABLE_SEND;
	port->service = service;
	if (options.flags & MPO_CONTEXT_AS_GUARD)
		(void)guard_set(port, call->raw[2],
		    (options.flags & MPO_STRICT ? MPG_STRICT : 0) |
			(options.flags & MPO_IMMOVABLE_RECEIVE
				? MPG_IMMOVABLE_RECEIVE
				: 0));
	else
		port->context = call->raw[2];
	ipc_port_unlock(port);
	call->arg[3].v.u = name;
	return (KERN_SUCCESS);
}

/*
 * What is behind a port
 */

static const char *
kobject_name(enum ipc_kobject_kind kind)
{
	static const char *const names[IPC_KO_KINDS] = {
		[IPC_KO_NONE] = "",
		[IPC_KO_TASK] = "task",
		[IPC_KO_TASK_READ] = "task read",
		[IPC_KO_TASK_INSPECT] = "task inspect",
		[IPC_KO_TASK_NAME] = "task name",
		[IPC_KO_THREAD] = "thread",
		[IPC_KO_HOST] = "host",
		[IPC_KO_HOST_PRIV] = "host priv",
		[IPC_KO_SEMAPHORE] = "semaphore",
		[IPC_KO_TIMER] = "timer",
		[IPC_KO_CLOCK] = "clock",
		[IPC_KO_MEMORY_ENTRY] = "memory entry",
		[IPC_KO_FILE] = "fileport",
	};

	return (names[kind]);
}

/* (task, name, *type, *address, description): the same, in words. */
kern_return_t
ipc_do_port_kobject_description(struct ipc_call *call)
{
	struct ipc_port *port;
	const char *name;
	kern_return_t kr;

	kr = ipc_kobject_lock(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], &port);
	if (kr != KERN_SUCCESS)
		return (
		    kr == KERN_INVALID_CAPABILITY ? KERN_INVALID_RIGHT : kr);
	name = kobject_name((enum ipc_kobject_kind)port->object.kobject_kind);
	call->arg[2].v.u =
	    ipc_kotype((enum ipc_kobject_kind)port->object.kobject_kind);
	call->arg[3].v.u = 0;
	ipc_port_unlock(port);
	memcpy(call->arg[4].v.data, name, strlen(name) + 1);
	return (KERN_SUCCESS);
}

/* (task, name, *type, *address): the address tells one port from another. */
kern_return_t
ipc_do_port_kobject(struct ipc_call *call)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = ipc_kobject_lock(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], &port);
	if (kr != KERN_SUCCESS)
		return (
		    kr == KERN_INVALID_CAPABILITY ? KERN_INVALID_RIGHT : kr);
	call->arg[2].v.u =
	    ipc_kotype((enum ipc_kobject_kind)port->object.kobject_kind);
	/* No kernel address leaves: XNU's release kernels give 0, too. */
	call->arg[3].v.u = 0;
	ipc_port_unlock(port);
	return (KERN_SUCCESS);
}
