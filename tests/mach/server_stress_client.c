/*
 * What a client of server_stress does, and the hub that hands rights around.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach.h>
#include <mach/mach_time.h>
#include <mach/notify.h>

#include "tests/mach/hostile.h"
#include "tests/mach/server_stress.h"

#define SELF mach_task_self()
#define KNOWN 16u
#define OOL_MAX (96u << 10)

/* Each has a right, and memory with a pattern of its sender's. */
struct message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t ool;
	uint32_t pid, pattern;
	union {
		mach_msg_audit_trailer_t trailer;
		char room[128];
	};
};
#define LENGTH offsetof(struct message, trailer)
#define ID 4711

struct client {
	mach_port_t hub, port, set, other, semaphore, timer;
	mach_port_t known[KNOWN];
	uint8_t *bytes;
};

static void
count(uint64_t *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static mach_msg_return_t
message_send(struct client *c, mach_port_t to, mach_port_t right,
    uint32_t disposition, mach_port_t reply, unsigned int ms)
{
	uint32_t size = hostile_random() % 4 == 0 ? hostile_random() % OOL_MAX
						  : hostile_random() % 64;
	struct message m = {
		.header = { .msgh_bits = MACH_MSGH_BITS_COMPLEX |
					 MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					     reply != MACH_PORT_NULL
						 ? MACH_MSG_TYPE_MAKE_SEND_ONCE
						 : 0),
		    .msgh_size = LENGTH,
		    .msgh_remote_port = to,
		    .msgh_local_port = reply,
		    .msgh_id = ID },
		.body = { 2 },
		.port = { .name = right,
		    .disposition = (mach_msg_type_name_t)disposition,
		    .type = MACH_MSG_PORT_DESCRIPTOR },
		.ool = { .address = c->bytes,
		    .size = size,
		    .copy = hostile_random() % 2 == 0 ? MACH_MSG_VIRTUAL_COPY
						      : MACH_MSG_PHYSICAL_COPY,
		    .type = MACH_MSG_OOL_DESCRIPTOR },
		.pid = (uint32_t)getpid(),
		.pattern = hostile_random() & 0xff,
	};
	mach_msg_return_t mr;

	memset(c->bytes, (int)m.pattern, size);
	mr = mach_msg(
	    &m.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, LENGTH, 0, 0, ms, 0);
	/* What could not go comes back, in other names. */
	if (mr == MACH_SEND_TIMED_OUT || mr == MACH_SEND_INTERRUPTED)
		mach_msg_destroy(&m.header);
	return (mr);
}

static void
message_check(const struct message *m, bool by_hub)
{
	const uint8_t *p = m->ool.address;
	uint32_t i;

	count(&stress->checked);
	if (m->trailer.msgh_trailer_size < sizeof(m->trailer) ||
	    m->trailer.msgh_audit.val[5] != m->pid ||
	    m->trailer.msgh_audit.val[1] != geteuid())
		count(&stress->wrong_trailers);
	for (i = 0; i < m->ool.size && !by_hub; i++) {
		if (p[i] != (uint8_t)m->pattern) {
			count(&stress->wrong_memory);
			break;
		}
	}
}

static mach_msg_return_t
message_receive(mach_port_t from, struct message *m, unsigned int ms)
{
	return (mach_msg(&m->header,
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT |
		MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
	    0, sizeof(*m), from, ms, MACH_PORT_NULL));
}

/* One of the rights that are known becomes that one. */
static void
know(struct client *c, mach_port_t right)
{
	mach_port_t *slot = &c->known[hostile_random() % KNOWN];

	if (*slot != MACH_PORT_NULL)
		(void)mach_port_deallocate(SELF, *slot);
	*slot = right;
}

static void
take(struct client *c, struct message *m)
{
	if (m->header.msgh_id != ID) {
		mach_msg_destroy(&m->header);
		return;
	}
	message_check(m, false);
	if (m->port.disposition == MACH_MSG_TYPE_PORT_SEND &&
	    MACH_PORT_VALID(m->port.name)) {
		know(c, m->port.name);
		m->port.name = MACH_PORT_NULL;
	}
	mach_msg_destroy(&m->header);
}

static mach_port_t
port_make(void)
{
	mach_port_t port = MACH_PORT_NULL;

	(void)mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port);
	return (port);
}

/* A port of its own, a while; others may wait to send to it. */
static void
other_anew(struct client *c)
{
	if (c->other != MACH_PORT_NULL)
		(void)mach_port_mod_refs(
		    SELF, c->other, MACH_PORT_RIGHT_RECEIVE, -1);
	c->other = port_make();
	(void)mach_port_move_member(SELF, c->other,
	    hostile_random() % 2 == 0 ? c->set : MACH_PORT_NULL);
}

static void
notify_request(struct client *c)
{
	mach_port_t old = MACH_PORT_NULL,
		    name = c->known[hostile_random() % KNOWN];
	bool senders = hostile_random() % 2 == 0;

	if (mach_port_request_notification(SELF, senders ? c->other : name,
		senders ? MACH_NOTIFY_NO_SENDERS : MACH_NOTIFY_DEAD_NAME, 1,
		c->port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &old) == KERN_SUCCESS &&
	    old != MACH_PORT_NULL)
		(void)mach_port_deallocate(SELF, old);
}

static void
wait_a_while(struct client *c)
{
	mach_timespec_t t = { 0, (int)(hostile_random() % 2000000) };

	switch (hostile_random() % 3) {
	case 0:
		(void)semaphore_timedwait(c->semaphore, t);
		break;
	case 1:
		(void)semaphore_signal_all(c->semaphore);
		break;
	default:
		(void)mk_timer_arm(c->timer,
		    mach_absolute_time() + hostile_random() % 5000000);
		break;
	}
}

static void
ask_hub(struct client *c)
{
	struct message m;

	if (message_send(c, c->hub, hostile_random() % 2 ? c->port : c->other,
		MACH_MSG_TYPE_MAKE_SEND, c->port,
		hostile_random() % 20) == MACH_MSG_SUCCESS &&
	    message_receive(c->port, &m, 20) == MACH_MSG_SUCCESS)
		take(c, &m);
}

static void
one(struct client *c, unsigned int operation)
{
	mach_port_t to = c->known[hostile_random() % KNOWN];
	struct message m;

	switch (operation) {
	case 0:
	case 1:
		ask_hub(c);
		break;
	case 2:
	case 3:
	case 4:
		if (to != MACH_PORT_NULL)
			(void)message_send(c, to, c->port,
			    MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL,
			    hostile_random() % 5);
		break;
	case 5:
	case 6:
	case 7:
		if (message_receive(hostile_random() % 2 ? c->port : c->set, &m,
			hostile_random() % 5) == MACH_MSG_SUCCESS)
			take(c, &m);
		break;
	case 8:
		other_anew(c);
		break;
	case 9:
		notify_request(c);
		break;
	case 10:
		wait_a_while(c);
		break;
	default:
		stress_nap(hostile_random() % 2000);
		break;
	}
}

void
stress_client(unsigned int slot)
{
	struct client c = { .bytes = malloc(OOL_MAX) };
	unsigned int operation;

	if (task_get_bootstrap_port(SELF, &c.hub) != KERN_SUCCESS)
		_exit(0);
	c.port = port_make();
	(void)mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &c.set);
	(void)semaphore_create(SELF, &c.semaphore, 0, 0);
	c.timer = mk_timer_create();
	(void)mach_port_move_member(SELF, c.timer, c.set);
	other_anew(&c);
	while (hostile_random() % 50000 != 0 && getppid() != 1) {
		operation = hostile_random() % 12;
		stress->client[slot].operation = operation;
		one(&c, operation);
		count(&stress->client[slot].turns);
		count(&stress->operations);
	}
}

void
stress_hub(mach_port_t port)
{
	static mach_port_t rights[128];
	struct message m;
	mach_port_t *slot, reply;

	for (;;) {
		if (message_receive(port, &m, 100) != MACH_MSG_SUCCESS)
			continue;
		slot = &rights[hostile_random() % 128];
		reply = m.header.msgh_remote_port;
		if (m.header.msgh_id == ID && MACH_PORT_VALID(m.port.name)) {
			message_check(&m, false);
			if (*slot != MACH_PORT_NULL)
				(void)mach_port_deallocate(SELF, *slot);
			*slot = m.port.name;
			m.port.name = MACH_PORT_NULL;
		}
		if (MACH_PORT_VALID(reply)) {
			m.header.msgh_remote_port = MACH_PORT_NULL;
			mach_msg_destroy(&m.header);
			slot = &rights[hostile_random() % 128];
			memset(&m, 0, sizeof(m));
			m.header.msgh_bits =
			    MACH_MSGH_BITS_COMPLEX |
			    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
			m.header.msgh_size = LENGTH;
			m.header.msgh_remote_port = reply;
			m.header.msgh_id = ID;
			m.body.msgh_descriptor_count = 2;
			m.port.name = *slot;
			m.port.disposition = MACH_MSG_TYPE_COPY_SEND;
			m.port.type = MACH_MSG_PORT_DESCRIPTOR;
			m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
			m.pid = (uint32_t)getpid();
			if (mach_msg(&m.header,
				MACH_SEND_MSG | MACH_SEND_TIMEOUT, LENGTH, 0, 0,
				0, 0) == MACH_MSG_SUCCESS)
				continue;
		}
		mach_msg_destroy(&m.header);
	}
}
