/*
 * Sleeping for a parked thread, which the core itself never does.  Apart
 * because the simulator has other sleepers.
 */
#include "mach/core/ipc.h"
#include "mach/os/user/futex.h"
#include "mach/os/user/user.h"

void
ipc_os_wake(struct ipc_thread *thread)
{
	if (__atomic_exchange_n(&thread->wakes, 1, __ATOMIC_RELEASE) == 0)
		futex_wake(&thread->wakes, 1);
}

enum user_wake
user_park(struct ipc_thread *thread, uint64_t deadline)
{
	ipc_order_none();
	for (;;) {
		if (__atomic_exchange_n(&thread->wakes, 0, __ATOMIC_ACQUIRE) !=
		    0)
			return (USER_WOKEN);
		if (deadline != IPC_FOREVER && ipc_clock_now() >= deadline)
			return (USER_TIMED_OUT);
		if (futex_wait(&thread->wakes, 0, deadline))
			return (USER_INTERRUPTED);
	}
}
