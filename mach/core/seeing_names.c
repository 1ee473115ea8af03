/*
 * <isthmus/mach_seeing.h>: the names of a task, and the ports and sets behind
 * them.
 */
#include <isthmus/mach_seeing.h>

#include "mach/core/handlers.h"
#include "mach/core/notify.h"
#include "mach/core/seeing.h"
#include "mach/core/set.h"

/* A call takes the space's lock once, for so many names at most. */
#define NAMES_PAGE 1024u

/* The task behind a locked kernel object's port, or NULL. */
static struct ipc_task *
task_of_kobject(const struct ipc_port *port)
{
	switch (port->object.kobject_kind) {
	case IPC_KO_TASK:
	case IPC_KO_TASK_READ:
	case IPC_KO_TASK_INSPECT:
	case IPC_KO_TASK_NAME:
		return (port->kobject);
	case IPC_KO_THREAD:
		return (((struct ipc_thread *)port->kobject)->task);
	default:
		return (NULL);
	}
}

static uint32_t
flags_of(const struct ipc_port *port)
{
	static const struct {
		uint32_t port, seen;
	} flags[] = {
		{ IPC_PORT_GUARDED, MACH_SEEING_GUARDED },
		{ IPC_PORT_STRICT, MACH_SEEING_STRICT },
		{ IPC_PORT_IMMOVABLE, MACH_SEEING_IMMOVABLE },
		{ IPC_PORT_REPLY | IPC_PORT_SPECIAL, MACH_SEEING_REPLY },
		{ IPC_PORT_SERVICE, MACH_SEEING_SERVICE },
		{ IPC_PORT_CONNECTION, MACH_SEEING_CONNECTION },
	};
	uint32_t seen = 0;
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (port->flags & flags[i].port)
			seen |= flags[i].seen;
	}
	if (port->object.receivers != NULL)
		seen |= MACH_SEEING_RECEIVING;
	if (port->senders != NULL)
		seen |= MACH_SEEING_SENDING;
	if (port->nsrequest != NULL)
		seen |= MACH_SEEING_NO_SENDERS;
	if (port->pdrequest != NULL)
		seen |= MACH_SEEING_PORT_DESTROYED;
	return (seen);
}

/* What is known of a locked live port to whoever may see its receiver. */
static void
port_fill(
    struct ipc_task *viewer, struct ipc_port *port, mach_seeing_name_t *out)
{
	/* Its task lives while the receive right is in the space. */
	struct ipc_task *peer = port->receiver != NULL ? port->receiver->task
						       : task_of_kobject(port);
	bool seen = peer != NULL && ipc_may_see(viewer, peer);

	out->msn_object = ipc_object_id(viewer->host, &port->object);
	out->msn_kotype =
	    ipc_kotype((enum ipc_kobject_kind)port->object.kobject_kind);
	if (port->receiver == NULL)
		out->msn_flags = port->object.kobject_kind != IPC_KO_NONE
				     ? MACH_SEEING_KERNEL
				     : MACH_SEEING_IN_MESSAGE;
	if (seen) {
		out->msn_peer_pid = (int32_t)ipc_load_acquire(&peer->pid);
		out->msn_peer_name = port->receiver_name;
	}
	if (!seen && ipc_load_acquire(&viewer->euid) != 0)
		out->msn_flags |= MACH_SEEING_HIDDEN;
	/* Nor is a receiver of another host root's to see. */
	if (peer != NULL && peer->host != viewer->host)
		out->msn_flags |= MACH_SEEING_HIDDEN;
	if (out->msn_flags & MACH_SEEING_HIDDEN)
		return;
	out->msn_flags |= flags_of(port);
	out->msn_queued = port->count;
	out->msn_limit = port->limit;
	out->msn_queued_bytes = port->bytes;
	out->msn_seqno = port->seqno;
	out->msn_mscount = port->mscount;
	out->msn_srights = port->srights;
	out->msn_sorights = port->sorights;
	out->msn_members = port->nsets;
}

static void
set_fill(struct ipc_task *viewer, struct ipc_set *set, mach_seeing_name_t *out)
{
	out->msn_object = ipc_object_id(viewer->host, &set->object);
	ipc_mutex_lock(&set->object.lock);
	out->msn_members = set->nmembers;
	if (set->object.receivers != NULL)
		out->msn_flags = MACH_SEEING_RECEIVING;
	ipc_mutex_unlock(&set->object.lock);
}

/* An entry of a locked space. */
static void
name_fill(struct ipc_task *viewer, struct ipc_space *space,
    mach_port_name_t name, struct ipc_entry *entry, mach_seeing_name_t *out)
{
	struct ipc_port *port;

	out->msn_name = name;
	/* A right whose port died is a dead name from here on. */
	out->msn_type = ipc_right_type(space, name, entry);
	out->msn_urefs = 1;
	if (entry->type & (IPC_TYPE_SEND | IPC_TYPE_DEAD_NAME))
		out->msn_urefs = entry->urefs;
	if (entry->type & IPC_TYPE_SET) {
		set_fill(viewer, (struct ipc_set *)entry->object, out);
	} else if (entry->type & (IPC_TYPE_SEND_ANY | IPC_TYPE_RECEIVE)) {
		port = entry->port;
		ipc_port_lock(port);
		if (!port->object.dead)
			port_fill(viewer, port, out);
		ipc_port_unlock(port);
	}
}

/* (pid, after, **names, *count) */
kern_return_t
ipc_do_seeing_names(struct ipc_call *call)
{
	uint32_t index = ipc_name_index((mach_port_name_t)call->raw[1]);
	struct ipc_arg *out = &call->arg[2];
	struct ipc_task *self = call->thread->task, *task;
	struct ipc_entry *entry;
	mach_seeing_name_t *rows;
	mach_port_name_t name;
	uint32_t n = 0, room = 0;
	kern_return_t kr = KERN_INVALID_ARGUMENT;

	task = ipc_task_find_pid(self, (uint32_t)call->raw[0]);
	if (task == NULL)
		return (kr);
	if (ipc_space_lock(task->space)) {
		room = task->space->used;
		ipc_space_unlock(task->space);
		if (room > NAMES_PAGE)
			room = NAMES_PAGE;
		rows = ipc_array_make(out, room, sizeof(*rows));
		kr = rows == NULL ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
	}
	if (kr == KERN_SUCCESS && ipc_space_lock(task->space)) {
		if (index != 0)
			index++;
		/* What does not fit any more is the next call's. */
		while (n < room && (entry = ipc_entry_each(
					task->space, &index, &name)) != NULL)
			name_fill(self, task->space, name, entry, &rows[n++]);
		ipc_space_unlock(task->space);
	}
	out->count = n;
	ipc_task_unref(task);
	return (kr);
}

/* (pid, set, **members, *count) */
kern_return_t
ipc_do_seeing_members(struct ipc_call *call)
{
	struct ipc_task *task;
	kern_return_t kr;

	task = ipc_task_find_pid(call->thread->task, (uint32_t)call->raw[0]);
	if (task == NULL)
		return (KERN_INVALID_ARGUMENT);
	kr = ipc_set_member_names(
	    task->space, (mach_port_name_t)call->raw[1], &call->arg[2]);
	ipc_task_unref(task);
	return (kr);
}
