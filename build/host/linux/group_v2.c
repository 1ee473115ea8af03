/*
 * Version 2 of control groups.  As root the builds' groups stand below the
 * top of the hierarchy; without, below the nearest ancestor of the own group
 * that was delegated to us and holds no process itself, since such a group
 * may not give controllers to its children (cgroups(7), "no internal
 * processes").  Nothing of the caller is moved.
 * Names from Documentation/admin-guide/cgroup-v2.rst.
 */
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/linux/group.h"

/*
 * On "isthmus": the controllers that were not on in the directory above, so
 * that the last executor can switch them off, also for a dead one.
 */
#define XATTR_ENABLED "user.isthmus.enabled"

enum usable { USABLE, NOT_OURS, HOLDS_PROCESSES };

/* May groups with controllers be made below this one? */
static enum usable
v2_usable(int fd)
{
	char text[256];

	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == -1 ||
	    faccessat(fd, "cgroup.subtree_control", W_OK, AT_EACCESS) == -1 ||
	    faccessat(fd, "cgroup.procs", W_OK, AT_EACCESS) == -1)
		return (NOT_OURS);
	/* The top of the hierarchy may hold processes, and has no type. */
	if (faccessat(fd, "cgroup.type", F_OK, 0) == -1)
		return (USABLE);
	if (group_read(fd, "cgroup.subtree_control", text, sizeof(text)) &&
	    (group_has_word(text, "memory") || group_has_word(text, "pids")))
		return (USABLE);
	if (group_read(fd, "cgroup.procs", text, 2) && text[0] == '\0')
		return (USABLE);
	return (HOLDS_PROCESSES);
}

/* Path of the own group from /proc/self/cgroup: the line "0::PATH". */
static bool
v2_own(char *path, size_t n)
{
	char text[4096];
	const char *line;
	size_t len;

	if (!group_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)))
		return (false);
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (line == NULL)
		return (false);
	line = strchr(line, '/');
	if (line == NULL)
		return (false);
	len = strcspn(line, "\n");
	/* "/../x": it is above what we see of the hierarchy. */
	if (len >= n || strncmp(line, "/..", 3) == 0)
		return (false);
	memcpy(path, line, len);
	path[len] = '\0';
	return (true);
}

/* Opens PATH (of the hierarchy) and takes it when it will do. */
static enum usable
v2_try(struct group_host *h, int top_fd, const char *path)
{
	enum usable answer;
	int fd;

	fd = openat(top_fd, path[1] == '\0' ? "." : path + 1,
	    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (NOT_OURS);
	answer = v2_usable(fd);
	if (answer == USABLE)
		h->fd = fd;
	else
		close(fd);
	return (answer);
}

/* The own group, and upwards while they are ours. */
static bool
v2_delegated(struct group_host *h, int top_fd, char *path)
{
	enum usable answer;
	char *slash;

	for (;;) {
		answer = v2_try(h, top_fd, path);
		if (answer == USABLE)
			return (true);
		if (answer == NOT_OURS)
			return (false);
		h->why = "the group of this process holds processes itself";
		slash = strrchr(path, '/');
		if (slash == path && path[1] == '\0')
			return (false);
		slash[slash == path ? 1 : 0] = '\0';
	}
}

bool
group_v2_find(
    struct group_host *h, int root_fd, const char *root, const char *own)
{
	char path[256] = "/", controllers[256];
	bool hybrid, found;
	int top_fd;

	hybrid = faccessat(root_fd, "cgroup.controllers", F_OK, 0) == -1;
	top_fd = openat(root_fd, hybrid ? "unified" : ".",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top_fd == -1)
		return (false);
	if (!group_read(top_fd, "cgroup.controllers", controllers,
		sizeof(controllers)) ||
	    (!group_has_word(controllers, "memory") &&
		!group_has_word(controllers, "pids"))) {
		h->why = "cgroup2 has neither a memory nor a pids controller";
		close(top_fd);
		return (false);
	}
	h->why = "no control group is delegated to this user (try: "
		 "systemd-run --user --scope -p Delegate=yes)";
	found = v2_try(h, top_fd, "/") == USABLE;
	if (!found && own != NULL)
		snprintf(path, sizeof(path), "%s", own);
	if (!found && (own != NULL || v2_own(path, sizeof(path))))
		found = v2_delegated(h, top_fd, path);
	close(top_fd);
	if (!found || !group_read(h->fd, "cgroup.controllers", controllers,
			  sizeof(controllers)))
		return (false);
	h->memory = group_has_word(controllers, "memory");
	h->processes = group_has_word(controllers, "pids");
	if (!h->memory && !h->processes) {
		h->why = "neither the memory nor the pids controller is "
			 "delegated";
		close(h->fd);
		h->fd = -1;
		return (false);
	}
	h->version = &group_v2;
	snprintf(h->path, sizeof(h->path), "%s%s%s", root,
	    hybrid ? "/unified" : "", path[1] == '\0' ? "" : path);
	return (true);
}

static const char *
v2_why_not(const struct group_host *h, const char *limit)
{
	if (strcmp(limit, "memory_bytes") == 0)
		return (
		    h->memory ? NULL : "cgroup2 has no memory controller here");
	if (strcmp(limit, "processes") == 0)
		return (h->processes ? NULL
				     : "cgroup2 has no pids controller here");
	return ("not a limit of control groups");
}

static bool
v2_wanted(const struct spec_limits *limits)
{
	(void)limits;
	return (true); /* killing and figures are worth it */
}

/* "+memory +pids ", of what is to be had and not in the list. */
static void
v2_missing(const struct group_host *h, const char *list, const char *sign,
    char *out, size_t n)
{
	bool memory = h->memory && !group_has_word(list, "memory");
	bool pids = h->processes && !group_has_word(list, "pids");

	snprintf(out, n, "%s%s%s%s", memory ? sign : "",
	    memory ? "memory " : "", pids ? sign : "", pids ? "pids " : "");
}

/* Switches on what is missing for the children of one directory. */
static bool
v2_enable(struct group_host *h, int fd, const char *name, struct error *e)
{
	char list[256], text[64], path[640];

	if (!group_read(fd, "cgroup.subtree_control", list, sizeof(list)))
		list[0] = '\0';
	v2_missing(h, list, "+", text, sizeof(text));
	if (text[0] == '\0' || group_write(fd, "cgroup.subtree_control", text))
		return (true);
	snprintf(
	    path, sizeof(path), "%s%s/cgroup.subtree_control", h->path, name);
	return (fail(e, errno, "enable controllers", path, "writing %s: %s",
	    text, strerror(errno)));
}

static bool
v2_prepare(struct group_host *h, struct error *e)
{
	char list[256], missing[64];

	if (h->prepared)
		return (true);
	/* The note comes before the deed. */
	if (group_read(h->fd, "cgroup.subtree_control", list, sizeof(list))) {
		v2_missing(h, list, "", missing, sizeof(missing));
		if (missing[0] != '\0')
			(void)fsetxattr(h->isthmus_fd, XATTR_ENABLED, missing,
			    strlen(missing), 0);
	}
	if (!v2_enable(h, h->fd, "", e) ||
	    !v2_enable(h, h->isthmus_fd, "/isthmus", e))
		return (false);
	h->prepared = true;
	return (true);
}

/* Of groups that somebody else uses by now, the kernel refuses it. */
static void
v2_settle(struct group_host *h)
{
	char noted[64];
	ssize_t len;

	len = fgetxattr(h->isthmus_fd, XATTR_ENABLED, noted, sizeof(noted) - 1);
	if (len <= 0)
		return;
	noted[len] = '\0';
	if (group_has_word(noted, "memory")) {
		(void)group_write(
		    h->isthmus_fd, "cgroup.subtree_control", "-memory");
		(void)group_write(h->fd, "cgroup.subtree_control", "-memory");
	}
	if (group_has_word(noted, "pids")) {
		(void)group_write(
		    h->isthmus_fd, "cgroup.subtree_control", "-pids");
		(void)group_write(h->fd, "cgroup.subtree_control", "-pids");
	}
}

static bool
v2_limit(struct group *g, const struct spec_limits *limits, struct error *e)
{
	if (limits->memory_bytes != SPEC_NONE && g->host->memory) {
		if (!group_write_limit(
			g, "memory.max", limits->memory_bytes, e) ||
		    !group_write_limit(g, "memory.oom.group", 1, e))
			return (false);
		/* Not there without swap accounting. */
		if (faccessat(g->fd, "memory.swap.max", F_OK, 0) == 0 &&
		    !group_write_limit(g, "memory.swap.max", 0, e))
			return (false);
	}
	/* The build's first process is ours, not the builder's. */
	if (limits->processes != SPEC_NONE && g->host->processes)
		return (
		    group_write_limit(g, "pids.max", limits->processes + 1, e));
	return (true);
}

/* It was born there: CLONE_INTO_CGROUP. */
static bool
v2_enter(struct group *g, pid_t pid, struct error *e)
{
	(void)g;
	(void)pid;
	(void)e;
	return (true);
}

static int
v2_kill(int fd)
{
	char events[256];

	if (!group_read(fd, "cgroup.events", events, sizeof(events)))
		return (errno == ENOENT || errno == ENODEV ? 0 : -1);
	if (strstr(events, "populated 1") == NULL)
		return (0);
	/* Before 5.14 there is no cgroup.kill. */
	if (group_write(fd, "cgroup.kill", "1"))
		return (1);
	return (errno == ENOENT ? group_kill_each(fd) : -1);
}

static void
take(struct isth_measure *m, int64_t value, const char *why)
{
	if (value >= 0) {
		m->value = value;
		m->why[0] = '\0';
	} else if (m->value < 0)
		snprintf(m->why, sizeof(m->why), "%s", why);
}

/* Sum of "key=number" over the lines, one for each block device. */
static int64_t
io_sum(const char *text, const char *key)
{
	size_t n = strlen(key);
	int64_t sum = 0;
	const char *p;

	for (p = text; (p = strstr(p, key)) != NULL; p += n)
		sum += strtoll(p + n, NULL, 10);
	return (sum);
}

static void
v2_measure(struct group *g, struct isth_build_result *r)
{
	char text[4096];
	int64_t us;

	take(&r->peak_memory_bytes, group_read_number(g->fd, "memory.peak"),
	    g->host->memory ? "no memory.peak: needs Linux 5.19"
			    : "cgroup2 has no memory controller here");
	/* At the same time; who counted all that ever were knows better. */
	if (r->processes.value < 0)
		take(&r->processes, group_read_number(g->fd, "pids.peak"),
		    "no pids.peak: needs Linux 6.11");
	if (group_read(g->fd, "cpu.stat", text, sizeof(text))) {
		us = group_number(text, "user_usec");
		take(&r->user_ns, us < 0 ? -1 : us * 1000, "not in cpu.stat");
		us = group_number(text, "system_usec");
		take(&r->system_ns, us < 0 ? -1 : us * 1000, "not in cpu.stat");
	}
	/* Only where somebody has switched the controller on. */
	if (group_read(g->fd, "io.stat", text, sizeof(text))) {
		take(&r->block_read_bytes, io_sum(text, "rbytes="), "");
		take(&r->block_written_bytes, io_sum(text, "wbytes="), "");
	}
}

const struct group_version group_v2 = {
	.means = "cgroup2",
	.events = "memory.events",
	.why_not = v2_why_not,
	.wanted = v2_wanted,
	.prepare = v2_prepare,
	.settle = v2_settle,
	.limit = v2_limit,
	.enter = v2_enter,
	.kill = v2_kill,
	.measure = v2_measure,
};
