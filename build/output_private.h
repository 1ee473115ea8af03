/*
 * What the files of output.h share: the rules by which an object is changed,
 * the table of inodes with several names, and copying.
 */
#ifndef ISTHMUS_BUILD_OUTPUT_PRIVATE_H
#define ISTHMUS_BUILD_OUTPUT_PRIVATE_H

#include <sys/stat.h>

#include "base/fail.h"
#include "base/walk.h"
#include "build/output.h"

/* Of a path in an error, when the policy has no other. */
#define OUTPUT_DEPTH_MAX 4096

struct output_rules {
	uid_t builder, owner; /* see struct output_policy */
	gid_t group;
	size_t depth_max;
	bool keep; /* a failed build's tree: permissions and times stay, and
		      so does what the builder does not own */
};

/* An inode with more than one name. */
struct output_inode {
	dev_t dev;
	ino_t ino;   /* 0: a free place of the table */
	nlink_t all; /* names that it has */
	nlink_t seen;
	int64_t copy; /* number of the copy in the stage; -1: none */
	bool done;    /* the inode itself is canonical */
};

struct output_top {
	char *name;
	struct output_rules rules;
};

struct output_links {
	struct output_inode *table;
	size_t n, size;
	int copies_fd; /* directory in the stage; -1: not made */
	char copies_name[32];
	int64_t copies;		 /* files in it, named 0, 1, ... */
	struct output_top *tops; /* what was made canonical in place */
	size_t ntops;
};

/* output_links.c */
/* The inode's entry, made when missing; NULL: no memory. */
struct output_inode *output_links_add(
    struct output_links *, const struct stat *);
/* NULL: not in the table. */
struct output_inode *output_links_find(
    struct output_links *, const struct stat *);
bool output_links_add_top(
    struct output_links *, const char *name, const struct output_rules *);
/*
 * Puts a copy of the file (or of the link) at to_fd/to; inodes of several
 * names are copied once and linked.  to_fd may be from_fd, and `to` `from`:
 * the name is then replaced.
 */
bool output_links_place(struct output_links *, int stage_fd, int from_fd,
    const char *from, const struct stat *, int to_fd, const char *to,
    const struct output_rules *, struct error *);
/* output_links_settle for a kept tree, which is a stage of its own. */
bool output_links_settle_tree(struct output_links *, int fd, const char *name,
    const struct output_rules *, struct error *);
/* Removes the directory of copies from the stage. */
bool output_links_sweep(struct output_links *, int stage_fd, struct error *);

/*
 * output_apply.c.  Errors of functions that know no path have an empty one,
 * which output_fail_at fills in; `w` may be NULL: it is `top` itself.
 */
bool output_fail_at(const struct walk *w, const char *top, struct error *);
/* Opens what fstatat said is a regular file, and checks that it still is. */
int output_open_file(int fd, const char *name, const struct stat *);
/* Opens a directory of the builder's, of whatever mode. */
int output_open_directory(int fd, const char *name);
/* The same for walk_enter. */
bool output_enter(struct walk *, const struct walk_item *, const struct stat *,
    struct error *);
/* Is it something that may be in an output? */
bool output_check(
    const struct stat *, const struct output_rules *, struct error *);
/* Owner, mode, time, attributes of an open file or directory. */
bool output_apply_fd(int fd, const struct stat *now, mode_t was,
    const struct output_rules *, struct error *);
/* The same by name for a file, a link; nothing is known to share it. */
bool output_apply_name(int fd, const char *name, const struct stat *,
    const struct output_rules *, struct error *);
/*
 * Makes the tree canonical where it is; inodes of several names are only
 * counted.
 */
bool output_apply_tree(int fd, const char *name, const struct stat *,
    const struct output_rules *, struct output_links *, struct error *);
/*
 * The same for an open directory, taken over; the directory itself is left
 * to the caller when it is kept.
 */
bool output_apply_below(int fd, const char *name, const struct output_rules *,
    struct output_links *, struct error *);

/* output_copy.c */
bool output_copy_file(int from_fd, const char *from, const struct stat *,
    int to_fd, const char *to, const struct output_rules *, struct error *);
/* Replaces the link when `to` is `from`. */
bool output_copy_link(int from_fd, const char *from, int to_fd, const char *to,
    const struct output_rules *, struct error *);
/*
 * Copies what is below the directory from_fd/name into the directory to_fd
 * (both stay open, and the caller's), or a file to to_fd/name.
 */
bool output_copy_tree(int from_fd, const char *name, int to_fd, int stage_fd,
    const struct output_rules *, struct output_links *, struct error *);
/*
 * The next stretch of data at or behind `at` in a file of `size` bytes;
 * *end - *start is 0 when only a hole follows.
 */
bool output_next_data(
    int fd, const struct stat *, off_t at, off_t *start, off_t *end);

#endif
