/*
 * Reaching the host or another build by other means than files: System V and
 * POSIX objects, sockets.  The victim is a "victim" deed in another build,
 * or the test itself on the host.
 */
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/attack.h"

static key_t
key(void)
{
	return ((key_t)strtol(setting("IPC_KEY"), NULL, 10));
}

static enum end
sysv_shm(const void *with)
{
	(void)with;
	return (by_call("shmget", shmget(key(), 1, 0) != -1));
}

static enum end
sysv_sem(const void *with)
{
	(void)with;
	return (by_call("semget", semget(key(), 1, 0) != -1));
}

static enum end
sysv_msg(const void *with)
{
	(void)with;
	return (by_call("msgget", msgget(key(), 0) != -1));
}

static enum end
posix_shm(const void *with)
{
	(void)with;
	return (by_call("shm_open",
	    shm_open(setting("IPC_NAME"), O_RDONLY | O_CLOEXEC, 0) != -1));
}

static enum end
posix_queue(const void *with)
{
	(void)with;
	(void)signal(SIGSYS, SIG_IGN);
	return (by_call("mq_open",
	    mq_open(setting("IPC_NAME"), O_RDONLY | O_CLOEXEC) != (mqd_t)-1));
}

static enum end
unix_path(const void *with)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	(void)with;
	(void)snprintf(
	    sun.sun_path, sizeof(sun.sun_path), "%s", setting("SOCKET_PATH"));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return (by_call(
	    "connect", connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0));
}

/* A service that listens on the host's loopback address only. */
static enum end
loopback(const void *with)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd;

	sin.sin_port = htons((uint16_t)strtol(setting("HOST_PORT"), NULL, 10));
	(void)inet_pton(AF_INET, with, &sin.sin_addr);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return (by_call(
	    "connect", connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0));
}

/* A datagram to anywhere: without a network there is no route. */
static enum end
network(const void *with)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd;

	sin.sin_port = htons(9);
	(void)inet_pton(AF_INET, with, &sin.sin_addr);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return (by_call(
	    "connect", connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0));
}

const struct attack attacks_ipc[] = {
	{ "sysv-shm", "another's System V memory", sysv_shm, NULL },
	{ "sysv-sem", "another's System V semaphores", sysv_sem, NULL },
	{ "sysv-msg", "another's System V queue", sysv_msg, NULL },
	{ "posix-shm", "another's POSIX memory", posix_shm, NULL },
	{ "posix-queue", "another's POSIX queue", posix_queue, NULL },
	{ "unix-path", "a service by its socket's path", unix_path, NULL },
	{ "loopback", "a service on the host's loopback", loopback,
	    "127.0.0.1" },
	{ "network", "any address outside", network, "192.0.2.1" },
	{ NULL, NULL, NULL, NULL },
};

/*
 * The victim: everything that a sibling could want, for SECONDS, held since
 * it printed "ready".
 */
static void
wake(int sig)
{
	(void)sig;
}

static int
victim(char **args)
{
	struct timespec hold = { .tv_sec = strtol(args[0], NULL, 10) };
	const char *name = setting("IPC_NAME");
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	int fd, shm, sem, msg;
	mqd_t queue;

	/* What this kernel was built without. */
	(void)signal(SIGSYS, SIG_IGN);
	/* The test ends it: what it made goes with it. */
	(void)signal(SIGUSR1, wake);
	shm = shmget(key(), 4096, IPC_CREAT | 0666);
	sem = semget(key(), 1, IPC_CREAT | 0666);
	msg = msgget(key(), IPC_CREAT | 0666);
	fd = shm_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	queue = mq_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666, &attr);
	printf("ready shm %d sem %d msg %d posix %d queue %d\n", shm != -1,
	    sem != -1, msg != -1, fd != -1, queue != (mqd_t)-1);
	(void)fflush(stdout);
	(void)nanosleep(&hold, NULL);
	/* Natively nothing else takes them away. */
	(void)shmctl(shm, IPC_RMID, NULL);
	(void)semctl(sem, 0, IPC_RMID);
	(void)msgctl(msg, IPC_RMID, NULL);
	(void)shm_unlink(name);
	(void)mq_unlink(name);
	return (0);
}

static int
print_euid(char **args)
{
	(void)args;
	printf("%d\n", (int)geteuid());
	return (0);
}

const struct deed deeds_ipc[] = {
	{ "victim", "holds what others could want", victim },
	{ "print-euid", "prints its effective uid", print_euid },
	{ NULL, NULL, NULL },
};
