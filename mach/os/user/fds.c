/*
 * Descriptors of the library's own, and those that travel with a message over
 * a Unix socket, as machd and its clients send them to each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mach/os/user/fds.h"

#define LOWEST 3

int
fds_raise(int fd)
{
	int higher, error;

	if (fd == -1 || fd >= LOWEST)
		return (fd);
	higher = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST);
	error = errno;
	close(fd);
	errno = error;
	return (higher);
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

ssize_t
fds_send(int to, const void *bytes, size_t size, const int *fds, uint32_t n,
    int flags)
{
	union control control;
	struct iovec iov = { (void *)(uintptr_t)bytes, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (n != 0) {
		memset(&control, 0, CMSG_SPACE(n * sizeof(int)));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	}
	do {
		sent = sendmsg(to, &msg, flags | MSG_NOSIGNAL);
	} while (sent == -1 && errno == EINTR);
	return (sent);
}

/*
 * This process' table of descriptors is full.  Linux gives as many as there
 * is room for; FreeBSD none, and an error: of the message the bytes are left
 * since 15 (EMFILE), nothing before (EMSGSIZE).
 */
static bool
is_full(int error)
{
	return (error == EMFILE || error == EMSGSIZE);
}

ssize_t
fds_receive(int from, void *bytes, size_t size, struct fds *fds, int flags)
{
	union control control;
	struct iovec iov = { bytes, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	size_t length;
	ssize_t n;

	fds->n = 0;
	fds->lost = false;
	do {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		n = recvmsg(from, &msg, flags | MSG_CMSG_CLOEXEC);
		if (n == -1 && is_full(errno)) {
			if (fds->lost)
				break;
			fds->lost = true;
			flags |= MSG_DONTWAIT;
			errno = EINTR;
		}
	} while (n == -1 && errno == EINTR);
	if (n == -1) {
		if (fds->lost)
			errno = EMSGSIZE;
		return (n);
	}
	if (msg.msg_flags & MSG_CTRUNC)
		fds->lost = true;
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		length = c->cmsg_len - CMSG_LEN(0);
		if (length > (FDS_MAX - fds->n) * sizeof(int))
			length = (FDS_MAX - fds->n) * sizeof(int);
		memcpy(&fds->fd[fds->n], CMSG_DATA(c), length);
		fds->n += (uint32_t)(length / sizeof(int));
	}
	return (n);
}
