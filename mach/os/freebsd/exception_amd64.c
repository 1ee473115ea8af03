/*
 * Exceptions of amd64's own: XNU's codes (xnu-11417.101.15 osfmk/i386/trap.c,
 * user_trap) by FreeBSD's number of a trap (sys/amd64/amd64/trap.c, trap).
 */
#include "mach/os/freebsd/exception.h"

#include <sys/proc.h>
#include <sys/signalvar.h>
#include <vm/vm.h>

#include <machine/fpu.h>
#include <machine/frame.h>
#include <machine/md_var.h>
#include <machine/pcb.h>
#include <machine/trap.h>

const struct mach_raise_codes mach_raise_codes = {
	.single_step = EXC_I386_SGL,
	.breakpoint = EXC_I386_BPT,
	.undefined = EXC_I386_INVOP,
};

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

bool
mach_raise_trap(
    struct thread *td, const ksiginfo_t *ksi, struct ipc_raise *raise)
{
	unsigned int i;

	for (i = 0; i < nitems(traps); i++) {
		if (traps[i].trap != ksi->ksi_trapno)
			continue;
		mach_raise_put(raise, traps[i].type, traps[i].code,
		    more_of(td, traps[i].more));
		return (true);
	}
	return (false);
}
