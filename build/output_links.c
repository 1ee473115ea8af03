/*
 * Inodes with several names.  Which of them have a name that was not seen is
 * only known after the last output; so they are counted while outputs are
 * collected and changed, or replaced by a copy, at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tree.h"
#include "build/output_private.h"

enum { COPY_NAME = 40 };

struct output_links *
output_links_create(void)
{
	struct output_links *l;

	l = calloc(1, sizeof(*l));
	if (l != NULL)
		l->copies_fd = -1;
	return (l);
}

/* As output_links_create left it: the inodes may become others now. */
static void
forget(struct output_links *l)
{
	while (l->ntops > 0)
		free(l->tops[--l->ntops].name);
	free(l->table);
	l->table = NULL;
	l->n = 0;
	l->size = 0;
}

void
output_links_destroy(struct output_links *l)
{
	if (l == NULL)
		return;
	forget(l);
	if (l->copies_fd >= 0)
		(void)close(l->copies_fd);
	free(l->tops);
	free(l);
}

/* The inode's place in a table that is never full. */
static struct output_inode *
place_of(struct output_inode *table, size_t size, dev_t dev, ino_t ino)
{
	uint64_t hash;
	size_t i;

	hash = ((uint64_t)ino + (uint64_t)dev * 31) * 0x9e3779b97f4a7c15u;
	for (i = (size_t)(hash >> 20) & (size - 1);
	     table[i].ino != 0 && (table[i].ino != ino || table[i].dev != dev);
	     i = (i + 1) & (size - 1))
		;
	return (&table[i]);
}

static bool
grow(struct output_links *l)
{
	struct output_inode *table;
	size_t i, size;

	if (l->n < l->size / 2)
		return (true);
	size = l->size == 0 ? 64 : l->size * 2;
	table = calloc(size, sizeof(*table));
	if (table == NULL)
		return (false);
	for (i = 0; i < l->size; i++) {
		if (l->table[i].ino != 0)
			*place_of(table, size, l->table[i].dev,
			    l->table[i].ino) = l->table[i];
	}
	free(l->table);
	l->table = table;
	l->size = size;
	return (true);
}

struct output_inode *
output_links_find(struct output_links *l, const struct stat *st)
{
	struct output_inode *inode;

	if (l->size == 0)
		return (NULL);
	inode = place_of(l->table, l->size, st->st_dev, st->st_ino);
	return (inode->ino == 0 ? NULL : inode);
}

struct output_inode *
output_links_add(struct output_links *l, const struct stat *st)
{
	struct output_inode *inode;

	if (!grow(l))
		return (NULL);
	inode = place_of(l->table, l->size, st->st_dev, st->st_ino);
	if (inode->ino == 0) {
		l->n++;
		inode->dev = st->st_dev;
		inode->ino = st->st_ino;
		inode->all = st->st_nlink;
		inode->copy = -1;
	}
	return (inode);
}

bool
output_links_add_top(
    struct output_links *l, const char *name, const struct output_rules *rules)
{
	struct output_top *tops;

	tops = realloc(l->tops, (l->ntops + 1) * sizeof(*tops));
	if (tops == NULL)
		return (false);
	l->tops = tops;
	tops[l->ntops].rules = *rules;
	tops[l->ntops].name = strdup(name);
	if (tops[l->ntops].name == NULL)
		return (false);
	l->ntops++;
	return (true);
}

static void
copy_name(int64_t number, char name[COPY_NAME])
{
	(void)snprintf(name, COPY_NAME, "%lld", (long long)number);
}

/* Unlinks in a directory that may be 0555 and ours. */
static bool
remove_name(int fd, const char *name)
{
	if (unlinkat(fd, name, 0) == 0)
		return (true);
	if (errno != EACCES || fchmod(fd, 0755) != 0)
		return (false);
	return (unlinkat(fd, name, 0) == 0);
}

/* Makes the directory of the copies, under a name that nothing has. */
static bool
open_copies(struct output_links *l, int stage_fd)
{
	unsigned i;

	if (l->copies_fd >= 0)
		return (true);
	for (i = 0;; i++) {
		(void)snprintf(l->copies_name, sizeof(l->copies_name),
		    ".isthmus-copies-%u", i);
		if (mkdirat(stage_fd, l->copies_name, 0700) == 0)
			break;
		if (errno != EEXIST)
			return (false);
	}
	l->copies_fd = openat(stage_fd, l->copies_name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return (l->copies_fd >= 0);
}

static bool
make_copy(struct output_links *l, struct output_inode *inode, int stage_fd,
    int from_fd, const char *from, const struct stat *st,
    const struct output_rules *rules, struct error *e)
{
	char name[COPY_NAME];

	if (!open_copies(l, stage_fd))
		return (fail(e, errno, "make directory of copies", "", NULL));
	copy_name(l->copies, name);
	if (!output_copy_file(from_fd, from, st, l->copies_fd, name, rules, e))
		return (false);
	inode->copy = l->copies++;
	return (true);
}

bool
output_links_place(struct output_links *l, int stage_fd, int from_fd,
    const char *from, const struct stat *st, int to_fd, const char *to,
    const struct output_rules *rules, struct error *e)
{
	struct output_inode *inode;
	char name[COPY_NAME];
	bool again;

	inode = output_links_add(l, st);
	if (inode == NULL)
		return (fail(e, ENOMEM, "note hard link", "", NULL));
	for (again = false;; again = true) {
		if ((inode->copy < 0 || again) &&
		    !make_copy(l, inode, stage_fd, from_fd, from, st, rules, e))
			return (false);
		if (from_fd == to_fd && !remove_name(to_fd, to))
			return (fail(e, errno, "replace hard link", "", NULL));
		copy_name(inode->copy, name);
		if (linkat(l->copies_fd, name, to_fd, to, 0) == 0)
			return (true);
		/* One name more than there: the one in the copies. */
		if (errno != EMLINK || again || from_fd == to_fd)
			return (fail(e, errno, "make hard link", "", NULL));
	}
}

bool
output_links_sweep(struct output_links *l, int stage_fd, struct error *e)
{
	if (l->copies_fd < 0)
		return (true);
	(void)close(l->copies_fd);
	l->copies_fd = -1;
	l->copies = 0;
	return (tree_remove(stage_fd, l->copies_name, e));
}

/* One name, now that all names were counted. */
static bool
settle_name(struct output_links *l, int stage_fd, int fd, const char *name,
    const struct stat *st, const struct output_rules *rules, struct error *e)
{
	struct output_inode *inode;

	inode = output_links_find(l, st);
	if (inode == NULL || inode->done)
		return (true);
	if (inode->copy < 0 && inode->seen == inode->all &&
	    inode->all == st->st_nlink) {
		inode->done = true;
		return (output_apply_name(fd, name, st, rules, e));
	}
	if (S_ISLNK(st->st_mode))
		return (output_copy_link(fd, name, fd, name, rules, e));
	if (S_ISREG(st->st_mode))
		return (output_links_place(
		    l, stage_fd, fd, name, st, fd, name, rules, e));
	return (true); /* in a kept tree: let it be */
}

static bool
settle_directory(int fd, const struct output_rules *rules, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (fail(e, errno, "read output", "", NULL));
	if (rules->keep)
		return (true);
	return (output_apply_fd(fd, &st, st.st_mode, rules, e));
}

static bool
settle_entry(struct output_links *l, int stage_fd, struct walk *w,
    const struct walk_item *item, const struct output_rules *rules,
    struct error *e)
{
	struct stat st;

	if (fstatat(item->fd, item->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (walk_fail(w, e, errno, "read output", NULL));
	if (S_ISDIR(st.st_mode))
		return (walk_enter(w, e));
	if (st.st_nlink == 1 && output_links_find(l, &st) == NULL)
		return (true);
	if (settle_name(l, stage_fd, item->fd, item->name, &st, rules, e))
		return (true);
	return (output_fail_at(w, NULL, e));
}

/* Takes `fd` over. */
static bool
settle_below(struct output_links *l, int stage_fd, int fd, const char *name,
    const struct output_rules *rules, struct error *e)
{
	struct walk_item item;
	struct walk *w;
	bool done = true, end = false;

	w = walk_create(fd, false, name, e);
	if (w == NULL)
		return (false);
	while (done && !end) {
		switch (walk_next(w, &item, e)) {
		case WALK_ENTRY:
			done = settle_entry(l, stage_fd, w, &item, rules, e);
			break;
		case WALK_LEAVE:
			done = settle_directory(item.self, rules, e) ||
			       output_fail_at(w, NULL, e);
			break;
		case WALK_FAILED:
			done = false;
			break;
		case WALK_END:
			end = true;
			done = settle_directory(walk_top(w), rules, e) ||
			       output_fail_at(w, NULL, e);
			break;
		}
	}
	walk_destroy(w);
	return (done);
}

bool
output_links_settle_tree(struct output_links *l, int fd, const char *name,
    const struct output_rules *rules, struct error *e)
{
	bool done;
	int own;

	if (l->n == 0)
		return (true);
	own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		return (fail(e, errno, "read tree", name, NULL));
	done = settle_below(l, fd, own, name, rules, e);
	return (output_links_sweep(l, fd, done ? e : NULL) && done);
}

static bool
settle_top(struct output_links *l, int stage_fd, const struct output_top *top,
    struct error *e)
{
	struct stat st;
	int fd;

	if (fstatat(stage_fd, top->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "read output", top->name, NULL));
	if (!S_ISDIR(st.st_mode))
		return (settle_name(l, stage_fd, stage_fd, top->name, &st,
			    &top->rules, e) ||
			output_fail_at(NULL, top->name, e));
	fd = output_open_directory(stage_fd, top->name);
	if (fd < 0)
		return (fail(e, errno, "read output", top->name, NULL));
	return (settle_below(l, stage_fd, fd, top->name, &top->rules, e));
}

bool
output_links_settle(int stage_fd, struct output_links *l, struct error *e)
{
	bool done = true;
	size_t i;

	for (i = 0; done && l->n > 0 && i < l->ntops; i++)
		done = settle_top(l, stage_fd, &l->tops[i], e);
	done = output_links_sweep(l, stage_fd, done ? e : NULL) && done;
	forget(l);
	return (done);
}
