/*
 * Memory: mach_vm_*.  The older names are in vm_map.c.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/vm_map.h>
#include <mach/vm_prot.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>

#include "mach/lib/trap.h"

kern_return_t
mach_vm_allocate(
    vm_map_t target, mach_vm_address_t *address, mach_vm_size_t size, int flags)
{
	return (MACH_TRAP(10, target, MACH_PTR(address), size, flags));
}

kern_return_t
mach_vm_deallocate(
    vm_map_t target, mach_vm_address_t address, mach_vm_size_t size)
{
	return (MACH_TRAP(12, target, address, size));
}

kern_return_t
mach_vm_protect(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size,
    boolean_t set_maximum, vm_prot_t protection)
{
	return (MACH_TRAP(14, target, address, size, set_maximum, protection));
}

kern_return_t
mach_vm_purgable_control(vm_map_t target, mach_vm_address_t address,
    vm_purgable_t control, int *state)
{
	return (MACH_TRAP(11, target, address, control, MACH_PTR(state)));
}

kern_return_t
mach_vm_map(vm_map_t target, mach_vm_address_t *address, mach_vm_size_t size,
    mach_vm_offset_t mask, int flags, mem_entry_name_port_t object,
    memory_object_offset_t offset, boolean_t copy, vm_prot_t protection,
    vm_prot_t max_protection, vm_inherit_t inheritance)
{
	return (MACH_TRAP(4811, target, MACH_PTR(address), size, mask, flags,
	    object, offset, copy, protection, max_protection, inheritance));
}

kern_return_t
mach_vm_remap(vm_map_t target, mach_vm_address_t *address, mach_vm_size_t size,
    mach_vm_offset_t mask, int flags, vm_map_t source,
    mach_vm_address_t source_address, boolean_t copy, vm_prot_t *protection,
    vm_prot_t *max_protection, vm_inherit_t inheritance)
{
	return (MACH_TRAP(4813, target, MACH_PTR(address), size, mask, flags,
	    source, source_address, copy, MACH_PTR(protection),
	    MACH_PTR(max_protection), inheritance));
}

kern_return_t
mach_vm_inherit(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size,
    vm_inherit_t inheritance)
{
	return (MACH_TRAP(4803, target, address, size, inheritance));
}

kern_return_t
mach_vm_read(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size,
    vm_offset_t *data, mach_msg_type_number_t *count)
{
	return (MACH_TRAP(
	    4804, target, address, size, MACH_PTR(data), MACH_PTR(count)));
}

kern_return_t
mach_vm_write(vm_map_t target, mach_vm_address_t address, vm_offset_t data,
    mach_msg_type_number_t count)
{
	return (MACH_TRAP(4806, target, address, data, count));
}

kern_return_t
mach_vm_copy(vm_map_t target, mach_vm_address_t source, mach_vm_size_t size,
    mach_vm_address_t destination)
{
	return (MACH_TRAP(4807, target, source, size, destination));
}

kern_return_t
mach_vm_read_overwrite(vm_map_t target, mach_vm_address_t address,
    mach_vm_size_t size, mach_vm_address_t data, mach_vm_size_t *data_size)
{
	return (
	    MACH_TRAP(4808, target, address, size, data, MACH_PTR(data_size)));
}

kern_return_t
mach_vm_msync(vm_map_t target, mach_vm_address_t address, mach_vm_size_t size,
    vm_sync_t flags)
{
	return (MACH_TRAP(4809, target, address, size, flags));
}

kern_return_t
mach_vm_behavior_set(vm_map_t target, mach_vm_address_t address,
    mach_vm_size_t size, vm_behavior_t behavior)
{
	return (MACH_TRAP(4810, target, address, size, behavior));
}

kern_return_t
mach_vm_region(vm_map_read_t target, mach_vm_address_t *address,
    mach_vm_size_t *size, vm_region_flavor_t flavor, vm_region_info_t info,
    mach_msg_type_number_t *count, mach_port_t *object)
{
	return (MACH_TRAP(4816, target, MACH_PTR(address), MACH_PTR(size),
	    flavor, MACH_PTR(info), MACH_PTR(count), MACH_PTR(object)));
}

kern_return_t
mach_make_memory_entry_64(vm_map_t target, memory_object_size_t *size,
    memory_object_offset_t offset, vm_prot_t permission, mach_port_t *handle,
    mem_entry_name_port_t parent)
{
	return (MACH_TRAP(4817, target, MACH_PTR(size), offset, permission,
	    MACH_PTR(handle), parent));
}

/* Another name of the same routine. */
kern_return_t
_mach_make_memory_entry(vm_map_t target, memory_object_size_t *size,
    memory_object_offset_t offset, vm_prot_t permission,
    mem_entry_name_port_t *handle, mem_entry_name_port_t parent)
{
	return (mach_make_memory_entry_64(
	    target, size, offset, permission, handle, parent));
}

/*
 * What is mapped gets the protection that is asked for, and not all that the
 * source had: KERN_PROTECTION_FAILURE when that had less.
 */
kern_return_t
mach_vm_remap_new(vm_map_t target, mach_vm_address_t *address,
    mach_vm_size_t size, mach_vm_offset_t mask, int flags, vm_map_read_t source,
    mach_vm_address_t source_address, boolean_t copy, vm_prot_t *protection,
    vm_prot_t *max_protection, vm_inherit_t inheritance)
{
	vm_prot_t wanted = *protection, most = *max_protection;
	vm_prot_t have, have_most;
	mach_vm_address_t there = *address;
	kern_return_t kr;

	if ((wanted | most) & ~VM_PROT_ALL || wanted & ~most)
		return (KERN_INVALID_ARGUMENT);
	/* What replaces a mapping cannot be undone. */
	if (flags & VM_FLAGS_OVERWRITE)
		return (KERN_NOT_SUPPORTED);
	kr = mach_vm_remap(target, &there, size, mask, flags, source,
	    source_address, copy, &have, &have_most, inheritance);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (most & ~have_most)
		kr = KERN_PROTECTION_FAILURE;
	else if (wanted != have)
		kr = mach_vm_protect(target, there, size, FALSE, wanted);
	if (kr != KERN_SUCCESS) {
		(void)mach_vm_deallocate(target, there, size);
		return (kr);
	}
	*address = there;
	*max_protection = have_most;
	return (KERN_SUCCESS);
}

/* What cannot be read is nothing in the list, and the result tells of it. */
kern_return_t
mach_vm_read_list(
    vm_map_read_t target, mach_vm_read_entry_t list, natural_t count)
{
	kern_return_t kr, result = KERN_SUCCESS;
	mach_msg_type_number_t got;
	vm_offset_t data;
	natural_t i;

	if (count > VM_MAP_ENTRY_MAX)
		return (KERN_INVALID_ARGUMENT);
	for (i = 0; i < count; i++) {
		data = 0;
		kr = list[i].size == 0 ? KERN_SUCCESS
				       : mach_vm_read(target, list[i].address,
					     list[i].size, &data, &got);
		list[i].address = data;
		if (kr == KERN_SUCCESS && data != 0)
			continue;
		list[i].size = 0;
		if (kr != KERN_SUCCESS)
			result = kr;
	}
	return (result);
}
