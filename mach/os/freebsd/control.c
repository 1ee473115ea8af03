/*
 * HOST rows of traps.def: what stops, goes on and ends.  A right to a task or
 * thread is not enough: its process must be one that the caller may debug.
 */
#include <mach/host_reboot.h>

#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>
#include <sys/reboot.h>
#include <sys/signalvar.h>
#include <sys/sleepqueue.h>
#include <sys/sysproto.h>

#include "mach/os/freebsd/compat.h"

#define SUSPENDS_MAX 0x10000

kern_return_t
host_target(struct ipc_task *task, struct proc **pp)
{
	struct proc *p = mach_proc_of_task(task);

	if (p == NULL)
		return (KERN_INVALID_ARGUMENT);
	if (p_candebug(curthread, p) != 0) {
		PROC_UNLOCK(p);
		return (KERN_NO_ACCESS);
	}
	_PHOLD(p);
	*pp = p;
	return (KERN_SUCCESS);
}

static void
release(struct proc *p)
{
	_PRELE(p);
	PROC_UNLOCK(p);
}

bool
ipc_os_controls(struct ipc_task *task)
{
	struct proc *p;

	if (host_target(task, &p) != KERN_SUCCESS)
		return (false);
	release(p);
	return (true);
}

static bool
is_of(struct proc *p, const struct thread *one)
{
	struct thread *td;

	FOREACH_THREAD_IN_PROC(p, td)
	{
		if (td == one)
			return (true);
	}
	return (false);
}

struct mach_os_thread *
host_thread_state(struct proc *p, struct ipc_thread *thread)
{
	struct mach_os_thread *os;

	PROC_LOCK_ASSERT(p, MA_OWNED);
	ipc_mutex_lock(&thread->lock);
	os = thread->os;
	/* One that ends leaves the process before it loses its state. */
	if (os != NULL && !is_of(p, os->td))
		os = NULL;
	ipc_mutex_unlock(&thread->lock);
	return (os);
}

kern_return_t
host_target_thread(
    struct ipc_thread *thread, struct proc **pp, struct mach_os_thread **osp)
{
	kern_return_t kr;

	kr = host_target(thread->task, pp);
	if (kr != KERN_SUCCESS)
		return (kr);
	*osp = host_thread_state(*pp, thread);
	if (*osp != NULL)
		return (KERN_SUCCESS);
	release(*pp);
	return (KERN_TERMINATED);
}

/* (task): like a SIGKILL, which no program catches. */
kern_return_t
host_task_terminate(struct ipc_call *call)
{
	struct proc *p;
	kern_return_t kr;

	kr = host_target(call->arg[0].v.task, &p);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (p_cansignal(curthread, p, SIGKILL) != 0)
		kr = KERN_NO_ACCESS;
	else
		kern_psignal(p, SIGKILL);
	release(p);
	return (kr);
}

/* One more, or one less, on a count of the process' or of a thread's. */
static kern_return_t
count_change(
    struct proc *p, struct thread *only, volatile uint32_t *count, bool more)
{
	kern_return_t kr = KERN_SUCCESS;

	if (!MACH_BORDER)
		return (KERN_NOT_SUPPORTED);
	mach_border_lock();
	if (more ? *count == SUSPENDS_MAX : *count == 0)
		kr = KERN_FAILURE;
	else
		*count += more ? 1 : -1;
	if (kr == KERN_SUCCESS && !more)
		wakeup(MACH_BORDER_CHANNEL(p));
	mach_border_unlock();
	if (kr == KERN_SUCCESS && more) {
		mach_border_summon(p, only);
		(void)mach_border_wait(p, only);
	}
	return (kr);
}

static kern_return_t
hold(struct ipc_call *call, bool more)
{
	union ipc_value *v = &call->arg[0].v;
	bool of_task = call->trap->args[0] == 't';
	struct mach_os_thread *os = NULL;
	struct proc *p;
	kern_return_t kr;

	kr = of_task ? host_target(v->task, &p)
		     : host_target_thread(v->thread, &p, &os);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = of_task ? count_change(p, NULL, mach_task_suspends(v->task), more)
		     : count_change(p, os->td, &os->suspends, more);
	release(p);
	return (kr);
}

/* (task), (thread) */
kern_return_t
host_suspend(struct ipc_call *call)
{
	return (hold(call, true));
}

kern_return_t
host_resume(struct ipc_call *call)
{
	return (hold(call, false));
}

/* Ends its wait, whatever for: one in a trap, or in a system call. */
static void
interrupt(struct ipc_thread *thread, struct mach_os_thread *os, bool any)
{
	struct thread *td = os->td;

	atomic_store_rel_int(&os->abort, 1);
	ipc_os_wake(thread);
	if (!any || td == curthread)
		return;
	thread_lock(td);
	if (TD_ON_SLEEPQ(td) && td->td_wchan != &thread->wakes &&
	    (td->td_flags & (TDF_SINTR | TDF_SBDRY)) == TDF_SINTR)
		sleepq_abort(td, EINTR); /* unlocks it */
	else
		thread_unlock(td);
}

/* (thread): its wait ends, or the next one in a trap. */
kern_return_t
host_thread_abort(struct ipc_call *call)
{
	struct mach_os_thread *os;
	struct proc *p;
	kern_return_t kr;

	kr = host_target_thread(call->arg[0].v.thread, &p, &os);
	if (kr != KERN_SUCCESS)
		return (kr);
	interrupt(call->arg[0].v.thread, os, call->trap->number == 3607);
	release(p);
	return (KERN_SUCCESS);
}

/* (thread): at the border, of which the last one ends the process. */
kern_return_t
host_thread_terminate(struct ipc_call *call)
{
	struct mach_os_thread *os;
	struct proc *p;
	kern_return_t kr;

	if (!MACH_BORDER)
		return (KERN_NOT_SUPPORTED);
	kr = host_target_thread(call->arg[0].v.thread, &p, &os);
	if (kr != KERN_SUCCESS)
		return (kr);
	mach_border_lock();
	os->ends = true;
	wakeup(MACH_BORDER_CHANNEL(p));
	mach_border_unlock();
	mach_border_summon(p, os->td);
	interrupt(call->arg[0].v.thread, os, true);
	release(p);
	return (KERN_SUCCESS);
}

/* (host, options): by reboot(2), with its checks. */
kern_return_t
host_host_reboot(struct ipc_call *call)
{
	uint32_t options = (uint32_t)call->raw[1];
	struct reboot_args args = { .opt = RB_AUTOBOOT };

	if (options & ~(uint32_t)(HOST_REBOOT_HALT | HOST_REBOOT_UPSDELAY |
				  HOST_REBOOT_DEBUGGER))
		return (KERN_INVALID_ARGUMENT);
	if (options & ~(uint32_t)HOST_REBOOT_HALT)
		return (KERN_NOT_SUPPORTED);
	if (options & HOST_REBOOT_HALT)
		args.opt = RB_HALT;
	return (
	    sys_reboot(curthread, &args) == 0 ? KERN_SUCCESS : KERN_NO_ACCESS);
}
