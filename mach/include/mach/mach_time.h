/*
 * Clocks that are read without a message.  Ticks: mach_timebase_info().
 * Facts: xnu-11417.101.15 osfmk/mach/mach_time.h,
 * libsyscall/wrappers/mach_{boottime,get_times}.c
 */
#ifndef _MACH_MACH_TIME_H_
#define _MACH_MACH_TIME_H_

#include <mach/mach_types.h>

/* Nanoseconds: ticks * numer / denom. */
struct mach_timebase_info {
	uint32_t numer;
	uint32_t denom;
};
typedef struct mach_timebase_info *mach_timebase_info_t;
typedef struct mach_timebase_info mach_timebase_info_data_t;

#ifndef _KERNEL
struct timespec;

__BEGIN_DECLS

extern kern_return_t mach_timebase_info(mach_timebase_info_t info);
/* Sleeps; KERN_ABORTED after a signal. */
extern kern_return_t mach_wait_until(uint64_t deadline);

/* Since boot, sleep not counted; coarse, but cheaper. */
extern uint64_t mach_absolute_time(void);
extern uint64_t mach_approximate_time(void);
/* Since boot, sleep counted. */
extern uint64_t mach_continuous_time(void);
extern uint64_t mach_continuous_approximate_time(void);

/* Those, and the time of day, at one moment; each may be NULL. */
extern kern_return_t mach_get_times(
    uint64_t *absolute_time, uint64_t *continuous_time, struct timespec *tp);
/* When the system was booted, in microseconds since 1970. */
extern uint64_t mach_boottime_usec(void);

__END_DECLS
#endif

#endif /* !_MACH_MACH_TIME_H_ */
