/*
 * Other processes, as FreeBSD tells of them.
 */
#include <sys/param.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <sys/user.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "mach/server/proc.h"

static bool
info(pid_t pid, struct kinfo_proc *p)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	size_t size = sizeof(*p);

	return (sysctl(mib, 4, p, &size, NULL, 0) == 0 && size == sizeof(*p));
}

/* When it began, in microseconds. */
static uint32_t
version_of(const struct kinfo_proc *p)
{
	uint32_t version = (uint32_t)((uint64_t)p->ki_start.tv_sec * 1000000 +
				      (uint64_t)p->ki_start.tv_usec);

	return (version != 0 ? version : 1);
}

int
proc_peer(int fd, struct proc_identity *who)
{
	struct xucred c;
	struct kinfo_proc p;
	socklen_t size = sizeof(c);

	if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERCRED, &c, &size) != 0)
		return (errno);
	if (c.cr_version != XUCRED_VERSION || c.cr_pid <= 0)
		return (ESRCH);
	who->pid = c.cr_pid;
	who->uid = who->real_uid = c.cr_uid;
	who->gid = who->real_gid = c.cr_ngroups > 0 ? c.cr_gid : (gid_t)-1;
	who->version = 0;
	if (info(c.cr_pid, &p)) {
		who->real_uid = p.ki_ruid;
		who->real_gid = p.ki_rgid;
		who->version = version_of(&p);
	}
	return (0);
}

uint32_t
proc_version(pid_t pid)
{
	struct kinfo_proc p;

	return (info(pid, &p) ? version_of(&p) : 0);
}

/* A jail sees fewer of them, under the same numbers. */
bool
proc_same_numbers(pid_t pid)
{
	(void)pid;
	return (true);
}

int
proc_watch(pid_t pid)
{
	struct kevent event;
	int kq = kqueue(), error;

	if (kq == -1)
		return (-1);
	EV_SET(&event, (uintptr_t)pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
	if (kevent(kq, &event, 1, NULL, 0, NULL) == 0)
		return (kq);
	error = errno;
	close(kq);
	errno = error;
	return (-1);
}

pid_t
proc_parent(pid_t pid)
{
	struct kinfo_proc p;

	return (info(pid, &p) ? p.ki_ppid : 0);
}

static uint64_t
ns_of(const struct timeval *tv)
{
	return (
	    (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000);
}

bool
proc_usage(pid_t pid, struct info_usage *u)
{
	struct kinfo_proc p;

	*u = (struct info_usage){ 0 };
	if (!info(pid, &p))
		return (false);
	u->virtual_size = p.ki_size;
	u->resident_size = (uint64_t)p.ki_rssize * (uint64_t)getpagesize();
	u->resident_size_max = (uint64_t)p.ki_rusage.ru_maxrss * 1024;
	u->user_ns = ns_of(&p.ki_rusage.ru_utime);
	u->system_ns = ns_of(&p.ki_rusage.ru_stime);
	u->faults = (uint64_t)(p.ki_rusage.ru_minflt + p.ki_rusage.ru_majflt);
	u->pageins = (uint64_t)p.ki_rusage.ru_majflt;
	u->switches = (uint64_t)(p.ki_rusage.ru_nvcsw + p.ki_rusage.ru_nivcsw);
	return (true);
}

bool
proc_thread_usage(
    pid_t pid, uint64_t thread, uint64_t *user_ns, uint64_t *system_ns)
{
	int mib[4] = { CTL_KERN, KERN_PROC,
		KERN_PROC_PID | KERN_PROC_INC_THREAD, pid };
	struct kinfo_proc *all;
	size_t size = 0, i;
	bool found = false;

	/* Of a thread there is one number only. */
	*user_ns = *system_ns = 0;
	if (sysctl(mib, 4, NULL, &size, NULL, 0) != 0)
		return (false);
	size += size / 2;
	all = malloc(size);
	if (all == NULL || sysctl(mib, 4, all, &size, NULL, 0) != 0) {
		free(all);
		return (false);
	}
	for (i = 0; i < size / sizeof(*all); i++) {
		if ((uint64_t)all[i].ki_tid == thread) {
			*user_ns = all[i].ki_runtime * 1000;
			found = true;
		}
	}
	free(all);
	return (found);
}

void
proc_comes_soon(void)
{
}

/* A thread of the same priority does not take the processor here. */
void
proc_yields_to_clients(void)
{
}

bool
proc_program(char *to, size_t size)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };

	return (sysctl(mib, 4, to, &size, NULL, 0) == 0);
}
