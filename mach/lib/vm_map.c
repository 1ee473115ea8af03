/*
 * Memory by the names and types of <mach/vm_map.h>, as wide as mach_vm.h's
 * on LP64.
 */
#include <mach/mach_vm.h>
#include <mach/vm_map.h>
#include <mach/vm_region.h>

#include "mach/lib/stub.h"

STUB_4(10, vm_allocate, vm_map_t, vm_address_t *, vm_size_t, int)

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

STUB_11(4811, vm_map, vm_map_t, vm_address_t *, vm_size_t, vm_address_t, int,
    mem_entry_name_port_t, vm_offset_t, boolean_t, vm_prot_t, vm_prot_t,
    vm_inherit_t)

STUB_11(4813, vm_remap, vm_map_t, vm_address_t *, vm_size_t, vm_address_t, int,
    vm_map_t, vm_address_t, boolean_t, vm_prot_t *, vm_prot_t *, vm_inherit_t)

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

STUB_5(4808, vm_read_overwrite, vm_map_t, vm_address_t, vm_size_t, vm_address_t,
    vm_size_t *)

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

STUB_7(4816, vm_region_64, vm_map_read_t, vm_address_t *, vm_size_t *,
    vm_region_flavor_t, vm_region_info_t, mach_msg_type_number_t *,
    mach_port_t *)
STUB_6(4817, mach_make_memory_entry, vm_map_t, vm_size_t *, vm_offset_t,
    vm_prot_t, mem_entry_name_port_t *, mem_entry_name_port_t)

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
