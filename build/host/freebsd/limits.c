/*
 * Limits: rctl(8) rules on the jail where the kernel counts
 * (kern.racct.enable), resource limits of processes everywhere.  Rules
 * outlive the jail and are removed by its name.
 */
#include <sys/rctl.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "build/host/freebsd/freebsd.h"

#define ENABLE "set kern.racct.enable=1 in loader.conf(5)"

void
limits_traits(struct host *host)
{
	struct host_traits *t = &host->traits;
	struct host_limit *l = t->limits;

	host->racct = sysctl_number("kern.racct.enable", 0) == 1;
	t->group = host->racct ? "rctl" : NULL;
	l[0] = (struct host_limit){ .name = "memory_bytes",
		.by = host->racct ? "rctl memoryuse (kills) and swapuse" : NULL,
		.why = "binds each process alone, by RLIMIT_AS (" ENABLE ")" };
	l[1] = (struct host_limit){ .name = "processes",
		.by = host->racct ? "rctl maxproc and nthr"
				  : "RLIMIT_NPROC of the uid" };
	l[2] = (struct host_limit){ .name = "cpu_s",
		.by = host->racct ? "rctl cputime" : NULL,
		.why = "binds each process alone, by RLIMIT_CPU (" ENABLE ")" };
	l[3] = (struct host_limit){ .name = "files", .by = "RLIMIT_NOFILE" };
	l[4] = (struct host_limit){ .name = "disk_bytes",
		.by = "RLIMIT_FSIZE of a file, and the executor looks" };
	t->nlimits = 5;
}

static bool
add_rule(const char *id, const char *what, int64_t amount, struct error *e)
{
	char out[128], rule[128];

	if (amount == SPEC_NONE)
		return (true);
	(void)snprintf(rule, sizeof(rule), "jail:isthmus-%s:%s=%" PRId64, id,
	    what, amount);
	if (rctl_add_rule(rule, strlen(rule) + 1, out, sizeof(out)) == 0)
		return (true);
	return (fail(e, errno, "limit group", rule, NULL));
}

bool
limits_add(struct host_job *job, const struct step *s, struct error *e)
{
	const struct spec_limits *l = &job->plan->spec->limits;
	int64_t cpu = l->cpu_s == SPEC_NONE ? SPEC_NONE : l->cpu_s + 1;

	/* Memory cannot be denied, address space and swap can: rctl(8). */
	return (add_rule(s->text, "memoryuse:sigkill", l->memory_bytes, e) &&
		add_rule(s->text, "swapuse:deny", l->memory_bytes, e) &&
		add_rule(s->text, "maxproc:deny", l->processes, e) &&
		add_rule(s->text, "nthr:deny", l->processes, e) &&
		/* As setrlimit(2) does: who asked for it can tell why. */
		add_rule(s->text, "cputime:sigxcpu", l->cpu_s, e) &&
		add_rule(s->text, "cputime:sigkill", cpu, e));
}

bool
limits_remove(const char *id, struct error *e)
{
	char out[128], rule[64];

	(void)snprintf(rule, sizeof(rule), "jail:isthmus-%s", id);
	/* ESRCH: there is none; ENOSYS: nothing is counted. */
	if (rctl_remove_rule(rule, strlen(rule) + 1, out, sizeof(out)) == 0 ||
	    errno == ESRCH || errno == ENOSYS)
		return (true);
	return (fail(e, errno, "remove limits", rule, NULL));
}

static bool
set(const char *name, int resource, int64_t soft, int64_t hard, struct error *e)
{
	struct rlimit r = { .rlim_cur = soft, .rlim_max = hard };

	if (soft == SPEC_NONE || setrlimit(resource, &r) == 0)
		return (true);
	return (fail(e, errno, "resource limits", name, NULL));
}

/*
 * Swap is reserved by uid for all that has no file, POSIX shared memory too,
 * where sysctl vm.overcommit has bit 2: then that binds exactly.
 */
bool
limits_set(const struct host_job *job, struct error *e)
{
	const struct spec_limits *l = &job->plan->spec->limits;
	int64_t memory = job->host->racct ? SPEC_NONE : l->memory_bytes;
	/* One second from SIGXCPU to SIGKILL. */
	int64_t cpu = l->cpu_s == SPEC_NONE ? SPEC_NONE : l->cpu_s + 1;

	return (
	    set("RLIMIT_CORE", RLIMIT_CORE, 0, 0, e) &&
	    set("RLIMIT_CPU", RLIMIT_CPU, l->cpu_s, cpu, e) &&
	    set("RLIMIT_NOFILE", RLIMIT_NOFILE, l->files, l->files, e) &&
	    set("RLIMIT_NPROC", RLIMIT_NPROC, l->processes, l->processes, e) &&
	    set("RLIMIT_FSIZE", RLIMIT_FSIZE, l->disk_bytes, l->disk_bytes,
		e) &&
	    set("RLIMIT_SWAP", RLIMIT_SWAP, l->memory_bytes, l->memory_bytes,
		e) &&
	    set("RLIMIT_AS", RLIMIT_AS, memory, memory, e));
}
