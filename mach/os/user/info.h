/*
 * What the system tells of itself and of this process, one file per system.
 */
#ifndef ISTHMUS_MACH_OS_USER_INFO_H
#define ISTHMUS_MACH_OS_USER_INFO_H

#include <stdbool.h>
#include <stdint.h>

/* The process' address space, in bytes. */
bool info_process(uint64_t *virtual_size, uint64_t *resident_size);

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
