/*
 * The way to a server: the one that was named, the user's own, which is
 * started where there is none, or the system's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mach/client/client.h"
#include "mach/os/user/alive.h"
#include "mach/os/user/fds.h"

#define IDLE "60" /* seconds that a server that we started waits for others */

/* The thread that starts a server. */
static _Thread_local bool starting;

bool
server_is_starting(void)
{
	return (starting);
}

static int
connect_once(const struct sockaddr_un *sun)
{
	int fd, error;

	fd = fds_raise(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
	if (fd == -1)
		return (-1);
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const struct timespec ts = { 0, 2000000 };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	while ((fd = connect_once(&sun)) == -1 && errno == ECONNREFUSED &&
	       alive_is(path))
		(void)nanosleep(&ts, NULL);
	return (fd);
}

/* Nobody's child, in no session of the program's, with nothing of it open. */
_Noreturn static void
server_become(int ready)
{
	const char *machd = getenv("ISTHMUS_MACHD");
	char number[16];
	sigset_t none;
	int null;

	(void)setsid();
	/* The caller has all signals blocked. */
	sigemptyset(&none);
	(void)pthread_sigmask(SIG_SETMASK, &none, NULL);
	starting = true;
	if (fork() != 0)
		_exit(0);
	(void)chdir("/");
	ready = fcntl(ready, F_DUPFD, 3);
	/* Who waits for the end of some output does not wait for it. */
	null = open("/dev/null", O_RDWR);
	if (null != -1) {
		(void)dup2(null, 0);
		(void)dup2(null, 1);
	}
	(void)dup2(ready, 2);
	if (ready > 3)
		(void)close_range(3, (unsigned int)ready - 1, 0);
	(void)close_range((unsigned int)ready + 1, UINT_MAX, 0);
	snprintf(number, sizeof(number), "%d", ready);
	if (machd == NULL)
		machd = MACHD_PATH;
	execlp(machd, "machd", "--idle", IDLE, "--ready", number, (char *)NULL);
	fprintf(stderr,
	    "start machd: %s: %s; try: ISTHMUS_MACHD=PATH, or isthmus mach "
	    "run COMMAND\n",
	    machd, strerror(errno));
	_exit(127);
}

/* Starts a server of the user's own, and hears what it says if it cannot. */
static void
server_start(char *said, size_t room)
{
	int ready[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	said[0] = '\0';
	if (pipe2(ready, O_CLOEXEC) != 0)
		return;
	starting = true;
	pid = fork();
	starting = false;
	if (pid == 0)
		server_become(ready[1]);
	close(ready[1]);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	/* What went wrong, or the byte that says it is ready. */
	while (n < room - 1 && memchr(said, '\0', n) == NULL) {
		got = read(ready[0], said + n, room - 1 - n);
		if (got == 0 || (got == -1 && errno != EINTR))
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	said[n] = '\0';
	close(ready[0]);
}

/* The place of it may be anyone's to write to: it is the user's, or root's. */
static int
connect_to_own(const char *path)
{
	int fd = connect_to(path);
	uid_t uid;

	if (fd == -1 ||
	    (server_peer_uid(fd, &uid) && (uid == 0 || uid == geteuid())))
		return (fd);
	close(fd);
	errno = EPERM;
	return (-1);
}

/* Where nothing else was said. */
static int
connect_somewhere(const char *path)
{
	int fd = connect_to_own(path), error;
	char said[512];

	if (fd != -1 || errno == EPERM)
		return (fd);
	server_start(said, sizeof(said));
	/* Another process may have been quicker to start it. */
	fd = connect_to_own(path);
	error = errno;
	if (fd == -1)
		fd = connect_to_own(MACH_SERVER_SYSTEM);
	if (fd != -1)
		return (fd);
	if (said[0] != '\0')
		fprintf(stderr, "libsystem_kernel: %s", said);
	errno = error;
	return (-1);
}

int
server_connect(char *path, size_t room)
{
	if (server_is_setuid()) {
		snprintf(path, room, "%s", MACH_SERVER_SYSTEM);
		return (connect_to_own(path));
	}
	(void)mach_server_path(path, room);
	return (getenv("ISTHMUS_MACH_SOCKET") != NULL
		    ? connect_to(path)
		    : connect_somewhere(path));
}
