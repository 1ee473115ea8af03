/*
 * Probes of the area namespace: the promises of namespaces as a whole, and
 * that what was mounted goes with the last process.
 */
#include "survey/probe/area_namespace.h"

#include "survey/probe/area_plain.h"

#if defined(__linux__)

#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Mounts a tmpfs that `watch` sees, where nobody else sees it. */
static int
mount_watched(const struct probe_context *ctx, int watch)
{
	struct probe_answer why;

	if (!util_admin(ctx, CLONE_NEWNS, &why))
		return (EPERM);
	if (mkdir("m", 0755) != 0 ||
	    mount("tmpfs", "m", "tmpfs", 0, NULL) != 0 ||
	    inotify_add_watch(watch, "m", IN_UNMOUNT) < 0)
		return (errno);
	return (0);
}

static PROBE(plain_cleanup)
{
	struct inotify_event ev;
	int rc, watch;
	pid_t pid;

	NEED(watch = inotify_init1(IN_CLOEXEC));
	NEED(pid = fork());
	if (pid == 0)
		_exit(mount_watched(ctx, watch));
	rc = util_wait(pid);
	if (rc != 0)
		return (probe_errno(rc, "a mount in a namespace"));
	/* The file system goes when the last mount of it has gone. */
	if (!row_readable(watch, 500))
		return (probe_wrong("its mount is still there"));
	NEED(read(watch, &ev, sizeof(ev)));
	return ((ev.mask & IN_UNMOUNT) != 0
		    ? probe_ok("its mount goes with its last process")
		    : probe_wrong("event %#x", ev.mask));
}

/* How many of the mounts m and m/sub are shared; -1: not both are there. */
static int
count_shared(void)
{
	char line[1024], *at;
	int found = 0, shared = 0;
	FILE *f;

	f = fopen("/proc/self/mountinfo", "re");
	if (f == NULL)
		return (-1);
	while (fgets(line, sizeof(line), f) != NULL) {
		if ((at = strstr(line, "/m ")) == NULL &&
		    (at = strstr(line, "/m/sub ")) == NULL)
			continue;
		found++;
		shared += strstr(at, " shared:") != NULL;
	}
	(void)fclose(f);
	return (found == 2 ? shared : -1);
}

static PROBE(plain_recursive)
{
	struct probe_answer why;

	if (!util_admin(ctx, 0, &why))
		return (why);
	NEED(mkdir("m", 0755));
	NEED(mount("tmpfs", "m", "tmpfs", 0, NULL));
	NEED(mkdir("m/sub", 0755));
	NEED(mount("tmpfs", "m/sub", "tmpfs", 0, NULL));
	NEED(mount(NULL, "m", NULL, MS_REC | MS_SHARED, NULL));
	if (count_shared() != 2)
		return (probe_wrong(
		    "MS_REC|MS_SHARED changes %d of 2 mounts", count_shared()));
	NEED(mount(NULL, "m", NULL, MS_REC | MS_PRIVATE, NULL));
	if (count_shared() != 0)
		return (probe_wrong(
		    "MS_REC|MS_PRIVATE leaves %d shared", count_shared()));
	return (probe_ok(
	    "a change goes through a tree of mounts%s", util_admin_note(ctx)));
}

static PROBE(plain_gid_map)
{
	unsigned inside, outside, count;
	char text[256];

	if (!util_read("/proc/self/gid_map", text, sizeof(text)))
		return (errno == ENOENT ? probe_absent("no gid_map")
					: probe_errno(errno, "gid_map"));
	if (sscanf(text, "%u %u %u", &inside, &outside, &count) != 3 ||
	    count == 0)
		return (probe_wrong("it holds \"%.20s\"", text));
	/* Without CAP_SETGID, setgroups must be given up first. */
	if (!util_userns(0))
		return (probe_errno(errno, "unshare(CLONE_NEWUSER)"));
	return (getgid() == 0 ? probe_ok("a group mapped to 0")
			      : probe_wrong("group %u", (unsigned)getgid()));
}
#endif

#if defined(__FreeBSD__)
#define NET_STACK ns_vnet
#else
#define NET_STACK ns_unshare_net
#endif

/* clang-format off */
static const struct probe rows[] = {
	ROW("namespace.mounts", "semantic:mount-namespaces",
	    "a mount stays unseen outside", ON_LINUX(ns_unshare_mnt), 0),
	ROW("namespace.processes", "semantic:pid-namespaces",
	    "processes are numbered from 1", ON_LINUX(ns_clone_pid), 0),
	ROW("namespace.network", "semantic:network-namespaces",
	    "a network stack of its own, a loopback alone",
	    NET_STACK, ROOT_ON_FREEBSD),
	ROW("namespace.ids", "semantic:uid-mapping",
	    "a user is mapped to user 0", ON_LINUX(ns_unshare_user), 0),
	ROW("namespace.gid-map", "/proc/self/gid_map",
	    "a group is mapped to group 0", ON_LINUX(plain_gid_map), 0),
	ROW("namespace.auto-cleanup", "semantic:namespace-auto-cleanup",
	    "mounts go with the last process", ON_LINUX(plain_cleanup), 0),
	ROW("namespace.recursive", "semantic:mount-namespace-recursive",
	    "a tree of mounts is shared or private at once",
	    ON_LINUX(plain_recursive), 0),
};
/* clang-format on */

const struct probe_area probe_area_namespace_plain = { ISTH_AREA_NAMESPACE,
	rows, UTIL_COUNT(rows) };
