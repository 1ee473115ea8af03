/*
 * What the kernel writes to a task is what was meant for it and nothing else
 * of the kernel's: its memory is stained, results go into buffers with another
 * pattern, and then every byte that came is either known or not a stain.
 */
#include <sys/param.h>

#include <mach/clock_types.h>
#include <mach/host_info.h>
#include <mach/ndr.h>
#include <mach/notify.h>
#include <mach/task_info.h>
#include <mach/thread_info.h>
#include <stdio.h>

#include <isthmus/mach_seeing.h>

#include "vm.h"

#define STAIN 0xdb
#define POISON 0x5a
/* What kernels with INVARIANTS fill memory with that was given back. */
static const unsigned char trash[] = { 0xde, 0xc0, 0xad, 0xde };

static mach_port_name_t stained; /* a port to itself */

/* Memory of the kernel's, and its stack, have it from here on. */
static void
stain(void)
{
	static uint64_t words[1024];
	static char back[sizeof(words) + 256];
	mach_msg_header_t *h = (mach_msg_header_t *)(void *)words;
	uint32_t size;
	uint64_t same;

	if (stained == 0)
		stained = raw_port();
	memset(&same, STAIN, sizeof(same));
	memset(words, STAIN, sizeof(words));
	for (size = 32; size < sizeof(words); size += size / 4 & ~3u) {
		memset(h, 0, sizeof(*h));
		h->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0);
		h->msgh_remote_port = stained;
		ATF_REQUIRE_EQ(0, RAW(31, PTR(words), MACH_SEND_MSG, size));
		ATF_REQUIRE_EQ(0,
		    RAW(31, PTR(back), MACH_RCV_MSG, 0, sizeof(back), stained));
	}
	memset(words, STAIN, sizeof(words));
	/* Arguments of a call, of a flavor that is none. */
	(void)RAW(3218, SELF, stained, same, PTR(words), 64);
	(void)RAW(31, same, 0, same, same, same, same, same, same, same, same);
}

/* No stain among these bytes; one alone may be part of a number. */
static void
clean(const char *what, int which, const void *at, size_t size)
{
	const unsigned char *p = at;
	size_t i;

	for (i = 0; i + 3 < size; i++) {
		ATF_CHECK_MSG(
		    p[i] != STAIN || p[i + 1] != STAIN || p[i + 2] != STAIN,
		    "%s %d: stained at %zu", what, which, i);
		ATF_CHECK_MSG(memcmp(p + i, trash, sizeof(trash)) != 0,
		    "%s %d: trash at %zu", what, which, i);
	}
}

static void
untouched(const char *what, int which, const void *at, size_t size)
{
	ATF_CHECK_MSG(
	    vm_filled(at, size, POISON), "%s %d: too much", what, which);
}

struct message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	unsigned char rest[1024];
};

static void
receive(mach_port_name_t from, struct message *m, uint64_t options)
{
	memset(m, POISON, sizeof(*m));
	ATF_REQUIRE_EQ(
	    0, RAW(31, PTR(m), MACH_RCV_MSG | MACH_RCV_TIMEOUT | options, 0,
		   sizeof(*m), from, 10000));
}

/* Of a message that has that content, with the largest trailer. */
static void
is_whole(struct message *m, const void *want, uint32_t size)
{
	const mach_msg_max_trailer_t *t =
	    (const void *)((const char *)m + round_msg(size));
	size_t end = round_msg(size) + sizeof(*t);

	ATF_CHECK_EQ(size, m->header.msgh_size);
	ATF_CHECK_EQ(sizeof(*t), t->msgh_trailer_size);
	ATF_CHECK_EQ(0, t->msgh_context);
	ATF_CHECK_EQ(0, t->msgh_ad);
	ATF_CHECK_EQ(0, t->msgh_labels.sender);
	ATF_CHECK_MSG(memcmp(m, want, size) == 0, "content");
	ATF_CHECK(vm_filled((char *)m + size, round_msg(size) - size, 0));
	clean("message", m->header.msgh_id, m, end);
	untouched(
	    "message", m->header.msgh_id, (char *)m + end, sizeof(*m) - end);
}

#define WHOLE_TRAILER (MACH_RCV_TRAILER_TYPE(0) | MACH_RCV_TRAILER_ELEMENTS(8))

/* Odd sizes, and every trailer. */
CASE(messages_and_trailers)
{
	static const uint32_t trailers[] = { 8, 12, 20, 52, 60, 52, 52, 60,
		68 };
	mach_port_name_t port = raw_port();
	struct message m, got;
	uint32_t size, i;

	for (size = 24; size < 64; size++) {
		stain();
		memset(&m, 1, sizeof(m));
		m.header = (mach_msg_header_t){
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
			.msgh_remote_port = port,
			.msgh_id = (int)size,
		};
		if (RAW(31, PTR(&m), MACH_SEND_MSG, size) != 0)
			continue;
		receive(port, &got, WHOLE_TRAILER);
		m.header.msgh_bits = MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND);
		m.header.msgh_size = size;
		m.header.msgh_remote_port = 0;
		m.header.msgh_local_port = port;
		is_whole(&got, &m, size);
	}
	for (i = 0; i < nitems(trailers); i++) {
		stain();
		m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
		m.header.msgh_remote_port = port;
		m.header.msgh_local_port = 0;
		ATF_REQUIRE_EQ(0, RAW(31, PTR(&m), MACH_SEND_MSG, 28));
		receive(port, &got, MACH_RCV_TRAILER_ELEMENTS(i));
		size = *(uint32_t *)(void *)((char *)&got + 28 + 4);
		ATF_CHECK_MSG(size <= trailers[8] && size >= trailers[0],
		    "trailer of %u", size);
		clean("trailer", (int)i, &got, 28 + size);
		untouched("trailer", (int)i, (char *)&got + 28 + size,
		    sizeof(got) - 28 - size);
	}
}

/* Every kind of descriptor, and what lies around what it points to. */
CASE(descriptors)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t ool;
		mach_msg_ool_ports_descriptor_t ports;
		mach_msg_guarded_port_descriptor_t guarded;
	} m = { 0 }, want = { 0 };
	mach_port_name_t to = raw_port(), port = raw_port(), names[3];
	char *secret = vm_pages(PAGE, MAP_PRIVATE), *p;
	struct message got;
	uint32_t i;

	memset(secret, STAIN, PAGE);
	memset(secret + 123, 1, 100);
	for (i = 0; i < 3; i++)
		names[i] = to;
	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	memset(&m.port, STAIN, sizeof(m) - offsetof(typeof(m), port));
	m.body.msgh_descriptor_count = 4;
	m.port.name = to;
	m.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	m.ool.address = secret + 123;
	m.ool.size = 100;
	m.ool.deallocate = 0;
	m.ool.copy = MACH_MSG_VIRTUAL_COPY;
	m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	m.ports.address = names;
	m.ports.count = 3;
	m.ports.deallocate = 0;
	m.ports.copy = MACH_MSG_VIRTUAL_COPY;
	m.ports.disposition = MACH_MSG_TYPE_MAKE_SEND;
	m.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	m.guarded.context = 0;
	m.guarded.flags = MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE |
			  MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND;
	m.guarded.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	m.guarded.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	m.guarded.name = port;
	stain();
	i = (uint32_t)RAW(31, PTR(&m), MACH_SEND_MSG, sizeof(m));
	ATF_REQUIRE_EQ_MSG(0, i, "%#x", i);
	stain();
	receive(to, &got, WHOLE_TRAILER | MACH_RCV_GUARDED_DESC);
	/* What there is to know; all else is zero. */
	memcpy(&m, &got, sizeof(m));
	want.header = m.header;
	want.body = m.body;
	want.port.name = to;
	want.port.disposition = MACH_MSG_TYPE_PORT_SEND;
	want.port.type = MACH_MSG_PORT_DESCRIPTOR;
	want.ool.address = p = m.ool.address;
	want.ool.size = 100;
	want.ool.deallocate = 1;
	want.ool.copy = MACH_MSG_VIRTUAL_COPY;
	want.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	want.ports.address = m.ports.address;
	want.ports.count = 3;
	want.ports.deallocate = 1;
	want.ports.copy = MACH_MSG_VIRTUAL_COPY;
	want.ports.disposition = MACH_MSG_TYPE_PORT_SEND;
	want.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	want.guarded = m.guarded;
	is_whole(&got, &want, sizeof(want));
	/* The rest of the pages is neither the sender's nor the kernel's. */
	ATF_CHECK(vm_filled(p, 100, 1));
	ATF_CHECK(vm_filled((char *)trunc_page(PTR(p)), 123, 0));
	ATF_CHECK(vm_filled(p + 100, PAGE - 223, 0));
	p = m.ports.address;
	ATF_CHECK(
	    vm_filled(p + 3 * sizeof(*names), PAGE - 3 * sizeof(*names), 0));
}

static mach_port_name_t
notified(mach_port_name_t name, int which)
{
	mach_port_name_t to = raw_port(), previous = 0;

	ATF_REQUIRE_EQ(0, RAW(77, SELF, name, (uint64_t)which, 0, to,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE, PTR(&previous)));
	return (to);
}

/* Messages of the kernel's own. */
CASE(notifications)
{
	mach_dead_name_notification_t dead = { 0 };
	mach_no_senders_notification_t none = { 0 };
	mach_port_destroyed_notification_t destroyed = { 0 };
	mach_port_name_t port, to;
	struct message got;
	uint32_t size;

	stain();
	port = raw_port_send();
	to = notified(port, MACH_NOTIFY_DEAD_NAME);
	stain();
	ATF_REQUIRE_EQ(0, RAW(19, SELF, port, MACH_PORT_RIGHT_RECEIVE, -1ul));
	receive(to, &got, WHOLE_TRAILER);
	size = offsetof(mach_dead_name_notification_t, trailer);
	dead.not_header = got.header;
	dead.NDR.int_rep = 1;
	dead.not_port = port;
	is_whole(&got, &dead, size);
	stain();
	port = raw_port_send();
	to = notified(port, MACH_NOTIFY_NO_SENDERS);
	ATF_REQUIRE_EQ(0, RAW(19, SELF, port, MACH_PORT_RIGHT_SEND, -1ul));
	receive(to, &got, WHOLE_TRAILER);
	size = offsetof(mach_no_senders_notification_t, trailer);
	none.not_header = got.header;
	none.NDR.int_rep = 1;
	none.not_count = 1;
	is_whole(&got, &none, size);
	stain();
	port = raw_port();
	to = notified(port, MACH_NOTIFY_PORT_DESTROYED);
	ATF_REQUIRE_EQ(0, RAW(19, SELF, port, MACH_PORT_RIGHT_RECEIVE, -1ul));
	receive(to, &got, WHOLE_TRAILER);
	size = offsetof(mach_port_destroyed_notification_t, trailer);
	memcpy(&destroyed, &got, sizeof(destroyed));
	port = destroyed.not_port.name;
	memset(&destroyed.not_port, 0, sizeof(destroyed.not_port));
	destroyed.not_port.name = port;
	destroyed.not_port.disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	is_whole(&got, &destroyed, size);
	stain();
	port = (mach_port_name_t)RAW(91);
	ATF_REQUIRE_EQ(0, RAW(93, port, 1));
	receive(port, &got, WHOLE_TRAILER);
	size = got.header.msgh_size;
	clean("timer", 0, &got, size + sizeof(mach_msg_max_trailer_t));
}

/* Structures by traps: `n` words at most, of each flavor. */
static void
flavors(int number, mach_port_name_t object, uint64_t name, bool named)
{
	unsigned char out[1024];
	uint32_t count, most;
	uint64_t kr;
	int flavor;

	for (flavor = 0; flavor < 40; flavor++) {
		for (most = 1; most <= 200; most += most / 4 + 1) {
			stain();
			memset(out, POISON, sizeof(out));
			count = most;
			kr = named ? RAW(number, object, name, (uint64_t)flavor,
					 PTR(out), PTR(&count))
				   : RAW(number, object, (uint64_t)flavor,
					 PTR(out), PTR(&count));
			if (kr != 0)
				count = 0;
			ATF_CHECK_MSG(
			    count <= most, "%d: %u of %u", number, count, most);
			clean("flavor", number * 100 + flavor, out, count * 4);
			untouched("flavor", number * 100 + flavor,
			    out + count * 4, sizeof(out) - count * 4);
		}
	}
}

CASE(structures)
{
	mach_port_name_t host = (mach_port_name_t)RAW(29);
	mach_port_name_t self = SELF;
	mach_port_name_t thread = (mach_port_name_t)RAW(27);
	mach_port_name_t port = raw_port_send();
	unsigned char out[1024];
	uint64_t address = 0;
	uint32_t type = 0;

	flavors(200, host, 0, false);
	flavors(216, host, 0, false);
	flavors(219, host, 0, false);
	flavors(3217, self, port, true);
	flavors(40, self, port, true);
	flavors(3405, self, 0, false);
	flavors(3612, thread, 0, false);
	stain();
	memset(out, POISON, sizeof(out));
	ATF_CHECK_EQ(0, RAW(201, host, PTR(out)));
	clean("version", 0, out, 512);
	untouched("version", 0, out + 512, sizeof(out) - 512);
	stain();
	ATF_CHECK_EQ(
	    0, RAW(3239, self, self, PTR(&type), PTR(&address), PTR(out)));
	clean("description", 0, out, 512);
	ATF_CHECK_EQ(0, address);
	ATF_CHECK_EQ(0, RAW(3230, self, self, PTR(&type), PTR(&address)));
	ATF_CHECK_MSG(address >> 48 == 0 || address >> 48 != 0xffff,
	    "an address of the kernel's: %#jx", (uintmax_t)address);
	stain();
	memset(out, POISON, sizeof(out));
	ATF_CHECK_EQ(0, RAW(3235, self, PTR(out)));
	clean("space", 0, out, 24);
	untouched("space", 0, out + 24, sizeof(out) - 24);
	stain();
	memset(out, POISON, sizeof(out));
	ATF_CHECK_EQ(0, RAW(9014, PTR(out)));
	clean("totals", 0, out, 64);
	untouched("totals", 0, out + 64, sizeof(out) - 64);
}

/* Arrays out of line: to the end of their last page. */
static void
array(int number, uint64_t address, uint32_t count, size_t each)
{
	size_t size = count * each, end = roundup2(size, PAGE);

	if (count == 0)
		return;
	clean("array", number, (void *)address, size);
	ATF_CHECK_MSG(
	    vm_filled((char *)address + size, end - size, 0), "%d", number);
	ATF_CHECK_EQ(0, RAW(12, raw_self(), address, size));
}

CASE(arrays)
{
	mach_port_name_t self = SELF, port = raw_port(), set = 0;
	uint64_t a = 0, b = 0, pid = (uint64_t)getpid();
	const mach_seeing_trap_t *traps;
	unsigned char info[24];
	uint32_t n = 0, m = 0, i;

	ATF_REQUIRE_EQ(0, RAW(16, self, MACH_PORT_RIGHT_PORT_SET, PTR(&set)));
	ATF_REQUIRE_EQ(0, RAW(20, self, port, set));
	stain();
	ATF_CHECK_EQ(0, RAW(3200, self, PTR(&a), PTR(&n), PTR(&b), PTR(&m)));
	array(3200, a, n, 4);
	array(3201, b, m, 4);
	stain();
	ATF_CHECK_EQ(0, RAW(3211, self, set, PTR(&a), PTR(&n)));
	array(3211, a, n, 4);
	stain();
	if (RAW(3223, self, PTR(info), PTR(&a), PTR(&n), PTR(&b), PTR(&m)) ==
	    0) {
		clean("space info", 0, info, sizeof(info));
		array(3223, a, n, 28);
		array(3224, b, m, 4);
	}
	stain();
	ATF_CHECK_EQ(0, RAW(3402, self, PTR(&a), PTR(&n)));
	array(3402, a, n, 4);
	stain();
	ATF_CHECK_EQ(0, RAW(9010, 0, PTR(&a), PTR(&n)));
	array(9010, a, n, sizeof(mach_seeing_task_t));
	stain();
	ATF_CHECK_EQ(0, RAW(9011, pid, 0, PTR(&a), PTR(&n)));
	array(9011, a, n, sizeof(mach_seeing_name_t));
	stain();
	ATF_CHECK_EQ(0, RAW(9012, pid, set, PTR(&a), PTR(&n)));
	array(9012, a, n, 4);
	stain();
	ATF_CHECK_EQ(0, RAW(9013, pid, PTR(&a), PTR(&n)));
	traps = (const void *)a;
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(0, traps[i].msp_pad);
	array(9013, a, n, sizeof(mach_seeing_trap_t));
}

/* The same by message: replies, and nothing behind them. */
static void
reply_to(mach_port_name_t to, int id, const uint32_t *words, uint32_t n)
{
	static mach_port_name_t reply;
	struct {
		mach_msg_header_t header;
		NDR_record_t ndr;
		uint32_t words[4];
	} m = { 0 };
	struct message got;
	size_t size;

	if (reply == 0)
		reply = raw_port();
	m.header.msgh_bits = MACH_MSGH_BITS(
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	m.header.msgh_remote_port = to;
	m.header.msgh_local_port = reply;
	m.header.msgh_id = id;
	m.ndr.int_rep = 1;
	memcpy(m.words, words, n * sizeof(*words));
	stain();
	ATF_REQUIRE_EQ(0, RAW(31, PTR(&m), MACH_SEND_MSG,
			      (n == 0 ? 24 : 32) + n * sizeof(*words)));
	receive(reply, &got, WHOLE_TRAILER);
	ATF_CHECK_EQ(id + 100, got.header.msgh_id);
	size = round_msg(got.header.msgh_size) + sizeof(mach_msg_max_trailer_t);
	clean("reply", id, &got, size);
	untouched("reply", id, (char *)&got + size, sizeof(got) - size);
}

CASE(replies)
{
	mach_port_name_t host = (mach_port_name_t)RAW(29), self = SELF;
	mach_port_name_t port = raw_port();
	uint32_t flavor, count;

	for (flavor = 0; flavor < 30; flavor++) {
		for (count = 1; count < 64; count += count + 1) {
			reply_to(host, 200, (uint32_t[]){ flavor, count }, 2);
			reply_to(self, 3405, (uint32_t[]){ flavor, count }, 2);
			reply_to(
			    self, 3217, (uint32_t[]){ port, flavor, count }, 3);
		}
	}
	reply_to(host, 201, NULL, 0);
	reply_to(self, 3239, (uint32_t[]){ self }, 1);
	reply_to(self, 3235, NULL, 0);
	reply_to(self, 3209, (uint32_t[]){ port, 0, 0, 68 }, 4);
	reply_to(self, 3402, NULL, 0);
	reply_to(self, 4711, NULL, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, messages_and_trailers);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, notifications);
	ATF_TP_ADD_TC(tp, structures);
	ATF_TP_ADD_TC(tp, arrays);
	ATF_TP_ADD_TC(tp, replies);
	return (atf_no_error());
}
