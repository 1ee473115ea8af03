/*
 * Which processes there are: by uid, by start time, and killing all of one
 * uid.  Apart because it is the only file of the host that reads other
 * processes' entries in /proc.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/linux/linux.h"

/* A killed process that is not gone by then waits for a device. */
#define KILL_DEADLINE_MS 5000.0

/* Reads /proc/PID/NAME as a string; false when the process is gone. */
static bool
proc_read(int proc_fd, const char *pid, const char *name, char *buf, size_t n)
{
	char path[64];
	ssize_t len;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", pid, name) >=
	    (int)sizeof(path))
		return (false);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (false);
	len = read(fd, buf, n - 1);
	close(fd);
	if (len <= 0)
		return (false);
	buf[len] = '\0';
	return (true);
}

/* True when a status text has the uid among its four and is not a zombie's. */
static bool
status_has_uid(const char *status, uid_t uid)
{
	unsigned ids[4] = { 0 };
	const char *state, *line;
	size_t i;

	state = strstr(status, "\nState:\t");
	line = strstr(status, "\nUid:\t");
	if (state == NULL || line == NULL ||
	    strchr("ZX", state[strlen("\nState:\t")]) != NULL ||
	    sscanf(line, "\nUid:\t%u %u %u %u", &ids[0], &ids[1], &ids[2],
		&ids[3]) != 4)
		return (false);
	for (i = 0; i < 4; i++)
		if (ids[i] == uid)
			return (true);
	return (false);
}

/* Looks at every process: the pid of one, 0 none, -1 cannot tell. */
static pid_t
uid_scan(uid_t uid)
{
	char status[1024];
	struct dirent *entry;
	pid_t found = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (proc == NULL)
		return (-1);
	while (found == 0 && (entry = readdir(proc)) != NULL) {
		if (strspn(entry->d_name, "0123456789") !=
		    strlen(entry->d_name))
			continue;
		/* "Uid:" is within the first few hundred bytes: proc(5). */
		if (proc_read(dirfd(proc), entry->d_name, "status", status,
			sizeof(status)) &&
		    status_has_uid(status, uid))
			found = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	closedir(proc);
	return (found);
}

/*
 * The kernel answers for a real uid in one call, a hundred times cheaper
 * than reading /proc, and says ESRCH when no process of it is left, zombies
 * included (kernel/sys.c, getpriority(2)).  A process that has the number
 * only as effective or saved uid came from a set-id file of a builder, which
 * the filter and nosuid keep from existing.
 */
static bool
uid_unused(uid_t uid)
{
	/* 0 would mean the caller's own. */
	if (uid == 0)
		return (false);
	errno = 0;
	return (getpriority(PRIO_USER, (id_t)uid) == -1 && errno == ESRCH);
}

pid_t
host_uid_busy(struct host *h, uid_t uid)
{
	(void)h;
	if (uid_unused(uid))
		return (0);
	return (uid_scan(uid));
}

uint64_t
host_process_start(pid_t pid)
{
	char path[32], stat[1024];
	const char *p;
	int field;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (pid <= 0 || !proc_read(AT_FDCWD, path, "stat", stat, sizeof(stat)))
		return (0);
	/* The name may hold anything, blanks and brackets too: proc(5). */
	p = strrchr(stat, ')');
	if (p == NULL || p[1] == '\0' || strchr("ZX", p[2]) != NULL)
		return (0);
	/* "starttime" is field 22; the name is the second. */
	for (field = 2; field < 22 && p != NULL; field++)
		p = strchr(p + 1, ' ');
	return (p == NULL ? 0 : strtoull(p + 1, NULL, 10));
}

/*
 * kill(-1) with the uid's own credentials: the kernel signals all of them
 * under one lock, so that nobody can fork away from it.  Runs in a child
 * because credentials do not come back.
 */
static void
kill_all_as(uid_t uid)
{
	/* No capability survives the change: capabilities(7). */
	if (setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) == 0 &&
	    setresuid(uid, uid, uid) == 0 && getuid() == uid &&
	    kill(-1, SIGKILL) == -1 && errno != ESRCH)
		_exit(errno);
	_exit(getuid() == uid ? 0 : EPERM);
}

/*
 * 0, or an errno.  The victims may signal the child between its two calls:
 * stopped or killed it is put away (EAGAIN), and the caller tries again.
 */
static int
kill_round(uid_t uid)
{
	pid_t child, got;
	int status;

	child = fork();
	if (child == -1)
		return (errno);
	if (child == 0)
		kill_all_as(uid);
	while (
	    (got = waitpid(child, &status, WUNTRACED)) == -1 && errno == EINTR)
		continue;
	if (got == -1)
		return (errno);
	if (WIFSTOPPED(status)) {
		kill(child, SIGKILL);
		while (waitpid(child, &status, 0) == -1 && errno == EINTR)
			continue;
		return (EAGAIN);
	}
	return (WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN);
}

bool
process_kill_uid(uid_t uid, struct error *e)
{
	static const struct timespec pause_time = { .tv_nsec = 1000000 };
	uint64_t start = clock_now();
	char name[32];
	pid_t left;
	int err;

	snprintf(name, sizeof(name), "uid %u", (unsigned)uid);
	if (uid == 0 || uid == (uid_t)-1 || uid == getuid() || uid == geteuid())
		return (fail(e, EINVAL, "kill processes", name,
		    "not a uid of the pool"));
	for (;;) {
		if (uid_unused(uid))
			return (true);
		err = kill_round(uid);
		if (err == EPERM || err == EINVAL)
			return (fail(e, err, "kill processes", name, NULL));
		/* Zombies are no more than somebody's unread exit status. */
		left = uid_scan(uid);
		if (left == 0)
			return (true);
		if (clock_since_ms(start) > KILL_DEADLINE_MS)
			break;
		nanosleep(&pause_time, NULL);
	}
	fail(e, ETIMEDOUT, "kill processes", name, "process %d does not end",
	    (int)left);
	return (fail_hint(e, "look at /proc/%d/stack", (int)left));
}
