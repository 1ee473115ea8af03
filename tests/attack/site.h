/*
 * A place to attack: an executor with a state directory, store and uid pool
 * of its own, the builds that a case runs in it, and the proof that the host
 * is as before.
 */
#ifndef ISTHMUS_TESTS_ATTACK_SITE_H
#define ISTHMUS_TESTS_ATTACK_SITE_H

#include <sys/types.h>

#include <atf-c.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "build/executor.h"

#define POOL_SIZE 8
#define RUNS_MAX 32
#define PATH_SIZE 1024

/* One build, and what became of it. */
struct run {
	char name[64];
	struct isth_build_spec *spec;
	struct text lines; /* what it printed */
	bool ready;	   /* it printed "ready" */
	bool ended;
	enum isth_outcome outcome;
	int status, exit_code, term_signal;
	char why[1200]; /* the error's step, path and reason */
	int64_t wall_ms, processes, peak_memory;
	uid_t uid;
	char id[32];
	char kept[PATH_SIZE]; /* the first of them */
};

struct site {
	char top[PATH_SIZE / 2], state[PATH_SIZE], store[PATH_SIZE],
	    inputs[PATH_SIZE], setid[PATH_SIZE], keep[PATH_SIZE],
	    work[PATH_SIZE], secret[PATH_SIZE];
	uid_t pool;
	json_t *env; /* settings of the attacker */
	struct isth_executor *executor;
	/* Of the next builds. */
	uint64_t always_out, leave_out; /* bits of enum step_kind */
	void (*edit)(struct plan *);
	bool keep_failed;
	unsigned jobs;
	int leak; /* a descriptor that the builder must not get */
	struct run runs[RUNS_MAX];
	size_t nruns;
};

#define OUT(kind) (UINT64_C(1) << (kind))

/* Skips the case when not root. */
void site_create(struct site *);
/* Skips the case when root. */
void site_create_as_user(struct site *);
/* The same in memory: for trees that a disk takes minutes to forget. */
void site_create_in_memory(struct site *);
/*
 * How many times slower than a real machine this one is: an emulated one
 * sets ISTHMUS_TEST_SLOW.  Times are to be multiplied by it.
 */
long site_slow(void);
/* Whether builds have their own time since boot: Linux 6.2. */
bool site_has_time(void);
/* Ends all, and requires that the host is as before. */
void site_destroy(struct site *);

/*
 * Adds a build of `name`: the attacker with `arguments` (separated by
 * blanks).  `limits` is a JSON object or NULL, `more` further keys of the
 * spec or NULL; both are given up to it.
 */
struct run *site_add(struct site *, const char *name, const char *arguments,
    json_t *limits, json_t *more);
/* Until no build is pending. */
void site_run(struct site *);
/* Until the build printed "ready". */
void site_wait_ready(struct site *, struct run *);
/* Until the build has ended; others may go on. */
void site_wait_end(struct site *, struct run *);
/* Ends those that still run. */
void site_cancel(struct site *);
/* Both: one build, alone. */
struct run *site_build(
    struct site *, const char *name, const char *arguments, json_t *limits);
/*
 * The attacker outside of any build, with the same settings, as `uid`, in a
 * directory of its own.  What it printed; text_clear it.
 */
struct text site_native(struct site *, uid_t uid, const char *arguments);
/* The same, without waiting for its end: its pid, when it printed "ready". */
pid_t site_native_start(struct site *, uid_t uid, const char *arguments);

/* Path below the site; valid to the fourth call after. */
const char *site_path(const struct site *, const char *directory,
    const char *name) __attribute__((__nonnull__(1)));

/* ---- trials: an attack, and without what it must succeed */

enum trial_flags {
	TRIAL_NATIVE = 1,      /* the twin runs on the host as root */
	TRIAL_NATIVE_USER = 2, /* ... as an unprivileged user */
	TRIAL_OPTIONAL = 4,    /* some kernels do not have it: may be untried */
	TRIAL_ALONE = 8	       /* its twin spoils others: has its own build */
};

struct trial {
	const char *attack;
	uint64_t leave_out;
	unsigned flags;
	void (*edit)(struct plan *);
};

/*
 * Runs all attacks in one protected build, where each must be refused, and
 * then each with its protections left out, where it must succeed.
 */
void trials_run(struct site *, const struct trial *, size_t n);

/* ---- host_SYSTEM.c: what could be left of a build on the host */

/* Fails the case for each thing that is. */
void host_check_pool(uid_t first, uid_t last);
void host_check_mounts(const char *below);
void host_check_groups(const char *id); /* and whatever else has its id */
/* A process with that uid whose image is the attacker; 0: none. */
pid_t host_find_process(uid_t);
/* More steps to leave out, where a promise is kept by others here. */
uint64_t host_steps(uint64_t leave_out);
/* Enters a file system in memory that ends with this process. */
void host_enter_memory(void);
bool host_has_attributes(const char *path);
bool host_has_access_list(const char *path);
/* Seconds since the host is up. */
long host_uptime(void);

#endif
