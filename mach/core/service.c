/*
 * Service ports.  XNU osfmk/ipc/ipc_service_port.c; nobody is a platform's
 * launchd here, so any task may make one.
 */
#include "mach/core/call.h"
#include "mach/core/handlers.h"
#include "mach/core/service.h"

void
ipc_service_free(struct mach_service_port_info *info)
{
	ipc_mem_free(IPC_MEM_OBJECT, info, sizeof(*info));
}

/* The service of a receive right of the caller's, or nothing. */
static kern_return_t
service_of(struct ipc_space *space, mach_port_name_t name,
    struct mach_service_port_info *info)
{
	struct ipc_port *port;
	kern_return_t kr;

	kr = ipc_port_of_receive(space, name, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (port->service != NULL)
		*info = *port->service;
	else
		kr = KERN_INVALID_CAPABILITY;
	ipc_port_unlock(port);
	return (kr);
}

kern_return_t
ipc_service_prepare(struct ipc_call *call, const mach_port_options_t *options,
    struct mach_service_port_info **infop)
{
	struct mach_service_port_info info;
	kern_return_t kr = KERN_SUCCESS;
	uint64_t address;

	*infop = NULL;
	memset(&info, 0, sizeof(info));
	if (options->flags & MPO_SERVICE_PORT) {
		memcpy(&address, &options->service_port_info, sizeof(address));
		if (address == 0)
			return (KERN_INVALID_ARGUMENT);
		if (!ipc_os_copyin(call->thread, address, &info, sizeof(info)))
			return (KERN_MEMORY_ERROR);
		if (memchr(info.mspi_string_name, '\0',
			sizeof(info.mspi_string_name)) == NULL)
			return (KERN_INVALID_ARGUMENT);
	} else if (options->flags & MPO_CONNECTION_PORT) {
		if (options->service_port_name == MACH_PORT_NULL)
			return (KERN_INVALID_ARGUMENT);
		kr = service_of(call->thread->task->space,
		    options->service_port_name, &info);
		if (kr != KERN_SUCCESS)
			return (kr);
	} else {
		return (KERN_SUCCESS);
	}
	*infop = ipc_mem_alloc(IPC_MEM_OBJECT, sizeof(info), 0);
	if (*infop == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	**infop = info;
	return (KERN_SUCCESS);
}

/* (task, name, *info) */
kern_return_t
ipc_do_port_get_service_port_info(struct ipc_call *call)
{
	struct mach_service_port_info info;
	kern_return_t kr;

	kr = service_of(
	    call->arg[0].v.task->space, (mach_port_name_t)call->raw[1], &info);
	if (kr == KERN_SUCCESS)
		memcpy(call->arg[2].v.data, &info, sizeof(info));
	return (kr);
}

/* (task, connection, service, *policy): success when it was made from it. */
kern_return_t
ipc_do_port_is_connection_for_service(struct ipc_call *call)
{
	struct ipc_space *space = call->arg[0].v.task->space;
	struct mach_service_port_info a, b;
	kern_return_t kr;

	kr = service_of(space, (mach_port_name_t)call->raw[1], &a);
	if (kr == KERN_SUCCESS)
		kr = service_of(space, (mach_port_name_t)call->raw[2], &b);
	if (kr != KERN_SUCCESS)
		return (kr);
	call->arg[3].v.u = 0;
	return (memcmp(&a, &b, sizeof(a)) == 0 ? KERN_SUCCESS
					       : KERN_INVALID_CAPABILITY);
}
