/*
 * The routines that the server does itself.  A task's memory is out of its
 * reach: what is done to a caller's own is done by the library, and to
 * another's what the system lets the caller do.
 */
#include <fcntl.h>
#include <unistd.h>

#include <mach/memory_object_types.h>

#include "mach/core/kobject.h"
#include "mach/os/info.h"
#include "mach/os/user/entry.h"
#include "mach/os/user/user_poll.h"
#include "mach/server/server.h"

/* Counted where they are made and end: a call that fails made none. */
static bool
files_full(void)
{
	return (ipc_load_acquire(&server.files) +
		    ipc_load_acquire(&user_descriptors) >=
		server.files_max);
}

/* (descriptor, *name): the descriptor came along. */
static kern_return_t
fileport_makeport(struct ipc_call *call)
{
	struct thread *t = call->thread->os;

	if (t->nfds != 1)
		return (KERN_INVALID_ARGUMENT);
	if (files_full())
		return (KERN_RESOURCE_SHORTAGE);
	call->raw[0] = (uint64_t)t->fds[0];
	return (user_fileport_makeport(call));
}

/* (name): the value is which of the descriptors that go back it is. */
static kern_return_t
fileport_makefd(struct ipc_call *call)
{
	struct thread *t = call->thread->os;
	kern_return_t kr;
	int64_t fd;

	kr = user_fileport_makefd(call);
	fd = (int64_t)call->result;
	if (kr == KERN_SUCCESS && fd >= 0) {
		(void)window_send_fd(t, (int)fd);
		call->result = 0;
	}
	return (kr);
}

/* Whoever had it last: it is its maker's to close. */
static void
fileport_close(struct user_file *file)
{
	uint32_t uid;
	int fd = user_file_take(file, &uid);

	server_close(uid, fd);
}

/* (task, name, -): the descriptor goes back. */
static kern_return_t
port_pollfd(struct ipc_call *call)
{
	struct thread *t = call->thread->os;
	kern_return_t kr;
	int fd;

	kr = user_poll_attach(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], &fd);
	if (kr == KERN_SUCCESS)
		(void)window_send_fd(t, fd);
	return (kr);
}

/*
 * (task, *size, offset in the file, permission, *entry, parent): the file
 * came along, where there is no parent.
 */
static kern_return_t
memory_entry(struct ipc_call *call)
{
	struct thread *t = call->thread->os;
	int protection = (int)call->raw[3] & (int)VM_PROT_ALL, fd, seals;
	uint64_t size;

	if (!ipc_os_copyin(call->thread, call->raw[1], &size, sizeof(size)))
		return (KERN_INVALID_ADDRESS);
	if (files_full())
		return (KERN_RESOURCE_SHORTAGE);
	if ((mach_port_name_t)call->raw[5] != MACH_PORT_NULL)
		return (entry_part(call, call->raw[2], size, protection));
	if (t->nfds != 1)
		return (KERN_INVALID_ARGUMENT);
	/* Who maps it must find it there. */
	seals = fcntl(t->fds[0], F_GET_SEALS);
	if (seals == -1 || !(seals & F_SEAL_SHRINK))
		return (KERN_INVALID_ARGUMENT);
	fd = fcntl(t->fds[0], F_DUPFD_CLOEXEC, 0);
	if (fd == -1)
		return (KERN_RESOURCE_SHORTAGE);
	return (entry_create(
	    fd, call->raw[2], size, protection, &call->arg[4].v.right));
}

uint64_t
call_entry(struct thread *t, uint32_t name, uint64_t address)
{
	struct mach_channel_entry out = { 0 };
	struct ipc_memory_entry *entry;
	kern_return_t kr;
	int fd;

	t->call.thread = t->mach;
	kr = entry_lookup(&t->call, name, &entry);
	if (kr != KERN_SUCCESS)
		return ((uint64_t)(int64_t)kr);
	out.offset = entry->offset;
	out.size = entry->size;
	out.protection = entry->protection;
	fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, 0);
	user_memory_entry_release(entry);
	if (fd == -1)
		return (KERN_RESOURCE_SHORTAGE);
	(void)window_send_fd(t, fd);
	return (ipc_os_copyout(t->mach, &out, address, sizeof(out))
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

uint64_t
call_task(struct thread *t, uint32_t name, uint64_t address)
{
	struct ipc_task *task;
	kern_return_t kr;
	uint32_t pid;
	bool same;

	kr = ipc_task_lookup(t->mach, name, true, &task);
	if (kr != KERN_SUCCESS)
		return ((uint64_t)(int64_t)kr);
	/* The main thread may not know yet that it has ended. */
	pid = task->audit.val[5];
	same = proc_version((pid_t)pid) == task->audit.val[7];
	ipc_task_unref(task);
	if (!same)
		return (KERN_TERMINATED);
	if (!proc_same_numbers((pid_t)t->mach->task->audit.val[5]))
		return (KERN_NOT_SUPPORTED);
	return (ipc_os_copyout(t->mach, &pid, address, sizeof(pid))
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

static const struct {
	int number;
	user_call *call;
} calls[] = {
	{ 44, user_task_name_for_pid },
	{ 45, user_task_for_pid },
	{ 200, info_host_info },
	{ 201, user_host_kernel_version },
	{ 202, user_host_page_size },
	{ 216, info_host_statistics },
	{ 219, info_host_statistics64 },
	{ 3405, info_task_info },
	{ 3607, user_thread_abort },
	{ 3608, user_thread_abort },
	{ 3612, info_thread_info },
	{ 4817, memory_entry },
	{ 9000, fileport_makeport },
	{ 9001, fileport_makefd },
	{ 9002, port_pollfd },
};

int
ipc_os_call(struct ipc_call *call)
{
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].number == call->trap->number)
			return (calls[i].call(call));
	}
	return (KERN_NOT_SUPPORTED);
}

void
ipc_os_object_release(int kind, void *object)
{
	if (kind == IPC_KO_MEMORY_ENTRY)
		user_memory_entry_release(object);
	else if (kind == IPC_KO_FILE)
		fileport_close(object);
}

/* What a client's process used. */
kern_return_t
info_task_usage(struct ipc_task *task, struct info_usage *u)
{
	return (proc_usage((pid_t)task->audit.val[5], u)
		    ? KERN_SUCCESS
		    : KERN_INVALID_ARGUMENT);
}

bool
info_thread_usage(struct ipc_thread *thread, struct ipc_thread *self,
    struct info_thread *usage)
{
	struct thread *t = thread->os;

	(void)self;
	*usage = (struct info_thread){ .id = t->user.id };
	return (proc_thread_usage((pid_t)thread->task->audit.val[5],
	    t->client_thread, &usage->user_ns, &usage->system_ns));
}
