/*
 * Older name of <mach/exception_types.h>.
 * Facts: xnu-11417.101.15 osfmk/mach/exception.h
 */
#ifndef _MACH_EXCEPTION_H_
#define _MACH_EXCEPTION_H_

#include <mach/exception_types.h>

#endif /* !_MACH_EXCEPTION_H_ */
