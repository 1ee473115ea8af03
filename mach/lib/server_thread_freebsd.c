/*
 * FreeBSD's number of a thread.
 */
#include <pthread_np.h>

#include "mach/lib/server.h"

uint64_t
server_thread_number(void)
{
	return ((uint64_t)pthread_getthreadid_np());
}
