/*
 * The journal: before anything of a job touches the host, all of its undo is
 * in STATE/jobs/ID.journal.  One JSON object a line: a header that says whose
 * it is, then one line for each undo of the plan, in the plan's order.  The
 * file is flock(2)ed by the executor and by the build's first process for as
 * long as either lives.
 *
 * It lives as long as what it is for: mounts, processes and groups are gone
 * with the kernel, as the journal may be when the power fails; what such an
 * end leaves on disks is found without it (stores.h), so nothing waits for a
 * disk.
 *
 * A build of several outputs has one more line before the first rename
 * ("commit": the renames still to do), and that is on disk: recovery then
 * finishes them instead of throwing the build away, so outputs appear all or
 * none.
 */
#ifndef ISTHMUS_BUILD_JOURNAL_H
#define ISTHMUS_BUILD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "build/plan.h"

struct journal;
struct host;

/*
 * Writes header and undo lines of the plan, in one write, and locks.
 * `executor_start` is host_process_start of this process; `state_fd` is
 * borrowed until journal_destroy.  Fails with nothing left behind.
 */
struct journal *journal_begin(
    int state_fd, const struct plan *, uint64_t executor_start, struct error *);
/* For host_start's lock_fd; borrowed. */
int journal_lock_fd(const struct journal *);
/* Adds the commit line, fsynced: stage/NAME goes to host_store/BASE. */
bool journal_commit(struct journal *, const struct plan *, struct error *);
/*
 * Takes the commit line back, fsynced, in the process that wrote it: for
 * renames that were refused and taken back, before any output is removed.
 * With the line, recovery would put half an output in place.
 */
bool journal_uncommit(struct journal *, struct error *);
/* Removes the file: everything is undone. */
bool journal_remove(struct journal *, struct error *);
/* Closes and leaves the file for recovery. */
void journal_destroy(struct journal *);

/* A journal as read back. */
struct journal_entry {
	enum undo_kind undo;
	char *target;
};
struct journal_commit_entry {
	char *from, *to;
};
struct journal_record {
	char *id, *name;
	pid_t executor;
	uint64_t executor_start;
	char *boot; /* identity of the boot; "" unknown */
	uid_t uid;
	struct journal_entry *entries;
	size_t n;
	struct journal_commit_entry *commits;
	size_t ncommits;
	size_t commit_at; /* where in the file the first commit line begins */
};
/*
 * A torn last line is as if it were not there (its step was not begun).
 * Anything else that is not a journal fails with file and line.
 */
struct journal_record *journal_parse(
    const char *data, size_t len, const char *name, struct error *);
void journal_record_destroy(struct journal_record *);
/* Forgets the commit line, not in the file. */
void journal_record_drop_commits(struct journal_record *);

/*
 * Undoes every job in the state directory whose executor is dead.  Two of
 * these at the same time share the work.  See isth_recover.
 */
bool recover_all(int state_fd, int run_fd, struct host *, bool dry_run,
    void (*tell)(void *context, const char *line), void *context, size_t *left,
    struct error *);

/*
 * One undo, by the engine (release-uid, remove-tree, commit) or the host.
 * remove-tree refuses a target whose path has not the job's id in it.
 */
bool undo_do(struct host *, int run_fd, const struct journal_record *,
    const struct journal_entry *, struct error *);

#endif
