/*
 * mach.ko: what its files share.
 */
#ifndef ISTHMUS_MACH_KMOD_KMOD_H
#define ISTHMUS_MACH_KMOD_KMOD_H

#include "mach/core/ipc.h"
#include "mach/os/freebsd/freebsd.h"

#include <sys/counter.h>
#include <sys/malloc.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/sysctl.h>

struct sysentvec;
struct ucred;

MALLOC_DECLARE(M_MACH);
SYSCTL_DECL(_mach);
SYSCTL_DECL(_mach_transport);
SYSCTL_DECL(_security_mach);

struct mach_task {
	LIST_ENTRY(mach_task) link;
	struct proc *p;
	struct ipc_task *task;
	uint32_t version; /* of the pid: another with each exec */
	volatile uint32_t suspends;
	LIST_HEAD(, mach_thread) threads;
};
LIST_HEAD(mach_task_list, mach_task);

/*
 * A thread that made a trap: in its osd(9) slot, from then on.  `in` is the
 * thread's own, and told apart from the gate by cpus_fence_seq_cst(); the
 * links and `task` are under mach_lock.
 */
struct mach_thread {
	volatile uint32_t in;	   /* inside a trap */
	bool refused;		   /* in a jail without Mach; under mach_lock */
	bool capmode;		   /* of `cred` */
	struct ipc_thread *thread; /* NULL: to be made anew (exec), or ended */
	struct ucred *cred;	   /* the task's credentials; under mach_lock */
	struct mach_task *task;
	struct mach_os_thread os; /* what thread->os is */
	LIST_ENTRY(mach_thread) of_task, all;
};

/* Who may come in: drain.c says how a module leaves. */
enum { MACH_OPEN, MACH_CLOSED, MACH_GONE };
extern volatile int mach_gate;
extern struct mtx mach_lock;
extern struct ipc_host *mach_host;
extern int mach_slot; /* of osd(9) */
/* All of them, hashed by process; under mach_lock. */
extern struct mach_task_list *mach_tasks;
extern u_long mach_tasks_mask;

/* tasks.c: under mach_lock; NULL of a process that has none. */
struct mach_task *mach_task_find(const struct proc *);
bool mach_tasks_none(void);
void mach_task_credentials(
    const struct mach_task *, const struct ucred *, struct ipc_credentials *);
/* Its pid is another process' for who has an audit token: exec. */
void mach_task_version_new(struct mach_task *);
/* Whether it is of the jail that the credentials are of. */
bool mach_task_is_of(const struct ipc_task *, struct ucred *);
/* One that is not in the table yet; NULL without memory. */
struct mach_task *mach_task_make(
    struct proc *, struct ipc_task *parent, struct ucred *);
/*
 * Puts it there, unless the process ends or has one by now, which is then the
 * result.  The process is locked: from P_WEXIT on none is added, and the exit
 * handler, which comes later, finds all that were.
 */
struct mach_task *mach_task_add_locked(struct proc *, struct mach_task *);
/*
 * Takes it out; NULL when there is none.  It locks the process: who has it
 * locked keeps what mach_task_find() found.
 */
struct mach_task *mach_task_remove(struct proc *);
/* Frees one that nobody finds any more. */
void mach_task_end(struct mach_task *);
void mach_tasks_start(void);
/* All of them; then, when no thread has state any more, the table. */
void mach_tasks_end(void);
void mach_tasks_stop(void);

/*
 * The state of a thread; NULL where it has made no trap.  15.0's
 * osd_thread_get_unlocked(), without the call.
 */
static inline struct mach_thread *
mach_thread_of(const struct thread *td)
{
	return (__predict_true((u_int)mach_slot <= td->td_osd.osd_nslots)
		    ? td->td_osd.osd_slots[mach_slot - 1]
		    : NULL);
}

/* threads.c: the calling thread's state, made where there is none.  An errno. */
int mach_thread_find(struct thread *, struct mach_thread **);
/*
 * td's credentials changed, or are seen for the first time; it may have got
 * into a jail, where the process is another task.  An errno.
 */
int mach_thread_refresh(struct thread *, struct mach_thread **);
/* It makes no trap any more. */
void mach_thread_end(struct thread *);
/* The threads of a task have no state any more; none is in a trap. */
void mach_threads_end(struct mach_task *);
/* What jails allow has changed. */
void mach_threads_recheck(void);
void mach_threads_start(void);
void mach_threads_stop(void);
/* Threads' ends are heard of at once; whether nobody else changed how; no more. */
void mach_exits_start(void);
bool mach_exits_ours(void);
void mach_exits_stop(void);

/* jail.c: whether these credentials may use Mach. */
bool mach_jail_allows(struct ucred *);
/* Their jail's host, referenced.  NULL: not made yet, or no memory. */
struct ipc_host *mach_jail_host(struct ucred *, bool make);
void mach_jail_each(void (*)(struct ipc_host *, void *), void *);
void mach_jails_start(void);
/* No task is left; the machine's host ends, too. */
void mach_jails_stop(void);

/* policy.c: of hosts that are made */
extern struct ipc_limits mach_limits;
/* Before anything looks at them. */
void mach_policy_start(void);

/* border.c */
void mach_border_start(void);
void mach_border_stop(void);
/* Threads that are held there still; they are woken.  Under mach_lock. */
unsigned int mach_border_leave(void);

/* catch.c: exceptions.  start: an errno: all faults are signals, as ever. */
int mach_catch_start(void);
bool mach_catch_ours(void);
void mach_catch_stop(void);
/*
 * At the border, with the AST's flags: asks about the calling thread's fault.
 * True: it is not through, and comes by again.
 */
bool mach_catch(struct thread *, int asts);
/* The thread ends, whatever it waited for. */
void mach_catch_end(struct thread *);
/* Its task does: who was asked is not any more, and another task's may be. */
void mach_catch_anew(struct thread *);
/* Faults about which somebody is asked.  Under mach_lock. */
unsigned int mach_catches(void);

int mach_lifecycle_start(void);
/* No thread is inside, or comes in. */
void mach_lifecycle_stop(void);
/* Tasks with a name in their space. */
unsigned int mach_holders(void);
/* Threads inside; those that are parked are woken. */
unsigned int mach_inside(void);

/*
 * Closes the gate and waits for the threads inside.  False: a task holds
 * ports, a descriptor follows one, or a thread does not come out; the gate is
 * open again.
 */
bool mach_drain(void);
/* Waits until every thread that had just been running code of ours has left. */
bool mach_quiesce(void);
/* With the gate closed: false when it shut for good.  Sets mt->in. */
bool mach_gate_wait(struct mach_thread *);

/*
 * Runs a trap of the calling thread: its value in *result, or an errno
 * (ENOSYS: as if there were no such call here).
 */
int mach_trap_run(struct thread *, int number, const uint64_t *args,
    unsigned int nargs, uint64_t *result);
/*
 * The calling thread comes in for something else than a trap: its state, or an
 * errno as above.  It may sleep in there, not for what another task does.
 */
int mach_enter(struct thread *, struct mach_thread **);
void mach_leave(struct mach_thread *);
void mach_trap_start(void);
/*
 * By the low bits of a number: arguments of a trap and one, 0 where none is;
 * the number's other bits; and what capability mode says.
 */
#define MACH_FOLD_BITS 14
#define MACH_FOLD_SIZE (1u << MACH_FOLD_BITS)
extern struct mach_fold {
	uint8_t nargs, high;
	bool ambient; /* not in capability mode */
} mach_fold[MACH_FOLD_SIZE];

/* Arguments of a trap; -1 of a number that is none. */
static inline int
mach_trap_nargs(uint32_t number)
{
	const struct mach_fold *fold =
	    &mach_fold[number & (MACH_FOLD_SIZE - 1)];

	return (
	    fold->high == number >> MACH_FOLD_BITS ? (int)fold->nargs - 1 : -1);
}

/*
 * What a row of transport_table.c calls.  The kernel copies no more arguments
 * than registers have: in two of the others are the trap's number and how
 * many arguments it has.
 */
#define MACH_SA_NUMBER 6
#define MACH_SA_NARGS 7
int mach_table_call(struct thread *, void *);
/* The code in a number register or slot: -N and 0x1000000|N. */
#define MACH_CODE_CLASS 0x1000000u
#define MACH_CODE_MAX 0xffffffu

/* vectors.c: NULL after the last. */
#define MACH_VECTORS 3
extern struct sysentvec *mach_vectors[MACH_VECTORS];
void mach_vectors_start(void);

/* Transports.  start: an errno; it is told by sysctl, no reason to fail. */
int mach_table_start(void);
/* False: somebody else put itself before us, and must leave first. */
bool mach_table_ours(void);
void mach_table_stop(void);
/* Nobody runs code of ours any more. */
void mach_table_free(void);
int mach_mux_start(void);
void mach_mux_stop(void);
int mach_slots_start(void);
void mach_slots_stop(void);
int mach_device_start(void);
void mach_device_stop(void);

/* evfilt.c; stop: when nothing is left that follows a port */
void mach_evfilt_start(void);
void mach_evfilt_stop(void);

/* audit.c; before a transport takes something. */
void mach_audit(void);

int mach_stats_start(void);
void mach_stats_stop(void);
extern const struct ipc_trap *mach_rows;	  /* the first */
extern counter_u64_t mach_calls[], mach_errors[]; /* by row */

static inline void
mach_stats_count(const struct ipc_trap *trap, uint64_t result)
{
	size_t row = (size_t)(trap - mach_rows);

	counter_u64_add(mach_calls[row], 1);
	if (result != 0 && trap->args[0] != '=')
		counter_u64_add(mach_errors[row], 1);
}

/* True when the core does what it should in this kernel. */
bool mach_selftest(void);

#endif
