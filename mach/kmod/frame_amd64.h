/*
 * amd64: the number is in rax, arguments in rdi, rsi, rdx, r10, r8, r9 and then
 * on the stack (sys/amd64/amd64/trap.c, cpu_fetch_syscall_args).
 */
#ifndef ISTHMUS_MACH_KMOD_FRAME_AMD64_H
#define ISTHMUS_MACH_KMOD_FRAME_AMD64_H

#include <sys/proc.h>

#include <machine/frame.h>
#include <machine/md_var.h>
#include <machine/pcb.h>

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

/* Where a thread has the address of libthr's struct pthread. */
static inline uint64_t
frame_pthread(struct thread *td)
{
	/* sys/x86/include/tls.h, struct tcb: the third word */
	update_pcb_bases(td->td_pcb);
	return (td->td_pcb->pcb_fsbase + 2 * sizeof(uint64_t));
}

#endif
