/*
 * Delays that tests ask for (shake.h).
 */
#include "mach/os/user/shake.h"

#ifdef IPC_DEBUG

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static uint64_t seed, threads;
static bool on;

/* Before any trap, and before there are threads. */
__attribute__((constructor(101))) static void
shake_init(void)
{
	const char *value = getenv("ISTHMUS_SHAKE");

	on = value != NULL && *value != '\0';
	if (on)
		seed = strtoull(value, NULL, 10);
}

/* Each thread has a sequence of its own (xorshift64*). */
static uint32_t
next(void)
{
	static _Thread_local uint64_t state;

	if (state == 0)
		state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) +
			__atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((uint32_t)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 32));
}

void
ipc_shake(void)
{
	struct timespec ts = { 0, 0 };
	int saved = errno;
	uint32_t n;

	if (!on)
		return;
	n = next();
	switch (n % 64) {
	case 0: /* as if another had the processor */
		ts.tv_nsec = n / 64 % 2000000;
		break;
	case 1:
	case 2:
	case 3:
		ts.tv_nsec = n / 64 % 100000;
		break;
	default:
		if (n % 64 < 12)
			(void)sched_yield();
		return;
	}
	(void)nanosleep(&ts, NULL);
	errno = saved;
}

#else

/* A file without a declaration is none. */
extern int ipc_shake_unused;

#endif
