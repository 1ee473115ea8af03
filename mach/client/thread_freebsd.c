/*
 * Threads and users, as FreeBSD numbers them.
 */
#include <sys/param.h>

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

bool
server_peer_uid(int fd, uid_t *uid)
{
	gid_t gid;

	return (getpeereid(fd, uid, &gid) == 0);
}
