/*
 * File systems of Linux that an isolated process is given, each mounted and
 * looked at.
 */
#include "survey/probe/area_mount.h"

#if defined(__linux__)

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Becomes able to mount, mounts `type` on "m"; false with the answer. */
static bool
begin(const struct probe_context *ctx, int namespaces, const char *type,
    const char *options, struct probe_answer *why)
{
	if (!util_admin(ctx, namespaces, why))
		return (false);
	if (mkdir("m", 0755) == 0 && mount(type, "m", type, 0, options) == 0)
		return (true);
	*why = errno == ENODEV ? probe_absent("no %s in this kernel", type)
			       : probe_errno(errno, "mount(%s)", type);
	return (false);
}

/* An overlay of "lower" below "upper" on "m"; false with the answer. */
static bool
overlay(struct probe_answer *why)
{
	/* Some file systems cannot be an upper layer, tmpfs always can. */
	if (mkdir("o", 0755) != 0 ||
	    mount("tmpfs", "o", "tmpfs", 0, NULL) != 0 ||
	    mkdir("o/lower", 0755) != 0 || mkdir("o/upper", 0755) != 0 ||
	    mkdir("o/work", 0755) != 0 || mkdir("m", 0755) != 0 ||
	    !probe_file("o/lower/file", "lower") ||
	    !probe_file("o/lower/gone", "lower")) {
		*why = probe_errno(errno, "mount(tmpfs)");
		return (false);
	}
	if (mount("overlay", "m", "overlay", 0,
		"lowerdir=o/lower,upperdir=o/upper,workdir=o/work") == 0)
		return (true);
	*why = errno == ENODEV ? probe_absent("no overlay in this kernel")
			       : probe_errno(errno, "mount(overlay)");
	return (false);
}

/* Writes and deletes through the overlay. */
static struct probe_answer
overlay_effect(const char *note)
{
	char text[16];

	if (!util_read("m/file", text, sizeof(text)) ||
	    strcmp(text, "lower") != 0)
		return (probe_wrong("the lower file does not show"));
	if (!probe_file("m/file", "upper") || unlink("m/gone") != 0)
		return (probe_errno(errno, "write through the overlay"));
	if (!util_read("o/lower/file", text, sizeof(text)) ||
	    strcmp(text, "lower") != 0 || !util_exists("o/lower/gone"))
		return (probe_wrong("the lower layer was changed"));
	if (util_exists("m/gone"))
		return (probe_wrong("a deleted file still shows"));
	return (probe_ok("copied up, whited out%s", note));
}

PROBE(mnt_overlay)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why) || !overlay(&why))
		return (why);
	return (overlay_effect(util_admin_note(ctx)));
}

PROBE(mnt_overlay_user)
{
	struct probe_answer why;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (!util_userns(CLONE_NEWNS))
		return (probe_errno(errno, "unshare(CLONE_NEWUSER)"));
	if (!overlay(&why))
		return (why);
	return (overlay_effect(", as an unprivileged user"));
}

PROBE(mnt_proc_hidepid)
{
	struct util_peer peer;
	struct probe_answer why;
	char path[64];
	bool seen;

	/* Who hides is another user's process: ours, as root. */
	if (!ctx->root)
		return (util_skip("needs root: processes of two users"));
	if (!begin(ctx, 0, "proc", "hidepid=2", &why))
		return (why.err == EINVAL ? probe_absent("no hidepid option")
					  : why);
	if (!util_peer_start(&peer, NULL, NULL))
		return (probe_errno(errno, "fork"));
	snprintf(path, sizeof(path), "m/%d", (int)peer.pid);
	if (!util_exists(path))
		why = probe_wrong("root does not see it either");
	else if (!util_drop(ctx))
		why = probe_errno(errno, "setresuid");
	else {
		seen = util_exists(path);
		why = seen ? probe_wrong("another's process shows")
			   : probe_ok("another's process does not show");
	}
	/* We may not signal it any more; it ends with the channel. */
	close(peer.fd);
	return (why);
}

/* In a PID namespace: without root, proc is mounted by its owner alone. */
static struct probe_answer
proc_subset(const struct probe_context *ctx, void *arg)
{
	(void)ctx, (void)arg;
	if (mkdir("m", 0755) != 0 ||
	    mount("proc", "m", "proc", 0, "subset=pid") != 0)
		return (errno == EINVAL
			    ? probe_absent("no subset option (before 5.8)")
			    : probe_errno(errno, "mount(proc)"));
	return (util_exists("m/sys") || util_exists("m/meminfo")
		    ? probe_wrong("more than processes shows")
		    : probe_ok("processes alone"));
}

PROBE(mnt_proc_subset)
{
	struct probe_answer why;

	if (!util_admin(ctx, CLONE_NEWPID, &why))
		return (why);
	return (util_in_child(proc_subset, ctx, NULL));
}

PROBE(mnt_devpts)
{
	struct probe_answer why;
	int fd, number, unlock;

	if (!begin(ctx, 0, "devpts", "newinstance,ptmxmode=0666", &why))
		return (why);
	fd = open("m/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return (probe_errno(errno, "open m/ptmx"));
	unlock = 0;
	if (ioctl(fd, TIOCSPTLCK, &unlock) != 0 ||
	    ioctl(fd, TIOCGPTN, &number) != 0)
		return (probe_errno(errno, "ioctl(TIOCGPTN)"));
	if (number != 0)
		return (probe_wrong("its first terminal is %d", number));
	return (util_exists("m/0") ? probe_ok("terminals of its own")
				   : probe_wrong("its terminal does not show"));
}

PROBE(mnt_sysfs)
{
	struct probe_answer why;
	struct dirent *entry;
	DIR *dir;
	int n;

	if (!begin(ctx, CLONE_NEWNET, "sysfs", NULL, &why))
		return (why);
	dir = opendir("m/class/net");
	if (dir == NULL)
		return (probe_errno(errno, "class/net"));
	n = 0;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strcmp(entry->d_name, "bonding_masters") != 0)
			n++;
	closedir(dir);
	return (
	    n == 1 ? probe_ok("shows its network namespace: lo alone")
		   : probe_ok("shows its network namespace: %d interfaces", n));
}

PROBE(mnt_cgroup2)
{
	struct probe_answer why;
	char text[256];

	if (!begin(ctx, CLONE_NEWCGROUP, "cgroup2", NULL, &why))
		return (why);
	if (!util_read("m/cgroup.controllers", text, sizeof(text)))
		return (probe_wrong("it has no cgroup.controllers"));
	text[strcspn(text, "\n")] = '\0';
	return (text[0] != '\0'
		    ? probe_ok("controllers: %.150s", text)
		    : probe_ok("no controllers: they are at version 1"));
}

PROBE(mnt_mqueue)
{
	struct probe_answer why;

	if (!begin(ctx, CLONE_NEWIPC, "mqueue", NULL, &why))
		return (why);
	return (open("m/queue", O_RDWR | O_CREAT | O_CLOEXEC, 0600) >= 0
		    ? probe_ok("a queue is a file in it")
		    : probe_errno(errno, "create a queue"));
}

PROBE(mnt_ramfs)
{
	struct probe_answer why;

	if (!begin(ctx, 0, "ramfs", NULL, &why))
		return (why);
	return (probe_file("m/file", "x") ? probe_ok(NULL)
					  : probe_errno(errno, "create"));
}

PROBE(mnt_fuse)
{
	struct probe_answer why;
	char options[128];
	int fd;

	if (!util_admin(ctx, 0, &why))
		return (why);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return (errno == ENOENT ? probe_absent("no /dev/fuse")
					: probe_errno(errno, "open /dev/fuse"));
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
	    (unsigned)getuid(), (unsigned)getgid());
	if (mkdir("m", 0755) != 0 ||
	    mount("isthmus", "m", "fuse", MS_NOSUID | MS_NODEV, options) != 0)
		return (probe_errno(errno, "mount(fuse)"));
	return (util_done(umount2("m", MNT_DETACH), "umount2"));
}

PROBE(mnt_binfmt)
{
	struct probe_answer why;

	/* In a user namespace it is an instance of our own, since 6.7. */
	if (!util_userns(CLONE_NEWNS))
		return (
		    util_skip("needs a user namespace: %s", strerror(errno)));
	(void)ctx;
	if (mkdir("m", 0755) != 0 ||
	    mount("binfmt_misc", "m", "binfmt_misc", 0, NULL) != 0) {
		why = errno == ENODEV  ? probe_absent("no binfmt_misc")
		      : errno == EPERM ? probe_absent("not in a user namespace "
						      "(before 6.7)")
				       : probe_errno(errno, "mount");
		return (why);
	}
	return (util_exists("m/register")
		    ? probe_ok("an instance of its own")
		    : probe_wrong("it has no register file"));
}

#else
typedef int area_mount_types_is_empty_here;
#endif
