/*
 * Making objects canonical: what is refused, and which owner, mode, time
 * and attributes everything else gets.  Nothing here touches an inode that
 * may have a name elsewhere (CVE-2021-27851): those are counted first, and
 * output_links_settle decides.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build/host.h"
#include "build/output_private.h"

bool
output_fail_at(const struct walk *w, const char *top, struct error *e)
{
	struct error at;

	if (w != NULL) {
		walk_fail(w, &at, 0, "", NULL);
	} else {
		fail(&at, 0, "", top, NULL);
		text_make_printable(at.path);
	}
	if (e != NULL)
		memcpy(e->path, at.path, sizeof(e->path));
	return (false);
}

int
output_open_file(int fd, const char *name, const struct stat *st)
{
	struct stat now;
	int file;

	file = openat(fd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0 && errno == EACCES && st->st_nlink == 1 &&
	    fchmodat(fd, name, 0600, AT_SYMLINK_NOFOLLOW) == 0)
		file = openat(fd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0)
		return (-1);
	if (fstat(file, &now) == 0 && now.st_dev == st->st_dev &&
	    now.st_ino == st->st_ino && now.st_nlink == st->st_nlink &&
	    S_ISREG(now.st_mode))
		return (file);
	(void)close(file);
	errno = ESTALE;
	return (-1);
}

/* Without permissions for us, a directory of ours is given some. */
static void
open_up(int fd, const char *name, const struct stat *st)
{
	if (S_ISDIR(st->st_mode) && (st->st_mode & 0500) != 0500 &&
	    st->st_uid == geteuid())
		(void)fchmodat(fd, name, 0700, AT_SYMLINK_NOFOLLOW);
}

int
output_open_directory(int fd, const char *name)
{
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (-1);
	open_up(fd, name, &st);
	return (walk_open_directory(fd, name, st.st_dev));
}

bool
output_enter(struct walk *w, const struct walk_item *item,
    const struct stat *st, struct error *e)
{
	open_up(item->fd, item->name, st);
	return (walk_enter(w, e));
}

static const char *
type_name(mode_t mode)
{
	if (S_ISFIFO(mode))
		return ("a FIFO");
	if (S_ISSOCK(mode))
		return ("a socket");
	if (S_ISBLK(mode) || S_ISCHR(mode))
		return ("a device");
	return ("an object of unknown type");
}

bool
output_check(
    const struct stat *st, const struct output_rules *rules, struct error *e)
{
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) &&
	    !S_ISLNK(st->st_mode))
		return (fail(e, EINVAL, "check output", "",
		    "%s cannot be part of an output", type_name(st->st_mode)));
	if (rules->builder != (uid_t)-1 && st->st_uid != rules->builder)
		return (fail(e, EPERM, "check output", "",
		    "its owner is uid %lu and not the build's, %lu",
		    (unsigned long)st->st_uid, (unsigned long)rules->builder));
	return (true);
}

static mode_t
canonical_mode(mode_t was, const struct output_rules *rules)
{
	if (rules->keep)
		return ((was & 0777) | (S_ISDIR(was) ? 0700 : 0));
	/* Who may execute it is asked of its owner alone, as Nix does. */
	return (S_ISDIR(was) || (was & 0100) != 0 ? 0555 : 0444);
}

static void
canonical_times(struct timespec times[2])
{
	memset(times, 0, 2 * sizeof(times[0]));
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = 1;
}

static bool
has_canonical_time(const struct stat *st)
{
	return (st->st_mtim.tv_sec == 1 && st->st_mtim.tv_nsec == 0);
}

bool
output_apply_fd(int fd, const struct stat *now, mode_t was,
    const struct output_rules *rules, struct error *e)
{
	struct timespec times[2];
	mode_t mode;
	bool had;

	/* Flags may forbid the rest; an ACL gives the mode a meaning. */
	if (!host_clear_attributes(fd, NULL, &had, e))
		return (false);
	/* Before the owner changes: never a set-id file of the new one. */
	mode = canonical_mode(was, rules);
	if ((had || (now->st_mode & 07777) != mode) && fchmod(fd, mode) != 0)
		return (fail(e, errno, "set mode", "", NULL));
	if ((now->st_uid != rules->owner || now->st_gid != rules->group) &&
	    fchown(fd, rules->owner, rules->group) != 0)
		return (fail(e, errno, "set owner", "", NULL));
	if (rules->keep || (!had && has_canonical_time(now)))
		return (true);
	canonical_times(times);
	if (futimens(fd, times) != 0)
		return (fail(e, errno, "set time", "", NULL));
	return (true);
}

static bool
apply_link(int fd, const char *name, const struct stat *st,
    const struct output_rules *rules, struct error *e)
{
	struct timespec times[2];
	bool had;

	if (!host_clear_attributes(fd, name, &had, e))
		return (false);
	if ((st->st_uid != rules->owner || st->st_gid != rules->group) &&
	    fchownat(
		fd, name, rules->owner, rules->group, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "set owner", "", NULL));
	if (rules->keep)
		return (true);
	canonical_times(times);
	if (utimensat(fd, name, times, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "set time", "", NULL));
	return (true);
}

bool
output_apply_name(int fd, const char *name, const struct stat *st,
    const struct output_rules *rules, struct error *e)
{
	bool done;
	int file;

	if (!S_ISREG(st->st_mode)) /* in a kept tree FIFOs, too: by name */
		return (apply_link(fd, name, st, rules, e));
	file = output_open_file(fd, name, st);
	if (file < 0)
		return (fail(e, errno, "open file", "", NULL));
	done = output_apply_fd(file, st, st->st_mode, rules, e);
	(void)close(file);
	return (done);
}

static bool
apply_directory(int fd, const struct output_rules *rules, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (fail(e, errno, "read directory", "", NULL));
	if (rules->keep && st.st_uid != rules->builder &&
	    rules->builder != (uid_t)-1)
		return (true);
	return (output_apply_fd(fd, &st, st.st_mode, rules, e));
}

/* One name that is not a directory. */
static bool
apply_object(int fd, const char *name, const struct stat *st,
    const struct output_rules *rules, struct output_links *links,
    struct error *e)
{
	struct output_inode *inode;

	if (st->st_nlink == 1)
		return (output_apply_name(fd, name, st, rules, e));
	inode = output_links_add(links, st);
	if (inode == NULL)
		return (fail(e, ENOMEM, "note hard link", "", NULL));
	inode->seen++;
	return (true);
}

static bool
apply_entry(struct walk *w, const struct walk_item *item,
    const struct output_rules *rules, struct output_links *links,
    struct error *e)
{
	struct stat st;

	if (fstatat(item->fd, item->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (walk_fail(w, e, errno, "read output", NULL));
	if (rules->keep && rules->builder != (uid_t)-1 &&
	    st.st_uid != rules->builder && !S_ISDIR(st.st_mode))
		return (true);
	if (!rules->keep && !output_check(&st, rules, e))
		return (output_fail_at(w, NULL, e));
	if (!S_ISDIR(st.st_mode)) {
		if (apply_object(item->fd, item->name, &st, rules, links, e))
			return (true);
		return (output_fail_at(w, NULL, e));
	}
	if (item->depth < rules->depth_max)
		return (output_enter(w, item, &st, e));
	walk_fail(w, e, ENAMETOOLONG, "check output", NULL);
	(void)snprintf(e->why, sizeof(e->why),
	    "directories are nested deeper than %zu", rules->depth_max);
	return (false);
}

bool
output_apply_below(int fd, const char *name, const struct output_rules *rules,
    struct output_links *links, struct error *e)
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
			done = apply_entry(w, &item, rules, links, e);
			break;
		case WALK_LEAVE:
			done = apply_directory(item.self, rules, e) ||
			       output_fail_at(w, NULL, e);
			break;
		case WALK_FAILED:
			done = false;
			break;
		case WALK_END:
			end = true;
			done = rules->keep ||
			       apply_directory(walk_top(w), rules, e) ||
			       output_fail_at(w, NULL, e);
			break;
		}
	}
	walk_destroy(w);
	return (done);
}

bool
output_apply_tree(int fd, const char *name, const struct stat *st,
    const struct output_rules *rules, struct output_links *links,
    struct error *e)
{
	int dir;

	if (!S_ISDIR(st->st_mode)) {
		if (apply_object(fd, name, st, rules, links, e))
			return (true);
		return (output_fail_at(NULL, name, e));
	}
	dir = output_open_directory(fd, name);
	if (dir >= 0)
		return (output_apply_below(dir, name, rules, links, e));
	fail(e, errno, "read output", "", NULL);
	return (output_fail_at(NULL, name, e));
}
