/*
 * Exceptions of arm64's own: XNU's codes (xnu-11417.101.15 osfmk/arm64/sleh.c)
 * by the class of a fault (EC of ESR_EL1), which FreeBSD gives as a trap's
 * number (sys/arm64/arm64/trap.c, do_el0_sync).  Where XNU's second code is the
 * instruction, it is 0: that memory cannot be read where a signal is made.
 */
#include "mach/os/freebsd/exception.h"

#include <sys/proc.h>
#include <sys/signalvar.h>

#include <machine/armreg.h>
#include <machine/frame.h>

const struct mach_raise_codes mach_raise_codes = {
	.single_step = EXC_ARM_BREAKPOINT,
	.breakpoint = EXC_ARM_BREAKPOINT,
	.undefined = EXC_ARM_UNDEFINED,
};

/* Branch to where none may go; 13.x has no name for it. */
#define CLASS_BTI 0x0d

/* The second code: none, the signal's address, or where the access was. */
enum { MORE_NONE, MORE_ADDRESS, MORE_FAR };

/* `code` of the signal, where a class has several of them; 0: any. */
static const struct {
	uint8_t class, signo, signal_code, type, more;
	int16_t code;
} traps[] = {
	{ EXCP_INSN_ABORT_L, SIGBUS, BUS_ADRALN, EXC_BAD_ACCESS, MORE_FAR,
	    EXC_ARM_DA_ALIGN },
	{ EXCP_DATA_ABORT_L, SIGBUS, BUS_ADRALN, EXC_BAD_ACCESS, MORE_FAR,
	    EXC_ARM_DA_ALIGN },
	{ EXCP_PC_ALIGN, SIGBUS, 0, EXC_BAD_ACCESS, MORE_ADDRESS,
	    EXC_ARM_DA_ALIGN },
	{ EXCP_SP_ALIGN, SIGBUS, 0, EXC_BAD_ACCESS, MORE_ADDRESS,
	    EXC_ARM_SP_ALIGN },
	{ EXCP_FPAC, SIGILL, 0, EXC_BAD_ACCESS, MORE_NONE, EXC_ARM_PAC_FAIL },
	{ CLASS_BTI, SIGILL, 0, EXC_BAD_INSTRUCTION, MORE_NONE,
	    EXC_ARM_UNDEFINED },
	{ EXCP_BRKPT_EL0, SIGTRAP, 0, EXC_BREAKPOINT, MORE_ADDRESS,
	    EXC_ARM_BREAKPOINT },
	{ EXCP_BRK, SIGTRAP, 0, EXC_BREAKPOINT, MORE_ADDRESS,
	    EXC_ARM_BREAKPOINT },
	{ EXCP_SOFTSTP_EL0, SIGTRAP, 0, EXC_BREAKPOINT, MORE_NONE,
	    EXC_ARM_BREAKPOINT },
	{ EXCP_WATCHPT_EL0, SIGTRAP, 0, EXC_BREAKPOINT, MORE_ADDRESS,
	    EXC_ARM_DA_DEBUG },
};

/* Of a trapped floating-point exception, the first of these in ESR_EL1. */
static const struct {
	uint32_t bit;
	int8_t code;
} fp_traps[] = {
	{ ISS_FP_UFF, EXC_ARM_FP_UF },
	{ ISS_FP_OFF, EXC_ARM_FP_OF },
	{ ISS_FP_IOF, EXC_ARM_FP_IO },
	{ ISS_FP_DZF, EXC_ARM_FP_DZ },
	{ ISS_FP_IDF, EXC_ARM_FP_ID },
	{ ISS_FP_IXF, EXC_ARM_FP_IX },
};

static int64_t
fp_code(uint32_t esr)
{
	unsigned int i;

	/* Without TFV the others say nothing. */
	for (i = 0; (esr & ISS_FP_TFV) != 0 && i < nitems(fp_traps); i++) {
		if ((esr & fp_traps[i].bit) != 0)
			return (fp_traps[i].code);
	}
	return (EXC_ARM_FP_UNDEFINED);
}

static int64_t
more_of(struct thread *td, const ksiginfo_t *ksi, int more)
{
	switch (more) {
	case MORE_ADDRESS:
		return ((int64_t)(uintptr_t)ksi->ksi_addr);
	case MORE_FAR:
		return ((int64_t)td->td_frame->tf_far);
	default:
		return (0);
	}
}

bool
mach_raise_trap(
    struct thread *td, const ksiginfo_t *ksi, struct ipc_raise *raise)
{
	unsigned int i;

	/* Here alone the number is all of ESR_EL1. */
	if (ksi->ksi_signo == SIGFPE) {
		mach_raise_put(raise, EXC_ARITHMETIC,
		    fp_code((uint32_t)ksi->ksi_trapno), 0);
		return (true);
	}
	for (i = 0; i < nitems(traps); i++) {
		if (traps[i].class != ksi->ksi_trapno ||
		    traps[i].signo != ksi->ksi_signo ||
		    (traps[i].signal_code != 0 &&
			traps[i].signal_code != ksi->ksi_code))
			continue;
		mach_raise_put(raise, traps[i].type, traps[i].code,
		    more_of(td, ksi, traps[i].more));
		return (true);
	}
	return (false);
}
