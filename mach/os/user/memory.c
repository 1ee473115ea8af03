/*
 * The process' memory: what was given out, and copies of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/vm_inherit.h>

#include "mach/os/user/memory.h"
#include "mach/os/user/ranges.h"

/*
 * Making and ending
 */

/*
 * Locked.  The first file shows whether the system tells of mappings here (it
 * does not where /proc is not mounted): else there are none.
 */
static bool
files_work(uint64_t start, uint64_t size, int fd, uint64_t number)
{
	static enum { UNKNOWN, YES, NO } work;

	if (fd == -1)
		return (work != NO);
	if (work == UNKNOWN)
		work = memory_memfd_is(fd, number) &&
			       memory_os_mapping_is(start, size, number)
			   ? YES
			   : NO;
	return (work == YES);
}

int
memory_create(
    const struct memory_place *place, uint64_t size, uint64_t *address)
{
	sigset_t signals;
	struct memory_place again;
	uint64_t number = 0;
	int fd = -1, kr;

	ranges_lock(&signals);
	if (size >= MEMORY_FILE_MIN && files_work(0, 0, -1, 0) &&
	    ranges_files_left())
		fd = memory_file_sized(size, &number);
	kr = memory_map_at(place, size, PROT_READ | PROT_WRITE,
	    fd != -1 ? MAP_SHARED : MAP_PRIVATE | MAP_ANON, fd, 0, address);
	if (kr == KERN_SUCCESS && fd != -1 &&
	    !files_work(*address, size, fd, number)) {
		close(fd);
		fd = -1;
		again = (struct memory_place){
			.address = *address, .fixed = true, .overwrite = true
		};
		kr = memory_map_at(&again, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0, address);
	}
	if (kr == KERN_SUCCESS)
		(void)range_add(*address, size, fd, number);
	else if (fd != -1)
		close(fd);
	ranges_unlock(&signals);
	return (kr);
}

int
memory_destroy(uint64_t start, uint64_t size)
{
	sigset_t signals;
	int error;

	ranges_lock(&signals);
	ranges_forget(start, size);
	error = munmap((void *)(uintptr_t)start, size);
	ranges_unlock(&signals);
	return (error == 0 ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
}

/*
 * Locked: of the ranges with any of these pages, all that are not shared go:
 * those are not sent as they are, anyway.
 */
static void
leave(uint64_t start, uint64_t end)
{
	struct range *r;

	while (start < end && (r = range_overlap(start, end - start)) != NULL) {
		if (r->shared) {
			leave(start, r->start);
			start = r->end;
			continue;
		}
		range_settle(r);
		range_remove(r);
	}
}

void
memory_leave(uint64_t start, uint64_t size)
{
	sigset_t signals;

	ranges_lock(&signals);
	leave(start, start + size);
	ranges_unlock(&signals);
}

bool
memory_inherit(uint64_t start, uint64_t size, int inheritance)
{
	sigset_t signals;
	struct range *r;
	bool ok;

	ranges_lock(&signals);
	r = range_exact(start, size);
	if (inheritance != (int)VM_INHERIT_NONE && r != NULL && r->fd != -1 &&
	    memory_os_mapping_is(start, size, r->number)) {
		/* It is shared now: what children have is done at fork. */
		r->inherited = inheritance == (int)VM_INHERIT_SHARE;
		r->shared |= r->inherited;
		ok = true;
	} else {
		leave(start, start + size);
		r = range_overlap(start, size);
		ok = (r == NULL || inheritance == (int)VM_INHERIT_NONE) &&
		     memory_os_inherit(start, size, inheritance);
	}
	ranges_unlock(&signals);
	return (ok);
}

bool
memory_is_private(uint64_t address)
{
	sigset_t signals;
	struct range *r;
	bool private;

	ranges_lock(&signals);
	r = range_overlap(address, 1);
	private = r != NULL && !r->shared;
	ranges_unlock(&signals);
	return (private);
}

void
memory_track(uint64_t start, uint64_t size)
{
	sigset_t signals;

	ranges_lock(&signals);
	(void)range_add(start, size, -1, 0);
	ranges_unlock(&signals);
}

/*
 * Copies
 */

bool
memory_move(uint64_t start, uint64_t size)
{
	sigset_t signals;
	struct range *r;
	bool movable;

	ranges_lock(&signals);
	r = range_exact(start, size);
	movable = r != NULL && !r->shared;
	ranges_unlock(&signals);
	return (movable && memory_os_open(start, size));
}

bool
memory_snapshot(uint64_t start, uint64_t size, uint64_t *copy)
{
	sigset_t signals;
	struct range *r;
	uint64_t ghost = 0;
	void *p = MAP_FAILED;

	ranges_lock(&signals);
	r = range_exact(start, size);
	if (r != NULL && r->fd != -1 && memory_memfd_is(r->fd, r->number))
		p = mmap(
		    NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, r->fd, 0);
	if (p != MAP_FAILED && !range_privatise(r, &ghost)) {
		munmap(p, size);
		p = MAP_FAILED;
	}
	if (p != MAP_FAILED) {
		*copy = (uint64_t)(uintptr_t)p;
		r = range_add(*copy, size, -1, 0);
		if (r != NULL)
			r->ghost = ghost;
		else if (ghost != 0)
			munmap((void *)(uintptr_t)ghost, size);
	}
	ranges_unlock(&signals);
	return (p != MAP_FAILED);
}

int
memory_share(uint64_t address, uint64_t size, uint64_t *offset)
{
	sigset_t signals;
	struct range *r;
	int fd = -1;

	ranges_lock(&signals);
	r = range_overlap(address, size);
	if (r != NULL && r->start <= address && r->end >= address + size &&
	    r->fd != -1 && memory_memfd_is(r->fd, r->number) &&
	    memory_os_mapping_is(r->start, r->end - r->start, r->number)) {
		fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
		*offset = address - r->start;
		r->shared |= fd != -1;
	}
	ranges_unlock(&signals);
	return (fd);
}

int
memory_map_file(const struct memory_place *place, uint64_t size, int fd,
    uint64_t offset, bool copy, int prot, uint64_t *address)
{
	sigset_t signals;
	int kr;

	ranges_lock(&signals);
	kr = memory_map_at(place, size, prot, copy ? MAP_PRIVATE : MAP_SHARED,
	    fd, offset, address);
	if (kr == KERN_SUCCESS)
		ranges_forget(*address, size);
	ranges_unlock(&signals);
	return (kr);
}

int
memory_give(uint64_t start, uint64_t size, bool unmap)
{
	sigset_t signals;
	struct range *r;
	int fd = -1;
	bool ok;
	void *p;

	ranges_lock(&signals);
	r = range_exact(start, size);
	if (r != NULL && r->fd != -1 && !r->shared &&
	    memory_memfd_is(r->fd, r->number) &&
	    memory_os_mapping_is(start, size, r->number))
		fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
	if (fd != -1) {
		/*
		 * Private pages are of a file that is not written any more;
		 * and nobody gets the place of what may have to come back.
		 */
		ok = unmap ? mmap((void *)(uintptr_t)start, size, PROT_NONE,
				 MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1,
				 0) != MAP_FAILED
			   : range_privatise(r, NULL);
		if (ok && unmap)
			range_remove(r);
		if (!ok ||
		    fcntl(fd, F_ADD_SEALS,
			F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
			/* It stays where it was. */
			p = MAP_FAILED;
			if (ok && unmap)
				p = mmap((void *)(uintptr_t)start, size,
				    PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_FIXED, fd, 0);
			if (p != MAP_FAILED)
				(void)range_add(start, size, -1, 0);
			close(fd);
			fd = -1;
		}
	}
	ranges_unlock(&signals);
	return (fd);
}
