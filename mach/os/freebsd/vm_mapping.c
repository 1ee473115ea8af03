/*
 * HOST rows of traps.def: what is mapped into a task, of new memory, of a
 * memory entry, of what a task has.
 */
#include <mach/vm_statistics.h>

#include "mach/os/freebsd/memory_entry.h"

#include <sys/mman.h>
#include <sys/proc.h>
#include <sys/syscallsubr.h>

#include "mach/os/freebsd/compat.h"

/* Of mach_vm_remap: VM_FLAGS_USER_REMAP without what is not done. */
#define REMAP_FLAGS                                                      \
	(VM_FLAGS_ANYWHERE | VM_FLAGS_OVERWRITE | VM_FLAGS_RANDOM_ADDR | \
	    VM_FLAGS_ALIAS_MASK)

/* A request to map something, as it is read. */
struct request {
	uint64_t address, size; /* as asked */
	vm_size_t length;	/* whole pages */
	struct mach_place place;
};

/* What all of them have: (task, *address, size, mask, flags, ...) */
static kern_return_t
request_read(struct ipc_call *call, uint64_t mask, uint32_t flags,
    uint32_t allowed, struct request *r)
{
	uint64_t where = call->raw[1], skew = 0;

	memset(r, 0, sizeof(*r));
	if (!ipc_os_copyin(
		call->thread, where, &r->address, sizeof(r->address)))
		return (KERN_INVALID_ADDRESS);
	r->size = call->raw[2];
	/* A mask is of the address' lower bits. */
	if (flags & ~allowed || (mask & (mask + 1)) != 0)
		return (KERN_INVALID_ARGUMENT);
	r->place.fixed = !(flags & VM_FLAGS_ANYWHERE);
	r->place.overwrite = (flags & VM_FLAGS_OVERWRITE) != 0;
	r->place.mask = mask;
	if (r->place.fixed) {
		r->place.address = trunc_page(r->address);
		skew = r->address & PAGE_MASK;
	}
	r->length = round_page(r->size + skew);
	if (r->length < r->size ||
	    r->place.address + r->length < r->place.address)
		return (KERN_INVALID_ARGUMENT);
	if (r->place.address & mask)
		return (KERN_NO_SPACE);
	r->place.inheritance = VM_INHERIT_DEFAULT;
	r->place.most = VM_PROT_ALL;
	return (KERN_SUCCESS);
}

/* Tells where it is; of who cannot be told it is taken away again. */
static kern_return_t
tell(struct ipc_call *call, const struct mach_memory *m, uint64_t address,
    vm_size_t length)
{
	if (ipc_os_copyout(
		call->thread, &address, call->raw[1], sizeof(address)))
		return (KERN_SUCCESS);
	if (length != 0)
		(void)vm_map_remove(&m->vm->vm_map, trunc_page(address),
		    trunc_page(address) + length);
	return (KERN_INVALID_ADDRESS);
}

/* New memory of the caller's, by mmap(2)'s rules and limits. */
static kern_return_t
map_own(const struct request *r, uint32_t protection, uint64_t *address)
{
	struct thread *td = curthread;
	int bits = flsll((long long)r->place.mask);
	struct mmap_req request = {
		.mr_len = r->length,
		.mr_prot = (int)protection,
		.mr_flags = MAP_ANON | MAP_PRIVATE,
		.mr_fd = -1,
	};
	int error;

	if (bits > PAGE_SHIFT)
		request.mr_flags |= MAP_ALIGNED(bits);
	if (r->place.fixed) {
		request.mr_hint = r->place.address;
		request.mr_flags |= MAP_FIXED;
		if (!r->place.overwrite)
			request.mr_flags |= MAP_EXCL;
	}
	error = mach_mmap(td, &request);
	if (error != 0)
		return (host_vm_result(error));
	*address = (uint64_t)td->td_retval[0];
	/* For mmap(2), a maximum of nothing is none. */
	if (r->place.most == VM_PROT_NONE)
		(void)vm_map_protect(&td->td_proc->p_vmspace->vm_map, *address,
		    *address + r->length, VM_PROT_NONE, VM_PROT_NONE,
		    VM_MAP_PROTECT_SET_MAXPROT);
	if (r->place.inheritance != INHERIT_COPY)
		(void)kern_minherit(
		    td, *address, r->length, (int)r->place.inheritance);
	return (KERN_SUCCESS);
}

static kern_return_t
map_other(
    const struct request *r, const struct mach_memory *m, uint64_t *address)
{
	struct ipc_region *region;
	kern_return_t kr;

	kr = mach_region_zero(r->length, &region);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = mach_region_map(region, m, &r->place, address);
	if (kr != KERN_SUCCESS)
		ipc_region_destroy(region);
	return (kr);
}

/* New memory; `protection` is mmap(2)'s, with the place's maximum or without. */
static kern_return_t
map_new(struct ipc_call *call, struct request *r, uint32_t protection)
{
	struct mach_memory m;
	uint64_t address = 0;
	kern_return_t kr;

	kr = mach_memory_of(call, 0, true, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	r->place.prot = protection & VM_PROT_ALL;
	if (r->length != 0)
		kr = m.task == NULL ? map_own(r, protection, &address)
				    : map_other(r, &m, &address);
	if (kr == KERN_SUCCESS)
		kr = tell(call, &m, address, r->length);
	mach_memory_release(&m);
	return (kr);
}

/* (task, *address, size, flags) */
kern_return_t
host_vm_allocate(struct ipc_call *call)
{
	struct request r;
	kern_return_t kr;

	kr = request_read(call, 0, (uint32_t)call->raw[3],
	    (uint32_t)VM_FLAGS_USER_ALLOCATE, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (r.size == 0)
		r.length = 0;
	return (map_new(call, &r, PROT_READ | PROT_WRITE));
}

/* (task, *address, size, mask, flags, protection) */
kern_return_t
host_vm_map_short(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	struct request r;
	kern_return_t kr;

	if (a[5] & ~(uint64_t)VM_PROT_ALL)
		return (KERN_INVALID_ARGUMENT);
	kr = request_read(
	    call, a[3], (uint32_t)a[4], (uint32_t)VM_FLAGS_USER_MAP, &r);
	if (kr == KERN_SUCCESS && r.size == 0)
		kr = KERN_INVALID_ARGUMENT;
	return (kr == KERN_SUCCESS ? map_new(call, &r, (uint32_t)a[5]) : kr);
}

/* Part of an entry, itself or as a copy. */
static kern_return_t
map_entry(struct ipc_call *call, struct request *r,
    const struct mach_entry *entry, const struct mach_memory *m,
    uint64_t *address)
{
	const struct ipc_region *memory = mach_entry_region(entry);
	uint64_t offset = call->raw[6];
	bool copy = (uint32_t)call->raw[7] != 0;
	struct ipc_region *region;
	vm_prot_t needs = r->place.prot;
	kern_return_t kr;

	if (copy)
		needs &= ~VM_PROT_WRITE;
	if (offset & PAGE_MASK || offset > entry->size ||
	    r->length > entry->size - offset)
		return (KERN_INVALID_ARGUMENT);
	if (needs & ~entry->prot)
		return (KERN_INVALID_RIGHT);
	offset += entry->offset;
	if (!copy) {
		r->place.most &= entry->prot;
		return (mach_region_map_shared(
		    memory, offset, r->length, m, &r->place, address));
	}
	if (!(entry->prot & VM_PROT_READ))
		return (KERN_INVALID_RIGHT);
	kr = mach_region_snapshot(
	    memory, offset, r->length, call->thread->task, &region);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = mach_region_map(region, m, &r->place, address);
	if (kr != KERN_SUCCESS)
		ipc_region_destroy(region);
	return (kr);
}

static kern_return_t
map_object(struct ipc_call *call, struct request *r)
{
	struct mach_entry *entry;
	struct mach_memory m;
	uint64_t address;
	kern_return_t kr;

	kr = mach_memory_of(call, 0, true, &m);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = mach_entry_lookup(call, (mach_port_name_t)call->raw[5], &entry);
	if (kr == KERN_SUCCESS) {
		kr = map_entry(call, r, entry, &m, &address);
		host_memory_entry_release(entry);
	}
	if (kr == KERN_SUCCESS)
		kr = tell(call, &m, address, r->length);
	mach_memory_release(&m);
	return (kr);
}

/*
 * (task, *address, size, mask, flags, object, offset, copy, protection,
 * maximum, inheritance)
 */
kern_return_t
host_vm_map(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	uint32_t protection = (uint32_t)a[8], maximum = (uint32_t)a[9];
	struct request r;
	kern_return_t kr;

	if ((protection | maximum) & ~(uint32_t)VM_PROT_ALL ||
	    (protection & ~maximum) != 0 || (uint32_t)a[10] > INHERIT_NONE)
		return (KERN_INVALID_ARGUMENT);
	kr = request_read(
	    call, a[3], (uint32_t)a[4], (uint32_t)VM_FLAGS_USER_MAP, &r);
	if (kr == KERN_SUCCESS && r.size == 0)
		kr = KERN_INVALID_ARGUMENT;
	if (kr != KERN_SUCCESS)
		return (kr);
	r.place.inheritance = (uint32_t)a[10];
	r.place.prot = (vm_prot_t)protection;
	r.place.most = (vm_prot_t)maximum;
	if ((uint32_t)a[5] != MACH_PORT_NULL)
		return (map_object(call, &r));
	return (map_new(call, &r, protection | PROT_MAX(maximum)));
}

/* What a task has, again: itself or a copy, and what may be done with it. */
static kern_return_t
remap(struct request *r, const struct mach_memory *from, uint64_t source,
    bool copy, const struct mach_memory *to, uint64_t *address)
{
	struct ipc_region *region;
	vm_offset_t start;
	vm_size_t length;
	kern_return_t kr;

	if (!mach_memory_pages(from, source, r->size, &start, &length))
		return (KERN_INVALID_ADDRESS);
	r->length = length;
	/* What was shared stays so: that there is room is known before. */
	kr = mach_place_check(to, &r->place, length);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = copy ? mach_region_take(from, start, length, &region)
		  : mach_region_share(from, start, length, 0, &region);
	if (kr != KERN_SUCCESS)
		return (kr);
	r->place.prot = region->prot;
	r->place.most = copy ? VM_PROT_ALL : region->most;
	if (!copy) {
		kr = mach_region_map_shared(
		    region, 0, length, to, &r->place, address);
		ipc_region_destroy(region);
		return (kr);
	}
	kr = mach_region_map(region, to, &r->place, address);
	if (kr != KERN_SUCCESS)
		ipc_region_destroy(region);
	return (kr);
}

/*
 * (task, *address, size, mask, flags, source task, source, copy,
 * *protection, *maximum, inheritance)
 */
kern_return_t
host_vm_remap(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	bool copy = (uint32_t)a[7] != 0;
	struct mach_memory to, from;
	struct request r;
	uint64_t address;
	uint32_t prot, most;
	kern_return_t kr;

	if ((uint32_t)a[10] > INHERIT_NONE)
		return (KERN_INVALID_ARGUMENT);
	kr = request_read(call, a[3], (uint32_t)a[4], REMAP_FLAGS, &r);
	if (kr == KERN_SUCCESS && r.size == 0)
		kr = KERN_INVALID_ARGUMENT;
	if (kr == KERN_SUCCESS)
		kr = mach_memory_of(call, 0, true, &to);
	if (kr != KERN_SUCCESS)
		return (kr);
	r.place.inheritance = (uint32_t)a[10];
	kr = mach_memory_of(call, 5, !copy, &from);
	if (kr == KERN_SUCCESS) {
		kr = remap(&r, &from, a[6], copy, &to, &address);
		mach_memory_release(&from);
	}
	prot = r.place.prot;
	most = r.place.most;
	if (kr == KERN_SUCCESS &&
	    (!ipc_os_copyout(call->thread, &prot, a[8], sizeof(prot)) ||
		!ipc_os_copyout(call->thread, &most, a[9], sizeof(most)))) {
		(void)vm_map_remove(
		    &to.vm->vm_map, address, address + r.length);
		kr = KERN_INVALID_ADDRESS;
	}
	if (kr == KERN_SUCCESS)
		kr = tell(call, &to, address, r.length);
	mach_memory_release(&to);
	return (kr);
}
