/*
 * The collector: handles what the builder left, when nothing of the build
 * lives any more.  A process of its own, because it can take long, while the
 * executor has other builds to watch, and because it reads what an enemy
 * wrote: it holds a few directories and nothing else.  Only what is little,
 * the executor does at once: for most builds the process would be the most
 * of the work.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/tree.h"
#include "build/job.h"
#include "build/output.h"

enum collect_fd {
	FD_REPORT,
	FD_LIFE,
	FD_LOCK,
	FD_JOBS,
	FD_DISK_WORK, /* job->disk_fds, for measure_last */
	FD_DISK_STORE,
	FD_STORE_PARENT, /* spec->host_store */
	FD_AREA,
	FD_STORE,
	FD_STAGE,
	FD_TWIN, /* stage of the other build */
	FD_KEEP, /* where a failed build is kept */
	FD_COUNT
};

struct collector {
	struct job *job;
	int fds[FD_COUNT];
	bool here; /* in the executor itself */
	bool rejected;
};

static void
tell(struct collector *c, const struct report *r)
{
	if (c->here)
		job_collected(c->job, r);
	/* Without a reader there is nobody to work for. */
	else if (!report_write(c->fds[FD_REPORT], r))
		_exit(1);
}

static void
tell_kind(struct collector *c, enum report_kind kind)
{
	struct report r = { .kind = kind };

	tell(c, &r);
}

static void
tell_text(
    struct collector *c, enum report_kind kind, int64_t n, const char *text)
{
	struct report r = { .kind = kind, .number = n };

	snprintf(r.text, sizeof(r.text), "%s", text);
	tell(c, &r);
}

static void
tell_error(struct collector *c, enum report_kind kind, int status,
    const struct error *e)
{
	struct report r = { .kind = kind, .status = status };

	r.error = *e;
	tell(c, &r);
}

/* True for what the host lacks, not the output. */
static bool
is_shortage(int err)
{
	return (err == ENOSPC || err == EDQUOT || err == ENOMEM ||
		err == EMFILE || err == ENFILE || err == EIO || err == EROFS);
}

static void
reject(struct collector *c, int status, const struct error *e)
{
	c->rejected = true;
	tell_error(c, REPORT_REJECTED,
	    is_shortage(e->err) ? ISTH_STATUS_REFUSED : status, e);
}

/* ---- directories ---- */

static int
open_directory(int at, const char *path, bool follow)
{
	return (openat(at, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)));
}

static const char *
keep_in(const struct job *job)
{
	const char *dir = job->executor->options.keep_in;

	if (dir == NULL)
		dir = getenv("TMPDIR");
	return (dir == NULL || dir[0] != '/' ? "/tmp" : dir);
}

/*
 * All that will be needed; what is not there (a set-up that failed early)
 * stays -1.
 */
static void
open_directories(struct collector *c)
{
	const struct job *job = c->job;
	const struct plan *p = job->plan;

	c->fds[FD_LOCK] = journal_lock_fd(job->journal);
	c->fds[FD_JOBS] = job->executor->jobs_fd;
	c->fds[FD_DISK_WORK] = job->disk_fds[0];
	c->fds[FD_DISK_STORE] = job->disk_fds[1];
	c->fds[FD_STORE_PARENT] =
	    open_directory(AT_FDCWD, job->spec->host_store, true);
	c->fds[FD_AREA] = open_directory(
	    c->fds[FD_STORE_PARENT], strrchr(p->area, '/') + 1, false);
	c->fds[FD_STORE] = open_directory(c->fds[FD_AREA], "store", false);
	c->fds[FD_STAGE] = open_directory(c->fds[FD_AREA], "stage", false);
	c->fds[FD_TWIN] = -1;
	if ((job->tasks & COLLECT_COMPARE) != 0 && job->twin != NULL)
		c->fds[FD_TWIN] =
		    open_directory(AT_FDCWD, job->twin->plan->stage, false);
	c->fds[FD_KEEP] = -1;
	if (job->executor->options.keep_failed)
		c->fds[FD_KEEP] = open_directory(AT_FDCWD, keep_in(job), true);
}

/* ---- outputs ---- */

static const char *
base_of(const struct job *job, size_t output)
{
	return (strrchr(job->spec->outputs[output].value, '/') + 1);
}

static bool
check_hash(struct collector *c, size_t i, struct error *e)
{
	const struct isth_build_spec *spec = c->job->spec;
	const char *path = spec->outputs[i].value;
	char hex[129];

	if (!output_hash(c->fds[FD_STAGE], base_of(c->job, i),
		spec->hash_algorithm, spec->hash_mode, hex, e)) {
		reject(c, ISTH_STATUS_FAILED, e);
		return (false);
	}
	tell_text(c, REPORT_HASH, (int64_t)i, hex);
	if (strcmp(hex, spec->hash_value) == 0)
		return (true);
	fail(e, 0, "verify hash", path, "wanted %s:%s, got %s:%s",
	    spec->hash_algorithm, spec->hash_value, spec->hash_algorithm, hex);
	reject(c, ISTH_STATUS_HASH, e);
	return (false);
}

static bool
measure(struct collector *c)
{
	struct error e = { 0 };

	if (measure_last(c->job, &e))
		return (true);
	if (e.err == EDQUOT) {
		c->rejected = true;
		tell_error(c, REPORT_OVER, 0, &e);
	} else
		reject(c, ISTH_STATUS_REFUSED, &e);
	return (false);
}

static bool
stage(struct collector *c)
{
	const struct job *job = c->job;
	bool root = host_traits(job->executor->host)->root;
	struct output_policy policy = {
		.builder_uid = root ? job->plan->uid : geteuid(),
		.owner = root ? 0 : geteuid(),
		.group = root ? 0 : getegid(),
		.fresh = job->spec->network == SPEC_NETWORK_FIXED_OUTPUT,
	};
	struct output_links *links = output_links_create();
	struct error e = { 0 };
	bool ok = links != NULL;
	size_t i;

	if (!ok)
		fail(&e, ENOMEM, "collect outputs", job->spec->name, NULL);
	for (i = 0; ok && i < job->spec->noutputs; i++)
		ok = output_collect(c->fds[FD_STORE], c->fds[FD_STAGE],
		    base_of(job, i), &policy, links, &e);
	ok = ok && output_links_settle(c->fds[FD_STAGE], links, &e);
	output_links_destroy(links);
	if (!ok) {
		fail_context(&e, "collect output");
		reject(c, ISTH_STATUS_FAILED, &e);
		return (false);
	}
	for (i = 0; i < job->spec->noutputs; i++) {
		if (job->spec->hash_algorithm != NULL && !check_hash(c, i, &e))
			return (false);
	}
	return (true);
}

struct difference {
	struct collector *collector;
	const char *output;
};

static void
differs(void *context, const char *path, const char *why)
{
	struct difference *d = context;
	char text[1024];

	snprintf(text, sizeof(text), "%s%s%s: %s", d->output,
	    path[0] == '\0' ? "" : "/", path, why);
	tell_text(d->collector, REPORT_DIFFERS, 0, text);
}

static void
compare(struct collector *c)
{
	struct error e = { 0 };
	size_t i;

	for (i = 0; i < c->job->spec->noutputs; i++) {
		struct difference d = { c, c->job->spec->outputs[i].value };

		if (output_compare(c->fds[FD_TWIN], base_of(c->job, i),
			c->fds[FD_STAGE], base_of(c->job, i), differs, &d, &e))
			continue;
		fail_context(&e, "compare two builds");
		reject(c, ISTH_STATUS_FAILED, &e);
		return;
	}
}

static bool
sync_outputs(const struct collector *c, struct error *e)
{
	const struct job *job = c->job;
	size_t i;

	for (i = 0; job->executor->options.sync && i < job->spec->noutputs; i++)
		if (!output_sync(c->fds[FD_STAGE], base_of(job, i), e))
			return (false);
	return (true);
}

/*
 * Into the store.  When one is there meanwhile, those before it go back:
 * outputs appear all or none.
 */
static void
commit(struct collector *c)
{
	const struct job *job = c->job;
	int stage_fd = c->fds[FD_STAGE], store_fd = c->fds[FD_STORE_PARENT];
	struct error e = { 0 };
	size_t i;

	if (!executor_at(job->executor, "commit", &e) || !sync_outputs(c, &e) ||
	    (job->spec->noutputs > 1 &&
		!journal_commit(job->journal, job->plan, &e))) {
		reject(c, ISTH_STATUS_REFUSED, &e);
		return;
	}
	for (i = 0; i < job->spec->noutputs; i++) {
		if (executor_at(job->executor, "rename", &e)) {
			if (output_place(stage_fd, base_of(job, i), store_fd,
				base_of(job, i)) == 0)
				continue;
			fail(&e, errno, "put output in place",
			    job->spec->outputs[i].value, NULL);
		}
		while (i-- > 0)
			(void)output_place(store_fd, base_of(job, i), stage_fd,
			    base_of(job, i));
		if (job->spec->noutputs > 1)
			(void)journal_uncommit(job->journal, NULL);
		reject(c, ISTH_STATUS_FAILED, &e);
		return;
	}
	/* Before the journal goes the names must be durable. */
	if (job->spec->noutputs > 1 || job->executor->options.sync)
		(void)fsync(store_fd);
	tell_kind(c, REPORT_COMMITTED);
}

/* ---- what is left ---- */

static void
left(struct collector *c, const struct error *e)
{
	tell_error(c, REPORT_LEFT, 0, e);
}

static bool
keep_trees(struct collector *c, int to, struct error *e)
{
	const struct job *job = c->job;
	const struct isth_build_options *o = &job->executor->options;
	uid_t builder =
	    host_traits(job->executor->host)->root ? job->plan->uid : geteuid();
	int from;
	bool ok = true;

	from = open_directory(c->fds[FD_JOBS], job->id, false);
	if (from >= 0 && faccessat(from, "work", F_OK, 0) == 0)
		ok = output_keep(from, "work", to, "work", builder, o->keep_uid,
		    o->keep_gid, e);
	if (from >= 0)
		(void)close(from);
	if (ok && c->fds[FD_STORE] >= 0)
		ok = output_keep(c->fds[FD_AREA], "store", to, "store", builder,
		    o->keep_uid, o->keep_gid, e);
	/* Outputs that were taken and are not put in place. */
	if (ok && c->fds[FD_AREA] >= 0 &&
	    faccessat(c->fds[FD_AREA], "stage", F_OK, 0) == 0)
		ok = output_keep(c->fds[FD_AREA], "stage", to, "outputs",
		    geteuid(), o->keep_uid, o->keep_gid, e);
	if (ok && fchown(to, o->keep_uid, o->keep_gid) != 0)
		ok = fail(e, errno, "give kept tree", NULL, NULL);
	return (ok);
}

static void
keep(struct collector *c)
{
	const struct job *job = c->job;
	struct error e = { 0 };
	char name[300], path[1024];
	int to = -1;

	snprintf(name, sizeof(name), "isthmus-%s-%s", job->spec->name, job->id);
	snprintf(path, sizeof(path), "%s/%s", keep_in(job), name);
	if (c->fds[FD_KEEP] < 0 || mkdirat(c->fds[FD_KEEP], name, 0700) != 0 ||
	    (to = open_directory(c->fds[FD_KEEP], name, false)) < 0) {
		fail(&e, errno, "keep failed build", path, NULL);
		left(c, &e);
		return;
	}
	if (!keep_trees(c, to, &e)) {
		fail_context(&e, "keep failed build");
		left(c, &e);
	}
	tell_text(c, REPORT_KEPT, 0, path);
	(void)close(to);
}

static void
remove_directories(struct collector *c)
{
	const struct job *job = c->job;
	struct error e = { 0 };

	if (!tree_remove(c->fds[FD_JOBS], job->id, &e))
		left(c, &e);
	if (c->fds[FD_AREA] >= 0 && !tree_remove(c->fds[FD_STORE_PARENT],
					strrchr(job->plan->area, '/') + 1, &e))
		left(c, &e);
}

static void
collect(struct collector *c)
{
	const struct job *job = c->job;
	unsigned tasks = job->tasks;
	bool failed = job->ended;

	if ((tasks & COLLECT_STAGE) != 0 && measure(c) && stage(c) &&
	    (tasks & COLLECT_COMPARE) != 0)
		compare(c);
	if (!c->rejected && (tasks & COLLECT_COMMIT) != 0)
		commit(c);
	if ((tasks & COLLECT_REMOVE) != 0) {
		if ((failed || c->rejected) &&
		    job->executor->options.keep_failed)
			keep(c);
		remove_directories(c);
	}
	tell_kind(c, REPORT_FINISHED);
}

void
collect_main(void *job, int report_fd, int life_fd)
{
	struct collector c = { .job = job };
	struct error e = { 0 };

	c.fds[FD_REPORT] = report_fd;
	c.fds[FD_LIFE] = life_fd;
	open_directories(&c);
	if (!helper_confine(c.fds, FD_COUNT, life_fd, &e)) {
		reject(&c, ISTH_STATUS_REFUSED, &e);
		_exit(1);
	}
	collect(&c);
	_exit(0);
}

bool
collect_is_little(const struct job *job)
{
	char work[32];

	/* Confinement is more than speed; others are not to wait for a disk. */
	if (host_confines() || job->executor->options.keep_failed ||
	    job->executor->options.sync || (job->tasks & COLLECT_REMOVE) == 0 ||
	    (job->tasks & COLLECT_COMPARE) != 0)
		return (false);
	snprintf(work, sizeof(work), "%s/work", job->id);
	/* What is to be staged is not there yet. */
	return (output_is_little(job->executor->jobs_fd, work) &&
		output_is_little(AT_FDCWD, job->plan->store) &&
		((job->tasks & COLLECT_STAGE) != 0 ||
		    output_is_little(AT_FDCWD, job->plan->stage)));
}

void
collect_here(struct job *job)
{
	struct collector c = { .job = job, .here = true };
	size_t i;

	open_directories(&c);
	collect(&c);
	for (i = FD_STORE_PARENT; i < FD_COUNT; i++) {
		if (c.fds[i] >= 0)
			(void)close(c.fds[i]);
	}
}
