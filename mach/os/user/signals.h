/*
 * Where a signal's handler must not run: it may come here, too, and would wait
 * for the thread that it interrupts.
 */
#ifndef ISTHMUS_MACH_OS_USER_SIGNALS_H
#define ISTHMUS_MACH_OS_USER_SIGNALS_H

#include <pthread.h>
#include <signal.h>

static inline void
signals_block(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

static inline void
signals_restore(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

#endif
