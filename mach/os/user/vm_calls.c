/*
 * mach_vm_* on memory that is there.  All tasks of the process have the same,
 * so that the task does not matter.
 */
#include <errno.h>
#include <sys/mman.h>

#include <mach/vm_behavior.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_statistics.h>
#include <mach/vm_sync.h>

#include "mach/os/user/calls.h"
#include "mach/os/user/memory.h"

#define PTR(address) ((void *)(uintptr_t)(address))

int
user_prot(int protection)
{
	return ((protection & VM_PROT_READ ? PROT_READ : 0) |
		(protection & VM_PROT_WRITE ? PROT_WRITE : 0) |
		(protection & VM_PROT_EXECUTE ? PROT_EXEC : 0));
}

static kern_return_t
kr_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return (KERN_PROTECTION_FAILURE);
	case EAGAIN:
		return (KERN_RESOURCE_SHORTAGE);
	case EINVAL:
		return (KERN_INVALID_ARGUMENT);
	default:
		return (KERN_INVALID_ADDRESS);
	}
}

/* (task, *address, size, flags) */
kern_return_t
user_vm_allocate(struct ipc_call *call)
{
	uint32_t flags = (uint32_t)call->raw[3];
	struct memory_place place = {
		.fixed = !(flags & VM_FLAGS_ANYWHERE),
		.overwrite = (flags & VM_FLAGS_OVERWRITE) != 0,
	};
	uint64_t address, start, length;
	kern_return_t kr;

	if (flags & ~(uint32_t)VM_FLAGS_USER_ALLOCATE)
		return (KERN_INVALID_ARGUMENT);
	if (!ipc_os_copyin(
		call->thread, call->raw[1], &address, sizeof(address)))
		return (KERN_INVALID_ADDRESS);
	if (call->raw[2] == 0) {
		address = 0;
	} else {
		/* A size alone, or pages around what is asked for. */
		if (!memory_pages(place.fixed ? address : 0, call->raw[2],
			&start, &length))
			return (KERN_INVALID_ARGUMENT);
		place.address = start;
		kr = memory_create(&place, length, &address);
		if (kr != KERN_SUCCESS)
			return (kr);
	}
	if (!ipc_os_copyout(
		call->thread, &address, call->raw[1], sizeof(address)))
		return (KERN_INVALID_ADDRESS);
	return (KERN_SUCCESS);
}

/* The pages of a call's address and size; `*length` 0 with size 0. */
static kern_return_t
pages(const struct ipc_call *call, uint64_t *start, uint64_t *length)
{
	*length = 0;
	if (call->raw[2] == 0)
		return (KERN_SUCCESS);
	return (memory_pages(call->raw[1], call->raw[2], start, length)
		    ? KERN_SUCCESS
		    : KERN_INVALID_ARGUMENT);
}

/* (task, address, size) */
kern_return_t
user_vm_deallocate(struct ipc_call *call)
{
	uint64_t start, length;
	kern_return_t kr;

	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	return (memory_destroy(start, length));
}

/* (task, address, size, set_maximum, protection) */
kern_return_t
user_vm_protect(struct ipc_call *call)
{
	int protection = (int)call->raw[4];
	uint64_t start, length;
	kern_return_t kr;

	if (protection & ~(int)(VM_PROT_ALL | VM_PROT_COPY))
		return (KERN_INVALID_ARGUMENT);
	/* There is no maximum below what a mapping may be given. */
	if ((uint32_t)call->raw[3] != 0)
		return (KERN_NOT_SUPPORTED);
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	/* FreeBSD's mprotect passes over what is not mapped. */
	if (!memory_os_mapped(start, length))
		return (KERN_INVALID_ADDRESS);
	/* Who receives it is to write to it, and who sends it is not. */
	if ((protection & VM_PROT_ALL) != VM_PROT_DEFAULT)
		memory_leave(start, length);
	if (mprotect(PTR(start), length, user_prot(protection)) != 0)
		return (kr_of(errno));
	return (KERN_SUCCESS);
}

/* (task, address, size, inheritance) */
kern_return_t
user_vm_inherit(struct ipc_call *call)
{
	uint32_t inheritance = (uint32_t)call->raw[3];
	uint64_t start, length;
	kern_return_t kr;

	if (inheritance > VM_INHERIT_LAST_VALID)
		return (KERN_INVALID_ARGUMENT);
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	if (!memory_os_mapped(start, length))
		return (KERN_INVALID_ADDRESS);
	return (memory_inherit(start, length, (int)inheritance)
		    ? KERN_SUCCESS
		    : KERN_NOT_SUPPORTED);
}

/* (task, address, size, *data, *count): a copy, anywhere. */
kern_return_t
user_vm_read(struct ipc_call *call)
{
	struct ipc_task *task = call->thread->task;
	struct ipc_region *region;
	uint64_t address = 0;
	kern_return_t kr;

	if (call->raw[2] > UINT32_MAX)
		return (KERN_INVALID_ARGUMENT);
	if (call->raw[2] != 0) {
		kr = ipc_region_copyin(
		    task, call->raw[1], call->raw[2], false, &region);
		if (kr != KERN_SUCCESS)
			return (kr);
		kr = ipc_region_copyout(task, region, &address);
		if (kr != KERN_SUCCESS) {
			ipc_region_destroy(region);
			return (kr);
		}
	}
	call->arg[3].v.u = address;
	call->arg[4].v.u = call->raw[2];
	return (KERN_SUCCESS);
}

static kern_return_t
copy(struct ipc_call *call, uint64_t to, uint64_t from, uint64_t size)
{
	struct ipc_task *task = call->thread->task;
	struct ipc_region *region;
	kern_return_t kr;
	bool ok;

	if (size == 0)
		return (KERN_SUCCESS);
	if (from + size < from || to + size < to)
		return (KERN_INVALID_ADDRESS);
	if (from + size <= to || to + size <= from) {
		ok = memory_os_copy(to, from, size);
		return (ok ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
	}
	/* It overlaps: by way of a copy. */
	kr = ipc_region_copyin(task, from, size, false, &region);
	if (kr != KERN_SUCCESS)
		return (kr);
	ok = memory_os_mapped(to, size);
	if (ok)
		ipc_region_read(region, PTR(to), size);
	ipc_region_destroy(region);
	return (ok ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
}

/* (task, address, data, count) */
kern_return_t
user_vm_write(struct ipc_call *call)
{
	return (copy(call, call->raw[1], call->raw[2], (uint32_t)call->raw[3]));
}

/* (task, source, size, destination) */
kern_return_t
user_vm_copy(struct ipc_call *call)
{
	return (copy(call, call->raw[3], call->raw[1], call->raw[2]));
}

/* (task, address, size, data, *size) */
kern_return_t
user_vm_read_overwrite(struct ipc_call *call)
{
	call->arg[4].v.u = call->raw[2];
	return (copy(call, call->raw[3], call->raw[1], call->raw[2]));
}

/* (task, address, size, flags) */
kern_return_t
user_vm_msync(struct ipc_call *call)
{
	uint32_t flags = (uint32_t)call->raw[3];
	uint64_t start, length;
	kern_return_t kr;
	int how = 0;

	if (flags & ~(uint32_t)(VM_SYNC_ASYNCHRONOUS | VM_SYNC_SYNCHRONOUS |
				VM_SYNC_INVALIDATE | VM_SYNC_CONTIGUOUS))
		return (KERN_NOT_SUPPORTED);
	if (flags & VM_SYNC_ASYNCHRONOUS && flags & VM_SYNC_SYNCHRONOUS)
		return (KERN_INVALID_ARGUMENT);
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	if (flags & VM_SYNC_SYNCHRONOUS)
		how = MS_SYNC;
	else if (flags & VM_SYNC_ASYNCHRONOUS)
		how = MS_ASYNC;
	if (flags & VM_SYNC_INVALIDATE)
		how |= MS_INVALIDATE;
	return (
	    msync(PTR(start), length, how) == 0 ? KERN_SUCCESS : kr_of(errno));
}

/* (task, address, size, behavior) */
kern_return_t
user_vm_behavior_set(struct ipc_call *call)
{
	int behavior = (int)call->raw[3], advice;
	uint64_t start, length;
	kern_return_t kr;

	switch (behavior) {
	case VM_BEHAVIOR_DEFAULT:
		advice = MADV_NORMAL;
		break;
	case VM_BEHAVIOR_RANDOM:
		advice = MADV_RANDOM;
		break;
	case VM_BEHAVIOR_SEQUENTIAL:
		advice = MADV_SEQUENTIAL;
		break;
	case VM_BEHAVIOR_WILLNEED:
		advice = MADV_WILLNEED;
		break;
	case VM_BEHAVIOR_FREE:
	case VM_BEHAVIOR_REUSABLE:
		/* Content may be lost: that of a file is not. */
		advice = MADV_FREE;
		break;
	default:
		return (behavior < 0 || behavior > VM_BEHAVIOR_LAST_VALID
			    ? KERN_INVALID_ARGUMENT
			    : KERN_NOT_SUPPORTED);
	}
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	if (madvise(PTR(start), length, advice) == 0)
		return (KERN_SUCCESS);
	return (advice == MADV_FREE && errno == EINVAL ? KERN_NOT_SUPPORTED
						       : kr_of(errno));
}
