/*
 * What only a host in the same process has: threads that act for one task and
 * another, and names that are kept for each.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>
#include <isthmus/mach_pollfd.h>
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/sync_policy.h>

#include "tests/mach/rig.h"

CASE(each_task_has_its_own_variables)
{
	struct mach_embedded_task *mine = mach_embedded_task_self();
	struct mach_embedded_task *other = mach_embedded_task_create(NULL);
	mach_port_t self = mach_task_self(), port = rig_port_send();
	mach_port_name_t name;

	bootstrap_port = port;
	(void)mach_embedded_task_enter(other);
	IS(MACH_PORT_NULL, bootstrap_port);
	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name));
	OK(mach_port_insert_right(SELF, name, name, MACH_MSG_TYPE_MAKE_SEND));
	OK(task_set_bootstrap_port(SELF, name));
	/* It was known already, and is a variable. */
	IS(MACH_PORT_NULL, bootstrap_port);
	bootstrap_port = name;
	(void)mach_embedded_task_enter(mine);
	IS(port, bootstrap_port);
	IS(self, mach_task_self());
	IS(MACH_PORT_TYPE_SEND, rig_type(self) & MACH_PORT_TYPE_SEND);
	mach_embedded_task_destroy(other);
}

CASE(a_child_finds_its_parent_s_bootstrap_port)
{
	struct mach_embedded_task *mine = mach_embedded_task_self(), *child;
	mach_port_name_t port = rig_port_send();

	OK(task_set_bootstrap_port(SELF, port));
	child = mach_embedded_task_create(mine);
	(void)mach_embedded_task_enter(child);
	ATF_CHECK(MACH_PORT_VALID(bootstrap_port));
	IS(0, rig_send(bootstrap_port, MACH_MSG_TYPE_COPY_SEND, 9));
	(void)mach_embedded_task_enter(mine);
	IS(9, rig_receive_id(port));
	mach_embedded_task_destroy(child);
}

static void *
use(void *arg)
{
	mach_port_t *ports = arg;

	ports[0] = mig_get_reply_port();
	ports[1] = mach_thread_self();
	return (NULL);
}

CASE(a_thread_that_ends_leaves_nothing)
{
	uint32_t names;
	mach_port_t ports[2];
	pthread_t thread;
	int i;

	(void)SELF;
	names = rig_names();
	for (i = 0; i < 10; i++) {
		ATF_REQUIRE(pthread_create(&thread, NULL, use, ports) == 0);
		IS(0, pthread_join(thread, NULL));
		IS(0, rig_type(ports[0]));
		IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(ports[1]));
		OK(mach_port_deallocate(SELF, ports[1]));
	}
	IS(names, rig_names());
}

CASE(a_reply_port_is_of_the_task_that_a_thread_acts_for)
{
	struct mach_embedded_task *mine = mach_embedded_task_self();
	struct mach_embedded_task *other = mach_embedded_task_create(NULL);
	mach_port_t here = mig_get_reply_port(), there;

	(void)mach_embedded_task_enter(other);
	IS(0, rig_type(here) & MACH_PORT_TYPE_RECEIVE);
	there = mig_get_reply_port();
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(there));
	(void)mach_embedded_task_enter(mine);
	/* It ended with the thread that it was of. */
	IS(0, rig_type(here));
	mach_embedded_task_destroy(other);
}

CASE(tasks_are_found_by_their_numbers)
{
	struct mach_embedded_task *mine = mach_embedded_task_self();
	struct mach_embedded_task *other = mach_embedded_task_create(NULL);
	mach_port_t task = MACH_PORT_NULL, name = MACH_PORT_NULL;
	task_name_t mine_there;
	int pid, again;

	(void)mach_embedded_task_enter(other);
	OK(pid_for_task(SELF, &pid));
	(void)mach_embedded_task_enter(mine);
	OK(task_for_pid(SELF, pid, &task));
	OK(pid_for_task(task, &again));
	IS(pid, again);
	IS(FALSE, mach_task_is_self(task));
	OK(task_name_for_pid(SELF, pid, &name));
	ATF_CHECK(name != task);
	OK(pid_for_task(name, &again));
	IS(pid, again);
	OK(pid_for_task(SELF, &pid));
	OK(task_name_for_pid(SELF, pid, &mine_there));
	IS(TRUE, mach_task_is_self(mine_there));
	IS(KERN_FAILURE, task_for_pid(SELF, -5, &task));
	IS(KERN_INVALID_ARGUMENT, task_for_pid(rig_port(), pid, &task));
	mach_embedded_task_destroy(other);
}

static void
handler(int signo)
{
	(void)signo;
}

struct waiting {
	semaphore_t semaphore;
	kern_return_t wait, timed, until;
	int ended; /* how many of them */
	pthread_t thread;
};

static void
wait_three_times(void *arg)
{
	struct waiting *w = arg;

	w->wait = semaphore_wait(w->semaphore);
	__atomic_store_n(&w->ended, 1, __ATOMIC_RELEASE);
	w->timed =
	    semaphore_timedwait(w->semaphore, (mach_timespec_t){ 20, 0 });
	__atomic_store_n(&w->ended, 2, __ATOMIC_RELEASE);
	w->until = mach_wait_until(mach_absolute_time() + 20000000000);
	__atomic_store_n(&w->ended, 3, __ATOMIC_RELEASE);
}

static void *
wait_main(void *arg)
{
	wait_three_times(arg);
	return (NULL);
}

CASE(a_signal_ends_a_wait)
{
	struct sigaction sa = { .sa_handler = handler };
	struct waiting w = { 0 };
	int i;

	IS(0, sigaction(SIGUSR1, &sa, NULL));
	OK(semaphore_create(SELF, &w.semaphore, SYNC_POLICY_FIFO, 0));
	ATF_REQUIRE(pthread_create(&w.thread, NULL, wait_main, &w) == 0);
	/* One that comes before the wait is not seen by it. */
	for (i = 0; i < 3; i++) {
		while (__atomic_load_n(&w.ended, __ATOMIC_ACQUIRE) <= i) {
			rig_settle();
			/* The last may have ended it meanwhile. */
			(void)pthread_kill(w.thread, SIGUSR1);
		}
	}
	IS(0, pthread_join(w.thread, NULL));
	IS(KERN_ABORTED, w.wait);
	IS(KERN_ABORTED, w.timed);
	IS(KERN_ABORTED, w.until);
}

CASE(a_task_that_ends_takes_its_ports_from_their_descriptors)
{
	struct mach_embedded_task *mine = mach_embedded_task_self();
	struct mach_embedded_task *other = mach_embedded_task_create(mine);
	struct pollfd p[2] = { { -1, POLLIN, 0 }, { -1, POLLIN, 0 } };
	mach_port_name_t port, set;

	(void)mach_embedded_task_enter(other);
	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port));
	OK(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set));
	OK(mach_port_pollfd(SELF, port, &p[0].fd));
	OK(mach_port_pollfd(SELF, set, &p[1].fd));
	(void)mach_embedded_task_enter(mine);
	IS(0, poll(p, 2, 0));
	mach_embedded_task_destroy(other);
	IS(2, poll(p, 2, 0));
	close(p[0].fd);
	close(p[1].fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_task_has_its_own_variables);
	ATF_TP_ADD_TC(tp, a_child_finds_its_parent_s_bootstrap_port);
	ATF_TP_ADD_TC(tp, a_thread_that_ends_leaves_nothing);
	ATF_TP_ADD_TC(tp, a_reply_port_is_of_the_task_that_a_thread_acts_for);
	ATF_TP_ADD_TC(tp, tasks_are_found_by_their_numbers);
	ATF_TP_ADD_TC(tp, a_signal_ends_a_wait);
	ATF_TP_ADD_TC(
	    tp, a_task_that_ends_takes_its_ports_from_their_descriptors);
	return (atf_no_error());
}
