/*
 * A thread's registers, per machine: registers_amd64.c, registers_arm64.c.  The
 * thread is the calling one, or does not run.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_REGISTERS_H
#define ISTHMUS_MACH_OS_FREEBSD_REGISTERS_H

#include "mach/os/freebsd/calls.h"

/* Of the largest state. */
#define MACH_REGISTERS_BYTES 288

/* `state` is all zeroes, of that size.  Words of it; 0: no such flavor. */
uint32_t mach_registers_get(struct thread *, int flavor, void *state);
kern_return_t mach_registers_set(
    struct thread *, int flavor, const void *state, uint32_t words);

#endif
