/*
 * What only an administrator may do, asked for by a user with arguments that
 * could do nothing; and looking into another process.
 */
#include <sys/param.h>
#if __has_include(<sys/prctl.h>)
#include <sys/prctl.h>
#endif
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <linux/perf_event.h>
#include <sys/swap.h>
#elif defined(__FreeBSD__)
#include <sys/linker.h>
#include <sys/mount.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/ktrace.h>
#endif

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_system.h"

#if defined(__linux__)

PROBE(sa_reboot)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	/* No magic number: nothing to fear from a kernel that forgot. */
	return (util_refused(syscall(SYS_reboot, 0, 0, 0, NULL), 0, "reboot"));
}

PROBE(sa_module)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (util_refused(
	    syscall(SYS_init_module, NULL, 0, ""), 0, "init_module"));
}

PROBE(sa_kexec)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (util_refused(syscall(SYS_kexec_load, 0, 0, NULL, 0xffffffffUL),
	    0, "kexec_load"));
}

PROBE(sa_perf)
{
	struct perf_event_attr attr;
	uint64_t count = 0;
	volatile int i;
	int fd;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_TASK_CLOCK;
	attr.exclude_kernel = 1;
	NEED(fd = (int)syscall(
		 SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
	for (i = 0; i < 10000; i++)
		;
	NEED(read(fd, &count, sizeof(count)));
	return (count > 0 ? probe_ok("a user counts its own time")
			  : probe_wrong("it counts nothing"));
}

#elif defined(__FreeBSD__)

PROBE(sa_module)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (util_refused(kldload("isthmus_none"), 0, "kldload"));
}

PROBE(sa_sysctl_write)
{
	char name[MAXHOSTNAMELEN];
	size_t len = sizeof(name);

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED(sysctlbyname("kern.hostname", name, &len, NULL, 0));
	/* What it is already. */
	return (util_refused(
	    sysctlbyname("kern.hostname", NULL, NULL, name, strlen(name)), 0,
	    "kern.hostname"));
}

PROBE(sa_ktrace)
{
	struct stat st;

	NEED_OTHER_USER();
	if (geteuid() == 0 && !util_drop(ctx))
		return (probe_errno(errno, "dropping root"));
	NEED_TRUE(probe_file("trace", ""));
	NEED(ktrace("trace", KTROP_SET, KTRFAC_SYSCALL, getpid()));
	(void)getppid();
	NEED(ktrace("trace", KTROP_CLEAR, KTRFAC_SYSCALL, getpid()));
	NEED(stat("trace", &st));
	return (st.st_size > 0 ? probe_ok(NULL)
			       : probe_wrong("the trace is empty"));
}

PROBE(sa_utrace)
{
	NEED(utrace("isthmus", 7));
	return (probe_ok(NULL));
}

#endif

PROBE(sa_sethostname)
{
	char name[256];

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED(gethostname(name, sizeof(name)));
	/* What it is already. */
	return (
	    util_refused(sethostname(name, strlen(name)), 0, "sethostname"));
}

PROBE(sa_swapon)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
#if defined(__linux__)
	return (util_refused(swapon("isthmus-none", 0), 0, "swapon"));
#else
	return (util_refused(swapon("isthmus-none"), 0, "swapon"));
#endif
}

PROBE(sa_acct)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	/* A file that is not there: accounting stays as it is. */
	return (util_refused(acct("isthmus-none"), 0, "acct"));
}

#if defined(__linux__)
#define TRACE_ME PTRACE_TRACEME
#define TRACE_READ PTRACE_PEEKDATA
#define TRACE_GO PTRACE_CONT
#define TRACE_NOWHERE NULL
#define TRACE_SYSCALL PTRACE_SYSCALL
#define TRACE_ATTACH PTRACE_ATTACH
#else
#define TRACE_ME PT_TRACE_ME
#define TRACE_READ PT_READ_D
#define TRACE_GO PT_CONTINUE
#define TRACE_NOWHERE ((char *)1)
#define TRACE_SYSCALL PT_SYSCALL
#define TRACE_ATTACH PT_ATTACH
#endif

static int traced = 4711;

/* A child that has stopped under our trace; -1 with errno. */
static pid_t
traced_child(void)
{
	pid_t pid;
	int status;

	pid = fork();
	if (pid == 0) {
		traced = 815;
#if defined(PR_SET_DUMPABLE)
		/* A process that changed its user is closed to tracing. */
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
#endif
		if (ptrace(TRACE_ME, 0, NULL, 0) != 0)
			_exit(errno == EPERM ? 2 : 1);
		(void)raise(SIGSTOP);
		(void)getppid();
		_exit(7);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return (-1);
	if (!WIFSTOPPED(status)) {
		errno = EPERM;
		return (-1);
	}
	return (pid);
}

PROBE(sa_ptrace)
{
	pid_t pid;
	long word;
	int status;

	NEED(pid = traced_child());
	errno = 0;
	word = ptrace(TRACE_READ, pid, (void *)&traced, 0);
	if (errno != 0)
		return (probe_errno(errno, "reading its memory"));
	if ((int)word != 815)
		return (probe_wrong("it reads %d for 815", (int)word));
	NEED(ptrace(TRACE_GO, pid, TRACE_NOWHERE, 0));
	NEED(waitpid(pid, &status, 0));
	return (WIFEXITED(status) && WEXITSTATUS(status) == 7
		    ? probe_ok(NULL)
		    : probe_wrong("its status is 0x%x", status));
}

PROBE(sa_ptrace_syscall)
{
	pid_t pid;
	int status;

	NEED(pid = traced_child());
	NEED(ptrace(TRACE_SYSCALL, pid, TRACE_NOWHERE, 0));
	NEED(waitpid(pid, &status, 0));
	return (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP
		    ? probe_ok(NULL)
		    : probe_wrong("its status is 0x%x", status));
}

PROBE(sa_ptrace_attach)
{
	pid_t pid;
	int status;

	NEED(pid = fork());
	if (pid == 0)
		for (;;)
			(void)pause();
	NEED(ptrace(TRACE_ATTACH, pid, NULL, 0));
	NEED(waitpid(pid, &status, 0));
	return (WIFSTOPPED(status) ? probe_ok(NULL)
				   : probe_wrong("its status is 0x%x", status));
}

PROBE(sa_ptrace_init)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	/* FreeBSD says ESRCH where a process is not to be seen. */
	return (util_refused(
	    ptrace(TRACE_ATTACH, 1, NULL, 0), ESRCH, "tracing process 1"));
}

PROBE(sa_kill_init)
{
	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	return (util_refused(kill(1, 0), ESRCH, "signalling process 1"));
}

PROBE(sa_dtrace)
{
#if defined(__FreeBSD__)
	return (util_exists("/dev/dtrace/dtrace")
		    ? probe_ok(NULL)
		    : util_no_module("dtraceall"));
#else
	return (probe_absent("/dev/dtrace is FreeBSD's"));
#endif
}

PROBE(sa_syslog)
{
	struct stat st;

#if defined(__linux__)
	const char path[] = "/dev/log";
#else
	const char path[] = "/var/run/log";
#endif
	if (stat(path, &st) != 0)
		return (util_skip("no daemon listens at %s", path));
	return (S_ISSOCK(st.st_mode) ? probe_ok("%s", path)
				     : probe_wrong("%s is no socket", path));
}
