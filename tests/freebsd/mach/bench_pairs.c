/*
 * Rows of kernel_bench that take two: to and fro between processes, with a
 * right and without, between threads, and by four pairs of processes at once.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <mach/task_special_ports.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define PAIRS 4

struct plain {
	mach_msg_header_t header;
	char room[72];
};

struct carrier {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t right;
	char room[72];
};

static mach_port_name_t port, peer_port, thread_port;
static int pair[2], to_thread[2], from_thread[2];

static uint64_t
exchange(void *m, uint32_t size, uint32_t room, mach_port_name_t on)
{
	return (call6((uint64_t)-31, PTR(m), MACH_SEND_MSG | MACH_RCV_MSG, size,
	    room, on, 0));
}

/* Sends back what comes: its right, too, if it has one. */
static void
echo(mach_port_name_t on)
{
	struct carrier m;
	uint32_t size;

	memset(&m, 0, sizeof(m));
	if (call6((uint64_t)-31, PTR(&m), MACH_RCV_MSG, 0, sizeof(m), on, 0) !=
	    0)
		return;
	for (;;) {
		size = sizeof(mach_msg_header_t);
		m.header.msgh_bits =
		    MACH_MSGH_BITS_REMOTE(m.header.msgh_bits) |
		    (m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
		if (m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX) {
			m.right.disposition = MACH_MSG_TYPE_MOVE_SEND;
			size = offsetof(struct carrier, room);
		}
		m.header.msgh_local_port = MACH_PORT_NULL;
		if (exchange(&m, size, sizeof(m), on) != 0)
			return;
	}
}

static void
trip_to(mach_port_name_t to, unsigned long n)
{
	struct plain m = { 0 };
	unsigned long i;

	for (i = 0; i < n; i++) {
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.header.msgh_remote_port = to;
		m.header.msgh_local_port = port;
		if (exchange(&m, sizeof(m.header), sizeof(m), port) != 0)
			abort();
	}
}

static void
run_trip(void)
{
	trip_to(peer_port, bench_count / 4);
}

static void
run_thread_trip(void)
{
	trip_to(thread_port, bench_count / 4);
}

/* A send right goes there and comes back, moved both times. */
static void
run_right_trip(void)
{
	mach_port_name_t right = raw_port_send();
	struct carrier m = { 0 };
	unsigned long i;

	for (i = 0; i < bench_count / 4; i++) {
		m.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
				     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					 MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.header.msgh_remote_port = peer_port;
		m.header.msgh_local_port = port;
		m.body.msgh_descriptor_count = 1;
		m.right.name = right;
		m.right.disposition = MACH_MSG_TYPE_MOVE_SEND;
		m.right.type = MACH_MSG_PORT_DESCRIPTOR;
		if (exchange(&m, offsetof(struct carrier, room), sizeof(m),
			port) != 0 ||
		    m.right.name != right)
			abort();
	}
	(void)call6((uint64_t)-19, raw_self(), right, MACH_PORT_RIGHT_RECEIVE,
	    (uint64_t)-1, 0, 0);
	(void)call6((uint64_t)-18, raw_self(), right, 0, 0, 0, 0);
}

static void
there_and_back(int out, int in)
{
	char message[24] = { 0 };
	unsigned long i;

	for (i = 0; i < bench_count / 4; i++) {
		if (write(out, message, sizeof(message)) < 0 ||
		    read(in, message, sizeof(message)) < 0)
			abort();
	}
}

static void
run_socket_trip(void)
{
	there_and_back(pair[0], pair[0]);
}

static void
run_pipe_trip(void)
{
	there_and_back(to_thread[1], from_thread[0]);
}

static void
echo_bytes(int in, int out)
{
	char message[24];

	while (read(in, message, sizeof(message)) > 0)
		(void)write(out, message, sizeof(message));
}

static void *
socket_main(void *arg)
{
	(void)arg;
	echo_bytes(pair[1], pair[1]);
	return (NULL);
}

static void *
pipe_main(void *arg)
{
	(void)arg;
	echo_bytes(to_thread[0], from_thread[1]);
	return (NULL);
}

static void *
port_main(void *arg)
{
	echo(*(mach_port_name_t *)arg);
	return (NULL);
}

/* A process that answers; it tells its port to `port` by a message. */
static pid_t
peer_start(mach_port_name_t *its)
{
	mach_port_name_t to = MACH_PORT_NULL, mine;
	struct plain m = { 0 };
	pthread_t thread;
	pid_t pid;

	RAW(3410, raw_self(), TASK_BOOTSTRAP_PORT, port);
	pid = fork();
	if (pid == 0) {
		RAW(3409, raw_self(), TASK_BOOTSTRAP_PORT, PTR(&to));
		mine = raw_port();
		pthread_create(&thread, NULL, socket_main, NULL);
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND);
		m.header.msgh_remote_port = to;
		m.header.msgh_local_port = mine;
		RAW(31, PTR(&m), MACH_SEND_MSG, sizeof(m.header), 0, 0);
		echo(mine);
		_exit(0);
	}
	RAW(31, PTR(&m), MACH_RCV_MSG, 0, sizeof(m), port);
	*its = m.header.msgh_remote_port;
	return (pid);
}

static void
peer_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* One pair, as often as four at once; a pair is two processes. */
static void
pair_main(void)
{
	mach_port_name_t its;
	pid_t pid;

	port = raw_port_send();
	pid = peer_start(&its);
	trip_to(its, bench_count);
	peer_stop(pid);
	_exit(0);
}

static void
pairs_at_once(int n)
{
	pid_t pid[PAIRS];
	int i;

	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			pair_main();
	}
	for (i = 0; i < n; i++)
		(void)waitpid(pid[i], NULL, 0);
}

static void
run_four_pairs(void)
{
	pairs_at_once(PAIRS);
}

static void
run_one_pair(void)
{
	pairs_at_once(1);
}

void
bench_pairs(void)
{
	pthread_t thread;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0 ||
	    pipe(to_thread) != 0 || pipe(from_thread) != 0)
		abort();
	port = raw_port_send();
	thread_port = raw_port_send();
	pid = peer_start(&peer_port);
	bench_row("round trip, two processes", run_trip, "SOCK_SEQPACKET",
	    run_socket_trip);
	bench_row("right each way", run_right_trip, "SOCK_SEQPACKET",
	    run_socket_trip);
	peer_stop(pid);
	pthread_create(&thread, NULL, port_main, &thread_port);
	pthread_create(&thread, NULL, pipe_main, NULL);
	bench_row("round trip, two threads", run_thread_trip, "two pipes",
	    run_pipe_trip);
	/* Four times the work: 4 where nothing runs at once. */
	bench_row(
	    "four pairs", run_four_pairs, "one pair's time", run_one_pair);
}
