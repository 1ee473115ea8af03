#ifndef _mach_port_user_
#define _mach_port_user_
#include <mach/mach_types.h>
#include <mach/mig_errors.h>
#include <mach_debug/ipc_info.h>
#endif
