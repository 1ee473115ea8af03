/*
 * Memory entries: ports that stand for memory, or part of one that does.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_MEMORY_ENTRY_H
#define ISTHMUS_MACH_OS_FREEBSD_MEMORY_ENTRY_H

#include "mach/os/freebsd/memory.h"

struct mach_entry {
	struct ipc_ref refs;
	struct mach_entry *whole;    /* that has the memory; or NULL: itself */
	struct ipc_region *region;   /* shared */
	struct ipc_account *account; /* who pays, for `size` bytes */
	uint64_t offset, size;
	vm_prot_t prot; /* that may be had */
};

/* That of a name, referenced.  KERN_INVALID_ARGUMENT: it is none. */
kern_return_t mach_entry_lookup(
    struct ipc_call *, mach_port_name_t, struct mach_entry **);

static inline const struct ipc_region *
mach_entry_region(const struct mach_entry *entry)
{
	return (entry->whole != NULL ? entry->whole->region : entry->region);
}

#endif
