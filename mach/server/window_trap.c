/*
 * The window of one trap: what came along with it, what goes back, and the
 * core's way to the caller's memory.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mach/server/server.h"

#define WINDOW_MAX (UINT64_C(128) << 20)

/* Descriptors that were sent before the trap.  False: they are not there. */
static bool
receive_fds(struct thread *t, uint32_t want)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * MACH_CHANNEL_FDS)];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	size_t n;

	if (recvmsg(t->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
		return (false);
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > MACH_CHANNEL_FDS - t->nfds)
			n = MACH_CHANNEL_FDS - t->nfds;
		memcpy(t->fds + t->nfds, CMSG_DATA(c), n * sizeof(int));
		t->nfds += (uint32_t)n;
	}
	return (t->nfds == want && !(msg.msg_flags & MSG_CTRUNC));
}

static bool
segment_ok(const struct thread *t, const struct mach_segment *s)
{
	if (s->address + s->size < s->address || s->at + s->size < s->at)
		return (false);
	if (s->fd != 0)
		return (s->fd <= t->nfds);
	return (s->at + s->size <= t->window_size);
}

bool
window_begin(struct thread *t)
{
	const struct mach_channel *c = t->channel;
	uint32_t n = ipc_load_acquire(&c->nsegments), i;
	uint32_t nfds = ipc_load_acquire(&c->nfds);
	uint64_t at = ipc_load_acquire(&c->segments);
	uint64_t space = ipc_load_acquire(&c->free);

	t->nfds = t->nout = t->nregions = t->nsegments = 0;
	t->last_segment = 0;
	t->segments_at = at;
	t->end = t->window_size;
	t->free = space < t->window_size ? (space + 15) & ~UINT64_C(15)
					 : t->window_size;
	if (n > MACH_CHANNEL_SEGMENTS || nfds > MACH_CHANNEL_FDS ||
	    at > t->window_size ||
	    n * sizeof(t->segments[0]) > t->window_size - at)
		return (false);
	if (nfds != 0 && !receive_fds(t, nfds))
		return (false);
	t->segments = t->own_segments;
	if (n > sizeof(t->own_segments) / sizeof(t->own_segments[0])) {
		t->segments = malloc(n * sizeof(t->segments[0]));
		if (t->segments == NULL)
			return (false);
	}
	memcpy(t->segments, t->window + at, n * sizeof(t->segments[0]));
	for (i = 0; i < n; i++) {
		struct mach_segment *s = &t->segments[i];

		if (!segment_ok(t, s))
			return (false);
		s->taken = 0;
		s->lo = s->size;
		s->hi = 0;
	}
	t->nsegments = n;
	return (true);
}

/* The descriptors that go with the result; lost when nobody takes them. */
static void
send_fds(struct thread *t)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * MACH_CHANNEL_FDS)];
	} control;
	char byte = 1;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(t->nout * sizeof(int)) };
	uint32_t i;

	memset(&control, 0, sizeof(control));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(t->nout * sizeof(int));
	memcpy(CMSG_DATA(&control.header), t->out, t->nout * sizeof(int));
	if (sendmsg(t->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		t->channel->nfds_out = 0;
	for (i = 0; i < t->nout; i++)
		server_close(t->out[i]);
	t->nout = 0;
}

void
window_reset(struct thread *t)
{
	uint32_t i;

	for (i = 0; i < t->nfds; i++)
		server_close(t->fds[i]);
	for (i = 0; i < t->nout; i++)
		server_close(t->out[i]);
	if (t->segments != t->own_segments)
		free(t->segments);
	t->segments = t->own_segments;
	t->nfds = t->nout = t->nsegments = 0;
}

void
window_end(struct thread *t)
{
	struct mach_channel *c = t->channel;

	c->nregions = t->nregions;
	c->regions = t->window_size;
	c->nfds_out = t->nout;
	if (t->nsegments != 0)
		memcpy(t->window + t->segments_at, t->segments,
		    t->nsegments * sizeof(t->segments[0]));
	if (t->nout != 0)
		send_fds(t);
	if (t->nfds != 0 || t->segments != t->own_segments)
		window_reset(t);
}

bool
window_grow(struct thread *t, uint64_t size)
{
	void *p;
	int fd;

	if (size <= t->window_size || size > WINDOW_MAX)
		return (false);
	fd = server_memory_create(size, true);
	if (fd == -1)
		return (false);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		close(fd);
		return (false);
	}
	if (t->grown)
		munmap(t->window, t->window_size);
	t->grown = true;
	t->window = p;
	t->window_size = size;
	t->nsegments = 0;
	(void)window_send_fd(t, fd);
	return (true);
}

/*
 * The seam
 */

static uint8_t *
reach(struct ipc_thread *mach, uint64_t address, size_t size, bool write)
{
	struct thread *t = mach->os;
	uint32_t i;

	for (i = 0; i < t->nsegments; i++) {
		struct mach_segment *s = &t->segments[i];
		uint64_t at = address - s->address;

		if (address < s->address || s->fd != 0 || at > s->size ||
		    size > s->size - at)
			continue;
		if (write) {
			if (at < s->lo)
				s->lo = at;
			if (at + size > s->hi)
				s->hi = at + size;
		}
		return (t->window + s->at + at);
	}
	return (NULL);
}

bool
ipc_os_copyin(struct ipc_thread *mach, uint64_t address, void *to, size_t size)
{
	const uint8_t *from;

	if (size == 0)
		return (true);
	from = reach(mach, address, size, false);
	if (from != NULL)
		memcpy(to, from, size);
	return (from != NULL);
}

bool
ipc_os_copyout(
    struct ipc_thread *mach, const void *from, uint64_t address, size_t size)
{
	uint8_t *to;

	if (size == 0)
		return (true);
	to = reach(mach, address, size, true);
	if (to != NULL)
		memcpy(to, from, size);
	return (to != NULL);
}
