/*
 * What the tests of journal, recovery and uid pool share: a state directory
 * in the case's own directory, a plan with undos, and a host that only
 * remembers what it was asked.
 */
#ifndef TESTS_BUILD_JOURNAL_RIG_H
#define TESTS_BUILD_JOURNAL_RIG_H

#include <atf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "build/host.h"
#include "build/journal.h"
#include "build/users.h"
#include "tests/build/journal_fault.h"

#define RIG_ID "0123456789ab"
#define RIG_UID 35001

struct host {
	const char *boot;
	pid_t busy_pid; /* of busy_uid; 0 none, -1 cannot tell */
	uid_t busy_uid;
	bool all_busy;
	int fail_undo;	  /* errno of host_undo */
	uid_t killed_uid; /* of the last UNDO_KILL */
	unsigned undos;
	char calls[2048]; /* "kill ID 35001;unmount /x 35001;" */
};
extern struct host rig_host;

/* Makes ./state and ./store; the descriptor of ./state. */
int rig_state(void);
/* An absolute path below the case's directory, valid for ever. */
char *rig_path(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
/*
 * Take-uid, job directory, area, group, isolation and a mount, with two
 * outputs, store/one-ID and store/two-ID.
 */
struct plan *rig_plan(const char *id, uid_t uid);
void rig_plan_destroy(struct plan *);
/* Directories of the plan with a file in each, outputs staged. */
void rig_make(const struct plan *);
/* Renames the nth output from stage to store. */
void rig_rename(const struct plan *, size_t);

bool rig_exists(const char *path);
/* Entries but "." and "..". */
size_t rig_count(const char *path);
void rig_write(const char *path, const char *text);
unsigned rig_descriptors(void);

/* recover_all; what it told is in rig_told, one line each. */
size_t rig_recover(int state_fd, bool dry_run);
extern char rig_told[65536];
extern struct error rig_error; /* step "" when recover_all succeeded */

/* A job whose executor is gone: journal, directories, uid. */
struct plan *rig_dead_job(int state, bool commit);
/* Nothing of it is left but what is in the store. */
void rig_check_clean(void);

#endif
