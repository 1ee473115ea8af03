/*
 * The process' memory, as FreeBSD tells of it.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mach/os/user/memory.h"

/* FreeBSD 13 does not tell such memory from other swappable memory. */
#ifdef KVME_FLAG_POSIXSHM
#define POSIXSHM KVME_FLAG_POSIXSHM
#else
#define POSIXSHM 0
#endif

/*
 * All mappings of the process; free it.  The kernel counts the resident pages
 * of each, which nobody here needs.
 */
static char *
mappings(size_t *size)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_VMMAP, getpid() };
	char *all;

	for (;;) {
		if (sysctl(mib, 4, NULL, size, NULL, 0) != 0)
			return (NULL);
		*size = *size * 4 / 3;
		all = malloc(*size);
		if (all == NULL)
			return (NULL);
		if (sysctl(mib, 4, all, size, NULL, 0) == 0)
			return (all);
		free(all);
	}
}

static struct memory_mapping
mapping_of(const struct kinfo_vmentry *e)
{
	bool private = e->kve_flags & KVME_FLAG_COW,
	     file = e->kve_type == KVME_TYPE_VNODE;

	return ((struct memory_mapping){
	    .start = e->kve_start,
	    .end = e->kve_end,
	    .offset = e->kve_offset,
	    .prot = (e->kve_protection & KVME_PROT_READ ? PROT_READ : 0) |
		    (e->kve_protection & KVME_PROT_WRITE ? PROT_WRITE : 0) |
		    (e->kve_protection & KVME_PROT_EXEC ? PROT_EXEC : 0),
	    .shared = !private &&
		      (file || e->kve_flags & (KVME_FLAG_SYSVSHM | POSIXSHM)),
	    .memfile =
		!private && !file && (e->kve_flags & POSIXSHM) == POSIXSHM,
	});
}

struct memory_map
memory_os_map(void)
{
	struct memory_map map = { NULL, 0 };
	const struct kinfo_vmentry *e;
	size_t size, at;
	char *all;

	all = mappings(&size);
	if (all == NULL)
		return (map);
	/* None is told of in less than this. */
	map.m = calloc(size / offsetof(struct kinfo_vmentry, kve_path) + 1,
	    sizeof(*map.m));
	for (at = 0; map.m != NULL && at < size;
	     at += (size_t)e->kve_structsize) {
		e = (const struct kinfo_vmentry *)(const void *)(all + at);
		if (e->kve_structsize == 0)
			break;
		map.m[map.n++] = mapping_of(e);
	}
	free(all);
	return (map);
}

/* Files have no names among the mappings: it is one of this kind. */
bool
memory_os_mapping_is(uint64_t start, uint64_t size, uint64_t number)
{
	struct memory_mapping m;

	(void)number;
	return (memory_find(start, &m) && m.memfile && m.start == start &&
		m.end == start + size && m.offset == 0);
}

/* Unmapping is cheap where pages are large, as they are here. */
uint64_t
memory_os_detach(uint64_t start, uint64_t size)
{
	(void)start;
	(void)size;
	return (0);
}

/*
 * What is copied goes through a file, for reads and writes tell what cannot be
 * reached.  Each copy has a place in it of its own: other threads, and handlers
 * of this one, make copies, too, and nobody can wait for a thread that its own
 * handler has stopped.
 */
#define PLACES 32
#define PLACE (UINT64_C(64) << 10)

struct scratch {
	int fd;
	uint64_t number;
	uint32_t taken; /* places, a bit each */
};

static struct scratch *scratch;

/* A child writes to a file of its own. */
static void
scratch_leave(void)
{
	struct scratch *s = scratch;

	if (s != NULL && memory_memfd_is(s->fd, s->number))
		close(s->fd);
	scratch = NULL;
}

static void
scratch_once(void)
{
	(void)pthread_atfork(NULL, NULL, scratch_leave);
}

/* One that the program has closed is replaced; who uses it finds that out. */
static struct scratch *
scratch_find(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct scratch *s = __atomic_load_n(&scratch, __ATOMIC_ACQUIRE), *made;

	if (s != NULL && memory_memfd_is(s->fd, s->number))
		return (s);
	(void)pthread_once(&once, scratch_once);
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return (NULL);
	made->fd = memory_memfd(&made->number);
	if (made->fd == -1 ||
	    ftruncate(made->fd, (off_t)(PLACES * PLACE)) != 0 ||
	    !__atomic_compare_exchange_n(&scratch, &s, made, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		/* No descriptor, or another thread was first. */
		if (made->fd != -1)
			close(made->fd);
		free(made);
		return (__atomic_load_n(&scratch, __ATOMIC_ACQUIRE));
	}
	return (made);
}

static uint32_t
place_take(struct scratch *s)
{
	uint32_t taken = __atomic_load_n(&s->taken, __ATOMIC_RELAXED), bit;

	for (;;) {
		bit = ~taken & (taken + 1); /* the first that is free */
		if (bit == 0) {
			(void)sched_yield();
			taken = __atomic_load_n(&s->taken, __ATOMIC_RELAXED);
		} else if (__atomic_compare_exchange_n(&s->taken, &taken,
			       taken | bit, true, __ATOMIC_ACQUIRE,
			       __ATOMIC_RELAXED)) {
			return (bit);
		}
	}
}

bool
memory_os_copy(uint64_t to, uint64_t from, uint64_t size)
{
	struct scratch *s;
	uint32_t place;
	ssize_t n;
	off_t at;

	if (size == 0)
		return (true);
	s = scratch_find();
	if (s == NULL)
		return (false);
	place = place_take(s);
	at = (off_t)((uint64_t)__builtin_ctz(place) * PLACE);
	/* It is another's in a child that a handler of this thread has forked. */
	while (size != 0 && __atomic_load_n(&scratch, __ATOMIC_ACQUIRE) == s) {
		n = pwrite(s->fd, (const void *)(uintptr_t)from,
		    size < PLACE ? size : PLACE, at);
		if (n > 0)
			n = pread(s->fd, (void *)(uintptr_t)to, (size_t)n, at);
		if (n <= 0)
			break;
		from += (uint64_t)n;
		to += (uint64_t)n;
		size -= (uint64_t)n;
	}
	(void)__atomic_fetch_and(&s->taken, ~place, __ATOMIC_RELEASE);
	return (size == 0);
}

bool
memory_os_mapped(uint64_t address, uint64_t size)
{
	uint64_t start, length;

	return (memory_pages(address, size, &start, &length) &&
		msync((void *)(uintptr_t)start, length, MS_ASYNC) == 0);
}

/* mprotect(2) passes over what is not mapped. */
bool
memory_os_open(uint64_t start, uint64_t size)
{
	return (memory_os_mapped(start, size) &&
		mprotect((void *)(uintptr_t)start, size,
		    PROT_READ | PROT_WRITE) == 0);
}

/* Mach's numbers are those of minherit(2). */
bool
memory_os_inherit(uint64_t start, uint64_t size, int inheritance)
{
	return (minherit((void *)(uintptr_t)start, size, inheritance) == 0);
}

/* But ptrace(2), for which the other has to be stopped. */
int
memory_os_other(
    pid_t pid, bool write, uint64_t there, uint64_t here, uint64_t size)
{
	(void)pid;
	(void)write;
	(void)there;
	(void)here;
	(void)size;
	return (ENOSYS);
}
