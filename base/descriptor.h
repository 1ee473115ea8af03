/* Descriptors of a process that has just been forked. */
#ifndef ISTHMUS_BASE_DESCRIPTOR_H
#define ISTHMUS_BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/*
 * Closes every descriptor over 2 that is not in the list; -1 in it stands
 * for none.  Async-signal-safe.
 */
bool descriptors_close_except(const int *fds, size_t n, struct error *);

#endif
