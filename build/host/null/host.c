/* For systems without a build host: every function says so. */
#include <errno.h>
#include <stddef.h>

#include "base/fail.h"
#include "build/host.h"

static bool
no_host(struct error *e)
{
	return (fail(e, ENOTSUP, "create build host", NULL,
	    "no build host for this system"));
}

struct host *
host_create(const struct isth_build_options *options, struct error *e)
{
	(void)options;
	(void)no_host(e);
	return (NULL);
}

void
host_destroy(struct host *h)
{
	(void)h;
}

/* Those below are never reached: there is no struct host to give them. */

const struct host_traits *
host_traits(const struct host *h)
{
	(void)h;
	return (NULL);
}

struct host_job *
host_job_create(struct host *h, const struct plan *plan, struct error *e)
{
	(void)h;
	(void)plan;
	(void)no_host(e);
	return (NULL);
}

void
host_job_destroy(struct host_job *j)
{
	(void)j;
}

bool
host_step(struct host_job *j, const struct step *s, struct error *e)
{
	(void)j;
	(void)s;
	return (no_host(e));
}

bool
host_start(struct host_job *j, const struct host_start *start, int *child_fd,
    struct error *e)
{
	(void)j;
	(void)start;
	*child_fd = -1;
	return (no_host(e));
}

enum host_stop
host_stop(struct host_job *j, struct error *e)
{
	(void)j;
	(void)no_host(e);
	return (HOST_STOP_FAILED);
}

void
host_measure(struct host_job *j, struct isth_build_result *r)
{
	(void)j;
	(void)r;
}

bool
host_out_of_memory(const struct host_job *j)
{
	(void)j;
	return (false);
}

int64_t
host_disk_used(int directory_fd)
{
	(void)directory_fd;
	return (-1);
}

bool
host_undo(struct host *h, enum undo_kind kind, const char *target, uid_t uid,
    struct error *e)
{
	(void)h;
	(void)kind;
	(void)target;
	(void)uid;
	return (no_host(e));
}

char *
host_resolv(struct host *h)
{
	(void)h;
	return (NULL);
}

pid_t
host_uid_busy(struct host *h, uid_t uid)
{
	(void)h;
	(void)uid;
	return (-1);
}

uint64_t
host_process_start(pid_t pid)
{
	(void)pid;
	return (0);
}

bool
host_confine(const int *fds, size_t n, struct error *e)
{
	(void)fds;
	(void)n;
	return (no_host(e));
}

bool
host_confines(void)
{
	return (false);
}

bool
host_spawn(struct host_job *job, const struct host_start *start, int *child_fd,
    struct error *e)
{
	(void)job;
	(void)start;
	(void)child_fd;
	(void)e;
	return (true);
}

bool
host_run(struct host_job *job, struct error *e)
{
	(void)job;
	(void)e;
	return (true);
}
