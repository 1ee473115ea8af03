/*
 * mach_msg_destroy: gives back what a received message carries, or does to a
 * message that was not sent what sending it and throwing it away would do.
 */
#include <mach/mach.h>
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <mach/message.h>

static void
right_destroy(mach_port_t name, mach_msg_type_name_t disposition)
{
	mach_port_t task = mach_task_self();
	mach_msg_type_name_t type;

	if (!MACH_PORT_VALID(name))
		return;
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		(void)mach_port_deallocate(task, name);
		break;
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		(void)mach_port_mod_refs(
		    task, name, MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	/* Making one shows: in mscount, in no-senders and send-once notices. */
	case MACH_MSG_TYPE_MAKE_SEND:
		if (mach_port_insert_right(task, name, name, disposition) ==
		    KERN_SUCCESS)
			(void)mach_port_deallocate(task, name);
		break;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		if (mach_port_extract_right(
			task, name, disposition, &name, &type) == KERN_SUCCESS)
			(void)mach_port_deallocate(task, name);
		break;
	default:
		break;
	}
}

static void
memory_destroy(const void *address, mach_vm_size_t size)
{
	if (size != 0)
		(void)mach_vm_deallocate(mach_task_self(),
		    (mach_vm_address_t)(uintptr_t)address, size);
}

static void
ports_destroy(const mach_msg_ool_ports_descriptor_t *d)
{
	const mach_port_t *names = d->address;
	mach_msg_size_t i;

	for (i = 0; i < d->count; i++)
		right_destroy(names[i], d->disposition);
	if (d->deallocate)
		memory_destroy(d->address, d->count * sizeof(*names));
}

/* The size of a descriptor, after giving back what it is of; 0: unknown. */
static size_t
descriptor_destroy(const void *descriptor)
{
	const mach_msg_type_descriptor_t *any = descriptor;
	const mach_msg_guarded_port_descriptor_t *guarded = descriptor;
	const mach_msg_ool_descriptor_t *memory = descriptor;
	const mach_msg_port_descriptor_t *port = descriptor;

	switch (any->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		right_destroy(port->name, port->disposition);
		return (sizeof(*port));
	case MACH_MSG_OOL_DESCRIPTOR:
		if (memory->deallocate)
			memory_destroy(memory->address, memory->size);
		return (sizeof(*memory));
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		return (sizeof(*memory)); /* never the message's own */
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		ports_destroy(descriptor);
		return (sizeof(mach_msg_ool_ports_descriptor_t));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		if (!(guarded->flags & MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND))
			(void)mach_port_unguard(
			    mach_task_self(), guarded->name, guarded->context);
		right_destroy(guarded->name, guarded->disposition);
		return (sizeof(*guarded));
	default:
		return (0);
	}
}

void
mach_msg_destroy(mach_msg_header_t *msg)
{
	const mach_msg_base_t *base = (const mach_msg_base_t *)msg;
	const char *p = (const char *)(base + 1);
	mach_msg_size_t i;
	size_t size;

	/* The local port of a received message is a name only. */
	right_destroy(
	    msg->msgh_remote_port, MACH_MSGH_BITS_REMOTE(msg->msgh_bits));
	right_destroy(
	    msg->msgh_voucher_port, MACH_MSGH_BITS_VOUCHER(msg->msgh_bits));
	if (!(msg->msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return;
	for (i = 0; i < base->body.msgh_descriptor_count; i++) {
		size = descriptor_destroy(p);
		if (size == 0)
			break;
		p += size;
	}
}
