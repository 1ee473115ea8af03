/*
 * Walking the tree with several threads.  Every name is opened relative to
 * its directory and never through a symbolic link, so that a tree which is
 * changed meanwhile cannot lead out of its roots.
 */
#include <sys/types.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "survey/scan/tree.h"

/* Files handed to a worker at a time. */
#define FILES_PER_TASK 16

/*
 * Appends `name` with bytes spelled \xNN that are not UTF-8 or would make a
 * terminal do something.
 */
static void
add_name(struct text *t, const char *name)
{
	size_t len = strlen(name), valid, plain;

	while (len > 0) {
		valid = text_utf8_valid(name, len);
		for (plain = 0; plain < valid; plain++) {
			if ((unsigned char)name[plain] < ' ' ||
			    name[plain] == 0x7f)
				break;
		}
		text_add_bytes(t, name, plain);
		name += plain;
		len -= plain;
		if (len > 0) {
			text_addf(t, "\\x%02x", (unsigned char)*name);
			name++;
			len--;
		}
	}
}

char *
path_printable(const char *path)
{
	struct text t = { 0 };

	add_name(&t, path);
	return (text_take(&t));
}

char *
node_path(const struct node *n)
{
	const struct node *parts[SCAN_DEPTH_MAX + 3];
	struct text t = { 0 };
	size_t i = 0;

	for (; n->in != NULL && i < SCAN_DEPTH_MAX + 3; n = n->in->self)
		parts[i++] = n;
	while (i-- > 0) {
		if (t.len > 0 && t.data[t.len - 1] != '/')
			text_add(&t, "/");
		add_name(&t, parts[i]->name);
	}
	return (text_take(&t));
}

static void
out_of_memory(struct walk *walk)
{
	pthread_mutex_lock(&walk->lock);
	walk->failed = true;
	pthread_mutex_unlock(&walk->lock);
}

static void
add_task(struct walk *walk, struct node *first, size_t count)
{
	struct task *t;

	t = malloc(sizeof(*t));
	if (t == NULL) {
		out_of_memory(walk);
		return;
	}
	t->first = first;
	t->count = count;
	atomic_fetch_add(&first->in->users, 1);
	pthread_mutex_lock(&walk->lock);
	t->next = walk->tasks;
	walk->tasks = t;
	pthread_cond_signal(&walk->more);
	pthread_mutex_unlock(&walk->lock);
}

static void
release(struct directory *d)
{
	if (atomic_fetch_sub(&d->users, 1) == 1 && d->stream != NULL) {
		closedir(d->stream);
		d->stream = NULL;
	}
}

/* A path is compared with / behind the names of directories. */
static int
by_path(const void *a, const void *b)
{
	const struct node *x = a, *y = b;
	const unsigned char *p, *q;

	p = (const unsigned char *)x->name;
	q = (const unsigned char *)y->name;
	while (*p != '\0' && *p == *q)
		p++, q++;
	return ((*p != '\0'		? *p
		    : x->type == DT_DIR ? '/'
					: 0) -
		(*q != '\0'		? *q
		    : y->type == DT_DIR ? '/'
					: 0));
}

static bool
is_version_control(const char *name)
{
	return (*name == '.' &&
		(strcmp(name, ".git") == 0 || strcmp(name, ".hg") == 0 ||
		    strcmp(name, ".svn") == 0 || strcmp(name, ".bzr") == 0));
}

/* The type of an entry whose file system does not say. */
static uint8_t
type_of(const struct directory *d, const char *name)
{
	struct stat st;

	if (fstatat(dirfd(d->stream), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (DT_REG); /* opening it says why */
	if (S_ISREG(st.st_mode))
		return (DT_REG);
	if (S_ISDIR(st.st_mode))
		return (DT_DIR);
	return (S_ISLNK(st.st_mode) ? DT_LNK : DT_UNKNOWN);
}

/* Adds one entry if it is of interest; false without memory. */
static bool
add_entry(struct directory *d, const struct dirent *e, struct text *names,
    size_t *size)
{
	enum language language = LANGUAGE_NONE;
	struct node *entries;
	uint8_t type = e->d_type;

	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return (true);
	if (type == DT_UNKNOWN)
		type = type_of(d, e->d_name);
	else if (type != DT_DIR && type != DT_REG && type != DT_LNK)
		type = DT_UNKNOWN; /* a FIFO, a device: never opened */
	if (type != DT_DIR)
		language = language_of_name(e->d_name);
	if (type == DT_DIR
		? is_version_control(e->d_name)
		: type != DT_LNK &&
		      (language == LANGUAGE_NONE ||
			  (type != DT_REG && language == LANGUAGE_UNKNOWN)))
		return (true);
	if (d->nentries == *size) {
		*size = *size == 0 ? 32 : 2 * *size;
		entries = realloc(d->entries, *size * sizeof(*entries));
		if (entries == NULL)
			return (false);
		d->entries = entries;
	}
	memset(&d->entries[d->nentries], 0, sizeof(*d->entries));
	d->entries[d->nentries].type = type;
	d->entries[d->nentries].language = (uint8_t)language;
	d->entries[d->nentries].in = d;
	d->nentries++;
	text_add_bytes(names, e->d_name, strlen(e->d_name) + 1);
	return (!names->failed);
}

/* Reads the names of a directory, sorted; false with a problem noted. */
static bool
read_names(struct worker *w, struct directory *d)
{
	struct text names = { 0 };
	const struct dirent *e;
	size_t size = 0, i;
	const char *name;

	for (;;) {
		errno = 0;
		e = readdir(d->stream);
		if (e == NULL)
			break;
		if (!add_entry(d, e, &names, &size)) {
			text_clear(&names);
			d->nentries = 0;
			out_of_memory(w->walk);
			return (false);
		}
	}
	if (errno != 0)
		sink_problem(&w->sink, "%s", strerror(errno));
	d->names = names.data;
	name = d->names;
	for (i = 0; name != NULL && i < d->nentries; i++) {
		d->entries[i].name = name;
		name += strlen(name) + 1;
	}
	if (d->nentries > 0)
		qsort(d->entries, d->nentries, sizeof(*d->entries), by_path);
	return (true);
}

/* True when the real path is in one of the roots, and so scanned anyway. */
static bool
in_roots(const struct walk *walk, const char *real)
{
	size_t i, len;

	for (i = 0; i < walk->nreal; i++) {
		len = strlen(walk->real[i]);
		if (strncmp(walk->real[i], real, len) == 0 &&
		    (real[len] == '\0' || real[len] == '/' || len == 1))
			return (true);
	}
	return (false);
}

/* True when the directory is one that the entries of `d` are below of. */
static bool
is_above(const struct directory *d, const struct stat *st)
{
	for (; d != NULL; d = d->self->in) {
		if (d->device == (uint64_t)st->st_dev &&
		    d->inode == (uint64_t)st->st_ino)
			return (true);
	}
	return (false);
}

/* A symbolic link is never followed; one that hides source is reported. */
static void
symbolic_link(struct worker *w, struct node *n)
{
	char *path, *real;
	struct stat st;

	sink_begin(&w->sink, w->buffer, n);
	if (fstatat(dirfd(n->in->stream), n->name, &st, 0) != 0) {
		if (errno == ELOOP)
			sink_problem(&w->sink, "symbolic link loop");
		else if (n->language > LANGUAGE_UNKNOWN)
			sink_problem(
			    &w->sink, "symbolic link: %s", strerror(errno));
		return;
	}
	if (S_ISDIR(st.st_mode) && is_above(n->in, &st)) {
		sink_problem(&w->sink, "symbolic link loop: leads to a "
				       "directory that it is in");
		return;
	}
	if (!S_ISDIR(st.st_mode) && n->language <= LANGUAGE_UNKNOWN)
		return;
	path = node_path(n);
	real = path == NULL ? NULL : realpath(path, NULL);
	if (real != NULL && !in_roots(w->walk, real))
		sink_problem(&w->sink, "symbolic link out of the tree, "
				       "not followed");
	free(real);
	free(path);
}

/* Opens the directory that `n` is; NULL with a problem noted. */
static struct directory *
open_directory(struct worker *w, struct node *n)
{
	struct directory *d;
	struct stat st;
	int at, fd;

	if (n->in->depth > SCAN_DEPTH_MAX) {
		sink_problem(
		    &w->sink, "deeper than %d directories", SCAN_DEPTH_MAX);
		return (NULL);
	}
	at = n->in->stream == NULL ? AT_FDCWD : dirfd(n->in->stream);
	fd = openat(at, n->name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC |
		(n->in->stream == NULL ? 0 : O_NOFOLLOW));
	if (fd < 0 || fstat(fd, &st) != 0) {
		sink_problem(&w->sink, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return (NULL);
	}
	d = calloc(1, sizeof(*d));
	if (d != NULL)
		d->stream = fdopendir(fd);
	if (d == NULL || d->stream == NULL) {
		close(fd);
		free(d);
		out_of_memory(w->walk);
		return (NULL);
	}
	d->self = n;
	d->depth = n->in->depth + 1;
	d->device = (uint64_t)st.st_dev;
	d->inode = (uint64_t)st.st_ino;
	atomic_store(&d->users, 1);
	return (d);
}

/*
 * Gives out the entries of `d`: its directories last, and so taken first
 * (the tasks are a stack), which keeps few directories open.
 */
static void
give_out(struct worker *w, struct directory *d)
{
	struct node *n, *first = NULL;
	size_t i, count = 0;

	for (i = 0; i < d->nentries; i++) {
		n = &d->entries[i];
		if (n->type == DT_LNK && d->stream != NULL) {
			symbolic_link(w, n);
		} else if (n->type == DT_UNKNOWN) {
			sink_begin(&w->sink, w->buffer, n);
			sink_problem(&w->sink, "not a regular file");
		}
		if (n->type == DT_REG && count++ == 0)
			first = n;
		if (count > 0 &&
		    (n->type != DT_REG || count == FILES_PER_TASK)) {
			add_task(w->walk, first, count);
			count = 0;
		}
	}
	if (count > 0)
		add_task(w->walk, first, count);
	for (i = d->nentries; i-- > 0;) {
		if (d->entries[i].type == DT_DIR)
			add_task(w->walk, &d->entries[i], 1);
	}
}

static void
do_directory(struct worker *w, struct node *n)
{
	struct directory *d;

	sink_begin(&w->sink, w->buffer, n);
	d = open_directory(w, n);
	if (d == NULL)
		return;
	n->directory = d;
	if (read_names(w, d))
		give_out(w, d);
	release(d);
}

static void
do_task(struct worker *w, struct task *t)
{
	struct directory *in = t->first->in;
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->first[i].type == DT_DIR)
			do_directory(w, &t->first[i]);
		else
			file_scan(w, &t->first[i]);
	}
	release(in);
	free(t);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct walk *walk = w->walk;
	struct task *t;

	pthread_mutex_lock(&walk->lock);
	for (;;) {
		while (walk->tasks == NULL && walk->busy > 0)
			pthread_cond_wait(&walk->more, &walk->lock);
		t = walk->tasks;
		if (t == NULL)
			break;
		walk->tasks = t->next;
		walk->busy++;
		pthread_mutex_unlock(&walk->lock);
		do_task(w, t);
		pthread_mutex_lock(&walk->lock);
		walk->busy--;
	}
	pthread_cond_broadcast(&walk->more);
	pthread_mutex_unlock(&walk->lock);
	return (NULL);
}

bool
walk_run(struct walk *walk)
{
	unsigned i, started = 1;

	/* Never 0 again, so that AT_FDCWD stands for the roots' directory. */
	atomic_store(&walk->roots.users, 1);
	give_out(&walk->workers[0], &walk->roots);
	for (i = 1; i < walk->nworkers; i++, started++) {
		/* Fewer threads are slower, and do the same. */
		if (pthread_create(&walk->workers[i].thread, NULL, work,
			&walk->workers[i]) != 0)
			break;
	}
	work(&walk->workers[0]);
	for (i = 1; i < started; i++)
		pthread_join(walk->workers[i].thread, NULL);
	for (i = 0; i < walk->nworkers; i++)
		walk->failed |= walk->workers[i].sink.failed;
	return (!walk->failed);
}
