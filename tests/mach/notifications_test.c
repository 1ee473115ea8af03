/*
 * Notifications: who asks for what, and when it is told.  XNU
 * osfmk/ipc/mach_port.c, ipc_right.c, ipc_notify.c.
 */
#include <string.h>

#include "tests/mach/rig.h"

#define SEND MACH_PORT_RIGHT_SEND
#define RECEIVE MACH_PORT_RIGHT_RECEIVE
#define DEAD MACH_PORT_RIGHT_DEAD_NAME

static kern_return_t
request(mach_port_name_t name, int id, uint32_t sync, mach_port_name_t notify,
    mach_port_t *previous)
{
	mach_port_t none;

	return (mach_port_request_notification(SELF, name, id, sync, notify,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, previous != NULL ? previous : &none));
}

static mach_port_name_t
foreign(struct rig_task *peer, mach_port_name_t *there)
{
	*there = rig_give(peer, rig_port(), MACH_MSG_TYPE_MOVE_RECEIVE);
	return (rig_take(peer, *there, MACH_MSG_TYPE_MAKE_SEND));
}

struct name {
	mach_port_name_t name;
	int result;
};

static void
destroy(void *p)
{
	struct name *n = p;

	n->result = mach_port_mod_refs(SELF, n->name, RECEIVE, -1);
}

static void
peer_destroy(struct rig_task *peer, mach_port_name_t name)
{
	struct name n = { name, -1 };

	rig_run(peer, destroy, &n, sizeof(n));
	OK(n.result);
}

CASE(a_request_returns_the_one_before)
{
	mach_port_name_t port = rig_port_send(), a = rig_port(), b = rig_port();
	mach_port_t previous = 1;

	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, &previous));
	IS(MACH_PORT_NULL, previous);
	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, b, &previous));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(previous));
	IS(0, rig_send(previous, MACH_MSG_TYPE_MOVE_SEND_ONCE, 4));
	IS(4, rig_receive_id(a));
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, &previous));
	IS(MACH_PORT_NULL, previous);
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, b, &previous));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(previous));
}

CASE(a_null_notify_cancels)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	mach_port_t previous;

	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, NULL));
	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL, &previous));
	OK(mach_port_deallocate(SELF, previous));
	IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(a));
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, MACH_PORT_NULL, &previous));
	OK(mach_port_deallocate(SELF, previous));
	IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(a));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	ATF_CHECK(rig_is_silent(a));
	IS(1, rig_refs(port, DEAD));
}

CASE(a_request_may_move_its_send_once_right)
{
	mach_port_name_t port = rig_port_send(), a = rig_port(), once;
	mach_port_t previous;

	once = rig_send_once(a);
	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 0,
	    once, MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous));
	IS(0, rig_type(once));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_DEAD_NAME, port));
}

CASE(a_dead_notify_is_invalid_capability)
{
	mach_port_name_t port = rig_port_send();
	mach_port_t previous;
	const int ids[] = { MACH_NOTIFY_DEAD_NAME, MACH_NOTIFY_NO_SENDERS,
		MACH_NOTIFY_SEND_POSSIBLE, MACH_NOTIFY_PORT_DESTROYED };
	int i;

	for (i = 0; i < 4; i++)
		IS(KERN_INVALID_CAPABILITY,
		    mach_port_request_notification(SELF, port, ids[i], 0,
			MACH_PORT_DEAD, MACH_MSG_TYPE_MAKE_SEND_ONCE,
			&previous));
}

CASE(an_unknown_notification_is_invalid_value)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	const int ids[] = { 0, MACH_NOTIFY_FIRST, MACH_NOTIFY_PORT_DELETED,
		MACH_NOTIFY_SEND_ONCE, MACH_NOTIFY_LAST, -1 };
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		IS(KERN_INVALID_VALUE, request(port, ids[i], 0, a, NULL));
	/* The rights that were made for it are given back, and told of. */
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(a));
	IS(0, rig_status(a).mps_sorights);
}

CASE(a_request_of_no_name_is_invalid_name)
{
	mach_port_name_t a = rig_port();

	IS(KERN_INVALID_NAME,
	    request(0x7703, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	IS(KERN_INVALID_NAME,
	    request(0x7703, MACH_NOTIFY_NO_SENDERS, 0, a, NULL));
	IS(KERN_INVALID_NAME,
	    request(0x7703, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
	/* A set has no port that could die. */
	IS(KERN_INVALID_RIGHT,
	    request(rig_set(), MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	while (rig_receive_id(a) == MACH_NOTIFY_SEND_ONCE)
		continue;
	IS(0, rig_status(a).mps_sorights);
}

/*
 * No senders
 */

CASE(no_senders_needs_the_receive_right)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there), a = rig_port();

	IS(KERN_INVALID_RIGHT,
	    request(name, MACH_NOTIFY_NO_SENDERS, 0, a, NULL));
	IS(KERN_INVALID_RIGHT,
	    request(rig_set(), MACH_NOTIFY_NO_SENDERS, 0, a, NULL));
	rig_task_destroy(peer);
}

CASE(no_senders_is_told_at_once_when_there_are_none)
{
	mach_port_name_t port = rig_port(), a = rig_port();

	OK(request(port, MACH_NOTIFY_NO_SENDERS, 0, a, NULL));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 0));
	/* None yet, that is what a sync of 1 says. */
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, NULL));
	ATF_CHECK(rig_is_silent(a));
	IS(1, rig_status(port).mps_nsrequest);
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(mach_port_deallocate(SELF, port));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 1));
	IS(0, rig_status(port).mps_nsrequest);
}

CASE(no_senders_carries_the_make_send_count)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	int i;

	for (i = 0; i < 4; i++)
		OK(mach_port_insert_right(
		    SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 5, a, NULL));
	OK(mach_port_mod_refs(SELF, port, SEND, -5));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 5));
}

CASE(no_senders_is_told_once)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();

	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, NULL));
	OK(mach_port_deallocate(SELF, port));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 1));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(mach_port_deallocate(SELF, port));
	ATF_CHECK(rig_is_silent(a));
}

CASE(no_senders_does_not_mind_send_once_rights)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();

	(void)rig_send_once(port);
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, NULL));
	OK(mach_port_deallocate(SELF, port));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 1));
}

CASE(a_send_right_in_a_message_is_a_sender)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	mach_port_name_t to = rig_port_send();
	struct rig_msg msg;

	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, NULL));
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_MOVE_SEND));
	ATF_CHECK(rig_is_silent(a));
	IS(0, rig_receive(to, &msg));
	OK(mach_port_deallocate(SELF, msg.port[0].name));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 1));
	/* A message is one too, while it is queued. */
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 2, a, NULL));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 9));
	ATF_CHECK(rig_is_silent(a));
	IS(9, rig_receive_id(port));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 2));
}

CASE(a_task_that_ends_was_the_last_sender)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), a = rig_port();

	(void)rig_give(peer, port, MACH_MSG_TYPE_MAKE_SEND);
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, a, NULL));
	rig_task_destroy(peer);
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_NO_SENDERS, 1));
}

/*
 * Port destroyed
 */

CASE(port_destroyed_brings_the_receive_right)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	struct rig_msg msg;

	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 3));
	OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
	IS(1, rig_status(port).mps_pdrequest);
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	IS(MACH_PORT_TYPE_SEND, rig_type(port));
	IS(0, rig_receive(a, &msg));
	IS(MACH_NOTIFY_PORT_DESTROYED, msg.header.msgh_id);
	ATF_CHECK(msg.header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
	IS(1, msg.body.msgh_descriptor_count);
	IS(MACH_MSG_TYPE_PORT_RECEIVE, msg.port[0].disposition);
	IS(port, msg.port[0].name);
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(port));
	/* Send rights survive: the name's, and that of the message. */
	IS(2, rig_srights(port));
	IS(3, rig_receive_id(port));
	/* Once. */
	IS(0, rig_status(port).mps_pdrequest);
}

CASE(port_destroyed_survives_a_task)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port_send(), a = rig_port();
	struct rig_msg msg;

	OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
	(void)rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	rig_task_destroy(peer);
	IS(0, rig_receive_in(a, &msg, 1000));
	IS(MACH_NOTIFY_PORT_DESTROYED, msg.header.msgh_id);
	IS(port, msg.port[0].name);
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(port));
}

CASE(port_destroyed_is_neither_replaced_nor_cancelled)
{
	mach_port_name_t port = rig_port(), a = rig_port();

	OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
	IS(KERN_FAILURE, request(port, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
	IS(KERN_FAILURE,
	    request(port, MACH_NOTIFY_PORT_DESTROYED, 0, MACH_PORT_NULL, NULL));
}

CASE(port_destroyed_takes_no_sync)
{
	mach_port_name_t port = rig_port(), a = rig_port();

	IS(KERN_INVALID_VALUE,
	    request(port, MACH_NOTIFY_PORT_DESTROYED, 1, a, NULL));
	IS(0, rig_status(port).mps_pdrequest);
}

CASE(port_destroyed_is_not_for_kernel_objects)
{
	mach_port_name_t timer = mk_timer_create(), a = rig_port();

	IS(KERN_INVALID_RIGHT,
	    request(timer, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
}

CASE(port_destroyed_whose_notify_died_lets_it_go)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();

	OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, a, NULL));
	OK(mach_port_destroy(SELF, a));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(port));
}

/*
 * Dead names
 */

CASE(a_dead_name_is_told_and_has_one_reference_more)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there), a = rig_port();

	OK(request(name, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	IS(MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DNREQUEST, rig_type(name));
	peer_destroy(peer, there);
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_DEAD_NAME, name));
	IS(2, rig_refs(name, DEAD));
	rig_task_destroy(peer);
}

CASE(a_request_on_a_dead_name_is_invalid_argument)
{
	mach_port_name_t dead = rig_dead_name(1), a = rig_port();

	IS(KERN_INVALID_ARGUMENT,
	    request(dead, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	IS(KERN_INVALID_ARGUMENT,
	    request(dead, MACH_NOTIFY_DEAD_NAME, 1, a, NULL));
	IS(1, rig_refs(dead, DEAD));
	/* To cancel where nothing is, is no error. */
	OK(request(dead, MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL, NULL));
}

CASE(send_possible_on_a_dead_name_is_told_at_once)
{
	mach_port_name_t dead = rig_dead_name(1), a = rig_port();

	OK(request(dead, MACH_NOTIFY_SEND_POSSIBLE, 0, a, NULL));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_DEAD_NAME, dead));
	IS(2, rig_refs(dead, DEAD));
	OK(request(dead, MACH_NOTIFY_SEND_POSSIBLE, 1, a, NULL));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_DEAD_NAME, dead));
	IS(3, rig_refs(dead, DEAD));
}

CASE(send_possible_now_is_told_when_there_is_room)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();

	OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 1, a, NULL));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_SEND_POSSIBLE, port));
	/* A send-once right and a kernel object have room always. */
	OK(request(rig_send_once(port), MACH_NOTIFY_SEND_POSSIBLE, 1, a, NULL));
	IS(MACH_NOTIFY_SEND_POSSIBLE, rig_receive_id(a));
	OK(request(mach_host_self(), MACH_NOTIFY_SEND_POSSIBLE, 1, a, NULL));
	IS(MACH_NOTIFY_SEND_POSSIBLE, rig_receive_id(a));
}

CASE(send_possible_now_waits_for_room)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, i));
	OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 1, a, NULL));
	ATF_CHECK(rig_is_silent(a));
	IS(0, rig_receive_id(port));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_SEND_POSSIBLE, port));
	IS(1, rig_receive_id(port));
	ATF_CHECK(rig_is_silent(a));
}

CASE(send_possible_is_told_of_a_death_too)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there), a = rig_port();

	OK(request(name, MACH_NOTIFY_SEND_POSSIBLE, 0, a, NULL));
	peer_destroy(peer, there);
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_DEAD_NAME, name));
	IS(2, rig_refs(name, DEAD));
	rig_task_destroy(peer);
}

CASE(one_request_a_name_whatever_its_kind)
{
	mach_port_name_t port = rig_port_send(), a = rig_port(), b = rig_port();
	mach_port_t previous;

	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 0, b, &previous));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(previous));
	IS(0, rig_send(previous, MACH_MSG_TYPE_MOVE_SEND_ONCE, 4));
	IS(4, rig_receive_id(a));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	ATF_CHECK(rig_is_notified(b, MACH_NOTIFY_DEAD_NAME, port));
	ATF_CHECK(rig_is_silent(a));
}

CASE(every_name_of_a_port_may_have_its_request)
{
	enum { N = 50 };
	mach_port_name_t port = rig_port_send(), a = rig_port(), once[N];
	struct rig_msg msg;
	int i, j, told = 0;

	for (i = 0; i < N; i++) {
		once[i] = rig_send_once(port);
		OK(request(once[i], MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	}
	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	for (i = 0; i < N + 1; i++) {
		IS(0, rig_receive(a, &msg));
		IS(MACH_NOTIFY_DEAD_NAME, msg.header.msgh_id);
		for (j = 0; j < N; j++)
			told += msg.notice.datum == once[j];
	}
	IS(N, told);
	ATF_CHECK(rig_is_silent(a));
	for (i = 0; i < N; i++)
		IS(2, rig_refs(once[i], DEAD));
}

CASE(a_moved_send_once_right_cancels_with_port_deleted)
{
	mach_port_name_t port = rig_port(), a = rig_port(), once;

	once = rig_send_once(port);
	OK(request(once, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	IS(0, rig_send(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
	ATF_CHECK(rig_is_notified(a, MACH_NOTIFY_PORT_DELETED, once));
}

CASE(a_ports_end_tells_first_of_send_once_then_of_dead_names)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();

	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	OK(request(port, MACH_NOTIFY_NO_SENDERS, 9, a, NULL));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(a));
	IS(MACH_NOTIFY_DEAD_NAME, rig_receive_id(a));
	ATF_CHECK(rig_is_silent(a));
}

CASE(notifications_pass_a_full_queue)
{
	mach_port_name_t a = rig_port_send(), port;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(a, MACH_MSG_TYPE_COPY_SEND, i));
	for (i = 0; i < 20; i++) {
		port = rig_port_send();
		OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
		OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	}
	IS(MACH_PORT_QLIMIT_DEFAULT + 20, rig_status(a).mps_msgcount);
}

/* What it looks like: mach/notify.h. */
CASE(a_notification_has_its_sizes_and_its_ndr)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	mach_dead_name_notification_t n;

	OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, a, NULL));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	memset(&n, 0, sizeof(n));
	/* Room for the notification with its trailer, as servers have. */
	IS(0, mach_msg(&n.not_header,
		  MACH_RCV_MSG | MACH_RCV_TIMEOUT |
		      MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SENDER),
		  0, sizeof(n), a, 0, MACH_PORT_NULL));
	IS(sizeof(n) - sizeof(n.trailer), n.not_header.msgh_size);
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    MACH_MSGH_BITS_LOCAL(n.not_header.msgh_bits));
	IS(0, MACH_MSGH_BITS_REMOTE(n.not_header.msgh_bits));
	IS(0, memcmp(&n.NDR, &NDR_record, sizeof(NDR_record)));
	IS(sizeof(n.trailer), n.trailer.msgh_trailer_size);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_request_returns_the_one_before);
	ATF_TP_ADD_TC(tp, a_null_notify_cancels);
	ATF_TP_ADD_TC(tp, a_request_may_move_its_send_once_right);
	ATF_TP_ADD_TC(tp, a_dead_notify_is_invalid_capability);
	ATF_TP_ADD_TC(tp, an_unknown_notification_is_invalid_value);
	ATF_TP_ADD_TC(tp, a_request_of_no_name_is_invalid_name);
	ATF_TP_ADD_TC(tp, no_senders_needs_the_receive_right);
	ATF_TP_ADD_TC(tp, no_senders_is_told_at_once_when_there_are_none);
	ATF_TP_ADD_TC(tp, no_senders_carries_the_make_send_count);
	ATF_TP_ADD_TC(tp, no_senders_is_told_once);
	ATF_TP_ADD_TC(tp, no_senders_does_not_mind_send_once_rights);
	ATF_TP_ADD_TC(tp, a_send_right_in_a_message_is_a_sender);
	ATF_TP_ADD_TC(tp, a_task_that_ends_was_the_last_sender);
	ATF_TP_ADD_TC(tp, port_destroyed_brings_the_receive_right);
	ATF_TP_ADD_TC(tp, port_destroyed_survives_a_task);
	ATF_TP_ADD_TC(tp, port_destroyed_is_neither_replaced_nor_cancelled);
	ATF_TP_ADD_TC(tp, port_destroyed_takes_no_sync);
	ATF_TP_ADD_TC(tp, port_destroyed_is_not_for_kernel_objects);
	ATF_TP_ADD_TC(tp, port_destroyed_whose_notify_died_lets_it_go);
	ATF_TP_ADD_TC(tp, a_dead_name_is_told_and_has_one_reference_more);
	ATF_TP_ADD_TC(tp, a_request_on_a_dead_name_is_invalid_argument);
	ATF_TP_ADD_TC(tp, send_possible_on_a_dead_name_is_told_at_once);
	ATF_TP_ADD_TC(tp, send_possible_now_is_told_when_there_is_room);
	ATF_TP_ADD_TC(tp, send_possible_now_waits_for_room);
	ATF_TP_ADD_TC(tp, send_possible_is_told_of_a_death_too);
	ATF_TP_ADD_TC(tp, one_request_a_name_whatever_its_kind);
	ATF_TP_ADD_TC(tp, every_name_of_a_port_may_have_its_request);
	ATF_TP_ADD_TC(tp, a_moved_send_once_right_cancels_with_port_deleted);
	ATF_TP_ADD_TC(
	    tp, a_ports_end_tells_first_of_send_once_then_of_dead_names);
	ATF_TP_ADD_TC(tp, notifications_pass_a_full_queue);
	ATF_TP_ADD_TC(tp, a_notification_has_its_sizes_and_its_ndr);
	return (atf_no_error());
}
