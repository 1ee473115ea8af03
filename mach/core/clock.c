/*
 * Clocks, waiting for a time, and giving the processor away.
 */
#include <mach/clock_types.h>
#include <mach/thread_switch.h>

#include "mach/core/call.h"
#include "mach/core/clock.h"
#include "mach/core/handlers.h"
#include "mach/core/kobject.h"

#define NS_PER_S UINT64_C(1000000000)

struct ipc_clock *
ipc_clock_create(int id)
{
	struct ipc_clock *clock;

	clock = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*clock), IPC_ZERO);
	if (clock == NULL)
		return (NULL);
	ipc_ref_init(&clock->refs);
	clock->id = id;
	clock->port = ipc_port_create_kobject(IPC_KO_CLOCK, clock);
	if (clock->port == NULL) {
		ipc_clock_unref(clock);
		return (NULL);
	}
	return (clock);
}

void
ipc_clock_unref(struct ipc_clock *clock)
{
	if (ipc_ref_put(&clock->refs))
		ipc_mem_free(IPC_MEM_OBJECT, clock, sizeof(*clock));
}

void
ipc_clock_destroy(struct ipc_clock *clock)
{
	if (clock == NULL)
		return;
	ipc_kobject_port_end(clock->port);
	clock->port = NULL;
	ipc_clock_unref(clock);
}

static uint64_t
time_of(int id)
{
	return (id == CALENDAR_CLOCK ? ipc_clock_calendar() : ipc_clock_now());
}

/* The clock behind a name; MACH_PORT_NULL is the system clock. */
static kern_return_t
clock_id_of(struct ipc_call *call, mach_port_name_t name, int *id)
{
	struct ipc_port *port;
	kern_return_t kr = KERN_INVALID_ARGUMENT;

	*id = SYSTEM_CLOCK;
	if (name == MACH_PORT_NULL)
		return (KERN_SUCCESS);
	if (ipc_kobject_lock(call->thread->task->space, name, &port) !=
	    KERN_SUCCESS)
		return (kr);
	if (port->object.kobject_kind == IPC_KO_CLOCK) {
		*id = ((struct ipc_clock *)port->kobject)->id;
		kr = KERN_SUCCESS;
	}
	ipc_port_unlock(port);
	return (kr);
}

/* (clock, *time) */
kern_return_t
ipc_do_clock_get_time(struct ipc_call *call)
{
	uint64_t now = time_of(call->arg[0].v.clock->id);
	mach_timespec_t ts = { (unsigned int)(now / NS_PER_S),
		(clock_res_t)(now % NS_PER_S) };

	memcpy(call->arg[1].v.data, &ts, sizeof(ts));
	return (KERN_SUCCESS);
}

/* (clock, flavor, attributes, *count) */
kern_return_t
ipc_do_clock_get_attributes(struct ipc_call *call)
{
	uint32_t flavor = (uint32_t)call->raw[1];
	int32_t value;

	if (call->arg[2].size < sizeof(value))
		return (KERN_FAILURE);
	switch (flavor) {
	case CLOCK_GET_TIME_RES:
	case CLOCK_ALARM_CURRES:
	case CLOCK_ALARM_MINRES:
	case CLOCK_ALARM_MAXRES:
		value = 1; /* ns */
		break;
	default:
		return (KERN_INVALID_VALUE);
	}
	memcpy(call->arg[2].v.data, &value, sizeof(value));
	call->arg[2].size = sizeof(value);
	return (KERN_SUCCESS);
}

/*
 * Waiting
 */

static kern_return_t
sleep_resume(struct ipc_call *call)
{
	kern_return_t kr = ipc_waiter_finish(&call->thread->waiter);
	uint64_t now;
	mach_timespec_t ts;

	if (call->wake_at == 0)
		return (kr);
	/* clock_sleep tells when it woke. */
	now = time_of(SYSTEM_CLOCK);
	ts.tv_sec = (unsigned int)(now / NS_PER_S);
	ts.tv_nsec = (clock_res_t)(now % NS_PER_S);
	if (!ipc_os_copyout(call->thread, &ts, call->wake_at, sizeof(ts)))
		return (KERN_INVALID_ADDRESS);
	return (kr);
}

static kern_return_t
sleep_until(struct ipc_call *call, uint64_t deadline, uint64_t wake_at)
{
	call->wake_at = wake_at;
	call->deadline = deadline;
	call->resume = sleep_resume;
	ipc_waiter_park(&call->thread->waiter, IPC_WAIT_TIME, NULL, NULL, NULL);
	return (IPC_PARKED);
}

kern_return_t
ipc_do_mach_wait_until(struct ipc_call *call)
{
	if (call->raw[0] <= ipc_clock_now())
		return (KERN_SUCCESS);
	return (sleep_until(call, call->raw[0], 0));
}

/* (clock, type, sec, nsec, *wakeup) */
kern_return_t
ipc_do_clock_sleep(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	uint64_t now = ipc_clock_now(), wait, then;
	kern_return_t kr;
	int id;

	kr = clock_id_of(call, (mach_port_name_t)a[0], &id);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (id != SYSTEM_CLOCK)
		return (KERN_FAILURE); /* as XNU: only that has alarms */
	if ((int32_t)a[3] < 0 || (uint32_t)a[3] >= NS_PER_S)
		return (KERN_INVALID_VALUE);
	wait = (uint32_t)a[2] * NS_PER_S + (uint32_t)a[3];
	if ((uint32_t)a[1] == TIME_ABSOLUTE)
		then = wait;
	else if ((uint32_t)a[1] == TIME_RELATIVE)
		then = now + wait;
	else
		return (KERN_INVALID_VALUE);
	if (then <= now)
		then = now + 1; /* it yields, and tells the time */
	return (sleep_until(call, then, a[4]));
}

/*
 * Giving way.  The host's own scheduler decides who runs: the park ends at
 * once, and the host may yield for it.
 */

static kern_return_t
yield(struct ipc_call *call)
{
	call->yield = true;
	return (KERN_SUCCESS);
}

/* (thread, option, ms or us) */
kern_return_t
ipc_do_thread_switch(struct ipc_call *call)
{
	uint32_t option = (uint32_t)call->raw[1], time = (uint32_t)call->raw[2];

	switch (option) {
	case SWITCH_OPTION_NONE:
	case SWITCH_OPTION_DEPRESS:
	case SWITCH_OPTION_OSLOCK_DEPRESS:
		return (yield(call));
	case SWITCH_OPTION_WAIT:
	case SWITCH_OPTION_OSLOCK_WAIT:
		return (sleep_until(call, ipc_deadline_ms(time), 0));
	case SWITCH_OPTION_DISPATCH_CONTENTION:
		return (sleep_until(
		    call, ipc_deadline_ns(time * UINT64_C(1000)), 0));
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/* The result is TRUE when another thread ran; it cannot be known here. */
kern_return_t
ipc_do_swtch(struct ipc_call *call)
{
	call->result = 0;
	return (yield(call));
}

/* (*info): absolute time counts nanoseconds. */
kern_return_t
ipc_do_timebase_info(struct ipc_call *call)
{
	uint32_t info[2] = { 1, 1 };

	memcpy(call->arg[0].v.data, info, sizeof(info));
	return (KERN_SUCCESS);
}

/*
 * Deadlines
 */

uint64_t
ipc_deadline_ns(uint64_t ns)
{
	uint64_t now = ipc_clock_now();

	/* 0 is no deadline, and the last one is never. */
	return (ns >= IPC_FOREVER - now ? IPC_FOREVER - 1 : now + ns);
}

uint64_t
ipc_deadline_ms(uint32_t ms)
{
	return (ipc_deadline_ns(ms * UINT64_C(1000000)));
}
