/*
 * fileport_makeport, fileport_makefd: system calls of XNU's other side, so
 * they fail with errno.
 */
#include <errno.h>

#include <sys/fileport.h>

#include "mach/lib/trap.h"

static int
errno_of(kern_return_t kr)
{
	switch (kr) {
	case KERN_INVALID_ARGUMENT:
	case KERN_INVALID_CAPABILITY: /* a descriptor that cannot be sent */
		return (EINVAL);
	case KERN_INVALID_ADDRESS:
		return (EFAULT);
	case KERN_NO_ACCESS: /* a directory that leads out of a jail */
		return (EACCES);
	case KERN_NOT_SUPPORTED:
		return (ENOSYS);
	default:
		return (EAGAIN);
	}
}

int
fileport_makeport(int fd, fileport_t *port)
{
	kern_return_t kr = MACH_TRAP(9000, fd, MACH_PTR(port));

	if (kr == KERN_SUCCESS)
		return (0);
	errno = kr == KERN_INVALID_ARGUMENT ? EBADF : errno_of(kr);
	return (-1);
}

int
fileport_makefd(fileport_t port)
{
	int fd = (int)MACH_TRAP_VALUE(9001, port);

	if (fd >= 0)
		return (fd);
	errno = errno_of(-fd);
	return (-1);
}
