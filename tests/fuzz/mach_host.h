/*
 * The host of the Mach core that its fuzz targets share.
 */
#ifndef ISTHMUS_TESTS_FUZZ_MACH_HOST_H
#define ISTHMUS_TESTS_FUZZ_MACH_HOST_H

#include "mach/core/ipc.h"

/* The one piece of user memory that there is; regions get its second half. */
#define ARENA_START 0x10000u
#define ARENA_SIZE 0x20000u
extern uint8_t arena[ARENA_SIZE];

/* As new, before a run. */
void arena_reset(void);

#endif
