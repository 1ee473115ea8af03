/*
 * A MIG interface between two tasks: tests/mach/mig/sample.defs, with its
 * stubs written by hand in the form in which mig(1) writes them, so that all
 * that such stubs refer to is there and behaves.  mig/generated.sh links the
 * same tests with stubs that a mig(1) made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mach_sync_ipc.h>
#include <mach/mig_errors.h>

#include "tests/mach/mig/sample_stubs.h"
#include "tests/mach/rig.h"

/*
 * The server
 */

struct server {
	mach_port_name_t port;
	mach_port_name_t late; /* who waits for sample_later */
	int32_t late_n;
	int32_t notes;
	bool ends;
	mach_msg_return_t mr;
};

/* The one that the calling thread is. */
static _Thread_local struct server *self;

kern_return_t
do_sample_add(mach_port_t server, int32_t a, int64_t b, int64_t *sum)
{
	(void)server;
	*sum = a + b;
	return (KERN_SUCCESS);
}

kern_return_t
do_sample_echo(mach_port_t server, sample_text_t text, sample_text_t back)
{
	(void)server;
	(void)mig_strncpy_zerofill(back, text, sizeof(sample_text_t));
	return (KERN_SUCCESS);
}

/* What came goes back: the server has no more of it than before. */
kern_return_t
do_sample_hand(mach_port_t server, mach_port_t port, mach_port_t *same)
{
	(void)server;
	*same = port;
	return (KERN_SUCCESS);
}

kern_return_t
do_sample_double(mach_port_t server, sample_words_t words,
    mach_msg_type_number_t count, sample_words_t *twice,
    mach_msg_type_number_t *twice_count, int64_t *total)
{
	vm_size_t size = count * sizeof(words[0]);
	vm_address_t there = 0;
	mach_msg_type_number_t i;

	(void)server;
	*total = 0;
	if (count != 0) {
		mig_allocate(&there, size);
		if (there == 0)
			return (KERN_RESOURCE_SHORTAGE);
	}
	*twice = (sample_words_t)there;
	*twice_count = count;
	for (i = 0; i < count; i++) {
		(*twice)[i] = 2 * words[i];
		*total += (*twice)[i];
	}
	mig_deallocate((vm_address_t)words, size);
	return (KERN_SUCCESS);
}

kern_return_t
do_sample_note(mach_port_t server, int32_t n)
{
	(void)server;
	if (n < 0)
		self->ends = true;
	else
		self->notes++;
	return (KERN_SUCCESS);
}

/* Not ours then: whoever runs the server gives the right back. */
kern_return_t
do_sample_fail(mach_port_t server, mach_port_t port, kern_return_t code)
{
	(void)server;
	if (code == KERN_SUCCESS)
		(void)mach_port_deallocate(mach_task_self(), port);
	return (code);
}

kern_return_t
do_sample_later(
    mach_port_t server, mach_port_t reply, int32_t n, int32_t *twice)
{
	(void)server;
	(void)twice;
	self->late = reply;
	self->late_n = n;
	return (MIG_NO_REPLY);
}

kern_return_t
do_sample_count(mach_port_t server, int32_t *notes)
{
	(void)server;
	*notes = self->notes;
	return (KERN_SUCCESS);
}

static mach_msg_return_t
reply_late(struct server *s)
{
	struct number_reply r;

	memset(&r, 0, sizeof(r));
	r.Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	r.Head.msgh_remote_port = s->late;
	r.Head.msgh_id = SAMPLE_LATER + 100;
	r.NDR = NDR_record;
	r.n = 2 * s->late_n;
	s->late = MACH_PORT_NULL;
	return (mach_msg(&r.Head, MACH_SEND_MSG, sizeof(r), 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
}

static void
serve(void *arg)
{
	struct server *s = arg;

	self = s;
	while (!s->ends && s->mr == 0) {
		s->mr = mach_msg_server_once(sample_server, 512, s->port, 0);
		if (s->mr == 0 && s->late != MACH_PORT_NULL)
			s->mr = reply_late(s);
	}
}

/*
 * The client
 */

struct peer {
	struct rig_task *task;
	struct rig_thread *thread;
	struct server server;
	mach_port_name_t port; /* send right here */
};

static void
make_port(void *arg)
{
	struct server *s = arg;

	(void)mach_port_allocate(
	    mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &s->port);
}

static void
count_names(void *arg)
{
	*(uint32_t *)arg = rig_names();
}

/* It stays where it is: the thread's end writes to it. */
static void
peer_start(struct peer *p)
{
	memset(p, 0, sizeof(*p));
	p->task = rig_task_create();
	rig_run(p->task, make_port, &p->server, sizeof(p->server));
	p->port = rig_take(p->task, p->server.port, MACH_MSG_TYPE_MAKE_SEND);
	p->thread = rig_start(p->task, serve, &p->server, sizeof(p->server));
}

static void
peer_end(struct peer *p)
{
	OK(sample_note(p->port, -1));
	rig_join(p->thread);
	IS(0, p->server.mr);
	OK(mach_port_deallocate(SELF, p->port));
	rig_task_destroy(p->task);
}

static void
words_are_doubled(mach_port_t server, mach_msg_type_number_t count)
{
	sample_words_t words, twice = NULL;
	mach_msg_type_number_t i, n = 0;
	int64_t total = 0, sum = 0;

	words = calloc(count + 1, sizeof(words[0]));
	ATF_REQUIRE(words != NULL);
	for (i = 0; i < count; i++)
		sum += words[i] = (int32_t)i * 3 - 7;
	OK(sample_double(server, words, count, &twice, &n, &total));
	IS(count, n);
	IS(2 * sum, total);
	for (i = 0; i < n; i++) {
		if (twice[i] != 2 * words[i])
			break;
	}
	IS(count, i);
	if (n != 0)
		OK(vm_deallocate(
		    SELF, (vm_address_t)twice, n * sizeof(twice[0])));
	free(words);
}

/* One call of each routine. */
static void
all_routines(mach_port_t server, mach_port_name_t port)
{
	mach_port_t same = MACH_PORT_NULL;
	sample_text_t text = "Isthmus", back;
	int64_t sum = 0;
	int32_t twice = 0;

	OK(sample_add(server, -3, INT64_C(1) << 40, &sum));
	IS((INT64_C(1) << 40) - 3, sum);
	OK(sample_echo(server, text, back));
	ATF_CHECK_STREQ("Isthmus", back);
	OK(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	OK(sample_hand(server, port, &same));
	IS(port, same);
	IS(1, rig_refs(port, MACH_PORT_RIGHT_SEND));
	/* The server refuses, and the right is gone for good. */
	IS(1234, sample_fail(server, port, 1234));
	IS(MACH_PORT_TYPE_RECEIVE, rig_type(port));
	words_are_doubled(server, 100);
	OK(sample_note(server, 5));
	OK(sample_later(server, 21, &twice));
	IS(42, twice);
}

CASE(every_routine_works)
{
	mach_port_name_t port = rig_port();
	struct peer p;
	sample_text_t text, back;
	mach_port_t same = 1;
	int32_t notes = 0;

	peer_start(&p);
	all_routines(p.port, port);
	IS(0, rig_srights(port));
	OK(sample_count(p.port, &notes));
	IS(1, notes);
	/* The ends of what there is. */
	words_are_doubled(p.port, 0);
	words_are_doubled(p.port, 100000);
	OK(sample_hand(p.port, MACH_PORT_NULL, &same));
	IS(MACH_PORT_NULL, same);
	memset(text, 'x', sizeof(text));
	OK(sample_echo(p.port, text, back));
	IS(sizeof(text) - 1, strlen(back));
	text[0] = '\0';
	OK(sample_echo(p.port, text, back));
	IS(0, strlen(back));
	peer_end(&p);
}

/* Pages that the process has mapped; 0 where nothing tells. */
static long
pages_mapped(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[64] = "";
	bool read;

	if (f == NULL)
		return (0);
	read = fgets(line, sizeof(line), f) != NULL;
	(void)fclose(f);
	return (read ? strtol(line, NULL, 10) : 0);
}

CASE(ten_thousand_calls_leak_nothing)
{
	uint64_t late = mach_absolute_time() + UINT64_C(30000000000);
	mach_port_name_t port = rig_port();
	struct peer p;
	uint32_t names, theirs = 0, theirs_after = 0;
	long pages;
	uint64_t memory;
	int32_t notes = 0;
	int i;

	peer_start(&p);
	/* What a first call makes, and keeps. */
	all_routines(p.port, port);
	OK(sample_count(p.port, &notes));
	rig_run(p.task, count_names, &theirs, sizeof(theirs));
	names = rig_names();
	memory = rig_memory();
	pages = pages_mapped();
	/* On a guest that is a hundred times slower, as many as there is time. */
	for (i = 0; i < 1430 && mach_absolute_time() < late; i++)
		all_routines(p.port, port);
	printf("%d calls\n", 7 * i);
	OK(sample_count(p.port, &notes));
	IS(i + 1, notes);
	rig_run(p.task, count_names, &theirs_after, sizeof(theirs_after));
	IS(names, rig_names());
	IS(theirs, theirs_after);
	IS(memory, rig_memory());
	/* Of each call a page or two went each way. */
	ATF_CHECK_MSG(pages_mapped() < pages + 700,
	    "%ld pages mapped, once %ld", pages_mapped(), pages);
	peer_end(&p);
}

CASE(the_reply_port_is_kept_from_call_to_call)
{
	struct peer p;
	mach_port_t mine = mig_get_reply_port();
	mach_port_t special = mig_get_special_reply_port();
	int64_t sum;
	int32_t n;

	peer_start(&p);
	mig_put_reply_port(mine);
	OK(sample_add(p.port, 1, 2, &sum));
	IS(mine, mig_get_reply_port());
	OK(sample_count(p.port, &n));
	IS(special, mig_get_special_reply_port());
	/* A server that never was: nothing is lost by it. */
	IS(MACH_SEND_INVALID_DEST, sample_add(MACH_PORT_NULL, 1, 2, &sum));
	IS(mine, mig_get_reply_port());
	mig_dealloc_reply_port(mine);
	IS(0, rig_type(mine));
	OK(sample_add(p.port, 1, 2, &sum));
	peer_end(&p);
}

static void
ask_in_vain(void *arg)
{
	struct server *s = arg;
	int32_t n;

	s->mr = sample_later(s->port, 1, &n);
}

CASE(a_server_that_dies_is_told_of)
{
	mach_port_name_t port = rig_port_send();
	struct rig_thread *thread;
	struct rig_msg msg;
	struct server s = { .port = port };

	thread = rig_start(NULL, ask_in_vain, &s, sizeof(s));
	IS(0, rig_receive_in(port, &msg, 10000));
	IS(SAMPLE_LATER, msg.header.msgh_id);
	/* The right to answer ends unused. */
	mach_msg_destroy(&msg.header);
	rig_join(thread);
	IS(MIG_SERVER_DIED, s.mr);
}

/*
 * The demultiplexer alone
 */

/* What it answers to a request. */
static kern_return_t
demux(void *request, mach_msg_id_t id, size_t size, bool complex)
{
	union {
		mig_reply_error_t error;
		uint8_t room[512];
	} reply;
	mach_msg_header_t *h = request;
	boolean_t known;

	memset(&reply, 0xee, sizeof(reply));
	h->msgh_bits = (complex ? MACH_MSGH_BITS_COMPLEX : 0) |
		       MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
	h->msgh_size = (mach_msg_size_t)size;
	h->msgh_remote_port = 0x1703;
	h->msgh_local_port = 0x1803;
	h->msgh_id = id;
	known = sample_server(h, &reply.error.Head);
	IS(id >= SAMPLE_ADD && id < SAMPLE_END, known);
	IS(id + 100, reply.error.Head.msgh_id);
	IS(0x1703, reply.error.Head.msgh_remote_port);
	IS(MACH_PORT_NULL, reply.error.Head.msgh_local_port);
	IS(MACH_MSG_TYPE_PORT_SEND_ONCE, reply.error.Head.msgh_bits);
	return (reply.error.RetCode);
}

CASE(requests_that_are_not_as_they_should_be)
{
	struct add_request add = { .a = 1 };
	struct echo_request echo = { .count = 8, .text = "seven" };
	struct fail_request f = { .body = { 1 },
		.port = { .name = 1,
		    .disposition = MACH_MSG_TYPE_PORT_SEND,
		    .type = MACH_MSG_PORT_DESCRIPTOR },
		.code = 77 };
	const size_t least = sizeof(echo) - sizeof(echo.text);

	IS(MIG_BAD_ID, demux(&add, SAMPLE_ADD - 1, sizeof(add), false));
	IS(MIG_BAD_ID, demux(&add, SAMPLE_END, sizeof(add), false));
	IS(KERN_SUCCESS, demux(&add, SAMPLE_ADD, sizeof(add), false));
	IS(MIG_BAD_ARGUMENTS, demux(&add, SAMPLE_ADD, sizeof(add) - 4, false));
	IS(MIG_BAD_ARGUMENTS, demux(&add, SAMPLE_ADD, sizeof(add), true));
	IS(KERN_SUCCESS, demux(&echo, SAMPLE_ECHO, least + 8, false));
	IS(MIG_BAD_ARGUMENTS, demux(&echo, SAMPLE_ECHO, least + 4, false));
	echo.count = 4; /* no end in it */
	IS(MIG_BAD_ARGUMENTS, demux(&echo, SAMPLE_ECHO, least + 4, false));
	echo.count = 65;
	IS(MIG_BAD_ARGUMENTS, demux(&echo, SAMPLE_ECHO, sizeof(echo), false));
	IS(77, demux(&f, SAMPLE_FAIL, sizeof(f), true));
	IS(MIG_BAD_ARGUMENTS, demux(&f, SAMPLE_FAIL, sizeof(f), false));
	f.body.msgh_descriptor_count = 2;
	IS(MIG_BAD_ARGUMENTS, demux(&f, SAMPLE_FAIL, sizeof(f), true));
	f.body.msgh_descriptor_count = 1;
	f.port.disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	IS(MIG_TYPE_ERROR, demux(&f, SAMPLE_FAIL, sizeof(f), true));
	f.port.disposition = MACH_MSG_TYPE_PORT_SEND;
	f.port.type = MACH_MSG_OOL_DESCRIPTOR;
	IS(MIG_TYPE_ERROR, demux(&f, SAMPLE_FAIL, sizeof(f), true));
}

CASE(the_table_of_a_subsystem_leads_to_its_routines)
{
	const struct mig_subsystem *s =
	    (const struct mig_subsystem *)(const void *)&do_sample_subsystem;
	mach_msg_header_t h = { .msgh_id = SAMPLE_ECHO };

	IS(SAMPLE_ADD, s->start);
	IS(SAMPLE_END, s->end);
	ATF_CHECK(s->server == sample_server_routine);
	ATF_CHECK(s->maxsize >= sizeof(struct echo_reply));
	ATF_CHECK(sample_server_routine(&h) ==
		  s->routine[SAMPLE_ECHO - SAMPLE_ADD].stub_routine);
	h.msgh_id = SAMPLE_END;
	ATF_CHECK(sample_server_routine(&h) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_routine_works);
	ATF_TP_ADD_TC(tp, ten_thousand_calls_leak_nothing);
	ATF_TP_ADD_TC(tp, the_reply_port_is_kept_from_call_to_call);
	ATF_TP_ADD_TC(tp, a_server_that_dies_is_told_of);
	ATF_TP_ADD_TC(tp, requests_that_are_not_as_they_should_be);
	ATF_TP_ADD_TC(tp, the_table_of_a_subsystem_leads_to_its_routines);
	return (atf_no_error());
}
