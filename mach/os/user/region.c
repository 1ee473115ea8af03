/*
 * Out-of-line memory in one process, which all tasks share: a region is pages
 * that change hands.  What its sender deallocates is not copied; of a large
 * range from mach_vm_allocate the pages are shared until they are written.
 */
#include <sys/mman.h>

#include <mach/kern_return.h>

#include "mach/core/call.h"
#include "mach/os/user/memory.h"

struct ipc_region {
	uint64_t start, length; /* whole pages */
	uint64_t offset;	/* of the data in them */
	uint64_t size;
};

static int
region_new(uint64_t size, struct ipc_region **regionp)
{
	*regionp = ipc_mem_alloc(IPC_MEM_RIGHTS, sizeof(**regionp), IPC_ZERO);
	if (*regionp == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	(*regionp)->size = size;
	return (KERN_SUCCESS);
}

/* Pages for it, not those of a file: their content comes now, and at once. */
static int
region_pages(struct ipc_region *region)
{
	uint64_t start;
	void *p;

	if (!memory_pages(0, region->size, &start, &region->length))
		return (KERN_INVALID_ADDRESS);
	p = mmap(NULL, region->length, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		return (KERN_RESOURCE_SHORTAGE);
	region->start = (uint64_t)(uintptr_t)p;
	memory_track(region->start, region->length);
	return (KERN_SUCCESS);
}

static void
region_free(struct ipc_region *region)
{
	ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region));
}

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	int kr;

	kr = region_new(size, regionp);
	if (kr == KERN_SUCCESS) {
		kr = region_pages(*regionp);
		if (kr != KERN_SUCCESS)
			region_free(*regionp);
	}
	if (kr == KERN_SUCCESS)
		memcpy((void *)(uintptr_t)(*regionp)->start, data, size);
	return (kr);
}

/* The first byte tells of a range that is mapped: may it be read? */
static bool
readable(uint64_t address)
{
	char byte;

	return (memory_os_copy((uint64_t)(uintptr_t)&byte, address, 1));
}

/*
 * Fills a region with `size` bytes at `address`, on the pages `start` and so
 * on.  Pages are had before they are copied, and new ones must not be taken
 * for those: what is not mapped is told first.
 */
static int
region_fill(struct ipc_region *region, uint64_t address, uint64_t start,
    uint64_t length, bool deallocate)
{
	int kr;

	region->length = length;
	region->offset = address - start;
	if (deallocate && memory_move(start, length)) {
		region->start = start;
		return (KERN_SUCCESS);
	}
	if (!memory_os_mapped(start, length) || !readable(address))
		return (KERN_INVALID_ADDRESS);
	if (length < MEMORY_FILE_MIN ||
	    !memory_snapshot(start, length, &region->start)) {
		region->offset = 0;
		kr = region_pages(region);
		if (kr != KERN_SUCCESS)
			return (kr);
		if (!memory_os_copy(region->start, address, region->size)) {
			(void)memory_destroy(region->start, region->length);
			return (KERN_INVALID_ADDRESS);
		}
	}
	/* Mach deallocates the pages that it touches. */
	if (deallocate)
		(void)memory_destroy(start, length);
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **regionp)
{
	struct ipc_region *region;
	uint64_t start, length;
	int kr;

	(void)task;
	if (address == 0 || !memory_pages(address, size, &start, &length))
		return (KERN_INVALID_ADDRESS);
	kr = region_new(size, &region);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = region_fill(region, address, start, length, deallocate);
	if (kr != KERN_SUCCESS)
		region_free(region);
	else
		*regionp = region;
	return (kr);
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	(void)task;
	*address = region->start + region->offset;
	region_free(region);
	return (KERN_SUCCESS);
}

void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	memcpy(to, (const void *)(uintptr_t)(region->start + region->offset),
	    size);
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

void
ipc_region_destroy(struct ipc_region *region)
{
	(void)memory_destroy(region->start, region->length);
	region_free(region);
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	uint64_t start, length;

	(void)task;
	if (!memory_pages(address, size, &start, &length))
		return (KERN_INVALID_ADDRESS);
	return (memory_destroy(start, length));
}
