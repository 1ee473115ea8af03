/* Undoing what probes left, on FreeBSD. */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/procctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "survey/probe/runner.h"

enum {
	/* A process that is still there after this long will not go. */
	KILL_PATIENCE_MS = 5000,
	/* A removed jail may stay for the sockets that it had. */
	JAIL_PATIENCE_MS = 100,
	MOUNT_PATIENCE_MS = 1000
};

static void
pause_briefly(void)
{
	struct timespec ts = { 0, 200 * 1000 };

	(void)nanosleep(&ts, NULL);
}

/* False with nothing left to wait for. */
static bool
reap_all(void)
{
	struct procctl_reaper_status rs;
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
	} while (pid > 0 || (pid < 0 && errno == EINTR));
	if (pid == 0)
		return (true);
	/* Children with a process descriptor are not waited for, but seen. */
	return (procctl(P_PID, (id_t)getpid(), PROC_REAP_STATUS, &rs) == 0 &&
		(rs.rs_flags & REAPER_STATUS_OWNED) != 0 &&
		rs.rs_descendants != 0);
}

bool
cleanup_descendants(void)
{
	struct procctl_reaper_kill rk;
	uint64_t begin = clock_now();

	while (reap_all()) {
		if (clock_since_ms(begin) > KILL_PATIENCE_MS)
			return (false);
		memset(&rk, 0, sizeof(rk));
		rk.rk_sig = SIGKILL;
		(void)procctl(P_PID, (id_t)getpid(), PROC_REAP_KILL, &rk);
		if (reap_all())
			pause_briefly();
	}
	return (true);
}

/*
 * Unmounts the last mount at or below `dir`: 1 done, 0 there is none,
 * -1 it stays.
 */
static int
unmount_last(const char *dir)
{
	size_t len = strlen(dir);
	struct statfs *sf;
	int i, n, result = 0;
	const char *on;

	n = getfsstat(NULL, 0, MNT_NOWAIT);
	if (n < 0)
		return (-1);
	/* Some more, in case the table grows now. */
	sf = calloc((size_t)n + 16, sizeof(*sf));
	if (sf == NULL)
		return (-1);
	n = getfsstat(sf, (long)(((size_t)n + 16) * sizeof(*sf)), MNT_NOWAIT);
	for (i = n - 1; i >= 0; i--) {
		on = sf[i].f_mntonname;
		if (strncmp(on, dir, len) != 0 ||
		    (on[len] != '/' && on[len] != '\0'))
			continue;
		result = unmount(on, MNT_FORCE) == 0 ? 1 : -1;
		break;
	}
	free(sf);
	return (result);
}

bool
cleanup_mounts(const char *dir)
{
	uint64_t begin = clock_now();
	int result;

	while ((result = unmount_last(dir)) != 0) {
		if (result > 0)
			continue;
		if (clock_since_ms(begin) > MOUNT_PATIENCE_MS)
			return (false);
		pause_briefly();
	}
	return (true);
}

void
cleanup_posix_name(const char *name)
{
	(void)shm_unlink(name);
	(void)sem_unlink(name);
	/* mq_unlink(3) without librt, which nothing else here needs. */
	(void)syscall(SYS_kmq_unlink, name);
}

/* Its number; -1 when there is none of that name. */
static int
jail_number(const char *name, int flags)
{
	char key[] = "name", value[64];
	struct iovec iov[2];

	(void)strlcpy(value, name, sizeof(value));
	iov[0].iov_base = key;
	iov[0].iov_len = sizeof(key);
	iov[1].iov_base = value;
	iov[1].iov_len = strlen(value) + 1;
	return (jail_get(iov, 2, flags));
}

void
cleanup_jail(const char *name)
{
	uint64_t begin = clock_now();
	int jid;

	jid = jail_number(name, 0);
	if (jid < 0)
		return;
	(void)jail_remove(jid);
	/* It is removed before its processes are gone. */
	while (jail_number(name, JAIL_DYING) >= 0 &&
	       clock_since_ms(begin) < JAIL_PATIENCE_MS)
		pause_briefly();
}
