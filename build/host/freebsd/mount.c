/*
 * Mounts of a build's root: nullfs for inputs, work and store, tmpfs for
 * memory; and the way back.  The kernel's own words ("errmsg") go into the
 * error.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

enum { BUSY_TRIES = 10, BUSY_PAUSE_NS = 2 * 1000 * 1000 };

static bool
fail_mount(struct error *e, int err, const char *step, const char *path,
    const struct params *p, const char *type)
{
	struct xvfsconf vfc;

	(void)fail(e, err, step, path, p->errmsg[0] == '\0' ? NULL : "%s: %s",
	    strerror(err), p->errmsg);
	/* nmount(2) loads the module when it can; ENODEV: it could not. */
	if (getvfsbyname(type, &vfc) != 0)
		return (fail_hint(e,
		    "the kernel has no %s: kldload %s, or \"%s_load=YES\" "
		    "in loader.conf(5)",
		    type, type, type));
	return (false);
}

/* The mount is there, of that type, with those flags: asked, not believed. */
static bool
verify(const char *step, const char *path, const char *type, uint64_t flags,
    struct error *e)
{
	struct statfs sf;

	if (statfs(path, &sf) != 0)
		return (fail(e, errno, step, path, NULL));
	if (strcmp(sf.f_fstypename, type) != 0 ||
	    strcmp(sf.f_mntonname, path) != 0)
		return (fail(e, 0, step, path,
		    "the kernel mounted nothing: %s is a %s on %s", path,
		    sf.f_fstypename, sf.f_mntonname));
	if ((sf.f_flags & flags) != flags)
		return (fail(e, 0, step, path,
		    "the kernel left out flags: 0x%jx of 0x%jx",
		    (uintmax_t)(sf.f_flags & flags), (uintmax_t)flags));
	return (true);
}

static bool
mount_null(const char *step, const char *path, const char *source, int flags,
    bool *not_files, struct error *e)
{
	struct params p;
	unsigned n;

	params_init(&p);
	params_string(&p, "fstype", "nullfs");
	params_string(&p, "fspath", path);
	params_string(&p, "from", source);
	/* Without a value, and unknown ones are taken in silence. */
	params_add(&p, "nounixbypass", NULL, 0);
	params_add(&p, "nocache", NULL, 0);
	n = params_finish(&p);
	if (nmount(p.iov, n, flags) == 0)
		return (verify(step, path, "nullfs", (uint64_t)flags, e));
	if (not_files != NULL && (errno == ENOTDIR || errno == EINVAL)) {
		*not_files = true;
		return (true);
	}
	return (fail_mount(e, errno, step, path, &p, "nullfs"));
}

/* What nullfs cannot show of a single file, or not safely: a copy. */
static bool
copy_file(
    struct host_job *job, const struct step *s, mode_t mode, struct error *e)
{
	const char *last;
	char buf[65536];
	ssize_t n = -1;
	int from, parent, to;

	parent = place_parent(job, s->path, &last, "copy input", e);
	if (parent < 0)
		return (false);
	from = open(s->source, O_RDONLY | O_CLOEXEC);
	/* The empty mount point goes, so that nothing is written through. */
	(void)unlinkat(parent, last, 0);
	to = openat(parent, last,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	while (from >= 0 && to >= 0 && (n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n) {
			n = -1;
			break;
		}
	if (n == 0 && fchmod(to, 0444 | (mode & 0111)) != 0)
		n = -1;
	if (n != 0)
		(void)fail(e, errno, "copy input", s->source, NULL);
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	(void)close(parent);
	return (n == 0);
}

/* The same link again: it leads to what the build has there. */
static bool
copy_link(struct host_job *job, const struct step *s, struct error *e)
{
	char target[PATH_MAX];
	ssize_t n;

	n = readlink(s->source, target, sizeof(target) - 1);
	if (n < 0)
		return (fail(e, errno, "read link", s->source, NULL));
	target[n] = '\0';
	return (place_link(job, s->path, target, e));
}

bool
mount_input(struct host_job *job, const struct step *s, struct error *e)
{
	static const char step[] = "mount input";
	struct stat point, source;
	bool not_files = false;

	if (lstat(s->source, &source) != 0)
		return (fail(e, errno, step, s->source, NULL));
	if (S_ISLNK(source.st_mode))
		return (copy_link(job, s, e));
	if (!S_ISDIR(source.st_mode) && !S_ISREG(source.st_mode))
		return (fail(
		    e, 0, step, s->source, "neither a file nor a directory"));
	if (!place_point(
		job, s->path, S_ISDIR(source.st_mode), &point, step, e))
		return (false);
	/* A directory over itself: on tmpfs the kernel never returns (15.1). */
	if (point.st_dev == source.st_dev && point.st_ino == source.st_ino)
		return (fail(e, EDEADLK, step, s->source,
		    "its place in the root is the same directory"));
	if (S_ISREG(source.st_mode) && job->host->no_file_mounts)
		return (copy_file(job, s, source.st_mode, e));
	if (!mount_null(step, s->path, s->source, MNT_RDONLY | MNT_NOSUID,
		S_ISREG(source.st_mode) ? &not_files : NULL, e))
		return (false);
	if (!not_files)
		return (true);
	job->host->no_file_mounts = true;
	return (copy_file(job, s, source.st_mode, e));
}

bool
mount_writable(struct host_job *job, const struct step *s, struct error *e)
{
	static const char step[] = "mount writable";
	struct stat point, source;

	if (lstat(s->source, &source) != 0)
		return (fail(e, errno, step, s->source, NULL));
	if (!S_ISDIR(source.st_mode))
		return (fail(e, ENOTDIR, step, s->source, NULL));
	if (!place_point(job, s->path, true, &point, step, e))
		return (false);
	if (point.st_dev == source.st_dev && point.st_ino == source.st_ino)
		return (fail(e, EDEADLK, step, s->source,
		    "its place in the root is the same directory"));
	return (mount_null(step, s->path, s->source, MNT_NOSUID, NULL, e));
}

static bool
mount_memory(const char *step, const char *path, mode_t mode, int64_t bytes,
    struct error *e)
{
	char octal[16], size[32];
	struct params p;
	unsigned n;

	params_init(&p);
	params_string(&p, "fstype", "tmpfs");
	params_string(&p, "fspath", path);
	params_string(&p, "from", "tmpfs");
	(void)snprintf(octal, sizeof(octal), "%o", (unsigned)mode);
	params_string(&p, "mode", octal);
	if (bytes > 0) {
		(void)snprintf(size, sizeof(size), "%jd", (intmax_t)bytes);
		params_string(&p, "size", size);
	}
	n = params_finish(&p);
	if (nmount(p.iov, n, MNT_NOSUID) != 0)
		return (fail_mount(e, errno, step, path, &p, "tmpfs"));
	return (verify(step, path, "tmpfs", MNT_NOSUID, e));
}

bool
mount_root(struct host_job *job, const struct step *s, struct error *e)
{
	if (job->root_fd >= 0)
		(void)close(job->root_fd);
	job->root_fd = -1;
	return (
	    mount_memory("mount root", job->plan->root, s->mode, s->size, e));
}

bool
mount_tmp(struct host_job *job, const struct step *s, struct error *e)
{
	static const char step[] = "mount tmp";
	struct stat point;

	return (place_point(job, s->path, true, &point, step, e) &&
		mount_memory(step, s->path, s->mode, s->size, e));
}

/* The root's has a slash at its end, which the kernel's name has not. */
static bool
is_place(const struct statfs *sf, const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return (strncmp(sf->f_mntonname, path, len) == 0 &&
		sf->f_mntonname[len] == '\0');
}

/*
 * What is mounted there: 1 with its id, 0 nothing, -1 errno.  The place must
 * be the mount's own: a path of the build's root can lead, by a link of an
 * input, to a mount of the host, which unmount(2) would then take away.
 */
static int
find_mount(const char *path, fsid_t *id)
{
	struct statfs *all, sf;
	int i, n;

	if (statfs(path, &sf) == 0) {
		*id = sf.f_fsid;
		return (is_place(&sf, path));
	}
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return (0);
	/* One that answers no more: by its name. */
	n = getmntinfo(&all, MNT_NOWAIT);
	if (n == 0)
		return (-1);
	for (i = n; i-- > 0;) {
		if (is_place(&all[i], path)) {
			*id = all[i].f_fsid;
			return (1);
		}
	}
	return (0);
}

int
mount_undo_once(const char *path, bool force, struct error *e)
{
	char name[64];
	fsid_t id;
	int found;

	found = find_mount(path, &id);
	if (found > 0) {
		(void)snprintf(
		    name, sizeof(name), "FSID:%d:%d", id.val[0], id.val[1]);
		if (unmount(name, MNT_BYFSID | (force ? MNT_FORCE : 0)) == 0)
			return (1);
		if (errno == EBUSY && !force)
			return (0);
		/* Gone meanwhile: unmount(2). */
		if (errno == ENOENT || errno == EINVAL)
			return (1);
	}
	if (found == 0)
		return (1);
	(void)fail(e, errno, "unmount", path, NULL);
	return (-1);
}

bool
mount_undo(const char *path, struct error *e)
{
	const struct timespec pause = { 0, BUSY_PAUSE_NS };
	int answer, tries;

	for (tries = 0; tries < BUSY_TRIES; tries++) {
		answer = mount_undo_once(path, false, e);
		if (answer != 0)
			return (answer > 0);
		(void)nanosleep(&pause, NULL);
	}
	return (mount_undo_once(path, true, e) > 0);
}
