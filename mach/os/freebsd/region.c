/*
 * Out-of-line memory: pieces of VM objects on their way between tasks.  Whole
 * pages of anonymous memory are shared and copied when someone writes, as
 * fork(2) does it; the rest is copied once, into pages of the region's own.
 */
#include "mach/os/freebsd/calls.h"

#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/rwlock.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_map.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/swap_pager.h>

#include "mach/os/freebsd/compat.h"

#define PIECES 8
/* Fewer pages than this are copied: it is cheaper than two write faults. */
#define SHARE_MIN (4 * PAGE_SIZE)

struct piece {
	vm_object_t object; /* referenced; NULL: zeroes */
	vm_ooffset_t offset;
	vm_size_t length; /* whole pages */
	bool copy;	  /* still to be copied */
};

struct ipc_region {
	uint64_t size;
	vm_size_t skew; /* of the data in the first page */
	unsigned int n;
	struct piece piece[PIECES];
};

static struct ipc_region *
region_make(vm_offset_t address, uint64_t size)
{
	struct ipc_region *region;

	region = ipc_mem_alloc(IPC_MEM_RIGHTS, sizeof(*region), IPC_ZERO);
	if (region != NULL) {
		region->size = size;
		region->skew = address & PAGE_MASK;
	}
	return (region);
}

/* Another piece; one to be copied grows the last, if that is one too. */
static void
piece_add(struct ipc_region *region, vm_object_t object, vm_ooffset_t offset,
    vm_size_t length, bool copy)
{
	struct piece *p;

	if (length == 0)
		return;
	if (copy && region->n > 0 && region->piece[region->n - 1].copy) {
		region->piece[region->n - 1].length += length;
		return;
	}
	p = &region->piece[region->n++];
	p->object = object;
	p->offset = offset;
	p->length = length;
	p->copy = copy;
}

/*
 * Makes the entry copy-on-write, as vm_map_copy_entry() would, and takes a
 * reference to its object.  False when it must be copied instead: shared,
 * wired, of a file.  The map is locked.
 */
static bool
entry_share(vm_map_t map, vm_map_entry_t entry)
{
	vm_object_t object = entry->object.vm_object;
	bool ours;

	if (entry->eflags & (MAP_ENTRY_IN_TRANSITION | MAP_ENTRY_GROWS_DOWN) ||
	    entry->wired_count != 0)
		return (false);
	if (object == NULL)
		return (true);
	if (!(object->flags & OBJ_ANON))
		return (false);
	if (!(entry->eflags & MAP_ENTRY_NEEDS_COPY)) {
		if (entry->cred != NULL)
			return (false);
		VM_OBJECT_WLOCK(object);
		ours = entry->eflags & MAP_ENTRY_COW || object->ref_count == 1;
		VM_OBJECT_WUNLOCK(object);
		if (!ours)
			return (false);
		if (entry->protection & VM_PROT_WRITE)
			pmap_protect(map->pmap, entry->start, entry->end,
			    entry->protection & ~VM_PROT_WRITE);
		entry->eflags |= MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY;
	}
	vm_object_reference(object);
	VM_OBJECT_WLOCK(object);
	vm_object_clear_flag(object, OBJ_ONEMAPPING);
	VM_OBJECT_WUNLOCK(object);
	return (true);
}

/* The pages from `at` to `end`: shared where that is possible. */
static int
pieces_take(
    struct ipc_region *region, vm_map_t map, vm_offset_t at, vm_offset_t end)
{
	vm_map_entry_t entry;
	vm_object_t object;
	vm_offset_t stop;
	int kr = KERN_SUCCESS;

	vm_map_lock(map);
	for (; at < end; at = stop) {
		if (!vm_map_lookup_entry(map, at, &entry) ||
		    entry->eflags & (MAP_ENTRY_IS_SUB_MAP | MAP_ENTRY_GUARD) ||
		    !(entry->protection & VM_PROT_READ)) {
			kr = KERN_INVALID_ADDRESS;
			break;
		}
		stop = MIN(entry->end, end);
		/* Two are kept for what is copied at the end. */
		if (region->n >= PIECES - 2 || !entry_share(map, entry)) {
			piece_add(region, NULL, 0, stop - at, true);
			continue;
		}
		object = entry->object.vm_object;
		piece_add(region, object,
		    object == NULL ? 0 : entry->offset + (at - entry->start),
		    stop - at, false);
	}
	vm_map_unlock(map);
	return (kr);
}

/* An object of its own for the piece. */
static int
piece_back(struct piece *p)
{
	struct ucred *cred = curthread->td_ucred;

	if (!swap_reserve_by_cred(p->length, cred))
		return (KERN_RESOURCE_SHORTAGE);
	p->object = mach_object_allocate(p->length, crhold(cred));
	p->offset = 0;
	p->copy = false;
	return (KERN_SUCCESS);
}

/* Moves bytes of one piece, `at` of it on. */
static int
piece_move(struct piece *p, vm_size_t at, void *data, vm_size_t size,
    enum uio_rw rw, enum uio_seg seg)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct uio uio = {
		.uio_iov = &iov,
		.uio_iovcnt = 1,
		.uio_offset = p->offset + at,
		.uio_resid = size,
		.uio_segflg = seg,
		.uio_rw = rw,
		.uio_td = curthread,
	};

	return (uiomove_object(p->object, p->offset + p->length, &uio));
}

/* Copies what is to be copied; `data` is the first byte of the region. */
static int
pieces_copy(struct ipc_region *region, vm_offset_t data, enum uio_seg seg)
{
	vm_offset_t page = data - region->skew, from, to;
	struct piece *p;
	unsigned int i;
	int kr;

	for (i = 0; i < region->n; page += p->length, i++) {
		p = &region->piece[i];
		if (!p->copy)
			continue;
		kr = piece_back(p);
		if (kr != KERN_SUCCESS)
			return (kr);
		from = MAX(page, data);
		to = MIN(page + p->length, data + region->size);
		if (piece_move(p, from - page, (void *)from, to - from,
			UIO_WRITE, seg) != 0)
			return (KERN_INVALID_ADDRESS);
	}
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **regionp)
{
	vm_map_t map = &curproc->p_vmspace->vm_map;
	vm_offset_t first = trunc_page(address), last, from, to;
	struct ipc_region *region;
	int kr = KERN_SUCCESS;

	(void)task; /* the caller's own */
	if (address < vm_map_min(map) || address + size < address ||
	    address + size > vm_map_max(map))
		return (KERN_INVALID_ADDRESS);
	last = round_page(address + size);
	region = region_make(address, size);
	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	from = round_page(address);
	to = trunc_page(address + size);
	if (to < from || to - from < SHARE_MIN) {
		piece_add(region, NULL, 0, last - first, true);
	} else {
		piece_add(region, NULL, 0, from - first, true);
		kr = pieces_take(region, map, from, to);
		piece_add(region, NULL, 0, last - to, true);
	}
	if (kr == KERN_SUCCESS)
		kr = pieces_copy(region, address, UIO_USERSPACE);
	if (kr != KERN_SUCCESS) {
		ipc_region_destroy(region);
		return (kr);
	}
	if (deallocate)
		(void)vm_map_remove(map, first, last);
	*regionp = region;
	return (KERN_SUCCESS);
}

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region = region_make(0, size);
	int kr;

	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	piece_add(region, NULL, 0, round_page(size), true);
	kr = piece_back(&region->piece[0]);
	if (kr == KERN_SUCCESS &&
	    piece_move(&region->piece[0], 0, __DECONST(void *, data), size,
		UIO_WRITE, UIO_SYSSPACE) != 0)
		kr = KERN_RESOURCE_SHORTAGE;
	if (kr != KERN_SUCCESS) {
		ipc_region_destroy(region);
		return (kr);
	}
	*regionp = region;
	return (KERN_SUCCESS);
}

/* Puts the pieces at `start`, of which the map has room; it is locked. */
static int
pieces_map(struct ipc_region *region, vm_map_t map, vm_offset_t start)
{
	vm_offset_t at = start;
	struct piece *p;
	unsigned int i;
	int kr;

	for (i = 0; i < region->n; at += p->length, i++) {
		p = &region->piece[i];
		kr = vm_map_insert(map, p->object, p->offset, at,
		    at + p->length, VM_PROT_READ | VM_PROT_WRITE, VM_PROT_ALL,
		    p->object == NULL
			? 0
			: MAP_COPY_ON_WRITE | MAP_PREFAULT_PARTIAL);
		if (kr != KERN_SUCCESS)
			break;
	}
	if (i == region->n)
		return (KERN_SUCCESS);
	/* The map has the references of those that it took. */
	(void)vm_map_delete(map, start, at);
	while (i-- > 0)
		region->piece[i].object = NULL;
	return (kr);
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	struct thread *td = curthread;
	struct vmspace *vm = td->td_proc->p_vmspace;
	vm_map_t map = &vm->vm_map;
	vm_size_t length = 0;
	vm_offset_t start;
	unsigned int i;
	int kr = KERN_NO_SPACE;

	(void)task; /* the caller's own */
	for (i = 0; i < region->n; i++)
		length += region->piece[i].length;
	vm_map_lock(map);
	/* Where mmap(2) begins to look. */
	start = vm_map_findspace(map,
	    round_page((vm_offset_t)vm->vm_daddr + lim_max(td, RLIMIT_DATA)),
	    length);
	if (start + length <= vm_map_max(map) &&
	    kern_mmap_racct_check(td, map, length) == 0)
		kr = pieces_map(region, map, start);
	vm_map_unlock(map);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (map->flags & MAP_WIREFUTURE)
		(void)vm_map_wire(map, start, start + length,
		    VM_MAP_WIRE_USER | VM_MAP_WIRE_NOHOLES);
	*address = start + region->skew;
	ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region));
	return (KERN_SUCCESS);
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

/* What cannot be had (its pager failed) is zeroes. */
void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	vm_size_t skew = region->skew, n;
	char *at = to, *end = at + size;
	struct piece *p;

	memset(to, 0, size);
	for (p = region->piece; at < end; p++, skew = 0) {
		n = MIN(p->length - skew, (vm_size_t)(end - at));
		if (p->object != NULL)
			(void)piece_move(
			    p, skew, at, n, UIO_READ, UIO_SYSSPACE);
		at += n;
	}
}

void
ipc_region_destroy(struct ipc_region *region)
{
	unsigned int i;

	for (i = 0; i < region->n; i++) {
		if (region->piece[i].object != NULL)
			vm_object_deallocate(region->piece[i].object);
	}
	ipc_mem_free(IPC_MEM_RIGHTS, region, sizeof(*region));
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	vm_map_t map = &curproc->p_vmspace->vm_map;
	vm_offset_t first = trunc_page(address);

	(void)task;
	if (address < vm_map_min(map) || address + size < address ||
	    address + size > vm_map_max(map))
		return (KERN_INVALID_ADDRESS);
	return (vm_map_remove(map, first, round_page(address + size)));
}

bool
host_vm_mapped(uint64_t start, uint64_t length)
{
	vm_map_t map = &curproc->p_vmspace->vm_map;
	bool mapped;

	vm_map_lock_read(map);
	mapped =
	    vm_map_check_protection(map, start, start + length, VM_PROT_NONE);
	vm_map_unlock_read(map);
	return (mapped);
}
