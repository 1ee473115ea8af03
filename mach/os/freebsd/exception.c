/*
 * Which exception a fault is, with the codes that XNU gives it
 * (xnu-11417.101.15 osfmk/i386/trap.c, user_trap), from what FreeBSD tells of
 * it by a signal (sys/amd64/amd64/trap.c, trap).
 */
#include "mach/core/raise.h"
#include "mach/os/freebsd/freebsd.h"

#include <sys/proc.h>
#include <sys/signalvar.h>
#include <vm/vm.h>

/* XNU bsd/sys/ux_exception.h: a system call that there is not. */
#define EXC_UNIX_BAD_SYSCALL 0x10000

static void
put(struct ipc_raise *raise, exception_type_t type, int64_t code, int64_t more)
{
	raise->type = type;
	raise->code[0] = code;
	raise->code[1] = more;
}

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

#ifdef __amd64__

#include <machine/fpu.h>
#include <machine/frame.h>
#include <machine/md_var.h>
#include <machine/pcb.h>
#include <machine/trap.h>

#define SINGLE_STEP EXC_I386_SGL
#define BREAKPOINT EXC_I386_BPT
#define UNDEFINED EXC_I386_INVOP

/* The second code. */
enum { MORE_NONE, MORE_ERROR, MORE_X87, MORE_SSE };

static const struct {
	uint8_t trap, type, more;
	int8_t code;
} traps[] = {
	{ T_DIVIDE, EXC_ARITHMETIC, MORE_NONE, EXC_I386_DIV },
	{ T_TRCTRAP, EXC_BREAKPOINT, MORE_NONE, EXC_I386_SGL },
	{ T_BPTFLT, EXC_BREAKPOINT, MORE_NONE, EXC_I386_BPT },
	{ T_OFLOW, EXC_ARITHMETIC, MORE_NONE, EXC_I386_INTO },
	{ T_BOUND, EXC_SOFTWARE, MORE_NONE, EXC_I386_BOUND },
	{ T_PRIVINFLT, EXC_BAD_INSTRUCTION, MORE_NONE, EXC_I386_INVOP },
	{ T_FPOPFLT, EXC_BAD_ACCESS, MORE_NONE,
	    VM_PROT_READ | VM_PROT_EXECUTE },
	{ T_TSSFLT, EXC_BAD_INSTRUCTION, MORE_ERROR, EXC_I386_INVTSSFLT },
	{ T_SEGNPFLT, EXC_BAD_INSTRUCTION, MORE_ERROR, EXC_I386_SEGNPFLT },
	{ T_STKFLT, EXC_BAD_INSTRUCTION, MORE_ERROR, EXC_I386_STKFLT },
	{ T_PROTFLT, EXC_BAD_ACCESS, MORE_ERROR, EXC_I386_GPFLT },
	{ T_ALIGNFLT, EXC_BAD_ACCESS, MORE_NONE, EXC_I386_ALIGNFLT },
	{ T_XMMFLT, EXC_ARITHMETIC, MORE_SSE, EXC_I386_SSEEXTERR },
	{ T_ARITHTRAP, EXC_ARITHMETIC, MORE_X87, EXC_I386_EXTERR },
};

static int64_t
more_of(struct thread *td, int more)
{
	switch (more) {
	case MORE_ERROR:
		return ((uint32_t)td->td_frame->tf_err);
	case MORE_X87:
		(void)fpugetregs(td);
		return (get_pcb_user_save_td(td)->sv_env.en_sw);
	case MORE_SSE:
		(void)fpugetregs(td);
		return (get_pcb_user_save_td(td)->sv_env.en_mxcsr);
	default:
		return (0);
	}
}

/* False of one that is known by its signal alone. */
static bool
trap_raise(struct thread *td, const ksiginfo_t *ksi, struct ipc_raise *raise)
{
	unsigned int i;

	for (i = 0; i < nitems(traps); i++) {
		if (traps[i].trap != ksi->ksi_trapno)
			continue;
		put(raise, traps[i].type, traps[i].code,
		    more_of(td, traps[i].more));
		return (true);
	}
	return (false);
}

#else

#define SINGLE_STEP 0
#define BREAKPOINT EXC_ARM_BREAKPOINT
#define UNDEFINED EXC_ARM_UNDEFINED

static bool
trap_raise(struct thread *td, const ksiginfo_t *ksi, struct ipc_raise *raise)
{
	(void)td;
	(void)ksi;
	(void)raise;
	return (false);
}

#endif

static void
signal_raise(const ksiginfo_t *ksi, struct ipc_raise *raise)
{
	int signo = ksi->ksi_signo;

	if (signo == SIGSEGV || signo == SIGBUS)
		put(raise, EXC_BAD_ACCESS, access_code(ksi),
		    (int64_t)(uintptr_t)ksi->ksi_addr);
	else if (signo == SIGILL)
		put(raise, EXC_BAD_INSTRUCTION, UNDEFINED, 0);
	else if (signo == SIGFPE)
		put(raise, EXC_ARITHMETIC, 0, 0);
	else if (signo == SIGTRAP && ksi->ksi_code == TRAP_TRACE)
		put(raise, EXC_BREAKPOINT, SINGLE_STEP, 0);
	else if (signo == SIGTRAP && ksi->ksi_code == TRAP_BRKPT)
		put(raise, EXC_BREAKPOINT, BREAKPOINT, 0);
	else if (signo == SIGSYS)
		put(raise, EXC_SOFTWARE, EXC_UNIX_BAD_SYSCALL, 0);
	else
		put(raise, EXC_SOFTWARE, EXC_SOFT_SIGNAL, signo);
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
	return (mach_state_set(curthread, flavor, data, words) == KERN_SUCCESS);
}

void
mach_raise_of(
    struct thread *td, const struct ksiginfo *ksi, struct ipc_raise *raise)
{
	*raise = (struct ipc_raise){
		.state_get = state_get,
		.state_set = state_set,
	};
	if (!trap_raise(td, ksi, raise))
		signal_raise(ksi, raise);
}
