/*
 * Requests about scopes, servers and lists.  Facts: launchd-842 src/core.c
 * (job_mig_subset, parent, get_root_bootstrap, info, lookup_children,
 * create_server, lookup_per_user_context).
 */
#include <stdio.h>
#include <string.h>

#include "mach/bootstrap/requests.h"
#include <servers/bootstrap_priv.h>

kern_return_t
request_parent(struct call *call)
{
	const struct scope *scope = call->scope;

	if (scope->parent != NULL)
		scope = scope->parent;
	return (reply_port(call, scope->port.port, MACH_MSG_TYPE_MAKE_SEND));
}

kern_return_t
request_root(struct call *call)
{
	return (reply_port(
	    call, call->b->system->port.port, MACH_MSG_TYPE_MAKE_SEND));
}

/* To who is not privileged, 0 is its own. */
kern_return_t
request_user(struct call *call)
{
	uint64_t uid = call->request->number.number;
	struct scope *scope;
	kern_return_t kr;

	if (uid > UINT32_MAX)
		return (KERN_INVALID_ARGUMENT);
	if (!call->caller.privileged && uid == 0)
		uid = call->caller.uid;
	if (!call->caller.privileged && uid != call->caller.uid)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	kr = scope_of_user(call->b, (uid_t)uid, &scope);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (reply_port(call, scope->port.port, MACH_MSG_TYPE_MAKE_SEND));
}

kern_return_t
request_subset(struct call *call)
{
	struct bootstrap_subset_request *r = &call->request->subset;
	mach_port_t requestor = r->requestor.name;
	struct scope *scope;
	mach_port_type_t type;
	kern_return_t kr;

	/* One of the server's own would not end before the server. */
	if (!MACH_PORT_VALID(requestor) ||
	    mach_port_type(mach_task_self(), requestor, &type) !=
		KERN_SUCCESS ||
	    type & MACH_PORT_TYPE_RECEIVE)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	kr = scope_create(
	    call->b, call->scope, SCOPE_SUBSET, &call->caller, &scope);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!bootstrapd_watch_death(call->b, requestor)) {
		scope_destroy(call->b, scope);
		return (BOOTSTRAP_NOT_PRIVILEGED);
	}
	port_link_add(
	    call->b, &scope->requestor, requestor, PORT_REQUESTOR, scope);
	r->requestor.name = MACH_PORT_NULL; /* it is the scope's */
	return (reply_port(call, scope->port.port, MACH_MSG_TYPE_MAKE_SEND));
}

/* Others could have a program run that their own limits forbid. */
kern_return_t
request_create_server(struct call *call)
{
	const struct bootstrap_create_server_request *r =
	    &call->request->create_server;
	struct job_file *file;
	const char *which;
	struct job *job;
	kern_return_t kr;

	if (!call->caller.privileged)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (strnlen(r->command, sizeof(r->command)) == sizeof(r->command))
		return (KERN_INVALID_ARGUMENT);
	file = job_file_of_command(r->command, r->uid, r->on_demand);
	if (file == NULL)
		return (KERN_INVALID_ARGUMENT);
	(void)snprintf(file->label, sizeof(file->label), "server.%u.%.100s",
	    ++call->b->serial, file->arguments[0]);
	kr =
	    job_create(call->b, call->scope, file, &call->caller, &job, &which);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (
	    job_port_create(call->b, job) == MACH_PORT_NULL
		? BOOTSTRAP_NO_MEMORY
		: reply_port(call, job->port.port, MACH_MSG_TYPE_MAKE_SEND));
}

/*
 * Lists
 */

/* Memory that the reply gives away; nothing of nothing. */
static bool
list_create(mach_msg_ool_descriptor_t *d, size_t count, size_t each)
{
	vm_address_t address = 0;

	if (count != 0)
		mig_allocate(&address, count * each);
	*d = (mach_msg_ool_descriptor_t){
		.address = (void *)address,
		.size = (mach_msg_size_t)(count * each),
		.deallocate = TRUE,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
	return (count == 0 || address != 0);
}

static void
list_destroy(const mach_msg_ool_descriptor_t *d)
{
	if (d->address != NULL)
		mig_deallocate((vm_address_t)d->address, d->size);
}

static void
info_fill(const struct scope *scope, struct bootstrap_info_reply *r)
{
	bootstrap_status_t *active = r->actives.address;
	name_t *name = r->names.address, *job = r->jobs.address;
	const struct service *s;

	if (name == NULL || job == NULL || active == NULL)
		return; /* of no service */
	for (s = scope->services; s != NULL; s = s->next) {
		if (s->per_pid != 0)
			continue;
		memcpy(*name++, s->name, sizeof(*name));
		if (s->job != NULL)
			memcpy(*job, s->job->file->label, sizeof(*job));
		else
			(void)snprintf(*job, sizeof(*job), "uid %u, pid %d",
			    (unsigned int)s->uid, (int)s->pid);
		job++;
		*active++ = service_status(s);
	}
}

/* FORCE_LOCAL or not, it is of the scope that is meant. */
kern_return_t
request_info(struct call *call)
{
	struct bootstrap_info_reply *r = &call->reply->info;
	const struct service *s;

	if (call->request->number.number & ~(uint64_t)BOOTSTRAP_FORCE_LOCAL)
		return (KERN_INVALID_ARGUMENT);
	for (s = call->scope->services; s != NULL; s = s->next)
		r->count += s->per_pid == 0;
	if (!list_create(&r->names, r->count, sizeof(name_t)) ||
	    !list_create(&r->jobs, r->count, sizeof(name_t)) ||
	    !list_create(&r->actives, r->count, sizeof(bootstrap_status_t))) {
		list_destroy(&r->names);
		list_destroy(&r->jobs);
		return (BOOTSTRAP_NO_MEMORY);
	}
	info_fill(call->scope, r);
	r->body.msgh_descriptor_count = 3;
	r->ndr = NDR_record;
	call->reply_size = sizeof(*r);
	return (KERN_SUCCESS);
}

static void
child_fill(
    const struct scope *scope, name_t name, bootstrap_property_t *property)
{
	if (scope->kind == SCOPE_USER) {
		(void)snprintf(
		    name, sizeof(name_t), "user.%u", (unsigned int)scope->uid);
		*property = BOOTSTRAP_PROPERTY_PERUSER;
	} else {
		(void)snprintf(name, sizeof(name_t), "subset.%u.%d.%u",
		    (unsigned int)scope->uid, (int)scope->pid, scope->serial);
		*property = BOOTSTRAP_PROPERTY_EXPLICITSUBSET;
	}
}

static void
children_fill(const struct scope *scope, struct bootstrap_children_reply *r)
{
	bootstrap_property_t *property = r->properties.address;
	mach_port_t *port = r->ports.address;
	name_t *name = r->names.address;

	for (scope = scope->children; scope != NULL; scope = scope->next) {
		child_fill(scope, *name++, property++);
		*port++ = scope->port.port;
	}
}

kern_return_t
request_children(struct call *call)
{
	struct bootstrap_children_reply *r = &call->reply->children;
	mach_msg_ool_descriptor_t ports;
	const struct scope *child;

	if (!call->caller.privileged)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	for (child = call->scope->children; child != NULL; child = child->next)
		r->count++;
	if (r->count == 0)
		return (BOOTSTRAP_NO_CHILDREN);
	if (!list_create(&ports, r->count, sizeof(mach_port_t)))
		return (BOOTSTRAP_NO_MEMORY);
	r->ports = (mach_msg_ool_ports_descriptor_t){
		.address = ports.address,
		.count = r->count,
		.deallocate = TRUE,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
	};
	if (!list_create(&r->names, r->count, sizeof(name_t)) ||
	    !list_create(
		&r->properties, r->count, sizeof(bootstrap_property_t))) {
		list_destroy(&ports);
		list_destroy(&r->names);
		return (BOOTSTRAP_NO_MEMORY);
	}
	children_fill(call->scope, r);
	r->body.msgh_descriptor_count = 3;
	r->ndr = NDR_record;
	call->reply_size = sizeof(*r);
	return (KERN_SUCCESS);
}
