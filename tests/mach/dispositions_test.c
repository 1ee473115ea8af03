/*
 * Dispositions: what a right must be to be sent so, and what its sender has
 * left.  XNU osfmk/ipc/ipc_right.c (ipc_right_copyin), ipc_kmsg.c (header).
 */
#include <string.h>

#include "tests/mach/rig.h"

#define SEND MACH_PORT_RIGHT_SEND
#define DEAD MACH_PORT_RIGHT_DEAD_NAME

/* Sends a header with both ports. */
static mach_msg_return_t
send_both(mach_port_name_t dest, uint32_t dest_disposition,
    mach_port_name_t reply, uint32_t reply_disposition)
{
	mach_msg_header_t h = {
		.msgh_bits =
		    MACH_MSGH_BITS(dest_disposition, reply_disposition),
		.msgh_remote_port = dest,
		.msgh_local_port = reply,
		.msgh_id = 5,
	};

	return (mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/* A name of the test's with a send right only; the peer can receive. */
static mach_port_name_t
foreign(struct rig_task *peer)
{
	mach_port_name_t there;

	there = rig_give(peer, rig_port(), MACH_MSG_TYPE_MOVE_RECEIVE);
	return (rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND));
}

/* What a sent disposition arrives as. */
static uint32_t
arrives_as(mach_port_name_t to, mach_port_name_t right, uint32_t disposition)
{
	struct rig_msg msg;

	IS(0, rig_send_right(to, right, disposition));
	IS(0, rig_receive(to, &msg));
	IS(1, msg.body.msgh_descriptor_count);
	return (msg.port[0].disposition);
}

CASE(dispositions_arrive_as_the_three_kinds)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();

	IS(MACH_MSG_TYPE_PORT_SEND,
	    arrives_as(to, port, MACH_MSG_TYPE_MAKE_SEND));
	IS(MACH_MSG_TYPE_PORT_SEND,
	    arrives_as(to, port, MACH_MSG_TYPE_COPY_SEND));
	IS(MACH_MSG_TYPE_PORT_SEND,
	    arrives_as(to, port, MACH_MSG_TYPE_MOVE_SEND));
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    arrives_as(to, port, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    arrives_as(to, rig_send_once(port), MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(MACH_MSG_TYPE_PORT_RECEIVE,
	    arrives_as(to, port, MACH_MSG_TYPE_MOVE_RECEIVE));
}

CASE(make_needs_the_receive_right)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t to = rig_port_send(), name = foreign(peer);

	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, name, MACH_MSG_TYPE_MAKE_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, name, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, name, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, rig_set(), MACH_MSG_TYPE_MAKE_SEND));
	rig_task_destroy(peer);
}

CASE(make_send_counts_copy_and_move_do_not)
{
	mach_port_name_t to = rig_port_send(), port = rig_port();

	IS(0, rig_status(port).mps_mscount);
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_MAKE_SEND));
	IS(1, rig_status(port).mps_mscount);
	IS(1, rig_srights(port));
	(void)rig_receive_id(to);
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_COPY_SEND));
	IS(1, rig_status(port).mps_mscount);
	IS(2, rig_srights(port));
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_MOVE_SEND));
	IS(1, rig_status(port).mps_mscount);
	IS(2, rig_srights(port));
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(1, rig_status(port).mps_mscount);
	IS(1, rig_status(port).mps_sorights);
}

CASE(copy_and_move_send_need_a_send_right)
{
	mach_port_name_t to = rig_port_send(), port = rig_port(), once;

	once = rig_send_once(port);
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, port, MACH_MSG_TYPE_COPY_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, port, MACH_MSG_TYPE_MOVE_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, once, MACH_MSG_TYPE_COPY_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, once, MACH_MSG_TYPE_MOVE_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, port, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(once));
}

CASE(move_send_takes_one_reference)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t to = rig_port_send(), name = foreign(peer);

	OK(mach_port_mod_refs(SELF, name, SEND, 1));
	IS(0, rig_send_right(to, name, MACH_MSG_TYPE_MOVE_SEND));
	IS(1, rig_refs(name, SEND));
	IS(0, rig_send_right(to, name, MACH_MSG_TYPE_MOVE_SEND));
	IS(0, rig_type(name));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, name, MACH_MSG_TYPE_MOVE_SEND));
	rig_task_destroy(peer);
}

CASE(move_send_once_takes_the_name)
{
	mach_port_name_t to = rig_port_send(), once = rig_send_once(to);

	IS(0, rig_send_right(to, once, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(0, rig_type(once));
}

CASE(move_receive_leaves_a_send_right)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port_send(), there;

	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	IS(MACH_PORT_TYPE_SEND, rig_type(port));
	IS(1, rig_refs(port, SEND));
	/* And it comes back to that name. */
	IS(port, rig_take(peer, there, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(port));
	rig_task_destroy(peer);
}

CASE(move_receive_resets_mscount_and_seqno)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port_send(), there;

	OK(mach_port_set_seqno(SELF, port, 77));
	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	port = rig_take(peer, there, MACH_MSG_TYPE_MOVE_RECEIVE);
	IS(0, rig_status(port).mps_mscount);
	IS(0, rig_status(port).mps_seqno);
	IS(1, rig_srights(port));
	rig_task_destroy(peer);
}

CASE(move_receive_clears_context_and_guard)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), there;
	mach_port_context_t context = 1;

	OK(mach_port_guard(SELF, port, 0x1234, TRUE));
	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	port = rig_take(peer, there, MACH_MSG_TYPE_MOVE_RECEIVE);
	OK(mach_port_get_context(SELF, port, &context));
	IS(0, context);
	IS(0, rig_status(port).mps_flags &
		  (MACH_PORT_STATUS_FLAG_GUARDED |
		      MACH_PORT_STATUS_FLAG_STRICT_GUARD));
	OK(mach_port_destroy(SELF, port));
	rig_task_destroy(peer);
}

CASE(move_receive_keeps_the_queue_and_its_limit)
{
	struct rig_task *peer = rig_task_create();
	mach_port_limits_t limits = { 9 };
	mach_port_name_t port = rig_port(), there;

	OK(mach_port_set_attributes(SELF, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 2));
	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	port = rig_take(peer, there, MACH_MSG_TYPE_MOVE_RECEIVE);
	IS(2, rig_status(port).mps_msgcount);
	IS(9, rig_status(port).mps_qlimit);
	IS(1, rig_receive_id(port));
	IS(2, rig_receive_id(port));
	rig_task_destroy(peer);
}

CASE(move_receive_leaves_all_sets)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), a = rig_set(), b = rig_set();
	mach_port_name_t there;

	OK(mach_port_insert_member(SELF, port, a));
	OK(mach_port_insert_member(SELF, port, b));
	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	port = rig_take(peer, there, MACH_MSG_TYPE_MOVE_RECEIVE);
	IS(0, rig_status(port).mps_pset);
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	ATF_CHECK(rig_is_silent(a));
	ATF_CHECK(rig_is_silent(b));
	rig_task_destroy(peer);
}

CASE(unknown_dispositions_are_an_invalid_right)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	const uint32_t bad[] = { MACH_MSG_TYPE_PORT_NONE,
		MACH_MSG_TYPE_PORT_NAME, MACH_MSG_TYPE_COPY_RECEIVE,
		MACH_MSG_TYPE_DISPOSE_RECEIVE, MACH_MSG_TYPE_DISPOSE_SEND,
		MACH_MSG_TYPE_DISPOSE_SEND_ONCE, 1, 31, 255 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		IS(MACH_SEND_INVALID_RIGHT, rig_send_right(to, port, bad[i]));
	ATF_CHECK(rig_is_silent(to));
}

CASE(null_and_dead_travel_as_they_are)
{
	mach_port_name_t to = rig_port_send();
	struct rig_msg msg;

	IS(0, rig_send_right(to, MACH_PORT_NULL, MACH_MSG_TYPE_MOVE_SEND));
	IS(0, rig_send_right(to, MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND));
	IS(0, rig_send_right(to, MACH_PORT_NULL, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(0, rig_receive(to, &msg));
	IS(MACH_PORT_NULL, msg.port[0].name);
	IS(MACH_MSG_TYPE_PORT_SEND, msg.port[0].disposition);
	IS(0, rig_receive(to, &msg));
	IS(MACH_PORT_DEAD, msg.port[0].name);
	IS(0, rig_receive(to, &msg));
	IS(MACH_PORT_NULL, msg.port[0].name);
	IS(MACH_MSG_TYPE_PORT_RECEIVE, msg.port[0].disposition);
}

/* XNU: ipc_object_copyin takes dead names, as the reply port's field does. */
CASE(a_dead_name_in_a_body_travels_as_dead)
{
	mach_port_name_t to = rig_port_send(), dead = rig_dead_name(4);
	struct rig_msg msg;
	const uint32_t disposition[3] = { MACH_MSG_TYPE_COPY_SEND,
		MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE };
	int i;

	for (i = 0; i < 3; i++) {
		IS(0, rig_send_right(to, dead, disposition[i]));
		IS(4 - i, rig_refs(dead, DEAD));
		IS(0, rig_receive(to, &msg));
		IS(MACH_PORT_DEAD, msg.port[0].name);
	}
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, dead, MACH_MSG_TYPE_MAKE_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, dead, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(2, rig_refs(dead, DEAD));
}

CASE(a_dead_reply_port_travels_as_dead)
{
	mach_port_name_t to = rig_port_send(), dead = rig_dead_name(3);
	struct rig_msg msg;

	IS(0, send_both(
		  to, MACH_MSG_TYPE_COPY_SEND, dead, MACH_MSG_TYPE_COPY_SEND));
	IS(3, rig_refs(dead, DEAD));
	IS(0, rig_receive(to, &msg));
	IS(MACH_PORT_DEAD, msg.header.msgh_remote_port);
	IS(0, send_both(
		  to, MACH_MSG_TYPE_COPY_SEND, dead, MACH_MSG_TYPE_MOVE_SEND));
	IS(2, rig_refs(dead, DEAD));
	IS(0, send_both(to, MACH_MSG_TYPE_COPY_SEND, dead,
		  MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(1, rig_refs(dead, DEAD));
	/* One that must be made needs a receive right. */
	IS(MACH_SEND_INVALID_REPLY, send_both(to, MACH_MSG_TYPE_COPY_SEND, dead,
					MACH_MSG_TYPE_MAKE_SEND));
	IS(1, rig_refs(dead, DEAD));
}

CASE(a_dead_destination_is_invalid_dest)
{
	mach_port_name_t dead = rig_dead_name(2);

	IS(MACH_SEND_INVALID_DEST, rig_send(dead, MACH_MSG_TYPE_COPY_SEND, 1));
	IS(MACH_SEND_INVALID_DEST, rig_send(dead, MACH_MSG_TYPE_MOVE_SEND, 1));
	IS(MACH_SEND_INVALID_DEST,
	    rig_send(dead, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
	IS(2, rig_refs(dead, DEAD));
}

/* XNU: as if it had died a little later, without a dead-name request. */
CASE(a_dead_send_once_destination_is_used_up)
{
	mach_port_name_t port = rig_port(), once = rig_send_once(port);

	OK(mach_port_destroy(SELF, port));
	IS(0, rig_send(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
	IS(0, rig_type(once));
}

CASE(dest_and_reply_of_one_name_cannot_be_move_send_once)
{
	mach_port_name_t port = rig_port_send(), once = rig_send_once(port);

	IS(MACH_SEND_INVALID_DEST, send_both(once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
				       once, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(MACH_SEND_INVALID_DEST, send_both(port, MACH_MSG_TYPE_COPY_SEND,
				       port, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(once));
}

CASE(two_moves_of_one_name_need_two_references)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t name = foreign(peer);

	IS(MACH_SEND_INVALID_DEST, send_both(name, MACH_MSG_TYPE_MOVE_SEND,
				       name, MACH_MSG_TYPE_MOVE_SEND));
	IS(1, rig_refs(name, SEND));
	OK(mach_port_mod_refs(SELF, name, SEND, 1));
	IS(0, send_both(name, MACH_MSG_TYPE_MOVE_SEND, name,
		  MACH_MSG_TYPE_MOVE_SEND));
	IS(0, rig_type(name));
	rig_task_destroy(peer);
}

CASE(a_move_and_a_copy_of_one_name_need_one_reference)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t name = foreign(peer);

	IS(0, send_both(name, MACH_MSG_TYPE_MOVE_SEND, name,
		  MACH_MSG_TYPE_COPY_SEND));
	IS(0, rig_type(name));
	name = foreign(peer);
	IS(0, send_both(name, MACH_MSG_TYPE_COPY_SEND, name,
		  MACH_MSG_TYPE_MOVE_SEND));
	IS(0, rig_type(name));
	name = foreign(peer);
	IS(0, send_both(name, MACH_MSG_TYPE_COPY_SEND, name,
		  MACH_MSG_TYPE_COPY_SEND));
	IS(1, rig_refs(name, SEND));
	rig_task_destroy(peer);
}

CASE(one_name_with_one_made_and_one_moved)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;

	IS(0, send_both(port, MACH_MSG_TYPE_MOVE_SEND, port,
		  MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(0, rig_refs(port, SEND));
	IS(0, rig_receive(port, &msg));
	IS(port, msg.header.msgh_local_port);
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(msg.header.msgh_remote_port));
	IS(0, send_both(port, MACH_MSG_TYPE_MAKE_SEND, port,
		  MACH_MSG_TYPE_MAKE_SEND));
	IS(0, rig_receive(port, &msg));
	IS(port, msg.header.msgh_remote_port);
	IS(1, rig_refs(port, SEND));
	IS(1, rig_srights(port));
}

CASE(a_failed_header_takes_nothing)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t name = foreign(peer), reply = rig_port(), once;

	once = rig_send_once(reply);
	/* A bad reply port, with a destination that would move ... */
	IS(MACH_SEND_INVALID_REPLY, send_both(name, MACH_MSG_TYPE_MOVE_SEND,
					reply, MACH_MSG_TYPE_COPY_SEND));
	IS(1, rig_refs(name, SEND));
	/* ... and a bad destination, with a reply right that would. */
	IS(MACH_SEND_INVALID_DEST, send_both(name, MACH_MSG_TYPE_MAKE_SEND,
				       once, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(once));
	IS(0, rig_status(reply).mps_mscount);
	rig_task_destroy(peer);
}

CASE(a_moved_reply_right_is_the_receivers)
{
	mach_port_name_t to = rig_port_send(), reply = rig_port(), once;
	struct rig_msg msg;

	once = rig_send_once(reply);
	IS(0, send_both(to, MACH_MSG_TYPE_COPY_SEND, once,
		  MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(0, rig_type(once));
	IS(0, rig_receive(to, &msg));
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    MACH_MSGH_BITS_REMOTE(msg.header.msgh_bits));
	IS(0, rig_send(msg.header.msgh_remote_port,
		  MACH_MSG_TYPE_MOVE_SEND_ONCE, 9));
	IS(9, rig_receive_id(reply));
	IS(0, rig_type(msg.header.msgh_remote_port));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dispositions_arrive_as_the_three_kinds);
	ATF_TP_ADD_TC(tp, make_needs_the_receive_right);
	ATF_TP_ADD_TC(tp, make_send_counts_copy_and_move_do_not);
	ATF_TP_ADD_TC(tp, copy_and_move_send_need_a_send_right);
	ATF_TP_ADD_TC(tp, move_send_takes_one_reference);
	ATF_TP_ADD_TC(tp, move_send_once_takes_the_name);
	ATF_TP_ADD_TC(tp, move_receive_leaves_a_send_right);
	ATF_TP_ADD_TC(tp, move_receive_resets_mscount_and_seqno);
	ATF_TP_ADD_TC(tp, move_receive_clears_context_and_guard);
	ATF_TP_ADD_TC(tp, move_receive_keeps_the_queue_and_its_limit);
	ATF_TP_ADD_TC(tp, move_receive_leaves_all_sets);
	ATF_TP_ADD_TC(tp, unknown_dispositions_are_an_invalid_right);
	ATF_TP_ADD_TC(tp, null_and_dead_travel_as_they_are);
	ATF_TP_ADD_TC(tp, a_dead_name_in_a_body_travels_as_dead);
	ATF_TP_ADD_TC(tp, a_dead_reply_port_travels_as_dead);
	ATF_TP_ADD_TC(tp, a_dead_destination_is_invalid_dest);
	ATF_TP_ADD_TC(tp, a_dead_send_once_destination_is_used_up);
	ATF_TP_ADD_TC(tp, dest_and_reply_of_one_name_cannot_be_move_send_once);
	ATF_TP_ADD_TC(tp, two_moves_of_one_name_need_two_references);
	ATF_TP_ADD_TC(tp, a_move_and_a_copy_of_one_name_need_one_reference);
	ATF_TP_ADD_TC(tp, one_name_with_one_made_and_one_moved);
	ATF_TP_ADD_TC(tp, a_failed_header_takes_nothing);
	ATF_TP_ADD_TC(tp, a_moved_reply_right_is_the_receivers);
	return (atf_no_error());
}
