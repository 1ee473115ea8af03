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
	bool full;     /* no descriptors are left for who connects */
	bool stats;    /* are printed at the end */
	pid_t command; /* whose end is ours; 0: none */
	int status;    /* to exit with */
	int idle_ms;   /* without a client, until it ends; 0: for ever */
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

/* Until it is told to end.  The exit status. */
int loop_run(struct loop *);

#endif
