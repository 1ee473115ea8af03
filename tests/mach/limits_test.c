/*
 * Limits of names and bytes: kept exactly, told to the guilty, felt by nobody
 * else.  The tasks are of a host with small limits; what happens in one is
 * told in its argument.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/mach/rig.h"

#define COPY MACH_MSG_TYPE_COPY_SEND
#define NAMES 200
#define BYTES 10000

struct probe {
	int error; /* the line where something was not as it should be */
	long value[8];
};

#define WANT(p, x)                             \
	do {                                   \
		if (!(x) && (p)->error == 0)   \
			(p)->error = __LINE__; \
	} while (0)

static void
run(struct rig_task *task, rig_fn *fn, struct probe *p)
{
	rig_run(task, fn, p, sizeof(*p));
	ATF_CHECK_MSG(p->error == 0, "line %d", p->error);
}

static mach_port_name_t
port(struct probe *p)
{
	mach_port_name_t name = MACH_PORT_NULL;

	WANT(p, mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name) ==
		    KERN_SUCCESS);
	WANT(p, mach_port_insert_right(
		    SELF, name, name, MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS);
	return (name);
}

/* Allocates until that fails: how many there were. */
static int
fill_names(struct probe *p, kern_return_t *kr)
{
	mach_port_name_t name;
	int n = 0;

	(void)p;
	while ((*kr = mach_port_allocate(
		    SELF, MACH_PORT_RIGHT_RECEIVE, &name)) == KERN_SUCCESS)
		n++;
	return (n);
}

/*
 * Names
 */

static void
names_exactly(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t name, first = port(p);
	mach_msg_type_name_t type;
	int before = (int)rig_names(), n;
	kern_return_t kr;

	n = fill_names(p, &kr);
	WANT(p, kr == KERN_NO_SPACE);
	WANT(p, before + n == NAMES);
	WANT(p, (int)rig_names() == NAMES);
	/* Every way to a name ends there. */
	WANT(p, mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &name) ==
		    KERN_NO_SPACE);
	WANT(p, mach_port_allocate(SELF, MACH_PORT_RIGHT_DEAD_NAME, &name) ==
		    KERN_NO_SPACE);
	WANT(p,
	    mach_port_extract_right(SELF, first, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		&name, &type) == KERN_NO_SPACE);
	WANT(p, mach_reply_port() == MACH_PORT_NULL);
	WANT(p, mk_timer_create() == MACH_PORT_NULL);
	/* What has a name already needs none. */
	WANT(p, mach_port_insert_right(SELF, first, first,
		    MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS);
	/* One less, one more. */
	WANT(p, mach_port_destroy(SELF, first) == KERN_SUCCESS);
	WANT(p, fill_names(p, &kr) == 1);
}

CASE(names_are_limited_exactly)
{
	struct rig_task *task = rig_task_create_limited(NAMES, 0, 0, 0);
	struct rig_task *other = rig_task_create_beside(task);
	struct probe p = { 0 };

	run(task, names_exactly, &p);
	/* Nobody else notices. */
	memset(&p, 0, sizeof(p));
	run(other, names_exactly, &p);
	rig_task_destroy(other);
	rig_task_destroy(task);
}

static void
no_name_for_a_body(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p), carried = port(p), name;
	struct rig_msg msg;
	kern_return_t kr;

	WANT(p, rig_send_right(to, carried, MACH_MSG_TYPE_MAKE_SEND_ONCE) == 0);
	(void)fill_names(p, &kr);
	WANT(p, rig_receive(to, &msg) ==
		    (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE));
	WANT(p, msg.port[0].name == MACH_PORT_NULL);
	WANT(p, msg.header.msgh_local_port == to);
	/* The right is given back, and told of. */
	WANT(p, rig_receive_id(carried) == MACH_NOTIFY_SEND_ONCE);
	/* One that has a name comes in. */
	WANT(p, rig_send_right(to, carried, COPY) == 0);
	WANT(p, rig_receive(to, &msg) == 0);
	WANT(p, msg.port[0].name == carried);
	/* A receive right that finds no name is destroyed. */
	WANT(p, mach_port_destroy(SELF, carried) == KERN_SUCCESS);
	WANT(p, mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &carried) ==
		    KERN_SUCCESS);
	WANT(p, rig_send_right(to, carried, MACH_MSG_TYPE_MOVE_RECEIVE) == 0);
	WANT(p, mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name) ==
		    KERN_SUCCESS);
	WANT(p, rig_receive(to, &msg) ==
		    (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE));
	WANT(p, msg.port[0].name == MACH_PORT_NULL);
	WANT(p, (int)rig_names() == NAMES);
}

CASE(a_right_that_finds_no_name_is_a_body_error)
{
	struct rig_task *task = rig_task_create_limited(NAMES, 0, 0, 0);
	struct probe p = { 0 };

	run(task, no_name_for_a_body, &p);
	rig_task_destroy(task);
}

static void
no_name_for_a_header(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p), reply = port(p);
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_remote_port = to,
		.msgh_local_port = reply,
		.msgh_id = 44,
	};
	struct rig_msg msg;
	kern_return_t kr;

	WANT(p, mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL, 0,
		    MACH_PORT_NULL) == 0);
	(void)fill_names(p, &kr);
	WANT(p, rig_receive(to, &msg) ==
		    (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE));
	WANT(p, msg.header.msgh_local_port == to);
	WANT(p, msg.header.msgh_remote_port == MACH_PORT_NULL);
	WANT(p, msg.header.msgh_size == sizeof(mach_msg_header_t));
	WANT(p, rig_receive_id(reply) == MACH_NOTIFY_SEND_ONCE);
}

CASE(a_reply_right_that_finds_no_name_is_a_header_error)
{
	struct rig_task *task = rig_task_create_limited(NAMES, 0, 0, 0);
	struct probe p = { 0 };

	run(task, no_name_for_a_header, &p);
	rig_task_destroy(task);
}

static void
no_name_for_what_comes_back(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p), reply = port(p);
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(COPY, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_remote_port = to,
		.msgh_local_port = reply,
	};
	kern_return_t kr;
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		WANT(p, rig_send(to, COPY, i) == 0);
	(void)fill_names(p, &kr);
	WANT(p, mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
		    MACH_PORT_NULL, 0, MACH_PORT_NULL) ==
		    (MACH_SEND_TIMED_OUT | MACH_MSG_IPC_SPACE));
	WANT(p, h.msgh_remote_port == to);
	WANT(p, h.msgh_local_port == MACH_PORT_NULL);
	WANT(p, rig_receive_id(reply) == MACH_NOTIFY_SEND_ONCE);
}

CASE(a_message_that_comes_back_without_room_says_so)
{
	struct rig_task *task = rig_task_create_limited(NAMES, 0, 0, 0);
	struct probe p = { 0 };

	run(task, no_name_for_what_comes_back, &p);
	rig_task_destroy(task);
}

/*
 * Bytes
 */

static mach_msg_return_t
send_size(mach_port_name_t to, mach_msg_size_t size)
{
	mach_msg_header_t *h = calloc(1, size);
	mach_msg_return_t mr;

	if (h == NULL)
		return (-1);
	h->msgh_bits = MACH_MSGH_BITS(COPY, 0);
	h->msgh_remote_port = to;
	mr = mach_msg(h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL);
	free(h);
	return (mr);
}

/*
 * The largest message that can be sent now; none is queued after that.  What
 * it lacks to BYTES is what any message takes besides.
 */
static mach_msg_size_t
largest(struct probe *p)
{
	mach_port_name_t to = port(p);
	mach_msg_size_t size = BYTES;

	while (size > 24 && send_size(to, size) == MACH_SEND_NO_BUFFER)
		size -= 4;
	WANT(p, mach_port_destroy(SELF, to) == KERN_SUCCESS);
	return (size);
}

static void
bytes_exactly(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p), other = port(p), once, name;
	mach_msg_size_t most = largest(p), rest = most - 6000 - (BYTES - most);
	mach_msg_type_name_t type;

	WANT(p, most < BYTES && most > BYTES - 1000);
	once = rig_send_once(other);
	WANT(p, send_size(to, 6000) == 0);
	WANT(p, send_size(to, rest + 4) == MACH_SEND_NO_BUFFER);
	WANT(p, send_size(to, rest) == 0);
	WANT(p, send_size(other, 24) == MACH_SEND_NO_BUFFER);
	/* Nothing was taken: the right is there still. */
	WANT(p, rig_refs(other, MACH_PORT_RIGHT_SEND) == 1);
	/* A notification comes in any case; no right is made to one more. */
	WANT(p, mach_port_deallocate(SELF, once) == KERN_SUCCESS);
	WANT(p,
	    mach_port_extract_right(SELF, other, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		&name, &type) == KERN_RESOURCE_SHORTAGE);
	WANT(p, rig_receive_id(other) == MACH_NOTIFY_SEND_ONCE);
	{
		struct {
			mach_msg_header_t h;
			uint8_t rest[8000];
		} m;

		WANT(p, mach_msg(&m.h, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			    sizeof(m), to, 0, MACH_PORT_NULL) == 0);
	}
	WANT(p, send_size(other, 6004) == MACH_SEND_NO_BUFFER);
	WANT(p, send_size(other, 6000) == 0);
	/* A port's end gives back what its queue held. */
	WANT(p, mach_port_destroy(SELF, other) == KERN_SUCCESS);
	WANT(p, send_size(to, 6000) == 0);
	WANT(p, send_size(to, 24) == MACH_SEND_NO_BUFFER);
	WANT(p, mach_port_destroy(SELF, to) == KERN_SUCCESS);
	WANT(p, largest(p) == most);
}

CASE(bytes_of_a_task_are_limited_exactly)
{
	struct rig_task *task = rig_task_create_limited(0, 0, BYTES, 0);
	struct rig_task *other = rig_task_create_beside(task);
	struct probe p = { 0 };

	run(task, bytes_exactly, &p);
	memset(&p, 0, sizeof(p));
	run(other, bytes_exactly, &p);
	rig_task_destroy(other);
	rig_task_destroy(task);
}

static void
take_all_but_24(void *arg)
{
	struct probe *p = arg;
	mach_msg_size_t most = largest(p);

	p->value[0] = most;
	WANT(p, send_size(port(p), most - (BYTES - most) - 24) == 0);
}

static void
find_24(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p);

	WANT(p, send_size(to, 28) == MACH_SEND_NO_BUFFER);
	WANT(p, send_size(to, 24) == 0);
	WANT(p, send_size(to, 24) == MACH_SEND_NO_BUFFER);
	WANT(p, mach_port_destroy(SELF, to) == KERN_SUCCESS);
}

static void
find_all(void *arg)
{
	struct probe *p = arg;

	WANT(p, largest(p) == (mach_msg_size_t)p->value[0]);
}

CASE(bytes_of_a_uid_are_limited_for_all_its_tasks)
{
	struct rig_task *first = rig_task_create_limited(0, 0, 0, BYTES);
	struct rig_task *a = rig_task_create_beside(first);
	struct rig_task *b = rig_task_create_beside(first);
	struct probe p = { 0 };

	run(a, take_all_but_24, &p);
	run(b, find_24, &p);
	/* Its end gives back all it had queued with itself. */
	rig_task_destroy(a);
	run(b, find_all, &p);
	rig_task_destroy(b);
	rig_task_destroy(first);
}

static void
one_port(void *arg)
{
	(void)port(arg);
}

/* Ports until there is no room, which it then has. */
static void
fill_room(void *arg)
{
	struct probe *p = arg;
	kern_return_t kr;

	p->value[0] = fill_names(p, &kr);
	WANT(p, kr == KERN_RESOURCE_SHORTAGE);
}

CASE(names_of_a_uid_are_limited_for_all_its_tasks)
{
	/* Room comes in pieces of 256, with a task's first name on. */
	struct rig_task *first = rig_task_create_limited(0, 1024, 0, 0);
	struct rig_task *a = rig_task_create_beside(first);
	struct rig_task *b = rig_task_create_beside(first);
	struct probe p = { 0 };

	run(first, one_port, &p);
	run(b, one_port, &p);
	run(a, fill_room, &p);
	ATF_CHECK_MSG(p.value[0] > 256 && p.value[0] < 1024, "%ld", p.value[0]);
	run(b, fill_room, &p);
	ATF_CHECK_MSG(p.value[0] < 256, "%ld", p.value[0]);
	/* What the one had the other can have. */
	rig_task_destroy(a);
	run(b, fill_room, &p);
	ATF_CHECK_MSG(p.value[0] >= 256, "%ld", p.value[0]);
	rig_task_destroy(b);
	rig_task_destroy(first);
}

static void
out_of_line(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p);
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_descriptor_t ool;
	} m;
	uint8_t *data = calloc(1, 20000);

	memset(&m, 0, sizeof(m));
	m.header.msgh_bits = MACH_MSGH_BITS(COPY, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = 1;
	m.ool.address = data;
	m.ool.size = 20000;
	m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	WANT(p, mach_msg(&m.header, MACH_SEND_MSG, sizeof(m), 0, MACH_PORT_NULL,
		    0, MACH_PORT_NULL) == MACH_SEND_NO_BUFFER);
	m.ool.size = 9000;
	WANT(p, mach_msg(&m.header, MACH_SEND_MSG, sizeof(m), 0, MACH_PORT_NULL,
		    0, MACH_PORT_NULL) == 0);
	WANT(p, send_size(to, 1000) == MACH_SEND_NO_BUFFER);
	WANT(p, mach_port_destroy(SELF, to) == KERN_SUCCESS);
	WANT(p, largest(p) > BYTES - 1000);
	free(data);
}

CASE(memory_out_of_line_is_paid_for)
{
	struct rig_task *task = rig_task_create_limited(0, 0, BYTES, 0);
	struct probe p = { 0 };

	run(task, out_of_line, &p);
	rig_task_destroy(task);
}

/*
 * What send-once rights become
 */

static kern_return_t
make_once(mach_port_name_t receive, mach_port_name_t *name)
{
	mach_msg_type_name_t type;

	return (mach_port_extract_right(
	    SELF, receive, MACH_MSG_TYPE_MAKE_SEND_ONCE, name, &type));
}

/* Drops rights to its own port until it may make no more of them. */
static void
drop_rights(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p), name = MACH_PORT_NULL, previous;
	kern_return_t kr = KERN_SUCCESS;
	int n = 0, i;

	while (n < BYTES && (kr = make_once(to, &name)) == KERN_SUCCESS) {
		WANT(p, mach_port_deallocate(SELF, name) == KERN_SUCCESS);
		n++;
	}
	WANT(p, kr == KERN_RESOURCE_SHORTAGE);
	WANT(p, n > 4 && n < BYTES / 100);
	/* Nor by any other way. */
	WANT(p, mach_port_request_notification(SELF, to, MACH_NOTIFY_NO_SENDERS,
		    0, to, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		    &previous) == KERN_RESOURCE_SHORTAGE);
	WANT(p, rig_send_right(to, to, MACH_MSG_TYPE_MAKE_SEND_ONCE) ==
		    MACH_SEND_NO_BUFFER);
	/* It hears of every one. */
	for (i = 0; i < n; i++)
		WANT(p, rig_receive_id(to) == MACH_NOTIFY_SEND_ONCE);
	WANT(p, rig_receive_id(to) == -1);
	WANT(p, largest(p) > BYTES - 1000);
	WANT(p, make_once(to, &name) == KERN_SUCCESS);
}

static void
goes_on(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p);

	WANT(p, send_size(to, 1000) == 0);
	WANT(p, mach_port_deallocate(SELF, rig_send_once(to)) == KERN_SUCCESS);
}

CASE(notices_are_paid_by_whose_port_it_is)
{
	struct rig_task *task = rig_task_create_limited(0, 0, BYTES, 0);
	struct rig_task *other = rig_task_create_beside(task);
	struct probe p = { 0 };

	run(task, drop_rights, &p);
	run(other, goes_on, &p);
	/* Again, now that it is below its limit. */
	run(task, drop_rights, &p);
	rig_task_destroy(other);
	rig_task_destroy(task);
}

/* An array of 8 send-once rights to the port. */
static mach_msg_return_t
send_rights(mach_port_name_t to, mach_port_name_t carried)
{
	mach_port_name_t names[8];
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_ool_ports_descriptor_t ports;
	} m;
	int i;

	for (i = 0; i < 8; i++)
		names[i] = carried;
	memset(&m, 0, sizeof(m));
	m.header.msgh_bits = MACH_MSGH_BITS(COPY, 0) | MACH_MSGH_BITS_COMPLEX;
	m.header.msgh_remote_port = to;
	m.body.msgh_descriptor_count = 1;
	m.ports.address = names;
	m.ports.count = 8;
	m.ports.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	m.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	return (mach_msg(&m.header, MACH_SEND_MSG, sizeof(m), 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
}

/* Before they are any, so that what comes of a port's end has a bound. */
static void
carry_rights(void *arg)
{
	struct probe *p = arg;
	mach_port_name_t to = port(p), carried = port(p);
	int n = 0, i;

	while (n < 100 && send_rights(to, carried) == 0)
		n++;
	WANT(p, n > 0 && n < BYTES / 8 / 100);
	WANT(p, mach_port_destroy(SELF, to) == KERN_SUCCESS);
	to = port(p);
	WANT(p, send_rights(to, carried) == MACH_SEND_NO_BUFFER);
	for (i = 0; i < 8 * n; i++)
		WANT(p, rig_receive_id(carried) == MACH_NOTIFY_SEND_ONCE);
	WANT(p, rig_receive_id(carried) == -1);
	WANT(p, send_rights(to, carried) == 0);
	WANT(p, mach_port_destroy(SELF, carried) == KERN_SUCCESS);
	WANT(p, mach_port_destroy(SELF, to) == KERN_SUCCESS);
	WANT(p, largest(p) > BYTES - 1000);
}

CASE(rights_in_messages_pay_for_their_notices)
{
	struct rig_task *task = rig_task_create_limited(0, 0, BYTES, 0);
	struct probe p = { 0 };

	run(task, carry_rights, &p);
	rig_task_destroy(task);
}

/* A queue has a limit of bytes, too: 64 MiB, or one message. */
CASE(bytes_of_a_queue_are_limited)
{
	const mach_msg_size_t size = 30u << 20;
	mach_port_name_t to = rig_port_send();

	IS(0, send_size(to, size));
	IS(0, send_size(to, size));
	IS(MACH_SEND_TIMED_OUT, send_size(to, size));
	IS(0, send_size(to, 24));
	IS(3, rig_status(to).mps_msgcount);
}

/* Each as large as it may be alone. */
CASE(a_large_message_is_sent_and_received_in_one_call)
{
	const mach_msg_size_t size = 40u << 20, room = size + MAX_TRAILER_SIZE;
	mach_port_name_t port = rig_port_send();
	mach_msg_header_t *m = calloc(1, size), *in = malloc(room);

	ATF_REQUIRE(m != NULL && in != NULL);
	m->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m->msgh_remote_port = port;
	((char *)m)[size - 1] = 5;
	IS(0, mach_msg_overwrite(m, MACH_SEND_MSG | MACH_RCV_MSG, size, room,
		  port, 0, MACH_PORT_NULL, in, 0));
	IS(size, in->msgh_size);
	IS(5, ((char *)in)[size - 1]);
	free(m);
	free(in);
}

CASE(many_names_cost_no_more_each)
{
	int n = (int)rig_times(1 << 18);
	uint32_t before = rig_names();
	uint64_t start, first = 0, last = 0;
	mach_port_name_t name;
	int i;

	for (i = 0; i < n; i++) {
		start = mach_absolute_time();
		ATF_REQUIRE_EQ(KERN_SUCCESS,
		    mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &name));
		if (i < n / 8)
			first += mach_absolute_time() - start;
		if (i >= n - n / 8)
			last += mach_absolute_time() - start;
	}
	IS(before + (uint32_t)n, rig_names());
	/* A look-up costs what it did: far from linear. */
	ATF_CHECK_MSG(last < 20 * first, "%ju ns, then %ju ns",
	    (uintmax_t)first, (uintmax_t)last);
	IS(1, rig_refs(name, MACH_PORT_RIGHT_RECEIVE));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names_are_limited_exactly);
	ATF_TP_ADD_TC(tp, a_right_that_finds_no_name_is_a_body_error);
	ATF_TP_ADD_TC(tp, a_reply_right_that_finds_no_name_is_a_header_error);
	ATF_TP_ADD_TC(tp, a_message_that_comes_back_without_room_says_so);
	ATF_TP_ADD_TC(tp, bytes_of_a_task_are_limited_exactly);
	ATF_TP_ADD_TC(tp, bytes_of_a_uid_are_limited_for_all_its_tasks);
	ATF_TP_ADD_TC(tp, names_of_a_uid_are_limited_for_all_its_tasks);
	ATF_TP_ADD_TC(tp, memory_out_of_line_is_paid_for);
	ATF_TP_ADD_TC(tp, notices_are_paid_by_whose_port_it_is);
	ATF_TP_ADD_TC(tp, rights_in_messages_pay_for_their_notices);
	ATF_TP_ADD_TC(tp, bytes_of_a_queue_are_limited);
	ATF_TP_ADD_TC(tp, a_large_message_is_sent_and_received_in_one_call);
	ATF_TP_ADD_TC(tp, many_names_cost_no_more_each);
	return (atf_no_error());
}
