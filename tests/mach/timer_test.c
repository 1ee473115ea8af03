/*
 * Timers, clocks, waiting for a time, giving way.  XNU osfmk/kern/mk_timer.c,
 * clock_oldops.c, syscall_subr.c.
 */
#include <string.h>
#include <time.h>

#include "tests/mach/rig.h"

#define MS UINT64_C(1000000)

static uint64_t
now(void)
{
	return (mach_absolute_time());
}

/* Receives an expiry within a time. */
static mach_msg_return_t
expiry(mach_port_name_t timer, unsigned int ms, mk_timer_expire_msg_t *msg)
{
	struct {
		mk_timer_expire_msg_t expire;
		mach_msg_trailer_t trailer;
	} m;
	mach_msg_return_t mr;

	memset(&m, 0, sizeof(m));
	mr = mach_msg(&m.expire.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(m), timer, ms, MACH_PORT_NULL);
	*msg = m.expire;
	return (mr);
}

CASE(a_timer_is_an_immovable_receive_right)
{
	mach_port_name_t timer = mk_timer_create(), to = rig_port_send();

	IS(MACH_PORT_TYPE_RECEIVE, rig_type(timer));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, timer, MACH_MSG_TYPE_MOVE_RECEIVE));
	OK(mk_timer_destroy(timer));
	IS(0, rig_type(timer));
}

CASE(an_armed_timer_sends_one_message)
{
	mach_port_name_t timer = mk_timer_create();
	uint64_t start = now();
	mk_timer_expire_msg_t msg;

	OK(mk_timer_arm(timer, start + 30 * MS));
	IS(MACH_RCV_TIMED_OUT, expiry(timer, 0, &msg));
	IS(0, expiry(timer, 5000, &msg));
	ATF_CHECK(now() >= start + 30 * MS);
	IS(48, msg.header.msgh_size);
	IS(0, msg.header.msgh_id);
	IS(timer, msg.header.msgh_local_port);
	IS(MACH_PORT_NULL, msg.header.msgh_remote_port);
	IS(MACH_RCV_TIMED_OUT, expiry(timer, 30, &msg));
	IS(0, rig_status(timer).mps_sorights);
}

CASE(a_deadline_that_has_passed_fires_at_once)
{
	mach_port_name_t timer = mk_timer_create();
	mk_timer_expire_msg_t msg;

	OK(mk_timer_arm(timer, 1));
	IS(0, expiry(timer, 1000, &msg));
	OK(mk_timer_arm(timer, 0));
	IS(0, expiry(timer, 1000, &msg));
	OK(mk_timer_arm(timer, now() - 1));
	IS(0, expiry(timer, 1000, &msg));
}

CASE(at_most_one_message_is_queued)
{
	mach_port_name_t timer = mk_timer_create();
	mk_timer_expire_msg_t msg;
	int i;

	for (i = 0; i < 10; i++)
		OK(mk_timer_arm(timer, 1));
	IS(1, rig_status(timer).mps_msgcount);
	IS(0, expiry(timer, 0, &msg));
	IS(MACH_RCV_TIMED_OUT, expiry(timer, 0, &msg));
	/* Other messages are not its own. */
	IS(0, rig_send(timer, MACH_MSG_TYPE_MAKE_SEND, 77));
	OK(mk_timer_arm(timer, 1));
	IS(77, rig_receive_id(timer));
	IS(0, expiry(timer, 1000, &msg));
}

CASE(arming_again_replaces)
{
	mach_port_name_t timer = mk_timer_create();
	mk_timer_expire_msg_t msg;
	uint64_t start = now(), armed = 0;

	OK(mk_timer_arm(timer, start + 60 * 1000 * MS));
	OK(mk_timer_arm(timer, start + 20 * MS));
	IS(0, expiry(timer, 5000, &msg));
	OK(mk_timer_arm(timer, start + 100 * MS));
	OK(mk_timer_arm(timer, start + 60 * 1000 * MS));
	IS(MACH_RCV_TIMED_OUT, expiry(timer, 200, &msg));
	OK(mk_timer_cancel(timer, &armed));
	IS(start + 60 * 1000 * MS, armed);
}

CASE(cancel_returns_the_deadline_or_0)
{
	mach_port_name_t timer = mk_timer_create();
	uint64_t armed = 7, deadline = now() + 500 * MS;
	mk_timer_expire_msg_t msg;

	OK(mk_timer_cancel(timer, &armed));
	IS(0, armed);
	OK(mk_timer_arm(timer, deadline));
	OK(mk_timer_cancel(timer, &armed));
	IS(deadline, armed);
	IS(MACH_RCV_TIMED_OUT, expiry(timer, 600, &msg));
	OK(mk_timer_cancel(timer, NULL));
	OK(mk_timer_arm(timer, 1));
	IS(0, expiry(timer, 1000, &msg));
	OK(mk_timer_cancel(timer, &armed));
	IS(0, armed);
}

CASE(a_leeway_delays_at_most)
{
	mach_port_name_t timer = mk_timer_create();
	mk_timer_expire_msg_t msg;
	uint64_t start = now();

	OK(mk_timer_arm_leeway(
	    timer, MK_TIMER_NORMAL, start + 10 * MS, 10 * MS));
	IS(0, expiry(timer, 5000, &msg));
	ATF_CHECK(now() >= start + 10 * MS);
	OK(mk_timer_arm_leeway(timer, MK_TIMER_CRITICAL, start + 10 * MS, 0));
	IS(0, expiry(timer, 5000, &msg));
}

CASE(names_that_are_no_timer_are_refused)
{
	mach_port_name_t port = rig_port(), set = rig_set();
	uint64_t armed;

	IS(KERN_INVALID_ARGUMENT, mk_timer_arm(port, 1));
	IS(KERN_INVALID_ARGUMENT, mk_timer_cancel(port, &armed));
	IS(KERN_INVALID_ARGUMENT, mk_timer_destroy(port));
	IS(KERN_INVALID_RIGHT, mk_timer_arm(set, 1));
	IS(KERN_INVALID_RIGHT, mk_timer_arm(rig_send_once(port), 1));
	IS(KERN_INVALID_NAME, mk_timer_destroy(0x7703));
	IS(KERN_INVALID_NAME, mk_timer_arm(MACH_PORT_NULL, 1));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
}

CASE(a_destroyed_timer_does_not_fire)
{
	mach_port_name_t timer, set = rig_set();
	int i;

	for (i = 0; i < 50; i++) {
		timer = mk_timer_create();
		OK(mach_port_insert_member(SELF, timer, set));
		OK(mk_timer_arm(timer, now() + (uint64_t)i * MS / 10));
		if (i % 2 == 0)
			OK(mk_timer_destroy(timer));
		else
			OK(mach_port_destroy(SELF, timer));
	}
	rig_settle();
	ATF_CHECK(rig_is_silent(set));
}

CASE(timers_fire_in_the_order_of_their_deadlines)
{
	enum { N = 20 };
	mach_port_name_t timer[N], set = rig_set();
	uint64_t start = now();
	struct rig_msg msg;
	int i;

	for (i = 0; i < N; i++) {
		timer[i] = mk_timer_create();
		OK(mach_port_insert_member(SELF, timer[i], set));
		OK(mk_timer_arm(
		    timer[i], start + (uint64_t)(300 + (N - i) * 10) * MS));
	}
	for (i = N - 1; i >= 0; i--) {
		IS(0, rig_receive_in(set, &msg, 5000));
		IS(timer[i], msg.header.msgh_local_port);
	}
}

/*
 * Clocks
 */

static clock_serv_t
clock_of(int id)
{
	clock_serv_t clock = MACH_PORT_NULL;

	OK(host_get_clock_service(mach_host_self(), id, &clock));
	IS(MACH_PORT_TYPE_SEND, rig_type(clock));
	return (clock);
}

CASE(clocks_tell_the_time)
{
	mach_timespec_t ts = { 0, 0 };
	uint64_t before = now(), then;
	int resolution = 0;
	mach_msg_type_number_t n = 1;
	clock_serv_t none;

	OK(clock_get_time(clock_of(SYSTEM_CLOCK), &ts));
	then = ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
	ATF_CHECK(then >= before && then <= now());
	OK(clock_get_time(clock_of(CALENDAR_CLOCK), &ts));
	ATF_CHECK(ts.tv_sec >= (unsigned int)time(NULL) - 2 &&
		  ts.tv_sec <= (unsigned int)time(NULL));
	OK(clock_get_attributes(
	    clock_of(SYSTEM_CLOCK), CLOCK_GET_TIME_RES, &resolution, &n));
	ATF_CHECK(resolution > 0);
	n = 0;
	IS(KERN_FAILURE, clock_get_attributes(clock_of(SYSTEM_CLOCK),
			     CLOCK_GET_TIME_RES, &resolution, &n));
	n = 1;
	IS(KERN_INVALID_VALUE,
	    clock_get_attributes(clock_of(SYSTEM_CLOCK), 77, &resolution, &n));
	IS(KERN_INVALID_ARGUMENT,
	    host_get_clock_service(mach_host_self(), 2, &none));
	IS(KERN_INVALID_ARGUMENT,
	    host_get_clock_service(mach_host_self(), -1, &none));
}

CASE(clock_sleep_wakes_and_tells_when)
{
	mach_timespec_t woke = { 0, 0 };
	uint64_t before = now(), at;

	OK(clock_sleep_trap(MACH_PORT_NULL, TIME_RELATIVE, 0, 20000000, &woke));
	at = woke.tv_sec * UINT64_C(1000000000) + (uint64_t)woke.tv_nsec;
	ATF_CHECK(at >= before + 20 * MS && at <= now());
	at = now() + 20 * MS;
	OK(clock_sleep_trap(clock_of(SYSTEM_CLOCK), TIME_ABSOLUTE,
	    (int)(at / 1000000000), (int)(at % 1000000000), &woke));
	ATF_CHECK(now() >= at);
	/* What has passed does not wait. */
	OK(clock_sleep_trap(MACH_PORT_NULL, TIME_ABSOLUTE, 0, 1, &woke));
	OK(clock_sleep_trap(MACH_PORT_NULL, TIME_RELATIVE, 0, 0, NULL));
}

CASE(clock_sleep_refuses)
{
	mach_timespec_t woke;

	IS(KERN_INVALID_VALUE, clock_sleep_trap(MACH_PORT_NULL, TIME_RELATIVE,
				   0, 1000000000, &woke));
	IS(KERN_INVALID_VALUE,
	    clock_sleep_trap(MACH_PORT_NULL, TIME_RELATIVE, 0, -1, &woke));
	IS(KERN_INVALID_VALUE,
	    clock_sleep_trap(MACH_PORT_NULL, 77, 0, 1, &woke));
	IS(KERN_INVALID_ARGUMENT,
	    clock_sleep_trap(rig_port_send(), TIME_RELATIVE, 0, 1, &woke));
	IS(KERN_FAILURE, clock_sleep_trap(clock_of(CALENDAR_CLOCK),
			     TIME_RELATIVE, 0, 1, &woke));
}

CASE(the_timebase_is_nanoseconds)
{
	mach_timebase_info_data_t info = { 0, 0 };

	OK(mach_timebase_info(&info));
	ATF_CHECK(info.numer > 0 && info.denom > 0);
	IS(info.numer, info.denom);
}

static void
wait_long(void *p)
{
	*(kern_return_t *)p = mach_wait_until(now() + 60 * 1000 * MS);
}

CASE(wait_until_waits_until)
{
	uint64_t at = now() + 20 * MS;
	kern_return_t result = -1;
	struct rig_thread *t;

	OK(mach_wait_until(at));
	ATF_CHECK(now() >= at);
	OK(mach_wait_until(0));
	OK(mach_wait_until(at));
	t = rig_start(NULL, wait_long, &result, sizeof(result));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort(rig_thread_port(t)));
	rig_join(t);
	IS(KERN_ABORTED, result);
}

CASE(giving_way_comes_back)
{
	const int options[] = { SWITCH_OPTION_NONE, SWITCH_OPTION_DEPRESS,
		SWITCH_OPTION_WAIT, SWITCH_OPTION_DISPATCH_CONTENTION,
		SWITCH_OPTION_OSLOCK_DEPRESS, SWITCH_OPTION_OSLOCK_WAIT };
	uint64_t before;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		OK(thread_switch(MACH_PORT_NULL, options[i], 1));
	before = now();
	OK(thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 20));
	ATF_CHECK(now() >= before + 20 * MS);
	IS(KERN_INVALID_ARGUMENT, thread_switch(MACH_PORT_NULL, 77, 0));
	IS(KERN_INVALID_ARGUMENT, thread_switch(MACH_PORT_NULL, -1, 0));
	/* A hint that is no thread does no harm. */
	OK(thread_switch(rig_port(), SWITCH_OPTION_NONE, 0));
	(void)swtch();
	(void)swtch_pri(0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_timer_is_an_immovable_receive_right);
	ATF_TP_ADD_TC(tp, an_armed_timer_sends_one_message);
	ATF_TP_ADD_TC(tp, a_deadline_that_has_passed_fires_at_once);
	ATF_TP_ADD_TC(tp, at_most_one_message_is_queued);
	ATF_TP_ADD_TC(tp, arming_again_replaces);
	ATF_TP_ADD_TC(tp, cancel_returns_the_deadline_or_0);
	ATF_TP_ADD_TC(tp, a_leeway_delays_at_most);
	ATF_TP_ADD_TC(tp, names_that_are_no_timer_are_refused);
	ATF_TP_ADD_TC(tp, a_destroyed_timer_does_not_fire);
	ATF_TP_ADD_TC(tp, timers_fire_in_the_order_of_their_deadlines);
	ATF_TP_ADD_TC(tp, clocks_tell_the_time);
	ATF_TP_ADD_TC(tp, clock_sleep_wakes_and_tells_when);
	ATF_TP_ADD_TC(tp, clock_sleep_refuses);
	ATF_TP_ADD_TC(tp, the_timebase_is_nanoseconds);
	ATF_TP_ADD_TC(tp, wait_until_waits_until);
	ATF_TP_ADD_TC(tp, giving_way_comes_back);
	return (atf_no_error());
}
