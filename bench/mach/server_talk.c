/*
 * The benchmark's own processes, and what the first tells the other.
 */
#include <sys/socket.h>

#include <err.h>
#include <signal.h>
#include <unistd.h>

#include "server.h"

struct order {
	enum job job;
	int n;
};

static int orders[2];
static pid_t helper[8];
static int helpers;

int
is_child(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid != 0)
		helper[helpers++] = pid;
	return (pid == 0);
}

void
children_end(void)
{
	int i;

	for (i = 0; i < helpers; i++)
		(void)kill(helper[i], SIGTERM);
}

void
must(kern_return_t kr, const char *what)
{
	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", what, mach_error_string(kr));
}

void
all(ssize_t n, size_t size)
{
	if (n != (ssize_t)size)
		err(1, "socket");
}

void
talk_begin(void)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, orders) != 0)
		err(1, "socketpair");
}

void
order(enum job job, int n)
{
	struct order o = { job, n };

	all(write(orders[0], &o, sizeof(o)), sizeof(o));
}

void
done(void)
{
	char byte;

	all(read(orders[0], &byte, 1), 1);
}

void
await_ready(void)
{
	done();
	all(write(orders[0], "", 1), 1);
}

bool
order_take(enum job *job, int *n)
{
	struct order o;

	if (read(orders[1], &o, sizeof(o)) != sizeof(o))
		return (false);
	*job = o.job;
	*n = o.n;
	return (o.job != STOP);
}

void
order_done(void)
{
	all(write(orders[1], "", 1), 1);
}

void
ready(void)
{
	char byte;

	order_done();
	all(read(orders[1], &byte, 1), 1);
}
