/*
 * Words that the largest register state of a thread takes.
 * Facts: xnu-11417.101.15 osfmk/mach/{i386,arm}/thread_state.h
 */
#ifndef _MACH_MACHINE_THREAD_STATE_H_
#define _MACH_MACHINE_THREAD_STATE_H_

#define I386_THREAD_STATE_MAX (614)
#define ARM_THREAD_STATE_MAX (1296)

#if defined(__x86_64__)
#define THREAD_STATE_MAX I386_THREAD_STATE_MAX
#elif defined(__aarch64__)
#define THREAD_STATE_MAX ARM_THREAD_STATE_MAX
#else
#define THREAD_STATE_MAX (1296)
#endif

#endif /* !_MACH_MACHINE_THREAD_STATE_H_ */
