/*
 * One thread: messages, rights and ports against pipes.
 */
#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_pollfd.h>
#include <isthmus/mach_embedded.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>

#include "bench.h"

#define LARGE 4096
#define MB (1024 * 1024)

static mach_port_t port, polled_port;
static int fds[2], polled_fd;

static struct {
	mach_msg_header_t header;
	char body[LARGE];
	mach_msg_max_trailer_t trailer;
} inline_message;

static struct {
	mach_msg_header_t header;
	mach_msg_body_t body;
	union {
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t memory;
	} desc;
	mach_msg_max_trailer_t trailer;
} message;

static void
must(kern_return_t kr, const char *what)
{
	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", what, mach_error_string(kr));
}

static double
inline_round(int n, mach_msg_size_t size)
{
	mach_msg_header_t *h = &inline_message.header;
	double start = bench_now();
	int i;

	for (i = 0; i < n; i++) {
		h->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		h->msgh_remote_port = port;
		h->msgh_local_port = MACH_PORT_NULL;
		must(mach_msg(h, MACH_SEND_MSG, size, 0, MACH_PORT_NULL,
			 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "send");
		must(mach_msg(h, MACH_RCV_MSG, 0, sizeof(inline_message), port,
			 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "receive");
	}
	return (bench_now() - start);
}

static double
pipe_round(int n, size_t size)
{
	double start = bench_now();
	char buffer[LARGE + 64];
	int i;

	memset(buffer, 0, size);
	for (i = 0; i < n; i++) {
		if (write(fds[1], buffer, size) != (ssize_t)size ||
		    read(fds[0], buffer, size) != (ssize_t)size)
			err(1, "pipe");
	}
	return (bench_now() - start);
}

static double
null_message(int n)
{
	return (inline_round(n, sizeof(mach_msg_header_t)));
}

static double
null_pipe(int n)
{
	return (pipe_round(n, sizeof(mach_msg_header_t)));
}

static double
large_message(int n)
{
	return (inline_round(n, sizeof(mach_msg_header_t) + LARGE));
}

static double
large_pipe(int n)
{
	return (pipe_round(n, sizeof(mach_msg_header_t) + LARGE));
}

/* A send right leaves the space and comes back. */
static double
right_message(int n)
{
	mach_msg_header_t *h = &message.header;
	double start = bench_now();
	int i;

	for (i = 0; i < n; i++) {
		h->msgh_bits = MACH_MSGH_BITS_COMPLEX |
			       MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
		h->msgh_remote_port = port;
		h->msgh_local_port = MACH_PORT_NULL;
		message.body.msgh_descriptor_count = 1;
		message.desc.port = (mach_msg_port_descriptor_t){
			.name = port,
			.disposition = MACH_MSG_TYPE_MOVE_SEND,
			.type = MACH_MSG_PORT_DESCRIPTOR,
		};
		must(mach_msg(h, MACH_SEND_MSG,
			 sizeof(*h) + sizeof(message.body) +
			     sizeof(message.desc.port),
			 0, MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE,
			 MACH_PORT_NULL),
		    "send a right");
		must(mach_msg(h, MACH_RCV_MSG, 0, sizeof(message), port,
			 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "receive a right");
	}
	return (bench_now() - start);
}

static double
right_pipe(int n)
{
	return (
	    pipe_round(n, sizeof(mach_msg_header_t) + sizeof(mach_msg_body_t) +
			      sizeof(mach_msg_port_descriptor_t)));
}

/* Between sending and receiving, a descriptor is waited for. */
static void
wait_for(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	if (poll(&p, 1, -1) != 1 || !(p.revents & POLLIN))
		err(1, "poll");
}

static double
polled_message(int n)
{
	mach_msg_header_t *h = &inline_message.header;
	double start = bench_now();
	int i;

	for (i = 0; i < n; i++) {
		h->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		h->msgh_remote_port = polled_port;
		h->msgh_local_port = MACH_PORT_NULL;
		must(mach_msg(h, MACH_SEND_MSG, sizeof(*h), 0, MACH_PORT_NULL,
			 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "send");
		wait_for(polled_fd);
		must(mach_msg(h, MACH_RCV_MSG, 0, sizeof(inline_message),
			 polled_port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
		    "receive");
	}
	return (bench_now() - start);
}

static double
polled_pipe(int n)
{
	double start = bench_now();
	char buffer[sizeof(mach_msg_header_t)] = { 0 };
	int i;

	for (i = 0; i < n; i++) {
		if (write(fds[1], buffer, sizeof(buffer)) != sizeof(buffer))
			err(1, "pipe");
		wait_for(fds[0]);
		if (read(fds[0], buffer, sizeof(buffer)) != sizeof(buffer))
			err(1, "pipe");
	}
	return (bench_now() - start);
}

static double
port_life(int n)
{
	double start = bench_now();
	mach_port_t name;
	int i;

	for (i = 0; i < n; i++) {
		must(mach_port_allocate(
			 mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &name),
		    "allocate");
		must(mach_port_mod_refs(
			 mach_task_self(), name, MACH_PORT_RIGHT_RECEIVE, -1),
		    "destroy");
	}
	return (bench_now() - start);
}

static double
pipe_life(int n)
{
	double start = bench_now();
	int i, p[2];

	for (i = 0; i < n; i++) {
		if (pipe(p) != 0)
			err(1, "pipe");
		close(p[0]);
		close(p[1]);
	}
	return (bench_now() - start);
}

/* Sends and receives memory, in place of which it then is; the time of both. */
static double
memory_carry(mach_vm_address_t *address, mach_vm_size_t size, boolean_t move)
{
	mach_msg_header_t *h = &message.header;
	double start;

	h->msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	h->msgh_remote_port = port;
	h->msgh_local_port = MACH_PORT_NULL;
	message.body.msgh_descriptor_count = 1;
	message.desc.memory = (mach_msg_ool_descriptor_t){
		.address = (void *)(uintptr_t)*address,
		.size = (mach_msg_size_t)size,
		.deallocate = move,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
	start = bench_now();
	must(
	    mach_msg(h, MACH_SEND_MSG,
		sizeof(*h) + sizeof(message.body) + sizeof(message.desc.memory),
		0, MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
	    "send memory");
	must(mach_msg(h, MACH_RCV_MSG, 0, sizeof(message), port,
		 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL),
	    "receive memory");
	start = bench_now() - start;
	*address = (mach_vm_address_t)(uintptr_t)message.desc.memory.address;
	return (start);
}

static mach_vm_address_t
memory_make(mach_vm_size_t size)
{
	mach_vm_address_t address;

	must(mach_vm_allocate(
		 mach_task_self(), &address, size, VM_FLAGS_ANYWHERE),
	    "vm_allocate");
	memset((void *)(uintptr_t)address, 1, size);
	return (address);
}

/*
 * The two calls only, not the memory's allocation, its first writing (which
 * empties the caches: a small region goes first, a few times, or the same to
 * and fro), nor its end.
 */
static double
memory_message(int n, mach_vm_size_t size, boolean_t move)
{
	mach_vm_address_t address, first, small = memory_make(MB / 4);
	double total = 0;
	int i, j;

	for (i = 0; i < n; i++) {
		address = first = memory_make(size);
		for (j = 0; j < 5; j++)
			(void)memory_carry(move ? &address : &small,
			    move ? size : MB / 4, TRUE);
		total += memory_carry(&address, size, move);
		must(mach_vm_deallocate(mach_task_self(), address, size),
		    "vm_deallocate");
		if (!move)
			must(mach_vm_deallocate(mach_task_self(), first, size),
			    "vm_deallocate");
	}
	must(mach_vm_deallocate(mach_task_self(), small, MB / 4),
	    "vm_deallocate");
	return (total);
}

static double
move_16mb(int n)
{
	return (memory_message(n, 16 * MB, TRUE));
}

static double
move_1mb(int n)
{
	return (memory_message(n, MB, TRUE));
}

static double
copy_16mb(int n)
{
	return (memory_message(n, 16 * MB, FALSE));
}

static double
copy_memcpy(int n)
{
	char *from = malloc(16 * MB), *to = malloc(16 * MB);
	double start, total = 0;
	int i;

	if (from == NULL || to == NULL)
		errx(1, "memory");
	for (i = 0; i < n; i++) {
		memset(from, i, 16 * MB);
		memset(to, i, 16 * MB);
		start = bench_now();
		memcpy(to, from, 16 * MB);
		total += bench_now() - start;
	}
	free(from);
	free(to);
	return (total);
}

void
bench_mach(void)
{
	if (pipe(fds) != 0)
		err(1, "pipe");
	must(mach_port_allocate(
		 mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
	    "allocate");
	must(mach_port_insert_right(
		 mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND),
	    "insert");
	bench_row("null message, sent and received",
	    "pipe, write and read of 24 bytes", 0.25, 200000, null_message,
	    null_pipe, 1);
	bench_row("a send right moved", "pipe, write and read of 40 bytes", 0.5,
	    200000, right_message, right_pipe, 1);
	bench_row("4 KB inline", "pipe, write and read of the same", 1.0,
	    100000, large_message, large_pipe, 1);
	/* A port of its own: the others are not followed by a descriptor. */
	must(mach_port_allocate(
		 mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &polled_port),
	    "allocate");
	must(mach_port_insert_right(mach_task_self(), polled_port, polled_port,
		 MACH_MSG_TYPE_MAKE_SEND),
	    "insert");
	must(mach_port_pollfd(mach_task_self(), polled_port, &polled_fd),
	    "mach_port_pollfd");
	bench_row("null message, sent, polled for and received",
	    "pipe, write, poll and read of 24 bytes", 1.5, 100000,
	    polled_message, polled_pipe, 1);
	bench_row("port, allocated and destroyed", "pipe(2) and close(2)", 0.3,
	    100000, port_life, pipe_life, 1);
	bench_row("16 MB out of line, moved", "1 MB out of line, moved", 1.2,
	    20, move_16mb, move_1mb, 1);
	bench_row("16 MB out of line, copied", "memcpy of 16 MB", 1.0, 20,
	    copy_16mb, copy_memcpy, 1);
}

int
main(void)
{
	mach_embedded_select();
	bench_pin(0);
	bench_mach();
	bench_threads();
	bench_memory();
	return (0);
}
