/*
 * Times that are read without a trap.  Absolute time counts nanoseconds of
 * the monotonic clock, as the core's does.
 */
#include <time.h>

#include <mach/mach_time.h>

#include "mach/lib/stub.h"

/* Coarse clocks, where the system has them. */
#if defined(CLOCK_MONOTONIC_COARSE)
#define APPROXIMATE CLOCK_MONOTONIC_COARSE
#elif defined(CLOCK_MONOTONIC_FAST)
#define APPROXIMATE CLOCK_MONOTONIC_FAST
#else
#define APPROXIMATE CLOCK_MONOTONIC
#endif
#ifdef CLOCK_BOOTTIME
#define CONTINUOUS CLOCK_BOOTTIME
#else
#define CONTINUOUS CLOCK_MONOTONIC
#endif

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

uint64_t
mach_absolute_time(void)
{
	return (clock_ns(CLOCK_MONOTONIC));
}

uint64_t
mach_approximate_time(void)
{
	return (clock_ns(APPROXIMATE));
}

uint64_t
mach_continuous_time(void)
{
	return (clock_ns(CONTINUOUS));
}

/* No system has a coarse one: the time asleep is added to what was read. */
uint64_t
mach_continuous_approximate_time(void)
{
	uint64_t absolute, continuous;

	do {
		absolute = mach_absolute_time();
		continuous = mach_continuous_time();
	} while (continuous < absolute);
	return (mach_approximate_time() + (continuous - absolute));
}

kern_return_t
mach_timebase_info(mach_timebase_info_t info)
{
	static struct mach_timebase_info known;
	static uint32_t have;
	kern_return_t kr;

	if (!__atomic_load_n(&have, __ATOMIC_ACQUIRE)) {
		kr = MACH_TRAP(89, MACH_PTR(info));
		if (kr != KERN_SUCCESS)
			return (kr);
		known = *info;
		__atomic_store_n(&have, 1, __ATOMIC_RELEASE);
	}
	*info = known;
	return (KERN_SUCCESS);
}

STUB_1(90, mach_wait_until, uint64_t)

/* Three clocks at one moment: the first is read again until it is. */
kern_return_t
mach_get_times(
    uint64_t *absolute_time, uint64_t *continuous_time, struct timespec *tp)
{
	uint64_t before, after, continuous;
	struct timespec now;
	int tries = 0;

	do {
		before = mach_absolute_time();
		continuous = mach_continuous_time();
		if (clock_gettime(CLOCK_REALTIME, &now) != 0)
			return (KERN_FAILURE);
		after = mach_absolute_time();
	} while (after - before > 10000 && ++tries < 8);
	if (absolute_time != NULL)
		*absolute_time = before;
	if (continuous_time != NULL)
		*continuous_time = continuous;
	if (tp != NULL)
		*tp = now;
	return (KERN_SUCCESS);
}

uint64_t
mach_boottime_usec(void)
{
	static uint64_t known;
	uint64_t last = __atomic_load_n(&known, __ATOMIC_RELAXED), continuous;
	struct timespec now;
	uint64_t boot;

	if (mach_get_times(NULL, &continuous, &now) != KERN_SUCCESS)
		return (last);
	boot = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 -
	       continuous / 1000;
	/* It moves when the clock is set, not with each reading. */
	if (boot - last + 1000 < 2000)
		return (last);
	__atomic_store_n(&known, boot, __ATOMIC_RELAXED);
	return (boot);
}
