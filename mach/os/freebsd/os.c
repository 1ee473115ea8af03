/*
 * The seam in the kernel: memory, user memory, clocks, chance, and sleeping
 * for a parked thread.
 */
#include "mach/core/ipc.h"
#include "mach/os/freebsd/calls.h"

#include <sys/fail.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/sleepqueue.h>
#include <sys/sysctl.h>
#include <sys/time.h>

#define NS_PER_S UINT64_C(1000000000)

const char *const mach_lock_names[] = {
	[IPC_LOCK_TASK] = "mach task",
	[IPC_LOCK_HOST] = "mach host",
	[IPC_LOCK_SPACE] = "mach space",
	[IPC_LOCK_TRANSIT] = "mach transit",
	[IPC_LOCK_PORT] = "mach port",
	[IPC_LOCK_SET] = "mach set",
	[IPC_LOCK_LEAF] = "mach leaf",
};

/*
 * Memory
 */

static MALLOC_DEFINE(M_MACHPORT, "mach_port", "Mach ports");
static MALLOC_DEFINE(M_MACHSET, "mach_set", "Mach port sets");
static MALLOC_DEFINE(M_MACHMEMBER, "mach_member", "Mach port set members");
static MALLOC_DEFINE(M_MACHMSG, "mach_message", "Mach messages");
static MALLOC_DEFINE(M_MACHRIGHTS, "mach_rights", "Mach rights in messages");
static MALLOC_DEFINE(M_MACHSPACE, "mach_space", "Mach port name spaces");
static MALLOC_DEFINE(M_MACHREQ, "mach_request", "Mach notification requests");
static MALLOC_DEFINE(M_MACHTASK, "mach_task", "Mach tasks and threads");
static MALLOC_DEFINE(M_MACHOBJ, "mach_object", "Mach kernel objects");

static struct malloc_type *const types[IPC_MEM_KINDS] = {
	[IPC_MEM_PORT] = M_MACHPORT,
	[IPC_MEM_SET] = M_MACHSET,
	[IPC_MEM_MEMBER] = M_MACHMEMBER,
	[IPC_MEM_MESSAGE] = M_MACHMSG,
	[IPC_MEM_RIGHTS] = M_MACHRIGHTS,
	[IPC_MEM_SPACE] = M_MACHSPACE,
	[IPC_MEM_REQUEST] = M_MACHREQ,
	[IPC_MEM_TASK] = M_MACHTASK,
	[IPC_MEM_OBJECT] = M_MACHOBJ,
};

/* What a task can ask for at once, and is worth waiting for. */
#define WAIT_MAX (64 * 1024)

/*
 * Small pieces wait for memory: a caller that is told "none" gives up for
 * good, though the page daemon would have found some a moment later.  Large
 * ones do not, since they need a run of kernel addresses that may stay taken
 * for as long as other tasks like, and the wait cannot be interrupted.
 */
void *
ipc_mem_alloc(enum ipc_mem_kind kind, size_t size, int flags)
{
	int how = size <= WAIT_MAX ? M_WAITOK : M_NOWAIT;

	if (flags & IPC_MUST)
		how = M_WAITOK;
	else
		KFAIL_POINT_CODE(DEBUG_FP, mach_alloc, return (NULL));
	if (flags & IPC_ZERO)
		how |= M_ZERO;
	return (malloc(size, types[kind], how));
}

void
ipc_mem_free(enum ipc_mem_kind kind, void *p, size_t size)
{
	(void)size;
	free(p, types[kind]);
}

bool
ipc_os_copyin(
    struct ipc_thread *thread, uint64_t address, void *to, size_t size)
{
	if (__predict_false(thread->task->os == NULL)) {
		memcpy(to, (const void *)(uintptr_t)address, size);
		return (true);
	}
	return (copyin((const void *)(uintptr_t)address, to, size) == 0);
}

bool
ipc_os_copyout(
    struct ipc_thread *thread, const void *from, uint64_t address, size_t size)
{
	if (__predict_false(thread->task->os == NULL)) {
		memcpy((void *)(uintptr_t)address, from, size);
		return (true);
	}
	return (copyout(from, (void *)(uintptr_t)address, size) == 0);
}

/*
 * Time and chance
 */

uint64_t
ipc_clock_now(void)
{
	struct timespec ts;

	/* The clock that user land sees as CLOCK_MONOTONIC. */
	nanouptime(&ts);
	return ((uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec);
}

/* The uptime goes on while the machine is asleep, as far as it is counted. */
uint64_t
ipc_clock_continuous(void)
{
	return (ipc_clock_now());
}

sbintime_t
mach_deadline(uint64_t deadline)
{
	const uint64_t last = INT32_MAX / 2 * NS_PER_S;

	/* One tick of the clock late rather than early. */
	return (nstosbt((int64_t)MIN(deadline, last)) + 1);
}

uint64_t
ipc_clock_calendar(void)
{
	struct timespec ts;

	nanotime(&ts);
	return ((uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec);
}

uint32_t
ipc_random(void)
{
	return (arc4random());
}

/*
 * Sleeping.  thread->wakes: nobody woke it; someone did; it sleeps, so that
 * only then a waker needs the sleep queue.
 */
enum { WAKE_NONE, WAKE_DONE, WAKE_ASLEEP };

void
ipc_os_wake(struct ipc_thread *thread)
{
	if (atomic_swap_32(&thread->wakes, WAKE_DONE) == WAKE_ASLEEP)
		wakeup(&thread->wakes);
}

enum mach_park
mach_park(struct ipc_thread *thread, uint64_t deadline)
{
	void *channel = &thread->wakes;
	int error;

	if (deadline != IPC_FOREVER && ipc_clock_now() >= deadline)
		return (atomic_swap_32(&thread->wakes, WAKE_NONE) == WAKE_DONE
			    ? MACH_WOKEN
			    : MACH_LATE);
	sleepq_lock(channel);
	if (!atomic_cmpset_32(&thread->wakes, WAKE_NONE, WAKE_ASLEEP)) {
		thread->wakes = WAKE_NONE;
		sleepq_release(channel);
		return (MACH_WOKEN);
	}
	sleepq_add(
	    channel, NULL, "mach", SLEEPQ_SLEEP | SLEEPQ_INTERRUPTIBLE, 0);
	if (deadline != IPC_FOREVER) {
		sleepq_set_timeout_sbt(
		    channel, mach_deadline(deadline), 0, C_ABSOLUTE);
		error = sleepq_timedwait_sig(channel, 0);
	} else {
		error = sleepq_wait_sig(channel, 0);
	}
	if (atomic_swap_32(&thread->wakes, WAKE_NONE) == WAKE_DONE)
		return (MACH_WOKEN);
	if (error == EWOULDBLOCK)
		return (ipc_clock_now() >= deadline ? MACH_LATE : MACH_WOKEN);
	return (error == 0 ? MACH_WOKEN : MACH_SIGNALLED);
}

/*
 * What the core leaves to its host
 */

void
ipc_os_object_release(int kind, void *object)
{
	if (kind == IPC_KO_FILE)
		host_file_release(object);
	else if (kind == IPC_KO_MEMORY_ENTRY)
		host_memory_entry_release(object);
}
