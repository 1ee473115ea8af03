/*
 * What the module costs who does not use it: a native system call with it
 * loaded, over the same without it.  getppid(2) does least, so that of all
 * calls it shows most.
 */
#include <sys/param.h>
#include <sys/linker.h>

#include <stdio.h>
#include <sys/syscall.h>

#include "bench.h"

#define ROUNDS 25

static void
calls(unsigned long n)
{
	while (n-- > 0)
		(void)call6(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

/* The first ones find caches cold after a load or an unload. */
static double
getppids(void)
{
	double start;

	calls(bench_count / 4);
	start = bench_now();
	calls(bench_count);
	return (bench_now() - start);
}

bool
bench_native(const char *module)
{
	double without, with, ratio[ROUNDS];
	int i, id;

	/* Without, with, without: what the machine does meanwhile cancels. */
	for (i = 0; i < ROUNDS; i++) {
		without = getppids();
		id = kldload(module);
		if (id == -1)
			return (false);
		with = getppids();
		if (kldunload(id) != 0)
			return (false);
		without += getppids();
		ratio[i] = 2 * with / without;
	}
	bench_sort(ratio, ROUNDS);
	printf("%-28s %.3f  (%.3f-%.3f) of without it\n",
	    "getppid with the module", ratio[ROUNDS / 2], ratio[ROUNDS / 4],
	    ratio[ROUNDS * 3 / 4]);
	return (true);
}
