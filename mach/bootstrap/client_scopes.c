/*
 * The client's side of the bootstrap server: scopes, and lists of what is in
 * them.  Facts: launchd-842 liblaunch/libbootstrap.c.
 */
#include <stdlib.h>

#include <mach/mach.h>
#include <servers/bootstrap_priv.h>

#include "mach/bootstrap/client.h"

/* The port is asked for again, for a program that has set another. */
void
bootstrap_init(void)
{
	mach_port_t port;

	if (task_get_special_port(
		mach_task_self(), TASK_BOOTSTRAP_PORT, &port) != KERN_SUCCESS)
		abort();
	bootstrap_port = port;
}

/* As launchd has it: no port has less rights than another. */
kern_return_t
bootstrap_unprivileged(mach_port_t bp, mach_port_t *unpriv_port)
{
	kern_return_t kr;

	*unpriv_port = MACH_PORT_NULL;
	kr = mach_port_mod_refs(mach_task_self(), bp, MACH_PORT_RIGHT_SEND, 1);
	if (kr == KERN_SUCCESS)
		*unpriv_port = bp;
	return (kr);
}

kern_return_t
bootstrap_subset(
    mach_port_t bp, mach_port_t requestor_port, mach_port_t *subset_port)
{
	struct bootstrap_message m = { 0 };
	struct bootstrap_subset_request *r = &m.request.subset;

	r->header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	r->body.msgh_descriptor_count = 1;
	r->requestor.name = requestor_port;
	r->requestor.disposition = MACH_MSG_TYPE_COPY_SEND;
	r->requestor.type = MACH_MSG_PORT_DESCRIPTOR;
	return (bootstrap_call_port(bp, BOOTSTRAP_MSG_SUBSET, &m, sizeof(*r),
	    sizeof(m.reply.port), MACH_MSG_TYPE_PORT_SEND, subset_port));
}

static kern_return_t
scope_port(mach_port_t bp, mach_msg_id_t id, mach_port_t *port)
{
	struct bootstrap_message m = { 0 };

	m.request.plain.ndr = NDR_record;
	return (bootstrap_call_port(bp, id, &m, sizeof(m.request.plain),
	    sizeof(m.reply.port), MACH_MSG_TYPE_PORT_SEND, port));
}

kern_return_t
bootstrap_parent(mach_port_t bp, mach_port_t *parent_port)
{
	return (scope_port(bp, BOOTSTRAP_MSG_PARENT, parent_port));
}

kern_return_t
bootstrap_get_root(mach_port_t bp, mach_port_t *root)
{
	return (scope_port(bp, BOOTSTRAP_MSG_ROOT, root));
}

kern_return_t
bootstrap_look_up_per_user(
    mach_port_t bp, const char *name, uid_t user, mach_port_t *sp)
{
	struct bootstrap_message m = { 0 };
	mach_port_t scope;
	kern_return_t kr;

	*sp = MACH_PORT_NULL;
	m.request.number.ndr = NDR_record;
	m.request.number.number = user;
	kr = bootstrap_call_port(bp, BOOTSTRAP_MSG_USER, &m,
	    sizeof(m.request.number), sizeof(m.reply.port),
	    MACH_MSG_TYPE_PORT_SEND, &scope);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (name == NULL) {
		*sp = scope;
		return (KERN_SUCCESS);
	}
	kr = bootstrap_look_up(scope, name, sp);
	(void)mach_port_deallocate(mach_task_self(), scope);
	return (kr);
}

/*
 * Lists
 */

static bool
is_memory(const mach_msg_ool_descriptor_t *d, mach_msg_type_number_t count,
    size_t each)
{
	return (d->type == MACH_MSG_OOL_DESCRIPTOR && d->size == count * each);
}

kern_return_t
bootstrap_info(mach_port_t bp, name_array_t *names,
    mach_msg_type_number_t *n_names, name_array_t *jobs,
    mach_msg_type_number_t *n_jobs, bootstrap_status_array_t *actives,
    mach_msg_type_number_t *n_actives, uint64_t flags)
{
	struct bootstrap_message m = { 0 };
	const struct bootstrap_info_reply *r = &m.reply.info;
	kern_return_t kr;

	m.request.number.ndr = NDR_record;
	m.request.number.number = flags;
	kr = bootstrap_call(bp, BOOTSTRAP_MSG_INFO, &m,
	    sizeof(m.request.number), sizeof(*r), true);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (r->body.msgh_descriptor_count != 3 ||
	    !is_memory(&r->names, r->count, sizeof(name_t)) ||
	    !is_memory(&r->jobs, r->count, sizeof(name_t)) ||
	    !is_memory(&r->actives, r->count, sizeof(bootstrap_status_t))) {
		mach_msg_destroy(&m.header);
		return (MIG_TYPE_ERROR);
	}
	*names = r->names.address;
	*jobs = r->jobs.address;
	*actives = r->actives.address;
	*n_names = *n_jobs = *n_actives = r->count;
	return (KERN_SUCCESS);
}

kern_return_t
bootstrap_lookup_children(mach_port_t bp, mach_port_array_t *children,
    name_array_t *names, bootstrap_property_array_t *properties,
    mach_msg_type_number_t *n_children)
{
	struct bootstrap_message m = { 0 };
	const struct bootstrap_children_reply *r = &m.reply.children;
	kern_return_t kr;

	m.request.number.ndr = NDR_record;
	kr = bootstrap_call(bp, BOOTSTRAP_MSG_CHILDREN, &m,
	    sizeof(m.request.number), sizeof(*r), true);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (r->body.msgh_descriptor_count != 3 ||
	    r->ports.type != MACH_MSG_OOL_PORTS_DESCRIPTOR ||
	    r->ports.disposition != MACH_MSG_TYPE_PORT_SEND ||
	    r->ports.count != r->count ||
	    !is_memory(&r->names, r->count, sizeof(name_t)) ||
	    !is_memory(
		&r->properties, r->count, sizeof(bootstrap_property_t))) {
		mach_msg_destroy(&m.header);
		return (MIG_TYPE_ERROR);
	}
	*children = r->ports.address;
	*names = r->names.address;
	*properties = r->properties.address;
	*n_children = r->count;
	return (KERN_SUCCESS);
}
