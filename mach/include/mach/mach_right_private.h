/*
 * XNU's name for what stands in <mach/mach_right.h>.
 */
#ifndef _MACH_MACH_RIGHT_PRIVATE_H_
#define _MACH_MACH_RIGHT_PRIVATE_H_

#include <mach/mach_right.h>

#endif /* !_MACH_MACH_RIGHT_PRIVATE_H_ */
