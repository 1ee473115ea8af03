/*
 * Other processes, as Linux tells of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mach/server/proc.h"

int
proc_watch(pid_t pid)
{
	return ((int)syscall(SYS_pidfd_open, pid, 0));
}

/* A small file of /proc as text; false when it is not there. */
static bool
text_read(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd == -1)
		return (false);
	size = read(fd, text, room - 1);
	close(fd);
	if (size <= 0)
		return (false);
	text[size] = '\0';
	return (true);
}

/* The first number of a line of /proc/PID/status; false: it is not there. */
static bool
status_number(const char *text, const char *line, unsigned int *n)
{
	const char *p = strstr(text, line);

	return (p != NULL && sscanf(p + strlen(line), "%u", n) == 1);
}

int
proc_peer(int fd, struct proc_identity *who)
{
	struct ucred c;
	socklen_t size = sizeof(c);
	char path[64], text[4096];
	unsigned int uid, gid;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) != 0)
		return (errno);
	if (c.pid <= 0)
		return (ESRCH); /* of another pid name space */
	who->pid = c.pid;
	who->uid = who->real_uid = c.uid;
	who->gid = who->real_gid = c.gid;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)c.pid);
	if (text_read(path, text, sizeof(text)) &&
	    status_number(text, "\nUid:", &uid) &&
	    status_number(text, "\nGid:", &gid)) {
		who->real_uid = uid;
		who->real_gid = gid;
	}
	who->version = proc_version(c.pid);
	return (0);
}

/* Numbers of /proc/PID/stat, from the fourth field on (proc(5)). */
enum {
	PPID,
	MINFLT = 6,
	MAJFLT = 8,
	UTIME = 10,
	STIME,
	STARTTIME = 18,
	VSIZE,
	RSS,
	FIELDS
};

static int
stat_read(pid_t pid, unsigned long long *n, int max)
{
	char path[64], text[1024], *p, *next;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!text_read(path, text, sizeof(text)))
		return (0);
	/* The name may have anything in it, and ends with the last one. */
	p = strrchr(text, ')');
	if (p == NULL || strlen(p) < 4)
		return (0);
	for (p += 4, i = 0; i < max; i++, p = next) {
		n[i] = strtoull(p, &next, 10);
		if (next == p)
			break;
	}
	return (i);
}

pid_t
proc_parent(pid_t pid)
{
	unsigned long long n[1];

	return (stat_read(pid, n, 1) == 1 ? (pid_t)n[PPID] : 0);
}

/* When it began, in ticks: no number is given out twice in one. */
uint32_t
proc_version(pid_t pid)
{
	unsigned long long n[STARTTIME + 1];

	if (stat_read(pid, n, STARTTIME + 1) != STARTTIME + 1)
		return (0);
	return ((uint32_t)n[STARTTIME] != 0 ? (uint32_t)n[STARTTIME] : 1);
}

bool
proc_same_numbers(pid_t pid)
{
	struct stat own, its;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return (stat(path, &its) == 0 && stat("/proc/self/ns/pid", &own) == 0 &&
		its.st_dev == own.st_dev && its.st_ino == own.st_ino);
}

bool
proc_usage(pid_t pid, struct info_usage *u)
{
	unsigned long long n[FIELDS], ticks;
	struct timespec ts;
	clockid_t clock;
	uint64_t ns;

	*u = (struct info_usage){ 0 };
	if (stat_read(pid, n, FIELDS) != FIELDS ||
	    clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) != 0)
		return (false);
	/* The clock is exact; how it divides is told in ticks. */
	ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	ticks = n[UTIME] + n[STIME];
	u->system_ns =
	    ticks == 0
		? 0
		: (uint64_t)((double)ns * (double)n[STIME] / (double)ticks);
	u->user_ns = ns - u->system_ns;
	u->virtual_size = n[VSIZE];
	u->resident_size = n[RSS] * (uint64_t)sysconf(_SC_PAGESIZE);
	u->resident_size_max = u->resident_size;
	u->faults = n[MINFLT] + n[MAJFLT];
	u->pageins = n[MAJFLT];
	return (true);
}

bool
proc_thread_usage(
    pid_t pid, uint64_t thread, uint64_t *user_ns, uint64_t *system_ns)
{
	char path[64], text[128];

	/* Of a thread there is one number only. */
	*system_ns = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%ju/schedstat", (int)pid,
	    (uintmax_t)thread);
	if (!text_read(path, text, sizeof(text)))
		return (false);
	*user_ns = strtoull(text, NULL, 10);
	return (true);
}

/*
 * What is to be done is always short, so that each turn may be, too: since
 * Linux 6.12 who asks for that has it sooner where many want a processor.
 * Others do not look at it.
 */
#define TURN_NS 100000

/* sched_setattr(2)'s first version; which headers have it differs. */
struct schedule {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static void
schedule(uint32_t policy, int less_urgent)
{
	struct schedule attr = {
		.size = sizeof(attr),
		.policy = policy,
		.nice = getpriority(PRIO_PROCESS, 0) + less_urgent,
		.runtime = TURN_NS,
	};

	/* What an administrator chose stays. */
	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

void
proc_comes_soon(void)
{
	schedule(SCHED_OTHER, 0);
}

/*
 * A batch thread takes no processor when it is woken, and one that is less
 * urgent than the client that it wakes is not taken off between waking and
 * falling asleep: without both, a message costs up to two changes of threads
 * more.  It still gets a quarter of a processor that others want whole.
 */
#define LESS_URGENT 5

void
proc_yields_to_clients(void)
{
	schedule(SCHED_BATCH, LESS_URGENT);
}

bool
proc_program(char *to, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", to, size - 1);

	if (n <= 0)
		return (false);
	to[n] = '\0';
	return (true);
}
