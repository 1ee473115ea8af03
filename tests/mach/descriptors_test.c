/*
 * Descriptors of complex messages: ports, memory, arrays of ports, guarded
 * ports.  XNU osfmk/ipc/ipc_kmsg.c.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/mach/rig.h"

#define COPY MACH_MSG_TYPE_COPY_SEND

struct ool_msg {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t ool;
	mach_msg_max_trailer_t trailer;
};

struct ports_msg {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_max_trailer_t trailer;
};

struct guarded_msg {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_guarded_port_descriptor_t guarded;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

static mach_msg_return_t
send_msg(void *msg, mach_port_name_t to, mach_msg_size_t size)
{
	mach_msg_header_t *h = msg;

	h->msgh_bits = MACH_MSGH_BITS(COPY, 0) | MACH_MSGH_BITS_COMPLEX;
	h->msgh_remote_port = to;
	return (mach_msg(h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static mach_msg_return_t
receive_msg(void *msg, mach_port_name_t from, mach_msg_size_t size,
    mach_msg_option_t options)
{
	return (mach_msg(msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT | options, 0,
	    size, from, 0, MACH_PORT_NULL));
}

static mach_msg_return_t
send_memory(mach_port_name_t to, void *address, mach_msg_size_t size,
    mach_msg_copy_options_t copy, boolean_t deallocate, uint32_t type)
{
	struct ool_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.body.msgh_descriptor_count = 1;
	msg.ool.address = address;
	msg.ool.size = size;
	msg.ool.copy = copy & 0xff;
	msg.ool.deallocate = deallocate & 0xff;
	msg.ool.type = type & 0xff;
	return (send_msg(&msg, to, offsetof(struct ool_msg, trailer)));
}

static uint8_t *
pages(size_t size)
{
	mach_vm_address_t address = 0;
	uint8_t *p;
	size_t i;

	OK(mach_vm_allocate(SELF, &address, size, VM_FLAGS_ANYWHERE));
	p = (uint8_t *)(uintptr_t)address;
	for (i = 0; i < size; i++)
		p[i] = (uint8_t)(i % 251);
	return (p);
}

static bool
is_content(const uint8_t *p, size_t size, size_t from)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (p[i] != (uint8_t)((i + from) % 251))
			return (false);
	}
	return (true);
}

CASE(memory_is_as_it_was_when_it_was_sent)
{
	const mach_msg_size_t sizes[] = { 1, 100, 4096, 4097, 65536, 1000003 };
	mach_port_name_t to = rig_port_send();
	struct ool_msg msg;
	uint8_t *p;
	size_t i;
	int copy;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (copy = 0; copy < 2; copy++) {
			p = pages(sizes[i]);
			IS(0, send_memory(to, p, sizes[i],
				  (mach_msg_copy_options_t)copy, FALSE,
				  MACH_MSG_OOL_DESCRIPTOR));
			/* What the sender does then does not matter. */
			memset(p, 0, sizes[i]);
			OK(mach_vm_deallocate(
			    SELF, (mach_vm_address_t)(uintptr_t)p, sizes[i]));
			IS(0, receive_msg(&msg, to, sizeof(msg), 0));
			IS(sizes[i], msg.ool.size);
			IS(MACH_MSG_OOL_DESCRIPTOR, msg.ool.type);
			ATF_CHECK(is_content(msg.ool.address, sizes[i], 0));
			memset(msg.ool.address, 1, sizes[i]);
			OK(mach_vm_deallocate(SELF,
			    (mach_vm_address_t)(uintptr_t)msg.ool.address,
			    sizes[i]));
		}
	}
}

CASE(memory_need_not_begin_with_a_page)
{
	mach_port_name_t to = rig_port_send();
	uint8_t *p = pages(20000);
	struct ool_msg msg;

	IS(0, send_memory(to, p + 777, 10001, MACH_MSG_VIRTUAL_COPY, FALSE,
		  MACH_MSG_OOL_DESCRIPTOR));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(10001, msg.ool.size);
	ATF_CHECK(is_content(msg.ool.address, 10001, 777));
	ATF_CHECK(is_content(p, 20000, 0));
}

CASE(deallocated_memory_leaves_the_sender)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	mach_port_name_t to = rig_port_send();
	uint8_t *p = pages(4 * page);
	struct ool_msg msg;

	IS(0, send_memory(to, p, (mach_msg_size_t)(4 * page),
		  MACH_MSG_VIRTUAL_COPY, TRUE, MACH_MSG_OOL_DESCRIPTOR));
	/* Destroyed unreceived it is nowhere: it cannot be sent again. */
	OK(mach_port_mod_refs(SELF, to, MACH_PORT_RIGHT_RECEIVE, -1));
	to = rig_port_send();
	IS(MACH_SEND_INVALID_MEMORY,
	    send_memory(to, p, 1, MACH_MSG_VIRTUAL_COPY, FALSE,
		MACH_MSG_OOL_DESCRIPTOR));
	p = pages(4 * page);
	IS(0, send_memory(to, p, (mach_msg_size_t)(4 * page),
		  MACH_MSG_PHYSICAL_COPY, TRUE, MACH_MSG_OOL_DESCRIPTOR));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	ATF_CHECK(is_content(msg.ool.address, 4 * page, 0));
}

/* All of it leaves the sender, or nothing does. */
CASE(many_large_pieces_go_at_once_or_stay)
{
	enum { SIZE = 80 << 10, MOST = 80 };
	static const unsigned int counts[] = { 64, MOST };
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_descriptor_t ool[MOST];
		mach_msg_max_trailer_t trailer;
	} msg;
	mach_port_name_t to = rig_port_send();
	unsigned int i, j, n;

	for (j = 0; j < 2; j++) {
		n = counts[j];
		memset(&msg, 0, sizeof(msg));
		msg.body.msgh_descriptor_count = n;
		for (i = 0; i < n; i++)
			msg.ool[i] =
			    (mach_msg_ool_descriptor_t){ .address = pages(SIZE),
				    .size = SIZE,
				    .copy = MACH_MSG_VIRTUAL_COPY,
				    .deallocate = TRUE,
				    .type = MACH_MSG_OOL_DESCRIPTOR };
		if (n > rig_large_pieces()) {
			IS(MACH_SEND_NO_BUFFER,
			    send_msg(&msg, to,
				sizeof(msg.header) + sizeof(msg.body) +
				    n * sizeof(msg.ool[0])));
			ATF_CHECK(rig_is_silent(to));
		} else {
			IS(0, send_msg(&msg, to,
				  sizeof(msg.header) + sizeof(msg.body) +
				      n * sizeof(msg.ool[0])));
			IS(0, receive_msg(&msg, to, sizeof(msg), 0));
		}
		for (i = 0; i < n; i++) {
			ATF_CHECK(is_content(msg.ool[i].address, SIZE, 0));
			OK(mach_vm_deallocate(SELF,
			    (mach_vm_address_t)(uintptr_t)msg.ool[i].address,
			    SIZE));
		}
	}
}

CASE(memory_of_size_0_has_no_address)
{
	mach_port_name_t to = rig_port_send();
	struct ool_msg msg;

	IS(0, send_memory(to, (void *)8, 0, MACH_MSG_VIRTUAL_COPY, FALSE,
		  MACH_MSG_OOL_DESCRIPTOR));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(0, msg.ool.size);
	ATF_CHECK(msg.ool.address == NULL);
}

CASE(memory_that_is_not_there_is_invalid_memory)
{
	mach_port_name_t to = rig_port_send(), reply = rig_port();
	struct ool_msg msg;

	IS(MACH_SEND_INVALID_MEMORY,
	    send_memory(to, NULL, 10, MACH_MSG_VIRTUAL_COPY, FALSE,
		MACH_MSG_OOL_DESCRIPTOR));
	IS(MACH_SEND_INVALID_MEMORY,
	    send_memory(to, (void *)(uintptr_t)0x7000, 10,
		MACH_MSG_PHYSICAL_COPY, FALSE, MACH_MSG_OOL_DESCRIPTOR));
	IS(MACH_SEND_INVALID_MEMORY,
	    send_memory(to, (void *)(uintptr_t)-16, 4096, MACH_MSG_VIRTUAL_COPY,
		FALSE, MACH_MSG_OOL_DESCRIPTOR));
	/* The header was taken, and is lost. */
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE) |
	    MACH_MSGH_BITS_COMPLEX;
	msg.header.msgh_remote_port = to;
	msg.header.msgh_local_port = reply;
	msg.body.msgh_descriptor_count = 1;
	msg.ool.size = 10;
	msg.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	IS(MACH_SEND_INVALID_MEMORY, mach_msg(&msg.header, MACH_SEND_MSG,
					 offsetof(struct ool_msg, trailer), 0,
					 MACH_PORT_NULL, 0, MACH_PORT_NULL));
	ATF_CHECK(rig_is_notified(reply, MACH_NOTIFY_SEND_ONCE, 0));
	ATF_CHECK(rig_is_silent(to));
}

CASE(unknown_copy_options_are_an_invalid_type)
{
	mach_port_name_t to = rig_port_send();
	uint8_t *p = pages(10);
	uint32_t copy;

	for (copy = 2; copy < 256; copy++)
		IS(MACH_SEND_INVALID_TYPE, send_memory(to, p, 10, copy, FALSE,
					       MACH_MSG_OOL_DESCRIPTOR));
	ATF_CHECK(rig_is_silent(to));
}

CASE(unknown_descriptors_are_an_invalid_type)
{
	mach_port_name_t to = rig_port_send();
	uint8_t *p = pages(10);
	uint32_t type;

	for (type = MACH_MSG_DESCRIPTOR_MAX + 1; type < 256; type++)
		IS(MACH_SEND_INVALID_TYPE,
		    send_memory(to, p, 10, MACH_MSG_VIRTUAL_COPY, FALSE, type));
	ATF_CHECK(rig_is_silent(to));
}

CASE(volatile_memory_is_sent_as_other_memory)
{
	mach_port_name_t to = rig_port_send();
	uint8_t *p = pages(5000);
	struct ool_msg msg;

	IS(0, send_memory(to, p, 5000, MACH_MSG_VIRTUAL_COPY, FALSE,
		  MACH_MSG_OOL_VOLATILE_DESCRIPTOR));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(5000, msg.ool.size);
	ATF_CHECK(is_content(msg.ool.address, 5000, 0));
}

/* An invalid type is found before anything is taken. */
CASE(an_invalid_descriptor_takes_nothing_of_the_others)
{
	mach_port_name_t to = rig_port_send(), once, reply = rig_port();
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t ool;
	} msg;

	once = rig_send_once(reply);
	memset(&msg, 0, sizeof(msg));
	msg.body.msgh_descriptor_count = 2;
	msg.port.name = once;
	msg.port.disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	msg.ool.address = &msg;
	msg.ool.size = 4;
	msg.ool.copy = 77;
	msg.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	IS(MACH_SEND_INVALID_TYPE, send_msg(&msg, to, sizeof(msg)));
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(once));
	ATF_CHECK(rig_is_silent(reply));
}

/*
 * Arrays of ports
 */

static mach_msg_return_t
send_ports(mach_port_name_t to, mach_port_name_t *names, uint32_t n,
    mach_msg_type_name_t disposition, boolean_t deallocate)
{
	struct ports_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.body.msgh_descriptor_count = 1;
	msg.ports.address = names;
	msg.ports.count = n;
	msg.ports.disposition = disposition & 0xff;
	msg.ports.deallocate = deallocate & 0xff;
	msg.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	return (send_msg(&msg, to, offsetof(struct ports_msg, trailer)));
}

CASE(an_array_of_ports_arrives_as_names)
{
	mach_port_name_t to = rig_port_send(), names[100], *out;
	struct ports_msg msg;
	int i;

	for (i = 0; i < 100; i++)
		names[i] = rig_port();
	IS(0, send_ports(to, names, 100, MACH_MSG_TYPE_MAKE_SEND, FALSE));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(100, msg.ports.count);
	IS(MACH_MSG_TYPE_PORT_SEND, msg.ports.disposition);
	IS(TRUE, msg.ports.deallocate);
	IS(MACH_MSG_OOL_PORTS_DESCRIPTOR, msg.ports.type);
	out = msg.ports.address;
	for (i = 0; i < 100; i++) {
		IS(names[i], out[i]);
		IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(out[i]));
	}
	OK(mach_vm_deallocate(SELF, (mach_vm_address_t)(uintptr_t)out, 400));
}

CASE(an_array_may_hold_null_dead_and_the_same)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	mach_port_name_t names[5] = { MACH_PORT_NULL, port, MACH_PORT_DEAD,
		port, rig_dead_name(1) };
	mach_port_name_t *out;
	struct ports_msg msg;

	IS(0, send_ports(to, names, 5, COPY, FALSE));
	IS(3, rig_srights(port));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	out = msg.ports.address;
	IS(MACH_PORT_NULL, out[0]);
	IS(port, out[1]);
	IS(MACH_PORT_DEAD, out[2]);
	IS(port, out[3]);
	IS(MACH_PORT_DEAD, out[4]);
	IS(3, rig_refs(port, MACH_PORT_RIGHT_SEND));
}

CASE(an_array_of_no_ports_has_no_address)
{
	mach_port_name_t to = rig_port_send();
	struct ports_msg msg;

	IS(0, send_ports(to, NULL, 0, COPY, FALSE));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(0, msg.ports.count);
	ATF_CHECK(msg.ports.address == NULL);
}

CASE(an_array_that_is_not_there_is_invalid_memory)
{
	mach_port_name_t to = rig_port_send();

	IS(MACH_SEND_INVALID_MEMORY, send_ports(to, NULL, 3, COPY, FALSE));
}

CASE(an_array_that_fails_in_the_middle_loses_its_beginning)
{
	mach_port_name_t to = rig_port_send(), port = rig_port(), names[3];

	names[0] = rig_send_once(port);
	names[1] = rig_send_once(port);
	names[2] = port;
	IS(MACH_SEND_INVALID_RIGHT,
	    send_ports(to, names, 3, MACH_MSG_TYPE_MOVE_SEND_ONCE, FALSE));
	IS(0, rig_type(names[0]));
	IS(0, rig_type(names[1]));
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	ATF_CHECK(rig_is_notified(port, MACH_NOTIFY_SEND_ONCE, 0));
	ATF_CHECK(rig_is_silent(to));
}

CASE(a_deallocated_array_leaves_the_sender)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	mach_port_name_t *names = (mach_port_name_t *)(void *)pages(4096);
	struct ports_msg msg;

	names[0] = names[1] = port;
	IS(0, send_ports(to, names, 2, COPY, TRUE));
	IS(MACH_SEND_INVALID_MEMORY,
	    send_memory(to, names, 8, MACH_MSG_VIRTUAL_COPY, FALSE,
		MACH_MSG_OOL_DESCRIPTOR));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(2, msg.ports.count);
}

CASE(a_message_has_at_most_16383_ports)
{
	enum { MAX = 16383 };
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	mach_port_name_t *names = calloc(MAX + 1, sizeof(names[0]));
	struct ports_msg msg;
	int i;

	ATF_REQUIRE(names != NULL);
	for (i = 0; i < MAX + 1; i++)
		names[i] = port;
	IS(MACH_SEND_TOO_LARGE, send_ports(to, names, MAX + 1, COPY, FALSE));
	IS(MACH_SEND_TOO_LARGE, send_ports(to, names, ~0u, COPY, FALSE));
	IS(1, rig_srights(port));
	IS(0, send_ports(to, names, MAX, COPY, FALSE));
	IS(MAX + 1, rig_srights(port));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(MAX, msg.ports.count);
	IS(MAX + 1, rig_refs(port, MACH_PORT_RIGHT_SEND));
	IS(1, rig_srights(port));
	free(names);
}

CASE(an_array_of_receive_rights_moves_them)
{
	mach_port_name_t to = rig_port_send(), names[3], *out;
	struct ports_msg msg;
	int i;

	for (i = 0; i < 3; i++) {
		names[i] = rig_port();
		IS(0, rig_send(names[i], MACH_MSG_TYPE_MAKE_SEND, i));
	}
	IS(0, send_ports(to, names, 3, MACH_MSG_TYPE_MOVE_RECEIVE, FALSE));
	for (i = 0; i < 3; i++)
		IS(0, rig_type(names[i]));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	out = msg.ports.address;
	for (i = 0; i < 3; i++)
		IS(i, rig_receive_id(out[i]));
}

/*
 * Guarded ports
 */

static mach_msg_return_t
send_guarded(mach_port_name_t to, mach_port_name_t name,
    mach_msg_type_name_t disposition, mach_msg_guard_flags_t flags,
    mach_port_context_t context)
{
	struct guarded_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.body.msgh_descriptor_count = 2;
	msg.guarded.context = context;
	msg.guarded.flags = flags & 0xffff;
	msg.guarded.disposition = disposition & 0xff;
	msg.guarded.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	msg.guarded.name = name;
	msg.port.name = to;
	msg.port.disposition = COPY;
	return (send_msg(&msg, to, offsetof(struct guarded_msg, trailer)));
}

#define IMMOVABLE MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE
#define UNGUARDED MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND

CASE(a_guarded_descriptor_moves_a_receive_right_only)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	uint32_t disposition;

	for (disposition = 0; disposition < 32; disposition++) {
		if (disposition == MACH_MSG_TYPE_MOVE_RECEIVE)
			continue;
		IS(MACH_SEND_INVALID_TYPE,
		    send_guarded(to, port, disposition, UNGUARDED, 0));
	}
	IS(MACH_SEND_INVALID_TYPE,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, 0, 0));
	IS(MACH_SEND_INVALID_TYPE,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, 4, 0));
	IS(MACH_SEND_INVALID_TYPE,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, UNGUARDED, 7));
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(port));
}

CASE(a_guarded_descriptor_must_know_the_guard)
{
	mach_port_name_t to = rig_port_send(), port = rig_port();

	OK(mach_port_guard(SELF, port, 77, FALSE));
	IS(MACH_SEND_INVALID_RIGHT,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, IMMOVABLE, 78));
	IS(MACH_SEND_INVALID_RIGHT,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, UNGUARDED, 0));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
	IS(0,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, IMMOVABLE, 77));
	IS(0, rig_type(port));
	/* An unguarded one is said to be that. */
	port = rig_port();
	IS(MACH_SEND_INVALID_RIGHT,
	    send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE, IMMOVABLE, 0));
	IS(0, send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE,
		  UNGUARDED | IMMOVABLE, 0));
}

CASE(an_immovable_right_is_guarded_by_the_buffer)
{
	mach_port_name_t to = rig_port_send(), port = rig_port(), name;
	struct guarded_msg msg;

	IS(0, send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE,
		  UNGUARDED | IMMOVABLE, 0));
	IS(0, receive_msg(&msg, to, sizeof(msg), MACH_RCV_GUARDED_DESC));
	IS(MACH_MSG_GUARDED_PORT_DESCRIPTOR, msg.guarded.type);
	IS(MACH_MSG_TYPE_PORT_RECEIVE, msg.guarded.disposition);
	IS(IMMOVABLE, msg.guarded.flags);
	IS((uintptr_t)&msg, msg.guarded.context);
	IS(to, msg.port.name);
	name = msg.guarded.name;
	ATF_CHECK(rig_status(name).mps_flags & MACH_PORT_STATUS_FLAG_GUARDED);
	/* It does not move on, nor goes without its guard. */
	IS(MACH_SEND_INVALID_RIGHT,
	    rig_send_right(to, name, MACH_MSG_TYPE_MOVE_RECEIVE));
	IS(KERN_INVALID_RIGHT,
	    mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1));
	OK(mach_port_destruct(SELF, name, 0, (uintptr_t)&msg));
}

CASE(who_does_not_ask_for_them_gets_no_right)
{
	mach_port_name_t to = rig_port_send(), port = rig_port_send();
	struct guarded_msg msg;

	IS(0, send_guarded(to, port, MACH_MSG_TYPE_MOVE_RECEIVE,
		  UNGUARDED | IMMOVABLE, 0));
	IS(MACH_PORT_TYPE_SEND, rig_type(port));
	IS(0, receive_msg(&msg, to, sizeof(msg), 0));
	IS(MACH_MSG_GUARDED_PORT_DESCRIPTOR, msg.guarded.type);
	IS(MACH_PORT_NULL, msg.guarded.name);
	IS(0, msg.guarded.context);
	/* The right is destroyed, what follows is in its place. */
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(port));
	IS(to, msg.port.name);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, memory_is_as_it_was_when_it_was_sent);
	ATF_TP_ADD_TC(tp, memory_need_not_begin_with_a_page);
	ATF_TP_ADD_TC(tp, deallocated_memory_leaves_the_sender);
	ATF_TP_ADD_TC(tp, many_large_pieces_go_at_once_or_stay);
	ATF_TP_ADD_TC(tp, memory_of_size_0_has_no_address);
	ATF_TP_ADD_TC(tp, memory_that_is_not_there_is_invalid_memory);
	ATF_TP_ADD_TC(tp, unknown_copy_options_are_an_invalid_type);
	ATF_TP_ADD_TC(tp, unknown_descriptors_are_an_invalid_type);
	ATF_TP_ADD_TC(tp, volatile_memory_is_sent_as_other_memory);
	ATF_TP_ADD_TC(tp, an_invalid_descriptor_takes_nothing_of_the_others);
	ATF_TP_ADD_TC(tp, an_array_of_ports_arrives_as_names);
	ATF_TP_ADD_TC(tp, an_array_may_hold_null_dead_and_the_same);
	ATF_TP_ADD_TC(tp, an_array_of_no_ports_has_no_address);
	ATF_TP_ADD_TC(tp, an_array_that_is_not_there_is_invalid_memory);
	ATF_TP_ADD_TC(
	    tp, an_array_that_fails_in_the_middle_loses_its_beginning);
	ATF_TP_ADD_TC(tp, a_deallocated_array_leaves_the_sender);
	ATF_TP_ADD_TC(tp, a_message_has_at_most_16383_ports);
	ATF_TP_ADD_TC(tp, an_array_of_receive_rights_moves_them);
	ATF_TP_ADD_TC(tp, a_guarded_descriptor_moves_a_receive_right_only);
	ATF_TP_ADD_TC(tp, a_guarded_descriptor_must_know_the_guard);
	ATF_TP_ADD_TC(tp, an_immovable_right_is_guarded_by_the_buffer);
	ATF_TP_ADD_TC(tp, who_does_not_ask_for_them_gets_no_right);
	return (atf_no_error());
}
