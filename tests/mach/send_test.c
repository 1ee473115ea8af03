/*
 * Sending: what a message must look like, and who has its rights after it
 * failed.  XNU osfmk/ipc/mach_msg.c, ipc_kmsg.c.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/mach/rig.h"

#define SEND MACH_PORT_RIGHT_SEND
#define COPY MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0)

static mach_msg_return_t
send_sized(mach_port_name_t to, mach_msg_bits_t bits, mach_msg_size_t size)
{
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits = bits;
	msg.header.msgh_remote_port = to;
	return (mach_msg(&msg.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size,
	    0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

CASE(a_message_is_at_least_a_header_of_whole_words)
{
	mach_port_name_t to = rig_port_send();
	mach_msg_size_t size;

	for (size = 0; size < sizeof(mach_msg_header_t); size++)
		IS(MACH_SEND_MSG_TOO_SMALL, send_sized(to, COPY, size));
	for (size = 25; size < 28; size++)
		IS(MACH_SEND_MSG_TOO_SMALL, send_sized(to, COPY, size));
	ATF_CHECK(rig_is_silent(to));
	IS(0, send_sized(to, COPY, 24));
	IS(0, send_sized(to, COPY, 28));
}

/* The size given counts; the header's own is written over. */
CASE(the_size_in_the_header_is_not_believed)
{
	mach_port_name_t to = rig_port_send();
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits = COPY;
	msg.header.msgh_size = 0xfffffff0;
	msg.header.msgh_remote_port = to;
	IS(0, mach_msg(&msg.header, MACH_SEND_MSG, 32, 0, MACH_PORT_NULL, 0,
		  MACH_PORT_NULL));
	IS(0, rig_receive(to, &msg));
	IS(32, msg.header.msgh_size);
}

/* Nothing of it is looked at: it need not be there. */
CASE(what_is_too_large_is_not_read)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	mach_msg_header_t *h;
	uint8_t *p;

	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	ATF_REQUIRE_EQ(0, mprotect(p + page, page, PROT_NONE));
	h = (mach_msg_header_t *)(void *)(p + page - sizeof(*h));
	h->msgh_bits = COPY;
	h->msgh_remote_port = rig_port_send();
	IS(MACH_SEND_TOO_LARGE, mach_msg(h, MACH_SEND_MSG, 0xfffffffc, 0,
				    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

CASE(a_message_is_at_most_48_mib_less_68)
{
	const mach_msg_size_t max = 48u * 1024 * 1024 - 68;
	mach_port_name_t to = rig_port_send();
	mach_msg_header_t *h = calloc(1, max + 4 + MAX_TRAILER_SIZE);
	mach_msg_size_t size;

	ATF_REQUIRE(h != NULL);
	for (size = max; size <= max + 4; size += 4) {
		h->msgh_bits = COPY;
		h->msgh_remote_port = to;
		h->msgh_local_port = MACH_PORT_NULL;
		h->msgh_voucher_port = MACH_PORT_NULL;
		IS(size == max ? 0 : MACH_SEND_TOO_LARGE,
		    mach_msg(h, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL));
	}
	IS(MACH_SEND_TOO_LARGE, mach_msg(h, MACH_SEND_MSG, 0xfffffffc, 0,
				    MACH_PORT_NULL, 0, MACH_PORT_NULL));
	IS(0, mach_msg(h, MACH_RCV_MSG, 0, max + MAX_TRAILER_SIZE, to, 0,
		  MACH_PORT_NULL));
	IS(max, h->msgh_size);
	free(h);
}

CASE(a_complex_message_has_room_for_its_count)
{
	mach_port_name_t to = rig_port_send();

	IS(MACH_SEND_MSG_TOO_SMALL,
	    send_sized(to, COPY | MACH_MSGH_BITS_COMPLEX, 24));
	IS(0, send_sized(to, COPY | MACH_MSGH_BITS_COMPLEX, 28));
	IS(0, rig_receive_id(to));
}

CASE(descriptors_must_fit_into_the_message)
{
	mach_port_name_t to = rig_port_send();
	struct rig_msg msg;
	const uint32_t counts[] = { 2, 3, 1000, 0x15555556, 0x80000000, ~0u };
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		memset(&msg, 0, sizeof(msg));
		msg.header.msgh_bits = COPY | MACH_MSGH_BITS_COMPLEX;
		msg.header.msgh_remote_port = to;
		msg.body.msgh_descriptor_count = counts[i];
		msg.port[0].disposition = MACH_MSG_TYPE_COPY_SEND;
		IS(MACH_SEND_MSG_TOO_SMALL,
		    mach_msg(&msg.header, MACH_SEND_MSG, 40, 0, MACH_PORT_NULL,
			0, MACH_PORT_NULL));
	}
	IS(1, rig_refs(to, SEND));
	ATF_CHECK(rig_is_silent(to));
}

CASE(bits_that_no_user_may_set_are_an_invalid_header)
{
	mach_port_name_t to = rig_port_send();
	int bit;

	for (bit = 0; bit < 32; bit++) {
		if (MACH_MSGH_BITS_USER & 1u << bit)
			continue;
		IS(MACH_SEND_INVALID_HEADER,
		    send_sized(to, COPY | 1u << bit, 24));
	}
	ATF_CHECK(rig_is_silent(to));
}

CASE(the_destination_is_sent_to_by_a_send_right)
{
	mach_port_name_t to = rig_port_send();
	uint32_t type;

	for (type = 0; type < 32; type++) {
		if (MACH_MSG_TYPE_PORT_ANY_SEND(type))
			continue;
		IS(MACH_SEND_INVALID_HEADER, send_sized(to, type, 24));
	}
	ATF_CHECK(rig_is_silent(to));
}

CASE(without_a_reply_disposition_there_is_no_reply_port)
{
	mach_port_name_t to = rig_port_send();
	mach_msg_header_t h = {
		.msgh_bits = COPY,
		.msgh_remote_port = to,
		.msgh_local_port = to,
	};
	uint32_t type;

	for (type = 0; type < 32; type++) {
		if (MACH_MSG_TYPE_PORT_ANY_SEND(type))
			continue;
		h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, type);
		IS(MACH_SEND_INVALID_HEADER,
		    mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL));
	}
}

/* freebsd-launchd-mach hung for ever here. */
CASE(a_null_or_dead_destination_fails_at_once)
{
	const mach_port_name_t names[] = { MACH_PORT_NULL, MACH_PORT_DEAD };
	mach_port_name_t reply = rig_port();
	mach_msg_header_t h;
	int i;

	for (i = 0; i < 2; i++) {
		memset(&h, 0, sizeof(h));
		h.msgh_bits = COPY;
		h.msgh_remote_port = names[i];
		IS(MACH_SEND_INVALID_DEST,
		    mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL));
		/* An RPC too: there is nothing to wait for. */
		h.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		h.msgh_local_port = reply;
		IS(MACH_SEND_INVALID_DEST,
		    mach_msg(&h, MACH_SEND_MSG | MACH_RCV_MSG, sizeof(h),
			sizeof(h), reply, 0, MACH_PORT_NULL));
	}
	IS(0, rig_status(reply).mps_sorights);
}

CASE(a_destination_that_is_no_send_right_is_invalid_dest)
{
	mach_port_name_t port = rig_port(), set = rig_set(), once;

	once = rig_send_once(port);
	IS(MACH_SEND_INVALID_DEST, rig_send(0x7703, COPY, 1));
	IS(MACH_SEND_INVALID_DEST, rig_send(set, COPY, 1));
	IS(MACH_SEND_INVALID_DEST, rig_send(port, COPY, 1));
	IS(MACH_SEND_INVALID_DEST, rig_send(once, COPY, 1));
	IS(MACH_SEND_INVALID_DEST, rig_send(set, MACH_MSG_TYPE_MAKE_SEND, 1));
	IS(MACH_SEND_INVALID_DEST,
	    rig_send(once, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1));
}

static mach_msg_return_t
send_voucher(mach_port_name_t to, uint32_t type, mach_port_name_t voucher)
{
	mach_msg_header_t h = {
		.msgh_bits =
		    MACH_MSGH_BITS_SET(MACH_MSG_TYPE_COPY_SEND, 0, type, 0),
		.msgh_remote_port = to,
		.msgh_voucher_port = voucher,
	};

	return (mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

CASE(without_a_voucher_type_the_field_passes_through)
{
	mach_port_name_t to = rig_port_send();
	struct rig_msg msg;

	IS(0, send_voucher(to, 0, 0xdeadbeef));
	IS(0, rig_receive(to, &msg));
	IS(0xdeadbeef, msg.header.msgh_voucher_port);
	IS(0, MACH_MSGH_BITS_VOUCHER(msg.header.msgh_bits));
}

CASE(a_voucher_that_is_none_is_invalid)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	struct rig_msg msg;
	uint32_t type;

	for (type = 1; type < 32; type++) {
		bool move_or_copy = type == MACH_MSG_TYPE_MOVE_SEND ||
				    type == MACH_MSG_TYPE_COPY_SEND;

		IS(MACH_SEND_INVALID_VOUCHER, send_voucher(to, type, port));
		IS(MACH_SEND_INVALID_VOUCHER,
		    send_voucher(to, type, MACH_PORT_DEAD));
		IS(move_or_copy ? 0 : MACH_SEND_INVALID_VOUCHER,
		    send_voucher(to, type, MACH_PORT_NULL));
	}
	IS(1, rig_refs(port, SEND));
	IS(0, rig_receive(to, &msg));
	IS(0, msg.header.msgh_voucher_port);
}

CASE(nothing_to_do_is_success)
{
	mach_msg_header_t h = { 0 };

	IS(0, mach_msg(&h, MACH_MSG_OPTION_NONE, 0, 0, MACH_PORT_NULL, 0,
		  MACH_PORT_NULL));
}

CASE(a_buffer_that_cannot_be_read_is_invalid_data)
{
	IS(MACH_SEND_INVALID_DATA, mach_msg(NULL, MACH_SEND_MSG, 24, 0,
				       MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/* What a body took before it failed is gone; the header's rights too. */
CASE(a_body_that_fails_loses_what_was_taken)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port(), there, a, reply = rig_port(), once;
	struct rig_msg msg;

	there = rig_give(peer, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	a = rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND);
	once = rig_send_once(reply);
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
				   MACH_MSG_TYPE_MOVE_SEND_ONCE) |
			       MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_remote_port = rig_port();
	msg.header.msgh_local_port = once;
	msg.body.msgh_descriptor_count = 2;
	msg.port[0].name = a;
	msg.port[0].disposition = MACH_MSG_TYPE_MOVE_SEND;
	msg.port[1].name = 0x7703;
	msg.port[1].disposition = MACH_MSG_TYPE_MOVE_SEND;
	IS(MACH_SEND_INVALID_RIGHT, mach_msg(&msg.header, MACH_SEND_MSG, 52, 0,
					MACH_PORT_NULL, 0, MACH_PORT_NULL));
	IS(0, rig_type(a));
	IS(0, rig_type(once));
	/* No pseudo-receive: the buffer is as it was. */
	IS(a, msg.port[0].name);
	IS(MACH_MSG_TYPE_MOVE_SEND, msg.port[0].disposition);
	/* The reply right was not used, and its receiver hears of it. */
	ATF_CHECK(rig_is_notified(reply, MACH_NOTIFY_SEND_ONCE, 0));
	rig_task_destroy(peer);
}

/* A queue that is full, and what of a message comes back from it. */
CASE(a_message_that_times_out_comes_back_with_its_rights)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t to = rig_port_send(), a, b, there, reply = rig_port();
	struct rig_msg msg;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(to, MACH_MSG_TYPE_COPY_SEND, i));
	there = rig_give(peer, rig_port(), MACH_MSG_TYPE_MOVE_RECEIVE);
	a = rig_take(peer, there, MACH_MSG_TYPE_MAKE_SEND);
	b = rig_port();
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
				   MACH_MSG_TYPE_MAKE_SEND_ONCE) |
			       MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_remote_port = to;
	msg.header.msgh_local_port = reply;
	msg.header.msgh_id = 99;
	msg.body.msgh_descriptor_count = 2;
	msg.port[0].name = a;
	msg.port[0].disposition = MACH_MSG_TYPE_MOVE_SEND;
	msg.port[1].name = b;
	msg.port[1].disposition = MACH_MSG_TYPE_MAKE_SEND;
	IS(MACH_SEND_TIMED_OUT,
	    mach_msg(&msg.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 52, 0,
		MACH_PORT_NULL, 0, MACH_PORT_NULL));
	/* All of it as moves, and the names are the sender's. */
	IS(MACH_MSG_TYPE_MOVE_SEND,
	    MACH_MSGH_BITS_REMOTE(msg.header.msgh_bits));
	IS(MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    MACH_MSGH_BITS_LOCAL(msg.header.msgh_bits));
	IS(to, msg.header.msgh_remote_port);
	IS(2, rig_refs(to, SEND));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(msg.header.msgh_local_port));
	IS(99, msg.header.msgh_id);
	/* Its name went with its last reference: it has another now. */
	IS(0, rig_type(a));
	a = msg.port[0].name;
	IS(MACH_MSG_TYPE_MOVE_SEND, msg.port[0].disposition);
	IS(1, rig_refs(a, SEND));
	IS(b, msg.port[1].name);
	IS(MACH_MSG_TYPE_MOVE_SEND, msg.port[1].disposition);
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(b));
	/* As it is, it can be sent again, and nothing has leaked. */
	IS(0, rig_receive_id(to));
	IS(0, mach_msg(&msg.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 52, 0,
		  MACH_PORT_NULL, 0, MACH_PORT_NULL));
	IS(1, rig_refs(to, SEND));
	IS(0, rig_type(a));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(b));
	rig_task_destroy(peer);
}

CASE(a_receive_right_comes_back_under_a_name)
{
	mach_port_name_t to = rig_port_send(), port = rig_port();
	struct rig_msg msg;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(to, MACH_MSG_TYPE_COPY_SEND, i));
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits = COPY | MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_remote_port = to;
	msg.body.msgh_descriptor_count = 1;
	msg.port[0].name = port;
	msg.port[0].disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	IS(MACH_SEND_TIMED_OUT,
	    mach_msg(&msg.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 40, 0,
		MACH_PORT_NULL, 0, MACH_PORT_NULL));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(msg.port[0].name));
	IS(0, rig_send(msg.port[0].name, MACH_MSG_TYPE_MAKE_SEND, 3));
	IS(3, rig_receive_id(msg.port[0].name));
}

CASE(a_circular_message_is_swallowed)
{
	mach_port_name_t a = rig_port_send(), b = rig_port_send();
	uint32_t before;

	/* Into itself. */
	IS(0, rig_send_right(a, a, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(a));
	/* Into one that is on its way to it. */
	a = rig_port_send();
	before = rig_names();
	IS(0, rig_send_right(a, b, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_PORT_TYPE_SEND, rig_type(b));
	IS(0, rig_send_right(b, a, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(a));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(b));
	IS(before, rig_names());
}

CASE(a_long_chain_in_transit_ends_with_its_head)
{
	enum { N = 3000 };
	mach_port_name_t head = rig_port_send(), port = head, next;
	uint32_t before = rig_names();
	int i;

	for (i = 0; i < N; i++) {
		next = rig_port_send();
		ATF_REQUIRE_EQ(
		    0, rig_send_right(next, port, MACH_MSG_TYPE_MOVE_RECEIVE));
		OK(mach_port_destroy(SELF, port));
		port = next;
	}
	IS(before, rig_names());
	OK(mach_port_destroy(SELF, port));
	IS(before - 1, rig_names());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_message_is_at_least_a_header_of_whole_words);
	ATF_TP_ADD_TC(tp, the_size_in_the_header_is_not_believed);
	ATF_TP_ADD_TC(tp, a_message_is_at_most_48_mib_less_68);
	ATF_TP_ADD_TC(tp, what_is_too_large_is_not_read);
	ATF_TP_ADD_TC(tp, a_complex_message_has_room_for_its_count);
	ATF_TP_ADD_TC(tp, descriptors_must_fit_into_the_message);
	ATF_TP_ADD_TC(tp, bits_that_no_user_may_set_are_an_invalid_header);
	ATF_TP_ADD_TC(tp, the_destination_is_sent_to_by_a_send_right);
	ATF_TP_ADD_TC(tp, without_a_reply_disposition_there_is_no_reply_port);
	ATF_TP_ADD_TC(tp, a_null_or_dead_destination_fails_at_once);
	ATF_TP_ADD_TC(tp, a_destination_that_is_no_send_right_is_invalid_dest);
	ATF_TP_ADD_TC(tp, without_a_voucher_type_the_field_passes_through);
	ATF_TP_ADD_TC(tp, a_voucher_that_is_none_is_invalid);
	ATF_TP_ADD_TC(tp, nothing_to_do_is_success);
	ATF_TP_ADD_TC(tp, a_buffer_that_cannot_be_read_is_invalid_data);
	ATF_TP_ADD_TC(tp, a_body_that_fails_loses_what_was_taken);
	ATF_TP_ADD_TC(tp, a_message_that_times_out_comes_back_with_its_rights);
	ATF_TP_ADD_TC(tp, a_receive_right_comes_back_under_a_name);
	ATF_TP_ADD_TC(tp, a_circular_message_is_swallowed);
	ATF_TP_ADD_TC(tp, a_long_chain_in_transit_ends_with_its_head);
	return (atf_no_error());
}
