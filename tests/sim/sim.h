/*
 * The simulator's parts: a host of the core in plain memory with a clock of
 * its own (host.c), the comparison with the model (check.c), the operations
 * (ops.c, ops_msg.c), and who chooses them (sim.c).
 */
#ifndef ISTHMUS_TESTS_SIM_SIM_H
#define ISTHMUS_TESTS_SIM_SIM_H

#include "mach/core/ipc.h"
#include "mach/core/message.h"
#include "mach/core/queue.h"
#include "mach/core/right.h"
#include "mach/os/user/user.h"
#include "tests/mach/plain_host.h"
#include "tests/sim/model.h"

#define TASKS 4
#define THREADS 4 /* of a task, at most */
#define BUFFER 2048
#define NAMES_FULL 100 /* entries of a space, from when on it only shrinks */

struct thread {
	struct ipc_thread *core;
	struct m_thread *model;
	struct ipc_call call;
	bool parked;
	uint64_t deadline; /* that the park should have */
	int number;
	bool semaphore; /* it waits for */
	_Alignas(8) uint8_t buffer[BUFFER], other[BUFFER];
	mach_port_name_t names[M_DESCS][M_ARRAY];
};

struct task {
	struct ipc_task *core;
	struct m_task *model;
	struct thread *threads[THREADS];
	uint32_t pid;
};

extern struct ipc_host *sim_host;
extern struct task sim_tasks[TASKS];
extern bool sim_trace;

/* host.c */
struct sim_fail {
	int after[IPC_MEM_KINDS]; /* allocations until one fails; 0: none */
	int calls[IPC_MEM_KINDS];
	bool failed;
	enum ipc_mem_kind kind;
};
extern struct sim_fail sim_fail;
extern uint64_t sim_regions; /* that exist */
void sim_host_init(void);
void sim_random_seed(uint64_t);
void sim_array_free(uint64_t address);
void sim_say(const char *, ...) __attribute__((__format__(__printf__, 1, 2)));

/* count.c: how often, and how often with an error; `what` is a constant. */
void sim_count_init(void);
void sim_count(const char *what, bool failed);
void sim_count_print(void);

/* check.c */
/* Compares everything; conservation of rights and references, too. */
void sim_check(void);
/* A thread that is parked for the core and the model, or ready in both. */
void sim_check_threads(void);
/* An entry as the core has it: dead names may not have shown yet. */
void sim_sync_entry(struct m_space *, mach_port_name_t);
void sim_sync_space(struct m_space *);

/* ops.c: a random number, below n. */
struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *);
uint32_t dice(struct dice *, uint32_t n);
bool one_in(struct dice *, uint32_t n);
/* One of the values, chosen by chance. */
#define OF(d, ...)                               \
	((const int64_t[]){ __VA_ARGS__ })[dice( \
	    (d), sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))]
/* A name of the space, mostly of such a type. */
mach_port_name_t pick_name(struct dice *, struct m_space *, uint32_t type);
/* A name of the task's own port, now and then of another's. */
mach_port_name_t name_of_task(struct dice *, struct m_space *, struct task *);
/* A trap of the thread: its result, M_PARKED when it waits. */
int32_t core_trap(struct thread *, int number, const uint64_t *, unsigned);
#define CORE(t, number, ...)                                    \
	core_trap(t, number, (const uint64_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
/* An allocation of that kind will fail, now and then. */
void fail_maybe(struct dice *, enum ipc_mem_kind);
/* An allocation failed and the core said so: nothing has happened. */
bool shortage(int32_t kr);
void same(const char *what, int64_t core, int64_t model);
void hints_clear(void);
void hint_add(mach_port_name_t);

/* ops*.c: one operation. */
struct call {
	struct dice *d;
	struct task *task; /* who calls */
	struct thread *t;
	struct m_space *space; /* where */
	mach_port_name_t task_name;
	mach_port_name_t name;
};
void op_set(struct call *);
void op_attributes(struct call *);
void op_name(struct dice *, struct task *, struct thread *);
void op_semaphore(struct dice *, struct task *, struct thread *);
void op_message(struct dice *, struct task *, struct thread *);
void resume(struct task *, struct thread *);
void cancel(struct thread *, bool late);
struct thread *thread_of(const struct m_thread *);

#endif
