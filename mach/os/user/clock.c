/*
 * Time and chance, which a simulator has of its own.
 */
#include <time.h>
#include <unistd.h>

#include "mach/core/os.h"

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

uint64_t
ipc_clock_now(void)
{
	return (clock_ns(CLOCK_MONOTONIC));
}

uint64_t
ipc_clock_continuous(void)
{
#ifdef CLOCK_BOOTTIME
	return (clock_ns(CLOCK_BOOTTIME));
#else
	return (clock_ns(CLOCK_MONOTONIC));
#endif
}

uint64_t
ipc_clock_calendar(void)
{
	return (clock_ns(CLOCK_REALTIME));
}

uint32_t
ipc_random(void)
{
	uint32_t r;

	if (getentropy(&r, sizeof(r)) != 0)
		ipc_panic("no entropy");
	return (r);
}
