/*
 * The process' memory, as Linux tells of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <mach/vm_inherit.h>

#include "mach/os/user/memory.h"

/*
 * There is a link for each mapping, found by its exact bounds: of such a file,
 * which others than this library do not map there.
 */
bool
memory_os_mapping_is(uint64_t start, uint64_t size, uint64_t number)
{
	static const char name[] = "/memfd:mach (deleted)";
	char path[80], there[sizeof(name)];
	ssize_t n;

	(void)number;
	snprintf(path, sizeof(path), "/proc/self/map_files/%jx-%jx",
	    (uintmax_t)start, (uintmax_t)(start + size));
	n = readlink(path, there, sizeof(there));
	return (n == (ssize_t)sizeof(name) - 1 &&
		memcmp(there, name, sizeof(name) - 1) == 0);
}

/*
 * The old mapping stays and finds its pages in the file again (since Linux
 * 5.13).  Where both are aligned, whole tables of pages are moved.
 */
uint64_t
memory_os_detach(uint64_t start, uint64_t size)
{
	void *aside, *p;

	if (size < MEMORY_LARGE || start & (MEMORY_LARGE - 1))
		return (0);
	aside = memory_reserve(size, MEMORY_LARGE - 1, 0);
	if (aside == MAP_FAILED)
		return (0);
	p = mremap((void *)(uintptr_t)start, size, size,
	    MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, aside);
	if (p == MAP_FAILED) {
		munmap(aside, size);
		return (0);
	}
	return ((uint64_t)(uintptr_t)p);
}

bool
memory_os_copy(uint64_t to, uint64_t from, uint64_t size)
{
	struct iovec local, remote;
	ssize_t n;

	while (size != 0) {
		local.iov_base = (void *)(uintptr_t)to;
		remote.iov_base = (void *)(uintptr_t)from;
		local.iov_len = remote.iov_len = size;
		n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
		if (n == -1 && (errno == ENOSYS || errno == EPERM)) {
			/* A sandbox forbids it: mapped is all to be known. */
			if (!memory_os_mapped(from, size) ||
			    !memory_os_mapped(to, size))
				return (false);
			memmove(local.iov_base, remote.iov_base, size);
			return (true);
		}
		if (n <= 0)
			return (false);
		to += (uint64_t)n;
		from += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return (true);
}

int
memory_os_other(
    pid_t pid, bool write, uint64_t there, uint64_t here, uint64_t size)
{
	struct iovec local, remote;
	ssize_t n;

	while (size != 0) {
		local.iov_base = (void *)(uintptr_t)here;
		remote.iov_base = (void *)(uintptr_t)there;
		local.iov_len = remote.iov_len = size;
		n = write ? process_vm_writev(pid, &local, 1, &remote, 1, 0)
			  : process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (n <= 0)
			return (n == 0 ? EFAULT : errno);
		here += (uint64_t)n;
		there += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return (0);
}

bool
memory_os_mapped(uint64_t address, uint64_t size)
{
	uint64_t start, length;

	/* It walks mappings, not pages, and does nothing else. */
	return (memory_pages(address, size, &start, &length) &&
		msync((void *)(uintptr_t)start, length, MS_ASYNC) == 0);
}

/* It walks mappings, too, and tells of one that is not there. */
bool
memory_os_open(uint64_t start, uint64_t size)
{
	return (mprotect((void *)(uintptr_t)start, size,
		    PROT_READ | PROT_WRITE) == 0);
}

/* One of its lines; false: the rest of a long one. */
static bool
mapping_parse(const char *line, struct memory_mapping *m)
{
	uintmax_t start, end, offset, file;
	char perms[5];

	if (sscanf(line, "%jx-%jx %4s %jx %*x:%*x %ju", &start, &end, perms,
		&offset, &file) != 5)
		return (false);
	m->start = start;
	m->end = end;
	m->offset = offset;
	m->file = file;
	m->prot = (perms[0] == 'r' ? PROT_READ : 0) |
		  (perms[1] == 'w' ? PROT_WRITE : 0) |
		  (perms[2] == 'x' ? PROT_EXEC : 0);
	m->shared = m->memfile = perms[3] == 's';
	return (true);
}

struct memory_map
memory_os_map(void)
{
	struct memory_map map = { NULL, 0 };
	struct memory_mapping *more;
	size_t room = 0;
	char line[512];
	FILE *f;

	f = fopen("/proc/self/maps", "re");
	if (f == NULL)
		return (map);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (map.n == room) {
			room = room * 2 + 64;
			more = realloc(map.m, room * sizeof(*more));
			if (more == NULL) {
				free(map.m);
				map = (struct memory_map){ NULL, 0 };
				break;
			}
			map.m = more;
		}
		map.n += mapping_parse(line, &map.m[map.n]);
	}
	fclose(f);
	return (map);
}

/* Private memory is copied, shared memory is shared: only that can be had. */
bool
memory_os_inherit(uint64_t start, uint64_t size, int inheritance)
{
	struct memory_mapping m;
	uint64_t at;

	if (inheritance != (int)VM_INHERIT_NONE) {
		for (at = start; at < start + size; at = m.end) {
			if (!memory_find(at, &m) || m.start > at ||
			    m.shared != (inheritance == (int)VM_INHERIT_SHARE))
				return (false);
		}
	}
	return (madvise((void *)(uintptr_t)start, size,
		    inheritance == (int)VM_INHERIT_NONE ? MADV_DONTFORK
							: MADV_DOFORK) == 0);
}
