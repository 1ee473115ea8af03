/*
 * mach_vm_map and its kin, and memory entries: memory that has a port, so
 * that it can be sent and mapped.  Behind one is a file in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mach/memory_object_types.h>
#include <mach/vm_inherit.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>

#include "mach/os/user/calls.h"
#include "mach/os/user/entry.h"
#include "mach/os/user/memory.h"

#define PTR(address) ((void *)(uintptr_t)(address))

/*
 * Memory that is there is shared by way of an entry only where it is a file
 * already: a large range from mach_vm_allocate that was not sent yet.
 */
int
memory_entry_file(uint32_t permission, uint64_t address, uint64_t size,
    bool part, int *fd, uint64_t *offset, uint64_t *length)
{
	uint32_t flags = permission & MAP_MEM_FLAGS_MASK;
	uint64_t start;
	kern_return_t kr = KERN_SUCCESS;

	*fd = -1;
	*offset = 0;
	if (flags & ~(uint32_t)(MAP_MEM_NAMED_CREATE | MAP_MEM_VM_COPY |
				MAP_MEM_VM_SHARE))
		return (KERN_NOT_SUPPORTED);
	if (size == 0 ||
	    !memory_pages(flags & MAP_MEM_NAMED_CREATE ? 0 : address, size,
		&start, length))
		return (KERN_INVALID_ARGUMENT);
	if (part) {
		*offset = start;
		return (flags != 0 ? KERN_INVALID_ARGUMENT : KERN_SUCCESS);
	}
	if (flags & MAP_MEM_NAMED_CREATE)
		*fd = memory_file_create(*length);
	else if (flags & MAP_MEM_VM_COPY)
		*fd = memory_file_copy(start, *length);
	else if (!memory_os_mapped(start, *length))
		kr = KERN_INVALID_ADDRESS;
	else
		*fd = memory_share(start, *length, offset);
	if (kr == KERN_SUCCESS && *fd == -1)
		kr = flags & MAP_MEM_NAMED_CREATE ? KERN_RESOURCE_SHORTAGE
		     : !(flags & MAP_MEM_VM_COPY) ? KERN_NOT_SUPPORTED
		     : errno == EFAULT		  ? KERN_INVALID_ADDRESS
						  : KERN_RESOURCE_SHORTAGE;
	/* Who maps it is to find it there. */
	if (kr == KERN_SUCCESS)
		(void)fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK);
	return (kr);
}

/* (task, *size, address, permission, *entry, parent) */
kern_return_t
user_memory_entry(struct ipc_call *call)
{
	int protection = (int)call->raw[3] & (int)VM_PROT_ALL, fd;
	bool part = (mach_port_name_t)call->raw[5] != MACH_PORT_NULL;
	uint64_t size, length, offset;
	kern_return_t kr;

	if (!ipc_os_copyin(call->thread, call->raw[1], &size, sizeof(size)))
		return (KERN_INVALID_ADDRESS);
	kr = memory_entry_file((uint32_t)call->raw[3], call->raw[2], size, part,
	    &fd, &offset, &length);
	if (kr == KERN_SUCCESS)
		kr = part ? entry_part(call, offset, length, protection)
			  : entry_create(fd, offset, length, protection,
				&call->arg[4].v.right);
	if (kr == KERN_SUCCESS && !ipc_os_copyout(call->thread, &length,
				      call->raw[1], sizeof(length)))
		kr = KERN_INVALID_ADDRESS;
	return (kr);
}

/*
 * Mapping
 */

struct map {
	uint64_t address, size; /* in: as asked; out: where it is */
	uint64_t mask;
	uint32_t flags;
	int protection;
	uint32_t inheritance;
};

static kern_return_t
map_place(const struct map *m, uint32_t allowed, struct memory_place *place,
    uint64_t *length)
{
	uint64_t start;

	/* A mask is of the address' lower bits. */
	if (m->flags & ~allowed || m->size == 0 || (m->mask & (m->mask + 1)) ||
	    m->inheritance > VM_INHERIT_LAST_VALID)
		return (KERN_INVALID_ARGUMENT);
	*place = (struct memory_place){
		.fixed = !(m->flags & VM_FLAGS_ANYWHERE),
		.overwrite = (m->flags & VM_FLAGS_OVERWRITE) != 0,
		.mask = m->mask,
	};
	if (!memory_pages(
		place->fixed ? m->address : 0, m->size, &start, length))
		return (KERN_INVALID_ARGUMENT);
	if (place->fixed && start & m->mask)
		return (KERN_NO_SPACE);
	place->address = start;
	return (KERN_SUCCESS);
}

/*
 * What children have of it, when that is not the default: a copy, but of
 * what is shared with others (`shared`), which they share, too.
 */
static kern_return_t
map_inherit(const struct map *m, uint64_t length, bool shared)
{
	if (m->inheritance == VM_INHERIT_COPY ||
	    (shared && m->inheritance == VM_INHERIT_SHARE) ||
	    memory_inherit(m->address, length, (int)m->inheritance))
		return (KERN_SUCCESS);
	(void)memory_destroy(m->address, length);
	return (KERN_NOT_SUPPORTED);
}

/* New memory. */
static kern_return_t
map_new(struct map *m, const struct memory_place *place, uint64_t length)
{
	kern_return_t kr;

	kr = memory_create(place, length, &m->address);
	if (kr == KERN_SUCCESS)
		kr = map_inherit(m, length, false);
	if (kr != KERN_SUCCESS || m->protection == (int)VM_PROT_DEFAULT)
		return (kr);
	/* Not a range: it would be sent as writable memory. */
	memory_leave(m->address, length);
	if (mprotect(PTR(m->address), length, user_prot(m->protection)) == 0)
		return (KERN_SUCCESS);
	(void)memory_destroy(m->address, length);
	return (KERN_PROTECTION_FAILURE);
}

/* That part of a file, of which an offset is wanted, copied or not. */
static kern_return_t
map_part(struct map *m, const struct memory_place *place, uint64_t length,
    const uint64_t *args, const struct ipc_memory_entry *entry)
{
	bool copy = (uint32_t)args[7] != 0;
	uint64_t offset = args[6];
	kern_return_t kr;
	int needs;

	needs = copy ? m->protection & ~(int)VM_PROT_WRITE : m->protection;
	if (offset & (memory_page_size() - 1) || offset > entry->size ||
	    length > entry->size - offset)
		return (KERN_INVALID_ARGUMENT);
	if (needs & ~entry->protection)
		return (KERN_INVALID_RIGHT);
	kr = memory_map_file(place, length, entry->fd, entry->offset + offset,
	    copy, user_prot(m->protection), &m->address);
	return (kr != KERN_SUCCESS ? kr : map_inherit(m, length, !copy));
}

/* An entry's: name, offset in it, and whether the pages are copied. */
static kern_return_t
map_entry(struct ipc_call *call, struct map *m,
    const struct memory_place *place, uint64_t length)
{
	struct ipc_memory_entry *entry;
	kern_return_t kr;

	kr = entry_lookup(call, (mach_port_name_t)call->raw[5], &entry);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = map_part(m, place, length, call->raw, entry);
	user_memory_entry_release(entry);
	return (kr);
}

int
memory_entry_map(const uint64_t *args, int fd, uint64_t offset, uint64_t size,
    int protection)
{
	const struct ipc_memory_entry entry = { .fd = fd,
		.offset = offset,
		.size = size,
		.protection = protection };
	struct map m = { .size = args[2],
		.mask = args[3],
		.flags = (uint32_t)args[4],
		.protection = (int)args[8],
		.inheritance = (uint32_t)args[10] };
	uint64_t *address = PTR(args[1]);
	struct memory_place place;
	kern_return_t kr;
	uint64_t length;

	if (address == NULL)
		return (KERN_INVALID_ADDRESS);
	if (m.protection & ~(int)(args[9] & VM_PROT_ALL) ||
	    m.protection & ~(int)VM_PROT_ALL)
		return (KERN_INVALID_ARGUMENT);
	m.address = *address;
	kr = map_place(&m, (uint32_t)VM_FLAGS_USER_MAP, &place, &length);
	if (kr == KERN_SUCCESS)
		kr = map_part(&m, &place, length, args, &entry);
	if (kr == KERN_SUCCESS)
		*address = m.address;
	return (kr);
}

static kern_return_t
map(struct ipc_call *call, mach_port_name_t object, struct map *m)
{
	struct memory_place place;
	kern_return_t kr;
	uint64_t length;

	if (m->protection & ~(int)VM_PROT_ALL)
		return (KERN_INVALID_ARGUMENT);
	if (!ipc_os_copyin(
		call->thread, call->raw[1], &m->address, sizeof(m->address)))
		return (KERN_INVALID_ADDRESS);
	kr = map_place(m, (uint32_t)VM_FLAGS_USER_MAP, &place, &length);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = object == MACH_PORT_NULL ? map_new(m, &place, length)
				      : map_entry(call, m, &place, length);
	if (kr == KERN_SUCCESS && !ipc_os_copyout(call->thread, &m->address,
				      call->raw[1], sizeof(m->address)))
		kr = KERN_INVALID_ADDRESS;
	return (kr);
}

/*
 * (task, *address, size, mask, flags, entry, offset, copy, protection,
 * maximum, inheritance).  A maximum is not kept.
 */
kern_return_t
user_vm_map(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	struct map m = { .size = a[2],
		.mask = a[3],
		.flags = (uint32_t)a[4],
		.protection = (int)a[8],
		.inheritance = (uint32_t)a[10] };

	if (m.protection & ~(int)a[9])
		return (KERN_INVALID_ARGUMENT);
	return (map(call, (mach_port_name_t)a[5], &m));
}

/* (task, *address, size, mask, flags, protection) */
kern_return_t
user_vm_map_short(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	struct map m = { .size = a[2],
		.mask = a[3],
		.flags = (uint32_t)a[4],
		.protection = (int)a[5],
		.inheritance = VM_INHERIT_COPY };

	return (map(call, MACH_PORT_NULL, &m));
}

/* A copy of other memory, at a place. */
static kern_return_t
remap_copy(struct ipc_call *call, const struct memory_place *place,
    uint64_t start, uint64_t length, uint64_t *address)
{
	struct ipc_task *task = call->thread->task;
	struct ipc_region *region;
	kern_return_t kr;

	if (!place->fixed && place->mask < memory_page_size()) {
		kr = ipc_region_copyin(task, start, length, false, &region);
		if (kr == KERN_SUCCESS)
			kr = ipc_region_copyout(task, region, address);
		return (kr);
	}
	kr = memory_create(place, length, address);
	if (kr == KERN_SUCCESS && !memory_os_copy(*address, start, length)) {
		(void)memory_destroy(*address, length);
		kr = KERN_INVALID_ADDRESS;
	}
	return (kr);
}

/*
 * (task, *address, size, mask, flags, source task, source, copy,
 * *protection, *maximum, inheritance).  Without `copy` it works where a
 * memory entry would.
 */
kern_return_t
user_vm_remap(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	struct map m = { .size = a[2],
		.mask = a[3],
		.flags = (uint32_t)a[4],
		.inheritance = (uint32_t)a[10] };
	vm_prot_t current = VM_PROT_DEFAULT, maximum = VM_PROT_ALL;
	struct memory_place place;
	uint64_t start, length, offset;
	kern_return_t kr;
	int fd;

	if (!ipc_os_copyin(call->thread, a[1], &m.address, sizeof(m.address)))
		return (KERN_INVALID_ADDRESS);
	kr = map_place(&m,
	    VM_FLAGS_ANYWHERE | VM_FLAGS_OVERWRITE | VM_FLAGS_RANDOM_ADDR |
		VM_FLAGS_ALIAS_MASK,
	    &place, &length);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (!memory_pages(a[6], m.size, &start, &length))
		return (KERN_INVALID_ARGUMENT);
	if (!memory_os_mapped(start, length))
		return (KERN_INVALID_ADDRESS);
	if ((uint32_t)a[7] != 0) {
		kr = remap_copy(call, &place, start, length, &m.address);
		if (kr == KERN_SUCCESS)
			kr = map_inherit(&m, length, false);
	} else {
		fd = memory_share(start, length, &offset);
		if (fd == -1)
			return (KERN_NOT_SUPPORTED);
		kr = memory_map_file(&place, length, fd, offset, false,
		    PROT_READ | PROT_WRITE, &m.address);
		close(fd);
		if (kr == KERN_SUCCESS)
			kr = map_inherit(&m, length, true);
	}
	if (kr == KERN_SUCCESS &&
	    (!ipc_os_copyout(
		 call->thread, &m.address, a[1], sizeof(m.address)) ||
		!ipc_os_copyout(
		    call->thread, &current, a[8], sizeof(current)) ||
		!ipc_os_copyout(call->thread, &maximum, a[9], sizeof(maximum))))
		kr = KERN_INVALID_ADDRESS;
	return (kr);
}

static void
region_fill(const struct memory_mapping *m, vm_region_basic_info_64_t info)
{
	memset(info, 0, sizeof(*info));
	info->protection = (m->prot & PROT_READ ? VM_PROT_READ : 0) |
			   (m->prot & PROT_WRITE ? VM_PROT_WRITE : 0) |
			   (m->prot & PROT_EXEC ? VM_PROT_EXECUTE : 0);
	info->max_protection = VM_PROT_ALL;
	info->inheritance = m->shared ? VM_INHERIT_SHARE : VM_INHERIT_COPY;
	info->shared = m->shared;
	info->offset = m->offset;
	info->behavior = VM_BEHAVIOR_DEFAULT;
}

/* (task, *address, *size, flavor, info, *count, *object) */
kern_return_t
user_vm_region(struct ipc_call *call)
{
	const uint64_t *a = call->raw;
	vm_region_basic_info_data_64_t info;
	mach_port_name_t object = MACH_PORT_NULL;
	struct memory_mapping m;
	uint64_t address, size;
	uint32_t count;

	/* mach_vm_region() takes the older flavor for the same, as XNU. */
	if ((int)a[3] != VM_REGION_BASIC_INFO_64 &&
	    (int)a[3] != VM_REGION_BASIC_INFO)
		return (KERN_INVALID_ARGUMENT);
	if (!ipc_os_copyin(call->thread, a[1], &address, sizeof(address)) ||
	    !ipc_os_copyin(call->thread, a[5], &count, sizeof(count)))
		return (KERN_INVALID_ADDRESS);
	if (count < VM_REGION_BASIC_INFO_COUNT_64)
		return (KERN_INVALID_ARGUMENT);
	if (!memory_find(address, &m))
		return (KERN_INVALID_ADDRESS);
	m.shared &= !memory_is_private(m.start);
	region_fill(&m, &info);
	count = VM_REGION_BASIC_INFO_COUNT_64;
	size = m.end - m.start;
	if (!ipc_os_copyout(call->thread, &m.start, a[1], sizeof(m.start)) ||
	    !ipc_os_copyout(call->thread, &size, a[2], sizeof(size)) ||
	    !ipc_os_copyout(call->thread, &info, a[4], sizeof(info)) ||
	    !ipc_os_copyout(call->thread, &count, a[5], sizeof(count)) ||
	    !ipc_os_copyout(call->thread, &object, a[6], sizeof(object)))
		return (KERN_INVALID_ADDRESS);
	return (KERN_SUCCESS);
}
