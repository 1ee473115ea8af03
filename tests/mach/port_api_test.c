/*
 * The mach_port_* calls on what a port is like, and on making and moving
 * rights by call.  XNU osfmk/ipc/mach_port.c.
 */
#include <string.h>

#include "tests/mach/rig.h"

#define SEND MACH_PORT_RIGHT_SEND
#define RECEIVE MACH_PORT_RIGHT_RECEIVE

static kern_return_t
limit(mach_port_name_t port, uint32_t n)
{
	mach_port_limits_t limits = { n };

	return (mach_port_set_attributes(SELF, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
}

CASE(the_queue_limit_is_at_most_1024)
{
	mach_port_name_t port = rig_port();

	OK(limit(port, 0));
	OK(limit(port, MACH_PORT_QLIMIT_MAX));
	IS(1024, rig_status(port).mps_qlimit);
	IS(KERN_INVALID_VALUE, limit(port, MACH_PORT_QLIMIT_MAX + 1));
	IS(KERN_INVALID_VALUE, limit(port, ~0u));
	IS(1024, rig_status(port).mps_qlimit);
}

CASE(attributes_are_of_a_receive_right)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t there, send;
	mach_msg_type_number_t n = 64;
	integer_t info[64];

	there = rig_give(peer, rig_port(), MACH_MSG_TYPE_MOVE_RECEIVE);
	send = rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND);
	IS(KERN_INVALID_RIGHT, limit(send, 5));
	IS(KERN_INVALID_RIGHT, limit(rig_set(), 5));
	IS(KERN_INVALID_NAME, limit(0x7703, 5));
	IS(KERN_INVALID_RIGHT, limit(MACH_PORT_NULL, 5));
	IS(KERN_INVALID_RIGHT, mach_port_get_attributes(SELF, send,
				   MACH_PORT_RECEIVE_STATUS, info, &n));
	IS(KERN_INVALID_RIGHT, mach_port_get_attributes(SELF, MACH_PORT_DEAD,
				   MACH_PORT_RECEIVE_STATUS, info, &n));
	IS(KERN_INVALID_NAME, mach_port_get_attributes(SELF, 0x7703,
				  MACH_PORT_RECEIVE_STATUS, info, &n));
	rig_task_destroy(peer);
}

CASE(too_small_a_count_is_failure_and_an_unknown_flavor_invalid_argument)
{
	static const struct {
		int flavor;
		mach_msg_type_number_t count;
	} flavors[] = {
		{ MACH_PORT_LIMITS_INFO, MACH_PORT_LIMITS_INFO_COUNT },
		{ MACH_PORT_RECEIVE_STATUS, MACH_PORT_RECEIVE_STATUS_COUNT },
		{ MACH_PORT_DNREQUESTS_SIZE, MACH_PORT_DNREQUESTS_SIZE_COUNT },
		{ MACH_PORT_INFO_EXT, MACH_PORT_INFO_EXT_COUNT },
	};
	mach_port_name_t port = rig_port();
	mach_msg_type_number_t n;
	integer_t info[64];
	size_t i;

	for (i = 0; i < sizeof(flavors) / sizeof(flavors[0]); i++) {
		n = flavors[i].count - 1;
		IS(KERN_FAILURE, mach_port_get_attributes(
				     SELF, port, flavors[i].flavor, info, &n));
		n = 64;
		OK(mach_port_get_attributes(
		    SELF, port, flavors[i].flavor, info, &n));
		IS(flavors[i].count, n);
	}
	n = 64;
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_get_attributes(SELF, port, 77, info, &n));
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_get_attributes(SELF, port, 0, info, &n));
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_set_attributes(SELF, port, 77, info, 64));
	IS(KERN_INVALID_ARGUMENT, mach_port_set_attributes(SELF, port,
				      MACH_PORT_RECEIVE_STATUS, info, 64));
	IS(KERN_FAILURE, mach_port_set_attributes(
			     SELF, port, MACH_PORT_LIMITS_INFO, info, 0));
	IS(KERN_FAILURE, mach_port_set_attributes(
			     SELF, port, MACH_PORT_DNREQUESTS_SIZE, info, 0));
	info[0] = 4;
	OK(mach_port_set_attributes(
	    SELF, port, MACH_PORT_DNREQUESTS_SIZE, info, 1));
}

CASE(the_status_tells_whether_not_how_many)
{
	mach_port_name_t port = rig_port_send(), a = rig_set(), b = rig_set();
	mach_port_status_t s;

	s = rig_status(port);
	IS(0, s.mps_pset);
	IS(1, s.mps_srights);
	OK(mach_port_insert_member(SELF, port, a));
	OK(mach_port_insert_member(SELF, port, b));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	(void)rig_send_once(port);
	(void)rig_send_once(port);
	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 1));
	s = rig_status(port);
	IS(1, s.mps_pset);
	IS(1, s.mps_srights);
	IS(2, s.mps_mscount);
	IS(2, s.mps_sorights);
	IS(1, s.mps_msgcount);
	IS(0, s.mps_seqno);
	IS(0, s.mps_pdrequest);
	IS(0, s.mps_nsrequest);
	IS(0, s.mps_flags);
	/* How many there are is told by another call. */
	IS(2, rig_srights(port));
}

CASE(importance_is_accepted)
{
	mach_port_name_t port = rig_port(), timer = mk_timer_create();
	const int flavors[] = { MACH_PORT_TEMPOWNER,
		MACH_PORT_IMPORTANCE_RECEIVER, MACH_PORT_DENAP_RECEIVER };
	int i;

	for (i = 0; i < 3; i++) {
		OK(mach_port_set_attributes(SELF, port, flavors[i], NULL, 0));
		OK(mach_port_set_attributes(SELF, port, flavors[i], NULL, 0));
		IS(KERN_INVALID_ARGUMENT,
		    mach_port_set_attributes(SELF, timer, flavors[i], NULL, 0));
	}
	IS(MACH_PORT_STATUS_FLAG_TEMPOWNER | MACH_PORT_STATUS_FLAG_IMP_DONATION,
	    rig_status(port).mps_flags);
}

CASE(dnrequests_are_counted)
{
	mach_port_name_t port = rig_port_send(), a = rig_port();
	unsigned int total = 99, used = 99;
	mach_port_t previous;

	OK(mach_port_dnrequest_info(SELF, port, &total, &used));
	IS(0, used);
	OK(mach_port_request_notification(SELF, port, MACH_NOTIFY_DEAD_NAME, 0,
	    a, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_dnrequest_info(SELF, port, &total, &used));
	IS(1, used);
	ATF_CHECK(total >= used);
	IS(KERN_INVALID_NAME,
	    mach_port_dnrequest_info(SELF, 0x7703, &total, &used));
}

CASE(mscount_and_seqno_are_set)
{
	mach_port_name_t port = rig_port();

	OK(mach_port_set_mscount(SELF, port, 77));
	OK(mach_port_set_seqno(SELF, port, 78));
	IS(77, rig_status(port).mps_mscount);
	IS(78, rig_status(port).mps_seqno);
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	IS(78, rig_status(port).mps_mscount);
	IS(KERN_INVALID_RIGHT, mach_port_set_mscount(SELF, rig_set(), 1));
	IS(KERN_INVALID_RIGHT, mach_port_set_seqno(SELF, MACH_PORT_NULL, 1));
	IS(KERN_INVALID_NAME, mach_port_set_seqno(SELF, 0x7703, 1));
}

CASE(the_context_is_the_users_own)
{
	mach_port_name_t port = rig_port();
	mach_port_context_t context = 1;

	OK(mach_port_get_context(SELF, port, &context));
	IS(0, context);
	OK(mach_port_set_context(SELF, port, UINT64_C(0xfedcba9876543210)));
	OK(mach_port_get_context(SELF, port, &context));
	IS(UINT64_C(0xfedcba9876543210), context);
	IS(KERN_INVALID_RIGHT, mach_port_set_context(SELF, rig_set(), 1));
	IS(KERN_INVALID_NAME, mach_port_get_context(SELF, 0x7703, &context));
}

/*
 * Peeking
 */

static kern_return_t
peek(mach_port_name_t port, uint32_t elements, uint32_t *seqno, int *id,
    mach_msg_max_trailer_t *trailer, uint32_t room)
{
	mach_msg_type_number_t size = room;
	mach_msg_size_t msg_size;
	kern_return_t kr;

	kr = mach_port_peek(SELF, port, MACH_RCV_TRAILER_ELEMENTS(elements),
	    seqno, &msg_size, id, (mach_msg_trailer_info_t)trailer, &size);
	if (kr == KERN_SUCCESS)
		IS(24, msg_size);
	return (kr);
}

CASE(peek_looks_and_leaves)
{
	mach_port_name_t port = rig_port();
	mach_msg_max_trailer_t trailer;
	uint32_t seqno = 0;
	int i, id = 0;

	IS(KERN_FAILURE, peek(port, 0, &seqno, &id, &trailer, 8));
	OK(mach_port_set_seqno(SELF, port, 100));
	for (i = 0; i < 3; i++)
		IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 50 + i));
	OK(peek(port, MACH_RCV_TRAILER_AUDIT, &seqno, &id, &trailer, 52));
	IS(50, id);
	IS(100, seqno);
	IS(100, trailer.msgh_seqno);
	/* A certain one, by its number. */
	seqno = 102;
	OK(peek(port, 0, &seqno, &id, &trailer, 8));
	IS(52, id);
	seqno = 103;
	IS(KERN_FAILURE, peek(port, 0, &seqno, &id, &trailer, 8));
	IS(3, rig_status(port).mps_msgcount);
	IS(50, rig_receive_id(port));
}

CASE(peek_tells_no_context)
{
	mach_port_name_t port = rig_port();
	mach_msg_max_trailer_t trailer;
	uint32_t seqno = 0;
	int id;

	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	IS(KERN_INVALID_VALUE,
	    peek(port, MACH_RCV_TRAILER_CTX, &seqno, &id, &trailer, 68));
	IS(KERN_INVALID_VALUE,
	    peek(port, MACH_RCV_TRAILER_AV, &seqno, &id, &trailer, 68));
	/* Nor more than there is room for. */
	IS(KERN_INVALID_VALUE,
	    peek(port, MACH_RCV_TRAILER_SENDER, &seqno, &id, &trailer, 16));
	IS(KERN_INVALID_RIGHT, peek(rig_set(), 0, &seqno, &id, &trailer, 8));
}

/*
 * Inserting and extracting
 */

CASE(insert_right_makes_moves_and_copies)
{
	mach_port_name_t port = rig_port(), name = 0x123407, once;

	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_COPY_SEND));
	IS(2, rig_refs(port, SEND));
	IS(1, rig_srights(port));
	OK(mach_port_insert_right(
	    SELF, name, port, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(name));
	once = rig_send_once(port);
	OK(mach_port_insert_right(
	    SELF, name + 0x100, once, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(0, rig_type(once));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(name + 0x100));
}

CASE(insert_right_refuses)
{
	mach_port_name_t port = rig_port_send(), other = rig_port(), once;
	mach_port_name_t free_name = 0x123407;

	once = rig_send_once(port);
	/* Names that are none, and rights that are none. */
	IS(KERN_INVALID_VALUE, mach_port_insert_right(SELF, MACH_PORT_NULL,
				   port, MACH_MSG_TYPE_COPY_SEND));
	IS(KERN_INVALID_VALUE, mach_port_insert_right(SELF, MACH_PORT_DEAD,
				   port, MACH_MSG_TYPE_COPY_SEND));
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_insert_right(
		SELF, free_name, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND));
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_insert_right(
		SELF, free_name, MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND));
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_insert_right(
		SELF, free_name, rig_dead_name(2), MACH_MSG_TYPE_COPY_SEND));
	/* One port has one name for send and receive. */
	IS(KERN_RIGHT_EXISTS, mach_port_insert_right(SELF, free_name, port,
				  MACH_MSG_TYPE_MAKE_SEND));
	IS(1, rig_refs(port, SEND));
	/* A name has one port. */
	IS(KERN_NAME_EXISTS, mach_port_insert_right(SELF, other, port,
				 MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(KERN_NAME_EXISTS, mach_port_insert_right(SELF, once, port,
				 MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(KERN_INVALID_RIGHT,
	    mach_port_insert_right(SELF, free_name, port, 77));
	IS(0, rig_type(free_name));
	/* What was made for nothing is given back, and told of. */
	IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(port));
	IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(port));
	IS(1, rig_status(port).mps_sorights);
}

CASE(extract_right_is_as_if_it_was_sent)
{
	mach_port_name_t port = rig_port_send(), dead = rig_dead_name(2);
	mach_msg_type_name_t type;
	mach_port_t name;

	OK(mach_port_extract_right(
	    SELF, port, MACH_MSG_TYPE_COPY_SEND, &name, &type));
	IS(port, name);
	IS(MACH_MSG_TYPE_PORT_SEND, type);
	IS(2, rig_refs(port, SEND));
	OK(mach_port_extract_right(
	    SELF, port, MACH_MSG_TYPE_MOVE_SEND, &name, &type));
	IS(2, rig_refs(port, SEND));
	IS(KERN_INVALID_VALUE,
	    mach_port_extract_right(SELF, port, 77, &name, &type));
	IS(KERN_INVALID_RIGHT, mach_port_extract_right(SELF, MACH_PORT_NULL,
				   MACH_MSG_TYPE_COPY_SEND, &name, &type));
	IS(KERN_INVALID_NAME, mach_port_extract_right(SELF, 0x7703,
				  MACH_MSG_TYPE_COPY_SEND, &name, &type));
	IS(KERN_INVALID_RIGHT, mach_port_extract_right(SELF, port,
				   MACH_MSG_TYPE_MOVE_SEND_ONCE, &name, &type));
	OK(mach_port_extract_right(
	    SELF, dead, MACH_MSG_TYPE_COPY_SEND, &name, &type));
	IS(MACH_PORT_DEAD, name);
}

/*
 * Construction and destruction
 */

static mach_port_name_t
construct(uint32_t flags, uint32_t qlimit, mach_port_context_t context,
    kern_return_t expected)
{
	mach_port_options_t options = { .flags = flags, .mpl = { qlimit } };
	mach_port_name_t name = MACH_PORT_NULL;

	IS(expected, mach_port_construct(SELF, &options, context, &name));
	return (name);
}

CASE(construct_makes_what_its_options_say)
{
	mach_port_context_t context;
	mach_port_name_t name;

	name = construct(0, 0, 55, KERN_SUCCESS);
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(name));
	OK(mach_port_get_context(SELF, name, &context));
	IS(55, context);
	IS(5, rig_status(name).mps_qlimit);
	IS(0, rig_status(name).mps_flags);
	name =
	    construct(MPO_QLIMIT | MPO_INSERT_SEND_RIGHT, 20, 0, KERN_SUCCESS);
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(name));
	IS(1, rig_refs(name, SEND));
	IS(1, rig_status(name).mps_mscount);
	IS(20, rig_status(name).mps_qlimit);
	name = construct(MPO_CONTEXT_AS_GUARD | MPO_STRICT | MPO_TEMPOWNER |
			     MPO_IMMOVABLE_RECEIVE,
	    0, 77, KERN_SUCCESS);
	IS(MACH_PORT_STATUS_FLAG_GUARDED | MACH_PORT_STATUS_FLAG_STRICT_GUARD |
		MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE |
		MACH_PORT_STATUS_FLAG_TEMPOWNER |
		MACH_PORT_STATUS_FLAG_IMP_DONATION,
	    rig_status(name).mps_flags);
	(void)construct(MPO_QLIMIT, 1025, 0, KERN_INVALID_VALUE);
	(void)construct(MPO_SERVICE_PORT | MPO_CONNECTION_PORT, 0, 0,
	    KERN_INVALID_ARGUMENT);
	(void)construct(
	    MPO_REPLY_PORT | MPO_EXCEPTION_PORT, 0, 0, KERN_INVALID_ARGUMENT);
}

CASE(destruct_drops_send_references_and_the_receive_right)
{
	mach_port_name_t name, notify = rig_port();
	mach_port_t previous;

	name = construct(MPO_INSERT_SEND_RIGHT, 0, 0, KERN_SUCCESS);
	OK(mach_port_mod_refs(SELF, name, SEND, 3));
	OK(mach_port_request_notification(SELF, name, MACH_NOTIFY_NO_SENDERS, 1,
	    notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	OK(mach_port_destruct(SELF, name, -4, 0));
	IS(0, rig_type(name));
	/* The last send right went first. */
	ATF_CHECK(rig_is_notified(notify, MACH_NOTIFY_NO_SENDERS, 1));
	name = construct(MPO_INSERT_SEND_RIGHT, 0, 0, KERN_SUCCESS);
	OK(mach_port_mod_refs(SELF, name, SEND, 3));
	OK(mach_port_destruct(SELF, name, -1, 0));
	IS(3, rig_refs(name, MACH_PORT_RIGHT_DEAD_NAME));
}

CASE(destruct_refuses_and_then_changes_nothing)
{
	mach_port_name_t name;

	name = construct(
	    MPO_CONTEXT_AS_GUARD | MPO_INSERT_SEND_RIGHT, 0, 9, KERN_SUCCESS);
	IS(KERN_INVALID_ARGUMENT, mach_port_destruct(SELF, name, -1, 8));
	IS(KERN_INVALID_VALUE, mach_port_destruct(SELF, name, -2, 9));
	/* The delta is looked at before the guard. */
	IS(KERN_INVALID_VALUE, mach_port_destruct(SELF, name, 1, 8));
	IS(1, rig_refs(name, SEND));
	OK(mach_port_deallocate(SELF, name));
	IS(KERN_INVALID_RIGHT, mach_port_destruct(SELF, name, -1, 9));
	OK(mach_port_destruct(SELF, name, 0, 9));
	IS(KERN_INVALID_NAME, mach_port_destruct(SELF, name, 0, 9));
	IS(KERN_INVALID_RIGHT, mach_port_destruct(SELF, rig_set(), 0, 0));
	IS(KERN_INVALID_NAME, mach_port_destruct(SELF, MACH_PORT_NULL, 0, 0));
}

CASE(allocate_full_and_qos_make_ports_too)
{
	mach_port_qos_t qos = { .name = 0 };
	mach_port_name_t name = MACH_PORT_NULL;

	OK(mach_port_allocate_qos(SELF, RECEIVE, &qos, &name));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(name));
	qos.name = 1;
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_allocate_qos(SELF, RECEIVE, &qos, &name));
	name = 0x123407;
	OK(mach_port_allocate_full(SELF, RECEIVE, MACH_PORT_NULL, &qos, &name));
	IS(0x123407, name);
	IS(KERN_NAME_EXISTS, mach_port_allocate_full(
				 SELF, RECEIVE, MACH_PORT_NULL, &qos, &name));
	qos.name = 0;
	OK(mach_port_allocate_full(
	    SELF, MACH_PORT_RIGHT_PORT_SET, MACH_PORT_NULL, &qos, &name));
	IS(MACH_PORT_TYPE_PORT_SET, rig_type(name));
	IS(KERN_INVALID_VALUE, mach_port_allocate_full(SELF, RECEIVE,
				   rig_port_send(), &qos, &name));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_queue_limit_is_at_most_1024);
	ATF_TP_ADD_TC(tp, attributes_are_of_a_receive_right);
	ATF_TP_ADD_TC(tp,
	    too_small_a_count_is_failure_and_an_unknown_flavor_invalid_argument);
	ATF_TP_ADD_TC(tp, the_status_tells_whether_not_how_many);
	ATF_TP_ADD_TC(tp, importance_is_accepted);
	ATF_TP_ADD_TC(tp, dnrequests_are_counted);
	ATF_TP_ADD_TC(tp, mscount_and_seqno_are_set);
	ATF_TP_ADD_TC(tp, the_context_is_the_users_own);
	ATF_TP_ADD_TC(tp, peek_looks_and_leaves);
	ATF_TP_ADD_TC(tp, peek_tells_no_context);
	ATF_TP_ADD_TC(tp, insert_right_makes_moves_and_copies);
	ATF_TP_ADD_TC(tp, insert_right_refuses);
	ATF_TP_ADD_TC(tp, extract_right_is_as_if_it_was_sent);
	ATF_TP_ADD_TC(tp, construct_makes_what_its_options_say);
	ATF_TP_ADD_TC(tp, destruct_drops_send_references_and_the_receive_right);
	ATF_TP_ADD_TC(tp, destruct_refuses_and_then_changes_nothing);
	ATF_TP_ADD_TC(tp, allocate_full_and_qos_make_ports_too);
	return (atf_no_error());
}
