/* One job on this host: its group, its first process, and the end of both. */
#include <sys/wait.h>

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "build/host/linux/linux.h"
#include "build/host/linux/sys.h"

struct host_job *
host_job_create(struct host *h, const struct plan *plan, struct error *e)
{
	struct host_job *j = calloc(1, sizeof(*j));

	if (j == NULL) {
		fail(e, ENOMEM, "create job", plan->id, NULL);
		return (NULL);
	}
	j->host = h;
	j->plan = plan;
	j->pidfd = j->go[0] = j->go[1] = -1;
	j->next = h->jobs;
	h->jobs = j;
	return (j);
}

static void
close_go(struct host_job *j)
{
	if (j->go[0] >= 0) {
		close(j->go[0]);
		close(j->go[1]);
	}
	j->go[0] = j->go[1] = -1;
}

void
host_job_destroy(struct host_job *j)
{
	struct host_job **at;

	if (j == NULL)
		return;
	for (at = &j->host->jobs; *at != j; at = &(*at)->next)
		;
	*at = j->next;
	if (j->network != NULL)
		network_stop(j->network);
	if (j->group != NULL)
		group_destroy(j->group);
	if (j->pidfd >= 0)
		close(j->pidfd);
	close_go(j);
	free(j);
}

bool
host_step(struct host_job *j, const struct step *s, struct error *e)
{
	if (s->kind != STEP_LIMIT_GROUP)
		return (fail(e, ENOTSUP, step_kind_name(s->kind), s->path,
		    "not a step that Linux does on the host"));
	j->group =
	    group_create(j->host->groups, s->text, &j->plan->spec->limits, e);
	return (j->group != NULL);
}

/* ---- start ---- */

static const struct {
	const char *name;
	uint64_t flag;
} namespaces[] = {
	{ "user", CLONE_NEWUSER },
	{ "mount", CLONE_NEWNS },
	{ "pid", CLONE_NEWPID },
	{ "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
};

/* All of the plan but "cgroup" and "time", which come later: inside.c. */
static uint64_t
isolate_flags(const struct plan *plan)
{
	size_t at = plan_find(plan, STEP_ISOLATE), i;
	uint64_t flags = 0;

	if (at == plan->n)
		return (0);
	for (i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		if (strstr(plan->steps[at].text, namespaces[i].name) != NULL)
			flags |= namespaces[i].flag;
	}
	return (flags);
}

/*
 * Of those, what only clone can make of the first process, and the network
 * that a helper is to join.
 */
static uint64_t
clone_flags(const struct plan *plan)
{
	uint64_t must = CLONE_NEWUSER | CLONE_NEWPID;

	if (plan_find(plan, STEP_NETWORK) < plan->n)
		must |= CLONE_NEWNET;
	return (isolate_flags(plan) & must);
}

/*
 * Like fork(2), so without a stack.  No exit signal: neither a handler of
 * the program that we are part of nor its waitpid(-1) takes the child.
 */
static bool
clone_first(struct host_job *j, struct inside *in, struct error *e)
{
	size_t at = plan_find(j->plan, STEP_ISOLATE);
	struct clone_args args = {
		.flags =
		    clone_flags(j->plan) | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&j->pidfd,
	};
	int group_fd = j->group == NULL ? -1 : group_clone_fd(j->group);
	long pid;

	if (group_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)group_fd;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == -1)
		return (inside_fail_isolate(
		    e, "clone", j->plan->steps[at].text, j->host->traits.root));
	if (pid == 0) {
		in->go_fd = j->go[0];
		inside_main(in);
	}
	j->pid = (pid_t)pid;
	return (true);
}

static bool
write_map(pid_t pid, const char *name, const char *text, struct error *e)
{
	char path[48];
	bool ok;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return (fail(e, errno, "open", path, NULL));
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (!ok)
		fail(e, errno, "write", path, NULL);
	close(fd);
	return (ok);
}

/* From outside, because the network's helper joins a name space with ids. */
static bool
map_ids(const struct host_job *j, const struct step *s, struct error *e)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1\n", (unsigned)s->uid,
	    (unsigned)geteuid());
	snprintf(gids, sizeof(gids), "%u %u 1\n", (unsigned)s->gid,
	    (unsigned)getegid());
	return (write_map(j->pid, "uid_map", uids, e) &&
		write_map(j->pid, "setgroups", "deny", e) &&
		write_map(j->pid, "gid_map", gids, e));
}

/* What is done to the first process while it waits. */
static bool
prepare_first(struct host_job *j, struct error *e)
{
	const struct plan *plan = j->plan;
	size_t map = plan_find(plan, STEP_MAP_IDS);
	size_t network = plan_find(plan, STEP_NETWORK);

	if (j->group != NULL && group_must_enter(j->group) &&
	    !group_enter(j->group, j->pid, e))
		return (false);
	if (map < plan->n && !map_ids(j, &plan->steps[map], e))
		return (fail_context(e, "map-ids"));
	if (network < plan->n) {
		j->network = network_start(
		    plan->steps[network].text, j->pid, j->pidfd, e);
		if (j->network == NULL)
			return (fail_context(e, "network"));
	}
	return (true);
}

/*
 * The first process reads a byte before it makes the root, and another before
 * it starts the builder.  Both are there unless it is to be held.
 */
static bool
let_go(struct host_job *j, bool hold, struct error *e)
{
	ssize_t n = hold ? 1 : 2;

	/* We are a reader too, so no SIGPIPE when the child is dead. */
	if (write(j->go[1], "gg", (size_t)n) != n)
		return (fail(e, errno, "let the build go", j->plan->id, NULL));
	if (!hold)
		close_go(j);
	return (true);
}

static bool
spawn(struct host_job *j, const struct host_start *start, int *child_fd,
    struct error *e)
{
	const uint64_t needed = CLONE_NEWNS | CLONE_NEWPID;
	struct inside in = { .plan = j->plan,
		.start = start,
		.root = j->host->traits.root,
		.trace = j->host->trace,
		.unshare = isolate_flags(j->plan) & ~clone_flags(j->plan) };
	bool ok;

	/* The steps would mount over the host, and nothing could be killed. */
	if ((isolate_flags(j->plan) & needed) != needed)
		return (fail(e, EINVAL, "isolate", j->plan->id,
		    "not without mount and pid name spaces"));
	if (pipe2(j->go, O_CLOEXEC) == -1)
		return (fail(e, errno, "make pipe", j->plan->id, NULL));
	ok = clone_first(j, &in, e);
	*child_fd = j->pidfd;
	return (ok);
}

bool
host_spawn(struct host_job *j, const struct host_start *start, int *child_fd,
    struct error *e)
{
	if (group_clones(j->host->groups, &j->plan->spec->limits))
		return (true);
	return (spawn(j, start, child_fd, e));
}

bool
host_start(struct host_job *j, const struct host_start *start, int *child_fd,
    struct error *e)
{
	if ((j->pid == 0 && !spawn(j, start, child_fd, e)) ||
	    !prepare_first(j, e))
		return (false);
	return (let_go(j, start->hold, e));
}

bool
host_run(struct host_job *j, struct error *e)
{
	return (let_go(j, false, e));
}

/* ---- stop ---- */

/* True when the first process has ended and is reaped, and all with it. */
static bool
reap(struct host_job *j)
{
	siginfo_t info = { .si_pid = 0 };

	/*
	 * The system call and not the library's function for the usage, which
	 * covers what the kernel killed with the name space.
	 */
	if (syscall(SYS_waitid, P_PIDFD, j->pidfd, &info,
		WEXITED | WNOHANG | __WALL, &j->usage) == -1) {
		if (errno != ECHILD)
			return (false);
	} else if (info.si_pid == 0)
		return (false);
	else
		j->measured = true;
	j->pid = 0;
	return (true);
}

enum host_stop
host_stop(struct host_job *j, struct error *e)
{
	int alive;

	if (j->stopped)
		return (HOST_STOP_DONE);
	if (j->pid != 0 && !reap(j)) {
		/* Pid 1 takes its whole name space along. */
		if (syscall(SYS_pidfd_send_signal, j->pidfd, SIGKILL, NULL,
			0) == -1 &&
		    errno != ESRCH) {
			fail(e, errno, "kill build", j->plan->id, NULL);
			return (HOST_STOP_FAILED);
		}
		if (!reap(j))
			return (HOST_STOP_AGAIN);
	}
	if (j->network != NULL) {
		network_stop(j->network);
		j->network = NULL;
	}
	/* Nothing can have left the name space: these make sure. */
	if (j->group != NULL) {
		alive = group_kill(j->group, e);
		if (alive != 0)
			return (alive > 0 ? HOST_STOP_AGAIN : HOST_STOP_FAILED);
	}
	if (j->host->traits.root && host_uid_busy(j->host, j->plan->uid) > 0 &&
	    !process_kill_uid(j->plan->uid, e))
		return (HOST_STOP_FAILED);
	j->stopped = true;
	return (HOST_STOP_DONE);
}

/* ---- measure ---- */

static int64_t
time_ns(const struct timeval *t)
{
	return (t->tv_sec * INT64_C(1000000000) + t->tv_usec * INT64_C(1000));
}

static void
set(struct isth_measure *m, int64_t value, const char *why)
{
	m->value = value;
	snprintf(m->why, sizeof(m->why), "%s", why);
}

bool
host_out_of_memory(const struct host_job *j)
{
	return (j->group != NULL && group_out_of_memory(j->group));
}

void
host_measure(struct host_job *j, struct isth_build_result *r)
{
	const struct rusage *u = &j->usage;

	if (j->measured) {
		set(&r->user_ns, time_ns(&u->ru_utime), "");
		set(&r->system_ns, time_ns(&u->ru_stime), "");
		/* Blocks of 512 bytes: getrusage(2). */
		set(&r->block_read_bytes, u->ru_inblock * INT64_C(512), "");
		set(&r->block_written_bytes, u->ru_oublock * INT64_C(512), "");
		set(&r->peak_memory_bytes, u->ru_maxrss * INT64_C(1024),
		    "of the largest process: no memory group");
	}
	if (j->group != NULL)
		group_measure(j->group, r);
}
