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

#include "mach/lib/trap.h"

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

kern_return_t
task_terminate(task_t task)
{
	return (MACH_TRAP(3401, task));
}

kern_return_t
task_suspend(task_read_t task)
{
	return (MACH_TRAP(3407, task));
}

kern_return_t
task_resume(task_read_t task)
{
	return (MACH_TRAP(3408, task));
}

kern_return_t
task_threads(task_inspect_t task, thread_act_array_t *threads,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(3402, task, MACH_PTR(threads), MACH_PTR(count)));
}

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

kern_return_t
task_info(task_name_t task, task_flavor_t flavor, task_info_t info,
    mach_msg_type_number_t *count)
{
	return (MACH_TRAP(3405, task, flavor, MACH_PTR(info), MACH_PTR(count)));
}

kern_return_t
task_get_special_port(task_inspect_t task, int which, mach_port_t *port)
{
	return (MACH_TRAP(3409, task, which, MACH_PTR(port)));
}

kern_return_t
task_set_special_port(task_t task, int which, mach_port_t port)
{
	return (MACH_TRAP(3410, task, which, port));
}

kern_return_t
task_policy_set(task_policy_set_t task, task_policy_flavor_t flavor,
    task_policy_t info, mach_msg_type_number_t count)
{
	return (MACH_TRAP(3420, task, flavor, MACH_PTR(info), count));
}

kern_return_t
task_policy_get(task_policy_get_t task, task_policy_flavor_t flavor,
    task_policy_t info, mach_msg_type_number_t *count, boolean_t *get_default)
{
	return (MACH_TRAP(3421, task, flavor, MACH_PTR(info), MACH_PTR(count),
	    MACH_PTR(get_default)));
}

/*
 * Exceptions
 */

kern_return_t
task_set_exception_ports(task_t task, exception_mask_t mask, mach_port_t port,
    exception_behavior_t behavior, thread_state_flavor_t flavor)
{
	return (MACH_TRAP(3413, task, mask, port, behavior, flavor));
}

kern_return_t
task_get_exception_ports(task_t task, exception_mask_t mask,
    exception_mask_array_t masks, mach_msg_type_number_t *count,
    exception_handler_array_t ports, exception_behavior_array_t behaviors,
    exception_flavor_array_t flavors)
{
	return (MACH_TRAP(3414, task, mask, MACH_PTR(masks), MACH_PTR(count),
	    MACH_PTR(ports), MACH_PTR(behaviors), MACH_PTR(flavors)));
}

kern_return_t
task_swap_exception_ports(task_t task, exception_mask_t mask, mach_port_t port,
    exception_behavior_t behavior, thread_state_flavor_t flavor,
    exception_mask_array_t masks, mach_msg_type_number_t *count,
    exception_handler_array_t ports, exception_behavior_array_t behaviors,
    exception_flavor_array_t flavors)
{
	return (MACH_TRAP(3415, task, mask, port, behavior, flavor,
	    MACH_PTR(masks), MACH_PTR(count), MACH_PTR(ports),
	    MACH_PTR(behaviors), MACH_PTR(flavors)));
}

kern_return_t
task_get_exc_guard_behavior(
    task_inspect_t task, task_exc_guard_behavior_t *behavior)
{
	return (MACH_TRAP(3452, task, MACH_PTR(behavior)));
}

kern_return_t
task_set_exc_guard_behavior(task_t task, task_exc_guard_behavior_t behavior)
{
	return (MACH_TRAP(3453, task, behavior));
}
