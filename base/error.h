/*
 * The one error object of user land: which step failed, on what, why, and
 * what to try.  Fixed buffers, so that reporting an error cannot fail and
 * needs no freeing; longer texts are cut.  Installed as <isthmus/error.h>;
 * what fills it inside Isthmus is in fail.h.
 */
#ifndef ISTHMUS_ERROR_H
#define ISTHMUS_ERROR_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct error {
	int err;	/* errno value; 0 when none applies */
	char step[160]; /* "read probe report", outermost first */
	char path[512]; /* the object: a path, option, JSON path; "" */
	char why[256];	/* reason in words; "" means strerror(err) */
	char hint[256]; /* what to try; "" */
};

/*
 * Writes one line to `out`: "PROG: STEP: PATH: reason (try: HINT)", with the
 * parts that are empty left out.
 */
void isth_error_print(FILE *out, const char *prog, const struct error *);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
