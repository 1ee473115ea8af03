/*
 * Two processes, by way of machd: what a message costs beside a socket that
 * does as much, alone and with a broker between.  `machd --run` starts it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "server.h"

_Noreturn static void
other(void)
{
	enum job job;
	int n;

	while (order_take(&job, &n)) {
		switch (job) {
		case RPC:
		case RIGHTS:
		case SINK:
		case REGION:
			mach_do(job, n);
			break;
		case GIVE:
			floor_give(n);
			break;
		default:
			socket_do(job, n);
			break;
		}
		order_done();
	}
	_exit(0);
}

/*
 * The rows; a goal of 0 is none.
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
	bench_row(four, socket, 0, 1000, floor_round_trips, socket_round_trips,
	    pinned);
	bench_row(round, broker, 0.6, 1000, mach_round_trips,
	    broker_round_trips, pinned);
	bench_row(four, broker, 0, 1000, floor_round_trips, broker_round_trips,
	    pinned);
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
	bench_row("1 MB as a sealed file, nothing else", peer, 0, 50,
	    floor_regions, socket_regions, pinned);
	bench_row(ours, "1 MB through a socket, from and to new memory", 0.2,
	    50, mach_regions, socket_new_regions, pinned);
}

int
main(int argc, char **argv)
{
	int pinned = getenv("BENCH_UNPINNED") == NULL;

	if (argc > 1)
		return (first_program(argv[1]));
	/* machd is on that processor already. */
	if (pinned)
		bench_pin(0);
	talk_begin();
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
	children_end();
	return (0);
}
