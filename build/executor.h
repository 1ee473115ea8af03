/*
 * The executor's inside: what its files (those of job.h) and the tests share.
 */
#ifndef ISTHMUS_BUILD_EXECUTOR_H
#define ISTHMUS_BUILD_EXECUTOR_H

#include "build/host.h"
#include "build/journal.h"
#include "build/plan.h"
#include "build/users.h"

/*
 * Calls `edit` on each plan before it runs: the attack suite's twins leave
 * protections out with it.  Not reachable through the public interface.
 */
void executor_edit_plans(struct isth_executor *,
    void (*edit)(void *context, struct plan *), void *context);

/*
 * Calls `at` before each named point of a job ("journal", each step,
 * "start", "measure", "stop", "collect", "commit", "clean", each undo): tests
 * kill the process there, or make it fail by returning an errno.
 */
void executor_watch_points(struct isth_executor *,
    int (*at)(void *context, const char *point), void *context);

#endif
