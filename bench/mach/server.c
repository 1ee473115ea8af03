/*
 * Two processes, by way of machd: what a message costs beside a socket that
 * does as much, alone and with a broker between.  `machd --run` starts it.
 */
#include <sys/socket.h>

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "server.h"

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

/*
 * The other process
 */

struct order {
	enum job job;
	int n;
};

void
ready(void)
{
	char byte;

	all(write(orders[1], "", 1), 1);
	all(read(orders[1], &byte, 1), 1);
}

_Noreturn static void
other(void)
{
	struct order o;

	while (read(orders[1], &o, sizeof(o)) == sizeof(o) && o.job != STOP) {
		switch (o.job) {
		case RPC:
		case RIGHTS:
		case SINK:
		case REGION:
			mach_do(o.job, o.n);
			break;
		case GIVE:
			floor_give(o.n);
			break;
		default:
			socket_do(o.job, o.n);
			break;
		}
		all(write(orders[1], "", 1), 1);
	}
	_exit(0);
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

/*
 * The rows
 */

static void
messages(int pinned)
{
	static const char round[] = "machd: round trip, 64 bytes",
			  socket[] = "SOCK_SEQPACKET round trip",
			  broker[] = "round trip through a broker process",
			  four[] = "four changes of process, nothing else";

	bench_row(round, socket, 1.3, 1000, mach_round_trips,
	    socket_round_trips, pinned);
	bench_row(four, socket, 1.3, 1000, floor_round_trips,
	    socket_round_trips, pinned);
	bench_row(round, broker, 0.6, 1000, mach_round_trips,
	    broker_round_trips, pinned);
	bench_row(four, broker, 0.6, 1000, floor_round_trips,
	    broker_round_trips, pinned);
	bench_row("machd: round trip, a receive right each way", socket, 1.6,
	    1000, mach_rights, socket_round_trips, pinned);
	bench_row("machd: messages one way, queue 16", "SOCK_SEQPACKET", 1,
	    4000, mach_one_way, socket_one_way, pinned);
}

static void
memory(int pinned)
{
	static const char ours[] = "machd: 1 MB out of line",
			  peer[] = "1 MB through a socket";

	bench_row(ours, peer, 0.2, 50, mach_regions, socket_regions, pinned);
	bench_row("1 MB as a sealed file, nothing else", peer, 0.2, 50,
	    floor_regions, socket_regions, pinned);
	bench_row(ours, "1 MB through a socket, from and to new memory", 0.2,
	    50, mach_regions, socket_new_regions, pinned);
}

int
main(int argc, char **argv)
{
	int pinned = getenv("BENCH_UNPINNED") == NULL, i;

	if (argc > 1)
		return (first_program(argv[1]));
	/* machd is on that processor already. */
	if (pinned)
		bench_pin(0);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, orders) != 0)
		err(1, "socketpair");
	mach_begin();
	socket_begin();
	floor_begin();
	first_begin();
	if (is_child())
		other();
	messages(pinned);
	memory(pinned);
	bench_row("machd: a program's first trap", "connect(2) and SCM_RIGHTS",
	    0, 20, first_traps, first_connections, pinned);
	idle_clients();
	order(STOP, 0);
	for (i = 0; i < helpers; i++)
		(void)kill(helper[i], SIGTERM);
	return (0);
}
