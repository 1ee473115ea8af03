/*
 * Other processes by the calls that FreeBSD has for it.  HOST_PID is a
 * process of the host or of another build, which nothing depends on.
 */
#include <sys/param.h>
#include <sys/cpuset.h>
#include <sys/event.h>
#include <sys/procctl.h>
#include <sys/ptrace.h>
#include <sys/rctl.h>
#include <sys/resource.h>
#include <sys/rtprio.h>
#include <sys/sysctl.h>
#include <sys/thr.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/ktrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/freebsd/freebsd.h"

static pid_t
victim(void)
{
	return ((pid_t)atol(setting("HOST_PID")));
}

static enum end
trace(const void *with)
{
	int status;

	(void)with;
	if (ptrace(PT_ATTACH, victim(), NULL, 0) == -1)
		return (by_call("ptrace", false));
	(void)waitpid(victim(), &status, 0);
	(void)ptrace(PT_DETACH, victim(), (caddr_t)1, 0);
	return (by_call("ptrace", true));
}

/*
 * Ended where none is: the right is asked for all the same.  The end of a
 * real one closes its file with the process tree locked (15.1, WITNESS).
 */
static enum end
kernel_trace(const void *with)
{
	const int *flags = with;

	return (by_call("ktrace",
	    ktrace(NULL, KTROP_CLEAR | *flags, KTRFAC_SYSCALL, victim()) == 0));
}

/* What the kernel tells of a process: kern.proc.*.PID */
static enum end
ask(const void *with)
{
	const int *what = with;
	int mib[4] = { CTL_KERN, KERN_PROC, *what, victim() };
	static char answer[65536];
	size_t len = sizeof(answer);

	if (sysctl(mib, 4, answer, &len, NULL, 0) == -1 && errno != ENOMEM)
		return (by_call("sysctl", false));
	return (ended(len > 0 ? SUCCEEDED : REFUSED, "%zu bytes", len));
}

/*
 * To change them, of a structure that is nowhere: EFAULT comes after the
 * right.  With one, 15.1 asserts a lock of the caller that it does not have
 * (lim_cowsync), and a kernel with INVARIANTS ends.
 */
static enum end
limit(const void *with)
{
	int mib[5] = { CTL_KERN, KERN_PROC, KERN_PROC_RLIMIT, victim(),
		RLIMIT_CORE };
	void *nowhere = (void *)(uintptr_t)8;

	(void)with;
	return (by_call("sysctl",
	    sysctl(mib, 5, NULL, NULL, nowhere, sizeof(struct rlimit)) == 0 ||
		errno == EFAULT));
}

static enum end
watch(const void *with)
{
	struct kevent ev;
	int kq = kqueue();

	(void)with;
	EV_SET(&ev, victim(), EVFILT_PROC, EV_ADD, NOTE_EXIT | NOTE_TRACK, 0,
	    NULL);
	return (by_call("kevent", kevent(kq, &ev, 1, NULL, 0, NULL) == 0));
}

/* A property of its own; as it is already. */
static enum end
control(const void *with)
{
	int value = PROC_TRAPCAP_CTL_DISABLE;

	(void)with;
	return (by_call("procctl",
	    procctl(P_PID, victim(), PROC_TRAPCAP_CTL, &value) == 0));
}

static enum end
protect(const void *with)
{
	int value = PPROT_SET, clear = PPROT_CLEAR;

	(void)with;
	if (procctl(P_PID, victim(), PROC_SPROTECT, &value) == -1)
		return (by_call("procctl", false));
	(void)procctl(P_PID, victim(), PROC_SPROTECT, &clear);
	return (by_call("procctl", true));
}

/* One that is never killed when memory is short: ourselves. */
static enum end
protect_self(const void *with)
{
	int value = PPROT_SET;

	(void)with;
	return (by_call(
	    "procctl", procctl(P_PID, getpid(), PROC_SPROTECT, &value) == 0));
}

static enum end
signal_thread(const void *with)
{
	(void)with;
	return (by_call("thr_kill2", thr_kill2(victim(), -1, 0) == 0));
}

static enum end
queue_signal(const void *with)
{
	union sigval value = { .sival_int = 0 };

	(void)with;
	return (by_call("sigqueue", sigqueue(victim(), 0, value) == 0));
}

static enum end
session_of(const void *with)
{
	(void)with;
	return (by_call("getsid", getsid(victim()) != -1));
}

static enum end
priority_of(const void *with)
{
	(void)with;
	errno = 0;
	(void)getpriority(PRIO_PROCESS, (id_t)victim());
	if (errno != 0)
		return (by_call("getpriority", false));
	return (by_call(
	    "setpriority", setpriority(PRIO_PROCESS, (id_t)victim(), 5) == 0));
}

static enum end
real_time_of(const void *with)
{
	struct rtprio rt;

	(void)with;
	return (by_call("rtprio", rtprio(RTP_LOOKUP, victim(), &rt) == 0));
}

static enum end
scheduler_of(const void *with)
{
	(void)with;
	return (
	    by_call("sched_getscheduler", sched_getscheduler(victim()) != -1));
}

static enum end
processors_of(const void *with)
{
	cpuset_t mask;

	(void)with;
	if (cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, victim(),
		sizeof(mask), &mask) == -1)
		return (by_call("cpuset_getaffinity", false));
	return (by_call("cpuset_setaffinity",
	    cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, victim(),
		sizeof(mask), &mask) == 0));
}

static enum end
join_set(const void *with)
{
	cpusetid_t id;

	(void)with;
	if (cpuset_getid(CPU_LEVEL_CPUSET, CPU_WHICH_PID, victim(), &id) == -1)
		return (by_call("cpuset_getid", false));
	return (by_call(
	    "cpuset_setid", cpuset_setid(CPU_WHICH_PID, getpid(), id) == 0));
}

static enum end
usage_of(const void *with)
{
	char filter[64], out[4096];

	(void)with;
	(void)snprintf(filter, sizeof(filter), "process:%d", (int)victim());
	return (by_call("rctl_get_racct",
	    rctl_get_racct(filter, strlen(filter) + 1, out, sizeof(out)) == 0));
}

/* Rules of limits, for anyone. */
static enum end
rules(const void *with)
{
	static const char rule[] = "user:65533:maxproc:deny=1000000";
	char out[256];

	(void)with;
	if (rctl_add_rule(rule, sizeof(rule), out, sizeof(out)) == -1)
		return (by_call("rctl_add_rule", false));
	(void)rctl_remove_rule(rule, sizeof(rule), out, sizeof(out));
	return (by_call("rctl_add_rule", true));
}

/* Any process but ours. */
static enum end
others(const void *with)
{
	static struct kinfo_proc all[4096];
	size_t len = sizeof(all), i;
	int mib[3] = { CTL_KERN, KERN_PROC, KERN_PROC_PROC }, n = 0;

	(void)with;
	if (sysctl(mib, 3, all, &len, NULL, 0) == -1)
		return (by_call("sysctl", false));
	for (i = 0; i < len / sizeof(all[0]); i++) {
		if (all[i].ki_pid > 0 && all[i].ki_pid != getpid() &&
		    all[i].ki_pid != getppid())
			n++;
	}
	return (ended(n > 0 ? SUCCEEDED : REFUSED, "%d other processes", n));
}

/* The builder's parent is on the host: it reaps what the builder leaves. */
static enum end
reaper(const void *with)
{
	struct procctl_reaper_status rs;

	(void)with;
	memset(&rs, 0, sizeof(rs));
	if (procctl(P_PID, getpid(), PROC_REAP_STATUS, &rs) == -1)
		return (by_call("procctl", false));
	return (by_call("kill of the reaper", kill(rs.rs_reaper, 0) == 0));
}

static enum end
no_new_privs(const void *with)
{
	int value = 0;

	(void)with;
	if (procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_STATUS, &value) == -1)
		return (by_call("procctl", false));
	return (ended(value == PROC_NO_NEW_PRIVS_ENABLE ? REFUSED : SUCCEEDED,
	    "set-id programs %s",
	    value == PROC_NO_NEW_PRIVS_ENABLE ? "are ordinary ones" : "work"));
}

static const int args = KERN_PROC_ARGS, env = KERN_PROC_ENV,
		 maps = KERN_PROC_VMMAP, files = KERN_PROC_FILEDESC,
		 cwd = KERN_PROC_CWD, image = KERN_PROC_PATHNAME,
		 groups = KERN_PROC_GROUPS, one = KERN_PROC_PID, alone = 0,
		 all_below = KTRFLAG_DESCEND;

const struct attack attacks_tasks[] = {
	{ "trace-victim", "tracing another's process", trace, NULL },
	{ "ktrace-victim", "its system calls", kernel_trace, &alone },
	{ "ktrace-below", "those of all below it", kernel_trace, &all_below },
	{ "see-victim", "that it is there", ask, &one },
	{ "args-victim", "its arguments", ask, &args },
	{ "env-victim", "its environment", ask, &env },
	{ "maps-victim", "its memory map", ask, &maps },
	{ "files-victim", "its descriptors", ask, &files },
	{ "cwd-victim", "its working directory", ask, &cwd },
	{ "image-victim", "its program", ask, &image },
	{ "groups-victim", "its groups", ask, &groups },
	{ "limit-victim", "its limits", limit, NULL },
	{ "kqueue-victim", "its end", watch, NULL },
	{ "procctl-victim", "its properties", control, NULL },
	{ "protect-victim", "its protection", protect, NULL },
	{ "protect-self", "a protection of our own", protect_self, NULL },
	{ "thread-victim", "a signal to its threads", signal_thread, NULL },
	{ "queue-victim", "a signal with a value", queue_signal, NULL },
	{ "session-victim", "its session", session_of, NULL },
	{ "priority-victim", "its priority", priority_of, NULL },
	{ "rtprio-victim", "its real-time priority", real_time_of, NULL },
	{ "scheduler-victim", "its scheduler", scheduler_of, NULL },
	{ "processors-victim", "its processors", processors_of, NULL },
	{ "join-victim", "its set of processors", join_set, NULL },
	{ "usage-victim", "what it uses", usage_of, NULL },
	{ "limit-rules", "rules of limits", rules, NULL },
	{ "other-processes", "seeing processes of others", others, NULL },
	{ "signal-reaper", "a signal to the build's reaper", reaper, NULL },
	{ "no-new-privs", "set-id programs at work", no_new_privs, NULL },
	{ NULL, NULL, NULL, NULL },
};
