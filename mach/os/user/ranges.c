/*
 * Ranges of the process' memory: which there are, and what becomes of them when
 * a part changes or the process forks.
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
#include "mach/os/user/ranges.h"
#include "mach/os/user/signals.h"

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

struct range *
range_overlap(uint64_t start, uint64_t size)
{
	struct range key = { .start = start, .end = start + size };
	void *node = tfind(&key, &ranges, compare);

	return (node == NULL ? NULL : *(struct range **)node);
}

struct range *
range_exact(uint64_t start, uint64_t size)
{
	struct range *r = range_overlap(start, size);

	if (r == NULL || r->start != start || r->end != start + size)
		return (NULL);
	return (r);
}

/* The descriptor goes, unless the program has closed it already. */
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

void
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
 * What is still there of the range's shared mapping, between these
 * addresses.  The program may have unmapped parts, or changed them; where it
 * is not told, it is taken for what it was.
 */
static void
settle(const struct memory_map *map, const struct range *r, uint64_t start,
    uint64_t end)
{
	bool copied = r->shared || !memory_memfd_is(r->fd, r->number);
	struct memory_mapping whole = { .start = r->start,
		.end = r->end,
		.prot = PROT_READ | PROT_WRITE,
		.memfile = true };
	const struct memory_map taken = { &whole, 1 };
	const struct memory_mapping *found;
	struct memory_mapping m;

	if (map->m == NULL)
		map = &taken;
	for (; start < end; start = m.end) {
		found = memory_map_find(map, start);
		if (found == NULL || found->start >= end)
			break;
		m = *found;
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

void
range_settle(struct range *r)
{
	struct memory_map map;

	if (r->fd == -1)
		return;
	map = memory_os_map();
	settle(&map, r, r->start, r->end);
	free(map.m);
}

void
ranges_forget(uint64_t start, uint64_t size)
{
	uint64_t end = start + size;
	struct memory_map map;
	struct range *r;

	while ((r = range_overlap(start, size)) != NULL) {
		if (r->fd != -1 && !r->shared &&
		    (r->start < start || r->end > end)) {
			map = memory_os_map();
			settle(&map, r, r->start, start);
			settle(&map, r, end, r->end);
			free(map.m);
		}
		range_remove(r);
	}
}

struct range *
range_add(uint64_t start, uint64_t size, int fd, uint64_t number)
{
	struct range *r;

	/* What was there went without a word: its mapping is gone, too. */
	ranges_forget(start, size);
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
	/* What is not known must be nobody else's, either. */
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

/* A quarter of the descriptors at most, the rest is the program's. */
bool
ranges_files_left(void)
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
bool
range_privatise(struct range *r, uint64_t *ghost)
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

static struct memory_map fork_map; /* under the lock, while it walks */

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
	settle(&fork_map, r, r->start, r->end);
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
	settle(&fork_map, r, r->start, r->end);
	file_close(r);
	r->shared = false;
}

static void
walk(void (*node)(const void *, VISIT, int))
{
	if (files == 0)
		return;
	fork_map = memory_os_map();
	twalk(ranges, node);
	free(fork_map.m);
}

static sigset_t fork_signals; /* under the lock */

static void
fork_prepare(void)
{
	sigset_t old;

	signals_block(&old);
	pthread_mutex_lock(&lock);
	fork_signals = old;
	walk(settle_node);
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
	walk(copy_node);
	fork_parent();
}

static void
fork_init(void)
{
	(void)pthread_atfork(fork_prepare, fork_parent, fork_child);
}

void
ranges_lock(sigset_t *signals)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, fork_init);
	signals_block(signals);
	pthread_mutex_lock(&lock);
}

void
ranges_unlock(const sigset_t *signals)
{
	pthread_mutex_unlock(&lock);
	signals_restore(signals);
}
