/*
 * Collecting an output: what the top must be like, and whether it is moved
 * or copied.  The work on what is below is in output_apply.c and
 * output_copy.c, what becomes of hard links in output_links.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "build/host.h"
#include "build/output_private.h"

static bool
check_name(const char *name, struct error *e)
{
	if (name[0] != '\0' && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0 && strchr(name, '/') == NULL)
		return (true);
	return (fail(e, EINVAL, "collect output", name,
	    "it is not the name of one file"));
}

/*
 * Who else may write to the top may have interfered with the build: refused
 * as Nix does in DerivationBuilder (registerOutputs: "suspicious ownership
 * or permission").
 */
static bool
check_top(const char *name, const struct stat *st,
    const struct output_rules *rules, struct error *e)
{
	if (!output_check(st, rules, e))
		return (output_fail_at(NULL, name, e));
	if (S_ISLNK(st->st_mode) || (st->st_mode & 022) == 0)
		return (true);
	fail(e, EPERM, "check output", "",
	    "it can be written by its group or by others (mode %04o)",
	    (unsigned)(st->st_mode & 07777));
	fail_hint(e, "chmod go-w in the build");
	return (output_fail_at(NULL, name, e));
}

/* As it is, or with permissions that a rename needs; EXDEV: copy it. */
static int
move_top(int store_fd, int stage_fd, const char *name, const struct stat *st)
{
	if (host_rename_new(store_fd, name, stage_fd, name) == 0)
		return (0);
	if (errno != EPERM && errno != EACCES)
		return (-1);
	/* Without links elsewhere: its own flags, or mode, forbade it. */
	if (S_ISDIR(st->st_mode) || st->st_nlink == 1)
		walk_clear_flags(store_fd, name);
	if (S_ISDIR(st->st_mode))
		(void)fchmodat(store_fd, name, 0700, AT_SYMLINK_NOFOLLOW);
	return (host_rename_new(store_fd, name, stage_fd, name));
}

static bool
copy_directory(int store_fd, int stage_fd, const char *name,
    const struct output_rules *rules, struct output_links *links,
    struct error *e)
{
	bool done;
	int fd;

	if (mkdirat(stage_fd, name, 0700) != 0)
		return (fail(e, errno, "copy output", name, NULL));
	fd = openat(
	    stage_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return (fail(e, errno, "copy output", name, NULL));
	done = output_copy_tree(store_fd, name, fd, stage_fd, rules, links, e);
	(void)close(fd);
	return (done);
}

static bool
copy_top(int store_fd, int stage_fd, const char *name, const struct stat *st,
    const struct output_rules *rules, struct output_links *links,
    struct error *e)
{
	bool done;

	if (S_ISDIR(st->st_mode))
		return (
		    copy_directory(store_fd, stage_fd, name, rules, links, e));
	if (S_ISLNK(st->st_mode))
		done =
		    output_copy_link(store_fd, name, stage_fd, name, rules, e);
	else if (st->st_nlink == 1)
		done = output_copy_file(
		    store_fd, name, st, stage_fd, name, rules, e);
	else
		done = output_links_place(links, stage_fd, store_fd, name, st,
		    stage_fd, name, rules, e);
	return (done || output_fail_at(NULL, name, e));
}

bool
output_collect(int store_fd, int stage_fd, const char *name,
    const struct output_policy *policy, struct output_links *links,
    struct error *e)
{
	struct output_rules rules;
	struct stat st;

	memset(&rules, 0, sizeof(rules));
	rules.builder = policy->builder_uid;
	rules.owner = policy->owner;
	rules.group = policy->group;
	rules.depth_max =
	    policy->depth_max == 0 ? OUTPUT_DEPTH_MAX : policy->depth_max;
	if (!check_name(name, e))
		return (false);
	if (fstatat(store_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, "collect output", name, "%s",
		    errno == ENOENT ? "the builder did not make it" : ""));
	if (!check_top(name, &st, &rules, e))
		return (false);
	if (policy->fresh)
		return (
		    copy_top(store_fd, stage_fd, name, &st, &rules, links, e));
	if (move_top(store_fd, stage_fd, name, &st) != 0) {
		if (errno == EXDEV)
			return (copy_top(
			    store_fd, stage_fd, name, &st, &rules, links, e));
		return (fail(e, errno, "move output", name, NULL));
	}
	if (!output_links_add_top(links, name, &rules))
		return (fail(e, ENOMEM, "collect output", name, NULL));
	return (output_apply_tree(stage_fd, name, &st, &rules, links, e));
}

int
output_place(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat st;
	int err;

	if (host_rename_new(from_fd, from, to_fd, to) == 0)
		return (0);
	if (errno != EACCES ||
	    fstatat(from_fd, from, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (-1);
	if (!S_ISDIR(st.st_mode)) {
		errno = EACCES;
		return (-1);
	}
	/* ".." changes with the parent, and that is a write. */
	if (fchmodat(from_fd, from, 0755, 0) != 0)
		return (-1);
	if (host_rename_new(from_fd, from, to_fd, to) == 0)
		return (fchmodat(to_fd, to, 0555, 0));
	err = errno;
	(void)fchmodat(from_fd, from, 0555, 0);
	errno = err;
	return (-1);
}
