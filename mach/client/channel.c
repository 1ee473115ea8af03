/*
 * Traps by way of machd's channels: putting one in, and waiting for it.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/message.h>

#include "mach/client/client.h"
#include "mach/os/user/fds.h"
#include "mach/os/user/futex.h"
#include "mach/os/user/shake.h"

/* A wait that lasts longer is one that a server's end must be able to end. */
#define FUTEX_WAIT UINT64_C(50000000)

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static uint32_t
load(const uint32_t *p)
{
	return (__atomic_load_n(p, __ATOMIC_SEQ_CST));
}

static void
store(uint32_t *p, uint32_t value)
{
	__atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

/* Takes one message from the channel's socket, and descriptors in it. */
static bool
socket_take(struct server_channel *channel)
{
	struct fds fds;
	char byte;
	ssize_t n;
	uint32_t i;

	if (!server_socket_ours(&channel->socket)) {
		channel->dead = true;
		return (false);
	}
	n = fds_receive(channel->socket.fd, &byte, 1, &fds, MSG_DONTWAIT);
	/* Without room for its descriptors the message is not the last. */
	if (n == -1 && errno == EMSGSIZE)
		return (true);
	if (n == 0 || (n == -1 && errno != EAGAIN))
		channel->dead = true;
	if (n <= 0)
		return (false);
	for (i = 0; i < fds.n; i++) {
		if (channel->nfds < MACH_CHANNEL_FDS)
			channel->fds[channel->nfds++] = fds.fd[i];
		else
			close(fds.fd[i]);
	}
	return (true);
}

static void
interrupt(struct server_channel *channel)
{
	struct mach_channel *m = channel->memory;

	if (load(&m->out) == channel->seq)
		return;
	__atomic_fetch_or(&m->in, MACH_CHANNEL_INTERRUPT, __ATOMIC_SEQ_CST);
	futex_wake_shared(&m->in, 1);
}

/* Sleeps until the trap is done.  False: the server is gone. */
static bool
await(struct server_channel *channel)
{
	struct mach_channel *m = channel->memory;
	uint64_t deadline = 0;
	struct pollfd pfd = { .fd = channel->socket.fd, .events = POLLIN };
	uint32_t out;

	while ((out = load(&m->out)) != channel->seq) {
		if (deadline == 0)
			deadline = now() + FUTEX_WAIT;
		if (now() < deadline) {
			store(&m->asleep, MACH_CHANNEL_FUTEX);
			ipc_shake();
			if (load(&m->out) == channel->seq)
				break;
			if (futex_wait_shared(&m->out, out, deadline))
				interrupt(channel);
			continue;
		}
		store(&m->asleep, MACH_CHANNEL_SOCKET);
		ipc_shake();
		if (load(&m->out) == channel->seq)
			break;
		if (!server_socket_ours(&channel->socket))
			return (false);
		if (poll(&pfd, 1, -1) == -1 && errno == EINTR)
			interrupt(channel);
		else if (!socket_take(channel) && channel->dead &&
			 load(&m->out) != channel->seq)
			return (false);
	}
	store(&m->asleep, MACH_CHANNEL_AWAKE);
	return (true);
}

/* The segments go behind what they tell of. */
static void
table_write(struct server_call *call)
{
	struct mach_channel *m = call->channel->memory;
	struct mach_segment *table;
	uint32_t i;

	table = (void *)(call->channel->window + call->used);
	for (i = 0; i < call->n; i++)
		table[i] = *server_segment_at(call, i);
	m->nsegments = call->n;
	m->segments = call->used;
	m->free = call->used + call->n * sizeof(*table);
}

bool
server_run(struct server_call *call, int number, const uint64_t *args,
    unsigned int nargs, uint64_t *result)
{
	struct server_channel *channel = call->channel;
	struct mach_channel *m = channel->memory;

	m->nfds = call->nfds;
	if (channel->dead ||
	    (call->nfds != 0 && (!server_socket_ours(&channel->socket) ||
				    fds_send(channel->socket.fd, "", 1,
					call->fds, call->nfds, 0) != 1)))
		return (false);
	for (; channel->nfds != 0; channel->nfds--) {
		if (channel->fds[channel->nfds - 1] != -1)
			close(channel->fds[channel->nfds - 1]);
	}
	table_write(call);
	m->number = (uint32_t)number;
	m->nargs = nargs > MACH_CHANNEL_ARGS ? MACH_CHANNEL_ARGS : nargs;
	if (m->nargs != 0)
		memcpy(m->args, args, m->nargs * sizeof(args[0]));
	channel->seq = (channel->seq + 1) & (UINT32_MAX / MACH_CHANNEL_TRAP);
	ipc_shake();
	store(&m->in, channel->seq * MACH_CHANNEL_TRAP);
	ipc_shake();
	futex_wake_shared(&m->in, 1);
	if (!await(channel)) {
		channel->dead = true;
		return (false);
	}
	while (channel->nfds < m->nfds_out && socket_take(channel))
		;
	*result = m->result;
	if (m->yield)
		sched_yield();
	return (true);
}

int
server_fd(struct server_channel *channel, uint32_t i)
{
	int fd;

	if (i >= channel->nfds)
		return (-1);
	fd = channel->fds[i];
	channel->fds[i] = -1;
	return (fd);
}

void
server_window_first(struct server_channel *channel)
{
	if (channel->grown)
		munmap(channel->window, channel->window_size);
	channel->grown = false;
	channel->window = (uint8_t *)channel->memory + MACH_CHANNEL_WINDOW;
	channel->window_size = channel->size - MACH_CHANNEL_WINDOW;
}

bool
server_window(struct server_channel *channel, uint64_t size)
{
	int fd = server_fd(channel, 0);
	void *p;

	if (fd == -1)
		return (false);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return (false);
	if (channel->grown)
		munmap(channel->window, channel->window_size);
	channel->grown = true;
	channel->window = p;
	channel->window_size = size;
	return (true);
}

uint64_t
server_refused(int number, const uint64_t *args, bool gone)
{
	kern_return_t kr = gone ? KERN_TERMINATED : KERN_RESOURCE_SHORTAGE;

	/* Traps whose value is a name, or a truth. */
	if ((number >= 26 && number <= 29) || number == 50 || number == 59 ||
	    number == 60 || number == 91)
		return (0);
	if (number == 9001)
		return ((uint64_t)(int64_t)-kr);
	if (server_is_message(number) && args[1] & MACH_SEND_MSG)
		return (gone ? (uint64_t)MACH_SEND_INVALID_DEST
			     : (uint64_t)MACH_SEND_NO_BUFFER);
	if (server_is_message(number) && gone)
		return ((uint64_t)MACH_RCV_PORT_DIED);
	return ((uint64_t)(int64_t)kr);
}

void
server_post_end(struct server_channel *channel)
{
	struct mach_channel *m = channel->memory;

	/* What it waited for would come to it, and be lost to all others. */
	if (channel->busy) {
		interrupt(channel);
		if (!await(channel))
			return;
	}
	m->number = MACH_CHANNEL_END;
	channel->seq = (channel->seq + 1) & (UINT32_MAX / MACH_CHANNEL_TRAP);
	store(&m->in, channel->seq * MACH_CHANNEL_TRAP);
	futex_wake_shared(&m->in, 1);
}
