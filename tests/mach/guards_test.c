/*
 * Guards, and ports that are made for one purpose: reply ports, a thread's
 * special reply port, services and connections.  XNU osfmk/ipc/mach_port.c,
 * ipc_right.c, ipc_service_port.c.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "tests/mach/rig.h"

#define RECEIVE MACH_PORT_RIGHT_RECEIVE

static uint32_t
flags(mach_port_name_t port)
{
	return (rig_status(port).mps_flags);
}

CASE(a_guarded_receive_right_stays)
{
	mach_port_name_t port = rig_port_send();

	OK(mach_port_guard(SELF, port, 77, FALSE));
	IS(MACH_PORT_STATUS_FLAG_GUARDED, flags(port));
	IS(KERN_INVALID_RIGHT, mach_port_mod_refs(SELF, port, RECEIVE, -1));
	IS(KERN_INVALID_RIGHT, mach_port_destroy(SELF, port));
	OK(mach_port_mod_refs(SELF, port, RECEIVE, 0));
	IS(KERN_INVALID_ARGUMENT, mach_port_destruct(SELF, port, 0, 78));
	/* The send right is not what is guarded. */
	OK(mach_port_deallocate(SELF, port));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
	OK(mach_port_unguard(SELF, port, 77));
	OK(mach_port_destroy(SELF, port));
}

CASE(a_guard_is_the_context)
{
	mach_port_name_t port = rig_port();
	mach_port_context_t context;

	OK(mach_port_guard(SELF, port, 77, FALSE));
	OK(mach_port_get_context(SELF, port, &context));
	IS(77, context);
	/* Where it is not strict it may be written over. */
	OK(mach_port_set_context(SELF, port, 78));
	IS(KERN_INVALID_ARGUMENT, mach_port_unguard(SELF, port, 77));
	OK(mach_port_unguard(SELF, port, 78));
	OK(mach_port_get_context(SELF, port, &context));
	IS(0, context);
	IS(0, flags(port));
}

CASE(a_port_with_a_context_cannot_be_guarded)
{
	mach_port_name_t port = rig_port();

	OK(mach_port_set_context(SELF, port, 5));
	IS(KERN_INVALID_ARGUMENT, mach_port_guard(SELF, port, 77, FALSE));
	OK(mach_port_set_context(SELF, port, 0));
	OK(mach_port_guard(SELF, port, 77, FALSE));
	IS(KERN_INVALID_ARGUMENT, mach_port_guard(SELF, port, 77, FALSE));
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_guard_with_flags(SELF, port, 78, MPG_STRICT));
	IS(MACH_PORT_STATUS_FLAG_GUARDED, flags(port));
}

CASE(a_strict_guard_hides_and_keeps_the_context)
{
	mach_port_name_t port = rig_port();
	mach_port_context_t context = 1;

	OK(mach_port_guard(SELF, port, 77, TRUE));
	IS(MACH_PORT_STATUS_FLAG_GUARDED | MACH_PORT_STATUS_FLAG_STRICT_GUARD,
	    flags(port));
	OK(mach_port_get_context(SELF, port, &context));
	IS(0, context);
	IS(KERN_INVALID_ARGUMENT, mach_port_set_context(SELF, port, 77));
	IS(KERN_INVALID_ARGUMENT, mach_port_swap_guard(SELF, port, 77, 78));
	OK(mach_port_unguard(SELF, port, 77));
}

CASE(swap_guard_knows_the_old_one)
{
	mach_port_name_t port = rig_port();

	IS(KERN_INVALID_ARGUMENT, mach_port_swap_guard(SELF, port, 0, 78));
	OK(mach_port_guard(SELF, port, 77, FALSE));
	IS(KERN_INVALID_ARGUMENT, mach_port_swap_guard(SELF, port, 76, 78));
	OK(mach_port_swap_guard(SELF, port, 77, 78));
	IS(KERN_INVALID_ARGUMENT, mach_port_unguard(SELF, port, 77));
	OK(mach_port_unguard(SELF, port, 78));
	IS(KERN_INVALID_ARGUMENT, mach_port_unguard(SELF, port, 78));
}

CASE(guards_are_of_receive_rights)
{
	const mach_port_name_t names[] = { rig_set(), rig_dead_name(1),
		rig_send_once(rig_port()) };
	int i;

	for (i = 0; i < 3; i++) {
		IS(KERN_INVALID_RIGHT,
		    mach_port_guard(SELF, names[i], 1, FALSE));
		IS(KERN_INVALID_RIGHT, mach_port_unguard(SELF, names[i], 1));
		IS(KERN_INVALID_RIGHT,
		    mach_port_swap_guard(SELF, names[i], 1, 2));
	}
	IS(KERN_INVALID_NAME, mach_port_guard(SELF, 0x7703, 1, FALSE));
	IS(KERN_INVALID_NAME, mach_port_guard(SELF, MACH_PORT_NULL, 1, FALSE));
	IS(KERN_INVALID_NAME, mach_port_unguard(SELF, MACH_PORT_DEAD, 1));
	IS(KERN_INVALID_NAME, mach_port_swap_guard(SELF, 0x7703, 1, 2));
}

CASE(an_immovable_receive_right_does_not_move)
{
	mach_port_name_t to = rig_port_send(), port = rig_port();

	OK(mach_port_guard_with_flags(SELF, port, 77, MPG_IMMOVABLE_RECEIVE));
	IS(MACH_PORT_STATUS_FLAG_GUARDED |
		MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
	    flags(port));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, port, MACH_MSG_TYPE_MOVE_RECEIVE));
	/* Not after the guard has gone either. */
	OK(mach_port_unguard(SELF, port, 77));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, port, MACH_MSG_TYPE_MOVE_RECEIVE));
	OK(mach_port_destroy(SELF, port));
}

CASE(an_assertion_of_a_guard_holds_or_fails)
{
	mach_port_guard_info_t guard = { 77 };
	mach_port_name_t port = rig_port();

	IS(KERN_FAILURE,
	    mach_port_assert_attributes(SELF, port, MACH_PORT_GUARD_INFO,
		(mach_port_info_t)&guard, MACH_PORT_GUARD_INFO_COUNT));
	OK(mach_port_guard(SELF, port, 77, TRUE));
	OK(mach_port_assert_attributes(SELF, port, MACH_PORT_GUARD_INFO,
	    (mach_port_info_t)&guard, MACH_PORT_GUARD_INFO_COUNT));
	guard.mpgi_guard = 78;
	IS(KERN_FAILURE,
	    mach_port_assert_attributes(SELF, port, MACH_PORT_GUARD_INFO,
		(mach_port_info_t)&guard, MACH_PORT_GUARD_INFO_COUNT));
	IS(KERN_FAILURE,
	    mach_port_assert_attributes(SELF, port, MACH_PORT_GUARD_INFO,
		(mach_port_info_t)&guard, MACH_PORT_GUARD_INFO_COUNT - 1));
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_assert_attributes(SELF, port, MACH_PORT_LIMITS_INFO,
		(mach_port_info_t)&guard, MACH_PORT_GUARD_INFO_COUNT));
}

CASE(a_violation_raises_nothing_by_default)
{
	task_exc_guard_behavior_t behavior = 1;
	mach_port_name_t port = rig_port();

	OK(task_get_exc_guard_behavior(SELF, &behavior));
	IS(0, behavior & TASK_EXC_GUARD_MP_FATAL);
	OK(mach_port_guard(SELF, port, 77, TRUE));
	IS(KERN_INVALID_RIGHT, mach_port_destroy(SELF, port));
	OK(task_set_exc_guard_behavior(SELF, TASK_EXC_GUARD_NONE));
	OK(task_get_exc_guard_behavior(SELF, &behavior));
	IS(TASK_EXC_GUARD_NONE, behavior);
	IS(KERN_INVALID_ARGUMENT,
	    task_set_exc_guard_behavior(SELF, ~(uint32_t)TASK_EXC_GUARD_ALL));
}

/*
 * Reply ports
 */

static mach_port_name_t
construct(uint32_t mpo)
{
	mach_port_options_t options = { .flags = mpo };
	mach_port_name_t name = MACH_PORT_NULL;

	OK(mach_port_construct(SELF, &options, 0, &name));
	return (name);
}

static mach_msg_return_t
send_reply(mach_port_name_t to, mach_port_name_t reply, uint32_t disposition,
    mach_msg_header_t *h)
{
	memset(h, 0, sizeof(*h));
	h->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, disposition);
	h->msgh_remote_port = to;
	h->msgh_local_port = reply;
	return (mach_msg(h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(*h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

CASE(a_reply_port_gives_send_once_rights_of_a_header_only)
{
	mach_port_name_t reply = construct(MPO_REPLY_PORT);
	mach_port_name_t to = rig_port_send();
	mach_msg_type_name_t type;
	mach_msg_header_t h;
	struct rig_msg msg;
	mach_port_t name;

	IS(KERN_INVALID_CAPABILITY, mach_port_insert_right(SELF, reply, reply,
					MACH_MSG_TYPE_MAKE_SEND));
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_extract_right(
		SELF, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, &name, &type));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, reply, MACH_MSG_TYPE_MAKE_SEND));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, reply, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_SEND_INVALID_REPLY,
	    send_reply(to, reply, MACH_MSG_TYPE_MAKE_SEND, &h));
	IS(0, send_reply(to, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, &h));
	IS(0, rig_receive(to, &msg));
	name = msg.header.msgh_remote_port;
	/* It is used, or given up; it does not move on. */
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, name, MACH_MSG_TYPE_MOVE_SEND_ONCE));
	IS(MACH_SEND_INVALID_REPLY,
	    send_reply(to, name, MACH_MSG_TYPE_MOVE_SEND_ONCE, &h));
	IS(0, rig_send(name, MACH_MSG_TYPE_MOVE_SEND_ONCE, 8));
	IS(8, rig_receive_id(reply));
}

CASE(a_reply_port_has_no_notifications_of_its_end)
{
	mach_port_name_t reply = construct(MPO_REPLY_PORT), a = rig_port();
	mach_port_t previous;

	IS(KERN_INVALID_RIGHT,
	    mach_port_request_notification(SELF, reply, MACH_NOTIFY_NO_SENDERS,
		0, a, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	IS(KERN_INVALID_RIGHT, mach_port_request_notification(SELF, reply,
				   MACH_NOTIFY_PORT_DESTROYED, 0, a,
				   MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
}

CASE(a_reply_port_comes_back_to_be_made_again)
{
	mach_port_name_t reply = construct(MPO_REPLY_PORT);
	mach_port_name_t to = rig_port_send();
	mach_msg_header_t h;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(to, MACH_MSG_TYPE_COPY_SEND, i));
	IS(MACH_SEND_TIMED_OUT,
	    send_reply(to, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, &h));
	IS(reply, h.msgh_local_port);
	IS(MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_MSGH_BITS_LOCAL(h.msgh_bits));
	IS(0, rig_status(reply).mps_sorights);
	ATF_CHECK(rig_is_silent(reply));
	IS(0, rig_receive_id(to));
	IS(0, mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
		  MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

CASE(other_kinds_of_reply_and_exception_ports_are_ports)
{
	const uint32_t mpo[] = { MPO_PROVISIONAL_REPLY_PORT,
		MPO_ENFORCE_REPLY_PORT_SEMANTICS, MPO_EXCEPTION_PORT,
		MPO_FILTER_MSG };
	mach_port_name_t port;
	int i;

	for (i = 0; i < 4; i++) {
		port = construct(mpo[i]);
		IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, i));
		IS(i, rig_receive_id(port));
	}
}

CASE(a_special_reply_port_is_the_threads_own)
{
	mach_port_name_t port = thread_get_special_reply_port();
	mach_port_name_t to = rig_port_send(), other;

	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(port));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, port, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(0, rig_send(port, MACH_MSG_TYPE_COPY_SEND, 4));
	IS(4, rig_receive_id(port));
	other = thread_get_special_reply_port();
	ATF_CHECK(MACH_PORT_VALID(other) && other != port);
}

/*
 * Services and connections
 */

static mach_port_name_t
service(const char *name, kern_return_t expected)
{
	struct mach_service_port_info info;
	mach_port_options_t options = { .flags = MPO_SERVICE_PORT };
	mach_port_name_t port = MACH_PORT_NULL;

	memset(&info, 0, sizeof(info));
	memset(info.mspi_string_name, 'x', sizeof(info.mspi_string_name));
	if (name != NULL)
		snprintf(info.mspi_string_name, sizeof(info.mspi_string_name),
		    "%s", name);
	info.mspi_domain_type = 3;
	options.service_port_info = &info;
	IS(expected, mach_port_construct(SELF, &options, 0, &port));
	return (port);
}

CASE(a_service_port_knows_its_name)
{
	mach_port_name_t port = service("org.isthmus.test", KERN_SUCCESS);
	struct mach_service_port_info info;
	mach_port_options_t options = { .flags = MPO_SERVICE_PORT };
	mach_port_name_t none;

	memset(&info, 0, sizeof(info));
	OK(mach_port_get_service_port_info(SELF, port, &info));
	ATF_CHECK_STREQ("org.isthmus.test", info.mspi_string_name);
	IS(3, info.mspi_domain_type);
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_get_service_port_info(SELF, rig_port(), &info));
	IS(KERN_INVALID_RIGHT,
	    mach_port_get_service_port_info(SELF, rig_set(), &info));
	/* A name that does not end, and none at all. */
	(void)service(NULL, KERN_INVALID_ARGUMENT);
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_construct(SELF, &options, 0, &none));
}

CASE(a_service_may_be_throttled)
{
	mach_port_name_t port = service("org.isthmus.test", KERN_SUCCESS);
	mach_msg_type_number_t n = MACH_PORT_SERVICE_THROTTLED_COUNT;
	integer_t throttled = 7;

	OK(mach_port_get_attributes(
	    SELF, port, MACH_PORT_SERVICE_THROTTLED, &throttled, &n));
	IS(0, throttled);
	throttled = 1;
	OK(mach_port_set_attributes(
	    SELF, port, MACH_PORT_SERVICE_THROTTLED, &throttled, 1));
	throttled = 0;
	OK(mach_port_get_attributes(
	    SELF, port, MACH_PORT_SERVICE_THROTTLED, &throttled, &n));
	IS(1, throttled);
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_get_attributes(
		SELF, rig_port(), MACH_PORT_SERVICE_THROTTLED, &throttled, &n));
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_set_attributes(
		SELF, rig_port(), MACH_PORT_SERVICE_THROTTLED, &throttled, 1));
}

CASE(a_connection_is_of_its_service_and_does_not_move)
{
	mach_port_name_t port = service("org.isthmus.test", KERN_SUCCESS);
	mach_port_name_t other = service("org.isthmus.other", KERN_SUCCESS);
	mach_port_options_t options = { .flags = MPO_CONNECTION_PORT |
						 MPO_INSERT_SEND_RIGHT };
	mach_port_name_t to = rig_port_send(), connection;
	uint64_t filter;

	options.service_port_name = port;
	OK(mach_port_construct(SELF, &options, 0, &connection));
	OK(mach_port_is_connection_for_service(
	    SELF, connection, port, &filter));
	IS(KERN_INVALID_CAPABILITY, mach_port_is_connection_for_service(
					SELF, connection, other, &filter));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, connection, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, connection, MACH_MSG_TYPE_COPY_SEND));
	/* As a destination it is used. */
	IS(0, rig_send(connection, MACH_MSG_TYPE_COPY_SEND, 3));
	IS(3, rig_receive_id(connection));
	options.service_port_name = MACH_PORT_NULL;
	IS(KERN_INVALID_ARGUMENT,
	    mach_port_construct(SELF, &options, 0, &connection));
	options.service_port_name = rig_port();
	IS(KERN_INVALID_CAPABILITY,
	    mach_port_construct(SELF, &options, 0, &connection));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_guarded_receive_right_stays);
	ATF_TP_ADD_TC(tp, a_guard_is_the_context);
	ATF_TP_ADD_TC(tp, a_port_with_a_context_cannot_be_guarded);
	ATF_TP_ADD_TC(tp, a_strict_guard_hides_and_keeps_the_context);
	ATF_TP_ADD_TC(tp, swap_guard_knows_the_old_one);
	ATF_TP_ADD_TC(tp, guards_are_of_receive_rights);
	ATF_TP_ADD_TC(tp, an_immovable_receive_right_does_not_move);
	ATF_TP_ADD_TC(tp, an_assertion_of_a_guard_holds_or_fails);
	ATF_TP_ADD_TC(tp, a_violation_raises_nothing_by_default);
	ATF_TP_ADD_TC(tp, a_reply_port_gives_send_once_rights_of_a_header_only);
	ATF_TP_ADD_TC(tp, a_reply_port_has_no_notifications_of_its_end);
	ATF_TP_ADD_TC(tp, a_reply_port_comes_back_to_be_made_again);
	ATF_TP_ADD_TC(tp, other_kinds_of_reply_and_exception_ports_are_ports);
	ATF_TP_ADD_TC(tp, a_special_reply_port_is_the_threads_own);
	ATF_TP_ADD_TC(tp, a_service_port_knows_its_name);
	ATF_TP_ADD_TC(tp, a_service_may_be_throttled);
	ATF_TP_ADD_TC(tp, a_connection_is_of_its_service_and_does_not_move);
	return (atf_no_error());
}
