/*
 * Memory of a task, in one process: the traps by which it is got, given back
 * and protected.  All tasks share the address space, so whose it is does not
 * matter.  What else mach_vm can do is not supported.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/vm_prot.h>
#include <mach/vm_statistics.h>

#include "mach/core/call.h"
#include "mach/os/user/region.h"

/* Whole pages around it; false when they pass the end of addresses. */
static bool
pages_of(uint64_t *address, uint64_t *size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), end;

	if (*address + *size < *address ||
	    *address + *size > UINT64_MAX - (page - 1))
		return (false);
	end = (*address + *size + page - 1) & ~(page - 1);
	*address &= ~(page - 1);
	*size = end - *address;
	return (true);
}

static int
prot_of(uint32_t prot)
{
	return ((prot & VM_PROT_READ ? PROT_READ : 0) |
	    (prot & VM_PROT_WRITE ? PROT_WRITE : 0) |
	    (prot & VM_PROT_EXECUTE ? PROT_EXEC : 0));
}

/* At raw[1], where the address is read and put. */
static int
vm_allocate(struct ipc_call *call, uint64_t size, uint32_t flags, int prot)
{
	struct ipc_thread *thread = call->thread;
	uint64_t address = 0;
	void *map;

	if (!ipc_os_copyin(thread, call->raw[1], &address, sizeof(address)))
		return (KERN_INVALID_ADDRESS);
	if (size == 0) {
		address = 0;
	} else {
		if (flags & VM_FLAGS_ANYWHERE)
			address = 0;
		if (!pages_of(&address, &size))
			return (KERN_INVALID_ARGUMENT);
		map = mmap((void *)(uintptr_t)address, size, prot,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (map == MAP_FAILED)
			return (KERN_NO_SPACE);
		if (!(flags & VM_FLAGS_ANYWHERE) &&
		    map != (void *)(uintptr_t)address) {
			/* Something is there already. */
			munmap(map, size);
			return (KERN_NO_SPACE);
		}
		address = (uint64_t)(uintptr_t)map;
	}
	return (ipc_os_copyout(
		    thread, &address, call->raw[1], sizeof(address)) ?
		KERN_SUCCESS : KERN_INVALID_ADDRESS);
}

static int
vm_deallocate(uint64_t address, uint64_t size)
{
	if (size == 0)
		return (KERN_SUCCESS);
	if (!pages_of(&address, &size) ||
	    munmap((void *)(uintptr_t)address, size) != 0)
		return (KERN_INVALID_ARGUMENT);
	return (KERN_SUCCESS);
}

static int
vm_protect(uint64_t address, uint64_t size, bool maximum, uint32_t prot)
{
	if (prot & ~(uint32_t)VM_PROT_ALL || !pages_of(&address, &size))
		return (KERN_INVALID_ARGUMENT);
	/* There is no second protection to be lowered. */
	if (maximum)
		return (KERN_NOT_SUPPORTED);
	if (size == 0)
		return (KERN_SUCCESS);
	if (mprotect((void *)(uintptr_t)address, size, prot_of(prot)) != 0)
		return (errno == ENOMEM ? KERN_INVALID_ADDRESS :
					  KERN_PROTECTION_FAILURE);
	return (KERN_SUCCESS);
}

int
user_vm_call(struct ipc_call *call)
{
	const uint64_t *a = call->raw;

	switch (call->trap->number) {
	case 10: /* (task, *address, size, flags) */
		return (vm_allocate(call, a[2], (uint32_t)a[3],
		    PROT_READ | PROT_WRITE));
	case 12: /* (task, address, size) */
		return (vm_deallocate(a[1], a[2]));
	case 14: /* (task, address, size, set maximum, protection) */
		return (vm_protect(
		    a[1], a[2], (uint32_t)a[3] != 0, (uint32_t)a[4]));
	case 15: /* (task, *address, size, mask, flags, protection) */
		if (a[3] != 0)
			return (KERN_NOT_SUPPORTED);
		return (vm_allocate(
		    call, a[2], (uint32_t)a[4], prot_of((uint32_t)a[5])));
	default:
		return (KERN_NOT_SUPPORTED);
	}
}
