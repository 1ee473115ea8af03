/*
 * Words that the largest register state of a thread takes, on any machine:
 * a process may be told of a thread of another kind.
 * Facts: xnu-11417.101.15 osfmk/mach/machine/thread_state.h (user side)
 */
#ifndef _MACH_MACHINE_THREAD_STATE_H_
#define _MACH_MACHINE_THREAD_STATE_H_

#define I386_THREAD_STATE_MAX (614)
#define ARM_THREAD_STATE_MAX (1296)
#define THREAD_STATE_MAX (1296)

#endif /* !_MACH_MACHINE_THREAD_STATE_H_ */
