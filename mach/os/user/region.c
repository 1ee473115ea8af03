/*
 * Out-of-line memory in one process, which all tasks share: a region is a
 * mapping that changes hands.  What its sender deallocates is not copied;
 * neither is what vm_allocate gave, if it is whole pages (see below).
 */
#include <sys/mman.h>
#include <unistd.h>

#include <mach/kern_return.h>

#include "mach/core/call.h"
#include "mach/os/user/region.h"

struct ipc_region {
	char *map; /* whole pages */
	uint64_t map_size;
	uint64_t offset; /* of the data in it */
	uint64_t size;
};

static uint64_t
page_size(void)
{
	static uint64_t size;

	if (size == 0)
		size = (uint64_t)sysconf(_SC_PAGESIZE);
	return (size);
}

static uint64_t
page_round(uint64_t n)
{
	return ((n + page_size() - 1) & ~(page_size() - 1));
}

static struct ipc_region *
region_make(uint64_t size, bool map)
{
	struct ipc_region *region;

	region = ipc_mem_alloc(IPC_MEM_RIGHTS, sizeof(*region), IPC_ZERO);
	if (region == NULL)
		return (NULL);
	region->size = size;
	if (!map)
		return (region);
	region->map_size = page_round(size);
	region->map = mmap(NULL, region->map_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (region->map == MAP_FAILED) {
		ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region));
		return (NULL);
	}
	return (region);
}

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region = region_make(size, true);

	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	memcpy(region->map, data, size);
	*regionp = region;
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **regionp)
{
	uint64_t start = address & ~(page_size() - 1);
	uint64_t end = page_round(address + size);
	struct ipc_region *region;

	(void)task;
	if (address + size < address || end < start ||
	    !user_memory_readable(address, size))
		return (KERN_INVALID_ADDRESS);
	region = region_make(size, !deallocate);
	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	if (deallocate) {
		/* Mach deallocates the pages that it touches. */
		region->map = (char *)(uintptr_t)start;
		region->map_size = end - start;
		region->offset = address - start;
	} else {
		memcpy(region->map, (const void *)(uintptr_t)address, size);
	}
	*regionp = region;
	return (KERN_SUCCESS);
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	(void)task;
	*address = (uint64_t)(uintptr_t)region->map + region->offset;
	ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region));
	return (KERN_SUCCESS);
}

void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	memcpy(to, region->map + region->offset, size);
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

void
ipc_region_destroy(struct ipc_region *region)
{
	munmap(region->map, region->map_size);
	ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region));
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	uint64_t start = address & ~(page_size() - 1);

	(void)task;
	if (munmap((void *)(uintptr_t)start,
		page_round(address + size) - start) != 0)
		return (KERN_INVALID_ADDRESS);
	return (KERN_SUCCESS);
}

/*
 * Readable memory is told by a call that reads it for the kernel: a page at a
 * time, into a pipe that is never read.  mincore(2) would tell mapped from
 * unmapped, not readable from not.
 */
bool
user_memory_readable(uint64_t address, uint64_t size)
{
	unsigned char vector[256];
	uint64_t start = address & ~(page_size() - 1), n;
	uint64_t end = page_round(address + size);

	if (address == 0 || end <= start)
		return (false);
	for (; start < end; start += n) {
		n = end - start;
		if (n > sizeof(vector) * page_size())
			n = sizeof(vector) * page_size();
		if (mincore((void *)(uintptr_t)start, n, (void *)vector) != 0)
			return (false);
	}
	return (true);
}
