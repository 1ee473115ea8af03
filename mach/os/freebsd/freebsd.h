/*
 * The kernel host: what its own files, and the module's, share.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_FREEBSD_H
#define ISTHMUS_MACH_OS_FREEBSD_FREEBSD_H

#include "mach/core/os.h"

struct proc;
struct thread;
struct ucred;

/*
 * Called with no lock held.  The self-test's task has no process: its
 * "user memory" is the kernel's (task->os is NULL).
 */

enum mach_park { MACH_WOKEN, MACH_LATE, MACH_SIGNALLED };

/*
 * Sleeps until ipc_os_wake(), `deadline` of ipc_clock_now(), or a signal or a
 * stop of the process.  May come back early.
 */
enum mach_park mach_park(struct ipc_thread *, uint64_t deadline);

/* What thread->os is; under the thread's lock, NULL when it has ended. */
struct mach_os_thread {
	struct thread *td;
	volatile u_int abort; /* the wait is to end */
};

/* lifecycle.c: the process of a task, locked; NULL when it has none. */
struct proc *mach_proc_of_task(struct ipc_task *);
/*
 * lifecycle.c: the task of a process, made when it has none; referenced.
 * NULL when the process ends, or without memory.  The process is locked, and
 * is unlocked.
 */
struct ipc_task *mach_task_of_locked(struct proc *);

/* Alarms run in a thread of their own, as firing allocates. */
void mach_alarms_start(void);
void mach_alarms_stop(void);

#endif
