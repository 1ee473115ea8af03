/*
 * Requests to the bootstrap server, of any bytes, with rights of another
 * task's in them; then that task ends, and the server's must have no more
 * names than before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isthmus/mach_embedded.h>

#include "mach/bootstrap/jobs.h"

#define PORTS 4

static bool
no_spawn(void *arg, const struct job_file *file, pid_t *pid, struct error *e)
{
	(void)arg;
	(void)file;
	(void)e;
	*pid = 77;
	return (true);
}

static pid_t started;

static void
no_kill(void *arg, pid_t pid, int signal)
{
	(void)arg;
	(void)signal;
	started = pid;
}

static bool
no_end(void *arg, pid_t *pid, int *status)
{
	(void)arg;
	*pid = started;
	*status = 0;
	started = 0;
	return (*pid != 0);
}

static pid_t
no_leader(void *arg, pid_t pid)
{
	(void)arg;
	return (pid);
}

static const struct bootstrapd_os os = { no_spawn, no_kill, no_end, no_leader,
	NULL };
static const char job[] =
    "{\"Label\": \"l\", \"Program\": \"p\", \"ThrottleInterval\": 0,"
    "\"MultipleInstances\": true,"
    "\"MachServices\": {\"d\": true, \"r\": {\"ResetAtClose\": true}}}";

static uint32_t
names(void)
{
	mach_port_name_array_t list;
	mach_port_type_array_t types;
	mach_msg_type_number_t n, n_types;

	if (mach_port_names(mach_task_self(), &list, &n, &types, &n_types) !=
	    KERN_SUCCESS)
		abort();
	(void)vm_deallocate(
	    mach_task_self(), (vm_address_t)list, n * sizeof(*list));
	(void)vm_deallocate(
	    mach_task_self(), (vm_address_t)types, n * sizeof(*types));
	return (n);
}

/*
 * The other task, for which this thread acts at times
 */

struct client {
	struct mach_embedded_task *task;
	mach_port_t theirs[PORTS]; /* receive rights; [0]: replies */
	mach_port_t ours[PORTS];   /* send rights to them, here */
};

/* A right that comes here in a message, by the bootstrap port. */
static mach_port_t
client_port(struct client *c, mach_port_t inbox, unsigned int i)
{
	struct {
		struct bootstrap_port_reply m;
		mach_msg_format_0_trailer_t trailer;
	} m = { 0 };
	struct mach_embedded_task *own = mach_embedded_task_enter(c->task);
	mach_msg_header_t *h = &m.m.header;

	c->theirs[i] = port_create();
	h->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	h->msgh_remote_port = bootstrap_port;
	m.m.body.msgh_descriptor_count = 1;
	m.m.port.name = c->theirs[i];
	m.m.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	m.m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	if (mach_msg(h, MACH_SEND_MSG, sizeof(m.m), 0, 0, 0, 0) != 0)
		abort();
	(void)mach_embedded_task_enter(own);
	if (mach_msg(h, MACH_RCV_MSG, 0, sizeof(m), inbox, 0, 0) != 0)
		abort();
	return (m.m.port.name);
}

/* A caller's port dies, and it has another. */
static void
client_renew(struct client *c, mach_port_t inbox)
{
	struct mach_embedded_task *own = mach_embedded_task_enter(c->task);

	port_destroy(c->theirs[1]);
	(void)mach_embedded_task_enter(own);
	(void)mach_port_deallocate(mach_task_self(), c->ours[1]);
	c->ours[1] = client_port(c, inbox, 1);
}

/* Replies are read and thrown away, and what they bring. */
static void
client_read(struct client *c)
{
	struct mach_embedded_task *own = mach_embedded_task_enter(c->task);
	union {
		mach_msg_header_t header;
		uint8_t bytes[1024];
	} m;

	while (mach_msg(&m.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		   sizeof(m), c->theirs[0], 0, 0) == MACH_MSG_SUCCESS)
		mach_msg_destroy(&m.header);
	(void)mach_embedded_task_enter(own);
}

static void
client_begin(struct client *c, mach_port_t inbox)
{
	unsigned int i;

	c->task = mach_embedded_task_create(mach_embedded_task_self());
	if (c->task == NULL)
		abort();
	for (i = 0; i < PORTS; i++)
		c->ours[i] = client_port(c, inbox, i);
}

static void
client_end(struct client *c)
{
	unsigned int i;

	mach_embedded_task_destroy(c->task);
	for (i = 0; i < PORTS; i++)
		(void)mach_port_deallocate(mach_task_self(), c->ours[i]);
}

/* A send right more, as a message brings it. */
static mach_port_t
brought(mach_port_t port)
{
	if (mach_port_mod_refs(
		mach_task_self(), port, MACH_PORT_RIGHT_SEND, 1) != 0)
		abort();
	return (port);
}

/* Its bytes, as a request of that caller's, who sent them to a scope. */
static void
request(struct bootstrapd *b, const uint8_t *data, size_t size,
    const mach_port_t *ports)
{
	union bootstrap_request r;
	audit_token_t audit = { { 0 } };
	size_t n = size - 3 < sizeof(r) - 24 ? size - 3 : sizeof(r) - 24;
	struct bootstrap_subset_request *with = &r.subset;

	memset(&r, 0, sizeof(r));
	memcpy((uint8_t *)&r + sizeof(mach_msg_header_t), data + 3, n);
	audit.val[1] = data[0] & 3;
	audit.val[5] = data[0] & 4 ? 77 : 100 + (data[0] & 3);
	r.header.msgh_id = BOOTSTRAP_MSG_FIRST + data[1] % 14;
	r.header.msgh_size = 24 + ((uint32_t)n & ~3u);
	r.header.msgh_local_port = b->system->port.port;
	if (data[0] & 8 && b->system->children != NULL)
		r.header.msgh_local_port = b->system->children->port.port;
	r.header.msgh_remote_port = brought(ports[0]);
	r.header.msgh_bits = MACH_MSG_TYPE_PORT_SEND;
	if (r.header.msgh_id == BOOTSTRAP_MSG_REGISTER ||
	    r.header.msgh_id == BOOTSTRAP_MSG_SUBSET) {
		r.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		with->body.msgh_descriptor_count = 1;
		with->requestor.type = MACH_MSG_PORT_DESCRIPTOR;
		with->requestor.disposition = MACH_MSG_TYPE_PORT_SEND;
		with->requestor.name =
		    brought(ports[1 + data[2] % (PORTS - 1)]);
	}
	bootstrapd_request(b, &r, &audit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bootstrapd_limits limits = { 16, 8 };
	const struct caller root = { 0, 1, true };
	static mach_port_t inbox;
	struct client client;
	struct bootstrapd *b;
	struct job_file *file;
	const char *which;
	struct job *made;
	uint32_t before;
	size_t n;

	if (inbox == MACH_PORT_NULL) {
		mach_embedded_select();
		inbox = port_create();
		if (mach_port_insert_right(mach_task_self(), inbox, inbox,
			MACH_MSG_TYPE_MAKE_SEND) != 0 ||
		    task_set_special_port(
			mach_task_self(), TASK_BOOTSTRAP_PORT, inbox) != 0)
			abort();
	}
	(void)mach_thread_self();
	before = names();
	b = bootstrapd_create(&os, 0, &limits);
	file = job_file_parse(job, sizeof(job) - 1, "job", NULL);
	if (b == NULL || file == NULL ||
	    job_create(b, b->system, file, &root, &made, &which) !=
		KERN_SUCCESS)
		abort();
	client_begin(&client, inbox);
	while (size > 3) {
		/* A length, and so many bytes. */
		n = 3 + data[0] % 200u;
		data++;
		size--;
		if (n > size)
			break;
		request(b, data, n, client.ours);
		if (data[2] & 0x40)
			client_read(&client);
		if (data[2] & 0x80)
			client_renew(&client, inbox);
		bootstrapd_poll(b);
		data += n;
		size -= n;
	}
	client_end(&client);
	bootstrapd_poll(b);
	bootstrapd_destroy(b);
	if (names() != before)
		abort();
	return (0);
}
