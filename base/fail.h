/*
 * Filling a `struct error`.  Each of these returns false, so that a function
 * ends with `return (fail(e, errno, "open probe report", path, NULL));`.
 * Apart from error.h because only that is for users of the library.
 */
#ifndef ISTHMUS_BASE_FAIL_H
#define ISTHMUS_BASE_FAIL_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Sets step, errno value (0: none) and path (NULL: none), and clears the
 * rest.  `why` is a printf format for the reason in words; NULL leaves it to
 * strerror(err).  `e` may be NULL: nothing is kept.
 */
bool fail(struct error *e, int err, const char *step, const char *path,
    const char *why, ...) __attribute__((__format__(__printf__, 5, 6)));
/* Adds what to try. */
bool fail_hint(struct error *e, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* Puts the caller's step before the one that failed: "CALLER: STEP". */
bool fail_context(struct error *e, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

#endif
