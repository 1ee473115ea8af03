/*
 * Semaphores.  XNU osfmk/kern/sync_sema.c.
 */
#include "tests/mach/rig.h"

static semaphore_t
make(int policy, int value)
{
	semaphore_t s = MACH_PORT_NULL;

	OK(semaphore_create(SELF, &s, policy, value));
	ATF_CHECK(MACH_PORT_VALID(s));
	return (s);
}

static kern_return_t
poll_once(semaphore_t s)
{
	const mach_timespec_t none = { 0, 0 };

	return (semaphore_timedwait(s, none));
}

/* What a signal was lost for or not. */
static int
count(semaphore_t s)
{
	int n = 0;

	while (poll_once(s) == KERN_SUCCESS)
		n++;
	return (n);
}

struct waiting {
	semaphore_t s, post;
	kern_return_t result;
};

static void
wait_for(void *p)
{
	struct waiting *w = p;

	w->result = w->post == MACH_PORT_NULL
			? semaphore_wait(w->s)
			: semaphore_wait_signal(w->s, w->post);
}

CASE(a_bad_policy_or_value_is_invalid_argument)
{
	semaphore_t s;

	IS(KERN_INVALID_ARGUMENT,
	    semaphore_create(SELF, &s, SYNC_POLICY_FIFO, -1));
	IS(KERN_INVALID_ARGUMENT, semaphore_create(SELF, &s, 77, 0));
	IS(KERN_INVALID_ARGUMENT, semaphore_create(SELF, &s, -1, 0));
	OK(semaphore_create(SELF, &s, SYNC_POLICY_LIFO, 0));
}

CASE(waits_take_what_there_is)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 2);

	OK(semaphore_wait(s));
	OK(semaphore_wait(s));
	IS(KERN_OPERATION_TIMED_OUT, poll_once(s));
	OK(semaphore_signal(s));
	OK(semaphore_signal(s));
	IS(2, count(s));
}

CASE(a_signal_wakes_one)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	struct waiting a = { s, MACH_PORT_NULL, -1 }, b = a;
	struct rig_thread *ta, *tb;

	ta = rig_start(NULL, wait_for, &a, sizeof(a));
	ATF_CHECK(rig_runs(ta, 50));
	tb = rig_start(NULL, wait_for, &b, sizeof(b));
	ATF_CHECK(rig_runs(tb, 50));
	OK(semaphore_signal(s));
	/* The first that came. */
	rig_join(ta);
	OK(a.result);
	ATF_CHECK(rig_runs(tb, 50));
	OK(semaphore_signal(s));
	rig_join(tb);
	OK(b.result);
	IS(0, count(s));
}

CASE(signal_all_wakes_all_and_counts_nothing)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	struct waiting w[3];
	struct rig_thread *t[3];
	int i;

	for (i = 0; i < 3; i++) {
		w[i] = (struct waiting){ s, MACH_PORT_NULL, -1 };
		t[i] = rig_start(NULL, wait_for, &w[i], sizeof(w[i]));
		ATF_CHECK(rig_runs(t[i], 30));
	}
	OK(semaphore_signal_all(s));
	for (i = 0; i < 3; i++) {
		rig_join(t[i]);
		OK(w[i].result);
	}
	IS(0, count(s));
	/* Where nobody waits nothing is left for who comes. */
	OK(semaphore_signal_all(s));
	IS(0, count(s));
}

CASE(signal_thread_wakes_that_one)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	struct waiting a = { s, MACH_PORT_NULL, -1 }, b = a;
	struct rig_thread *ta, *tb;

	ta = rig_start(NULL, wait_for, &a, sizeof(a));
	tb = rig_start(NULL, wait_for, &b, sizeof(b));
	ATF_CHECK(rig_runs(ta, 50) && rig_runs(tb, 50));
	OK(semaphore_signal_thread(s, rig_thread_port(tb)));
	rig_join(tb);
	OK(b.result);
	ATF_CHECK(rig_runs(ta, 50));
	IS(KERN_NOT_WAITING, semaphore_signal_thread(s, mach_thread_self()));
	IS(KERN_INVALID_ARGUMENT, semaphore_signal_thread(s, SELF));
	/* Of no thread: any that waits; and it is not kept. */
	OK(semaphore_signal_thread(s, MACH_PORT_NULL));
	rig_join(ta);
	IS(KERN_NOT_WAITING, semaphore_signal_thread(s, MACH_PORT_NULL));
	IS(0, count(s));
}

CASE(a_timed_wait_ends)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	const mach_timespec_t ms50 = { 0, 50000000 };
	uint64_t before = mach_absolute_time(), took;

	IS(KERN_OPERATION_TIMED_OUT, semaphore_timedwait(s, ms50));
	took = mach_absolute_time() - before;
	ATF_CHECK(took >= 50000000 && took < 5000000000);
	OK(semaphore_signal(s));
	OK(semaphore_timedwait(s, ms50));
}

CASE(a_bad_time_is_invalid_value)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 5);
	const mach_timespec_t a = { 0, 1000000000 }, b = { 1, -1 };

	IS(KERN_INVALID_VALUE, semaphore_timedwait(s, a));
	IS(KERN_INVALID_VALUE, semaphore_timedwait(s, b));
	IS(KERN_INVALID_VALUE, semaphore_timedwait_signal(s, s, a));
	IS(5, count(s));
}

CASE(wait_signal_signals_when_it_waits)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	semaphore_t post = make(SYNC_POLICY_FIFO, 0);
	struct waiting w = { s, post, -1 };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	OK(semaphore_wait(post));
	/* It waits already: this is not lost. */
	OK(semaphore_signal_thread(s, rig_thread_port(t)));
	rig_join(t);
	OK(w.result);
	IS(0, count(s));
}

CASE(wait_signal_signals_when_it_need_not_wait)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 1);
	semaphore_t post = make(SYNC_POLICY_FIFO, 0);

	OK(semaphore_wait_signal(s, post));
	IS(1, count(post));
	IS(0, count(s));
}

CASE(timedwait_signal_signals_when_it_is_late)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	semaphore_t post = make(SYNC_POLICY_FIFO, 0);
	const mach_timespec_t none = { 0, 0 }, ms20 = { 0, 20000000 };

	IS(KERN_OPERATION_TIMED_OUT, semaphore_timedwait_signal(s, post, none));
	IS(KERN_OPERATION_TIMED_OUT, semaphore_timedwait_signal(s, post, ms20));
	IS(2, count(post));
	/* One and the same: polled before it is signalled ... */
	IS(KERN_OPERATION_TIMED_OUT, semaphore_timedwait_signal(s, s, none));
	IS(1, count(s));
	/* ... and waited for before. */
	OK(semaphore_timedwait_signal(s, s, ms20));
	IS(0, count(s));
}

CASE(a_destroyed_semaphore_terminates_its_waiters)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	struct waiting w = { s, MACH_PORT_NULL, -1 };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_mod_refs(SELF, s, MACH_PORT_RIGHT_SEND, 1));
	OK(semaphore_destroy(SELF, s));
	rig_join(t);
	IS(KERN_TERMINATED, w.result);
	/* Who has a right still is told the same. */
	IS(1, rig_refs(s, MACH_PORT_RIGHT_SEND));
	IS(KERN_TERMINATED, semaphore_wait(s));
	IS(KERN_TERMINATED, semaphore_signal(s));
	IS(KERN_TERMINATED, semaphore_signal_all(s));
	IS(KERN_TERMINATED, poll_once(s));
}

CASE(a_wait_whose_signal_is_terminated_does_not_wait)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	semaphore_t post = make(SYNC_POLICY_FIFO, 0);

	OK(mach_port_mod_refs(SELF, post, MACH_PORT_RIGHT_SEND, 1));
	OK(semaphore_destroy(SELF, post));
	IS(KERN_TERMINATED, semaphore_wait_signal(s, post));
	OK(semaphore_signal(s));
	IS(1, count(s));
}

CASE(destroy_takes_the_right)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);

	OK(semaphore_destroy(SELF, s));
	IS(0, rig_type(s));
	IS(KERN_INVALID_NAME, semaphore_signal(s));
}

CASE(an_abort_ends_a_wait)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	struct waiting w = { s, MACH_PORT_NULL, -1 };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort(rig_thread_port(t)));
	rig_join(t);
	IS(KERN_ABORTED, w.result);
}

CASE(names_that_are_no_semaphore_are_refused)
{
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	mach_port_name_t port = rig_port_send();

	IS(KERN_INVALID_NAME, semaphore_signal(MACH_PORT_NULL));
	IS(KERN_INVALID_NAME, semaphore_wait(MACH_PORT_DEAD));
	IS(KERN_INVALID_NAME, semaphore_signal(0x7703));
	IS(KERN_INVALID_CAPABILITY, semaphore_signal(port));
	IS(KERN_INVALID_CAPABILITY, semaphore_wait(SELF));
	IS(KERN_INVALID_RIGHT, semaphore_signal_all(rig_set()));
	IS(KERN_INVALID_RIGHT, semaphore_signal(rig_send_once(port)));
	IS(KERN_INVALID_CAPABILITY, semaphore_wait_signal(s, port));
	IS(KERN_INVALID_CAPABILITY, semaphore_wait_signal(port, s));
	IS(KERN_INVALID_ARGUMENT, semaphore_destroy(SELF, port));
	IS(0, count(s));
}

struct peer {
	semaphore_t s;
	kern_return_t result;
};

static void
peer_signal(void *p)
{
	struct peer *peer = p;

	peer->result = semaphore_signal(peer->s);
}

static void
peer_destroy(void *p)
{
	struct peer *peer = p;

	peer->result = semaphore_destroy(SELF, peer->s);
}

static void
peer_make(void *p)
{
	struct peer *peer = p;

	peer->result = semaphore_create(SELF, &peer->s, SYNC_POLICY_FIFO, 3);
}

CASE(a_semaphore_is_shared_by_its_right)
{
	struct rig_task *task = rig_task_create();
	semaphore_t s = make(SYNC_POLICY_FIFO, 0);
	struct peer peer = { 0, -1 };

	peer.s = rig_give(task, s, MACH_MSG_TYPE_COPY_SEND);
	rig_run(task, peer_signal, &peer, sizeof(peer));
	OK(peer.result);
	IS(1, count(s));
	/* Not its own: only the right is given back. */
	rig_run(task, peer_destroy, &peer, sizeof(peer));
	OK(peer.result);
	OK(semaphore_signal(s));
	IS(1, count(s));
	rig_task_destroy(task);
}

CASE(a_semaphore_ends_with_the_task_that_made_it)
{
	struct rig_task *task = rig_task_create();
	struct peer peer = { 0, -1 };
	semaphore_t s;

	rig_run(task, peer_make, &peer, sizeof(peer));
	OK(peer.result);
	s = rig_take(task, peer.s, MACH_MSG_TYPE_COPY_SEND);
	OK(semaphore_wait(s));
	rig_task_destroy(task);
	IS(KERN_TERMINATED, semaphore_wait(s));
}

CASE(a_last_in_first_out_semaphore_wakes_the_last)
{
	semaphore_t s = make(SYNC_POLICY_LIFO, 0);
	struct waiting a = { s, MACH_PORT_NULL, -1 }, b = a;
	struct rig_thread *ta, *tb;

	ta = rig_start(NULL, wait_for, &a, sizeof(a));
	ATF_CHECK(rig_runs(ta, 50));
	tb = rig_start(NULL, wait_for, &b, sizeof(b));
	ATF_CHECK(rig_runs(tb, 50));
	OK(semaphore_signal(s));
	rig_join(tb);
	ATF_CHECK(rig_runs(ta, 50));
	OK(semaphore_signal(s));
	rig_join(ta);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_bad_policy_or_value_is_invalid_argument);
	ATF_TP_ADD_TC(tp, waits_take_what_there_is);
	ATF_TP_ADD_TC(tp, a_signal_wakes_one);
	ATF_TP_ADD_TC(tp, signal_all_wakes_all_and_counts_nothing);
	ATF_TP_ADD_TC(tp, signal_thread_wakes_that_one);
	ATF_TP_ADD_TC(tp, a_timed_wait_ends);
	ATF_TP_ADD_TC(tp, a_bad_time_is_invalid_value);
	ATF_TP_ADD_TC(tp, wait_signal_signals_when_it_waits);
	ATF_TP_ADD_TC(tp, wait_signal_signals_when_it_need_not_wait);
	ATF_TP_ADD_TC(tp, timedwait_signal_signals_when_it_is_late);
	ATF_TP_ADD_TC(tp, a_destroyed_semaphore_terminates_its_waiters);
	ATF_TP_ADD_TC(tp, a_wait_whose_signal_is_terminated_does_not_wait);
	ATF_TP_ADD_TC(tp, destroy_takes_the_right);
	ATF_TP_ADD_TC(tp, an_abort_ends_a_wait);
	ATF_TP_ADD_TC(tp, names_that_are_no_semaphore_are_refused);
	ATF_TP_ADD_TC(tp, a_semaphore_is_shared_by_its_right);
	ATF_TP_ADD_TC(tp, a_semaphore_ends_with_the_task_that_made_it);
	ATF_TP_ADD_TC(tp, a_last_in_first_out_semaphore_wakes_the_last);
	return (atf_no_error());
}
