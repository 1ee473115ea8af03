/*
 * Calls on threads.
 */
#include <mach/mach_traps.h>
#include <mach/thread_act.h>
#include <mach/thread_switch.h>

#include "mach/lib/trap.h"

kern_return_t
thread_switch(mach_port_name_t thread, int option, mach_msg_timeout_t time)
{
	return (MACH_TRAP(61, thread, option, time));
}

kern_return_t
thread_terminate(thread_act_t thread)
{
	return (MACH_TRAP(3600, thread));
}

kern_return_t
thread_suspend(thread_read_t thread)
{
	return (MACH_TRAP(3605, thread));
}

kern_return_t
thread_resume(thread_read_t thread)
{
	return (MACH_TRAP(3606, thread));
}

kern_return_t
thread_abort(thread_act_t thread)
{
	return (MACH_TRAP(3607, thread));
}

kern_return_t
thread_abort_safely(thread_act_t thread)
{
	return (MACH_TRAP(3608, thread));
}

kern_return_t
thread_get_state(thread_read_t thread, thread_state_flavor_t flavor,
    thread_state_t state, mach_msg_type_number_t *count)
{
	return (
	    MACH_TRAP(3603, thread, flavor, MACH_PTR(state), MACH_PTR(count)));
}

kern_return_t
thread_set_state(thread_act_t thread, thread_state_flavor_t flavor,
    thread_state_t state, mach_msg_type_number_t count)
{
	return (MACH_TRAP(3604, thread, flavor, MACH_PTR(state), count));
}

kern_return_t
thread_info(thread_inspect_t thread, thread_flavor_t flavor, thread_info_t info,
    mach_msg_type_number_t *count)
{
	return (
	    MACH_TRAP(3612, thread, flavor, MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
thread_get_special_port(thread_inspect_t thread, int which, mach_port_t *port)
{
	return (MACH_TRAP(3610, thread, which, MACH_PTR(port)));
}

kern_return_t
thread_set_special_port(thread_act_t thread, int which, mach_port_t port)
{
	return (MACH_TRAP(3611, thread, which, port));
}

kern_return_t
thread_policy_set(thread_act_t thread, thread_policy_flavor_t flavor,
    thread_policy_t info, mach_msg_type_number_t count)
{
	return (MACH_TRAP(3617, thread, flavor, MACH_PTR(info), count));
}

kern_return_t
thread_policy_get(thread_inspect_t thread, thread_policy_flavor_t flavor,
    thread_policy_t info, mach_msg_type_number_t *count, boolean_t *get_default)
{
	return (MACH_TRAP(3618, thread, flavor, MACH_PTR(info), MACH_PTR(count),
	    MACH_PTR(get_default)));
}

/*
 * Exceptions
 */

kern_return_t
thread_set_exception_ports(thread_act_t thread, exception_mask_t mask,
    mach_port_t port, exception_behavior_t behavior,
    thread_state_flavor_t flavor)
{
	return (MACH_TRAP(3613, thread, mask, port, behavior, flavor));
}

kern_return_t
thread_get_exception_ports(thread_act_t thread, exception_mask_t mask,
    exception_mask_array_t masks, mach_msg_type_number_t *count,
    exception_handler_array_t ports, exception_behavior_array_t behaviors,
    exception_flavor_array_t flavors)
{
	return (MACH_TRAP(3614, thread, mask, MACH_PTR(masks), MACH_PTR(count),
	    MACH_PTR(ports), MACH_PTR(behaviors), MACH_PTR(flavors)));
}

kern_return_t
thread_swap_exception_ports(thread_act_t thread, exception_mask_t mask,
    mach_port_t port, exception_behavior_t behavior,
    thread_state_flavor_t flavor, exception_mask_array_t masks,
    mach_msg_type_number_t *count, exception_handler_array_t ports,
    exception_behavior_array_t behaviors, exception_flavor_array_t flavors)
{
	return (MACH_TRAP(3615, thread, mask, port, behavior, flavor,
	    MACH_PTR(masks), MACH_PTR(count), MACH_PTR(ports),
	    MACH_PTR(behaviors), MACH_PTR(flavors)));
}

kern_return_t
act_get_state(thread_read_t thread, int flavor, thread_state_t state,
    mach_msg_type_number_t *count)
{
	return (thread_get_state(thread, flavor, state, count));
}

kern_return_t
act_set_state(thread_act_t thread, int flavor, thread_state_t state,
    mach_msg_type_number_t count)
{
	return (thread_set_state(thread, flavor, state, count));
}
