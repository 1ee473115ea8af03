/*
 * The seam to the operating system: host/linux, host/freebsd and host/null
 * each define all of these, and the build picks one.  The engine above it
 * (job.c, supervise.c, recover.c) is plain POSIX.
 *
 * Life of a job at this seam: host_job_create; host_spawn; host_step for each
 * SIDE_HOST step that is not the engine's own; host_start, after which the child does
 * the SIDE_INSIDE steps and reports; when the child has ended or must end,
 * host_stop until it says done; host_measure; host_undo for each undo of the
 * plan, in reverse; host_job_destroy.
 */
#ifndef ISTHMUS_BUILD_HOST_H
#define ISTHMUS_BUILD_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "build/plan.h"
#include "build/report.h"

struct host;
struct host_job;

/*
 * Asks this host what it offers; by calling, quickly (this is on the way of
 * every start).  NULL when builds cannot be isolated here at all.
 */
struct host *host_create(const struct isth_build_options *, struct error *);
void host_destroy(struct host *);
const struct host_traits *host_traits(const struct host *);

/* The job borrows host and plan. */
struct host_job *host_job_create(
    struct host *, const struct plan *, struct error *);
void host_job_destroy(struct host_job *);

/*
 * Does one SIDE_HOST step on the host: limit-group, mounts, devices, files,
 * links, isolate where it is done from outside, network.  The engine itself
 * does take-uid, make-directory and open-log.
 */
bool host_step(struct host_job *, const struct step *, struct error *);

/*
 * Starts the build's first process, which does the steps from `first` on
 * and, as the last of them, runs the builder.  It inherits nothing but
 *   output_fd  to become standard output and error of the builder,
 *   report_fd  where it writes struct report records (report.h),
 *   life_fd    a pipe whose other end only the executor holds: at its end
 *              of file the first process exits, and all die with it,
 *   lock_fd    the journal's, kept open for as long as it lives.
 * Steps and their order come from the plan alone.
 */
struct host_start {
	size_t first;
	int output_fd, report_fd, life_fd, lock_fd;
	bool trace; /* write REPORT_STEP records */
	bool hold;  /* with the root made, wait for host_run; only where the
		       host's traits say that it prepares */
};
/*
 * *child_fd becomes readable when the first process has ended (pidfd,
 * process descriptor); host_job_destroy closes it.
 */
bool host_start(struct host_job *, const struct host_start *, int *child_fd,
    struct error *);
/* Lets a build that host_start holds run its builder. */
bool host_run(struct host_job *, struct error *);
/*
 * May be called before the SIDE_HOST steps with what host_start gets then:
 * where the host can, it starts the first process already, which makes its
 * name spaces meanwhile, touches nothing and ends with the executor;
 * otherwise it does nothing.
 */
bool host_spawn(struct host_job *, const struct host_start *, int *child_fd,
    struct error *);

enum host_stop { HOST_STOP_DONE, HOST_STOP_AGAIN, HOST_STOP_FAILED };
/*
 * Kills all that is left of the job and, where mounts are on the host,
 * unmounts them.  Never waits: AGAIN means call again in a millisecond or
 * when the child descriptor is readable.  DONE: no process of the job is
 * left, no writer to its directories.  Harmless before host_start.
 */
enum host_stop host_stop(struct host_job *, struct error *);

/* After host_stop said DONE.  What is not known says why. */
void host_measure(struct host_job *, struct isth_build_result *);
/* The same; true when the kernel killed some of it at limits.memory_bytes. */
bool host_out_of_memory(const struct host_job *);

/*
 * Bytes in use on the file system of a directory, for the disk limit;
 * -1: cannot tell.
 */
int64_t host_disk_used(int directory_fd);

/*
 * Undoes kill, remove-group, unmount, remove-link; for a job of this
 * executor and, with job NULL, for one of a dead executor.  An undo of what
 * was never done, or is undone already, succeeds.  May wait some seconds.
 * `uid` is the job's; (uid_t)-1: it has none of its own (any more), kill by
 * name alone.
 */
bool host_undo(struct host *, enum undo_kind, const char *target, uid_t uid,
    struct error *);

/*
 * resolv.conf for the inside of a build with network; free(3) it.  NULL: the
 * build gets none.
 */
char *host_resolv(struct host *);

/* A living process that has this uid: its pid; 0 none; -1 cannot tell. */
pid_t host_uid_busy(struct host *, uid_t);

/*
 * Who the executor is, so that another can tell whether it lives: the start
 * time of a process, in units of its own; 0 when there is no such process.
 */
uint64_t host_process_start(pid_t);
/*
 * Identity of this boot, written to `buf`, which it returns: another one
 * means that pids of then mean nothing now.  "": unknown.
 */
const char *host_boot(char buf[64]);

/*
 * Makes the calling process (one of the engine's own helpers, which only
 * works below descriptors that it holds) unable to do more than that, as far
 * as the host can: capability mode; nothing at all.  `fds` are those
 * descriptors.
 */
bool host_confine(const int *fds, size_t n, struct error *);
/* Whether that takes anything away. */
bool host_confines(void);

/*
 * Directory entries and attributes where systems differ; `fd` is open on the
 * object, for a symbolic link it is its directory and `name` the link.
 */
/* Removes every extended attribute, ACL and file flag; *had: there was one. */
bool host_clear_attributes(
    int directory_fd, const char *name, bool *had, struct error *);
/* Renames; EEXIST when the target is there. */
int host_rename_new(int from_fd, const char *from, int to_fd, const char *to);

#endif
