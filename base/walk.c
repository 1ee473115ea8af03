/*
 * Walking an enemy's tree.  The levels are on the heap and only the deepest
 * are open; a directory's names are kept in one buffer, as pairs of a type
 * byte and a string.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/walk.h"

/* Directories of one walk that are open at the same time, besides the top. */
enum { DIRS_OPEN = 24 };

static bool
dirs_grow(struct dirs *d)
{
	struct dirs_level *levels;
	size_t size;

	if (d->n < d->size)
		return (true);
	size = d->size == 0 ? 16 : d->size * 2;
	levels = realloc(d->levels, size * sizeof(*levels));
	if (levels == NULL)
		return (false);
	d->levels = levels;
	d->size = size;
	return (true);
}

static void
level_close(struct dirs_level *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}

bool
dirs_push(struct dirs *d, int fd, const char *name)
{
	struct dirs_level *l;
	struct stat st;
	int err;

	if (fstat(fd, &st) != 0 || !dirs_grow(d)) {
		err = errno;
		(void)close(fd);
		errno = err;
		return (false);
	}
	l = &d->levels[d->n++];
	l->fd = fd;
	l->name = name;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	if (d->n > DIRS_OPEN + 1)
		level_close(&d->levels[d->n - 1 - DIRS_OPEN]);
	return (true);
}

/* Opens a level again by a name in `fd`; ESTALE: it is another now. */
static bool
level_open(struct dirs_level *l, int fd, const char *name)
{
	struct stat st;

	fd = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (false);
	if (fstat(fd, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino) {
		l->fd = fd;
		return (true);
	}
	(void)close(fd);
	errno = ESTALE;
	return (false);
}

/*
 * Opens level `k` from the nearest that is open above it.  Of those on the
 * way the last ones stay open, and some in growing distances, so that the
 * way back up a deep tree is not walked from its top each time.
 */
static bool
dirs_descend(struct dirs *d, size_t k)
{
	struct dirs_level *l = d->levels;
	size_t away, i, top;
	bool done;

	for (top = k; l[top].fd < 0; top--)
		;
	for (i = top + 1; i <= k; i++) {
		done = level_open(&l[i], l[i - 1].fd, l[i].name);
		away = k - (i - 1);
		if (i - 1 > top && away >= DIRS_OPEN &&
		    (away & (away - 1)) != 0)
			level_close(&l[i - 1]);
		if (!done)
			return (false);
	}
	return (true);
}

int
dirs_parent(struct dirs *d)
{
	struct dirs_level *l;

	l = &d->levels[d->n - 2];
	if (l->fd < 0 && !level_open(l, dirs_last(d), "..") &&
	    !dirs_descend(d, d->n - 2))
		return (-1);
	return (l->fd);
}

int
dirs_last(const struct dirs *d)
{
	return (d->levels[d->n - 1].fd);
}

void
dirs_pop(struct dirs *d)
{
	level_close(&d->levels[--d->n]);
}

void
dirs_clear(struct dirs *d)
{
	while (d->n > 0)
		dirs_pop(d);
	free(d->levels);
	memset(d, 0, sizeof(*d));
}

struct walk_list {
	char *names; /* type, string, type, string, ... */
	size_t len;
	size_t next;	  /* where the next entry begins */
	const char *name; /* the entry that was given last; NULL none */
};

struct walk {
	const char *top;
	bool sorted;
	bool leaving; /* the last item was a WALK_LEAVE */
	struct dirs dirs;
	struct walk_list *lists; /* one for each level of dirs */
	size_t size;
};

static int
compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return (strcmp(*x, *y));
}

/* Puts the strings of `t` in the order of their bytes, types along. */
static bool
sort_names(struct text *t)
{
	struct text sorted = { 0 };
	const char **names;
	size_t at, i, n;

	for (n = 0, at = 0; at < t->len; n++)
		at += strlen(t->data + at + 1) + 2;
	if (n < 2)
		return (true);
	names = malloc(n * sizeof(*names));
	if (names == NULL)
		return (false);
	for (i = 0, at = 0; i < n; i++) {
		names[i] = t->data + at + 1;
		at += strlen(names[i]) + 2;
	}
	qsort(names, n, sizeof(*names), compare_names);
	for (i = 0; i < n; i++)
		text_add_bytes(&sorted, names[i] - 1, strlen(names[i]) + 2);
	free(names);
	text_clear(t);
	*t = sorted;
	return (!t->failed);
}

/* Reads all names. */
static bool
list_read(struct walk_list *l, int fd, bool sorted)
{
	struct text t = { 0 };
	int err;

	memset(l, 0, sizeof(*l));
	err = walk_read_directory(fd, &t) ? 0 : errno;
	if (err == 0 && (t.failed || (sorted && !sort_names(&t))))
		err = ENOMEM;
	if (err != 0) {
		text_clear(&t);
		errno = err;
		return (false);
	}
	l->names = t.data;
	l->len = t.len;
	return (true);
}

void
walk_add_name(struct text *names, unsigned char type, const char *name)
{
	char c = (char)type;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	text_add_bytes(names, &c, 1);
	text_add_bytes(names, name, strlen(name) + 1);
}

/* Takes `fd` over. */
static bool
walk_push(struct walk *w, int fd, const char *name)
{
	struct walk_list *lists;
	size_t size;
	int err;

	if (!dirs_push(&w->dirs, fd, name))
		return (false);
	if (w->dirs.n > w->size) {
		size = w->dirs.size;
		lists = realloc(w->lists, size * sizeof(*lists));
		if (lists == NULL)
			goto fail;
		w->lists = lists;
		w->size = size;
	}
	if (list_read(&w->lists[w->dirs.n - 1], fd, w->sorted))
		return (true);
fail:
	err = errno;
	if (w->dirs.n > 1)
		(void)dirs_parent(&w->dirs);
	dirs_pop(&w->dirs);
	errno = err;
	return (false);
}

struct walk *
walk_create(int fd, bool sorted, const char *name, struct error *e)
{
	struct walk *w;

	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		(void)close(fd);
		fail(e, ENOMEM, "read directory", name, NULL);
		return (NULL);
	}
	w->top = name;
	w->sorted = sorted;
	if (!walk_push(w, fd, NULL)) {
		fail(e, errno, "read directory", name, NULL);
		walk_destroy(w);
		return (NULL);
	}
	return (w);
}

void
walk_destroy(struct walk *w)
{
	if (w == NULL)
		return;
	while (w->dirs.n > 0) {
		free(w->lists[w->dirs.n - 1].names);
		dirs_pop(&w->dirs);
	}
	dirs_clear(&w->dirs);
	free(w->lists);
	free(w);
}

int
walk_top(const struct walk *w)
{
	return (w->dirs.levels[0].fd);
}

enum walk_event
walk_next(struct walk *w, struct walk_item *item, struct error *e)
{
	struct walk_list *l;

	if (w->leaving) {
		free(w->lists[w->dirs.n - 1].names);
		dirs_pop(&w->dirs);
		w->leaving = false;
	}
	l = &w->lists[w->dirs.n - 1];
	if (l->next < l->len) {
		item->type = (unsigned char)l->names[l->next];
		l->name = l->names + l->next + 1;
		l->next += strlen(l->name) + 2;
		item->fd = dirs_last(&w->dirs);
		item->name = l->name;
		item->self = -1;
		item->depth = w->dirs.n - 1;
		return (WALK_ENTRY);
	}
	l->name = NULL;
	if (w->dirs.n == 1)
		return (WALK_END);
	w->leaving = true;
	item->fd = dirs_parent(&w->dirs);
	if (item->fd < 0) {
		walk_fail(w, e, errno, "read directory",
		    errno == ESTALE ? "it was moved meanwhile" : NULL);
		return (WALK_FAILED);
	}
	item->type = DT_DIR;
	item->name = w->lists[w->dirs.n - 2].name;
	item->self = dirs_last(&w->dirs);
	item->depth = w->dirs.n - 2;
	return (WALK_LEAVE);
}

bool
walk_enter(struct walk *w, struct error *e)
{
	const char *name;
	int err, fd;

	name = w->lists[w->dirs.n - 1].name;
	fd = walk_open_directory(
	    dirs_last(&w->dirs), name, w->dirs.levels[0].dev);
	if (fd >= 0 && walk_push(w, fd, name))
		return (true);
	err = errno;
	walk_fail(w, e, err, "read directory",
	    err == EXDEV ? "another file system is mounted there" : NULL);
	errno = err;
	return (false);
}

void
walk_path(const struct walk *w, struct text *path)
{
	size_t i;

	path->len = 0;
	for (i = 0; i < w->dirs.n && w->lists[i].name != NULL; i++) {
		if (i > 0)
			text_add(path, "/");
		text_add(path, w->lists[i].name);
	}
}

bool
walk_fail(const struct walk *w, struct error *e, int err, const char *step,
    const char *why)
{
	struct text path = { 0 }, below = { 0 };

	walk_path(w, &below);
	text_add(&path, w->top);
	if (below.len > 0) {
		if (path.len > 0)
			text_add(&path, "/");
		text_add(&path, text_string(&below));
	}
	if (path.data != NULL)
		text_make_printable(path.data);
	if (why == NULL)
		fail(e, err, step, text_string(&path), NULL);
	else
		fail(e, err, step, text_string(&path), "%s", why);
	text_clear(&path);
	text_clear(&below);
	return (false);
}
