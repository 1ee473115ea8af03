/*
 * What hosts tell of the machine, of tasks and of threads: facts, which each
 * host finds in its own way, and the routines that put them in Mach's terms,
 * which all have in common.
 */
#ifndef ISTHMUS_MACH_OS_INFO_H
#define ISTHMUS_MACH_OS_INFO_H

#include <mach/kern_return.h>

#include "mach/core/os.h"

/*
 * Facts.  False, where they can be: not known.
 */

struct info_machine {
	uint32_t cpus, cpus_max; /* that run, that are there */
	uint32_t cores, cores_max;
	uint64_t memory;    /* bytes */
	uint32_t page_size; /* bytes */
};
void info_machine(struct info_machine *);

/* Of 1, 5 and 15 minutes, in thousandths: of LOAD_SCALE. */
bool info_load(uint32_t load[3]);

/* Ticks of all processors, in the order of Mach's CPU_STATE_*. */
bool info_ticks(uint64_t ticks[4]);

/* The system's memory, in pages, and events since it was started. */
struct info_memory {
	uint64_t free, active, inactive, wired; /* laundry is inactive */
	uint64_t zero_fills, reactivations;
	uint64_t pageins, pageouts; /* of files and of swap */
	uint64_t faults, cow_faults;
	uint64_t swapins, swapouts;
	uint64_t file_pages, anonymous_pages;
};
bool info_memory(struct info_memory *);

/* What a task's process has used. */
struct info_usage {
	uint64_t virtual_size, resident_size, resident_size_max;
	uint64_t user_ns, system_ns;
	uint64_t faults, pageins, switches;
	uint32_t suspends;
};
/* KERN_INVALID_ARGUMENT: it is gone; KERN_NOT_SUPPORTED: not known. */
kern_return_t info_task_usage(struct ipc_task *, struct info_usage *);

struct info_thread {
	uint64_t id; /* never used twice */
	uint64_t user_ns, system_ns;
	uint32_t suspends;
};
/*
 * Of a thread that is locked and has one behind it (thread->os); `self` asks.
 * False when that has ended.
 */
bool info_thread_usage(
    struct ipc_thread *, struct ipc_thread *self, struct info_thread *);

/*
 * Routines (HOST rows of traps.def)
 */

/* info_host.c */
kern_return_t info_host_info(struct ipc_call *);
kern_return_t info_host_statistics(struct ipc_call *);
kern_return_t info_host_statistics64(struct ipc_call *);

/* info_task.c */
kern_return_t info_task_info(struct ipc_call *);
kern_return_t info_thread_info(struct ipc_call *);

#endif
