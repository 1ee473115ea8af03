/*
 * Semaphores: every operation on one is a trap.
 */
#include <mach/mach_traps.h>
#include <mach/semaphore.h>
#include <mach/task.h>

#include "mach/lib/trap.h"

kern_return_t
semaphore_create(task_t task, semaphore_t *semaphore, int policy, int value)
{
	return (MACH_TRAP(3418, task, MACH_PTR(semaphore), policy, value));
}

/* The right that the caller has goes with it. */
kern_return_t
semaphore_destroy(task_t task, semaphore_t semaphore)
{
	return (MACH_TRAP(3419, task, semaphore));
}

kern_return_t
semaphore_signal(semaphore_t semaphore)
{
	return (MACH_TRAP(33, semaphore));
}

kern_return_t
semaphore_signal_all(semaphore_t semaphore)
{
	return (MACH_TRAP(34, semaphore));
}

kern_return_t
semaphore_signal_thread(semaphore_t semaphore, thread_t thread)
{
	return (MACH_TRAP(35, semaphore, thread));
}

kern_return_t
semaphore_wait(semaphore_t semaphore)
{
	return (MACH_TRAP(36, semaphore));
}

kern_return_t
semaphore_wait_signal(semaphore_t wait, semaphore_t signal)
{
	return (MACH_TRAP(37, wait, signal));
}

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
