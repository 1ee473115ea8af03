/*
 * A thread's registers on amd64: the general ones, and what a fault left.
 */
#include <mach/thread_status.h>

#include "mach/os/freebsd/registers.h"

#include <sys/proc.h>
#include <sys/reg.h>

#include <machine/frame.h>

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

_Static_assert(sizeof(x86_thread_state_t) <= MACH_REGISTERS_BYTES,
    "no room for the largest state");

uint32_t
mach_registers_get(struct thread *td, int flavor, void *state)
{
	const struct trapframe *frame = td->td_frame;
	x86_exception_state64_t *exception = state;
	x86_thread_state_t *either = state;

	switch (flavor) {
	case x86_THREAD_STATE64:
		general_get(td, state);
		return (x86_THREAD_STATE64_COUNT);
	case x86_THREAD_STATE:
		either->tsh.flavor = x86_THREAD_STATE64;
		either->tsh.count = x86_THREAD_STATE64_COUNT;
		general_get(td, &either->uts.ts64);
		return (x86_THREAD_STATE_COUNT);
	case x86_EXCEPTION_STATE64:
		exception->__trapno = (uint16_t)frame->tf_trapno;
		exception->__err = (uint32_t)frame->tf_err;
		exception->__faultvaddr = (uint64_t)frame->tf_addr;
		return (x86_EXCEPTION_STATE64_COUNT);
	default:
		return (0);
	}
}

kern_return_t
mach_registers_set(
    struct thread *td, int flavor, const void *data, uint32_t words)
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
