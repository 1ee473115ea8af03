/*
 * The border to user mode: threads are held there (task_suspend,
 * thread_suspend), end there (thread_terminate), or wait there for what a
 * handler says of their exception (catch.c).  The kernel calls for it what a
 * module registers with ast_register(9).
 */
#include "mach/core/raise.h"
#include "mach/kmod/kmod.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/limits.h>
#include <sys/sched.h>
#include <sys/smp.h>
#include <sys/syscallsubr.h>
#include <sys/umtxvar.h>

#include "mach/kmod/frame.h"
#include "mach/os/freebsd/compat.h"

static int present = MACH_BORDER;
SYSCTL_INT(_mach, OID_AUTO, border, CTLFLAG_RD, &present, 0,
    "Threads can be held where they go back to user mode");

static unsigned int held; /* threads that sleep here; under mach_lock */

#if MACH_BORDER

static struct mach_thread *
state_of(struct thread *td)
{
	struct mach_thread *mt = mach_thread_of(td);

	return (mt != NULL && mt->thread != NULL ? mt : NULL);
}

static bool
is_held(struct thread *td, const struct mach_thread *mt)
{
	struct mach_task *mtask;

	mtx_assert(&mach_lock, MA_OWNED);
	if (mach_gate == MACH_GONE || (mt != NULL && mt->os.ends))
		return (false);
	if (mt != NULL && (mt->os.suspends > 0 || mt->os.looks > 0))
		return (true);
	mtask = mach_task_find(td->td_proc);
	return (mtask != NULL && mtask->suspends > 0);
}

/*
 * Who waits in pthread_join(3) is told, as thr_exit(2) would: the first word of
 * libthr's struct pthread is the thread's id, and then 1.  A word that is not
 * the id is let alone.
 */
static void
join_end(struct thread *td)
{
	uint64_t at = 0, id = 0;

	if (copyin((const void *)frame_pthread(td), &at, sizeof(at)) != 0 ||
	    copyin((const void *)at, &id, sizeof(id)) != 0 ||
	    id != (uint64_t)td->td_tid)
		return;
	(void)suword((void *)at, 1);
	(void)kern_umtx_wake(td, (void *)at, INT_MAX, 0);
}

/* Never comes back, unless the module is on its way out. */
static void
end(struct thread *td)
{
	/* Its port goes now, not when the kernel gives it back. */
	mach_thread_end(td);
	join_end(td);
	umtx_thread_exit(td);
	(void)kern_thr_exit(td);
	/* The last thread of a process does not end without it. */
	exit1(td, 0, 0);
}

/*
 * A thread that this one made on its way here has not been told: all that
 * there are now are.
 */
static void
summon_made(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct mach_task *mtask;
	bool all;

	mtx_lock(&mach_lock);
	mtask = mach_task_find(p);
	all = mtask != NULL && mtask->suspends > 0;
	mtx_unlock(&mach_lock);
	if (!all)
		return;
	PROC_LOCK(p);
	mach_border_summon(p, NULL);
	PROC_UNLOCK(p);
}

/*
 * Sleeps until it is let go.  What else wants the thread at the border
 * (a signal, a stop, the end) comes first, and then it is here again: of the
 * program nothing runs in between.
 */
static void
hold(struct thread *td, int asts)
{
	struct mach_thread *mt = state_of(td);
	bool ends;
	/* Those are told once: a sleep would not hear of them any more. */
	int error = asts & (TDAI(TDA_SIG) | TDAI(TDA_SUSPEND));

	if (error == 0)
		summon_made(td);
	mtx_lock(&mach_lock);
	while (error == 0 && is_held(td, mt)) {
		held++;
		if (mt != NULL)
			mt->os.parked = true;
		error = msleep(MACH_BORDER_CHANNEL(td->td_proc), &mach_lock,
		    PCATCH, "machheld", 0);
		if (mt != NULL)
			mt->os.parked = false;
		held--;
	}
	ends = mt != NULL && mt->os.ends && mach_gate != MACH_GONE;
	mtx_unlock(&mach_lock);
	if (error != 0)
		ast_sched(td, TDA_MOD1);
	else if (ends)
		end(td);
}

/* Each time that a thread comes by with anything to do. */
static void
border(struct thread *td, int asts)
{
	if (__predict_false(ipc_raise_used | ipc_raise_host_used) &&
	    asts & (TDAI(TDA_SIG) | TDAI(TDA_MOD1)) && mach_catch(td, asts))
		return;
	if (asts & TDAI(TDA_MOD1))
		hold(td, asts);
}

void
mach_border_start(void)
{
	ast_register(TDA_MOD1, ASTR_UNCOND, 0, border);
}

void
mach_border_stop(void)
{
	ast_deregister(TDA_MOD1);
}

static void
summon(struct thread *td)
{
	thread_lock(td);
	ast_sched_locked(td, TDA_MOD1);
	if (TD_IS_RUNNING(td) && td != curthread)
		forward_signal(td);
	thread_unlock(td);
}

#else

/* Before 14.0 a module cannot be called there. */
void
mach_border_start(void)
{
}

void
mach_border_stop(void)
{
}

static void
summon(struct thread *td)
{
	(void)td;
}

#endif

unsigned int
mach_border_leave(void)
{
	struct mach_task *mtask;
	u_long i;

	mtx_assert(&mach_lock, MA_OWNED);
	for (i = 0; i <= mach_tasks_mask && held > 0; i++) {
		LIST_FOREACH(mtask, &mach_tasks[i], link)
		{
			wakeup(MACH_BORDER_CHANNEL(mtask->p));
		}
	}
	return (held);
}

void
mach_border_summon(struct proc *p, struct thread *only)
{
	struct thread *td;

	PROC_LOCK_ASSERT(p, MA_OWNED);
	FOREACH_THREAD_IN_PROC(p, td)
	{
		if (only == NULL || td == only)
			summon(td);
	}
}

/* Whether one is on a processor, where it may be running the program. */
static bool
some_run(struct proc *p, const struct thread *only)
{
	struct thread *td;
	bool run = false;

	FOREACH_THREAD_IN_PROC(p, td)
	{
		if (td == curthread || (only != NULL && td != only))
			continue;
		thread_lock(td);
		run = run || TD_IS_RUNNING(td) || TD_ON_RUNQ(td);
		thread_unlock(td);
	}
	return (run);
}

bool
mach_border_wait(struct proc *p, struct thread *only)
{
	int i;

	PROC_ASSERT_HELD(p);
	for (i = 0; i < hz && some_run(p, only); i++) {
		/* Those that were made meanwhile. */
		mach_border_summon(p, only);
		PROC_UNLOCK(p);
		pause("machbo", 1);
		PROC_LOCK(p);
	}
	return (i < hz);
}
