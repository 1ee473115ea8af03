/* All of it is in <mach/mach_right.h>. */
#ifndef __MACH_RIGHT_PRIVATE_H
#define __MACH_RIGHT_PRIVATE_H

#include <mach/mach.h>
#include <mach/mach_right.h>

#endif /* !__MACH_RIGHT_PRIVATE_H */
