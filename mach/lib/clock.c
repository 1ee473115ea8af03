/*
 * Clock objects, and mk_timers.
 */
#include <mach/clock.h>
#include <mach/mach.h>
#include <mach/mach_traps.h>
#include <mach/mk_timer.h>

#include "mach/lib/stub.h"

STUB_2(1000, clock_get_time, clock_serv_t, mach_timespec_t *)
STUB_4(1001, clock_get_attributes, clock_serv_t, clock_flavor_t, clock_attr_t,
    mach_msg_type_number_t *)

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

STUB_1(92, mk_timer_destroy, mach_port_name_t)
STUB_2(93, mk_timer_arm, mach_port_name_t, uint64_t)
STUB_2(94, mk_timer_cancel, mach_port_name_t, uint64_t *)
STUB_4(95, mk_timer_arm_leeway, mach_port_name_t, uint64_t, uint64_t, uint64_t)

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
