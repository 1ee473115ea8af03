/*
 * What the files of the Linux host share.  host.c puts them together behind
 * build/host.h; each of the others does one thing.
 */
#ifndef ISTHMUS_BUILD_HOST_LINUX_H
#define ISTHMUS_BUILD_HOST_LINUX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "build/host.h"

/* ---- group.c: control groups, version 2, and 1 where it has the controllers */

struct group_host; /* what this host has, opened once */
struct group;	   /* of one job */

/*
 * Never fails for want of cgroups: group_means() is then NULL.  Quick: a few
 * opens.
 */
struct group_host *group_host_create(struct error *);
void group_host_destroy(struct group_host *);
/* "cgroup2", "cgroup1"; NULL: none that this process may use. */
const char *group_means(const struct group_host *);
/* NULL when the limit ("memory_bytes", "processes", ...) binds; else why not. */
const char *group_why_not(const struct group_host *, const char *limit);
/* Makes the groups `name` below "isthmus" and sets the limits. */
struct group *group_create(struct group_host *, const char *name,
    const struct spec_limits *, struct error *);
void group_destroy(struct group *); /* closes; removes nothing */
/* Whether group_clone_fd will be one: clone then has to wait for it. */
bool group_clones(const struct group_host *, const struct spec_limits *);
/* For CLONE_INTO_CGROUP; -1 where version 2 is not in use. */
int group_clone_fd(const struct group *);
/* Version 1, and only with a memory limit: group_enter has something to do. */
bool group_must_enter(const struct group *);
/* Version 1: moves the process in; the caller holds it before its work. */
bool group_enter(struct group *, pid_t, struct error *);
/* SIGKILL to all in it; 1 some were there, 0 none, -1 error. */
int group_kill(struct group *, struct error *);
/*
 * Fills peak memory, block io, processes, cpu, as far as it knows; a figure
 * that is -1 and stays so gets a reason.
 */
void group_measure(struct group *, struct isth_build_result *);
/* True when the kernel killed some of it for its memory limit. */
bool group_out_of_memory(const struct group *);
/*
 * Removes the groups of that name, killing what is in them; also for a dead
 * executor's.  "isthmus" itself, and what was switched on for it, goes with
 * the last executor, in group_host_destroy.
 */
bool group_remove(struct group_host *, const char *name, struct error *);

/* ---- network.c: fixed-output builds */

struct network; /* the helper of one job */

/* "pasta", "slirp4netns"; NULL: neither is installed; *why says so. */
const char *network_means(const char **why);
/* resolv.conf for the inside, free(3) it; NULL without memory. */
char *network_resolv(const char *means);
/*
 * Starts the helper for the network name space of `pid` (the build's first
 * process, held before its work; `pidfd` is its descriptor) and waits, some
 * seconds at most, until the network is up.  The helper dies with the build
 * and with the executor, whatever happens to either.  No abstract socket and
 * no loopback service of the host can be reached through it.
 */
struct network *network_start(
    const char *means, pid_t pid, int pidfd, struct error *);
/* Ends the helper and frees. */
void network_stop(struct network *);

/* ---- process.c: /proc */

/* host_uid_busy and host_process_start are in it too. */
/* SIGKILL to every process of a pool uid (never uid 0 or the own one). */
bool process_kill_uid(uid_t, struct error *);

/* ---- host.c, start.c: behind build/host.h */

struct host {
	struct host_traits traits;
	struct group_host *groups;
	struct host_job *jobs; /* all that there are, linked by next */
	bool trace;
};

struct host_job {
	struct host *host;
	struct host_job *next;
	const struct plan *plan;
	struct group *group;
	struct network *network;
	pid_t pid;	     /* of the first process; 0: none, or reaped */
	int go[2];	     /* it waits at this pipe; -1 */
	int pidfd;	     /* -1: not started */
	bool stopped;	     /* host_stop said DONE */
	bool measured;	     /* usage is filled */
	struct rusage usage; /* of all that the first process waited for */
};

/* ---- inside.c: the build's first process, from clone to exec */

struct inside {
	const struct plan *plan;
	const struct host_start *start;
	bool root;	  /* of the host */
	bool trace;	  /* report each step */
	uint64_t unshare; /* name spaces that clone did not make */
	int go_fd; /* -1, or: read one byte before the first step, when the
		      host is ready: groups, ids, network, directories */
};
/* fail() with errno and what to try, for name spaces that were refused. */
bool inside_fail_isolate(
    struct error *, const char *step, const char *what, bool root);
/* Runs in the clone; never returns. */
void inside_main(const struct inside *) __attribute__((__noreturn__));

/* ---- mount.c: the steps that make the root file system */

/* The new root before pivot_root. */
struct root {
	int fd; /* -1: not yet */
	/* The directory that the last step was in, below the root; parent -1. */
	int parent;
	const char *parent_path; /* not ended there */
	size_t parent_len;
	int empty; /* the directory below /proc; -1 */
};

/* Mounts it over "/"; the descriptor stays open. */
bool mount_root(struct root *, const struct step *, struct error *);
/* Below it; "path" is inside. */
bool mount_step(struct root *, const struct step *, struct error *);
/* All but "fd". */
void root_close(struct root *);

/* ---- drop.c: the builder's process before its exec */

bool drop_session(struct error *);
bool drop_rlimits(const struct spec_limits *, struct error *);
/* `root`: the host's; otherwise groups cannot be dropped. */
bool drop_rights(uid_t, gid_t, bool root, struct error *);

/* ---- filter.c: the system call filter */
bool filter_install(struct error *);

#endif
