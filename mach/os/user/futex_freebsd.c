/*
 * Waiting by address on FreeBSD.
 */
#include <sys/types.h>
#include <sys/umtx.h>
#include <errno.h>
#include <time.h>

#include "mach/os/user/futex.h"

static bool
wait(int op, uint32_t *word, uint32_t value, uint64_t deadline)
{
	struct _umtx_time until = {
		._timeout = {
			.tv_sec = (time_t)(deadline / 1000000000),
			.tv_nsec = (long)(deadline % 1000000000),
		},
		._flags = UMTX_ABSTIME,
		._clockid = CLOCK_MONOTONIC,
	};
	bool forever = deadline == UINT64_MAX, interrupted;
	int saved = errno;

	interrupted =
	    _umtx_op(word, op, value, forever ? NULL : (void *)sizeof(until),
		forever ? NULL : &until) != 0 &&
	    errno == EINTR;
	/* A trap leaves errno alone, also one that waits for a lock. */
	errno = saved;
	return (interrupted);
}

bool
futex_wait(uint32_t *word, uint32_t value, uint64_t deadline)
{
	return (wait(UMTX_OP_WAIT_UINT_PRIVATE, word, value, deadline));
}

void
futex_wake(uint32_t *word, int n)
{
	_umtx_op(word, UMTX_OP_WAKE_PRIVATE, (unsigned long)n, NULL, NULL);
}

bool
futex_wait_shared(uint32_t *word, uint32_t value, uint64_t deadline)
{
	return (wait(UMTX_OP_WAIT_UINT, word, value, deadline));
}

void
futex_wake_shared(uint32_t *word, int n)
{
	_umtx_op(word, UMTX_OP_WAKE, (unsigned long)n, NULL, NULL);
}
