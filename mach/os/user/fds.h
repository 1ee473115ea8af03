/*
 * Descriptors of the library, beside those of the program that it is in, and
 * those that travel with a message over a Unix socket.
 */
#ifndef ISTHMUS_MACH_OS_USER_FDS_H
#define ISTHMUS_MACH_OS_USER_FDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The same at a number that no standard descriptor has: the program may make
 * those anew without asking.  -1 stays; -1 and errno of fcntl(2), it is closed.
 */
int fds_raise(int fd);

#define FDS_MAX 253 /* that Linux sends at once; FreeBSD sends more */

/* sendmsg(2), with `n` descriptors, which stay the caller's. */
ssize_t fds_send(int to, const void *bytes, size_t size, const int *fds,
    uint32_t n, int flags);

/* What came along. */
struct fds {
	uint32_t n;
	bool lost; /* there were more, for which there was no room */
	int fd[FDS_MAX];
};
/*
 * recvmsg(2): descriptors are the caller's, and closed by exec.  EMSGSIZE: a
 * message with descriptors, of which there is nothing left for want of room.
 */
ssize_t fds_receive(
    int from, void *bytes, size_t size, struct fds *, int flags);

#endif
