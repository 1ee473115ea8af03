/*
 * What tasks did.  A Mach thread counts in its own counters, which nobody else
 * writes, so that a count costs a load and a store; when it ends they are
 * added to its task's, and a task's to its host's.
 */
#ifndef ISTHMUS_MACH_CORE_COUNT_H
#define ISTHMUS_MACH_CORE_COUNT_H

#include "mach/core/os.h"

/* Where each row of traps.def stands, and how many there are. */
enum {
#define TRAP(number, name, args, handler) IPC_ROW_##number,
#define HOST(number, name, args) IPC_ROW_##number,
#define NONE(number, name, args) IPC_ROW_##number,
#include "mach/traps.def"
#undef TRAP
#undef HOST
#undef NONE
	IPC_TRAP_ROWS
};

/* A thread's, since the last time that a 32-bit one came round to 0. */
struct ipc_counts {
	uint64_t sent, received, copied;
	struct {
		uint32_t calls, errors;
	} trap[IPC_TRAP_ROWS];
};

/* A task's or host's: of those that are no more. */
struct ipc_sums {
	uint64_t sent, received, copied;
	uint64_t ports_made, ports_ended; /* of spaces that are no more */
	struct ipc_trap_sum {
		uint64_t calls, errors;
	} trap[IPC_TRAP_ROWS];
};

void ipc_count_rare(
    struct ipc_counts *, struct ipc_sums *, size_t row, bool error);

/* Adds `n`, where no other thread does. */
#define ipc_bump(p, n) ipc_store_relaxed((p), *(p) + (n))

/*
 * One more trap of that row.  Most succeed, and fit in; the others, and what a
 * count that came round stood for, are counted apart.
 */
static inline void
ipc_count_trap(
    struct ipc_counts *counts, struct ipc_sums *sums, size_t row, bool error)
{
	uint32_t calls = counts->trap[row].calls + 1;

	ipc_store_relaxed(&counts->trap[row].calls, calls);
	if (__builtin_expect(calls == 0 || error, 0))
		ipc_count_rare(counts, sums, row, error);
}

/* Any thread may read and add; none of them takes a lock. */
void ipc_counts_fold(struct ipc_sums *to, struct ipc_counts *from);
void ipc_sums_fold(struct ipc_sums *to, struct ipc_sums *from);

#endif
