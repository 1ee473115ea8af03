/*
 * Fileports: ports that stand for a descriptor, which so travels in messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "mach/core/kobject.h"
#include "mach/os/user/calls.h"
#include "mach/os/user/user.h"

struct user_file {
	uint32_t uid; /* who brought it */
	int fd;
};

uint64_t user_descriptors;

int
user_file_take(struct user_file *file, uint32_t *uid)
{
	int fd = file->fd;

	*uid = file->uid;
	ipc_add(&user_descriptors, (uint64_t)-1);
	ipc_mem_free(IPC_MEM_OBJECT, file, sizeof(*file));
	return (fd);
}

void
user_file_release(struct user_file *file)
{
	uint32_t uid;

	close(user_file_take(file, &uid));
}

/*
 * (fd, *name).  KERN_INVALID_ARGUMENT: no descriptor; KERN_RESOURCE_SHORTAGE,
 * KERN_NO_SPACE, KERN_INVALID_ADDRESS.
 */
kern_return_t
user_fileport_makeport(struct ipc_call *call)
{
	struct ipc_right right = { NULL, MACH_MSG_TYPE_PORT_SEND };
	struct ipc_space *space = call->thread->task->space;
	struct user_file *file;
	mach_port_name_t name;
	kern_return_t kr;
	int fd;

	fd = fcntl((int)call->raw[0], F_DUPFD_CLOEXEC, 0);
	if (fd == -1)
		return (errno == EBADF ? KERN_INVALID_ARGUMENT
				       : KERN_RESOURCE_SHORTAGE);
	file = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*file), 0);
	if (file == NULL) {
		close(fd);
		return (KERN_RESOURCE_SHORTAGE);
	}
	file->fd = fd;
	file->uid = call->thread->task->audit.val[1];
	ipc_add(&user_descriptors, 1);
	right.port = ipc_port_create_kobject(IPC_KO_FILE, file);
	if (right.port == NULL) {
		user_file_release(file);
		return (KERN_RESOURCE_SHORTAGE);
	}
	/* With the last send right the port goes, and the descriptor. */
	(void)ipc_port_kobject_send(right.port);
	kr = ipc_right_put(space, right, &name);
	if (kr != KERN_SUCCESS) {
		ipc_right_release(right);
		return (kr);
	}
	if (!ipc_os_copyout(call->thread, &name, call->raw[1], sizeof(name))) {
		(void)ipc_right_deallocate(space, name);
		return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

/*
 * (name): the result is a new descriptor, or minus one of these:
 * KERN_INVALID_ARGUMENT when it is no fileport, KERN_RESOURCE_SHORTAGE.
 */
kern_return_t
user_fileport_makefd(struct ipc_call *call)
{
	struct ipc_port *port;
	int fd = -KERN_INVALID_ARGUMENT;

	if (ipc_kobject_lock(call->thread->task->space,
		(mach_port_name_t)call->raw[0], &port) == KERN_SUCCESS) {
		if (port->object.kobject_kind == IPC_KO_FILE) {
			/* The port's lock keeps the descriptor open. */
			fd = fcntl(((struct user_file *)port->kobject)->fd,
			    F_DUPFD_CLOEXEC, 0);
			if (fd == -1)
				fd = -KERN_RESOURCE_SHORTAGE;
		}
		ipc_port_unlock(port);
	}
	call->result = (uint64_t)(int64_t)fd;
	return (KERN_SUCCESS);
}
