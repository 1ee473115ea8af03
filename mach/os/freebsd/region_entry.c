/*
 * Whether memory that is sent may be shared, and copied when someone writes: only
 * where nobody else can write to what was sent.  The kernel does not tell whose
 * mappings an object has, only how many.
 */
#include "mach/os/freebsd/memory.h"

#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/rwlock.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>

/*
 * Pages that are frozen: when a piece took them nobody else had them mapped, and
 * its task's own mapping became copy-on-write.  While the piece has its reference
 * nobody writes to them, for a shadow is made for who would; and so for whoever
 * gets a copy of such a mapping by fork(2), or has the memory shared from then on.
 * So others may take them, too, whose mappings would be no proof.
 */
#define BUCKETS 64

static LIST_HEAD(, mach_piece) frozen[BUCKETS];
static struct mtx frozen_lock;
MTX_SYSINIT(mach_frozen, &frozen_lock, "mach frozen", MTX_DEF);

static unsigned int
bucket_of(const struct vm_object *object)
{
	return (((uintptr_t)object / sizeof(*object)) % BUCKETS);
}

void
mach_piece_freeze(struct mach_piece *p)
{
	p->frozen = true;
	mtx_lock(&frozen_lock);
	LIST_INSERT_HEAD(&frozen[bucket_of(p->object)], p, with_frozen);
	mtx_unlock(&frozen_lock);
}

void
mach_piece_thaw(struct mach_piece *p)
{
	if (!p->frozen)
		return;
	mtx_lock(&frozen_lock);
	LIST_REMOVE(p, with_frozen);
	mtx_unlock(&frozen_lock);
	p->frozen = false;
}

static bool
is_frozen(vm_object_t object, vm_ooffset_t offset, vm_size_t length)
{
	struct mach_piece *p;

	mtx_lock(&frozen_lock);
	LIST_FOREACH(p, &frozen[bucket_of(object)], with_frozen)
	{
		if (p->object == object && p->offset <= offset &&
		    offset + length <= p->offset + p->length)
			break;
	}
	mtx_unlock(&frozen_lock);
	return (p != NULL);
}

/* Of map entries and of ours: those of its shadows are counted apart. */
static unsigned int
references(vm_object_t object)
{
	return ((unsigned int)object->ref_count -
		(unsigned int)object->shadow_count);
}

/* Entries beside one that are looked at on either side. */
#define NEIGHBOURS 64

/*
 * Whether nobody but the entry writes to its pages of its object: all
 * references are this entry's, and of those beside it that were split from it,
 * and of shadows, which only read.  What the entry's own flags say is no proof:
 * fork(2) makes it copy-on-write, too, while a process that shares the object
 * since an earlier fork(2) writes to it (minherit(2)).  Of what was split into
 * very many nothing is known.
 */
static bool
is_own(vm_map_t map, vm_map_entry_t entry)
{
	vm_object_t object = entry->object.vm_object;
	vm_map_entry_t first = entry, last = entry, next;
	unsigned int n = 1;

	while (n < NEIGHBOURS &&
	       vm_map_lookup_entry(map, first->start - 1, &next) &&
	       next->object.vm_object == object &&
	       next->offset + (next->end - next->start) == first->offset) {
		first = next;
		n++;
	}
	while (n < 2 * NEIGHBOURS &&
	       (next = vm_map_entry_succ(last)) != &map->header &&
	       next->object.vm_object == object && next->start == last->end &&
	       next->offset == last->offset + (last->end - last->start)) {
		last = next;
		n++;
	}
	return (references(object) == n);
}

/*
 * And nobody to what is behind them: no file is, and nothing else that is mapped
 * and that can be written to.
 */
static bool
is_still(vm_object_t object, vm_ooffset_t offset, vm_size_t length)
{
	vm_object_t behind;
	bool still = object->flags & OBJ_ANON;

	VM_OBJECT_RLOCK(object);
	while (still && (behind = object->backing_object) != NULL) {
		offset += object->backing_object_offset;
		VM_OBJECT_RLOCK(behind);
		VM_OBJECT_RUNLOCK(object);
		object = behind;
		still = object->flags & OBJ_ANON &&
			(references(object) == 0 ||
			    is_frozen(object, offset, length));
	}
	VM_OBJECT_RUNLOCK(object);
	return (still);
}

/*
 * Nobody has ever written to these pages: they are zeroes.  What is longer than
 * is left of what one call may look at is copied, in steps between which it can
 * be killed.
 */
static bool
is_empty(
    vm_object_t object, vm_ooffset_t offset, vm_size_t length, vm_size_t *left)
{
	vm_pindex_t page, end;
	vm_object_t behind;
	bool empty = true;

	VM_OBJECT_RLOCK(object);
	for (;;) {
		empty = length <= *left;
		end = OFF_TO_IDX(offset + length);
		page = OFF_TO_IDX(offset);
		for (; page < end && empty; page++, *left -= PAGE_SIZE)
			empty = object->flags & OBJ_ANON &&
				vm_page_lookup(object, page) == NULL &&
				!vm_pager_has_page(object, page, NULL, NULL);
		behind = object->backing_object;
		if (!empty || behind == NULL)
			break;
		offset += object->backing_object_offset;
		VM_OBJECT_RLOCK(behind);
		VM_OBJECT_RUNLOCK(object);
		object = behind;
	}
	VM_OBJECT_RUNLOCK(object);
	return (empty);
}

bool
mach_entry_share(vm_map_t map, vm_map_entry_t entry, struct mach_piece *piece,
    vm_size_t *left)
{
	vm_object_t object = entry->object.vm_object;
	bool lazy = entry->eflags & MAP_ENTRY_NEEDS_COPY, safe;

	if (entry->eflags & (MAP_ENTRY_IN_TRANSITION | MAP_ENTRY_GROWS_DOWN) ||
	    entry->wired_count != 0)
		return (false);
	if (object == NULL)
		return (true);
	safe = lazy && is_frozen(object, piece->offset, piece->length);
	if (!safe && (lazy || entry->cred == NULL)) {
		VM_OBJECT_WLOCK(object);
		safe = is_own(map, entry);
		VM_OBJECT_WUNLOCK(object);
		safe = safe && is_still(object, piece->offset, piece->length);
	}
	if (!safe)
		return (is_empty(object, piece->offset, piece->length, left));
	if (!lazy) {
		if (entry->protection & VM_PROT_WRITE)
			pmap_protect(map->pmap, entry->start, entry->end,
			    entry->protection & ~VM_PROT_WRITE);
		entry->eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
	}
	vm_object_reference(object);
	VM_OBJECT_WLOCK(object);
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	VM_OBJECT_WUNLOCK(object);
	piece->object = object;
	return (true);
}
