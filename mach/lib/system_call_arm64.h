/*
 * A system call on arm64: svc 0, the number in x8, eight arguments in
 * registers; the carry flag says that x0 is an errno.
 */
#ifndef ISTHMUS_MACH_LIB_SYSTEM_CALL_ARM64_H
#define ISTHMUS_MACH_LIB_SYSTEM_CALL_ARM64_H

#include <stdbool.h>
#include <stdint.h>

/* Arguments in registers; the others, and how many there are at most. */
#define SYSTEM_CALL_REGISTERS 8
#define SYSTEM_CALL_ARGS 11

/* Where the kernel looks for them. */
#define SYSTEM_CALL_IN(code, a)                      \
	register uint64_t x0 __asm__("x0") = (a)[0]; \
	register uint64_t x1 __asm__("x1") = (a)[1]; \
	register uint64_t x2 __asm__("x2") = (a)[2]; \
	register uint64_t x3 __asm__("x3") = (a)[3]; \
	register uint64_t x4 __asm__("x4") = (a)[4]; \
	register uint64_t x5 __asm__("x5") = (a)[5]; \
	register uint64_t x6 __asm__("x6") = (a)[6]; \
	register uint64_t x7 __asm__("x7") = (a)[7]; \
	register uint64_t x8 __asm__("x8") = (code)

/* *error is its errno, or 0. */
static inline uint64_t
system_call(uint64_t code, const uint64_t *a, int *error)
{
	SYSTEM_CALL_IN(code, a);
	bool failed;

	__asm__ volatile(
	    "svc 0"
	    : "+r"(x0), "=@cccs"(failed), "+r"(x1)
	    : "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7), "r"(x8)
	    : "memory");
	*error = failed ? (int)x0 : 0;
	return (x0);
}

/* The same with all of them: those past the eighth are on the stack. */
static inline uint64_t
system_call_long(uint64_t code, const uint64_t *a, int *error)
{
	SYSTEM_CALL_IN(code, a);
	bool failed;

	__asm__ volatile("ldp x9, x10, [%[a], #64]\n\t"
			 "ldr x11, [%[a], #80]\n\t"
			 "sub sp, sp, #32\n\t"
			 "stp x9, x10, [sp]\n\t"
			 "str x11, [sp, #16]\n\t"
			 "svc 0\n\t"
			 "add sp, sp, #32"
			 : "+r"(x0), "=@cccs"(failed), "+r"(x1)
			 : "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7),
			 "r"(x8), [a] "r"(a)
			 : "x9", "x10", "x11", "memory");
	*error = failed ? (int)x0 : 0;
	return (x0);
}

#endif
