/*
 * Timers that send a message when they expire.
 * Facts: xnu-11417.101.15 osfmk/mach/mk_timer.h
 */
#ifndef _MACH_MK_TIMER_H_
#define _MACH_MK_TIMER_H_

#include <mach/mach_time.h>
#include <mach/message.h>

#define MK_TIMER_NORMAL (0)
#define MK_TIMER_CRITICAL (1)

#pragma pack(push, 4)
typedef struct mk_timer_expire_msg {
	mach_msg_header_t header;
	uint64_t unused[3];
} mk_timer_expire_msg_t;
#pragma pack(pop)

_mach_assert(sizeof(mk_timer_expire_msg_t) == 48, "as in XNU");

#ifndef _KERNEL
__BEGIN_DECLS

/* A receive right that is the timer; MACH_PORT_NULL: no room. */
extern mach_port_name_t mk_timer_create(void);
extern kern_return_t mk_timer_destroy(mach_port_name_t name);
/* Times are absolute, of mach_absolute_time(). */
extern kern_return_t mk_timer_arm(mach_port_name_t name, uint64_t expire_time);
extern kern_return_t mk_timer_arm_leeway(mach_port_name_t name,
    uint64_t mk_timer_flags, uint64_t mk_timer_expire_time,
    uint64_t mk_timer_leeway);
/* *result_time: when it would have expired, 0 if it was not armed. */
extern kern_return_t mk_timer_cancel(
    mach_port_name_t name, uint64_t *result_time);

__END_DECLS
#endif

#endif /* !_MACH_MK_TIMER_H_ */
