/*
 * HOST rows of traps.def: mach_vm_* on memory that is there, of the caller's
 * task and of others.
 */
#include <mach/vm_sync.h>

#include "mach/os/freebsd/memory.h"

#include <sys/mman.h>
#include <vm/vm_extern.h>

kern_return_t
host_vm_result(int error)
{
	switch (error) {
	case 0:
		return (KERN_SUCCESS);
	case ENOMEM:
		return (KERN_NO_SPACE);
	case EACCES:
	case EPERM:
	case ENOTSUP:
		return (KERN_PROTECTION_FAILURE);
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/* A call's task, and the pages of its address and size, to be changed. */
struct range {
	struct mach_memory m;
	vm_map_t map;
	vm_offset_t start, end;
};

/* With `mapped` there are no holes in it.  It is empty with a size of 0. */
static kern_return_t
range_begin(struct ipc_call *call, bool mapped, struct range *r)
{
	uint64_t address = call->raw[1], size = call->raw[2];
	vm_size_t length;
	kern_return_t kr;

	if (address + size < address || round_page(address + size) < size)
		return (KERN_INVALID_ARGUMENT);
	kr = mach_memory_of(call, 0, true, &r->m);
	if (kr != KERN_SUCCESS)
		return (kr);
	r->map = &r->m.vm->vm_map;
	r->start = r->end = 0;
	if (size == 0)
		return (KERN_SUCCESS);
	if (!mach_memory_pages(&r->m, address, size, &r->start, &length) ||
	    (mapped && !mach_memory_mapped(&r->m, r->start, length))) {
		mach_memory_release(&r->m);
		return (KERN_INVALID_ADDRESS);
	}
	r->end = r->start + length;
	return (KERN_SUCCESS);
}

static kern_return_t
range_end(struct range *r, kern_return_t kr)
{
	mach_memory_release(&r->m);
	return (kr);
}

/* (task, address, size) */
kern_return_t
host_vm_deallocate(struct ipc_call *call)
{
	struct range r;
	kern_return_t kr;

	kr = range_begin(call, false, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (r.start != r.end)
		kr = vm_map_remove(r.map, r.start, r.end);
	return (range_end(&r, kr));
}

/* (task, address, size, set_maximum, protection) */
kern_return_t
host_vm_protect(struct ipc_call *call)
{
	vm_prot_t prot = call->raw[4] & VM_PROT_ALL;
	bool maximum = (uint32_t)call->raw[3] != 0;
	struct range r;
	kern_return_t kr;

	/* VM_PROT_COPY, 16, is what a write to such memory does anyway. */
	if (call->raw[4] & ~UINT64_C(0x17))
		return (KERN_INVALID_ARGUMENT);
	kr = range_begin(call, true, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	/* A maximum takes away from what there is, and never adds. */
	kr = vm_map_protect(r.map, r.start, r.end, prot, prot,
	    maximum ? VM_MAP_PROTECT_SET_MAXPROT : VM_MAP_PROTECT_SET_PROT);
	return (range_end(&r, kr));
}

/* (task, address, size, inheritance): numbered as minherit(2)'s. */
kern_return_t
host_vm_inherit(struct ipc_call *call)
{
	struct range r;
	kern_return_t kr;

	if ((uint32_t)call->raw[3] > INHERIT_NONE)
		return (KERN_INVALID_ARGUMENT);
	kr = range_begin(call, true, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = vm_map_inherit(r.map, r.start, r.end, (vm_inherit_t)call->raw[3]);
	return (range_end(&r, kr));
}

/* (task, address, size, behavior) */
kern_return_t
host_vm_behavior_set(struct ipc_call *call)
{
	/* By VM_BEHAVIOR_*. */
	static const int advice[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL,
		-1, MADV_WILLNEED, -1, MADV_FREE, -1, MADV_FREE, -1, -1, -1,
		-1 };
	uint32_t behavior = (uint32_t)call->raw[3];
	struct range r;
	kern_return_t kr;

	if (behavior >= nitems(advice))
		return (KERN_INVALID_ARGUMENT);
	if (advice[behavior] < 0)
		return (KERN_NOT_SUPPORTED);
	kr = range_begin(call, false, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = host_vm_result(
	    vm_map_madvise(r.map, r.start, r.end, advice[behavior]));
	return (range_end(&r, kr));
}

/* (task, address, size, flags) */
kern_return_t
host_vm_msync(struct ipc_call *call)
{
	uint32_t flags = (uint32_t)call->raw[3];
	struct range r;
	kern_return_t kr;

	if (flags & ~(uint32_t)(VM_SYNC_ASYNCHRONOUS | VM_SYNC_SYNCHRONOUS |
				VM_SYNC_INVALIDATE | VM_SYNC_CONTIGUOUS))
		return (KERN_NOT_SUPPORTED);
	if (flags & VM_SYNC_ASYNCHRONOUS && flags & VM_SYNC_SYNCHRONOUS)
		return (KERN_INVALID_ARGUMENT);
	kr = range_begin(call, true, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (r.start != r.end)
		kr = vm_map_sync(r.map, r.start, r.end,
		    !(flags & VM_SYNC_ASYNCHRONOUS),
		    (flags & VM_SYNC_INVALIDATE) != 0);
	return (range_end(&r, kr));
}
