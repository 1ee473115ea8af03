/*
 * A client's memory, as far as a trap brought it along: segments of the
 * channel, and files for what is large.  Nothing here is looked at before it
 * was copied out of the client's reach.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mach/os/user/memory.h"
#include "mach/server/server.h"

/* What memory that is sent must have lost. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_WRITE)

struct ipc_region {
	uint64_t size;
	uint64_t offset;	 /* in the file */
	int fd;			 /* -1: bytes */
	struct session *session; /* whose descriptor counts; referenced */
	uint8_t bytes[];
};

/*
 * Files
 */

int
server_memory_create(uint64_t size, bool fixed)
{
	int fd = memfd_create("machd", MFD_CLOEXEC | MFD_ALLOW_SEALING), error;

	if (fd == -1)
		return (-1);
	if (ftruncate(fd, (off_t)size) != 0 ||
	    (fixed && fcntl(fd, F_ADD_SEALS,
			  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	return (fd);
}

/* The file of a region can change no more, and is as long as it says. */
static bool
file_is_sealed(int fd, uint64_t offset, uint64_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return (seals != -1 && (seals & SEALS) == SEALS &&
		fstat(fd, &st) == 0 && offset + size >= offset &&
		offset + size <= (uint64_t)st.st_size);
}

bool
server_file_hold(struct session *s)
{
	/* Both are counted before either is looked at. */
	uint64_t all =
	    ipc_add(&server.files, 1) + ipc_load_acquire(&user_descriptors);

	if (ipc_add(&s->files, 1) >= SESSION_FILES_MAX ||
	    all >= server.files_max) {
		server_file_drop(s);
		return (false);
	}
	return (true);
}

void
server_file_drop(struct session *s)
{
	ipc_add(&server.files, (uint64_t)-1);
	ipc_add(&s->files, (uint64_t)-1);
}

/*
 * Regions
 */

static struct ipc_region *
region_alloc(uint64_t size, uint64_t bytes)
{
	struct ipc_region *region;

	region = ipc_mem_alloc(IPC_MEM_RIGHTS, sizeof(*region) + bytes, 0);
	if (region != NULL) {
		region->size = size;
		region->offset = 0;
		region->fd = -1;
		region->session = NULL;
	}
	return (region);
}

static void
region_free(struct ipc_region *region)
{
	uint64_t bytes = region->fd == -1 ? region->size : 0;

	if (region->session != NULL) {
		server_file_drop(region->session);
		session_unref(region->session);
		bytes = 0;
	}
	ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region) + bytes);
}

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	*regionp = region_alloc(size, size);
	if (*regionp == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	memcpy((*regionp)->bytes, data, size);
	return (KERN_SUCCESS);
}

/* The segment with these addresses; mostly the next. */
static struct mach_segment *
find(struct thread *t, uint64_t address, uint64_t size, bool bytes)
{
	uint32_t i, at;

	if (address + size < address)
		return (NULL);
	for (i = 0; i < t->nsegments; i++) {
		struct mach_segment *s;

		at = t->last_segment + i;
		if (at >= t->nsegments)
			at -= t->nsegments;
		s = &t->segments[at];
		if (address >= s->address &&
		    address + size <= s->address + s->size &&
		    !(bytes && s->fd != 0)) {
			t->last_segment = at;
			return (s);
		}
	}
	return (NULL);
}

static int
region_of_file(struct thread *t, const struct mach_segment *s, uint64_t offset,
    uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region;
	int fd = t->fds[s->fd - 1];

	if (!file_is_sealed(fd, offset, size))
		return (KERN_INVALID_ADDRESS);
	region = region_alloc(size, 0);
	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	if (!server_file_hold(t->session)) {
		region->size = 0;
		region_free(region);
		return (KERN_RESOURCE_SHORTAGE);
	}
	ipc_ref_get(&t->session->refs);
	region->session = t->session;
	region->offset = offset;
	region->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (region->fd == -1) {
		region_free(region);
		return (KERN_RESOURCE_SHORTAGE);
	}
	*regionp = region;
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **regionp)
{
	struct thread *t = thread_current;
	struct mach_segment *s = find(t, address, size, false);
	int kr;

	(void)task;
	(void)deallocate; /* the client's, who reads `taken` */
	if (s == NULL)
		return (KERN_INVALID_ADDRESS);
	if (s->fd != 0)
		kr = region_of_file(
		    t, s, s->at + (address - s->address), size, regionp);
	else
		kr = ipc_region_create(
		    t->window + s->at + (address - s->address), size, regionp);
	if (kr == KERN_SUCCESS)
		s->taken++;
	return (kr);
}

/* A file of what is too large for the window. */
static int
file_of_bytes(const struct ipc_region *region)
{
	uint64_t done = 0;
	ssize_t n;
	int fd;

	fd = server_memory_create(region->size, false);
	while (fd != -1 && done < region->size) {
		n = pwrite(
		    fd, region->bytes + done, region->size - done, (off_t)done);
		if (n <= 0) {
			close(fd);
			return (-1);
		}
		done += (uint64_t)n;
	}
	return (fd);
}

uint32_t
window_send_fd(struct thread *t, int fd)
{
	if (t->nout == MACH_CHANNEL_FDS)
		return (0);
	t->out[t->nout] = fd;
	return (++t->nout);
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	struct thread *t = thread_current;
	struct mach_region_out out = { .size = region->size };
	uint64_t space;
	int fd;

	(void)task;
	space = t->end > t->free ? t->end - t->free : 0;
	if (space < sizeof(out))
		return (KERN_NO_SPACE);
	if (region->fd == -1 && region->size <= space - sizeof(out)) {
		memcpy(t->window + t->free, region->bytes, region->size);
		out.at = t->free;
		t->free += (region->size + 15) & ~UINT64_C(15);
	} else {
		fd = region->fd != -1 ? fcntl(region->fd, F_DUPFD_CLOEXEC, 0)
				      : file_of_bytes(region);
		if (fd == -1)
			return (KERN_RESOURCE_SHORTAGE);
		out.fd = window_send_fd(t, fd);
		if (out.fd == 0) {
			close(fd);
			return (KERN_RESOURCE_SHORTAGE);
		}
		out.at = region->offset;
	}
	t->end -= sizeof(out);
	memcpy(t->window + t->end, &out, sizeof(out));
	*address = MACH_CHANNEL_REGION + t->nregions++;
	ipc_region_destroy(region);
	return (KERN_SUCCESS);
}

void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	uint64_t done = 0;
	ssize_t n;

	if (region->fd == -1) {
		memcpy(to, region->bytes, size);
		return;
	}
	while (done < size) {
		n = pread(region->fd, (uint8_t *)to + done, size - done,
		    (off_t)(region->offset + done));
		if (n <= 0) {
			memset((uint8_t *)to + done, 0, size - done);
			return;
		}
		done += (uint64_t)n;
	}
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

void
ipc_region_destroy(struct ipc_region *region)
{
	int fd = region->fd;

	region_free(region);
	if (fd != -1)
		close(fd);
}

/* What was given out already is not; what was the client's it unmaps. */
int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	struct thread *t = thread_current;
	struct mach_segment *s;
	uint64_t i = address - MACH_CHANNEL_REGION;
	struct mach_region_out none = { 0 };

	(void)task;
	if (address >= MACH_CHANNEL_REGION && i < t->nregions) {
		memcpy(t->window + t->window_size - (i + 1) * sizeof(none),
		    &none, sizeof(none));
		return (KERN_SUCCESS);
	}
	s = find(t, address, size, true);
	if (s == NULL)
		return (KERN_INVALID_ADDRESS);
	s->taken++;
	return (KERN_SUCCESS);
}
