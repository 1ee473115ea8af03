/*
 * Measuring in one process: two things in turn, several times, and the median
 * of their ratios.
 */
#ifndef ISTHMUS_BENCH_MACH_BENCH_H
#define ISTHMUS_BENCH_MACH_BENCH_H

#include <stdint.h>

/* Nanoseconds that `n` rounds of it take. */
typedef double measure(int n);

#define BENCH_RUNS 11
/* Of BENCH_RUNS values, which it sorts. */
double bench_median(double *);
/* Nanoseconds of the monotonic clock. */
double bench_now(void);
/*
 * Runs both with `n` rounds in turn, 11 times after one for warming, and
 * prints a row of bench.json with the median of ours/peer.
 */
void bench_row(const char *name, const char *peer, double goal, int n,
    measure *ours, measure *theirs, int pinned);
/* A row of one figure. */
void bench_figure(
    const char *name, const char *peer, double goal, double ratio, int pinned);
/* All threads from now on run on that CPU, or (-1) where they like. */
void bench_pin(int cpu);

/* mach.c: the embedded host's rows; memory.c: those of many ports. */
void bench_mach(void);
void bench_threads(void);
void bench_memory(void);

#endif
