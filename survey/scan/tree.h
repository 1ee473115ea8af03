/*
 * The tree being scanned and the threads that scan it.  A directory is read
 * by one thread, which sorts its entries and hands out its files; the order
 * of the result comes from the tree and not from who read what.
 */
#ifndef ISTHMUS_SURVEY_SCAN_TREE_H
#define ISTHMUS_SURVEY_SCAN_TREE_H

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/scan/sink.h"

/* Deepest directory below a root that is read. */
#define SCAN_DEPTH_MAX 256
/* Largest source that is read, bytes. */
#define SCAN_FILE_MAX (64 * 1024 * 1024)
/* Most threads. */
#define SCAN_JOBS_MAX 64

struct error;

enum language {
	LANGUAGE_NONE,	  /* nothing that is scanned */
	LANGUAGE_UNKNOWN, /* its first line must tell */
	LANGUAGE_C,
	LANGUAGE_CXX, /* or a header, which may be either */
	LANGUAGE_OBJC,
	LANGUAGE_SCHEME,
	LANGUAGE_SHELL
};

struct directory;

/* An entry of a directory. */
struct node {
	struct directory *in;	     /* NULL for the top */
	const char *name;	     /* a root's: its path as given */
	struct directory *directory; /* what it is, when one was read */
	size_t first;		     /* its sites in the sink of */
	size_t count;		     /* the worker that read it */
	size_t bytes;
	uint16_t worker;
	uint8_t type;	  /* DT_REG, DT_DIR, DT_LNK, DT_UNKNOWN */
	uint8_t language; /* of a file */
	bool read;	  /* as a source */
};

struct directory {
	struct node *self;
	DIR *stream;	   /* open while `users` is not 0 */
	atomic_uint users; /* tasks that still need it */
	unsigned depth;
	uint64_t device, inode;
	struct node *entries; /* sorted by path */
	size_t nentries;
	char *names; /* storage of the entries' names */
};

/* What a worker does next: read a directory, or some files of one. */
struct task {
	struct node *first;
	size_t count;
	struct task *next;
};

struct walk;

struct worker {
	struct walk *walk;
	struct sink sink;
	char *buffer; /* text being read, with room for the pad */
	size_t size;
	uint16_t number;
	pthread_t thread;
};

struct walk {
	pthread_mutex_t lock; /* of tasks, busy, failed */
	pthread_cond_t more;
	struct task *tasks;
	unsigned busy;	 /* workers with a task */
	bool failed;	 /* no memory */
	struct node top; /* holds the roots */
	struct directory roots;
	char **real; /* their real paths, for symbolic links */
	size_t nreal;
	struct worker *workers;
	unsigned nworkers;
};

/* Reads the whole tree with all workers; false without memory. */
bool walk_run(struct walk *);
/* A path with what is not printable UTF-8 spelled \xNN; free(3) it. */
char *path_printable(const char *path);
/* The path of a node, made printable; free(3) it.  NULL without memory. */
char *node_path(const struct node *);
/* The language of a file of that name. */
enum language language_of_name(const char *name);
/* Reads one file and gives it to the lexer of its language. */
void file_scan(struct worker *, struct node *);
/*
 * Joins what the workers have found.  NULL without memory.  The names and
 * interfaces come from `symbols`.
 */
struct isth_scan *index_create(struct walk *, const struct symbols *);

#endif
