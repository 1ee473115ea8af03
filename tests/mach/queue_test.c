/*
 * The queue of a port: its limit, who waits at it, and how a wait ends.  XNU
 * osfmk/ipc/ipc_mqueue.c.
 */
#include <string.h>

#include "tests/mach/rig.h"

#define COPY MACH_MSG_TYPE_COPY_SEND
#define LIMIT MACH_PORT_QLIMIT_DEFAULT

static void
fill(mach_port_name_t port)
{
	mach_port_status_t s = rig_status(port);

	while (s.mps_msgcount < s.mps_qlimit) {
		IS(0, rig_send(port, COPY, (int)s.mps_msgcount));
		s.mps_msgcount++;
	}
	IS(MACH_SEND_TIMED_OUT, rig_send(port, COPY, 0));
}

static kern_return_t
limit(mach_port_name_t port, uint32_t n)
{
	mach_port_limits_t limits = { n };

	return (mach_port_set_attributes(SELF, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
}

struct sending {
	mach_port_name_t to;
	mach_msg_option_t options;
	mach_msg_timeout_t timeout;
	int id;
	mach_msg_return_t result;
	mach_msg_header_t header; /* after */
	uint64_t took;		  /* ns */
};

static void
blocking_send(void *p)
{
	struct sending *s = p;
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(COPY, 0),
		.msgh_remote_port = s->to,
		.msgh_id = s->id,
	};
	uint64_t before = mach_absolute_time();

	s->result = mach_msg(&h, MACH_SEND_MSG | s->options, sizeof(h), 0,
	    MACH_PORT_NULL, s->timeout, MACH_PORT_NULL);
	s->took = mach_absolute_time() - before;
	s->header = h;
}

CASE(a_new_port_queues_five)
{
	mach_port_name_t port = rig_port_send();
	int i;

	for (i = 0; i < 5; i++)
		IS(0, rig_send(port, COPY, i));
	IS(MACH_SEND_TIMED_OUT, rig_send(port, COPY, 5));
	IS(5, rig_status(port).mps_msgcount);
	IS(5, rig_status(port).mps_qlimit);
	for (i = 0; i < 5; i++)
		IS(i, rig_receive_id(port));
	ATF_CHECK(rig_is_silent(port));
}

CASE(a_timeout_is_in_milliseconds)
{
	mach_port_name_t port = rig_port_send();
	struct sending s = { port, MACH_SEND_TIMEOUT, 50, 1, 0, { 0 }, 0 };

	fill(port);
	blocking_send(&s);
	IS(MACH_SEND_TIMED_OUT, s.result);
	ATF_CHECK(s.took >= 50000000 && s.took < 5000000000);
	IS(LIMIT, rig_status(port).mps_msgcount);
}

CASE(a_receive_lets_a_sender_in)
{
	mach_port_name_t port = rig_port_send();
	struct sending s = { port, 0, 0, 70, -1, { 0 }, 0 };
	struct rig_thread *t;
	int i;

	fill(port);
	t = rig_start(NULL, blocking_send, &s, sizeof(s));
	ATF_CHECK(rig_runs(t, 50));
	IS(0, rig_receive_id(port));
	rig_join(t);
	IS(0, s.result);
	/* The slot was the waiter's: the queue is full again. */
	IS(MACH_SEND_TIMED_OUT, rig_send(port, COPY, 0));
	for (i = 1; i < LIMIT; i++)
		IS(i, rig_receive_id(port));
	IS(70, rig_receive_id(port));
}

CASE(senders_get_in_in_their_order)
{
	mach_port_name_t port = rig_port_send();
	struct sending s[4];
	struct rig_thread *t[4];
	int i;

	fill(port);
	for (i = 0; i < 4; i++) {
		s[i] = (struct sending){ port, 0, 0, 100 + i, -1, { 0 }, 0 };
		t[i] = rig_start(NULL, blocking_send, &s[i], sizeof(s[i]));
		ATF_CHECK(rig_runs(t[i], 30));
	}
	for (i = 0; i < LIMIT; i++)
		IS(i, rig_receive_id(port));
	for (i = 0; i < 4; i++)
		rig_join(t[i]);
	for (i = 0; i < 4; i++)
		IS(100 + i, rig_receive_id(port));
}

CASE(the_ports_end_wakes_a_sender_with_invalid_dest)
{
	mach_port_name_t port = rig_port_send();
	struct sending s = { port, 0, 0, 70, -1, { 0 }, 0 };
	struct rig_thread *t;

	fill(port);
	t = rig_start(NULL, blocking_send, &s, sizeof(s));
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	rig_join(t);
	IS(MACH_SEND_INVALID_DEST, s.result);
	IS(MACH_PORT_DEAD, s.header.msgh_remote_port);
	IS(MACH_MSG_TYPE_MOVE_SEND, MACH_MSGH_BITS_REMOTE(s.header.msgh_bits));
	/* Its own name is as it was: one reference, of a dead name. */
	IS(1, rig_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
}

CASE(an_abort_interrupts_a_sender)
{
	mach_port_name_t port = rig_port_send();
	struct sending s = { port, MACH_SEND_INTERRUPT, 0, 70, -1, { 0 }, 0 };
	struct rig_thread *t;

	fill(port);
	t = rig_start(NULL, blocking_send, &s, sizeof(s));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort(rig_thread_port(t)));
	rig_join(t);
	IS(MACH_SEND_INTERRUPTED, s.result);
	/* The right came back as a move: one reference more. */
	IS(port, s.header.msgh_remote_port);
	IS(2, rig_refs(port, MACH_PORT_RIGHT_SEND));
}

CASE(the_library_sends_again_after_an_interruption)
{
	mach_port_name_t port = rig_port_send();
	struct sending s = { port, 0, 0, 70, -1, { 0 }, 0 };
	struct rig_thread *t;
	int i;

	fill(port);
	t = rig_start(NULL, blocking_send, &s, sizeof(s));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort(rig_thread_port(t)));
	ATF_CHECK(rig_runs(t, 50));
	IS(0, rig_receive_id(port));
	rig_join(t);
	IS(0, s.result);
	for (i = 1; i < LIMIT; i++)
		IS(i, rig_receive_id(port));
	IS(70, rig_receive_id(port));
	IS(1, rig_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK(rig_is_silent(port));
}

CASE(send_once_messages_pass_a_full_queue)
{
	mach_port_name_t port = rig_port_send();
	int i;

	fill(port);
	for (i = 0; i < 20; i++)
		IS(0, rig_send(rig_send_once(port),
			  MACH_MSG_TYPE_MOVE_SEND_ONCE, 200 + i));
	IS(LIMIT + 20, rig_status(port).mps_msgcount);
	IS(0, rig_receive_id(port));
	/* It is still over its limit. */
	IS(MACH_SEND_TIMED_OUT, rig_send(port, COPY, 0));
}

CASE(a_raised_limit_lets_that_many_senders_in)
{
	mach_port_name_t port = rig_port_send();
	struct sending s[3];
	struct rig_thread *t[3];
	int i;

	fill(port);
	for (i = 0; i < 3; i++) {
		s[i] = (struct sending){ port, 0, 0, 100 + i, -1, { 0 }, 0 };
		t[i] = rig_start(NULL, blocking_send, &s[i], sizeof(s[i]));
		ATF_CHECK(rig_runs(t[i], 30));
	}
	OK(limit(port, LIMIT + 2));
	rig_join(t[0]);
	rig_join(t[1]);
	ATF_CHECK(rig_runs(t[2], 30));
	IS(LIMIT + 2, rig_status(port).mps_msgcount);
	OK(limit(port, LIMIT + 3));
	rig_join(t[2]);
	for (i = 0; i < 3; i++)
		IS(0, s[i].result);
}

CASE(a_lowered_limit_drops_nothing)
{
	mach_port_name_t port = rig_port_send();
	int i;

	fill(port);
	OK(limit(port, 1));
	IS(LIMIT, rig_status(port).mps_msgcount);
	for (i = 0; i < LIMIT; i++) {
		IS(MACH_SEND_TIMED_OUT, rig_send(port, COPY, 0));
		IS(i, rig_receive_id(port));
	}
	IS(0, rig_send(port, COPY, 9));
}

struct receiving {
	mach_port_name_t port;
	mach_msg_return_t result;
	int id;
};

static void
blocking_receive(void *p)
{
	struct receiving *r = p;
	struct rig_msg msg;

	r->result = mach_msg(&msg.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(msg), r->port, 5000, MACH_PORT_NULL);
	r->id = msg.header.msgh_id;
}

/* The woken sender finds the receiver, as in XNU's ipc_mqueue_post. */
CASE(a_sender_let_in_meets_a_receiver_that_waits)
{
	mach_port_name_t port = rig_port_send();
	struct sending s = { port, 0, 0, 70, -1, { 0 }, 0 };
	struct receiving r = { port, -1, 0 };
	struct rig_thread *sender, *receiver;

	OK(limit(port, 0));
	receiver = rig_start(NULL, blocking_receive, &r, sizeof(r));
	ATF_CHECK(rig_runs(receiver, 50));
	sender = rig_start(NULL, blocking_send, &s, sizeof(s));
	ATF_CHECK(rig_runs(sender, 50));
	OK(limit(port, 1));
	rig_join(sender);
	rig_join(receiver);
	IS(0, s.result);
	IS(0, r.result);
	IS(70, r.id);
}

CASE(a_sender_let_in_meets_a_receiver_that_waits_on_a_set)
{
	mach_port_name_t port = rig_port_send(), set = rig_set();
	struct sending s = { port, 0, 0, 70, -1, { 0 }, 0 };
	struct receiving r = { set, -1, 0 };
	struct rig_thread *sender, *receiver;

	OK(limit(port, 0));
	OK(mach_port_insert_member(SELF, port, set));
	receiver = rig_start(NULL, blocking_receive, &r, sizeof(r));
	ATF_CHECK(rig_runs(receiver, 50));
	sender = rig_start(NULL, blocking_send, &s, sizeof(s));
	ATF_CHECK(rig_runs(sender, 50));
	OK(limit(port, 1));
	rig_join(sender);
	rig_join(receiver);
	IS(0, s.result);
	IS(0, r.result);
	IS(70, r.id);
}

CASE(a_handoff_takes_no_slot)
{
	mach_port_name_t port = rig_port_send();
	struct receiving r = { port, -1, 0 };
	struct rig_thread *t;
	int i;

	t = rig_start(NULL, blocking_receive, &r, sizeof(r));
	ATF_CHECK(rig_runs(t, 50));
	IS(0, rig_send(port, COPY, 33));
	for (i = 0; i < LIMIT; i++)
		IS(0, rig_send(port, COPY, i));
	rig_join(t);
	IS(33, r.id);
	IS(0, r.result);
}

CASE(the_limit_of_the_kernel_is_65534)
{
	mach_port_name_t port = rig_port_send(), once;
	uint32_t sorights;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_KERNEL; i++)
		ATF_REQUIRE_EQ(
		    0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, i));
	IS(MACH_PORT_QLIMIT_KERNEL, rig_status(port).mps_msgcount);
	/* Who will not wait has waited; who would, need not. */
	IS(MACH_SEND_TIMED_OUT,
	    rig_send(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 0));
	IS(MACH_SEND_TIMED_OUT, rig_send(port, COPY, 0));
	{
		struct sending s = { port, 0, 0, 1, -1, { 0 }, 0 };

		blocking_send(&s);
		IS(MACH_SEND_NO_BUFFER, s.result);
		OK(mach_port_deallocate(SELF, s.header.msgh_remote_port));
	}
	/* A notification is dropped, its right used up. */
	once = rig_send_once(port);
	sorights = rig_status(port).mps_sorights;
	OK(mach_port_deallocate(SELF, once));
	IS(sorights - 1, rig_status(port).mps_sorights);
	IS(MACH_PORT_QLIMIT_KERNEL, rig_status(port).mps_msgcount);
}

/*
 * MACH_SEND_NOTIFY
 */

static mach_msg_return_t
send_notify(mach_port_name_t to, int id)
{
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(COPY, 0),
		.msgh_remote_port = to,
		.msgh_id = id,
	};

	return (
	    mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY,
		sizeof(h), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static mach_port_name_t
foreign(struct rig_task *peer, mach_port_name_t *there)
{
	*there = rig_give(peer, rig_port(), MACH_MSG_TYPE_MOVE_RECEIVE);
	return (rig_take(peer, *there, MACH_MSG_TYPE_MAKE_SEND));
}

static void
receive_one(void *p)
{
	struct receiving *r = p;
	struct rig_msg msg;

	r->result = rig_receive(r->port, &msg);
	r->id = msg.header.msgh_id;
}

CASE(send_notify_on_a_full_queue_arms_send_possible)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);
	mach_port_name_t notify = rig_port();
	struct receiving r;
	mach_port_t previous;
	int i;

	OK(mach_port_request_notification(SELF, name, MACH_NOTIFY_SEND_POSSIBLE,
	    0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	for (i = 0; i < LIMIT; i++)
		IS(0, rig_send(name, COPY, i));
	/* Without the option nothing is armed. */
	IS(MACH_SEND_TIMED_OUT, rig_send(name, COPY, i));
	r = (struct receiving){ there, 0, 0 };
	rig_run(peer, receive_one, &r, sizeof(r));
	IS(0, r.result);
	ATF_CHECK(rig_is_silent(notify));
	IS(0, rig_send(name, COPY, i));
	IS(MACH_SEND_TIMED_OUT, send_notify(name, 50));
	ATF_CHECK(rig_is_silent(notify));
	rig_run(peer, receive_one, &r, sizeof(r));
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_SEND_POSSIBLE, name));
	/* Once. */
	rig_run(peer, receive_one, &r, sizeof(r));
	ATF_CHECK(rig_is_silent(notify));
	rig_task_destroy(peer);
}

CASE(send_notify_with_room_sends)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);
	mach_port_name_t notify = rig_port();
	mach_port_t previous;
	struct receiving r = { 0, 0, 0 };

	OK(mach_port_request_notification(SELF, name, MACH_NOTIFY_SEND_POSSIBLE,
	    0, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	IS(0, send_notify(name, 50));
	r.port = there;
	rig_run(peer, receive_one, &r, sizeof(r));
	IS(50, r.id);
	ATF_CHECK(rig_is_silent(notify));
	rig_task_destroy(peer);
}

CASE(send_notify_without_a_request_is_a_plain_send)
{
	mach_port_name_t port = rig_port_send();

	fill(port);
	IS(MACH_SEND_TIMED_OUT, send_notify(port, 1));
	IS(0, rig_receive_id(port));
	IS(0, send_notify(port, 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_new_port_queues_five);
	ATF_TP_ADD_TC(tp, a_timeout_is_in_milliseconds);
	ATF_TP_ADD_TC(tp, a_receive_lets_a_sender_in);
	ATF_TP_ADD_TC(tp, senders_get_in_in_their_order);
	ATF_TP_ADD_TC(tp, the_ports_end_wakes_a_sender_with_invalid_dest);
	ATF_TP_ADD_TC(tp, an_abort_interrupts_a_sender);
	ATF_TP_ADD_TC(tp, the_library_sends_again_after_an_interruption);
	ATF_TP_ADD_TC(tp, send_once_messages_pass_a_full_queue);
	ATF_TP_ADD_TC(tp, a_raised_limit_lets_that_many_senders_in);
	ATF_TP_ADD_TC(tp, a_lowered_limit_drops_nothing);
	ATF_TP_ADD_TC(tp, a_sender_let_in_meets_a_receiver_that_waits);
	ATF_TP_ADD_TC(tp, a_sender_let_in_meets_a_receiver_that_waits_on_a_set);
	ATF_TP_ADD_TC(tp, a_handoff_takes_no_slot);
	ATF_TP_ADD_TC(tp, the_limit_of_the_kernel_is_65534);
	ATF_TP_ADD_TC(tp, send_notify_on_a_full_queue_arms_send_possible);
	ATF_TP_ADD_TC(tp, send_notify_with_room_sends);
	ATF_TP_ADD_TC(tp, send_notify_without_a_request_is_a_plain_send);
	return (atf_no_error());
}
