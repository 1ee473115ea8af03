/*
 * What the files of `isthmus build` share: what is told of the builds while
 * they run (build_watch.c, build_result.c, build_trace.c), the loop with its
 * signals (build_loop.c), and the experiment (verify.c).
 */
#ifndef ISTHMUS_CLI_BUILD_H
#define ISTHMUS_CLI_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "build/build.h"
#include "cli/outlet.h"
#include "cli/progress.h"

enum { TAIL_LINES = 20 }; /* of a failed build's log */

enum watch_mode {
	WATCH_PLAIN,	/* a line per thing worth telling */
	WATCH_TERMINAL, /* and the running builds below */
	WATCH_JSON,	/* every event as it is */
	WATCH_QUIET	/* results to `on_result` only */
};

/* A build that has begun and has no result. */
struct watch_row {
	char *id, *name;
	enum isth_phase phase;
	uint64_t started_at; /* clock_now */
	char *tail[TAIL_LINES];
	size_t ntail;
};

/* A step of a build: how long it took. */
struct trace_step {
	char *id, *step;
	uint64_t ns;
};

struct trace {
	struct trace_step *items;
	size_t n;
	bool failed; /* no memory for one */
};

struct watch {
	enum watch_mode mode;
	FILE *out, *as;	       /* what is printed to, for what */
	struct outlet *outlet; /* between them; NULL: they are the same */
	bool one_terminal;     /* standard error is the same one */
	bool tracing, muted;
	size_t tail_max; /* lines to keep of each running build */
	struct progress *progress;
	struct watch_row *rows;
	size_t nrows;
	uint64_t started_at, drawn_at;
	bool changed; /* since it was drawn */
	size_t counts[ISTH_OUTCOME_COUNT];
	int status;   /* of all builds so far: watch_status */
	bool refused; /* one at least ended with ISTH_STATUS_REFUSED */
	bool bad_spec;
	bool out_closed; /* standard output takes no more: builds end */
	int out_errno;	 /* why; EPIPE: nobody reads it */
	struct isth_strings weaker;
	struct trace trace;
	void (*on_result)(void *context, const struct isth_build_result *);
	void *context;
};

void watch_init(struct watch *, enum watch_mode, FILE *out);
void watch_clear(struct watch *);
/* For isth_build_options.event, with the watch as its context. */
void watch_event(void *watch, const struct isth_build_event *);
/* A message of our own: above the block, to standard error. */
void watch_say(struct watch *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* Draws when it is time; lowers *timeout_ms to the next time. */
void watch_tick(struct watch *, bool now, int *timeout_ms);
/* Names what still runs, after a signal that came again. */
void watch_say_running(struct watch *);
/* Bytes that standard output has not taken yet. */
size_t watch_waiting(const struct watch *);
/* Writes what it takes; what it refuses ends the builds. */
void watch_flush(struct watch *);
/* Figures over all builds, when there is something to sum up. */
void watch_summary(struct watch *);
/* Exit status over all results: see isthmus-build(1). */
int watch_status(const struct watch *);

/*
 * What people are told of one result: build_result.c.  Printed to `out` as it
 * may look in `as`; so do those below.
 */
void result_tell(FILE *out, FILE *as, const struct isth_build_result *,
    char *const *tail, size_t ntail);

void trace_add(struct trace *, const char *id, const char *step, uint64_t ns);
/* The steps of one build as a table. */
void trace_tell(const struct trace *, const char *id, const char *name,
    FILE *out, FILE *as);
/* Medians over all builds, when there were several. */
void trace_summary(const struct trace *, FILE *out, FILE *as);
void trace_clear(struct trace *);

/*
 * Installs the handlers; from here on a signal waits for loop_run.  False
 * without a pipe.
 */
bool loop_signals(struct error *);
/*
 * Runs until no build is pending.  SIGINT, SIGTERM, SIGHUP and SIGQUIT, and a
 * standard output that nobody reads, cancel all builds once and wait for the
 * clean end.  *signal: the first that came; 0.
 */
bool loop_run(
    struct isth_executor *, struct watch *, int *signal, struct error *);

/*
 * Waits for who reads standard output; behind a signal only as long as some
 * is read.
 */
void loop_drain(struct watch *, int *signal);

/* isthmus build --verify-isolation: an exit status. */
int verify_isolation(const struct isth_build_options *, struct error *);

#endif
