/*
 * The uid pool.  A uid is held by flock(2), not by the file's being there:
 * the lock goes with its holder, whatever becomes of it.  A file is unlinked
 * only under its lock, so who got the lock of a file without a name has a
 * uid that somebody gave back meanwhile, and opens again.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host.h"
#include "build/users.h"

/* More would be a mistyped range: each one costs a descriptor's place. */
#define POOL_MAX 65536

struct users {
	int users_fd;
	uid_t first, last;
	struct host *host;
	int *held; /* by uid - first: the locked file; -1 */
};

static void
name_of(uid_t uid, char name[24])
{
	(void)snprintf(name, 24, "%u", (unsigned)uid);
}

/*
 * Opens and locks.  BUSY: another has it; with flags 0, TAKEN and *fd -1 when
 * there is no such file.
 */
static enum users_answer
lock_uid(int users_fd, uid_t uid, int flags, int *fd, struct error *e)
{
	char name[24];
	struct stat st;
	int err;

	name_of(uid, name);
	for (;;) {
		*fd = openat(users_fd, name,
		    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
		if (*fd < 0 && errno == ENOENT && flags == 0)
			return (USERS_TAKEN);
		if (*fd < 0) {
			fail(e, errno, "open uid's lock file", name, NULL);
			return (USERS_FAILED);
		}
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0 &&
		    fstat(*fd, &st) == 0) {
			if (st.st_nlink > 0)
				return (USERS_TAKEN);
			err = EINTR;
		} else {
			err = errno;
		}
		(void)close(*fd);
		*fd = -1;
		if (err == EWOULDBLOCK)
			return (USERS_BUSY);
		if (err != EINTR) {
			fail(e, err, "lock uid", name, NULL);
			return (USERS_FAILED);
		}
	}
}

/* The descriptor of the folder; -1 with errno. */
static int
open_folder(int run_fd, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd;

	fd = openat(run_fd, "users", flags);
	if (fd >= 0 || errno != ENOENT || !make)
		return (fd);
	if (mkdirat(run_fd, "users", 0700) != 0 && errno != EEXIST)
		return (-1);
	return (openat(run_fd, "users", flags));
}

struct users *
users_create(
    int run_fd, uid_t first, uid_t last, struct host *host, struct error *e)
{
	struct users *u;
	size_t i;

	if (first == 0 || first > last || last == (uid_t)-1 ||
	    last - first >= POOL_MAX) {
		fail(e, EINVAL, "make uid pool", NULL, "%u to %u is no range",
		    (unsigned)first, (unsigned)last);
		fail_hint(e, "--pool 35001-35032");
		return (NULL);
	}
	u = calloc(1, sizeof(*u));
	if (u != NULL)
		u->held = malloc(((size_t)(last - first) + 1) * sizeof(int));
	if (u == NULL || u->held == NULL) {
		fail(e, ENOMEM, "make uid pool", NULL, NULL);
		free(u);
		return (NULL);
	}
	for (i = 0; i <= last - first; i++)
		u->held[i] = -1;
	u->first = first;
	u->last = last;
	u->host = host;
	u->users_fd = open_folder(run_fd, true);
	if (u->users_fd < 0) {
		fail(e, errno, "open uid pool", "users", NULL);
		users_destroy(u);
		return (NULL);
	}
	return (u);
}

void
users_destroy(struct users *u)
{
	size_t i;

	if (u == NULL)
		return;
	for (i = 0; i <= u->last - u->first; i++) {
		if (u->held[i] >= 0)
			(void)close(u->held[i]);
	}
	if (u->users_fd >= 0)
		(void)close(u->users_fd);
	free(u->held);
	free(u);
}

/* The file under its lock: the name goes first. */
static bool
drop(int users_fd, uid_t uid, int fd, struct error *e)
{
	char name[24];

	name_of(uid, name);
	if (unlinkat(users_fd, name, 0) != 0 && errno != ENOENT)
		return (fail(e, errno, "remove uid's lock file", name, NULL));
	(void)close(fd);
	return (true);
}

/* Says who has the uid; false always. */
static bool
in_use(uid_t uid, pid_t pid, const char *step, struct error *e)
{
	char name[24];

	name_of(uid, name);
	if (pid < 0)
		return (fail(e, EBUSY, step, name,
		    "cannot tell whether a process has it"));
	fail(e, EBUSY, step, name, "process %d has it", (int)pid);
	return (fail_hint(e, "end process %d, or another --pool", (int)pid));
}

enum users_answer
users_take(struct users *u, uid_t *uid, struct error *e)
{
	bool some_held = false, told = false;
	enum users_answer answer;
	pid_t pid;
	uid_t at;
	int fd;

	for (at = u->first; at <= u->last; at++) {
		if (u->held[at - u->first] >= 0) {
			some_held = true;
			continue;
		}
		answer = lock_uid(u->users_fd, at, O_CREAT, &fd, e);
		if (answer == USERS_FAILED)
			return (USERS_FAILED);
		if (answer == USERS_BUSY) {
			some_held = true;
			continue;
		}
		pid = host_uid_busy(u->host, at);
		if (pid == 0) {
			u->held[at - u->first] = fd;
			*uid = at;
			return (USERS_TAKEN);
		}
		if (!drop(u->users_fd, at, fd, NULL))
			(void)close(fd);
		if (!told)
			(void)in_use(at, pid, "take uid", e);
		told = true;
	}
	return (some_held ? USERS_BUSY : USERS_FAILED);
}

bool
users_release(struct users *u, uid_t uid, struct error *e)
{
	char name[24];
	pid_t pid;
	int *fd;

	name_of(uid, name);
	if (uid < u->first || uid > u->last || u->held[uid - u->first] < 0)
		return (fail(e, EINVAL, "release uid", name, "it is not held"));
	fd = &u->held[uid - u->first];
	pid = host_uid_busy(u->host, uid);
	if (pid != 0)
		return (in_use(uid, pid, "release uid", e));
	if (!drop(u->users_fd, uid, *fd, e))
		return (false);
	*fd = -1;
	return (true);
}

enum users_answer
users_claim(int run_fd, uid_t uid, int *fd, struct error *e)
{
	enum users_answer answer;
	int users_fd;

	*fd = -1;
	users_fd = open_folder(run_fd, true);
	if (users_fd < 0) {
		fail(e, errno, "open uid pool", "users", NULL);
		return (USERS_FAILED);
	}
	answer = lock_uid(users_fd, uid, O_CREAT, fd, e);
	(void)close(users_fd);
	return (answer);
}

bool
users_forget(int run_fd, uid_t uid, struct error *e)
{
	enum users_answer answer;
	int fd, users_fd;
	bool ok = true;

	users_fd = open_folder(run_fd, false);
	if (users_fd < 0)
		return (errno == ENOENT ||
			fail(e, errno, "open uid pool", "users", NULL));
	answer = lock_uid(users_fd, uid, 0, &fd, e);
	if (answer == USERS_FAILED)
		ok = false;
	else if (answer == USERS_TAKEN && fd >= 0 &&
		 !drop(users_fd, uid, fd, e)) {
		(void)close(fd);
		ok = false;
	}
	(void)close(users_fd);
	return (ok);
}
