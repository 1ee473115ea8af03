/*
 * How traps reach mach.ko.  The sysctls mach.transport.* tell what there is:
 *	table	1: trap N is system call -N, and 0x1000000 | N
 *	mux	number of the system call (number, arg, ... up to seven)
 *	device	1: MACH_DEVICE_CALL on a descriptor of /dev/mach
 * mach.transport.error.* say why one is not there: -1, mach.transports does
 * not name it, or an errno.  The transport slots, not there unless named, is
 * ten system calls whose numbers are the sysctls mach.syscall.*.
 *
 * Sysctl mach.evfilt, unless 0, is the number of a kqueue(2) filter that waits
 * for a port or set named by `ident`, as Apple's EVFILT_MACHPORT does without
 * fflags: `data` is the name of the port that has a message; EV_EOF, for ever,
 * when the right is gone.
 */
#ifndef _ISTHMUS_MACH_KERNEL_H_
#define _ISTHMUS_MACH_KERNEL_H_

#include <sys/types.h>
#ifdef _KERNEL
#include <sys/ioccom.h>
#else
#include <sys/ioctl.h>
#endif

#include <mach/_base.h>

/* Into a system call number: Mach's class, as on Apple's x86-64 and arm64. */
#define MACH_TRAP_CLASS 0x1000000
/* In mux's number: its next argument is where all arguments are. */
#define MACH_MUX_BY_REFERENCE 0x40000000u

#define MACH_DEVICE_ARGS 11
struct mach_device_call {
	uint32_t number;
	uint32_t pad;
	uint64_t result;
	uint64_t args[MACH_DEVICE_ARGS];
};
#define MACH_DEVICE_CALL _IOWR('M', 1, struct mach_device_call)

#endif /* !_ISTHMUS_MACH_KERNEL_H_ */
