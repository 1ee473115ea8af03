/*
 * The peers: sockets that carry as much, alone and with a broker between.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "server.h"

static int talk[2], stream[2];
static int to_broker[2], from_broker[2];
static char *large;

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

/* Fresh memory, full before time counts; it goes as it is sent. */
static void
send_new(int n)
{
	char **memory = calloc((size_t)n, sizeof(*memory));
	int i;

	if (memory == NULL)
		err(1, "calloc");
	for (i = 0; i < n; i++) {
		memory[i] = mmap(NULL, LARGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (memory[i] == MAP_FAILED)
			err(1, "mmap");
		memset(memory[i], i, LARGE);
	}
	ready();
	for (i = 0; i < n; i++) {
		all(write(stream[1], memory[i], LARGE), LARGE);
		munmap(memory[i], LARGE);
	}
	free(memory);
}

void
socket_do(enum job job, int n)
{
	char c[SIZE] = { 0 };
	int i;

	if (job == STREAM_NEW)
		send_new(n);
	for (i = 0; i < n && job != STREAM_NEW; i++) {
		if (job == STREAM) {
			all(write(stream[1], large, LARGE), LARGE);
			continue;
		}
		if (job == ECHO)
			all(read(talk[1], c, SIZE), SIZE);
		all(write(talk[1], c, SIZE), SIZE);
	}
}

void
socket_begin(void)
{
	large = malloc(LARGE);
	if (large == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, talk) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, stream) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, to_broker) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, from_broker))
		err(1, "socketpair");
	if (is_child())
		broker();
	if (is_child())
		behind_broker();
}

double
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

double
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

double
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

static void
take(char *to)
{
	size_t got;
	ssize_t k;

	for (got = 0; got < LARGE; got += (size_t)k) {
		k = read(stream[0], to + got, LARGE - got);
		if (k <= 0)
			err(1, "read");
	}
}

double
socket_regions(int n)
{
	double start = bench_now();
	int i;

	order(STREAM, n);
	for (i = 0; i < n; i++)
		take(large);
	start = bench_now() - start;
	done();
	return (start);
}

/* As out-of-line memory does: from what is no more to what was not before. */
double
socket_new_regions(int n)
{
	double start;
	char *p;
	int i;

	order(STREAM_NEW, n);
	await_ready();
	start = bench_now();
	for (i = 0; i < n; i++) {
		p = mmap(NULL, LARGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (p == MAP_FAILED)
			err(1, "mmap");
		take(p);
		munmap(p, LARGE);
	}
	start = bench_now() - start;
	done();
	return (start);
}
