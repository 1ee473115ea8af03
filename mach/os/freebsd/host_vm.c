/*
 * HOST rows of traps.def: mach_vm_* on the caller's own task, by the calls
 * behind mmap(2), munmap(2) and mprotect(2), with their limits and checks.
 */
#include <mach/vm_statistics.h>
#include <mach/vm_sync.h>

#include "mach/core/ipc.h"
#include "mach/os/freebsd/calls.h"

#include <sys/mman.h>
#include <sys/proc.h>
#include <sys/syscallsubr.h>

#include "mach/os/freebsd/compat.h"

static kern_return_t
result_of(int error)
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

/* MAP_ALIGNED(n) for a mask of that many low bits; -1 for another mask. */
static int
alignment_of(uint64_t mask)
{
	int n = flsll((long long)mask);

	if (mask != 0 && (mask & (mask + 1)) != 0)
		return (-1);
	if (n <= PAGE_SHIFT)
		return (0);
	return (n >= 48 ? -1 : MAP_ALIGNED(n));
}

/* Anonymous memory; the address is read from, and put to, `where`. */
static kern_return_t
map(struct ipc_call *call, uint64_t where, uint64_t size, uint64_t mask,
    uint32_t flags, uint32_t protection, uint32_t inheritance)
{
	struct thread *td = curthread;
	struct mmap_req request = { 0 };
	uint64_t address = 0;
	int aligned = alignment_of(mask), error;

	if (!ipc_os_copyin(call->thread, where, &address, sizeof(address)))
		return (KERN_INVALID_ADDRESS);
	if (aligned < 0 || (protection & ~(7u | PROT_MAX(7u))) != 0 ||
	    inheritance > INHERIT_NONE)
		return (KERN_INVALID_ARGUMENT);
	if (size != 0) {
		if (round_page(size) < size)
			return (KERN_INVALID_ARGUMENT);
		request.mr_len = round_page(size);
		request.mr_prot = (int)protection;
		request.mr_flags = MAP_ANON | MAP_PRIVATE | aligned;
		request.mr_fd = -1;
		if (!(flags & VM_FLAGS_ANYWHERE)) {
			request.mr_hint = trunc_page(address);
			request.mr_flags |= MAP_FIXED;
			if (!(flags & VM_FLAGS_OVERWRITE))
				request.mr_flags |= MAP_EXCL;
		}
		error = kern_mmap(td, &request);
		if (error != 0)
			return (result_of(error));
		address = (uint64_t)td->td_retval[0];
		if (inheritance != INHERIT_COPY)
			(void)kern_minherit(
			    td, address, request.mr_len, (int)inheritance);
	} else {
		address = 0;
	}
	if (!ipc_os_copyout(call->thread, &address, where, sizeof(address))) {
		if (size != 0)
			(void)kern_munmap(td, address, request.mr_len);
		return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

/* Another task's memory is not reached yet. */
static bool
is_own(const struct ipc_call *call)
{
	return (call->arg[0].v.task == call->thread->task);
}

/* The pages of a call's address and size; `*length` 0 with size 0. */
static kern_return_t
pages(const struct ipc_call *call, uint64_t *start, uint64_t *length)
{
	uint64_t address = call->raw[1], size = call->raw[2];

	*length = 0;
	if (!is_own(call))
		return (KERN_NOT_SUPPORTED);
	if (size == 0)
		return (KERN_SUCCESS);
	if (address + size < address || round_page(address + size) == 0)
		return (KERN_INVALID_ARGUMENT);
	*start = trunc_page(address);
	*length = round_page(address + size) - *start;
	return (KERN_SUCCESS);
}

/* (task, *address, size, flags) */
kern_return_t
host_vm_allocate(struct ipc_call *call)
{
	const uint64_t *a = call->raw;

	if (!is_own(call))
		return (KERN_NOT_SUPPORTED);
	if (a[3] & ~(uint64_t)VM_FLAGS_USER_ALLOCATE)
		return (KERN_INVALID_ARGUMENT);
	return (map(call, a[1], a[2], 0, (uint32_t)a[3], PROT_READ | PROT_WRITE,
	    INHERIT_COPY));
}

/* (task, *address, size, mask, flags, protection) */
kern_return_t
host_vm_map_short(struct ipc_call *call)
{
	const uint64_t *a = call->raw;

	if (!is_own(call))
		return (KERN_NOT_SUPPORTED);
	if (a[5] & ~UINT64_C(7))
		return (KERN_INVALID_ARGUMENT);
	return (map(call, a[1], a[2], a[3], (uint32_t)a[4], (uint32_t)a[5],
	    INHERIT_COPY));
}

/*
 * (task, *address, size, mask, flags, object, offset, copy, protection,
 * maximum, inheritance): anonymous memory only, so far.
 */
kern_return_t
host_vm_map(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	uint32_t protection = (uint32_t)a[8], maximum = (uint32_t)a[9];

	if (!is_own(call) || (uint32_t)a[5] != MACH_PORT_NULL)
		return (KERN_NOT_SUPPORTED);
	if ((protection | maximum) & ~7u || (protection & ~maximum) != 0)
		return (KERN_INVALID_ARGUMENT);
	return (map(call, a[1], a[2], a[3], (uint32_t)a[4],
	    protection | PROT_MAX(maximum), (uint32_t)a[10]));
}

/* (task, address, size) */
kern_return_t
host_vm_deallocate(struct ipc_call *call)
{
	uint64_t start, length;
	kern_return_t kr;

	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	return (kern_munmap(curthread, start, length) == 0
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

/* (task, address, size, set_maximum, protection) */
kern_return_t
host_vm_protect(struct ipc_call *call)
{
	uint64_t start, length;
	kern_return_t kr;

	/* VM_PROT_COPY, 16, is what a write to such memory does anyway. */
	if (call->raw[4] & ~UINT64_C(0x17))
		return (KERN_INVALID_ARGUMENT);
	if ((uint32_t)call->raw[3] != 0)
		return (KERN_NOT_SUPPORTED);
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	/* mprotect(2) does not mind holes. */
	if (!host_vm_mapped(start, length))
		return (KERN_INVALID_ADDRESS);
	return (result_of(
	    mach_mprotect(curthread, start, length, (int)call->raw[4] & 7)));
}

/* (task, address, size, inheritance): numbered as minherit(2)'s. */
kern_return_t
host_vm_inherit(struct ipc_call *call)
{
	uint64_t start, length;
	kern_return_t kr;

	if ((uint32_t)call->raw[3] > INHERIT_NONE)
		return (KERN_INVALID_ARGUMENT);
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	if (!host_vm_mapped(start, length))
		return (KERN_INVALID_ADDRESS);
	return (result_of(
	    kern_minherit(curthread, start, length, (int)call->raw[3])));
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
	uint64_t start, length;
	kern_return_t kr;

	if (behavior >= nitems(advice))
		return (KERN_INVALID_ARGUMENT);
	if (advice[behavior] < 0)
		return (KERN_NOT_SUPPORTED);
	kr = pages(call, &start, &length);
	if (kr != KERN_SUCCESS || length == 0)
		return (kr);
	return (result_of(
	    kern_madvise(curthread, start, length, advice[behavior])));
}

/* (task, address, size, flags) */
kern_return_t
host_vm_msync(struct ipc_call *call)
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
	if (flags & VM_SYNC_ASYNCHRONOUS)
		how = MS_ASYNC;
	if (flags & VM_SYNC_INVALIDATE)
		how |= MS_INVALIDATE;
	return (kern_msync(curthread, start, length, how) == 0
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

/* (task, address, size, *data, *count): a copy, anywhere. */
kern_return_t
host_vm_read(struct ipc_call *call)
{
	struct ipc_task *task = call->thread->task;
	struct ipc_region *region;
	uint64_t address = 0;
	kern_return_t kr;

	if (!is_own(call))
		return (KERN_NOT_SUPPORTED);
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

#define CHUNK 4096u

/* By way of the kernel, from the end that keeps what overlaps. */
static kern_return_t
copy(struct ipc_call *call, uint64_t to, uint64_t from, uint64_t size)
{
	uint64_t done, n, at;
	kern_return_t kr = KERN_SUCCESS;
	void *buffer;

	if (!is_own(call))
		return (KERN_NOT_SUPPORTED);
	if (from + size < from || to + size < to)
		return (KERN_INVALID_ADDRESS);
	if (size == 0)
		return (KERN_SUCCESS);
	buffer = ipc_mem_alloc(IPC_MEM_RIGHTS, CHUNK, 0);
	if (buffer == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	for (done = 0; done < size; done += n) {
		n = MIN(CHUNK, size - done);
		at = to <= from ? done : size - done - n;
		if (!ipc_os_copyin(call->thread, from + at, buffer, n) ||
		    !ipc_os_copyout(call->thread, buffer, to + at, n)) {
			kr = KERN_INVALID_ADDRESS;
			break;
		}
		maybe_yield();
	}
	ipc_mem_free(IPC_MEM_RIGHTS, buffer, CHUNK);
	return (kr);
}

/* (task, address, data, count) */
kern_return_t
host_vm_write(struct ipc_call *call)
{
	return (copy(call, call->raw[1], call->raw[2], (uint32_t)call->raw[3]));
}

/* (task, source, size, destination) */
kern_return_t
host_vm_copy(struct ipc_call *call)
{
	return (copy(call, call->raw[3], call->raw[1], call->raw[2]));
}

/* (task, address, size, data, *size) */
kern_return_t
host_vm_read_overwrite(struct ipc_call *call)
{
	call->arg[4].v.u = call->raw[2];
	return (copy(call, call->raw[3], call->raw[1], call->raw[2]));
}
