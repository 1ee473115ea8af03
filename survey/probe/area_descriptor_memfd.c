/* Probes of the area descriptor: memory files and each seal's effect. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "survey/probe/area_descriptor.h"

/* Values that headers older than the kernel lack. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#if defined(__FreeBSD__)
/*
 * Seals of Linux that FreeBSD does not declare: its kernel keeps any bit and
 * acts upon those that it knows (shm_add_seals).
 */
static struct probe_answer
unknown_seal(int seal)
{
	int fd;

	NEED(fd = memfd_create("isthmus-probe", MFD_ALLOW_SEALING));
	return (probe_absent("not declared; fcntl %s",
	    fcntl(fd, F_ADD_SEALS, seal) == 0 ? "takes the bit and does nothing"
					      : "refuses the bit"));
}

static PROBE(memfd_seal_future)
{
	return (unknown_seal(F_SEAL_FUTURE_WRITE));
}

static PROBE(memfd_seal_exec)
{
	return (unknown_seal(F_SEAL_EXEC));
}
#endif

/* A page of memory as a file, with those seals; -1 with errno. */
static int
sealed(int seals)
{
	int fd = memfd_create("isthmus-probe", MFD_ALLOW_SEALING);

	if (fd < 0)
		return (-1);
	if (ftruncate(fd, 4096) != 0 ||
	    (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) != 0)) {
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

#if !defined(__FreeBSD__)
/*
 * Adds a seal that not every kernel has; false with the answer.  Not asked
 * where the seal is not declared: FreeBSD 15.1 notes any bit and shows it
 * again (sys/kern/uipc_shm.c, shm_add_seals).
 */
static bool
new_seal(int fd, int seal, struct probe_answer *a)
{
	if (fcntl(fd, F_ADD_SEALS, seal) != 0) {
		*a = errno == EINVAL ? probe_absent("not known")
				     : probe_errno(errno, "F_ADD_SEALS");
		return (false);
	}
	if ((fcntl(fd, F_GET_SEALS) & seal) != 0)
		return (true);
	*a = probe_absent("taken in silence, and not set");
	return (false);
}
#endif

static PROBE(memfd_plain)
{
	struct stat st;
	char buf[4];
	int fd;

	NEED(fd = memfd_create("isthmus-probe", MFD_CLOEXEC));
	NEED(write(fd, "abc", 3));
	NEED(pread(fd, buf, 3, 0));
	NEED(fstat(fd, &st));
	if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		return (probe_wrong("not close-on-exec"));
	if (memcmp(buf, "abc", 3) != 0 || st.st_size != 3)
		return (probe_wrong("another content"));
	return (probe_ok("mode %#o", (unsigned)st.st_mode));
}

static PROBE(memfd_unsealable)
{
	int fd;

	NEED(fd = memfd_create("isthmus-probe", 0));
	NEED_REFUSAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	return (
	    fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL
		? probe_ok(NULL)
		: probe_wrong("seals %#x", (unsigned)fcntl(fd, F_GET_SEALS)));
}

static PROBE(memfd_seal_shrink)
{
	int fd;

	NEED(fd = sealed(F_SEAL_SHRINK));
	NEED(ftruncate(fd, 8192));
	NEED_REFUSAL(ftruncate(fd, 4096), EPERM);
	return (probe_ok(NULL));
}

static PROBE(memfd_seal_grow)
{
	int fd;

	NEED(fd = sealed(F_SEAL_GROW));
	NEED_REFUSAL(ftruncate(fd, 8192), EPERM);
	NEED_REFUSAL((int)pwrite(fd, "x", 1, 5000), EPERM);
	NEED(ftruncate(fd, 100));
	return (probe_ok(NULL));
}

static PROBE(memfd_seal_write)
{
	void *p;
	int fd;

	NEED(fd = sealed(F_SEAL_WRITE));
	NEED_REFUSAL((int)pwrite(fd, "x", 1, 0), EPERM);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		return (probe_wrong("a writable mapping was given"));
	if (errno != EPERM && errno != EACCES)
		return (probe_errno(errno, "mmap"));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	return (p != MAP_FAILED ? probe_ok(NULL)
				: probe_wrong("no private mapping"));
}

static PROBE(memfd_seal_write_busy)
{
	void *p;
	int fd;

	/* While it is mapped for writing it cannot be sealed. */
	NEED(fd = sealed(0));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	NEED_REFUSAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	NEED(munmap(p, 4096));
	NEED(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	return (probe_ok(NULL));
}

#if !defined(__FreeBSD__)
static PROBE(memfd_seal_future)
{
	struct probe_answer a;
	char *p;
	int fd;

	NEED(fd = sealed(0));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	if (!new_seal(fd, F_SEAL_FUTURE_WRITE, &a))
		return (a);
	p[0] = 'x';
	NEED_REFUSAL((int)pwrite(fd, "x", 1, 0), EPERM);
	return (probe_ok("the mapping that was there stays writable"));
}
#endif

static PROBE(memfd_seal_seal)
{
	int fd;

	NEED(fd = sealed(F_SEAL_SEAL));
	NEED_REFUSAL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	return (probe_ok(NULL));
}

static PROBE(memfd_get_seals)
{
	int fd;

	NEED(fd = sealed(F_SEAL_GROW | F_SEAL_SHRINK));
	if (fcntl(fd, F_GET_SEALS) != (F_SEAL_GROW | F_SEAL_SHRINK))
		return (
		    probe_wrong("seals %#x", (unsigned)fcntl(fd, F_GET_SEALS)));
	NEED_TRUE(probe_file("f", ""));
	NEED(fd = open("f", O_RDWR));
	NEED_REFUSAL(fcntl(fd, F_GET_SEALS), EINVAL);
	return (probe_ok("not for files of a directory"));
}

static PROBE(memfd_noexec)
{
	struct stat st;
	int fd;

	fd = memfd_create("isthmus-probe", MFD_NOEXEC_SEAL);
	if (fd < 0)
		return (errno == EINVAL ? probe_absent("not known")
					: probe_errno(errno, "memfd_create"));
	NEED(fstat(fd, &st));
	if ((st.st_mode & 0111) != 0)
		return (probe_wrong("mode %#o", (unsigned)st.st_mode));
	NEED_REFUSAL(fchmod(fd, 0700), EPERM);
	return (probe_ok(NULL));
}

#if !defined(__FreeBSD__)
static PROBE(memfd_seal_exec)
{
	struct probe_answer a;
	int fd;

	NEED(fd = sealed(0));
	NEED(fchmod(fd, 0600));
	if (!new_seal(fd, F_SEAL_EXEC, &a))
		return (a);
	NEED_REFUSAL(fchmod(fd, 0700), EPERM);
	return (probe_ok(NULL));
}
#endif

static PROBE(memfd_exec)
{
	struct stat st;
	int fd;

	fd = memfd_create("isthmus-probe", MFD_EXEC);
	if (fd < 0)
		return (errno == EINVAL ? probe_absent("not known")
					: probe_errno(errno, "memfd_create"));
	NEED(fstat(fd, &st));
	return ((st.st_mode & 0111) != 0 ? probe_ok(NULL)
					 : probe_wrong("not executable"));
}

static PROBE(memfd_hugetlb)
{
#ifdef MFD_HUGETLB
	int fd = memfd_create("isthmus-probe", MFD_HUGETLB);

	if (fd >= 0)
		return (probe_ok(NULL));
	return (errno == ENOENT || errno == ENODEV || errno == EINVAL
		    ? row_unsupported("no huge pages here")
		    : probe_errno(errno, "memfd_create"));
#else
	return (probe_absent("not declared"));
#endif
}

static PROBE(memfd_reopen)
{
	char path[64];
	int again, fd;

	/* A writer and a reader of one file: what daemons do by /proc. */
	NEED(fd = sealed(0));
	(void)snprintf(path, sizeof(path),
#if defined(__linux__)
	    "/proc/self/fd/%d",
#else
	    "/dev/fd/%d",
#endif
	    fd);
	again = open(path, O_RDONLY);
	if (again < 0)
		return (row_unsupported("%s: errno %d", path, errno));
	NEED(pwrite(fd, "x", 1, 0));
	NEED_REFUSAL((int)pwrite(again, "x", 1, 0), EBADF);
	return (probe_ok(NULL));
}

/* clang-format off */
static const struct probe rows[] = {
	ROW("descriptor.memfd", "memfd_create",
	    "a file of memory, without a name", memfd_plain, 0),
	ROW("descriptor.memfd-unsealable", "MFD_ALLOW_SEALING",
	    "without the flag no seal can be set", memfd_unsealable, 0),
	ROW("descriptor.seal-shrink", "F_SEAL_SHRINK",
	    "it cannot shrink", memfd_seal_shrink, 0),
	ROW("descriptor.seal-grow", "F_SEAL_GROW",
	    "it cannot grow", memfd_seal_grow, 0),
	ROW("descriptor.seal-write", "F_SEAL_WRITE",
	    "nothing can write it", memfd_seal_write, 0),
	ROW("descriptor.seal-write-busy", "F_SEAL_WRITE",
	    "refused while it is mapped for writing",
	    memfd_seal_write_busy, 0),
	ROW("descriptor.seal-future-write", "F_SEAL_FUTURE_WRITE",
	    "nothing new can write it", memfd_seal_future, 0),
	ROW("descriptor.seal-seal", "F_SEAL_SEAL",
	    "no seal can be added", memfd_seal_seal, 0),
	ROW("descriptor.get-seals", "F_GET_SEALS",
	    "the seals can be asked for", memfd_get_seals, 0),
	ROW("descriptor.seal-exec", "F_SEAL_EXEC",
	    "it cannot become a program", memfd_seal_exec, 0),
	ROW("descriptor.memfd-noexec", "MFD_NOEXEC_SEAL",
	    "born as no program, for good", memfd_noexec, 0),
	ROW("descriptor.memfd-exec", "MFD_EXEC",
	    "born as a program", memfd_exec, 0),
	ROW("descriptor.memfd-hugetlb", "MFD_HUGETLB",
	    "of huge pages", memfd_hugetlb, 0),
	ROW("descriptor.reopen", "semantic:reopen-by-descriptor",
	    "an open file opened again with less", memfd_reopen, 0),
};
/* clang-format on */

const struct probe_area probe_area_descriptor_memfd = { ISTH_AREA_DESCRIPTOR,
	rows, UTIL_COUNT(rows) };
