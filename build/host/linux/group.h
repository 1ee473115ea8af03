/*
 * Between group.c, which both versions of control groups share, and the
 * files for what differs: names of files, controllers, how to kill.
 */
#ifndef ISTHMUS_BUILD_HOST_LINUX_GROUP_H
#define ISTHMUS_BUILD_HOST_LINUX_GROUP_H

#include "build/host/linux/linux.h"

struct group_version {
	const char *means;
	/* NULL: the limit binds, or why it does not. */
	const char *(*why_not)(const struct group_host *, const char *limit);
	/* False when a build with these limits needs no group of its own. */
	bool (*wanted)(const struct spec_limits *);
	/* Controllers for the groups below "isthmus", when it is new. */
	bool (*prepare)(struct group_host *, struct error *);
	/* The opposite, just before "isthmus" is removed. */
	void (*settle)(struct group_host *);
	const char *events; /* file with a line "oom_kill NUMBER" */
	bool (*limit)(
	    struct group *, const struct spec_limits *, struct error *);
	bool (*enter)(struct group *, pid_t, struct error *);
	/* SIGKILL to all below the directory. */
	int (*kill)(int directory_fd);
	void (*measure)(struct group *, struct isth_build_result *);
};

struct group_host {
	const struct group_version *version; /* NULL: no groups here */
	char path[512];			     /* directory of "isthmus" */
	int fd;				     /* of it; -1 */
	int isthmus_fd;			     /* share-locked; -1: not yet */
	bool memory, processes;		     /* controllers to be had */
	bool prepared;
	const char *why; /* no groups */
};

struct group {
	struct group_host *host;
	char name[64];
	int fd; /* -1: none was needed */
};

extern const struct group_version group_v1, group_v2;

/*
 * Each looks below `root` for a directory that "isthmus" may be made in, and
 * fills version, path, fd and controllers, or `why`.
 */
bool group_v1_find(struct group_host *, int root_fd, const char *root);
bool group_v2_find(
    struct group_host *, int root_fd, const char *root, const char *own);

/* The whole of group_host_create, with the tree and the own group given. */
struct group_host *group_host_create_at(
    const char *root, const char *own, struct error *);

/* Reads a small file as a string; false with errno. */
bool group_read(int directory_fd, const char *file, char *buf, size_t n);
/* Writes it in one piece; false with errno. */
bool group_write(int directory_fd, const char *file, const char *text);
/* The number behind `key` in lines of "key number"; -1: it is not there. */
int64_t group_number(const char *text, const char *key);
/* One number from a file, or -1. */
int64_t group_read_number(int directory_fd, const char *file);
/* Sets one limit; the error names the file and the value. */
bool group_write_limit(
    struct group *, const char *file, int64_t value, struct error *);
/* True when the blank-separated list has the word. */
bool group_has_word(const char *list, const char *word);
/* SIGKILL to each process of one directory: 1 some, 0 none, -1 errno. */
int group_kill_each(int directory_fd);

#endif
