/*
 * The server's loop.  All that it receives is in one set; a receive that has
 * room for a header alone tells which port has a message, and takes none: so
 * those of services whose program is yet to be started stay where they are.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_error.h>

#include "mach/bootstrap/jobs.h"
#include "mach/bootstrap/names.h"

/* As many requests are served before programs are looked at again. */
#define SERVED_MAX 32

struct message {
	union {
		mach_msg_header_t header;
		union bootstrap_request request;
	};
	mach_msg_max_trailer_t trailer;
};

static mach_port_t
set_create(void)
{
	mach_port_t set;

	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
		&set) != KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (set);
}

static bool
ports_create(struct bootstrapd *b)
{
	const struct caller self = { b->owner, getpid(), true };

	b->all = set_create();
	b->requests = set_create();
	b->demand = set_create();
	if (b->all == 0 || b->requests == 0 || b->demand == 0)
		return (false);
	b->notify = request_port_create(b);
	b->events = request_port_create(b);
	if (b->notify == 0 || b->events == 0 ||
	    mach_port_insert_right(mach_task_self(), b->events, b->events,
		MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS)
		return (false);
	return (scope_create(b, NULL, SCOPE_SYSTEM, &self, &b->system) ==
		KERN_SUCCESS);
}

struct bootstrapd *
bootstrapd_create(const struct bootstrapd_os *os, uid_t owner,
    const struct bootstrapd_limits *limits)
{
	struct bootstrapd *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return (NULL);
	b->os = os;
	b->owner = owner;
	b->limits = limits != NULL
			? *limits
			: (struct bootstrapd_limits){ BOOTSTRAPD_SERVICES_MAX,
				  BOOTSTRAPD_SCOPES_MAX };
	(void)getentropy(&b->seed, sizeof(b->seed));
	if (ports_create(b))
		return (b);
	bootstrapd_destroy(b);
	return (NULL);
}

void
bootstrapd_destroy(struct bootstrapd *b)
{
	struct account *account;

	if (b->system != NULL)
		scope_destroy(b, b->system);
	jobs_free(b);
	if (b->events != MACH_PORT_NULL)
		(void)mach_port_deallocate(mach_task_self(), b->events);
	port_destroy(b->events);
	port_destroy(b->notify);
	(void)mach_port_destroy(mach_task_self(), b->demand);
	(void)mach_port_destroy(mach_task_self(), b->requests);
	(void)mach_port_destroy(mach_task_self(), b->all);
	while ((account = b->accounts) != NULL) {
		b->accounts = account->next;
		free(account);
	}
	free(b);
}

mach_port_t
bootstrapd_port(struct bootstrapd *b)
{
	mach_port_t port = b->system->port.port;

	if (mach_port_insert_right(mach_task_self(), port, port,
		MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (port);
}

void
bootstrapd_tell(mach_port_t events, enum bootstrapd_event event)
{
	mach_msg_header_t h = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_size = sizeof(h),
		.msgh_remote_port = events,
		.msgh_id = (mach_msg_id_t)event,
	};

	(void)mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 1000, MACH_PORT_NULL);
}

/*
 * Whether a message came of the kernel, which has no process' number.  A
 * send-once right for notifications can be had by who cancels the request.
 */
static bool
is_of_kernel(const audit_token_t *audit)
{
	return (audit->val[5] == 0 && audit->val[1] == 0);
}

static void
serve(struct bootstrapd *b, struct message *m)
{
	const mach_msg_audit_trailer_t *trailer =
	    (const void *)((const char *)m + round_msg(m->header.msgh_size));
	const audit_token_t *audit = &trailer->msgh_audit;

	if (m->header.msgh_local_port == b->events) {
		if (m->header.msgh_id == BOOTSTRAPD_END)
			b->ends = true;
		else
			jobs_reap(b);
	} else if (m->header.msgh_id < BOOTSTRAP_MSG_FIRST &&
		   is_of_kernel(audit)) {
		bootstrapd_notice(b, &m->header);
	} else {
		bootstrapd_request(b, &m->request, audit);
	}
}

/* The next request or notification, if there is one. */
static void
serve_one(struct bootstrapd *b)
{
	struct message m;
	mach_msg_return_t mr;

	mr = mach_msg(&m.header,
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT |
		MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
	    0, sizeof(m), b->requests, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		serve(b, &m);
	else if ((mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
		mach_msg_destroy(&m.header);
	/* What was too large is gone, its reply port told by that. */
}

/*
 * A port of the set that has a message; NULL: none in that time (-1: ever),
 * or none will ever come: then the server ends, as what it serves has.
 */
static mach_port_t
peek(struct bootstrapd *b, mach_port_t set, int ms)
{
	mach_msg_header_t h = { 0 };
	mach_msg_option_t options =
	    MACH_RCV_MSG | MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY;
	mach_msg_return_t mr;

	if (ms >= 0)
		options |= MACH_RCV_TIMEOUT;
	mr = mach_msg(&h, options, 0, sizeof(h), set,
	    ms >= 0 ? (mach_msg_timeout_t)ms : MACH_MSG_TIMEOUT_NONE,
	    MACH_PORT_NULL);
	if (mr == MACH_RCV_TOO_LARGE)
		return (h.msgh_local_port);
	if (mr != MACH_RCV_TIMED_OUT && mr != MACH_RCV_INTERRUPTED &&
	    !b->ends) {
		bootstrapd_log("Mach is gone: %s", mach_error_string(mr));
		b->ends = true;
	}
	return (MACH_PORT_NULL);
}

/* Starts what has messages; each is out of the set by then. */
static void
look_at_demand(struct bootstrapd *b)
{
	mach_port_t port;
	struct service *s;

	b->served = 0;
	while ((port = peek(b, b->demand, 0)) != MACH_PORT_NULL) {
		s = port_find(b, port, PORT_SERVICE);
		if (s != NULL)
			job_demand(b, s);
		else
			(void)mach_port_extract_member(
			    mach_task_self(), port, b->demand);
	}
}

/* Does the next thing, if one comes in that time; false: none did. */
static bool
step(struct bootstrapd *b, int ms)
{
	mach_port_t port = peek(b, b->all, ms);
	struct service *s;

	if (port == MACH_PORT_NULL)
		return (false);
	s = port_find(b, port, PORT_SERVICE);
	if (s != NULL && s->watched)
		job_demand(b, s);
	else
		serve_one(b);
	if (++b->served >= SERVED_MAX)
		look_at_demand(b);
	return (true);
}

void
bootstrapd_loop(struct bootstrapd *b)
{
	while (!b->ends)
		(void)step(b, jobs_due(b));
	jobs_end(b);
}

void
bootstrapd_poll(struct bootstrapd *b)
{
	while (step(b, 0))
		(void)jobs_due(b);
}
