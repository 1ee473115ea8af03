/*
 * The deterministic simulator: tasks and threads that trap at random, in the
 * core and in the reference model at once.  A run is many worlds, one after
 * the other, each of some thousand operations from a seed of its own; what
 * fails is shrunk to the fewest operations that still fail.
 *
 *	sim [--seed S] [--steps N] [--no-shrink] [--count]
 *	sim --world W [--trace]
 */
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <mach/kern_return.h>

#include "tests/sim/sim.h"

#define WORLD 2000 /* operations */
#define CHECK_EACH 8

struct ipc_host *sim_host;
struct task sim_tasks[TASKS];
bool sim_trace;
static uint32_t next_pid;
static uint64_t seed = 1;
static int now_at; /* the operation, in its world */

void
m_wrong(const char *fmt, ...)
{
	va_list ap;

	printf("WRONG at operation %d: ", now_at);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	_exit(3);
}

struct thread *
thread_of(const struct m_thread *model)
{
	int i, j;

	for (i = 0; i < TASKS; i++) {
		for (j = 0; j < THREADS; j++) {
			struct thread *t = sim_tasks[i].threads[j];

			if (t != NULL && t->model == model)
				return (t);
		}
	}
	return (NULL);
}

/*
 * Tasks and threads come and go
 */

static void
thread_start(struct task *task, int at)
{
	struct thread *t = calloc(1, sizeof(*t));

	if (t == NULL)
		abort();
	t->core = ipc_thread_create(task->core);
	if (t->core == NULL)
		m_wrong("no thread");
	t->model = m_thread_create(task->model);
	task->threads[at] = t;
}

/* Its wait is ended as by the host of a thread that exits. */
static void
thread_end(struct task *task, int at)
{
	struct thread *t = task->threads[at];

	if (t->parked) {
		ipc_cancel(t->core, IPC_CANCEL_EXIT);
		m_cancel(t->model, M_INTERRUPT);
		resume(task, t);
	}
	/* A send that came to its end may wait again, for an answer. */
	if (t->parked) {
		ipc_cancel(t->core, IPC_CANCEL_EXIT);
		m_cancel(t->model, M_INTERRUPT);
		resume(task, t);
	}
	ipc_thread_destroy(t->core);
	m_thread_destroy(t->model);
	task->threads[at] = NULL;
	free(t);
}

static void
task_start(struct task *task)
{
	struct ipc_credentials c = { .pid = ++next_pid };

	task->core = ipc_task_create(sim_host, NULL, &c);
	if (task->core == NULL)
		m_wrong("no task");
	task->model = m_task_create(sim_host->limits.names);
	task->pid = c.pid;
	thread_start(task, 0);
	thread_start(task, 1);
}

static struct m_list dead_tasks;

static void
task_end(struct task *task)
{
	int i;

	hints_clear();
	ipc_task_destroy(task->core);
	m_task_destroy(task->model);
	for (i = 0; i < THREADS; i++) {
		/* Its threads may have got some, in the core's order. */
		if (task->threads[i] == NULL)
			continue;
		if (m_kernel_msgs > 1)
			sim_check();
		thread_end(task, i);
	}
	m_list_add(&dead_tasks, task->model);
	task->core = NULL;
	task->model = NULL;
}

/* A task is given a right to another task or thread: out of thin air. */
static void
op_gift(struct dice *d, struct task *task, struct task *other)
{
	struct m_right right = { other->model->port, MACH_MSG_TYPE_PORT_SEND };
	struct ipc_port *port = other->core->port;
	struct thread *t = other->threads[dice(d, THREADS)];
	struct ipc_right core = { NULL, MACH_MSG_TYPE_PORT_SEND };
	mach_port_name_t name = 0, mname;
	kern_return_t kr;

	hints_clear();
	if (t != NULL && one_in(d, 3)) {
		right.port = t->model->port;
		port = t->core->port;
	}
	core.port = ipc_port_kobject_send(port);
	right.port->srights++;
	right.port->mscount++;
	kr = ipc_right_put(task->core->space, core, &name);
	if (kr != KERN_SUCCESS)
		ipc_right_release(core);
	sim_say("  gift of a kernel port -> %#x, %#x", kr, name);
	sim_count("gift of a kernel port", kr != KERN_SUCCESS);
	hint_add(name);
	same("gift", kr, m_copyout(&task->model->space, right, &mname));
}

/* Time passes; who waited long enough stops. */
static void
op_time(struct dice *d)
{
	struct thread *t;
	int i, j;

	plain_now += (1 + dice(d, 8)) * UINT64_C(1000000);
	for (i = 0; i < TASKS; i++) {
		for (j = 0; j < THREADS; j++) {
			t = sim_tasks[i].threads[j];
			if (t != NULL && t->parked &&
			    t->deadline <= plain_now) {
				sim_say("  %d.%d is late", i, j);
				sim_count("time-out", false);
				cancel(t, true);
			}
		}
	}
}

static void
op_thread(struct dice *d, struct task *task)
{
	int at = (int)dice(d, THREADS), i, n = 0;

	hints_clear();
	for (i = 0; i < THREADS; i++)
		n += task->threads[i] != NULL;
	if (task->threads[at] == NULL) {
		sim_say("  thread_create");
		sim_count("thread begins", false);
		thread_start(task, at);
	} else if (n > 1) {
		sim_say("  thread_destroy");
		sim_count("thread ends", false);
		thread_end(task, at);
	}
}

/*
 * A world
 */

static void
step(uint64_t dice_seed)
{
	struct dice d = { dice_seed };
	uint32_t what = dice(&d, 256);
	struct thread *t = NULL;
	struct task *task;
	int who, at, tries = 0;

	/* Somebody who has something to do. */
	do {
		who = (int)dice(&d, TASKS);
		at = (int)dice(&d, THREADS);
		task = &sim_tasks[who];
		t = task->threads[at];
	} while ((t == NULL || (t->parked && !t->model->ready)) &&
		 !one_in(&d, 16) && ++tries < 12);

	sim_say("%d: %d.%d", now_at, who, at);
	m_kernel_msgs = 0;
	if (what == 0) {
		sim_say("  task dies");
		sim_count("task dies", false);
		task_end(task);
		task_start(task);
	} else if (what < 4) {
		op_thread(&d, task);
	} else if (what < 12) {
		op_time(&d);
	} else if (what < 20) {
		op_gift(&d, task, &sim_tasks[dice(&d, TASKS)]);
	} else if (t == NULL) {
		return;
	} else if (t->parked) {
		if (!t->model->ready && one_in(&d, 3)) {
			sim_say("  interrupt");
			sim_count("interrupt", false);
			cancel(t, false);
		}
		if (t->model->ready) {
			sim_say("  resume");
			sim_count("resume", false);
			resume(task, t);
		}
	} else if (what < 36) {
		op_semaphore(&d, task, t);
	} else if (what < 140) {
		op_message(&d, task, t);
	} else {
		op_name(&d, task, t);
	}
	if (m_dead.n != 0)
		m_wrong("the model left messages to destroy");
	sim_check_threads();
}

static void
world_start(uint64_t world_seed)
{
	struct ipc_limits limits = { 0 };
	struct dice d = { world_seed };
	int i;

	limits.names = one_in(&d, 3) ? 24 : 60;
	limits.uid_names = 1u << 20;
	limits.task_bytes = limits.uid_bytes = UINT64_C(1) << 30;
	sim_random_seed(world_seed);
	plain_now = 1;
	next_pid = 100;
	sim_host = ipc_host_create(&limits);
	for (i = 0; i < TASKS; i++)
		task_start(&sim_tasks[i]);
}

/* Everything ends, and nothing may be left. */
static void
world_end(void)
{
	struct m_task *task;
	int i;

	for (i = 0; i < TASKS; i++) {
		m_kernel_msgs = 0;
		m_step++;
		task_end(&sim_tasks[i]);
	}
	ipc_host_destroy(sim_host);
	for (i = 0; i < IPC_MEM_KINDS; i++) {
		if (user_mem_bytes[i] != 0)
			m_wrong("%llu bytes of kind %d are left",
			    (unsigned long long)user_mem_bytes[i], i);
	}
	if (sim_regions != 0)
		m_wrong(
		    "%llu regions are left", (unsigned long long)sim_regions);
	m_forget();
	while (dead_tasks.n != 0) {
		task = dead_tasks.item[--dead_tasks.n];
		m_task_free(task);
	}
}

/* Runs those operations of a world that are not dropped. */
static void
world_run(uint64_t world_seed, const bool *dropped, int n, bool often)
{
	struct dice d = { world_seed };
	uint64_t s;
	int i;

	world_start(dice_next(&d));
	for (i = 0; i < n; i++) {
		s = dice_next(&d);
		if (dropped != NULL && dropped[i])
			continue;
		now_at = i;
		m_step++;
		step(s);
		if (often || m_kernel_msgs > 1 || i % CHECK_EACH == 0)
			sim_check();
	}
	sim_check();
	now_at = n;
	world_end();
}

/*
 * Shrinking: a child runs the operations that are left, and fails or not.
 */

static bool
still_fails(uint64_t world_seed, const bool *dropped, int n)
{
	pid_t pid;
	int status = 0;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(0);
		alarm(20);
		world_run(world_seed, dropped, n, true);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (false);
	return (status != 0);
}

static void
shrink(uint64_t world_seed)
{
	static bool dropped[WORLD];
	int n = WORLD, size, i, j, low, high, left = 0;
	pid_t pid;

	if (!still_fails(world_seed, dropped, n)) {
		printf("it does not fail again\n");
		return;
	}
	/* The shortest beginning that fails ... */
	for (low = 0, high = n; low < high;) {
		i = (low + high) / 2;
		if (still_fails(world_seed, dropped, i))
			high = i;
		else
			low = i + 1;
	}
	n = high;
	/* ... less what it can do without, in ever smaller pieces. */
	for (size = n / 2; size > 0; size = size > 1 ? size / 2 : 0) {
		for (i = 0; i < n; i += size) {
			bool was[WORLD];

			memcpy(was, dropped, sizeof(was));
			for (j = i; j < i + size && j < n; j++)
				dropped[j] = true;
			if (memcmp(was, dropped, sizeof(was)) != 0 &&
			    !still_fails(world_seed, dropped, n))
				memcpy(dropped, was, sizeof(was));
		}
	}
	for (i = 0; i < n; i++)
		left += !dropped[i];
	printf("%d operations are left:\n", left);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		sim_trace = true;
		world_run(world_seed, dropped, n, true);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

/*
 * Worlds run in a child, so that a failure, a panic too, leaves somebody to
 * shrink it.  The child writes which world it is in.
 */
static uint64_t
run_worlds(uint64_t first, uint64_t n)
{
	uint64_t *at, w, failed = UINT64_MAX;
	int fds[2], status;
	pid_t pid;

	at = &w;
	if (pipe(fds) != 0)
		abort();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (w = first; w < first + n; w++) {
			if (write(fds[1], at, sizeof(*at)) != sizeof(*at))
				_exit(4);
			world_run(w, NULL, WORLD, false);
		}
		exit(0); /* as make coverage wants it */
	}
	close(fds[1]);
	while (read(fds[0], &w, sizeof(w)) == sizeof(w))
		failed = w;
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	return (status == 0 ? UINT64_MAX : failed);
}

static _Noreturn void
usage(void)
{
	fprintf(stderr, "usage: sim [--seed S] [--steps N] [--world W] "
			"[--trace] [--no-shrink] [--count]\n");
	exit(2);
}

/* Many worlds, from a seed on: the program's end. */
static int
run(uint64_t steps, bool shrinks, bool counted)
{
	uint64_t worlds = (steps + WORLD - 1) / WORLD, failed;
	/* Seeds are far apart, so that their worlds are not the same. */
	uint64_t world = seed << 32;
	struct timespec from, to;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &from);
	failed = run_worlds(world, worlds);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (failed != UINT64_MAX) {
		printf("seed %llu, world %llu failed, after %llu steps: "
		       "sim --world %llu --trace\n",
		    (unsigned long long)seed, (unsigned long long)failed,
		    (unsigned long long)((failed - world) * WORLD),
		    (unsigned long long)failed);
		if (shrinks)
			shrink(failed);
		return (1);
	}
	seconds = (double)(to.tv_sec - from.tv_sec) +
		  (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	printf("seed %llu: %llu steps in %llu worlds, no difference "
	       "(%.0f steps/s)\n",
	    (unsigned long long)seed, (unsigned long long)(worlds * WORLD),
	    (unsigned long long)worlds, (double)(worlds * WORLD) / seconds);
	if (counted)
		sim_count_print();
	return (0);
}

int
main(int argc, char **argv)
{
	uint64_t steps = 1000000, world = 0;
	bool one = false, shrinks = true, counted = false;
	int i;

	for (i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "--trace") == 0)
			sim_trace = true;
		else if (strcmp(argv[i], "--no-shrink") == 0)
			shrinks = false;
		else if (strcmp(argv[i], "--count") == 0)
			counted = true;
		else if (strcmp(argv[i], "--seed") == 0 && more)
			seed = strtoull(argv[++i], NULL, 0);
		else if (strcmp(argv[i], "--steps") == 0 && more)
			steps = strtoull(argv[++i], NULL, 0);
		else if (strcmp(argv[i], "--world") == 0 && more) {
			world = strtoull(argv[++i], NULL, 0);
			one = true;
		} else
			usage();
	}
	sim_count_init();
	sim_host_init();
	if (one && !sim_trace && still_fails(world, NULL, WORLD)) {
		shrink(world);
		return (1);
	}
	if (one) {
		world_run(world, NULL, WORLD, true);
		printf(
		    "world %llu: no difference\n", (unsigned long long)world);
		return (0);
	}
	return (run(steps, shrinks, counted));
}
