/*
 * The integers that all other types are made of, and addresses.
 * Facts: xnu-11417 osfmk/mach/i386/vm_types.h, arm/vm_types.h (LP64)
 */
#ifndef _MACH_MACHINE_VM_TYPES_H_
#define _MACH_MACHINE_VM_TYPES_H_

#include <mach/_base.h>

typedef unsigned int natural_t;
typedef int integer_t;

/*
 * FreeBSD's <sys/types.h> has these two with the same types: a kernel file
 * has just included it, a user's file may (hence __extension__: C99 did not
 * know that a typedef may be repeated).
 */
#ifndef _KERNEL
__extension__ typedef uintptr_t vm_offset_t;
__extension__ typedef uintptr_t vm_size_t;
#endif

typedef uint64_t mach_vm_address_t;
typedef uint64_t mach_vm_offset_t;
typedef uint64_t mach_vm_size_t;

typedef uint64_t vm_map_offset_t;
typedef uint64_t vm_map_address_t;
typedef uint64_t vm_map_size_t;

/* A word that travels with a port: its guard, or what its owner likes. */
#if defined(__x86_64__)
typedef mach_vm_address_t mach_port_context_t;
#else
typedef vm_offset_t mach_port_context_t;
#endif

#define MACH_MSG_TYPE_INTEGER_T MACH_MSG_TYPE_INTEGER_32

#endif /* !_MACH_MACHINE_VM_TYPES_H_ */
