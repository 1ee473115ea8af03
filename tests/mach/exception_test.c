/*
 * Exceptions as messages: what sends them, and the demultiplexers that call
 * a program's functions.
 */
#include <string.h>

#include <mach/exc.h>
#include <mach/mig_errors.h>

#include "tests/mach/rig.h"

#define ROOM 8192 /* of a request with the largest state */
#define FLAVOR 7
#define REFUSE 99 /* an exception that is not handled */

/* What a handler was told, in the thread that serves. */
static _Thread_local struct told {
	mach_port_t port, thread, task;
	exception_type_t type;
	int64_t code[2];
	mach_msg_type_number_t count;
	int flavor;
	uint32_t first, nstate;
} told;

static void
tell(mach_port_t port, mach_port_t thread, mach_port_t task,
    exception_type_t type, mach_msg_type_number_t count)
{
	memset(&told, 0, sizeof(told));
	told.port = port;
	told.thread = thread;
	told.task = task;
	told.type = type;
	told.count = count;
}

/* The rights are the handler's, when it succeeds. */
static kern_return_t
end(void)
{
	if (told.type == REFUSE)
		return (KERN_FAILURE);
	if (told.thread != MACH_PORT_NULL)
		(void)mach_port_deallocate(SELF, told.thread);
	if (told.task != MACH_PORT_NULL)
		(void)mach_port_deallocate(SELF, told.task);
	return (KERN_SUCCESS);
}

static kern_return_t
end_state(int *flavor, const natural_t *state, mach_msg_type_number_t n,
    natural_t *new_state, mach_msg_type_number_t *new_n)
{
	mach_msg_type_number_t i;

	told.flavor = *flavor;
	told.first = n == 0 ? 0 : state[0];
	told.nstate = n;
	*flavor += 1;
	*new_n = n;
	for (i = 0; i < n; i++)
		new_state[i] = state[i] + 1;
	return (end());
}

kern_return_t
catch_mach_exception_raise(mach_port_t port, mach_port_t thread,
    mach_port_t task, exception_type_t type, mach_exception_data_t code,
    mach_msg_type_number_t count)
{
	tell(port, thread, task, type, count);
	memcpy(told.code, code, count * sizeof(code[0]));
	return (end());
}

kern_return_t
catch_mach_exception_raise_state(mach_port_t port, exception_type_t type,
    const mach_exception_data_t code, mach_msg_type_number_t count, int *flavor,
    const thread_state_t state, mach_msg_type_number_t n,
    thread_state_t new_state, mach_msg_type_number_t *new_n)
{
	tell(port, MACH_PORT_NULL, MACH_PORT_NULL, type, count);
	memcpy(told.code, code, count * sizeof(code[0]));
	return (end_state(flavor, state, n, new_state, new_n));
}

kern_return_t
catch_mach_exception_raise_state_identity(mach_port_t port, mach_port_t thread,
    mach_port_t task, exception_type_t type, mach_exception_data_t code,
    mach_msg_type_number_t count, int *flavor, thread_state_t state,
    mach_msg_type_number_t n, thread_state_t new_state,
    mach_msg_type_number_t *new_n)
{
	tell(port, thread, task, type, count);
	memcpy(told.code, code, count * sizeof(code[0]));
	return (end_state(flavor, state, n, new_state, new_n));
}

/* Of the three with codes of 32 bits this program has two. */
kern_return_t
catch_exception_raise(mach_port_t port, mach_port_t thread, mach_port_t task,
    exception_type_t type, exception_data_t code, mach_msg_type_number_t count)
{
	tell(port, thread, task, type, count);
	told.code[0] = code[0];
	told.code[1] = code[1];
	return (end());
}

kern_return_t
catch_exception_raise_state(mach_port_t port, exception_type_t type,
    const exception_data_t code, mach_msg_type_number_t count, int *flavor,
    const thread_state_t state, mach_msg_type_number_t n,
    thread_state_t new_state, mach_msg_type_number_t *new_n)
{
	tell(port, MACH_PORT_NULL, MACH_PORT_NULL, type, count);
	told.code[0] = code[0];
	told.code[1] = code[1];
	return (end_state(flavor, state, n, new_state, new_n));
}

/*
 * A server of one request, and what it heard.
 */

struct server {
	mach_port_t port;
	bool narrow;
	mach_msg_return_t mr;
	struct told told;
};

static void
serve(void *arg)
{
	struct server *s = arg;

	s->mr = mach_msg_server_once(
	    s->narrow ? exc_server : mach_exc_server, ROOM, s->port, 0);
	s->told = told;
}

static struct rig_thread *
server_start(struct server *s, bool narrow)
{
	memset(s, 0, sizeof(*s));
	s->port = rig_port_send();
	s->narrow = narrow;
	return (rig_start(NULL, serve, s, sizeof(*s)));
}

CASE(an_exception_is_raised)
{
	mach_exception_data_type_t code[2] = { INT64_C(1) << 40, -2 };
	mach_port_t thread = rig_port_send(), task = rig_port_send();
	struct rig_thread *server;
	uint32_t before;
	struct server s;

	server = server_start(&s, false);
	(void)mig_get_reply_port();
	(void)rig_thread_port(server);
	before = rig_names();
	OK(mach_exception_raise(s.port, thread, task, EXC_SOFTWARE, code, 2));
	rig_join(server);
	IS(0, s.mr);
	IS(s.port, s.told.port);
	IS(thread, s.told.thread);
	IS(task, s.told.task);
	IS(EXC_SOFTWARE, s.told.type);
	IS(2, s.told.count);
	IS(code[0], s.told.code[0]);
	IS(code[1], s.told.code[1]);
	/* Copied there, and given back. */
	IS(1, rig_refs(thread, MACH_PORT_RIGHT_SEND));
	IS(before, rig_names());
}

CASE(an_exception_that_is_refused_loses_nothing)
{
	mach_exception_data_type_t code[2] = { 0, 0 };
	mach_port_t thread = rig_port_send(), task = rig_port_send();
	struct rig_thread *server;
	struct server s;

	server = server_start(&s, false);
	IS(KERN_FAILURE,
	    mach_exception_raise(s.port, thread, task, REFUSE, code, 0));
	rig_join(server);
	IS(0, s.mr);
	IS(0, s.told.count);
	IS(1, rig_refs(thread, MACH_PORT_RIGHT_SEND));
	IS(1, rig_refs(task, MACH_PORT_RIGHT_SEND));
	IS(MACH_SEND_INVALID_DEST, mach_exception_raise(MACH_PORT_NULL, thread,
				       task, EXC_SOFTWARE, code, 2));
	IS(MIG_ARRAY_TOO_LARGE,
	    mach_exception_raise(s.port, thread, task, EXC_SOFTWARE, code, 3));
}

/* Its state comes back changed, with or without who it was. */
static void
with_state(bool identity, mach_msg_type_number_t n)
{
	static natural_t state[THREAD_STATE_MAX], changed[THREAD_STATE_MAX];
	mach_exception_data_type_t code[2] = { 5, 6 };
	mach_msg_type_number_t n_changed = THREAD_STATE_MAX;
	mach_port_t thread = rig_port_send(), task = rig_port_send();
	struct rig_thread *server;
	int flavor = FLAVOR;
	struct server s;

	state[0] = 1000;
	state[n - 1] += 17;
	server = server_start(&s, false);
	if (identity)
		OK(mach_exception_raise_state_identity(s.port, thread, task,
		    EXC_CRASH, code, 2, &flavor, state, n, changed,
		    &n_changed));
	else
		OK(mach_exception_raise_state(s.port, EXC_CRASH, code, 1,
		    &flavor, state, n, changed, &n_changed));
	rig_join(server);
	IS(0, s.mr);
	IS(identity ? thread : MACH_PORT_NULL, s.told.thread);
	IS(identity ? task : MACH_PORT_NULL, s.told.task);
	IS(identity ? 2 : 1, s.told.count);
	IS(5, s.told.code[0]);
	IS(identity ? 6 : 0, s.told.code[1]);
	IS(FLAVOR, s.told.flavor);
	IS(FLAVOR + 1, flavor);
	IS(n, s.told.nstate);
	IS(n, n_changed);
	IS(state[0] + 1, changed[0]);
	IS(state[n - 1] + 1, changed[n - 1]);
	state[n - 1] = 0;
	IS(1, rig_refs(thread, MACH_PORT_RIGHT_SEND));
}

CASE(a_state_comes_back_changed)
{
	with_state(false, 44);
	with_state(true, 44);
	with_state(false, 1);
	with_state(true, THREAD_STATE_MAX);
}

CASE(a_state_that_has_no_room_is_said_to)
{
	natural_t state[4] = { 1, 2, 3, 4 }, changed[4] = { 0 };
	mach_exception_data_type_t code[2] = { 0 };
	mach_msg_type_number_t n = 2;
	struct rig_thread *server;
	int flavor = FLAVOR;
	struct server s;

	server = server_start(&s, false);
	IS(MIG_ARRAY_TOO_LARGE, mach_exception_raise_state(s.port, EXC_CRASH,
				    code, 2, &flavor, state, 4, changed, &n));
	rig_join(server);
	IS(4, n);
	IS(3, changed[1]);
	IS(0, changed[2]);
}

CASE(codes_of_32_bits)
{
	exception_data_type_t code[2] = { -7, 8 };
	mach_port_t thread = rig_port_send(), task = rig_port_send();
	natural_t state[3] = { 10, 20, 30 }, changed[3];
	mach_msg_type_number_t n = 3;
	struct rig_thread *server;
	int flavor = FLAVOR;
	struct server s;

	server = server_start(&s, true);
	OK(exception_raise(s.port, thread, task, EXC_ARITHMETIC, code, 2));
	rig_join(server);
	IS(EXC_ARITHMETIC, s.told.type);
	IS(-7, s.told.code[0]);
	IS(8, s.told.code[1]);
	server = server_start(&s, true);
	OK(exception_raise_state(
	    s.port, EXC_CRASH, code, 2, &flavor, state, 3, changed, &n));
	rig_join(server);
	IS(3, n);
	IS(31, changed[2]);
	/* The function for that one is not in this program. */
	server = server_start(&s, true);
	IS(MIG_BAD_ID, exception_raise_state_identity(s.port, thread, task,
			   EXC_CRASH, code, 2, &flavor, state, 3, changed, &n));
	rig_join(server);
	IS(0, s.mr);
	IS(1, rig_refs(thread, MACH_PORT_RIGHT_SEND));
}

/*
 * The demultiplexers alone
 */

static kern_return_t
demux(int id, size_t size, uint32_t bits, const void *rest, boolean_t *known)
{
	union {
		mach_msg_header_t header;
		uint8_t room[ROOM];
	} in, out;

	memset(&in, 0, sizeof(in));
	memset(&out, 0xee, sizeof(out));
	in.header.msgh_bits =
	    bits | MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE, 0);
	in.header.msgh_size = (mach_msg_size_t)size;
	in.header.msgh_id = id;
	if (rest != NULL)
		memcpy(&in.header + 1, rest, size - sizeof(in.header));
	*known = mach_exc_server(&in.header, &out.header);
	IS(id + 100, out.header.msgh_id);
	IS(sizeof(mig_reply_error_t), out.header.msgh_size);
	return (((mig_reply_error_t *)&out.header)->RetCode);
}

CASE(requests_that_are_not_as_they_should_be)
{
	struct {
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port[2];
		NDR_record_t NDR;
		uint32_t word[6];
	} m;
	const size_t size = sizeof(mach_msg_header_t) + sizeof(m);
	boolean_t known;
	size_t n;

	memset(&m, 0, sizeof(m));
	IS(MIG_BAD_ID, demux(2404, size, 0, &m, &known));
	IS(FALSE, known);
	IS(MIG_BAD_ID, demux(2408, size, 0, &m, &known));
	m.body.msgh_descriptor_count = 2;
	m.port[0].type = m.port[1].type = MACH_MSG_PORT_DESCRIPTOR;
	m.port[0].disposition = m.port[1].disposition = MACH_MSG_TYPE_PORT_SEND;
	m.word[1] = 2;
	OK(demux(2405, size, MACH_MSGH_BITS_COMPLEX, &m, &known));
	IS(TRUE, known);
	/* Whatever is missing at its end. */
	for (n = sizeof(mach_msg_header_t); n < size; n += 4)
		IS(MIG_BAD_ARGUMENTS,
		    demux(2405, n, MACH_MSGH_BITS_COMPLEX, &m, &known));
	IS(MIG_BAD_ARGUMENTS, demux(2405, size, 0, &m, &known));
	IS(MIG_BAD_ARGUMENTS,
	    demux(2406, size, MACH_MSGH_BITS_COMPLEX, &m, &known));
	m.word[1] = 3;
	IS(MIG_BAD_ARGUMENTS,
	    demux(2405, size, MACH_MSGH_BITS_COMPLEX, &m, &known));
	m.word[1] = 2;
	m.port[1].disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	IS(MIG_TYPE_ERROR,
	    demux(2405, size, MACH_MSGH_BITS_COMPLEX, &m, &known));
	m.port[1].type = MACH_MSG_OOL_DESCRIPTOR;
	IS(MIG_TYPE_ERROR,
	    demux(2405, size, MACH_MSGH_BITS_COMPLEX, &m, &known));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_exception_is_raised);
	ATF_TP_ADD_TC(tp, an_exception_that_is_refused_loses_nothing);
	ATF_TP_ADD_TC(tp, a_state_comes_back_changed);
	ATF_TP_ADD_TC(tp, a_state_that_has_no_room_is_said_to);
	ATF_TP_ADD_TC(tp, codes_of_32_bits);
	ATF_TP_ADD_TC(tp, requests_that_are_not_as_they_should_be);
	return (atf_no_error());
}
