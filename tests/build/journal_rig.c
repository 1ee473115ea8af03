/* The rig behind the tests of journal, recovery and uid pool. */
#include "tests/build/journal_rig.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "build/output.h"
#include "build/plan.h"

struct host rig_host = { .boot = "boot-of-the-test" };
char rig_told[65536];
struct error rig_error;

/* ---- faults ---- */

static struct {
	unsigned at, seen;
	int err;
	bool on, hit;
} fault;

static void *
json_malloc(size_t n)
{
	return (fault_now() ? NULL : malloc(n));
}

void
fault_arm(unsigned at, int err, bool on)
{
	json_set_alloc_funcs(json_malloc, free);
	memset(&fault, 0, sizeof(fault));
	fault.at = at;
	fault.err = err;
	fault.on = on;
}

bool
fault_disarm(void)
{
	fault.at = 0;
	return (fault.hit);
}

bool
fault_now(void)
{
	if (fault.at == 0)
		return (false);
	fault.seen++;
	if (fault.seen != fault.at && !(fault.on && fault.seen > fault.at))
		return (false);
	fault.hit = true;
	errno = fault.err;
	return (true);
}

/* A disk that becomes full takes a part first. */
ssize_t
fault_pwrite(int fd, const void *data, size_t n, off_t at)
{
	if (fault_now()) {
		if (n > 1)
			(void)pwrite(fd, data, n / 2, at);
		errno = fault.err;
		return (-1);
	}
	return (pwrite(fd, data, n, at));
}

/* ---- the host ---- */

const char *
host_boot(char buf[64])
{
	(void)snprintf(buf, 64, "%s", rig_host.boot);
	return (buf);
}

uint64_t
host_process_start(pid_t pid)
{
	return (pid > 0 && kill(pid, 0) == 0 ? 7 : 0);
}

pid_t
host_uid_busy(struct host *h, uid_t uid)
{
	return (h->all_busy || uid == h->busy_uid ? h->busy_pid : 0);
}

bool
host_undo(struct host *h, enum undo_kind kind, const char *target, uid_t uid,
    struct error *e)
{
	size_t used = strlen(h->calls);

	h->undos++;
	(void)snprintf(h->calls + used, sizeof(h->calls) - used, "%s %s %d;",
	    undo_kind_name(kind), target, (int)uid);
	if (kind == UNDO_KILL)
		h->killed_uid = uid;
	if (h->fail_undo == 0)
		return (true);
	memset(e, 0, sizeof(*e));
	e->err = h->fail_undo;
	(void)snprintf(e->step, sizeof(e->step), "%s", undo_kind_name(kind));
	return (false);
}

int
output_place(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat st;

	if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return (-1);
	}
	return (renameat(from_fd, from, to_fd, to));
}

/* ---- files ---- */

char *
rig_path(const char *fmt, ...)
{
	char here[512], rest[512], *path;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	ATF_REQUIRE(asprintf(&path, "%s/%s", here, rest) > 0);
	return (path);
}

int
rig_state(void)
{
	int fd;

	(void)mkdir("state", 0700);
	(void)mkdir("store", 0755);
	fd = open("state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(fd >= 0);
	return (fd);
}

bool
rig_exists(const char *path)
{
	struct stat st;

	return (lstat(path, &st) == 0);
}

size_t
rig_count(const char *path)
{
	struct dirent *d;
	size_t n = 0;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL)
		return (0);
	while ((d = readdir(dir)) != NULL)
		n +=
		    strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	(void)closedir(dir);
	return (n);
}

void
rig_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	/* Also in forked children, where ATF's own checks do not belong. */
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

unsigned
rig_descriptors(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

/* ---- the plan ---- */

static void
set_undo(struct step *s, enum undo_kind kind, char *target)
{
	s->undo = kind;
	s->target = target;
}

struct plan *
rig_plan(const char *id, uid_t uid)
{
	static const char *const names[] = { "one", "two" };
	struct isth_build_spec *spec = calloc(1, sizeof(*spec));
	struct plan *p = calloc(1, sizeof(*p));
	char value[64];
	size_t i;

	ATF_REQUIRE(spec != NULL && p != NULL);
	spec->name = strdup("hello-2.12");
	spec->host_store = rig_path("store");
	spec->noutputs = 2;
	spec->outputs = calloc(2, sizeof(*spec->outputs));
	for (i = 0; i < 2; i++) {
		(void)snprintf(
		    value, sizeof(value), "/store/%s-%s", names[i], id);
		spec->outputs[i].name = strdup(names[i]);
		spec->outputs[i].value = strdup(value);
	}
	p->spec = spec;
	p->id = strdup(id);
	p->uid = p->gid = uid;
	p->job = rig_path("state/jobs/%s", id);
	p->area = rig_path("store/tmp-isthmus-%s", id);
	p->stage = rig_path("store/tmp-isthmus-%s/stage", id);
	p->n = 7;
	p->steps = calloc(p->n, sizeof(*p->steps));
	ATF_REQUIRE(p->steps != NULL);
	set_undo(&p->steps[0], UNDO_RELEASE_UID, NULL);
	set_undo(&p->steps[1], UNDO_REMOVE_TREE, strdup(p->job));
	set_undo(&p->steps[2], UNDO_REMOVE_TREE, strdup(p->area));
	set_undo(&p->steps[4], UNDO_REMOVE_GROUP, strdup(id));
	set_undo(&p->steps[5], UNDO_KILL, strdup(id));
	set_undo(&p->steps[6], UNDO_UNMOUNT, rig_path("state/jobs/%s/m", id));
	return (p);
}

void
rig_plan_destroy(struct plan *p)
{
	struct isth_build_spec *spec;
	size_t i;

	memcpy(&spec, &p->spec, sizeof(spec));
	for (i = 0; i < spec->noutputs; i++) {
		free(spec->outputs[i].name);
		free(spec->outputs[i].value);
	}
	free(spec->outputs);
	free(spec->host_store);
	free(spec->name);
	free(spec);
	for (i = 0; i < p->n; i++)
		free(p->steps[i].target);
	free(p->steps);
	free(p->id);
	free(p->job);
	free(p->area);
	free(p->stage);
	free(p);
}

static const char *
base_of(const struct plan *p, size_t i)
{
	return (strrchr(p->spec->outputs[i].value, '/') + 1);
}

void
rig_make(const struct plan *p)
{
	char path[1024];
	size_t i;

	(void)mkdir(p->job, 0700);
	(void)snprintf(path, sizeof(path), "%s/work", p->job);
	rig_write(path, "x");
	(void)mkdir(p->area, 0700);
	(void)mkdir(p->stage, 0700);
	for (i = 0; i < 2; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", p->stage, base_of(p, i));
		(void)mkdir(path, 0755);
		(void)snprintf(
		    path, sizeof(path), "%s/%s/whole", p->stage, base_of(p, i));
		rig_write(path, "x");
	}
}

void
rig_rename(const struct plan *p, size_t i)
{
	char from[1024], to[1024];

	(void)snprintf(from, sizeof(from), "%s/%s", p->stage, base_of(p, i));
	(void)snprintf(
	    to, sizeof(to), "%s/%s", p->spec->host_store, base_of(p, i));
	(void)rename(from, to);
}

/* ---- recovery ---- */

static void
tell(void *context, const char *line)
{
	size_t used = strlen(rig_told);

	ATF_CHECK(context == &rig_told);
	(void)snprintf(rig_told + used, sizeof(rig_told) - used, "%s\n", line);
}

size_t
rig_recover(int state_fd, bool dry_run)
{
	size_t left = 99;

	rig_told[0] = '\0';
	rig_host.calls[0] = '\0';
	memset(&rig_error, 0, sizeof(rig_error));
	if (recover_all(state_fd, state_fd, &rig_host, dry_run, tell, rig_told,
		&left, &rig_error))
		rig_error.step[0] = '\0';
	return (left);
}

/* A job whose executor is gone: journal, directories, uid. */
struct plan *
rig_dead_job(int state, bool commit)
{
	struct plan *p = rig_plan(RIG_ID, RIG_UID);
	struct journal *j;
	struct error e;

	j = journal_begin(state, p, 7, &e);
	ATF_REQUIRE_MSG(j != NULL, "%s", e.step);
	(void)mkdir("state/users", 0700);
	rig_write("state/users/35001", "");
	rig_make(p);
	if (commit)
		ATF_REQUIRE(journal_commit(j, p, &e));
	journal_destroy(j);
	return (p);
}

void
rig_check_clean(void)
{
	ATF_CHECK_EQ(0, rig_count("state/jobs"));
	ATF_CHECK_EQ(0, rig_count("state/users"));
	ATF_CHECK(!rig_exists("store/tmp-isthmus-" RIG_ID));
}
