/*
 * The traps that XNU's library makes of its own functions, by their names.
 */
#include <mach/mach_traps.h>

#include "mach/lib/stub.h"

STUB_4(10, _kernelrpc_mach_vm_allocate_trap, mach_port_name_t,
    mach_vm_offset_t *, mach_vm_size_t, int)
STUB_3(12, _kernelrpc_mach_vm_deallocate_trap, mach_port_name_t,
    mach_vm_address_t, mach_vm_size_t)
STUB_5(14, _kernelrpc_mach_vm_protect_trap, mach_port_name_t, mach_vm_address_t,
    mach_vm_size_t, boolean_t, vm_prot_t)
STUB_6(15, _kernelrpc_mach_vm_map_trap, mach_port_name_t, mach_vm_offset_t *,
    mach_vm_size_t, mach_vm_offset_t, int, vm_prot_t)
STUB_4(11, _kernelrpc_mach_vm_purgable_control_trap, mach_port_name_t,
    mach_vm_offset_t, vm_purgable_t, int *)
STUB_3(16, _kernelrpc_mach_port_allocate_trap, mach_port_name_t,
    mach_port_right_t, mach_port_name_t *)
STUB_2(18, _kernelrpc_mach_port_deallocate_trap, mach_port_name_t,
    mach_port_name_t)
STUB_4(19, _kernelrpc_mach_port_mod_refs_trap, mach_port_name_t,
    mach_port_name_t, mach_port_right_t, mach_port_delta_t)
STUB_3(20, _kernelrpc_mach_port_move_member_trap, mach_port_name_t,
    mach_port_name_t, mach_port_name_t)
STUB_4(21, _kernelrpc_mach_port_insert_right_trap, mach_port_name_t,
    mach_port_name_t, mach_port_name_t, mach_msg_type_name_t)
STUB_5(40, _kernelrpc_mach_port_get_attributes_trap, mach_port_name_t,
    mach_port_name_t, mach_port_flavor_t, mach_port_info_t,
    mach_msg_type_number_t *)
STUB_3(22, _kernelrpc_mach_port_insert_member_trap, mach_port_name_t,
    mach_port_name_t, mach_port_name_t)
STUB_3(23, _kernelrpc_mach_port_extract_member_trap, mach_port_name_t,
    mach_port_name_t, mach_port_name_t)
STUB_4(24, _kernelrpc_mach_port_construct_trap, mach_port_name_t,
    mach_port_options_t *, uint64_t, mach_port_name_t *)
STUB_4(25, _kernelrpc_mach_port_destruct_trap, mach_port_name_t,
    mach_port_name_t, mach_port_delta_t, uint64_t)
STUB_4(41, _kernelrpc_mach_port_guard_trap, mach_port_name_t, mach_port_name_t,
    uint64_t, boolean_t)
STUB_3(42, _kernelrpc_mach_port_unguard_trap, mach_port_name_t,
    mach_port_name_t, uint64_t)
STUB_3(76, _kernelrpc_mach_port_type_trap, ipc_space_t, mach_port_name_t,
    mach_port_type_t *)
STUB_7(77, _kernelrpc_mach_port_request_notification_trap, ipc_space_t,
    mach_port_name_t, mach_msg_id_t, mach_port_mscount_t, mach_port_name_t,
    mach_msg_type_name_t, mach_port_name_t *)
