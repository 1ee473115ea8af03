/*
 * The executor's own helpers: processes for what can take long while there
 * are other builds to watch, and for what an enemy wrote.  Each reports on a
 * pipe, holds a few descriptors and no more, and ends with the executor.
 */
#ifndef ISTHMUS_BUILD_HELPER_H
#define ISTHMUS_BUILD_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct helper {
	pid_t pid;
	int life_fd; /* our end: closing it ends the helper; -1: none runs */
};

/*
 * Runs `run` in a process of its own.  *report_fd becomes readable with what
 * it reports (report.h), and at its end; it is the caller's, and never waits.
 */
bool helper_start(struct helper *,
    void (*run)(void *context, int report_fd, int life_fd), void *context,
    int *report_fd, struct error *);
/* After the end of its reports: the wait status. */
int helper_ended(struct helper *);
/* Kills it; harmless when none runs. */
void helper_kill(struct helper *);
/*
 * In the helper: leaves it these descriptors alone (`life_fd` is to be one of
 * them), and ends it when the executor does.
 */
bool helper_confine(const int *fds, size_t n, int life_fd, struct error *);

#endif
