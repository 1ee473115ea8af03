/*
 * Calls on tasks.
 */
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/task.h>
#include <mach/task_special_ports.h>
#include <mach/vm_statistics.h>

#include "mach/lib/stub.h"

#define REGISTERED 3 /* TASK_PORT_REGISTER_MAX of XNU's mach_param.h */

/* Not by the name: a right may be had under two. */
boolean_t
mach_task_is_self(task_name_t task)
{
	int pid, mine;

	if (task == mach_task_self())
		return (TRUE);
	return (pid_for_task(task, &pid) == KERN_SUCCESS &&
		pid_for_task(mach_task_self(), &mine) == KERN_SUCCESS &&
		pid == mine);
}

STUB_1(3401, task_terminate, task_t)
STUB_1(3407, task_suspend, task_read_t)
STUB_1(3408, task_resume, task_read_t)
STUB_3(3402, task_threads, task_inspect_t, thread_act_array_t *,
    mach_msg_type_number_t *)

/* The array is the interface's; the routine has its elements. */
kern_return_t
mach_ports_register(
    task_t task, mach_port_array_t ports, mach_msg_type_number_t count)
{
	mach_port_t port[REGISTERED] = { MACH_PORT_NULL };
	mach_msg_type_number_t i;

	if (count > REGISTERED)
		return (KERN_INVALID_ARGUMENT);
	for (i = 0; i < count; i++)
		port[i] = ports[i];
	return (MACH_TRAP(3403, task, port[0], port[1], port[2]));
}

kern_return_t
mach_ports_lookup(
    task_t task, mach_port_array_t *ports, mach_msg_type_number_t *count)
{
	mach_port_t port[REGISTERED];
	mach_vm_address_t array = 0;
	kern_return_t kr;
	int i;

	kr = mach_vm_allocate(
	    mach_task_self(), &array, sizeof(port), VM_FLAGS_ANYWHERE);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = MACH_TRAP(3404, task, MACH_PTR(&port[0]), MACH_PTR(&port[1]),
	    MACH_PTR(&port[2]));
	if (kr != KERN_SUCCESS) {
		(void)mach_vm_deallocate(mach_task_self(), array, sizeof(port));
		return (kr);
	}
	*ports = (mach_port_array_t)(uintptr_t)array;
	for (i = 0; i < REGISTERED; i++)
		(*ports)[i] = port[i];
	*count = REGISTERED;
	return (KERN_SUCCESS);
}

STUB_4(3405, task_info, task_name_t, task_flavor_t, task_info_t,
    mach_msg_type_number_t *)
STUB_3(3409, task_get_special_port, task_inspect_t, int, mach_port_t *)
STUB_3(3410, task_set_special_port, task_t, int, mach_port_t)
STUB_4(3420, task_policy_set, task_policy_set_t, task_policy_flavor_t,
    task_policy_t, mach_msg_type_number_t)
STUB_5(3421, task_policy_get, task_policy_get_t, task_policy_flavor_t,
    task_policy_t, mach_msg_type_number_t *, boolean_t *)

/*
 * Exceptions
 */

STUB_5(3413, task_set_exception_ports, task_t, exception_mask_t, mach_port_t,
    exception_behavior_t, thread_state_flavor_t)
STUB_7(3414, task_get_exception_ports, task_t, exception_mask_t,
    exception_mask_array_t, mach_msg_type_number_t *, exception_handler_array_t,
    exception_behavior_array_t, exception_flavor_array_t)
STUB_10(3415, task_swap_exception_ports, task_t, exception_mask_t, mach_port_t,
    exception_behavior_t, thread_state_flavor_t, exception_mask_array_t,
    mach_msg_type_number_t *, exception_handler_array_t,
    exception_behavior_array_t, exception_flavor_array_t)

STUB_2(3452, task_get_exc_guard_behavior, task_inspect_t,
    task_exc_guard_behavior_t *)
STUB_2(3453, task_set_exc_guard_behavior, task_t, task_exc_guard_behavior_t)
