/*
 * Alarms: timeouts of a taskqueue(9), whose thread may sleep for memory.
 */
#include "mach/os/freebsd/freebsd.h"

#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/priority.h>
#include <sys/taskqueue.h>
#include <sys/time.h>

struct ipc_alarm {
	struct timeout_task task;
	void (*fire)(void *);
	void *arg;
};

static struct taskqueue *queue;

void
mach_alarms_start(void)
{
	queue = taskqueue_create(
	    "mach", M_WAITOK, taskqueue_thread_enqueue, &queue);
	(void)taskqueue_start_threads(&queue, 1, PWAIT, "mach alarms");
}

void
mach_alarms_stop(void)
{
	taskqueue_free(queue);
	queue = NULL;
}

static void
alarm_run(void *arg, int pending)
{
	struct ipc_alarm *alarm = arg;

	(void)pending;
	alarm->fire(alarm->arg);
}

struct ipc_alarm *
ipc_alarm_create(void (*fire)(void *), void *arg)
{
	struct ipc_alarm *alarm;

	alarm = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*alarm), IPC_ZERO);
	if (alarm == NULL)
		return (NULL);
	alarm->fire = fire;
	alarm->arg = arg;
	TIMEOUT_TASK_INIT(queue, &alarm->task, 0, alarm_run, alarm);
	return (alarm);
}

void
ipc_alarm_set(struct ipc_alarm *alarm, uint64_t deadline)
{
	/* One that fires before its time looks itself, and sets it anew. */
	(void)taskqueue_enqueue_timeout_sbt(
	    queue, &alarm->task, mach_deadline(deadline), 0, C_ABSOLUTE);
}

void
ipc_alarm_cancel(struct ipc_alarm *alarm)
{
	while (taskqueue_cancel_timeout(queue, &alarm->task, NULL) != 0) {
		/* Its own fire() need not wait for itself. */
		if (taskqueue_member(queue, curthread))
			return;
		taskqueue_drain_timeout(queue, &alarm->task);
	}
}

void
ipc_alarm_destroy(struct ipc_alarm *alarm)
{
	if (alarm == NULL)
		return;
	ipc_alarm_cancel(alarm);
	ipc_mem_free(IPC_MEM_OBJECT, alarm, sizeof(*alarm));
}
