/*
 * Alarms: one thread, made with the first, that sleeps until the earliest.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "mach/core/queue.h"
#include "mach/os/user/futex.h"
#include "mach/os/user/user_poll.h"

struct ipc_alarm {
	void (*fire)(void *);
	void *arg;
	struct ipc_ring ring;
	uint64_t deadline; /* 0: not set */
};

#define ALARM(r) IPC_RING_ITEM(r, struct ipc_alarm, ring)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static struct ipc_ring *alarms; /* those set */
static struct ipc_alarm *firing;
static pthread_t firing_thread;
static uint32_t changes; /* what the thread sleeps on */
static bool started;

static struct ipc_alarm *
earliest(void)
{
	struct ipc_alarm *first = NULL;
	struct ipc_ring *r;

	for (r = alarms; r != NULL; r = ipc_ring_next(alarms, r)) {
		if (first == NULL || ALARM(r)->deadline < first->deadline)
			first = ALARM(r);
	}
	return (first);
}

static void *
alarm_thread(void *arg)
{
	struct ipc_alarm *alarm;
	uint64_t deadline;
	uint32_t seen;

	(void)arg;
	pthread_mutex_lock(&lock);
	firing_thread = pthread_self();
	for (;;) {
		alarm = earliest();
		deadline = alarm == NULL ? UINT64_MAX : alarm->deadline;
		if (alarm == NULL || deadline > ipc_clock_now()) {
			seen = changes;
			pthread_mutex_unlock(&lock);
			futex_wait(&changes, seen, deadline);
			pthread_mutex_lock(&lock);
			continue;
		}
		ipc_ring_remove(&alarms, &alarm->ring);
		alarm->deadline = 0;
		firing = alarm;
		pthread_mutex_unlock(&lock);
		alarm->fire(alarm->arg);
		user_poll_flush();
		pthread_mutex_lock(&lock);
		firing = NULL;
		pthread_cond_broadcast(&done);
	}
	return (NULL);
}

/* False when no thread can be had. */
static bool
start(void)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;

	if (started)
		return (true);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* Signals are the program's own threads' business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	started = pthread_create(&thread, &attr, alarm_thread, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return (started);
}

struct ipc_alarm *
ipc_alarm_create(void (*fire)(void *), void *arg)
{
	struct ipc_alarm *alarm;
	bool ok;

	pthread_mutex_lock(&lock);
	ok = start();
	pthread_mutex_unlock(&lock);
	alarm =
	    ok ? ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(*alarm), IPC_ZERO) : NULL;
	if (alarm == NULL)
		return (NULL);
	alarm->fire = fire;
	alarm->arg = arg;
	return (alarm);
}

static void
unset(struct ipc_alarm *alarm)
{
	if (alarm->deadline != 0)
		ipc_ring_remove(&alarms, &alarm->ring);
	alarm->deadline = 0;
}

void
ipc_alarm_set(struct ipc_alarm *alarm, uint64_t deadline)
{
	pthread_mutex_lock(&lock);
	unset(alarm);
	alarm->deadline = deadline == 0 ? 1 : deadline;
	ipc_ring_append(&alarms, &alarm->ring);
	__atomic_add_fetch(&changes, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	futex_wake(&changes, 1);
}

void
ipc_alarm_cancel(struct ipc_alarm *alarm)
{
	pthread_mutex_lock(&lock);
	unset(alarm);
	while (firing == alarm && !pthread_equal(pthread_self(), firing_thread))
		pthread_cond_wait(&done, &lock);
	pthread_mutex_unlock(&lock);
}

void
ipc_alarm_destroy(struct ipc_alarm *alarm)
{
	if (alarm == NULL)
		return;
	ipc_alarm_cancel(alarm);
	ipc_mem_free(IPC_MEM_OBJECT, alarm, sizeof(*alarm));
}
