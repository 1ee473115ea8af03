/*
 * Inside the probe room: what a row of probes is, and what the runner gives
 * a probe while it runs.
 *
 * A probe runs in a child process of its own that it may leave in any state:
 * it may crash, hang, drop privilege, enter a namespace or run out of
 * memory.  The runner gives it a fresh empty working directory, kills its
 * process group and everything that it started, and removes the directory
 * with all mounts below it.  What lives elsewhere (a System V object, a jail,
 * a POSIX shared memory name) is named by the functions below, so that the
 * janitor removes it by name whatever becomes of the child.
 *
 * Rows are the same on every system: where a system does not declare an
 * interface, its function answers probe_absent().
 */
#ifndef ISTHMUS_SURVEY_PROBE_H
#define ISTHMUS_SURVEY_PROBE_H

#include <sys/types.h>

#include <stdbool.h>

#include "survey/survey.h"

#define PROBE_DETAIL_MAX 200 /* bytes of detail, with the NUL */

/* What a probe knows of its surroundings. */
struct probe_context {
	const char *dir;     /* its own empty directory, absolute; also cwd */
	const char *outside; /* a directory beside it that all probes of
				     the run share, owned by root when we are
				     root, for "another's file" */
	unsigned number;     /* unique among the probes of this run */
	bool root;	     /* effective user id 0 */
};

/* What a probe answers; small, sent through a pipe. */
struct probe_answer {
	enum isth_state state;
	int err;
	char detail[PROBE_DETAIL_MAX];
};

typedef struct probe_answer probe_fn(const struct probe_context *);

enum {
	PROBE_ROOT = 1 << 0, /* skipped unless effective uid is 0 */
	PROBE_ALONE = 1 << 1 /* not while other probes run (timing, global
				   counters) */
};

/* One row. */
struct probe {
	const char *id;		  /* "AREA.what" */
	const char *interface_id; /* catalogue row */
	const char *asks;	  /* one line: what is asked */
	probe_fn *fn;
	unsigned flags; /* PROBE_* */
	const char *kv; /* key of the first harness, or NULL */
};

/* A file of rows; area_*.c defines one each, and probes.c lists them. */
struct probe_area {
	enum isth_area area;
	const struct probe *rows;
	size_t nrows;
};

extern const struct probe_area probe_area_process, probe_area_descriptor,
    probe_area_isolation, probe_area_namespace, probe_area_mount,
    probe_area_privilege, probe_area_metadata, probe_area_time,
    probe_area_event, probe_area_limit, probe_area_memory, probe_area_network,
    probe_area_system;

/* Answers.  `fmt` (may be NULL) makes the detail. */
#define PROBE_PRINTF(a, b) __attribute__((__format__(__printf__, a, b)))
struct probe_answer probe_ok(const char *fmt, ...) PROBE_PRINTF(1, 2);
/* Not declared by the headers, or ENOSYS. */
struct probe_answer probe_absent(const char *fmt, ...) PROBE_PRINTF(1, 2);
struct probe_answer probe_state(enum isth_state, int err, const char *fmt, ...)
    PROBE_PRINTF(3, 4);
/*
 * What an errno means for "was it there": ENOSYS absent; EPERM, EACCES
 * denied; EOPNOTSUPP, ENOTSUP, EPROTONOSUPPORT, EAFNOSUPPORT unsupported;
 * any other failed.  `fmt` names the call that failed.
 */
struct probe_answer probe_errno(int err, const char *fmt, ...)
    PROBE_PRINTF(2, 3);
/* It answered, but not what is documented: unreliable. */
struct probe_answer probe_wrong(const char *fmt, ...) PROBE_PRINTF(1, 2);

/*
 * Things outside the directory.  The runner's janitor removes every one of
 * these by name after the probe, whatever happened to it.
 */
/* A POSIX shm/semaphore/queue name: "/isthmus-probe-PID-N-k". */
const char *probe_posix_name(const struct probe_context *, unsigned k);
/* A System V key that this probe alone uses (k < 4). */
key_t probe_sysv_key(const struct probe_context *, unsigned k);
/* A jail name (k < 4): "isthmus-probe-PID-N-k". */
const char *probe_jail_name(const struct probe_context *, unsigned k);

/* Helpers that more than one area needs. */
/* Makes a file of that content in cwd, mode 0600; false with errno. */
bool probe_file(const char *name, const char *content);
/*
 * Runs `fn(arg)` in a forked child and waits: its return value as an exit
 * status 0..125; -1 when it could not fork; -SIG when it died of a signal.
 */
int probe_child(int (*fn)(void *), void *arg);
/* uid and gid of nobody's: an unused numeric id for drop and owner tests. */
#define PROBE_OTHER_ID 35999u

#endif
