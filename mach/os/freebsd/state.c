/*
 * HOST rows of traps.def: a thread's registers.  They are in the frame that
 * it left user mode by, and hold still while it is not on a processor.
 */
#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>

#include "mach/os/freebsd/compat.h"
#include "mach/os/freebsd/registers.h"

uint32_t
mach_state_get(struct thread *td, int flavor, void *to, uint32_t words)
{
	uint64_t state[MACH_REGISTERS_BYTES / sizeof(uint64_t)] = { 0 };
	uint32_t n = mach_registers_get(td, flavor, state);

	if (n == 0 || n > words)
		return (0);
	memcpy(to, state, n * sizeof(uint32_t));
	return (n);
}

/* Of one that stands still. */
static kern_return_t
state_out(struct ipc_call *call, struct thread *td)
{
	struct ipc_arg *out = &call->arg[2];
	uint32_t n;

	n = mach_state_get(td, (int)call->raw[1], out->v.data,
	    out->size / (uint32_t)sizeof(uint32_t));
	out->size = n * (uint32_t)sizeof(uint32_t);
	return (n == 0 ? KERN_INVALID_ARGUMENT : KERN_SUCCESS);
}

/* (thread, flavor, state, *count): stopped for as long as that takes. */
kern_return_t
host_thread_get_state(struct ipc_call *call)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	struct mach_os_thread *os;
	struct thread *td;
	struct proc *p;
	kern_return_t kr;
	bool stands;

	if (!MACH_BORDER)
		return (KERN_NOT_SUPPORTED);
	kr = host_target_thread(thread, &p, &os);
	if (kr != KERN_SUCCESS)
		return (kr);
	td = os->td;
	mach_border_lock();
	os->looks++;
	mach_border_unlock();
	mach_border_summon(p, td);
	stands = mach_border_wait(p, td);
	/*
	 * The process was not locked meanwhile.  Where the thread ended or
	 * executes another program, `os` is another's or nobody's.
	 */
	if (host_thread_state(p, thread) == NULL) {
		kr = KERN_ABORTED;
	} else {
		if (p_candebug(curthread, p) != 0)
			kr = KERN_NO_ACCESS;
		else
			kr = stands ? state_out(call, td) : KERN_ABORTED;
		mach_border_lock();
		os->looks--;
		wakeup(MACH_BORDER_CHANNEL(p));
		mach_border_unlock();
	}
	_PRELE(p);
	PROC_UNLOCK(p);
	return (kr);
}

/* (thread, flavor, state, count): of one that stands at the border. */
kern_return_t
host_thread_set_state(struct ipc_call *call)
{
	struct ipc_thread *thread = call->arg[0].v.thread;
	struct mach_os_thread *os;
	struct proc *p;
	kern_return_t kr;
	bool is_held;

	if (!MACH_BORDER)
		return (KERN_NOT_SUPPORTED);
	kr = host_target_thread(thread, &p, &os);
	if (kr != KERN_SUCCESS)
		return (kr);
	/* Nobody lets it go while this is locked; one just let go is late. */
	mach_border_lock();
	is_held = os->faulted ||
		  (os->parked && (os->suspends > 0 ||
				     *mach_task_suspends(thread->task) > 0));
	kr = is_held ? mach_registers_set(os->td, (int)call->raw[1],
			   call->arg[2].v.data, (uint32_t)call->raw[3])
		     : KERN_FAILURE;
	mach_border_unlock();
	_PRELE(p);
	PROC_UNLOCK(p);
	return (kr);
}
