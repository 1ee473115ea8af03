/*
 * Helpers of the areas isolation, namespace, mount, privilege and limit that
 * are the same on every system.  The rest stands in area_linux_util.c and
 * area_freebsd_util.c.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/area_common_util.h"

PROBE(util_linux_only)
{
	return (probe_absent("an interface of Linux"));
}

PROBE(util_freebsd_only)
{
	return (probe_absent("an interface of FreeBSD"));
}

int
util_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return (-1);
	return (WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
}

/* What the child of util_in_child shares with its parent. */
struct shared_answer {
	bool given;
	struct probe_answer answer;
};

struct probe_answer
util_in_child(util_fn *fn, const struct probe_context *ctx, void *arg)
{
	struct probe_answer answer;
	struct shared_answer *shared;
	pid_t pid;
	int rc;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (shared == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	pid = fork();
	if (pid < 0) {
		rc = errno;
		munmap(shared, sizeof(*shared));
		return (probe_errno(rc, "fork"));
	}
	if (pid == 0) {
		shared->answer = fn(ctx, arg);
		shared->given = true;
		_exit(0);
	}
	rc = util_wait(pid);
	if (shared->given)
		answer = shared->answer;
	else if (rc < -1)
		answer = probe_state(
		    ISTH_STATE_CRASHED, 0, "its child died of signal %d", -rc);
	else
		answer = probe_state(
		    ISTH_STATE_CRASHED, 0, "its child ended without an answer");
	munmap(shared, sizeof(*shared));
	return (answer);
}

struct probe_answer
util_refused(long rc, int also, const char *call)
{
	int err;

	err = errno;
	if (rc >= 0)
		return (probe_wrong("%s was allowed", call));
	if (err == EPERM || err == EACCES || (also != 0 && err == also))
		return (probe_ok("%s: %s", call, strerror(err)));
	if (err == ENOSYS)
		return (probe_absent("%s", call));
	return (probe_state(ISTH_STATE_FAILED, err,
	    "%s failed, but not for want of privilege", call));
}

struct probe_answer
util_done(long rc, const char *call)
{
	return (rc < 0 ? probe_errno(errno, "%s", call) : probe_ok(NULL));
}

bool
util_drop_to(unsigned id)
{
	if (geteuid() != 0)
		return (true);
	if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 ||
	    setresuid(id, id, id) != 0)
		return (false);
#if defined(__linux__)
	/* The drop made us undumpable, and /proc/self root's. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
#endif
	if (setuid(0) == 0 || geteuid() != id) {
		errno = ENOTRECOVERABLE;
		return (false);
	}
	return (true);
}

bool
util_drop(const struct probe_context *ctx)
{
	if (!ctx->root)
		return (true);
	if (chown(".", PROBE_OTHER_ID, PROBE_OTHER_ID) != 0)
		return (false);
	return (util_drop_to(PROBE_OTHER_ID));
}

bool
util_read(const char *path, char *buf, size_t size)
{
	ssize_t n;
	int err, fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (false);
	n = read(fd, buf, size - 1);
	err = errno;
	close(fd);
	if (n < 0) {
		errno = err;
		return (false);
	}
	buf[n] = '\0';
	return (true);
}

bool
util_write(const char *path, const char *text)
{
	ssize_t n;
	int err, fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return (false);
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = n < 0 ? err : EIO;
	return (n == (ssize_t)strlen(text));
}

bool
util_exists(const char *path)
{
	struct stat st;

	return (stat(path, &st) == 0);
}

/* Fills a socket address; false when the path is too long for one. */
static bool
unix_address(struct sockaddr_un *un, const char *path)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path)) {
		errno = ENAMETOOLONG;
		return (false);
	}
	memcpy(un->sun_path, path, strlen(path) + 1);
	return (true);
}

int
util_unix_listen(const char *path)
{
	struct sockaddr_un un;
	int err, fd;

	if (!unix_address(&un, path))
		return (-1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	if (bind(fd, (const struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, 4) != 0) {
		err = errno;
		close(fd);
		errno = err;
		return (-1);
	}
	return (fd);
}

int
util_unix_connect(const char *path)
{
	struct sockaddr_un un;
	int err, fd;

	if (!unix_address(&un, path))
		return (-1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (-1);
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) != 0) {
		err = errno;
		close(fd);
		errno = err;
		return (-1);
	}
	return (fd);
}

/* The life of a peer, in its own process. */
static _Noreturn void
peer_main(int channel, int (*setup)(void *), void *arg, bool cat)
{
	int err;
	char c;

	err = setup != NULL ? setup(arg) : 0;
	if (write(channel, &err, sizeof(err)) == sizeof(err) && err == 0) {
		if (cat && dup2(channel, 0) == 0 && dup2(channel, 1) == 1)
			(void)execlp("cat", "cat", (char *)NULL);
		while (!cat && read(channel, &c, 1) < 0 && errno == EINTR)
			;
	}
	_exit(0);
}

static bool
peer_start(struct util_peer *peer, int (*setup)(void *), void *arg, bool cat)
{
	int err, sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) != 0)
		return (false);
	peer->pid = fork();
	if (peer->pid == 0) {
		close(sv[0]);
		peer_main(sv[1], setup, arg, cat);
	}
	err = errno;
	close(sv[1]);
	peer->fd = sv[0];
	if (peer->pid < 0) {
		close(sv[0]);
		errno = err;
		return (false);
	}
	if (read(peer->fd, &err, sizeof(err)) != sizeof(err))
		err = EPIPE;
	if (err == 0)
		return (true);
	util_peer_stop(peer);
	errno = err;
	return (false);
}

bool
util_peer_start(struct util_peer *peer, int (*setup)(void *), void *arg)
{
	return (peer_start(peer, setup, arg, false));
}

bool
util_peer_start_cat(struct util_peer *peer, int (*setup)(void *), void *arg)
{
	char c = 'x';

	if (!peer_start(peer, setup, arg, true))
		return (false);
	if (write(peer->fd, &c, 1) == 1 && read(peer->fd, &c, 1) == 1)
		return (true);
	util_peer_stop(peer);
	errno = ENOEXEC;
	return (false);
}

void
util_peer_stop(struct util_peer *peer)
{
	close(peer->fd);
	(void)kill(peer->pid, SIGKILL);
	(void)util_wait(peer->pid);
}

extern char **environ;

int
util_capture(char *const argv[], char *out, size_t size)
{
	posix_spawn_file_actions_t actions;
	size_t len;
	ssize_t n;
	pid_t pid;
	int err, status, pipefd[2];

	if (pipe(pipefd) != 0)
		return (-1);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipefd[1], 1);
	posix_spawn_file_actions_addclose(&actions, pipefd[0]);
	posix_spawn_file_actions_addclose(&actions, pipefd[1]);
	err = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipefd[1]);
	len = 0;
	if (err == 0) {
		while (len < size - 1 &&
		       (n = read(pipefd[0], out + len, size - 1 - len)) > 0)
			len += (size_t)n;
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				break;
	}
	close(pipefd[0]);
	out[len] = '\0';
	errno = err;
	return (err != 0 ? -1 : status);
}

bool
util_copy_program(const char *name, const char *to, mode_t mode)
{
	static const char *const where[] = { "/usr/bin", "/bin",
		"/run/current-system/profile/bin",
		"/run/current-system/sw/bin" };
	char buf[65536], path[128];
	ssize_t n;
	size_t i;
	int in, out;

	in = -1;
	for (i = 0; i < UTIL_COUNT(where) && in < 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", where[i], name);
		in = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (in < 0)
		return (false);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	n = -1;
	if (out >= 0) {
		while ((n = read(in, buf, sizeof(buf))) > 0)
			if (write(out, buf, (size_t)n) != n) {
				n = -1;
				break;
			}
		if (n == 0 && fchmod(out, mode) != 0)
			n = -1;
		close(out);
	}
	close(in);
	return (n == 0);
}

const char *
util_admin_note(const struct probe_context *ctx)
{
#if defined(__linux__)
	return (ctx->root ? "" : ", in a user namespace");
#else
	(void)ctx;
	return ("");
#endif
}

void
util_append(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	(void)snprintf(
	    list + used, size - used, "%s%s", used == 0 ? "" : " ", word);
}
