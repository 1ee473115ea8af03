/* Elapsed time, from CLOCK_MONOTONIC. */
#include <time.h>

#include "base/clock.h"

uint64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
}

double
clock_since_ms(uint64_t start)
{
	return ((double)(clock_now() - start) / 1e6);
}
