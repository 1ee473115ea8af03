/*
 * The empty directories that probes are given.  Most leave theirs as it was,
 * and then the next probe gets it: making and removing a thousand
 * directories costs more than all probes together (ext4 looks at every
 * inode that was freed in the last minute before it takes a new one).
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/tree.h"
#include "survey/probe/runner.h"
#include "survey/probe/workdir.h"

bool
workdirs_open(struct workdirs *w, const char *scratch)
{
	memset(w, 0, sizeof(*w));
	w->scratch =
	    open(scratch, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return (w->scratch >= 0);
}

static void
name_of(const struct workdir *d, char *name, size_t size)
{
	(void)snprintf(name, size, "%u", d->number);
}

bool
workdir_take(struct workdirs *w, struct workdir *d)
{
	char name[WORKDIR_NAME];

	if (w->nfree > 0) {
		*d = w->free[--w->nfree];
		return (true);
	}
	d->number = w->made++;
	name_of(d, name, sizeof(name));
	return (mkdirat(w->scratch, name, 0755) == 0 &&
		fstatat(w->scratch, name, &d->st, AT_SYMLINK_NOFOLLOW) == 0);
}

/* It is still the directory that was made, and nothing is mounted on it. */
static bool
is_same(const struct stat *a, const struct stat *b)
{
	return (a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
		a->st_mode == b->st_mode && a->st_uid == b->st_uid &&
		a->st_gid == b->st_gid);
}

/* True when nothing but "." and ".." is in it. */
static bool
is_empty(int dirfd)
{
	struct dirent *e;
	bool empty = true;
	DIR *dir;
	int fd;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return (false);
	}
	while (empty && (e = readdir(dir)) != NULL)
		empty =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	(void)closedir(dir);
	return (empty);
}

/* Makes the directory as it was made, unless more of it has changed. */
static bool
make_fresh(const struct workdirs *w, const struct workdir *d)
{
	char name[WORKDIR_NAME];
	struct stat st;
	bool fresh;
	int fd;

	name_of(d, name, sizeof(name));
	fd = openat(
	    w->scratch, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (false);
	fresh = fstat(fd, &st) == 0 && is_same(&st, &d->st);
	if (fresh &&
	    (st.st_ctim.tv_sec != d->st.st_ctim.tv_sec ||
		st.st_ctim.tv_nsec != d->st.st_ctim.tv_nsec || !is_empty(fd)))
		fresh = host_directory_plain(fd) && tree_empty(fd, NULL);
	(void)close(fd);
	return (fresh);
}

void
workdir_give(struct workdirs *w, const struct workdir *d)
{
	/* Any other is the janitor's. */
	if (w->nfree < WORKDIRS_FREE && make_fresh(w, d))
		w->free[w->nfree++] = *d;
}
