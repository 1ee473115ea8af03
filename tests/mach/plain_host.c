/*
 * The seam, as far as the hosts of tests have it in common.
 */
#include "tests/mach/plain_host.h"

#include <stdlib.h>

#include <mach/kern_return.h>

#include "mach/core/call.h"
#include "mach/core/ipc.h"

uint64_t plain_now = 1000;

struct ipc_region {
	uint64_t size;
	uint8_t *data;
};

uint64_t
ipc_clock_now(void)
{
	return (plain_now);
}

uint64_t
ipc_clock_continuous(void)
{
	return (plain_now);
}

uint64_t
ipc_clock_calendar(void)
{
	return (plain_now);
}

void
ipc_os_wake(struct ipc_thread *thread)
{
	thread->wakes++;
}

bool
ipc_os_copyin(
    struct ipc_thread *thread, uint64_t address, void *to, size_t size)
{
	(void)thread;
	if (size == 0)
		return (true);
	if (address == 0 || plain_fails(PLAIN_COPY))
		return (false);
	memcpy(to, (const void *)(uintptr_t)address, size);
	return (true);
}

bool
ipc_os_copyout(
    struct ipc_thread *thread, const void *from, uint64_t address, size_t size)
{
	(void)thread;
	if (size == 0)
		return (true);
	if (address == 0 || plain_fails(PLAIN_COPY))
		return (false);
	memcpy((void *)(uintptr_t)address, from, size);
	return (true);
}

/*
 * Regions
 */

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region;

	if (plain_fails(PLAIN_REGION))
		return (KERN_RESOURCE_SHORTAGE);
	region = malloc(sizeof(*region));
	if (region == NULL || (region->data = malloc(size)) == NULL)
		abort();
	memcpy(region->data, data, size);
	region->size = size;
	plain_memory_add(region->data);
	*regionp = region;
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **region)
{
	(void)task;
	(void)deallocate;
	if (address == 0)
		return (KERN_INVALID_ADDRESS);
	return (
	    ipc_region_create((const void *)(uintptr_t)address, size, region));
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	(void)task;
	if (plain_fails(PLAIN_MAP))
		return (KERN_NO_SPACE);
	*address = (uint64_t)(uintptr_t)region->data;
	free(region);
	return (KERN_SUCCESS);
}

void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	memcpy(to, region->data, size);
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

void
ipc_region_destroy(struct ipc_region *region)
{
	plain_memory_free(region->data);
	free(region);
}

/*
 * What none of them has
 */

int
ipc_os_call(struct ipc_call *call)
{
	(void)call;
	return (KERN_NOT_SUPPORTED);
}

void
ipc_os_object_release(int kind, void *object)
{
	(void)kind;
	(void)object;
}

void
ipc_poll_changed(struct ipc_object *object)
{
	(void)object;
}
