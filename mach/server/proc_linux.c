/*
 * Other processes, as Linux tells of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mach/server/server.h"

int
proc_peer(int fd, struct session *s)
{
	struct ucred c;
	socklen_t size = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &size) != 0)
		return (errno);
	s->pid = c.pid;
	s->uid = s->ruid = c.uid;
	s->gid = s->rgid = c.gid;
	return (c.pid > 0 ? 0 : ESRCH); /* of another pid name space */
}

int
proc_watch(pid_t pid)
{
	return ((int)syscall(SYS_pidfd_open, pid, 0));
}

/* Numbers of /proc/PID/stat, from the fourth field on. */
static int
stat_read(pid_t pid, uint64_t thread, unsigned long long *n, int max)
{
	char path[64], text[1024], *p, *next;
	ssize_t size;
	int fd, i;

	if (thread == 0)
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	else
		snprintf(path, sizeof(path), "/proc/%d/task/%ju/stat", (int)pid,
		    (uintmax_t)thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return (0);
	text[size] = '\0';
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

	return (stat_read(pid, 0, n, 1) == 1 ? (pid_t)n[0] : 0);
}

bool
proc_usage(pid_t pid, uint64_t thread, uint64_t *virtual_size,
    uint64_t *resident_size, uint64_t *user_ns, uint64_t *system_ns)
{
	unsigned long long n[21]; /* ppid is [0]; proc(5) counts it fourth */
	uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	if (stat_read(pid, thread, n, 21) != 21)
		return (false);
	*user_ns = n[10] * tick;
	*system_ns = n[11] * tick;
	*virtual_size = n[19];
	*resident_size = n[20] * (uint64_t)sysconf(_SC_PAGESIZE);
	return (true);
}
