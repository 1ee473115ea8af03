/* How much a tree is: bytes on its disk, and whether it is but little. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "build/output_private.h"

/* While a builder moves directories about, a walk may lose its way. */
enum { USAGE_PASSES = 3 };

static int64_t
count(struct output_links *links, const struct stat *st)
{
	struct output_inode *inode;

	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1) {
		inode = output_links_add(links, st);
		if (inode == NULL || inode->done)
			return (0);
		inode->done = true;
	}
	return ((int64_t)st->st_blocks * 512);
}

/* What is not the tree's fault. */
static bool
lacks(int err)
{
	return (err == EMFILE || err == ENFILE || err == ENOMEM);
}

/* Takes `fd` over; *whole: nothing was lost.  *lacking: for want of that. */
static int64_t
usage_below(
    int fd, bool ours, struct output_links *links, bool *whole, int *lacking)
{
	struct walk_item item;
	struct walk *w;
	struct error e = { 0 };
	struct stat st;
	enum walk_event event;
	int64_t sum = 0;

	w = walk_create(fd, false, "", &e);
	if (w == NULL) {
		*lacking = ENOMEM;
		return (-1);
	}
	if (fstat(walk_top(w), &st) == 0)
		sum = count(links, &st);
	while ((event = walk_next(w, &item, &e)) != WALK_END &&
	       event != WALK_FAILED) {
		if (event != WALK_ENTRY ||
		    fstatat(item.fd, item.name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		sum += count(links, &st);
		if (S_ISDIR(st.st_mode) &&
		    !(ours ? output_enter(w, &item, &st, &e)
			   : walk_enter(w, &e)) &&
		    lacks(e.err))
			*lacking = e.err;
	}
	if (event == WALK_FAILED && lacks(e.err))
		*lacking = e.err;
	*whole = event == WALK_END;
	walk_destroy(w);
	return (sum);
}

int64_t
output_disk_usage(int directory_fd, bool ours)
{
	struct output_links *links;
	int64_t most = -1, sum;
	bool whole = false;
	int fd, pass, lacking = 0;

	for (pass = 0; pass < USAGE_PASSES && !whole && lacking == 0; pass++) {
		fd = openat(
		    directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == EACCES && ours &&
		    fchmod(directory_fd, 0700) == 0)
			fd = openat(directory_fd, ".",
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return (lacks(errno) ? -1 : most);
		links = output_links_create();
		if (links == NULL) {
			(void)close(fd);
			errno = ENOMEM;
			return (-1);
		}
		sum = usage_below(fd, ours, links, &whole, &lacking);
		output_links_destroy(links);
		if (sum > most)
			most = sum;
	}
	errno = lacking;
	return (lacking == 0 ? most : -1);
}

/* ---- little ---- */

enum { LITTLE_ENTRIES = 64, LITTLE_BYTES = 1024 * 1024, LITTLE_DEPTH = 8 };

struct budget {
	int entries, depth;
	int64_t bytes;
};

static bool budget_directory(struct budget *, int at, const char *name);

/*
 * Sizes and not only blocks: to hash or to copy a hole takes time too.  Of a
 * directory that lost its names, what it was large enough for is still read.
 */
static bool
budget_take(struct budget *b, const struct stat *st)
{
	b->bytes -= st->st_size;
	b->bytes -= (int64_t)st->st_blocks * 512;
	return (
	    b->entries-- > 0 && st->st_size <= LITTLE_BYTES && b->bytes >= 0);
}

static bool
budget_below(struct budget *b, DIR *dir)
{
	const struct dirent *d;
	struct stat st;

	errno = 0;
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) !=
			0 ||
		    !budget_take(b, &st))
			return (false);
		if (S_ISDIR(st.st_mode) &&
		    !budget_directory(b, dirfd(dir), d->d_name))
			return (false);
		errno = 0;
	}
	return (errno == 0);
}

static bool
budget_directory(struct budget *b, int at, const char *name)
{
	bool fits;
	DIR *dir;
	int fd;

	if (b->depth == 0)
		return (false);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return (false);
	}
	b->depth--;
	fits = budget_below(b, dir);
	b->depth++;
	(void)closedir(dir);
	return (fits);
}

bool
output_is_little(int directory_fd, const char *name)
{
	struct budget b = { LITTLE_ENTRIES, LITTLE_DEPTH, LITTLE_BYTES };
	struct stat st;

	if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (errno == ENOENT);
	return (
	    budget_take(&b, &st) && budget_directory(&b, directory_fd, name));
}
