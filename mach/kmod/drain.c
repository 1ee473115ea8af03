/*
 * How the module leaves.  A thread that makes a trap marks itself in memory
 * of its own, without a fence; who closes the gate pays for both, by an
 * interrupt on each processor (cpus_fence_seq_cst(9)).  What remains are the
 * few instructions before the mark and after it, in which nobody sleeps:
 * mach_quiesce().
 */
#include "mach/kmod/kmod.h"
#include "mach/os/freebsd/poll.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/smp.h>
#include <sys/sx.h>

volatile int mach_gate;

#define TRIES 100 /* of 20 ms */

static void
gate_set(int state)
{
	mtx_lock(&mach_lock);
	mach_gate = state;
	wakeup(__DEVOLATILE(int *, &mach_gate));
	mtx_unlock(&mach_lock);
}

static bool
held(void)
{
	return (mach_holders() != 0 || mach_poll_count() != 0);
}

bool
mach_drain(void)
{
	int i;

	gate_set(MACH_CLOSED);
	cpus_fence_seq_cst();
	for (i = 0; i < TRIES && !held(); i++) {
		/* Neither becomes more once nobody is inside. */
		if (mach_inside() == 0 && !held()) {
			gate_set(MACH_GONE);
			return (true);
		}
		pause("machdr", MAX(1, hz / 50));
	}
	gate_set(MACH_OPEN);
	return (false);
}

/*
 * True when a thread could still be where it was at `start` (of ticks): it
 * wants to run, and was not switched out since.
 */
static bool
lingers(struct thread *td, int start)
{
	if (td == curthread || TD_IS_IDLETHREAD(td) ||
	    !(TD_IS_RUNNING(td) || TD_ON_RUNQ(td) || TD_CAN_RUN(td) ||
		TD_ON_LOCK(td)))
		return (false);
	return (
	    td->td_swvoltick - start <= 0 && td->td_swinvoltick - start <= 0);
}

static bool
some_linger(int start)
{
	struct thread *td;
	struct proc *p;
	bool found = false;

	sx_slock(&allproc_lock);
	FOREACH_PROC_IN_SYSTEM(p)
	{
		/* Kernel threads make no traps; those of tasks end by then. */
		if (p->p_state == PRS_NEW || p->p_flag & P_KPROC)
			continue;
		PROC_LOCK(p);
		FOREACH_THREAD_IN_PROC(p, td)
		{
			thread_lock(td);
			found = found || lingers(td, start);
			thread_unlock(td);
		}
		PROC_UNLOCK(p);
		if (found)
			break;
	}
	sx_sunlock(&allproc_lock);
	return (found);
}

/* Being there switches out who runs on the processor. */
static void
visit_processors(void)
{
	u_int cpu;

	CPU_FOREACH(cpu)
	{
		thread_lock(curthread);
		sched_bind(curthread, (int)cpu);
		thread_unlock(curthread);
	}
	thread_lock(curthread);
	sched_unbind(curthread);
	thread_unlock(curthread);
}

bool
mach_quiesce(void)
{
	int i, start, turn;

	/* Twice: once it may have been switched out an instruction later. */
	for (turn = 0; turn < 2; turn++) {
		start = ticks;
		i = 0;
		do {
			pause("machqu", 2);
			visit_processors();
			if (++i == 10 * TRIES)
				return (false);
		} while (some_linger(start));
	}
	return (true);
}
