/*
 * What the areas isolation, namespace, mount, privilege and limit share:
 * answering in a child, becoming another user, a helper process that holds
 * still, and, on Linux, a user namespace in place of root.
 */
#ifndef ISTHMUS_SURVEY_PROBE_AREA_COMMON_UTIL_H
#define ISTHMUS_SURVEY_PROBE_AREA_COMMON_UTIL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "survey/probe/probe.h"

#define UTIL_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Head of a row's function. */
#define PROBE(fn)               \
	struct probe_answer fn( \
	    __attribute__((__unused__)) const struct probe_context *ctx)

/*
 * The function of a row whose interface only one system declares: its
 * source is compiled there alone, the other system answers `absent`.
 */
#if defined(__linux__)
#define ON_LINUX(fn) fn
#define ON_FREEBSD(fn) util_freebsd_only
#define ROOT_ON_LINUX PROBE_ROOT
#define ROOT_ON_FREEBSD 0 /* it can say `absent` to anybody */
#elif defined(__FreeBSD__)
#define ON_LINUX(fn) util_linux_only
#define ON_FREEBSD(fn) fn
#define ROOT_ON_LINUX 0
#define ROOT_ON_FREEBSD PROBE_ROOT
#else
#define ROOT_ON_LINUX 0
#define ROOT_ON_FREEBSD 0
#define ON_LINUX(fn) util_linux_only
#define ON_FREEBSD(fn) util_freebsd_only
#endif
probe_fn util_linux_only, util_freebsd_only;

/* A row without and with a key of the first harness. */
#define ROW(id, interface, asks, fn, flags)                    \
	{                                                      \
		(id), (interface), (asks), (fn), (flags), NULL \
	}
#define ROW_KV(id, interface, asks, fn, flags, kv)             \
	{                                                      \
		(id), (interface), (asks), (fn), (flags), (kv) \
	}

/*
 * Runs `fn(ctx, arg)` in a forked child and gives its answer; `crashed` with
 * the signal when the child died before it answered.
 */
typedef struct probe_answer util_fn(const struct probe_context *, void *arg);
struct probe_answer util_in_child(
    util_fn *fn, const struct probe_context *ctx, void *arg);

/* Adds a word to a blank-separated list, cut where `size` ends. */
void util_append(char *list, size_t size, const char *word);

/*
 * The answer of a call that must be refused: ok for EPERM or EACCES (or
 * `also`, if not 0), unreliable when it was allowed, absent for ENOSYS.
 * Reads errno when `rc` is negative.
 */
struct probe_answer util_refused(long rc, int also, const char *call);
/* ok when `rc` is not negative, else what errno means. */
struct probe_answer util_done(long rc, const char *call);
/* The row was not asked. */
#define util_skip(...) probe_state(ISTH_STATE_SKIPPED, 0, __VA_ARGS__)
/* The same, because a module of FreeBSD's is missing: probes load none. */
#define util_no_module(name) \
	util_skip("module %s is not loaded (kldload %s)", (name), (name))

/*
 * Becomes an unprivileged user for good: of PROBE_OTHER_ID when root, who
 * then owns the working directory; nothing to do for anybody else.  Verified
 * by trying to come back.  Use relative paths from then on: the directories
 * above may be closed to that user.  False with errno.
 */
bool util_drop(const struct probe_context *);
/* The same to a given id, without touching the directory. */
bool util_drop_to(unsigned id);

/* Reads at most size-1 bytes of a file, NUL-terminated; false with errno. */
bool util_read(const char *path, char *buf, size_t size);
/* Writes `text` to an existing file by one write(2); false with errno. */
bool util_write(const char *path, const char *text);
/* Waits for a child: exit status, or -SIGNAL; -1 with errno. */
int util_wait(pid_t);
/* True when `path` exists; symbolic links are followed. */
bool util_exists(const char *path);
/* A connected or listening Unix stream socket at a path; -1 with errno. */
int util_unix_listen(const char *path);
int util_unix_connect(const char *path);

/* A process that does its setup, then holds still until it is stopped. */
struct util_peer {
	pid_t pid;
	int fd; /* our end of the channel to it */
};
/*
 * Starts one.  `setup(arg)` returns 0, or the errno with which this function
 * then fails.  It ends by itself when the caller dies.
 */
bool util_peer_start(struct util_peer *, int (*setup)(void *), void *arg);
/*
 * The same, and it then becomes a cat(1) of its channel: a program that
 * execve(2) has made from what `setup` left.
 */
bool util_peer_start_cat(struct util_peer *, int (*setup)(void *), void *arg);
void util_peer_stop(struct util_peer *);

/*
 * Runs a program, PATH searched, and keeps the first bytes that it prints:
 * its wait status, or -1 with errno when it could not be started.
 */
int util_capture(char *const argv[], char *out, size_t size);
/*
 * Copies the id(1) or cat(1) of this system to `to`: the way to see which
 * credentials an execve(2) gave.  False with errno.
 */
bool util_copy_program(const char *name, const char *to, mode_t);

/*
 * Makes all mounts of this mount namespace private, so that what is mounted
 * from here on is not seen outside; false with the answer.
 */
bool util_private_mounts(struct probe_answer *why);
/*
 * Makes `*why` the reason and returns false unless the caller may now mount
 * and the like without anybody noticing.  On Linux: a private mount
 * namespace and those of `flags` (CLONE_NEW*), in a user namespace of our
 * own unless we are root.  Elsewhere: true when root.
 */
bool util_admin(
    const struct probe_context *, int flags, struct probe_answer *why);
/* ", in a user namespace" or "", for details of such probes. */
const char *util_admin_note(const struct probe_context *);

#if defined(__linux__)
/* Moves into a user namespace in which we are root; false with errno. */
bool util_userns(int flags);
/* Identity of one of our namespaces: inode of /proc/self/ns/NAME, or 0. */
ino_t util_ns(const char *name);
/* fork(2) by clone(2) or clone3(2) with more flags; like fork. */
pid_t util_clone(unsigned long flags);
pid_t util_clone3(unsigned long long flags);
/*
 * The directory of our own cgroup in the tree of version 1 that has the
 * controller `tree`, or of version 2 for ""; false when it is not mounted.
 */
#define UTIL_CGROUP_PATH 1024
bool util_cgroup_find(const char *tree, char *path, size_t size);
/*
 * Removes the groups of that name below our own, which the rows of limits
 * make, and kills what is in them.  The janitor calls it too: a killed probe
 * leaves its group behind under a probe_jail_name().
 */
void util_cgroup_undo(const char *name);
#endif

#if defined(__FreeBSD__)
/* True when that file-system type is in the kernel; loads nothing. */
bool util_vfs_loaded(const char *type);
/*
 * nmount(2) with NULL-terminated name, value pairs (value "" for a flag);
 * `errmsg` (may be NULL) gets the kernel's words.  0 or -1 with errno.
 */
#define UTIL_ERRMSG_SIZE 256
int util_nmount(int flags, char errmsg[UTIL_ERRMSG_SIZE], ...);
/*
 * jail_set(2) and jail_get(2) of a list of parameters that ends with a NULL
 * name; a value of size 0 is a boolean one.  The jail's id, or -1 with errno
 * and the kernel's words.
 */
#define UTIL_STRING ((size_t)-1) /* size of a string: its own */
struct util_param {
	const char *name;
	const void *value; /* jail_get(2) writes to it */
	size_t size;
};
int util_jail(
    int flags, char errmsg[UTIL_ERRMSG_SIZE], const struct util_param *);
int util_jail_get(
    int flags, char errmsg[UTIL_ERRMSG_SIZE], const struct util_param *);
/*
 * Closes every directory but those that were open at the start as 0 to 2:
 * jail_attach(2) refuses a process that holds one.
 */
void util_close_directories(void);
/* An integer sysctl; `otherwise` when it does not exist. */
long util_sysctl(const char *name, long otherwise);
#endif

#endif
