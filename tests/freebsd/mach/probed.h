/*
 * What probed_kmod.c has seen of mach.ko's probes: the sysctl
 * debug.mach_probed.seen, an array of these, oldest first.
 */
#ifndef ISTHMUS_TESTS_FREEBSD_MACH_PROBED_H
#define ISTHMUS_TESTS_FREEBSD_MACH_PROBED_H

#define PROBED_MAX 512

struct probed {
	char probe[20]; /* "trap__entry" */
	int pid;	/* of who was running */
	unsigned long arg[4];
	char text[32];	     /* of a trap: its second argument */
	unsigned long first; /* of a trap that begins: its first argument */
};

#endif
