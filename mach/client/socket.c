/*
 * The library's sockets, in a process whose program may close what it did not
 * open, and have the number for something else then.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "mach/client/client.h"

void
server_socket_set(struct server_socket *s, int fd)
{
	struct stat st = { 0 };

	(void)fstat(fd, &st);
	s->fd = fd;
	s->device = st.st_dev;
	s->number = st.st_ino;
}

bool
server_socket_ours(const struct server_socket *s)
{
	struct stat st;

	return (s->fd != -1 && fstat(s->fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
		st.st_dev == s->device && st.st_ino == s->number);
}

void
server_socket_close(struct server_socket *s)
{
	if (server_socket_ours(s))
		close(s->fd);
	s->fd = -1;
}
