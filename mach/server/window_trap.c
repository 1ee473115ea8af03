/*
 * The window of one trap: what came along with it, what goes back, and the
 * core's way to the caller's memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mach/os/user/fds.h"
#include "mach/server/server.h"

/* Messages of one trap that are looked through, before it is refused. */
#define DRAIN_MAX 64

/* Descriptors that were sent before the trap. */
static kern_return_t
receive_fds(struct thread *t, uint32_t want)
{
	struct fds fds;
	char byte;
	uint32_t i, tries;
	bool lost = false;
	ssize_t n;

	/* What was sent and not wanted is not to be taken for the next's. */
	for (tries = 0; tries < DRAIN_MAX; tries++) {
		n = fds_receive(t->fd, &byte, 1, &fds, MSG_DONTWAIT);
		lost |= fds.lost;
		if (tries == 0 && n == 1 && fds.n == want && !fds.lost) {
			memcpy(t->fds, fds.fd, want * sizeof(int));
			t->nfds = want;
			return (KERN_SUCCESS);
		}
		for (i = 0; i < fds.n; i++)
			server_close(t->session->who.uid, fds.fd[i]);
		if (n == 0 || (n == -1 && errno != EMSGSIZE))
			break;
	}
	return (lost ? KERN_RESOURCE_SHORTAGE : KERN_INVALID_ARGUMENT);
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

kern_return_t
window_begin(struct thread *t)
{
	const struct mach_channel *c = t->channel;
	uint32_t n = ipc_load_acquire(&c->nsegments), i;
	uint32_t nfds = ipc_load_acquire(&c->nfds);
	uint64_t at = ipc_load_acquire(&c->segments);
	uint64_t space = ipc_load_acquire(&c->free);
	kern_return_t kr;

	t->nfds = t->nout = t->nregions = t->nsegments = 0;
	t->last_segment = 0;
	t->segments_at = at;
	t->end = t->window_size;
	t->free = space < t->window_size ? (space + 15) & ~UINT64_C(15)
					 : t->window_size;
	if (n > MACH_CHANNEL_SEGMENTS || nfds > MACH_CHANNEL_FDS ||
	    at > t->window_size ||
	    n * sizeof(t->segments[0]) > t->window_size - at)
		return (KERN_INVALID_ARGUMENT);
	if (nfds != 0) {
		kr = receive_fds(t, nfds);
		if (kr != KERN_SUCCESS)
			return (kr);
	}
	t->segments = t->own_segments;
	if (n > sizeof(t->own_segments) / sizeof(t->own_segments[0])) {
		t->segments = malloc(n * sizeof(t->segments[0]));
		if (t->segments == NULL)
			return (KERN_RESOURCE_SHORTAGE);
	}
	memcpy(t->segments, t->window + at, n * sizeof(t->segments[0]));
	for (i = 0; i < n; i++) {
		struct mach_segment *s = &t->segments[i];

		if (!segment_ok(t, s))
			return (KERN_INVALID_ARGUMENT);
		s->taken = 0;
		s->lo = s->size;
		s->hi = 0;
	}
	t->nsegments = n;
	return (KERN_SUCCESS);
}

/* The descriptors that go with the result; lost when nobody takes them. */
static void
send_out(struct thread *t)
{
	uint32_t i;

	if (fds_send(t->fd, "", 1, t->out, t->nout, MSG_DONTWAIT) != 1)
		t->channel->nfds_out = 0;
	for (i = 0; i < t->nout; i++)
		server_close(t->session->who.uid, t->out[i]);
	t->nout = 0;
}

void
window_reset(struct thread *t)
{
	uint32_t i;

	for (i = 0; i < t->nfds; i++)
		server_close(t->session->who.uid, t->fds[i]);
	for (i = 0; i < t->nout; i++)
		server_close(t->session->who.uid, t->out[i]);
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
		send_out(t);
	if (t->nfds != 0 || t->segments != t->own_segments)
		window_reset(t);
}

void
window_first(struct thread *t)
{
	if (t->grown)
		munmap(t->window, t->window_size);
	t->grown = false;
	t->window = (uint8_t *)t->channel + MACH_CHANNEL_WINDOW;
	t->window_size = t->size - MACH_CHANNEL_WINDOW;
	t->nsegments = 0;
}

bool
window_grow(struct thread *t, uint64_t size)
{
	void *p;
	int fd;

	if (size == 0) {
		window_first(t);
		return (true);
	}
	if (size <= t->window_size || size > MACH_CHANNEL_WINDOW_MAX)
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
