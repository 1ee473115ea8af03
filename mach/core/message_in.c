/*
 * A message on its way in: the sender's names become rights, its addresses
 * become regions.  XNU osfmk/ipc/ipc_kmsg.c, ipc_kmsg_copyin_header and
 * ipc_kmsg_copyin_body: the header is taken whole or not at all; of a body
 * that fails, what was taken before is lost.
 */
#include "mach/core/layout.h"
#include "mach/core/message.h"
#include "mach/core/notify.h"
#include "mach/core/queue.h"
#include "mach/core/right.h"
#include "mach/core/task.h"

/*
 * The header
 */

static bool
is_send(uint32_t type)
{
	return (type >= MACH_MSG_TYPE_MOVE_SEND &&
		type <= MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

static bool
is_valid(mach_port_name_t name)
{
	return (name != MACH_PORT_NULL && name != MACH_PORT_DEAD);
}

static mach_msg_return_t
header_check(const mach_msg_header_t *h)
{
	uint32_t bits = h->msgh_bits;
	uint32_t dest = MACH_MSGH_BITS_REMOTE(bits);
	uint32_t reply = MACH_MSGH_BITS_LOCAL(bits);
	uint32_t voucher = MACH_MSGH_BITS_VOUCHER(bits);

	if (bits & ~(uint32_t)MACH_MSGH_BITS_USER)
		return (MACH_SEND_INVALID_HEADER);
	if (reply == 0 ? h->msgh_local_port != MACH_PORT_NULL : !is_send(reply))
		return (MACH_SEND_INVALID_HEADER);
	/* No name is a voucher here: only "none" passes. */
	if (voucher != 0 && ((voucher != MACH_MSG_TYPE_MOVE_SEND &&
				 voucher != MACH_MSG_TYPE_COPY_SEND) ||
				h->msgh_voucher_port != MACH_PORT_NULL))
		return (MACH_SEND_INVALID_VOUCHER);
	if (!is_send(dest))
		return (MACH_SEND_INVALID_HEADER);
	if (!is_valid(h->msgh_remote_port))
		return (MACH_SEND_INVALID_DEST);
	if (h->msgh_remote_port == h->msgh_local_port &&
	    (dest == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
		reply == MACH_MSG_TYPE_MOVE_SEND_ONCE))
		return (MACH_SEND_INVALID_DEST);
	return (MACH_MSG_SUCCESS);
}

/*
 * How the destination is taken when the reply port is the same name: `*twice`
 * tells that both come from one step.
 */
static uint32_t
joint_disposition(uint32_t dest, uint32_t reply, uint32_t *twice)
{
	bool moves =
	    dest == MACH_MSG_TYPE_MOVE_SEND || reply == MACH_MSG_TYPE_MOVE_SEND;

	*twice = 0;
	if (dest == MACH_MSG_TYPE_MAKE_SEND ||
	    dest == MACH_MSG_TYPE_MAKE_SEND_ONCE ||
	    reply == MACH_MSG_TYPE_MAKE_SEND ||
	    reply == MACH_MSG_TYPE_MAKE_SEND_ONCE)
		return (dest);
	*twice = dest == MACH_MSG_TYPE_MOVE_SEND && dest == reply
		     ? IPC_COPYIN_TWICE_MOVE
		     : IPC_COPYIN_TWICE_COPY;
	return (moves ? MACH_MSG_TYPE_MOVE_SEND : MACH_MSG_TYPE_COPY_SEND);
}

/*
 * A sender that wants to hear when it can send again (MACH_SEND_NOTIFY), and
 * asked for that with its name: armed when the queue is full now.  False:
 * the queue has room, and the message goes in anyway.
 */
static bool
arm_send_possible(struct ipc_port *port, const struct ipc_entry *entry)
{
	struct ipc_request *request;
	bool full = false;

	ipc_port_lock(port);
	request = port->object.dead ? NULL : ipc_request_of(port, entry);
	full = request == NULL || ipc_port_full(port, 0);
	if (request != NULL && full && request->possible)
		ipc_request_arm(port, request);
	ipc_port_unlock(port);
	return (full);
}

/* After the destination was taken nothing fails any more. */
static mach_msg_return_t
copyin_header_locked(struct ipc_msg *msg, struct ipc_space *space,
    uint64_t options, struct ipc_copyin *dest, struct ipc_copyin *reply)
{
	mach_msg_header_t *h = ipc_msg_header(msg);
	mach_port_name_t dest_name = h->msgh_remote_port;
	mach_port_name_t reply_name = h->msgh_local_port;
	uint32_t dest_disposition = MACH_MSGH_BITS_REMOTE(h->msgh_bits);
	uint32_t reply_disposition = MACH_MSGH_BITS_LOCAL(h->msgh_bits);
	uint32_t twice = 0;
	struct ipc_entry *entry;

	entry = ipc_entry_find(space, dest_name);
	if (entry == NULL ||
	    !(entry->type & (IPC_TYPE_SEND_ANY | IPC_TYPE_RECEIVE)))
		return (MACH_SEND_INVALID_DEST);
	if (is_valid(reply_name)) {
		if (reply_name == dest_name)
			dest_disposition = joint_disposition(
			    dest_disposition, reply_disposition, &twice);
		/* The dispositions' own rules first: the reply's is plain. */
		if (!ipc_right_can_copyin(space, reply_name, reply_disposition))
			return (MACH_SEND_INVALID_REPLY);
	}
	if (options & MACH64_SEND_NOTIFY && entry->request != 0 &&
	    entry->type & (IPC_TYPE_SEND | IPC_TYPE_RECEIVE) &&
	    dest_disposition != MACH_MSG_TYPE_MAKE_SEND_ONCE)
		msg->notify = true;
	if (ipc_right_copyin(space, dest_name, dest_disposition,
		IPC_COPYIN_REPLY | IPC_COPYIN_IMMOVABLE | IPC_COPYIN_DEAD_ONCE |
		    IPC_COPYIN_PAID | twice,
		dest) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_DEST);
	if (twice != 0)
		reply->port = dest->port;
	else if (!is_valid(reply_name))
		reply->port =
		    reply_name == MACH_PORT_NULL ? NULL : IPC_PORT_DEAD;
	else if (ipc_right_copyin(space, reply_name, reply_disposition,
		     IPC_COPYIN_REPLY | IPC_COPYIN_DEAD_OK | IPC_COPYIN_PAID,
		     reply) != KERN_SUCCESS)
		ipc_panic("reply right %#x vanished", reply_name);
	if (msg->notify) {
		/* The entry may have gone with its last right. */
		entry = ipc_entry_find(space, dest_name);
		if (entry == NULL || entry->request == 0 ||
		    !(entry->type & (IPC_TYPE_SEND | IPC_TYPE_RECEIVE)))
			msg->notify = false;
		else if (!arm_send_possible(dest->port, entry))
			msg->always = true;
	}
	return (MACH_MSG_SUCCESS);
}

static mach_msg_return_t
copyin_header(struct ipc_msg *msg, struct ipc_space *space, uint64_t options)
{
	struct ipc_after dest_after = IPC_AFTER_NONE;
	struct ipc_after reply_after = IPC_AFTER_NONE;
	struct ipc_copyin dest = { .after = &dest_after };
	struct ipc_copyin reply = { .after = &reply_after };
	mach_msg_header_t *h = ipc_msg_header(msg);
	mach_msg_return_t mr;

	mr = header_check(h);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	if (!ipc_space_lock(space))
		return (MACH_SEND_INVALID_DEST);
	mr = copyin_header_locked(msg, space, options, &dest, &reply);
	ipc_space_unlock(space);
	ipc_after_run(&dest_after);
	ipc_after_run(&reply_after);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	msg->dest = dest.port;
	msg->dest_type =
	    (uint8_t)ipc_right_type_after(MACH_MSGH_BITS_REMOTE(h->msgh_bits));
	msg->reply = reply.port;
	msg->reply_type =
	    (uint8_t)ipc_right_type_after(MACH_MSGH_BITS_LOCAL(h->msgh_bits));
	return (MACH_MSG_SUCCESS);
}

/*
 * The body
 */

/* What descriptors carry, as they say it. */
struct load {
	uint64_t ports;
	uint64_t once; /* of them: send-once rights */
};

static void
load_add(struct load *load, uint32_t disposition, uint32_t count)
{
	load->ports += count;
	if (ipc_right_type_after(disposition) == MACH_MSG_TYPE_PORT_SEND_ONCE)
		load->once += count;
}

/* What one descriptor may not say; what it carries. */
static mach_msg_return_t
desc_check(const uint8_t *at, struct load *load)
{
	struct layout_guarded guarded;
	struct layout_port port;
	struct layout_ool ool;

	switch (layout_desc_type(at)) {
	case MACH_MSG_PORT_DESCRIPTOR:
		memcpy(&port, at, sizeof(port));
		load_add(load, port.disposition, 1);
		return (MACH_MSG_SUCCESS);
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		memcpy(&guarded, at, sizeof(guarded));
		load_add(load, guarded.disposition, 1);
		if (guarded.disposition != MACH_MSG_TYPE_MOVE_RECEIVE ||
		    guarded.flags == 0 ||
		    guarded.flags & ~MACH_MSG_GUARD_FLAGS_MASK ||
		    (guarded.flags & MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND &&
			guarded.context != 0))
			return (MACH_SEND_INVALID_TYPE);
		return (MACH_MSG_SUCCESS);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		memcpy(&ool, at, sizeof(ool));
		load_add(load, ool.disposition, ool.count);
		return (MACH_MSG_SUCCESS);
	default:
		memcpy(&ool, at, sizeof(ool));
		if (ool.copy != MACH_MSG_PHYSICAL_COPY &&
		    ool.copy != MACH_MSG_VIRTUAL_COPY)
			return (MACH_SEND_INVALID_TYPE);
		return (MACH_MSG_SUCCESS);
	}
}

/*
 * Pays for the descriptors' table, and for the notices that send-once rights
 * become when the message is destroyed: these are not refused then.
 */
static bool
descs_pay(struct ipc_msg *msg, uint32_t count, uint64_t once)
{
	uint64_t bytes = once * IPC_MSG_NOTICE;

	if (count > IPC_MSG_FEW)
		bytes += count * sizeof(struct ipc_desc);
	return (bytes == 0 || ipc_msg_charge(msg, bytes));
}

/*
 * Checks all descriptors before anything of the message is taken (XNU:
 * ipc_kmsg_measure_descriptors_from_user, _inflate_descriptors): what is past
 * its end, of no kind, says what it may not, or cannot be paid.
 */
static mach_msg_return_t
descs_check(struct ipc_msg *msg, uint32_t count)
{
	const uint8_t *at = msg->data + LAYOUT_DESCS;
	const uint8_t *end = msg->data + msg->size;
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	struct load load = { 0 };
	uint32_t i, size;

	for (i = 0; i < count; i++) {
		if ((size_t)(end - at) < LAYOUT_DESC_MIN)
			return (MACH_SEND_MSG_TOO_SMALL);
		size = layout_desc_size(layout_desc_type(at));
		if (size == 0)
			return (MACH_SEND_INVALID_TYPE);
		if ((size_t)(end - at) < size)
			return (MACH_SEND_MSG_TOO_SMALL);
		at += size;
	}
	at = msg->data + LAYOUT_DESCS;
	for (i = 0; i < count && mr == MACH_MSG_SUCCESS; i++) {
		mr = desc_check(at, &load);
		at += layout_desc_size(layout_desc_type(at));
	}
	if (mr == MACH_MSG_SUCCESS && load.ports > IPC_MSG_PORTS_MAX)
		mr = MACH_SEND_TOO_LARGE;
	if (mr == MACH_MSG_SUCCESS && !descs_pay(msg, count, load.once))
		mr = MACH_SEND_NO_BUFFER;
	return (mr);
}

/* A receive right that would be queued, in the end, at itself. */
static mach_msg_return_t
transit_check(struct ipc_msg *msg, struct ipc_port *port, uint32_t type)
{
	if (type != MACH_MSG_TYPE_PORT_RECEIVE)
		return (MACH_MSG_SUCCESS);
	switch (ipc_port_transit(port, msg->dest)) {
	case IPC_TRANSIT_CIRCLE:
		msg->circular = true;
		return (MACH_MSG_SUCCESS);
	case IPC_TRANSIT_DEEP:
		return (MACH_SEND_NO_BUFFER);
	default:
		return (MACH_MSG_SUCCESS);
	}
}

static bool
is_for_kernel(struct ipc_port *dest)
{
	bool kernel;

	ipc_port_lock(dest);
	kernel =
	    dest->object.dead || (dest->object.kobject_kind != IPC_KO_NONE &&
				     dest->receiver == NULL);
	ipc_port_unlock(dest);
	return (kernel);
}

static mach_msg_return_t
copyin_port(struct ipc_msg *msg, struct ipc_space *space, mach_port_name_t name,
    uint32_t disposition, struct ipc_port **port)
{
	struct ipc_right right;
	kern_return_t kr;

	if (!is_valid(name)) {
		*port = name == MACH_PORT_NULL ? NULL : IPC_PORT_DEAD;
		return (MACH_MSG_SUCCESS);
	}
	kr = ipc_right_take(space, name, disposition, IPC_COPYIN_PAID, &right);
	/* An immovable one goes to the kernel, or nowhere any more. */
	if (kr == KERN_INVALID_CAPABILITY && is_for_kernel(msg->dest))
		kr = ipc_right_take(space, name, disposition,
		    IPC_COPYIN_PAID | IPC_COPYIN_IMMOVABLE, &right);
	if (kr != KERN_SUCCESS)
		return (MACH_SEND_INVALID_RIGHT);
	*port = right.port;
	return (transit_check(msg, right.port, right.type));
}

static mach_msg_return_t
copyin_guarded(struct ipc_msg *msg, struct ipc_space *space,
    const struct layout_guarded *u, struct ipc_desc *desc)
{
	struct ipc_after after = IPC_AFTER_NONE;
	struct ipc_copyin in = {
		.after = &after,
		.guarded = true,
		.guard = u->context,
		.guard_flags = u->flags,
	};
	kern_return_t kr;

	desc->guard_flags = u->flags;
	desc->context = u->context;
	desc->disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	if (!is_valid(u->name)) {
		desc->port = u->name == MACH_PORT_NULL ? NULL : IPC_PORT_DEAD;
		return (MACH_MSG_SUCCESS);
	}
	if (ipc_space_lock_hash(space) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_RIGHT);
	kr = ipc_right_copyin(
	    space, u->name, MACH_MSG_TYPE_MOVE_RECEIVE, 0, &in);
	ipc_space_unlock(space);
	ipc_after_run(&after);
	if (kr != KERN_SUCCESS)
		return (MACH_SEND_INVALID_RIGHT);
	desc->port = in.port;
	return (transit_check(msg, in.port, MACH_MSG_TYPE_PORT_RECEIVE));
}

static mach_msg_return_t
copyin_region(struct ipc_msg *msg, struct ipc_task *task,
    const struct layout_ool *u, struct ipc_desc *desc)
{
	desc->copy = u->copy;
	desc->deallocate = u->deallocate != 0;
	desc->count = u->count;
	if (u->count == 0)
		return (MACH_MSG_SUCCESS);
	if (!ipc_msg_charge(msg, u->count))
		return (MACH_SEND_NO_BUFFER);
	if (ipc_region_copyin(task, u->address, u->count, desc->deallocate,
		&desc->region) != KERN_SUCCESS)
		return (MACH_SEND_INVALID_MEMORY);
	return (MACH_MSG_SUCCESS);
}

static mach_msg_return_t
copyin_ports(struct ipc_msg *msg, struct ipc_thread *thread,
    const struct layout_ool *u, struct ipc_desc *desc)
{
	mach_port_name_t names[64];
	mach_msg_return_t mr;
	uint32_t i, n;

	desc->copy = u->copy;
	desc->deallocate = u->deallocate != 0;
	/* 0 of an unknown one: then no name passes but null and dead. */
	desc->disposition = (uint8_t)ipc_right_type_after(u->disposition);
	if (u->count == 0)
		return (MACH_MSG_SUCCESS);
	if (!ipc_msg_charge(msg, u->count * sizeof(struct ipc_port *)))
		return (MACH_SEND_NO_BUFFER);
	desc->ports = ipc_mem_alloc(
	    IPC_MEM_RIGHTS, u->count * sizeof(struct ipc_port *), IPC_ZERO);
	if (desc->ports == NULL)
		return (MACH_SEND_NO_BUFFER);
	desc->count = u->count;
	for (i = 0; i < u->count; i++) {
		if (i % 64 == 0) {
			n = u->count - i < 64 ? u->count - i : 64;
			if (!ipc_os_copyin(thread,
				u->address + i * sizeof(names[0]), names,
				n * sizeof(names[0])))
				return (MACH_SEND_INVALID_MEMORY);
		}
		mr = copyin_port(msg, thread->task->space, names[i % 64],
		    u->disposition, &desc->ports[i]);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
	}
	if (desc->deallocate)
		(void)ipc_os_unmap(
		    thread->task, u->address, u->count * sizeof(names[0]));
	return (MACH_MSG_SUCCESS);
}

static mach_msg_return_t
copyin_desc(struct ipc_msg *msg, struct ipc_thread *thread, const uint8_t *at,
    struct ipc_desc *desc)
{
	struct layout_guarded guarded;
	struct layout_port port;
	struct layout_ool ool;
	uint32_t type = layout_desc_type(at);

	desc->type = (uint8_t)type;
	switch (type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		memcpy(&port, at, sizeof(port));
		desc->disposition =
		    (uint8_t)ipc_right_type_after(port.disposition);
		return (copyin_port(msg, thread->task->space, port.name,
		    port.disposition, &desc->port));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		memcpy(&guarded, at, sizeof(guarded));
		return (
		    copyin_guarded(msg, thread->task->space, &guarded, desc));
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		memcpy(&ool, at, sizeof(ool));
		return (copyin_ports(msg, thread, &ool, desc));
	default:
		memcpy(&ool, at, sizeof(ool));
		return (copyin_region(msg, thread->task, &ool, desc));
	}
}

static mach_msg_return_t
copyin_body(struct ipc_msg *msg, struct ipc_thread *thread, uint32_t count)
{
	const uint8_t *at = msg->data + LAYOUT_DESCS;
	mach_msg_return_t mr;
	uint32_t i;

	msg->descs = msg->few;
	if (count > IPC_MSG_FEW) {
		msg->descs = ipc_mem_alloc(
		    IPC_MEM_RIGHTS, count * sizeof(*msg->descs), IPC_ZERO);
		if (msg->descs == NULL)
			return (MACH_SEND_NO_BUFFER);
	} else {
		memset(msg->few, 0, sizeof(msg->few));
	}
	msg->ndescs = count;
	for (i = 0; i < count; i++) {
		/* Until it is taken it holds nothing. */
		mr = copyin_desc(msg, thread, at, &msg->descs[i]);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
		at += layout_desc_size(layout_desc_type(at));
	}
	return (MACH_MSG_SUCCESS);
}

mach_msg_return_t
ipc_msg_copyin(struct ipc_msg *msg, struct ipc_thread *thread, uint64_t options)
{
	mach_msg_header_t *h = ipc_msg_header(msg);
	mach_msg_return_t mr;
	uint32_t count = 0;

	h->msgh_size = msg->size;
	if (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) {
		if (msg->size < LAYOUT_DESCS)
			return (MACH_SEND_MSG_TOO_SMALL);
		memcpy(&count, msg->data + sizeof(*h), sizeof(count));
		if (count > (msg->size - LAYOUT_DESCS) / LAYOUT_DESC_MIN)
			return (MACH_SEND_MSG_TOO_SMALL);
		mr = descs_check(msg, count);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
	}
	mr = copyin_header(msg, thread->task->space, options);
	if (mr == MACH_MSG_SUCCESS && count != 0)
		mr = copyin_body(msg, thread, count);
	return (mr);
}
