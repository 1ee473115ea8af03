/*
 * Memory entries.  calls.h has the routines that tasks call.
 */
#ifndef ISTHMUS_MACH_OS_USER_ENTRY_H
#define ISTHMUS_MACH_OS_USER_ENTRY_H

#include "mach/os/user/calls.h"

struct ipc_memory_entry {
	struct ipc_ref refs;
	int fd;
	int protection;	 /* VM_PROT_* that may be had */
	uint64_t offset; /* in the file */
	uint64_t size;
};

/* That of a name, referenced.  KERN_INVALID_ARGUMENT: it is none. */
kern_return_t entry_lookup(
    struct ipc_call *, mach_port_name_t, struct ipc_memory_entry **);
/* A send right to a new one; the descriptor is consumed. */
kern_return_t entry_create(
    int fd, uint64_t offset, uint64_t size, int protection, struct ipc_right *);
/* The same, of part of the entry that is the call's last argument. */
kern_return_t entry_part(
    struct ipc_call *, uint64_t offset, uint64_t size, int protection);

#endif
