/* The bootstrap server as a function, for who runs it in a child. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_BOOTSTRAPD_H
#define ISTHMUS_MACH_BOOTSTRAP_BOOTSTRAPD_H

#include <stddef.h>

struct bootstrapd_options {
	/* Files, and folders of files *.json; in their order. */
	const char *const *jobs;
	size_t njobs;
	/* Run with this bootstrap port; its end is the server's.  NULL. */
	char *const *command;
	/* A byte is written to it, and it is closed, when names can be asked
	 * for; -1: none. */
	int ready_fd;
	/* Errors go to syslog and not to standard error. */
	int background;
};

/*
 * Becomes the bootstrap server of the calling process' task, whose bootstrap
 * port it sets, and serves until SIGTERM or SIGINT, or until the command has
 * ended.  The process must have one thread, and children of its own only
 * when they are to be waited for here.  What the process is to exit with: 0,
 * the command's, or 1 after telling why.
 */
int bootstrapd_run(const struct bootstrapd_options *);

#endif
