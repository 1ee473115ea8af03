/*
 */
#include <mach/mach_traps.h>

#include "mach/lib/trap.h"

kern_return_t
_kernelrpc_mach_vm_allocate_trap(mach_port_name_t target,
    mach_vm_offset_t *addr, mach_vm_size_t size, int flags)
{
	return (MACH_TRAP(10, target, MACH_PTR(addr), size, flags));
}

kern_return_t
_kernelrpc_mach_vm_deallocate_trap(
    mach_port_name_t target, mach_vm_address_t address, mach_vm_size_t size)
{
	return (MACH_TRAP(12, target, address, size));
}

kern_return_t
_kernelrpc_mach_vm_protect_trap(mach_port_name_t target,
    mach_vm_address_t address, mach_vm_size_t size, boolean_t set_maximum,
    vm_prot_t new_protection)
{
	return (
	    MACH_TRAP(14, target, address, size, set_maximum, new_protection));
}

kern_return_t
_kernelrpc_mach_vm_map_trap(mach_port_name_t target, mach_vm_offset_t *address,
    mach_vm_size_t size, mach_vm_offset_t mask, int flags,
    vm_prot_t cur_protection)
{
	return (MACH_TRAP(
	    15, target, MACH_PTR(address), size, mask, flags, cur_protection));
}

kern_return_t
_kernelrpc_mach_vm_purgable_control_trap(mach_port_name_t target,
    mach_vm_offset_t address, vm_purgable_t control, int *state)
{
	return (MACH_TRAP(11, target, address, control, MACH_PTR(state)));
}

kern_return_t
_kernelrpc_mach_port_allocate_trap(
    mach_port_name_t target, mach_port_right_t right, mach_port_name_t *name)
{
	return (MACH_TRAP(16, target, right, MACH_PTR(name)));
}

kern_return_t
_kernelrpc_mach_port_deallocate_trap(
    mach_port_name_t target, mach_port_name_t name)
{
	return (MACH_TRAP(18, target, name));
}

kern_return_t
_kernelrpc_mach_port_mod_refs_trap(mach_port_name_t target,
    mach_port_name_t name, mach_port_right_t right, mach_port_delta_t delta)
{
	return (MACH_TRAP(19, target, name, right, delta));
}

kern_return_t
_kernelrpc_mach_port_move_member_trap(
    mach_port_name_t target, mach_port_name_t member, mach_port_name_t after)
{
	return (MACH_TRAP(20, target, member, after));
}

kern_return_t
_kernelrpc_mach_port_insert_right_trap(mach_port_name_t target,
    mach_port_name_t name, mach_port_name_t poly, mach_msg_type_name_t polyPoly)
{
	return (MACH_TRAP(21, target, name, poly, polyPoly));
}

kern_return_t
_kernelrpc_mach_port_get_attributes_trap(mach_port_name_t target,
    mach_port_name_t name, mach_port_flavor_t flavor,
    mach_port_info_t port_info_out, mach_msg_type_number_t *port_info_outCnt)
{
	return (MACH_TRAP(40, target, name, flavor, MACH_PTR(port_info_out),
	    MACH_PTR(port_info_outCnt)));
}

kern_return_t
_kernelrpc_mach_port_insert_member_trap(
    mach_port_name_t target, mach_port_name_t name, mach_port_name_t pset)
{
	return (MACH_TRAP(22, target, name, pset));
}

kern_return_t
_kernelrpc_mach_port_extract_member_trap(
    mach_port_name_t target, mach_port_name_t name, mach_port_name_t pset)
{
	return (MACH_TRAP(23, target, name, pset));
}

kern_return_t
_kernelrpc_mach_port_construct_trap(mach_port_name_t target,
    mach_port_options_t *options, uint64_t context, mach_port_name_t *name)
{
	return (
	    MACH_TRAP(24, target, MACH_PTR(options), context, MACH_PTR(name)));
}

kern_return_t
_kernelrpc_mach_port_destruct_trap(mach_port_name_t target,
    mach_port_name_t name, mach_port_delta_t srdelta, uint64_t guard)
{
	return (MACH_TRAP(25, target, name, srdelta, guard));
}

kern_return_t
_kernelrpc_mach_port_guard_trap(mach_port_name_t target, mach_port_name_t name,
    uint64_t guard, boolean_t strict)
{
	return (MACH_TRAP(41, target, name, guard, strict));
}

kern_return_t
_kernelrpc_mach_port_unguard_trap(
    mach_port_name_t target, mach_port_name_t name, uint64_t guard)
{
	return (MACH_TRAP(42, target, name, guard));
}

kern_return_t
_kernelrpc_mach_port_type_trap(
    ipc_space_t task, mach_port_name_t name, mach_port_type_t *ptype)
{
	return (MACH_TRAP(76, task, name, MACH_PTR(ptype)));
}

kern_return_t
_kernelrpc_mach_port_request_notification_trap(ipc_space_t task,
    mach_port_name_t name, mach_msg_id_t msgid, mach_port_mscount_t sync,
    mach_port_name_t notify, mach_msg_type_name_t notifyPoly,
    mach_port_name_t *previous)
{
	return (MACH_TRAP(77, task, name, msgid, sync, notify, notifyPoly,
	    MACH_PTR(previous)));
}
