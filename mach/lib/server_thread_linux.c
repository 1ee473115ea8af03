/*
 * Linux' number of a thread.
 */
#include <unistd.h>

#include "mach/lib/server.h"

uint64_t
server_thread_number(void)
{
	return ((uint64_t)gettid());
}
