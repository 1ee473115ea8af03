/* Descriptors that a process began with. */
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

/*
 * Those of 0, 1 and 2 that are closed become /dev/null, so that nothing else
 * is there.  False and errno: they cannot.
 */
bool descriptors_standard(void);

#endif
