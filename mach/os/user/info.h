/*
 * What the system tells of itself and of this process, one file per system.
 */
#ifndef ISTHMUS_MACH_OS_USER_INFO_H
#define ISTHMUS_MACH_OS_USER_INFO_H

#include <stdbool.h>
#include <stdint.h>

/* This process' address space, in bytes. */
bool info_process(uint64_t *virtual_size, uint64_t *resident_size);

/* What a task's process has used; false when that is not known. */
struct ipc_task;
struct ipc_thread;
struct info_usage {
	uint64_t virtual_size, resident_size, resident_size_max;
	uint64_t user_ns, system_ns;
	uint64_t faults, pageins, switches;
};
bool info_task_usage(struct ipc_task *, struct info_usage *);
/* And a thread, that is locked and has one behind it; `self` asks. */
bool info_thread_usage(struct ipc_thread *, struct ipc_thread *self,
    uint64_t *user_ns, uint64_t *system_ns);

/* The system's memory, in pages, and events since it was started. */
struct info_memory {
	uint64_t free, active, inactive, wired;
	uint64_t zero_fills, reactivations, pageins, pageouts;
	uint64_t faults, cow_faults;
	uint64_t swapins, swapouts;
	uint64_t file_pages, anonymous_pages;
};
bool info_memory(struct info_memory *);

/* Ticks of all processors, in the order of Mach's CPU_STATE_*. */
bool info_ticks(uint64_t ticks[4]);

#endif
