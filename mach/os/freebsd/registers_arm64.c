/*
 * A thread's registers on arm64: the general ones, and what a fault left; of
 * 64-bit processes only, as XNU has it (xnu-11417.101.15 osfmk/arm64/status.c).
 * NEON and debug registers are not had.
 */
#include <mach/thread_status.h>

#include "mach/os/freebsd/registers.h"

#include <sys/proc.h>
#include <sys/sysent.h>

#include <machine/armreg.h>
#include <machine/frame.h>

_Static_assert(sizeof(arm_unified_thread_state_t) <= MACH_REGISTERS_BYTES &&
		   nitems(((arm_thread_state64_t *)NULL)->__x) + 1 ==
		       nitems(((struct trapframe *)NULL)->tf_x),
    "no room for the largest state, or other registers than the kernel's");

static void
general_get(const struct trapframe *frame, arm_thread_state64_t *state)
{
	memcpy(state->__x, frame->tf_x, sizeof(state->__x));
	state->__fp = frame->tf_x[nitems(state->__x)];
	state->__lr = frame->tf_lr;
	state->__sp = frame->tf_sp;
	state->__pc = frame->tf_elr;
	state->__cpsr = (uint32_t)frame->tf_spsr;
}

/*
 * Not by set_regs(): it would turn single steps on, for the processor that this
 * is.  Of the state only the flags are a program's.
 */
static void
general_set(struct trapframe *frame, const arm_thread_state64_t *state)
{
	memcpy(frame->tf_x, state->__x, sizeof(state->__x));
	frame->tf_x[nitems(state->__x)] = state->__fp;
	frame->tf_lr = state->__lr;
	frame->tf_sp = state->__sp;
	frame->tf_elr = state->__pc;
	frame->tf_spsr &= ~(uint64_t)PSR_FLAGS;
	frame->tf_spsr |= state->__cpsr & PSR_FLAGS;
}

uint32_t
mach_registers_get(struct thread *td, int flavor, void *state)
{
	const struct trapframe *frame = td->td_frame;
	arm_unified_thread_state_t *either = state;
	arm_exception_state64_v2_t *second = state;
	arm_exception_state64_t *first = state;

	if (!SV_PROC_FLAG(td->td_proc, SV_LP64))
		return (0);
	switch (flavor) {
	case ARM_THREAD_STATE64:
		general_get(frame, state);
		return (ARM_THREAD_STATE64_COUNT);
	case ARM_UNIFIED_THREAD_STATE:
		either->ash.flavor = ARM_THREAD_STATE64;
		either->ash.count = ARM_THREAD_STATE64_COUNT;
		general_get(frame, &either->ts_64);
		return (ARM_UNIFIED_THREAD_STATE_COUNT);
	case ARM_EXCEPTION_STATE64:
		first->__far = frame->tf_far;
		first->__esr = (uint32_t)frame->tf_esr;
		return (ARM_EXCEPTION_STATE64_COUNT);
	case ARM_EXCEPTION_STATE64_V2:
		second->__far = frame->tf_far;
		second->__esr = frame->tf_esr;
		return (ARM_EXCEPTION_STATE64_V2_COUNT);
	default:
		return (0);
	}
}

kern_return_t
mach_registers_set(
    struct thread *td, int flavor, const void *data, uint32_t words)
{
	arm_unified_thread_state_t state;

	if (!SV_PROC_FLAG(td->td_proc, SV_LP64))
		return (KERN_INVALID_ARGUMENT);
	/* What came in a message is aligned to words. */
	switch (flavor) {
	case ARM_THREAD_STATE64:
		if (words != ARM_THREAD_STATE64_COUNT)
			return (KERN_INVALID_ARGUMENT);
		memcpy(&state.ts_64, data, sizeof(state.ts_64));
		break;
	case ARM_UNIFIED_THREAD_STATE:
		if (words != ARM_UNIFIED_THREAD_STATE_COUNT)
			return (KERN_INVALID_ARGUMENT);
		memcpy(&state, data, sizeof(state));
		if (state.ash.flavor != ARM_THREAD_STATE64 ||
		    state.ash.count != ARM_THREAD_STATE64_COUNT)
			return (KERN_INVALID_ARGUMENT);
		break;
	default:
		return (KERN_INVALID_ARGUMENT);
	}
	general_set(td->td_frame, &state.ts_64);
	return (KERN_SUCCESS);
}
