/*
 * The jail of a build: made with all permissions off that can be, owned by a
 * descriptor where the kernel has them (15), so that it and all in it go
 * when the executor dies; and ended.
 */
#include <sys/param.h>
#include <sys/jail.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

enum {
	UNDO_PATIENCE_MS = 5000,
	DYING_PATIENCE_MS = 250,
	SHORT_MS = 20,
	SHORT_PAUSE_NS = 200 * 1000,
	LONG_PAUSE_NS = 5 * 1000 * 1000
};

#define NAME_SIZE 64

/*
 * Permissions that a new jail has (kern_jail.c, JAIL_DEFAULT_ALLOW; no
 * sysctl changes it), or might have one day; the kernel compares each option
 * with each other, so those that are off in every release stay unsaid, and
 * a test asks for all.  Not "nosuser": the process that enters could not
 * take the build's uid any more.
 */
static const char *const off[] = {
	"allow.noset_hostname",
	"allow.noreserved_ports",
	"allow.nounprivileged_proc_debug",
	"allow.nomount",
};
/* System V IPC of its own; without the modules there is none. */
static const char *const own[] = { "sysvmsg", "sysvsem", "sysvshm" };

enum { OFF_COUNT = nitems(off), OWN_COUNT = nitems(own) };
/* Bits of host->unknown, behind those of `off` and `own`. */
enum { BIT_META = OFF_COUNT + OWN_COUNT, BIT_IP4, BIT_IP6 };
_Static_assert(BIT_IP6 < 64, "bits of host->unknown");

static void
jail_name(char name[NAME_SIZE], const char *id)
{
	(void)snprintf(name, NAME_SIZE, "isthmus-%s", id);
}

static bool
is_known(const struct host_job *job, int bit)
{
	return ((job->host->unknown >> bit & 1) == 0);
}

static void
add_optional(struct host_job *job, struct params *p, const char *meta)
{
	static const int disable = JAIL_SYS_DISABLE, new = JAIL_SYS_NEW;
	int i;

	for (i = 0; i < OFF_COUNT; i++)
		if (is_known(job, i))
			params_add(p, off[i], NULL, 0);
	for (i = 0; i < OWN_COUNT; i++)
		if (is_known(job, OFF_COUNT + i))
			params_add(p, own[i], &new, sizeof(new));
	if (is_known(job, BIT_META))
		params_string(p, "meta", meta);
	if (network_is_own(job->plan)) {
		params_add(p, "vnet", &new, sizeof(new));
		return;
	}
	/* Addresses can be added later, to "new" only. */
	if (is_known(job, BIT_IP4))
		params_add(p, "ip4",
		    plan_find(job->plan, STEP_NETWORK) < job->plan->n
			? &new
			: &disable,
		    sizeof(new));
	if (is_known(job, BIT_IP6))
		params_add(p, "ip6",
		    plan_find(job->plan, STEP_NETWORK) < job->plan->n
			? &new
			: &disable,
		    sizeof(new));
}

/* True when the kernel did not know an optional parameter: without it. */
static bool
learn(struct host *host, const char *errmsg)
{
	static const char unknown[] = "unknown parameter: ";
	const char *name;
	int bit = -1, i;

	if (strncmp(errmsg, unknown, sizeof(unknown) - 1) != 0)
		return (false);
	name = errmsg + sizeof(unknown) - 1;
	for (i = 0; i < OFF_COUNT; i++)
		if (strcmp(name, off[i]) == 0)
			bit = i;
	for (i = 0; i < OWN_COUNT; i++)
		if (strcmp(name, own[i]) == 0)
			bit = OFF_COUNT + i;
	if (strcmp(name, "meta") == 0)
		bit = BIT_META;
	else if (strcmp(name, "ip4") == 0)
		bit = BIT_IP4;
	else if (strcmp(name, "ip6") == 0)
		bit = BIT_IP6;
	if (bit < 0 || (host->unknown >> bit & 1) != 0)
		return (false);
	host->unknown |= UINT64_C(1) << bit;
	return (true);
}

/* One try; errno and p->errmsg when -1. */
static int
make(struct host_job *job, const char *path, struct params *p)
{
	static const int statfs_level = 2, children = 0, level = 3;
	char meta[128], name[NAME_SIZE];
	int flags = JAIL_CREATE;

	jail_name(name, job->plan->id);
	(void)snprintf(meta, sizeof(meta), "isthmus\njob=%s\nuid=%ju\n",
	    job->plan->id, (uintmax_t)job->plan->uid);
	params_init(p);
	params_string(p, "name", name);
	params_string(p, "path", path);
	params_string(p, "host.hostname", "localhost");
	params_string(p, "host.domainname", "");
	params_string(
	    p, "host.hostuuid", "00000000-0000-0000-0000-000000000000");
	params_add(p, "persist", NULL, 0);
	params_add(p, "enforce_statfs", &statfs_level, sizeof(statfs_level));
	params_add(p, "children.max", &children, sizeof(children));
	params_add(p, "securelevel", &level, sizeof(level));
	add_optional(job, p, meta);
#ifdef JAIL_OWN_DESC
	if (!job->host->no_descriptor) {
		flags |= JAIL_OWN_DESC;
		params_add(p, "desc", &job->jail_fd, sizeof(job->jail_fd));
	}
#endif
	return (jail_set(p->iov, params_finish(p), flags));
}

bool
jail_isolate(struct host_job *job, const struct step *s, struct error *e)
{
	struct params p;
	int saved;

	if (!dev_verify(job, e))
		return (false);
	while ((job->jid = make(job, s->path, &p)) < 0) {
		saved = errno;
		if (saved == EINVAL && learn(job->host, p.errmsg))
			continue;
		/* A kernel before 15 refuses the flag, without a word. */
		if (saved == EINVAL && !job->host->no_descriptor &&
		    (p.errmsg[0] == '\0' || strstr(p.errmsg, "desc") != NULL)) {
			job->host->no_descriptor = true;
			continue;
		}
		job->jail_fd = -1;
		return (fail(e, saved, "isolate", s->path,
		    p.errmsg[0] == '\0' ? NULL : "%s", p.errmsg));
	}
	if (job->jail_fd >= 0)
		(void)fcntl(job->jail_fd, F_SETFD, FD_CLOEXEC);
	return (true);
}

bool
jail_addresses(int jid, const void *ip4, size_t ip4_len, const void *ip6,
    size_t ip6_len, struct error *e)
{
	struct params p;

	params_init(&p);
	params_add(&p, "jid", &jid, sizeof(jid));
	if (ip4_len > 0)
		params_add(&p, "ip4.addr", ip4, ip4_len);
	if (ip6_len > 0)
		params_add(&p, "ip6.addr", ip6, ip6_len);
	if (jail_set(p.iov, params_finish(&p), JAIL_UPDATE) < 0)
		return (fail(e, errno, "network", "addresses",
		    p.errmsg[0] == '\0' ? NULL : "%s", p.errmsg));
	return (true);
}

void
jail_end(struct host_job *job)
{
	if (job->jid >= 0)
		(void)jail_remove(job->jid);
	job->jid = -1;
	if (job->jail_fd >= 0)
		(void)close(job->jail_fd);
	job->jail_fd = -1;
}

int
jail_lookup(const char *id, bool dying)
{
	char name[NAME_SIZE];
	struct params p;

	jail_name(name, id);
	params_init(&p);
	params_string(&p, "name", name);
	return (jail_get(p.iov, params_finish(&p), dying ? JAIL_DYING : 0));
}

/* A living process in the jail, of any uid: 0 none, -1 cannot tell. */
static pid_t
any_inside(int jid)
{
	int mib[3] = { CTL_KERN, KERN_PROC, KERN_PROC_PROC };
	struct kinfo_proc *all;
	size_t i, size = 0;
	pid_t pid = 0;

	if (sysctl(mib, 3, NULL, &size, NULL, 0) != 0)
		return (-1);
	size += size / 4;
	all = malloc(size);
	if (all == NULL || sysctl(mib, 3, all, &size, NULL, 0) != 0) {
		free(all);
		return (-1);
	}
	for (i = 0; i < size / sizeof(*all) && pid == 0; i++)
		if (all[i].ki_jid == jid && all[i].ki_stat != SZOMB)
			pid = all[i].ki_pid;
	free(all);
	return (pid);
}

/*
 * Sockets in flight over each other hold their jail until the kernel looks
 * for such, which it does when a Unix socket is closed: unp_gc in
 * sys/kern/uipc_usrreq.c.
 */
static void
collect_sockets(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return;
	(void)close(fds[0]);
	(void)close(fds[1]);
}

bool
jail_undo(const char *id, struct error *e)
{
	struct timespec pause = { 0, SHORT_PAUSE_NS };
	uint64_t begin = clock_now();
	char name[NAME_SIZE];
	double waited;
	pid_t pid;
	int jid;

	jid = jail_lookup(id, false);
	if (jid >= 0 && jail_remove(jid) != 0 && errno != EINVAL)
		return (fail(e, errno, "remove jail", id, NULL));
	/*
	 * It is removed before its processes are gone.  Without any it can
	 * stay dying for a minute, for a connection in TIME_WAIT: that goes
	 * by itself, and nobody can enter it.
	 */
	while ((jid = jail_lookup(id, true)) >= 0) {
		waited = clock_since_ms(begin);
		pid = waited > DYING_PATIENCE_MS ? any_inside(jid) : 1;
		if (pid == 0 && waited > 2 * DYING_PATIENCE_MS)
			break;
		collect_sockets();
		if (pid != 0 && waited > UNDO_PATIENCE_MS) {
			jail_name(name, id);
			return (fail(e, EBUSY, "remove jail", name,
			    "process %d does not die", (int)pid));
		}
		/* Most are gone at once. */
		if (waited > SHORT_MS)
			pause.tv_nsec = LONG_PAUSE_NS;
		(void)nanosleep(&pause, NULL);
	}
	return (true);
}
