/*
 * The smallest host's seam; what tests do with it is in core_rig.c.
 */
#include <stdlib.h>

#include "tests/mach/core_host.h"

int core_memory, core_copies, core_regions, core_mapped;
bool core_failed;
void (*core_meanwhile)(void *);
void *core_meanwhile_arg;
uint64_t core_now = 1000;

/* True when it is this one's turn to fail. */
static bool
turn(int *count)
{
	if (*count == 0 || --*count != 0)
		return (false);
	core_failed = true;
	return (true);
}

static bool
memory_fails(enum ipc_mem_kind kind)
{
	void (*meanwhile)(void *) = core_meanwhile;

	(void)kind;
	core_meanwhile = NULL;
	if (meanwhile != NULL)
		meanwhile(core_meanwhile_arg);
	return (turn(&core_memory));
}

__attribute__((__constructor__)) static void
init(void)
{
	user_mem_fails = memory_fails;
}

uint32_t
ipc_random(void)
{
	static uint32_t n;

	return (n = n * 1664525 + 1013904223);
}

uint64_t
ipc_clock_now(void)
{
	return (core_now);
}

uint64_t
ipc_clock_continuous(void)
{
	return (core_now);
}

uint64_t
ipc_clock_calendar(void)
{
	return (core_now);
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
	if (address == 0 || turn(&core_copies))
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
	if (address == 0 || turn(&core_copies))
		return (false);
	memcpy((void *)(uintptr_t)address, from, size);
	return (true);
}

/*
 * Regions
 */

#define MAPPED_MAX 512

struct ipc_region {
	uint64_t size;
	uint8_t *data;
};
static void *mapped[MAPPED_MAX];

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region;

	if (turn(&core_regions))
		return (KERN_RESOURCE_SHORTAGE);
	region = malloc(sizeof(*region));
	ATF_REQUIRE(region != NULL);
	region->data = malloc(size);
	ATF_REQUIRE(region->data != NULL);
	memcpy(region->data, data, size);
	region->size = size;
	ATF_REQUIRE(core_mapped < MAPPED_MAX);
	mapped[core_mapped++] = region->data;
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
	if (turn(&core_regions))
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
	ATF_REQUIRE(core_unmap((uint64_t)(uintptr_t)region->data));
	free(region);
}

bool
core_unmap(uint64_t address)
{
	int i;

	for (i = 0; i < core_mapped && (uintptr_t)mapped[i] != address; i++)
		;
	if (i == core_mapped)
		return (false);
	free(mapped[i]);
	mapped[i] = mapped[--core_mapped];
	return (true);
}

int
core_unmap_all(void)
{
	int n = core_mapped;

	while (core_mapped > 0)
		free(mapped[--core_mapped]);
	return (n);
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	(void)task;
	(void)size;
	ATF_REQUIRE(core_unmap(address));
	return (KERN_SUCCESS);
}

/*
 * One alarm at a time
 */

struct ipc_alarm {
	void (*fire)(void *);
	void *arg;
};
static struct ipc_alarm *alarm_set;

struct ipc_alarm *
ipc_alarm_create(void (*fire)(void *), void *arg)
{
	struct ipc_alarm *alarm;

	if (memory_fails(IPC_MEM_OBJECT))
		return (NULL);
	alarm = malloc(sizeof(*alarm));
	ATF_REQUIRE(alarm != NULL);
	alarm->fire = fire;
	alarm->arg = arg;
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
	alarm_set = alarm;
}

void
ipc_alarm_cancel(struct ipc_alarm *alarm)
{
	if (alarm_set == alarm)
		alarm_set = NULL;
}

void
core_alarm_fire(void)
{
	struct ipc_alarm *alarm = alarm_set;

	ATF_REQUIRE(alarm != NULL);
	alarm_set = NULL;
	alarm->fire(alarm->arg);
}

/*
 * What it has not
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
