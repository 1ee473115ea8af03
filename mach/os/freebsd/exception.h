/*
 * What exceptions are per machine: exception_amd64.c, exception_arm64.c.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_EXCEPTION_H
#define ISTHMUS_MACH_OS_FREEBSD_EXCEPTION_H

#include "mach/core/raise.h"
#include "mach/os/freebsd/freebsd.h"

/* The first code, where no more than a signal is known. */
extern const struct mach_raise_codes {
	int8_t single_step, breakpoint, undefined;
} mach_raise_codes;

static inline void
mach_raise_put(
    struct ipc_raise *raise, exception_type_t type, int64_t code, int64_t more)
{
	raise->type = type;
	raise->code[0] = code;
	raise->code[1] = more;
}

/*
 * By the number of the calling thread's trap.  False of one that is known by
 * its signal alone.
 */
bool mach_raise_trap(
    struct thread *, const struct ksiginfo *, struct ipc_raise *);

#endif
