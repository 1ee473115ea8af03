/*
 * Outputs: what a builder left, made canonical, checked, and put in place.
 * Everything here works below directory descriptors, with no link followed,
 * on trees that an enemy made; it runs in a process of its own (collect.c)
 * when nothing of the build lives any more.
 */
#ifndef ISTHMUS_BUILD_OUTPUT_H
#define ISTHMUS_BUILD_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "build/spec.h"

struct output_policy {
	uid_t builder_uid; /* the only owner accepted; (uid_t)-1: any */
	uid_t owner;	   /* becomes owner and group: 0, or the caller */
	gid_t group;
	bool fresh;	  /* copy to inodes that no builder ever held: for
		       fixed-output builds */
	size_t depth_max; /* deeper trees are refused; 0: 4096 */
};

/*
 * Moves `name` from the builder's store directory to the stage under the
 * same name (a copy when policy.fresh, or when a rename is not possible) and
 * makes it canonical there: mtime 1, directories and executables 0555, other
 * files 0444, owner, no set-id, no extended attribute, ACL or flag; symbolic
 * links as they are; hard links within the outputs kept as one inode set,
 * a file with links elsewhere (st_nlink larger than what was seen) copied.
 * Refused, with the path: missing, a device, socket or FIFO, another owner,
 * group- or world-writable where policy asks, names with '/'.  `links` keeps
 * the inodes seen, over all outputs of a build.
 */
struct output_links;
struct output_links *output_links_create(void);
void output_links_destroy(struct output_links *);
bool output_collect(int store_fd, int stage_fd, const char *name,
    const struct output_policy *, struct output_links *, struct error *);
/* After the last output_collect: copies what has links elsewhere. */
bool output_links_settle(int stage_fd, struct output_links *, struct error *);

/* fsync(2) of stage/NAME and of all below it. */
bool output_sync(int stage_fd, const char *name, struct error *);

/*
 * Renames a canonical output to where nothing must be; returns 0, or -1 with
 * errno (EEXIST).  Without root a directory can only be moved while its
 * owner may write to it: it may do so for that moment.
 */
int output_place(int from_fd, const char *from, int to_fd, const char *to);

/*
 * Digest of stage/NAME as lower-case hexadecimal: flat (a regular file,
 * not executable) or of its Nix archive.
 */
bool output_hash(int stage_fd, const char *name, const char *algorithm,
    enum spec_hash_mode, char hex[129], struct error *);
/*
 * A hash as specs write it (hexadecimal, Nix base 32, base 64, SRI
 * "sha256-...") as lower-case hexadecimal.
 */
bool output_hash_parse(
    const char *algorithm, const char *value, char hex[129], struct error *);

/*
 * Compares two canonical trees; calls `differs` with each path (relative,
 * "" the top) and why.  False only when they could not be read.
 */
bool output_compare(int a_fd, const char *a, int b_fd, const char *b,
    void (*differs)(void *context, const char *path, const char *why),
    void *context, struct error *);

/*
 * Gives a failed build's tree to the caller: moves directory `name` to
 * `to_fd`/`to_name` (0700, made new), changes the owner of what the builder
 * owned and of nothing else, strips set-id, follows no link.
 */
bool output_keep(int from_fd, const char *name, int to_fd, const char *to_name,
    uid_t builder_uid, uid_t owner, gid_t group, struct error *);

/*
 * Bytes allocated below the directory, hard links once; -1 and errno: it cannot
 * be read, or not all of it for want of descriptors or memory.  When nothing
 * lives that it is for (`ours`), directories of our own uid that are
 * closed are opened up; otherwise what is below them is not seen.
 */
int64_t output_disk_usage(int directory_fd, bool ours);
/*
 * True when the directory and all below it is so little that collecting and
 * removing it takes no time to speak of, and when there is none.  Looks no
 * further than that.
 */
bool output_is_little(int directory_fd, const char *name);

#endif
