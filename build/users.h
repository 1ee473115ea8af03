/*
 * The uid pool: numbers of a range, each held by an flock(2)ed file of that
 * name, so that a dead executor holds nothing.  The files are in one place of
 * the host, whatever the state directory: two executors that gave one uid to
 * two builds would kill each other's.
 */
#ifndef ISTHMUS_BUILD_USERS_H
#define ISTHMUS_BUILD_USERS_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct host;
struct users;

/*
 * `run_fd` is the host's run directory (borrowed); makes "users" in it.  The
 * host tells which uids have living processes.
 */
struct users *users_create(
    int run_fd, uid_t first, uid_t last, struct host *, struct error *);
void users_destroy(struct users *);

enum users_answer { USERS_TAKEN, USERS_BUSY, USERS_FAILED };
/*
 * Takes the lowest free uid: TAKEN fills *uid; BUSY when every one is in use
 * (try again later); FAILED when none can ever be had, with the error naming
 * the uid, and the process that has it.  The descriptor is close-on-exec.
 */
enum users_answer users_take(struct users *, uid_t *uid, struct error *);
/* Gives it back and removes the file; refuses while a process lives. */
bool users_release(struct users *, uid_t, struct error *);
/* Removes the lock file of a dead executor; harmless when it is held. */
bool users_forget(int run_fd, uid_t, struct error *);
/*
 * For recovery: the lock of a dead executor's uid, so that nobody takes it
 * while its processes are killed.  TAKEN: close(2) *fd.  BUSY: another has
 * it, and found no living process of it before.
 */
enum users_answer users_claim(int run_fd, uid_t, int *fd, struct error *);

#endif
