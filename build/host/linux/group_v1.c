/*
 * Version 1 of control groups, where the controllers are hierarchies of
 * their own.  Only the memory hierarchy is used, and only for a build with
 * a memory limit: a move between groups waits for an RCU grace period every
 * now and then (16 ms seen), processes are limited per uid already
 * (RLIMIT_NPROC), and times and blocks are in the exit status.
 * Names from Documentation/admin-guide/cgroup-v1/memory.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/linux/group.h"

bool
group_v1_find(struct group_host *h, int root_fd, const char *root)
{
	/* Writable only for whom the tree belongs to, and not mounted ro. */
	if (faccessat(root_fd, "memory/memory.limit_in_bytes", F_OK, 0) == -1)
		return (false);
	if (faccessat(root_fd, "memory", W_OK | X_OK, AT_EACCESS) == -1) {
		h->why = "cgroup1 is for root only";
		return (false);
	}
	h->fd = openat(root_fd, "memory", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (h->fd == -1)
		return (false);
	h->memory = true;
	h->version = &group_v1;
	snprintf(h->path, sizeof(h->path), "%s/memory", root);
	return (true);
}

static const char *
v1_why_not(const struct group_host *h, const char *limit)
{
	if (strcmp(limit, "memory_bytes") == 0 && h->memory)
		return (NULL);
	if (strcmp(limit, "processes") == 0)
		return ("cgroup1 is used for memory only");
	return ("not a limit of control groups");
}

static bool
v1_wanted(const struct spec_limits *limits)
{
	return (limits->memory_bytes != SPEC_NONE);
}

static bool
v1_prepare(struct group_host *h, struct error *e)
{
	(void)h;
	(void)e;
	return (true);
}

static void
v1_settle(struct group_host *h)
{
	(void)h;
}

/* Kernel memory counts in it too; swap by memsw, where it is counted. */
static bool
v1_limit(struct group *g, const struct spec_limits *limits, struct error *e)
{
	if (!group_write_limit(
		g, "memory.limit_in_bytes", limits->memory_bytes, e))
		return (false);
	if (faccessat(g->fd, "memory.memsw.limit_in_bytes", F_OK, 0) == -1)
		return (true);
	return (group_write_limit(
	    g, "memory.memsw.limit_in_bytes", limits->memory_bytes, e));
}

static bool
v1_enter(struct group *g, pid_t pid, struct error *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)pid);
	if (group_write(g->fd, "cgroup.procs", text))
		return (true);
	return (fail(e, errno, "enter limit group", g->name, NULL));
}

static void
v1_measure(struct group *g, struct isth_build_result *r)
{
	int64_t peak = group_read_number(g->fd, "memory.max_usage_in_bytes");

	if (peak >= 0) {
		r->peak_memory_bytes.value = peak;
		r->peak_memory_bytes.why[0] = '\0';
	} else if (r->peak_memory_bytes.value < 0)
		snprintf(r->peak_memory_bytes.why,
		    sizeof(r->peak_memory_bytes.why),
		    "memory.max_usage_in_bytes: %s", strerror(errno));
}

const struct group_version group_v1 = {
	.means = "cgroup1",
	.events = "memory.oom_control",
	.why_not = v1_why_not,
	.wanted = v1_wanted,
	.prepare = v1_prepare,
	.settle = v1_settle,
	.limit = v1_limit,
	.enter = v1_enter,
	.kill = group_kill_each,
	.measure = v1_measure,
};
