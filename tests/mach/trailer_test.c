/*
 * Trailers: their sizes, and what the system says in them that no sender can
 * say itself.  XNU osfmk/mach/message.h, ipc_kmsg.c.
 */
#include <bsm/libbsm.h>
#include <string.h>
#include <unistd.h>

#include "tests/mach/rig.h"

#define ELEMENTS(n) MACH_RCV_TRAILER_ELEMENTS(n)

static mach_msg_max_trailer_t
trailer_of(mach_port_name_t port, mach_msg_option_t options)
{
	mach_msg_max_trailer_t trailer;
	struct {
		mach_msg_header_t header;
		uint8_t rest[256];
	} m;

	memset(&m, 0xee, sizeof(m));
	IS(0, mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT | options, 0,
		  sizeof(m), port, 0, MACH_PORT_NULL));
	memcpy(&trailer, (uint8_t *)&m + round_msg(m.header.msgh_size),
	    sizeof(trailer));
	return (trailer);
}

CASE(a_trailer_has_the_size_that_was_asked_for)
{
	static const struct {
		int elements;
		mach_msg_trailer_size_t size;
	} want[] = {
		{ MACH_RCV_TRAILER_NULL, 8 },
		{ MACH_RCV_TRAILER_SEQNO, 12 },
		{ MACH_RCV_TRAILER_SENDER, 20 },
		{ MACH_RCV_TRAILER_AUDIT, 52 },
		{ MACH_RCV_TRAILER_CTX, 60 },
		{ MACH_RCV_TRAILER_AV, 68 },
	};
	mach_port_name_t port = rig_port();
	mach_msg_max_trailer_t t;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
		t = trailer_of(port, ELEMENTS(want[i].elements));
		IS(want[i].size, t.msgh_trailer_size);
		IS(MACH_MSG_TRAILER_FORMAT_0, t.msgh_trailer_type);
		/* And not a byte more is written. */
		if (want[i].size < sizeof(t))
			IS(0xee, ((uint8_t *)&t)[want[i].size]);
	}
}

CASE(the_size_of_a_message_is_without_its_trailer)
{
	mach_port_name_t port = rig_port();
	struct rig_msg msg;

	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	IS(0, rig_receive(port, &msg));
	IS(24, msg.header.msgh_size);
}

CASE(sequence_numbers_count_what_is_received)
{
	mach_port_name_t port = rig_port(), other = rig_port();
	uint32_t i;

	for (i = 0; i < 3; i++) {
		IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
		IS(0, rig_send(other, MACH_MSG_TYPE_MAKE_SEND, 1));
	}
	for (i = 0; i < 3; i++)
		IS(i, trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_SEQNO))
			  .msgh_seqno);
	IS(0, trailer_of(other, ELEMENTS(MACH_RCV_TRAILER_SEQNO)).msgh_seqno);
	IS(3, rig_status(port).mps_seqno);
	OK(mach_port_set_seqno(SELF, port, 1000));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	IS(1000, trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_SEQNO)).msgh_seqno);
}

CASE(the_sender_and_its_audit_token_are_told)
{
	mach_port_name_t port = rig_port();
	mach_msg_max_trailer_t t;

	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	t = trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_AUDIT));
	IS(geteuid(), t.msgh_sender.val[0]);
	IS(getegid(), t.msgh_sender.val[1]);
	IS(geteuid(), t.msgh_audit.val[1]);
	IS(getegid(), t.msgh_audit.val[2]);
	IS(getuid(), t.msgh_audit.val[3]);
	IS(getgid(), t.msgh_audit.val[4]);
	IS(getpid(), t.msgh_audit.val[5]);
	IS(getpid(), audit_token_to_pid(t.msgh_audit));
}

CASE(an_audit_token_is_read_by_the_functions_of_libbsm)
{
	const audit_token_t token = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	uid_t auid, euid, ruid;
	gid_t egid, rgid;
	pid_t pid;
	au_asid_t asid;
	au_tid_t tid;

	IS(1, audit_token_to_auid(token));
	IS(2, audit_token_to_euid(token));
	IS(3, audit_token_to_egid(token));
	IS(4, audit_token_to_ruid(token));
	IS(5, audit_token_to_rgid(token));
	IS(6, audit_token_to_pid(token));
	IS(7, audit_token_to_asid(token));
	IS(8, audit_token_to_pidversion(token));
	audit_token_to_au32(
	    token, &auid, &euid, &egid, &ruid, &rgid, &pid, &asid, &tid);
	IS(1, auid);
	IS(2, euid);
	IS(3, egid);
	IS(4, ruid);
	IS(5, rgid);
	IS(6, pid);
	IS(7, asid);
	IS(8, tid.port);
	audit_token_to_au32(
	    token, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
}

struct send {
	mach_port_name_t to;
	int result, pid;
};

static void
peer_send(void *p)
{
	struct send *s = p;

	s->result = rig_send(s->to, MACH_MSG_TYPE_COPY_SEND, 5);
	OK(pid_for_task(SELF, &s->pid));
}

CASE(each_task_is_told_from_the_others)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t port = rig_port();
	struct send s = { 0 };
	mach_msg_max_trailer_t t;

	s.to = rig_give(peer, port, MACH_MSG_TYPE_MAKE_SEND);
	rig_run(peer, peer_send, &s, sizeof(s));
	IS(0, s.result);
	t = trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_AUDIT));
	IS(s.pid, t.msgh_audit.val[5]);
	ATF_CHECK(s.pid != getpid());
	rig_task_destroy(peer);
}

CASE(the_context_is_the_ports_when_it_is_received)
{
	mach_port_name_t port = rig_port();

	OK(mach_port_set_context(SELF, port, 0x1111));
	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	OK(mach_port_set_context(SELF, port, UINT64_C(0x123456789abcdef0)));
	IS(UINT64_C(0x123456789abcdef0),
	    trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_CTX)).msgh_context);
}

CASE(labels_are_none)
{
	mach_port_name_t port = rig_port();
	mach_msg_max_trailer_t t;

	IS(0, rig_send(port, MACH_MSG_TYPE_MAKE_SEND, 1));
	t = trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_AV));
	IS(0, t.msgh_labels.sender);
	IS(0, t.msgh_ad);
}

CASE(a_notification_is_the_kernels)
{
	mach_port_name_t port = rig_port();
	const security_token_t sender = KERNEL_SECURITY_TOKEN_VALUE;
	const audit_token_t audit = KERNEL_AUDIT_TOKEN_VALUE;
	mach_msg_max_trailer_t t;

	OK(mach_port_deallocate(SELF, rig_send_once(port)));
	t = trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_AUDIT));
	IS(0, memcmp(&sender, &t.msgh_sender, sizeof(sender)));
	IS(0, memcmp(&audit, &t.msgh_audit, sizeof(audit)));
}

/* What a sender writes behind its body is no trailer. */
CASE(a_sender_cannot_forge_a_trailer)
{
	mach_port_name_t port = rig_port_send();
	mach_msg_max_trailer_t t;
	struct {
		mach_msg_header_t header;
		mach_msg_max_trailer_t trailer;
	} m;

	memset(&m, 0, sizeof(m));
	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.header.msgh_remote_port = port;
	m.trailer.msgh_trailer_size = sizeof(m.trailer);
	m.trailer.msgh_sender.val[0] = 12345;
	m.trailer.msgh_audit.val[5] = 1;
	IS(0, mach_msg(&m.header, MACH_SEND_MSG, sizeof(m), 0, MACH_PORT_NULL,
		  0, MACH_PORT_NULL));
	t = trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_AUDIT));
	IS(geteuid(), t.msgh_sender.val[0]);
	IS(getpid(), t.msgh_audit.val[5]);
	/* Nor by MACH_SEND_TRAILER, which is the kernel's. */
	memset(&m, 0, sizeof(m));
	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.header.msgh_remote_port = port;
	m.trailer.msgh_trailer_size = sizeof(m.trailer);
	m.trailer.msgh_sender.val[0] = 12345;
	(void)mach_msg(&m.header, MACH_SEND_MSG | MACH_SEND_TRAILER,
	    sizeof(m.header), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (rig_status(port).mps_msgcount != 0) {
		t = trailer_of(port, ELEMENTS(MACH_RCV_TRAILER_AUDIT));
		IS(geteuid(), t.msgh_sender.val[0]);
	}
}

CASE(a_trailer_follows_at_a_whole_word)
{
	mach_port_name_t port = rig_port_send();
	struct rig_msg msg;
	uint32_t *at;

	memset(&msg, 0, sizeof(msg));
	msg.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	msg.header.msgh_remote_port = port;
	IS(0, mach_msg(&msg.header, MACH_SEND_MSG, 28, 0, MACH_PORT_NULL, 0,
		  MACH_PORT_NULL));
	IS(0, rig_receive(port, &msg));
	at = (uint32_t *)((uint8_t *)&msg + 28);
	IS(MACH_MSG_TRAILER_FORMAT_0, at[0]);
	IS(MACH_MSG_TRAILER_MINIMUM_SIZE, at[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_trailer_has_the_size_that_was_asked_for);
	ATF_TP_ADD_TC(tp, the_size_of_a_message_is_without_its_trailer);
	ATF_TP_ADD_TC(tp, sequence_numbers_count_what_is_received);
	ATF_TP_ADD_TC(tp, the_sender_and_its_audit_token_are_told);
	ATF_TP_ADD_TC(tp, an_audit_token_is_read_by_the_functions_of_libbsm);
	ATF_TP_ADD_TC(tp, each_task_is_told_from_the_others);
	ATF_TP_ADD_TC(tp, the_context_is_the_ports_when_it_is_received);
	ATF_TP_ADD_TC(tp, labels_are_none);
	ATF_TP_ADD_TC(tp, a_notification_is_the_kernels);
	ATF_TP_ADD_TC(tp, a_sender_cannot_forge_a_trailer);
	ATF_TP_ADD_TC(tp, a_trailer_follows_at_a_whole_word);
	return (atf_no_error());
}
