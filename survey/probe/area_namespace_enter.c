/*
 * Each Linux namespace by each way into it: unshare, clone, clone3, setns.
 * What a namespace promises is written once (struct ns), and asked from
 * inside and then from outside.
 */
#include "survey/probe/area_namespace.h"

#if defined(__linux__)

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* linux/sched.h, since 5.6 */
#endif

#define INSIDE_NAME "isthmus-inside"
#define INSIDE_SHIFT 5000 /* seconds, of the monotonic clock */

/* A namespace: how it is named, and how to see that it is one. */
struct ns {
	const char *file; /* in /proc/self/ns */
	int flag;
	bool children; /* unshare moves only later children */
	/* Asks inside; changes what must not be seen outside. */
	util_fn *inside;
	/* True when what `inside` did is seen outside; may be NULL. */
	bool (*seen)(const struct probe_context *);
};

static struct probe_answer
mnt_inside(const struct probe_context *ctx, void *arg)
{
	struct probe_answer why;

	(void)ctx, (void)arg;
	if (!util_private_mounts(&why))
		return (why);
	if (mkdir("m", 0700) != 0 ||
	    mount("tmpfs", "m", "tmpfs", 0, "size=64k") != 0)
		return (probe_errno(errno, "mount(tmpfs)"));
	if (!probe_file("m/inside", ""))
		return (probe_errno(errno, "create in a new tmpfs"));
	return (probe_ok(NULL));
}

static bool
mnt_seen(const struct probe_context *ctx)
{
	(void)ctx;
	return (util_exists("m/inside"));
}

static struct probe_answer
uts_inside(const struct probe_context *ctx, void *arg)
{
	char name[65];

	(void)ctx, (void)arg;
	if (sethostname(INSIDE_NAME, strlen(INSIDE_NAME)) != 0)
		return (probe_errno(errno, "sethostname"));
	if (gethostname(name, sizeof(name)) != 0 ||
	    strcmp(name, INSIDE_NAME) != 0)
		return (probe_wrong("the new host name does not show inside"));
	return (probe_ok(NULL));
}

static bool
uts_seen(const struct probe_context *ctx)
{
	char name[65];

	(void)ctx;
	return (gethostname(name, sizeof(name)) == 0 &&
		strcmp(name, INSIDE_NAME) == 0);
}

static struct probe_answer
ipc_inside(const struct probe_context *ctx, void *arg)
{
	(void)arg;
	return (util_done(
	    shmget(probe_sysv_key(ctx, 0), 4096, IPC_CREAT | IPC_EXCL | 0600),
	    "shmget"));
}

static bool
ipc_seen(const struct probe_context *ctx)
{
	return (shmget(probe_sysv_key(ctx, 0), 4096, 0) >= 0);
}

static struct probe_answer
net_inside(const struct probe_context *ctx, void *arg)
{
	struct if_nameindex *list;
	unsigned others;
	bool loopback;

	(void)ctx, (void)arg;
	list = if_nameindex();
	if (list == NULL)
		return (probe_errno(errno, "if_nameindex"));
	others = 0;
	loopback = false;
	for (struct if_nameindex *i = list; i->if_index != 0; i++)
		if (strcmp(i->if_name, "lo") == 0)
			loopback = true;
		else
			others++;
	if_freenameindex(list);
	if (!loopback)
		return (probe_wrong("no interface lo inside"));
	/* Tunnel drivers put fall-back devices into each one (ip-sysctl). */
	if (others != 0)
		return (
		    probe_ok("lo, and %u tunnel fall-back devices", others));
	return (probe_ok("lo alone"));
}

static struct probe_answer
pid_inside(const struct probe_context *ctx, void *arg)
{
	(void)ctx, (void)arg;
	if (getpid() != 1)
		return (probe_wrong("process id %d, not 1", (int)getpid()));
	return (probe_ok(NULL));
}

static struct probe_answer
user_inside(const struct probe_context *ctx, void *arg)
{
	char status[4096];
	const char *caps;

	(void)ctx, (void)arg;
	if (getuid() != 0 || geteuid() != 0)
		return (probe_wrong("user id %u inside, not the mapped 0",
		    (unsigned)geteuid()));
	if (!util_read("/proc/self/status", status, sizeof(status)) ||
	    (caps = strstr(status, "CapEff:\t")) == NULL)
		return (probe_ok("mapped to 0"));
	if (strncmp(caps + 8, "0000000000000000", 16) == 0)
		return (probe_wrong("user 0 inside has no capability"));
	return (probe_ok("CapEff %.16s", caps + 8));
}

static struct probe_answer
cgroup_inside(const struct probe_context *ctx, void *arg)
{
	char text[8192], *line, *path, *save;

	(void)ctx, (void)arg;
	if (!util_read("/proc/self/cgroup", text, sizeof(text)))
		return (probe_errno(errno, "/proc/self/cgroup"));
	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		path = strrchr(line, ':');
		if (path == NULL || strcmp(path, ":/") != 0)
			return (probe_wrong("inside, a cgroup is %.60s", line));
	}
	return (probe_ok(NULL));
}

static struct probe_answer
time_inside(const struct probe_context *ctx, void *arg)
{
	struct timespec *before = arg;
	struct timespec now;

	(void)ctx;
	if (before->tv_sec == 0)
		return (probe_ok("a namespace of its own"));
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < before->tv_sec + INSIDE_SHIFT)
		return (probe_wrong("the clock was not shifted"));
	return (probe_ok("CLOCK_MONOTONIC shifted by %d s", INSIDE_SHIFT));
}

static const struct ns ns_mnt = { "mnt", CLONE_NEWNS, false, mnt_inside,
	mnt_seen };
static const struct ns ns_uts = { "uts", CLONE_NEWUTS, false, uts_inside,
	uts_seen };
static const struct ns ns_ipc = { "ipc", CLONE_NEWIPC, false, ipc_inside,
	ipc_seen };
static const struct ns ns_net = { "net", CLONE_NEWNET, false, net_inside,
	NULL };
static const struct ns ns_pid = { "pid", CLONE_NEWPID, true, pid_inside, NULL };
static const struct ns ns_user = { "user", CLONE_NEWUSER, false, user_inside,
	NULL };
static const struct ns ns_cgroup = { "cgroup", CLONE_NEWCGROUP, false,
	cgroup_inside, NULL };
static const struct ns ns_time = { "time", CLONE_NEWTIME, true, time_inside,
	NULL };

/* How a probe enters. */
enum way { BY_UNSHARE, BY_CLONE, BY_CLONE3 };

/* One entry, as its child sees it. */
struct entry {
	const struct ns *ns;
	struct timespec before; /* 0: the clock was not shifted */
	ino_t outer;		/* the namespace outside */
	uid_t uid;		/* outside */
	gid_t gid;
	int flags;
	struct probe_answer answer; /* in shared memory */
};

/* Maps ourselves to user 0 of the user namespace that we are already in. */
static bool
map_self(const struct entry *entry)
{
	char map[64];

	(void)util_write("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)entry->uid);
	if (!util_write("/proc/self/uid_map", map))
		return (false);
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)entry->gid);
	return (util_write("/proc/self/gid_map", map));
}

static struct probe_answer
ask_inside(const struct probe_context *ctx, void *arg)
{
	struct entry *entry = arg;

	/* Without this check a sethostname could reach the host. */
	if (util_ns(entry->ns->file) == entry->outer)
		return (probe_wrong("success, but still in the old namespace"));
	return (entry->ns->inside(ctx, &entry->before));
}

static struct probe_answer
after_unshare(const struct probe_context *ctx, void *arg)
{
	struct entry *entry = arg;
	char shift[64];

	if (unshare(entry->flags) != 0)
		return (probe_errno(errno, "unshare(0x%x)", entry->flags));
	if ((entry->flags & CLONE_NEWUSER) != 0 && !map_self(entry))
		return (probe_errno(errno, "/proc/self/uid_map"));
	if (entry->ns->flag == CLONE_NEWTIME) {
		snprintf(shift, sizeof(shift), "monotonic %d 0", INSIDE_SHIFT);
		if (!util_write("/proc/self/timens_offsets", shift))
			return (probe_errno(errno, "timens_offsets"));
		clock_gettime(CLOCK_MONOTONIC, &entry->before);
	}
	return (entry->ns->children ? util_in_child(ask_inside, ctx, entry)
				    : ask_inside(ctx, entry));
}

static struct probe_answer
after_clone(const struct probe_context *ctx, struct entry *entry)
{
	if ((entry->flags & CLONE_NEWUSER) != 0 && !map_self(entry))
		return (probe_errno(errno, "/proc/self/uid_map"));
	return (ask_inside(ctx, entry));
}

static struct probe_answer
enter_by_clone(
    const struct probe_context *ctx, struct entry *entry, enum way way)
{
	pid_t pid;
	int rc;

	pid = way == BY_CLONE ? util_clone((unsigned)entry->flags)
			      : util_clone3((unsigned)entry->flags);
	if (pid < 0)
		return (probe_errno(errno, "%s(0x%x)",
		    way == BY_CLONE ? "clone" : "clone3", entry->flags));
	if (pid == 0) {
		entry->answer = after_clone(ctx, entry);
		_exit(0);
	}
	rc = util_wait(pid);
	if (rc != 0)
		return (probe_state(
		    ISTH_STATE_CRASHED, 0, "the child ended with %d", rc));
	return (entry->answer);
}

static struct probe_answer
enter(const struct probe_context *ctx, const struct ns *ns, enum way way)
{
	struct probe_answer answer;
	struct entry *entry;

	entry = mmap(NULL, sizeof(*entry), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (entry == MAP_FAILED)
		return (probe_errno(errno, "mmap"));
	entry->ns = ns;
	entry->outer = util_ns(ns->file);
	entry->uid = geteuid();
	entry->gid = getegid();
	entry->flags = ns->flag | (ctx->root ? 0 : CLONE_NEWUSER);
	if (entry->outer == 0)
		answer = probe_absent("no /proc/self/ns/%s", ns->file);
	else if (way == BY_UNSHARE)
		answer = util_in_child(after_unshare, ctx, entry);
	else
		answer = enter_by_clone(ctx, entry, way);
	munmap(entry, sizeof(*entry));
	if (answer.state == ISTH_STATE_OK && ns->seen != NULL && ns->seen(ctx))
		return (probe_wrong("what was done inside shows outside"));
	if (answer.state == ISTH_STATE_OK && answer.detail[0] == '\0' &&
	    !ctx->root)
		return (probe_ok("in a user namespace"));
	return (answer);
}

#define BY(way, name, how)                                                     \
	struct probe_answer ns_##way##_##name(const struct probe_context *ctx) \
	{                                                                      \
		return (enter(ctx, &ns_##name, how));                          \
	}
#define BY_EACH(name)                 \
	BY(unshare, name, BY_UNSHARE) \
	BY(clone, name, BY_CLONE)     \
	BY(clone3, name, BY_CLONE3)

BY_EACH(mnt)
BY_EACH(uts)
BY_EACH(ipc)
BY_EACH(net)
BY_EACH(pid)
BY_EACH(user)
BY_EACH(cgroup)
BY(unshare, time, BY_UNSHARE)
/* clone(2) has no room: the flag lies in the bits of the exit signal. */
BY(clone3, time, BY_CLONE3)

/* Makes the namespace that another process is to join. */
static int
peer_setup(void *arg)
{
	const struct ns *ns = arg;
	int fd;

	if (geteuid() != 0 && ns->flag != CLONE_NEWUSER) {
		if (!util_userns(ns->flag))
			return (errno);
	} else if (ns->flag == CLONE_NEWUSER) {
		if (!util_userns(0))
			return (errno);
	} else if (unshare(ns->flag) != 0)
		return (errno);
	/* A time namespace is entered through what its children will have. */
	if (ns->flag == CLONE_NEWTIME) {
		fd = open(
		    "/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWTIME) != 0)
			return (errno);
	}
	return (0);
}

static bool
join_by_file(pid_t pid, const char *name, int flag)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return (fd >= 0 && setns(fd, flag) == 0);
}

static struct probe_answer
join(const struct probe_context *ctx, struct ns *ns)
{
	struct probe_answer answer;
	struct util_peer peer;
	struct stat st;
	char path[64];
	ino_t now;
	int fd;

	if (!util_peer_start(&peer, peer_setup, ns))
		return (probe_errno(errno, "unshare in the peer"));
	answer = probe_ok("%s", ctx->root ? "" : "in a user namespace");
	if (!ctx->root && ns->flag != CLONE_NEWUSER &&
	    !join_by_file(peer.pid, "user", CLONE_NEWUSER))
		answer = probe_errno(errno, "setns(user)");
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)peer.pid, ns->file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		answer = probe_errno(errno, "open %s", path);
	else if (answer.state == ISTH_STATE_OK && setns(fd, ns->flag) != 0)
		answer = probe_errno(errno, "setns(%s)", ns->file);
	else if (answer.state == ISTH_STATE_OK) {
		now = util_ns(ns->file);
		if (now != st.st_ino)
			answer = probe_wrong("setns: still in the old one");
	}
	util_peer_stop(&peer);
	return (answer);
}

/* True when a child of ours is in the PID namespace of `init`, as its 2nd. */
static bool
child_is_second(void)
{
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(getpid() == 2 ? 0 : 1);
	return (pid > 0 && util_wait(pid) == 0);
}

#define SETNS(name)                                                            \
	struct probe_answer ns_setns_##name(const struct probe_context *ctx)   \
	{                                                                      \
		struct ns ns = ns_##name;                                      \
                                                                               \
		if (util_ns(ns.file) == 0)                                     \
			return (probe_absent("no /proc/self/ns/%s", ns.file)); \
		return (join(ctx, &ns));                                       \
	}

SETNS(mnt)
SETNS(uts)
SETNS(ipc)
SETNS(net)
SETNS(user)
SETNS(cgroup)
SETNS(time)

/* Apart from the others: it needs a process 1 that lives meanwhile. */
PROBE(ns_setns_pid)
{
	struct probe_answer answer;
	pid_t init;

	init = util_clone(CLONE_NEWPID | (ctx->root ? 0 : CLONE_NEWUSER));
	if (init == 0) {
		pause();
		_exit(0);
	}
	if (init < 0)
		return (probe_errno(errno, "clone(CLONE_NEWPID)"));
	if (!ctx->root && !join_by_file(init, "user", CLONE_NEWUSER))
		answer = probe_errno(errno, "setns(user)");
	else if (!join_by_file(init, "pid", CLONE_NEWPID))
		answer = probe_errno(errno, "setns(pid)");
	else if (!child_is_second())
		answer = probe_wrong("the child is not in the namespace");
	else
		answer = probe_ok("the child is process 2 there");
	(void)kill(init, SIGKILL);
	(void)util_wait(init);
	return (answer);
}

static int
several_setup(void *arg)
{
	const bool *root = arg;
	int flags = CLONE_NEWUTS | CLONE_NEWIPC;

	return ((*root ? unshare(flags) == 0 : util_userns(flags)) ? 0 : errno);
}

PROBE(ns_setns_pidfd)
{
	struct probe_answer answer;
	struct util_peer peer;
	bool root = ctx->root;
	ino_t ipc, uts;
	int fd;

	if (!util_peer_start(&peer, several_setup, &root))
		return (probe_errno(errno, "unshare in the peer"));
	uts = util_ns("uts");
	ipc = util_ns("ipc");
	fd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	if (fd < 0)
		answer = probe_errno(errno, "pidfd_open");
	else if (setns(fd, CLONE_NEWUTS | CLONE_NEWIPC |
			       (root ? 0 : CLONE_NEWUSER)) != 0)
		/* EINVAL: before 5.8 only files of /proc were taken. */
		answer = errno == EINVAL
			     ? probe_absent("setns takes no pidfd (before 5.8)")
			     : probe_errno(errno, "setns(pidfd)");
	else if (util_ns("uts") == uts || util_ns("ipc") == ipc)
		answer = probe_wrong("setns(pidfd): still in the old ones");
	else
		answer = probe_ok("UTS and IPC at once");
	util_peer_stop(&peer);
	return (answer);
}

PROBE(ns_clone3_all)
{
	ino_t outer[4];
	pid_t pid;
	int rc;

	outer[0] = util_ns("mnt");
	outer[1] = util_ns("uts");
	outer[2] = util_ns("ipc");
	outer[3] = util_ns("net");
	pid = util_clone3(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
			  CLONE_NEWIPC | CLONE_NEWNET |
			  (ctx->root ? 0U : CLONE_NEWUSER));
	if (pid < 0)
		return (probe_errno(errno, "clone3"));
	if (pid == 0)
		_exit(getpid() == 1 && util_ns("mnt") != outer[0] &&
			      util_ns("uts") != outer[1] &&
			      util_ns("ipc") != outer[2] &&
			      util_ns("net") != outer[3]
			  ? 0
			  : 1);
	rc = util_wait(pid);
	if (rc != 0)
		return (probe_wrong("not all of them are new"));
	return (probe_ok(
	    "mount, PID, UTS, IPC, network%s", ctx->root ? "" : ", user"));
}

#else
typedef int area_namespace_enter_is_empty_here;
#endif
