/*
 * Numbers by chance, others in each process that asks first itself.
 */
#include <unistd.h>

#include "tests/mach/hostile.h"

uint32_t
hostile_random(void)
{
	static uint64_t x;

	if (x == 0)
		x = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15) | 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return ((uint32_t)(x >> 32));
}
