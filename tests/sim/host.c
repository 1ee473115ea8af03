/*
 * The seam for the simulator: one address space, a clock that only moves when
 * told, chance from a seed, allocations that fail when told.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mach/kern_return.h>

#include "tests/sim/sim.h"

struct sim_fail sim_fail;
uint64_t sim_regions;
uint64_t sim_now = 1;
static uint64_t chance;

struct ipc_region {
	void *data;
	uint64_t size;
};

void
sim_say(const char *fmt, ...)
{
	va_list ap;

	if (!sim_trace)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static bool
fails(enum ipc_mem_kind kind)
{
	sim_fail.calls[kind]++;
	if (sim_fail.after[kind] == 0 || --sim_fail.after[kind] != 0)
		return (false);
	sim_fail.failed = true;
	sim_count("allocation that failed", false);
	sim_fail.kind = kind;
	return (true);
}

void
sim_host_init(void)
{
	user_mem_fails = fails;
}

void
sim_random_seed(uint64_t seed)
{
	chance = seed;
}

uint32_t
ipc_random(void)
{
	chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407;
	return ((uint32_t)(chance >> 32));
}

uint64_t
ipc_clock_now(void)
{
	return (sim_now);
}

uint64_t
ipc_clock_continuous(void)
{
	return (sim_now);
}

uint64_t
ipc_clock_calendar(void)
{
	return (sim_now);
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
	if (address == 0)
		return (size == 0);
	memcpy(to, (const void *)(uintptr_t)address, size);
	return (true);
}

bool
ipc_os_copyout(
    struct ipc_thread *thread, const void *from, uint64_t address, size_t size)
{
	(void)thread;
	if (address == 0)
		return (size == 0);
	memcpy((void *)(uintptr_t)address, from, size);
	return (true);
}

/*
 * Regions: what a task gets is freed with sim_array_free.
 */

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region = malloc(sizeof(*region));

	if (region == NULL || (region->data = malloc(size)) == NULL)
		abort();
	memcpy(region->data, data, size);
	region->size = size;
	sim_regions++;
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
	sim_array_free((uint64_t)(uintptr_t)region->data);
	free(region);
}

void
sim_array_free(uint64_t address)
{
	if (address == 0)
		return;
	free((void *)(uintptr_t)address);
	sim_regions--;
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	(void)task;
	(void)address;
	(void)size;
	return (KERN_SUCCESS);
}

/*
 * What is not simulated
 */

struct ipc_alarm *
ipc_alarm_create(void (*fire)(void *), void *arg)
{
	(void)fire;
	(void)arg;
	return (NULL);
}

void
ipc_alarm_destroy(struct ipc_alarm *alarm)
{
	(void)alarm;
}

void
ipc_alarm_set(struct ipc_alarm *alarm, uint64_t deadline)
{
	(void)alarm;
	(void)deadline;
}

void
ipc_alarm_cancel(struct ipc_alarm *alarm)
{
	(void)alarm;
}

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
