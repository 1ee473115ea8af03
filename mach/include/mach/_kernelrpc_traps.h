/*
 * Traps behind routines of mach_port.h and mach_vm.h: those names are what
 * to call.  Part of <mach/mach_traps.h>.
 * Facts: xnu-11417.101.15 osfmk/mach/mach_traps.h
 */
#ifndef _MACH_KERNELRPC_TRAPS_H_
#define _MACH_KERNELRPC_TRAPS_H_

extern kern_return_t _kernelrpc_mach_vm_allocate_trap(mach_port_name_t target,
    mach_vm_offset_t *addr, mach_vm_size_t size, int flags);
extern kern_return_t _kernelrpc_mach_vm_deallocate_trap(
    mach_port_name_t target, mach_vm_address_t address, mach_vm_size_t size);
extern kern_return_t _kernelrpc_mach_vm_protect_trap(mach_port_name_t target,
    mach_vm_address_t address, mach_vm_size_t size, boolean_t set_maximum,
    vm_prot_t new_protection);
extern kern_return_t _kernelrpc_mach_vm_map_trap(mach_port_name_t target,
    mach_vm_offset_t *address, mach_vm_size_t size, mach_vm_offset_t mask,
    int flags, vm_prot_t cur_protection);
extern kern_return_t _kernelrpc_mach_vm_purgable_control_trap(
    mach_port_name_t target, mach_vm_offset_t address, vm_purgable_t control,
    int *state);
extern kern_return_t _kernelrpc_mach_port_allocate_trap(
    mach_port_name_t target, mach_port_right_t right, mach_port_name_t *name);
extern kern_return_t _kernelrpc_mach_port_deallocate_trap(
    mach_port_name_t target, mach_port_name_t name);
extern kern_return_t _kernelrpc_mach_port_mod_refs_trap(mach_port_name_t target,
    mach_port_name_t name, mach_port_right_t right, mach_port_delta_t delta);
extern kern_return_t _kernelrpc_mach_port_move_member_trap(
    mach_port_name_t target, mach_port_name_t member, mach_port_name_t after);
extern kern_return_t _kernelrpc_mach_port_insert_right_trap(
    mach_port_name_t target, mach_port_name_t name, mach_port_name_t poly,
    mach_msg_type_name_t polyPoly);
extern kern_return_t _kernelrpc_mach_port_get_attributes_trap(
    mach_port_name_t target, mach_port_name_t name, mach_port_flavor_t flavor,
    mach_port_info_t port_info_out, mach_msg_type_number_t *port_info_outCnt);
extern kern_return_t _kernelrpc_mach_port_insert_member_trap(
    mach_port_name_t target, mach_port_name_t name, mach_port_name_t pset);
extern kern_return_t _kernelrpc_mach_port_extract_member_trap(
    mach_port_name_t target, mach_port_name_t name, mach_port_name_t pset);
extern kern_return_t _kernelrpc_mach_port_construct_trap(
    mach_port_name_t target, mach_port_options_t *options, uint64_t context,
    mach_port_name_t *name);
extern kern_return_t _kernelrpc_mach_port_destruct_trap(mach_port_name_t target,
    mach_port_name_t name, mach_port_delta_t srdelta, uint64_t guard);
extern kern_return_t _kernelrpc_mach_port_guard_trap(mach_port_name_t target,
    mach_port_name_t name, uint64_t guard, boolean_t strict);
extern kern_return_t _kernelrpc_mach_port_unguard_trap(
    mach_port_name_t target, mach_port_name_t name, uint64_t guard);
extern kern_return_t _kernelrpc_mach_port_type_trap(
    ipc_space_t task, mach_port_name_t name, mach_port_type_t *ptype);
extern kern_return_t _kernelrpc_mach_port_request_notification_trap(
    ipc_space_t task, mach_port_name_t name, mach_msg_id_t msgid,
    mach_port_mscount_t sync, mach_port_name_t notify,
    mach_msg_type_name_t notifyPoly, mach_port_name_t *previous);

#endif /* !_MACH_KERNELRPC_TRAPS_H_ */
