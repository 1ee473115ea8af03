/* Memory that is locked, sealed, large, limited or arranged by chance. */
#include <sys/param.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/personality.h>
#elif defined(__FreeBSD__)
#include <sys/procctl.h>
#include <sys/sysctl.h>
#if __has_include(<sys/membarrier.h>)
#include <sys/membarrier.h>
#endif
#endif

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_memory.h"

static size_t
page_size(void)
{
	return ((size_t)sysconf(_SC_PAGESIZE));
}

static char *
map(size_t size)
{
	void *p;

	p = mmap(
	    NULL, size, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
	return (p == MAP_FAILED ? NULL : p);
}

/* Within a limit of a few pages, so that others keep theirs. */
PROBE(mm_mlock)
{
	char *p;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED_TRUE((p = map(page_size())) != NULL);
	NEED(mlock(p, page_size()));
	NEED(munlock(p, page_size()));
	return (probe_ok(NULL));
}

PROBE(mm_mlock_limit)
{
	const struct rlimit one = { page_size(), page_size() };
	char *p;

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED_TRUE((p = map(8 * page_size())) != NULL);
	NEED(setrlimit(RLIMIT_MEMLOCK, &one));
	if (mlock(p, 8 * page_size()) == 0)
		return (probe_wrong("more than the limit is locked"));
	return (errno == ENOMEM || errno == EAGAIN || errno == EPERM
		    ? probe_ok("%s", strerror(errno))
		    : probe_errno(errno, "mlock"));
}

PROBE(mm_mlock2)
{
#ifdef MLOCK_ONFAULT
	char *p;

	NEED_TRUE((p = map(page_size())) != NULL);
	NEED(mlock2(p, page_size(), MLOCK_ONFAULT));
	return (probe_ok(NULL));
#else
	return (probe_absent("MLOCK_ONFAULT is not declared"));
#endif
}

PROBE(mm_memfd)
{
	char c = 0, *p;
	int fd;

	NEED(fd = memfd_create("isthmus", MFD_CLOEXEC));
	NEED(ftruncate(fd, (off_t)page_size()));
	p = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	p[5] = 'x';
	NEED(pread(fd, &c, 1, 5));
	return (c == 'x' ? probe_ok(NULL) : probe_wrong("another byte"));
}

PROBE(mm_memfd_secret)
{
#if defined(__linux__)
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
	char c, *p;
	int fd;

	NEED(fd = (int)syscall(SYS_memfd_secret, 0));
	NEED(ftruncate(fd, (off_t)page_size()));
	p = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	p[0] = 'x';
	/* The kernel itself has no way to it: a write from it fails. */
	NEED(fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
	return (pread(fd, &c, 1, (off_t)(uintptr_t)p) < 0
		    ? probe_ok(NULL)
		    : probe_wrong("/proc/self/mem reads it"));
#else
	return (probe_absent("memfd_secret is not declared"));
#endif
}

PROBE(mm_mseal)
{
#if defined(__linux__)
#ifndef SYS_mseal
#define SYS_mseal 462 /* 6.10 */
#endif
	char *p;

	NEED_TRUE((p = map(page_size())) != NULL);
	NEED(syscall(SYS_mseal, p, page_size(), 0));
	NEED_REFUSAL(munmap(p, page_size()), EPERM);
	NEED_REFUSAL(mprotect(p, page_size(), PROT_READ), EPERM);
	return (probe_ok(NULL));
#else
	return (probe_absent("mseal is not declared"));
#endif
}

PROBE(mm_membarrier)
{
#ifdef SYS_membarrier
	long commands;

	NEED(commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0));
	if ((commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
		return (row_unsupported("commands 0x%lx", commands));
	NEED_REFUSAL(
	    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0),
	    EPERM);
	NEED(syscall(
	    SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	NEED(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	return (probe_ok(NULL));
#else
	return (probe_absent("membarrier is not declared"));
#endif
}

PROBE(mm_pkey)
{
#if defined(__linux__)
	char *p;
	int key;

	NEED_TRUE((p = map(page_size())) != NULL);
	if ((key = pkey_alloc(0, PKEY_DISABLE_WRITE)) < 0)
		return (errno == ENOSPC || errno == EINVAL
			    ? row_unsupported("this processor has no keys")
			    : probe_errno(errno, "pkey_alloc"));
	NEED(pkey_mprotect(p, page_size(), PROT_READ | PROT_WRITE, key));
	return (probe_ok(NULL));
#else
	return (probe_absent("pkey_alloc is not declared"));
#endif
}

PROBE(mm_hugetlb)
{
#ifdef MAP_HUGETLB
	void *p;

	/* ENOMEM: none were set aside on this machine. */
	p = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE,
	    MAP_ANON | MAP_PRIVATE | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		return (errno == ENOMEM ? row_unsupported("none set aside")
					: probe_errno(errno, "mmap"));
	return (probe_ok(NULL));
#else
	return (probe_absent("MAP_HUGETLB is not declared"));
#endif
}

PROBE(mm_aligned)
{
#ifdef MAP_ALIGNED
	void *p;

	p = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE,
	    MAP_ANON | MAP_PRIVATE | MAP_ALIGNED(21), -1, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	return ((uintptr_t)p % (2 << 20) == 0 ? probe_ok(NULL)
					      : probe_wrong("%p", p));
#else
	return (probe_absent("MAP_ALIGNED is not declared"));
#endif
}

PROBE(mm_pagesizes)
{
#if defined(__FreeBSD__)
	size_t sizes[8];
	int n;

	NEED(n = getpagesizes(sizes, 8));
	if (n < 1 || sizes[0] != page_size())
		return (probe_wrong("the first of %d is no page", n));
	return (probe_ok("%d, the largest of %zu bytes", n, sizes[n - 1]));
#else
	return (probe_absent("getpagesizes is not declared"));
#endif
}

PROBE(mm_shm_largepage)
{
#if defined(SHM_LARGEPAGE)
	int fd;

	fd = shm_create_largepage(probe_posix_name(ctx, 0), O_RDWR, 1,
	    SHM_LARGEPAGE_ALLOC_DEFAULT, 0600);
	if (fd < 0)
		return (errno == ENOTTY || errno == EINVAL
			    ? row_unsupported("%s", strerror(errno))
			    : probe_errno(errno, "shm_create_largepage"));
	return (probe_ok(NULL));
#else
	return (probe_absent("shm_create_largepage is not declared"));
#endif
}

/*
 * Where the stack of a program lies that runs twice: equal, or not.  The
 * program prints its own map, of which the line of the stack is taken.
 */
#if defined(__linux__)
static bool
stack_line(char *line, size_t size)
{
	char cat[] = "cat", maps[] = "/proc/self/maps", out[16384];
	char *argv[] = { cat, maps, NULL }, *at;

	if (util_capture(argv, out, sizeof(out)) != 0 ||
	    (at = strstr(out, "[stack]")) == NULL)
		return (false);
	while (at > out && at[-1] != '\n')
		at--;
	(void)snprintf(line, size, "%.12s", at);
	return (true);
}

PROBE(mm_aslr)
{
	char one[16], two[16];
	int i;

	NEED_TRUE(stack_line(one, sizeof(one)));
	for (i = 0; i < 3; i++) {
		NEED_TRUE(stack_line(two, sizeof(two)));
		if (strcmp(one, two) != 0)
			return (probe_ok(NULL));
	}
	return (row_unsupported("the stack stays at %s", one));
}

PROBE(mm_aslr_off)
{
	char one[16], two[16];

	NEED(personality(ADDR_NO_RANDOMIZE));
	NEED_TRUE(stack_line(one, sizeof(one)));
	NEED_TRUE(stack_line(two, sizeof(two)));
	return (strcmp(one, two) == 0 ? probe_ok(NULL)
				      : probe_wrong("the stack still moves"));
}
#elif defined(__FreeBSD__)
PROBE(mm_aslr)
{
	int state;

	NEED(procctl(P_PID, getpid(), PROC_ASLR_STATUS, &state));
	return ((state & PROC_ASLR_ACTIVE) != 0
		    ? probe_ok(NULL)
		    : row_unsupported("off for this program"));
}

PROBE(mm_aslr_off)
{
	int how = PROC_ASLR_FORCE_DISABLE, state = 0;

	NEED(procctl(P_PID, getpid(), PROC_ASLR_CTL, &how));
	NEED(procctl(P_PID, getpid(), PROC_ASLR_STATUS, &state));
	return ((state & ~PROC_ASLR_ACTIVE) == PROC_ASLR_FORCE_DISABLE
		    ? probe_ok("from the next execve on")
		    : probe_wrong("status 0x%x", (unsigned)state));
}
#else
PROBE(mm_aslr)
{
	return (probe_absent(NULL));
}

PROBE(mm_aslr_off)
{
	return (probe_absent(NULL));
}
#endif

PROBE(mm_wxmap)
{
#ifdef PROC_WXMAP_CTL
	int how = PROC_WX_MAPPINGS_DISALLOW_EXEC, state = 0;

	NEED(procctl(P_PID, getpid(), PROC_WXMAP_CTL, &how));
	NEED(procctl(P_PID, getpid(), PROC_WXMAP_STATUS, &state));
	return ((state & PROC_WX_MAPPINGS_DISALLOW_EXEC) != 0
		    ? probe_ok("from the next execve on")
		    : probe_wrong("status 0x%x", (unsigned)state));
#else
	return (probe_absent("PROC_WXMAP_CTL is not declared"));
#endif
}

/* Address space that is asked for and never touched. */
PROBE(mm_overcommit)
{
	struct rlimit all;
	void *p;
	size_t size = (size_t)1 << 40;

	NEED(getrlimit(RLIMIT_AS, &all));
	if (all.rlim_cur != RLIM_INFINITY) {
		all.rlim_cur = all.rlim_max;
		NEED(setrlimit(RLIMIT_AS, &all));
	}
	if (all.rlim_max != RLIM_INFINITY)
		return (util_skip("under a limit of address space"));
	p = mmap(NULL, size, PROT_NONE, MAP_ANON | MAP_PRIVATE, -1, 0);
	if (p == MAP_FAILED)
		return (
		    row_unsupported("1 TiB of nothing: %s", strerror(errno)));
	NEED(munmap(p, size));
	return (probe_ok("1 TiB without access"));
}

PROBE(mm_rlimit_as)
{
	struct rlimit small;
	char *p;

	NEED(getrlimit(RLIMIT_AS, &small));
	small.rlim_cur = 1 << 20;
	NEED(setrlimit(RLIMIT_AS, &small));
	if ((p = map(64 << 20)) != NULL)
		return (probe_wrong("64 MiB under a limit of 1 MiB"));
	return (errno == ENOMEM ? probe_ok(NULL) : probe_errno(errno, "mmap"));
}

PROBE(mm_brk)
{
#if defined(__linux__)
	char *before;

	if ((before = sbrk(4096)) == (void *)-1)
		return (probe_errno(errno, "sbrk"));
	before[0] = 'x';
	return ((char *)sbrk(0) == before + 4096
		    ? probe_ok(NULL)
		    : probe_wrong("the end did not move"));
#elif defined(__FreeBSD__) && (defined(__amd64__) || defined(__i386__))
	char *before;

	/* unistd.h declares it no longer for new architectures. */
	if ((before = sbrk(4096)) == (void *)-1)
		return (probe_errno(errno, "sbrk"));
	before[0] = 'x';
	return ((char *)sbrk(0) == before + 4096
		    ? probe_ok(NULL)
		    : probe_wrong("the end did not move"));
#else
	return (probe_absent("sbrk is not declared"));
#endif
}

PROBE(mm_msync)
{
	char *p;
	int fd;

	NEED(fd = row_create("f"));
	NEED(ftruncate(fd, (off_t)page_size()));
	p = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	p[0] = 'x';
	NEED(msync(p, page_size(), MS_SYNC));
	NEED(munmap(p, page_size()));
	NEED_REFUSAL(msync(p, page_size(), MS_SYNC), ENOMEM);
	return (probe_ok(NULL));
}

PROBE(mm_madv_nocore)
{
	char *p;

	NEED_TRUE((p = map(page_size())) != NULL);
#ifdef MADV_NOCORE
	NEED(madvise(p, page_size(), MADV_NOCORE));
#else
	NEED(madvise(p, page_size(), MADV_DONTDUMP));
#endif
	return (probe_ok(NULL));
}

PROBE(mm_madv_protect)
{
#ifdef MADV_PROTECT
	NEED(madvise(NULL, 0, MADV_PROTECT));
	return (probe_ok("never killed for want of memory"));
#else
	return (probe_absent("MADV_PROTECT is not declared"));
#endif
}

/* Of oneself, upwards alone: no privilege is needed, nobody else affected. */
PROBE(mm_oom_score)
{
#if defined(__linux__)
	char text[16];

	NEED_OTHER_USER();
	NEED_TRUE(util_drop(ctx));
	NEED_TRUE(util_write("/proc/self/oom_score_adj", "500"));
	NEED_TRUE(util_read("/proc/self/oom_score_adj", text, sizeof(text)));
	if (strcmp(text, "500\n") != 0)
		return (probe_wrong("it is %s", text));
	return (probe_ok(NULL));
#else
	return (probe_absent("/proc/self/oom_score_adj is Linux's"));
#endif
}

PROBE(mm_ksm)
{
#ifdef MADV_MERGEABLE
	char *p;

	NEED_TRUE((p = map(page_size())) != NULL);
	if (madvise(p, page_size(), MADV_MERGEABLE) != 0)
		return (errno == EINVAL ? probe_absent("EINVAL")
					: probe_errno(errno, "madvise"));
	return (probe_ok(NULL));
#else
	return (probe_absent("MADV_MERGEABLE is not declared"));
#endif
}
