/*
 * The client's side of the bootstrap server: services.  Facts: launchd-842
 * liblaunch/libbootstrap.c.
 */
#include <string.h>

#include <mach/mach.h>
#include <mach/mach_error.h>
#include <servers/bootstrap_priv.h>

#include "mach/bootstrap/client.h"

/*
 * Servers
 */

kern_return_t
bootstrap_check_in3(mach_port_t bp, const char *name, mach_port_t *sp,
    unsigned char *instance, uint64_t flags)
{
	struct bootstrap_message m = { 0 };
	kern_return_t kr;

	*sp = MACH_PORT_NULL;
	if (!bootstrap_copy_name(m.request.check_in.name, name))
		return (KERN_INVALID_ARGUMENT);
	m.request.check_in.ndr = NDR_record;
	m.request.check_in.flags = flags;
	kr = bootstrap_call_port(bp, BOOTSTRAP_MSG_CHECK_IN, &m,
	    sizeof(m.request.check_in), sizeof(m.reply.check_in),
	    MACH_MSG_TYPE_PORT_RECEIVE, sp);
	if (kr == KERN_SUCCESS)
		memcpy(instance, m.reply.check_in.instance,
		    BOOTSTRAP_INSTANCE_SIZE);
	return (kr);
}

kern_return_t
bootstrap_check_in2(
    mach_port_t bp, const char *name, mach_port_t *sp, uint64_t flags)
{
	unsigned char instance[BOOTSTRAP_INSTANCE_SIZE];

	return (bootstrap_check_in3(bp, name, sp, instance, flags));
}

kern_return_t
bootstrap_check_in(mach_port_t bp, const char *name, mach_port_t *sp)
{
	return (bootstrap_check_in2(bp, name, sp, 0));
}

kern_return_t
bootstrap_register2(mach_port_t bp, char *name, mach_port_t sp, uint64_t flags)
{
	struct bootstrap_message m = { 0 };
	struct bootstrap_register_request *r = &m.request.reg;

	if (!bootstrap_copy_name(r->name, name))
		return (KERN_INVALID_ARGUMENT);
	r->header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	r->body.msgh_descriptor_count = 1;
	r->port.name = sp;
	r->port.disposition = MACH_MSG_TYPE_COPY_SEND;
	r->port.type = MACH_MSG_PORT_DESCRIPTOR;
	r->ndr = NDR_record;
	r->flags = flags;
	return (bootstrap_call(bp, BOOTSTRAP_MSG_REGISTER, &m, sizeof(*r),
	    sizeof(mig_reply_error_t), false));
}

kern_return_t
bootstrap_register(mach_port_t bp, char *name, mach_port_t sp)
{
	return (bootstrap_register2(bp, name, sp, 0));
}

kern_return_t
bootstrap_create_service(mach_port_t bp, char *name, mach_port_t *sp)
{
	struct bootstrap_message m = { 0 };

	*sp = MACH_PORT_NULL;
	if (!bootstrap_copy_name(m.request.name.name, name))
		return (KERN_INVALID_ARGUMENT);
	m.request.name.ndr = NDR_record;
	return (bootstrap_call_port(bp, BOOTSTRAP_MSG_CREATE_SERVICE, &m,
	    sizeof(m.request.name), sizeof(m.reply.port),
	    MACH_MSG_TYPE_PORT_SEND, sp));
}

kern_return_t
bootstrap_create_server(mach_port_t bp, char *command, uid_t uid,
    boolean_t on_demand, mach_port_t *server_port)
{
	struct bootstrap_message m = { 0 };
	struct bootstrap_create_server_request *r = &m.request.create_server;
	size_t n = strnlen(command, sizeof(cmd_t));

	*server_port = MACH_PORT_NULL;
	if (n == 0 || n == sizeof(cmd_t))
		return (KERN_INVALID_ARGUMENT);
	memcpy(r->command, command, n);
	r->ndr = NDR_record;
	r->uid = uid;
	r->on_demand = on_demand;
	return (
	    bootstrap_call_port(bp, BOOTSTRAP_MSG_CREATE_SERVER, &m, sizeof(*r),
		sizeof(m.reply.port), MACH_MSG_TYPE_PORT_SEND, server_port));
}

/*
 * Clients
 */

kern_return_t
bootstrap_look_up3(mach_port_t bp, const char *name, mach_port_t *sp, pid_t pid,
    const unsigned char *instance, uint64_t flags)
{
	struct bootstrap_message m = { 0 };
	struct bootstrap_look_up_request *r = &m.request.look_up;

	*sp = MACH_PORT_NULL;
	if (!bootstrap_copy_name(r->name, name))
		return (KERN_INVALID_ARGUMENT);
	r->ndr = NDR_record;
	r->pid = pid;
	if (instance != NULL)
		memcpy(r->instance, instance, BOOTSTRAP_INSTANCE_SIZE);
	r->flags = flags;
	return (bootstrap_call_port(bp, BOOTSTRAP_MSG_LOOK_UP, &m, sizeof(*r),
	    sizeof(m.reply.port), MACH_MSG_TYPE_PORT_SEND, sp));
}

kern_return_t
bootstrap_look_up2(mach_port_t bp, const char *name, mach_port_t *sp, pid_t pid,
    uint64_t flags)
{
	return (bootstrap_look_up3(bp, name, sp, pid, NULL, flags));
}

kern_return_t
bootstrap_look_up(mach_port_t bp, const char *name, mach_port_t *sp)
{
	return (bootstrap_look_up2(bp, name, sp, 0, 0));
}

/* Unlike launchd's, which tries to check in to find out. */
kern_return_t
bootstrap_status(mach_port_t bp, char *name, bootstrap_status_t *active)
{
	struct bootstrap_message m = { 0 };
	kern_return_t kr;

	if (!bootstrap_copy_name(m.request.name.name, name))
		return (KERN_INVALID_ARGUMENT);
	m.request.name.ndr = NDR_record;
	kr = bootstrap_call(bp, BOOTSTRAP_MSG_STATUS, &m,
	    sizeof(m.request.name), sizeof(m.reply.status), false);
	if (kr == KERN_SUCCESS)
		*active = m.reply.status.status;
	return (kr);
}

const char *
bootstrap_strerror(kern_return_t r)
{
	switch (r) {
	case BOOTSTRAP_SUCCESS:
		return ("Success");
	case BOOTSTRAP_NOT_PRIVILEGED:
		return ("Permission denied");
	case BOOTSTRAP_NAME_IN_USE:
	case BOOTSTRAP_SERVICE_ACTIVE:
		return ("Service name already exists");
	case BOOTSTRAP_UNKNOWN_SERVICE:
		return ("Unknown service name");
	case BOOTSTRAP_BAD_COUNT:
		return ("Too many lookups were requested in one request");
	case BOOTSTRAP_NO_MEMORY:
		return ("Out of memory");
	case BOOTSTRAP_NO_CHILDREN:
		return ("No children");
	default:
		return (mach_error_string(r));
	}
}
