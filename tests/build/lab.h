/*
 * A place for tests of the executor: a state directory and a store of their
 * own, specs for small shell builds, and the question whether the host is as
 * it was.
 */
#ifndef ISTHMUS_TESTS_BUILD_LAB_H
#define ISTHMUS_TESTS_BUILD_LAB_H

#include <stdbool.h>

#include "build/build.h"
#include "build/executor.h"

/* A pool that no person's executor uses. */
enum { LAB_POOL_FIRST = 36001, LAB_POOL_LAST = 36032 };

/* Where the lab is: state, store and kept are below it. */
extern char lab_state[], lab_store[], lab_kept[];

/* Makes the directories below the test's own, and remembers the host. */
void lab_open(void);
/*
 * Fails the test unless the host is as before lab_open: no process of a pool
 * uid, the same mounts, no control group or jail of ours, nothing in the
 * state directory but logs, nothing half-made in the store.
 */
void lab_check_clean(const char *when);

/* Options for the lab; `jobs` at a time. */
struct isth_build_options lab_options(unsigned jobs);
/*
 * A spec that runs `script` by the host's shell; `more` is further JSON
 * members (", \"limits\": ..." or "").  Outputs: out at lab_store/NAME.
 */
struct isth_build_spec *lab_spec(
    const char *name, const char *script, const char *more);
/* The same with outputs "out" and "doc" (NAME and NAME-doc). */
struct isth_build_spec *lab_spec_two(
    const char *name, const char *script, const char *more);

/* What a build ended with, copied from its result. */
struct lab_result {
	bool came;
	enum isth_outcome outcome;
	int status, exit_code, term_signal;
	struct error error;
	char id[16], log[512], kept[512], differs[512], weaker[2048];
	long wall_ms, processes;
	size_t left, noutputs;
	char left_first[512];
};

#define CHECK_OUTCOME(r, wanted)                                            \
	ATF_CHECK_MSG((r).outcome == (wanted), "%s: %s: %s: %s %d",         \
	    isth_outcome_name((r).outcome), (r).error.step, (r).error.path, \
	    (r).error.why, (r).error.err)

/* When set, lab_run watches the points of its executor with it. */
extern int (*lab_at)(void *context, const char *point);
/*
 * Runs the specs together and fills results in their order; fails the test
 * when the executor cannot be made or a build cannot be added.
 */
void lab_run(struct isth_build_options *, struct isth_build_spec *const *specs,
    size_t n, struct lab_result *results);
/* One build, with default options; checks that the host is clean after. */
struct lab_result lab_build(
    const char *name, const char *script, const char *more);
/* Contents of the file, NUL-terminated; static storage.  NULL: no file. */
const char *lab_read(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
/* True when the path exists (a link counts). */
bool lab_exists(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

#endif
