/*
 * What this process used: that of all its tasks.
 */
#include <sys/resource.h>
#include <time.h>

#include "mach/core/task.h"
#include "mach/os/info.h"
#include "mach/os/user/user.h"

static uint64_t
ns_of(const struct timeval *tv)
{
	return (
	    (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000);
}

kern_return_t
info_task_usage(struct ipc_task *task, struct info_usage *usage)
{
	struct rusage u;

	(void)task;
	*usage = (struct info_usage){ 0 };
	if (getrusage(RUSAGE_SELF, &u) != 0 ||
	    !info_process(&usage->virtual_size, &usage->resident_size))
		return (KERN_NOT_SUPPORTED);
	usage->resident_size_max = (uint64_t)u.ru_maxrss * 1024;
	usage->user_ns = ns_of(&u.ru_utime);
	usage->system_ns = ns_of(&u.ru_stime);
	usage->faults = (uint64_t)(u.ru_minflt + u.ru_majflt);
	usage->pageins = (uint64_t)u.ru_majflt;
	usage->switches = (uint64_t)(u.ru_nvcsw + u.ru_nivcsw);
	return (KERN_SUCCESS);
}

bool
info_thread_usage(struct ipc_thread *thread, struct ipc_thread *self,
    struct info_thread *usage)
{
	struct user_thread *user = thread->os;
	struct timespec ts = { 0, 0 };
	struct rusage u;
	clockid_t clock;

	*usage = (struct info_thread){ .id = user->id };
	if (thread == self && getrusage(RUSAGE_THREAD, &u) == 0) {
		usage->user_ns = ns_of(&u.ru_utime);
		usage->system_ns = ns_of(&u.ru_stime);
	} else if (pthread_getcpuclockid(user->pthread, &clock) == 0 &&
		   clock_gettime(clock, &ts) == 0) {
		/* Of another thread there is one number only. */
		usage->user_ns =
		    (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	}
	return (true);
}
