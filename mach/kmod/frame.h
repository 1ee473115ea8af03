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

/* The seventh argument and on: behind the stub's return address. */
static inline const void *
frame_stack(const struct trapframe *frame)
{
	return ((const void *)(frame->tf_rsp + sizeof(register_t)));
}

static inline void
frame_return(struct thread *td)
{
	td->td_retval[0] = 0;
	td->td_retval[1] = td->td_frame->tf_rdx;
}

#elif defined(__aarch64__)

#define FRAME_ARGS 8

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

static inline const void *
frame_stack(const struct trapframe *frame)
{
	return ((const void *)frame->tf_sp);
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
