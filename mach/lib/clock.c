/*
 * Clock objects, and mk_timers.
 */
#include <mach/clock.h>
#include <mach/mach.h>
#include <mach/mach_traps.h>
#include <mach/mk_timer.h>

#include "mach/lib/trap.h"

kern_return_t
clock_get_time(clock_serv_t clock, mach_timespec_t *time)
{
	return (MACH_TRAP(1000, clock, MACH_PTR(time)));
}

kern_return_t
clock_get_attributes(clock_serv_t clock, clock_flavor_t flavor,
    clock_attr_t attributes, mach_msg_type_number_t *count)
{
	return (MACH_TRAP(
	    1001, clock, flavor, MACH_PTR(attributes), MACH_PTR(count)));
}

kern_return_t
clock_alarm(clock_serv_t clock, alarm_type_t type, mach_timespec_t time,
    clock_reply_t port)
{
	return (MACH_TRAP(1002, clock, type, MACH_PTR(&time), port));
}

kern_return_t
clock_sleep(mach_port_t clock, sleep_type_t type, mach_timespec_t time,
    mach_timespec_t *wakeup)
{
	return (MACH_TRAP(
	    62, clock, type, time.tv_sec, time.tv_nsec, MACH_PTR(wakeup)));
}

/*
 * Timers
 */

mach_port_name_t
mk_timer_create(void)
{
	return ((mach_port_name_t)MACH_TRAP_VALUE0(91));
}

kern_return_t
mk_timer_destroy(mach_port_name_t name)
{
	return (MACH_TRAP(92, name));
}

kern_return_t
mk_timer_arm(mach_port_name_t name, uint64_t expire_time)
{
	return (MACH_TRAP(93, name, expire_time));
}

kern_return_t
mk_timer_cancel(mach_port_name_t name, uint64_t *result_time)
{
	return (MACH_TRAP(94, name, MACH_PTR(result_time)));
}

kern_return_t
mk_timer_arm_leeway(mach_port_name_t name, uint64_t flags, uint64_t expire_time,
    uint64_t leeway)
{
	return (MACH_TRAP(95, name, flags, expire_time, leeway));
}

/*
 * Older forms, of nanoseconds alone.
 */

kern_return_t
clock_get_res(mach_port_t clock, clock_res_t *res)
{
	mach_msg_type_number_t count = 1;
	int value;
	kern_return_t kr;

	kr = clock_get_attributes(clock, CLOCK_GET_TIME_RES, &value, &count);
	if (kr == KERN_SUCCESS)
		*res = value;
	return (kr);
}

/* By a routine of its own no clock is set here. */
kern_return_t
clock_set_res(mach_port_t clock, clock_res_t res)
{
	(void)clock;
	(void)res;
	return (KERN_NOT_SUPPORTED);
}
