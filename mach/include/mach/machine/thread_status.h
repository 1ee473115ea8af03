/* Register states of the machine that this is compiled for. */
#ifndef _MACH_MACHINE_THREAD_STATUS_H_
#define _MACH_MACHINE_THREAD_STATUS_H_

#include <mach/_base.h>

#if defined(__x86_64__)
#include <mach/i386/thread_status.h>
#elif defined(__aarch64__)
#include <mach/arm/thread_status.h>
#else
#define THREAD_STATE_NONE 13
#define THREAD_MACHINE_STATE_MAX THREAD_STATE_MAX
#endif

#endif /* !_MACH_MACHINE_THREAD_STATUS_H_ */
