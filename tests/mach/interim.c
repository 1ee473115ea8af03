/*
 * Stands in for the library until that is there.
 */
#include <time.h>
#include <sys/mman.h>
#include "tests/mach/interim.h"
#if !__has_include(<mach/mach.h>)
static _Thread_local struct mach_embedded_task *of;
static _Thread_local mach_port_t name;
mach_port_t interim_task_self(void)
{
	if (of != mach_embedded_task_self()) {
		of = mach_embedded_task_self();
		name = task_self_trap();
	}
	return (name);
}
uint64_t interim_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}
kern_return_t interim_unmap(void *p, size_t n)
{
	return (munmap((void *)((uintptr_t)p & ~4095ul), (n + 4095 + ((uintptr_t)p & 4095)) & ~4095ul));
}
kern_return_t interim_timedwait(mach_port_t s, mach_timespec_t t)
{ return (K3(38, s, t.tv_sec, t.tv_nsec)); }
kern_return_t interim_timedwait_signal(mach_port_t s, mach_port_t o, mach_timespec_t t)
{ return (K4(39, s, o, t.tv_sec, t.tv_nsec)); }
kern_return_t interim_peek(mach_port_t task, mach_port_name_t n, uint32_t type, uint32_t *seqno, uint32_t *size, int *id, char *trailer, uint32_t *trailer_size)
{
	uint32_t words = *trailer_size / 4;
	kern_return_t kr = K8(3209, task, n, type, seqno, size, id, trailer, &words);
	if (kr == KERN_SUCCESS)
		*trailer_size = words * 4;
	return (kr);
}
#endif
