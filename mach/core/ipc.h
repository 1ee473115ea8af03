/*
 * What a host of the core calls: hosts, tasks, threads, traps.  All of it may
 * be called from any thread, with no lock of the core held.
 */
#ifndef ISTHMUS_MACH_CORE_IPC_H
#define ISTHMUS_MACH_CORE_IPC_H

#include "mach/core/call.h"

/* Defaults of ipc_host_create. */
#define IPC_NAMES_DEFAULT (1u << 20)
#define IPC_UID_NAMES_DEFAULT (1u << 22)
#define IPC_TASK_BYTES_DEFAULT (UINT64_C(1) << 30)
#define IPC_UID_BYTES_DEFAULT (UINT64_C(4) << 30)

/* NULL without memory.  `limits` NULL: the defaults. */
struct ipc_host *ipc_host_create(const struct ipc_limits *);
/* Its ports end, at once for tasks of it that are there yet. */
void ipc_host_destroy(struct ipc_host *);

struct ipc_credentials {
	uint32_t auid, euid, egid, ruid, rgid, pid, asid, pidversion;
};
/*
 * A task with an empty space.  From `parent` (NULL: none) it inherits
 * bootstrap, registered and exception ports, as fork does.  NULL without
 * memory.
 */
struct ipc_task *ipc_task_create(
    struct ipc_host *, struct ipc_task *parent, const struct ipc_credentials *);
/* exec: an empty space and new task ports; special ports stay. */
kern_return_t ipc_task_exec(struct ipc_task *, const struct ipc_credentials *);
/*
 * Its exception ports go: who set them is not to hear of, or change, what runs
 * with other credentials from now on (XNU osfmk/kern/ipc_tt.c, ipc_task_reset).
 */
void ipc_task_drop_exceptions(struct ipc_task *);
/*
 * The task's end: all its rights are given back.  Its threads are woken; the
 * host sees task->dead, ends their waits (IPC_CANCEL_EXIT) and destroys them.
 * The reference of ipc_task_create is consumed.
 */
void ipc_task_destroy(struct ipc_task *);
void ipc_task_set_credentials(
    struct ipc_task *, const struct ipc_credentials *);

struct ipc_thread *ipc_thread_create(struct ipc_task *);
/* The thread is in no trap, and enters none any more. */
void ipc_thread_destroy(struct ipc_thread *);

/* The row of a trap number, or NULL. */
const struct ipc_trap *ipc_trap_find(int number);
/* Every row, in order; NULL at the end. */
const struct ipc_trap *ipc_trap_at(size_t i);

/*
 * Runs a trap.  True: it is done, call->result is its value.  False: the
 * thread is parked.  The host then sleeps until ipc_os_wake(thread),
 * call->deadline or an interruption; on these two it calls ipc_cancel(); and
 * in any case ipc_resume(), which tells the same again.  One thread of the
 * host acts for a Mach thread at a time.
 */
bool ipc_trap_call(struct ipc_thread *, int number, const uint64_t *args,
    unsigned int nargs, struct ipc_call *);
bool ipc_resume(struct ipc_thread *);
void ipc_cancel(struct ipc_thread *, enum ipc_cancel);

#endif
