/*
 * What libsystem_kernel does itself: retries, servers, reply ports, giving
 * back what a message carries, texts.  XNU libsyscall/mach.
 */
#include <string.h>
#include <time.h>

#include <mach/mach_error.h>
#include <mach/mach_right.h>
#include <mach/mach_sync_ipc.h>
#include <mach/mach_vm.h>
#include <mach/mig_errors.h>

#include "tests/mach/rig.h"

/*
 * Retries
 */

struct receiving {
	mach_port_name_t port, to; /* a message is sent to that, if any */
	mach_msg_option_t option;
	bool msg2;
	mach_msg_return_t mr;
};

static void
receive_one(void *arg)
{
	struct receiving *r = arg;
	struct rig_msg m = { .header = { .msgh_id = 7 } };
	mach_msg_option_t option = MACH_RCV_MSG | r->option;

	if (r->to != MACH_PORT_NULL)
		option |= MACH_SEND_MSG;
	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.header.msgh_remote_port = r->to;
	if (r->msg2)
		r->mr = mach_msg2(&m, (uint32_t)option, m.header,
		    sizeof(m.header), sizeof(m), r->port, 0, 0);
	else
		r->mr = mach_msg(&m.header, option, sizeof(m.header), sizeof(m),
		    r->port, 0, MACH_PORT_NULL);
}

/* A receive on an empty port, interrupted. */
static struct rig_thread *
interrupted(struct receiving *r)
{
	struct rig_thread *thread;

	thread = rig_start(NULL, receive_one, r, sizeof(*r));
	rig_settle();
	OK(thread_abort(rig_thread_port(thread)));
	return (thread);
}

CASE(an_interrupted_receive_goes_on)
{
	struct receiving r = { .port = rig_port() };
	struct rig_thread *thread;
	int i;

	for (i = 0; i < 2; i++) {
		r.msg2 = i == 1;
		thread = interrupted(&r);
		ATF_CHECK(rig_runs(thread, 50));
		IS(0, rig_send(r.port, MACH_MSG_TYPE_MAKE_SEND, 1));
		rig_join(thread);
		IS(MACH_MSG_SUCCESS, r.mr);
	}
}

CASE(who_asks_for_it_sees_the_interruption)
{
	struct receiving r = { .port = rig_port(),
		.option = MACH_RCV_INTERRUPT };
	int i;

	for (i = 0; i < 2; i++) {
		r.msg2 = i == 1;
		rig_join(interrupted(&r));
		IS(MACH_RCV_INTERRUPTED, r.mr);
	}
}

CASE(what_was_sent_is_not_sent_again)
{
	struct receiving r = { .port = rig_port(), .to = rig_port_send() };
	struct rig_thread *thread;
	int i;

	for (i = 0; i < 2; i++) {
		r.msg2 = i == 1;
		thread = interrupted(&r);
		ATF_CHECK(rig_runs(thread, 50));
		IS(7, rig_receive_id(r.to));
		IS(-1, rig_receive_id(r.to));
		IS(0, rig_send(r.port, MACH_MSG_TYPE_MAKE_SEND, 1));
		rig_join(thread);
		IS(MACH_MSG_SUCCESS, r.mr);
	}
}

CASE(an_interrupted_send_is_made_again)
{
	struct receiving r = { .port = rig_port(),
		.to = rig_port_send(),
		.option = MACH_RCV_TIMEOUT };
	mach_port_limits_t limits = { 1 };
	struct rig_thread *thread;
	int i;

	OK(mach_port_set_attributes(SELF, r.to, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	for (i = 0; i < 2; i++) {
		r.msg2 = i == 1;
		IS(0, rig_send(r.to, MACH_MSG_TYPE_COPY_SEND, 1));
		thread = interrupted(&r);
		ATF_CHECK(rig_runs(thread, 50));
		/* What came back with the interruption went again. */
		IS(1, rig_refs(r.to, MACH_PORT_RIGHT_SEND));
		IS(1, rig_receive_id(r.to));
		rig_join(thread);
		IS(MACH_RCV_TIMED_OUT, r.mr);
		IS(7, rig_receive_id(r.to));
		IS(1, rig_refs(r.to, MACH_PORT_RIGHT_SEND));
	}
}

/*
 * Giving back what a message carries
 */

CASE(destroying_a_message_gives_its_rights_back)
{
	mach_port_name_t a = rig_port_send(), b = rig_port_send();
	mach_port_name_t c = rig_port(), once = rig_send_once(c);
	struct rig_msg m = { 0 };

	m.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0);
	m.header.msgh_remote_port = a;
	m.body.msgh_descriptor_count = 2;
	m.port[0].name = once;
	m.port[0].disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	m.port[1].name = b;
	m.port[1].disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	mach_msg_destroy(&m.header);
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(a));
	IS(0, rig_type(once));
	ATF_CHECK(rig_is_notified(c, MACH_NOTIFY_SEND_ONCE, 0));
	IS(MACH_PORT_TYPE_DEAD_NAME, rig_type(b));
}

CASE(destroying_a_message_with_rights_to_be_made_makes_them)
{
	mach_port_name_t a = rig_port(), b = rig_port();
	struct rig_msg m = { 0 };

	m.header.msgh_bits =
	    MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	m.header.msgh_remote_port = a;
	m.body.msgh_descriptor_count = 1;
	m.port[0].name = b;
	m.port[0].disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	mach_msg_destroy(&m.header);
	IS(1, rig_status(a).mps_mscount);
	IS(FALSE, rig_status(a).mps_srights);
	ATF_CHECK(rig_is_notified(b, MACH_NOTIFY_SEND_ONCE, 0));
}

CASE(destroying_a_message_gives_its_memory_back)
{
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_descriptor_t memory, kept;
		mach_msg_ool_ports_descriptor_t ports;
		mach_msg_guarded_port_descriptor_t guarded;
	} m = { .body = { 4 } };
	mach_port_name_t a = rig_port_send(), b = rig_port_send(), guarded;
	mach_vm_address_t memory = 0, kept = 0, names = 0;
	mach_port_options_t options = { .flags = MPO_CONTEXT_AS_GUARD };
	vm_offset_t data;
	mach_msg_type_number_t count;

	OK(mach_vm_allocate(SELF, &memory, 65536, VM_FLAGS_ANYWHERE));
	OK(mach_vm_allocate(SELF, &kept, 4096, VM_FLAGS_ANYWHERE));
	OK(mach_vm_allocate(SELF, &names, 4096, VM_FLAGS_ANYWHERE));
	OK(mach_port_construct(SELF, &options, 42, &guarded));
	((mach_port_t *)(uintptr_t)names)[0] = a;
	((mach_port_t *)(uintptr_t)names)[1] = b;
	m.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	m.memory.address = (void *)(uintptr_t)memory;
	m.memory.size = 65536;
	m.memory.deallocate = TRUE;
	m.memory.type = MACH_MSG_OOL_DESCRIPTOR;
	m.kept.address = (void *)(uintptr_t)kept;
	m.kept.size = 4096;
	m.kept.type = MACH_MSG_OOL_DESCRIPTOR;
	m.ports.address = (void *)(uintptr_t)names;
	m.ports.count = 2;
	m.ports.deallocate = TRUE;
	m.ports.disposition = MACH_MSG_TYPE_MOVE_SEND;
	m.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	m.guarded.name = guarded;
	m.guarded.context = 42;
	m.guarded.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	m.guarded.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	mach_msg_destroy(&m.header);
	IS(KERN_INVALID_ADDRESS, mach_vm_read(SELF, memory, 1, &data, &count));
	IS(KERN_INVALID_ADDRESS, mach_vm_read(SELF, names, 1, &data, &count));
	OK(mach_vm_read(SELF, kept, 1, &data, &count));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(a));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(b));
	IS(0, rig_type(guarded));
}

/*
 * Reply ports
 */

CASE(a_thread_has_one_reply_port)
{
	mach_port_t port = mig_get_reply_port();
	uint32_t names = rig_names();
	int i;

	ATF_REQUIRE(MACH_PORT_VALID(port));
	for (i = 0; i < 1000; i++) {
		IS(port, mig_get_reply_port());
		mig_put_reply_port(port);
	}
	IS(names, rig_names());
	/* After a call that failed there is another. */
	mig_dealloc_reply_port(port);
	IS(names - 1, rig_names());
	ATF_CHECK(MACH_PORT_VALID(mig_get_reply_port()));
	IS(names, rig_names());
}

static void
use_reply_ports(void *arg)
{
	mach_port_t *ports = arg;

	ports[0] = mig_get_reply_port();
	ports[1] = mig_get_special_reply_port();
}

CASE(reply_ports_end_with_their_thread)
{
	mach_port_t mine = mig_get_reply_port(), ports[2], port;
	uint32_t names = rig_names();
	struct rig_thread *thread;
	int i;

	for (i = 0; i < 10; i++) {
		thread = rig_start(NULL, use_reply_ports, ports, sizeof(ports));
		port = rig_thread_port(thread);
		rig_join(thread);
		OK(mach_port_deallocate(SELF, port));
		ATF_CHECK(MACH_PORT_VALID(ports[0]));
		ATF_CHECK(MACH_PORT_VALID(ports[1]));
		ATF_CHECK(ports[0] != mine && ports[0] != ports[1]);
		IS(0, rig_type(ports[0]));
		IS(0, rig_type(ports[1]));
	}
	IS(names, rig_names());
}

CASE(a_special_reply_port_is_kept_until_it_is_given_up)
{
	uint32_t names = rig_names();
	mach_port_t port = mig_get_special_reply_port();

	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(port));
	IS(port, mig_get_special_reply_port());
	mig_dealloc_special_reply_port(port);
	IS(names, rig_names());
}

/*
 * Servers
 */

#define ADD 500

struct number_msg {
	mach_msg_header_t header;
	NDR_record_t ndr;
	kern_return_t value; /* RetCode of a reply */
	uint32_t number;
	uint32_t more[64];
	mach_msg_max_trailer_t trailer;
};

/* Adds one; 13 has no answer, and 666 is an error. */
static boolean_t
demux(mach_msg_header_t *in, mach_msg_header_t *out)
{
	struct number_msg *request = (struct number_msg *)in;
	struct number_msg *reply = (struct number_msg *)out;

	reply->header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(in->msgh_bits), 0);
	reply->header.msgh_remote_port = in->msgh_remote_port;
	reply->header.msgh_size = offsetof(struct number_msg, more);
	reply->header.msgh_id = in->msgh_id + 100;
	reply->ndr = NDR_record;
	reply->value = in->msgh_id != ADD	? MIG_BAD_ID
		       : request->number == 13	? MIG_NO_REPLY
		       : request->number == 666 ? KERN_FAILURE
						: KERN_SUCCESS;
	reply->number = request->number + 1;
	return (in->msgh_id == ADD);
}

static mach_msg_return_t
ask(mach_port_t server, uint32_t number, uint32_t size, mach_port_t reply_to)
{
	struct number_msg m = { .number = number };

	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
	    reply_to == MACH_PORT_NULL ? 0 : MACH_MSG_TYPE_MAKE_SEND_ONCE);
	m.header.msgh_remote_port = server;
	m.header.msgh_local_port = reply_to;
	m.header.msgh_id = ADD;
	return (mach_msg(&m.header, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
}

static struct number_msg
answer(mach_port_t port, unsigned int ms)
{
	struct number_msg m = { 0 };

	IS(0, mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
		  port, ms, MACH_PORT_NULL));
	return (m);
}

#define NUMBER_SIZE offsetof(struct number_msg, more)

CASE(a_server_serves_once)
{
	mach_port_name_t server = rig_port(), mine = rig_port();
	struct number_msg m;

	IS(0, ask(server, 1, NUMBER_SIZE, mine));
	IS(0, mach_msg_server_once(demux, 256, server, 0));
	m = answer(mine, 0);
	IS(KERN_SUCCESS, m.value);
	IS(2, m.number);
	IS(ADD + 100, m.header.msgh_id);
	/* An error is answered, too. */
	IS(0, ask(server, 666, NUMBER_SIZE, mine));
	IS(0, mach_msg_server_once(demux, 256, server, 0));
	IS(KERN_FAILURE, answer(mine, 0).value);
	/* No answer: the right is kept for a later one. */
	IS(0, ask(server, 13, NUMBER_SIZE, mine));
	IS(0, mach_msg_server_once(demux, 256, server, 0));
	IS(-1, rig_receive_id(mine));
	IS(1, rig_status(mine).mps_sorights);
	/* Who asked is gone: no harm. */
	IS(0, ask(server, 1, NUMBER_SIZE, mine));
	OK(mach_port_mod_refs(SELF, mine, MACH_PORT_RIGHT_RECEIVE, -1));
	IS(0, mach_msg_server_once(demux, 256, server, 0));
	IS(MACH_RCV_INVALID_NAME, mach_msg_server_once(demux, 256, mine, 0));
}

CASE(a_server_makes_room_for_what_is_too_large)
{
	mach_port_name_t server = rig_port(), mine = rig_port();

	IS(0, ask(server, 1, offsetof(struct number_msg, trailer), mine));
	IS(MACH_RCV_TOO_LARGE, mach_msg_server_once(demux, 64, server, 0));
	IS(-1, rig_receive_id(server));
	IS(0, ask(server, 1, offsetof(struct number_msg, trailer), mine));
	IS(0, mach_msg_server_once(demux, 64, server, MACH_RCV_LARGE));
}

struct serving {
	mach_port_name_t port;
	mach_msg_return_t mr;
};

static void
serve(void *arg)
{
	struct serving *s = arg;

	s->mr = mach_msg_server(demux, 256, s->port, MACH_RCV_LARGE);
}

CASE(a_server_serves_until_its_port_is_gone)
{
	struct serving s = { .port = rig_port() };
	mach_port_name_t mine = rig_port();
	struct rig_thread *thread;
	uint32_t i;

	thread = rig_start(NULL, serve, &s, sizeof(s));
	for (i = 0; i < 100; i++) {
		if (i == 13)
			continue;
		IS(0, ask(s.port, i, NUMBER_SIZE, mine));
		IS(i + 1, answer(mine, 10000).number);
	}
	/* Without a reply port, and without a reply. */
	IS(0, ask(s.port, 1, NUMBER_SIZE, MACH_PORT_NULL));
	IS(0, ask(s.port, 13, NUMBER_SIZE, mine));
	IS(0, ask(s.port, 1, NUMBER_SIZE, mine));
	IS(2, answer(mine, 10000).number);
	rig_settle();
	OK(mach_port_mod_refs(SELF, s.port, MACH_PORT_RIGHT_RECEIVE, -1));
	rig_join(thread);
	IS(MACH_RCV_PORT_CHANGED, s.mr);
}

/*
 * Texts, strings, times, rights as types
 */

CASE(result_codes_have_their_texts)
{
	ATF_CHECK_STREQ("(os/kern) successful", mach_error_string(0));
	ATF_CHECK_STREQ("(os/kern) invalid argument",
	    mach_error_string(KERN_INVALID_ARGUMENT));
	ATF_CHECK_STREQ(
	    "(os/kern) result not found", mach_error_string(KERN_NOT_FOUND));
	ATF_CHECK_STREQ("(ipc/send) invalid destination port",
	    mach_error_string(MACH_SEND_INVALID_DEST));
	ATF_CHECK_STREQ(
	    "(ipc/rcv) timed out", mach_error_string(MACH_RCV_TIMED_OUT));
	ATF_CHECK_STREQ(
	    "(ipc/mig) bad request message ID", mach_error_string(MIG_BAD_ID));
	ATF_CHECK_STREQ("unknown error code", mach_error_string(4711));
	ATF_CHECK_STREQ(
	    "(?/?) unknown error system", mach_error_string(err_system(0x3f)));
	ATF_CHECK_STREQ("(os/kern)", mach_error_type(KERN_FAILURE));
	ATF_CHECK_STREQ("(ipc/send)", mach_error_type(MACH_SEND_TIMED_OUT));
	ATF_CHECK_STREQ("(ipc/mig)", mach_error_type(MIG_SERVER_DIED));
	ATF_CHECK_STREQ("(?/?)", mach_error_type(err_local));
}

CASE(strings_are_cut_and_end)
{
	char s[8];

	IS(4, mig_strncpy(s, "abc", 8));
	ATF_CHECK_STREQ("abc", s);
	IS(8, mig_strncpy(s, "abcdefghij", 8));
	ATF_CHECK_STREQ("abcdefg", s);
	IS(0, mig_strncpy(s, "abc", 0));
	memset(s, 'x', sizeof(s));
	IS(4, mig_strncpy_zerofill(s, "abc", 8));
	IS(0, memcmp(s, "abc\0\0\0\0\0", 8));
	memset(s, 'x', sizeof(s));
	IS(0, mig_strncpy_zerofill(s, NULL, 8));
	IS(0, memcmp(s, "\0\0\0\0\0\0\0\0", 8));
}

CASE(memory_of_stubs_is_allocated_and_given_back)
{
	mach_msg_type_number_t count;
	vm_address_t address;
	vm_offset_t data;

	mig_allocate(&address, 100);
	ATF_REQUIRE(address != 0);
	memset((void *)address, 1, 100);
	mig_deallocate(address, 100);
	IS(KERN_INVALID_ADDRESS,
	    mach_vm_read(SELF, address, 100, &data, &count));
}

CASE(times_agree)
{
	uint64_t absolute, continuous, now = mach_absolute_time();
	mach_timebase_info_data_t base;
	struct timespec ts;

	OK(mach_timebase_info(&base));
	IS(1, base.numer);
	IS(1, base.denom);
	OK(mach_get_times(&absolute, &continuous, &ts));
	ATF_CHECK(absolute >= now && absolute < now + UINT64_C(10000000000));
	ATF_CHECK(continuous >= absolute);
	ATF_CHECK(mach_continuous_time() >= continuous);
	/* Coarse ones are late, and by less than a tenth of a second. */
	now = mach_absolute_time();
	ATF_CHECK(mach_approximate_time() + 100000000 > now);
	ATF_CHECK(mach_approximate_time() <= mach_absolute_time());
	IS(mach_boottime_usec(), mach_boottime_usec());
	ATF_CHECK((uint64_t)ts.tv_sec * 1000000 + 1000000 - continuous / 1000 >
		  mach_boottime_usec());
	OK(mach_wait_until(now + 20000000));
	ATF_CHECK(mach_absolute_time() >= now + 20000000);
}

CASE(rights_have_types)
{
	mach_right_send_t s;
	mach_right_send_once_t so;
	mach_right_recv_t r =
	    mach_right_recv_construct(MACH_RIGHT_RECV_FLAG_INIT, &s, 42);

	IS(r.mrr_name, s.mrs_name);
	IS(1, rig_refs(s.mrs_name, MACH_PORT_RIGHT_SEND));
	IS(s.mrs_name, mach_right_send_retain(s).mrs_name);
	IS(2, rig_refs(s.mrs_name, MACH_PORT_RIGHT_SEND));
	mach_right_send_release(s);
	IS(s.mrs_name, mach_right_send_create(r).mrs_name);
	mach_right_send_release(s);
	so = mach_right_send_once_create(r);
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(so.mrso_name));
	mach_right_recv_destruct(r, &s, 42);
	IS(0, rig_type(r.mrr_name));
	IS(MACH_PORT_DEAD,
	    mach_right_send_retain((mach_right_send_t){ so.mrso_name })
		.mrs_name);
	mach_right_send_once_consume(so);
	IS(0, rig_type(so.mrso_name));
}

CASE(priorities_are_encoded)
{
	mach_msg_priority_t p;

	p = mach_msg_priority_encode(
	    MACH_MSG_QOS_DEFAULT, MACH_MSG_QOS_UTILITY, -3);
	IS(MACH_MSG_QOS_UTILITY, mach_msg_priority_qos(p));
	IS(MACH_MSG_QOS_DEFAULT, mach_msg_priority_overide_qos(p));
	IS(-3, mach_msg_priority_relpri(p));
	IS(0, mach_msg_priority_is_pthread_priority(p));
	IS(0, mach_msg_priority_relpri(0));
	IS(1, mach_msg_priority_is_pthread_priority(0xff));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_interrupted_receive_goes_on);
	ATF_TP_ADD_TC(tp, who_asks_for_it_sees_the_interruption);
	ATF_TP_ADD_TC(tp, what_was_sent_is_not_sent_again);
	ATF_TP_ADD_TC(tp, an_interrupted_send_is_made_again);
	ATF_TP_ADD_TC(tp, destroying_a_message_gives_its_rights_back);
	ATF_TP_ADD_TC(
	    tp, destroying_a_message_with_rights_to_be_made_makes_them);
	ATF_TP_ADD_TC(tp, destroying_a_message_gives_its_memory_back);
	ATF_TP_ADD_TC(tp, a_thread_has_one_reply_port);
	ATF_TP_ADD_TC(tp, reply_ports_end_with_their_thread);
	ATF_TP_ADD_TC(tp, a_special_reply_port_is_kept_until_it_is_given_up);
	ATF_TP_ADD_TC(tp, a_server_serves_once);
	ATF_TP_ADD_TC(tp, a_server_makes_room_for_what_is_too_large);
	ATF_TP_ADD_TC(tp, a_server_serves_until_its_port_is_gone);
	ATF_TP_ADD_TC(tp, result_codes_have_their_texts);
	ATF_TP_ADD_TC(tp, strings_are_cut_and_end);
	ATF_TP_ADD_TC(tp, memory_of_stubs_is_allocated_and_given_back);
	ATF_TP_ADD_TC(tp, times_agree);
	ATF_TP_ADD_TC(tp, rights_have_types);
	ATF_TP_ADD_TC(tp, priorities_are_encoded);
	return (atf_no_error());
}
