/*
 * Messages between two processes by way of machd: both sides of each row.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "server.h"

struct message {
	mach_msg_header_t header;
	char body[SIZE - sizeof(mach_msg_header_t)];
	mach_msg_max_trailer_t trailer;
};

struct region {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t data;
	mach_msg_max_trailer_t trailer;
};

static mach_port_t service;

/*
 * The other process, which has it as bootstrap port
 */

static void
answer_rpc(mach_port_t to, int n, int right)
{
	mach_port_t reply = mig_get_reply_port(), spare = MACH_PORT_NULL;
	struct {
		mach_msg_header_t header;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t port;
		char rest[SIZE];
		mach_msg_max_trailer_t trailer;
	} m;
	mach_msg_size_t size = SIZE;
	int i;

	if (right)
		must(mach_port_allocate(
			 mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &spare),
		    "allocate");
	for (i = 0; i < n; i++) {
		memset(&m.header, 0, sizeof(m.header));
		m.header.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		if (right) {
			m.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
			m.body.msgh_descriptor_count = 1;
			m.port = (mach_msg_port_descriptor_t){ .name = spare,
				.disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
				.type = MACH_MSG_PORT_DESCRIPTOR };
		}
		m.header.msgh_remote_port = to;
		m.header.msgh_local_port = reply;
		m.header.msgh_size = size;
		must(mach_msg(&m.header, MACH_SEND_MSG | MACH_RCV_MSG, size,
			 sizeof(m), reply, 0, MACH_PORT_NULL),
		    "call");
		if (right)
			spare = m.port.name;
	}
	if (right)
		(void)mach_port_mod_refs(
		    mach_task_self(), spare, MACH_PORT_RIGHT_RECEIVE, -1);
}

static void
send_many(mach_port_t to, int n)
{
	struct message m;
	int i;

	for (i = 0; i < n; i++) {
		memset(&m.header, 0, sizeof(m.header));
		m.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		m.header.msgh_remote_port = to;
		m.header.msgh_size = SIZE;
		must(mach_msg(&m.header, MACH_SEND_MSG, SIZE, 0, 0, 0, 0),
		    "send");
	}
}

/* They are there, and full, before time counts. */
static void
send_regions(mach_port_t to, int n)
{
	vm_address_t *memory = calloc((size_t)n, sizeof(*memory));
	struct region m;
	int i;

	for (i = 0; i < n; i++) {
		must(vm_allocate(mach_task_self(), &memory[i], LARGE,
			 VM_FLAGS_ANYWHERE),
		    "allocate");
		memset((void *)memory[i], i, LARGE);
	}
	ready();
	for (i = 0; i < n; i++) {
		memset(&m, 0, sizeof(m));
		m.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
				     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
		m.header.msgh_remote_port = to;
		m.header.msgh_size = offsetof(struct region, trailer);
		m.body.msgh_descriptor_count = 1;
		m.data =
		    (mach_msg_ool_descriptor_t){ .address = (void *)memory[i],
			    .size = LARGE,
			    .deallocate = TRUE,
			    .copy = MACH_MSG_VIRTUAL_COPY,
			    .type = MACH_MSG_OOL_DESCRIPTOR };
		must(mach_msg(&m.header, MACH_SEND_MSG, m.header.msgh_size, 0,
			 0, 0, 0),
		    "send");
	}
	free(memory);
}

void
mach_do(enum job job, int n)
{
	if (job == SINK)
		send_many(bootstrap_port, n);
	else if (job == REGION)
		send_regions(bootstrap_port, n);
	else
		answer_rpc(bootstrap_port, n, job == RIGHTS);
}

/*
 * The first
 */

void
mach_begin(void)
{
	mach_port_t self = mach_task_self();
	mach_port_limits_t limit = { 16 };

	must(mach_port_allocate(self, MACH_PORT_RIGHT_RECEIVE, &service),
	    "allocate");
	must(mach_port_insert_right(
		 self, service, service, MACH_MSG_TYPE_MAKE_SEND),
	    "insert");
	must(mach_port_set_attributes(self, service, MACH_PORT_LIMITS_INFO,
		 (mach_port_info_t)&limit, MACH_PORT_LIMITS_INFO_COUNT),
	    "limit");
	must(task_set_bootstrap_port(self, service), "bootstrap");
}

/* Answers calls; what came in goes back. */
static double
serve(enum job job, int n)
{
	struct {
		struct message m;
		char rest[SIZE];
	} r;
	mach_msg_size_t size = SIZE;
	double start;
	int i;

	order(job, n);
	must(mach_msg(&r.m.header, MACH_RCV_MSG, 0, sizeof(r), service, 0, 0),
	    "receive");
	start = bench_now();
	for (i = 0; i < n; i++) {
		r.m.header.msgh_bits =
		    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		if (job == RIGHTS) {
			r.m.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
			((mach_msg_port_descriptor_t *)(void *)(r.m.body + 4))
			    ->disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		}
		r.m.header.msgh_local_port = MACH_PORT_NULL;
		r.m.header.msgh_size = size;
		must(mach_msg(&r.m.header,
			 MACH_SEND_MSG | (i == n - 1 ? 0 : MACH_RCV_MSG), size,
			 sizeof(r), service, 0, 0),
		    "answer");
	}
	start = bench_now() - start;
	done();
	return (start);
}

double
mach_round_trips(int n)
{
	return (serve(RPC, n));
}

double
mach_rights(int n)
{
	return (serve(RIGHTS, n));
}

double
mach_one_way(int n)
{
	struct message m;
	double start = bench_now();
	int i;

	order(SINK, n);
	for (i = 0; i < n; i++)
		must(mach_msg(
			 &m.header, MACH_RCV_MSG, 0, sizeof(m), service, 0, 0),
		    "receive");
	start = bench_now() - start;
	done();
	return (start);
}

double
mach_regions(int n)
{
	volatile char sum = 0;
	struct region m;
	double start;
	int i;

	order(REGION, n);
	await_ready();
	start = bench_now();
	for (i = 0; i < n; i++) {
		must(mach_msg(
			 &m.header, MACH_RCV_MSG, 0, sizeof(m), service, 0, 0),
		    "receive");
		sum += ((char *)m.data.address)[LARGE / 2];
		must(vm_deallocate(
			 mach_task_self(), (vm_address_t)m.data.address, LARGE),
		    "deallocate");
	}
	start = bench_now() - start;
	done();
	return (start);
}
