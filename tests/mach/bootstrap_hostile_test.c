/*
 * Requests that no client's library makes: they get an error or nothing, and
 * cost the others nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach/bootstrap/protocol.h"
#include "tests/mach/bootstrap_server.h"

struct raw {
	union {
		union bootstrap_request request;
		union bootstrap_reply reply;
		uint8_t bytes[8192];
	};
	mach_msg_max_trailer_t trailer;
};

static mach_port_t reply_to;

/* Sends, with a reply port made for it, and tells what it says. */
static kern_return_t
ask(struct raw *m, int id, mach_msg_size_t size, mach_msg_bits_t complex)
{
	mach_msg_header_t *h = &m->request.header;
	mach_msg_return_t mr;

	if (reply_to == MACH_PORT_NULL)
		reply_to = rig_port();
	h->msgh_bits = complex | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
				     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h->msgh_remote_port = boot_port();
	h->msgh_local_port = reply_to;
	h->msgh_id = id;
	mr = mach_msg(h, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, size,
	    sizeof(*m), reply_to, 2000, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	if (h->msgh_id == MACH_NOTIFY_SEND_ONCE)
		return (MIG_SERVER_DIED);
	IS(id + 100, h->msgh_id);
	IS(sizeof(mig_reply_error_t), h->msgh_size);
	return (m->reply.error.RetCode);
}

/* A request of that id with a good name in it. */
static struct raw
request_of(int id)
{
	struct raw m = { 0 };

	if (id == BOOTSTRAP_MSG_REGISTER)
		m.request.reg.name[0] = 'n';
	else if (id == BOOTSTRAP_MSG_CREATE_SERVER)
		m.request.create_server.command[0] = 'x';
	else
		m.request.name.name[0] = 'n';
	return (m);
}

static const mach_msg_size_t sizes[BOOTSTRAP_MSG_END - BOOTSTRAP_MSG_FIRST] = {
	sizeof(struct bootstrap_check_in_request),
	sizeof(struct bootstrap_register_request),
	sizeof(struct bootstrap_look_up_request),
	sizeof(struct bootstrap_name_request),
	sizeof(struct bootstrap_name_request),
	sizeof(struct bootstrap_create_server_request),
	sizeof(struct bootstrap_subset_request),
	sizeof(struct bootstrap_plain_request),
	sizeof(struct bootstrap_plain_request),
	sizeof(struct bootstrap_number_request),
	sizeof(struct bootstrap_number_request),
	sizeof(struct bootstrap_number_request),
};

CASE(a_request_of_another_size_is_refused)
{
	mach_msg_size_t size;
	struct raw m;
	int id;

	boot_begin(NULL);
	for (id = BOOTSTRAP_MSG_FIRST; id < BOOTSTRAP_MSG_END; id++) {
		size = sizes[id - BOOTSTRAP_MSG_FIRST];
		m = request_of(id);
		IS(MIG_BAD_ARGUMENTS, ask(&m, id, size - 4, 0));
		m = request_of(id);
		IS(MIG_BAD_ARGUMENTS, ask(&m, id, size + 4, 0));
		m = request_of(id);
		IS(MIG_BAD_ARGUMENTS, ask(&m, id, 24, 0));
	}
	boot_end();
}

CASE(a_request_of_another_form_is_refused)
{
	struct raw m;
	int id;

	boot_begin(NULL);
	for (id = BOOTSTRAP_MSG_FIRST; id < BOOTSTRAP_MSG_END; id++) {
		bool port =
		    id == BOOTSTRAP_MSG_REGISTER || id == BOOTSTRAP_MSG_SUBSET;

		/* Complex or not, the other way about; no descriptor. */
		m = request_of(id);
		m.request.subset.body.msgh_descriptor_count = 0;
		IS(MIG_BAD_ARGUMENTS,
		    ask(&m, id, sizes[id - BOOTSTRAP_MSG_FIRST],
			port ? 0 : MACH_MSGH_BITS_COMPLEX));
		m = request_of(id);
		m.request.subset.body.msgh_descriptor_count = 0;
		if (port)
			IS(MIG_BAD_ARGUMENTS,
			    ask(&m, id, sizes[id - BOOTSTRAP_MSG_FIRST],
				MACH_MSGH_BITS_COMPLEX));
	}
	m = request_of(BOOTSTRAP_MSG_LOOK_UP);
	IS(MIG_BAD_ID, ask(&m, BOOTSTRAP_MSG_END, 64, 0));
	m = request_of(BOOTSTRAP_MSG_LOOK_UP);
	IS(MIG_BAD_ID, ask(&m, 0, 64, 0));
	m = request_of(BOOTSTRAP_MSG_LOOK_UP);
	IS(MIG_BAD_ID, ask(&m, -1, 24, 0));
	boot_end();
}

CASE(another_right_than_a_send_right_is_refused)
{
	mach_port_t port = rig_port();
	struct raw m = { 0 };

	boot_begin(NULL);
	m.request.subset.body.msgh_descriptor_count = 1;
	m.request.subset.requestor.name = port;
	m.request.subset.requestor.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	IS(MIG_BAD_ARGUMENTS,
	    ask(&m, BOOTSTRAP_MSG_SUBSET, sizeof(m.request.subset),
		MACH_MSGH_BITS_COMPLEX));
	/* It was given back: unused. */
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	memset(&m, 0, sizeof(m));
	m.request.subset.body.msgh_descriptor_count = 1;
	m.request.subset.requestor.name = port;
	m.request.subset.requestor.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	IS(MIG_BAD_ARGUMENTS,
	    ask(&m, BOOTSTRAP_MSG_SUBSET, sizeof(m.request.subset),
		MACH_MSGH_BITS_COMPLEX));
	boot_end();
}

CASE(a_name_without_an_end_is_refused)
{
	struct raw m;
	int id;

	boot_begin(NULL);
	for (id = BOOTSTRAP_MSG_CHECK_IN; id <= BOOTSTRAP_MSG_CREATE_SERVER;
	     id++) {
		if (id == BOOTSTRAP_MSG_REGISTER)
			continue;
		memset(&m, 'x', sizeof(m));
		if (id == BOOTSTRAP_MSG_CHECK_IN)
			m.request.check_in.flags = 0;
		if (id == BOOTSTRAP_MSG_LOOK_UP)
			m.request.look_up.flags = 0;
		IS(KERN_INVALID_ARGUMENT,
		    ask(&m, id, sizes[id - BOOTSTRAP_MSG_FIRST], 0));
	}
	boot_end();
}

/*
 * Replies that nobody takes
 */

/* Without a reply, or with one to `to`; what it carries is a send right. */
static mach_msg_return_t
post_register(const char *name, mach_port_t carried, mach_port_t to,
    mach_msg_type_name_t how)
{
	struct raw m = request_of(BOOTSTRAP_MSG_REGISTER);
	struct bootstrap_register_request *r = &m.request.reg;

	snprintf(r->name, sizeof(r->name), "%s", name);
	r->header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, how) |
			      MACH_MSGH_BITS_COMPLEX;
	r->header.msgh_remote_port = boot_port();
	r->header.msgh_local_port = to;
	r->header.msgh_id = BOOTSTRAP_MSG_REGISTER;
	r->body.msgh_descriptor_count = 1;
	r->port.name = carried;
	r->port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	r->port.type = MACH_MSG_PORT_DESCRIPTOR;
	return (mach_msg(&r->header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    sizeof(*r), 0, MACH_PORT_NULL, 5000, MACH_PORT_NULL));
}

CASE(without_a_reply_port_nothing_is_done)
{
	mach_port_t carried = rig_port(), found;

	boot_begin(NULL);
	IS(0, post_register("n", carried, MACH_PORT_NULL, 0));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "n", &found, 0));
	IS(0, rig_srights(carried));
	IS(0, post_register(
		  "n", carried, rig_dead_name(2), MACH_MSG_TYPE_COPY_SEND));
	IS(BOOTSTRAP_UNKNOWN_SERVICE, boot_look_up(NULL, "n", &found, 0));
	IS(0, rig_srights(carried));
	boot_end();
}

CASE(who_does_not_read_replies_holds_nobody_up)
{
	mach_port_limits_t limit = { 1 };
	mach_port_t full = rig_port_send(), carried = rig_port(), found;
	uint32_t names, i;

	OK(mach_port_set_attributes(SELF, full, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limit, MACH_PORT_LIMITS_INFO_COUNT));
	boot_begin(NULL);
	names = boot_server_names();
	for (i = 0; i < 500; i++)
		IS(0,
		    post_register("n", carried, full, MACH_MSG_TYPE_COPY_SEND));
	OK(boot_look_up(NULL, "n", &found, 0));
	IS(1, rig_status(full).mps_msgcount);
	/* Of all that, the server has the one name that was announced. */
	OK(boot_register(NULL, "n", MACH_PORT_NULL, 0));
	OK(mach_port_mod_refs(SELF, full, MACH_PORT_RIGHT_RECEIVE, -1));
	IS(names, boot_server_names());
	boot_end();
}

/* The right that could not be sent is here again, and given to the next. */
CASE(a_receive_right_that_nobody_takes_is_not_lost)
{
	mach_port_limits_t limit = { 1 };
	mach_port_t full = rig_port_send(), send, receive;
	struct raw m;

	OK(mach_port_set_attributes(SELF, full, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limit, MACH_PORT_LIMITS_INFO_COUNT));
	IS(0, rig_send(full, MACH_MSG_TYPE_COPY_SEND, 1));
	boot_begin(NULL);
	OK(bootstrap_create_service(boot_port(), NAME("n"), &send));
	IS(0, rig_send(send, MACH_MSG_TYPE_COPY_SEND, 2));
	m = request_of(BOOTSTRAP_MSG_CHECK_IN);
	m.request.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND);
	m.request.header.msgh_remote_port = boot_port();
	m.request.header.msgh_local_port = full;
	m.request.header.msgh_id = BOOTSTRAP_MSG_CHECK_IN;
	IS(0, mach_msg(&m.request.header, MACH_SEND_MSG,
		  sizeof(m.request.check_in), 0, 0, 0, 0));
	OK(boot_check_in(NULL, "n", &receive, 0));
	IS(send, receive);
	IS(2, rig_receive_id(receive));
	/* And once more as an old port comes back. */
	OK(mach_port_mod_refs(SELF, receive, MACH_PORT_RIGHT_RECEIVE, -1));
	while (
	    boot_check_in(NULL, "n", &receive, 0) == BOOTSTRAP_SERVICE_ACTIVE)
		rig_settle();
	IS(send, receive);
	boot_end();
}

/* The reply would be in a queue that only it has the right to. */
CASE(a_service_is_not_sent_to_itself)
{
	mach_port_t send, receive;
	struct raw m;

	boot_begin(NULL);
	OK(bootstrap_create_service(boot_port(), NAME("n"), &send));
	m = request_of(BOOTSTRAP_MSG_CHECK_IN);
	m.request.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND);
	m.request.header.msgh_remote_port = boot_port();
	m.request.header.msgh_local_port = send;
	m.request.header.msgh_id = BOOTSTRAP_MSG_CHECK_IN;
	IS(0, mach_msg(&m.request.header, MACH_SEND_MSG,
		  sizeof(m.request.check_in), 0, 0, 0, 0));
	OK(boot_check_in(NULL, "n", &receive, 0));
	IS(send, receive);
	IS(BOOTSTRAP_MSG_CHECK_IN + 100, rig_receive_id(receive));
	boot_end();
}

/*
 * Notifications
 */

CASE(a_notification_that_is_none_is_refused)
{
	mach_port_t port = rig_port_send(), mine = rig_port(), found;
	mach_port_t name;
	struct raw m;

	boot_begin(NULL);
	OK(boot_register(NULL, "n", port, 0));
	/* It names all names that the server could have. */
	for (name = 0x103; name < 0x2003; name += 0x100) {
		mach_dead_name_notification_t *dead = (void *)&m;

		memset(&m, 0, sizeof(m));
		dead->not_port = name;
		IS(MIG_BAD_ID, ask(&m, MACH_NOTIFY_DEAD_NAME, 36, 0));
	}
	memset(&m, 0, sizeof(m));
	m.request.subset.body.msgh_descriptor_count = 1;
	m.request.subset.requestor.name = mine;
	m.request.subset.requestor.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	IS(MIG_BAD_ID,
	    ask(&m, MACH_NOTIFY_PORT_DESTROYED, 40, MACH_MSGH_BITS_COMPLEX));
	memset(&m, 0, sizeof(m));
	IS(MIG_BAD_ID, ask(&m, MACH_NOTIFY_NO_SENDERS, 36, 0));
	memset(&m, 0, sizeof(m));
	IS(MIG_BAD_ID, ask(&m, 1, 24, 0)); /* to the events' port: its end */
	OK(boot_look_up(NULL, "n", &found, 0));
	boot_end();
}

CASE(what_is_too_large_is_thrown_away)
{
	mach_port_t carried = rig_port();
	struct raw m = { 0 };
	uint32_t names;

	boot_begin(NULL);
	names = boot_server_names();
	m.request.subset.body.msgh_descriptor_count = 1;
	m.request.subset.requestor.name = carried;
	m.request.subset.requestor.disposition = MACH_MSG_TYPE_MAKE_SEND;
	IS(MIG_SERVER_DIED, ask(&m, BOOTSTRAP_MSG_SUBSET, sizeof(m.bytes),
				MACH_MSGH_BITS_COMPLEX));
	/* The reply's right goes first. */
	IS(names, boot_server_names());
	IS(0, rig_srights(carried));
	boot_end();
}

static void
churn(void)
{
	mach_port_t port = rig_port_send(), subset, inner, receive, send;

	/* Each way in which a name can end. */
	OK(boot_register(NULL, "dies", port, 0));
	OK(boot_register(NULL, "too", port, 0));
	OK(bootstrap_subset(boot_port(), port, &subset));
	OK(bootstrap_subset(subset, SELF, &inner));
	OK(bootstrap_check_in(inner, "in", &receive));
	OK(bootstrap_create_service(subset, NAME("held"), &send));
	OK(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	OK(mach_port_mod_refs(SELF, receive, MACH_PORT_RIGHT_RECEIVE, -1));
	OK(boot_check_in(NULL, "back", &receive, 0));
	OK(mach_port_mod_refs(SELF, receive, MACH_PORT_RIGHT_RECEIVE, -1));
	OK(bootstrap_create_service(boot_port(), NAME("unused"), &send));
	OK(mach_port_deallocate(SELF, send));
	while (rig_type(inner) != MACH_PORT_TYPE_DEAD_NAME)
		rig_settle();
	ATF_CHECK(boot_becomes("dies", BOOTSTRAP_UNKNOWN_SERVICE));
	ATF_CHECK(boot_becomes("too", BOOTSTRAP_UNKNOWN_SERVICE));
	ATF_CHECK(boot_becomes("back", BOOTSTRAP_UNKNOWN_SERVICE));
	ATF_CHECK(boot_becomes("unused", BOOTSTRAP_UNKNOWN_SERVICE));
}

CASE(what_ends_leaves_nothing)
{
	uint32_t names;
	int i;

	boot_begin(NULL);
	names = boot_server_names();
	for (i = 0; i < 20; i++)
		churn();
	IS(names, boot_server_names());
	boot_end();
}

/* Of any bytes at all, in any number. */
CASE(noise_leaves_nothing)
{
	mach_port_t receive, found;
	uint32_t names, i, j, seed = 1;
	struct raw m;

	boot_begin(NULL);
	OK(boot_check_in(NULL, "n", &receive, 0));
	(void)ask(&m, 0, 24, 0);
	names = boot_server_names();
	for (i = 0; i < 3000; i++) {
		for (j = 24; j < 700; j++) {
			seed = seed * 1103515245 + 12345;
			m.bytes[j] = (uint8_t)(seed >> 16);
		}
		(void)ask(&m, BOOTSTRAP_MSG_FIRST + (int)(i % 13) - 1,
		    24 + seed % 160 * 4, 0);
	}
	OK(boot_look_up(NULL, "n", &found, 0));
	IS(names, boot_server_names());
	boot_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_request_of_another_size_is_refused);
	ATF_TP_ADD_TC(tp, a_request_of_another_form_is_refused);
	ATF_TP_ADD_TC(tp, another_right_than_a_send_right_is_refused);
	ATF_TP_ADD_TC(tp, a_name_without_an_end_is_refused);
	ATF_TP_ADD_TC(tp, without_a_reply_port_nothing_is_done);
	ATF_TP_ADD_TC(tp, who_does_not_read_replies_holds_nobody_up);
	ATF_TP_ADD_TC(tp, a_receive_right_that_nobody_takes_is_not_lost);
	ATF_TP_ADD_TC(tp, a_service_is_not_sent_to_itself);
	ATF_TP_ADD_TC(tp, a_notification_that_is_none_is_refused);
	ATF_TP_ADD_TC(tp, what_is_too_large_is_thrown_away);
	ATF_TP_ADD_TC(tp, what_ends_leaves_nothing);
	ATF_TP_ADD_TC(tp, noise_leaves_nothing);
	return (atf_no_error());
}
