/*
 * What native 64-bit processes have in common: the vectors (struct sysentvec)
 * by which the kernel asks for the row of a system call and delivers a signal.
 */
#include "mach/kmod/kmod.h"

#include <sys/linker.h>
#include <sys/sysent.h>

/* By its name before 14.0, and since: one for each depth of page tables. */
static const char *const names[MACH_VECTORS] = { "elf64_freebsd_sysvec",
	"elf64_freebsd_sysvec_la48", "elf64_freebsd_sysvec_la57" };

struct sysentvec *mach_vectors[MACH_VECTORS];

void
mach_vectors_start(void)
{
	unsigned int i, n = 0;
	struct sysentvec *vector;

	for (i = 0; i < MACH_VECTORS; i++) {
		vector = (void *)linker_file_lookup_symbol(
		    linker_kernel_file, names[i], 0);
		if (vector != NULL)
			mach_vectors[n++] = vector;
	}
}
