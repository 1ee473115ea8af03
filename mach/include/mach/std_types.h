/*
 * The types of a plain Mach interface, in one include.
 * Facts: xnu-11417.101.15 osfmk/mach/std_types.h
 */
#ifndef _MACH_STD_TYPES_H_
#define _MACH_STD_TYPES_H_

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/port.h>
#include <mach/vm_types.h>

#endif /* !_MACH_STD_TYPES_H_ */
