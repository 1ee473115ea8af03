/*
 * The FreeBSD host: what this kernel offers, who does which step, start,
 * stop and undo.  A jail for each build, mounts made on the host, owned and
 * undone by the executor.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/procdesc.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

/* First release whose nullfs knows nounixbypass for certain. */
enum { OSRELDATE_UNIXBYPASS = 1501000 };
/*
 * 13.2 panics, now and then, at a mount over a file: the buffer's length and
 * the pointer that it frees are not set (vn_path_to_global_path_hardlink,
 * sys/kern/vfs_cache.c; seen).  15.1 sets them.
 */
enum { OSRELDATE_FILE_MOUNTS = 1500000 };
enum { BUSY_TRIES = 20 };
/* Of vm.overcommit: RLIMIT_SWAP binds (SWAP_RESERVE_RLIMIT_ON, vm(7)). */
enum { SWAP_BY_UID = 2 };

static void
tell_weaker(struct host *host)
{
	size_t n = 0;

	host->weaker[n++] =
	    "loopback: a build has no network at all, 127.0.0.1 neither";
	host->weaker[n++] = "calls: there is no system call filter; set-id "
			    "files are kept harmless by nosuid, "
			    "NO_NEW_PRIVS and canonical outputs";
	host->weaker[n++] =
	    "System V: a build's objects are its own, but it can use up the "
	    "host's number of them";
	if ((sysctl_number("vm.overcommit", 0) & SWAP_BY_UID) == 0)
		host->weaker[n++] =
		    "memory: POSIX shared memory that no process has mapped is "
		    "in no count (try: sysctl vm.overcommit=2)";
	if (!host->racct)
		host->weaker[n++] = "processes: their threads are not counted "
				    "(try: kern.racct.enable=1 in "
				    "loader.conf(5))";
	if (getosreldate() < OSRELDATE_UNIXBYPASS)
		host->weaker[n++] =
		    "inputs: a Unix socket of the host below an input can be "
		    "reached, nullfs may not know nounixbypass here";
	host->weaker[n] = NULL;
	host->traits.weaker = host->weaker;
}

struct host *
host_create(const struct isth_build_options *options, struct error *e)
{
	struct host *host;
	struct host_traits *t;

	if (geteuid() != 0) {
		(void)fail(e, EPERM, "start", "",
		    "builds are isolated by jails, which only root can make");
		(void)fail_hint(e, "run it as root");
		return (NULL);
	}
	host = calloc(1, sizeof(*host));
	if (host == NULL) {
		(void)fail(e, errno, "start", "", NULL);
		return (NULL);
	}
	t = &host->traits;
	t->system = "freebsd";
	t->state = "/var/db/isthmus"; /* hier(7) */
	t->run = "/var/run/isthmus";
	t->root = true;
	t->has_passwd_db = true;
	t->isolation = "jail";
	t->devices = dev_common;
	host->no_file_mounts = getosreldate() < OSRELDATE_FILE_MOUNTS;
	t->memory_bytes = sysctl_number("hw.physmem", 0);
	limits_traits(host);
	network_traits(host, options);
	tell_weaker(host);
	return (host);
}

void
host_destroy(struct host *host)
{
	if (host == NULL)
		return;
	free(host->stack);
	free(host);
}

const struct host_traits *
host_traits(const struct host *host)
{
	return (&host->traits);
}

struct host_job *
host_job_create(struct host *host, const struct plan *plan, struct error *e)
{
	struct host_job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		(void)fail(e, errno, "start", plan->id, NULL);
		return (NULL);
	}
	job->host = host;
	job->plan = plan;
	job->jid = job->jail_fd = job->root_fd = job->dev_fd = -1;
	job->rules_fd = job->child_fd = job->report_fd = -1;
	job->unmounted = plan->n;
	return (job);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
host_job_destroy(struct host_job *job)
{
	if (job == NULL)
		return;
	close_fd(&job->jail_fd);
	close_fd(&job->root_fd);
	close_fd(&job->dev_fd);
	close_fd(&job->rules_fd);
	close_fd(&job->child_fd);
	close_fd(&job->report_fd);
	if (job->tally != NULL)
		(void)munmap(job->tally, sizeof(*job->tally));
	free(job);
}

bool
host_step(struct host_job *job, const struct step *s, struct error *e)
{
	switch (s->kind) {
	case STEP_LIMIT_GROUP:
		return (limits_add(job, s, e));
	case STEP_MOUNT_ROOT:
		return (mount_root(job, s, e));
	case STEP_MOUNT_INPUT:
		return (mount_input(job, s, e));
	case STEP_MOUNT_WRITABLE:
		return (mount_writable(job, s, e));
	case STEP_MOUNT_TMP:
		return (mount_tmp(job, s, e));
	case STEP_MOUNT_DEV:
		return (dev_mount(job, s, e));
	case STEP_MAKE_DEVICE:
		return (dev_show(job, s, e));
	case STEP_MAKE_LINK:
		return (place_link(job, s->path, s->source, e));
	case STEP_WRITE_FILE:
		return (place_file(job, s, e));
	case STEP_ISOLATE:
		return (jail_isolate(job, s, e));
	case STEP_NETWORK:
		return (network_connect(job, s, e));
	default:
		return (
		    fail(e, ENOTSUP, step_kind_name(s->kind), s->path, NULL));
	}
}

/* The mounts, last first; 1 all gone, 0 busy, -1 error. */
static int
unmount_all(struct host_job *job, struct error *e)
{
	const struct step *s;
	int answer;

	for (; job->unmounted > 0; job->unmounted--) {
		s = &job->plan->steps[job->unmounted - 1];
		if (s->undo != UNDO_UNMOUNT)
			continue;
		answer = mount_undo_once(s->target, job->busy >= BUSY_TRIES, e);
		if (answer > 0 && s->kind == STEP_MOUNT_DEV &&
		    !dev_forget(job->rules_fd, job->plan->uid, e))
			answer = -1;
		if (answer == 0)
			job->busy++;
		if (answer <= 0)
			return (answer);
		job->busy = 0;
	}
	return (1);
}

enum host_stop
host_stop(struct host_job *job, struct error *e)
{
	int answer;

	close_fd(&job->root_fd);
	close_fd(&job->dev_fd);
	jail_end(job);
	if (!start_is_over(job))
		return (HOST_STOP_AGAIN);
	/* Whoever was not its descendant any more when it died. */
	if (job->first != 0 && job->plan->uid != 0 &&
	    host_uid_busy(job->host, job->plan->uid) > 0)
		return (HOST_STOP_AGAIN);
	answer = unmount_all(job, e);
	if (answer < 0)
		return (HOST_STOP_FAILED);
	return (answer > 0 ? HOST_STOP_DONE : HOST_STOP_AGAIN);
}

static void
measure(struct isth_measure *m, int64_t value)
{
	m->value = value;
	m->why[0] = '\0';
}

/* rctl kills who has more, and does not tell whom it killed. */
bool
host_out_of_memory(const struct host_job *job)
{
	(void)job;
	return (false);
}

static void
not_known(struct isth_measure *m, const char *why)
{
	m->value = -1;
	(void)strlcpy(m->why, why, sizeof(m->why));
}

void
host_measure(struct host_job *job, struct isth_build_result *r)
{
	static const char blocks[] = "FreeBSD counts operations, not bytes";
	const struct rusage *ru;

	not_known(&r->block_read_bytes, blocks);
	not_known(&r->block_written_bytes, blocks);
	not_known(&r->processes, "FreeBSD does not count them");
	ru = job->direct ? &job->usage : &job->tally->children;
	if (job->direct ? !job->counted
			: job->tally == NULL || !job->tally->valid) {
		not_known(&r->peak_memory_bytes, "it was not waited for");
		return;
	}
	measure(&r->user_ns, (int64_t)ru->ru_utime.tv_sec * 1000000000 +
				 (int64_t)ru->ru_utime.tv_usec * 1000);
	measure(&r->system_ns, (int64_t)ru->ru_stime.tv_sec * 1000000000 +
				   (int64_t)ru->ru_stime.tv_usec * 1000);
	/* Of the largest process: ru_maxrss, in kilobytes. */
	measure(&r->peak_memory_bytes, (int64_t)ru->ru_maxrss * 1024);
}

int64_t
host_disk_used(int directory_fd)
{
	struct statfs sf;

	if (fstatfs(directory_fd, &sf) != 0)
		return (-1);
	return ((int64_t)(sf.f_blocks - sf.f_bfree) * (int64_t)sf.f_bsize);
}

bool
host_undo(struct host *host, enum undo_kind kind, const char *target, uid_t uid,
    struct error *e)
{
	const char *last;

	(void)host;
	switch (kind) {
	case UNDO_KILL:
		return (jail_undo(target, e));
	case UNDO_REMOVE_GROUP:
		return (limits_remove(target, e));
	case UNDO_REMOVE_LINK:
		return (network_remove(target, uid, e));
	case UNDO_UNMOUNT:
		if (!mount_undo(target, e))
			return (false);
		/* Without the uid, its rules are those of who has it now. */
		last = strrchr(target, '/');
		return (uid == (uid_t)-1 || last == NULL ||
			strcmp(last, "/dev") != 0 || dev_forget(-1, uid, e));
	default:
		return (fail(e, ENOTSUP, undo_kind_name(kind), target, NULL));
	}
}

char *
host_resolv(struct host *host)
{
	enum { SIZE = 65536 };
	char *data = malloc(SIZE);
	ssize_t n = -1;
	int fd;

	(void)host;
	fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && data != NULL)
		n = read(fd, data, SIZE - 1);
	if (fd >= 0)
		(void)close(fd);
	if (n < 0) {
		free(data);
		return (NULL);
	}
	data[n] = '\0';
	return (data);
}
