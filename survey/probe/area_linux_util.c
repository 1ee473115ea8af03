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
util_private_mounts(struct probe_answer *why)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return (true);
	*why = errno == EINVAL
		   ? util_skip("/ is no mount point here (a plain chroot): "
			       "mounts could be seen outside")
		   : probe_errno(errno, "mount(/, MS_REC | MS_PRIVATE)");
	return (false);
}

bool
util_admin(const struct probe_context *ctx, int flags, struct probe_answer *why)
{
	int rc;

	flags |= CLONE_NEWNS;
	if (ctx->root)
		rc = unshare(flags);
	else
		rc = util_userns(flags) ? 0 : -1;
	if (rc != 0) {
		*why = ctx->root
			   ? probe_errno(errno, "unshare(0x%x)", flags)
			   : util_skip("needs root, or a user namespace: %s",
				 strerror(errno));
		return (false);
	}
	return (util_private_mounts(why));
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
	return (
	    (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL));
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

/* Copies the line of /proc/self/cgroup for that tree; false if none. */
static bool
cgroup_of_ours(const char *tree, char *group, size_t size)
{
	char controllers[128], *line, *save, text[8192];
	const char *colon;
	unsigned id;

	if (!util_read("/proc/self/cgroup", text, sizeof(text)))
		return (false);
	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		/* "4:pids:/path", and "0::/path" for version 2. */
		controllers[0] = '\0';
		if (sscanf(line, "%u:%127[^:]:", &id, controllers) < 1 ||
		    strcmp(controllers, tree) != 0 ||
		    (colon = strchr(strchr(line, ':') + 1, ':')) == NULL)
			continue;
		snprintf(group, size, "%s",
		    strcmp(colon, ":/") == 0 ? "" : colon + 1);
		return (true);
	}
	return (false);
}

/* True when a comma-separated list holds the word. */
static bool
list_holds(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = list; (p = strstr(p, word)) != NULL; p += len)
		if ((p == list || p[-1] == ',') &&
		    (p[len] == ',' || p[len] == '\0' || p[len] == '\n'))
			return (true);
	return (false);
}

bool
util_cgroup_find(const char *tree, char *path, size_t size)
{
	char at[256], group[512], line[2048], options[512], root[256], type[32];
	FILE *mounts;
	const char *dash;
	bool found;

	if (!cgroup_of_ours(tree, group, sizeof(group)))
		return (false);
	mounts = fopen("/proc/self/mountinfo", "re");
	if (mounts == NULL)
		return (false);
	found = false;
	while (!found && fgets(line, sizeof(line), mounts) != NULL) {
		/* proc_pid_mountinfo(5): what follows " - " is the type. */
		dash = strstr(line, " - ");
		if (dash == NULL ||
		    sscanf(line, "%*d %*d %*s %255s %255s", root, at) != 2 ||
		    sscanf(dash, " - %31s %*s %511s", type, options) != 2 ||
		    strcmp(root, "/") != 0)
			continue;
		found = tree[0] == '\0' ? strcmp(type, "cgroup2") == 0
					: strcmp(type, "cgroup") == 0 &&
					      list_holds(options, tree);
	}
	fclose(mounts);
	return (
	    found && (size_t)snprintf(path, size, "%s%s", at, group) < size);
}

void
util_cgroup_undo(const char *name)
{
	static const char *const trees[] = { "", "pids" };
	char base[UTIL_CGROUP_PATH - 128], path[UTIL_CGROUP_PATH];

	for (size_t i = 0; i < UTIL_COUNT(trees); i++) {
		if (!util_cgroup_find(trees[i], base, sizeof(base)))
			continue;
		snprintf(path, sizeof(path), "%s/%s/cgroup.kill", base, name);
		(void)util_write(path, "1");
		snprintf(path, sizeof(path), "%s/%s", base, name);
		/* EBUSY while the last of its processes is being reaped. */
		for (int n = 0; rmdir(path) != 0 && errno == EBUSY && n < 50;
		     n++)
			usleep(200);
	}
}

#else
typedef int area_linux_util_is_empty_here;
#endif
