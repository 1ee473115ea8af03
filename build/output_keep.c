/*
 * Giving a failed build's tree away.  The tree is closed to everyone but us
 * until all of it has its new owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build/output_private.h"

/* No tree of a failed build is too deep to be kept. */
#define KEEP_DEPTH_MAX SIZE_MAX

static bool
keep_failed(struct error *e, const char *name, const char *step)
{
	fail(e, errno, step, "", NULL);
	return (output_fail_at(NULL, name, e));
}

/* Opens the builder's directory and takes it away from the builder. */
static int
take_directory(
    int from_fd, const char *name, uid_t builder_uid, struct error *e)
{
	struct stat st;
	int fd;

	fd = output_open_directory(from_fd, name);
	if (fd < 0 || fstat(fd, &st) != 0) {
		keep_failed(e, name, "keep tree");
	} else if (builder_uid != (uid_t)-1 && st.st_uid != builder_uid &&
		   st.st_uid != geteuid()) {
		fail(e, EPERM, "keep tree", "",
		    "its owner is uid %lu and not the build's",
		    (unsigned long)st.st_uid);
		output_fail_at(NULL, name, e);
	} else if (fchmod(fd, 0700) != 0 ||
		   (st.st_uid != geteuid() &&
		       fchown(fd, geteuid(), (gid_t)-1) != 0)) {
		keep_failed(e, name, "keep tree");
	} else {
		return (fd);
	}
	if (fd >= 0)
		(void)close(fd);
	return (-1);
}

/* All below `fd`; the copies of hard links need a stage: the tree itself. */
static bool
give_below(
    int fd, const char *name, const struct output_rules *rules, struct error *e)
{
	struct output_links *links;
	bool done;
	int own;

	links = output_links_create();
	if (links == NULL)
		return (fail(e, ENOMEM, "keep tree", name, NULL));
	own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		done = keep_failed(e, name, "keep tree");
	else
		done = output_apply_below(own, name, rules, links, e) &&
		       output_links_settle_tree(links, fd, name, rules, e);
	output_links_destroy(links);
	return (done);
}

static bool
copy_below(int from_fd, const char *name, int fd,
    const struct output_rules *rules, struct error *e)
{
	struct output_links *links;
	bool done;

	links = output_links_create();
	if (links == NULL)
		return (fail(e, ENOMEM, "keep tree", name, NULL));
	done = output_copy_tree(from_fd, name, fd, fd, rules, links, e) &&
	       output_links_sweep(links, fd, e);
	output_links_destroy(links);
	return (done);
}

/* The directory that output_keep made, if it still is that. */
static int
open_made(int fd, const char *name)
{
	struct stat st;
	int dir;

	dir = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return (-1);
	if (fstat(dir, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 0777) == 0700)
		return (dir);
	(void)close(dir);
	errno = ESTALE;
	return (-1);
}

/* Into the new directory to_fd/to_name, 0700 and ours. */
static bool
keep_into(int from_fd, const char *name, int to_fd, const char *to_name,
    const struct output_rules *rules, struct error *e)
{
	bool done;
	int fd;

	fd = take_directory(from_fd, name, rules->builder, e);
	if (fd < 0)
		return (false);
	/* A rename replaces an empty directory. */
	if (renameat(from_fd, name, to_fd, to_name) == 0) {
		done = give_below(fd, to_name, rules, e);
	} else if (errno == EXDEV) {
		(void)close(fd);
		fd = open_made(to_fd, to_name);
		if (fd < 0)
			return (keep_failed(e, to_name, "keep tree"));
		done = copy_below(from_fd, name, fd, rules, e);
	} else {
		keep_failed(e, name, "keep tree");
		done = false;
	}
	if (done && fchown(fd, rules->owner, rules->group) != 0)
		done = keep_failed(e, to_name, "set owner");
	(void)close(fd);
	return (done);
}

bool
output_keep(int from_fd, const char *name, int to_fd, const char *to_name,
    uid_t builder_uid, uid_t owner, gid_t group, struct error *e)
{
	struct output_rules rules;

	memset(&rules, 0, sizeof(rules));
	rules.builder = builder_uid;
	rules.owner = owner;
	rules.group = group;
	rules.depth_max = KEEP_DEPTH_MAX;
	rules.keep = true;
	if (mkdirat(to_fd, to_name, 0700) != 0)
		return (keep_failed(e, to_name, "make directory"));
	if (keep_into(from_fd, name, to_fd, to_name, &rules, e))
		return (true);
	/* Only when nothing is in it. */
	(void)unlinkat(to_fd, to_name, AT_REMOVEDIR);
	return (false);
}
