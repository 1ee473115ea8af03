/*
 * A pipe: users have its reading end, the host one of its own for both ways.
 * Every user's descriptor has a shared lock on the pipe, so that the host could
 * lock it for itself only when they are all closed; a user who unlocks it is
 * taken for one who closed it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "mach/os/user/poll_end.h"

/* errno, of what fails where there is no /proc or no lock on pipes, too. */
static int
failure(void)
{
	return (errno == EMFILE || errno == ENFILE || errno == ENOMEM
		    ? errno
		    : ENOTSUP);
}

/* Another open file of the same pipe: with flags and locks of its own. */
static int
open_again(int fd, int mode)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (open(path, mode | O_NONBLOCK | O_CLOEXEC));
}

int
poll_end_create(struct poll_end *end, int *user_fd)
{
	int error, fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		return (errno);
	/* Room for a few bytes is enough; failing, it stays large. */
	(void)fcntl(fds[1], F_SETPIPE_SZ, 4096);
	end->shared = -1;
	end->fd = open_again(fds[1], O_RDWR);
	if (end->fd == -1 || flock(fds[0], LOCK_SH | LOCK_NB) == -1) {
		error = failure();
		if (end->fd != -1)
			close(end->fd);
		close(fds[0]);
		close(fds[1]);
		return (error);
	}
	close(fds[1]);
	*user_fd = fds[0];
	return (0);
}

int
poll_end_open(const struct poll_end *end, int *user_fd)
{
	int error, fd;

	fd = open_again(end->fd, O_RDONLY);
	if (fd == -1)
		return (failure());
	if (flock(fd, LOCK_SH | LOCK_NB) == -1) {
		error = failure();
		close(fd);
		return (error);
	}
	*user_fd = fd;
	return (0);
}

void
poll_end_put(const struct poll_end *end)
{
	/* Full, it is readable. */
	(void)!write(end->fd, "", 1);
}

void
poll_end_take(const struct poll_end *end, size_t n)
{
	char bytes[POLL_BYTES_MAX];

	(void)!read(end->fd, bytes, n);
}

bool
poll_end_used(const struct poll_end *end)
{
	return (flock(end->fd, LOCK_EX | LOCK_NB) == -1);
}

void
poll_end_close(const struct poll_end *end)
{
	close(end->fd);
}
