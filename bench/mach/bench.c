/*
 * Benchmarks of Mach IPC in one process: rows of bench.json on the standard
 * output.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

#define RUNS 11

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

void
bench_figure(
    const char *name, const char *peer, double goal, double ratio, int pinned)
{
	printf("{\"name\": \"mach, %s\", \"peer\": \"%s\", \"ratio\": %.3g, "
	       "\"goal\": %g, \"runs\": %d, \"pinned\": %s}\n",
	    name, peer, ratio, goal, RUNS, pinned ? "true" : "false");
	fflush(stdout);
}

void
bench_row(const char *name, const char *peer, double goal, int n, measure *ours,
    measure *theirs, int pinned)
{
	double ratios[RUNS], ns[RUNS], a, b;
	int i;

	(void)ours(n / 10 + 1);
	(void)theirs(n / 10 + 1);
	for (i = 0; i < RUNS; i++) {
		a = ours(n);
		b = theirs(n);
		ratios[i] = a / b;
		ns[i] = a / n;
	}
	qsort(ratios, RUNS, sizeof(ratios[0]), ascending);
	qsort(ns, RUNS, sizeof(ns[0]), ascending);
	fprintf(stderr, "%-44s %8.0f ns, ratio %.3g to %s (goal %g)\n", name,
	    ns[RUNS / 2], ratios[RUNS / 2], peer, goal);
	bench_figure(name, peer, goal, ratios[RUNS / 2], pinned);
}

int
main(void)
{
	bench_pin(0);
	bench_mach();
	bench_threads();
	bench_memory();
	return (0);
}
