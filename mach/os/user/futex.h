/*
 * Waiting by address: futex(2) on Linux, _umtx_op(2) on FreeBSD; one file
 * each.
 */
#ifndef ISTHMUS_MACH_OS_USER_FUTEX_H
#define ISTHMUS_MACH_OS_USER_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sleeps while the word is `value`, at most until `deadline` of the monotonic
 * clock in nanoseconds (UINT64_MAX: for ever).  Comes back early, too; true
 * when a signal's handler was the reason (where there is no deadline, one
 * without SA_RESTART: a timer would cost more than the call).  Within one
 * process.
 */
bool futex_wait(uint32_t *word, uint32_t value, uint64_t deadline);
void futex_wake(uint32_t *word, int n);
/* The same between processes that share the memory. */
bool futex_wait_shared(uint32_t *word, uint32_t value, uint64_t deadline);
void futex_wake_shared(uint32_t *word, int n);

#endif
