/*
 * Pages, files in memory, and where they are mapped: what the system is asked
 * for, whoever it is for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mach/kern_return.h>

#include "mach/os/user/fds.h"
#include "mach/os/user/memory.h"

/* What makes MAP_FIXED fail where something is mapped. */
#if defined(MAP_FIXED_NOREPLACE)
#define MAP_NOT_OVER MAP_FIXED_NOREPLACE
#elif defined(MAP_EXCL)
#define MAP_NOT_OVER MAP_EXCL
#endif

uint64_t
memory_page_size(void)
{
	static uint64_t size;

	if (size == 0)
		size = (uint64_t)sysconf(_SC_PAGESIZE);
	return (size);
}

bool
memory_pages(uint64_t address, uint64_t size, uint64_t *start, uint64_t *length)
{
	uint64_t mask = memory_page_size() - 1, end;

	if (address + size < address || address + size > UINT64_MAX - mask)
		return (false);
	end = (address + size + mask) & ~mask;
	*start = address & ~mask;
	*length = end - *start;
	return (*length != 0);
}

int
memory_memfd(uint64_t *number)
{
	struct stat st;
	int fd;

	fd = fds_raise(memfd_create("mach", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) != 0) {
		close(fd);
		return (-1);
	}
	*number = st.st_ino;
	return (fd);
}

/* Only files in memory have seals. */
bool
memory_memfd_is(int fd, uint64_t number)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && st.st_ino == number &&
		fcntl(fd, F_GET_SEALS) != -1);
}

int
memory_file_sized(uint64_t size, uint64_t *number)
{
	int fd;

	fd = memory_memfd(number);
	if (fd != -1 && ftruncate(fd, (off_t)size) != 0) {
		close(fd);
		fd = -1;
	}
	return (fd);
}

int
memory_file_create(uint64_t size)
{
	uint64_t number;

	return (memory_file_sized(size, &number));
}

int
memory_file_copy(uint64_t start, uint64_t size)
{
	uint64_t done = 0;
	int fd, error;
	ssize_t n = 1;

	fd = memory_file_create(size);
	while (fd != -1 && done < size) {
		n = pwrite(fd, (const void *)(uintptr_t)(start + done),
		    size - done, (off_t)done);
		if (n <= 0) {
			error = n == 0 ? ENOSPC : errno;
			close(fd);
			errno = error;
			return (-1);
		}
		done += (uint64_t)n;
	}
	return (fd);
}

/* What is aligned is cut from more than is wanted. */
void *
memory_reserve(uint64_t size, uint64_t mask, uint64_t hint)
{
	uint64_t extra, at, start;
	char *p;

	extra = (mask + 1) & ~(memory_page_size() - 1);
	if (size + extra < size)
		return (MAP_FAILED);
	p = mmap((void *)(uintptr_t)hint, size + extra, PROT_NONE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		return (p);
	at = (uint64_t)(uintptr_t)p;
	start = (at + mask) & ~mask;
	if (start != at)
		munmap(p, start - at);
	if (at + extra != start)
		munmap((void *)(uintptr_t)(start + size), at + extra - start);
	return ((void *)(uintptr_t)start);
}

int
memory_map_at(const struct memory_place *place, uint64_t size, int prot,
    int flags, int fd, uint64_t offset, uint64_t *address)
{
	void *p = (void *)(uintptr_t)place->address;
	uint64_t mask = place->mask;

	if (size >= MEMORY_LARGE)
		mask |= MEMORY_LARGE - 1;
	if (place->fixed) {
		flags |= MAP_FIXED;
		if (!place->overwrite)
			flags |= MAP_NOT_OVER;
	} else if (mask >= memory_page_size()) {
		p = memory_reserve(size, mask, place->address);
		if (p == MAP_FAILED)
			return (KERN_NO_SPACE);
		flags |= MAP_FIXED;
	}
	p = mmap(p, size, prot, flags, fd, (off_t)offset);
	if (p == MAP_FAILED && errno == ENOMEM && !place->fixed)
		return (KERN_NO_SPACE);
	if (p == MAP_FAILED)
		return (errno == EEXIST || errno == ENOMEM ? KERN_NO_SPACE
			: errno == EACCES ? KERN_PROTECTION_FAILURE
					  : KERN_INVALID_ADDRESS);
	*address = (uint64_t)(uintptr_t)p;
	return (KERN_SUCCESS);
}

const struct memory_mapping *
memory_map_find(const struct memory_map *map, uint64_t address)
{
	size_t low = 0, high = map->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (map->m[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return (low < map->n ? &map->m[low] : NULL);
}

bool
memory_find(uint64_t address, struct memory_mapping *m)
{
	struct memory_map map = memory_os_map();
	const struct memory_mapping *found = NULL;

	if (map.m != NULL)
		found = memory_map_find(&map, address);
	if (found != NULL)
		*m = *found;
	free(map.m);
	return (found != NULL);
}
