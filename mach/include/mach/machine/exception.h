/*
 * Codes of exceptions that depend on the machine.
 * Facts: xnu-11417.101.15 osfmk/mach/{i386,arm}/exception.h
 */
#ifndef _MACH_MACHINE_EXCEPTION_H_
#define _MACH_MACHINE_EXCEPTION_H_

#define EXC_TYPES_COUNT 14 /* one more than the last: 0 is none */
#define EXCEPTION_CODE_MAX 2
#define EXC_MASK_MACHINE 0

#if defined(__x86_64__)
/* EXC_BAD_INSTRUCTION, EXC_ARITHMETIC, EXC_SOFTWARE, EXC_BREAKPOINT */
#define EXC_I386_INVOP 1
#define EXC_I386_DIV 1
#define EXC_I386_INTO 2
#define EXC_I386_NOEXT 3
#define EXC_I386_EXTOVR 4
#define EXC_I386_EXTERR 5
#define EXC_I386_EMERR 6
#define EXC_I386_BOUND 7
#define EXC_I386_SSEEXTERR 8
#define EXC_I386_SGL 1
#define EXC_I386_BPT 2
/* Numbers of machine traps. */
#define EXC_I386_DIVERR 0
#define EXC_I386_SGLSTP 1
#define EXC_I386_NMIFLT 2
#define EXC_I386_BPTFLT 3
#define EXC_I386_INTOFLT 4
#define EXC_I386_BOUNDFLT 5
#define EXC_I386_INVOPFLT 6
#define EXC_I386_NOEXTFLT 7
#define EXC_I386_DBLFLT 8
#define EXC_I386_EXTOVRFLT 9
#define EXC_I386_INVTSSFLT 10
#define EXC_I386_SEGNPFLT 11
#define EXC_I386_STKFLT 12
#define EXC_I386_GPFLT 13
#define EXC_I386_PGFLT 14
#define EXC_I386_EXTERRFLT 16
#define EXC_I386_ALIGNFLT 17
#define EXC_I386_ENOEXTFLT 32
#define EXC_I386_ENDPERR 33
#elif defined(__aarch64__)
/* EXC_BAD_INSTRUCTION, EXC_ARITHMETIC, EXC_BAD_ACCESS, EXC_BREAKPOINT */
#define EXC_ARM_UNDEFINED 1
#define EXC_ARM_SME_DISALLOWED 2
#define EXC_ARM_FP_UNDEFINED 0
#define EXC_ARM_FP_IO 1
#define EXC_ARM_FP_DZ 2
#define EXC_ARM_FP_OF 3
#define EXC_ARM_FP_UF 4
#define EXC_ARM_FP_IX 5
#define EXC_ARM_FP_ID 6
#define EXC_ARM_DA_ALIGN 0x101
#define EXC_ARM_DA_DEBUG 0x102
#define EXC_ARM_SP_ALIGN 0x103
#define EXC_ARM_SWP 0x104
#define EXC_ARM_PAC_FAIL 0x105
#define EXC_ARM_BREAKPOINT 1
#endif

#endif /* !_MACH_MACHINE_EXCEPTION_H_ */
