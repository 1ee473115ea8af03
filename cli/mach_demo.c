/*
 * isthmus mach demo: a client and a server, two tasks of this process, talk
 * over Mach IPC, and each step is told as it happens.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isthmus/mach_embedded.h>
#include <mach/mach.h>
#include <mach/notify.h>

#include "base/fail.h"
#include "cli/mach.h"

enum { DEMO_ADD = 1000, DEMO_RIGHT, DEMO_MEMORY, DEMO_QUIT };

#define MEMORY_SIZE (64 * 1024)

/* Requests and replies have the shape that MIG would give them. */
struct request {
	mach_msg_header_t header;
	NDR_record_t ndr;
	int32_t a, b;
};
struct reply {
	mach_msg_header_t header;
	NDR_record_t ndr;
	kern_return_t result;
	int32_t sum;
	mach_msg_max_trailer_t trailer;
};
struct carrier {
	mach_msg_header_t header;
	mach_msg_body_t body;
	union {
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t memory;
	} item;
};

union any {
	mach_msg_header_t header;
	struct request request;
	struct carrier carrier;
	char room[256];
};

struct demo {
	struct mach_embedded_task *server, *client;
	mach_port_t service; /* the server's name of its port */
	FILE *out;
	bool failed; /* some call did; told already */
};

static void tell(struct demo *demo, const char *who, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static void
tell(struct demo *demo, const char *who, const char *fmt, ...)
{
	va_list ap;

	fprintf(demo->out, "%-7s ", who);
	va_start(ap, fmt);
	vfprintf(demo->out, fmt, ap);
	va_end(ap);
	fputc('\n', demo->out);
}

/* False, and told, when the call failed. */
static bool
done(struct demo *demo, const char *who, const char *what, kern_return_t kr)
{
	if (kr == KERN_SUCCESS)
		return (true);
	tell(demo, who, "%s: %s", what, mach_error_string(kr));
	demo->failed = true;
	return (false);
}

/*
 * The server
 */

static void
server_reply(struct demo *demo, const mach_msg_header_t *request, int32_t sum)
{
	struct reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.header.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0);
	reply.header.msgh_remote_port = request->msgh_remote_port;
	reply.header.msgh_id = request->msgh_id + 100;
	reply.ndr = NDR_record;
	reply.sum = sum;
	(void)done(demo, "server", "reply",
	    mach_msg(&reply.header, MACH_SEND_MSG,
		sizeof(reply) - sizeof(reply.trailer), 0, MACH_PORT_NULL,
		MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}

/* What came in a message that carries something. */
static int32_t
server_carried(struct demo *demo, struct carrier *m)
{
	mach_msg_ool_descriptor_t *memory = &m->item.memory;
	mach_port_t right;
	mach_port_type_t type = 0;
	unsigned char *bytes;

	if (m->header.msgh_id == DEMO_RIGHT) {
		right = m->item.port.name;
		(void)done(demo, "server", "mach_port_type",
		    mach_port_type(mach_task_self(), right, &type));
		tell(demo, "server", "got a %s right: here it has the name %#x",
		    type & MACH_PORT_TYPE_SEND ? "send" : "strange", right);
		(void)done(demo, "server", "mach_port_deallocate",
		    mach_port_deallocate(mach_task_self(), right));
		return (1);
	}
	bytes = memory->address;
	tell(demo, "server", "got %u bytes of memory, the first \"%s\"",
	    memory->size, (char *)bytes);
	memset(bytes, '!', memory->size);
	tell(demo, "server", "wrote all over it: it is its own copy");
	(void)done(demo, "server", "vm_deallocate",
	    vm_deallocate(mach_task_self(), (vm_address_t)bytes, memory->size));
	return ((int32_t)memory->size);
}

static void *
server_main(void *arg)
{
	struct demo *demo = arg;
	union any m;
	bool running = true;
	int32_t answer;

	(void)mach_embedded_task_enter(demo->server);
	while (running && !demo->failed) {
		if (!done(demo, "server", "receive",
			mach_msg(&m.header, MACH_RCV_MSG, 0, sizeof(m),
			    demo->service, MACH_MSG_TIMEOUT_NONE,
			    MACH_PORT_NULL)))
			break;
		switch (m.header.msgh_id) {
		case DEMO_ADD:
			tell(demo, "server", "got request %d: %d + %d",
			    m.header.msgh_id, m.request.a, m.request.b);
			answer = m.request.a + m.request.b;
			break;
		case DEMO_RIGHT:
		case DEMO_MEMORY:
			answer = server_carried(demo, &m.carrier);
			break;
		default:
			running = false;
			answer = 0;
			break;
		}
		server_reply(demo, &m.header, answer);
	}
	tell(demo, "server", "ends: its task goes, and its port with it");
	mach_embedded_task_destroy(demo->server);
	mach_embedded_thread_exit();
	return (NULL);
}

/*
 * The client
 */

/* Sends, and waits for the answer. */
static bool
client_call(struct demo *demo, mach_port_t service, mach_msg_header_t *request,
    mach_msg_size_t size, int32_t id, mach_msg_bits_t bits, int32_t *answer)
{
	union {
		struct reply reply;
		char room[256];
	} m;

	memcpy(&m, request, size);
	m.reply.header.msgh_bits =
	    bits | MACH_MSGH_BITS(
		       MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	m.reply.header.msgh_remote_port = service;
	m.reply.header.msgh_local_port = mig_get_reply_port();
	m.reply.header.msgh_id = id;
	if (!done(demo, "client", "mach_msg",
		mach_msg(&m.reply.header, MACH_SEND_MSG | MACH_RCV_MSG, size,
		    sizeof(m), m.reply.header.msgh_local_port,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL)))
		return (false);
	*answer = m.reply.sum;
	return (m.reply.header.msgh_id == id + 100);
}

static void
client_add(struct demo *demo, mach_port_t service)
{
	struct request request = { .ndr = NDR_record, .a = 2, .b = 40 };
	int32_t sum = 0;

	tell(demo, "client", "asks what 2 + 40 is");
	if (client_call(demo, service, &request.header, sizeof(request),
		DEMO_ADD, 0, &sum))
		tell(demo, "client", "got the answer: %d", sum);
}

static void
client_right(struct demo *demo, mach_port_t service)
{
	struct carrier m = { .body = { 1 } };
	mach_port_t port;
	int32_t answer;

	if (!done(demo, "client", "mach_port_allocate",
		mach_port_allocate(
		    mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port)))
		return;
	tell(
	    demo, "client", "makes a port, %#x, and sends a right to it", port);
	m.item.port.name = port;
	m.item.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	m.item.port.type = MACH_MSG_PORT_DESCRIPTOR;
	(void)client_call(demo, service, &m.header,
	    sizeof(m.header) + sizeof(m.body) + sizeof(m.item.port), DEMO_RIGHT,
	    MACH_MSGH_BITS_COMPLEX, &answer);
	(void)mach_port_destroy(mach_task_self(), port);
}

static void
client_memory(struct demo *demo, mach_port_t service)
{
	struct carrier m = { .body = { 1 } };
	vm_address_t memory = 0;
	int32_t answer = 0;

	if (!done(demo, "client", "vm_allocate",
		vm_allocate(
		    mach_task_self(), &memory, MEMORY_SIZE, VM_FLAGS_ANYWHERE)))
		return;
	memcpy((char *)memory, "hello", sizeof("hello"));
	tell(demo, "client", "sends %d bytes of memory out of line",
	    MEMORY_SIZE);
	m.item.memory.address = (void *)memory;
	m.item.memory.size = MEMORY_SIZE;
	m.item.memory.copy = MACH_MSG_VIRTUAL_COPY;
	m.item.memory.type = MACH_MSG_OOL_DESCRIPTOR;
	if (client_call(demo, service, &m.header,
		sizeof(m.header) + sizeof(m.body) + sizeof(m.item.memory),
		DEMO_MEMORY, MACH_MSGH_BITS_COMPLEX, &answer))
		tell(demo, "client", "still reads \"%s\"", (char *)memory);
	(void)vm_deallocate(mach_task_self(), memory, MEMORY_SIZE);
}

/* The server ends, and the client's right becomes a dead name. */
static void
client_death(struct demo *demo, mach_port_t service)
{
	struct {
		mach_dead_name_notification_t note;
		mach_msg_max_trailer_t trailer;
	} m;
	struct request request = { .ndr = NDR_record };
	mach_port_t notify, previous;
	mach_port_type_t type = 0;
	int32_t answer;

	if (!done(demo, "client", "mach_port_allocate",
		mach_port_allocate(
		    mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &notify)) ||
	    !done(demo, "client", "mach_port_request_notification",
		mach_port_request_notification(mach_task_self(), service,
		    MACH_NOTIFY_DEAD_NAME, 0, notify,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous)))
		return;
	tell(demo, "client", "wants to hear when %#x dies, and says goodbye",
	    service);
	(void)client_call(demo, service, &request.header, sizeof(request),
	    DEMO_QUIT, 0, &answer);
	if (!done(demo, "client", "receive",
		mach_msg(&m.note.not_header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		    sizeof(m), notify, 10000, MACH_PORT_NULL)))
		return;
	(void)mach_port_type(mach_task_self(), service, &type);
	tell(demo, "client", "got notification %d: %#x %s",
	    m.note.not_header.msgh_id, m.note.not_port,
	    type & MACH_PORT_TYPE_DEAD_NAME ? "is a dead name" : "lives");
	if (m.note.not_header.msgh_id != MACH_NOTIFY_DEAD_NAME ||
	    !(type & MACH_PORT_TYPE_DEAD_NAME))
		demo->failed = true;
}

/* The server's port, and a client that inherits it as bootstrap port. */
static bool
demo_begin(struct demo *demo)
{
	struct mach_embedded_task *old;
	bool ok;

	demo->server = mach_embedded_task_create(NULL);
	if (demo->server == NULL)
		return (false);
	old = mach_embedded_task_enter(demo->server);
	ok = done(demo, "server", "mach_port_allocate",
		 mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
		     &demo->service)) &&
	     done(demo, "server", "mach_port_insert_right",
		 mach_port_insert_right(mach_task_self(), demo->service,
		     demo->service, MACH_MSG_TYPE_MAKE_SEND)) &&
	     done(demo, "server", "task_set_special_port",
		 task_set_special_port(
		     mach_task_self(), TASK_BOOTSTRAP_PORT, demo->service));
	if (ok)
		tell(demo, "server",
		    "makes a port, %#x, and sets it as bootstrap port",
		    demo->service);
	demo->client = mach_embedded_task_create(demo->server);
	(void)mach_embedded_task_enter(old);
	return (ok && demo->client != NULL);
}

bool
mach_demo(FILE *out, struct error *e)
{
	struct demo demo = { .out = out };
	struct mach_embedded_task *old;
	mach_port_t service = MACH_PORT_NULL;
	pthread_t thread;

	mach_embedded_select();
	if (!demo_begin(&demo) ||
	    pthread_create(&thread, NULL, server_main, &demo) != 0)
		return (fail(e, 0, "start the demonstration", NULL,
		    "no task or thread can be had"));
	old = mach_embedded_task_enter(demo.client);
	if (done(&demo, "client", "task_get_special_port",
		task_get_special_port(
		    mach_task_self(), TASK_BOOTSTRAP_PORT, &service))) {
		tell(&demo, "client",
		    "inherits the bootstrap port: its own name for it is %#x",
		    service);
		client_add(&demo, service);
		client_right(&demo, service);
		client_memory(&demo, service);
		client_death(&demo, service);
	}
	pthread_join(thread, NULL);
	mach_embedded_task_destroy(demo.client);
	(void)mach_embedded_task_enter(old);
	if (demo.failed)
		return (fail(e, 0, "show Mach IPC", NULL,
		    "a step went wrong (see above)"));
	return (true);
}
