/*
 * The seam: all that the Mach core asks of its host.  A host is one folder
 * below mach/os: os_types.h there has the types and the short functions
 * (inline), a C file the rest.  The core never sleeps and never touches user
 * memory: what may do either is marked here, and is never called with a lock
 * held.
 *
 * os_types.h gives: fixed-width integers, bool, memcpy and its like, and
 *   struct ipc_mutex	ipc_mutex_init(m, class)  _destroy  _lock  _trylock
 *			_unlock  _assert(m): held by the caller
 *   struct ipc_ref	ipc_ref_init(r)  ipc_ref_get(r)  ipc_ref_put(r): true
 *			when that was the last  ipc_ref_count(r)
 *   ipc_load_acquire(p), ipc_store_release(p, v), ipc_add(p, n): the value
 *			before, relaxed; of uint32_t and uint64_t
 *   ipc_os_permits(number): whether the calling thread may ask for a routine
 *			by message; the host itself knows of its traps
 *   ipc_os_controls(task): whether the calling thread may, now, control another
 *			task, whose control port it has
 *   ipc_store_relaxed(p, v)	of what others may read at any time
 *   ipc_probe_*(...): for who watches; arguments may not be evaluated
 *   IPC_ASSERT(x), ipc_panic(fmt, ...)
 */
#ifndef ISTHMUS_MACH_CORE_OS_H
#define ISTHMUS_MACH_CORE_OS_H

/*
 * Lock classes, in the order in which they may be taken.  Two of one class
 * are held together only in IPC_LOCK_PORT: by trylock, or, along a chain of
 * ports in transit, by the one holder of the IPC_LOCK_TRANSIT lock.
 */
enum ipc_lock_class {
	IPC_LOCK_TASK = 1, /* a task's or thread's special ports */
	IPC_LOCK_HOST,	   /* a host's, and its lists */
	IPC_LOCK_SPACE,
	IPC_LOCK_TRANSIT,
	IPC_LOCK_PORT,
	IPC_LOCK_SET,
	IPC_LOCK_LEAF /* semaphores, timers, accounts: nothing after it */
};

#include "os_types.h"

struct ipc_task;
struct ipc_thread;

/* What memory is for: malloc types of the kernel, counters elsewhere. */
enum ipc_mem_kind {
	IPC_MEM_PORT,
	IPC_MEM_SET,
	IPC_MEM_MEMBER,
	IPC_MEM_MESSAGE,
	IPC_MEM_RIGHTS, /* descriptors and arrays of rights of a message */
	IPC_MEM_SPACE,
	IPC_MEM_REQUEST, /* tables of notification requests */
	IPC_MEM_TASK,
	IPC_MEM_OBJECT, /* semaphores, timers, clocks, hosts */
	IPC_MEM_KINDS
};

/* IPC_MUST may sleep and never fails; otherwise NULL when there is none. */
#define IPC_MUST 1
#define IPC_ZERO 2
/* `size` must be given back on free. */
void *ipc_mem_alloc(enum ipc_mem_kind, size_t size, int flags);
/* Any context, locks held or not; NULL is allowed. */
void ipc_mem_free(enum ipc_mem_kind, void *, size_t size);

/*
 * Ends the thread's park: its host then calls ipc_resume().  May come early
 * or twice.  Any context.
 */
void ipc_os_wake(struct ipc_thread *);

/*
 * User memory of the calling thread's task.  False when it cannot be
 * reached.  May sleep.
 */
bool ipc_os_copyin(
    struct ipc_thread *, uint64_t address, void *to, size_t size);
bool ipc_os_copyout(
    struct ipc_thread *, const void *from, uint64_t address, size_t size);

/*
 * Opaque memory objects: out-of-line regions on their way between tasks.
 * May sleep, except ipc_region_size.
 */
struct ipc_region;
/*
 * Takes `size` > 0 bytes at `address`, as they are now; with `deallocate` they
 * leave the task.  KERN_INVALID_ADDRESS, KERN_RESOURCE_SHORTAGE.
 */
int ipc_region_copyin(struct ipc_task *, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **);
/* A region of `size` bytes with that content, of the core's own making. */
int ipc_region_create(const void *data, uint64_t size, struct ipc_region **);
/* Maps it, anywhere; consumes it when that succeeds.  KERN_NO_SPACE, ... */
int ipc_region_copyout(
    struct ipc_task *, struct ipc_region *, uint64_t *address);
/* Reads it as bytes; `size` at most its own. */
void ipc_region_read(struct ipc_region *, void *to, uint64_t size);
uint64_t ipc_region_size(const struct ipc_region *);
void ipc_region_destroy(struct ipc_region *);
/* Unmaps whole pages of a task (the names array of OOL_PORTS). */
int ipc_os_unmap(struct ipc_task *, uint64_t address, uint64_t size);

/* Nanoseconds since start-up: what mach_absolute_time() counts. */
uint64_t ipc_clock_now(void);
/* The same with the time asleep. */
uint64_t ipc_clock_continuous(void);
/* Nanoseconds since 1970. */
uint64_t ipc_clock_calendar(void);

/*
 * An alarm calls `fire(arg)` once, some time after `deadline`, from a context
 * that may take locks.  cancel returns when `fire` neither runs nor will run,
 * and may sleep: no lock that `fire` takes may be held.
 */
struct ipc_alarm;
struct ipc_alarm *ipc_alarm_create(void (*fire)(void *), void *arg);
void ipc_alarm_destroy(struct ipc_alarm *);
void ipc_alarm_set(struct ipc_alarm *, uint64_t deadline);
void ipc_alarm_cancel(struct ipc_alarm *);

/*
 * A routine that only the host can do (HOST rows of traps.def): its arguments
 * are in the call.  KERN_NOT_SUPPORTED when it cannot.
 */
struct ipc_call;
int ipc_os_call(struct ipc_call *);
/*
 * The port of a fileport or memory entry (enum ipc_kobject_kind) ended, or is
 * out of everyone's reach: what the host has behind it goes.
 */
void ipc_os_object_release(int kind, void *object);

/* Not guessable by a task. */
uint32_t ipc_random(void);

#endif
