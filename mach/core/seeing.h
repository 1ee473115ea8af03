/*
 * Who may see whom, and what objects are called outside of the core.
 */
#ifndef ISTHMUS_MACH_CORE_SEEING_H
#define ISTHMUS_MACH_CORE_SEEING_H

#include "mach/core/task.h"

/* As <isthmus/mach_seeing.h> says. */
bool ipc_may_see(struct ipc_task *viewer, struct ipc_task *task);
/* A number that is not 0 and from which no address can be learnt. */
uint64_t ipc_object_id(const struct ipc_host *, const struct ipc_object *);
/*
 * The task of the viewer's host with that process id which it may see,
 * referenced, or NULL; 0 is the viewer.
 */
struct ipc_task *ipc_task_find_pid(struct ipc_task *viewer, uint32_t pid);
/*
 * Up to `n` tasks of the host after the one with that id, referenced; how
 * many.  With a viewer, those that it may see.
 */
uint32_t ipc_host_tasks(struct ipc_host *, struct ipc_task *viewer,
    uint64_t after, struct ipc_task **, uint32_t n);

#endif
