/*
 * Linux's part of area_common_util.h: namespaces and clone by raw system
 * call, since libc wraps neither clone3 nor a fork-like clone.
 */
#if defined(__linux__)

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "survey/probe/area_common_util.h"

bool
util_userns(int flags)
{
	char map[64];
	gid_t gid;
	uid_t uid;

	uid = geteuid();
	gid = getegid();
	if (unshare(CLONE_NEWUSER | flags) != 0)
		return (false);
	/* user_namespaces(7): gid_map needs setgroups to be given up. */
	(void)util_write("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
	if (!util_write("/proc/self/uid_map", map))
		return (false);
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
	return (util_write("/proc/self/gid_map", map));
}

bool
util_admin(const struct probe_context *ctx, int flags,
    struct probe_answer *why)
{
	int rc;

	flags |= CLONE_NEWNS;
	if (ctx->root)
		rc = unshare(flags);
	else
		rc = util_userns(flags) ? 0 : -1;
	if (rc != 0) {
		*why = ctx->root ? probe_errno(errno, "unshare(0x%x)", flags) :
		    util_skip("needs root, or a user namespace: %s",
		    strerror(errno));
		return (false);
	}
	/* Nothing that is mounted from here on may be seen outside. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		*why = probe_errno(errno, "mount(/, MS_REC | MS_PRIVATE)");
		return (false);
	}
	return (true);
}

ino_t
util_ns(const char *name)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	return (stat(path, &st) == 0 ? st.st_ino : 0);
}

pid_t
util_clone(unsigned long flags)
{
	return ((pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL,
	    NULL));
}

pid_t
util_clone3(unsigned long long flags)
{
	struct clone_args args;

	memset(&args, 0, sizeof(args));
	args.flags = flags;
	args.exit_signal = SIGCHLD;
	return ((pid_t)syscall(SYS_clone3, &args, sizeof(args)));
}

#else
typedef int area_linux_util_is_empty_here;
#endif
