/*
 * Clocks as objects.  MIG subsystem clock (1000).
 * Facts: xnu-11417.101.15 osfmk/mach/clock.defs
 */
#ifndef _clock_user_
#define _clock_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t clock_get_time(
    clock_serv_t clock_serv, mach_timespec_t *cur_time);
extern kern_return_t clock_get_attributes(clock_serv_t clock_serv,
    clock_flavor_t flavor, clock_attr_t clock_attr,
    mach_msg_type_number_t *clock_attrCnt);
extern kern_return_t clock_alarm(clock_serv_t clock_serv,
    alarm_type_t alarm_type, mach_timespec_t alarm_time,
    clock_reply_t alarm_port);

__END_DECLS
#endif

#endif /* !_clock_user_ */
