/*
 * Types of calls for debuggers: what spaces hold.
 * Facts: xnu-11417.101.15 osfmk/mach_debug/mach_debug_types.h
 */
#ifndef _MACH_DEBUG_MACH_DEBUG_TYPES_H_
#define _MACH_DEBUG_MACH_DEBUG_TYPES_H_

#include <mach_debug/ipc_info.h>

typedef char symtab_name_t[32];

#define KOBJECT_DESCRIPTION_LENGTH 512
typedef char kobject_description_t[KOBJECT_DESCRIPTION_LENGTH];

#endif /* !_MACH_DEBUG_MACH_DEBUG_TYPES_H_ */
