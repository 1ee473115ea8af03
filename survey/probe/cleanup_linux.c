/* Undoing what probes left, on Linux. */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "survey/probe/area_common_util.h"
#include "survey/probe/runner.h"

/* A process that is still there after this long will not go. */
enum { KILL_PATIENCE_MS = 5000 };

/* Parent of a process, by /proc/PID/stat; 0 when it is gone. */
static pid_t
parent_of(pid_t pid)
{
	char path[64], buf[512], *p;
	ssize_t n;
	int fd, parent;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (0);
	n = read(fd, buf, sizeof(buf) - 1);
	(void)close(fd);
	if (n <= 0)
		return (0);
	buf[n] = '\0';
	/* "PID (name) S PPID": the name may hold anything but is last ')'. */
	p = strrchr(buf, ')');
	if (p == NULL || sscanf(p, ") %*c %d", &parent) != 1)
		return (0);
	return ((pid_t)parent);
}

/* Kills all children by looking at every process. */
static bool
kill_scanned(void)
{
	struct dirent *d;
	pid_t pid, self = getpid();
	DIR *dir;

	dir = opendir("/proc");
	if (dir == NULL)
		return (false);
	while ((d = readdir(dir)) != NULL) {
		pid = (pid_t)atol(d->d_name);
		/* A child's number is ours until we reap it. */
		if (pid > 1 && parent_of(pid) == self)
			(void)kill(pid, SIGKILL);
	}
	(void)closedir(dir);
	return (true);
}

/*
 * Kills all children; those of theirs become ours as they die.  The list
 * exists with CONFIG_PROC_CHILDREN.
 */
static bool
kill_children(void)
{
	char path[64];
	long pid;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
	    (long)syscall(SYS_gettid));
	f = fopen(path, "re");
	if (f == NULL)
		return (kill_scanned());
	while (fscanf(f, "%ld", &pid) == 1) {
		if (pid > 1)
			(void)kill((pid_t)pid, SIGKILL);
	}
	(void)fclose(f);
	return (true);
}

/* False with nothing left to wait for. */
static bool
reap_all(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
	return (pid == 0);
}

bool
cleanup_descendants(void)
{
	struct timespec pause = { 0, 200 * 1000 };
	uint64_t begin = clock_now();

	while (reap_all()) {
		if (!kill_children() ||
		    clock_since_ms(begin) > KILL_PATIENCE_MS)
			return (false);
		if (reap_all())
			(void)nanosleep(&pause, NULL);
	}
	return (true);
}

/* Undoes mountinfo's octal escapes, in place. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
		    s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
				       (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* The last mount of the table that is at or below `dir`; free(3) it. */
static char *
last_mount_below(const char *dir)
{
	size_t len = strlen(dir), size = 0;
	char *line = NULL, *found = NULL, *point;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (f == NULL)
		return (NULL);
	while (getline(&line, &size, f) > 0) {
		if (sscanf(line, "%*d %*d %*s %*s %ms", &point) != 1)
			continue;
		unescape(point);
		if (strncmp(point, dir, len) == 0 &&
		    (point[len] == '/' || point[len] == '\0')) {
			free(found);
			found = point;
		} else {
			free(point);
		}
	}
	free(line);
	(void)fclose(f);
	return (found);
}

/* A later line stands on an earlier one, so the last goes first. */
bool
cleanup_mounts(const char *dir)
{
	char *point;

	while ((point = last_mount_below(dir)) != NULL) {
		if (umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
			free(point);
			return (false);
		}
		free(point);
	}
	return (true);
}

void
cleanup_posix_name(const char *name)
{
	(void)shm_unlink(name);
	(void)sem_unlink(name);
	(void)mq_unlink(name);
}

void
cleanup_jail(const char *name)
{
	/* No jails here; the names serve for control groups. */
	util_cgroup_undo(name);
}
