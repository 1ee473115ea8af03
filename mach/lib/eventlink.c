/*
 * Event links, which no host has: KERN_NOT_SUPPORTED.
 */
#include <mach/mach_eventlink.h>

#include "mach/lib/trap.h"

kern_return_t
mach_eventlink_create(task_t task, mach_eventlink_create_option_t option,
    eventlink_port_pair_t pair)
{
	return (MACH_TRAP(716200, task, option, MACH_PTR(pair)));
}

kern_return_t
mach_eventlink_destroy(mach_port_t eventlink)
{
	return (MACH_TRAP(716201, eventlink));
}

kern_return_t
mach_eventlink_associate(mach_port_t eventlink, thread_t thread,
    mach_vm_address_t wait, uint64_t wait_mask, mach_vm_address_t signal,
    uint64_t signal_mask, mach_eventlink_associate_option_t option)
{
	return (MACH_TRAP(716202, eventlink, thread, wait, wait_mask, signal,
	    signal_mask, option));
}

kern_return_t
mach_eventlink_disassociate(
    mach_port_t eventlink, mach_eventlink_disassociate_option_t option)
{
	return (MACH_TRAP(716203, eventlink, option));
}

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
