/*
 * What the files of kernel_bench share.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_BENCH_H
#define ISTHMUS_TESTS_FREEBSD_MACH_BENCH_H

#include <stdbool.h>

#include "raw.h"

/* Turns of a run; slower ones make a quarter of them. */
extern unsigned long bench_count;

/* ns of the monotonic clock. */
double bench_now(void);
/* This process, and what it forks, on one processor. */
void bench_pin(int cpu);
void bench_sort(double *, size_t n);
/* A row: the median of ours() over theirs(), run in turn. */
void bench_row(const char *name, void (*ours)(void), const char *peer,
    void (*theirs)(void));
/* A native call with the module, which is not loaded, and without. */
bool bench_native(const char *module);
/* The rows that take two: processes, threads, four pairs of processes. */
void bench_pairs(void);

/* As a library's stub would be: nothing but the call. */
static inline uint64_t
call6(uint64_t code, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
    uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	uint64_t rdx = c;

	__asm__ volatile("syscall"
			 : "+a"(code), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
			 : "D"(a), "S"(b)
			 : "rcx", "r11", "memory", "cc");
	return (code);
}

#endif
