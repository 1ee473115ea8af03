/*
 * boolean_t.  Signedness differs by architecture: it shows in the 8-bit
 * `deallocate` field of a descriptor.
 * Facts: xnu-11417 osfmk/mach/{i386,arm}/boolean.h
 */
#ifndef _MACH_MACHINE_BOOLEAN_H_
#define _MACH_MACHINE_BOOLEAN_H_

#include <mach/_base.h>

/* A FreeBSD kernel has a boolean_t of the same size in <sys/types.h>. */
#ifndef _KERNEL
#if defined(__x86_64__)
typedef unsigned int boolean_t;
#else
typedef int boolean_t;
#endif
#endif

#endif /* !_MACH_MACHINE_BOOLEAN_H_ */
