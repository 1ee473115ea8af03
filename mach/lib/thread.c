/*
 * Calls on threads.
 */
#include <mach/mach_traps.h>
#include <mach/thread_act.h>
#include <mach/thread_switch.h>

#include "mach/lib/stub.h"

STUB_3(61, thread_switch, mach_port_name_t, int, mach_msg_timeout_t)
STUB_1(3600, thread_terminate, thread_act_t)
STUB_1(3605, thread_suspend, thread_read_t)
STUB_1(3606, thread_resume, thread_read_t)
STUB_1(3607, thread_abort, thread_act_t)
STUB_1(3608, thread_abort_safely, thread_act_t)
STUB_4(3603, thread_get_state, thread_read_t, thread_state_flavor_t,
    thread_state_t, mach_msg_type_number_t *)
STUB_4(3604, thread_set_state, thread_act_t, thread_state_flavor_t,
    thread_state_t, mach_msg_type_number_t)
STUB_4(3612, thread_info, thread_inspect_t, thread_flavor_t, thread_info_t,
    mach_msg_type_number_t *)
STUB_3(3610, thread_get_special_port, thread_inspect_t, int, mach_port_t *)
STUB_3(3611, thread_set_special_port, thread_act_t, int, mach_port_t)
STUB_4(3617, thread_policy_set, thread_act_t, thread_policy_flavor_t,
    thread_policy_t, mach_msg_type_number_t)
STUB_5(3618, thread_policy_get, thread_inspect_t, thread_policy_flavor_t,
    thread_policy_t, mach_msg_type_number_t *, boolean_t *)

/*
 * Exceptions
 */

STUB_5(3613, thread_set_exception_ports, thread_act_t, exception_mask_t,
    mach_port_t, exception_behavior_t, thread_state_flavor_t)
STUB_7(3614, thread_get_exception_ports, thread_act_t, exception_mask_t,
    exception_mask_array_t, mach_msg_type_number_t *, exception_handler_array_t,
    exception_behavior_array_t, exception_flavor_array_t)
STUB_10(3615, thread_swap_exception_ports, thread_act_t, exception_mask_t,
    mach_port_t, exception_behavior_t, thread_state_flavor_t,
    exception_mask_array_t, mach_msg_type_number_t *, exception_handler_array_t,
    exception_behavior_array_t, exception_flavor_array_t)

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
