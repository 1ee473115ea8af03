/*
 * Processors, priorities and accounts of a process: what an executor sets
 * before it starts a build, and reads when it has ended.
 */
#include "survey/probe/area_limit.h"

#include <sys/param.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/quota.h>
#elif defined(__FreeBSD__)
#include <sys/cpuset.h>
#include <sys/procctl.h>
#include <sys/rtprio.h>
#include <sys/mount.h>
#include <ufs/ufs/quota.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__FreeBSD__)
#define GET_QUOTA QCMD(Q_GETQUOTA, USRQUOTA)
typedef cpuset_t processors;

static int
get_processors(processors *set)
{
	return (cpuset_getaffinity(
	    CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof(*set), set));
}

static int
set_processors(const processors *set)
{
	return (cpuset_setaffinity(
	    CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof(*set), set));
}
#else
/* QCMD() of glibc shifts a bit out of an int. */
#define GET_QUOTA \
	((int)((unsigned)Q_GETQUOTA << SUBCMDSHIFT | (USRQUOTA & SUBCMDMASK)))
typedef cpu_set_t processors;

static int
get_processors(processors *set)
{
	return (sched_getaffinity(0, sizeof(*set), set));
}

static int
set_processors(const processors *set)
{
	return (sched_setaffinity(0, sizeof(*set), set));
}
#endif

PROBE(lim_affinity)
{
	processors all, one;
	int cpu;

	CPU_ZERO(&all);
	if (get_processors(&all) != 0)
		return (probe_errno(errno, "get the processors"));
	for (cpu = 0; cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &all); cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (set_processors(&one) != 0)
		return (probe_errno(errno, "bind to one processor"));
	if (get_processors(&one) != 0 || CPU_COUNT(&one) != 1)
		return (probe_wrong(
		    "%d processors are left", (int)CPU_COUNT(&one)));
#if defined(__linux__)
	if (sched_getcpu() != cpu)
		return (probe_wrong("it runs on %d", sched_getcpu()));
#endif
	return (probe_ok("one of %d", (int)CPU_COUNT(&all)));
}

PROBE(lim_affinity_empty)
{
	processors none;

	CPU_ZERO(&none);
	if (set_processors(&none) == 0)
		return (probe_wrong("no processor at all was taken"));
	return (probe_ok("%s", strerror(errno)));
}

PROBE(lim_getpriority)
{
	int base;

	errno = 0;
	base = getpriority(PRIO_PROCESS, 0);
	if (errno != 0)
		return (probe_errno(errno, "getpriority"));
	if (base > 14)
		return (util_skip("our own is %d already", base));
	if (setpriority(PRIO_PROCESS, 0, base + 5) != 0)
		return (probe_errno(errno, "setpriority"));
	return (getpriority(PRIO_PROCESS, 0) == base + 5
		    ? probe_ok("%d to %d", base, base + 5)
		    : probe_wrong("it did not change"));
}

PROBE(lim_nice_raise)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (setpriority(PRIO_PROCESS, 0, 19) != 0)
		return (probe_errno(errno, "setpriority(19)"));
	return (util_refused(
	    setpriority(PRIO_PROCESS, 0, -20), 0, "setpriority(-20)"));
}

PROBE(lim_sched_fifo)
{
	struct sched_param param = { .sched_priority = 1 };

#if defined(__linux__)
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_RTPRIO, &none);
#endif
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(sched_setscheduler(0, SCHED_FIFO, &param), 0,
	    "sched_setscheduler(SCHED_FIFO)"));
}

PROBE(lim_maxrss)
{
	struct rusage before, after;
	char *p;
	long grown;

	if (getrusage(RUSAGE_SELF, &before) != 0)
		return (probe_errno(errno, "getrusage"));
	p = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	memset(p, 1, 8 * MIB);
#if defined(__FreeBSD__)
	/* Sampled by the clock (statclock): give it a tick or two. */
	for (int i = 0; i < 4; i++)
		usleep(4000);
#endif
	if (getrusage(RUSAGE_SELF, &after) != 0)
		return (probe_errno(errno, "getrusage"));
	grown = after.ru_maxrss - before.ru_maxrss;
	if (grown >= 4 * 1024 && grown < 64 * 1024)
		return (probe_ok("in KiB: %ld for 8 MiB", grown));
	return (probe_wrong("%ld for 8 MiB", grown));
}

static int
burn(void *arg)
{
	volatile unsigned *n = arg;

	for (unsigned i = 0; i < 4000000U; i++)
		*n += i;
	return (0);
}

PROBE(lim_rusage_children)
{
	struct rusage usage;
	unsigned n = 0;
	long us;

	if (probe_child(burn, &n) != 0)
		return (probe_errno(errno, "fork"));
	if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
		return (probe_errno(errno, "getrusage"));
	us = (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	     (long)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	return (us > 200 ? probe_ok("%ld us of processor time", us)
			 : probe_wrong("%ld us of processor time", us));
}

#if defined(__linux__)

PROBE(lim_sched_batch)
{
	struct sched_param param = { .sched_priority = 0 };

	if (sched_setscheduler(0, SCHED_BATCH, &param) != 0)
		return (probe_errno(errno, "sched_setscheduler"));
	return (sched_getscheduler(0) == SCHED_BATCH
		    ? probe_ok(NULL)
		    : probe_wrong("the policy did not change"));
}

PROBE(lim_sched_idle)
{
	struct sched_param param = { .sched_priority = 0 };

	if (sched_setscheduler(0, SCHED_IDLE, &param) != 0)
		return (probe_errno(errno, "sched_setscheduler"));
	return (sched_getscheduler(0) == SCHED_IDLE
		    ? probe_ok(NULL)
		    : probe_wrong("the policy did not change"));
}

PROBE(lim_sched_attr)
{
	/* struct sched_attr, sched_setattr(2), first version. */
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr;

	(void)ctx;
	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.policy = SCHED_BATCH;
	attr.nice = 7;
	if (syscall(SYS_sched_setattr, 0, &attr, 0U) != 0)
		return (probe_errno(errno, "sched_setattr"));
	memset(&attr, 0, sizeof(attr));
	if (syscall(SYS_sched_getattr, 0, &attr, (unsigned)sizeof(attr), 0U) !=
	    0)
		return (probe_errno(errno, "sched_getattr"));
	return (
	    attr.policy == SCHED_BATCH && attr.nice == 7
		? probe_ok("policy and nice at once")
		: probe_wrong("policy %u, nice %d", attr.policy, attr.nice));
}

#define IOPRIO(class, level) ((class) << 13 | (level))

PROBE(lim_ioprio)
{
	/* 1: of a process; class 2 is best effort, class 3 is idle. */
	if (syscall(SYS_ioprio_set, 1, 0, IOPRIO(2, 7)) != 0)
		return (probe_errno(errno, "ioprio_set"));
	return (syscall(SYS_ioprio_get, 1, 0) == IOPRIO(2, 7)
		    ? probe_ok(NULL)
		    : probe_wrong("it reads otherwise"));
}

PROBE(lim_ioprio_user)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(syscall(SYS_ioprio_set, 1, 0, IOPRIO(1, 0)), 0,
	    "ioprio_set(real time)"));
}

PROBE(lim_oom_score)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!util_write("/proc/self/oom_score_adj", "500"))
		return (probe_errno(errno, "/proc/self/oom_score_adj"));
	return (util_refused(
	    util_write("/proc/self/oom_score_adj", "-500") ? 0 : -1, 0,
	    "raised to 500; lowering it to -500"));
}

PROBE(lim_quotactl)
{
	struct if_dqblk block;

#ifdef SYS_quotactl_fd
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return (probe_errno(errno, "open"));
	if (syscall(SYS_quotactl_fd, fd, GET_QUOTA, getuid(), &block) == 0)
		return (probe_ok("quotas are on here"));
	return (errno == ESRCH || errno == ENOTSUP
		    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			  "no quotas on this file system")
		    : probe_errno(errno, "quotactl_fd"));
#else
	(void)block;
	return (probe_absent("no quotactl_fd in this system's headers"));
#endif
}

PROBE(lim_core_sched)
{
	/* 62 is PR_SCHED_CORE, 1 creates a cookie, for this thread. */
	(void)ctx;
	if (prctl(62, 1, 0, 0, 0UL) == 0)
		return (probe_ok(NULL));
	return (errno == EINVAL ? probe_absent("not in this kernel")
		: errno == ENODEV
		    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			  "no processor here runs two threads at once")
		    : probe_errno(errno, "prctl(PR_SCHED_CORE)"));
}

#endif

#if defined(__FreeBSD__)

PROBE(lim_cpuset)
{
	cpusetid_t before, set, now;

	if (cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, &before) != 0 ||
	    cpuset(&set) != 0 ||
	    cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, -1, &now) != 0)
		return (probe_errno(errno, "cpuset"));
	return (now == set && now != before
		    ? probe_ok(NULL)
		    : probe_wrong("set %d is made, %d holds", set, now));
}

PROBE(lim_sched_idle)
{
	struct rtprio rtp = { RTP_PRIO_IDLE, 10 };

	if (rtprio(RTP_SET, 0, &rtp) != 0)
		return (probe_errno(errno, "rtprio(RTP_PRIO_IDLE)"));
	memset(&rtp, 0, sizeof(rtp));
	if (rtprio(RTP_LOOKUP, 0, &rtp) != 0)
		return (probe_errno(errno, "rtprio(RTP_LOOKUP)"));
	return (rtp.type == RTP_PRIO_IDLE && rtp.prio == 10
		    ? probe_ok(NULL)
		    : probe_wrong("type %u, priority %u", rtp.type, rtp.prio));
}

PROBE(lim_rtprio_call)
{
	struct rtprio rtp = { RTP_PRIO_REALTIME, 31 };

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(
	    rtprio(RTP_SET, 0, &rtp), 0, "rtprio(RTP_PRIO_REALTIME)"));
}

PROBE(lim_sprotect)
{
	int flags = PPROT_SET;

	return (util_done(procctl(P_PID, getpid(), PROC_SPROTECT, &flags),
	    "procctl(PROC_SPROTECT)"));
}

PROBE(lim_sprotect_user)
{
	int flags = PPROT_SET;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(procctl(P_PID, getpid(), PROC_SPROTECT, &flags), 0,
	    "procctl(PROC_SPROTECT)"));
}

PROBE(lim_loginclass)
{
	char name[64];

	if (setloginclass("isthmus") != 0)
		return (probe_errno(errno, "setloginclass"));
	if (getloginclass(name, sizeof(name)) != 0)
		return (probe_errno(errno, "getloginclass"));
	return (strcmp(name, "isthmus") == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it is %.30s", name));
}

PROBE(lim_loginclass_user)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	return (util_refused(setloginclass("isthmus"), 0, "setloginclass"));
}

PROBE(lim_quotactl)
{
	struct dqblk block;

	if (quotactl(".", GET_QUOTA, (int)getuid(), &block) == 0)
		return (probe_ok("quotas are on here"));
	return (errno == EINVAL || errno == EOPNOTSUPP
		    ? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			  "no quotas on this file system")
		    : probe_errno(errno, "quotactl"));
}

#endif
