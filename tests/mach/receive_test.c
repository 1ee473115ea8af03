/*
 * Receiving: what may be received from, into how small a buffer, and how a
 * wait ends.  XNU osfmk/ipc/mach_msg.c, ipc_mqueue.c.
 */
#include <string.h>

#include "tests/mach/rig.h"

#define COPY MACH_MSG_TYPE_COPY_SEND

static mach_msg_return_t
receive(mach_port_name_t port, mach_msg_option_t options, void *buffer,
    mach_msg_size_t size)
{
	return (mach_msg(buffer, MACH_RCV_MSG | MACH_RCV_TIMEOUT | options, 0,
	    size, port, 0, MACH_PORT_NULL));
}

/* A message of `size` bytes, each of which tells its place. */
static void
send_bytes(mach_port_name_t to, mach_msg_size_t size)
{
	union {
		mach_msg_header_t h;
		uint8_t byte[4096];
	} m;
	mach_msg_size_t i;

	for (i = 0; i < size; i++)
		m.byte[i] = (uint8_t)(i * 7);
	memset(&m.h, 0, sizeof(m.h));
	m.h.msgh_bits = MACH_MSGH_BITS(COPY, 0);
	m.h.msgh_remote_port = to;
	m.h.msgh_id = (int)size;
	IS(0, mach_msg(&m.h, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
		  MACH_PORT_NULL));
}

CASE(a_body_arrives_as_it_was)
{
	mach_port_name_t port = rig_port_send();
	union {
		mach_msg_header_t h;
		uint8_t byte[4096 + MAX_TRAILER_SIZE];
	} m;
	mach_msg_size_t size, i;

	for (size = 24; size <= 4096; size += 36) {
		send_bytes(port, size);
		IS(0, receive(port, 0, &m, sizeof(m)));
		IS(size, m.h.msgh_size);
		for (i = 24; i < size; i++)
			ATF_REQUIRE_EQ((uint8_t)(i * 7), m.byte[i]);
	}
}

CASE(the_header_arrives_swapped)
{
	mach_port_name_t port = rig_port_send(), reply = rig_port();
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_remote_port = port,
		.msgh_local_port = reply,
		.msgh_id = -5,
	};
	struct rig_msg msg;

	IS(0, mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL, 0,
		  MACH_PORT_NULL));
	IS(0, rig_receive(port, &msg));
	IS(port, msg.header.msgh_local_port);
	IS(MACH_MSG_TYPE_PORT_SEND, MACH_MSGH_BITS_LOCAL(msg.header.msgh_bits));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(msg.header.msgh_remote_port));
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    MACH_MSGH_BITS_REMOTE(msg.header.msgh_bits));
	IS(-5, msg.header.msgh_id);
}

CASE(only_receive_rights_and_sets_are_received_from)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), there, send, dead, once;
	struct rig_msg msg;

	once = rig_send_once(port);
	dead = rig_dead_name(1);
	there = rig_give(peer, rig_port(), MACH_MSG_TYPE_MOVE_RECEIVE);
	send = rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND);
	IS(MACH_RCV_INVALID_NAME, rig_receive(send, &msg));
	IS(MACH_RCV_INVALID_NAME, rig_receive(once, &msg));
	IS(MACH_RCV_INVALID_NAME, rig_receive(dead, &msg));
	IS(MACH_RCV_INVALID_NAME, rig_receive(0x7703, &msg));
	IS(MACH_RCV_INVALID_NAME, rig_receive(MACH_PORT_NULL, &msg));
	IS(MACH_RCV_INVALID_NAME, rig_receive(MACH_PORT_DEAD, &msg));
	/* Without a timeout too: it does not hang. */
	IS(MACH_RCV_INVALID_NAME,
	    mach_msg(&msg.header, MACH_RCV_MSG, 0, sizeof(msg), MACH_PORT_NULL,
		0, MACH_PORT_NULL));
	rig_task_destroy(peer);
}

CASE(a_member_of_a_set_is_received_from)
{
	mach_port_name_t port = rig_port(), set = rig_set();

	OK(mach_port_insert_member(SELF, port, set));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 4));
	IS(4, rig_receive_id(port));
	ATF_CHECK(rig_is_silent(set));
}

CASE(a_timeout_of_0_polls)
{
	mach_port_name_t port = rig_port(), set = rig_set();
	struct rig_msg msg;

	IS(MACH_RCV_TIMED_OUT, rig_receive(port, &msg));
	IS(MACH_RCV_TIMED_OUT, rig_receive(set, &msg));
}

CASE(a_timeout_is_in_milliseconds)
{
	mach_port_name_t port = rig_port();
	uint64_t before = mach_absolute_time(), took;
	struct rig_msg msg;

	IS(MACH_RCV_TIMED_OUT, rig_receive_in(port, &msg, 50));
	took = mach_absolute_time() - before;
	ATF_CHECK(took >= 50000000 && took < 5000000000);
}

CASE(a_buffer_must_take_the_trailer_too)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;

	send_bytes(port, 24);
	IS(MACH_RCV_TOO_LARGE, receive(port, MACH_RCV_LARGE, &msg, 24 + 8 - 1));
	IS(0, receive(port, MACH_RCV_LARGE, &msg, 24 + 8));
	send_bytes(port, 24);
	IS(MACH_RCV_TOO_LARGE, receive(port,
				   MACH_RCV_LARGE | MACH_RCV_TRAILER_ELEMENTS(
							MACH_RCV_TRAILER_AUDIT),
				   &msg, 24 + 52 - 1));
	IS(0, receive(port,
		  MACH_RCV_LARGE |
		      MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
		  &msg, 24 + 52));
}

CASE(too_large_destroys_the_message_and_leaves_the_header)
{
	mach_port_name_t port = rig_port_send(), reply = rig_port();
	mach_port_name_t carried = rig_port_send();
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE) |
	    MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_remote_port = port;
	msg.header.msgh_local_port = reply;
	msg.header.msgh_id = 88;
	msg.body.msgh_descriptor_count = 1;
	msg.port[0].name = carried;
	msg.port[0].disposition = COPY;
	IS(0, mach_msg(&msg.header, MACH_SEND_MSG, 40, 0, MACH_PORT_NULL, 0,
		  MACH_PORT_NULL));
	IS(2, rig_srights(carried));
	memset(&msg, 0xaa, sizeof(msg));
	IS(MACH_RCV_TOO_LARGE, receive(port, 0, &msg, 32));
	IS(88, msg.header.msgh_id);
	IS(sizeof(mach_msg_header_t), msg.header.msgh_size);
	IS(port, msg.header.msgh_local_port);
	IS(MACH_PORT_NULL, msg.header.msgh_remote_port);
	/* Nothing is written past the buffer. */
	IS(0xaaaaaaaa, msg.word[2]);
	IS(1, rig_srights(carried));
	ATF_CHECK(rig_is_notified(reply, MACH_NOTIFY_SEND_ONCE, 0));
	ATF_CHECK(rig_is_silent(port));
}

CASE(rcv_large_leaves_the_message_and_tells_its_size)
{
	mach_port_name_t port = rig_port_send();
	mach_msg_header_t h;
	struct rig_msg msg;
	int i;

	send_bytes(port, 64);
	for (i = 0; i < 3; i++) {
		memset(&h, 0xaa, sizeof(h));
		IS(MACH_RCV_TOO_LARGE,
		    receive(port, MACH_RCV_LARGE, &h, sizeof(h)));
		IS(64, h.msgh_size);
		/* The rest is as it was. */
		IS(0xaaaaaaaa, h.msgh_local_port);
	}
	IS(1, rig_status(port).mps_msgcount);
	IS(0, rig_status(port).mps_seqno);
	IS(0, receive(port, MACH_RCV_LARGE, &msg, 64 + 8));
	IS(64, msg.header.msgh_size);
}

CASE(rcv_large_needs_eight_bytes_to_tell_the_size)
{
	mach_port_name_t port = rig_port_send();
	uint32_t word[2] = { 1, 1 };

	send_bytes(port, 64);
	IS(MACH_RCV_TOO_LARGE, receive(port, MACH_RCV_LARGE, word, 4));
	IS(1, word[1]);
	IS(MACH_RCV_TOO_LARGE, receive(port, MACH_RCV_LARGE, NULL, 0));
	IS(MACH_RCV_TOO_LARGE, receive(port, MACH_RCV_LARGE, word, 8));
	IS(64, word[1]);
	IS(1, word[0]);
}

CASE(rcv_large_identity_tells_the_member)
{
	mach_port_name_t port = rig_port_send(), set = rig_set();
	mach_msg_header_t h;

	OK(mach_port_insert_member(SELF, port, set));
	send_bytes(port, 64);
	memset(&h, 0, sizeof(h));
	IS(MACH_RCV_TOO_LARGE,
	    receive(
		set, MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, &h, sizeof(h)));
	IS(64, h.msgh_size);
	IS(port, h.msgh_local_port);
}

struct waiting {
	mach_port_name_t port;
	mach_msg_option_t options;
	mach_msg_size_t room;
	mach_msg_timeout_t timeout; /* 0: none */
	mach_msg_return_t result;
	struct rig_msg msg;
};

static void
wait_for(void *p)
{
	struct waiting *w = p;

	w->result = mach_msg(&w->msg.header,
	    MACH_RCV_MSG | w->options |
		(w->timeout != 0 ? MACH_RCV_TIMEOUT : 0),
	    0, w->room, w->port, w->timeout, MACH_PORT_NULL);
}

/* freebsd-launchd-mach and ravynOS lost the message here. */
CASE(a_waiter_with_too_small_a_buffer_leaves_it_to_the_next)
{
	mach_port_name_t port = rig_port_send();
	struct waiting small = {
		.port = port, .options = MACH_RCV_LARGE, .room = 32
	};
	struct waiting large = { .port = port,
		.options = MACH_RCV_LARGE,
		.room = sizeof(large.msg) };
	struct rig_thread *a, *b;

	a = rig_start(NULL, wait_for, &small, sizeof(small));
	ATF_CHECK(rig_runs(a, 50));
	b = rig_start(NULL, wait_for, &large, sizeof(large));
	ATF_CHECK(rig_runs(b, 50));
	send_bytes(port, 64);
	rig_join(a);
	rig_join(b);
	IS(MACH_RCV_TOO_LARGE, small.result);
	IS(64, small.msg.header.msgh_size);
	IS(0, large.result);
	IS(64, large.msg.header.msgh_id);
}

CASE(what_no_waiter_can_take_is_queued)
{
	mach_port_name_t port = rig_port_send(), set = rig_set();
	struct waiting a = { .port = port,
		.options = MACH_RCV_LARGE,
		.room = 32 },
		       b = a;
	struct rig_thread *ta, *tb;

	OK(mach_port_insert_member(SELF, port, set));
	b.port = set;
	ta = rig_start(NULL, wait_for, &a, sizeof(a));
	tb = rig_start(NULL, wait_for, &b, sizeof(b));
	ATF_CHECK(rig_runs(ta, 50) && rig_runs(tb, 50));
	send_bytes(port, 64);
	rig_join(ta);
	rig_join(tb);
	IS(MACH_RCV_TOO_LARGE, a.result);
	IS(MACH_RCV_TOO_LARGE, b.result);
	IS(64, rig_receive_id(port));
}

CASE(a_waiter_without_rcv_large_gets_the_header)
{
	mach_port_name_t port = rig_port_send();
	struct waiting w = { .port = port, .room = 32 };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	send_bytes(port, 64);
	rig_join(t);
	IS(MACH_RCV_TOO_LARGE, w.result);
	IS(24, w.msg.header.msgh_size);
	IS(64, w.msg.header.msgh_id);
	ATF_CHECK(rig_is_silent(port));
}

CASE(waiters_are_served_in_their_order)
{
	mach_port_name_t port = rig_port_send();
	struct waiting w[3];
	struct rig_thread *t[3];
	int i;

	for (i = 0; i < 3; i++) {
		w[i] =
		    (struct waiting){ .port = port, .room = sizeof(w[i].msg) };
		t[i] = rig_start(NULL, wait_for, &w[i], sizeof(w[i]));
		ATF_CHECK(rig_runs(t[i], 30));
	}
	for (i = 0; i < 3; i++)
		IS(0, rig_send(port, COPY, 10 + i));
	for (i = 0; i < 3; i++) {
		rig_join(t[i]);
		IS(10 + i, w[i].msg.header.msgh_id);
	}
}

CASE(the_ports_end_wakes_a_receiver_with_port_changed)
{
	mach_port_name_t port = rig_port();
	struct waiting w = { .port = port, .room = sizeof(w.msg) };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	rig_join(t);
	IS(MACH_RCV_PORT_CHANGED, w.result);
}

CASE(a_moved_receive_right_wakes_a_receiver_with_port_changed)
{
	mach_port_name_t port = rig_port(), to = rig_port_send();
	struct waiting w = { .port = port, .room = sizeof(w.msg) };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_MOVE_RECEIVE));
	rig_join(t);
	IS(MACH_RCV_PORT_CHANGED, w.result);
}

CASE(a_sets_end_wakes_a_receiver_with_port_changed)
{
	mach_port_name_t set = rig_set();
	struct waiting w = { .port = set, .room = sizeof(w.msg) };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(mach_port_mod_refs(SELF, set, MACH_PORT_RIGHT_PORT_SET, -1));
	rig_join(t);
	IS(MACH_RCV_PORT_CHANGED, w.result);
}

CASE(an_abort_interrupts_a_receiver)
{
	mach_port_name_t port = rig_port();
	struct waiting w = { .port = port,
		.options = MACH_RCV_INTERRUPT,
		.room = sizeof(w.msg) };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort_safely(rig_thread_port(t)));
	rig_join(t);
	IS(MACH_RCV_INTERRUPTED, w.result);
}

CASE(the_library_receives_again_after_an_interruption)
{
	mach_port_name_t port = rig_port_send();
	struct waiting w = { .port = port, .room = sizeof(w.msg) };
	struct rig_thread *t;

	t = rig_start(NULL, wait_for, &w, sizeof(w));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort(rig_thread_port(t)));
	ATF_CHECK(rig_runs(t, 50));
	IS(0, rig_send(port, COPY, 6));
	rig_join(t);
	IS(0, w.result);
	IS(6, w.msg.header.msgh_id);
}

struct rpc {
	mach_port_name_t to, reply;
	mach_msg_return_t result;
	int id;
};

static void
call(void *p)
{
	struct rpc *rpc = p;
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.header.msgh_remote_port = rpc->to;
	msg.header.msgh_local_port = rpc->reply;
	msg.header.msgh_id = 100;
	rpc->result = mach_msg(&msg.header, MACH_SEND_MSG | MACH_RCV_MSG, 24,
	    sizeof(msg), rpc->reply, 0, MACH_PORT_NULL);
	rpc->id = msg.header.msgh_id;
}

CASE(an_interrupted_rpc_is_not_sent_twice)
{
	mach_port_name_t port = rig_port_send();
	struct rpc rpc = { port, rig_port(), -1, 0 };
	struct rig_thread *t;
	struct rig_msg msg;

	t = rig_start(NULL, call, &rpc, sizeof(rpc));
	ATF_CHECK(rig_runs(t, 50));
	OK(thread_abort(rig_thread_port(t)));
	ATF_CHECK(rig_runs(t, 50));
	IS(0, rig_receive(port, &msg));
	IS(100, msg.header.msgh_id);
	ATF_CHECK(rig_is_silent(port));
	IS(0, rig_send(msg.header.msgh_remote_port,
		  MACH_MSG_TYPE_MOVE_SEND_ONCE, 200));
	rig_join(t);
	IS(0, rpc.result);
	IS(200, rpc.id);
}

CASE(overwrite_receives_into_the_second_buffer)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg in, out;

	memset(&out, 0, sizeof(out));
	memset(&in, 0x55, sizeof(in));
	out.header.msgh_bits = MACH_MSGH_BITS(COPY, 0);
	out.header.msgh_remote_port = port;
	out.header.msgh_id = 31;
	IS(0, mach_msg_overwrite(&out.header, MACH_SEND_MSG | MACH_RCV_MSG, 24,
		  sizeof(in), port, 0, MACH_PORT_NULL, &in.header, 0));
	IS(31, in.header.msgh_id);
	IS(port, in.header.msgh_local_port);
	/* What was sent is as it was. */
	IS(port, out.header.msgh_remote_port);
	IS(0, out.header.msgh_size);
}

/* A right that comes with a message into a full buffer is not lost. */
CASE(a_buffer_that_cannot_be_written_is_invalid_data)
{
	mach_port_name_t port = rig_port_send();

	send_bytes(port, 24);
	IS(MACH_RCV_INVALID_DATA, receive(port, 0, NULL, 64));
	ATF_CHECK(rig_is_silent(port));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_body_arrives_as_it_was);
	ATF_TP_ADD_TC(tp, the_header_arrives_swapped);
	ATF_TP_ADD_TC(tp, only_receive_rights_and_sets_are_received_from);
	ATF_TP_ADD_TC(tp, a_member_of_a_set_is_received_from);
	ATF_TP_ADD_TC(tp, a_timeout_of_0_polls);
	ATF_TP_ADD_TC(tp, a_timeout_is_in_milliseconds);
	ATF_TP_ADD_TC(tp, a_buffer_must_take_the_trailer_too);
	ATF_TP_ADD_TC(tp, too_large_destroys_the_message_and_leaves_the_header);
	ATF_TP_ADD_TC(tp, rcv_large_leaves_the_message_and_tells_its_size);
	ATF_TP_ADD_TC(tp, rcv_large_needs_eight_bytes_to_tell_the_size);
	ATF_TP_ADD_TC(tp, rcv_large_identity_tells_the_member);
	ATF_TP_ADD_TC(
	    tp, a_waiter_with_too_small_a_buffer_leaves_it_to_the_next);
	ATF_TP_ADD_TC(tp, what_no_waiter_can_take_is_queued);
	ATF_TP_ADD_TC(tp, a_waiter_without_rcv_large_gets_the_header);
	ATF_TP_ADD_TC(tp, waiters_are_served_in_their_order);
	ATF_TP_ADD_TC(tp, the_ports_end_wakes_a_receiver_with_port_changed);
	ATF_TP_ADD_TC(
	    tp, a_moved_receive_right_wakes_a_receiver_with_port_changed);
	ATF_TP_ADD_TC(tp, a_sets_end_wakes_a_receiver_with_port_changed);
	ATF_TP_ADD_TC(tp, an_abort_interrupts_a_receiver);
	ATF_TP_ADD_TC(tp, the_library_receives_again_after_an_interruption);
	ATF_TP_ADD_TC(tp, an_interrupted_rpc_is_not_sent_twice);
	ATF_TP_ADD_TC(tp, overwrite_receives_into_the_second_buffer);
	ATF_TP_ADD_TC(tp, a_buffer_that_cannot_be_written_is_invalid_data);
	return (atf_no_error());
}
