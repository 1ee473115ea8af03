/*
 * Semaphores: every operation on one is a trap.
 */
#include <mach/mach_traps.h>
#include <mach/semaphore.h>
#include <mach/task.h>

#include "mach/lib/stub.h"

STUB_4(3418, semaphore_create, task_t, semaphore_t *, int, int)

/* The right that the caller has goes with it. */
STUB_2(3419, semaphore_destroy, task_t, semaphore_t)
STUB_1(33, semaphore_signal, semaphore_t)
STUB_1(34, semaphore_signal_all, semaphore_t)
STUB_2(35, semaphore_signal_thread, semaphore_t, thread_t)
STUB_1(36, semaphore_wait, semaphore_t)
STUB_2(37, semaphore_wait_signal, semaphore_t, semaphore_t)

kern_return_t
semaphore_timedwait(semaphore_t semaphore, mach_timespec_t time)
{
	return (MACH_TRAP(38, semaphore, time.tv_sec, time.tv_nsec));
}

kern_return_t
semaphore_timedwait_signal(
    semaphore_t wait, semaphore_t signal, mach_timespec_t time)
{
	return (MACH_TRAP(39, wait, signal, time.tv_sec, time.tv_nsec));
}
