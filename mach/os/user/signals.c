/*
 * Signals, blocked in a thread for a while.
 */
#include <pthread.h>

#include "mach/os/user/signals.h"

/* Only the outermost asks the system: a handler always finds 0. */
static _Thread_local unsigned int depth;

void
signals_block(sigset_t *old)
{
	sigset_t all;

	if (depth == 0) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, old);
	}
	depth++;
}

void
signals_restore(const sigset_t *old)
{
	if (--depth == 0)
		pthread_sigmask(SIG_SETMASK, old, NULL);
}
