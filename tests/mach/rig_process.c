/*
 * The rig over mach.ko and machd: a task is a process, forked from the test, whose
 * thread runs what it is given.  What both sides see is in memory that was
 * shared before the first fork.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mach/lib/trap.h"
#include "tests/mach/rig.h"

#define ARENA (64u << 20)

struct rig_thread {
	rig_fn *fn;
	void *arg, *copy; /* the copy is shared */
	size_t size;
	mach_port_t port;
	int running; /* until fn has returned */
	bool beside; /* a thread of its own; else the task's */
	bool ours;   /* of the test's own task */
	pthread_t thread;
};

struct rig_task {
	struct rig_ports ports;
	pid_t pid;
	int socket; /* jobs go in; a byte comes out when one is done */
};

static char *arena;
static size_t arena_used;

__attribute__((constructor)) static void
arena_make(void)
{
	arena = mmap(
	    NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	if (arena == MAP_FAILED)
		abort();
	/* What a kernel has for numbers that are no traps, beside an error. */
	signal(SIGSYS, SIG_IGN);
}

static void *
shared(size_t size)
{
	size_t at = __atomic_fetch_add(
	    &arena_used, (size + 63) & ~(size_t)63, __ATOMIC_RELAXED);

	ATF_REQUIRE(at + size <= ARENA);
	return (arena + at);
}

static bool
over_server(void)
{
	const char *transport = getenv("ISTHMUS_MACH_TRANSPORT");

	return (transport != NULL && strcmp(transport, "server") == 0);
}

unsigned int
rig_large_pieces(void)
{
	return (over_server() ? 64 : UINT32_MAX);
}

bool
rig_outlives_its_descriptors(void)
{
	return (!over_server());
}

uint64_t
rig_trap(int number, const uint64_t *args, unsigned int n)
{
	return (mach_transport->trap(number, args, n));
}

static void *
thread_main(void *p)
{
	struct rig_thread *thread = p;

	__atomic_store_n(&thread->port, mach_thread_self(), __ATOMIC_RELEASE);
	thread->fn(thread->copy);
	__atomic_store_n(&thread->running, 0, __ATOMIC_RELEASE);
	return (NULL);
}

/* The life of a peer. */
_Noreturn static void
peer(int socket)
{
	struct rig_thread *job;
	pthread_t thread;

	while (read(socket, &job, sizeof(job)) == sizeof(job)) {
		if (job == NULL)
			break;
		if (job->beside) {
			if (pthread_create(&thread, NULL, thread_main, job) !=
			    0)
				_exit(2);
			pthread_detach(thread);
			continue;
		}
		job->fn(job->copy);
		if (write(socket, "", 1) != 1)
			_exit(3);
	}
	_exit(0);
}

struct rig_task *
rig_task_create(void)
{
	struct rig_task *task = calloc(1, sizeof(*task));
	int pair[2];

	ATF_REQUIRE(task != NULL);
	rig_ports_begin();
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	task->pid = fork();
	ATF_REQUIRE(task->pid >= 0);
	if (task->pid == 0) {
		close(pair[0]);
		peer(pair[1]);
	}
	close(pair[1]);
	task->socket = pair[0];
	rig_ports_make(task);
	return (task);
}

struct rig_task *
rig_task_create_limited(
    uint32_t names, uint32_t uid_names, uint64_t task_bytes, uint64_t uid_bytes)
{
	(void)names;
	(void)uid_names;
	(void)task_bytes;
	(void)uid_bytes;
	atf_tc_skip(
	    "needs a host in the process: the limits of this one are for all tasks");
	return (NULL);
}

struct rig_task *
rig_task_create_beside(struct rig_task *task)
{
	(void)task;
	atf_tc_skip("needs a host in the process: this one is the only one");
	return (NULL);
}

struct rig_ports *
rig_task_ports(struct rig_task *task)
{
	return (&task->ports);
}

static void
job_give(struct rig_task *task, struct rig_thread *job)
{
	ATF_REQUIRE_EQ(
	    (ssize_t)sizeof(job), write(task->socket, &job, sizeof(job)));
}

void
rig_task_destroy(struct rig_task *task)
{
	job_give(task, NULL);
	ATF_REQUIRE_EQ(task->pid, waitpid(task->pid, NULL, 0));
	close(task->socket);
	/* A server hears of that within 50 ms. */
	if (over_server())
		nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	rig_ports_end(&task->ports);
	free(task);
}

static struct rig_thread *
job_make(rig_fn *fn, void *arg, size_t size, bool beside)
{
	struct rig_thread *job = shared(sizeof(*job));

	*job = (struct rig_thread){
		.fn = fn,
		.arg = arg,
		.copy = shared(size),
		.size = size,
		.running = 1,
		.beside = beside,
	};
	if (size != 0)
		memcpy(job->copy, arg, size);
	return (job);
}

void
rig_run(struct rig_task *task, rig_fn *fn, void *arg, size_t size)
{
	struct rig_thread *job = job_make(fn, arg, size, false);
	char done;

	job_give(task, job);
	ATF_REQUIRE_EQ(1, read(task->socket, &done, 1));
	if (size != 0)
		memcpy(arg, job->copy, size);
}

struct rig_thread *
rig_start(struct rig_task *task, rig_fn *fn, void *arg, size_t size)
{
	struct rig_thread *thread = job_make(fn, arg, size, true);

	thread->ours = task == NULL;
	if (task != NULL)
		job_give(task, thread);
	else
		ATF_REQUIRE(pthread_create(&thread->thread, NULL, thread_main,
				thread) == 0);
	/* Its first trap is behind it, which may take its time. */
	while (__atomic_load_n(&thread->port, __ATOMIC_ACQUIRE) == 0)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
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
	while (rig_runs(thread, 1000))
		continue;
	if (thread->ours)
		pthread_join(thread->thread, NULL);
	if (thread->size != 0)
		memcpy(thread->arg, thread->copy, thread->size);
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

/* The module's memory is not the test's to see. */
uint64_t
rig_memory(void)
{
	return (0);
}

void
rig_settle(void)
{
	struct timespec ts = { 0, 150000000 };

	nanosleep(&ts, NULL);
}
