/*
 * The deterministic simulator: tasks and threads that trap at random, in the
 * core and in the reference model at once.  A run is many worlds, one after
 * the other, each of some thousand operations from a seed of its own; what
 * fails is shrunk to the fewest operations that still fail.
 *
 *	sim [--seed S] [--steps N] [--world W] [--trace] [--quiet]
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
		if (task->threads[i] != NULL)
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
	hint_add(name);
	same("gift", kr, m_copyout(&task->model->space, right, &mname));
}

/* Time passes; who waited long enough stops. */
static void
op_time(struct dice *d)
{
	struct thread *t;
	int i, j;

	sim_now += (1 + dice(d, 8)) * UINT64_C(1000000);
	for (i = 0; i < TASKS; i++) {
		for (j = 0; j < THREADS; j++) {
			t = sim_tasks[i].threads[j];
			if (t != NULL && t->parked && t->deadline <= sim_now) {
				sim_say("  %d.%d is late", i, j);
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
		thread_start(task, at);
	} else if (n > 1) {
		sim_say("  thread_destroy");
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
	int who = (int)dice(&d, TASKS);
	struct task *task = &sim_tasks[who];
	int at = (int)dice(&d, THREADS);
	struct thread *t = task->threads[at];
	uint32_t what = dice(&d, 256);

	sim_say("%d: %d.%d", now_at, who, at);
	m_kernel_msgs = 0;
	if (what == 0) {
		sim_say("  task dies");
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
		if (!t->model->ready && one_in(&d, 8)) {
			sim_say("  interrupt");
			cancel(t, false);
		}
		if (t->model->ready) {
			sim_say("  resume");
			resume(task, t);
		}
	} else if (what < 36) {
		op_semaphore(&d, task, t);
	} else if (what < 140) {
		op_message(&d, task, t);
	} else {
		op_name(&d, task, t);
	}
	sim_check_threads();
}

static void
world_start(uint64_t world_seed)
{
	struct ipc_limits limits = { 0 };
	struct dice d = { world_seed };
	int i;

	limits.names = one_in(&d, 3) ? 24 : 60;
	limits.task_bytes = limits.uid_bytes = UINT64_C(1) << 30;
	sim_random_seed(world_seed);
	sim_now = 1;
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

	for (i = 0; i < TASKS; i++)
		task_end(&sim_tasks[i]);
	ipc_host_destroy(sim_host);
	for (i = 0; i < IPC_MEM_KINDS; i++) {
		if (user_mem_bytes[i] != 0)
			m_wrong("%llu bytes of kind %d are left",
			    (unsigned long long)user_mem_bytes[i], i);
	}
	if (sim_regions != 0)
		m_wrong("%llu regions are left",
		    (unsigned long long)sim_regions);
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
