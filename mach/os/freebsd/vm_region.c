/*
 * HOST row of traps.def: mach_vm_region, of the caller's own memory and of
 * what processes have that it may debug.
 */
#include "mach/os/freebsd/memory.h"

/*
 * vm_region_basic_info_64 of <mach/vm_region.h>, which is not for the kernel:
 * two of its types have other meanings there.
 */
#define REGION_BASIC_64 9
#define REGION_BASIC 10 /* mach_vm_region() takes it for the same, as XNU */
struct basic_info {
	int32_t protection, max_protection;
	uint32_t inheritance;
	int32_t shared, reserved;
	uint32_t offset[2]; /* aligned to 4 bytes */
	int32_t behavior;
	uint16_t wired;
	uint16_t rest; /* goes out: zero */
};
#define BASIC_WORDS (sizeof(struct basic_info) / sizeof(uint32_t))
_Static_assert(BASIC_WORDS == 9, "VM_REGION_BASIC_INFO_COUNT_64");

/* The entry at the address, or the next one; guards are no memory. */
static bool
region_find(vm_map_t map, vm_offset_t address, uint64_t *start, uint64_t *size,
    struct basic_info *info)
{
	vm_map_entry_t entry;
	uint64_t offset;

	if (!vm_map_lookup_entry(map, address, &entry))
		entry = vm_map_entry_succ(entry);
	while (entry != &map->header &&
	       entry->eflags & (MAP_ENTRY_GUARD | MAP_ENTRY_IS_SUB_MAP))
		entry = vm_map_entry_succ(entry);
	if (entry == &map->header)
		return (false);
	*start = entry->start;
	*size = entry->end - entry->start;
	memset(info, 0, sizeof(*info));
	info->protection = entry->protection & VM_PROT_ALL;
	info->max_protection = entry->max_protection & VM_PROT_ALL;
	/* Numbered alike, up to "none". */
	info->inheritance = MIN((uint32_t)entry->inheritance, 2u);
	info->shared = (entry->eflags & MAP_ENTRY_COW) == 0 &&
		       entry->inheritance == VM_INHERIT_SHARE;
	offset = entry->offset;
	memcpy(info->offset, &offset, sizeof(offset));
	info->wired = entry->wired_count > 0;
	return (true);
}

/* (task, *address, *size, flavor, info, *count, *object) */
kern_return_t
host_vm_region(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	struct ipc_thread *thread = call->thread;
	uint64_t address, start = 0, size = 0;
	uint32_t count, object = MACH_PORT_NULL;
	struct basic_info info;
	struct mach_memory m;
	kern_return_t kr;
	bool found;

	if ((int)a[3] != REGION_BASIC_64 && (int)a[3] != REGION_BASIC)
		return (KERN_INVALID_ARGUMENT);
	if (!ipc_os_copyin(thread, a[1], &address, sizeof(address)) ||
	    !ipc_os_copyin(thread, a[5], &count, sizeof(count)))
		return (KERN_INVALID_ADDRESS);
	if (count < BASIC_WORDS)
		return (KERN_INVALID_ARGUMENT);
	kr = mach_memory_of(call, 0, false, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	vm_map_lock_read(&m.vm->vm_map);
	found = region_find(&m.vm->vm_map, address, &start, &size, &info);
	vm_map_unlock_read(&m.vm->vm_map);
	mach_memory_release(&m);
	if (!found)
		return (KERN_INVALID_ADDRESS);
	count = BASIC_WORDS;
	if (!ipc_os_copyout(thread, &start, a[1], sizeof(start)) ||
	    !ipc_os_copyout(thread, &size, a[2], sizeof(size)) ||
	    !ipc_os_copyout(thread, &info, a[4], sizeof(info)) ||
	    !ipc_os_copyout(thread, &count, a[5], sizeof(count)) ||
	    !ipc_os_copyout(thread, &object, a[6], sizeof(object)))
		return (KERN_INVALID_ADDRESS);
	return (KERN_SUCCESS);
}
