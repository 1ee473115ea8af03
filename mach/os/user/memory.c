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

#include "mach/os/user/memory.h"

/* What makes MAP_FIXED fail where something is mapped. */
#if defined(MAP_FIXED_NOREPLACE)
#define MAP_NOT_OVER MAP_FIXED_NOREPLACE
#elif defined(MAP_EXCL)
#define MAP_NOT_OVER MAP_EXCL
#endif

struct range {
	uint64_t start, end;
	uint64_t number; /* of the file */
	uint64_t ghost;	 /* as long, and to go with it; or 0 */
	int fd;		 /* of it, while the mapping is shared; else -1 */
	bool shared;	 /* others see its pages: it is never a snapshot */
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
	if (memory_os_file_is(r->fd, r->number))
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

static void
forget(uint64_t start, uint64_t size)
{
	struct range *r;

	while ((r = overlap(start, size)) != NULL)
		range_remove(r);
}

/* Without memory it is not known, and so it will be copied: no harm. */
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
	if (fd != -1)
		close(fd);
	return (NULL);
}

uint64_t
memory_page_size(void)
{
	static uint64_t size;

	if (size == 0)
		size = (uint64_t)sysconf(_SC_PAGESIZE);
	return (size);
}

bool
memory_pages(uint64_t address, uint64_t size, uint64_t *start, uint64_t *length)
{
	uint64_t mask = memory_page_size() - 1, end;

	if (address + size < address || address + size > UINT64_MAX - mask)
		return (false);
	end = (address + size + mask) & ~mask;
	*start = address & ~mask;
	*length = end - *start;
	return (*length != 0);
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

static int
file_create(uint64_t size, uint64_t *number)
{
	int fd;

	fd = memory_os_file(number);
	if (fd != -1 && ftruncate(fd, (off_t)size) != 0) {
		close(fd);
		fd = -1;
	}
	return (fd);
}

int
memory_file_create(uint64_t size)
{
	uint64_t number;

	return (file_create(size, &number));
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

	if (r->fd == -1 || r->shared || !memory_os_file_is(r->fd, r->number) ||
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

static void
privatise_node(const void *node, VISIT visit, int depth)
{
	(void)depth;
	if (visit == postorder || visit == leaf)
		(void)privatise(*(struct range *const *)node, NULL);
}

/* A child has copies of its parent's memory: neither sees the other's. */
static void
fork_prepare(void)
{
	pthread_mutex_lock(&lock);
	twalk(ranges, privatise_node);
}

static void
fork_done(void)
{
	pthread_mutex_unlock(&lock);
}

static void
fork_init(void)
{
	(void)pthread_atfork(fork_prepare, fork_done, fork_done);
}

/*
 * A child of fork must find it free, whichever call it was that another
 * thread was in.
 */
static void
ranges_lock(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, fork_init);
	pthread_mutex_lock(&lock);
}

/*
 * Making and ending
 */

/* What is aligned is cut from more than is wanted. */
void *
memory_reserve(uint64_t size, uint64_t mask, uint64_t hint)
{
	uint64_t extra, at, start;
	char *p;

	extra = (mask + 1) & ~(memory_page_size() - 1);
	if (size + extra < size)
		return (MAP_FAILED);
	p = mmap((void *)(uintptr_t)hint, size + extra, PROT_NONE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED)
		return (p);
	at = (uint64_t)(uintptr_t)p;
	start = (at + mask) & ~mask;
	if (start != at)
		munmap(p, start - at);
	if (at + extra != start)
		munmap((void *)(uintptr_t)(start + size), at + extra - start);
	return ((void *)(uintptr_t)start);
}

/* mmap at a place. */
static int
map_at(const struct memory_place *place, uint64_t size, int prot, int flags,
    int fd, uint64_t offset, uint64_t *address)
{
	void *p = (void *)(uintptr_t)place->address;
	uint64_t mask = place->mask;

	if (size >= MEMORY_LARGE)
		mask |= MEMORY_LARGE - 1;
	if (place->fixed) {
		flags |= MAP_FIXED;
		if (!place->overwrite)
			flags |= MAP_NOT_OVER;
	} else if (mask >= memory_page_size()) {
		p = memory_reserve(size, mask, place->address);
		if (p == MAP_FAILED)
			return (KERN_NO_SPACE);
		flags |= MAP_FIXED;
	}
	p = mmap(p, size, prot, flags, fd, (off_t)offset);
	if (p == MAP_FAILED && errno == ENOMEM && !place->fixed)
		return (KERN_NO_SPACE);
	if (p == MAP_FAILED)
		return (errno == EEXIST || errno == ENOMEM ? KERN_NO_SPACE
			: errno == EACCES ? KERN_PROTECTION_FAILURE
					  : KERN_INVALID_ADDRESS);
	*address = (uint64_t)(uintptr_t)p;
	return (KERN_SUCCESS);
}

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
		work = memory_os_file_is(fd, number) &&
			       memory_os_mapping_is(start, size, number)
			   ? YES
			   : NO;
	return (work == YES);
}

int
memory_create(
    const struct memory_place *place, uint64_t size, uint64_t *address)
{
	struct memory_place again;
	uint64_t number = 0;
	int fd = -1, kr;

	ranges_lock();
	if (size >= MEMORY_FILE_MIN && files_work(0, 0, -1, 0) && files_left())
		fd = file_create(size, &number);
	kr = map_at(place, size, PROT_READ | PROT_WRITE,
	    fd != -1 ? MAP_SHARED : MAP_PRIVATE | MAP_ANON, fd, 0, address);
	if (kr == KERN_SUCCESS && fd != -1 &&
	    !files_work(*address, size, fd, number)) {
		close(fd);
		fd = -1;
		again = (struct memory_place){
			.address = *address, .fixed = true, .overwrite = true
		};
		kr = map_at(&again, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0, address);
	}
	if (kr == KERN_SUCCESS)
		(void)add(*address, size, fd, number);
	else if (fd != -1)
		close(fd);
	pthread_mutex_unlock(&lock);
	return (kr);
}

int
memory_destroy(uint64_t start, uint64_t size)
{
	int error;

	ranges_lock();
	forget(start, size);
	error = munmap((void *)(uintptr_t)start, size);
	pthread_mutex_unlock(&lock);
	return (error == 0 ? KERN_SUCCESS : KERN_INVALID_ADDRESS);
}

void
memory_forget(uint64_t start, uint64_t size)
{
	ranges_lock();
	forget(start, size);
	pthread_mutex_unlock(&lock);
}

void
memory_track(uint64_t start, uint64_t size)
{
	ranges_lock();
	(void)add(start, size, -1, 0);
	pthread_mutex_unlock(&lock);
}

/*
 * Copies
 */

bool
memory_move(uint64_t start, uint64_t size)
{
	struct range *r;
	bool movable;

	ranges_lock();
	r = exact(start, size);
	movable = r != NULL && !r->shared;
	pthread_mutex_unlock(&lock);
	return (movable && memory_os_open(start, size));
}

bool
memory_snapshot(uint64_t start, uint64_t size, uint64_t *copy)
{
	struct range *r;
	uint64_t ghost = 0;
	void *p = MAP_FAILED;

	ranges_lock();
	r = exact(start, size);
	if (r != NULL && r->fd != -1 && memory_os_file_is(r->fd, r->number))
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
	pthread_mutex_unlock(&lock);
	return (p != MAP_FAILED);
}

int
memory_share(uint64_t address, uint64_t size, uint64_t *offset)
{
	struct range *r;
	int fd = -1;

	ranges_lock();
	r = overlap(address, size);
	if (r != NULL && r->start <= address && r->end >= address + size &&
	    r->fd != -1 && memory_os_file_is(r->fd, r->number) &&
	    memory_os_mapping_is(r->start, r->end - r->start, r->number)) {
		fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
		*offset = address - r->start;
		r->shared |= fd != -1;
	}
	pthread_mutex_unlock(&lock);
	return (fd);
}

int
memory_map_file(const struct memory_place *place, uint64_t size, int fd,
    uint64_t offset, bool copy, int prot, uint64_t *address)
{
	int kr;

	ranges_lock();
	kr = map_at(place, size, prot, copy ? MAP_PRIVATE : MAP_SHARED, fd,
	    offset, address);
	if (kr == KERN_SUCCESS)
		forget(*address, size);
	pthread_mutex_unlock(&lock);
	return (kr);
}

int
memory_give(uint64_t start, uint64_t size, bool unmap)
{
	struct range *r;
	int fd = -1;
	bool ok;
	void *p;

	ranges_lock();
	r = exact(start, size);
	if (r != NULL && r->fd != -1 && !r->shared &&
	    memory_os_file_is(r->fd, r->number) &&
	    memory_os_mapping_is(start, size, r->number))
		fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
	if (fd != -1) {
		/* Private pages are of a file that is not written any more. */
		ok = unmap ? munmap((void *)(uintptr_t)start, size) == 0
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
	pthread_mutex_unlock(&lock);
	return (fd);
}
