/*
 * Event links, which no host has: KERN_NOT_SUPPORTED.
 */
#include <mach/mach_eventlink.h>

#include "mach/lib/stub.h"

STUB_3(716200, mach_eventlink_create, task_t, mach_eventlink_create_option_t,
    eventlink_port_pair_t)
STUB_1(716201, mach_eventlink_destroy, mach_port_t)
STUB_7(716202, mach_eventlink_associate, mach_port_t, thread_t,
    mach_vm_address_t, uint64_t, mach_vm_address_t, uint64_t,
    mach_eventlink_associate_option_t)
STUB_2(716203, mach_eventlink_disassociate, mach_port_t,
    mach_eventlink_disassociate_option_t)

/*
 * In XNU these are system calls of BSD's, without a number here.
 */

kern_return_t
mach_eventlink_signal(mach_port_t eventlink, uint64_t count)
{
	(void)eventlink;
	(void)count;
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_eventlink_wait_until(mach_port_t eventlink, uint64_t *count,
    mach_eventlink_signal_wait_option_t option, kern_clock_id_t clock,
    uint64_t deadline)
{
	(void)eventlink;
	(void)count;
	(void)option;
	(void)clock;
	(void)deadline;
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_eventlink_signal_wait_until(mach_port_t eventlink, uint64_t *count,
    uint64_t signal_count, mach_eventlink_signal_wait_option_t option,
    kern_clock_id_t clock, uint64_t deadline)
{
	(void)signal_count;
	return (mach_eventlink_wait_until(
	    eventlink, count, option, clock, deadline));
}
