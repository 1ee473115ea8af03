/*
 * Walking a directory tree that an enemy made: by descriptors, never through
 * a link or into another file system, with the stack and the descriptors
 * bounded at any depth.  A directory is listed whole when it is entered, so
 * the caller may remove, replace and add names in it meanwhile.
 */
#ifndef ISTHMUS_BASE_WALK_H
#define ISTHMUS_BASE_WALK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct error;
struct walk;

enum walk_event {
	WALK_END,   /* all was seen */
	WALK_ENTRY, /* a name; a directory may be entered with walk_enter */
	WALK_LEAVE, /* an entered directory, all below it was seen */
	WALK_FAILED /* the walk cannot go on: error */
};

struct walk_item {
	int fd;		    /* the directory that has it */
	const char *name;   /* borrowed until the directory is left */
	int self;	    /* WALK_LEAVE: the directory itself */
	unsigned char type; /* DT_DIR, ..., DT_UNKNOWN */
	size_t depth;	    /* of the directory that has it; the top: 0 */
};

/*
 * Walks below the directory `fd`, opened and not read yet, which it takes over
 * also when it fails.
 * Entries come in the order of their bytes when `sorted`.  `name` (borrowed)
 * stands for the top in paths.
 */
struct walk *walk_create(int fd, bool sorted, const char *name, struct error *);
void walk_destroy(struct walk *);
enum walk_event walk_next(struct walk *, struct walk_item *, struct error *);
/*
 * Enters the directory that was the last entry: what is in it comes next.
 * False with errno kept when it cannot be opened or is on another file
 * system (EXDEV); the walk then goes on behind it.
 */
bool walk_enter(struct walk *, struct error *);
/* Descriptor of the top, open until walk_destroy. */
int walk_top(const struct walk *);
/* Replaces `path` by that of the last item below the top, as it is. */
void walk_path(const struct walk *, struct text *path);
/* fail() with the printable path of the last item, the top's name first. */
bool walk_fail(const struct walk *, struct error *, int err, const char *step,
    const char *why);

/*
 * A stack of directories, the top one open: all that is needed to follow a
 * walk in a second tree.  Those far up are closed, and opened again through
 * ".." or, where that is not allowed (capability mode), from further up; it
 * must be the directory that it was.
 */
struct dirs_level {
	int fd;		  /* -1: closed for now */
	const char *name; /* in the level before; borrowed */
	dev_t dev;
	ino_t ino;
};
struct dirs {
	struct dirs_level *levels;
	size_t n, size;
};
/* Takes `fd` over, also when it fails; borrows `name` until it is popped. */
bool dirs_push(struct dirs *, int fd, const char *name);
/* Opens the directory below the last again where needed; -1 with errno. */
int dirs_parent(struct dirs *);
/* The last one; the dirs are not empty. */
int dirs_last(const struct dirs *);
/* Closes the last one, which dirs_parent was called for. */
void dirs_pop(struct dirs *);
void dirs_clear(struct dirs *);

/* A pair of a type byte and a string; not "." and "..". */
void walk_add_name(struct text *names, unsigned char type, const char *name);

/* host/SYSTEM/walk.c */
/*
 * walk_add_name for all that is in a directory that was opened and not read
 * yet.  Apart because readdir(3) makes six calls where two do.
 */
bool walk_read_directory(int fd, struct text *names);
/* Opens for reading; EXDEV when it is not on `dev` or is a mount. */
int walk_open_directory(int directory_fd, const char *name, dev_t dev);
/*
 * Takes away the flags that forbid to change or remove `name`, when it is a
 * directory or a regular file.
 */
void walk_clear_flags(int directory_fd, const char *name);

#endif
