/*
 * arm64: the number is in x8, arguments in x0 to x7 and then on the stack
 * (sys/arm64/arm64/trap.c, cpu_fetch_syscall_args).
 */
#ifndef ISTHMUS_MACH_KMOD_FRAME_ARM64_H
#define ISTHMUS_MACH_KMOD_FRAME_ARM64_H

#include <sys/proc.h>

#include <machine/armreg.h>
#include <machine/cpufunc.h>
#include <machine/frame.h>

/* Two less than in registers: transport_table.c has a use for them. */
#define FRAME_ARGS 6

static inline u_int
frame_code(const struct trapframe *frame)
{
	return ((u_int)frame->tf_x[8]);
}

static inline const void *
frame_args(const struct trapframe *frame)
{
	return (frame->tf_x);
}

static inline int
frame_rest(const struct trapframe *frame, uint64_t *to, size_t n)
{
	size_t i;

	for (i = 0; i < 2 && i < n; i++)
		to[i] = frame->tf_x[FRAME_ARGS + i];
	return (n <= 2 ? 0
		       : copyin((const void *)frame->tf_sp, to + 2,
			     (n - 2) * sizeof(*to)));
}

static inline void
frame_return(struct thread *td)
{
	td->td_retval[0] = 0;
	td->td_retval[1] = td->td_frame->tf_x[1];
}

/* Where the calling thread has the address of libthr's struct pthread. */
static inline uint64_t
frame_pthread(struct thread *td)
{
	/* sys/sys/_tls_variant_i.h, struct tcb: the second word */
	(void)td;
	return (READ_SPECIALREG(tpidr_el0) + sizeof(uint64_t));
}

#endif
