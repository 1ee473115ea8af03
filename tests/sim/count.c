/*
 * What a run of the simulator did, by kind.  Apart, for the worlds run in a
 * child: the counts lie in memory that it shares with who prints them.
 */
#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

#define KINDS 256 /* a power of two, and more than there are */

struct count {
	const char *what; /* compared as a pointer */
	uint64_t done, failed;
};
static struct count *counts;

void
sim_count_init(void)
{
	void *p = mmap(NULL, KINDS * sizeof(*counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	counts = p;
}

void
sim_count(const char *what, bool failed)
{
	size_t at = ((uintptr_t)what >> 3) * 31 % KINDS;

	while (counts[at].what != NULL && counts[at].what != what)
		at = (at + 1) % KINDS;
	counts[at].what = what;
	counts[at].done++;
	counts[at].failed += failed;
}

static int
compare_counts(const void *a, const void *b)
{
	const struct count *x = a, *y = b;

	if (x->what == NULL || y->what == NULL)
		return ((x->what == NULL) - (y->what == NULL));
	return (strcmp(x->what, y->what));
}

void
sim_count_print(void)
{
	int i;

	qsort(counts, KINDS, sizeof(*counts), compare_counts);
	for (i = 0; i < KINDS && counts[i].what != NULL; i++) {
		printf("%s %llu %llu\n", counts[i].what,
		    (unsigned long long)counts[i].done,
		    (unsigned long long)counts[i].failed);
	}
}
