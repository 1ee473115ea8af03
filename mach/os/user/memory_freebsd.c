/*
 * The process' memory, as FreeBSD tells of it.
 */
#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

int
memory_os_file(uint64_t *number)
{
	struct stat st;
	int fd;

	fd = memfd_create("mach", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) != 0) {
		close(fd);
		return (-1);
	}
	*number = st.st_ino;
	return (fd);
}

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

/* The one with that address, or the next; its flags. */
static bool
find(uint64_t address, struct memory_mapping *m, int *flags)
{
	struct kinfo_vmentry *e;
	bool found = false;
	size_t size, at;
	char *all;

	all = mappings(&size);
	for (at = 0; all != NULL && at < size && !found;
	     at += (size_t)e->kve_structsize) {
		e = (struct kinfo_vmentry *)(void *)(all + at);
		if (e->kve_structsize == 0)
			break;
		if (e->kve_end <= address)
			continue;
		m->start = e->kve_start;
		m->end = e->kve_end;
		m->offset = e->kve_offset;
		m->prot =
		    (e->kve_protection & KVME_PROT_READ ? PROT_READ : 0) |
		    (e->kve_protection & KVME_PROT_WRITE ? PROT_WRITE : 0) |
		    (e->kve_protection & KVME_PROT_EXEC ? PROT_EXEC : 0);
		*flags = e->kve_flags;
		m->shared = !(e->kve_flags & KVME_FLAG_COW) &&
			    (e->kve_type == KVME_TYPE_VNODE ||
				e->kve_flags & (KVME_FLAG_SYSVSHM | POSIXSHM));
		found = true;
	}
	free(all);
	return (found);
}

bool
memory_os_find(uint64_t address, struct memory_mapping *m)
{
	int flags;

	return (find(address, m, &flags));
}

bool
memory_os_file_is(int fd, uint64_t number)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && st.st_ino == number);
}

/* Files have no names among the mappings: it is one of this kind. */
bool
memory_os_mapping_is(uint64_t start, uint64_t size, uint64_t number)
{
	struct memory_mapping m;
	int flags;

	(void)number;
	return (find(start, &m, &flags) && m.start == start &&
		m.end == start + size && m.offset == 0 &&
		!(flags & KVME_FLAG_COW) && (flags & POSIXSHM) == POSIXSHM);
}

/* Unmapping is cheap where pages are large, as they are here. */
uint64_t
memory_os_detach(uint64_t start, uint64_t size)
{
	(void)start;
	(void)size;
	return (0);
}

/* Through a file, for reads and writes tell what cannot be reached. */
bool
memory_os_copy(uint64_t to, uint64_t from, uint64_t size)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int scratch = -1;
	static uint64_t number;
	ssize_t n;

	pthread_mutex_lock(&lock);
	/* The program may have closed it, and have a file of that number. */
	if (scratch == -1 || !memory_os_file_is(scratch, number)) {
		scratch = memory_os_file(&number);
		if (scratch != -1 && ftruncate(scratch, 1 << 20) != 0) {
			close(scratch);
			scratch = -1;
		}
	}
	while (scratch != -1 && size != 0) {
		n = pwrite(scratch, (const void *)(uintptr_t)from,
		    size < 1 << 20 ? size : 1 << 20, 0);
		if (n > 0)
			n = pread(scratch, (void *)(uintptr_t)to, (size_t)n, 0);
		if (n <= 0)
			break;
		from += (uint64_t)n;
		to += (uint64_t)n;
		size -= (uint64_t)n;
	}
	pthread_mutex_unlock(&lock);
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
