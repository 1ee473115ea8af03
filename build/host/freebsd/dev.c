/*
 * /dev of a build: a devfs(4) in which a rule hides everything, what comes
 * later too, and in which the nodes of the plan are then shown, for this
 * mount alone.  The rule is in a set whose number is the job's uid, since
 * only a numbered set is applied to devices that come later; it is the one
 * thing that is not in the mount itself, and goes with it.
 */
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fs/devfs/devfs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

/* Number of our rule in its set; what devfs(8) numbers are hundreds. */
enum { RULE = 0x4953 };

const char *const dev_common[] = { "/dev/null", "/dev/zero", "/dev/full",
	"/dev/random", "/dev/urandom", "/dev/fd", "/dev/stdin", "/dev/stdout",
	"/dev/stderr", NULL };

static devfs_rsnum
set_of(uid_t uid)
{
	return ((devfs_rsnum)(uid % 65535 + 1));
}

static struct devfs_rule
hide_rule(devfs_rsnum set)
{
	return ((struct devfs_rule){
	    .dr_magic = DEVFS_MAGIC,
	    .dr_id = mkrid((devfs_rid)set, RULE),
	    .dr_iacts = DRA_BACTS,
	    .dr_bacts = DRB_HIDE,
	});
}

static int
open_host_dev(struct error *e)
{
	int fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		(void)fail(e, errno, "mount dev", "/dev", NULL);
	return (fd);
}

/*
 * 1: our rule is alone in the set, 0: there is no such set, -1: the set is
 * someone else's.
 */
static int
look_at_set(int fd, devfs_rsnum set)
{
	struct devfs_rule next = { .dr_magic = DEVFS_MAGIC,
		.dr_id = mkrid((devfs_rid)set, 0) };

	if (ioctl(fd, DEVFSIO_RGETNEXT, &next) != 0)
		return (errno == ENOENT ? 0 : -1);
	if (rid2rn(next.dr_id) != RULE || next.dr_icond != 0 ||
	    next.dr_iacts != DRA_BACTS || next.dr_bacts != DRB_HIDE)
		return (-1);
	next.dr_id = mkrid((devfs_rid)set, RULE);
	return (ioctl(fd, DEVFSIO_RGETNEXT, &next) != 0 && errno == ENOENT
		    ? 1
		    : -1);
}

static bool
add_rule(devfs_rsnum set, struct error *e)
{
	struct devfs_rule rule = hide_rule(set);
	char name[32];
	int fd, saved;
	bool ok;

	fd = open_host_dev(e);
	if (fd < 0)
		return (false);
	/* EEXIST: of a job that was killed; look_at_set() tells. */
	ok = ioctl(fd, DEVFSIO_RADD, &rule) == 0 || errno == EEXIST;
	saved = errno;
	(void)snprintf(name, sizeof(name), "devfs rule set %u", set);
	if (!ok)
		(void)fail(e, saved, "mount dev", name, NULL);
	else if (look_at_set(fd, set) != 1) {
		ok = fail(
		    e, EEXIST, "mount dev", name, "has rules of someone else");
		(void)fail_hint(e, "another range with --pool");
	}
	(void)close(fd);
	return (ok);
}

bool
dev_forget(uid_t uid, struct error *e)
{
	devfs_rsnum set = set_of(uid);
	devfs_rid id = mkrid((devfs_rid)set, RULE);
	int fd;
	bool ok;

	fd = open_host_dev(e);
	if (fd < 0)
		return (false);
	/* The kernel drops the set with its last rule. */
	ok = ioctl(fd, DEVFSIO_RDEL, &id) == 0 || errno == ENOENT ||
	     fail(e, errno, "remove devfs rule", "/dev", NULL);
	(void)close(fd);
	return (ok);
}

bool
dev_mount(struct host_job *job, const struct step *s, struct error *e)
{
	static const char step[] = "mount dev";
	devfs_rsnum set = set_of(job->plan->uid);
	struct params p;
	struct stat point;
	char number[8];
	unsigned n;

	if (!place_point(job, s->path, true, &point, step, e) ||
	    !add_rule(set, e))
		return (false);
	(void)snprintf(number, sizeof(number), "%u", set);
	params_init(&p);
	params_string(&p, "fstype", "devfs");
	params_string(&p, "fspath", s->path);
	params_string(&p, "from", "devfs");
	params_string(&p, "ruleset", number);
	n = params_finish(&p);
	if (nmount(p.iov, n, MNT_NOSUID | MNT_NOEXEC) != 0)
		return (fail(e, errno, step, s->path,
		    p.errmsg[0] == '\0' ? NULL : "%s", p.errmsg));
	job->dev_fd =
	    open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (job->dev_fd < 0)
		return (fail(e, errno, step, s->path, NULL));
	return (true);
}

static bool
show(int fd, const char *pattern)
{
	struct devfs_rule rule = { .dr_magic = DEVFS_MAGIC,
		.dr_icond = DRC_PATHPTRN,
		.dr_iacts = DRA_BACTS,
		.dr_bacts = DRB_UNHIDE };

	if (strlcpy(rule.dr_pathptrn, pattern, sizeof(rule.dr_pathptrn)) >=
	    sizeof(rule.dr_pathptrn)) {
		errno = ENAMETOOLONG;
		return (false);
	}
	return (ioctl(fd, DEVFSIO_RAPPLY, &rule) == 0);
}

static bool
is_common(const char *path)
{
	size_t i;

	for (i = 0; dev_common[i] != NULL; i++)
		if (strcmp(dev_common[i], path) == 0)
			return (true);
	return (false);
}

/* The directories on the way to it, it, and what is in fd. */
static bool
show_one(int fd, const char *name)
{
	const char *slash = strchr(name, '/');
	char directory[DEVFS_MAXPTRNLEN];

	if (slash != NULL) {
		(void)snprintf(directory, sizeof(directory), "%.*s",
		    (int)(slash - name), name);
		if (!show(fd, directory))
			return (false);
	}
	return (
	    show(fd, name) && (strcmp(name, "fd") != 0 || show(fd, "fd/*")));
}

bool
dev_show(struct host_job *job, const struct step *s, struct error *e)
{
	static const char step[] = "make device";
	struct stat st;

	/* /dev/NAME as on the host; what is shown is what has that name. */
	if (strncmp(s->source, "/dev/", 5) != 0 ||
	    strpbrk(s->source, "*?[\\") != NULL)
		return (fail(e, EINVAL, step, s->source, "not a device"));
	if (job->dev_fd < 0)
		return (fail(e, EBADF, step, s->source, "no devfs is mounted"));
	/* Those of every build are shown together, by dev_finish(). */
	if (is_common(s->source))
		return (true);
	if (!show_one(job->dev_fd, s->source + 5) ||
	    fstatat(job->dev_fd, s->source + 5, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (fail(e, errno, step, s->source, NULL));
	return (true);
}

static bool
wants(const struct plan *plan, const char *source)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_MAKE_DEVICE &&
		    strcmp(plan->steps[i].source, source) == 0)
			return (true);
	return (false);
}

/*
 * Shows those of dev_common that the plan has.  A rule looks at every node
 * of the host, so names that a pattern has alone share one.
 */
static bool
show_common(struct host_job *job, struct error *e)
{
	static const struct {
		const char *pattern, *names[3];
	} groups[] = {
		{ "[fn]ull", { "/dev/full", "/dev/null" } },
		{ "std[eio][rnu]*",
		    { "/dev/stdin", "/dev/stdout", "/dev/stderr" } },
		{ "zero", { "/dev/zero" } },
		{ "random", { "/dev/random" } },
		{ "urandom", { "/dev/urandom" } },
		{ "fd", { "/dev/fd" } },
	};
	size_t all, found, i, j;

	for (i = 0; i < nitems(groups); i++) {
		all = found = 0;
		for (j = 0; j < 3 && groups[i].names[j] != NULL; j++, all++)
			found += wants(job->plan, groups[i].names[j]);
		if (found == all) {
			if (!show_one(job->dev_fd, groups[i].pattern))
				return (fail(e, errno, "make device",
				    groups[i].names[0], NULL));
			continue;
		}
		for (j = 0; j < all; j++)
			if (wants(job->plan, groups[i].names[j]) &&
			    !show_one(job->dev_fd, groups[i].names[j] + 5))
				return (fail(e, errno, "make device",
				    groups[i].names[j], NULL));
	}
	return (true);
}

/* The step that asks for a name of /dev; NULL: none does. */
static const struct step *
find_wanted(const struct plan *plan, const char *name, size_t len)
{
	const char *source;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind != STEP_MAKE_DEVICE)
			continue;
		source = plan->steps[i].source + 5;
		if (strncmp(source, name, len) == 0 &&
		    (source[len] == '\0' || source[len] == '/'))
			return (&plan->steps[i]);
	}
	return (NULL);
}

static bool
is_dot(const char *name)
{
	return (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
}

bool
dev_finish(struct host_job *job, struct error *e)
{
	char buf[4096];
	const struct dirent *d;
	size_t i, common = 0, seen = 0;
	const struct step *s;
	ssize_t n, at;

	if (job->dev_fd < 0)
		return (true);
	if (!show_common(job, e))
		return (false);
	for (i = 0; i < job->plan->n; i++) {
		s = &job->plan->steps[i];
		if (s->kind == STEP_MAKE_DEVICE && is_common(s->source))
			common++;
	}
	while ((n = getdirentries(job->dev_fd, buf, sizeof(buf), NULL)) > 0) {
		for (at = 0; at < n; at += d->d_reclen) {
			d = (const void *)(buf + at);
			if (d->d_reclen == 0)
				break;
			if (d->d_fileno == 0 || is_dot(d->d_name))
				continue;
			s = find_wanted(job->plan, d->d_name, d->d_namlen);
			if (s == NULL)
				return (fail(e, 0, "isolate", d->d_name,
				    "is in /dev, and nobody asked for it"));
			if (is_common(s->source))
				seen++;
		}
	}
	if (n < 0)
		return (fail(e, errno, "isolate", "/dev", NULL));
	if (seen != common)
		return (fail(e, ENOENT, "isolate", "/dev",
		    "%zu of %zu devices are there", seen, common));
	(void)close(job->dev_fd);
	job->dev_fd = -1;
	return (true);
}
