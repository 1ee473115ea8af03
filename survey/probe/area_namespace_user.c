/*
 * User namespaces of Linux, what an unprivileged user may do in one, and how
 * namespaces can be asked about.
 */
#include "survey/probe/area_namespace.h"

#if defined(__linux__)

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OVERFLOW_ID 65534 /* /proc/sys/kernel/overflowuid, default */
#define NESTING_ASKED 40  /* user_namespaces(7): 32 levels */

/* Names the switch that most likely refused a user namespace. */
static struct probe_answer
refused(int err, const char *call)
{
	static const struct {
		const char *file;
		const char *bad;
	} switches[] = {
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
		    "1" },
		{ "/proc/sys/kernel/unprivileged_userns_clone", "0" },
		{ "/proc/sys/user/max_user_namespaces", "0" },
	};
	char value[32];

	for (size_t i = 0; i < UTIL_COUNT(switches); i++)
		if (util_read(switches[i].file, value, sizeof(value)) &&
		    strtol(value, NULL, 10) ==
			strtol(switches[i].bad, NULL, 10))
			return (
			    probe_state(ISTH_STATE_DENIED, err, "%s: %s is %s",
				call, switches[i].file + 10, switches[i].bad));
	if (err == ENOSPC || err == EUSERS)
		return (probe_state(ISTH_STATE_DENIED, err,
		    "%s: a limit of user namespaces is reached", call));
	return (probe_errno(err, "%s", call));
}

/* Drops to a user and enters a user namespace; false with the answer. */
static bool
user_in_userns(
    const struct probe_context *ctx, int flags, struct probe_answer *answer)
{
	if (!util_drop(ctx)) {
		*answer = probe_errno(errno, "setresuid");
		return (false);
	}
	if (!util_userns(flags)) {
		*answer = refused(errno, "unshare(CLONE_NEWUSER)");
		return (false);
	}
	return (true);
}

PROBE(ns_user_unprivileged)
{
	struct probe_answer answer;
	struct stat st;

	if (!user_in_userns(ctx, 0, &answer))
		return (answer);
	if (getuid() != 0 || getgid() != 0)
		return (probe_wrong("mapped, but not user 0 inside"));
	if (!probe_file("mine", "") || stat("mine", &st) != 0)
		return (probe_errno(errno, "create a file inside"));
	return (st.st_uid == 0 ? probe_ok("own id mapped to 0")
			       : probe_wrong("an own file has owner %u inside",
				     (unsigned)st.st_uid));
}

PROBE(ns_user_capable)
{
	struct probe_answer answer;

	if (!user_in_userns(ctx, CLONE_NEWNS, &answer))
		return (answer);
	if (!util_private_mounts(&answer))
		return (answer);
	if (mkdir("m", 0700) != 0 || mount("tmpfs", "m", "tmpfs", 0, NULL) != 0)
		return (refused(errno, "mount(tmpfs) inside"));
	return (probe_ok("may mount a tmpfs"));
}

PROBE(ns_user_setgroups)
{
	char map[64];
	gid_t gid;

	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	gid = getegid();
	if (unshare(CLONE_NEWUSER) != 0)
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
	if (util_write("/proc/self/gid_map", map))
		return (probe_wrong(
		    "gid_map was taken with setgroups "
		    "allowed: a user can shed a group (CVE-2014-8989)"));
	if (errno != EPERM)
		return (probe_errno(errno, "gid_map"));
	if (!util_write("/proc/self/setgroups", "deny"))
		return (probe_errno(errno, "/proc/self/setgroups"));
	if (!util_write("/proc/self/gid_map", map))
		return (probe_errno(errno, "gid_map after deny"));
	return (util_refused(setgroups(0, NULL), 0, "setgroups(0)"));
}

PROBE(ns_user_foreign_map)
{
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	if (unshare(CLONE_NEWUSER) != 0)
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	return (util_refused(util_write("/proc/self/uid_map", "0 0 1") ? 0 : -1,
	    0, "mapping the real user 0"));
}

static int
range_setup(void *arg)
{
	(void)arg;
	return (unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
}

PROBE(ns_user_range)
{
	struct probe_answer answer;
	struct util_peer peer;
	struct stat st;
	char path[64];
	int fd;

	if (!probe_file("file", "") ||
	    chown("file", PROBE_OTHER_ID + 7, PROBE_OTHER_ID + 7) != 0)
		return (probe_errno(errno, "chown"));
	(void)ctx;
	if (!util_peer_start(&peer, range_setup, NULL))
		return (probe_errno(errno, "unshare(CLONE_NEWUSER)"));
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)peer.pid);
	answer = probe_ok("35999 + 7 shows as 1007");
	if (!util_write(path, "0 0 1\n1000 35999 100"))
		answer = probe_errno(errno, "uid_map of two ranges");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)peer.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (answer.state == ISTH_STATE_OK &&
	    (fd < 0 || setns(fd, CLONE_NEWUSER) != 0))
		answer = probe_errno(errno, "setns(user)");
	else if (answer.state == ISTH_STATE_OK &&
		 (stat("file", &st) != 0 || st.st_uid != 1007 ||
		     st.st_gid != OVERFLOW_ID))
		answer = probe_wrong("the file shows owner %u:%u inside",
		    (unsigned)st.st_uid, (unsigned)st.st_gid);
	util_peer_stop(&peer);
	return (answer);
}

PROBE(ns_user_nested)
{
	struct probe_answer answer;
	int depth;

	if (!user_in_userns(ctx, 0, &answer))
		return (answer);
	for (depth = 1; depth < NESTING_ASKED; depth++)
		if (!util_userns(0))
			break;
	if (depth == NESTING_ASKED)
		return (probe_wrong("%d levels, and no limit", depth));
	if (errno != ENOSPC && errno != EUSERS)
		return (refused(errno, "a nested user namespace"));
	return (
	    probe_ok("%d levels below ours, then %s", depth, strerror(errno)));
}

PROBE(ns_user_overflow)
{
	if (unshare(CLONE_NEWUSER) != 0)
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	return (
	    getuid() == OVERFLOW_ID
		? probe_ok("%d", OVERFLOW_ID)
		: probe_wrong("user id %u without a map", (unsigned)getuid()));
}

PROBE(ns_user_limit)
{
	/* The switch is each user namespace's own: ours, not the host's. */
	if (!util_userns(0))
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	if (!util_write("/proc/sys/user/max_user_namespaces", "0"))
		return (probe_errno(errno, "user.max_user_namespaces"));
	if (unshare(CLONE_NEWUSER) == 0)
		return (probe_wrong("0 did not forbid another"));
	return (probe_ok("0 inside: %s", strerror(errno)));
}

PROBE(ns_user_parent_files)
{
	if (!probe_file("secret", "x"))
		return (probe_errno(errno, "create"));
	if (chown(".", PROBE_OTHER_ID, PROBE_OTHER_ID) != 0 ||
	    !util_drop_to(PROBE_OTHER_ID))
		return (probe_errno(errno, "setresuid"));
	if (!util_userns(0))
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	return (util_refused(open("secret", O_RDONLY | O_CLOEXEC), 0,
	    "opening a file of the real root"));
}

/* A descriptor of one of our namespaces; -1 with errno. */
static int
ns_open(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return (open(path, O_RDONLY | O_CLOEXEC));
}

PROBE(ns_get_parent)
{
	struct stat st;
	ino_t outer;
	int fd, parent;

	outer = util_ns("user");
	if (!util_userns(0))
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	fd = ns_open("user");
	if (fd < 0)
		return (probe_errno(errno, "/proc/self/ns/user"));
	parent = ioctl(fd, NS_GET_PARENT);
	/* What is not below us may not be opened: EPERM is the promise. */
	if (parent < 0)
		return (errno == EPERM
			    ? probe_ok("above our own: EPERM")
			    : probe_errno(errno, "ioctl(NS_GET_PARENT)"));
	if (fstat(parent, &st) == 0 && st.st_ino == outer)
		return (probe_wrong("it opened a namespace above ours"));
	return (probe_wrong("it is not the parent"));
}

PROBE(ns_get_userns)
{
	struct stat st;
	int fd, owner;

	if (!util_userns(CLONE_NEWUTS))
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	fd = ns_open("uts");
	owner = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
	if (owner < 0 || fstat(owner, &st) != 0)
		return (probe_errno(errno, "ioctl(NS_GET_USERNS)"));
	return (st.st_ino == util_ns("user")
		    ? probe_ok(NULL)
		    : probe_wrong("not the user namespace that made it"));
}

PROBE(ns_get_nstype)
{
	int fd, type;

	fd = ns_open("net");
	if (fd < 0)
		return (probe_errno(errno, "/proc/self/ns/net"));
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return (probe_errno(errno, "ioctl(NS_GET_NSTYPE)"));
	return (
	    type == CLONE_NEWNET
		? probe_ok(NULL)
		: probe_wrong("0x%x for a network namespace", (unsigned)type));
}

PROBE(ns_get_owner_uid)
{
	uid_t uid;
	int fd;

	if (!util_userns(0))
		return (refused(errno, "unshare(CLONE_NEWUSER)"));
	fd = ns_open("user");
	uid = (uid_t)-2;
	if (fd < 0 || ioctl(fd, NS_GET_OWNER_UID, &uid) != 0)
		return (probe_errno(errno, "ioctl(NS_GET_OWNER_UID)"));
	return (uid == getuid() ? probe_ok(NULL)
				: probe_wrong("user %u", (unsigned)uid));
}

PROBE(ns_links)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net",
		"pid", "pid_for_children", "time", "time_for_children", "user",
		"uts" };
	char missing[128];

	(void)ctx;
	if (!util_exists("/proc/self/ns"))
		return (probe_absent("no /proc/self/ns"));
	missing[0] = '\0';
	for (size_t i = 0; i < UTIL_COUNT(names); i++)
		if (util_ns(names[i]) == 0)
			util_append(missing, sizeof(missing), names[i]);
	if (missing[0] != '\0')
		return (probe_state(
		    ISTH_STATE_UNSUPPORTED, 0, "without %s", missing));
	return (probe_ok("%zu sorts", UTIL_COUNT(names)));
}

#else
typedef int area_namespace_user_is_empty_here;
#endif
