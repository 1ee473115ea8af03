/*
 * What a trap of mach.ko costs, as ratios to calls of the same kernel in the
 * same run: "name ratio peer" a line, medians of RUNS alternating runs.
 */
#include <sys/types.h>
#include <sys/cpuset.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <mach/task_special_ports.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <isthmus/mach_kernel.h>

#include "raw.h"

#define RUNS 7

static unsigned long count = 20000;
static int zero_fd[2], pair[2];
static int mux_slot, device;
static mach_port_name_t port;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

/* As a library's stub would be: nothing but the call. */
static inline uint64_t
call6(uint64_t code, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
    uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	uint64_t rdx = c;

	__asm__ volatile("syscall"
			 : "+a"(code), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
			 : "D"(a), "S"(b)
			 : "rcx", "r11", "memory", "cc");
	return (code);
}

/* The empty trap: a row that nobody implements. */
#define EMPTY 58

static void
run_getppid(void)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		(void)call6(39, 0, 0, 0, 0, 0, 0);
}

static void
run_table(void)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		(void)call6((uint64_t)-EMPTY, 0, 0, 0, 0, 0, 0);
}

static void
run_self(void)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		(void)call6((uint64_t)-27, 0, 0, 0, 0, 0, 0);
}

static void
run_mux(void)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		(void)call6((uint64_t)mux_slot, EMPTY, 0, 0, 0, 0, 0);
}

static void
run_device(void)
{
	struct mach_device_call c = { .number = EMPTY };
	unsigned long i;

	for (i = 0; i < count; i++)
		(void)ioctl(device, MACH_DEVICE_CALL, &c);
}

static void
run_pipe(void)
{
	char message[24] = { 0 };
	unsigned long i;

	for (i = 0; i < count; i++) {
		(void)write(zero_fd[1], message, sizeof(message));
		(void)read(zero_fd[0], message, sizeof(message));
	}
}

static void
run_message(void)
{
	struct {
		mach_msg_header_t header;
		char room[64];
	} m = { .header = {
		    .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		} };
	unsigned long i;

	for (i = 0; i < count; i++) {
		m.header.msgh_remote_port = port;
		m.header.msgh_local_port = MACH_PORT_NULL;
		m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		/* Without a timeout, the seventh argument is not looked at. */
		if (call6((uint64_t)-31, PTR(&m), MACH_SEND_MSG, 24, 0, 0, 0) !=
			0 ||
		    call6((uint64_t)-31, PTR(&m), MACH_RCV_MSG, 0, sizeof(m),
			port, 0) != 0)
			abort();
	}
}

static void
run_pipes_made(void)
{
	unsigned long i;
	int fd[2];

	for (i = 0; i < count / 4; i++) {
		if (pipe(fd) != 0)
			abort();
		close(fd[0]);
		close(fd[1]);
	}
}

static void
run_ports_made(void)
{
	mach_port_name_t name, self = raw_self();
	unsigned long i;

	for (i = 0; i < count / 4; i++) {
		(void)call6((uint64_t)-16, self, 1, PTR(&name), 0, 0, 0);
		(void)call6((uint64_t)-19, self, name, 1, (uint64_t)-1, 0, 0);
	}
}

/* A peer that answers, by messages and by the socket. */
static void
run_socket_trip(void)
{
	char message[24] = { 0 };
	unsigned long i;

	for (i = 0; i < count / 4; i++) {
		if (write(pair[0], message, sizeof(message)) < 0 ||
		    read(pair[0], message, sizeof(message)) < 0)
			abort();
	}
}

static mach_port_name_t peer_port;

static void
run_message_trip(void)
{
	struct {
		mach_msg_header_t header;
		char room[64];
	} m = { 0 };
	unsigned long i;

	for (i = 0; i < count / 4; i++) {
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.header.msgh_remote_port = peer_port;
		m.header.msgh_local_port = port;
		if (call6((uint64_t)-31, PTR(&m), MACH_SEND_MSG | MACH_RCV_MSG,
			24, sizeof(m), port, 0) != 0)
			abort();
	}
}

static void *
echo_socket(void *arg)
{
	char message[24];

	(void)arg;
	while (read(pair[1], message, sizeof(message)) > 0)
		(void)write(pair[1], message, sizeof(message));
	return (NULL);
}

/* The peer's port is told by the first message. */
static void
echo(mach_port_name_t to)
{
	struct {
		mach_msg_header_t header;
		char room[64];
	} m = { 0 };
	mach_port_name_t mine = raw_port();
	uint32_t bits;
	pthread_t thread;

	close(pair[0]);
	pthread_create(&thread, NULL, echo_socket, NULL);
	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND);
	m.header.msgh_remote_port = to;
	m.header.msgh_local_port = mine;
	call6((uint64_t)-31, PTR(&m), MACH_SEND_MSG | MACH_RCV_MSG, 24,
	    sizeof(m), mine, 0);
	for (;;) {
		bits = MACH_MSGH_BITS_REMOTE(m.header.msgh_bits);
		m.header.msgh_bits = MACH_MSGH_BITS(bits, 0);
		m.header.msgh_local_port = 0;
		if (call6((uint64_t)-31, PTR(&m), MACH_SEND_MSG | MACH_RCV_MSG,
			24, sizeof(m), mine, 0) != 0)
			_exit(0);
	}
}

/* 16 MB to oneself: through a socket, and out of line. */
#define BIG (16u << 20)
static char *big;

static void *
drain(void *arg)
{
	static char room[65536];
	size_t left = BIG;
	ssize_t n;

	while (left > 0 && (n = read(*(int *)arg, room, sizeof(room))) > 0)
		left -= (size_t)n;
	return (NULL);
}

static void
run_big_socket(void)
{
	pthread_t thread;
	size_t at = 0;
	ssize_t n;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) != 0)
		abort();
	pthread_create(&thread, NULL, drain, &s[1]);
	while (at < BIG && (n = write(s[0], big + at, BIG - at)) > 0)
		at += (size_t)n;
	pthread_join(thread, NULL);
	close(s[0]);
	close(s[1]);
}

static void
run_big_message(void)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_descriptor_t ool;
		char room[64];
	} m = { 0 };

	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = port;
	m.body.msgh_descriptor_count = 1;
	m.ool.address = big;
	m.ool.size = BIG;
	m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	m.ool.copy = MACH_MSG_VIRTUAL_COPY;
	if (call6((uint64_t)-31, PTR(&m), MACH_SEND_MSG, 44, 0, 0, 0) != 0 ||
	    call6((uint64_t)-31, PTR(&m), MACH_RCV_MSG, 0, sizeof(m), port,
		0) != 0)
		abort();
	(void)call6(
	    (uint64_t)-12, raw_self(), PTR(m.ool.address), BIG, 0, 0, 0);
}

static int
smaller(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static void
compare(const char *name, void (*ours)(void), const char *peer,
    void (*theirs)(void))
{
	double ratio[RUNS], start, a, b;
	int i;

	ours();
	theirs();
	for (i = 0; i < RUNS; i++) {
		start = now();
		ours();
		a = now() - start;
		start = now();
		theirs();
		b = now() - start;
		ratio[i] = a / b;
	}
	qsort(ratio, RUNS, sizeof(ratio[0]), smaller);
	printf("%-28s %.2f  (%.2f-%.2f) of %s\n", name, ratio[RUNS / 2],
	    ratio[0], ratio[RUNS - 1], peer);
	fflush(stdout);
}

static void
pin(int cpu)
{
	cpuset_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)cpuset_setaffinity(
	    CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof(set), &set);
}

int
main(int argc, char **argv)
{
	struct {
		mach_msg_header_t header;
		char room[64];
	} m;
	size_t size = sizeof(mux_slot);
	pid_t pid;

	if (argc > 1)
		count = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		pin(0);
	if (!raw_use(RAW_TABLE))
		return (3);
	sysctlbyname("mach.transport.mux", &mux_slot, &size, NULL, 0);
	device = open("/dev/mach", O_RDWR);
	if (pipe(zero_fd) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return (3);
	port = raw_port_send();
	big = mmap(
	    NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	memset(big, 1, BIG);
	compare("empty trap, table", run_table, "getppid", run_getppid);
	compare("thread_self, table", run_self, "getppid", run_getppid);
	if (mux_slot > 0)
		compare("empty trap, mux", run_mux, "getppid", run_getppid);
	if (device >= 0)
		compare(
		    "empty trap, device", run_device, "getppid", run_getppid);
	compare("send + receive", run_message, "pipe write + read", run_pipe);
	compare("port allocate + destroy", run_ports_made, "pipe + close",
	    run_pipes_made);
	compare("16 MB out of line", run_big_message, "copy through a socket",
	    run_big_socket);
	RAW(3410, raw_self(), TASK_BOOTSTRAP_PORT, port);
	pid = fork();
	if (pid == 0) {
		mach_port_name_t to = 0;

		RAW(3409, raw_self(), TASK_BOOTSTRAP_PORT, PTR(&to));
		echo(to);
	}
	close(pair[1]);
	RAW(31, PTR(&m), MACH_RCV_MSG, 0, sizeof(m), port);
	peer_port = m.header.msgh_remote_port;
	compare("round trip, two processes", run_message_trip, "SOCK_SEQPACKET",
	    run_socket_trip);
	kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return (0);
}
