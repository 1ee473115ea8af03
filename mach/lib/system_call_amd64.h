/*
 * A system call on amd64: the number in rax, six arguments in registers; the
 * carry flag says that rax is an errno.
 */
#ifndef ISTHMUS_MACH_LIB_SYSTEM_CALL_AMD64_H
#define ISTHMUS_MACH_LIB_SYSTEM_CALL_AMD64_H

#include <stdbool.h>
#include <stdint.h>

/* Arguments in registers; the others, and how many there are at most. */
#define SYSTEM_CALL_REGISTERS 6
#define SYSTEM_CALL_ARGS 11

/* Where the kernel looks for them; the first two are operands. */
#define SYSTEM_CALL_IN(code, a)                        \
	register uint64_t r10 __asm__("r10") = (a)[3]; \
	register uint64_t r8 __asm__("r8") = (a)[4];   \
	register uint64_t r9 __asm__("r9") = (a)[5];   \
	uint64_t result = (code), rdx = (a)[2]

/* *error is its errno, or 0. */
static inline uint64_t
system_call(uint64_t code, const uint64_t *a, int *error)
{
	SYSTEM_CALL_IN(code, a);
	bool failed;

	__asm__ volatile("syscall"
			 : "+a"(result), "=@ccc"(failed), "+d"(rdx), "+r"(r10),
			 "+r"(r8), "+r"(r9)
			 : "D"(a[0]), "S"(a[1])
			 : "rcx", "r11", "memory");
	*error = failed ? (int)result : 0;
	return (result);
}

/*
 * The same with all of them: those past the sixth stand behind where a
 * stub's return address would, beyond the red zone, which may be in use.
 */
static inline uint64_t
system_call_long(uint64_t code, const uint64_t *a, int *error)
{
	SYSTEM_CALL_IN(code, a);
	bool failed;

	__asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
			 "pushq 80(%[a])\n\t"
			 "pushq 72(%[a])\n\t"
			 "pushq 64(%[a])\n\t"
			 "pushq 56(%[a])\n\t"
			 "pushq 48(%[a])\n\t"
			 "pushq $0\n\t"
			 "syscall\n\t"
			 "leaq 176(%%rsp), %%rsp"
			 : "+a"(result), "=@ccc"(failed), "+d"(rdx), "+r"(r10),
			 "+r"(r8), "+r"(r9)
			 : "D"(a[0]), "S"(a[1]), [a] "r"(a)
			 : "rcx", "r11", "memory");
	*error = failed ? (int)result : 0;
	return (result);
}

#endif
