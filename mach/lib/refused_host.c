/*
 * Calls on the host, its clocks and its processors that no host of ours does:
 * KERN_NOT_SUPPORTED, by their rows of traps.def, whatever the arguments.
 */
#include <mach/clock_priv.h>
#include <mach/host_priv.h>
#include <mach/host_security.h>
#include <mach/mach_host.h>
#include <mach/processor.h>
#include <mach/processor_set.h>

#include "mach/lib/stub.h"

STUB_6(203, mach_memory_object_memory_entry, host_t, boolean_t, vm_size_t,
    vm_prot_t, memory_object_t, mach_port_t *)
STUB_2(205, host_get_io_main, host_t, io_main_t *)
STUB_2(213, processor_set_default, host_t, processor_set_name_t *)
STUB_3(214, processor_set_create, host_t, processor_set_t *,
    processor_set_name_t *)
STUB_6(215, mach_memory_object_memory_entry_64, host_t, boolean_t,
    memory_object_size_t, vm_prot_t, memory_object_t, mach_port_t *)
STUB_5(223, host_register_mach_voucher_attr_manager, host_t,
    mach_voucher_attr_manager_t, mach_voucher_attr_value_handle_t,
    mach_voucher_attr_key_t *, ipc_voucher_attr_control_t *)
STUB_5(224, host_register_well_known_mach_voucher_attr_manager, host_t,
    mach_voucher_attr_manager_t, mach_voucher_attr_value_handle_t,
    mach_voucher_attr_key_t, ipc_voucher_attr_control_t *)
STUB_2(225, host_set_atm_diagnostic_flag, host_t, uint32_t)
STUB_2(226, host_get_atm_diagnostic_flag, host_t, uint32_t *)
STUB_2(400, host_get_boot_info, host_priv_t, kernel_boot_info_t)
STUB_3(403, host_default_memory_manager, host_priv_t, memory_object_default_t *,
    memory_object_cluster_size_t)
STUB_5(404, vm_wire, host_priv_t, vm_map_t, vm_address_t, vm_size_t, vm_prot_t)
STUB_3(405, thread_wire, host_priv_t, thread_act_t, boolean_t)
STUB_5(
    406, vm_allocate_cpm, host_priv_t, vm_map_t, vm_address_t *, vm_size_t, int)
STUB_3(407, host_processors, host_priv_t, processor_array_t *,
    mach_msg_type_number_t *)
STUB_3(408, host_get_clock_control, host_priv_t, clock_id_t, clock_ctrl_t *)
STUB_5(418, mach_vm_wire, host_priv_t, vm_map_t, mach_vm_address_t,
    mach_vm_size_t, vm_prot_t)
STUB_3(419, host_processor_sets, host_priv_t, processor_set_name_array_t *,
    mach_msg_type_number_t *)
STUB_3(420, host_processor_set_priv, host_priv_t, processor_set_name_t,
    processor_set_t *)
STUB_9(425, kext_request, host_priv_t, uint32_t, vm_offset_t,
    mach_msg_type_number_t, vm_offset_t *, mach_msg_type_number_t *,
    vm_offset_t *, mach_msg_type_number_t *, kern_return_t *)
STUB_4(1201, clock_set_attributes, clock_ctrl_t, clock_flavor_t, clock_attr_t,
    mach_msg_type_number_t)
STUB_1(3000, processor_start, processor_t)
STUB_1(3001, processor_exit, processor_t)
STUB_5(3002, processor_info, processor_t, processor_flavor_t, host_t *,
    processor_info_t, mach_msg_type_number_t *)
STUB_3(3003, processor_control, processor_t, processor_info_t,
    mach_msg_type_number_t)
STUB_3(3004, processor_assign, processor_t, processor_set_t, boolean_t)
STUB_2(3005, processor_get_assignment, processor_t, processor_set_name_t *)
STUB_4(4000, processor_set_statistics, processor_set_name_t,
    processor_set_flavor_t, processor_set_info_t, mach_msg_type_number_t *)
STUB_1(4001, processor_set_destroy, processor_set_t)
STUB_3(4002, processor_set_max_priority, processor_set_t, int, boolean_t)
STUB_2(4003, processor_set_policy_enable, processor_set_t, int)
STUB_3(4004, processor_set_policy_disable, processor_set_t, int, boolean_t)
STUB_3(4005, processor_set_tasks, processor_set_t, task_array_t *,
    mach_msg_type_number_t *)
STUB_3(4006, processor_set_threads, processor_set_t, thread_act_array_t *,
    mach_msg_type_number_t *)
STUB_5(4007, processor_set_policy_control, processor_set_t,
    processor_set_flavor_t, processor_set_info_t, mach_msg_type_number_t,
    boolean_t)
STUB_6(4008, processor_set_stack_usage, processor_set_t, unsigned int *,
    vm_size_t *, vm_size_t *, vm_size_t *, vm_offset_t *)
STUB_5(4009, processor_set_info, processor_set_name_t, int, host_t *,
    processor_set_info_t, mach_msg_type_number_t *)
STUB_4(4010, processor_set_tasks_with_flavor, processor_set_t,
    mach_task_flavor_t, task_array_t *, mach_msg_type_number_t *)

/*
 * Structs are not passed as words: nobody looks at what is refused.
 */

kern_return_t
host_security_create_task_token(host_security_t host, task_t parent,
    security_token_t security, audit_token_t audit, host_t control,
    ledger_array_t ledgers, mach_msg_type_number_t nledgers, boolean_t inherit,
    task_t *child)
{
	(void)host;
	(void)parent;
	(void)security;
	(void)audit;
	(void)control;
	(void)ledgers;
	(void)nledgers;
	(void)inherit;
	(void)child;
	return ((kern_return_t)MACH_TRAP_VALUE0(600));
}

kern_return_t
host_security_set_task_token(host_security_t host, task_t task,
    security_token_t security, audit_token_t audit, host_t control)
{
	(void)host;
	(void)task;
	(void)security;
	(void)audit;
	(void)control;
	return ((kern_return_t)MACH_TRAP_VALUE0(601));
}

kern_return_t
clock_set_time(clock_ctrl_t clock, mach_timespec_t time)
{
	(void)clock;
	(void)time;
	return ((kern_return_t)MACH_TRAP_VALUE0(1200));
}
