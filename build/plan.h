/*
 * The plan of one build: an ordered list of steps and their undo.  Made of
 * the spec, the job's names and numbers, and what the host is known to offer
 * (struct host_traits); no system call, so a plan for one system can be made
 * and tested on another.  What is not in the plan does not happen.
 */
#ifndef ISTHMUS_BUILD_PLAN_H
#define ISTHMUS_BUILD_PLAN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "build/spec.h"

/* Name in messages, journals and --explain: step_kind_name(). */
enum step_kind {
	STEP_TAKE_UID,	     /* uid */
	STEP_MAKE_DIRECTORY, /* path, mode, uid, gid */
	STEP_OPEN_LOG,	     /* path */
	STEP_LIMIT_GROUP,    /* text: group name; plan limits: cgroup, rctl */
	STEP_ISOLATE,	     /* text: what of; clone3 or jail_set */
	STEP_MAP_IDS,	     /* rootless: uid, gid inside */
	STEP_MOUNT_ROOT,     /* path; size */
	STEP_MOUNT_INPUT,    /* source at path, ro nosuid nodev */
	STEP_MOUNT_WRITABLE, /* source at path: work, store */
	STEP_MOUNT_TMP,	     /* path; size, mode */
	STEP_MOUNT_DEV,	     /* path: /dev, empty */
	STEP_MAKE_DEVICE,    /* path: /dev/null as on the host */
	STEP_MOUNT_PTS,	     /* path: /dev/pts */
	STEP_MOUNT_PROC,     /* path: /proc */
	STEP_MASK,	     /* path: made empty or read-only; flags */
	STEP_MAKE_LINK,	     /* path -> source */
	STEP_WRITE_FILE,     /* path, mode, text */
	STEP_HOSTNAME,	     /* text */
	STEP_LOOPBACK,	     /* lo up in a network of its own */
	STEP_NETWORK,	     /* text: by which means, fixed-output only */
	STEP_ENTER_ROOT,     /* path: pivot_root or jail_attach */
	STEP_SEAL,	     /* path: read-only from here */
	STEP_SESSION,	     /* setsid, signals, umask, stdin, descriptors */
	STEP_RLIMITS,	     /* plan limits */
	STEP_DROP,	     /* uid, gid, groups, capabilities, for good */
	STEP_FILTER,	     /* system call filter */
	STEP_RUN,	     /* path: builder; plan argv and envp */
	STEP_KIND_COUNT
};

/* Who does a step. */
enum step_side {
	SIDE_HOST,  /* the executor, on the host; undone from the journal */
	SIDE_INSIDE /* the build's first process, gone with it */
};

enum undo_kind {
	UNDO_NONE,
	UNDO_RELEASE_UID,  /* uid */
	UNDO_REMOVE_TREE,  /* target: a directory of this job */
	UNDO_REMOVE_GROUP, /* target: group name */
	UNDO_KILL,	   /* target: isolation's name; uid */
	UNDO_UNMOUNT,	   /* target */
	UNDO_REMOVE_LINK,  /* target: a network interface */
	UNDO_COMMIT,	   /* not in plans: finish renames, see journal.h */
	UNDO_KIND_COUNT
};

/* struct step.flags */
enum {
	MASK_EMPTY = 1,	     /* of STEP_MASK */
	MASK_READ_ONLY = 2,  /* of STEP_MASK */
	WRITE_PASSWD_DB = 4, /* of STEP_WRITE_FILE: text is passwd(5), the
				file pwd_mkdb(8)'s */
	RUN_LINUX32 = 8	     /* of STEP_RUN: personality */
};

struct step {
	enum step_kind kind;
	enum step_side side;
	char *path;   /* on the host for SIDE_HOST, inside otherwise */
	char *source; /* a host path, or a link's target */
	char *text;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t size; /* bytes; -1 none */
	unsigned flags;
	enum undo_kind undo;
	char *target; /* of the undo */
};

/*
 * The engine does the SIDE_HOST steps in order, up to the first SIDE_INSIDE
 * one; from there on host_start does all.  With mounts_inside that is
 * isolate (the clone itself), then network and map-ids, which host_start
 * does from outside before it lets the first process go on.
 */

/* What a host offers: data, made by host_create. */
struct host_link {
	char *name, *target; /* "/bin" -> "usr/bin" */
};

struct host_traits {
	const char *system; /* "linux", "freebsd" */
	const char *state;  /* default state directory as root */
	const char *run;    /* where all executors of the host meet, as root */
	bool root;	    /* has a uid pool; otherwise one own uid */
	bool mounts_inside; /* mounts live in the build's own name space:
			       isolation comes before them and they need
			       no undo */
	bool root_on_disk;  /* the root is a directory of the job, not a
			       memory file system */
	bool prepares;	    /* can hold a build whose root is made: host_run */
	/* Which steps there are here. */
	bool has_pts, has_shm, has_proc, has_hostname, has_loopback, has_seal,
	    has_filter, has_passwd_db, has_linux32;
	const char *isolation;	      /* "mount pid net ipc uts cgroup time" */
	const char *group;	      /* "cgroup2", "rctl"; NULL: none */
	const char *const *devices;   /* "/dev/null", ...; NULL-terminated */
	const struct step *masks;     /* path and flags of STEP_MASK, by path
				     NULL ended */
	struct host_link *root_links; /* symbolic links in / of the host */
	size_t nroot_links;
	const char *network; /* means for fixed-output builds: "pasta"; NULL */
	const char *network_why;    /* why not, and what to install */
	const char *network_weaker; /* what is weaker with it; NULL */
	/* Which limits bind and how; NULL text: not, and why. */
	struct host_limit {
		const char *name; /* "memory_bytes" */
		const char *by;	  /* "cgroup memory.max"; NULL */
		const char *why;  /* "no memory controller (try: ...)" */
	} limits[8];
	size_t nlimits;
	const char *const *weaker; /* NULL-terminated; always told */
	int64_t memory_bytes;	   /* of the machine */
};

/* Names and numbers of the job; the executor chooses them. */
struct plan_names {
	const char *id;	   /* 12 hexadecimal digits */
	const char *state; /* state directory, resolved */
	uid_t uid;
	gid_t gid;
	const char *log;    /* path */
	const char *resolv; /* contents of resolv.conf for networked
				builds; NULL */
};

struct plan_block; /* plan_list.c */

/* All of its strings are the plan's: none is freed alone. */
struct plan {
	const struct isth_build_spec *spec; /* borrowed */
	struct step *steps;
	size_t n, size; /* in use, room for */
	struct plan_block *blocks;
	char *id;
	uid_t uid;
	gid_t gid;
	char *job;   /* STATE/jobs/ID */
	char *root;  /* where the root is on the host: JOB/root */
	char *work;  /* host directory behind spec->work */
	char *area;  /* HOST_STORE/tmp-isthmus-ID: 0700, never seen inside */
	char *store; /* AREA/store: what is at spec->store inside */
	char *stage; /* AREA/stage: where outputs are canonicalised */
	char **argv, **envp;
	struct isth_strings weaker, unlimited;
};

/*
 * NULL with the JSON path when the host cannot give what the spec asks
 * (network, a device, a personality).  Borrows spec and traits.
 */
struct plan *plan_create(const struct isth_build_spec *,
    const struct plan_names *, const struct host_traits *, struct error *);
void plan_destroy(struct plan *);
/* A string that lives as long as the plan; NULL: no memory. */
char *plan_keep(struct plan *, const char *);
char *plan_keepf(struct plan *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
char *plan_vkeepf(struct plan *, const char *fmt, va_list)
    __attribute__((__format__(__printf__, 2, 0)));
/* Removes every step of that kind: what the attack suite's twins run. */
void plan_leave_out(struct plan *, enum step_kind);
/* Index of the first step of a kind; p->n when there is none. */
size_t plan_find(const struct plan *, enum step_kind);

const char *step_kind_name(enum step_kind);
const char *undo_kind_name(enum undo_kind);
/* False when there is no such undo. */
bool undo_kind_from_name(const char *, enum undo_kind *);

bool plan_render_text(
    const struct plan *, const struct host_traits *, FILE *out, struct error *);
bool plan_render_json(
    const struct plan *, const struct host_traits *, FILE *out, struct error *);

#endif
