/*
 * The caller's memory, of which a server knows nothing: what is sent out of
 * line, what comes so, and mach_vm_* on oneself, which is done here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <mach/kern_return.h>
#include <mach/mach_init.h>
#include <mach/memory_object_types.h>
#include <mach/vm_prot.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>

#include "mach/client/client.h"
#include "mach/os/user/memory.h"
#include "mach/os/user/signals.h"

/* Less is copied through the window. */
#define INLINE_MAX (UINT64_C(64) << 10)
/* And not more than that of one trap. */
#define INLINE_TOTAL (UINT64_C(256) << 10)

/*
 * Sending
 */

/* A sealed file with those bytes; -1. */
static int
file_of(uint64_t address, uint64_t size)
{
	int fd = memory_file_copy(address, size);

	if (fd != -1 && fcntl(fd, F_ADD_SEALS,
			    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
		close(fd);
		return (-1);
	}
	return (fd);
}

void
server_segment_safe(
    struct server_call *call, uint64_t address, uint64_t size, bool dealloc)
{
	struct mach_segment *s;

	if (address == 0 || address + size < address)
		return;
	s = server_segment_add(call, address, size);
	if (s == NULL || call->plan)
		return;
	if (!memory_os_copy(
		(uint64_t)(uintptr_t)(call->channel->window + s->at), address,
		size))
		s->address = s->size = 0; /* nothing is there */
	s->taken = dealloc ? SERVER_LEAVES : 0;
	call->leaves |= dealloc;
}

void
server_region_send(
    struct server_call *call, uint64_t address, uint64_t size, bool dealloc)
{
	uint32_t flags = dealloc ? SERVER_LEAVES : 0;
	uint64_t start, length, offset = 0;
	struct mach_segment *s;
	int fd = -1;

	if (address == 0 || address + size < address)
		return;
	if (size <= INLINE_MAX && call->used <= INLINE_TOTAL) {
		s = server_segment_add(call, address, size);
		if (s == NULL || call->plan)
			return;
		if (!memory_os_copy(
			(uint64_t)(uintptr_t)(call->channel->window + s->at),
			address, size))
			s->address = s->size = 0;
		s->taken = dealloc ? SERVER_LEAVES : 0;
		call->leaves |= dealloc;
		return;
	}
	s = server_segment_add(call, address, 0);
	/* Too many are refused before any has left. */
	if (call->plan && ++call->nlarge > MACH_CHANNEL_FDS)
		call->too_many = true;
	if (s == NULL || call->plan)
		return;
	if (call->nfds == MACH_CHANNEL_FDS) {
		/* There are more than there were when it was planned. */
		call->too_many = true;
		return;
	}
	if (memory_pages(address, size, &start, &length))
		fd = memory_give(start, length, dealloc);
	if (fd != -1 && dealloc)
		flags = SERVER_LEAVES | SERVER_LEFT;
	if (fd != -1)
		offset = address - start;
	else
		fd = file_of(address, size);
	if (fd == -1) {
		s->address = 0;
		return;
	}
	call->fds[call->nfds++] = fd;
	s->size = size;
	s->at = offset;
	s->fd = call->nfds;
	s->taken = flags;
	call->leaves |= dealloc;
}

/* Nobody wanted it: it is where it was. */
static void
put_back(int fd, uint64_t start, uint64_t length)
{
	struct memory_place place = {
		.address = start, .fixed = true, .overwrite = true
	};
	uint64_t address;

	if (memory_map_file(&place, length, fd, 0, true, PROT_READ | PROT_WRITE,
		&address) == KERN_SUCCESS)
		memory_track(address, length);
}

void
server_regions_sent(struct server_call *call)
{
	bool taken;
	const struct mach_segment *s;
	uint64_t start, length;
	uint32_t i;

	for (i = 0; i < call->n; i++) {
		s = server_segment_at(call, i);
		if (!(s->taken & SERVER_LEAVES) || s->address == 0 ||
		    !memory_pages(s->address, s->size, &start, &length))
			continue;
		taken = (s->taken & ~(SERVER_LEAVES | SERVER_LEFT)) != 0;
		if (taken)
			(void)memory_destroy(start, length);
		else if (s->taken & SERVER_LEFT)
			put_back(call->fds[s->fd - 1], start, length);
	}
}

/*
 * Receiving
 */

static uint64_t
map_bytes(const uint8_t *from, uint64_t size)
{
	uint64_t start, length;
	void *p;

	if (!memory_pages(0, size, &start, &length))
		return (0);
	p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		return (0);
	memcpy(p, from, size);
	memory_track((uint64_t)(uintptr_t)p, length);
	return ((uint64_t)(uintptr_t)p);
}

static uint64_t
map_file(int fd, uint64_t offset, uint64_t size)
{
	struct memory_place place = { 0 };
	uint64_t start, length, address;
	int kr;

	if (!memory_pages(offset, size, &start, &length))
		return (0);
	kr = memory_map_file(
	    &place, length, fd, start, true, PROT_READ | PROT_WRITE, &address);
	if (kr != KERN_SUCCESS)
		return (0);
	memory_track(address, length);
	return (address + (offset - start));
}

uint64_t
server_region_receive(struct server_channel *channel, uint64_t address)
{
	const struct mach_channel *m = channel->memory;
	uint64_t i = address - MACH_CHANNEL_REGION, result;
	struct mach_region_out out;
	int fd;

	if (i >= m->nregions)
		return (0);
	memcpy(&out, channel->window + m->regions - (i + 1) * sizeof(out),
	    sizeof(out));
	if (out.size == 0)
		return (0);
	if (out.fd == 0)
		return (map_bytes(channel->window + out.at, out.size));
	fd = server_fd(channel, out.fd - 1);
	if (fd == -1)
		return (0);
	result = map_file(fd, out.at, out.size);
	close(fd);
	return (result);
}

/*
 * mach_vm_*
 */

bool
server_is_memory(int number)
{
	return ((number >= 10 && number <= 15 && number != 13) ||
		(number >= 4803 && number <= 4817) ||
		(number >= 9000 && number <= 9002));
}

/* Arguments at which so many bytes are put. */
static const struct {
	int number;
	uint8_t argument, size;
} puts_at[] = {
	{ 10, 1, 8 },
	{ 11, 3, 4 },
	{ 15, 1, 8 },
	{ 4804, 3, 8 },
	{ 4804, 4, 4 },
	{ 4808, 4, 8 },
	{ 4811, 1, 8 },
	{ 4813, 1, 8 },
	{ 4813, 8, 4 },
	{ 4813, 9, 4 },
	{ 4816, 1, 8 },
	{ 4816, 2, 8 },
	{ 4816, 4, sizeof(struct vm_region_basic_info_64) },
	{ 4816, 5, 4 },
	{ 4816, 6, 4 },
};

/* The host in this library takes the program at its word, as it may there. */
static bool
can_put(int number, const uint64_t *args, unsigned int nargs)
{
	uint64_t at;
	size_t i;

	for (i = 0; i < sizeof(puts_at) / sizeof(puts_at[0]); i++) {
		if (puts_at[i].number != number || puts_at[i].argument >= nargs)
			continue;
		at = args[puts_at[i].argument];
		if (!memory_os_copy(at, at, puts_at[i].size))
			return (false);
	}
	return (true);
}

/* The routine, done in this process by the host that is in this library. */
static uint64_t
here(int number, const uint64_t *args, unsigned int nargs)
{
	static uint64_t self;
	uint64_t a[MACH_CHANNEL_ARGS] = { 0 }, result;
	sigset_t signals;

	signals_block(&signals);
	if (__atomic_load_n(&self, __ATOMIC_ACQUIRE) == 0)
		__atomic_store_n(
		    &self, mach_embedded_trap(28, NULL, 0), __ATOMIC_RELEASE);
	memcpy(a, args, nargs * sizeof(a[0]));
	a[0] = self;
	if (number == 4813) /* mach_vm_remap's other task */
		a[5] = self;
	result = mach_embedded_trap(number, a, nargs);
	signals_restore(&signals);
	return (result);
}

static void
build_plain(struct server_call *call, const struct server_build *b)
{
	const uint64_t *a = b->args;

	switch (b->number) {
	case MACH_CHANNEL_ENTRY:
		server_segment(
		    call, a[1], sizeof(struct mach_channel_entry), 0);
		break;
	case 4817:
		server_argument(call, a[1], 8, 8, true);
		server_argument(call, a[4], 4, 0, true);
		break;
	case 9000:
		server_argument(call, a[1], 4, 0, true);
		break;
	default:
		break;
	}
	/* What the number of a descriptor is to others is nobody's concern. */
	if (!call->plan && (b->number == 9000 || b->number == 4817) &&
	    a[MACH_CHANNEL_ARGS - 1] != 0)
		call->fds[call->nfds++] = (int)a[MACH_CHANNEL_ARGS - 1] - 1;
}

/* With a descriptor, consumed; -1: none. */
static uint64_t
call_with(struct server_channel *channel, int number, const uint64_t *args,
    unsigned int nargs, int fd)
{
	uint64_t a[MACH_CHANNEL_ARGS] = { 0 };
	struct server_build b = { build_plain, NULL, number, a, nargs };

	memcpy(a, args, nargs * sizeof(a[0]));
	a[MACH_CHANNEL_ARGS - 1] = (uint64_t)(int64_t)(fd + 1);
	return (server_make(channel, &b));
}

/* (task, name, *fd) */
static uint64_t
pollfd(struct server_channel *channel, const uint64_t *args, unsigned int nargs)
{
	uint64_t result;
	int fd;

	result = call_with(channel, 9002, args, nargs, -1);
	if (result != KERN_SUCCESS)
		return (result);
	fd = server_fd(channel, 0);
	if (fd == -1)
		return (KERN_RESOURCE_SHORTAGE);
	if (memory_os_copy(args[2], MACH_PTR(&fd), sizeof(fd)))
		return (KERN_SUCCESS);
	close(fd);
	return (KERN_INVALID_ADDRESS);
}

/* (fd, *name) and (name) */
static uint64_t
fileport(struct server_channel *channel, int number, const uint64_t *args,
    unsigned int nargs)
{
	uint64_t result;
	int fd;

	if (number == 9000) {
		fd = fcntl((int)args[0], F_DUPFD_CLOEXEC, 0);
		if (fd == -1)
			return (errno == EBADF ? KERN_INVALID_ARGUMENT
					       : KERN_RESOURCE_SHORTAGE);
		return (call_with(channel, number, args, nargs, fd));
	}
	result = call_with(channel, number, args, nargs, -1);
	if ((int64_t)result < 0)
		return (result);
	fd = server_fd(channel, 0);
	return (fd != -1 ? (uint64_t)fd
			 : (uint64_t)(int64_t)-KERN_RESOURCE_SHORTAGE);
}

/* (task, *size, address, permission, *entry, parent) */
static uint64_t
entry_make(
    struct server_channel *channel, const uint64_t *args, unsigned int nargs)
{
	uint64_t a[6], size, length, offset = 0;
	int fd = -1, kr;

	memcpy(a, args, sizeof(a));
	if (!memory_os_copy(MACH_PTR(&size), a[1], sizeof(size)))
		return (KERN_INVALID_ADDRESS);
	kr = memory_entry_file((uint32_t)a[3], a[2], size,
	    (uint32_t)a[5] != MACH_PORT_NULL, &fd, &offset, &length);
	if (kr != KERN_SUCCESS)
		return ((uint64_t)(int64_t)kr);
	a[2] = offset;
	if (!memory_os_copy(a[1], MACH_PTR(&length), sizeof(length))) {
		close(fd);
		return (KERN_INVALID_ADDRESS);
	}
	return (call_with(channel, 4817, a, nargs, fd));
}

/* mach_vm_map of a memory entry. */
static uint64_t
entry_map(struct server_channel *channel, const uint64_t *a)
{
	struct mach_channel_entry entry = { 0 };
	uint64_t ask[2] = { a[5], MACH_PTR(&entry) }, result;
	int fd;

	result = call_with(channel, MACH_CHANNEL_ENTRY, ask, 2, -1);
	if (result != KERN_SUCCESS)
		return (result);
	fd = server_fd(channel, 0);
	if (fd == -1)
		return (KERN_RESOURCE_SHORTAGE);
	result = (uint64_t)(int64_t)memory_entry_map(
	    a, fd, entry.offset, entry.size, entry.protection);
	close(fd);
	return (result);
}

uint64_t
server_trap_memory(struct server_channel *channel, int number,
    const uint64_t *args, unsigned int nargs)
{
	mach_port_name_t self;

	if (number == 9000 || number == 9001)
		return (fileport(channel, number, args, nargs));
	if (number == 9002)
		return (args[2] == 0 ? KERN_INVALID_ADDRESS
				     : pollfd(channel, args, nargs));
	self = mach_task_self();
	if ((mach_port_name_t)args[0] != self ||
	    (number == 4813 && (mach_port_name_t)args[5] != self)) {
		if (server_is_other(number))
			return (server_trap_other(channel, number, args));
		return (server_trap_letters(channel, number, args, nargs));
	}
	if (!can_put(number, args, nargs))
		return (KERN_INVALID_ADDRESS);
	if (number == 4817)
		return (entry_make(channel, args, nargs));
	if (number == 4811 && (mach_port_name_t)args[5] != MACH_PORT_NULL)
		return (entry_map(channel, args));
	return (here(number, args, nargs));
}
