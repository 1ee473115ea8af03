/*
 * The process' memory: what mach_vm_allocate and messages have given out, and
 * how it is copied without copying.  Any thread may call all of it.
 *
 * A range is whole pages from one call.  A large one is a file in memory,
 * mapped shared: a snapshot of it is two private mappings of that file, the
 * owner's and the copy's, and pages are copied as either writes.  After that
 * nobody can tell what its owner wrote, so that the next copy is one.
 */
#ifndef ISTHMUS_MACH_OS_USER_MEMORY_H
#define ISTHMUS_MACH_OS_USER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Ranges of as many bytes and more are files. */
#define MEMORY_FILE_MIN (UINT64_C(64) << 10)

uint64_t memory_page_size(void);
/* Address space; what is larger than a large page is aligned to one. */
#define MEMORY_LARGE (UINT64_C(2) << 20)
void *memory_reserve(uint64_t size, uint64_t mask, uint64_t hint);

/* The pages that hold these bytes; false when there are no such. */
bool memory_pages(
    uint64_t address, uint64_t size, uint64_t *start, uint64_t *length);

/* Where new memory is to be. */
struct memory_place {
	uint64_t address; /* with `fixed`; else a wish, or 0 */
	uint64_t mask;	  /* bits of the address to be 0 */
	bool fixed;
	bool overwrite; /* what is there goes */
};

/* mmap(2) there; KERN_*. */
int memory_map_at(const struct memory_place *, uint64_t size, int prot,
    int flags, int fd, uint64_t offset, uint64_t *address);

/*
 * Zeroed pages, readable and writable.  KERN_NO_SPACE, KERN_INVALID_ADDRESS,
 * KERN_RESOURCE_SHORTAGE.
 */
int memory_create(
    const struct memory_place *, uint64_t size, uint64_t *address);
/* They go, whatever they are. */
int memory_destroy(uint64_t start, uint64_t size);
/* They stay, but are memory like any other from now on: no ranges. */
void memory_leave(uint64_t start, uint64_t size);
/* What children of fork have of them: VM_INHERIT_*.  False: not possible. */
bool memory_inherit(uint64_t start, uint64_t size, int inheritance);
/* Of a range, and nobody else's, however it is mapped. */
bool memory_is_private(uint64_t address);

/* Whole pages that are nobody else's from now on: a range. */
void memory_track(uint64_t start, uint64_t size);
/* A range, that changes hands as it is: mapped, readable and writable. */
bool memory_move(uint64_t start, uint64_t size);
/* A copy that shares pages until they are written.  False: not possible. */
bool memory_snapshot(uint64_t start, uint64_t size, uint64_t *copy);

/*
 * A descriptor of the file behind part of a range, and where in it that is;
 * the range is shared from now on, and no snapshot of it is made.  -1: it is
 * no file.
 */
int memory_share(uint64_t address, uint64_t size, uint64_t *offset);
/* Maps a file so; it is not tracked. */
int memory_map_file(const struct memory_place *, uint64_t size, int fd,
    uint64_t offset, bool copy, int prot, uint64_t *address);

/*
 * The file behind a whole range, sealed: nobody can change it any more.  The
 * range has its pages until they are written, or (`unmap`) is gone, and its
 * place is kept (PROT_NONE).  -1: it is no file.
 */
int memory_give(uint64_t start, uint64_t size, bool unmap);

/*
 * A file in memory, empty, at no standard descriptor, and its number (of its
 * inode); or -1.  And whether that descriptor still is of it: a program may
 * close what it did not open.
 */
int memory_memfd(uint64_t *number);
bool memory_memfd_is(int fd, uint64_t number);
/* The same, of zeroes. */
int memory_file_sized(uint64_t size, uint64_t *number);
/* A file of zeroes; -1 when none can be had, or too many are. */
int memory_file_create(uint64_t size);
/* One of the bytes that are there now; -1 with errno. */
int memory_file_copy(uint64_t start, uint64_t size);

struct memory_mapping {
	uint64_t start, end, offset;
	uint64_t file; /* its number, where the system tells it; or 0 */
	int prot;
	bool shared;
	bool memfile; /* shared, and of a file in memory, as far as is known */
};
/* All of the process, by address: `m` is the caller's.  NULL: it is not told. */
struct memory_map {
	struct memory_mapping *m;
	size_t n;
};
struct memory_map memory_os_map(void);
/* The mapping at an address, or the next behind it; NULL: there is none. */
const struct memory_mapping *memory_map_find(
    const struct memory_map *, uint64_t address);
/* The same, now; false also when the system does not tell. */
bool memory_find(uint64_t address, struct memory_mapping *);

/*
 * Memory entries, of which vm_entry.c has the routines.  The file (consumed
 * by who gets it; -1 for part of another entry), and where in it they are.
 */
int memory_entry_file(uint32_t permission, uint64_t address, uint64_t size,
    bool part, int *fd, uint64_t *offset, uint64_t *length);
/* mach_vm_map's arguments, of that part of a file. */
int memory_entry_map(const uint64_t *args, int fd, uint64_t offset,
    uint64_t size, int protection);

/*
 * Per system: memory_linux.c, memory_freebsd.c
 */

/*
 * A program may unmap what it did not map.  True when exactly these pages still
 * are one shared mapping of that file.
 */
bool memory_os_mapping_is(uint64_t start, uint64_t size, uint64_t number);
/*
 * Moves what is in memory of a shared mapping to another address, without
 * looking at each page: both are mappings of its file then, and the old one
 * is empty.  0: not possible, and not needed.
 */
uint64_t memory_os_detach(uint64_t start, uint64_t size);
/* Copies bytes; false when either side cannot be reached. */
bool memory_os_copy(uint64_t to, uint64_t from, uint64_t size);
/*
 * The same between this process, at `here`, and another, at `there`, as far as
 * the system lets this one.  0 or an errno; ENOSYS where there is no such call.
 */
int memory_os_other(
    pid_t pid, bool write, uint64_t there, uint64_t here, uint64_t size);
/* True when all pages are mapped. */
bool memory_os_mapped(uint64_t start, uint64_t size);

/* The same; and they can be read and written from now on. */
bool memory_os_open(uint64_t start, uint64_t size);

/* Who has it after fork: VM_INHERIT_*.  False: not possible. */
bool memory_os_inherit(uint64_t start, uint64_t size, int inheritance);

#endif
