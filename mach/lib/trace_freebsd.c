/*
 * What tracing asks of FreeBSD.
 */
#include <sys/types.h>

#include <fcntl.h>
#include <pthread_np.h>
#include <unistd.h>

#include "mach/lib/trace.h"

#define PIECE 512 /* what a pipe takes at once, at least: PIPE_BUF */

uint64_t
mach_trace_thread_id(void)
{
	return ((uint64_t)pthread_getthreadid_np());
}

/*
 * By way of a pipe: write(2) of an address that is not there is an error.  Its
 * own each time, as threads and children would mix what is in one.
 */
bool
mach_trace_read(uint64_t address, void *to, size_t size)
{
	size_t at, n;
	bool ok = true;
	int fds[2];

	if (size == 0)
		return (true);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return (false);
	for (at = 0; ok && at < size; at += n) {
		n = size - at < PIECE ? size - at : PIECE;
		ok = write(fds[1], (const char *)(uintptr_t)address + at, n) ==
			 (ssize_t)n &&
		     read(fds[0], (char *)to + at, n) == (ssize_t)n;
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	return (ok);
}
