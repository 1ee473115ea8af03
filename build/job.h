/*
 * One build on its way through the executor, and the executor itself: what
 * executor.c (queue and polling), job.c (phases), job_run.c (while the
 * builder runs), job_end.c (result and undo), measure.c (the disk limit) and
 * collect.c (the process that handles outputs) share.
 */
#ifndef ISTHMUS_BUILD_JOB_H
#define ISTHMUS_BUILD_JOB_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "build/executor.h"
#include "build/helper.h"
#include "build/log.h"
#include "build/report.h"
#include "build/stores.h"

/* Which descriptor of a job something came on. */
enum job_source {
	SOURCE_OUTPUT,	/* the builder's standard output and error */
	SOURCE_REPORT,	/* of the first process */
	SOURCE_CHILD,	/* readable: the first process has ended */
	SOURCE_MEASURE, /* report of the measurer */
	SOURCE_COLLECT, /* reports of the collector */
	SOURCE_LOG,	/* readable: the compressor has ended */
	SOURCE_COUNT
};

/* What the collector is to do; any of these together. */
enum collect_task {
	COLLECT_STAGE = 1,   /* canonicalise into the stage, check, hash */
	COLLECT_COMPARE = 2, /* with the stage of the twin */
	COLLECT_COMMIT = 4,  /* rename into the store */
	COLLECT_REMOVE = 8   /* the job's directories, kept first if asked */
};

struct job {
	struct isth_executor *executor;
	const struct isth_build_spec *spec;
	struct job *twin; /* --check: the other build of the pair */
	bool second;	  /* is the second of a pair: no result event */
	bool as_second;	  /* the first; end and log are those of the second */
	char id[13];
	enum isth_phase phase;
	struct plan *plan;
	struct journal *journal;
	struct host_job *host;
	struct log *log;
	bool log_open;
	bool has_uid;
	int fds[SOURCE_COUNT]; /* -1: none */
	int life_fd;	       /* our end; closing it ends the build */
	int area_fd;	       /* of the plan's area, locked; -1 */
	struct helper collector, measurer;
	unsigned tasks; /* of the collector, running or next */
	bool collected; /* it got to its end */
	bool held;	/* staged, waiting for the second build */
	bool prepared;	/* its root is made or being made; not yet running */
	bool exited;	/* EXITED came; wait_status is the builder's */
	int wait_status;
	bool ended;	/* outcome is decided */
	bool cancelled; /* it is to end as soon as it may */
	uint64_t queued_at, started_at, output_at, stop_at, next_at;
	/*
	 * Disk limit: bytes in use on the file systems, and by us, at the last
	 * walk; when that began, until when there is to be none, and when to
	 * walk whatever the file systems say.
	 */
	int disk_fds[2];
	int64_t disk_before, disk_ours;
	uint64_t disk_walked, disk_rest, disk_at;
	struct isth_build_result result;
	size_t outputs_made; /* of result.outputs, known there or not */
};

/* One a turn: a flood must not keep the loop from the others. */
enum { READ_SIZE = 64 * 1024 };

struct isth_executor {
	struct isth_build_options options; /* strings are copies */
	struct host *host;
	struct users *users;
	struct stores *stores;
	char *state;
	int state_fd, run_fd, logs_fd, jobs_fd;
	uint64_t created_at, self_start;
	struct job **jobs; /* in the order of their coming */
	size_t njobs;
	size_t begun;	/* all from here on are queued: no need to look */
	size_t running; /* of "jobs" */
	size_t prepared;
	uint64_t retry_at; /* when all uids are taken; 0 */
	struct pollfd *polls;
	struct poll_entry {
		struct job *job;
		enum job_source source;
	} * entries;
	size_t npolls, polls_size;
	void (*edit)(void *context, struct plan *);
	void *edit_context;
	bool held;	   /* no output is read */
	unsigned telling;  /* events that are being told */
	bool cancel_waits; /* for the end of that */
	bool closing;	   /* nothing can be added */
	struct error cancel_error;
	int (*at)(void *context, const char *point);
	void *at_context;
	char read_buffer[READ_SIZE]; /* of a builder's output */
};

/* Patience with a build that does not die, before it is left to recover. */
#define STOP_PATIENCE_NS (10 * UINT64_C(1000000000))
#define RETRY_NS UINT64_C(1000000)
#define USERS_RETRY_NS (100 * UINT64_C(1000000))
#define DISK_INTERVAL_NS (50 * UINT64_C(1000000))
#define DISK_WALK_NS (2 * UINT64_C(1000000000))

/* ---- job.c */
/* Of a job with that id and uid, on the executor's host; NULL: an error. */
struct plan *job_plan(struct isth_executor *, const struct isth_build_spec *,
    const char *id, uid_t, struct error *);

/* ---- state.c */
/* Opens or makes the state directory; fills state, state_fd, ... */
bool state_open(struct isth_executor *, struct error *);
/* Fills state, and opens and makes nothing. */
bool state_look(struct isth_executor *, struct error *);
/* True when there is no state directory. */
bool state_missing(const struct isth_executor *);
/* The state directory that the options mean; free(3) it. */
char *state_path(const struct isth_build_options *, const struct host_traits *,
    struct error *);

/* ---- executor.c */
void executor_event(struct isth_executor *, const struct job *,
    enum isth_event_kind, const char *text, uint64_t ns);
/* Tests' hook: false with the errno it wants. */
bool executor_at(struct isth_executor *, const char *point, struct error *);
/* Queues the second build of a pair right behind the first. */
struct job *executor_second(struct isth_executor *, struct job *);

/* ---- queue.c */
/* Starts what has a slot, prepares what comes next. */
void queue_start(struct isth_executor *, uint64_t now);
/* Whether queue_start would start something. */
bool queue_waits(const struct isth_executor *);
/* Takes the finished out. */
void queue_sweep(struct isth_executor *);

/* ---- job.c */
struct job *job_create(
    struct isth_executor *, const struct isth_build_spec *, struct error *);
void job_destroy(struct job *);
void job_enter(struct job *, enum isth_phase);
/*
 * Takes a uid and starts; false: all uids are taken, try later.  To be
 * prepared only (host_traits.prepares), it waits for job_run.
 */
bool job_start(struct job *, bool prepare);
void job_run(struct job *);
/* Something on one of its descriptors. */
void job_ready(struct job *, enum job_source, short revents);
/* Its time has come (next_at). */
void job_tick(struct job *, uint64_t now);
/* When job_tick wants to be called; 0 never. */
uint64_t job_next(const struct job *);
/* Decides the outcome, the first to come stays, and goes to STOP. */
void job_end(struct job *, enum isth_outcome, int status, const struct error *);
void job_close(struct job *, enum job_source);
void job_stop(struct job *);

/* ---- job_run.c */
void job_output(struct job *);
void job_report(struct job *);
void job_deadlines(struct job *, uint64_t now);
uint64_t job_next_deadline(const struct job *);

/* ---- measure.c */
/* Where there is no limit all of these do nothing. */
bool measure_begin(struct job *, struct error *);
void measure_tick(struct job *, uint64_t now);
void measure_report(struct job *);
/* Harmless before measure_begin. */
void measure_stop(struct job *);
/*
 * When the builder is over.  EDQUOT: past the limit; others: it cannot be
 * told.
 */
bool measure_last(const struct job *, struct error *);

/* ---- job_end.c */
/* Nothing of the build lives: from outcome to collector. */
void job_settle(struct job *);
void job_collect_report(struct job *);
void job_clean(struct job *);
void job_finish(struct job *);
/* What the collector tells, from wherever it runs. */
void job_collected(struct job *, const struct report *);

/* ---- collect.c */
/* True when collect_here takes no longer than to start a process would. */
bool collect_is_little(const struct job *);
void collect_here(struct job *);
/* The process itself; never returns. */
void collect_main(void *job, int report_fd, int life_fd)
    __attribute__((__noreturn__));

#endif
