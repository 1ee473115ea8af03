/*
 * Traps through one dynamic system call: the number, then up to seven
 * arguments; with MACH_MUX_BY_REFERENCE in the number, the address of them
 * all.  The kernel itself counts who is inside.
 */
#include "mach/kmod/kmod.h"

#include <isthmus/mach_kernel.h>

#include <sys/proc.h>
#include <sys/sysent.h>

#define MUX_ARGS 7

static int slot = NO_SYSCALL;
SYSCTL_INT(_mach_transport, OID_AUTO, mux, CTLFLAG_RD, &slot, 0,
    "System call that takes a trap's number and arguments; -1: none");

static struct sysent before;

static int
mux_call(struct thread *td, void *v)
{
	uint64_t args[IPC_ARGS], result = 0, *p = v;
	uint32_t number = (uint32_t)p[0];
	int error, n = mach_trap_nargs(number & ~MACH_MUX_BY_REFERENCE);

	if (n < 0)
		return (ENOSYS);
	if (number & MACH_MUX_BY_REFERENCE) {
		error = copyin((void *)p[1], args, n * sizeof(args[0]));
		if (error != 0)
			return (error);
		p = args;
	} else {
		p++;
		n = MIN(n, MUX_ARGS);
	}
	error = mach_trap_run(td, (int)(number & ~MACH_MUX_BY_REFERENCE), p,
	    (unsigned int)n, &result);
	td->td_retval[0] = (register_t)result;
	return (error);
}

static struct sysent row = {
	.sy_narg = 1 + MUX_ARGS,
	.sy_call = mux_call,
	.sy_flags = SYF_CAPENABLED, /* mach_trap_run() tells them apart */
};

int
mach_mux_start(void)
{
	int error;

	error = kern_syscall_register(sysent, &slot, &row, &before, 0);
	if (error != 0)
		slot = NO_SYSCALL;
	return (error);
}

void
mach_mux_stop(void)
{
	if (slot != NO_SYSCALL)
		(void)kern_syscall_deregister(sysent, slot, &before);
	slot = NO_SYSCALL;
}
