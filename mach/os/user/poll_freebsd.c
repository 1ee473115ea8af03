/*
 * A pair of sockets: users have one, of which the host keeps a descriptor, too,
 * to take bytes back.  The kernel tells how often a file is referred to: that
 * one, when users have closed it, as often as the host's own.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/user.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "mach/os/user/poll_end.h"

/* References to the open file; 0 when it cannot be known. */
static int
references(int fd)
{
	struct kinfo_file info = { .kf_structsize = sizeof(info) };

	return (fcntl(fd, F_KINFO, &info) == -1 ? 0 : info.kf_ref_count);
}

int
poll_end_create(struct poll_end *end, int *user_fd)
{
	int error, fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		fds) == -1)
		return (errno);
	end->fd = fds[0];
	end->shared = fds[1];
	error =
	    references(end->fd) == 0 ? ENOTSUP : poll_end_open(end, user_fd);
	if (error != 0)
		poll_end_close(end);
	return (error);
}

int
poll_end_open(const struct poll_end *end, int *user_fd)
{
	*user_fd = fcntl(end->shared, F_DUPFD_CLOEXEC, 0);
	return (*user_fd == -1 ? errno : 0);
}

void
poll_end_put(const struct poll_end *end)
{
	/* Full, it is readable. */
	(void)send(end->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
poll_end_take(const struct poll_end *end, size_t n)
{
	char bytes[POLL_BYTES_MAX];

	(void)recv(end->shared, bytes, n, MSG_DONTWAIT);
}

bool
poll_end_used(const struct poll_end *end)
{
	int users = references(end->shared);

	/* What is in use for a moment (a child, a call) is so in both. */
	return (users == 0 || users > references(end->fd));
}

void
poll_end_close(const struct poll_end *end)
{
	close(end->fd);
	close(end->shared);
}
