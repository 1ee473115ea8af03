/*
 * A host of the Mach core for fuzzing: user memory is an arena, so that any
 * address may be given; parked threads stay so until they are told.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/mach_host.h"

struct ipc_region {
	uint64_t size;
	uint8_t bytes[];
};

uint8_t arena[ARENA_SIZE];
static uint64_t arena_used = ARENA_SIZE / 2; /* what regions get */
static uint64_t now;
static uint32_t chance;

static uint8_t *
at(uint64_t address, uint64_t size)
{
	if (address < ARENA_START || size > ARENA_SIZE ||
	    address - ARENA_START > ARENA_SIZE - size)
		return (NULL);
	return (arena + (address - ARENA_START));
}

void
arena_reset(void)
{
	memset(arena, 0, sizeof(arena));
	arena_used = ARENA_SIZE / 2;
	now = 1;
	chance = 0;
}

bool
ipc_os_copyin(
    struct ipc_thread *thread, uint64_t address, void *to, size_t size)
{
	const uint8_t *from = at(address, size);

	(void)thread;
	if (from != NULL)
		memcpy(to, from, size);
	return (from != NULL);
}

bool
ipc_os_copyout(
    struct ipc_thread *thread, const void *from, uint64_t address, size_t size)
{
	uint8_t *to = at(address, size);

	(void)thread;
	if (to != NULL)
		memcpy(to, from, size);
	return (to != NULL);
}

void
ipc_os_wake(struct ipc_thread *thread)
{
	(void)thread;
}

uint32_t
ipc_random(void)
{
	return (++chance);
}

/*
 * Time stands still but for what parks are given up at.
 */

uint64_t
ipc_clock_now(void)
{
	return (now);
}

uint64_t
ipc_clock_continuous(void)
{
	return (now);
}

uint64_t
ipc_clock_calendar(void)
{
	return (now);
}

struct ipc_alarm {
	void (*fire)(void *);
	void *arg;
	bool set;
};

struct ipc_alarm *
ipc_alarm_create(void (*fire)(void *), void *arg)
{
	struct ipc_alarm *alarm = calloc(1, sizeof(*alarm));

	if (alarm != NULL) {
		alarm->fire = fire;
		alarm->arg = arg;
	}
	return (alarm);
}

void
ipc_alarm_destroy(struct ipc_alarm *alarm)
{
	free(alarm);
}

void
ipc_alarm_set(struct ipc_alarm *alarm, uint64_t deadline)
{
	(void)deadline;
	alarm->set = true;
}

void
ipc_alarm_cancel(struct ipc_alarm *alarm)
{
	alarm->set = false;
}

/*
 * Regions
 */

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **region)
{
	*region = malloc(sizeof(**region) + size);
	if (*region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	(*region)->size = size;
	memcpy((*region)->bytes, data, size);
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **region)
{
	const uint8_t *from = at(address, size);

	(void)task;
	(void)deallocate;
	if (from == NULL)
		return (KERN_INVALID_ADDRESS);
	return (ipc_region_create(from, size, region));
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	(void)task;
	if (region->size > ARENA_SIZE - arena_used)
		return (KERN_NO_SPACE);
	memcpy(arena + arena_used, region->bytes, region->size);
	*address = ARENA_START + arena_used;
	arena_used += region->size;
	free(region);
	return (KERN_SUCCESS);
}

void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	memcpy(to, region->bytes, size);
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

void
ipc_region_destroy(struct ipc_region *region)
{
	free(region);
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	(void)task;
	return (
	    at(address, size) != NULL ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
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
