/*
 * mach/traps.def as the library knows it: names, and what arguments are.
 */
#ifndef ISTHMUS_MACH_LIB_TRAP_TABLE_H
#define ISTHMUS_MACH_LIB_TRAP_TABLE_H

struct mach_trap_row {
	int number;
	const char *name; /* without _kernelrpc_ */
	const char *args; /* letters, as traps.def explains them */
};

/* NULL of no such trap. */
const struct mach_trap_row *mach_trap_row(int number);

#endif
