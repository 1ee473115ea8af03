/*
 * What tracing asks of Linux.
 */
#include <sys/syscall.h>
#include <sys/uio.h>

#include <unistd.h>

#include "mach/lib/trace.h"

uint64_t
mach_trace_thread_id(void)
{
	return ((uint64_t)syscall(SYS_gettid));
}

/* Read as of another process: an address that is not there is an error. */
bool
mach_trace_read(uint64_t address, void *to, size_t size)
{
	struct iovec local = { to, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };

	if (size == 0)
		return (true);
	return (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) ==
		(ssize_t)size);
}
