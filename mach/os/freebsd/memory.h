/*
 * Memory of tasks, the caller's and others', and what moves between them:
 * regions, which are pieces of VM objects.
 */
#ifndef ISTHMUS_MACH_OS_FREEBSD_MEMORY_H
#define ISTHMUS_MACH_OS_FREEBSD_MEMORY_H

#include "mach/os/freebsd/calls.h"

#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_map.h>
#include <vm/vm_object.h>

/*
 * The memory of a task, while a call works on it.  It stays what it was when
 * the task's process ends or executes another program meanwhile: nothing is
 * seen, or done, of what that has.
 */
struct mach_memory {
	struct ipc_task *task; /* NULL: the caller's own */
	struct vmspace *vm;
	vm_offset_t from; /* where mmap(2) begins to look there */
};

/*
 * That of a call's task argument.  KERN_NO_ACCESS when the caller may not
 * debug its process, or, for what is to `change`, not write to it.
 */
kern_return_t mach_memory_of(
    struct ipc_call *, unsigned int arg, bool change, struct mach_memory *);
void mach_memory_own(struct mach_memory *);
void mach_memory_release(struct mach_memory *);
/* Its process may have that much more: KERN_NO_SPACE. */
kern_return_t mach_memory_grow(const struct mach_memory *, vm_size_t);
/* The pages of a range, and that they are addresses of a task's. */
bool mach_memory_pages(const struct mach_memory *, uint64_t address,
    uint64_t size, vm_offset_t *start, vm_size_t *length);
/* There are no holes in these pages. */
bool mach_memory_mapped(
    const struct mach_memory *, vm_offset_t start, vm_size_t length);
/* Moves bytes by way of the kernel.  KERN_INVALID_ADDRESS, ... */
kern_return_t mach_memory_get(
    const struct mach_memory *, uint64_t at, void *to, size_t size);
kern_return_t mach_memory_put(
    const struct mach_memory *, uint64_t at, void *from, size_t size);
/*
 * Between steps of what may take long: others run.  KERN_ABORTED when the
 * caller is killed, perhaps because there is no memory left.
 */
kern_return_t mach_memory_pause(void);

struct mach_piece {
	vm_object_t object; /* referenced; NULL: zeroes */
	vm_ooffset_t offset;
	vm_size_t length; /* whole pages */
	vm_prot_t most;	  /* that a mapping may have */
	bool copy;	  /* still to be copied */
	bool counted;	  /* among the writers of its file */
	bool frozen;
	LIST_ENTRY(mach_piece) with_frozen;
};

struct ipc_region {
	uint64_t size;
	vm_size_t skew; /* of the data in the first page */
	unsigned int n, room;
	vm_prot_t prot, most; /* what all of it had where it was taken */
	struct mach_piece piece[];
};

/* `address` gives the skew only.  NULL without memory. */
struct ipc_region *mach_region_make(
    vm_offset_t address, uint64_t size, unsigned int room);
void mach_region_add(struct ipc_region *, const struct mach_piece *);
/* Bytes as they are now: ipc_region_copyin() of any memory. */
kern_return_t mach_region_take(const struct mach_memory *, uint64_t address,
    uint64_t size, struct ipc_region **);
/*
 * region_entry.c.  Makes the entry copy-on-write, as vm_map_copy_entry() would,
 * and its object, referenced, that of the piece, whose place in it is given; none
 * where there are only zeroes.  False when it must be copied instead: others may
 * write to it, or it is wired, or of a file.  `left` bytes at most are searched
 * for what is not zero, and it is that much less.  The map is locked.
 */
bool mach_entry_share(
    vm_map_t, vm_map_entry_t, struct mach_piece *, vm_size_t *left);
/* In its region, after that: others may take the same pages. */
void mach_piece_freeze(struct mach_piece *);
/* Before its object is another, or somebody else's. */
void mach_piece_thaw(struct mach_piece *);
/* An object of zeroes for a piece. */
kern_return_t mach_piece_back(struct mach_piece *);
/* Bytes of one piece, `at` of it on, from or to the kernel. */
kern_return_t mach_piece_get(
    struct mach_piece *, vm_size_t at, void *to, vm_size_t size);
kern_return_t mach_piece_put(
    struct mach_piece *, vm_size_t at, void *from, vm_size_t size);

/*
 * region_share.c: regions whose every piece is an object that mappings share.
 * The memory itself, of which all must allow `needs`: KERN_INVALID_ADDRESS,
 * KERN_PROTECTION_FAILURE, KERN_NOT_SUPPORTED (devices), ...
 */
kern_return_t mach_region_share(const struct mach_memory *, vm_offset_t start,
    vm_size_t length, vm_prot_t needs, struct ipc_region **);
/* Zeroes; and a region that was taken, as what it has now. */
kern_return_t mach_region_zero(vm_size_t length, struct ipc_region **);
kern_return_t mach_region_keep(struct ipc_region *);
/* A copy of part of one, to be mapped and not shared; `task` is the caller. */
kern_return_t mach_region_snapshot(const struct ipc_region *, uint64_t offset,
    vm_size_t length, struct ipc_task *task, struct ipc_region **);

/* Where something is to be mapped, and how. */
struct mach_place {
	vm_offset_t address;
	uint64_t mask; /* bits of the address to be 0 */
	bool fixed, overwrite;
	uint32_t inheritance; /* as of minherit(2) */
	vm_prot_t prot, most;
};
/* Room there, of a locked map; what is overwritten goes. */
kern_return_t mach_place_find(const struct mach_memory *,
    const struct mach_place *, vm_size_t length, vm_offset_t *start);
/* Whether there is room, with nothing changed. */
kern_return_t mach_place_check(
    const struct mach_memory *, const struct mach_place *, vm_size_t length);
/* After it was put there: what is wired, and what children get. */
void mach_place_finish(const struct mach_memory *, const struct mach_place *,
    vm_offset_t start, vm_size_t length);
/*
 * Puts the pieces at `start`, of which the map has room; it is locked, and has
 * what it takes of them.
 */
kern_return_t mach_region_insert(struct ipc_region *, struct vmspace *,
    vm_offset_t start, vm_prot_t prot, vm_prot_t most);
/* Maps one that was taken; consumes it when that succeeds. */
kern_return_t mach_region_map(struct ipc_region *, const struct mach_memory *,
    const struct mach_place *, uint64_t *address);
/* Part of one that is shared, which stays the caller's. */
kern_return_t mach_region_map_shared(const struct ipc_region *, uint64_t offset,
    vm_size_t length, const struct mach_memory *, const struct mach_place *,
    uint64_t *address);

#endif
