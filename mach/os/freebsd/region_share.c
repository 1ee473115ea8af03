/*
 * Regions that are shared: every piece is an object that mappings of several
 * tasks write to.  What becomes so is as memory of mmap(2)'s MAP_SHARED from
 * then on: forked children share it, too, since the kernel has no mapping that
 * is shared now and copied by fork(2).
 */
#include "mach/os/freebsd/memory.h"

#include <sys/proc.h>
#include <sys/rwlock.h>
#include <vm/vm_extern.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>
#include <vm/swap_pager.h>

#include "mach/os/freebsd/compat.h"

/* Mappings that one region may be made of. */
#define PIECES_MAX 4096

/* Whether the entry's memory can be shared, and allows that. */
static kern_return_t
entry_check(vm_map_entry_t entry, vm_prot_t needs)
{
	vm_object_t object = entry->object.vm_object;

	if (entry->eflags & (MAP_ENTRY_IS_SUB_MAP | MAP_ENTRY_GUARD))
		return (KERN_INVALID_ADDRESS);
	if (needs & ~entry->max_protection)
		return (KERN_PROTECTION_FAILURE);
	if (entry->eflags &
	    (MAP_ENTRY_GROWS_DOWN | MAP_ENTRY_SPLIT_BOUNDARY_MASK))
		return (KERN_NOT_SUPPORTED);
	if (object == NULL)
		return (KERN_SUCCESS);
	/* A device's; and who pays for it would have to be sorted out. */
	if (object->flags & (OBJ_FICTITIOUS | OBJ_UNMANAGED) ||
	    (entry->cred != NULL && !(entry->eflags & MAP_ENTRY_NEEDS_COPY)))
		return (KERN_NOT_SUPPORTED);
	/* The kernel would look for the wired pages in the shadow. */
	if (entry->wired_count != 0 && entry->eflags & MAP_ENTRY_NEEDS_COPY)
		return (KERN_NOT_SUPPORTED);
	return (KERN_SUCCESS);
}

/* All of the range; how many mappings it is. */
static kern_return_t
range_check(vm_map_t map, vm_offset_t at, vm_offset_t end, vm_prot_t needs,
    unsigned int *n)
{
	vm_map_entry_t entry;
	kern_return_t kr = KERN_SUCCESS;

	*n = 0;
	vm_map_lock_read(map);
	for (; at < end && kr == KERN_SUCCESS; at = entry->end) {
		if (!vm_map_lookup_entry(map, at, &entry))
			kr = KERN_INVALID_ADDRESS;
		else if (++*n > PIECES_MAX)
			kr = KERN_RESOURCE_SHORTAGE;
		else
			kr = entry_check(entry, needs);
	}
	vm_map_unlock_read(map);
	return (kr);
}

/* What fork(2) would copy is cut to the range, and is not copied any more. */
static kern_return_t
range_inherit(vm_map_t map, vm_offset_t at, vm_offset_t end)
{
	kern_return_t kr = KERN_SUCCESS;
	vm_map_entry_t entry;
	vm_offset_t stop;
	bool copied;

	for (; at < end && kr == KERN_SUCCESS; at = stop) {
		vm_map_lock_read(map);
		if (!vm_map_lookup_entry(map, at, &entry)) {
			vm_map_unlock_read(map);
			return (KERN_INVALID_ADDRESS);
		}
		stop = MIN(entry->end, end);
		copied = entry->inheritance == VM_INHERIT_COPY;
		vm_map_unlock_read(map);
		if (copied)
			kr = vm_map_inherit(map, at, stop, VM_INHERIT_SHARE);
	}
	return (kr);
}

/*
 * An object of the entry's own, as vmspace_fork() makes it for what a child
 * shares.  The map is locked, and the object is referenced for the caller.
 */
static kern_return_t
entry_open(vm_map_entry_t entry)
{
	vm_size_t size = entry->end - entry->start;
	vm_object_t object = entry->object.vm_object;
	struct ucred *cred = curthread->td_ucred;

	if (object == NULL) {
		object = mach_object_allocate(size, entry->cred);
		entry->object.vm_object = object;
		entry->offset = 0;
		entry->cred = NULL;
		vm_object_reference(object);
	} else if (entry->eflags & MAP_ENTRY_NEEDS_COPY) {
		if (entry->cred == NULL) {
			if (!swap_reserve_by_cred(size, cred))
				return (KERN_RESOURCE_SHORTAGE);
			entry->cred = crhold(cred);
		}
		/* With a second reference it is shadowed in any case. */
		vm_object_reference(object);
		vm_object_shadow(&entry->object.vm_object, &entry->offset, size,
		    entry->cred, true);
		entry->cred = NULL;
		vm_object_deallocate(object);
		object = entry->object.vm_object;
	} else {
		vm_object_reference(object);
	}
	VM_OBJECT_WLOCK(object);
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	VM_OBJECT_WUNLOCK(object);
	/* What is sent of it is copied, not made copy-on-write. */
	entry->eflags &= ~(MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY);
	return (KERN_SUCCESS);
}

static kern_return_t
range_share(struct ipc_region *region, vm_map_t map, vm_offset_t at,
    vm_offset_t end, vm_prot_t needs)
{
	struct mach_piece piece = { 0 };
	kern_return_t kr = KERN_SUCCESS;
	vm_map_entry_t entry;

	vm_map_lock(map);
	/* Nobody is wiring pages of it. */
	vm_map_wait_busy(map);
	for (; at < end; at += piece.length) {
		/* Another thread may have been here since it was checked. */
		if (!vm_map_lookup_entry(map, at, &entry))
			kr = KERN_INVALID_ADDRESS;
		else if (region->n == region->room ||
			 entry->inheritance == VM_INHERIT_COPY ||
			 entry->eflags & MAP_ENTRY_IN_TRANSITION)
			kr = KERN_FAILURE;
		else
			kr = entry_check(entry, needs);
		if (kr == KERN_SUCCESS)
			kr = entry_open(entry);
		if (kr != KERN_SUCCESS)
			break;
		region->prot &= entry->protection;
		region->most &= entry->max_protection;
		piece.object = entry->object.vm_object;
		piece.offset = entry->offset + (at - entry->start);
		piece.length = MIN(entry->end, end) - at;
		piece.most = entry->max_protection & VM_PROT_ALL;
		piece.counted = (entry->eflags & MAP_ENTRY_WRITECNT) != 0;
		if (piece.counted)
			vm_pager_update_writecount(
			    piece.object, 0, piece.length);
		mach_region_add(region, &piece);
	}
	vm_map_unlock(map);
	return (kr);
}

kern_return_t
mach_region_share(const struct mach_memory *m, vm_offset_t start,
    vm_size_t length, vm_prot_t needs, struct ipc_region **regionp)
{
	vm_map_t map = &m->vm->vm_map;
	vm_offset_t end = start + length;
	struct ipc_region *region;
	kern_return_t kr;
	unsigned int n;

	kr = range_check(map, start, end, needs, &n);
	if (kr == KERN_SUCCESS)
		kr = range_inherit(map, start, end);
	if (kr != KERN_SUCCESS)
		return (kr);
	region = mach_region_make(start, length, n);
	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	kr = range_share(region, map, start, end, needs);
	if (kr != KERN_SUCCESS) {
		ipc_region_destroy(region);
		return (kr);
	}
	*regionp = region;
	return (KERN_SUCCESS);
}

kern_return_t
mach_region_zero(vm_size_t length, struct ipc_region **regionp)
{
	struct mach_piece piece = { .length = length, .most = VM_PROT_ALL };
	struct ipc_region *region;

	region = mach_region_make(0, length, 1);
	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	mach_region_add(region, &piece);
	*regionp = region;
	return (KERN_SUCCESS);
}

/* What is copied when it is written gets an object that is written to. */
static kern_return_t
piece_keep(struct mach_piece *p)
{
	struct ucred *cred = curthread->td_ucred;
	vm_object_t before = p->object;

	if (before == NULL)
		return (mach_piece_back(p));
	mach_piece_thaw(p);
	if (!swap_reserve_by_cred(p->length, cred))
		return (KERN_RESOURCE_SHORTAGE);
	/* With a second reference it is shadowed in any case. */
	vm_object_reference(before);
	vm_object_shadow(
	    &p->object, &p->offset, p->length, crhold(cred), false);
	vm_object_deallocate(before);
	return (KERN_SUCCESS);
}

kern_return_t
mach_region_keep(struct ipc_region *region)
{
	kern_return_t kr = KERN_SUCCESS;
	unsigned int i;

	for (i = 0; i < region->n && kr == KERN_SUCCESS; i++)
		kr = piece_keep(&region->piece[i]);
	return (kr);
}

/* The piece with that byte of a region, and where in it that is. */
static unsigned int
piece_find(const struct ipc_region *region, uint64_t *offset)
{
	unsigned int i;

	for (i = 0; *offset >= region->piece[i].length; i++)
		*offset -= region->piece[i].length;
	return (i);
}

/* One piece, or the part of it that is wanted. */
static kern_return_t
piece_insert(const struct mach_piece *p, vm_size_t offset, vm_size_t length,
    vm_map_t map, vm_offset_t at, const struct mach_place *place)
{
	vm_prot_t most = place->most & p->most;
	bool counted = p->counted && (most & VM_PROT_WRITE) != 0;
	kern_return_t kr;

	if (place->prot & ~most)
		return (KERN_PROTECTION_FAILURE);
	vm_object_reference(p->object);
	if (counted)
		vm_pager_update_writecount(p->object, 0, length);
	kr = vm_map_insert(map, p->object, p->offset + offset, at, at + length,
	    place->prot, most,
	    MAP_INHERIT_SHARE | MAP_PREFAULT_PARTIAL |
		(counted ? MAP_WRITECOUNT : 0));
	if (kr == KERN_SUCCESS)
		return (KERN_SUCCESS);
	if (counted)
		vm_pager_release_writecount(p->object, 0, length);
	vm_object_deallocate(p->object);
	return (kr);
}

static kern_return_t
pieces_insert(const struct ipc_region *region, uint64_t offset,
    vm_size_t length, vm_map_t map, vm_offset_t start,
    const struct mach_place *place)
{
	unsigned int i = piece_find(region, &offset);
	vm_offset_t at, end = start + length;
	kern_return_t kr = KERN_SUCCESS;
	vm_size_t n;

	for (at = start; at < end && kr == KERN_SUCCESS; i++, offset = 0) {
		n = MIN(region->piece[i].length - offset, end - at);
		kr = piece_insert(&region->piece[i], offset, n, map, at, place);
		if (kr == KERN_SUCCESS)
			at += n;
	}
	if (kr != KERN_SUCCESS)
		(void)vm_map_delete(map, start, at);
	return (kr);
}

/*
 * By way of a memory of nobody's, where page faults find what an object has
 * behind it.
 */
kern_return_t
mach_region_snapshot(const struct ipc_region *region, uint64_t offset,
    vm_size_t length, struct ipc_task *task, struct ipc_region **regionp)
{
	static const struct mach_place place = {
		.prot = VM_PROT_READ,
		.most = VM_PROT_READ,
	};
	struct mach_memory m = { .task = task };
	kern_return_t kr;

	m.vm = vmspace_alloc(PAGE_SIZE, PAGE_SIZE + length, pmap_pinit);
	if (m.vm == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	vm_map_lock(&m.vm->vm_map);
	kr = pieces_insert(
	    region, offset, length, &m.vm->vm_map, PAGE_SIZE, &place);
	vm_map_unlock(&m.vm->vm_map);
	if (kr == KERN_SUCCESS)
		kr = mach_region_take(&m, PAGE_SIZE, length, regionp);
	vmspace_free(m.vm);
	return (kr);
}

kern_return_t
mach_region_map_shared(const struct ipc_region *region, uint64_t offset,
    vm_size_t length, const struct mach_memory *m,
    const struct mach_place *place, uint64_t *address)
{
	vm_map_t map = &m->vm->vm_map;
	vm_offset_t start;
	kern_return_t kr;

	kr = mach_memory_grow(m, length);
	if (kr != KERN_SUCCESS)
		return (kr);
	vm_map_lock(map);
	kr = mach_place_find(m, place, length, &start);
	if (kr == KERN_SUCCESS)
		kr = pieces_insert(region, offset, length, map, start, place);
	vm_map_unlock(map);
	if (kr != KERN_SUCCESS)
		return (kr);
	mach_place_finish(m, place, start, length);
	*address = start;
	return (KERN_SUCCESS);
}
