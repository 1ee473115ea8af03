/*
 * FreeBSD's number of a thread.
 */
#include <pthread_np.h>

#include <sys/types.h>
#include <unistd.h>

#include "mach/lib/server.h"

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

bool
server_peer_uid(int fd, uid_t *uid)
{
	gid_t gid;

	return (getpeereid(fd, uid, &gid) == 0);
}
