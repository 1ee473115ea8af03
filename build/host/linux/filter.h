/*
 * The system call filter as data: which calls are refused, by which test of
 * which argument, with which errno.  For filter.c, which compiles it, and
 * for the tests.
 */
#ifndef ISTHMUS_BUILD_HOST_LINUX_FILTER_H
#define ISTHMUS_BUILD_HOST_LINUX_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

enum filter_test {
	FILTER_ALWAYS,	    /* refused whatever the arguments */
	FILTER_SET_ID,	    /* argument is a mode with set-uid or set-gid */
	FILTER_CREATE,	    /* argument is open flags that create, and the
			       one behind it such a mode */
	FILTER_NAMESPACES,  /* argument is flags that make name spaces */
	FILTER_FAMILY,	    /* arguments of socket(2), socketpair(2) */
	FILTER_SOCKETCALL,  /* first argument of socketcall(2) makes a socket */
	FILTER_TERMINAL,    /* argument is TIOCSTI or TIOCLINUX */
	FILTER_PERSONALITY, /* argument is no allowed persona */
	FILTER_TEST_COUNT
};

enum filter_abi { FILTER_AMD64, FILTER_I386, FILTER_ARM64, FILTER_ABI_COUNT };

struct filter_rule {
	const char *name;
	int numbers[FILTER_ABI_COUNT]; /* -1: not in that ABI */
	enum filter_test test;
	int argument;
	int err;
};
extern const struct filter_rule filter_rules[];
extern const size_t filter_nrules;

/*
 * The last number that the table was made for: a call of a later kernel may
 * be one more way to do what the table refuses, so it is ENOSYS.
 */
#define FILTER_LAST 467

#define FILTER_MAX 1024 /* instructions */

/*
 * Compiles the rules of this machine's ABIs; the number of instructions, 0:
 * they do not fit.
 */
size_t filter_compile(struct sock_filter program[FILTER_MAX]);

#endif
