/*
 * Threads and processors, as Linux numbers them.
 */
#include <sched.h>
#include <unistd.h>

#include "mach/lib/server.h"

uint64_t
server_thread_number(void)
{
	return ((uint64_t)gettid());
}

bool
server_one_processor(void)
{
	cpu_set_t cpus;

	return (sched_getaffinity(0, sizeof(cpus), &cpus) != 0 ||
		CPU_COUNT(&cpus) < 2);
}
