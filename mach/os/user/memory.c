/*
 * Ranges of the process' memory: who they came from, and copies of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/vm_inherit.h>

#include "mach/os/user/memory.h"
#include "mach/os/user/signals.h"

struct range {
	uint64_t start, end;
	uint64_t number; /* of the file */
	uint64_t ghost;	 /* as long, and to go with it; or 0 */
	int fd;		 /* of it, while the mapping is shared; else -1 */
	bool shared;	 /* others see its pages: it is never a snapshot */
	bool inherited;	 /* children do, too (VM_INHERIT_SHARE) */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *ranges;	   /* tsearch(3), by address; they never overlap */
static uint32_t files;	   /* descriptors in it */
static uint32_t files_max; /* 0: not known yet */

/* Ranges that overlap are the same one, so that any part finds a range. */
static int
compare(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->end <= y->start)
		return (-1);
	return (x->start >= y->end);
}

/* Locked: a range with any of these pages. */
static struct range *
overlap(uint64_t start, uint64_t size)
{
	struct range key = { .start = start, .end = start + size };
	void *node = tfind(&key, &ranges, compare);

	return (node == NULL ? NULL : *(struct range **)node);
}

/* Locked: one of exactly these. */
static struct range *
exact(uint64_t start, uint64_t size)
{
	struct range *r = overlap(start, size);

	if (r == NULL || r->start != start || r->end != start + size)
		return (NULL);
	return (r);
}

/* Locked: the descriptor goes, unless the program has closed it already. */
static void
file_close(struct range *r)
{
	if (r->fd == -1)
		return;
	if (memory_memfd_is(r->fd, r->number))
		close(r->fd);
	r->fd = -1;
	files--;
}

static void
range_remove(struct range *r)
{
	(void)tdelete(r, &ranges, compare);
	file_close(r);
	if (r->ghost != 0)
		munmap((void *)(uintptr_t)r->ghost, r->end - r->start);
	free(r);
}

/*
 * Private from now on: a mapping of the range's file that nobody else may see,
 * or (`copied`) of a file with what is there now, for nobody can have the
 * range's own.  Where neither can be had, no child has it: it is to fault
 * there, not to write to its parent's memory.
 */
static void
piece_settle(const struct range *r, const struct memory_mapping *m, bool copied)
{
	uint64_t size = m->end - m->start, offset = m->start - r->start;
	void *p = (void *)(uintptr_t)m->start;
	int fd = r->fd;

	if (copied) {
		(void)mprotect(p, size, m->prot | PROT_READ);
		fd = memory_file_copy(m->start, size);
		offset = 0;
	}
	p = fd == -1 ? MAP_FAILED
		     : mmap(p, size, m->prot, MAP_PRIVATE | MAP_FIXED, fd,
			   (off_t)offset);
	if (p == MAP_FAILED)
		(void)memory_os_inherit(m->start, size, (int)VM_INHERIT_NONE);
	if (copied && fd != -1)
		close(fd);
}

/*
 * Locked: what is still there of the range's shared mapping, between these
 * addresses.  The program may have unmapped parts, or changed them.
 */
static void
settle(const struct range *r, uint64_t start, uint64_t end)
{
	bool copied = r->shared || !memory_memfd_is(r->fd, r->number);
	struct memory_mapping m;
	int found;

	for (; start < end; start = m.end) {
		found = memory_os_find(start, &m);
		if (found == 0 || (found == 1 && m.start >= end))
			break;
		if (found == -1) /* it is taken for what it was */
			m = (struct memory_mapping){ .start = r->start,
				.end = r->end,
				.prot = PROT_READ | PROT_WRITE,
				.memfile = true };
		if (m.start < start) {
			m.offset += start - m.start;
			m.start = start;
		}
		if (m.end > end)
			m.end = end;
		if (m.memfile && m.offset == m.start - r->start &&
		    (m.file == 0 || m.file == r->number))
			piece_settle(r, &m, copied);
	}
}

/* Locked: what is left of a range beside these pages is private. */
static void
forget(uint64_t start, uint64_t size)
{
	uint64_t end = start + size;
	struct range *r;

	while ((r = overlap(start, size)) != NULL) {
		if (r->fd != -1 && !r->shared) {
			settle(r, r->start, start);
			settle(r, end, r->end);
		}
		range_remove(r);
	}
}

/*
 * Without memory it is not known, and so it will be copied: no harm, for it is
 * nobody else's, either.
 */
static struct range *
add(uint64_t start, uint64_t size, int fd, uint64_t number)
{
	struct range *r;

	/* What was there went without a word: its mapping is gone, too. */
	forget(start, size);
	r = malloc(sizeof(*r));
	if (r != NULL) {
		*r = (struct range){ .start = start,
			.end = start + size,
			.number = number,
			.fd = fd };
		if (tsearch(r, &ranges, compare) != NULL) {
			files += fd != -1;
			return (r);
		}
		free(r);
	}
	if (fd != -1) {
		(void)mmap((void *)(uintptr_t)start, size,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0);
		close(fd);
	}
	return (NULL);
}

/*
 * Files
 */

/* Locked: a quarter of the descriptors at most, the rest is the program's. */
static bool
files_left(void)
{
	struct rlimit limit;

	if (files_max == 0) {
		files_max = 256;
		if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
		    limit.rlim_cur / 4 < files_max)
			files_max = (uint32_t)(limit.rlim_cur / 4);
	}
	return (files < files_max);
}

/*
 * A shared mapping becomes a private one of the same file, whose content does
 * not change any more: nobody else writes to it, and its descriptor goes.
 * Pages that are in memory would have to be unmapped one by one now: they are
 * put aside, if it is known for how long.
 */
static bool
privatise(struct range *r, uint64_t *ghost)
{
	uint64_t size = r->end - r->start, aside = 0;
	void *p = (void *)(uintptr_t)r->start;

	if (r->fd == -1 || r->shared || !memory_memfd_is(r->fd, r->number) ||
	    !memory_os_mapping_is(r->start, size, r->number))
		return (false);
	if (ghost != NULL)
		aside = memory_os_detach(r->start, size);
	p = mmap(
	    p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, r->fd, 0);
	if (p == MAP_FAILED) {
		if (aside != 0)
			munmap((void *)(uintptr_t)aside, size);
		return (false);
	}
	if (ghost != NULL)
		*ghost = aside;
	file_close(r);
	return (true);
}

/* A child has copies of its parent's memory: neither sees the other's. */
static void
settle_node(const void *node, VISIT visit, int depth)
{
	struct range *r;

	(void)depth;
	if (visit != postorder && visit != leaf)
		return;
	r = *(struct range *const *)node;
	if (r->fd == -1 || r->shared)
		return;
	settle(r, r->start, r->end);
	file_close(r);
}

/* And of that which its parent shares with others than its children. */
static void
copy_node(const void *node, VISIT visit, int depth)
{
	struct range *r;

	(void)depth;
	if (visit != postorder && visit != leaf)
		return;
	r = *(struct range *const *)node;
	if (r->fd == -1 || !r->shared || r->inherited)
		return;
	settle(r, r->start, r->end);
	file_close(r);
	r->shared = false;
}

static sigset_t fork_signals; /* under the lock */

static void
fork_prepare(void)
{
	sigset_t old;

	signals_block(&old);
	pthread_mutex_lock(&lock);
	fork_signals = old;
	twalk(ranges, settle_node);
}

static void
fork_parent(void)
{
	sigset_t old = fork_signals;

	pthread_mutex_unlock(&lock);
	signals_restore(&old);
}

static void
fork_child(void)
{
	twalk(ranges, copy_node);
	fork_parent();
}

static void
fork_init(void)
{
	(void)pthread_atfork(fork_prepare, fork_parent, fork_child);
}

/*
 * A child of fork must find it free, whichever call it was that another
 * thread was in; and a handler that comes here would wait for its own thread.
 */
static void
ranges_lock(sigset_t *signals)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, fork_init);
	signals_block(signals);
	pthread_mutex_lock(&lock);
}

static void
ranges_unlock(const sigset_t *signals)
{
	pthread_mutex_unlock(&lock);
	signals_restore(signals);
}

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
	if (size >= MEMORY_FILE_MIN && files_work(0, 0, -1, 0) && files_left())
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
		(void)add(*address, size, fd, number);
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
	forget(start, size);
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

	while (start < end && (r = overlap(start, end - start)) != NULL) {
		if (r->shared) {
			leave(start, r->start);
			start = r->end;
			continue;
		}
		if (r->fd != -1)
			settle(r, r->start, r->end);
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
	r = exact(start, size);
	if (inheritance != (int)VM_INHERIT_NONE && r != NULL && r->fd != -1 &&
	    memory_os_mapping_is(start, size, r->number)) {
		/* It is shared now: what children have is done at fork. */
		r->inherited = inheritance == (int)VM_INHERIT_SHARE;
		r->shared |= r->inherited;
		ok = true;
	} else {
		leave(start, start + size);
		r = overlap(start, size);
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
	r = overlap(address, 1);
	private = r != NULL && !r->shared;
	ranges_unlock(&signals);
	return (private);
}

void
memory_track(uint64_t start, uint64_t size)
{
	sigset_t signals;

	ranges_lock(&signals);
	(void)add(start, size, -1, 0);
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
	r = exact(start, size);
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
	r = exact(start, size);
	if (r != NULL && r->fd != -1 && memory_memfd_is(r->fd, r->number))
		p = mmap(
		    NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, r->fd, 0);
	if (p != MAP_FAILED && !privatise(r, &ghost)) {
		munmap(p, size);
		p = MAP_FAILED;
	}
	if (p != MAP_FAILED) {
		*copy = (uint64_t)(uintptr_t)p;
		r = add(*copy, size, -1, 0);
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
	r = overlap(address, size);
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
		forget(*address, size);
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
	r = exact(start, size);
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
			   : privatise(r, NULL);
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
				(void)add(start, size, -1, 0);
			close(fd);
			fd = -1;
		}
	}
	ranges_unlock(&signals);
	return (fd);
}
