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

static mach_port_t *names;
static int live;

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

/* Asks for names all over the space. */
static double
look_up(int n)
{
	double start = bench_now();
	mach_port_type_t type;
	uint32_t at = 1;
	int i;

	for (i = 0; i < n; i++) {
		at = at * 1664525 + 1013904223;
		if (mach_port_type(mach_task_self(),
			names[at % (uint32_t)live], &type) != KERN_SUCCESS)
			errx(1, "look-up");
	}
	return (bench_now() - start);
}

void
bench_memory(void)
{
	double before, few, many;
	int i;

	names = calloc(MANY, sizeof(*names));
	if (names == NULL)
		errx(1, "memory");
	/* The list of names itself is not a port's cost. */
	for (i = 0; i < MANY; i += 512)
		names[i] = 1;
	ports_until(FEW);
	(void)look_up(100000);
	few = look_up(200000);
	before = resident();
	ports_until(MANY - 1000);
	bench_figure("memory of a port, of a million", "200 bytes", 1.0,
	    (resident() - before) / (double)(live - FEW) / 200, 0);
	(void)look_up(100000);
	many = look_up(200000);
	bench_figure("name looked up among a million", "among a thousand", 2.0,
	    many / few, 1);
	while (live > 0)
		(void)mach_port_mod_refs(mach_task_self(), names[--live],
		    MACH_PORT_RIGHT_RECEIVE, -1);
	free(names);
}
