/*
 * Ranges: what mach_vm_allocate and messages have given out of the process'
 * memory, each from one call.  All but the lock is called with it held.
 */
#ifndef ISTHMUS_MACH_OS_USER_RANGES_H
#define ISTHMUS_MACH_OS_USER_RANGES_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct range {
	uint64_t start, end;
	uint64_t number; /* of the file */
	uint64_t ghost;	 /* as long, and to go with it; or 0 */
	int fd;		 /* of it, while the mapping is shared; else -1 */
	bool shared;	 /* others see its pages: it is never a snapshot */
	bool inherited;	 /* children do, too (VM_INHERIT_SHARE) */
};

/*
 * A child of fork finds it free, whichever call it was that another thread was
 * in; and no handler runs meanwhile, which would wait for its own thread.
 */
void ranges_lock(sigset_t *signals);
void ranges_unlock(const sigset_t *signals);

/* One with any of these pages; one of exactly these; or NULL. */
struct range *range_overlap(uint64_t start, uint64_t size);
struct range *range_exact(uint64_t start, uint64_t size);
/*
 * A new one, whose file `fd` becomes its own (-1: none); those that were there
 * go.  NULL without memory: it is not known, and so it will be copied.
 */
struct range *range_add(uint64_t start, uint64_t size, int fd, uint64_t number);
void range_remove(struct range *);
/* All with any of these pages go; what is left beside them is private. */
void ranges_forget(uint64_t start, uint64_t size);

/* What is there of it yet is nobody else's from now on. */
void range_settle(struct range *);
/*
 * The same of one that is as it was made, which stays a range; false: it is
 * not.  Its pages that are in memory are put aside as `*ghost`, unless NULL.
 */
bool range_privatise(struct range *, uint64_t *ghost);
/* Whether another may be a file. */
bool ranges_files_left(void);

#endif
