/*
 * HOST rows of traps.def: mach_vm_* on the caller's own task, by the calls
 * behind mmap(2), munmap(2) and mprotect(2), with their limits and checks.
 */
#include <mach/vm_statistics.h>

#include "mach/core/ipc.h"
#include "mach/os/freebsd/freebsd.h"

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
    uint32_t flags, uint32_t protection)
{
	struct thread *td = curthread;
	struct mmap_req request = { 0 };
	uint64_t address = 0;
	int aligned = alignment_of(mask), error;

	if (!ipc_os_copyin(call->thread, where, &address, sizeof(address)))
		return (KERN_INVALID_ADDRESS);
	if (aligned < 0 || protection & ~7u)
		return (KERN_INVALID_ARGUMENT);
	if (size != 0) {
		if (round_page(size) < size)
			return (KERN_NO_SPACE);
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

/* (address, size): of whole pages around it. */
static kern_return_t
unmap(uint64_t address, uint64_t size)
{
	if (size == 0)
		return (KERN_SUCCESS);
	if (address + size < address)
		return (KERN_INVALID_ADDRESS);
	return (kern_munmap(curthread, trunc_page(address),
		    round_page(address + size) - trunc_page(address)) == 0 ?
		KERN_SUCCESS : KERN_INVALID_ADDRESS);
}

int
mach_vm_call(struct ipc_call *call)
{
	const uint64_t *a = call->raw;

	/* Another task's memory is not reached yet. */
	if (call->arg[0].v.task != call->thread->task)
		return (KERN_NOT_SUPPORTED);
	switch (call->trap->number) {
	case 10: /* allocate(task, &address, size, flags) */
		return (map(call, a[1], a[2], 0, (uint32_t)a[3],
		    PROT_READ | PROT_WRITE));
	case 12: /* deallocate(task, address, size) */
		return (unmap(a[1], a[2]));
	case 14: /* protect(task, address, size, set_maximum, protection) */
		if (a[3] != 0)
			return (KERN_NOT_SUPPORTED);
		if (a[4] & ~UINT64_C(7) || a[1] + a[2] < a[1])
			return (KERN_INVALID_ARGUMENT);
		return (result_of(mach_mprotect(curthread, trunc_page(a[1]),
		    round_page(a[1] + a[2]) - trunc_page(a[1]), (int)a[4])));
	case 15: /* map(task, &address, size, mask, flags, protection) */
		return (map(call, a[1], a[2], a[3], (uint32_t)a[4],
		    (uint32_t)a[5]));
	default:
		return (KERN_NOT_SUPPORTED);
	}
}
