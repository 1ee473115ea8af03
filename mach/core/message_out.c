/*
 * A message on its way out: rights become names in the receiver's space,
 * regions become addresses, and the trailer is written.
 */
#include "mach/core/layout.h"
#include "mach/core/message.h"
#include "mach/core/right.h"
#include "mach/core/task.h"

/*
 * The special bits that say where it lacked, when a right or a region cannot
 * be given (osfmk/mach/message.h).
 */
static mach_msg_return_t
bits_of(kern_return_t kr, bool memory)
{
	if (kr == KERN_RESOURCE_SHORTAGE)
		return (memory ? MACH_MSG_VM_KERNEL : MACH_MSG_IPC_KERNEL);
	return (memory ? MACH_MSG_VM_SPACE : MACH_MSG_IPC_SPACE);
}

/* Puts a right, or gives it back and names nothing. */
static mach_msg_return_t
copyout_port(struct ipc_space *space, struct ipc_port *port, uint32_t type,
    mach_port_name_t *name)
{
	struct ipc_right right = { port, type };
	kern_return_t kr;

	kr = ipc_right_put(space, right, name);
	if (kr == KERN_SUCCESS)
		return (MACH_MSG_SUCCESS);
	ipc_right_release(right);
	*name = MACH_PORT_NULL;
	return (bits_of(kr, false));
}

/*
 * The destination's right is used up.  Its name when the receive right is in
 * this space; MACH_PORT_DEAD when it died since, else MACH_PORT_NULL.
 */
static mach_port_name_t
use_dest(struct ipc_msg *msg, struct ipc_space *space)
{
	struct ipc_port *port = msg->dest;
	mach_port_name_t name = MACH_PORT_NULL;

	msg->dest = NULL;
	ipc_port_lock(port);
	if (port->receiver == space)
		name = port->receiver_name;
	else if (port->object.dead)
		name = MACH_PORT_DEAD;
	if (msg->dest_type == MACH_MSG_TYPE_PORT_SEND) {
		ipc_port_drop_send_and_unlock(port);
		return (name);
	}
	if (!port->object.dead && port->receiver != space) {
		/* Its receiver has not got it: it hears of that. */
		ipc_port_unlock(port);
		ipc_port_release_send_once(port);
		return (name);
	}
	port->sorights--;
	ipc_port_unlock(port);
	ipc_port_unref(port);
	return (name);
}

/*
 * The header
 */

static void
header_write(struct ipc_msg *msg, mach_port_name_t local,
    mach_port_name_t remote, uint32_t remote_type)
{
	mach_msg_header_t *h = ipc_msg_header(msg);
	bool voucher = MACH_MSGH_BITS_VOUCHER(h->msgh_bits) != 0;

	h->msgh_bits = MACH_MSGH_BITS_SET(remote_type, msg->dest_type, 0,
	    MACH_MSGH_BITS_OTHER(h->msgh_bits) & MACH_MSGH_BITS_COMPLEX);
	h->msgh_local_port = local;
	h->msgh_remote_port = remote;
	/* Without a voucher's type the field is the sender's own. */
	if (voucher)
		h->msgh_voucher_port = MACH_PORT_NULL;
	h->msgh_size = msg->size;
}

static mach_msg_return_t
copyout_header(struct ipc_msg *msg, struct ipc_space *space)
{
	struct ipc_right reply = { msg->reply, msg->reply_type };
	mach_port_name_t remote;
	kern_return_t kr;

	kr = ipc_right_put(space, reply, &remote);
	if (kr != KERN_SUCCESS)
		return (MACH_RCV_HEADER_ERROR | bits_of(kr, false));
	msg->reply = NULL;
	header_write(msg, use_dest(msg, space), remote, msg->reply_type);
	return (MACH_MSG_SUCCESS);
}

void
ipc_msg_copyout_header(struct ipc_msg *msg, struct ipc_thread *thread)
{
	struct ipc_ring *dead = NULL;
	mach_port_name_t local = use_dest(msg, thread->task->space);

	ipc_port_release(msg->reply, msg->reply_type, &dead);
	msg->reply = NULL;
	ipc_msg_release_body(msg, &dead);
	msg->size = sizeof(mach_msg_header_t);
	header_write(msg, local, MACH_PORT_NULL, 0);
	ipc_msg_header(msg)->msgh_bits &= ~(uint32_t)MACH_MSGH_BITS_COMPLEX;
	ipc_msg_list_destroy(&dead);
}

/*
 * The body
 */

/* The guard that a guarded right has where it arrives: the buffer. */
static void
guard_received(struct ipc_desc *desc, uint64_t buffer, bool pseudo)
{
	struct ipc_port *port = desc->port;

	if (!IPC_PORT_VALID(port) ||
	    !(desc->guard_flags & MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE))
		return;
	ipc_port_lock(port);
	port->flags |= IPC_PORT_GUARDED;
	if (!pseudo)
		port->flags |= IPC_PORT_IMMOVABLE;
	port->context = buffer;
	ipc_port_unlock(port);
	desc->context = buffer;
}

static mach_msg_return_t
copyout_ports(struct ipc_task *task, struct ipc_desc *desc, uint64_t *address)
{
	struct ipc_port **ports = desc->ports;
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	mach_port_name_t *names;
	struct ipc_region *region;
	size_t bytes = desc->count * sizeof(*ports);
	kern_return_t kr;
	uint32_t i;

	*address = 0;
	if (ports == NULL)
		return (MACH_MSG_SUCCESS);
	/* The names take the pointers' place, half as large. */
	names = (mach_port_name_t *)(void *)ports;
	for (i = 0; i < desc->count; i++) {
		struct ipc_port *port = ports[i];

		mr |= copyout_port(
		    task->space, port, desc->disposition, &names[i]);
	}
	kr = ipc_region_create(names, desc->count * sizeof(names[0]), &region);
	if (kr == KERN_SUCCESS) {
		kr = ipc_region_copyout(task, region, address);
		if (kr != KERN_SUCCESS)
			ipc_region_destroy(region);
	}
	if (kr != KERN_SUCCESS) {
		/* Names that nobody would ever know are given back. */
		for (i = 0; i < desc->count; i++)
			(void)ipc_right_drop(
			    task->space, names[i], desc->disposition);
		desc->count = 0;
		mr |= bits_of(kr, true);
	}
	ipc_mem_free(IPC_MEM_RIGHTS, ports, bytes);
	desc->ports = NULL;
	return (mr);
}

static mach_msg_return_t
copyout_region(struct ipc_task *task, struct ipc_desc *desc, uint64_t *address)
{
	kern_return_t kr;

	*address = 0;
	if (desc->region == NULL)
		return (MACH_MSG_SUCCESS);
	kr = ipc_region_copyout(task, desc->region, address);
	if (kr != KERN_SUCCESS) {
		ipc_region_destroy(desc->region);
		desc->count = 0;
	}
	desc->region = NULL;
	return (kr == KERN_SUCCESS ? MACH_MSG_SUCCESS : bits_of(kr, true));
}

static mach_msg_return_t
copyout_desc(struct ipc_task *task, struct ipc_desc *desc, uint8_t *at,
    uint64_t options, uint64_t buffer, bool pseudo)
{
	struct layout_guarded guarded = { 0 };
	struct layout_port port = { 0 };
	struct layout_ool ool = { 0 };
	mach_msg_return_t mr;

	switch (desc->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		port.type = MACH_MSG_PORT_DESCRIPTOR;
		port.disposition = desc->disposition;
		mr = copyout_port(
		    task->space, desc->port, desc->disposition, &port.name);
		desc->port = NULL;
		memcpy(at, &port, sizeof(port));
		return (mr);
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		guarded.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
		guarded.disposition = desc->disposition;
		if (!(options & MACH_RCV_GUARDED_DESC) && !pseudo) {
			/* Who did not ask for it does not get it. */
			ipc_right_release((struct ipc_right){
			    desc->port, desc->disposition });
			desc->port = NULL;
			desc->context = 0;
		}
		guard_received(desc, buffer, pseudo);
		guarded.flags =
		    desc->guard_flags &
		    (uint16_t)~MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND;
		guarded.context = desc->context;
		mr = copyout_port(
		    task->space, desc->port, desc->disposition, &guarded.name);
		desc->port = NULL;
		memcpy(at, &guarded, sizeof(guarded));
		return (mr);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		ool.disposition = desc->disposition;
		mr = copyout_ports(task, desc, &ool.address);
		break;
	default:
		mr = copyout_region(task, desc, &ool.address);
		break;
	}
	ool.type = desc->type;
	ool.copy = desc->type == MACH_MSG_OOL_PORTS_DESCRIPTOR
		       ? MACH_MSG_VIRTUAL_COPY
		       : desc->copy;
	/*
	 * Whoever has it now shall deallocate it: the receiver, or the sender
	 * to whom a copy came back.  XNU says so of virtual copies only: of
	 * others its mach_msg_destroy leaves the memory behind.
	 */
	ool.deallocate = 1;
	ool.count = desc->count;
	memcpy(at, &ool, sizeof(ool));
	return (mr);
}

static mach_msg_return_t
copyout_body(struct ipc_msg *msg, struct ipc_task *task, uint64_t options,
    uint64_t buffer, bool pseudo)
{
	mach_msg_return_t mr = MACH_MSG_SUCCESS;
	uint8_t *at = msg->data + LAYOUT_DESCS;
	uint32_t i, size;

	for (i = 0; i < msg->ndescs; i++) {
		size = layout_desc_size(msg->descs[i].type);
		mr |= copyout_desc(
		    task, &msg->descs[i], at, options, buffer, pseudo);
		at += size;
	}
	return (mr);
}

mach_msg_return_t
ipc_msg_copyout(struct ipc_msg *msg, struct ipc_thread *thread,
    uint64_t options, uint64_t buffer)
{
	mach_msg_return_t mr;

	mr = copyout_header(msg, thread->task->space);
	if (mr != MACH_MSG_SUCCESS) {
		ipc_msg_copyout_header(msg, thread);
		return (mr);
	}
	if (msg->ndescs == 0)
		return (MACH_MSG_SUCCESS);
	mr = copyout_body(msg, thread->task, options, buffer, false);
	return (mr == MACH_MSG_SUCCESS ? mr : MACH_RCV_BODY_ERROR | mr);
}

/*
 * A reply port's send-once right does not go into a space: it is used up, and
 * its receiver has the name back, to make it again.  False: it is an ordinary
 * port's.
 */
static bool
reply_port_back(struct ipc_msg *msg, struct ipc_space *space)
{
	mach_port_name_t name = MACH_PORT_NULL;
	struct ipc_port *port = msg->reply;

	if (!IPC_PORT_VALID(port))
		return (false);
	ipc_port_lock(port);
	if (!(port->flags & IPC_PORT_REPLY)) {
		ipc_port_unlock(port);
		return (false);
	}
	if (port->object.dead) {
		name = MACH_PORT_DEAD;
	} else if (port->receiver == space) {
		name = port->receiver_name;
		msg->reply_type = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	}
	port->sorights--;
	ipc_port_unlock(port);
	ipc_port_unref(port);
	ipc_msg_header(msg)->msgh_local_port = name;
	return (true);
}

mach_msg_return_t
ipc_msg_copyout_pseudo(
    struct ipc_msg *msg, struct ipc_thread *thread, uint64_t buffer)
{
	struct ipc_space *space = thread->task->space;
	mach_msg_header_t *h = ipc_msg_header(msg);
	mach_msg_return_t mr;

	mr = copyout_port(
	    space, msg->dest, msg->dest_type, &h->msgh_remote_port);
	if (!reply_port_back(msg, space))
		mr |= copyout_port(
		    space, msg->reply, msg->reply_type, &h->msgh_local_port);
	msg->dest = msg->reply = NULL;
	/* As moves: what was copied or made is the sender's own now. */
	h->msgh_bits = MACH_MSGH_BITS_SET(msg->dest_type, msg->reply_type,
	    MACH_MSGH_BITS_VOUCHER(h->msgh_bits),
	    MACH_MSGH_BITS_OTHER(h->msgh_bits));
	if (msg->ndescs != 0)
		mr |= copyout_body(msg, thread->task, 0, buffer, true);
	return (mr);
}

/*
 * The trailer
 */

uint32_t
ipc_msg_trailer_size(uint64_t options)
{
	return (REQUESTED_TRAILER_SIZE((mach_msg_option_t)options));
}

uint32_t
ipc_msg_trailer(struct ipc_msg *msg, uint64_t options)
{
	mach_msg_max_trailer_t trailer;
	uint32_t size = ipc_msg_trailer_size(options);

	memset(&trailer, 0, sizeof(trailer));
	trailer.msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	trailer.msgh_trailer_size = size;
	if (size >= sizeof(mach_msg_seqno_trailer_t))
		trailer.msgh_seqno = msg->seqno;
	if (size >= sizeof(mach_msg_security_trailer_t))
		trailer.msgh_sender = msg->sender;
	if (size >= sizeof(mach_msg_audit_trailer_t))
		trailer.msgh_audit = msg->audit;
	if (size >= sizeof(mach_msg_context_trailer_t))
		trailer.msgh_context = msg->context;
	memset(msg->data + msg->size, 0, round_msg(msg->size) - msg->size);
	memcpy(msg->data + round_msg(msg->size), &trailer, size);
	return (size);
}
