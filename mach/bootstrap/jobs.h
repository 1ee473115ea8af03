/* Programs that are started when someone sends to a service of theirs. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_JOBS_H
#define ISTHMUS_MACH_BOOTSTRAP_JOBS_H

#include "mach/bootstrap/names.h"

/*
 * A job in the scope, and its services.  The file is the job's from then on,
 * also when this fails: BOOTSTRAP_NAME_IN_USE (*which: the label, or the
 * name), BOOTSTRAP_NO_MEMORY.
 */
kern_return_t job_create(struct bootstrapd *, struct scope *, struct job_file *,
    const struct caller *, struct job **, const char **which);
/* One more service of a job that is there. */
kern_return_t job_add_service(struct bootstrapd *, struct job *,
    const char *name, const struct job_service *, const struct caller *,
    struct service **);
/* Its services go, and when its program has ended, it. */
void job_destroy(struct bootstrapd *, struct job *);
/* The scope ends: so do its jobs. */
void jobs_leave_scope(struct bootstrapd *, struct scope *);
/* Which job the process is of; NULL: none. */
struct job *job_of(struct bootstrapd *, pid_t);
/* Of its own services, not its scope's. */
struct service *job_service(const struct job *, const char *name);
/* The instance with that id, made when it is not there. */
kern_return_t job_instance(struct bootstrapd *, struct job *,
    const struct caller *, const uint8_t id[BOOTSTRAP_INSTANCE_SIZE],
    struct job **);

/* A port that stands for the job, made now; NULL: no memory. */
mach_port_t job_port_create(struct bootstrapd *, struct job *);
/* A message waits at a service that is watched. */
void job_demand(struct bootstrapd *, struct service *);
/* The receive right of its service has come back. */
void job_service_returned(struct bootstrapd *, struct service *);
/* Perhaps nobody can send to the port of bootstrap_create_server. */
void job_port_unused(struct bootstrapd *, struct job *);
/* Programs have ended. */
void jobs_reap(struct bootstrapd *);
/* Starts what is due; how long until the next is, in ms (-1: none is). */
int jobs_due(struct bootstrapd *);
/* At the server's end: every program gets SIGTERM, and in time SIGKILL. */
void jobs_end(struct bootstrapd *);
void jobs_free(struct bootstrapd *);

#endif
