/*
 * A new program's first trap, against a connection on which a descriptor
 * comes back.  The program is this one again, that writes what it took.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "server.h"

static double
programs(const char *what, int n)
{
	double sum = 0, took;
	int pipes[2], i;
	pid_t pid;

	for (i = 0; i < n; i++) {
		if (pipe(pipes) != 0)
			err(1, "pipe");
		pid = fork();
		if (pid == 0) {
			dup2(pipes[1], 3);
			execl("/proc/self/exe", "bench", what, (char *)NULL);
			_exit(1);
		}
		close(pipes[1]);
		all(read(pipes[0], &took, sizeof(took)), sizeof(took));
		close(pipes[0]);
		(void)waitpid(pid, NULL, 0);
		sum += took;
	}
	return (sum);
}

double
first_traps(int n)
{
	return (programs("--trap", n));
}

double
first_connections(int n)
{
	return (programs("--connect", n));
}

/* A server that answers each connection with a descriptor. */
static char path[64];

_Noreturn static void
answer_connections(int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { path, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	char byte;
	int client;

	memset(&control, 0, sizeof(control));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	while ((client = accept(fd, NULL, NULL)) != -1) {
		if (read(client, &byte, 1) == 1)
			(void)!sendmsg(client, &msg, 0);
		close(client);
	}
	_exit(0);
}

static void
forget(void)
{
	(void)unlink(path);
}

void
first_begin(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	snprintf(path, sizeof(path), "/tmp/bench-%d", (int)getpid());
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(fd, 16) != 0)
		err(1, "%s", path);
	setenv("BENCH_SOCKET", path, 1);
	if (is_child())
		answer_connections(fd);
	close(fd);
	(void)atexit(forget);
}

static void
connect_to(const struct sockaddr_un *sun)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) != 0 ||
	    write(fd, &byte, 1) != 1 || recvmsg(fd, &msg, 0) != 1)
		err(1, "connect");
}

int
first_program(const char *what)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	double start = bench_now();

	if (strcmp(what, "--trap") == 0) {
		if (mach_task_self() == MACH_PORT_NULL)
			return (1);
	} else {
		snprintf(sun.sun_path, sizeof(sun.sun_path), "%s",
		    getenv("BENCH_SOCKET"));
		connect_to(&sun);
	}
	start = bench_now() - start;
	return (write(3, &start, sizeof(start)) == sizeof(start) ? 0 : 1);
}
