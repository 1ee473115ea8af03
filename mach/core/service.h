/*
 * Service ports and the connection ports made from them (MPO_SERVICE_PORT,
 * MPO_CONNECTION_PORT): a port that knows the name of its service.
 */
#ifndef ISTHMUS_MACH_CORE_SERVICE_H
#define ISTHMUS_MACH_CORE_SERVICE_H

#include <mach/port.h>

#include "mach/core/os.h"

struct ipc_call;

/*
 * Reads what the options say of a service; `*info` is for the new port, NULL
 * of an ordinary one.  KERN_INVALID_ARGUMENT, KERN_MEMORY_ERROR.
 */
kern_return_t ipc_service_prepare(struct ipc_call *,
    const mach_port_options_t *, struct mach_service_port_info **info);
void ipc_service_free(struct mach_service_port_info *);

#endif
