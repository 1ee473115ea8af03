/*
 * HOST rows of traps.def: bytes between tasks, or within one.
 */
#include "mach/os/freebsd/memory.h"

#include <sys/proc.h>

#define CHUNK 4096u

/* (task, address, size, *data, *count): a copy, anywhere. */
kern_return_t
host_vm_read(struct ipc_call *call)
{
	struct ipc_region *region;
	struct mach_memory m;
	uint64_t address = 0;
	kern_return_t kr;

	if (call->raw[2] > UINT32_MAX)
		return (KERN_INVALID_ARGUMENT);
	kr = mach_memory_of(call, 0, false, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (call->raw[2] != 0) {
		kr = mach_region_take(&m, call->raw[1], call->raw[2], &region);
		if (kr == KERN_SUCCESS) {
			kr = ipc_region_copyout(
			    call->thread->task, region, &address);
			if (kr != KERN_SUCCESS)
				ipc_region_destroy(region);
		}
	}
	mach_memory_release(&m);
	call->arg[3].v.u = address;
	call->arg[4].v.u = call->raw[2];
	return (kr);
}

/* By way of the kernel, from the end that keeps what overlaps. */
static kern_return_t
copy(const struct mach_memory *into, uint64_t to, const struct mach_memory *of,
    uint64_t from, uint64_t size)
{
	kern_return_t kr = KERN_SUCCESS;
	uint64_t done, n, at;
	void *buffer;

	if (from + size < from || to + size < to)
		return (KERN_INVALID_ADDRESS);
	if (size == 0)
		return (KERN_SUCCESS);
	buffer = ipc_mem_alloc(IPC_MEM_RIGHTS, CHUNK, 0);
	if (buffer == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	for (done = 0; done < size && kr == KERN_SUCCESS; done += n) {
		n = MIN(CHUNK, size - done);
		at = to <= from ? done : size - done - n;
		kr = mach_memory_get(of, from + at, buffer, n);
		if (kr == KERN_SUCCESS)
			kr = mach_memory_put(into, to + at, buffer, n);
		if (kr == KERN_SUCCESS)
			kr = mach_memory_pause();
	}
	ipc_mem_free(IPC_MEM_RIGHTS, buffer, CHUNK);
	return (kr);
}

/* (task, address, data, count) */
kern_return_t
host_vm_write(struct ipc_call *call)
{
	struct mach_memory m, own;
	kern_return_t kr;

	kr = mach_memory_of(call, 0, true, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	mach_memory_own(&own);
	kr = copy(&m, call->raw[1], &own, call->raw[2], (uint32_t)call->raw[3]);
	mach_memory_release(&m);
	return (kr);
}

/* (task, source, size, destination) */
kern_return_t
host_vm_copy(struct ipc_call *call)
{
	struct mach_memory m;
	kern_return_t kr;

	kr = mach_memory_of(call, 0, true, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = copy(&m, call->raw[3], &m, call->raw[1], call->raw[2]);
	mach_memory_release(&m);
	return (kr);
}

/* (task, address, size, data, *size) */
kern_return_t
host_vm_read_overwrite(struct ipc_call *call)
{
	struct mach_memory m, own;
	kern_return_t kr;

	kr = mach_memory_of(call, 0, false, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	mach_memory_own(&own);
	call->arg[4].v.u = call->raw[2];
	kr = copy(&own, call->raw[3], &m, call->raw[1], call->raw[2]);
	mach_memory_release(&m);
	return (kr);
}
