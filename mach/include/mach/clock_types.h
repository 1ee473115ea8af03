/*
 * Clocks and their times.
 * Facts: xnu-11417.101.15 osfmk/mach/clock_types.h
 */
#ifndef _MACH_CLOCK_TYPES_H_
#define _MACH_CLOCK_TYPES_H_

#include <mach/_base.h>
#include <mach/time_value.h>

typedef int alarm_type_t;
typedef int sleep_type_t;
typedef int clock_id_t;
typedef int clock_flavor_t;
typedef int *clock_attr_t;
typedef int clock_res_t;

struct mach_timespec {
	unsigned int tv_sec;
	clock_res_t tv_nsec;
};
typedef struct mach_timespec mach_timespec_t;

#define SYSTEM_CLOCK 0	 /* since boot, stands still in sleep */
#define CALENDAR_CLOCK 1 /* since 1970 */
#define REALTIME_CLOCK 0

/* Flavors of clock_get_attributes(). */
#define CLOCK_GET_TIME_RES 1
#define CLOCK_ALARM_CURRES 3
#define CLOCK_ALARM_MINRES 4
#define CLOCK_ALARM_MAXRES 5

#ifndef NSEC_PER_SEC
#define NSEC_PER_SEC 1000000000ull
#endif
#ifndef NSEC_PER_MSEC
#define NSEC_PER_MSEC 1000000ull
#endif
#ifndef NSEC_PER_USEC
#define NSEC_PER_USEC 1000ull
#endif
#ifndef USEC_PER_SEC
#define USEC_PER_SEC 1000000ull
#endif

#define BAD_MACH_TIMESPEC(t) \
	((t)->tv_nsec < 0 || (t)->tv_nsec >= (long)NSEC_PER_SEC)

/* Negative, 0 or positive, as t1 is before, at or after t2. */
#define CMP_MACH_TIMESPEC(t1, t2)                               \
	((t1)->tv_sec == (t2)->tv_sec                           \
		? (long)(t1)->tv_nsec - (long)(t2)->tv_nsec     \
	    : (t1)->tv_sec > (t2)->tv_sec ? (long)+NSEC_PER_SEC \
					  : (long)-NSEC_PER_SEC)
#define ADD_MACH_TIMESPEC(t1, t2)                            \
	do {                                                 \
		(t1)->tv_sec += (t2)->tv_sec;                \
		(t1)->tv_nsec += (t2)->tv_nsec;              \
		if ((t1)->tv_nsec >= (long)NSEC_PER_SEC) {   \
			(t1)->tv_sec += 1;                   \
			(t1)->tv_nsec -= (long)NSEC_PER_SEC; \
		}                                            \
	} while (0)
#define SUB_MACH_TIMESPEC(t1, t2)                            \
	do {                                                 \
		(t1)->tv_sec -= (t2)->tv_sec;                \
		(t1)->tv_nsec -= (t2)->tv_nsec;              \
		if ((t1)->tv_nsec < 0) {                     \
			(t1)->tv_sec -= 1;                   \
			(t1)->tv_nsec += (long)NSEC_PER_SEC; \
		}                                            \
	} while (0)

#define ALRMTYPE 0xff
#define TIME_ABSOLUTE 0x00
#define TIME_RELATIVE 0x01
#define BAD_ALRMTYPE(t) (((t) & ~TIME_RELATIVE) != 0)

_mach_assert(sizeof(mach_timespec_t) == 8, "as in XNU");

#endif /* !_MACH_CLOCK_TYPES_H_ */
