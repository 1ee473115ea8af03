/*
 * Benchmarks of Mach IPC in one process: rows of bench.json on the standard
 * output.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

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
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < CPU_SETSIZE; i++) {
		if (cpu == -1 || cpu == i)
			CPU_SET(i, &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

double
bench_median(double *values)
{
	qsort(values, BENCH_RUNS, sizeof(values[0]), ascending);
	return (values[BENCH_RUNS / 2]);
}

void
bench_figure(
    const char *name, const char *peer, double goal, double ratio, int pinned)
{
	printf("{\"name\": \"mach, %s\", \"peer\": \"%s\", \"ratio\": %.3g, "
	       "\"goal\": %g, \"runs\": %d, \"pinned\": %s}\n",
	    name, peer, ratio, goal, BENCH_RUNS, pinned ? "true" : "false");
	fflush(stdout);
}

void
bench_row(const char *name, const char *peer, double goal, int n, measure *ours,
    measure *theirs, int pinned)
{
	double ratios[BENCH_RUNS], ns[BENCH_RUNS], a, b, ratio;
	int i;

	(void)ours(n / 10 + 1);
	(void)theirs(n / 10 + 1);
	for (i = 0; i < BENCH_RUNS; i++) {
		a = ours(n);
		b = theirs(n);
		ratios[i] = a / b;
		ns[i] = a / n;
	}
	ratio = bench_median(ratios);
	fprintf(stderr, "%-44s %8.0f ns, ratio %.3g to %s (goal %g)\n", name,
	    bench_median(ns), ratio, peer, goal);
	bench_figure(name, peer, goal, ratio, pinned);
}
