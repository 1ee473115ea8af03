/* Lists of strings as the public interface has them. */
#ifndef ISTHMUS_BUILD_STRINGS_H
#define ISTHMUS_BUILD_STRINGS_H

#include <stdbool.h>

#include "build/build.h"

/* Takes `s`, which may be NULL for "no memory"; false: it is not in. */
bool strings_add(struct isth_strings *, char *s);
bool strings_addf(struct isth_strings *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void strings_clear(struct isth_strings *);
/* Appends copies of all of `from`. */
bool strings_copy(struct isth_strings *to, const struct isth_strings *from);

#endif
