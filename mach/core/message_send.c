/*
 * Sending: a message with its rights taken goes to a port, to a kernel
 * object, or waits for room.
 */
#include "mach/core/call.h"
#include "mach/core/kobject.h"
#include "mach/core/message.h"
#include "mach/core/queue.h"

/*
 * Where a receiver may get it.  False, the port unlocked, when there is none
 * any more: the message is gone, and that is no error (XNU: "pretend that it
 * got sent").
 */
static bool
lock_dest(struct ipc_msg *msg)
{
	struct ipc_port *port = msg->dest;

	ipc_port_lock(port);
	if (!port->object.dead)
		return (true);
	ipc_port_unlock(port);
	ipc_msg_destroy(msg);
	return (false);
}

mach_msg_return_t
ipc_msg_send(struct ipc_msg *msg, struct ipc_thread *thread, uint64_t options,
    uint32_t timeout)
{
	struct ipc_waiter *waiter = &thread->waiter;
	struct ipc_port *port = msg->dest;

	ipc_probe_msg_send(
	    port, ipc_msg_id(msg), msg->size, thread->task->audit.val[5]);
	if (msg->circular) {
		ipc_msg_destroy(msg);
		return (MACH_MSG_SUCCESS);
	}
	if (!lock_dest(msg))
		return (MACH_MSG_SUCCESS);
	if (port->object.kobject_kind != IPC_KO_NONE &&
	    port->receiver == NULL) {
		port->seqno++;
		ipc_port_unlock(port);
		ipc_kobject_serve(thread, msg);
		return (MACH_MSG_SUCCESS);
	}
	if (port->count >= MACH_PORT_QLIMIT_KERNEL ||
	    (ipc_port_full(port, msg->size) && !msg->always &&
		msg->dest_type != MACH_MSG_TYPE_PORT_SEND_ONCE)) {
		if (options & MACH_SEND_TIMEOUT && timeout == 0) {
			ipc_port_unlock(port);
			return (MACH_SEND_TIMED_OUT);
		}
		if (port->count >= MACH_PORT_QLIMIT_KERNEL) {
			ipc_port_unlock(port);
			return (MACH_SEND_NO_BUFFER);
		}
		waiter->msg = msg;
		ipc_waiter_park(waiter, IPC_WAIT_SEND, &port->senders,
		    &port->object.lock, &port->object);
		ipc_port_unlock(port);
		return (IPC_PARKED);
	}
	ipc_port_deliver_and_unlock(port, msg);
	return (MACH_MSG_SUCCESS);
}

void
ipc_msg_send_kernel(struct ipc_msg *msg)
{
	struct ipc_port *port = msg->dest;

	ipc_probe_msg_send(port, ipc_msg_id(msg), msg->size, 0);
	ipc_port_lock(port);
	if (port->object.dead || port->count >= MACH_PORT_QLIMIT_KERNEL) {
		if (msg->dest_type == MACH_MSG_TYPE_PORT_SEND_ONCE) {
			/* Used up; nobody is told of that again. */
			port->sorights--;
			ipc_port_unlock(port);
			ipc_port_unref(port);
			msg->dest = NULL;
		} else {
			ipc_port_unlock(port);
		}
		ipc_msg_destroy(msg);
		return;
	}
	if (msg->account == NULL)
		ipc_msg_bill(msg, port->account);
	ipc_port_deliver_and_unlock(port, msg);
}
