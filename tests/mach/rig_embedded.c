/*
 * The rig where all tasks are in this process: a task has a thread that acts
 * for it and runs what it is given.
 */
#include <isthmus/mach_embedded.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mach/os/user/user.h"
#include "tests/mach/rig.h"

struct rig_thread {
	struct mach_embedded_task *task;
	pthread_t thread;
	rig_fn *fn;
	void *arg, *copy;
	size_t size;
	mach_port_t port;
	int running; /* until fn has returned */
};

struct rig_task {
	struct mach_embedded_task *task;
	struct rig_ports ports;
	pthread_t worker;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	rig_fn *fn; /* to be run; NULL: none */
	void *arg;
	bool ends;
};

__attribute__((constructor(150))) static void
select_embedded(void)
{
	mach_embedded_select();
}

uint64_t
rig_trap(int number, const uint64_t *args, unsigned int n)
{
	return (mach_embedded_trap(number, args, n));
}

static void *
worker(void *p)
{
	struct rig_task *task = p;

	(void)mach_embedded_task_enter(task->task);
	pthread_mutex_lock(&task->lock);
	for (;;) {
		while (task->fn == NULL && !task->ends)
			pthread_cond_wait(&task->changed, &task->lock);
		if (task->ends)
			break;
		pthread_mutex_unlock(&task->lock);
		task->fn(task->arg);
		pthread_mutex_lock(&task->lock);
		task->fn = NULL;
		pthread_cond_broadcast(&task->changed);
	}
	pthread_mutex_unlock(&task->lock);
	mach_embedded_thread_exit();
	return (NULL);
}

static struct rig_task *
task_make(struct mach_embedded_task *embedded)
{
	struct rig_task *task = calloc(1, sizeof(*task));

	ATF_REQUIRE(task != NULL && embedded != NULL);
	task->task = embedded;
	pthread_mutex_init(&task->lock, NULL);
	pthread_cond_init(&task->changed, NULL);
	ATF_REQUIRE(pthread_create(&task->worker, NULL, worker, task) == 0);
	return (task);
}

struct rig_task *
rig_task_create(void)
{
	struct rig_task *task;

	rig_ports_begin();
	task = task_make(mach_embedded_task_create(mach_embedded_task_self()));
	rig_ports_make(task);
	return (task);
}

struct rig_task *
rig_task_create_limited(
    uint32_t names, uint32_t uid_names, uint64_t task_bytes, uint64_t uid_bytes)
{
	struct mach_embedded_limits limits = { names, task_bytes, uid_bytes,
		uid_names };

	return (task_make(mach_embedded_host_create(&limits)));
}

struct rig_task *
rig_task_create_beside(struct rig_task *task)
{
	return (task_make(mach_embedded_task_create(task->task)));
}

struct rig_ports *
rig_task_ports(struct rig_task *task)
{
	return (&task->ports);
}

void
rig_task_destroy(struct rig_task *task)
{
	pthread_mutex_lock(&task->lock);
	task->ends = true;
	pthread_cond_broadcast(&task->changed);
	pthread_mutex_unlock(&task->lock);
	pthread_join(task->worker, NULL);
	mach_embedded_task_destroy(task->task);
	rig_ports_end(&task->ports);
	pthread_mutex_destroy(&task->lock);
	pthread_cond_destroy(&task->changed);
	free(task);
}

/* At least a byte of it: a copy that sanitizers know the end of. */
static void *
copy_of(const void *arg, size_t size)
{
	void *copy = malloc(size == 0 ? 1 : size);

	ATF_REQUIRE(copy != NULL);
	if (size != 0)
		memcpy(copy, arg, size);
	return (copy);
}

void
rig_run(struct rig_task *task, rig_fn *fn, void *arg, size_t size)
{
	void *copy = copy_of(arg, size);

	pthread_mutex_lock(&task->lock);
	task->arg = copy;
	task->fn = fn;
	pthread_cond_broadcast(&task->changed);
	while (task->fn != NULL)
		pthread_cond_wait(&task->changed, &task->lock);
	pthread_mutex_unlock(&task->lock);
	if (size != 0)
		memcpy(arg, copy, size);
	free(copy);
}

static void *
thread_main(void *p)
{
	struct rig_thread *thread = p;

	(void)mach_embedded_task_enter(thread->task);
	__atomic_store_n(&thread->port, mach_thread_self(), __ATOMIC_RELEASE);
	thread->fn(thread->copy);
	mach_embedded_thread_exit();
	__atomic_store_n(&thread->running, 0, __ATOMIC_RELEASE);
	return (NULL);
}

struct rig_thread *
rig_start(struct rig_task *task, rig_fn *fn, void *arg, size_t size)
{
	struct rig_thread *thread = calloc(1, sizeof(*thread));

	ATF_REQUIRE(thread != NULL);
	*thread = (struct rig_thread){
		.task = task != NULL ? task->task : mach_embedded_task_self(),
		.fn = fn,
		.arg = arg,
		.copy = copy_of(arg, size),
		.size = size,
		.running = 1,
	};
	ATF_REQUIRE(
	    pthread_create(&thread->thread, NULL, thread_main, thread) == 0);
	return (thread);
}

mach_port_t
rig_thread_port(struct rig_thread *thread)
{
	mach_port_t port;

	while ((port = __atomic_load_n(&thread->port, __ATOMIC_ACQUIRE)) == 0)
		rig_settle();
	return (port);
}

void
rig_join(struct rig_thread *thread)
{
	pthread_join(thread->thread, NULL);
	if (thread->size != 0)
		memcpy(thread->arg, thread->copy, thread->size);
	free(thread->copy);
	free(thread);
}

bool
rig_runs(struct rig_thread *thread, unsigned int ms)
{
	struct timespec ts = { 0, 1000000 };

	for (; ms > 0; ms--) {
		if (!__atomic_load_n(&thread->running, __ATOMIC_ACQUIRE))
			return (false);
		nanosleep(&ts, NULL);
	}
	return (__atomic_load_n(&thread->running, __ATOMIC_ACQUIRE) != 0);
}

uint64_t
rig_memory(void)
{
	uint64_t bytes = 0;
	int i;

	for (i = 0; i < IPC_MEM_KINDS; i++)
		bytes += __atomic_load_n(&user_mem_bytes[i], __ATOMIC_RELAXED);
	return (bytes);
}

void
rig_settle(void)
{
	struct timespec ts = { 0, 30000000 };

	nanosleep(&ts, NULL);
}

unsigned int
rig_large_pieces(void)
{
	return (UINT32_MAX);
}

bool
rig_outlives_its_descriptors(void)
{
	return (true);
}
