/*
 * Threads and users, as Linux numbers them.
 */
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mach/client/client.h"

uint64_t
server_thread_number(void)
{
	return ((uint64_t)gettid());
}

bool
server_is_setuid(void)
{
	return (getauxval(AT_SECURE) != 0);
}

bool
server_peer_uid(int fd, uid_t *uid)
{
	struct ucred c;
	socklen_t size = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) != 0)
		return (false);
	*uid = c.uid;
	return (true);
}
