/*
 * What the main thread works with.
 */
#ifndef ISTHMUS_MACH_SERVER_LOOP_H
#define ISTHMUS_MACH_SERVER_LOOP_H

#include <poll.h>
#include <stdio.h>

#include "mach/server/server.h"

struct loop {
	int listen;
	int signals;	/* their numbers come here, a byte each */
	int root_ready; /* the bootstrap server writes there when it is */
	bool ready;	/* and others are let in */
	bool ends;
	bool full;	   /* no descriptors are left for who connects */
	bool stats;	   /* are printed at the end */
	char *const *argv; /* of a command that is yet to be started */
	const char *path;  /* of the socket, for it */
	pid_t command;	   /* whose end is ours; 0: none */
	bool told;	   /* by a signal, that it shall end */
	int status;	   /* to exit with */
	int idle_ms;	   /* without a client, until it ends; 0: for ever */
	uint64_t idle_since;
	uint64_t busy, rested; /* how long it worked without rest, and since */
	struct pollfd *fds;
	size_t size;
};

/*
 * Starts the bootstrap server, which is ready when it says so at
 * l->root_ready; and tells it to end.
 */
struct error;
bool bootstrap_start(
    struct loop *, const char *jobs, const char *socket, struct error *);
void bootstrap_end(void);

/* run.c */
/* A folder that only its user may enter, and the socket's path in it. */
bool run_place(char *path, size_t size, struct error *);
void run_place_end(char *path);
/* False: it said why not. */
bool run_start(struct loop *);
/* False: there is no command, or it has been told before. */
bool run_tell(struct loop *, int signal);

/* Until it is told to end.  The exit status. */
int loop_run(struct loop *);

#endif
