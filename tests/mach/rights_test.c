/*
 * Rights and their user references.  XNU osfmk/ipc/ipc_right.c.
 */
#include "tests/mach/rig.h"

#define MAX 65535
#define SEND MACH_PORT_RIGHT_SEND
#define RECEIVE MACH_PORT_RIGHT_RECEIVE
#define ONCE MACH_PORT_RIGHT_SEND_ONCE
#define SET MACH_PORT_RIGHT_PORT_SET
#define DEAD MACH_PORT_RIGHT_DEAD_NAME

/* A send right of the test's whose receive right the peer has. */
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

CASE(references_count_up_and_down)
{
	mach_port_name_t port = rig_port_send();

	IS(1, rig_refs(port, SEND));
	OK(mach_port_mod_refs(SELF, port, SEND, 10));
	IS(11, rig_refs(port, SEND));
	IS(1, rig_srights(port));
	OK(mach_port_mod_refs(SELF, port, SEND, -10));
	IS(1, rig_refs(port, SEND));
	OK(mach_port_mod_refs(SELF, port, SEND, -1));
	IS(0, rig_refs(port, SEND));
	IS(0, rig_srights(port));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
}

CASE(references_stay_at_their_maximum)
{
	mach_port_name_t port = rig_port_send();

	OK(mach_port_mod_refs(SELF, port, SEND, MAX - 1));
	IS(MAX, rig_refs(port, SEND));
	OK(mach_port_mod_refs(SELF, port, SEND, 1));
	OK(mach_port_mod_refs(SELF, port, SEND, -1));
	OK(mach_port_deallocate(SELF, port));
	OK(mach_port_mod_refs(SELF, port, SEND, -(MAX - 1)));
	IS(MAX, rig_refs(port, SEND));
	OK(mach_port_mod_refs(SELF, port, SEND, -MAX));
	IS(0, rig_refs(port, SEND));
	IS(0, rig_srights(port));
}

CASE(an_overflow_of_references_stops_at_the_maximum)
{
	mach_port_name_t port = rig_port_send(), dead = rig_dead_name(1);

	OK(mach_port_mod_refs(SELF, port, SEND, MAX));
	IS(MAX, rig_refs(port, SEND));
	OK(mach_port_mod_refs(SELF, dead, DEAD, MAX));
	IS(MAX, rig_refs(dead, DEAD));
	OK(mach_port_mod_refs(SELF, dead, DEAD, -1));
	OK(mach_port_deallocate(SELF, dead));
	IS(MAX, rig_refs(dead, DEAD));
	OK(mach_port_mod_refs(SELF, dead, DEAD, -MAX));
	IS(0, rig_type(dead));
}

CASE(a_right_that_comes_at_the_maximum_is_consumed)
{
	mach_port_name_t port = rig_port_send();

	OK(mach_port_mod_refs(SELF, port, SEND, MAX));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	IS(MAX, rig_refs(port, SEND));
	IS(1, rig_srights(port));
	IS(2, rig_status(port).mps_mscount);
	OK(mach_port_mod_refs(SELF, port, SEND, -MAX));
	IS(0, rig_srights(port));
}

CASE(a_move_at_the_maximum_takes_no_reference)
{
	mach_port_name_t port = rig_port_send(), to = rig_port_send();

	OK(mach_port_mod_refs(SELF, port, SEND, MAX));
	IS(0, rig_send_right(to, port, MACH_MSG_TYPE_MOVE_SEND));
	IS(MAX, rig_refs(port, SEND));
	IS(2, rig_srights(port));
}

CASE(a_delta_past_the_maximum_is_invalid_value)
{
	mach_port_name_t port = rig_port_send(), dead = rig_dead_name(1);

	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, port, SEND, MAX + 1));
	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, port, SEND, -MAX - 1));
	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, dead, DEAD, MAX + 1));
	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, port, SEND,
				   (mach_port_delta_t)0x80000000));
	IS(1, rig_refs(port, SEND));
}

CASE(an_underflow_is_invalid_value)
{
	mach_port_name_t port = rig_port_send(), dead = rig_dead_name(2);

	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, port, SEND, -2));
	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, dead, DEAD, -3));
	IS(1, rig_refs(port, SEND));
	IS(2, rig_refs(dead, DEAD));
}

CASE(receive_set_and_send_once_have_one_reference)
{
	mach_port_name_t port = rig_port(), set = rig_set(), once;
	const mach_port_delta_t bad[] = { 1, 2, -2, MAX, -MAX };
	size_t i;

	once = rig_send_once(port);
	IS(1, rig_refs(port, RECEIVE));
	IS(1, rig_refs(set, SET));
	IS(1, rig_refs(once, ONCE));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		IS(KERN_INVALID_VALUE,
		    mach_port_mod_refs(SELF, port, RECEIVE, bad[i]));
		IS(KERN_INVALID_VALUE,
		    mach_port_mod_refs(SELF, set, SET, bad[i]));
		IS(KERN_INVALID_VALUE,
		    mach_port_mod_refs(SELF, once, ONCE, bad[i]));
	}
	OK(mach_port_mod_refs(SELF, port, RECEIVE, 0));
	OK(mach_port_mod_refs(SELF, set, SET, 0));
	OK(mach_port_mod_refs(SELF, once, ONCE, 0));
	OK(mach_port_mod_refs(SELF, set, SET, -1));
	OK(mach_port_mod_refs(SELF, once, ONCE, -1));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	IS(0, rig_type(port));
	IS(0, rig_type(set));
	IS(0, rig_type(once));
}

CASE(mod_refs_of_another_kind_is_invalid_right)
{
	mach_port_name_t port = rig_port(), set = rig_set(), once, dead;
	mach_port_name_t names[4];
	const mach_port_right_t kinds[4] = { RECEIVE, SET, ONCE, DEAD };
	mach_port_right_t right;
	int i;

	names[0] = port;
	names[1] = set;
	names[2] = once = rig_send_once(port);
	names[3] = dead = rig_dead_name(1);
	for (i = 0; i < 4; i++) {
		for (right = SEND; right <= MACH_PORT_RIGHT_LABELH; right++) {
			if (right != kinds[i])
				IS(KERN_INVALID_RIGHT,
				    mach_port_mod_refs(
					SELF, names[i], right, -1));
		}
		IS(1, rig_refs(names[i], kinds[i]));
	}
}

CASE(mod_refs_of_no_name_is_invalid_name)
{
	mach_port_name_t port = rig_port();

	OK(mach_port_destroy(SELF, port));
	IS(KERN_INVALID_NAME, mach_port_mod_refs(SELF, port, SEND, 1));
	IS(-1, rig_refs(port, SEND));
}

CASE(mod_refs_of_an_unknown_right_is_invalid_value)
{
	mach_port_name_t port = rig_port();
	mach_port_urefs_t refs;

	IS(KERN_INVALID_VALUE,
	    mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_NUMBER, 0));
	IS(KERN_INVALID_VALUE, mach_port_mod_refs(SELF, port, ~0u, 0));
	IS(KERN_INVALID_VALUE,
	    mach_port_get_refs(SELF, port, MACH_PORT_RIGHT_NUMBER, &refs));
}

CASE(get_refs_of_a_right_that_a_name_has_not_is_0)
{
	mach_port_name_t port = rig_port();

	IS(0, rig_refs(port, SEND));
	IS(0, rig_refs(port, ONCE));
	IS(0, rig_refs(port, SET));
	IS(0, rig_refs(port, DEAD));
	IS(0, rig_refs(port, MACH_PORT_RIGHT_LABELH));
}

CASE(deallocate_of_a_receive_right_is_invalid_right)
{
	mach_port_name_t port = rig_port();

	IS(KERN_INVALID_RIGHT, mach_port_deallocate(SELF, port));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	/* Of both, the send right loses a reference. */
	OK(mach_port_deallocate(SELF, port));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
	IS(KERN_INVALID_RIGHT, mach_port_deallocate(SELF, port));
}

CASE(deallocate_gives_one_of_the_others_back)
{
	mach_port_name_t port = rig_port(), set = rig_set(), once, dead;

	dead = rig_dead_name(2);
	once = rig_send_once(port);
	OK(mach_port_deallocate(SELF, set));
	IS(0, rig_type(set));
	OK(mach_port_deallocate(SELF, once));
	IS(0, rig_type(once));
	OK(mach_port_deallocate(SELF, dead));
	IS(1, rig_refs(dead, DEAD));
	OK(mach_port_deallocate(SELF, dead));
	IS(0, rig_type(dead));
	IS(KERN_INVALID_NAME, mach_port_deallocate(SELF, dead));
}

CASE(the_last_send_right_fires_no_senders)
{
	mach_port_name_t port = rig_port_send(), notify = rig_port();
	mach_port_t previous;

	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS, 1,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_mod_refs(SELF, port, SEND, 1));
	OK(mach_port_deallocate(SELF, port));
	ATF_CHECK(rig_is_silent(notify));
	OK(mach_port_deallocate(SELF, port));
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_NO_SENDERS, 1));
	ATF_CHECK(rig_is_silent(notify));
}

CASE(a_name_that_goes_cancels_its_request_with_port_deleted)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);
	mach_port_name_t notify = rig_port();
	mach_port_t previous;

	OK(mach_port_request_notification(SELF, name, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_deallocate(SELF, name));
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_PORT_DELETED, name));
	peer_destroy(peer, there);
	ATF_CHECK(rig_is_silent(notify));
	rig_task_destroy(peer);
}

CASE(destroyed_receive_leaves_send_as_a_dead_name)
{
	mach_port_name_t port = rig_port_send();

	OK(mach_port_mod_refs(SELF, port, SEND, 4));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(port));
	IS(5, rig_refs(port, DEAD));
	IS(KERN_INVALID_RIGHT, mach_port_mod_refs(SELF, port, SEND, -1));
	OK(mach_port_mod_refs(SELF, port, DEAD, -5));
	IS(0, rig_type(port));
}

CASE(destroyed_receive_adds_a_reference_for_a_dead_name_request)
{
	mach_port_name_t port = rig_port_send(), notify = rig_port();
	mach_port_t previous;

	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_DEAD_NAME, port));
	IS(2, rig_refs(port, DEAD));
}

CASE(no_senders_is_not_fired_by_the_ports_own_end)
{
	mach_port_name_t port = rig_port_send(), notify = rig_port();
	mach_port_t previous;

	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_NO_SENDERS, 1,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, -1));
	/* Its right was not used: that is what is told. */
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_SEND_ONCE, 0));
	ATF_CHECK(rig_is_silent(notify));
}

CASE(destroy_takes_send_and_receive)
{
	mach_port_name_t port = rig_port_send();

	OK(mach_port_mod_refs(SELF, port, SEND, 4));
	OK(mach_port_destroy(SELF, port));
	IS(0, rig_type(port));
	IS(KERN_INVALID_NAME, mach_port_destroy(SELF, port));
}

CASE(destroy_takes_all_references_of_a_send_right)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);

	OK(mach_port_mod_refs(SELF, name, SEND, 9));
	OK(mach_port_destroy(SELF, name));
	IS(0, rig_type(name));
	/* There is none left: the receiver is told if it asks. */
	name = rig_take(peer, there, MACH_MSG_TYPE_MOVE_RECEIVE);
	IS(0, rig_srights(name));
	rig_task_destroy(peer);
}

CASE(an_unused_send_once_right_tells_its_receiver)
{
	mach_port_name_t port = rig_port();

	OK(mach_port_deallocate(SELF, rig_send_once(port)));
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	OK(mach_port_mod_refs(SELF, rig_send_once(port), ONCE, -1));
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	OK(mach_port_destroy(SELF, rig_send_once(port)));
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	ATF_CHECK(rig_is_silent(port));
	IS(0, rig_status(port).mps_sorights);
}

static void
take_send_once(void *p)
{
	(void)p; /* it has it, and ends */
}

CASE(a_task_that_ends_tells_of_its_send_once_rights)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port();

	(void)rig_give(peer, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	rig_run(peer, take_send_once, NULL, 0);
	ATF_CHECK(rig_is_silent(port));
	rig_task_destroy(peer);
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	IS(0, rig_status(port).mps_sorights);
}

CASE(a_dead_name_appears_when_it_is_looked_at)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);

	OK(mach_port_mod_refs(SELF, name, SEND, 2));
	peer_destroy(peer, there);
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(name));
	IS(3, rig_refs(name, DEAD));
	IS(0, rig_refs(name, SEND));
	rig_task_destroy(peer);
}

CASE(deallocate_first_finds_the_dead_name)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);

	OK(mach_port_mod_refs(SELF, name, SEND, 1));
	peer_destroy(peer, there);
	OK(mach_port_deallocate(SELF, name));
	IS(1, rig_refs(name, DEAD));
	OK(mach_port_deallocate(SELF, name));
	IS(0, rig_type(name));
	rig_task_destroy(peer);
}

CASE(a_send_once_right_dies_to_a_dead_name_of_one_reference)
{
	mach_port_name_t port = rig_port(), once = rig_send_once(port);

	OK(mach_port_destroy(SELF, port));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(once));
	IS(1, rig_refs(once, DEAD));
	OK(mach_port_deallocate(SELF, once));
	IS(0, rig_type(once));
}

CASE(a_dead_name_that_was_asked_for_has_one_reference_more)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);
	mach_port_name_t notify = rig_port();
	mach_port_t previous;

	OK(mach_port_request_notification(SELF, name, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	peer_destroy(peer, there);
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_DEAD_NAME, name));
	IS(2, rig_refs(name, DEAD));
	rig_task_destroy(peer);
}

CASE(references_at_the_maximum_stay_there_at_death)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, name = foreign(peer, &there);
	mach_port_name_t notify = rig_port();
	mach_port_t previous;

	OK(mach_port_mod_refs(SELF, name, SEND, MAX));
	OK(mach_port_request_notification(SELF, name, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	peer_destroy(peer, there);
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_DEAD_NAME, name));
	IS(MAX, rig_refs(name, DEAD));
	rig_task_destroy(peer);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, references_count_up_and_down);
	ATF_TP_ADD_TC(tp, references_stay_at_their_maximum);
	ATF_TP_ADD_TC(tp, an_overflow_of_references_stops_at_the_maximum);
	ATF_TP_ADD_TC(tp, a_right_that_comes_at_the_maximum_is_consumed);
	ATF_TP_ADD_TC(tp, a_move_at_the_maximum_takes_no_reference);
	ATF_TP_ADD_TC(tp, a_delta_past_the_maximum_is_invalid_value);
	ATF_TP_ADD_TC(tp, an_underflow_is_invalid_value);
	ATF_TP_ADD_TC(tp, receive_set_and_send_once_have_one_reference);
	ATF_TP_ADD_TC(tp, mod_refs_of_another_kind_is_invalid_right);
	ATF_TP_ADD_TC(tp, mod_refs_of_no_name_is_invalid_name);
	ATF_TP_ADD_TC(tp, mod_refs_of_an_unknown_right_is_invalid_value);
	ATF_TP_ADD_TC(tp, get_refs_of_a_right_that_a_name_has_not_is_0);
	ATF_TP_ADD_TC(tp, deallocate_of_a_receive_right_is_invalid_right);
	ATF_TP_ADD_TC(tp, deallocate_gives_one_of_the_others_back);
	ATF_TP_ADD_TC(tp, the_last_send_right_fires_no_senders);
	ATF_TP_ADD_TC(
	    tp, a_name_that_goes_cancels_its_request_with_port_deleted);
	ATF_TP_ADD_TC(tp, destroyed_receive_leaves_send_as_a_dead_name);
	ATF_TP_ADD_TC(
	    tp, destroyed_receive_adds_a_reference_for_a_dead_name_request);
	ATF_TP_ADD_TC(tp, no_senders_is_not_fired_by_the_ports_own_end);
	ATF_TP_ADD_TC(tp, destroy_takes_send_and_receive);
	ATF_TP_ADD_TC(tp, destroy_takes_all_references_of_a_send_right);
	ATF_TP_ADD_TC(tp, an_unused_send_once_right_tells_its_receiver);
	ATF_TP_ADD_TC(tp, a_task_that_ends_tells_of_its_send_once_rights);
	ATF_TP_ADD_TC(tp, a_dead_name_appears_when_it_is_looked_at);
	ATF_TP_ADD_TC(tp, deallocate_first_finds_the_dead_name);
	ATF_TP_ADD_TC(
	    tp, a_send_once_right_dies_to_a_dead_name_of_one_reference);
	ATF_TP_ADD_TC(
	    tp, a_dead_name_that_was_asked_for_has_one_reference_more);
	ATF_TP_ADD_TC(tp, references_at_the_maximum_stay_there_at_death);
	return (atf_no_error());
}
