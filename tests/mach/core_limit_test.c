/*
 * Limits of the core's own, and what a trap says to arguments that no stub of
 * the library would give it.
 */
#include <stdlib.h>

#include <mach/clock_types.h>
#include <mach/mk_timer.h>
#include <mach/notify.h>
#include <mach/task_special_ports.h>

#include "tests/mach/core_host.h"

struct carrier {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

static int32_t
send_receive_right(
    struct side *side, mach_port_name_t to, mach_port_name_t right)
{
	struct carrier msg;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	msg.header.msgh_remote_port = to;
	msg.body.msgh_descriptor_count = 1;
	msg.port.name = right;
	msg.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	msg.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return (
	    TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		offsetof(struct carrier, trailer), 0, 0, 0, 0));
}

/* A receive right in a message to one in a message to one ... */
CASE(transit_has_an_end)
{
	mach_port_name_t name, to;
	struct side *side;
	int n, sent = 0;

	core_begin();
	side = core_task();
	to = core_port(side, true);
	for (n = 0; n < IPC_TRANSIT_MAX + 20; n++) {
		name = core_port(side, true);
		if (send_receive_right(side, to, name) != MACH_MSG_SUCCESS)
			break;
		sent++;
		to = name;
	}
	IS(IPC_TRANSIT_MAX, sent);
	/* The right that went too far is lost with its message. */
	IS(MACH_SEND_NO_BUFFER,
	    send_receive_right(side, to, core_port(side, true)));
	IS(MACH_PORT_TYPE_DEAD_NAME, core_type(side, name));
	/* It still is a circle when it is one. */
	core_task_end(side);
	core_end();
}

CASE(a_port_is_in_so_many_sets)
{
	mach_port_name_t port, set;
	struct side *side;
	int n = 0;

	core_begin();
	side = core_task();
	port = core_port(side, true);
	do {
		set = core_set(side);
		n++;
	} while (TRAP(side, 22, side->self, port, set) == KERN_SUCCESS &&
		 n < IPC_PORT_SETS_MAX + 10);
	IS(IPC_PORT_SETS_MAX + 1, n);
	IS(KERN_RESOURCE_SHORTAGE, TRAP(side, 22, side->self, port, set));
	/* What is sent reaches the last of them, and one less is room. */
	OK(core_send(side, port, MACH_MSG_TYPE_COPY_SEND));
	IS(-1, core_receive(side, set));
	OK(TRAP(side, 20, side->self, port, set));
	IS(77, core_receive(side, set));
	OK(TRAP(side, 22, side->self, port, core_set(side)));
	core_task_end(side);
	core_end();
}

/*
 * What accounts allow, of descriptors' memory, too; another uid pays apart.
 */
CASE(bytes_of_ports_count)
{
	static mach_port_name_t names[16000];
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_ports_descriptor_t ports;
	} msg;
	struct ipc_credentials c = { .ruid = 9, .euid = 9 };
	struct side *side;
	struct ipc_task *first, *second;
	int i, sent = 0;

	core_begin();
	side = core_task();
	first = ipc_task_create(core_host, NULL, &c);
	second = ipc_task_create(core_host, NULL, &c);
	IS(9, first->account->parent->uid);
	ATF_CHECK(first->account->parent == second->account->parent);
	ATF_CHECK(first->account->parent != side->task->account->parent);
	ipc_task_destroy(first);
	ipc_task_destroy(second);
	memset(&msg, 0, sizeof(msg));
	for (i = 0; i < 20; i++) {
		msg.header.msgh_bits =
		    MACH_MSGH_BITS_COMPLEX |
		    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
		msg.header.msgh_remote_port = core_port(side, false);
		msg.body.msgh_descriptor_count = 1;
		msg.ports.address = names;
		msg.ports.count = 16000;
		msg.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
		msg.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
		if (TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG, sizeof(msg),
			0, 0, 0, 0) != MACH_MSG_SUCCESS)
			break;
		sent++;
	}
	/* A megabyte, a pointer a name. */
	IS((1 << 20) / (16000 * 8), sent);
	IS(MACH_SEND_NO_BUFFER, TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG,
				    sizeof(msg), 0, 0, 0, 0));
	core_task_end(side);
	core_end();
}

/*
 * Who pays for what the kernel sends
 */

static uint64_t
paid(const struct side *side)
{
	return (side->task->account->bytes);
}

/* Who has the receive right; later ones, who has it then. */
CASE(a_new_receiver_pays)
{
	mach_port_name_t port, once[2], there;
	struct side *side, *other;

	core_begin();
	side = core_task();
	other = core_task_of(9);
	port = core_port(side, false);
	once[0] = core_give(side, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, other);
	once[1] = core_give(side, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, other);
	OK(TRAP(other, 18, other->self, once[0]));
	IS(IPC_MSG_NOTICE, paid(side));
	IS(IPC_MSG_NOTICE, side->task->account->parent->bytes);
	IS(0, paid(other));
	there = core_give(side, port, MACH_MSG_TYPE_MOVE_RECEIVE, other);
	OK(TRAP(other, 18, other->self, once[1]));
	IS(IPC_MSG_NOTICE, paid(side));
	IS(IPC_MSG_NOTICE, paid(other));
	IS(MACH_NOTIFY_SEND_ONCE, core_receive(other, there));
	IS(0, paid(side));
	IS(IPC_MSG_NOTICE, paid(other));
	IS(MACH_NOTIFY_SEND_ONCE, core_receive(other, there));
	IS(0, paid(other));
	core_task_end(other);
	core_task_end(side);
	core_end();
}

/* While it is in a message who had it pays, whose task may have ended. */
CASE(who_sent_a_receive_right_pays_until_it_is_received)
{
	mach_port_name_t to, port, once, there;
	struct ipc_account *account;
	struct carrier msg;
	struct side *side, *other;

	core_begin();
	side = core_task();
	other = core_task_of(9);
	to = core_port(side, true);
	port = core_port(other, false);
	once = core_give(other, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, side);
	there = core_give(side, to, MACH_MSG_TYPE_MAKE_SEND, other);
	OK(send_receive_right(other, there, port));
	account = other->task->account;
	ipc_account_ref(account);
	core_task_end(other);
	IS(sizeof(struct ipc_msg) + offsetof(struct carrier, trailer) +
		IPC_MSG_TRAILER,
	    account->bytes);
	OK(TRAP(side, 18, side->self, once));
	IS(sizeof(struct ipc_msg) + offsetof(struct carrier, trailer) +
		IPC_MSG_TRAILER + IPC_MSG_NOTICE,
	    account->bytes);
	IS(0, paid(side));
	ipc_account_unref(account);
	/* With it goes the last of that user. */
	OK(TRAP(
	    side, 31, (uintptr_t)&msg, MACH_RCV_MSG, 0, sizeof(msg), to, 0, 0));
	IS(MACH_NOTIFY_SEND_ONCE, core_receive(side, msg.port.name));
	IS(0, paid(side));
	core_task_end(side);
	core_end();
}

/* The last of what a task that is gone pays for goes as the right arrives. */
CASE(an_account_ends_as_a_receive_right_arrives)
{
	struct ipc_right right;
	mach_port_name_t name;
	struct side *side, *other;

	core_begin();
	side = core_task();
	other = core_task_of(9);
	OK(ipc_right_take(other->task->space, core_port(other, false),
	    MACH_MSG_TYPE_MOVE_RECEIVE, 0, &right));
	core_task_end(other);
	IS(9, right.port->account->uid);
	OK(ipc_right_put(side->task->space, right, &name));
	ATF_CHECK(right.port->account == side->task->account);
	core_task_end(side);
	core_end();
}

/* Who asked, although anyone may have the port that the answer goes to. */
CASE(who_asks_pays_for_the_answer)
{
	mach_msg_header_t h = { .msgh_id = 9999 };
	mach_port_name_t port, once;
	struct side *side, *other;

	core_begin();
	side = core_task();
	other = core_task_of(9);
	port = core_port(side, false);
	once = core_give(side, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, other);
	h.msgh_bits = MACH_MSGH_BITS(
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	h.msgh_remote_port = other->self;
	h.msgh_local_port = once;
	OK(TRAP(
	    other, 31, (uintptr_t)&h, MACH_SEND_MSG, sizeof(h), 0, 0, 0, 0));
	IS(0, paid(side));
	ATF_CHECK(paid(other) > IPC_MSG_NOTICE);
	IS(9999 + 100, core_receive(side, port));
	IS(0, paid(other));
	core_task_end(other);
	core_task_end(side);
	core_end();
}

CASE(who_has_a_timer_pays_for_its_message)
{
	mach_port_name_t timer;
	struct side *side;

	core_begin();
	side = core_task();
	timer = (mach_port_name_t)core_trap(side, 91, NULL, 0);
	OK(TRAP(side, 93, timer, 1));
	ATF_CHECK(paid(side) > IPC_MSG_NOTICE);
	IS(0, core_receive(side, timer));
	IS(0, paid(side));
	core_task_end(side);
	core_end();
}

/*
 * A receive right that is given up goes to whoever asked for that, and leaves
 * a send right: each of these needs a place to be found by its port.
 */
CASE(send_rights_that_are_left)
{
	mach_port_name_t notify, names[300], previous;
	struct side *side, *other;
	struct ipc_right right;
	int i;

	core_begin();
	side = core_task();
	other = core_task();
	notify = core_port(other, false);
	for (i = 0; i < 300; i++) {
		names[i] = core_port(side, true);
		OK(ipc_right_take(other->task->space, notify,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, 0, &right));
		OK(ipc_right_put(side->task->space, right, &previous));
		OK(TRAP(side, 77, side->self, names[i],
		    MACH_NOTIFY_PORT_DESTROYED, 0, previous,
		    MACH_MSG_TYPE_MOVE_SEND_ONCE, (uintptr_t)&previous));
	}
	for (i = 0; i < 300; i++) {
		if (i % 2 == 0)
			OK(TRAP(side, 19, side->self, names[i],
			    MACH_PORT_RIGHT_RECEIVE, (uint64_t)-1));
		else
			OK(TRAP(side, 25, side->self, names[i], 0, 0));
	}
	for (i = 0; i < 300; i++) {
		IS(MACH_PORT_TYPE_SEND, core_type(side, names[i]));
		IS(MACH_NOTIFY_PORT_DESTROYED, core_receive(other, notify));
		/* One more of the same is found by its port. */
		OK(ipc_right_take(side->task->space, names[i],
		    MACH_MSG_TYPE_COPY_SEND, 0, &right));
		OK(ipc_right_put(side->task->space, right, &previous));
		IS(names[i], previous);
	}
	core_task_end(other);
	core_task_end(side);
	core_end();
}

/* Receive rights in an array that has no place: they end with it. */
CASE(receive_rights_without_a_place)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_ports_descriptor_t ports;
		mach_msg_max_trailer_t trailer;
	} msg;
	mach_port_name_t to, name;
	struct side *side;

	core_begin();
	side = core_task();
	to = core_port(side, true);
	name = core_port(side, true);
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	msg.header.msgh_remote_port = to;
	msg.body.msgh_descriptor_count = 1;
	msg.ports.address = &name;
	msg.ports.count = 1;
	msg.ports.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	msg.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	OK(TRAP(side, 31, (uintptr_t)&msg, MACH_SEND_MSG,
	    sizeof(msg) - sizeof(msg.trailer), 0, 0, 0, 0));
	core_regions = 2;
	IS(MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE,
	    TRAP(side, 31, (uintptr_t)&msg, MACH_RCV_MSG, 0, sizeof(msg), to, 0,
		0));
	IS(0, msg.ports.count);
	IS(MACH_PORT_TYPE_DEAD_NAME, core_type(side, name));
	core_task_end(side);
	core_end();
}

/*
 * Messages that say wrong things of themselves
 */

CASE(descriptors_past_the_end)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		uint8_t room[64];
	} msg;
	mach_msg_ool_descriptor_t ool = { .type = MACH_MSG_OOL_DESCRIPTOR };
	mach_msg_port_descriptor_t port = { .type = MACH_MSG_PORT_DESCRIPTOR };
	struct side *side;

	core_begin();
	side = core_task();
	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	msg.header.msgh_remote_port = core_port(side, false);
	/* Two of 12 bytes at the least: but the first has 16. */
	msg.body.msgh_descriptor_count = 2;
	memcpy(msg.room, &ool, sizeof(ool));
	IS(MACH_SEND_MSG_TOO_SMALL, TRAP(side, 31, (uintptr_t)&msg,
					MACH_SEND_MSG, 28 + 24, 0, 0, 0, 0));
	/* One of 12, and an out-of-line one where 12 are left. */
	memcpy(msg.room, &port, sizeof(port));
	memcpy(msg.room + sizeof(port), &ool, sizeof(ool));
	IS(MACH_SEND_MSG_TOO_SMALL, TRAP(side, 31, (uintptr_t)&msg,
					MACH_SEND_MSG, 28 + 24, 0, 0, 0, 0));
	msg.room[sizeof(port) + 11] = 77;
	IS(MACH_SEND_INVALID_TYPE, TRAP(side, 31, (uintptr_t)&msg,
				       MACH_SEND_MSG, 28 + 24, 0, 0, 0, 0));
	/* mach_msg2: complex by its header, and no room for a count. */
	IS(MACH_SEND_MSG_TOO_SMALL,
	    TRAP(side, 47, (uintptr_t)&msg, MACH64_SEND_MSG,
		msg.header.msgh_bits | UINT64_C(24) << 32,
		msg.header.msgh_remote_port, 0, 1, 0, 0));
	IS(-1, core_receive(side, msg.header.msgh_remote_port));
	core_task_end(side);
	core_end();
}

/* What does not fit is destroyed; of it comes what fits, and no byte more. */
CASE(buffers_that_are_too_small)
{
	uint8_t room[64];
	mach_msg_header_t *h = (void *)room;
	mach_port_name_t port;
	struct side *side;
	uint32_t size;

	core_begin();
	side = core_task();
	port = core_port(side, true);
	for (size = 0; size <= 24; size += 8) {
		OK(core_send(side, port, MACH_MSG_TYPE_COPY_SEND));
		memset(room, 0x55, sizeof(room));
		IS(MACH_RCV_TOO_LARGE, TRAP(side, 31, (uintptr_t)room,
					   MACH_RCV_MSG, 0, size, port, 0, 0));
		IS(0x55, room[size]);
		if (size >= 8)
			IS(24, h->msgh_size);
		IS(-1, core_receive(side, port));
	}
	/* With MACH_RCV_LARGE it stays; its size and port, if they fit. */
	OK(core_send(side, port, MACH_MSG_TYPE_COPY_SEND));
	for (size = 0; size <= 24; size += 4) {
		memset(room, 0x55, sizeof(room));
		IS(MACH_RCV_TOO_LARGE,
		    TRAP(side, 31, (uintptr_t)room,
			MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY,
			0, size, port, 0, 0));
		IS(0x55, room[size]);
		IS(size >= 8 ? 24 : 0x55555555, h->msgh_size);
		IS(size >= 16 ? port : 0x55555555, h->msgh_local_port);
	}
	core_copies = 1;
	IS(MACH_RCV_INVALID_DATA,
	    TRAP(side, 31, (uintptr_t)room, MACH_RCV_MSG | MACH_RCV_LARGE, 0,
		24, port, 0, 0));
	IS(77, core_receive(side, port));
	core_task_end(side);
	core_end();
}

/* Vectors of mach_msg2, and auxiliary data that cannot be read. */
CASE(vectors)
{
	struct {
		uint64_t data, rcv;
		uint32_t send_size, rcv_size;
	} v[2];
	struct {
		mach_msg_aux_header_t header;
		uint32_t word[4];
	} aux = { { 0 }, { 0 } };
	mach_msg_header_t h = { 0 };
	uint64_t bits, options = MACH64_SEND_MSG | MACH64_MSG_VECTOR;
	mach_port_name_t port;
	struct side *side;

	core_begin();
	side = core_task();
	port = core_port(side, false);
	bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	memset(v, 0, sizeof(v));
	v[0].data = (uintptr_t)&h;
	v[0].send_size = sizeof(h);
	v[1].data = (uintptr_t)&aux;
	v[1].send_size = sizeof(aux);
	aux.header.msgdh_size = sizeof(aux);
	OK(TRAP(side, 47, (uintptr_t)v, options, bits | UINT64_C(2) << 32, port,
	    0, 0, 0, 0));
	core_copies = 2;
	IS(MACH_SEND_INVALID_DATA,
	    TRAP(side, 47, (uintptr_t)v, options, bits | UINT64_C(2) << 32,
		port, 0, 0, 0, 0));
	/* One vector to receive with, none to send. */
	IS(MACH_SEND_MSG_TOO_SMALL,
	    TRAP(side, 47, (uintptr_t)v, options, bits, port, 0, 0, 1, 0));
	IS(MACH_SEND_MSG_TOO_SMALL,
	    TRAP(side, 47, (uintptr_t)v, options, bits, port, 0, 0, 0, 0));
	IS(MACH_SEND_INVALID_DATA,
	    TRAP(side, 47, (uintptr_t)v, options, bits | UINT64_C(3) << 32,
		port, 0, 0, 0, 0));
	v[0].data = 0;
	IS(MACH_SEND_INVALID_DATA,
	    TRAP(side, 47, (uintptr_t)v, options, bits | UINT64_C(1) << 32,
		port, 0, 0, 0, 0));
	IS(0, core_receive(side, port));
	core_task_end(side);
	core_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, transit_has_an_end);
	ATF_TP_ADD_TC(tp, a_port_is_in_so_many_sets);
	ATF_TP_ADD_TC(tp, bytes_of_ports_count);
	ATF_TP_ADD_TC(tp, a_new_receiver_pays);
	ATF_TP_ADD_TC(tp, who_sent_a_receive_right_pays_until_it_is_received);
	ATF_TP_ADD_TC(tp, an_account_ends_as_a_receive_right_arrives);
	ATF_TP_ADD_TC(tp, who_asks_pays_for_the_answer);
	ATF_TP_ADD_TC(tp, who_has_a_timer_pays_for_its_message);
	ATF_TP_ADD_TC(tp, send_rights_that_are_left);
	ATF_TP_ADD_TC(tp, receive_rights_without_a_place);
	ATF_TP_ADD_TC(tp, descriptors_past_the_end);
	ATF_TP_ADD_TC(tp, buffers_that_are_too_small);
	ATF_TP_ADD_TC(tp, vectors);
	return (atf_no_error());
}
