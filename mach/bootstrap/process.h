/* The programs of jobs as processes. */
#ifndef ISTHMUS_MACH_BOOTSTRAP_PROCESS_H
#define ISTHMUS_MACH_BOOTSTRAP_PROCESS_H

#include "mach/bootstrap/server.h"

/*
 * A child that is the program, by PATH when its name has no slash, with the
 * signals and the mask of a new process and no descriptor but 0, 1 and 2.
 * NULL `file`: the command, in the caller's own session and its input kept;
 * else in a session of its own, as the job's user.  False when it could not
 * be executed: the errno.
 */
bool process_spawn(
    const struct job_file *file, char *const *command, pid_t *, struct error *);
/* A job's program and its session's group. */
void process_kill(pid_t, int signal);
/* The leader of a process' session. */
pid_t process_leader(pid_t);

#endif
