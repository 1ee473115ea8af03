/*
 * What the system tells of another process.  Without Mach's headers, beside
 * which FreeBSD's of its kernel cannot stand.
 */
#ifndef ISTHMUS_MACH_SERVER_PROC_H
#define ISTHMUS_MACH_SERVER_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mach/os/info.h"

struct proc_identity {
	pid_t pid;
	uid_t uid; /* effective, when it connected */
	gid_t gid;
	/* Real, which a set-uid program's are not; else as effective. */
	uid_t real_uid;
	gid_t real_gid;
	/* proc_version() */
	uint32_t version;
};

/* Who is at the other end of a socket.  errno. */
int proc_peer(int fd, struct proc_identity *);
/* The path of the caller's own program.  errno. */
bool proc_program(char *to, size_t size);
/* A descriptor that is readable once the process is gone; -1 and errno. */
int proc_watch(pid_t);
/*
 * Tells processes apart that had the same number one after the other; 0 when
 * it is not there.
 */
uint32_t proc_version(pid_t);
/* Processes have the same numbers for that one as for this. */
bool proc_same_numbers(pid_t);
/* Its parent; 0 when that is not known. */
pid_t proc_parent(pid_t);
/* What it used; and what a thread of it did. */
bool proc_usage(pid_t, struct info_usage *);
bool proc_thread_usage(
    pid_t, uint64_t thread, uint64_t *user_ns, uint64_t *system_ns);
/* The calling thread, which others wait for, works for a short while only. */
void proc_comes_soon(void);
/*
 * The calling thread does not take the processor from a client that wakes it:
 * that is about to sleep anyway.
 */
void proc_yields_to_clients(void);

#endif
