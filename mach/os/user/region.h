/*
 * Memory of the process itself, asked before it is touched.
 */
#ifndef ISTHMUS_MACH_OS_USER_REGION_H
#define ISTHMUS_MACH_OS_USER_REGION_H

#include "mach/core/os.h"

/* True when the pages are mapped. */
bool user_memory_readable(uint64_t address, uint64_t size);

struct ipc_call;
/* mach_vm's traps; KERN_NOT_SUPPORTED of all others.  vm.c */
int user_vm_call(struct ipc_call *);

#endif
