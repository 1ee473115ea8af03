/*
 * isthmus mach audit: what a kernel has for Mach traps, and what sources ask
 * of them.
 */
#ifndef ISTHMUS_CLI_MACH_AUDIT_H
#define ISTHMUS_CLI_MACH_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum { AUDIT_TRANSPORTS = 4, AUDIT_LISTS = 5 };

struct audit_transport {
	const char *name;
	int number;   /* of its (first) system call; -1: it has none */
	int error;    /* of setting it up; -1: not asked for */
	double ratio; /* of a trap's time to getppid(2)'s; 0: not measured */
};

/* Numbers that the module asked for, as text. */
struct audit_list {
	const char *name, *what;
	char *numbers;
};

struct audit_kernel {
	bool module; /* mach.ko is there; otherwise nothing below is known */
	struct audit_transport transports[AUDIT_TRANSPORTS];
	struct audit_list lists[AUDIT_LISTS];
	int reserved_error; /* that asking for a RESERVED number gave */
	int evfilt;	    /* the filter in use; 0: none */
	int border;	    /* whether threads can be held */
	int exceptions;	    /* whether handlers are told of faults */
};

/*
 * mach_audit_kernel_*.c: asks the running kernel.  It must be called before
 * the process makes a trap.  Without a module it is no failure.
 */
bool audit_kernel_read(struct audit_kernel *, struct error *);
void audit_kernel_clear(struct audit_kernel *);

/* A function of Mach's that programs call. */
struct audit_call {
	char name[64];
	int trap, message;  /* numbers in traps.def; 0: not so */
	bool bsd;	    /* a system call of XNU's other side */
	const char *status; /* core, host, refused */
	size_t *counts;	    /* one a tree */
	size_t total;
};

struct audit_calls {
	const char *const *trees;
	size_t ntrees;
	struct audit_call *calls; /* those that occur, most often first */
	size_t ncalls;
};

/* mach_audit_calls.c: scans each tree for itself. */
bool audit_calls_read(
    struct audit_calls *, const char *const *trees, struct error *);
void audit_calls_clear(struct audit_calls *);
/* "trap", "message", both, or "system call". */
const char *audit_call_way(const struct audit_call *);

#endif
