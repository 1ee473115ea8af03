/*
 * All types of the Mach interfaces.
 * Facts: xnu-11417.101.15 osfmk/mach/mach_types.h
 */
#ifndef _MACH_MACH_TYPES_H_
#define _MACH_MACH_TYPES_H_

#include <mach/_types.h>
#include <mach/clock_types.h>
#include <mach/exception_types.h>
#include <mach/host_special_ports.h>
#include <mach/message.h>
#include <mach/task_special_ports.h>
#include <mach/thread_special_ports.h>
#include <mach/thread_status.h>
#include <mach/time_value.h>

#endif /* !_MACH_MACH_TYPES_H_ */
