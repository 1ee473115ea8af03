/*
 * Seconds and microseconds, 32 bits each.
 * Facts: xnu-11417.101.15 osfmk/mach/time_value.h
 */
#ifndef _MACH_TIME_VALUE_H_
#define _MACH_TIME_VALUE_H_

#include <mach/machine/vm_types.h>

struct time_value {
	integer_t seconds;
	integer_t microseconds;
};
typedef struct time_value time_value_t;

#define TIME_MICROS_MAX (1000000)

/* Macros, for they take a struct of any name with such fields. */
#define time_value_add_usec(val, micros)                        \
	{                                                       \
		(val)->microseconds += (micros);                \
		if ((val)->microseconds >= TIME_MICROS_MAX) {   \
			(val)->seconds++;                       \
			(val)->microseconds -= TIME_MICROS_MAX; \
		}                                               \
	}
#define time_value_add(result, addend)                              \
	{                                                           \
		(result)->seconds += (addend)->seconds;             \
		time_value_add_usec(result, (addend)->microseconds) \
	}

#endif /* !_MACH_TIME_VALUE_H_ */
