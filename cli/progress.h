/*
 * A block of lines at the bottom of a terminal, one per running build,
 * redrawn in place.
 */
#ifndef ISTHMUS_CLI_PROGRESS_H
#define ISTHMUS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct progress;

struct progress_row {
	const char *name;
	const char *phase;
	double seconds;
	const char *line; /* what the builder said last; "" */
};

/* True when `out` is a terminal that can move its cursor. */
bool progress_possible(FILE *out);
/* As that terminal may have it.  NULL: no memory. */
struct progress *progress_create(FILE *as);
void progress_destroy(struct progress *);
/* Takes the block off the screen: what is written next stands above it. */
void progress_erase(struct progress *, FILE *out);
/*
 * Draws the rows, no line longer than the terminal is wide now, no more
 * lines than it is high.  Texts are made printable here, whoever wrote them.
 */
void progress_draw(
    struct progress *, FILE *out, const struct progress_row *rows, size_t n);
/* "4ms", "0.4s", "12s", "3m05s", "1h02m". */
void progress_time(double seconds, char to[32]);

#endif
