/*
 * Memory: mach_vm_*.  The older names are in vm_map.c.
 */
#include <mach/mach_traps.h>
#include <mach/mach_vm.h>
#include <mach/vm_map.h>
#include <mach/vm_prot.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>

#include "mach/lib/stub.h"

STUB_4(10, mach_vm_allocate, vm_map_t, mach_vm_address_t *, mach_vm_size_t, int)
STUB_3(12, mach_vm_deallocate, vm_map_t, mach_vm_address_t, mach_vm_size_t)
STUB_5(14, mach_vm_protect, vm_map_t, mach_vm_address_t, mach_vm_size_t,
    boolean_t, vm_prot_t)
STUB_4(11, mach_vm_purgable_control, vm_map_t, mach_vm_address_t, vm_purgable_t,
    int *)
STUB_11(4811, mach_vm_map, vm_map_t, mach_vm_address_t *, mach_vm_size_t,
    mach_vm_offset_t, int, mem_entry_name_port_t, memory_object_offset_t,
    boolean_t, vm_prot_t, vm_prot_t, vm_inherit_t)

STUB_11(4813, mach_vm_remap, vm_map_t, mach_vm_address_t *, mach_vm_size_t,
    mach_vm_offset_t, int, vm_map_t, mach_vm_address_t, boolean_t, vm_prot_t *,
    vm_prot_t *, vm_inherit_t)

STUB_4(4803, mach_vm_inherit, vm_map_t, mach_vm_address_t, mach_vm_size_t,
    vm_inherit_t)
STUB_5(4804, mach_vm_read, vm_map_t, mach_vm_address_t, mach_vm_size_t,
    vm_offset_t *, mach_msg_type_number_t *)
STUB_4(4806, mach_vm_write, vm_map_t, mach_vm_address_t, vm_offset_t,
    mach_msg_type_number_t)
STUB_4(4807, mach_vm_copy, vm_map_t, mach_vm_address_t, mach_vm_size_t,
    mach_vm_address_t)
STUB_5(4808, mach_vm_read_overwrite, vm_map_t, mach_vm_address_t,
    mach_vm_size_t, mach_vm_address_t, mach_vm_size_t *)
STUB_4(
    4809, mach_vm_msync, vm_map_t, mach_vm_address_t, mach_vm_size_t, vm_sync_t)
STUB_4(4810, mach_vm_behavior_set, vm_map_t, mach_vm_address_t, mach_vm_size_t,
    vm_behavior_t)
STUB_7(4816, mach_vm_region, vm_map_read_t, mach_vm_address_t *,
    mach_vm_size_t *, vm_region_flavor_t, vm_region_info_t,
    mach_msg_type_number_t *, mach_port_t *)
STUB_6(4817, mach_make_memory_entry_64, vm_map_t, memory_object_size_t *,
    memory_object_offset_t, vm_prot_t, mach_port_t *, mem_entry_name_port_t)

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
