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

/* True when nothing but "." and ".." is in it. */
static bool
is_empty(int dirfd, const char *name)
{
	struct dirent *e;
	bool empty = true;
	DIR *dir;
	int fd;

	fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (false);
	dir = fdopendir(fd);
	if (dir == NULL) {
		(void)close(fd);
		return (false);
	}
	while (empty && (e = readdir(dir)) != NULL)
		empty =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	(void)closedir(dir);
	return (empty);
}

/* Nobody has made, removed, changed or mounted anything there. */
static bool
is_untouched(
    const struct workdirs *w, const struct workdir *d, const char *name)
{
	struct stat st;

	return (fstatat(w->scratch, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		st.st_dev == d->st.st_dev && st.st_ino == d->st.st_ino &&
		st.st_mode == d->st.st_mode && st.st_uid == d->st.st_uid &&
		st.st_gid == d->st.st_gid &&
		st.st_ctim.tv_sec == d->st.st_ctim.tv_sec &&
		st.st_ctim.tv_nsec == d->st.st_ctim.tv_nsec &&
		is_empty(w->scratch, name));
}

void
workdir_give(struct workdirs *w, const struct workdir *d)
{
	char name[WORKDIR_NAME];

	name_of(d, name, sizeof(name));
	if (w->nfree < WORKDIRS_FREE && is_untouched(w, d, name))
		w->free[w->nfree++] = *d;
	/* Any other is the janitor's. */
}
