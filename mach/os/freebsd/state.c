/*
 * HOST rows of traps.def: a thread's registers.  They are in the frame that
 * it left user mode by, and hold still while it is not on a processor.
 */
#include <mach/thread_status.h>

#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>
#include <sys/reg.h>

#include "mach/os/freebsd/compat.h"

#ifdef __amd64__

/* Both ways, a register a line. */
/* clang-format off */
#define EACH_REGISTER(X)                                     \
	X(rax) X(rbx) X(rcx) X(rdx) X(rdi) X(rsi) X(rbp) X(rsp) \
	X(r8) X(r9) X(r10) X(r11) X(r12) X(r13) X(r14) X(r15)   \
	X(rip) X(rflags)
/* clang-format on */

static void
general_get(struct thread *td, x86_thread_state64_t *state)
{
	struct reg regs;

	(void)fill_regs(td, &regs);
#define GET(name) state->__##name = (uint64_t)regs.r_##name;
	EACH_REGISTER(GET)
#undef GET
	state->__cs = (uint64_t)regs.r_cs;
	state->__fs = regs.r_fs;
	state->__gs = regs.r_gs;
}

/* Segments stay as they are. */
static kern_return_t
general_set(struct thread *td, const x86_thread_state64_t *state)
{
	struct reg regs;

	(void)fill_regs(td, &regs);
#define SET(name) regs.r_##name = (register_t)state->__##name;
	EACH_REGISTER(SET)
#undef SET
	return (
	    set_regs(td, &regs) == 0 ? KERN_SUCCESS : KERN_INVALID_ARGUMENT);
}

union state {
	x86_thread_state64_t general;
	x86_thread_state_t either;
	x86_exception_state64_t exception;
};

/* Words of it; 0 of a flavor that is not had. */
static uint32_t
state_get(struct thread *td, int flavor, union state *state)
{
	const struct trapframe *frame = td->td_frame;

	memset(state, 0, sizeof(*state));
	switch (flavor) {
	case x86_THREAD_STATE64:
		general_get(td, &state->general);
		return (x86_THREAD_STATE64_COUNT);
	case x86_THREAD_STATE:
		state->either.tsh.flavor = x86_THREAD_STATE64;
		state->either.tsh.count = x86_THREAD_STATE64_COUNT;
		general_get(td, &state->either.uts.ts64);
		return (x86_THREAD_STATE_COUNT);
	case x86_EXCEPTION_STATE64:
		state->exception.__trapno = (uint16_t)frame->tf_trapno;
		state->exception.__err = (uint32_t)frame->tf_err;
		state->exception.__faultvaddr = (uint64_t)frame->tf_addr;
		return (x86_EXCEPTION_STATE64_COUNT);
	default:
		return (0);
	}
}

static kern_return_t
state_set(struct thread *td, int flavor, const void *data, uint32_t words)
{
	const x86_thread_state_t *either = data;

	switch (flavor) {
	case x86_THREAD_STATE64:
		return (words == x86_THREAD_STATE64_COUNT
			    ? general_set(td, data)
			    : KERN_INVALID_ARGUMENT);
	case x86_THREAD_STATE:
		return (words == x86_THREAD_STATE_COUNT &&
				either->tsh.flavor == x86_THREAD_STATE64 &&
				either->tsh.count == x86_THREAD_STATE64_COUNT
			    ? general_set(td, &either->uts.ts64)
			    : KERN_INVALID_ARGUMENT);
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

#else

union state {
	uint32_t none;
};

static uint32_t
state_get(struct thread *td, int flavor, union state *state)
{
	(void)td;
	(void)flavor;
	(void)state;
	return (0);
}

static kern_return_t
state_set(struct thread *td, int flavor, const void *data, uint32_t words)
{
	(void)td;
	(void)flavor;
	(void)data;
	(void)words;
	return (KERN_NOT_SUPPORTED);
}

#endif

uint32_t
mach_state_get(struct thread *td, int flavor, void *to, uint32_t words)
{
	union state state;
	uint32_t n = state_get(td, flavor, &state);

	if (n == 0 || n > words)
		return (0);
	memcpy(to, &state, n * sizeof(uint32_t));
	return (n);
}

kern_return_t
mach_state_set(struct thread *td, int flavor, const void *data, uint32_t words)
{
	return (state_set(td, flavor, data, words));
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
	kr = is_held ? mach_state_set(os->td, (int)call->raw[1],
			   call->arg[2].v.data, (uint32_t)call->raw[3])
		     : KERN_FAILURE;
	mach_border_unlock();
	_PRELE(p);
	PROC_UNLOCK(p);
	return (kr);
}
