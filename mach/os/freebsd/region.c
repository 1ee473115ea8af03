/*
 * Out-of-line memory: pieces of VM objects on their way between tasks.  Whole
 * pages of anonymous memory are shared and copied when someone writes, as
 * fork(2) does it; the rest is copied once, into pages of the region's own.
 */
#include "mach/os/freebsd/memory.h"

#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/rwlock.h>
#include <sys/syscallsubr.h>
#include <sys/uio.h>
#include <vm/vm_extern.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>
#include <vm/swap_pager.h>

#include "mach/os/freebsd/compat.h"

#define PIECES 8
#define CHUNK (256 * PAGE_SIZE) /* between looks whether it is killed */
#define ENTRIES 1024		/* of the map: the same */
/* Bytes that one call searches for pages that somebody wrote to. */
#define SEARCH_MAX ((vm_size_t)256 << 20)
/* Fewer pages than this are copied: it is cheaper than two write faults. */
#define SHARE_MIN (4 * PAGE_SIZE)

struct ipc_region *
mach_region_make(vm_offset_t address, uint64_t size, unsigned int room)
{
	struct ipc_region *region;

	region = ipc_mem_alloc(IPC_MEM_RIGHTS,
	    sizeof(*region) + room * sizeof(region->piece[0]), IPC_ZERO);
	if (region != NULL) {
		region->size = size;
		region->skew = address & PAGE_MASK;
		region->room = room;
		region->prot = region->most = VM_PROT_ALL;
	}
	return (region);
}

static void
region_free(struct ipc_region *region)
{
	ipc_mem_free(IPC_MEM_RIGHTS, region,
	    sizeof(*region) + region->room * sizeof(region->piece[0]));
}

void
mach_region_add(struct ipc_region *region, const struct mach_piece *piece)
{
	IPC_ASSERT(region->n < region->room);
	region->piece[region->n++] = *piece;
}

/* Another that is to be copied; it grows the last, if that is one too. */
static void
add_copy(struct ipc_region *region, vm_size_t length)
{
	struct mach_piece *p = &region->piece[region->n];

	if (length == 0)
		return;
	if (region->n > 0 && p[-1].copy)
		p[-1].length += length;
	else
		mach_region_add(region,
		    &(struct mach_piece){
			.length = length, .most = VM_PROT_ALL, .copy = true });
}

/* What may be done with all of it may be done with a copy. */
static void
narrow(struct ipc_region *region, vm_map_t map, vm_offset_t at, vm_offset_t end)
{
	vm_map_entry_t entry;

	vm_map_lock_read(map);
	for (; at < end; at += PAGE_SIZE) {
		if (vm_map_lookup_entry(map, at, &entry))
			region->prot &= entry->protection;
	}
	vm_map_unlock_read(map);
}

/* The pages from `at` to `end`: shared where that is possible. */
static int
pieces_take(
    struct ipc_region *region, vm_map_t map, vm_offset_t at, vm_offset_t end)
{
	struct mach_piece piece = { .most = VM_PROT_ALL };
	vm_size_t left = SEARCH_MAX;
	vm_map_entry_t entry;
	vm_offset_t stop;
	int kr = KERN_SUCCESS;
	unsigned int n = 0;

	vm_map_lock(map);
	for (; at < end; at = stop) {
		if (++n % ENTRIES == 0) {
			vm_map_unlock(map);
			kr = mach_memory_pause();
			vm_map_lock(map);
			if (kr != KERN_SUCCESS)
				break;
		}
		if (!vm_map_lookup_entry(map, at, &entry) ||
		    entry->eflags & (MAP_ENTRY_IS_SUB_MAP | MAP_ENTRY_GUARD) ||
		    !(entry->protection & VM_PROT_READ)) {
			kr = KERN_INVALID_ADDRESS;
			break;
		}
		stop = MIN(entry->end, end);
		region->prot &= entry->protection;
		piece.object = NULL;
		piece.offset = entry->offset + (at - entry->start);
		piece.length = stop - at;
		/* Two are kept for what is copied at the end. */
		if (region->n >= PIECES - 2 ||
		    !mach_entry_share(map, entry, &piece, &left)) {
			add_copy(region, stop - at);
			continue;
		}
		if (piece.object == NULL)
			piece.offset = 0;
		mach_region_add(region, &piece);
		if (piece.object != NULL)
			mach_piece_freeze(&region->piece[region->n - 1]);
	}
	vm_map_unlock(map);
	return (kr);
}

kern_return_t
mach_piece_back(struct mach_piece *p)
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
static kern_return_t
piece_move(struct mach_piece *p, vm_size_t at, void *data, vm_size_t size,
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

	return (uiomove_object(p->object, p->offset + p->length, &uio) == 0
		    ? KERN_SUCCESS
		    : KERN_INVALID_ADDRESS);
}

kern_return_t
mach_piece_get(struct mach_piece *p, vm_size_t at, void *to, vm_size_t size)
{
	return (piece_move(p, at, to, size, UIO_READ, UIO_SYSSPACE));
}

kern_return_t
mach_piece_put(struct mach_piece *p, vm_size_t at, void *from, vm_size_t size)
{
	return (piece_move(p, at, from, size, UIO_WRITE, UIO_SYSSPACE));
}

/* Bytes of another task's memory, by way of a page. */
static kern_return_t
piece_fill(struct mach_piece *p, vm_size_t at, const struct mach_memory *m,
    vm_offset_t from, vm_size_t size)
{
	kern_return_t kr = KERN_SUCCESS;
	vm_size_t n;
	void *page;

	page = ipc_mem_alloc(IPC_MEM_RIGHTS, PAGE_SIZE, 0);
	if (page == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	for (; size > 0 && kr == KERN_SUCCESS; at += n, from += n, size -= n) {
		n = MIN(PAGE_SIZE - (from & PAGE_MASK), size);
		kr = mach_memory_get(m, from, page, n);
		if (kr == KERN_SUCCESS)
			kr = mach_piece_put(p, at, page, n);
		if (kr == KERN_SUCCESS)
			kr = mach_memory_pause();
	}
	ipc_mem_free(IPC_MEM_RIGHTS, page, PAGE_SIZE);
	return (kr);
}

/* And of the caller's own. */
static kern_return_t
piece_fill_own(
    struct mach_piece *p, vm_size_t at, vm_offset_t from, vm_size_t size)
{
	kern_return_t kr = KERN_SUCCESS;
	vm_size_t n;

	for (; size > 0 && kr == KERN_SUCCESS; at += n, from += n, size -= n) {
		n = MIN(CHUNK, size);
		kr = piece_move(
		    p, at, (void *)from, n, UIO_WRITE, UIO_USERSPACE);
		if (kr == KERN_SUCCESS)
			kr = mach_memory_pause();
	}
	return (kr);
}

/* Copies what is to be copied; `data` is the first byte of the region. */
static kern_return_t
pieces_copy(
    struct ipc_region *region, const struct mach_memory *m, vm_offset_t data)
{
	vm_offset_t page = data - region->skew, from, to;
	kern_return_t kr = KERN_SUCCESS;
	struct mach_piece *p;
	unsigned int i;

	for (i = 0; i < region->n && kr == KERN_SUCCESS; i++) {
		p = &region->piece[i];
		from = MAX(page, data);
		to = MIN(page + p->length, data + region->size);
		if (p->copy) {
			kr = mach_piece_back(p);
			if (kr != KERN_SUCCESS)
				break;
			kr = m->task != NULL ? piece_fill(p, from - page, m,
						   from, to - from)
					     : piece_fill_own(p, from - page,
						   from, to - from);
		}
		page += p->length;
	}
	return (kr);
}

kern_return_t
mach_region_take(const struct mach_memory *m, uint64_t address, uint64_t size,
    struct ipc_region **regionp)
{
	vm_map_t map = &m->vm->vm_map;
	struct ipc_region *region;
	vm_offset_t first, from, to;
	kern_return_t kr = KERN_SUCCESS;
	vm_size_t length;

	if (!mach_memory_pages(m, address, size, &first, &length))
		return (KERN_INVALID_ADDRESS);
	region = mach_region_make(address, size, PIECES);
	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	from = round_page(address);
	to = trunc_page(address + size);
	if (to < from || to - from < SHARE_MIN) {
		narrow(region, map, first, first + length);
		add_copy(region, length);
	} else {
		narrow(region, map, first, from);
		narrow(region, map, to, first + length);
		add_copy(region, from - first);
		kr = pieces_take(region, map, from, to);
		add_copy(region, first + length - to);
	}
	if (kr == KERN_SUCCESS)
		kr = pieces_copy(region, m, address);
	if (kr != KERN_SUCCESS) {
		ipc_region_destroy(region);
		return (kr);
	}
	*regionp = region;
	return (KERN_SUCCESS);
}

int
ipc_region_copyin(struct ipc_task *task, uint64_t address, uint64_t size,
    bool deallocate, struct ipc_region **regionp)
{
	struct mach_memory m;
	vm_offset_t first;
	vm_size_t length;
	int kr;

	(void)task; /* the caller's own */
	mach_memory_own(&m);
	kr = mach_region_take(&m, address, size, regionp);
	if (kr == KERN_SUCCESS && deallocate &&
	    mach_memory_pages(&m, address, size, &first, &length))
		(void)vm_map_remove(&m.vm->vm_map, first, first + length);
	return (kr);
}

int
ipc_region_create(const void *data, uint64_t size, struct ipc_region **regionp)
{
	struct ipc_region *region = mach_region_make(0, size, 1);
	int kr;

	if (region == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	add_copy(region, round_page(size));
	kr = mach_piece_back(&region->piece[0]);
	if (kr == KERN_SUCCESS &&
	    mach_piece_put(&region->piece[0], 0, __DECONST(void *, data),
		size) != KERN_SUCCESS)
		kr = KERN_RESOURCE_SHORTAGE;
	if (kr != KERN_SUCCESS) {
		ipc_region_destroy(region);
		return (kr);
	}
	*regionp = region;
	return (KERN_SUCCESS);
}

kern_return_t
mach_region_insert(struct ipc_region *region, struct vmspace *vm,
    vm_offset_t start, vm_prot_t prot, vm_prot_t most)
{
	vm_map_t map = &vm->vm_map;
	vm_offset_t at = start;
	struct mach_piece *p;
	unsigned int i;
	int kr;

	for (i = 0; i < region->n; at += p->length, i++) {
		p = &region->piece[i];
		mach_piece_thaw(p);
		kr = vm_map_insert(map, p->object, p->offset, at,
		    at + p->length, prot, most,
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

kern_return_t
mach_region_map(struct ipc_region *region, const struct mach_memory *m,
    const struct mach_place *place, uint64_t *address)
{
	vm_map_t map = &m->vm->vm_map;
	vm_size_t length = 0;
	vm_offset_t start;
	unsigned int i;
	kern_return_t kr;

	for (i = 0; i < region->n; i++)
		length += region->piece[i].length;
	kr = mach_memory_grow(m, length);
	if (kr != KERN_SUCCESS)
		return (kr);
	vm_map_lock(map);
	kr = mach_place_find(m, place, length, &start);
	if (kr == KERN_SUCCESS)
		kr = mach_region_insert(
		    region, m->vm, start, place->prot, place->most);
	vm_map_unlock(map);
	if (kr != KERN_SUCCESS)
		return (kr);
	mach_place_finish(m, place, start, length);
	*address = start + region->skew;
	region_free(region);
	return (KERN_SUCCESS);
}

int
ipc_region_copyout(
    struct ipc_task *task, struct ipc_region *region, uint64_t *address)
{
	static const struct mach_place anywhere = {
		.inheritance = VM_INHERIT_DEFAULT,
		.prot = VM_PROT_READ | VM_PROT_WRITE,
		.most = VM_PROT_ALL,
	};
	struct mach_memory m;

	(void)task; /* the caller's own */
	mach_memory_own(&m);
	return (mach_region_map(region, &m, &anywhere, address));
}

uint64_t
ipc_region_size(const struct ipc_region *region)
{
	return (region->size);
}

/*
 * What cannot be had (its pager failed) is zeroes.  Only what is little is read
 * (request.c), of which every piece is a copy: nothing is behind its object.
 */
void
ipc_region_read(struct ipc_region *region, void *to, uint64_t size)
{
	vm_size_t skew = region->skew, n;
	char *at = to, *end = at + size;
	struct mach_piece *p;

	memset(to, 0, size);
	for (p = region->piece; at < end; p++, skew = 0) {
		n = MIN(p->length - skew, (vm_size_t)(end - at));
		if (p->object != NULL)
			(void)mach_piece_get(p, skew, at, n);
		at += n;
	}
}

void
ipc_region_destroy(struct ipc_region *region)
{
	struct mach_piece *p;
	unsigned int i;

	for (i = 0; i < region->n; i++) {
		p = &region->piece[i];
		if (p->object == NULL)
			continue;
		mach_piece_thaw(p);
		if (p->counted)
			vm_pager_release_writecount(p->object, 0, p->length);
		vm_object_deallocate(p->object);
	}
	region_free(region);
}

int
ipc_os_unmap(struct ipc_task *task, uint64_t address, uint64_t size)
{
	struct mach_memory m;
	vm_offset_t first;
	vm_size_t length;

	(void)task; /* the caller's own */
	mach_memory_own(&m);
	if (!mach_memory_pages(&m, address, size, &first, &length))
		return (KERN_INVALID_ADDRESS);
	return (vm_map_remove(&m.vm->vm_map, first, first + length));
}
