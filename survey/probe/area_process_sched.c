/* Probes of the area process: scheduling, and what a process is called. */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_process.h"

#if defined(__FreeBSD__)
#include <sys/param.h>
#include <sys/cpuset.h>
#include <sys/rtprio.h>
#include <sys/sysctl.h>
#endif

static PROBE(sched_affinity)
{
#if defined(__linux__)
	cpu_set_t got, one;
#elif defined(__FreeBSD__)
	cpuset_t got, one;
#endif
	int cpu;

	CPU_ZERO(&got);
	NEED(sched_getaffinity(0, sizeof(got), &got));
	for (cpu = 0; cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &got); cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	NEED(sched_setaffinity(0, sizeof(one), &one));
	CPU_ZERO(&got);
	NEED(sched_getaffinity(0, sizeof(got), &got));
	if (CPU_COUNT(&got) != 1)
		return (probe_wrong("%d processors left", CPU_COUNT(&got)));
	if (sched_getcpu() != cpu)
		return (
		    probe_wrong("running on %d, not %d", sched_getcpu(), cpu));
	return (probe_ok(NULL));
}

#if defined(__FreeBSD__)
static PROBE(sched_cpuset)
{
	cpuset_t set;

	CPU_ZERO(&set);
	NEED(cpuset_getaffinity(
	    CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof(set), &set));
	return (
	    CPU_COUNT(&set) > 0 ? probe_ok(NULL) : probe_wrong("no processor"));
}

static PROBE(proc_pathname)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };
	char path[1024];
	size_t len = sizeof(path);

	NEED(sysctl(mib, 4, path, &len, NULL, 0));
	return (path[0] == '/' ? probe_ok(NULL) : probe_wrong("\"%s\"", path));
}

static PROBE(sched_rtprio)
{
	struct rtprio rtp;

	rtp.type = RTP_PRIO_IDLE;
	rtp.prio = RTP_PRIO_MAX;
	NEED(rtprio(RTP_SET, 0, &rtp));
	NEED(rtprio(RTP_LOOKUP, 0, &rtp));
	return (rtp.type == RTP_PRIO_IDLE ? probe_ok(NULL)
					  : probe_wrong("type %d", rtp.type));
}

static PROBE(proc_title)
{
	setproctitle("-isthmus probe");
	return (probe_ok(NULL));
}
#endif

#if defined(__linux__)
static PROBE(sched_idle)
{
	struct sched_param sp = { 0 };

	NEED(sched_setscheduler(0, SCHED_IDLE, &sp));
	return (sched_getscheduler(0) == SCHED_IDLE
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

static PROBE(sched_batch)
{
	struct sched_param sp = { 0 };

	NEED(sched_setscheduler(0, SCHED_BATCH, &sp));
	return (sched_getscheduler(0) == SCHED_BATCH
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}
#endif

static PROBE(sched_fifo)
{
	struct sched_param sp;

	memset(&sp, 0, sizeof(sp));
	sp.sched_priority = sched_get_priority_min(SCHED_FIFO);
	NEED(sched_setscheduler(0, SCHED_FIFO, &sp));
	return ((sched_getscheduler(0) & 0xff) == SCHED_FIFO
		    ? probe_ok(NULL)
		    : probe_wrong("it does not show"));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("process.proc-pathname", "kern.proc.pathname",
	    "the running program has a name", ON_FREEBSD(proc_pathname), 0),
	ROW("process.setproctitle", "setproctitle",
	    "a process names itself", ON_FREEBSD(proc_title), 0),
	ROW("process.sched-affinity", "sched_setaffinity",
	    "a process stays on one processor", sched_affinity, 0),
	ROW("process.cpuset-getaffinity", "cpuset_getaffinity",
	    "the processors of a process", ON_FREEBSD(sched_cpuset), 0),
	ROW("process.sched-idle", "SCHED_IDLE",
	    "the idle class, without privilege", ON_LINUX(sched_idle), 0),
	ROW("process.sched-batch", "SCHED_BATCH",
	    "the batch class, without privilege", ON_LINUX(sched_batch), 0),
	ROW("process.sched-fifo", "SCHED_FIFO",
	    "a realtime class", sched_fifo, 0),
	ROW("process.rtprio", "rtprio",
	    "the idle class, without privilege",
	    ON_FREEBSD(sched_rtprio), 0),
};
/* clang-format on */

const struct probe_area probe_area_process_sched = { ISTH_AREA_PROCESS, rows,
	UTIL_COUNT(rows) };
