/*
 * The kernel host: what its own files, and the module's, share.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_FREEBSD_H
#define ISTHMUS_MACH_OS_FREEBSD_FREEBSD_H

#include "mach/core/os.h"

struct ipc_raise;
struct ksiginfo;
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
	/* Under mach_border_lock(): */
	volatile uint32_t suspends;
	uint32_t looks; /* who wants it to stand still for a moment */
	bool ends;	/* as soon as it can */
	bool parked;	/* held at the border to user mode */
	bool faulted;	/* or waits there for what a handler says */
};

/* policy.c: security.mach.task_for_pid */
extern int mach_task_for_pid;

/* tasks.c: the process of a task, locked; NULL when it has none. */
struct proc *mach_proc_of_task(struct ipc_task *);
/*
 * tasks.c: the task of a process, made when it has none; referenced.
 * NULL when the process ends, or without memory.  The process is locked, and
 * is unlocked.
 */
struct ipc_task *mach_task_of_locked(struct proc *);

/* tasks.c: of a task whose process is locked. */
volatile uint32_t *mach_task_suspends(struct ipc_task *);

/*
 * border.c: threads are held where they would go back to user mode.  The
 * process is locked and held (PHOLD).
 */
/* What they sleep on: wait(2) has the process itself. */
#define MACH_BORDER_CHANNEL(p) ((char *)(p) + 1)
void mach_border_lock(void);
void mach_border_unlock(void);
/* All of its threads, or one, come by and look whether they are held. */
void mach_border_summon(struct proc *, struct thread *only);
/* Until none runs; unlocks it meanwhile.  False: a second was too short. */
bool mach_border_wait(struct proc *, struct thread *only);

/*
 * state.c: a thread's registers, when it is not running.  Words; 0 of a flavor
 * that is not had, or does not fit.
 */
uint32_t mach_state_get(struct thread *, int flavor, void *to, uint32_t words);

/* exception.c: what exception of the calling thread a signal tells of. */
void mach_raise_of(
    struct thread *, const struct ksiginfo *, struct ipc_raise *);

/*
 * os.c: a deadline of ipc_clock_now() for callouts and sleeps, whose time ends
 * after 2^31 seconds: one that is later comes early, to be looked at again.
 */
sbintime_t mach_deadline(uint64_t);

/* Alarms run in a thread of their own, as firing allocates. */
void mach_alarms_start(void);
void mach_alarms_stop(void);

#endif
