/*
 * What the files of the FreeBSD host share.  host.c puts them together
 * behind build/host.h; each of the others does one thing.
 */
#ifndef ISTHMUS_BUILD_HOST_FREEBSD_H
#define ISTHMUS_BUILD_HOST_FREEBSD_H

#include <sys/param.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build/host.h"

struct host {
	struct host_traits traits;
	const char *weaker[8];
	char bridge[16];     /* for fixed-output builds; "" */
	bool racct;	     /* rctl rules bind */
	bool no_descriptor;  /* jail_set knows no JAIL_OWN_DESC (before 15) */
	uint64_t unknown;    /* optional jail parameters not known here */
	bool no_file_mounts; /* nullfs mounts directories only (before 15) */
	char *stack;	     /* of a child before its exec; NULL */
};

/* What the first process tells without a message: shared memory. */
struct host_tally {
	struct rusage children; /* of all that it reaped */
	bool valid;
};

struct host_job {
	struct host *host;	 /* borrowed */
	const struct plan *plan; /* borrowed */
	int jid;		 /* -1: no jail */
	int jail_fd;		 /* owns the jail; -1 before 15 */
	int root_fd;		 /* plan->root; -1: not yet needed */
	int dev_fd;		 /* the mounted /dev; -1 */
	int rules_fd;		 /* the host's /dev: its rules are to go; -1 */
	bool direct;		 /* `first` is the builder itself */
	pid_t first;		 /* 0: not started */
	int child_fd;		 /* its process descriptor; -1 */
	int report_fd;		 /* direct: to say how it ended; -1 */
	bool ended;		 /* and was waited for */
	bool counted;		 /* usage is known */
	struct rusage usage;	 /* of it and all that it waited for */
	struct host_tally *tally;
	unsigned stops; /* calls of host_stop so far */
	uint64_t stop_at;
	size_t unmounted; /* plan steps from here on are unmounted */
	unsigned busy;	  /* tries of the present unmount */
	/* Our end of an epair(4) and its IPv4 numbers, host byte order. */
	struct {
		char inside[16]; /* "" none */
		uint32_t address, mask, gateway;
	} net;
};

/* ---- params.c: names and values, as nmount(2) and jail_set(2) take them */

enum { PARAMS_MAX = 48, PARAMS_ERRMSG = 255 };
struct params {
	struct iovec iov[2 * PARAMS_MAX + 2];
	unsigned n;
	char errmsg[PARAMS_ERRMSG];
};
void params_init(struct params *);
/* Values are borrowed. */
void params_add(struct params *, const char *name, const void *, size_t);
void params_string(struct params *, const char *name, const char *value);
/* The vector's length, with the buffer for the kernel's words at its end. */
unsigned params_finish(struct params *);

/* ---- place.c: files and directories below the build's root */

/*
 * Opens the directory that `path` (on the host, below the root) is in, no
 * link followed, and makes what is missing, 0755 and root's.  *last is its
 * last component.  -1 with the error.
 */
int place_parent(struct host_job *, const char *path, const char **last,
    const char *step, struct error *);
/* Makes the mount point: a directory, or an empty file. */
bool place_point(struct host_job *, const char *path, bool directory,
    struct stat *, const char *step, struct error *);
bool place_link(
    struct host_job *, const char *path, const char *target, struct error *);
bool place_file(struct host_job *, const struct step *, struct error *);

/* ---- passwd.c: pwd.db, what getpwnam(3) reads */
bool passwd_write(int directory_fd, const char *name, const char *path,
    const char *text, struct error *);

/* ---- mount.c */
bool mount_root(struct host_job *, const struct step *, struct error *);
bool mount_input(struct host_job *, const struct step *, struct error *);
bool mount_writable(struct host_job *, const struct step *, struct error *);
bool mount_tmp(struct host_job *, const struct step *, struct error *);
/*
 * Unmounts what is mounted there: 1 done or nothing there, 0 busy, -1 error.
 */
int mount_undo_once(const char *path, bool force, struct error *);
/* The same with patience, then by force. */
bool mount_undo(const char *path, struct error *);

/* ---- dev.c: a devfs with nothing in it but what the plan names */
/* What every build has; NULL-terminated. */
extern const char *const dev_common[];
bool dev_mount(struct host_job *, const struct step *, struct error *);
bool dev_show(struct host_job *, const struct step *, struct error *);
/* Nothing else is to be seen in it. */
bool dev_verify(struct host_job *, struct error *);
/* Removes the rule that hides; of a mount that is gone.  -1: /dev is opened. */
bool dev_forget(int rules_fd, uid_t, struct error *);

/* ---- jail.c */
bool jail_isolate(struct host_job *, const struct step *, struct error *);
/* Gives the jail these addresses. */
bool jail_addresses(int jid, const void *ip4, size_t ip4_len, const void *ip6,
    size_t ip6_len, struct error *);
/* Removes it: all in it die.  Does not wait. */
void jail_end(struct host_job *);
/* Its number by the job's id; -1: none.  Dying ones count when asked for. */
int jail_lookup(const char *id, bool dying);
/* For a dead executor's too: removes, and waits until nothing is left. */
bool jail_undo(const char *id, struct error *);

/* ---- limits.c: rctl and rlimits */
void limits_traits(struct host *);
bool limits_add(struct host_job *, const struct step *, struct error *);
/* Also when there are none. */
bool limits_remove(const char *id, struct error *);
/* In the process that becomes the builder. */
bool limits_set(const struct host_job *, struct error *);

/* ---- network.c: fixed-output builds */
void network_traits(struct host *, const struct isth_build_options *);
/* True when the plan's jail has a network stack of its own. */
bool network_is_own(const struct plan *);
/* From outside: addresses, or one end of an epair(4). */
bool network_connect(struct host_job *, const struct step *, struct error *);
/* From inside the jail: loopback up, and the other end. */
bool network_configure(const struct host_job *, struct error *);
bool network_remove(const char *id, uid_t, struct error *);

/* ---- inside.c: the builder until its exec */

enum { EXIT_SETUP = 127 };
/*
 * What the builder's process tells its parent, in whose memory it runs until
 * the exec, while that waits: vfork(2).
 */
struct setup {
	struct host_job *job;
	const struct host_start *start;
	int null_fd;
	size_t at;	 /* the step that it is at */
	uint64_t ns[32]; /* of each step done, from start->first */
	struct error error;
	bool failed;
};
void inside_builder(struct setup *) __attribute__((__noreturn__));

/* ---- first.c: a process between the executor and the builder */
void first_main(struct setup *) __attribute__((__noreturn__));

/* ---- start.c: host_start is in it */
/* Kills it when asked again; true when what was started has ended. */
bool start_is_over(struct host_job *);
/* What came of the steps inside, to the executor. */
bool setup_report(const struct setup *);
/* The builder ended so. */
bool setup_report_exit(int report_fd, int status, const struct rusage *);

/* ---- process.c: who lives; capability mode */
/* host_uid_busy, host_process_start and host_confine are in it. */

/* An integer sysctl; `otherwise` when there is none. */
long sysctl_number(const char *name, long otherwise);

#endif
