/*
 * Kernel objects: ports that the core answers itself.
 */
#include "mach/core/kobject.h"
#include "mach/core/layout.h"
#include "mach/core/message.h"
#include "mach/core/queue.h"
#include "mach/core/right.h"
#include "mach/core/semaphore.h"
#include "mach/core/task.h"
#include "mach/core/timer.h"

/*
 * No answer goes to a kernel object, where nobody would receive it, nor into
 * a queue that is full: it does not wait for room.
 */
static bool
reply_fits(struct ipc_port *port, uint32_t type)
{
	bool fits;

	ipc_port_lock(port);
	fits =
	    port->object.kobject_kind == IPC_KO_NONE || port->receiver != NULL;
	if (type != MACH_MSG_TYPE_PORT_SEND_ONCE && ipc_port_full(port, 0))
		fits = false;
	ipc_port_unlock(port);
	return (fits);
}

void
ipc_kobject_serve(struct ipc_thread *thread, struct ipc_msg *request)
{
	struct ipc_msg *reply;
	mach_msg_header_t *h;

	reply = ipc_request_serve(thread, request);
	if (IPC_PORT_VALID(request->reply) &&
	    reply_fits(request->reply, request->reply_type)) {
		h = ipc_msg_header(reply);
		h->msgh_bits |= MACH_MSGH_BITS(request->reply_type, 0);
		h->msgh_size = reply->size;
		h->msgh_id = ipc_msg_header(request)->msgh_id + 100;
		reply->dest = request->reply;
		reply->dest_type = request->reply_type;
		request->reply = NULL;
		/* Who asked: the port may be anyone's. */
		ipc_msg_bill(reply, thread->task->account);
		ipc_msg_send_kernel(reply);
	} else {
		ipc_msg_destroy(reply);
	}
	ipc_msg_destroy(request);
}

kern_return_t
ipc_kobject_lock(
    struct ipc_space *space, mach_port_name_t name, struct ipc_port **port)
{
	struct ipc_entry *entry;
	kern_return_t kr = KERN_SUCCESS;

	if (!ipc_space_lock(space))
		return (KERN_INVALID_TASK);
	entry = ipc_entry_find(space, name);
	if (entry == NULL) {
		kr = KERN_INVALID_NAME;
	} else if (entry->type & IPC_TYPE_RECEIVE) {
		*port = entry->port;
		ipc_port_lock(*port);
	} else if (entry->type & IPC_TYPE_DEAD_NAME) {
		kr = KERN_INVALID_CAPABILITY;
	} else if (!(entry->type & IPC_TYPE_SEND)) {
		kr = KERN_INVALID_RIGHT;
	} else {
		*port = ipc_right_lock_port(space, name, entry);
		if (*port == NULL)
			kr = KERN_INVALID_CAPABILITY;
	}
	ipc_space_unlock(space);
	return (kr);
}

void
ipc_kobject_port_end(struct ipc_port *port)
{
	struct ipc_ring *dead = NULL;

	if (port == NULL)
		return;
	ipc_port_lock(port);
	port->object.kobject_kind = IPC_KO_NONE;
	port->kobject = NULL;
	ipc_port_destroy(port, &dead);
	ipc_msg_list_destroy(&dead);
}

void
ipc_kobject_no_senders(struct ipc_port *port)
{
	struct ipc_semaphore *semaphore = NULL;
	bool file = false;

	ipc_port_lock(port);
	if (!port->object.dead && port->srights == 0) {
		/* Nobody can reach it any more, and nobody will. */
		if (port->object.kobject_kind == IPC_KO_SEMAPHORE) {
			semaphore = port->kobject;
			ipc_ref_get(&semaphore->refs);
		}
		file = port->object.kobject_kind == IPC_KO_FILE ||
		       port->object.kobject_kind == IPC_KO_MEMORY_ENTRY;
	}
	if (file) {
		struct ipc_ring *dead = NULL;

		/* Its own reference goes; the caller has one. */
		ipc_port_destroy(port, &dead);
		ipc_msg_list_destroy(&dead);
		return;
	}
	ipc_port_unlock(port);
	if (semaphore != NULL) {
		ipc_semaphore_abandon(semaphore);
		ipc_semaphore_unref(semaphore);
	}
}

void
ipc_kobject_port_died(enum ipc_kobject_kind kind, void *kobject)
{
	/* Only a receive right in a space can end without its object. */
	if (kind == IPC_KO_TIMER)
		ipc_timer_port_died(kobject);
	else if (kind == IPC_KO_FILE || kind == IPC_KO_MEMORY_ENTRY)
		ipc_os_object_release(kind, kobject);
}
