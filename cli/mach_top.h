/*
 * Two looks at a host's counters, and what happened between them.
 */
#ifndef ISTHMUS_CLI_MACH_TOP_H
#define ISTHMUS_CLI_MACH_TOP_H

#include <stdio.h>

#include "cli/mach_seen.h"

struct top_sample {
	struct seen seen;
	mach_seeing_totals_t totals;
	mach_seeing_trap_t *traps; /* of all tasks */
	size_t ntraps;
	double at; /* seconds */
};

/* Release with top_clear, also after a failure. */
bool top_take(struct top_sample *, struct error *);
void top_clear(struct top_sample *);
/* At most so many rows of tasks and of traps, the busiest first. */
bool top_render(FILE *, const struct top_sample *before,
    const struct top_sample *after, size_t rows);

#endif
