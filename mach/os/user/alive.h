/*
 * Whether a server lives, where connect(2) does not tell one whose queue is
 * full from none (FreeBSD: ECONNREFUSED is both).
 */
#ifndef ISTHMUS_MACH_OS_USER_ALIVE_H
#define ISTHMUS_MACH_OS_USER_ALIVE_H

#include <stdbool.h>

/* The caller is what listens at `path`, until it ends.  errno. */
bool alive_show(const char *path, bool to_all);
/* And takes its sign along. */
void alive_end(const char *path);
/* One lives that listens at `path`, although it refused.  Leaves errno. */
bool alive_is(const char *path);

#endif
