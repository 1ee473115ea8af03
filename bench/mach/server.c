/*
 * Two processes, by way of machd: what a message costs beside a socket that
 * does as much, alone and with a broker between.  `machd --run` starts it.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach.h>

#include "bench.h"

#define SIZE 64
#define LARGE (1u << 20)

/* What the other process is to do, `n` times; it answers when it is done. */
enum job { STOP, ECHO, RPC, RIGHTS, SINK, SOCKET_SINK, REGION, SOCKET_READ };
struct order {
	enum job job;
	int n;
};

struct message {
	mach_msg_header_t header;
	char body[SIZE - sizeof(mach_msg_header_t)];
	mach_msg_max_trailer_t trailer;
};

struct region {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t data;
	mach_msg_max_trailer_t trailer;
};

static int orders[2], talk[2], stream[2];
static int to_broker[2], from_broker[2];
static mach_port_t service;
static char *large;

static pid_t helper[4];
static int helpers;

static int
is_child(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid != 0)
		helper[helpers++] = pid;
	return (pid == 0);
}

static void
must(kern_return_t kr, const char *what)
{
	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", what, mach_error_string(kr));
}

static void
all(ssize_t n, size_t size)
{
	if (n != (ssize_t)size)
		err(1, "socket");
}

/*
 * The other process
 */

static void
answer_rpc(mach_port_t to, int n, int right)
{
	mach_port_t reply = mig_get_reply_port(), spare = MACH_PORT_NULL;
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
		char rest[SIZE];
		mach_msg_max_trailer_t trailer;
	} m;
	mach_msg_size_t size = SIZE;
	int i;

	if (right)
		must(mach_port_allocate(
			 mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &spare),
		    "allocate");
	for (i = 0; i < n; i++) {
		memset(&m.header, 0, sizeof(m.header));
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		if (right) {
			m.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
			m.body.msgh_descriptor_count = 1;
			m.port = (mach_msg_port_descriptor_t){ .name = spare,
				.disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
				.type = MACH_MSG_PORT_DESCRIPTOR };
		}
		m.header.msgh_remote_port = to;
		m.header.msgh_local_port = reply;
		m.header.msgh_size = size;
		must(mach_msg(&m.header, MACH_SEND_MSG | MACH_RCV_MSG, size,
			 sizeof(m), reply, 0, MACH_PORT_NULL),
		    "call");
		if (right)
			spare = m.port.name;
	}
	if (right)
		(void)mach_port_mod_refs(
		    mach_task_self(), spare, MACH_PORT_RIGHT_RECEIVE, -1);
}

static void
send_many(mach_port_t to, int n)
{
	struct message m;
	int i;

	for (i = 0; i < n; i++) {
		memset(&m.header, 0, sizeof(m.header));
		m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		m.header.msgh_remote_port = to;
		m.header.msgh_size = SIZE;
		must(mach_msg(&m.header, MACH_SEND_MSG, SIZE, 0, 0, 0, 0),
		    "send");
	}
}

/* They are there, and full, before time counts. */
static void
send_regions(mach_port_t to, int n)
{
	vm_address_t *memory = calloc((size_t)n, sizeof(*memory));
	struct region m;
	char byte;
	int i;

	for (i = 0; i < n; i++) {
		must(vm_allocate(mach_task_self(), &memory[i], LARGE,
			 VM_FLAGS_ANYWHERE),
		    "allocate");
		memset((void *)memory[i], i, LARGE);
	}
	all(write(orders[1], "", 1), 1);
	all(read(talk[1], &byte, 1), 1);
	for (i = 0; i < n; i++) {
		memset(&m, 0, sizeof(m));
		m.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
				     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		m.header.msgh_remote_port = to;
		m.header.msgh_size = offsetof(struct region, trailer);
		m.body.msgh_descriptor_count = 1;
		m.data =
		    (mach_msg_ool_descriptor_t){ .address = (void *)memory[i],
			    .size = LARGE,
			    .deallocate = TRUE,
			    .copy = MACH_MSG_VIRTUAL_COPY,
			    .type = MACH_MSG_OOL_DESCRIPTOR };
		must(mach_msg(&m.header, MACH_SEND_MSG, m.header.msgh_size, 0,
			 0, 0, 0),
		    "send");
	}
	free(memory);
}

_Noreturn static void
other(void)
{
	struct order order;
	char c[SIZE];
	int i;

	while (read(orders[1], &order, sizeof(order)) == sizeof(order)) {
		switch (order.job) {
		case ECHO:
			for (i = 0; i < order.n; i++) {
				all(read(talk[1], c, SIZE), SIZE);
				all(write(talk[1], c, SIZE), SIZE);
			}
			break;
		case RPC:
		case RIGHTS:
			answer_rpc(
			    bootstrap_port, order.n, order.job == RIGHTS);
			break;
		case SINK:
			send_many(bootstrap_port, order.n);
			break;
		case SOCKET_SINK:
			for (i = 0; i < order.n; i++)
				all(write(talk[1], c, SIZE), SIZE);
			break;
		case REGION:
			send_regions(bootstrap_port, order.n);
			break;
		case SOCKET_READ:
			for (i = 0; i < order.n; i++) {
				all(write(stream[1], large, LARGE), LARGE);
			}
			break;
		case STOP:
			_exit(0);
		}
		all(write(orders[1], "", 1), 1);
	}
	_exit(0);
}

/* Carries what comes on either socket to the other. */
_Noreturn static void
broker(void)
{
	struct pollfd fds[2] = { { to_broker[1], POLLIN, 0 },
		{ from_broker[0], POLLIN, 0 } };
	char c[SIZE];
	int i;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			_exit(0);
		for (i = 0; i < 2; i++) {
			if (fds[i].revents == 0)
				continue;
			if (read(fds[i].fd, c, SIZE) != SIZE ||
			    write(fds[1 - i].fd, c, SIZE) != SIZE)
				_exit(0);
		}
	}
}

_Noreturn static void
behind_broker(void)
{
	char c[SIZE];

	while (read(from_broker[1], c, SIZE) == SIZE &&
	       write(from_broker[1], c, SIZE) == SIZE)
		;
	_exit(0);
}

/*
 * What is measured
 */

static void
order(enum job job, int n)
{
	struct order o = { job, n };

	all(write(orders[0], &o, sizeof(o)), sizeof(o));
}

static void
done(void)
{
	char byte;

	all(read(orders[0], &byte, 1), 1);
}

static double
socket_round_trips(int n)
{
	char c[SIZE] = { 0 };
	double start;
	int i;

	order(ECHO, n);
	start = bench_now();
	for (i = 0; i < n; i++) {
		all(write(talk[0], c, SIZE), SIZE);
		all(read(talk[0], c, SIZE), SIZE);
	}
	start = bench_now() - start;
	done();
	return (start);
}

static double
broker_round_trips(int n)
{
	char c[SIZE] = { 0 };
	double start = bench_now();
	int i;

	for (i = 0; i < n; i++) {
		all(write(to_broker[0], c, SIZE), SIZE);
		all(read(to_broker[0], c, SIZE), SIZE);
	}
	return (bench_now() - start);
}

/* Answers calls; what came in goes back. */
static double
serve(enum job job, int n)
{
	struct {
		struct message m;
		char rest[SIZE];
	} r;
	mach_msg_size_t size = SIZE;
	double start;
	int i;

	order(job, n);
	must(mach_msg(&r.m.header, MACH_RCV_MSG, 0, sizeof(r), service, 0, 0),
	    "receive");
	start = bench_now();
	for (i = 0; i < n; i++) {
		r.m.header.msgh_bits =
		    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		if (job == RIGHTS) {
			r.m.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
			((mach_msg_port_descriptor_t *)(void *)(r.m.body + 4))
			    ->disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		}
		r.m.header.msgh_local_port = MACH_PORT_NULL;
		r.m.header.msgh_size = size;
		must(mach_msg(&r.m.header,
			 MACH_SEND_MSG | (i == n - 1 ? 0 : MACH_RCV_MSG), size,
			 sizeof(r), service, 0, 0),
		    "answer");
	}
	start = bench_now() - start;
	done();
	return (start);
}

static double
mach_round_trips(int n)
{
	return (serve(RPC, n));
}

static double
mach_rights(int n)
{
	return (serve(RIGHTS, n));
}

static double
mach_one_way(int n)
{
	struct message m;
	double start = bench_now();
	int i;

	order(SINK, n);
	for (i = 0; i < n; i++)
		must(mach_msg(
			 &m.header, MACH_RCV_MSG, 0, sizeof(m), service, 0, 0),
		    "receive");
	start = bench_now() - start;
	done();
	return (start);
}

static double
socket_one_way(int n)
{
	double start = bench_now();
	char c[SIZE];
	int i;

	order(SOCKET_SINK, n);
	for (i = 0; i < n; i++)
		all(read(talk[0], c, SIZE), SIZE);
	start = bench_now() - start;
	done();
	return (start);
}

static double
mach_regions(int n)
{
	volatile char sum = 0;
	struct region m;
	double start;
	int i;

	order(REGION, n);
	done();
	start = bench_now();
	all(write(talk[0], "", 1), 1);
	for (i = 0; i < n; i++) {
		must(mach_msg(
			 &m.header, MACH_RCV_MSG, 0, sizeof(m), service, 0, 0),
		    "receive");
		sum += ((char *)m.data.address)[LARGE / 2];
		must(vm_deallocate(
			 mach_task_self(), (vm_address_t)m.data.address, LARGE),
		    "deallocate");
	}
	start = bench_now() - start;
	done();
	return (start);
}

static double
socket_regions(int n)
{
	double start = bench_now();
	size_t got;
	ssize_t k;
	int i;

	order(SOCKET_READ, n);
	for (i = 0; i < n; i++) {
		for (got = 0; got < LARGE; got += (size_t)k) {
			k = read(stream[0], large + got, LARGE - got);
			if (k <= 0)
				err(1, "read");
		}
	}
	start = bench_now() - start;
	done();
	return (start);
}

/*
 * A new program's first trap, against a connection on which a descriptor
 * comes back.  The program is this one again, that writes what it took.
 */
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

static double
first_traps(int n)
{
	return (programs("--trap", n));
}

static double
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
listen_at(struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)sun, sizeof(*sun)) != 0 ||
	    listen(fd, 16) != 0)
		err(1, "%s", sun->sun_path);
	if (is_child())
		answer_connections(fd);
	close(fd);
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

static int
program(const char *what)
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

static void
begin(void)
{
	mach_port_t self = mach_task_self();
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	must(mach_port_allocate(self, MACH_PORT_RIGHT_RECEIVE, &service),
	    "allocate");
	must(mach_port_insert_right(
		 self, service, service, MACH_MSG_TYPE_MAKE_SEND),
	    "insert");
	must(mach_port_set_attributes(self, service, MACH_PORT_LIMITS_INFO,
		 (mach_port_info_t) & (mach_port_limits_t){ 16 },
		 MACH_PORT_LIMITS_INFO_COUNT),
	    "limit");
	must(task_set_bootstrap_port(self, service), "bootstrap");
	large = malloc(LARGE);
	if (large == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, orders) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, talk) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, stream) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, to_broker) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, from_broker))
		err(1, "socketpair");
	snprintf(path, sizeof(path), "/tmp/bench-%d", (int)getpid());
	memcpy(sun.sun_path, path, sizeof(path));
	setenv("BENCH_SOCKET", path, 1);
	listen_at(&sun);
	if (is_child())
		other();
	if (is_child())
		broker();
	if (is_child())
		behind_broker();
}

int
main(int argc, char **argv)
{
	int pinned = getenv("BENCH_UNPINNED") == NULL, i;

	if (argc > 1)
		return (program(argv[1]));
	/* machd is on that processor already. */
	if (pinned)
		bench_pin(0);
	begin();
	bench_row("machd: round trip, 64 bytes", "SOCK_SEQPACKET round trip",
	    1.3, 1000, mach_round_trips, socket_round_trips, pinned);
	bench_row("machd: round trip, 64 bytes",
	    "round trip through a broker process", 0.6, 1000, mach_round_trips,
	    broker_round_trips, pinned);
	bench_row("machd: round trip, a receive right each way",
	    "SOCK_SEQPACKET round trip", 1.6, 1000, mach_rights,
	    socket_round_trips, pinned);
	bench_row("machd: messages one way, queue 16", "SOCK_SEQPACKET", 1.0,
	    4000, mach_one_way, socket_one_way, pinned);
	bench_row("machd: 1 MB out of line", "1 MB through a socket", 0.2, 50,
	    mach_regions, socket_regions, pinned);
	bench_row("machd: a program's first trap", "connect(2) and SCM_RIGHTS",
	    0, 20, first_traps, first_connections, pinned);
	order(STOP, 0);
	(void)unlink(path);
	for (i = 0; i < helpers; i++)
		(void)kill(helper[i], SIGTERM);
	return (0);
}
