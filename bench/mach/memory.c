/*
 * Many ports: what each costs, and what finding one costs then.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mach/mach.h>

#include "bench.h"

#define MANY 1000000
#define FEW 1000

#define LOOKS 80000 /* a run: so that no run meets what another touched */

static mach_port_t *names;
static int live;

/* As much as a space must read of a name, and no more. */
static struct {
	uint64_t object;
	uint32_t request, rest;
} * entries;

static double
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long total, pages;

	if (f == NULL || fscanf(f, "%ld %ld", &total, &pages) != 2)
		errx(1, "/proc/self/statm");
	fclose(f);
	return ((double)pages * (double)sysconf(_SC_PAGESIZE));
}

static void
ports_until(int n)
{
	for (; live < n; live++) {
		if (mach_port_allocate(mach_task_self(),
			MACH_PORT_RIGHT_RECEIVE, &names[live]) != KERN_SUCCESS)
			errx(1, "no port %d", live);
	}
}

/* Asks for names all over the space, as they stand in the list. */
static double
look_up(int from)
{
	double start = bench_now();
	mach_port_type_t type;
	int i;

	for (i = from; i < from + LOOKS; i++) {
		if (mach_port_type(mach_task_self(), names[i % live], &type) !=
		    KERN_SUCCESS)
			errx(1, "look-up");
	}
	return ((bench_now() - start) / LOOKS);
}

/*
 * The same names' entries, were they an array, each read when the one before
 * is known: what this machine's memory takes, whoever reads it.
 */
static double
walk(int from)
{
	double start = bench_now();
	uint32_t next = 0;
	int i;

	for (i = from; i < from + LOOKS; i++)
		next = entries[(names[i % live] >> 8) + next].rest;
	if (next != 0)
		errx(1, "an entry that is not empty");
	return ((bench_now() - start) / LOOKS);
}

/* The median of as many runs as other rows have, each of other names. */
static double
median(measure *one)
{
	double ns[BENCH_RUNS];
	int i;

	(void)one(0);
	for (i = 0; i < BENCH_RUNS; i++)
		ns[i] = one((i + 1) * LOOKS % live);
	return (bench_median(ns));
}

static void
shuffle(void)
{
	mach_port_t name;
	uint32_t at = 1;
	int i, other;

	for (i = live - 1; i > 0; i--) {
		at = at * 1664525 + 1013904223;
		other = (int)(at % (uint32_t)(i + 1));
		name = names[i];
		names[i] = names[other];
		names[other] = name;
	}
}

void
bench_memory(void)
{
	double before, few, many, few_floor, many_floor, floor;
	int i;

	names = calloc(MANY, sizeof(*names));
	if (names == NULL)
		errx(1, "memory");
	/* The list of names itself is not a port's cost. */
	for (i = 0; i < MANY; i += 512)
		names[i] = 1;
	entries = calloc(MANY + 4096, sizeof(*entries));
	if (entries == NULL)
		errx(1, "memory");
	/* Pages of its own, not the one of zeroes. */
	for (i = 0; i < MANY + 4096; i++)
		entries[i].request = (uint32_t)i;
	ports_until(FEW);
	shuffle();
	few = median(look_up);
	few_floor = median(walk);
	before = resident();
	ports_until(MANY - 1000);
	bench_figure("memory of a port, of a million", "200 bytes", 1.0,
	    (resident() - before) / (double)(live - FEW) / 200, 0);
	shuffle();
	many = median(look_up);
	many_floor = median(walk);
	fprintf(stderr,
	    "look-up: %.0f ns among %d, %.0f ns among %d; of that, memory "
	    "alone: %.0f ns and %.0f ns\n",
	    few, FEW, many, live, few_floor, many_floor);
	bench_figure("name looked up among a million", "among a thousand", 2.0,
	    many / few, 1);
	/* No look-up here can be better than one that adds memory alone. */
	floor = few + many_floor - few_floor;
	bench_figure("the same, were a name's entry all that is read",
	    "among a thousand", 2.0, floor / few, 1);
	bench_figure("name looked up among a million",
	    "among a thousand, and its entry read from an array", 1.5,
	    many / floor, 1);
	while (live > 0)
		(void)mach_port_mod_refs(mach_task_self(), names[--live],
		    MACH_PORT_RIGHT_RECEIVE, -1);
	free(entries);
	free(names);
}
