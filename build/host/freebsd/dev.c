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
#include <limits.h>
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

/* Looks first: in someone else's set it would hide nodes of other jails. */
static bool
add_rule(int fd, devfs_rsnum set, struct error *e)
{
	struct devfs_rule rule = hide_rule(set);
	int was = look_at_set(fd, set);
	char name[32];

	(void)snprintf(name, sizeof(name), "devfs rule set %u", set);
	/* 1: of a job that was killed. */
	if (was == 0 && ioctl(fd, DEVFSIO_RADD, &rule) != 0)
		return (fail(e, errno, "mount dev", name, NULL));
	if (was == 1 || (was == 0 && look_at_set(fd, set) == 1))
		return (true);
	(void)fail(e, EEXIST, "mount dev", name, "has rules of someone else");
	return (fail_hint(e, "another range with --pool"));
}

bool
dev_forget(int rules_fd, uid_t uid, struct error *e)
{
	devfs_rsnum set = set_of(uid);
	devfs_rid id = mkrid((devfs_rid)set, RULE);
	int fd = rules_fd < 0 ? open_host_dev(e) : rules_fd;
	bool ok;

	if (fd < 0)
		return (false);
	/* The kernel drops the set with its last rule. */
	ok = ioctl(fd, DEVFSIO_RDEL, &id) == 0 || errno == ENOENT ||
	     fail(e, errno, "remove devfs rule", "/dev", NULL);
	if (fd != rules_fd)
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

	if (!place_point(job, s->path, true, &point, step, e))
		return (false);
	/* Who has no descriptor left later can still undo it. */
	if (job->rules_fd < 0)
		job->rules_fd = open_host_dev(e);
	if (job->rules_fd < 0 || !add_rule(job->rules_fd, set, e))
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

/*
 * mknod(2) in a devfs brings back what is hidden there, of any type, where a
 * rule would look at every node of the host for each name.
 */
static bool
show(int fd, const char *name)
{
	return (mknodat(fd, name, S_IFCHR | 0600, 0) == 0 || errno == EEXIST);
}

bool
dev_show(struct host_job *job, const struct step *s, struct error *e)
{
	static const char *const streams[] = { "fd/0", "fd/1", "fd/2" };
	static const char step[] = "make device";
	const char *name, *slash;
	char directory[NAME_MAX + 1];
	bool ok = true;
	size_t i;

	/* /dev/NAME as on the host; what is shown is what has that name. */
	if (strncmp(s->source, "/dev/", 5) != 0)
		return (fail(e, EINVAL, step, s->source, "not a device"));
	name = s->source + 5;
	if (job->dev_fd < 0)
		return (fail(e, EBADF, step, s->source, "no devfs is mounted"));
	for (slash = strchr(name, '/'); slash != NULL && ok;
	     slash = strchr(slash + 1, '/')) {
		ok = (size_t)(slash - name) < sizeof(directory);
		if (!ok) {
			errno = ENAMETOOLONG;
			break;
		}
		memcpy(directory, name, (size_t)(slash - name));
		directory[slash - name] = '\0';
		ok = show(job->dev_fd, directory);
	}
	ok = ok && show(job->dev_fd, name);
	for (i = 0; ok && strcmp(name, "fd") == 0 && i < nitems(streams); i++)
		ok = show(job->dev_fd, streams[i]);
	return (ok || fail(e, errno, step, s->source, NULL));
}

/* A step asks for that name of /dev, or for what is below it. */
static bool
is_wanted(const struct plan *plan, const char *name, size_t len)
{
	const char *source;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->steps[i].kind != STEP_MAKE_DEVICE)
			continue;
		source = plan->steps[i].source + 5;
		if (strncmp(source, name, len) == 0 &&
		    (source[len] == '\0' || source[len] == '/'))
			return (true);
	}
	return (false);
}

static bool
is_dot(const char *name)
{
	return (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
}

bool
dev_verify(struct host_job *job, struct error *e)
{
	char buf[4096];
	const struct dirent *d;
	ssize_t n, at;

	if (job->dev_fd < 0)
		return (true);
	while ((n = getdirentries(job->dev_fd, buf, sizeof(buf), NULL)) > 0) {
		for (at = 0; at < n; at += d->d_reclen) {
			d = (const void *)(buf + at);
			if (d->d_reclen == 0)
				break;
			if (d->d_fileno == 0 || is_dot(d->d_name))
				continue;
			if (!is_wanted(job->plan, d->d_name, d->d_namlen))
				return (fail(e, 0, "isolate", d->d_name,
				    "is in /dev, and nobody asked for it"));
		}
	}
	if (n < 0)
		return (fail(e, errno, "isolate", "/dev", NULL));
	(void)close(job->dev_fd);
	job->dev_fd = -1;
	return (true);
}
