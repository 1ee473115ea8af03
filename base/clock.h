/* Elapsed time. */
#ifndef ISTHMUS_BASE_CLOCK_H
#define ISTHMUS_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of the monotonic clock; the zero point has no meaning. */
uint64_t clock_now(void);
/* Milliseconds from `start` (of clock_now) to now. */
double clock_since_ms(uint64_t start);

#endif
