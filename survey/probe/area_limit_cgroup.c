/*
 * Control groups of Linux, version 2 and the process counter of version 1.
 * A group is a directory in a tree that outlives us: its name is one of
 * probe_jail_name(), so that the janitor removes it (util_cgroup_undo).
 */
#include "survey/probe/area_limit.h"

#if defined(__linux__)

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A group of ours, by its path; made by begin(), removed by end(). */
struct group {
	char path[UTIL_CGROUP_PATH];
	size_t length; /* of the path without a file's name */
	char name[64]; /* its last component */
};

/* The path of a file of the group, valid until the next call. */
static const char *
file_of(struct group *group, const char *name)
{
	snprintf(group->path + group->length,
	    sizeof(group->path) - group->length, "/%s", name);
	return (group->path);
}

static const char *
path_of(struct group *group)
{
	group->path[group->length] = '\0';
	return (group->path);
}

/* Makes a group below our own in that tree; false with the answer. */
static bool
begin(const struct probe_context *ctx, const char *tree, struct group *group,
    struct probe_answer *why)
{
	char base[UTIL_CGROUP_PATH - 64];

	if (!util_cgroup_find(tree, base, sizeof(base))) {
		*why = probe_absent("no %s tree is mounted",
		    tree[0] == '\0' ? "version 2" : tree);
		return (false);
	}
	snprintf(
	    group->name, sizeof(group->name), "%s", probe_jail_name(ctx, 0));
	group->length = (size_t)snprintf(
	    group->path, sizeof(group->path), "%s/%s", base, group->name);
	if (mkdir(group->path, 0755) == 0)
		return (true);
	*why = errno == EROFS ? probe_state(ISTH_STATE_DENIED, errno,
				    "the tree is mounted read-only")
			      : probe_errno(errno, "mkdir in our own group");
	return (false);
}

static struct probe_answer
end(const struct group *group, struct probe_answer answer)
{
	util_cgroup_undo(group->name);
	return (answer);
}

/* A process in the group that holds still. */
static bool
member(struct group *group, struct util_peer *peer, struct probe_answer *why)
{
	char id[16];

	if (!util_peer_start(peer, NULL, NULL)) {
		*why = probe_errno(errno, "fork");
		return (false);
	}
	snprintf(id, sizeof(id), "%d", (int)peer->pid);
	if (util_write(file_of(group, "cgroup.procs"), id))
		return (true);
	*why = probe_errno(errno, "writing cgroup.procs");
	util_peer_stop(peer);
	return (false);
}

PROBE(lim_cg_version)
{
	char path[UTIL_CGROUP_PATH];
	bool one, two;

	two = util_cgroup_find("", path, sizeof(path));
	one = util_cgroup_find("pids", path, sizeof(path)) ||
	      util_cgroup_find("memory", path, sizeof(path));
	if (!one && !two)
		return (util_exists("/proc/self/cgroup")
			    ? probe_state(ISTH_STATE_UNSUPPORTED, 0,
				  "in this kernel, but not mounted")
			    : probe_absent("no /proc/self/cgroup"));
	return (two && !one ? probe_ok("version 2")
			    : probe_ok("version 1%s",
				  two ? ", and 2 without controllers of "
					"its own"
				      : ""));
}

PROBE(lim_cg_controllers)
{
	char base[UTIL_CGROUP_PATH - 64], path[UTIL_CGROUP_PATH], text[256];

	if (!util_cgroup_find("", base, sizeof(base)))
		return (probe_absent("no version 2 tree is mounted"));
	snprintf(path, sizeof(path), "%s/cgroup.controllers", base);
	if (!util_read(path, text, sizeof(text)))
		return (probe_errno(errno, "cgroup.controllers"));
	text[strcspn(text, "\n")] = '\0';
	if (strstr(text, "memory") == NULL || strstr(text, "pids") == NULL)
		return (probe_state(ISTH_STATE_UNSUPPORTED, 0,
		    "our group has \"%.120s\"", text));
	return (probe_ok("%.150s", text));
}

PROBE(lim_cg_create)
{
	char text[4096], where[64];
	struct probe_answer answer;
	struct util_peer peer;
	struct group group;

	if (!begin(ctx, "", &group, &answer))
		return (answer);
	if (!member(&group, &peer, &answer))
		return (end(&group, answer));
	snprintf(where, sizeof(where), "/proc/%d/cgroup", (int)peer.pid);
	if (!util_read(where, text, sizeof(text)))
		answer = probe_errno(errno, "/proc/PID/cgroup");
	else
		answer = strstr(text, group.name) != NULL
			     ? probe_ok("a process was moved into it")
			     : probe_wrong("the process is not in it");
	if (rmdir(path_of(&group)) == 0)
		answer = probe_wrong("removed with a process in it");
	util_peer_stop(&peer);
	return (end(&group, answer));
}

PROBE(lim_cg_clone)
{
#ifdef CLONE_INTO_CGROUP
	struct probe_answer answer;
	struct clone_args args;
	struct group group;
	char text[4096];
	pid_t pid;
	int fd, rc;

	if (!begin(ctx, "", &group, &answer))
		return (answer);
	fd = open(path_of(&group), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memset(&args, 0, sizeof(args));
	args.flags = CLONE_INTO_CGROUP;
	args.exit_signal = SIGCHLD;
	args.cgroup = (uint64_t)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(util_read("/proc/self/cgroup", text, sizeof(text)) &&
			      strstr(text, group.name) != NULL
			  ? 0
			  : 1);
	if (pid < 0)
		return (end(&group,
		    errno == E2BIG
			? probe_absent("not in this kernel (before 5.7)")
			: probe_errno(errno, "clone3(CLONE_INTO_CGROUP)")));
	rc = util_wait(pid);
	close(fd);
	return (end(&group, rc == 0 ? probe_ok("the child began in it")
				    : probe_wrong("the child is not in it")));
#else
	(void)ctx;
	return (probe_absent("not in this system's headers"));
#endif
}

PROBE(lim_cg_kill)
{
	struct probe_answer answer;
	struct util_peer peer;
	struct group group;
	int rc;

	if (!begin(ctx, "", &group, &answer))
		return (answer);
	if (!member(&group, &peer, &answer))
		return (end(&group, answer));
	if (!util_write(file_of(&group, "cgroup.kill"), "1")) {
		answer = errno == ENOENT || errno == EACCES
			     ? probe_absent("no cgroup.kill (before 5.14)")
			     : probe_errno(errno, "cgroup.kill");
		util_peer_stop(&peer);
		return (end(&group, answer));
	}
	rc = util_wait(peer.pid);
	return (end(&group,
	    rc == -SIGKILL ? probe_ok(NULL)
			   : probe_wrong("the process ended with %d", rc)));
}

PROBE(lim_cg_freeze)
{
	struct probe_answer answer;
	struct util_peer peer;
	struct group group;
	char text[256];
	bool frozen;

	if (!begin(ctx, "", &group, &answer))
		return (answer);
	if (!member(&group, &peer, &answer))
		return (end(&group, answer));
	frozen = false;
	if (!util_write(file_of(&group, "cgroup.freeze"), "1"))
		answer = errno == ENOENT || errno == EACCES
			     ? probe_absent("no cgroup.freeze (before 5.2)")
			     : probe_errno(errno, "cgroup.freeze");
	else {
		/* cgroup-v2: freezing may take time; events tell its end. */
		for (int i = 0; i < 40 && !frozen; i++) {
			frozen = util_read(file_of(&group, "cgroup.events"),
				     text, sizeof(text)) &&
				 strstr(text, "frozen 1") != NULL;
			if (!frozen)
				usleep(500);
		}
		answer = frozen ? probe_ok("frozen and thawed")
				: probe_wrong("cgroup.events does not say so");
		(void)util_write(file_of(&group, "cgroup.freeze"), "0");
	}
	util_peer_stop(&peer);
	return (end(&group, answer));
}

/* In the group: one process is allowed, and we are it. */
static int
fork_within(void *arg)
{
	struct group *group = arg;
	pid_t pid;

	if (!util_write(file_of(group, "cgroup.procs"), "0"))
		return (errno);
	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return (errno == EAGAIN ? 0 : errno);
	(void)util_wait(pid);
	return (125);
}

PROBE(lim_cg_pids)
{
	struct probe_answer answer;
	struct group group;
	bool first;
	int rc;

	/* Where version 1 has the controller, version 2 has not. */
	first = begin(ctx, "pids", &group, &answer);
	if (!first && (answer.state != ISTH_STATE_ABSENT ||
			  !begin(ctx, "", &group, &answer)))
		return (answer);
	if (!util_write(file_of(&group, "pids.max"), "1"))
		return (end(&group,
		    errno == ENOENT || errno == EACCES
			? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			      "the controller is not passed on to groups below ours")
			: probe_errno(errno, "pids.max")));
	rc = probe_child(fork_within, &group);
	if (rc == 125)
		answer = probe_wrong("a second process was made");
	else
		answer = rc == 0 ? probe_ok("EAGAIN, version %d", first ? 1 : 2)
				 : probe_errno(rc, "fork in the group");
	return (end(&group, answer));
}

PROBE(lim_cg_memory)
{
	struct probe_answer answer;
	struct group group;
	char text[64];

	/* Version 1 is only looked at: a group of it lingers for long. */
	if (util_cgroup_find("memory", group.path, sizeof(group.path))) {
		group.length = strlen(group.path);
		return (util_exists(file_of(&group, "memory.limit_in_bytes"))
			    ? probe_ok("version 1, not set")
			    : probe_wrong("no memory.limit_in_bytes"));
	}
	if (!begin(ctx, "", &group, &answer))
		return (answer);
	if (!util_write(file_of(&group, "memory.max"), "16777216"))
		return (end(&group,
		    errno == ENOENT || errno == EACCES
			? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			      "the controller is not passed on to groups below ours")
			: probe_errno(errno, "memory.max")));
	answer = util_read(file_of(&group, "memory.max"), text, sizeof(text)) &&
			 strtol(text, NULL, 10) == 16777216
		     ? probe_ok("version 2, set and read back")
		     : probe_wrong("it reads otherwise");
	return (end(&group, answer));
}

PROBE(lim_cg_cpu)
{
	struct probe_answer answer;
	struct group group;
	char text[64];

	/* Version 1 is only looked at: cpu.cfs_quota_us. */
	if (util_cgroup_find("cpu", group.path, sizeof(group.path))) {
		group.length = strlen(group.path);
		return (util_exists(file_of(&group, "cpu.shares"))
			    ? probe_absent("version 1 has cpu.cfs_quota_us")
			    : probe_wrong("no cpu.shares"));
	}
	if (!begin(ctx, "", &group, &answer))
		return (answer);
	if (!util_write(file_of(&group, "cpu.max"), "50000 100000"))
		return (end(&group,
		    errno == ENOENT || errno == EACCES
			? probe_state(ISTH_STATE_UNSUPPORTED, errno,
			      "the controller is not passed on to groups below ours")
			: probe_errno(errno, "cpu.max")));
	answer = util_read(file_of(&group, "cpu.max"), text, sizeof(text)) &&
			 strncmp(text, "50000 100000", 12) == 0
		     ? probe_ok("half a processor, set and read back")
		     : probe_wrong("it reads otherwise");
	return (end(&group, answer));
}

PROBE(lim_cg_delegated)
{
	char base[UTIL_CGROUP_PATH];

	if (!util_cgroup_find("", base, sizeof(base)))
		return (probe_absent("no version 2 tree is mounted"));
	if (!util_drop(ctx))
		return (probe_errno(errno, "setresuid"));
	/* Looked at, not tried: an answer without a trace. */
	if (faccessat(AT_FDCWD, base, W_OK, AT_EACCESS) == 0)
		return (probe_ok("our group is writable"));
	return (probe_errno(errno, "our group belongs to somebody else"));
}

#else
typedef int area_limit_cgroup_is_empty_here;
#endif
