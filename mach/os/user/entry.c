/*
 * Memory entries: ports that stand for a file in memory, or part of one.
 */
#include <fcntl.h>
#include <unistd.h>

#include "mach/core/kobject.h"
#include "mach/os/user/entry.h"
#include "mach/os/user/user.h"

void
user_memory_entry_release(struct ipc_memory_entry *entry)
{
	if (!ipc_ref_put(&entry->refs))
		return;
	close(entry->fd);
	ipc_add(&user_descriptors, (uint64_t)-1);
	ipc_mem_free(IPC_MEM_OBJECT, entry, sizeof(*entry));
}

/* That of a name, referenced. */
kern_return_t
entry_lookup(struct ipc_call *call, mach_port_name_t name,
    struct ipc_memory_entry **entry)
{
	struct ipc_port *port;
	kern_return_t kr = KERN_INVALID_ARGUMENT;

	if (ipc_kobject_lock(call->thread->task->space, name, &port) !=
	    KERN_SUCCESS)
		return (kr);
	if (port->object.kobject_kind == IPC_KO_MEMORY_ENTRY) {
		*entry = port->kobject;
		ipc_ref_get(&(*entry)->refs);
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}

/* A send right to a new one; the descriptor is consumed. */
kern_return_t
entry_create(int fd, uint64_t offset, uint64_t size, int protection,
    struct ipc_right *right)
{
	struct ipc_memory_entry *entry;
	struct ipc_port *port;

	entry = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*entry), IPC_ZERO);
	if (entry == NULL) {
		close(fd);
		return (KERN_RESOURCE_SHORTAGE);
	}
	ipc_ref_init(&entry->refs);
	entry->fd = fd;
	ipc_add(&user_descriptors, 1);
	entry->protection = protection;
	entry->offset = offset;
	entry->size = size;
	port = ipc_port_create_kobject(IPC_KO_MEMORY_ENTRY, entry);
	if (port == NULL) {
		user_memory_entry_release(entry);
		return (KERN_RESOURCE_SHORTAGE);
	}
	right->port = ipc_port_kobject_send(port);
	right->type = MACH_MSG_TYPE_PORT_SEND;
	return (KERN_SUCCESS);
}

/* Part of another entry. */
kern_return_t
entry_part(
    struct ipc_call *call, uint64_t offset, uint64_t size, int protection)
{
	struct ipc_memory_entry *parent;
	kern_return_t kr;
	int fd;

	kr = entry_lookup(call, (mach_port_name_t)call->raw[5], &parent);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (offset > parent->size || size > parent->size - offset) {
		kr = KERN_INVALID_ARGUMENT;
	} else {
		fd = fcntl(parent->fd, F_DUPFD_CLOEXEC, 0);
		kr = fd == -1 ? KERN_RESOURCE_SHORTAGE
			      : entry_create(fd, parent->offset + offset, size,
				    protection & parent->protection,
				    &call->arg[4].v.right);
	}
	user_memory_entry_release(parent);
	return (kr);
}
