/*
 * The hostile client's own side of the protocol.
 */
#include "tests/mach/hostile.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <mach/mach.h>

#include "mach/os/user/futex.h"

int
hostile_connect(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timespec ts = { 0, 1000000 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), tries;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", server_socket());
	for (tries = 0; fd != -1 && tries < 2000; tries++) {
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
			return (fd);
		/* Where a queue that is full is not waited for. */
		if (errno != ECONNREFUSED)
			break;
		nanosleep(&ts, NULL);
	}
	if (fd != -1)
		close(fd);
	return (-1);
}

bool
hostile_request(int fd, const struct mach_server_request *r,
    struct mach_server_reply *reply, int fds[2])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { reply, sizeof(*reply) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	fds[0] = fds[1] = -1;
	if (send(fd, r, sizeof(*r), MSG_NOSIGNAL) != (ssize_t)sizeof(*r) ||
	    recvmsg(fd, &msg, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*reply))
		return (false);
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
	return (true);
}

uint32_t
hostile_op(int fd, uint32_t op, const uint8_t *token)
{
	struct mach_server_request r = {
		.version = MACH_SERVER_VERSION, .op = op, .thread = 1
	};
	struct mach_server_reply reply = { 0 };
	int fds[2];

	if (token != NULL)
		memcpy(r.token, token, sizeof(r.token));
	if (!hostile_request(fd, &r, &reply, fds))
		return (ECONNRESET);
	if (fds[0] != -1) {
		close(fds[0]);
		close(fds[1]);
	}
	return (reply.error);
}

static bool
channel_take(struct hostile *h, uint32_t op, const uint8_t *token)
{
	struct mach_server_request r = {
		.version = MACH_SERVER_VERSION, .op = op, .thread = 1
	};
	struct mach_server_reply reply = { 0 };
	int fds[2];
	void *p;

	if (token != NULL)
		memcpy(r.token, token, sizeof(r.token));
	h->c = NULL;
	if (!hostile_request(h->fd, &r, &reply, fds) || reply.error != 0 ||
	    fds[0] == -1)
		return (false);
	p = mmap(
	    NULL, reply.size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
	close(fds[0]);
	h->channel_fd = fds[1];
	if (p == MAP_FAILED)
		return (false);
	h->c = p;
	h->size = reply.size;
	h->window = (uint8_t *)p + MACH_CHANNEL_WINDOW;
	h->seq = 0;
	return (true);
}

bool
hostile_begin(struct hostile *h)
{
	return (hostile_begin_with(h, NULL));
}

bool
hostile_begin_with(struct hostile *h, const uint8_t *token)
{
	struct timespec ts = { 0, 1000000 };
	int i;

	/* The server may not know yet that the process' last one is over. */
	for (i = 0; i < 5000; i++) {
		h->fd = hostile_connect();
		h->channel_fd = -1;
		if (h->fd != -1 && channel_take(h, MACH_SERVER_HELLO, token))
			return (true);
		if (h->fd != -1)
			close(h->fd);
		nanosleep(&ts, NULL);
	}
	return (false);
}

bool
hostile_channel(struct hostile *h, const struct hostile *of)
{
	h->fd = of->fd;
	h->channel_fd = -1;
	return (channel_take(h, MACH_SERVER_CHANNEL, NULL));
}

void
hostile_end(struct hostile *h)
{
	if (h->c != NULL)
		munmap(h->c, h->size);
	if (h->channel_fd != -1)
		close(h->channel_fd);
	if (h->fd != -1)
		close(h->fd);
}

void
hostile_post(
    struct hostile *h, uint32_t number, const uint64_t *args, uint32_t n)
{
	h->c->number = number;
	h->c->nargs = n;
	if (args != NULL)
		memcpy(h->c->args, args,
		    (n < MACH_CHANNEL_ARGS ? n : MACH_CHANNEL_ARGS) *
			sizeof(args[0]));
	h->seq = (h->seq + 1) & (UINT32_MAX / MACH_CHANNEL_TRAP);
	__atomic_store_n(&h->c->asleep, MACH_CHANNEL_FUTEX, __ATOMIC_SEQ_CST);
	__atomic_store_n(
	    &h->c->in, h->seq * MACH_CHANNEL_TRAP, __ATOMIC_SEQ_CST);
	futex_wake_shared(&h->c->in, 1);
}

bool
hostile_wait(struct hostile *h, unsigned int ms)
{
	struct timespec ts = { 0, 200000 };
	unsigned int i;

	for (i = 0; i < 5 * ms; i++) {
		if (__atomic_load_n(&h->c->out, __ATOMIC_SEQ_CST) == h->seq)
			return (true);
		nanosleep(&ts, NULL);
	}
	return (false);
}

uint64_t
hostile_trap(
    struct hostile *h, uint32_t number, const uint64_t *args, uint32_t n)
{
	hostile_post(h, number, args, n);
	return (hostile_wait(h, 5000) ? h->c->result : HOSTILE_NONE);
}

void
hostile_segment(struct hostile *h, uint32_t i, uint64_t address, uint64_t size,
    uint64_t at, uint32_t fd)
{
	struct mach_segment s = {
		.address = address, .size = size, .at = at, .fd = fd
	};

	memcpy(h->window + HOSTILE_TABLE + i * sizeof(s), &s, sizeof(s));
	h->c->segments = HOSTILE_TABLE;
	h->c->nsegments = i + 1;
	h->c->free = HOSTILE_DATA + 16384;
}

bool
hostile_send_fds(int to, const int *fds, uint32_t n)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * 253)];
	} control;
	char byte = 1;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	memset(&control, 0, sizeof(control));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	return (sendmsg(to, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1);
}

uint32_t
hostile_port(struct hostile *h)
{
	uint64_t allocate[3] = { 0, MACH_PORT_RIGHT_RECEIVE, HOSTILE_ADDRESS };
	uint64_t insert[4] = { 0, 0, 0, MACH_MSG_TYPE_MAKE_SEND };
	uint32_t name = 0;

	/* Whatever an attack left there. */
	h->c->nsegments = h->c->nfds = 0;
	h->c->segments = HOSTILE_TABLE;
	allocate[0] = insert[0] = hostile_trap(h, 28, NULL, 0);

	hostile_segment(h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
	if (hostile_trap(h, 16, allocate, 3) != KERN_SUCCESS)
		return (0);
	memcpy(&name, h->window + HOSTILE_DATA, sizeof(name));
	insert[1] = insert[2] = name;
	return (hostile_trap(h, 21, insert, 4) == KERN_SUCCESS ? name : 0);
}

uint32_t
hostile_bootstrap(struct hostile *h)
{
	uint64_t args[3] = { 0, TASK_BOOTSTRAP_PORT, HOSTILE_ADDRESS };
	uint32_t name;

	h->c->nsegments = 0;
	args[0] = hostile_trap(h, 28, NULL, 0);
	hostile_segment(h, 0, HOSTILE_ADDRESS, 4096, HOSTILE_DATA, 0);
	WANT(hostile_trap(h, 3409, args, 3) == KERN_SUCCESS);
	memcpy(&name, h->window + HOSTILE_DATA, sizeof(name));
	return (name);
}

bool
hostile_bootstrap_set(struct hostile *h, uint32_t name)
{
	uint64_t args[3] = { 0, TASK_BOOTSTRAP_PORT, name };

	h->c->nsegments = 0;
	args[0] = hostile_trap(h, 28, NULL, 0);
	return (hostile_trap(h, 3410, args, 3) == KERN_SUCCESS);
}

uint64_t
hostile_send(struct hostile *h, uint32_t name, uint32_t size)
{
	mach_msg_header_t header = { .msgh_bits = MACH_MSGH_BITS(
					 MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_size = size,
		.msgh_remote_port = name };
	uint64_t args[7] = { HOSTILE_ADDRESS, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		size };

	memcpy(h->window + HOSTILE_DATA, &header, sizeof(header));
	return (hostile_trap(h, 31, args, 7));
}
