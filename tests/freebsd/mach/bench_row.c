/*
 * How a row of kernel_bench is measured and said.
 */
#include <sys/types.h>
#include <sys/cpuset.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

#define RUNS 7

double
bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

void
bench_pin(int cpu)
{
	cpuset_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)cpuset_setaffinity(
	    CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof(set), &set);
}

static int
smaller(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

void
bench_sort(double *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), smaller);
}

void
bench_row(const char *name, void (*ours)(void), const char *peer,
    void (*theirs)(void))
{
	double ratio[RUNS], start, a, b;
	int i;

	ours();
	theirs();
	for (i = 0; i < RUNS; i++) {
		start = bench_now();
		ours();
		a = bench_now() - start;
		start = bench_now();
		theirs();
		b = bench_now() - start;
		ratio[i] = a / b;
	}
	bench_sort(ratio, RUNS);
	printf("%-28s %.2f  (%.2f-%.2f) of %s\n", name, ratio[RUNS / 2],
	    ratio[0], ratio[RUNS - 1], peer);
	fflush(stdout);
}
