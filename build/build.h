/*
 * The build executor: runs untrusted builds at the same time, each alone
 * with its declared inputs under a uid of its own, and leaves the host as it
 * was plus finished outputs.  What a Guix or Nix daemon needs around one
 * build.
 *
 * This is the only header of the room that others include, and it is
 * installed as <isthmus/build.h>.  Strings are UTF-8.  A function that can
 * fail returns false or NULL and fills `struct error` (<isthmus/error.h>).
 * What a *_create or *_load function returns is the caller's, who gives it
 * to the *_destroy function named beside it.  An executor and all that it
 * was given belong to one thread; the builds of an executor die with the
 * process, not with the thread.  A child that the program forks and that does
 * not exec holds them too: they die with the last of these, and until then
 * recovery says that their journals are held.  It must call nothing of the
 * executor, not even destroy.
 */
#ifndef ISTHMUS_BUILD_H
#define ISTHMUS_BUILD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ------------------------------------------------------------------ */
/* What to build                                                       */
/* ------------------------------------------------------------------ */

struct isth_build_spec;

enum isth_spec_format {
	ISTH_SPEC_ISTHMUS, /* isthmus.build/1, see isthmus-build(5) */
	ISTH_SPEC_NIX	   /* build.json of Nix's external builders, 1 */
};

/*
 * Reads and checks a spec: syntax, types, paths against each other.  Touches
 * and asks nothing of the host.  Errors name the JSON path.
 */
struct isth_build_spec *isth_build_spec_load(
    const char *path, enum isth_spec_format, struct error *);
/* The same of `len` bytes in memory; `name` stands for them in errors. */
struct isth_build_spec *isth_build_spec_parse(const char *data, size_t len,
    const char *name, enum isth_spec_format, struct error *);
void isth_build_spec_destroy(struct isth_build_spec *);
const char *isth_build_spec_name(const struct isth_build_spec *);
/*
 * The build works in this directory of the host, which stays afterwards,
 * instead of in one that is made and removed.  Its owner and mode are left
 * alone: the builder must be able to write there, and nobody else to enter.
 */
bool isth_build_spec_set_work(
    struct isth_build_spec *, const char *directory, struct error *);

/* ------------------------------------------------------------------ */
/* What came of it                                                     */
/* ------------------------------------------------------------------ */

enum isth_outcome {
	ISTH_OUTCOME_BUILT,
	ISTH_OUTCOME_FAILED,	      /* the builder said no, or died */
	ISTH_OUTCOME_TIMED_OUT,	      /* limits.wall_s or limits.cpu_s */
	ISTH_OUTCOME_SILENT,	      /* limits.silent_s without a byte */
	ISTH_OUTCOME_LOG_LIMIT,	      /* limits.log_bytes */
	ISTH_OUTCOME_OUTPUT_REJECTED, /* missing, wrong type, wrong hash */
	ISTH_OUTCOME_INPUT_REJECTED,  /* the spec, or what it names */
	ISTH_OUTCOME_NO_RESOURCES,    /* the host refused a step */
	ISTH_OUTCOME_CANCELLED,	      /* isth_executor_cancel */
	ISTH_OUTCOME_COUNT
};
/* "built", "timed-out", ... */
const char *isth_outcome_name(enum isth_outcome);

/* Exit status of a build, and of isthmus-build(1). */
enum isth_build_status {
	ISTH_STATUS_BUILT = 0,
	ISTH_STATUS_BAD_SPEC = 2,
	ISTH_STATUS_REFUSED = 3,     /* the host refused, or cancelled */
	ISTH_STATUS_FAILED = 100,    /* the low bits add up, as in Nix: */
	ISTH_STATUS_TIMED_OUT = 101, /* 1: a deadline */
	ISTH_STATUS_HASH = 102,	     /* 2: a hash */
	ISTH_STATUS_DIFFERS = 104    /* 4: two builds, two results */
};

/* A figure; -1 when it could not be had, and why. */
struct isth_measure {
	int64_t value;
	char why[120];
};

struct isth_strings {
	char **items;
	size_t n;
};

struct isth_build_output {
	char *name; /* "out" */
	char *path; /* where it is on the host */
	char *hash; /* "sha256:HEX" where the spec asked; NULL */
};

struct isth_build_result {
	const char *name; /* of the spec */
	const char *id;	  /* of the job: 12 hexadecimal digits */
	enum isth_outcome outcome;
	int status;	    /* enum isth_build_status */
	struct error error; /* step[0] == '\0' when built */
	int exit_code;	    /* of the builder; -1: it did not exit */
	int term_signal;    /* that ended the builder; 0: none */
	uid_t uid;	    /* (uid_t)-1: never had one */
	struct isth_measure wall_ns, user_ns, system_ns, peak_memory_bytes,
	    block_read_bytes, block_written_bytes, processes, log_bytes;
	char *log;		  /* NULL: none was begun */
	struct isth_strings kept; /* paths, with keep_failed */
	struct isth_build_output *outputs;
	size_t noutputs;	       /* only of what was built */
	struct isth_strings differs;   /* paths, with check */
	struct isth_strings weaker;    /* promises not kept here */
	struct isth_strings unlimited; /* limits not enforced here, and how
					  to enable them */
	struct isth_strings cleaned;   /* what was undone */
	struct isth_strings left;      /* what could not be: must be empty */
};

/* One line of JSON without line end; free(3) it.  NULL: no memory. */
char *isth_build_result_json(const struct isth_build_result *);

/* ------------------------------------------------------------------ */
/* What happens meanwhile                                              */
/* ------------------------------------------------------------------ */

enum isth_phase {
	ISTH_PHASE_QUEUED,
	ISTH_PHASE_SETUP, /* perhaps early, while others run */
	ISTH_PHASE_RUN,
	ISTH_PHASE_STOP,    /* killing what is left, unmounting */
	ISTH_PHASE_COLLECT, /* outputs */
	ISTH_PHASE_CLEAN,
	ISTH_PHASE_DONE,
	ISTH_PHASE_COUNT
};
const char *isth_phase_name(enum isth_phase);

enum isth_event_kind {
	ISTH_EVENT_PHASE, /* a job entered `phase` */
	ISTH_EVENT_LINE,  /* a line of the builder's output: `text` */
	ISTH_EVENT_STEP,  /* with trace: step `text` took `ns` */
	ISTH_EVENT_NOTE,  /* something worth telling: `text` */
	ISTH_EVENT_RESULT /* the last of each job */
};

struct isth_build_event {
	enum isth_event_kind kind;
	const char *name; /* of the spec; "" when of no job */
	const char *id;
	enum isth_phase phase;
	double at_s; /* since the executor was created */
	const char *text;
	uint64_t ns;
	const struct isth_build_result *result;
};
/* One line of JSON without line end; free(3) it.  NULL: no memory. */
char *isth_build_event_json(const struct isth_build_event *);

/* ------------------------------------------------------------------ */
/* The executor                                                        */
/* ------------------------------------------------------------------ */

enum isth_compression {
	ISTH_COMPRESSION_NONE,
	ISTH_COMPRESSION_GZIP,
	ISTH_COMPRESSION_ZSTD
};

struct isth_build_options {
	const char *state; /* NULL: /var/lib/isthmus as root; otherwise
			      $XDG_STATE_HOME/isthmus or
			      ~/.local/state/isthmus */
	uid_t pool_first, pool_last; /* 0, 0: 35001 to 35032 */
	unsigned jobs;		     /* run at the same time; 0: 1 */
	bool keep_failed;
	const char *keep_in; /* absolute; NULL: $TMPDIR or /tmp */
	uid_t keep_uid;	     /* whose the kept tree becomes */
	gid_t keep_gid;
	bool look;  /* only isth_executor_explain: nothing is made or undone */
	bool check; /* build twice, compare */
	bool sync;  /* outputs are on the disk before they are in place */
	bool trace; /* ISTH_EVENT_STEP */
	bool lines; /* ISTH_EVENT_LINE */
	enum isth_compression log_compression;
	const char *network_bridge; /* FreeBSD: for fixed-output; NULL */
	/*
	 * Called from isth_executor_dispatch; may be NULL.  May add builds and
	 * cancel, and call nothing else of the executor.
	 */
	void (*event)(void *context, const struct isth_build_event *);
	void *context;
};

struct isth_executor;

/*
 * Makes the state directory when it is missing, refuses one that others may
 * enter, and recovers what a dead executor left there.
 */
struct isth_executor *isth_executor_create(
    const struct isth_build_options *, struct error *);
/* Cancels what still runs, waits for it, and frees. */
void isth_executor_destroy(struct isth_executor *);

/*
 * Queues a build; the spec is borrowed until its result event.  Checks what
 * the spec names on the host (inputs, store, outputs) and fails with the
 * JSON path before anything is touched; then there is no result event.
 */
bool isth_executor_add(
    struct isth_executor *, const struct isth_build_spec *, struct error *);
/* Builds that have no result yet. */
size_t isth_executor_pending(const struct isth_executor *);

/*
 * For a caller with a loop of its own: descriptors to poll(2).  Writes at
 * most `n` of them, returns how many there are, and lowers *timeout_ms (-1:
 * none) to the next deadline.
 */
size_t isth_executor_poll(
    struct isth_executor *, struct pollfd *fds, size_t n, int *timeout_ms);
/*
 * While held, what builders write is not read: they wait when their pipes
 * are full, and their silence is not counted.  For a caller whose own reader
 * is slow; deadlines and ends are served all the same.
 */
void isth_executor_hold(struct isth_executor *, bool hold);
/* Does what can be done without waiting, events included. */
bool isth_executor_dispatch(struct isth_executor *, struct error *);
/*
 * For one without: polls and dispatches until no build is pending, or until
 * `wake` (a descriptor; -1: none) is readable.
 */
bool isth_executor_run(struct isth_executor *, int wake, struct error *);
/*
 * Ends all builds that there are; their results say "cancelled" and `why`.
 * From an event it takes effect when that has returned.
 */
void isth_executor_cancel(struct isth_executor *, const char *why);

/*
 * The ordered steps and their undo, as this executor would do them for the
 * spec, as text or as one JSON object.
 */
bool isth_executor_explain(struct isth_executor *,
    const struct isth_build_spec *, bool json, FILE *out, struct error *);

/*
 * Undoes what dead executors left in the state directory of the options;
 * dry_run only tells.  Calls `tell` with one line for each thing.  *left is
 * the number of things that could not be undone.
 */
bool isth_recover(const struct isth_build_options *, bool dry_run,
    void (*tell)(void *context, const char *line), void *context, size_t *left,
    struct error *);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
