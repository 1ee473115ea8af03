/*
 * The seam for the simulator, beside mach/plain_host.c: chance from a seed,
 * allocations that fail when told.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <mach/kern_return.h>

#include "tests/sim/sim.h"

struct sim_fail sim_fail;
uint64_t sim_regions;
static uint64_t chance;

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

bool
plain_fails(enum plain_step step)
{
	(void)step;
	return (false);
}

/* What a task gets is freed with sim_array_free. */

void
plain_memory_add(void *p)
{
	(void)p;
	sim_regions++;
}

void
plain_memory_free(void *p)
{
	sim_array_free((uint64_t)(uintptr_t)p);
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
