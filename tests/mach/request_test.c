/*
 * Kernel objects that are asked by messages, as stubs made by MIG ask: what
 * a request has to be like, and what comes back.  That all such routines say
 * what their traps say is in mig/generated.c, for where there is a mig(1).
 */
#include <string.h>

#include <mach/mig_errors.h>

#include "tests/mach/rig.h"

/* A request, and the reply in the same place: words after the header. */
struct message {
	mach_msg_header_t header;
	uint32_t word[90];
};

/* How a message goes on behind its header. */
#define NDR 0, 1 /* little-endian */

/* A port's descriptor, in words: name, padding, disposition and type. */
#define PORT(name, disposition) (name), 0, (uint32_t)(disposition) << 16

static mach_msg_return_t
ask(struct message *m, mach_port_t port, int id, unsigned int words,
    bool complex)
{
	mach_port_t reply = mig_get_reply_port();

	m->header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
				  MACH_MSG_TYPE_MAKE_SEND_ONCE) |
			      (complex ? MACH_MSGH_BITS_COMPLEX : 0);
	m->header.msgh_remote_port = port;
	m->header.msgh_local_port = reply;
	m->header.msgh_voucher_port = MACH_PORT_NULL;
	m->header.msgh_id = id;
	return (mach_msg(&m->header,
	    MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
	    (mach_msg_size_t)(sizeof(m->header) + words * 4), sizeof(*m), reply,
	    0, MACH_PORT_NULL));
}

/* The return code of a reply that has no descriptors. */
static kern_return_t
code(const struct message *m)
{
	return ((kern_return_t)m->word[2]);
}

static unsigned int
words_of(const struct message *m)
{
	return ((m->header.msgh_size - (unsigned int)sizeof(m->header)) / 4);
}

CASE(numbers_go_and_come_inline)
{
	struct message m = { .word = { NDR, MACH_PORT_RIGHT_RECEIVE } };
	mach_port_name_t name;

	/* mach_port_allocate(task, right, *name) */
	IS(0, ask(&m, SELF, 3204, 3, false));
	IS(3304, m.header.msgh_id);
	IS(4, words_of(&m));
	IS(1, m.word[1]);
	OK(code(&m));
	name = m.word[3];
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(name));
	/* mach_port_set_context(task, name, context of 64 bits) */
	m = (struct message){ .word = { NDR, name, 0x11223344, 0x55667788 } };
	IS(0, ask(&m, SELF, 3229, 5, false));
	OK(code(&m));
	IS(3, words_of(&m));
	/* mach_port_get_context(task, name, *context) */
	m = (struct message){ .word = { NDR, name } };
	IS(0, ask(&m, SELF, 3228, 3, false));
	IS(5, words_of(&m));
	IS(0x11223344, m.word[3]);
	IS(0x55667788, m.word[4]);
	/* An error is a return code and no more. */
	m = (struct message){ .word = { NDR, 0x7fffff03 } };
	IS(0, ask(&m, SELF, 3228, 3, false));
	IS(KERN_INVALID_NAME, code(&m));
	IS(3, words_of(&m));
	OK(mach_port_mod_refs(SELF, name, MACH_PORT_RIGHT_RECEIVE, -1));
}

CASE(arrays_have_their_counts_before_them)
{
	mach_port_name_t port = rig_port();
	struct message m = { .word = {
				 NDR, port, MACH_PORT_LIMITS_INFO, 1, 33 } };

	/* mach_port_set_attributes(task, name, flavor, info[], count) */
	IS(0, ask(&m, SELF, 3218, 6, false));
	OK(code(&m));
	/* mach_port_get_attributes(task, name, flavor, *info[], *count) */
	m = (struct message){ .word = {
				  NDR, port, MACH_PORT_RECEIVE_STATUS, 17 } };
	IS(0, ask(&m, SELF, 3217, 5, false));
	OK(code(&m));
	IS(MACH_PORT_RECEIVE_STATUS_COUNT, m.word[3]);
	IS(4 + MACH_PORT_RECEIVE_STATUS_COUNT, words_of(&m));
	IS(33, ((mach_port_status_t *)(void *)&m.word[4])->mps_qlimit);
	/* More than is there, and more than any array has. */
	m = (struct message){ .word = {
				  NDR, port, MACH_PORT_LIMITS_INFO, 2, 33 } };
	IS(0, ask(&m, SELF, 3218, 6, false));
	IS(MIG_BAD_ARGUMENTS, code(&m));
	m.word[4] = 65;
	IS(0, ask(&m, SELF, 3218, 80, false));
	IS(MIG_BAD_ARGUMENTS, code(&m));
}

CASE(strings_have_an_end)
{
	struct message m = { 0 };
	kernel_version_t version;

	OK(host_kernel_version(mach_host_self(), version));
	if (strlen(version) + 1 > sizeof(m.word) - 6 * sizeof(m.word[0]))
		atf_tc_skip("a version of %zu bytes", strlen(version));
	/* host_kernel_version(host, *version): nothing in, not even NDR */
	IS(0, ask(&m, mach_host_self(), 201, 0, false));
	OK(code(&m));
	IS(0, m.word[3]);
	IS(strlen(version) + 1, m.word[4]);
	IS(5 + (m.word[4] + 3) / 4, words_of(&m));
	IS(0, memcmp(version, &m.word[5], strlen(version) + 1));
}

CASE(rights_go_and_come_in_descriptors)
{
	mach_port_name_t port = rig_port();
	struct message m = { .word = { 1, PORT(port, MACH_MSG_TYPE_MAKE_SEND),
				 NDR, port } };
	uint32_t once;

	/* mach_port_insert_right(task, name, right) */
	IS(0, ask(&m, SELF, 3214, 7, true));
	OK(code(&m));
	IS(1, rig_refs(port, MACH_PORT_RIGHT_SEND));
	/* mach_port_extract_right(task, name, disposition, *right) */
	m = (struct message){ .word = {
				  NDR, port, MACH_MSG_TYPE_MAKE_SEND_ONCE } };
	IS(0, ask(&m, SELF, 3215, 4, false));
	ATF_CHECK(m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
	/* One descriptor, and nothing behind it. */
	IS(4, words_of(&m));
	IS(1, m.word[0]);
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE, m.word[3] >> 16);
	once = m.word[1];
	IS(MACH_PORT_TYPE_SEND_ONCE, rig_type(once));
	OK(mach_port_deallocate(SELF, once));
	/* semaphore_create(task, *semaphore, policy, value) */
	m = (struct message){ .word = { NDR, SYNC_POLICY_FIFO, 1 } };
	IS(0, ask(&m, SELF, 3418, 4, false));
	IS(4, words_of(&m));
	OK(semaphore_wait(m.word[1]));
	OK(semaphore_destroy(SELF, m.word[1]));
}

CASE(arrays_of_rights_come_out_of_line)
{
	struct message m = { 0 };
	mach_port_t *threads;
	uint64_t address;

	/* task_threads(task, **threads, *count) */
	IS(0, ask(&m, SELF, 3402, 0, false));
	IS(1, m.word[0]);
	memcpy(&address, &m.word[1], sizeof(address));
	threads = (mach_port_t *)(uintptr_t)address;
	IS(MACH_MSG_OOL_PORTS_DESCRIPTOR, m.word[3] >> 24);
	IS(1, m.word[4]); /* the descriptor's */
	IS(1, m.word[7]); /* and the argument's, behind NDR */
	IS(mach_thread_self(), threads[0]);
	OK(mach_vm_deallocate(SELF, address, sizeof(threads[0])));
	/* mach_port_names(task, **names, *n, **types, *n) */
	m = (struct message){ 0 };
	IS(0, ask(&m, SELF, 3200, 0, false));
	IS(2, m.word[0]);
	IS(MACH_MSG_OOL_DESCRIPTOR, m.word[3] >> 24);
	IS(rig_names(), m.word[11]);
	IS(m.word[11], m.word[12]);
	IS(m.word[11] * 4, m.word[4]);
	mach_msg_destroy(&m.header);
}

CASE(what_is_pointed_at_is_read_by_a_trap_too)
{
	mach_port_options_t options = { .flags = MPO_INSERT_SEND_RIGHT };
	mach_port_name_t name = MACH_PORT_NULL;
	uint64_t args[4] = { SELF, (uintptr_t)&options, 9, (uintptr_t)&name };
	mach_port_context_t context = 0;

	/* mach_port_construct, by the number of its message */
	OK(rig_trap(3231, args, 4));
	IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(name));
	OK(mach_port_get_context(SELF, name, &context));
	IS(9, context);
	OK(mach_port_destruct(SELF, name, -1, 0));
	args[1] = 0;
	IS(KERN_INVALID_ADDRESS, rig_trap(3231, args, 4));
}

CASE(what_is_pointed_at_goes_out_of_line)
{
	mach_port_options_t options = { .flags = MPO_INSERT_SEND_RIGHT };
	uint64_t address = (uintptr_t)&options;
	uint32_t size = sizeof(options);
	struct message m;

	/* mach_port_construct(task, *options, context, *name) */
	for (; size != 0; size -= sizeof(options) / 3) {
		m = (struct message){ .word = { 1, (uint32_t)address,
					  (uint32_t)(address >> 32),
					  MACH_MSG_OOL_DESCRIPTOR << 24 |
					      MACH_MSG_VIRTUAL_COPY << 8,
					  size, NDR, 0, 0 } };
		IS(0, ask(&m, SELF, 3231, 9, true));
		if (size != sizeof(options)) {
			IS(MIG_TYPE_ERROR, code(&m));
			continue;
		}
		OK(code(&m));
		IS(MACH_PORT_TYPE_SEND_RECEIVE, rig_type(m.word[3]));
		OK(mach_port_destruct(SELF, m.word[3], -1, 0));
	}
	/* mach_port_allocate_full(task, right, proto, *qos, *name) */
	m = (struct message){
		.word = { 1, PORT(mach_host_self(), MACH_MSG_TYPE_COPY_SEND),
		    NDR, MACH_PORT_RIGHT_RECEIVE, 0, 0, 0 }
	};
	IS(0, ask(&m, SELF, 3220, 10, true));
	IS(KERN_INVALID_VALUE, code(&m));
	m = (struct message){ .word = { 1,
				  PORT(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND),
				  NDR, MACH_PORT_RIGHT_RECEIVE, 0, 0, 0 } };
	IS(0, ask(&m, SELF, 3220, 10, true));
	OK(code(&m));
	OK(mach_port_destroy(SELF, m.word[5]));
}

CASE(requests_that_are_not_as_mig_writes_them)
{
	mach_port_name_t port = rig_port_send(), other = rig_port();
	struct message m = { .word = { NDR, port } };
	unsigned int words;

	/* mach_port_get_srights(task, name, *rights) is of three words. */
	for (words = 0; words < 6; words++) {
		m = (struct message){ .word = { NDR, port } };
		IS(0, ask(&m, SELF, 3222, words, false));
		IS(words == 3 ? KERN_SUCCESS : MIG_BAD_ARGUMENTS, code(&m));
	}
	/* A descriptor too many, and what it carries goes. */
	m = (struct message){ .word = { 1, PORT(port, MACH_MSG_TYPE_MOVE_SEND),
				  NDR, port } };
	IS(0, ask(&m, SELF, 3222, 7, true));
	IS(MIG_BAD_ARGUMENTS, code(&m));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
	/* One too few, and one of another kind: bootstrap is a send right. */
	m = (struct message){ .word = { NDR, TASK_BOOTSTRAP_PORT } };
	IS(0, ask(&m, SELF, 3410, 3, false));
	IS(MIG_BAD_ARGUMENTS, code(&m));
	m = (struct message){ .word = { 1,
				  PORT(other, MACH_MSG_TYPE_MAKE_SEND_ONCE),
				  NDR, TASK_BOOTSTRAP_PORT } };
	IS(0, ask(&m, SELF, 3410, 7, true));
	IS(MIG_TYPE_ERROR, code(&m));
	IS(MACH_NOTIFY_SEND_ONCE, rig_receive_id(other));
	m = (struct message){ .word = { 1, 0, 0, 0,
				  (uint32_t)MACH_MSG_OOL_DESCRIPTOR << 24, 0,
				  NDR, TASK_BOOTSTRAP_PORT } };
	IS(0, ask(&m, SELF, 3410, 8, true));
	IS(MIG_TYPE_ERROR, code(&m));
}

/* A routine that fails has taken nothing of its request. */
CASE(what_a_failing_routine_was_given_is_given_back)
{
	mach_port_name_t port = rig_port_send();
	struct message m = { .word = { 1, PORT(port, MACH_MSG_TYPE_COPY_SEND),
				 NDR, 9999 } };

	IS(0, ask(&m, SELF, 3410, 7, true));
	IS(KERN_INVALID_ARGUMENT, code(&m));
	IS(1, rig_srights(port));
	IS(1, rig_refs(port, MACH_PORT_RIGHT_SEND));
}

CASE(a_routine_is_of_one_kind_of_object)
{
	struct message m = { 0 };

	/* host_page_size, of a task; task_threads, of the host */
	IS(0, ask(&m, SELF, 202, 0, false));
	IS(MIG_BAD_ID, code(&m));
	IS(0, ask(&m, mach_host_self(), 3402, 0, false));
	IS(MIG_BAD_ID, code(&m));
	/* Of rows that are traps, ours, or none. */
	IS(0, ask(&m, SELF, 28, 0, false));
	IS(MIG_BAD_ID, code(&m));
	IS(0, ask(&m, SELF, 9000, 0, false));
	IS(MIG_BAD_ID, code(&m));
	IS(0, ask(&m, SELF, 3299, 0, false));
	IS(MIG_BAD_ID, code(&m));
	IS(0, ask(&m, SELF, -1, 0, false));
	IS(MIG_BAD_ID, code(&m));
	/* What is supported nowhere says so: task_create, mach_eventlink_create */
	IS(0, ask(&m, SELF, 3400, 0, false));
	IS(KERN_NOT_SUPPORTED, code(&m));
	IS(0, ask(&m, SELF, 716200, 0, false));
	IS(KERN_NOT_SUPPORTED, code(&m));
}

CASE(a_routine_is_done_whoever_hears_of_it)
{
	mach_port_name_t port = rig_port(), reply = rig_port_send();
	struct message m = { .word = { NDR, port, 1, 2 } };
	mach_port_context_t context = 0;
	struct rig_msg msg;

	/* No reply port. */
	m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.header.msgh_remote_port = SELF;
	m.header.msgh_id = 3229;
	IS(0, mach_msg(&m.header, MACH_SEND_MSG, sizeof(m.header) + 20, 0,
		  MACH_PORT_NULL, 0, MACH_PORT_NULL));
	OK(mach_port_get_context(SELF, port, &context));
	IS(UINT64_C(0x200000001), context);
	/* A send right to reply to, which goes where that is received. */
	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND);
	m.header.msgh_local_port = reply;
	m.header.msgh_id = 3402;
	IS(0, mach_msg(&m.header, MACH_SEND_MSG, sizeof(m.header), 0,
		  MACH_PORT_NULL, 0, MACH_PORT_NULL));
	IS(0, rig_receive(reply, &msg));
	IS(3502, msg.header.msgh_id);
	mach_msg_destroy(&msg.header);
	/* The reply port is what the routine ends. */
	m = (struct message){ .word = { NDR, reply } };
	m.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_COPY_SEND);
	m.header.msgh_remote_port = SELF;
	m.header.msgh_local_port = reply;
	m.header.msgh_id = 3205;
	IS(0, mach_msg(&m.header, MACH_SEND_MSG, sizeof(m.header) + 12, 0,
		  MACH_PORT_NULL, 0, MACH_PORT_NULL));
	IS(MACH_PORT_TYPE_DEAD_NAME,
	    rig_type(reply) | MACH_PORT_TYPE_DEAD_NAME);
}

/* Another task is asked for what is its own. */
static void
their_names(void *arg)
{
	*(uint32_t *)arg = rig_names();
}

CASE(a_request_is_about_the_task_whose_port_it_went_to)
{
	struct rig_task *peer = rig_task_create();
	mach_port_name_t task = rig_take(peer, SELF, MACH_MSG_TYPE_COPY_SEND);
	struct message m = { .word = { NDR, MACH_PORT_RIGHT_RECEIVE } };
	uint32_t before, theirs = 0, after = 0;

	if (task == SELF)
		atf_tc_skip("a task's name for itself names us");
	mig_put_reply_port(mig_get_reply_port());
	before = rig_names();
	rig_run(peer, their_names, &theirs, sizeof(theirs));
	IS(0, ask(&m, task, 3204, 3, false));
	OK(code(&m));
	rig_run(peer, their_names, &after, sizeof(after));
	IS(theirs + 1, after);
	IS(before, rig_names());
	rig_task_destroy(peer);
}

/* Every id, with nothing in the request. */
CASE(no_request_does_harm)
{
	static const int ending[] = { 401, 3401, 3407, 3600, 3605 };
	mach_port_t port[] = { SELF, mach_host_self(), mach_thread_self(),
		MACH_PORT_NULL };
	uint32_t before;
	size_t i, j;
	int id;

	OK(host_get_clock_service(mach_host_self(), SYSTEM_CLOCK, &port[3]));
	mig_put_reply_port(mig_get_reply_port());
	before = rig_names();
	for (id = 0; id < 6000; id++) {
		for (j = 0; j < sizeof(ending) / sizeof(ending[0]); j++) {
			if (id == ending[j])
				break;
		}
		/* task_terminate and its like are not to be tried. */
		if (j < sizeof(ending) / sizeof(ending[0]))
			continue;
		for (i = 0; i < 4; i++) {
			struct message m = { 0 };

			IS(0, ask(&m, port[i], id, 0, false));
			if (m.header.msgh_bits & MACH_MSGH_BITS_COMPLEX)
				mach_msg_destroy(&m.header);
			else if (code(&m) == KERN_SUCCESS)
				ATF_CHECK(words_of(&m) >= 3);
		}
	}
	IS(before, rig_names());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers_go_and_come_inline);
	ATF_TP_ADD_TC(tp, what_is_pointed_at_is_read_by_a_trap_too);
	ATF_TP_ADD_TC(tp, arrays_have_their_counts_before_them);
	ATF_TP_ADD_TC(tp, strings_have_an_end);
	ATF_TP_ADD_TC(tp, rights_go_and_come_in_descriptors);
	ATF_TP_ADD_TC(tp, arrays_of_rights_come_out_of_line);
	ATF_TP_ADD_TC(tp, what_is_pointed_at_goes_out_of_line);
	ATF_TP_ADD_TC(tp, requests_that_are_not_as_mig_writes_them);
	ATF_TP_ADD_TC(tp, what_a_failing_routine_was_given_is_given_back);
	ATF_TP_ADD_TC(tp, a_routine_is_of_one_kind_of_object);
	ATF_TP_ADD_TC(tp, a_routine_is_done_whoever_hears_of_it);
	ATF_TP_ADD_TC(tp, a_request_is_about_the_task_whose_port_it_went_to);
	ATF_TP_ADD_TC(tp, no_request_does_harm);
	return (atf_no_error());
}
