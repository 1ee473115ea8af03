/*
 * mach_msg2: the header in registers, two vectors, auxiliary data.  XNU
 * osfmk/ipc/mach_msg.c.
 */
#include <string.h>

#include "tests/mach/rig.h"

#define COPY MACH_MSG_TYPE_COPY_SEND
#define SEND_OPTIONS (MACH64_SEND_MSG | MACH64_SEND_MQ_CALL)
#define RCV_OPTIONS (MACH64_RCV_MSG | MACH64_RCV_TIMEOUT)

struct aux {
	mach_msg_aux_header_t header;
	uint8_t data[1100];
};

static mach_msg_header_t
header_to(mach_port_name_t to, int id)
{
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(COPY, 0),
		.msgh_remote_port = to,
		.msgh_id = id,
	};

	return (h);
}

CASE(a_scalar_message_is_a_message)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.word[0] = 0x12345678;
	IS(0, mach_msg2(&msg, SEND_OPTIONS, header_to(port, 77), 28, 0,
		  MACH_PORT_NULL, 0, 0));
	memset(&msg, 0, sizeof(msg));
	IS(0, mach_msg2(
		  &msg, RCV_OPTIONS, msg.header, 0, sizeof(msg), port, 0, 0));
	IS(77, msg.header.msgh_id);
	IS(28, msg.header.msgh_size);
	IS(0x12345678, msg.word[0]);
	IS(port, msg.header.msgh_local_port);
}

/* What stands in the buffer where a header would be is not looked at. */
CASE(the_header_is_the_arguments)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;

	memset(&msg, 0xee, sizeof(msg));
	IS(0, mach_msg2_internal(&msg, SEND_OPTIONS,
		  (uint64_t)24 << 32 | MACH_MSGH_BITS(COPY, 0), port,
		  (uint64_t)5 << 32, 0, 0, 0));
	IS(5, rig_receive_id(port));
}

CASE(a_simple_message_has_no_descriptors)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	IS(MACH_SEND_TOO_LARGE,
	    mach_msg2_internal(&msg, SEND_OPTIONS,
		(uint64_t)40 << 32 | MACH_MSGH_BITS(COPY, 0), port, 0, 1, 0,
		0));
	/* And of a complex one the argument counts, not the body's word. */
	msg.body.msgh_descriptor_count = 1000;
	msg.port[0].name = port;
	msg.port[0].disposition = COPY;
	IS(0, mach_msg2_internal(&msg, SEND_OPTIONS,
		  (uint64_t)40 << 32 | MACH_MSGH_BITS(COPY, 0) |
		      MACH_MSGH_BITS_COMPLEX,
		  port, 0, 1, 0, 0));
	IS(0, rig_receive(port, &msg));
	IS(1, msg.body.msgh_descriptor_count);
	IS(port, msg.port[0].name);
}

CASE(a_combined_call_sends_and_receives)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	IS(0, mach_msg2(&msg, SEND_OPTIONS | RCV_OPTIONS, header_to(port, 9),
		  24, sizeof(msg), port, 0, 0));
	IS(9, msg.header.msgh_id);
}

/*
 * Vectors
 */

static mach_msg_return_t
send_vector(mach_port_name_t to, uint32_t n, void *data, uint32_t size,
    void *aux, uint32_t aux_size)
{
	mach_msg_vector_t v[3] = {
		{ .msgv_data = (mach_vm_address_t)(uintptr_t)data,
		    .msgv_send_size = size },
		{ .msgv_data = (mach_vm_address_t)(uintptr_t)aux,
		    .msgv_send_size = aux_size },
	};

	return (mach_msg2_internal(v, SEND_OPTIONS | MACH64_MSG_VECTOR,
	    (uint64_t)n << 32 | MACH_MSGH_BITS(COPY, 0), to, (uint64_t)66 << 32,
	    0, 0, 0));
}

static mach_msg_return_t
receive_vector(mach_port_name_t from, uint32_t n, void *data, uint32_t size,
    void *aux, uint32_t aux_size, mach_msg_option64_t options)
{
	mach_msg_vector_t v[3] = {
		{ .msgv_rcv_addr = (mach_vm_address_t)(uintptr_t)data,
		    .msgv_rcv_size = size },
		{ .msgv_rcv_addr = (mach_vm_address_t)(uintptr_t)aux,
		    .msgv_rcv_size = aux_size },
	};

	return (mach_msg2_internal(v, RCV_OPTIONS | MACH64_MSG_VECTOR | options,
	    0, 0, 0, (uint64_t)from << 32, n, 0));
}

static void
aux_fill(struct aux *aux)
{
	size_t i;

	aux->header.msgdh_size = 0x7777; /* not believed */
	aux->header.msgdh_reserved = 0;
	for (i = 0; i < sizeof(aux->data); i++)
		aux->data[i] = (uint8_t)(i % 13);
}

CASE(auxiliary_data_goes_along)
{
	mach_port_name_t port = rig_port_send();
	const uint32_t sizes[] = { 8, 9, 12, 64, 128, 1000, 1024 };
	struct aux aux, got;
	struct rig_msg msg;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(&msg, 0, sizeof(msg));
		memset(&got, 0, sizeof(got));
		aux_fill(&aux);
		IS(0, send_vector(port, 2, &msg, 24, &aux, sizes[i]));
		IS(0, receive_vector(
			  port, 2, &msg, sizeof(msg), &got, sizeof(got), 0));
		IS(66, msg.header.msgh_id);
		IS(24, msg.header.msgh_size);
		IS(sizes[i], got.header.msgdh_size);
		IS(0, memcmp(got.data, aux.data, sizes[i] - 8));
	}
}

CASE(no_auxiliary_data_is_an_empty_header)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;
	struct aux got;

	memset(&msg, 0, sizeof(msg));
	memset(&got, 0xee, sizeof(got));
	IS(0, send_vector(port, 1, &msg, 24, NULL, 0));
	IS(0, receive_vector(port, 2, &msg, sizeof(msg), &got, sizeof(got), 0));
	IS(0, got.header.msgdh_size);
	IS(0xee, got.data[0]);
	IS(0, send_vector(port, 2, &msg, 24, NULL, 0));
	IS(66, rig_receive_id(port));
}

CASE(auxiliary_data_that_nobody_wants_is_dropped)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;
	struct aux aux;

	aux_fill(&aux);
	memset(&msg, 0, sizeof(msg));
	IS(0, send_vector(port, 2, &msg, 24, &aux, 64));
	IS(66, rig_receive_id(port));
	IS(0, send_vector(port, 2, &msg, 24, &aux, 64));
	IS(0, receive_vector(port, 1, &msg, sizeof(msg), NULL, 0, 0));
	IS(66, msg.header.msgh_id);
}

CASE(auxiliary_data_has_its_limits)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;
	struct aux aux;
	uint32_t size;

	aux_fill(&aux);
	memset(&msg, 0, sizeof(msg));
	for (size = 1; size < 8; size++)
		IS(MACH_SEND_AUX_TOO_SMALL,
		    send_vector(port, 2, &msg, 24, &aux, size));
	IS(MACH_SEND_AUX_TOO_LARGE, send_vector(port, 2, &msg, 24, &aux, 1025));
	IS(MACH_SEND_INVALID_DATA, send_vector(port, 2, &msg, 24, NULL, 64));
	ATF_CHECK(rig_is_silent(port));
}

CASE(too_large_auxiliary_data_is_told)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;
	struct aux aux, got;

	aux_fill(&aux);
	memset(&msg, 0, sizeof(msg));
	IS(0, send_vector(port, 2, &msg, 24, &aux, 64));
	memset(&got, 0xee, sizeof(got));
	IS(MACH_RCV_TOO_LARGE, receive_vector(port, 2, &msg, sizeof(msg), &got,
				   32, MACH64_RCV_LARGE));
	IS(24, msg.header.msgh_size);
	IS(64, got.header.msgdh_size);
	IS(0xee, got.data[0]);
	IS(0, receive_vector(
		  port, 2, &msg, sizeof(msg), &got, 64, MACH64_RCV_LARGE));
	IS(64, got.header.msgdh_size);
}

CASE(vectors_are_one_or_two)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;
	struct aux aux;

	memset(&msg, 0, sizeof(msg));
	memset(&aux, 0, sizeof(aux));
	IS(MACH_SEND_MSG_TOO_SMALL, send_vector(port, 0, &msg, 24, NULL, 0));
	IS(MACH_SEND_INVALID_DATA, send_vector(port, 3, &msg, 24, NULL, 0));
	IS(MACH_SEND_INVALID_DATA,
	    send_vector(port, 0x80000000, &msg, 24, NULL, 0));
	IS(MACH_SEND_INVALID_DATA, send_vector(port, 1, NULL, 24, NULL, 0));
	IS(MACH_SEND_MSG_TOO_SMALL, send_vector(port, 1, &msg, 20, NULL, 0));
	IS(MACH_SEND_INVALID_DATA,
	    mach_msg2_internal(NULL, SEND_OPTIONS | MACH64_MSG_VECTOR,
		(uint64_t)1 << 32 | MACH_MSGH_BITS(COPY, 0), port, 0, 0, 0, 0));
	IS(MACH_RCV_INVALID_ARGUMENTS,
	    receive_vector(port, 0, &msg, sizeof(msg), NULL, 0, 0));
	IS(MACH_RCV_INVALID_ARGUMENTS,
	    receive_vector(port, 3, &msg, sizeof(msg), NULL, 0, 0));
	IS(MACH_RCV_INVALID_ARGUMENTS,
	    receive_vector(port, 2, &msg, sizeof(msg), NULL, 64, 0));
	IS(MACH_RCV_INVALID_ARGUMENTS,
	    receive_vector(port, 2, &msg, sizeof(msg), &aux, 4, 0));
	ATF_CHECK(rig_is_silent(port));
}

/* XNU: "bad receive args do not stop us from sending". */
CASE(bad_receive_vectors_are_told_after_the_message_went)
{
	mach_port_name_t port = rig_port_send();
	mach_msg_vector_t v[2];
	struct rig_msg msg;

	memset(&msg, 0, sizeof(msg));
	memset(v, 0, sizeof(v));
	v[0].msgv_data = (mach_vm_address_t)(uintptr_t)&msg;
	v[0].msgv_send_size = 24;
	IS(MACH_RCV_INVALID_ARGUMENTS,
	    mach_msg2_internal(v,
		SEND_OPTIONS | RCV_OPTIONS | MACH64_MSG_VECTOR,
		(uint64_t)1 << 32 | MACH_MSGH_BITS(COPY, 0), port,
		(uint64_t)3 << 32, (uint64_t)port << 32, 0, 0));
	IS(3, rig_receive_id(port));
}

CASE(a_vector_receives_into_its_second_address)
{
	mach_port_name_t port = rig_port_send();
	mach_msg_vector_t v = { 0 };
	struct rig_msg out, in;

	memset(&out, 0, sizeof(out));
	memset(&in, 0, sizeof(in));
	v.msgv_data = (mach_vm_address_t)(uintptr_t)&out;
	v.msgv_rcv_addr = (mach_vm_address_t)(uintptr_t)&in;
	v.msgv_send_size = 24;
	v.msgv_rcv_size = sizeof(in);
	IS(0, mach_msg2_internal(&v,
		  SEND_OPTIONS | RCV_OPTIONS | MACH64_MSG_VECTOR,
		  (uint64_t)1 << 32 | MACH_MSGH_BITS(COPY, 0), port,
		  (uint64_t)3 << 32, (uint64_t)port << 32, 1, 0));
	IS(3, in.header.msgh_id);
	IS(0, out.header.msgh_id);
}

CASE(a_failed_send_comes_back_into_the_buffer)
{
	mach_port_name_t port = rig_port_send(), reply = rig_port();
	struct rig_msg msg;
	mach_msg_header_t h;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		IS(0, rig_send(port, COPY, i));
	memset(&msg, 0, sizeof(msg));
	h = header_to(port, 8);
	h.msgh_bits = MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h.msgh_local_port = reply;
	IS(MACH_SEND_TIMED_OUT,
	    mach_msg2(&msg, SEND_OPTIONS | MACH64_SEND_TIMEOUT, h, 24, 0,
		MACH_PORT_NULL, 0, 0));
	IS(port, msg.header.msgh_remote_port);
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(msg.header.msgh_local_port));
	IS(MACH_MSGH_BITS(
	       MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE),
	    msg.header.msgh_bits);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_scalar_message_is_a_message);
	ATF_TP_ADD_TC(tp, the_header_is_the_arguments);
	ATF_TP_ADD_TC(tp, a_simple_message_has_no_descriptors);
	ATF_TP_ADD_TC(tp, a_combined_call_sends_and_receives);
	ATF_TP_ADD_TC(tp, auxiliary_data_goes_along);
	ATF_TP_ADD_TC(tp, no_auxiliary_data_is_an_empty_header);
	ATF_TP_ADD_TC(tp, auxiliary_data_that_nobody_wants_is_dropped);
	ATF_TP_ADD_TC(tp, auxiliary_data_has_its_limits);
	ATF_TP_ADD_TC(tp, too_large_auxiliary_data_is_told);
	ATF_TP_ADD_TC(tp, vectors_are_one_or_two);
	ATF_TP_ADD_TC(tp, bad_receive_vectors_are_told_after_the_message_went);
	ATF_TP_ADD_TC(tp, a_vector_receives_into_its_second_address);
	ATF_TP_ADD_TC(tp, a_failed_send_comes_back_into_the_buffer);
	return (atf_no_error());
}
