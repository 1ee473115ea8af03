/* Bytes that a tree takes on its disk. */
#include <errno.h>
#include <fcntl.h>
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

/* Takes `fd` over; *whole: nothing was lost. */
static int64_t
usage_below(int fd, struct output_links *links, bool *whole)
{
	struct walk_item item;
	struct walk *w;
	struct error e;
	struct stat st;
	enum walk_event event;
	int64_t sum = 0;

	w = walk_create(fd, false, "", &e);
	if (w == NULL)
		return (-1);
	if (fstat(walk_top(w), &st) == 0)
		sum = count(links, &st);
	while ((event = walk_next(w, &item, &e)) != WALK_END &&
	       event != WALK_FAILED) {
		if (event != WALK_ENTRY ||
		    fstatat(item.fd, item.name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		sum += count(links, &st);
		if (S_ISDIR(st.st_mode))
			(void)walk_enter(w, &e);
	}
	*whole = event == WALK_END;
	walk_destroy(w);
	return (sum);
}

int64_t
output_disk_usage(int directory_fd)
{
	struct output_links *links;
	int64_t most = -1, sum;
	bool whole = false;
	int fd, pass;

	for (pass = 0; pass < USAGE_PASSES && !whole; pass++) {
		fd = openat(
		    directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return (most);
		links = output_links_create();
		if (links == NULL) {
			(void)close(fd);
			return (most);
		}
		sum = usage_below(fd, links, &whole);
		output_links_destroy(links);
		if (sum > most)
			most = sum;
	}
	return (most);
}
