/*
 * Requests about services.  Facts: launchd-842 src/core.c (job_mig_check_in2,
 * register2, look_up2).
 */
#include <string.h>

#include "mach/bootstrap/requests.h"
#include <servers/bootstrap_priv.h>

/* The job whose program the caller is of, or whose port it has. */
static struct job *
job_of_call(const struct call *call)
{
	return (
	    call->job != NULL ? call->job : job_of(call->b, call->caller.pid));
}

static bool
is_owner(const struct call *call, const struct service *s)
{
	return (call->caller.privileged || s->uid == call->caller.uid);
}

/*
 * Check in
 */

/* The receive right goes to the caller. */
static kern_return_t
give(struct call *call, struct service *s)
{
	struct bootstrap_check_in_reply *reply = &call->reply->check_in;
	mach_port_type_t type;
	kern_return_t kr;

	if (s->state != SERVICE_HELD)
		return (BOOTSTRAP_SERVICE_ACTIVE);
	/* In a queue that it is behind itself, nobody would ever find it. */
	if (mach_port_type(mach_task_self(),
		call->request->header.msgh_remote_port,
		&type) != KERN_SUCCESS ||
	    type & MACH_PORT_TYPE_RECEIVE)
		return (MIG_BAD_ARGUMENTS);
	kr = service_leave(call->b, s, call->caller.pid);
	if (kr != KERN_SUCCESS)
		return (kr);
	(void)reply_port(call, s->port.port, MACH_MSG_TYPE_MOVE_RECEIVE);
	call->reply_size = sizeof(*reply);
	reply->ndr = NDR_record;
	if (s->job != NULL)
		memcpy(
		    reply->instance, s->job->instance, sizeof(reply->instance));
	call->leaves = s;
	return (KERN_SUCCESS);
}

/* A name that nobody has declared. */
static kern_return_t
create(
    struct call *call, const char *name, pid_t per_pid, struct service **result)
{
	kern_return_t kr;

	if (!may_write(call))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (call->job != NULL && per_pid == 0)
		return (job_add_service(
		    call->b, call->job, name, NULL, &call->caller, result));
	kr = service_create(
	    call->b, call->scope, name, &call->caller, MACH_PORT_NULL, result);
	if (kr != KERN_SUCCESS)
		return (kr);
	(*result)->per_pid = per_pid;
	service_publish(call->b, *result);
	return (KERN_SUCCESS);
}

/* What stands under a name, when the caller may have it; NULL: nothing. */
static kern_return_t
find_own(struct call *call, const char *name, pid_t per_pid, bool strict,
    struct service **result)
{
	const struct job *job = per_pid == 0 ? job_of_call(call) : NULL;
	struct service *s = job != NULL ? job_service(job, name) : NULL;

	*result = s;
	if (s != NULL)
		return (KERN_SUCCESS);
	*result = s = service_find(call->b, call->scope, name, per_pid);
	if (s == NULL)
		return (strict ? BOOTSTRAP_UNKNOWN_SERVICE : KERN_SUCCESS);
	if (strict || s->job != NULL || !is_owner(call, s))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	return (KERN_SUCCESS);
}

kern_return_t
request_check_in(struct call *call)
{
	const struct bootstrap_check_in_request *r = &call->request->check_in;
	bool strict = (r->flags & BOOTSTRAP_STRICT_CHECKIN) != 0;
	pid_t per_pid = 0;
	struct service *s;
	bool new;
	kern_return_t kr;

	if (!is_name(r->name) ||
	    r->flags & ~(uint64_t)(BOOTSTRAP_STRICT_CHECKIN |
				   BOOTSTRAP_PER_PID_SERVICE))
		return (KERN_INVALID_ARGUMENT);
	if (r->flags & BOOTSTRAP_PER_PID_SERVICE)
		per_pid = call->caller.pid;
	kr = find_own(call, r->name, per_pid, strict, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	new = s == NULL;
	if (new)
		kr = create(call, r->name, per_pid, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = give(call, s);
	if (kr != KERN_SUCCESS && new)
		service_destroy(call->b, s);
	return (kr);
}

/* The same without taking the right: a server may check in later. */
kern_return_t
request_create_service(struct call *call)
{
	const char *name = call->request->name.name;
	struct service *s;
	kern_return_t kr;

	if (!is_name(name))
		return (KERN_INVALID_ARGUMENT);
	kr = find_own(call, name, 0, false, &s);
	if (kr == KERN_SUCCESS && s == NULL)
		kr = create(call, name, 0, &s);
	else if (kr == KERN_SUCCESS && s->state != SERVICE_HELD)
		kr = BOOTSTRAP_SERVICE_ACTIVE;
	if (kr != KERN_SUCCESS)
		return (kr);
	call->created = s;
	return (reply_port(call, s->port.port, MACH_MSG_TYPE_MAKE_SEND));
}

/*
 * Register
 */

/* No port: the name is given up. */
static kern_return_t
unregister(struct call *call, struct service *s)
{
	if (s == NULL)
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	if (s->state == SERVICE_AWAY)
		return (BOOTSTRAP_SERVICE_ACTIVE);
	service_destroy(call->b, s);
	return (KERN_SUCCESS);
}

kern_return_t
request_register(struct call *call)
{
	struct bootstrap_register_request *r = &call->request->reg;
	pid_t per_pid = 0;
	struct service *s;
	kern_return_t kr;

	if (!is_name(r->name) ||
	    r->flags & ~(uint64_t)BOOTSTRAP_PER_PID_SERVICE)
		return (KERN_INVALID_ARGUMENT);
	if (r->port.name == MACH_PORT_DEAD)
		return (KERN_INVALID_CAPABILITY);
	if (r->flags & BOOTSTRAP_PER_PID_SERVICE)
		per_pid = call->caller.pid;
	if (!may_write(call))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	s = service_find(call->b, call->scope, r->name, per_pid);
	if (s != NULL && (s->job != NULL || !is_owner(call, s)))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (r->port.name == MACH_PORT_NULL)
		return (unregister(call, s));
	if (s != NULL) /* one that is held is to be checked in to */
		return (s->state == SERVICE_HELD ? BOOTSTRAP_NOT_PRIVILEGED
						 : BOOTSTRAP_SERVICE_ACTIVE);
	kr = service_create(
	    call->b, call->scope, r->name, &call->caller, r->port.name, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	s->per_pid = per_pid;
	service_publish(call->b, s);
	r->port.name = MACH_PORT_NULL; /* it is the service's */
	return (KERN_SUCCESS);
}

/*
 * Look up
 */

/* In the scope and those around it; strict: not beyond a user's. */
static struct service *
find_around(const struct call *call, const char *name, bool strict)
{
	const struct scope *scope;
	struct service *s = NULL;

	for (scope = call->scope; scope != NULL; scope = scope->parent) {
		s = service_find(call->b, scope, name, 0);
		if (s != NULL || (strict && scope->kind == SCOPE_USER))
			break;
	}
	return (s);
}

static struct service *
find_for(const struct call *call)
{
	const struct bootstrap_look_up_request *r = &call->request->look_up;
	bool strict = (r->flags & BOOTSTRAP_STRICT_LOOKUP) != 0;

	if (r->flags & BOOTSTRAP_PER_PID_SERVICE)
		return (r->pid <= 0 ? NULL
				    : service_find(call->b, call->scope,
					  r->name, r->pid));
	/* Both: nothing but what the system itself has. */
	if (strict && r->flags & BOOTSTRAP_PRIVILEGED_SERVER)
		return (service_find(call->b, call->b->system, r->name, 0));
	return (find_around(call, r->name, strict));
}

/* Of a job with many instances, the one that is meant. */
static kern_return_t
find_instance(const struct call *call, struct service **s)
{
	const struct bootstrap_look_up_request *r = &call->request->look_up;
	struct job *instance;
	kern_return_t kr;

	if (!(r->flags & BOOTSTRAP_SPECIFIC_INSTANCE) || (*s)->job == NULL ||
	    !(*s)->job->file->multiple)
		return (KERN_SUCCESS);
	kr = job_instance(
	    call->b, (*s)->job, &call->caller, r->instance, &instance);
	if (kr == KERN_SUCCESS)
		*s = job_service(instance, r->name);
	return (kr);
}

/* A send right to the service. */
static kern_return_t
reply_service(struct call *call, const struct service *s)
{
	mach_port_type_t type;

	if (s->port.port == MACH_PORT_NULL)
		return (BOOTSTRAP_NO_MEMORY);
	if (s->state == SERVICE_HELD)
		return (
		    reply_port(call, s->port.port, MACH_MSG_TYPE_MAKE_SEND));
	/* Dead, and the notification is under way. */
	if (mach_port_type(mach_task_self(), s->port.port, &type) !=
		KERN_SUCCESS ||
	    !(type & MACH_PORT_TYPE_SEND))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	return (reply_port(call, s->port.port, MACH_MSG_TYPE_COPY_SEND));
}

kern_return_t
request_look_up(struct call *call)
{
	const struct bootstrap_look_up_request *r = &call->request->look_up;
	struct service *s;
	kern_return_t kr;

	/* The first eight are launchd's; some mean nothing to a look-up. */
	if (!is_name(r->name) || r->flags & ~(uint64_t)0xff)
		return (KERN_INVALID_ARGUMENT);
	s = find_for(call);
	if (s == NULL)
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	if (r->flags & BOOTSTRAP_PRIVILEGED_SERVER && s->uid != 0 &&
	    s->uid != call->b->owner)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	kr = find_instance(call, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (s->hide && s->state == SERVICE_HELD)
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	return (reply_service(call, s));
}

kern_return_t
request_status(struct call *call)
{
	const char *name = call->request->name.name;
	const struct service *s;

	if (!is_name(name))
		return (KERN_INVALID_ARGUMENT);
	s = find_around(call, name, false);
	if (s == NULL)
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	call->reply_size = sizeof(call->reply->status);
	call->reply->status.ndr = NDR_record;
	call->reply->status.status = service_status(s);
	return (KERN_SUCCESS);
}
