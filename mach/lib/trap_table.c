/*
 * The rows of mach/traps.def.
 */
#include <stddef.h>

#include "mach/lib/trap_table.h"

/* What XNU has before the names of traps that stand for a routine. */
#define PREFIX "_kernelrpc_"
#define NAME(name)                                                        \
	(&#name[__builtin_strncmp(#name, PREFIX, sizeof(PREFIX) - 1) == 0 \
		    ? sizeof(PREFIX) - 1                                  \
		    : 0])

#define TRAP(number, name, args, handler) { number, NAME(name), args },
#define HOST(number, name, args) { number, NAME(name), args },
#define NONE(number, name, args) { number, NAME(name), args },
static const struct mach_trap_row rows[] = {
#include "mach/traps.def"
};
#undef TRAP
#undef HOST
#undef NONE

const struct mach_trap_row *
mach_trap_row(int number)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number == number)
			return (&rows[i]);
	}
	return (NULL);
}
