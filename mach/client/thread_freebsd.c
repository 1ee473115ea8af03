/*
 * Threads and users, as FreeBSD numbers them.
 */
#include <sys/param.h>

#include <errno.h>
#include <pthread_np.h>
#include <unistd.h>

#include "mach/client/client.h"

uint64_t
server_thread_number(void)
{
	return ((uint64_t)pthread_getthreadid_np());
}

bool
server_is_setuid(void)
{
	return (issetugid() != 0);
}

/* A queue that is full (kern.ipc.soacceptqueue) is as one of nobody. */
bool
server_is_busy(int error)
{
	return (error == ECONNREFUSED);
}

bool
server_peer_uid(int fd, uid_t *uid)
{
	gid_t gid;

	return (getpeereid(fd, uid, &gid) == 0);
}
