/* What jobs.c and jobs_run.c share. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_JOBS_RUN_H
#define ISTHMUS_MACH_BOOTSTRAP_JOBS_RUN_H

#include "mach/bootstrap/jobs.h"

/* A message to the service starts its job, when that is idle. */
void job_watch(struct bootstrapd *, struct service *);
/* Its program is started, now or when it may be again. */
void job_want(struct bootstrapd *, struct job *);

#endif
