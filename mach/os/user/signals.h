/*
 * Where a signal's handler must not run: it may come here, too, and would wait
 * for the thread that it interrupts.  May be nested; `old` is the caller's.
 */
#ifndef ISTHMUS_MACH_OS_USER_SIGNALS_H
#define ISTHMUS_MACH_OS_USER_SIGNALS_H

#include <signal.h>

void signals_block(sigset_t *old);
void signals_restore(const sigset_t *old);

#endif
