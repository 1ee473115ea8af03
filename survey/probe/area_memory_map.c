/* Mappings: where they may be, what they hold, what a fork does to them. */
#include <sys/param.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_memory.h"

#if defined(__linux__)
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#endif

enum { PAGES = 8 };

static size_t
page_size(void)
{
	return ((size_t)sysconf(_SC_PAGESIZE));
}

/* That many pages with more flags; NULL with errno. */
static char *
map(size_t pages, int flags)
{
	void *p;

	p = mmap(NULL, pages * page_size(), PROT_READ | PROT_WRITE,
	    MAP_ANON | flags, -1, 0);
	return (p == MAP_FAILED ? NULL : p);
}

static sigjmp_buf fault_jump;

static void
on_fault(int sig)
{
	siglongjmp(fault_jump, sig);
}

/* The signal that storing to (or loading from) an address brings, or 0. */
static int
touch(volatile char *p, bool store)
{
	int sig;

	(void)signal(SIGSEGV, on_fault);
	(void)signal(SIGBUS, on_fault);
	sig = sigsetjmp(fault_jump, 1);
	if (sig == 0) {
		if (store)
			*p = 'x';
		else
			(void)*p;
	}
	(void)signal(SIGSEGV, SIG_DFL);
	(void)signal(SIGBUS, SIG_DFL);
	return (sig);
}

PROBE(mm_anonymous)
{
	size_t i;
	char *p;

	NEED_TRUE((p = map(PAGES, MAP_PRIVATE)) != NULL);
	for (i = 0; i < PAGES * page_size(); i++)
		if (p[i] != 0)
			return (probe_wrong("new memory is not zero"));
	return (probe_ok("pages of %zu bytes", page_size()));
}

PROBE(mm_zero_length)
{
	if (mmap(NULL, 0, PROT_READ, MAP_ANON | MAP_PRIVATE, -1, 0) !=
	    MAP_FAILED)
		return (probe_wrong("a mapping of nothing is made"));
	return (errno == EINVAL ? probe_ok(NULL) : probe_errno(errno, "mmap"));
}

PROBE(mm_fixed_noreplace)
{
#if defined(MAP_FIXED_NOREPLACE) || defined(MAP_EXCL)
#ifdef MAP_FIXED_NOREPLACE
	const int flags = MAP_FIXED_NOREPLACE;
#else
	const int flags = MAP_FIXED | MAP_EXCL;
#endif
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	if (mmap(p, page_size(), PROT_READ | PROT_WRITE,
		MAP_ANON | MAP_PRIVATE | flags, -1, 0) != MAP_FAILED)
		return (probe_wrong("it replaced what was there"));
	/* Linux says EEXIST, FreeBSD ENOMEM, and its manual EINVAL. */
	if (errno != EEXIST && errno != ENOMEM && errno != EINVAL)
		return (probe_errno(errno, "mmap"));
	NEED(munmap(p, page_size()));
	if (mmap(p, page_size(), PROT_READ | PROT_WRITE,
		MAP_ANON | MAP_PRIVATE | flags, -1, 0) != p)
		return (probe_wrong("refused where nothing is"));
	return (probe_ok(NULL));
#else
	return (probe_absent("no such flag is declared"));
#endif
}

PROBE(mm_hint)
{
	char *p, *q;

	NEED_TRUE((p = map(2, MAP_PRIVATE)) != NULL);
	NEED(munmap(p, 2 * page_size()));
	q = mmap(p, page_size(), PROT_READ, MAP_ANON | MAP_PRIVATE, -1, 0);
	if (q == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	/* A hint: POSIX lets the system choose. */
	return (probe_ok(q == p ? "it is used" : "another is used"));
}

PROBE(mm_guard)
{
#ifdef MAP_GUARD
	char *p;

	p = mmap(NULL, page_size(), PROT_NONE, MAP_GUARD, -1, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	return (touch(p, false) != 0 ? probe_ok(NULL)
				     : probe_wrong("it can be read"));
#else
	return (probe_absent("MAP_GUARD is not declared"));
#endif
}

PROBE(mm_madv_guard)
{
#if defined(__linux__)
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* 6.13 */
#define MADV_GUARD_REMOVE 103
#endif
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	if (madvise(p, page_size(), MADV_GUARD_INSTALL) != 0)
		return (errno == EINVAL
			    ? probe_absent("EINVAL")
			    : probe_errno(errno, "MADV_GUARD_INSTALL"));
	if (touch(p, false) != SIGSEGV)
		return (probe_wrong("it can be read"));
	NEED(madvise(p, page_size(), MADV_GUARD_REMOVE));
	return (touch(p, true) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("it cannot be written afterwards"));
#else
	return (probe_absent("MADV_GUARD_INSTALL is not declared"));
#endif
}

PROBE(mm_stack)
{
	char *p;
	size_t size = 16 * page_size();

	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_ANON | MAP_PRIVATE | MAP_STACK, -1, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	if (touch(p + size - 1, true) != 0)
		return (probe_wrong("its top cannot be written"));
	return (touch(p, true) == 0
		    ? probe_ok("all of it at once")
		    : probe_ok("it grows downwards, with a guard below"));
}

PROBE(mm_growsdown)
{
#ifdef MAP_GROWSDOWN
	char *p;

	/* The lower pages are free again, for it to grow into. */
	NEED_TRUE((p = map(512, MAP_PRIVATE)) != NULL);
	NEED(munmap(p, 512 * page_size()));
	p += 511 * page_size();
	if (mmap(p, page_size(), PROT_READ | PROT_WRITE,
		MAP_ANON | MAP_PRIVATE | MAP_FIXED | MAP_GROWSDOWN, -1,
		0) == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	return (touch(p - 1, true) == 0 ? probe_ok(NULL)
					: probe_wrong("it does not grow"));
#else
	return (probe_absent("MAP_GROWSDOWN is not declared"));
#endif
}

PROBE(mm_32bit)
{
#ifdef MAP_32BIT
	char *p;

	if ((p = map(1, MAP_PRIVATE | MAP_32BIT)) == NULL)
		return (errno == EINVAL ? row_unsupported("EINVAL")
					: probe_errno(errno, "mmap"));
	return ((uintptr_t)p < ((uintptr_t)1 << 31)
		    ? probe_ok(NULL)
		    : probe_wrong("it is above 2 GiB"));
#else
	return (probe_absent("MAP_32BIT is not declared"));
#endif
}

/* All pages are there before they are touched, as far as mincore says. */
static struct probe_answer
resident(int flags)
{
#if defined(__linux__)
	unsigned char in[PAGES];
#else
	char in[PAGES];
#endif
	char *p;
	int i;

	NEED_TRUE((p = map(PAGES, MAP_PRIVATE | flags)) != NULL);
	NEED(mincore(p, PAGES * page_size(), in));
	for (i = 0; i < PAGES; i++)
		if ((in[i] & 1) == 0)
			return (probe_wrong("page %d is not there", i));
	return (probe_ok(NULL));
}

PROBE(mm_populate)
{
#ifdef MAP_POPULATE
	return (resident(MAP_POPULATE));
#else
	(void)resident;
	return (probe_absent("MAP_POPULATE is not declared"));
#endif
}

PROBE(mm_prefault)
{
#ifdef MAP_PREFAULT_READ
	char *p;
	int fd;

	NEED_TRUE(probe_file("f", "abcd"));
	NEED(fd = open("f", O_RDONLY | O_CLOEXEC));
	p = mmap(NULL, page_size(), PROT_READ, MAP_SHARED | MAP_PREFAULT_READ,
	    fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	return (p[0] == 'a' ? probe_ok(NULL) : probe_wrong("another byte"));
#else
	return (probe_absent("MAP_PREFAULT_READ is not declared"));
#endif
}

PROBE(mm_mincore)
{
#if defined(__linux__)
	unsigned char in[2];
#else
	char in[2];
#endif
	char *p;

	NEED_TRUE((p = map(2, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(mincore(p, 2 * page_size(), in));
	if ((in[0] & 1) == 0)
		return (probe_wrong("a page in use is not there"));
	if ((in[1] & 1) != 0)
		return (probe_wrong("a page never touched is there"));
	NEED(munmap(p, 2 * page_size()));
	NEED_REFUSAL(mincore(p, page_size(), in), ENOMEM);
	return (probe_ok(NULL));
}

PROBE(mm_mremap)
{
#ifdef MREMAP_MAYMOVE
	char *p, *q;

	NEED_TRUE((p = map(2, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	q = mremap(p, 2 * page_size(), 64 * page_size(), MREMAP_MAYMOVE);
	if (q == MAP_FAILED)
		return (probe_errno(errno, "mremap"));
	return (q[0] == 'x' && touch(q + 64 * page_size() - 1, true) == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the memory did not move with it"));
#else
	return (probe_absent("mremap is not declared"));
#endif
}

PROBE(mm_dontunmap)
{
#ifdef MREMAP_DONTUNMAP
	char *p, *q;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	/* Where to is read even without MREMAP_FIXED. */
	q = mremap(p, page_size(), page_size(),
	    MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (q == MAP_FAILED)
		return (probe_errno(errno, "mremap"));
	return (q[0] == 'x' && p[0] == 0
		    ? probe_ok(NULL)
		    : probe_wrong("the old place is not empty"));
#else
	return (probe_absent("MREMAP_DONTUNMAP is not declared"));
#endif
}

static int
store(void *arg)
{
	*(volatile char *)arg = 'c';
	return (0);
}

PROBE(mm_shared_fork)
{
	volatile char *p, *q;

	NEED_TRUE((p = map(1, MAP_SHARED)) != NULL);
	NEED_TRUE((q = map(1, MAP_PRIVATE)) != NULL);
	(void)probe_child(store, (void *)(uintptr_t)p);
	(void)probe_child(store, (void *)(uintptr_t)q);
	if (*p != 'c')
		return (probe_wrong("MAP_SHARED is not shared"));
	return (
	    *q == 0 ? probe_ok(NULL) : probe_wrong("MAP_PRIVATE is shared"));
}

/* What a child finds at an address: its byte, or 100 for none. */
static int
look(void *arg)
{
	if (touch(arg, false) != 0)
		return (100);
	return (*(volatile char *)arg);
}

/* 'x', 0 (zeroed) or 100 (not there) in a forked child. */
static struct probe_answer
inherited(int got, int want)
{
	if (got == want)
		return (probe_ok(NULL));
	return (probe_wrong("the child sees %s", got == 'x'   ? "the memory"
						 : got == 0   ? "zeros"
						 : got == 100 ? "nothing"
							      : "other bytes"));
}

PROBE(mm_inherit_zero)
{
#ifdef INHERIT_ZERO
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(minherit(p, page_size(), INHERIT_ZERO));
	return (inherited(probe_child(look, p), 0));
#else
	return (probe_absent("INHERIT_ZERO is not declared"));
#endif
}

PROBE(mm_inherit_none)
{
#ifdef INHERIT_NONE
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(minherit(p, page_size(), INHERIT_NONE));
	return (inherited(probe_child(look, p), 100));
#else
	return (probe_absent("INHERIT_NONE is not declared"));
#endif
}

PROBE(mm_inherit_share)
{
#ifdef INHERIT_SHARE
	volatile char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	NEED(minherit((void *)(uintptr_t)p, page_size(), INHERIT_SHARE));
	(void)probe_child(store, (void *)(uintptr_t)p);
	return (*p == 'c' ? probe_ok(NULL)
			  : probe_wrong("the child's store is not seen"));
#else
	return (probe_absent("INHERIT_SHARE is not declared"));
#endif
}

PROBE(mm_wipeonfork)
{
#ifdef MADV_WIPEONFORK
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(madvise(p, page_size(), MADV_WIPEONFORK));
	return (inherited(probe_child(look, p), 0));
#else
	return (probe_absent("MADV_WIPEONFORK is not declared"));
#endif
}

PROBE(mm_dontfork)
{
#ifdef MADV_DONTFORK
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(madvise(p, page_size(), MADV_DONTFORK));
	return (inherited(probe_child(look, p), 100));
#else
	return (probe_absent("MADV_DONTFORK is not declared"));
#endif
}

PROBE(mm_dontneed)
{
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(madvise(p, page_size(), MADV_DONTNEED));
	if (p[0] == 0)
		return (probe_ok("zeros at once"));
	return (row_unsupported("advice alone: the memory stays"));
}

PROBE(mm_free)
{
#ifdef MADV_FREE
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	p[0] = 'x';
	NEED(madvise(p, page_size(), MADV_FREE));
	p[0] = 'y';
	return (p[0] == 'y' ? probe_ok(NULL)
			    : probe_wrong("what is written after it is lost"));
#else
	return (probe_absent("MADV_FREE is not declared"));
#endif
}

PROBE(mm_protect)
{
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	NEED(mprotect(p, page_size(), PROT_READ));
	if (touch(p, true) != SIGSEGV)
		return (probe_wrong("no SIGSEGV for a store"));
	NEED(mprotect(p, page_size(), PROT_NONE));
	return (touch(p, false) == SIGSEGV
		    ? probe_ok(NULL)
		    : probe_wrong("no SIGSEGV for a load"));
}

PROBE(mm_write_exec)
{
	char *p;

	NEED_TRUE((p = map(1, MAP_PRIVATE)) != NULL);
	if (mprotect(p, page_size(), PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
		return (probe_errno(errno, "mprotect"));
	return (probe_ok("memory may be written and run"));
}

PROBE(mm_prot_max)
{
#ifdef PROT_MAX
	char *p;

	p = mmap(NULL, page_size(), PROT_READ | PROT_MAX(PROT_READ),
	    MAP_ANON | MAP_PRIVATE, -1, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	NEED_REFUSAL(mprotect(p, page_size(), PROT_READ | PROT_WRITE), EACCES);
	return (probe_ok(NULL));
#else
	return (probe_absent("PROT_MAX is not declared"));
#endif
}

PROBE(mm_past_end)
{
	char *p;
	int fd;

	NEED(fd = row_create("f"));
	NEED(ftruncate(fd, (off_t)page_size()));
	p = mmap(NULL, 2 * page_size(), PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	return (touch(p + page_size(), false) == SIGBUS
		    ? probe_ok(NULL)
		    : probe_wrong("no SIGBUS behind the end of a file"));
}

PROBE(mm_file_shared)
{
	char c = 0, *p;
	int fd;

	NEED(fd = row_create("f"));
	NEED(ftruncate(fd, 100));
	p = mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	p[7] = 'x';
	NEED(pread(fd, &c, 1, 7));
	if (c != 'x')
		return (probe_wrong("read does not see the store"));
	NEED(pwrite(fd, "y", 1, 8));
	return (p[8] == 'y'
		    ? probe_ok(NULL)
		    : probe_wrong("the mapping does not see the write"));
}
