/*
 * Adding up what was counted, while others count on.
 */
#include "mach/core/count.h"

void
ipc_count_rare(
    struct ipc_counts *counts, struct ipc_sums *sums, size_t row, bool error)
{
	/* A count that came round is its task's. */
	if (counts->trap[row].calls == 0)
		ipc_add(&sums->trap[row].calls, UINT64_C(1) << 32);
	if (!error)
		return;
	ipc_bump(&counts->trap[row].errors, 1);
	if (counts->trap[row].errors == 0)
		ipc_add(&sums->trap[row].errors, UINT64_C(1) << 32);
}

void
ipc_counts_fold(struct ipc_sums *to, struct ipc_counts *from)
{
	size_t i;

	ipc_add(&to->sent, ipc_load_acquire(&from->sent));
	ipc_add(&to->received, ipc_load_acquire(&from->received));
	ipc_add(&to->copied, ipc_load_acquire(&from->copied));
	for (i = 0; i < IPC_TRAP_ROWS; i++) {
		uint64_t calls = ipc_load_acquire(&from->trap[i].calls);
		uint64_t errors = ipc_load_acquire(&from->trap[i].errors);

		/* Few of them were ever made. */
		if (calls != 0)
			ipc_add(&to->trap[i].calls, calls);
		if (errors != 0)
			ipc_add(&to->trap[i].errors, errors);
	}
}

void
ipc_sums_fold(struct ipc_sums *to, struct ipc_sums *from)
{
	size_t i;

	ipc_add(&to->sent, ipc_load_acquire(&from->sent));
	ipc_add(&to->received, ipc_load_acquire(&from->received));
	ipc_add(&to->copied, ipc_load_acquire(&from->copied));
	ipc_add(&to->ports_made, ipc_load_acquire(&from->ports_made));
	ipc_add(&to->ports_ended, ipc_load_acquire(&from->ports_ended));
	for (i = 0; i < IPC_TRAP_ROWS; i++) {
		uint64_t calls = ipc_load_acquire(&from->trap[i].calls);
		uint64_t errors = ipc_load_acquire(&from->trap[i].errors);

		if (calls != 0)
			ipc_add(&to->trap[i].calls, calls);
		if (errors != 0)
			ipc_add(&to->trap[i].errors, errors);
	}
}
