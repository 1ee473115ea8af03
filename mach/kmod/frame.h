/*
 * Where a system call's number and arguments are, per machine.
 */
#ifndef ISTHMUS_MACH_KMOD_FRAME_H
#define ISTHMUS_MACH_KMOD_FRAME_H

#include <sys/proc.h>

#include <machine/frame.h>

#if defined(__amd64__)

#define FRAME_ARGS 6

static inline u_int
frame_code(const struct trapframe *frame)
{
	return ((u_int)frame->tf_rax);
}

static inline const void *
frame_args(const struct trapframe *frame)
{
	return (&frame->tf_rdi);
}

/* Arguments past FRAME_ARGS: behind the stub's return address.  An errno. */
static inline int
frame_rest(const struct trapframe *frame, uint64_t *to, size_t n)
{
	return (copyin((const void *)(frame->tf_rsp + sizeof(register_t)), to,
	    n * sizeof(*to)));
}

static inline void
frame_return(struct thread *td)
{
	td->td_retval[0] = 0;
	td->td_retval[1] = td->td_frame->tf_rdx;
}

#elif defined(__aarch64__)

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

#else
#error "no table of traps for this machine yet"
#endif

#endif
