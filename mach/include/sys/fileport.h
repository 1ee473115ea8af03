/*
 * Descriptors in messages: a port that stands for one.
 * Facts: xnu-11417.101.15 bsd/sys/fileport.h
 */
#ifndef _SYS_FILEPORT_H_
#define _SYS_FILEPORT_H_

#include <mach/port.h>

#ifndef _KERNEL

typedef mach_port_t fileport_t;
#define FILEPORT_NULL ((fileport_t)0)

__BEGIN_DECLS

/* A send right to a new port; the descriptor stays the caller's. -1, errno */
extern int fileport_makeport(int fd, fileport_t *port);
/* A new descriptor; the right stays the caller's.  -1, errno */
extern int fileport_makefd(fileport_t port);

__END_DECLS
#endif

#endif /* !_SYS_FILEPORT_H_ */
