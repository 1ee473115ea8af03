/*
 * How a run of probes is made of processes; shared by the files of the
 * runner and by its tests.
 *
 *	caller		isth_probe_run(): reads records until end of file
 *	  janitor	session of its own, reaper of all below, undoes all
 *	    runner	starts probes, watches deadlines, writes records
 *	      probe	one child per probe, session of its own
 *
 * The janitor holds the reading end of a pipe (the lifeline) whose writing
 * end only the caller has, and is told by the end of another pipe that the
 * runner is gone.  At the end of either it kills every descendant, unmounts,
 * removes names and the scratch directory.  So one piece of code cleans up
 * after a normal run, a SIGKILL of the caller, and a death of the runner.
 */
#ifndef ISTHMUS_SURVEY_PROBE_RUNNER_H
#define ISTHMUS_SURVEY_PROBE_RUNNER_H

#include <limits.h>

#include "survey/probe/probe.h"

struct error;

enum {
	PROBE_NAMES = 4, /* k of the name functions is below this */
	PROBE_DEADLINE_MS = 2000,
	PROBE_JOBS_MAX = 64
};

/* Below the scratch directory: what probe_context.outside names. */
#define PROBE_OUTSIDE "outside"

/* A row, and the area that it stands in. */
struct probe_item {
	enum isth_area area;
	const struct probe *row;
};

/* All rows of this build, by area and id. */
const struct probe_item *probe_items(size_t *n);
/* Those that the options choose; free(3) *out. */
bool probe_select(const struct probe_item *, size_t n,
    const struct isth_probe_options *, struct probe_item **out, size_t *nout,
    struct error *);
/*
 * isth_probe_run with other rows than those of this build; `only` and
 * `area` are not looked at.
 */
struct isth_report *probe_run_items(const struct probe_item *, size_t n,
    const struct isth_probe_options *, struct error *);

/*
 * What the janitor must know and no process may keep to itself: memory
 * shared by all processes of the run.
 */
struct probe_ledger {
	char scratch[PATH_MAX]; /* "" until it is made */
	pid_t janitor;
	size_t nslots;
	struct probe_ledger_slot {
		/* A probe asked for its k-th name of that sort. */
		bool posix[PROBE_NAMES];
		bool jail[PROBE_NAMES];
		key_t key[PROBE_NAMES]; /* 0: not asked for */
	} slots[];
};

struct probe_run {
	const struct probe_item *items;
	size_t nitems;
	const char *parent_dir; /* of the scratch directory */
	unsigned deadline_ms;
	unsigned jobs;
	struct probe_ledger *ledger;
};

/* What travels from runner and janitor to the caller. */
struct probe_record {
	int index; /* of the item, or one of those below */
	int state;
	int err;
	double ms;
	char detail[PROBE_DETAIL_MAX];
};

enum {
	PROBE_RECORD_FAILED = -1, /* no run: err, detail says which step */
	PROBE_RECORD_HOST = -2,	  /* detail: file system of the scratch dir */
	PROBE_RECORD_END = -3,	  /* every probe has its record */
	PROBE_RECORD_LEFT = -4	  /* detail: what could not be removed */
};

bool probe_record_send(int fd, const struct probe_record *);

/* names.c: the ledger, and names that only this run uses. */
struct probe_ledger *probe_ledger_create(size_t nslots);
void probe_ledger_destroy(struct probe_ledger *);
/* Which ledger the name functions of this process write to. */
void probe_ledger_use(struct probe_ledger *);
/* Removes everything that was given a name in the ledger. */
void probe_ledger_undo(const struct probe_ledger *);

/* janitor.c: the janitor's life; does not return. */
_Noreturn void probe_janitor_main(
    const struct probe_run *, int lifeline, int records);
/*
 * Undoes what the run left apart from processes; false when something
 * remains, named in `left`.
 */
bool probe_undo(struct probe_ledger *, char *left, size_t size);
/* Default actions for all signals, nothing blocked. */
void probe_signals_reset(void);

/* runner.c: the runner's life; does not return. */
_Noreturn void probe_runner_main(const struct probe_run *, int records);

/*
 * child.c: a probe's life, in its own process and in the directory of that
 * name below the scratch directory; does not return.
 */
_Noreturn void probe_child_main(const struct probe_run *, size_t item,
    unsigned directory, pid_t runner, int answer);

/* host_SYSTEM.c: the surroundings of the run's processes. */
/* Orphans of this process's descendants become its children. */
bool host_reaper_acquire(void);
/* SIGKILL for this process when its parent dies, or has died. */
bool host_die_with(pid_t parent);
/* Mounts made from here on are seen by this process's family only. */
bool host_private_mounts(void);
/* Closes all descriptors from `first` on. */
void host_close_from(int first);
/* Name of the type of the file system of `path`; "?" when not known. */
void host_filesystem(const char *path, char *name, size_t size);
/*
 * True when a directory has, besides owner and mode, nothing that what is
 * made in it would inherit: no access list, attribute or flag.
 */
bool host_directory_plain(int fd);
/* "SIGSEGV", in static storage. */
const char *host_signal_name(int sig);
/* The RLIMIT_CORE at which a crash leaves nothing and starts nothing. */
unsigned host_core_limit(void);
/* Makes a system call that is not there answer ENOSYS and do no more. */
void host_allow_missing_calls(void);

/* cleanup_SYSTEM.c: undoing. */
/* Kills and reaps every descendant; false when one resists. */
bool cleanup_descendants(void);
/* Unmounts everything below `dir`; false when a mount remains. */
bool cleanup_mounts(const char *dir);
/* Removes POSIX shared memory, semaphore and queue of that name. */
void cleanup_posix_name(const char *name);
void cleanup_jail(const char *name);
#endif
