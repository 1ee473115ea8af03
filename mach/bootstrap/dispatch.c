/*
 * Requests: their form, and their answers.
 */
#include <string.h>

#include "mach/bootstrap/requests.h"

/*
 * Answers
 */

/* To whom and under which id; a reply without a port is not sent. */
static void
reply_begin(const mach_msg_header_t *request, mach_msg_header_t *reply,
    mach_msg_size_t size)
{
	memset(reply, 0, sizeof(*reply));
	reply->msgh_bits =
	    MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0);
	reply->msgh_size = size;
	reply->msgh_remote_port = request->msgh_remote_port;
	reply->msgh_id = request->msgh_id + BOOTSTRAP_MSG_REPLY;
}

/*
 * False: it was not sent.  What it carried is given back, but for a receive
 * right as `first`, which is here still, or again.  The server waits for
 * nobody.
 */
static bool
reply_send(mach_msg_header_t *request, mach_msg_header_t *reply,
    mach_msg_port_descriptor_t *first)
{
	mach_msg_return_t mr;

	request->msgh_remote_port = MACH_PORT_NULL; /* the reply's now */
	mr = mach_msg(reply, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    reply->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		return (true);
	/* After any other error nothing is left of it. */
	if ((mr & ~MACH_MSG_MASK) != MACH_SEND_INVALID_DEST &&
	    (mr & ~MACH_MSG_MASK) != MACH_SEND_TIMED_OUT)
		return (false);
	if (first != NULL && reply->msgh_bits & MACH_MSGH_BITS_COMPLEX &&
	    first->type == MACH_MSG_PORT_DESCRIPTOR &&
	    first->disposition == MACH_MSG_TYPE_MOVE_RECEIVE)
		first->name = MACH_PORT_NULL;
	mach_msg_destroy(reply);
	return (false);
}

static void
answer_result(mach_msg_header_t *request, kern_return_t result)
{
	mig_reply_error_t reply;

	reply_begin(request, &reply.Head, sizeof(reply));
	reply.NDR = NDR_record;
	reply.RetCode = result;
	(void)reply_send(request, &reply.Head, NULL);
}

kern_return_t
reply_port(struct call *call, mach_port_t port, mach_msg_type_name_t how)
{
	struct bootstrap_port_reply *reply = &call->reply->port;

	call->reply_size = sizeof(*reply);
	reply->body.msgh_descriptor_count = 1;
	reply->port.name = port;
	reply->port.disposition = how;
	reply->port.type = MACH_MSG_PORT_DESCRIPTOR;
	return (KERN_SUCCESS);
}

/* The routine has filled in all but the header. */
static void
answer(const struct call *call)
{
	mach_msg_header_t *reply = &call->reply->header;
	mach_port_type_t type = 0;
	struct service *s = call->leaves;
	mach_port_t port = s != NULL ? s->port.port : MACH_PORT_NULL;

	reply_begin(&call->request->header, reply, call->reply_size);
	if (call->request->header.msgh_id != BOOTSTRAP_MSG_STATUS)
		reply->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	if (reply_send(
		&call->request->header, reply, &call->reply->port.port) ||
	    s == NULL)
		return;
	/* It may have been lost: then a notification says so. */
	if (mach_port_type(mach_task_self(), port, &type) == KERN_SUCCESS &&
	    type & MACH_PORT_TYPE_RECEIVE)
		service_return(call->b, s);
}

/*
 * Requests
 */

bool
is_name(const name_t name)
{
	size_t n = strnlen(name, sizeof(name_t));

	return (n != 0 && n != sizeof(name_t));
}

bool
may_write(const struct call *call)
{
	const struct scope *scope = call->scope;

	/* Whoever has a subset's port may use it: that is what it is for. */
	return (call->caller.privileged || scope->kind == SCOPE_SUBSET ||
		(scope->kind == SCOPE_USER && scope->uid == call->caller.uid));
}

static const struct routine {
	request_fn *fn;
	mach_msg_size_t size;
	bool port; /* it brings one */
} routines[BOOTSTRAP_MSG_END - BOOTSTRAP_MSG_FIRST] = {
#define ROUTINE(id, type, port, fn)                        \
	[BOOTSTRAP_MSG_##id - BOOTSTRAP_MSG_FIRST] = { fn, \
		sizeof(struct bootstrap_##type##_request), port }
	ROUTINE(CHECK_IN, check_in, false, request_check_in),
	ROUTINE(REGISTER, register, true, request_register),
	ROUTINE(LOOK_UP, look_up, false, request_look_up),
	ROUTINE(STATUS, name, false, request_status),
	ROUTINE(CREATE_SERVICE, name, false, request_create_service),
	ROUTINE(CREATE_SERVER, create_server, false, request_create_server),
	ROUTINE(SUBSET, subset, true, request_subset),
	ROUTINE(PARENT, plain, false, request_parent),
	ROUTINE(ROOT, plain, false, request_root),
	ROUTINE(USER, number, false, request_user),
	ROUTINE(INFO, number, false, request_info),
	ROUTINE(CHILDREN, number, false, request_children),
#undef ROUTINE
};

/* Of the form that its id asks for; NULL, and what is wrong. */
static const struct routine *
routine_of(const union bootstrap_request *r, kern_return_t *wrong)
{
	const struct bootstrap_subset_request *with = &r->subset;
	int32_t id = r->header.msgh_id;
	const struct routine *routine;

	*wrong = MIG_BAD_ID;
	if (id < BOOTSTRAP_MSG_FIRST || id >= BOOTSTRAP_MSG_END)
		return (NULL);
	*wrong = MIG_BAD_ARGUMENTS;
	routine = &routines[id - BOOTSTRAP_MSG_FIRST];
	if (r->header.msgh_size != routine->size ||
	    ((r->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) !=
		routine->port)
		return (NULL);
	if (routine->port &&
	    (with->body.msgh_descriptor_count != 1 ||
		with->requestor.type != MACH_MSG_PORT_DESCRIPTOR ||
		with->requestor.disposition != MACH_MSG_TYPE_PORT_SEND))
		return (NULL);
	return (routine);
}

/* Which scope is meant: of a user, the system's port means its own. */
static kern_return_t
call_begin(struct call *call, mach_port_t to)
{
	struct bootstrapd *b = call->b;

	call->scope = port_find(b, to, PORT_SCOPE);
	call->job = port_find(b, to, PORT_JOB);
	if (call->job != NULL)
		call->scope = call->job->scope;
	if (call->scope == b->system && call->job == NULL &&
	    !call->caller.privileged)
		return (scope_of_user(b, call->caller.uid, &call->scope));
	return (call->scope != NULL ? KERN_SUCCESS : MIG_BAD_ID);
}

void
bootstrapd_request(struct bootstrapd *b, union bootstrap_request *request,
    const audit_token_t *audit)
{
	union bootstrap_reply reply;
	struct call call = { .b = b, .request = request, .reply = &reply };
	const struct routine *routine;
	kern_return_t kr;

	call.caller.uid = (uid_t)audit->val[1];
	call.caller.pid = (pid_t)audit->val[5];
	call.caller.privileged =
	    call.caller.uid == 0 || call.caller.uid == b->owner;
	memset(&reply, 0, sizeof(reply));
	/* Nothing is done for who would not know of it. */
	if (MACH_PORT_VALID(request->header.msgh_remote_port)) {
		routine = routine_of(request, &kr);
		if (routine != NULL)
			kr = call_begin(&call, request->header.msgh_local_port);
		if (routine != NULL && kr == KERN_SUCCESS)
			kr = routine->fn(&call);
		if (kr != KERN_SUCCESS || call.reply_size == 0)
			answer_result(&request->header, kr);
		else
			answer(&call);
		if (call.created != NULL)
			service_collect(b, call.created);
	}
	mach_msg_destroy(&request->header);
}
