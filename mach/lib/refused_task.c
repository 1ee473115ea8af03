/*
 * Calls on tasks, threads and their memory that no host of ours does:
 * KERN_NOT_SUPPORTED, by their rows of traps.def, whatever the arguments.
 */
#include <mach/mach_vm.h>
#include <mach/task.h>
#include <mach/thread_act.h>
#include <mach/vm_map.h>

#include "mach/lib/stub.h"

STUB_5(3400, task_create, task_t, ledger_array_t, mach_msg_type_number_t,
    boolean_t, task_t *)
STUB_4(3406, task_set_info, task_t, task_flavor_t, task_info_t,
    mach_msg_type_number_t)
STUB_2(3411, thread_create, task_t, thread_act_t *)
STUB_5(3412, thread_create_running, task_t, thread_state_flavor_t,
    thread_state_t, mach_msg_type_number_t, thread_act_t *)
STUB_4(3416, lock_set_create, task_t, lock_set_t *, int, int)
STUB_2(3417, lock_set_destroy, task_t, lock_set_t)
STUB_2(3422, task_sample, task_t, mach_port_t)
STUB_6(3423, task_policy, task_t, policy_t, policy_base_t,
    mach_msg_type_number_t, boolean_t, boolean_t)
STUB_3(3429, task_assign, task_t, processor_set_t, boolean_t)
STUB_2(3430, task_assign_default, task_t, boolean_t)
STUB_2(3431, task_get_assignment, task_inspect_t, processor_set_name_t *)
STUB_8(3432, task_set_policy, task_t, processor_set_t, policy_t, policy_base_t,
    mach_msg_type_number_t, policy_limit_t, mach_msg_type_number_t, boolean_t)
STUB_4(3433, task_get_state, task_read_t, thread_state_flavor_t, thread_state_t,
    mach_msg_type_number_t *)
STUB_4(3434, task_set_state, task_t, thread_state_flavor_t, thread_state_t,
    mach_msg_type_number_t)
STUB_3(3435, task_set_phys_footprint_limit, task_t, int, int *)
STUB_2(3436, task_suspend2, task_read_t, task_suspension_token_t *)
STUB_1(3437, task_resume2, task_suspension_token_t)
STUB_2(3438, task_purgable_info, task_inspect_t, task_purgable_info_t *)
STUB_3(3439, task_get_mach_voucher, task_read_t, mach_voucher_selector_t,
    ipc_voucher_t *)
STUB_2(3440, task_set_mach_voucher, task_t, ipc_voucher_t)
STUB_3(3441, task_swap_mach_voucher, task_t, ipc_voucher_t, ipc_voucher_t *)
STUB_2(3442, task_generate_corpse, task_read_t, mach_port_t *)
STUB_4(3451, task_inspect, task_inspect_t, task_inspect_flavor_t,
    task_inspect_info_t, mach_msg_type_number_t *)
STUB_2(3457, task_create_identity_token, task_t, task_id_token_t *)
STUB_3(3458, task_identity_token_get_task_port, task_id_token_t, task_flavor_t,
    mach_port_t *)
STUB_7(3460, task_get_exception_ports_info, mach_port_t, exception_mask_t,
    exception_mask_array_t, mach_msg_type_number_t *,
    exception_handler_info_array_t, exception_behavior_array_t,
    exception_flavor_array_t)
STUB_2(3462, task_set_corpse_forking_behavior, task_t,
    task_corpse_forking_behavior_t)
STUB_1(3609, thread_depress_abort, thread_act_t)
STUB_5(3616, thread_policy, thread_act_t, policy_t, policy_base_t,
    mach_msg_type_number_t, boolean_t)
STUB_2(3619, thread_sample, thread_act_t, mach_port_t)
STUB_2(3620, etap_trace_thread, thread_act_t, boolean_t)
STUB_2(3621, thread_assign, thread_act_t, processor_set_t)
STUB_1(3622, thread_assign_default, thread_act_t)
STUB_2(3623, thread_get_assignment, thread_inspect_t, processor_set_name_t *)
STUB_7(3624, thread_set_policy, thread_act_t, processor_set_t, policy_t,
    policy_base_t, mach_msg_type_number_t, policy_limit_t,
    mach_msg_type_number_t)
STUB_3(3625, thread_get_mach_voucher, thread_read_t, mach_voucher_selector_t,
    ipc_voucher_t *)
STUB_2(3626, thread_set_mach_voucher, thread_act_t, ipc_voucher_t)
STUB_3(3627, thread_swap_mach_voucher, thread_act_t, ipc_voucher_t,
    ipc_voucher_t *)
STUB_7(3628, thread_convert_thread_state, thread_act_t, int,
    thread_state_flavor_t, thread_state_t, mach_msg_type_number_t,
    thread_state_t, mach_msg_type_number_t *)
STUB_7(3630, thread_get_exception_ports_info, mach_port_t, exception_mask_t,
    exception_mask_array_t, mach_msg_type_number_t *,
    exception_handler_info_array_t, exception_behavior_array_t,
    exception_flavor_array_t)
STUB_5(3631, thread_adopt_exception_handler, thread_t, mach_port_t,
    exception_mask_t, exception_behavior_t, thread_state_flavor_t)
STUB_5(3813, vm_machine_attribute, vm_map_t, vm_address_t, vm_size_t,
    vm_machine_attribute_t, vm_machine_attribute_val_t *)
STUB_2(3815, task_wire, vm_map_t, boolean_t)
STUB_4(3817, vm_map_page_query, vm_map_read_t, vm_offset_t, integer_t *,
    integer_t *)
STUB_6(3821, vm_region_recurse, vm_map_read_t, vm_address_t *, vm_size_t *,
    natural_t *, vm_region_recurse_info_t, mach_msg_type_number_t *)
STUB_6(3822, vm_region_recurse_64, vm_map_read_t, vm_address_t *, vm_size_t *,
    natural_t *, vm_region_recurse_info_64_t, mach_msg_type_number_t *)
STUB_1(3831, vm_map_exec_lockdown, vm_map_t)
STUB_5(4812, mach_vm_machine_attribute, vm_map_t, mach_vm_address_t,
    mach_vm_size_t, vm_machine_attribute_t, vm_machine_attribute_val_t *)
STUB_4(4814, mach_vm_page_query, vm_map_read_t, mach_vm_offset_t, integer_t *,
    integer_t *)
STUB_6(4815, mach_vm_region_recurse, vm_map_read_t, mach_vm_address_t *,
    mach_vm_size_t *, natural_t *, vm_region_recurse_info_t,
    mach_msg_type_number_t *)
STUB_5(4819, mach_vm_page_info, vm_map_read_t, mach_vm_address_t,
    vm_page_info_flavor_t, vm_page_info_t, mach_msg_type_number_t *)
STUB_5(4820, mach_vm_page_range_query, vm_map_read_t, mach_vm_offset_t,
    mach_vm_size_t, mach_vm_address_t, mach_vm_size_t *)
STUB_4(4825, mach_vm_range_create, vm_map_t, mach_vm_range_flavor_t,
    mach_vm_range_recipes_raw_t, mach_msg_type_number_t)
