/*
 * Which exception a fault is, with the codes that XNU gives it, from what
 * FreeBSD tells of it by a signal.
 */
#include "mach/os/freebsd/exception.h"
#include "mach/os/freebsd/registers.h"

#include <sys/proc.h>
#include <sys/signalvar.h>
#include <vm/vm.h>

/* XNU bsd/sys/ux_exception.h: a system call that there is not. */
#define EXC_UNIX_BAD_SYSCALL 0x10000

/* What vm_fault() would have returned (sys/vm/vm_fault.c, vm_fault_trap). */
static kern_return_t
access_code(const ksiginfo_t *ksi)
{
	if (ksi->ksi_signo == SIGSEGV)
		return (ksi->ksi_code == SEGV_MAPERR ? KERN_INVALID_ADDRESS
						     : KERN_PROTECTION_FAILURE);
	switch (ksi->ksi_code) {
	case BUS_ADRALN:
	case BUS_ADRERR:
		return (KERN_INVALID_ADDRESS);
	case BUS_OBJERR:
		return (KERN_MEMORY_ERROR);
	case BUS_OOMERR:
		return (KERN_RESOURCE_SHORTAGE);
	default:
		return (KERN_PROTECTION_FAILURE);
	}
}

static void
signal_raise(const ksiginfo_t *ksi, struct ipc_raise *raise)
{
	int signo = ksi->ksi_signo;

	if (signo == SIGSEGV || signo == SIGBUS)
		mach_raise_put(raise, EXC_BAD_ACCESS, access_code(ksi),
		    (int64_t)(uintptr_t)ksi->ksi_addr);
	else if (signo == SIGILL)
		mach_raise_put(
		    raise, EXC_BAD_INSTRUCTION, mach_raise_codes.undefined, 0);
	else if (signo == SIGFPE)
		mach_raise_put(raise, EXC_ARITHMETIC, 0, 0);
	else if (signo == SIGTRAP && ksi->ksi_code == TRAP_TRACE)
		mach_raise_put(
		    raise, EXC_BREAKPOINT, mach_raise_codes.single_step, 0);
	else if (signo == SIGTRAP && ksi->ksi_code == TRAP_BRKPT)
		mach_raise_put(
		    raise, EXC_BREAKPOINT, mach_raise_codes.breakpoint, 0);
	else if (signo == SIGSYS)
		mach_raise_put(raise, EXC_SOFTWARE, EXC_UNIX_BAD_SYSCALL, 0);
	else
		mach_raise_put(raise, EXC_SOFTWARE, EXC_SOFT_SIGNAL, signo);
}

/* It is the calling thread's. */
static uint32_t
state_get(struct ipc_thread *thread, int flavor, void *to, uint32_t words)
{
	(void)thread;
	return (mach_state_get(curthread, flavor, to, words));
}

static bool
state_set(
    struct ipc_thread *thread, int flavor, const void *data, uint32_t words)
{
	(void)thread;
	return (
	    mach_registers_set(curthread, flavor, data, words) == KERN_SUCCESS);
}

void
mach_raise_of(
    struct thread *td, const struct ksiginfo *ksi, struct ipc_raise *raise)
{
	*raise = (struct ipc_raise){
		.state_get = state_get,
		.state_set = state_set,
	};
	if (!mach_raise_trap(td, ksi, raise))
		signal_raise(ksi, raise);
}
