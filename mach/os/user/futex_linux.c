/*
 * Waiting by address on Linux.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mach/os/user/futex.h"

static bool
wait(uint32_t *word, uint32_t value, uint64_t deadline, int private)
{
	struct timespec ts, *until = NULL;
	int saved = errno;
	bool interrupted;

	if (deadline != UINT64_MAX) {
		ts.tv_sec = (time_t)(deadline / 1000000000);
		ts.tv_nsec = (long)(deadline % 1000000000);
		until = &ts;
	}
	/* The bitset form takes a point in time, not a span. */
	interrupted = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | private,
			  value, until, NULL, FUTEX_BITSET_MATCH_ANY) != 0 &&
		      errno == EINTR;
	/* A trap leaves errno alone, also one that waits for a lock. */
	errno = saved;
	return (interrupted);
}

bool
futex_wait(uint32_t *word, uint32_t value, uint64_t deadline)
{
	return (wait(word, value, deadline, FUTEX_PRIVATE_FLAG));
}

void
futex_wake(uint32_t *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

bool
futex_wait_shared(uint32_t *word, uint32_t value, uint64_t deadline)
{
	return (wait(word, value, deadline, 0));
}

void
futex_wake_shared(uint32_t *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE, n, NULL, NULL, 0);
}
