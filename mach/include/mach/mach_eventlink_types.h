/*
 * Event links: two threads that signal each other.  The waits and signals
 * are calls of their own.
 * Facts: xnu-11417.101.15 osfmk/mach/mach_eventlink_types.h
 */
#ifndef _MACH_EVENTLINK_TYPES_H_
#define _MACH_EVENTLINK_TYPES_H_

#include <mach/std_types.h>
#include <mach/port.h>

typedef uint32_t kern_clock_id_t;
#define KERN_CLOCK_MACH_ABSOLUTE_TIME ((kern_clock_id_t)1)

typedef uint32_t mach_eventlink_create_option_t;
#define MELC_OPTION_NONE ((mach_eventlink_create_option_t)0)
#define MELC_OPTION_NO_COPYIN ((mach_eventlink_create_option_t)0x1)
#define MELC_OPTION_WITH_COPYIN ((mach_eventlink_create_option_t)0x2)

typedef uint32_t mach_eventlink_associate_option_t;
#define MELA_OPTION_NONE ((mach_eventlink_associate_option_t)0)
#define MELA_OPTION_ASSOCIATE_ON_WAIT ((mach_eventlink_associate_option_t)0x1)

typedef uint32_t mach_eventlink_disassociate_option_t;
#define MELD_OPTION_NONE ((mach_eventlink_disassociate_option_t)0)

typedef uint32_t mach_eventlink_signal_wait_option_t;
#define MELSW_OPTION_NONE ((mach_eventlink_signal_wait_option_t)0)
#define MELSW_OPTION_NO_WAIT ((mach_eventlink_signal_wait_option_t)0x1)

/* A result of the system's calls: an error above a count of 56 bits. */
#define EVENTLINK_SIGNAL_COUNT_MASK 0xffffffffffffff
#define EVENTLINK_SIGNAL_ERROR_MASK 0xff
#define EVENTLINK_SIGNAL_ERROR_SHIFT 56
#define encode_eventlink_count_and_error(count, error)       \
	(((count)&EVENTLINK_SIGNAL_COUNT_MASK) |             \
	    (((uint64_t)(error)&EVENTLINK_SIGNAL_ERROR_MASK) \
		<< EVENTLINK_SIGNAL_ERROR_SHIFT))
#define decode_eventlink_count_from_retval(retval) \
	((retval)&EVENTLINK_SIGNAL_COUNT_MASK)
#define decode_eventlink_error_from_retval(retval)                    \
	((kern_return_t)(((retval) >> EVENTLINK_SIGNAL_ERROR_SHIFT) & \
			 EVENTLINK_SIGNAL_ERROR_MASK))

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t mach_eventlink_signal(
    mach_port_t eventlink_port, uint64_t signal_count);
extern kern_return_t mach_eventlink_wait_until(mach_port_t eventlink_port,
    uint64_t *count_ptr, mach_eventlink_signal_wait_option_t option,
    kern_clock_id_t clock_id, uint64_t deadline);
extern kern_return_t mach_eventlink_signal_wait_until(
    mach_port_t eventlink_port, uint64_t *count_ptr, uint64_t signal_count,
    mach_eventlink_signal_wait_option_t option, kern_clock_id_t clock_id,
    uint64_t deadline);

__END_DECLS
#endif

#endif /* !_MACH_EVENTLINK_TYPES_H_ */
