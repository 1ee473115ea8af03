/*
 * Setting clocks.  MIG subsystem clock_priv (1200).
 * Facts: xnu-11417.101.15 osfmk/mach/clock_priv.defs
 */
#ifndef _clock_priv_user_
#define _clock_priv_user_

#include <mach/mach_types.h>
#include <mach/mig_errors.h>

#ifndef _KERNEL
__BEGIN_DECLS

extern kern_return_t clock_set_time(
    clock_ctrl_t clock_ctrl, mach_timespec_t new_time);
extern kern_return_t clock_set_attributes(clock_ctrl_t clock_ctrl,
    clock_flavor_t flavor, clock_attr_t clock_attr,
    mach_msg_type_number_t clock_attrCnt);

__END_DECLS
#endif

#endif /* !_clock_priv_user_ */
