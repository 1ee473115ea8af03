/*
 * What a trap of mach.ko costs, as ratios to calls of the same kernel in the
 * same run: "name ratio peer" a line, medians of alternating runs.
 *
 *	kernel_bench [COUNT [pinned]]
 *	kernel_bench COUNT native MODULE.ko
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <isthmus/mach_kernel.h>

#include "bench.h"

unsigned long bench_count = 20000;

static mach_port_name_t port;
static int zero_fd[2];
static int mux_slot, device;

/* The empty trap: a row that nobody implements. */
#define EMPTY 58

static void
run_getppid(void)
{
	unsigned long i;

	for (i = 0; i < bench_count; i++)
		(void)call6(39, 0, 0, 0, 0, 0, 0);
}

static void
run_table(void)
{
	unsigned long i;

	for (i = 0; i < bench_count; i++)
		(void)call6((uint64_t)-EMPTY, 0, 0, 0, 0, 0, 0);
}

static void
run_self(void)
{
	unsigned long i;

	for (i = 0; i < bench_count; i++)
		(void)call6((uint64_t)-27, 0, 0, 0, 0, 0, 0);
}

static void
run_mux(void)
{
	unsigned long i;

	for (i = 0; i < bench_count; i++)
		(void)call6((uint64_t)mux_slot, EMPTY, 0, 0, 0, 0, 0);
}

static void
run_device(void)
{
	struct mach_device_call c = { .number = EMPTY };
	unsigned long i;

	for (i = 0; i < bench_count; i++)
		(void)ioctl(device, MACH_DEVICE_CALL, &c);
}

static void
run_pipe(void)
{
	char message[24] = { 0 };
	unsigned long i;

	for (i = 0; i < bench_count; i++) {
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

	for (i = 0; i < bench_count; i++) {
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

	for (i = 0; i < bench_count / 4; i++) {
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

	for (i = 0; i < bench_count / 4; i++) {
		(void)call6((uint64_t)-16, self, 1, PTR(&name), 0, 0, 0);
		(void)call6((uint64_t)-19, self, name, 1, (uint64_t)-1, 0, 0);
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

int
main(int argc, char **argv)
{
	size_t size = sizeof(mux_slot);

	if (argc > 1)
		bench_count = strtoul(argv[1], NULL, 10);
	if (argc > 2)
		bench_pin(0);
	if (argc > 3)
		return (bench_native(argv[3]) ? 0 : 3);
	if (!raw_use(RAW_TABLE) || pipe(zero_fd) != 0)
		return (3);
	sysctlbyname("mach.transport.mux", &mux_slot, &size, NULL, 0);
	device = open("/dev/mach", O_RDWR);
	port = raw_port_send();
	big = mmap(
	    NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	memset(big, 1, BIG);
	bench_row("empty trap, table", run_table, "getppid", run_getppid);
	bench_row("thread_self, table", run_self, "getppid", run_getppid);
	if (mux_slot > 0)
		bench_row("empty trap, mux", run_mux, "getppid", run_getppid);
	if (device >= 0)
		bench_row(
		    "empty trap, device", run_device, "getppid", run_getppid);
	bench_row("send + receive", run_message, "pipe write + read", run_pipe);
	bench_row("port allocate + destroy", run_ports_made, "pipe + close",
	    run_pipes_made);
	bench_row("16 MB out of line", run_big_message, "copy through a socket",
	    run_big_socket);
	bench_pairs();
	return (0);
}
