/*
 * What native 64-bit processes have in common: the vectors (struct sysentvec)
 * by which the kernel asks for the row of a system call and delivers a signal.
 */
#include "mach/kmod/kmod.h"

#include <sys/linker.h>
#include <sys/sysent.h>

#include "linker_if.h"

/* By its name on arm64, and on amd64 before 14.0, and since: one for each depth of page tables. */
static const char *const names[MACH_VECTORS] = { "elf64_freebsd_sysvec",
	"elf64_freebsd_sysvec_la48", "elf64_freebsd_sysvec_la57" };

struct sysentvec *mach_vectors[MACH_VECTORS];

/* NULL: there is none.  On arm64 it is local to its file. */
static void *
symbol_find(const char *name)
{
	void *at = linker_file_lookup_symbol(linker_kernel_file, name, 0);
	linker_symval_t value;
	c_linker_sym_t symbol;

	if (at == NULL &&
	    LINKER_LOOKUP_DEBUG_SYMBOL(linker_kernel_file, name, &symbol) ==
		0 &&
	    LINKER_DEBUG_SYMBOL_VALUES(linker_kernel_file, symbol, &value) == 0)
		at = value.value;
	return (at);
}

void
mach_vectors_start(void)
{
	unsigned int i, n = 0;
	struct sysentvec *vector;

	for (i = 0; i < MACH_VECTORS; i++) {
		vector = symbol_find(names[i]);
		if (vector != NULL)
			mach_vectors[n++] = vector;
	}
}
