/*
 * The smallest host's seam, beside plain_host.c; what tests do with it is in
 * core_rig.c.
 */
#include <stdlib.h>

#include "tests/mach/core_host.h"

int core_memory, core_copies, core_regions, core_mapped;
bool core_failed;
void (*core_meanwhile)(void *);
void *core_meanwhile_arg;

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

bool
plain_fails(enum plain_step step)
{
	return (turn(step == PLAIN_COPY ? &core_copies : &core_regions));
}

/*
 * Regions
 */

#define MAPPED_MAX 512

static void *mapped[MAPPED_MAX];

void
plain_memory_add(void *p)
{
	ATF_REQUIRE(core_mapped < MAPPED_MAX);
	mapped[core_mapped++] = p;
}

void
plain_memory_free(void *p)
{
	ATF_REQUIRE(core_unmap((uint64_t)(uintptr_t)p));
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
