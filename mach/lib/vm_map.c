/*
 * Memory by the names and types of <mach/vm_map.h>, as wide as mach_vm.h's
 * on LP64.
 */
#include <mach/mach_vm.h>
#include <mach/vm_map.h>
#include <mach/vm_region.h>

#include "mach/lib/trap.h"

kern_return_t
vm_allocate(vm_map_t target, vm_address_t *address, vm_size_t size, int flags)
{
	return (MACH_TRAP(10, target, MACH_PTR(address), size, flags));
}

kern_return_t
vm_deallocate(vm_map_t target, vm_address_t address, vm_size_t size)
{
	return (mach_vm_deallocate(target, address, size));
}

kern_return_t
vm_protect(vm_map_t target, vm_address_t address, vm_size_t size,
    boolean_t set_maximum, vm_prot_t protection)
{
	return (
	    mach_vm_protect(target, address, size, set_maximum, protection));
}

kern_return_t
vm_purgable_control(
    vm_map_t target, vm_address_t address, vm_purgable_t control, int *state)
{
	return (mach_vm_purgable_control(target, address, control, state));
}

kern_return_t
vm_map(vm_map_t target, vm_address_t *address, vm_size_t size,
    vm_address_t mask, int flags, mem_entry_name_port_t object,
    vm_offset_t offset, boolean_t copy, vm_prot_t protection,
    vm_prot_t max_protection, vm_inherit_t inheritance)
{
	return (MACH_TRAP(4811, target, MACH_PTR(address), size, mask, flags,
	    object, offset, copy, protection, max_protection, inheritance));
}

kern_return_t
vm_remap(vm_map_t target, vm_address_t *address, vm_size_t size,
    vm_address_t mask, int flags, vm_map_t source, vm_address_t source_address,
    boolean_t copy, vm_prot_t *protection, vm_prot_t *max_protection,
    vm_inherit_t inheritance)
{
	return (MACH_TRAP(4813, target, MACH_PTR(address), size, mask, flags,
	    source, source_address, copy, MACH_PTR(protection),
	    MACH_PTR(max_protection), inheritance));
}

kern_return_t
vm_inherit(vm_map_t target, vm_address_t address, vm_size_t size,
    vm_inherit_t inheritance)
{
	return (mach_vm_inherit(target, address, size, inheritance));
}

kern_return_t
vm_read(vm_map_t target, vm_address_t address, vm_size_t size,
    vm_offset_t *data, mach_msg_type_number_t *count)
{
	return (mach_vm_read(target, address, size, data, count));
}

kern_return_t
vm_write(vm_map_t target, vm_address_t address, vm_offset_t data,
    mach_msg_type_number_t count)
{
	return (mach_vm_write(target, address, data, count));
}

kern_return_t
vm_copy(vm_map_t target, vm_address_t source, vm_size_t size,
    vm_address_t destination)
{
	return (mach_vm_copy(target, source, size, destination));
}

kern_return_t
vm_read_overwrite(vm_map_t target, vm_address_t address, vm_size_t size,
    vm_address_t data, vm_size_t *data_size)
{
	return (
	    MACH_TRAP(4808, target, address, size, data, MACH_PTR(data_size)));
}

kern_return_t
vm_msync(vm_map_t target, vm_address_t address, vm_size_t size, vm_sync_t flags)
{
	return (mach_vm_msync(target, address, size, flags));
}

kern_return_t
vm_behavior_set(vm_map_t target, vm_address_t address, vm_size_t size,
    vm_behavior_t behavior)
{
	return (mach_vm_behavior_set(target, address, size, behavior));
}

kern_return_t
vm_region_64(vm_map_read_t target, vm_address_t *address, vm_size_t *size,
    vm_region_flavor_t flavor, vm_region_info_t info,
    mach_msg_type_number_t *count, mach_port_t *object)
{
	return (MACH_TRAP(4816, target, MACH_PTR(address), MACH_PTR(size),
	    flavor, MACH_PTR(info), MACH_PTR(count), MACH_PTR(object)));
}

kern_return_t
mach_make_memory_entry(vm_map_t target, vm_size_t *size, vm_offset_t offset,
    vm_prot_t permission, mem_entry_name_port_t *handle,
    mem_entry_name_port_t parent)
{
	return (MACH_TRAP(4817, target, MACH_PTR(size), offset, permission,
	    MACH_PTR(handle), parent));
}

kern_return_t
vm_map_64(vm_map_t target, vm_address_t *address, vm_size_t size,
    vm_address_t mask, int flags, mem_entry_name_port_t object,
    memory_object_offset_t offset, boolean_t copy, vm_prot_t protection,
    vm_prot_t max_protection, vm_inherit_t inheritance)
{
	return (vm_map(target, address, size, mask, flags, object, offset, copy,
	    protection, max_protection, inheritance));
}

kern_return_t
vm_remap_new(vm_map_t target, vm_address_t *address, vm_size_t size,
    vm_address_t mask, int flags, vm_map_read_t source,
    vm_address_t source_address, boolean_t copy, vm_prot_t *protection,
    vm_prot_t *max_protection, vm_inherit_t inheritance)
{
	mach_vm_address_t there = *address;
	kern_return_t kr;

	kr = mach_vm_remap_new(target, &there, size, mask, flags, source,
	    source_address, copy, protection, max_protection, inheritance);
	*address = (vm_address_t)there;
	return (kr);
}

/* The older flavor has offsets of 32 bits; of others all is the same. */
kern_return_t
vm_region(vm_map_read_t target, vm_address_t *address, vm_size_t *size,
    vm_region_flavor_t flavor, vm_region_info_t info,
    mach_msg_type_number_t *count, mach_port_t *object)
{
	vm_region_basic_info_t old = (vm_region_basic_info_t)(void *)info;
	mach_msg_type_number_t n = VM_REGION_BASIC_INFO_COUNT_64;
	vm_region_basic_info_data_64_t basic;
	kern_return_t kr;

	if (flavor != VM_REGION_BASIC_INFO)
		return (vm_region_64(
		    target, address, size, flavor, info, count, object));
	if (*count < VM_REGION_BASIC_INFO_COUNT)
		return (KERN_INVALID_ARGUMENT);
	kr = vm_region_64(target, address, size, VM_REGION_BASIC_INFO_64,
	    (vm_region_info_t)(void *)&basic, &n, object);
	if (kr != KERN_SUCCESS)
		return (kr);
	old->protection = basic.protection;
	old->max_protection = basic.max_protection;
	old->inheritance = basic.inheritance;
	old->shared = basic.shared;
	old->reserved = basic.reserved;
	old->offset = (uint32_t)basic.offset;
	old->behavior = basic.behavior;
	old->user_wired_count = basic.user_wired_count;
	*count = VM_REGION_BASIC_INFO_COUNT;
	return (KERN_SUCCESS);
}

/* The two lists have one layout here. */
kern_return_t
vm_read_list(vm_map_read_t target, vm_read_entry_t list, natural_t count)
{
	return (mach_vm_read_list(
	    target, (struct mach_vm_read_entry *)(void *)list, count));
}
