/*
 * The embedded host: the core in one process, whose threads may act for
 * several tasks.  <isthmus/mach_embedded.h> is its interface.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>

#include "mach/core/ipc.h"
#include "mach/os/user/user_poll.h"
#include "mach/os/user/user.h"

struct mach_embedded_task {
	struct ipc_task *task;
	struct ipc_host *host; /* that ends with it; NULL, mostly */
	struct mach_embedded_names names;
};

/* The Mach thread that this thread is, made when it first needs one. */
static _Thread_local struct ipc_thread *current;
static _Thread_local struct mach_embedded_task *current_task;
static _Thread_local struct user_thread current_user;
/* Its destructor ends the Mach thread of a thread that ends. */
static pthread_key_t exit_key;
static void (*exit_hook)(void);

static struct ipc_host *host;
static struct mach_embedded_task first_task;
static uint32_t started; /* 0 not, 1 being, 2 done */
static uint32_t next_pid;
static uint64_t last_id; /* of a Mach thread */

static void
exit_thread(void *thread)
{
	(void)thread;
	mach_embedded_thread_exit();
}

static void
start(void)
{
	struct ipc_credentials c = { .pid = (uint32_t)getpid() };
	uint32_t none = 0;

	c.euid = c.auid = (uint32_t)geteuid();
	c.egid = (uint32_t)getegid();
	c.ruid = (uint32_t)getuid();
	c.rgid = (uint32_t)getgid();
	if (__atomic_compare_exchange_n(&started, &none, 1, false,
		__ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		next_pid = c.pid;
		host = ipc_host_create(NULL);
		if (host != NULL)
			first_task.task = ipc_task_create(host, NULL, &c);
		if (first_task.task == NULL ||
		    pthread_key_create(&exit_key, exit_thread) != 0)
			ipc_panic("no memory for the first task");
		__atomic_store_n(&started, 2, __ATOMIC_RELEASE);
	}
	while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) != 2)
		sched_yield();
}

static struct ipc_thread *
self(void)
{
	if (current != NULL)
		return (current);
	start();
	if (current_task == NULL)
		current_task = &first_task;
	current = ipc_thread_create(current_task->task);
	if (current == NULL)
		return (NULL);
	current_user.pthread = pthread_self();
	current_user.id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	current_user.abort = 0;
	ipc_mutex_lock(&current->lock);
	current->os = &current_user;
	ipc_mutex_unlock(&current->lock);
	pthread_setspecific(exit_key, current);
	return (current);
}

static struct mach_embedded_task *
task_create(struct ipc_host *of, struct mach_embedded_task *parent)
{
	struct ipc_credentials c = { 0 };
	struct mach_embedded_task *task;

	task = calloc(1, sizeof(*task));
	if (task == NULL)
		return (NULL);
	c.auid = c.euid = (uint32_t)geteuid();
	c.egid = (uint32_t)getegid();
	c.ruid = (uint32_t)getuid();
	c.rgid = (uint32_t)getgid();
	/* No process has it: told apart by a number of its own. */
	c.pid = __atomic_add_fetch(&next_pid, 1, __ATOMIC_RELAXED);
	task->task =
	    ipc_task_create(of, parent != NULL ? parent->task : NULL, &c);
	if (task->task == NULL) {
		free(task);
		return (NULL);
	}
	return (task);
}

struct mach_embedded_task *
mach_embedded_task_create(struct mach_embedded_task *parent)
{
	start();
	return (
	    task_create(parent != NULL ? parent->task->host : host, parent));
}

struct mach_embedded_task *
mach_embedded_host_create(const struct mach_embedded_limits *limits)
{
	struct ipc_limits core = {
		.names = limits != NULL && limits->names != 0
			     ? limits->names
			     : IPC_NAMES_DEFAULT,
		.uid_names = limits != NULL && limits->uid_names != 0
				 ? limits->uid_names
				 : IPC_UID_NAMES_DEFAULT,
		.task_bytes = limits != NULL && limits->task_bytes != 0
				  ? limits->task_bytes
				  : IPC_TASK_BYTES_DEFAULT,
		.uid_bytes = limits != NULL && limits->uid_bytes != 0
				 ? limits->uid_bytes
				 : IPC_UID_BYTES_DEFAULT,
	};
	struct mach_embedded_task *task;
	struct ipc_host *other;

	start();
	other = ipc_host_create(&core);
	if (other == NULL)
		return (NULL);
	task = task_create(other, NULL);
	if (task == NULL) {
		ipc_host_destroy(other);
		return (NULL);
	}
	task->host = other;
	return (task);
}

struct mach_embedded_task *
mach_embedded_task_self(void)
{
	(void)self();
	return (current_task);
}

struct mach_embedded_task *
mach_embedded_task_enter(struct mach_embedded_task *task)
{
	struct mach_embedded_task *old;

	start();
	old = current_task != NULL ? current_task : &first_task;
	if (task == old)
		return (old);
	mach_embedded_thread_exit();
	current_task = task;
	return (old);
}

void
mach_embedded_thread_exit(void)
{
	struct ipc_thread *thread = current;
	void (*hook)(void) = __atomic_load_n(&exit_hook, __ATOMIC_ACQUIRE);

	if (thread == NULL)
		return;
	if (hook != NULL && !thread->task->dead)
		hook();
	current = NULL;
	pthread_setspecific(exit_key, NULL);
	ipc_mutex_lock(&thread->lock);
	thread->os = NULL;
	ipc_mutex_unlock(&thread->lock);
	ipc_thread_destroy(thread);
	user_poll_flush();
}

void
mach_embedded_at_thread_exit(void (*hook)(void))
{
	__atomic_store_n(&exit_hook, hook, __ATOMIC_RELEASE);
}

struct mach_embedded_names *
mach_embedded_task_names(void)
{
	if (current_task == NULL) {
		start();
		current_task = &first_task;
	}
	return (&current_task->names);
}

void
mach_embedded_task_destroy(struct mach_embedded_task *task)
{
	if (current_task == task)
		(void)mach_embedded_task_enter(&first_task);
	ipc_task_destroy(task->task);
	if (task->host != NULL)
		ipc_host_destroy(task->host);
	user_poll_flush();
	free(task);
}

uint64_t
mach_embedded_trap(int number, const uint64_t *args, unsigned int nargs)
{
	struct ipc_thread *thread = self();
	struct ipc_call call;
	enum user_wake wake;

	if (thread == NULL)
		return ((uint64_t)(int64_t)KERN_RESOURCE_SHORTAGE);
	if (!ipc_trap_call(thread, number, args, nargs, &call)) {
		do {
			user_poll_flush();
			wake = user_park(thread, call.deadline);
			if (wake == USER_TIMED_OUT)
				ipc_cancel(thread, IPC_CANCEL_TIMEOUT);
			else if (thread->task->dead)
				ipc_cancel(thread, IPC_CANCEL_EXIT);
			else if (wake == USER_INTERRUPTED ||
				 __atomic_exchange_n(&current_user.abort, 0,
				     __ATOMIC_ACQUIRE) != 0)
				ipc_cancel(thread, IPC_CANCEL_INTERRUPT);
		} while (!ipc_resume(thread));
	}
	user_poll_flush();
	if (call.yield)
		sched_yield();
	return (call.result);
}

/*
 * The rest of the seam
 */

bool
ipc_os_copyin(
    struct ipc_thread *thread, uint64_t address, void *to, size_t size)
{
	(void)thread;
	if (size == 0)
		return (true);
	if (address == 0)
		return (false);
	memcpy(to, (const void *)(uintptr_t)address, size);
	return (true);
}

bool
ipc_os_copyout(
    struct ipc_thread *thread, const void *from, uint64_t address, size_t size)
{
	(void)thread;
	if (size == 0)
		return (true);
	if (address == 0)
		return (false);
	memcpy((void *)(uintptr_t)address, from, size);
	return (true);
}
