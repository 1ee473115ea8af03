/*
 * What this host offers, as data for the plan, and what is undone on it.
 * Asks little and creates nothing: what a kernel lacks shows at the step
 * that needs it, with a hint.
 */
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "build/host/linux/linux.h"
#include "build/host/linux/sys.h"

/* Of options without a pool: build.h. */
enum { POOL_FIRST = 35001, POOL_LAST = 35032 };

static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full",
	"/dev/random", "/dev/urandom", "/dev/tty", NULL };

/*
 * What shows or changes the machine and not the build.  Most of it root
 * alone may read or write, and no root is inside; keys, acpi, scsi, and what
 * a driver of tomorrow puts into bus, fs, irq and sys, are the others.
 */
#define MASK(p, how)                                               \
	{                                                          \
		.kind = STEP_MASK, .path = (char[]){ "/proc/" p }, \
		.flags = (how)                                     \
	}
static const struct step masks[] = {
	MASK("acpi", MASK_EMPTY),
	MASK("asound", MASK_EMPTY),
	MASK("kallsyms", MASK_EMPTY),
	MASK("kcore", MASK_EMPTY),
	MASK("key-users", MASK_EMPTY),
	MASK("keys", MASK_EMPTY),
	MASK("kmsg", MASK_EMPTY),
	MASK("latency_stats", MASK_EMPTY),
	MASK("sched_debug", MASK_EMPTY),
	MASK("scsi", MASK_EMPTY),
	MASK("timer_list", MASK_EMPTY),
	MASK("timer_stats", MASK_EMPTY),
	MASK("bus", MASK_READ_ONLY),
	MASK("fs", MASK_READ_ONLY),
	MASK("irq", MASK_READ_ONLY),
	MASK("sys", MASK_READ_ONLY),
	MASK("sysrq-trigger", MASK_READ_ONLY),
	{ .path = NULL },
};

static const char *const weaker_without_root[] = {
	"no uid of its own: builds of one user are apart by name spaces only",
	"outputs, and the host's files of work and store, belong to the caller",
	("the caller's supplementary groups cannot be dropped: an input that "
	 "only they may read is readable"),
	"limits bind only where a control group is delegated to the caller",
	"a builder may lower its oom_score_adj to what the caller has", NULL
};

/*
 * Whether ids first to last exist here: in a user name space, as of a
 * container or unshare(1), most do not.
 */
static bool
ids_mapped(const char *map, unsigned long first, unsigned long last)
{
	unsigned long inside, outside, count;
	FILE *f = fopen(map, "re");
	bool found = false;

	if (f == NULL)
		return (false);
	while (
	    !found && fscanf(f, "%lu %lu %lu", &inside, &outside, &count) == 3)
		found = first >= inside && last - inside < count;
	fclose(f);
	return (found);
}

/*
 * The host's own user name space, in which all ids exist.  Its number is
 * fixed: PROC_USER_INIT_INO, include/linux/proc_ns.h, since 3.8.
 */
static bool
in_first_namespace(void)
{
	struct stat st;

	return (
	    stat("/proc/self/ns/user", &st) == 0 && st.st_ino == 0xeffffffdU);
}

/* Root without capabilities, or without the pool, is a user like others. */
static bool
is_root(const struct isth_build_options *options)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	const uint32_t needed = 1U << CAP_SYS_ADMIN | 1U << CAP_SETUID |
				1U << CAP_SETGID | 1U << CAP_SETPCAP |
				1U << CAP_CHOWN | 1U << CAP_KILL |
				1U << CAP_DAC_OVERRIDE;
	unsigned long first = options->pool_first, last = options->pool_last;

	if (geteuid() != 0 || syscall(SYS_capget, &header, data) == -1 ||
	    (data[0].effective & needed) != needed)
		return (false);
	if (in_first_namespace())
		return (true);
	if (first == 0) {
		first = POOL_FIRST;
		last = POOL_LAST;
	}
	return (ids_mapped("/proc/self/uid_map", first, last) &&
		ids_mapped("/proc/self/gid_map", first, last));
}

/*
 * 6.2 is the first in which exec after vfork enters the time name space
 * (commit 2b5f9dad32ed); before, the builder would see the host's clocks.
 */
static bool
has_time_namespace(void)
{
	struct utsname u;
	int major, minor;

	return (access("/proc/self/timens_offsets", F_OK) == 0 &&
		uname(&u) == 0 &&
		sscanf(u.release, "%d.%d", &major, &minor) == 2 &&
		(major > 6 || (major == 6 && minor >= 2)));
}

static bool
add_root_link(struct host_traits *t, int directory, const char *name)
{
	char target[PATH_MAX];
	struct host_link *links;
	ssize_t n = readlinkat(directory, name, target, sizeof(target) - 1);

	if (n < 0)
		return (true);
	target[n] = '\0';
	links = reallocarray(t->root_links, t->nroot_links + 1, sizeof(*links));
	if (links == NULL)
		return (false);
	t->root_links = links;
	links += t->nroot_links;
	links->target = strdup(target);
	if (asprintf(&links->name, "/%s", name) < 0)
		links->name = NULL;
	t->nroot_links++;
	return (links->name != NULL && links->target != NULL);
}

static bool
find_root_links(struct host_traits *t, struct error *e)
{
	const struct dirent *d;
	DIR *root = opendir("/");
	bool ok = true;

	if (root == NULL)
		return (fail(e, errno, "read directory", "/", NULL));
	while (ok && (d = readdir(root)) != NULL) {
		if (d->d_type == DT_LNK || d->d_type == DT_UNKNOWN)
			ok = add_root_link(t, dirfd(root), d->d_name);
	}
	closedir(root);
	return (ok || fail(e, ENOMEM, "read directory", "/", NULL));
}

static void
add_limit(
    struct host_traits *t, const char *name, const char *by, const char *why)
{
	t->limits[t->nlimits++] = (struct host_limit){ name, by, why };
}

static void
find_limits(struct host *h)
{
	struct host_traits *t = &h->traits;
	const char *why;

	add_limit(t, "wall_s", "the executor", NULL);
	add_limit(t, "silent_s", "the executor", NULL);
	add_limit(t, "log_bytes", "the executor", NULL);
	add_limit(t, "cpu_s", "RLIMIT_CPU, of each process", NULL);
	add_limit(t, "files", "RLIMIT_NOFILE, of each process", NULL);
	add_limit(t, "disk_bytes",
	    "RLIMIT_FSIZE of a file, and the executor looks", NULL);
	why = group_why_not(h->groups, "memory_bytes");
	add_limit(t, "memory_bytes",
	    why == NULL ? group_means(h->groups) : NULL, why);
	if (group_why_not(h->groups, "processes") == NULL)
		add_limit(t, "processes", group_means(h->groups), NULL);
	else
		add_limit(t, "processes",
		    t->root ? "RLIMIT_NPROC of the build's uid"
			    : "RLIMIT_NPROC of the user name space (5.14)",
		    NULL);
}

static void
find_isolation(struct host_traits *t)
{
	bool time = has_time_namespace();

	if (t->root)
		t->isolation = time ? "mount pid net ipc uts cgroup time"
				    : "mount pid net ipc uts cgroup";
	else {
		t->isolation = time ? "user mount pid net ipc uts cgroup time"
				    : "user mount pid net ipc uts cgroup";
		t->weaker = weaker_without_root;
	}
}

struct host *
host_create(const struct isth_build_options *options, struct error *e)
{
	struct host *h = calloc(1, sizeof(*h));
	struct host_traits *t;
	struct sysinfo info;

	if (h == NULL) {
		fail(e, ENOMEM, "create host", NULL, NULL);
		return (NULL);
	}
	if (options->network_bridge != NULL) {
		fail(e, ENOTSUP, "bridge the network", options->network_bridge,
		    "only FreeBSD's builds have a bridge");
		host_destroy(h);
		return (NULL);
	}
	t = &h->traits;
	h->trace = options->trace;
	h->groups = group_host_create(e);
	if (h->groups == NULL || !find_root_links(t, e)) {
		host_destroy(h);
		return (NULL);
	}
	t->system = "linux";
	t->state = "/var/lib/isthmus";
	t->run = "/run/isthmus";
	t->root = is_root(options);
	t->mounts_inside = t->prepares = true;
	t->has_pts = t->has_shm = t->has_proc = t->has_hostname = true;
	t->has_loopback = t->has_seal = t->has_filter = true;
#if defined(__x86_64__) || defined(__aarch64__)
	t->has_linux32 = true;
#endif
	find_isolation(t);
	t->group = group_means(h->groups);
	t->devices = devices;
	t->masks = masks;
	t->network = network_means(&t->network_why);
	find_limits(h);
	if (sysinfo(&info) == 0)
		t->memory_bytes =
		    (int64_t)info.totalram * (int64_t)info.mem_unit;
	return (h);
}

void
host_destroy(struct host *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->traits.nroot_links; i++) {
		free(h->traits.root_links[i].name);
		free(h->traits.root_links[i].target);
	}
	free(h->traits.root_links);
	if (h->groups != NULL)
		group_host_destroy(h->groups);
	free(h);
}

const struct host_traits *
host_traits(const struct host *h)
{
	return (&h->traits);
}

char *
host_resolv(struct host *h)
{
	return (h->traits.network == NULL ? NULL
					  : network_resolv(h->traits.network));
}

/* Processes of a job of ours are gone when host_stop said so. */
static bool
undo_kill(const struct host *h, uid_t uid, struct error *e)
{
	const struct host_job *j;

	/* Without root they die with the executor: life_fd. */
	if (!h->traits.root || uid == (uid_t)-1)
		return (true);
	for (j = h->jobs; j != NULL; j = j->next) {
		if (j->plan->uid == uid && (j->stopped || j->pidfd == -1))
			return (true);
	}
	return (process_kill_uid(uid, e));
}

bool
host_undo(struct host *h, enum undo_kind kind, const char *target, uid_t uid,
    struct error *e)
{
	switch (kind) {
	case UNDO_KILL:
		return (undo_kill(h, uid, e));
	case UNDO_REMOVE_GROUP:
		return (group_remove(h->groups, target, e));
	case UNDO_UNMOUNT:     /* mounts go with their name space, */
	case UNDO_REMOVE_LINK: /* and so do network interfaces */
		return (true);
	default:
		return (fail(e, ENOTSUP, undo_kind_name(kind), target,
		    "not an undo of the host"));
	}
}
