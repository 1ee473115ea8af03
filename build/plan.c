/*
 * From spec to plan: which steps, in which order, with which undo.  Pure:
 * what the host offers is in struct host_traits.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "build/plan.h"
#include "build/strings.h"

enum {
	ROOT_BYTES = 16 * 1024 * 1024, /* directories and a few files */
	DEV_BYTES = 64 * 1024,
	ID_LENGTH = 12,
	STEPS_MORE = 64 /* most plans have not as many */
};

/* One plan in the making; a failed allocation shows at the end. */
struct maker {
	struct plan *plan;
	const struct isth_build_spec *spec;
	const struct plan_names *names;
	const struct host_traits *traits;
	bool failed;
};

static char *
keep(struct maker *m, char *s)
{
	if (s == NULL)
		m->failed = true;
	return (s);
}

static char *
copy(struct maker *m, const char *s)
{
	return (s == NULL ? NULL : keep(m, plan_keep(m->plan, s)));
}

static char *join(struct maker *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

static char *
join(struct maker *m, const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	s = plan_vkeepf(m->plan, fmt, args);
	va_end(args);
	return (keep(m, s));
}

/*
 * Adds a step and returns it to be filled; `spare` takes the writes when
 * memory is short.
 */
static struct step *
add(struct maker *m, enum step_kind kind, enum step_side side)
{
	static _Thread_local struct step spare;
	struct plan *p = m->plan;
	struct step *steps;

	spare = (struct step){ 0 };
	if (p->n == p->size) {
		steps = reallocarray(
		    p->steps, p->size + STEPS_MORE, sizeof(*steps));
		if (steps == NULL) {
			m->failed = true;
			return (&spare);
		}
		p->steps = steps;
		p->size += STEPS_MORE;
	}
	p->steps[p->n] = (struct step){
		.kind = kind,
		.side = side,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.size = -1,
	};
	return (&p->steps[p->n++]);
}

static void
undo(struct maker *m, struct step *s, enum undo_kind kind, const char *target)
{
	s->undo = kind;
	s->target = copy(m, target);
}

static void
add_directory(struct maker *m, const char *path, mode_t mode, bool builders)
{
	struct step *s = add(m, STEP_MAKE_DIRECTORY, SIDE_HOST);

	s->path = copy(m, path);
	s->mode = mode;
	if (builders && m->traits->root) {
		s->uid = m->names->uid;
		s->gid = m->names->gid;
	}
}

/* Directories, log and limits: what every build has on the host. */
static void
plan_host(struct maker *m)
{
	struct plan *p = m->plan;
	struct step *s;

	if (m->traits->root) {
		s = add(m, STEP_TAKE_UID, SIDE_HOST);
		s->uid = m->names->uid;
		s->gid = m->names->gid;
		undo(m, s, UNDO_RELEASE_UID, NULL);
	}
	add_directory(m, p->job, 0700, false);
	undo(m, &p->steps[p->n - 1], UNDO_REMOVE_TREE, p->job);
	/* To be the root, or to mount it on; inside that is "/" itself. */
	if (m->traits->root_on_disk || !m->traits->mounts_inside)
		add_directory(m, p->root, 0755, false);
	if (m->spec->host_work == NULL)
		add_directory(m, p->work, 0700, true);
	add_directory(m, p->area, 0700, false);
	undo(m, &p->steps[p->n - 1], UNDO_REMOVE_TREE, p->area);
	/* Its mount points are root's: sticky, or the builder moves them. */
	add_directory(m, p->store, 01775, true);
	if (m->traits->root)
		p->steps[p->n - 1].uid = 0;
	add_directory(m, p->stage, 0700, false);
	s = add(m, STEP_OPEN_LOG, SIDE_HOST);
	s->path = copy(m, m->names->log);
	if (m->traits->group != NULL) {
		s = add(m, STEP_LIMIT_GROUP, SIDE_HOST);
		s->text = copy(m, p->id);
		undo(m, s, UNDO_REMOVE_GROUP, p->id);
	}
}

static void
plan_isolate(struct maker *m)
{
	bool inside = m->traits->mounts_inside;
	struct step *s;

	s = add(m, STEP_ISOLATE, inside ? SIDE_INSIDE : SIDE_HOST);
	s->path = copy(m, m->plan->root);
	s->text = copy(m, m->traits->isolation);
	undo(m, s, UNDO_KILL, m->plan->id);
	if (!m->traits->root) {
		s = add(m, STEP_MAP_IDS, inside ? SIDE_INSIDE : SIDE_HOST);
		s->uid = m->names->uid;
		s->gid = m->names->gid;
	}
	if (m->spec->network == SPEC_NETWORK_FIXED_OUTPUT) {
		s = add(m, STEP_NETWORK, inside ? SIDE_INSIDE : SIDE_HOST);
		s->text = copy(m, m->traits->network);
		if (!inside)
			undo(m, s, UNDO_REMOVE_LINK, m->plan->id);
	}
}

/*
 * A step that makes part of the root: inside, or on the host below the root
 * directory, where a mount needs its undo.
 */
static struct step *
add_root(struct maker *m, enum step_kind kind, const char *path)
{
	bool inside = m->traits->mounts_inside;
	struct step *s;

	s = add(m, kind, inside ? SIDE_INSIDE : SIDE_HOST);
	s->path = inside ? copy(m, path) : join(m, "%s%s", m->plan->root, path);
	return (s);
}

static struct step *
add_mount(struct maker *m, enum step_kind kind, const char *path)
{
	struct step *s = add_root(m, kind, path);

	if (!m->traits->mounts_inside)
		undo(m, s, UNDO_UNMOUNT, s->path);
	return (s);
}

static int
input_compare(const void *a, const void *b)
{
	const struct spec_input *const *x = a, *const *y = b;

	return (strcmp((*x)->at, (*y)->at));
}

static void
plan_inputs(struct maker *m)
{
	const struct isth_build_spec *spec = m->spec;
	const struct spec_input **sorted;
	struct step *s;
	size_t i;

	sorted = calloc(spec->ninputs + 1, sizeof(*sorted));
	if (sorted == NULL) {
		m->failed = true;
		return;
	}
	for (i = 0; i < spec->ninputs; i++)
		sorted[i] = &spec->inputs[i];
	qsort(sorted, spec->ninputs, sizeof(*sorted), input_compare);
	for (i = 0; i < spec->ninputs; i++) {
		s = add_mount(m, STEP_MOUNT_INPUT, sorted[i]->at);
		s->source = copy(m, sorted[i]->source);
	}
	free(sorted);
}

/*
 * A link in the host's / that leads into an input ("/bin" to "usr/bin")
 * shows nothing that is not declared, and a builder "/bin/sh" expects it.
 */
static void
plan_root_links(struct maker *m)
{
	const struct host_link *link;
	struct step *s;
	char *target;
	size_t i, j;

	for (i = 0; i < m->traits->nroot_links; i++) {
		link = &m->traits->root_links[i];
		target = join(
		    m, "%s%s", link->target[0] == '/' ? "" : "/", link->target);
		if (target == NULL)
			return;
		for (j = 0; j < m->spec->ninputs; j++) {
			if (path_below(m->spec->inputs[j].at, link->name))
				break;
		}
		if (j == m->spec->ninputs) {
			for (j = 0; j < m->spec->ninputs; j++) {
				if (path_below(target, m->spec->inputs[j].at))
					break;
			}
			if (j < m->spec->ninputs) {
				s = add_root(m, STEP_MAKE_LINK, link->name);
				s->source = copy(m, link->target);
			}
		}
	}
}

static void
add_file(struct maker *m, const char *path, char *text, unsigned flags)
{
	struct step *s = add_root(m, STEP_WRITE_FILE, path);

	s->mode = 0444;
	s->text = text;
	s->flags = flags;
}

/* What a libc asks for: users, groups, hosts. */
static void
plan_etc(struct maker *m)
{
	unsigned uid = m->names->uid, gid = m->names->gid;
	char *passwd;

	passwd = join(m,
	    "root:x:0:0:root:/:/noshell\n"
	    "builder:x:%u:%u:build user:/homeless-shelter:/noshell\n"
	    "nobody:x:65534:65534:nobody:/:/noshell\n",
	    uid, gid);
	if (passwd == NULL)
		return;
	add_file(m, "/etc/passwd", passwd, 0);
	if (m->traits->has_passwd_db)
		add_file(m, "/etc/pwd.db", copy(m, passwd), WRITE_PASSWD_DB);
	add_file(m, "/etc/group",
	    join(m, "root:x:0:\nbuilder:x:%u:\nnogroup:x:65534:\n", gid), 0);
	add_file(m, "/etc/hosts",
	    copy(m, "127.0.0.1 localhost\n::1 localhost\n"), 0);
	if (m->names->resolv != NULL &&
	    m->spec->network == SPEC_NETWORK_FIXED_OUTPUT) {
		add_file(m, "/etc/resolv.conf", copy(m, m->names->resolv), 0);
		add_file(
		    m, "/etc/nsswitch.conf", copy(m, "hosts: files dns\n"), 0);
	}
}

static void
add_dev_link(struct maker *m, const char *path, const char *target)
{
	add_root(m, STEP_MAKE_LINK, path)->source = copy(m, target);
}

static void
plan_dev(struct maker *m)
{
	const struct host_traits *t = m->traits;
	struct step *s;
	size_t i;

	add_mount(m, STEP_MOUNT_DEV, "/dev")->size = DEV_BYTES;
	for (i = 0; t->devices[i] != NULL; i++) {
		s = add_root(m, STEP_MAKE_DEVICE, t->devices[i]);
		s->source = copy(m, t->devices[i]);
	}
	for (i = 0; i < m->spec->ndevices; i++) {
		s = add_root(m, STEP_MAKE_DEVICE, m->spec->devices[i]);
		s->source = copy(m, m->spec->devices[i]);
	}
	if (t->has_pts) {
		(void)add_mount(m, STEP_MOUNT_PTS, "/dev/pts");
		add_dev_link(m, "/dev/ptmx", "pts/ptmx");
	}
	if (t->has_shm) {
		s = add_mount(m, STEP_MOUNT_TMP, "/dev/shm");
		s->mode = 01777;
		s->size = t->memory_bytes / 4;
	}
	if (t->has_proc) {
		add_dev_link(m, "/dev/fd", "/proc/self/fd");
		add_dev_link(m, "/dev/stdin", "/proc/self/fd/0");
		add_dev_link(m, "/dev/stdout", "/proc/self/fd/1");
		add_dev_link(m, "/dev/stderr", "/proc/self/fd/2");
	}
}

/* It is disk to the build, and memory to the host. */
static int64_t
tmp_bytes(const struct maker *m)
{
	const struct spec_limits *l = &m->spec->limits;
	int64_t bytes =
	    l->disk_bytes > 0 ? l->disk_bytes : m->traits->memory_bytes / 4;

	return (l->memory_bytes > 0 && l->memory_bytes < bytes ? l->memory_bytes
							       : bytes);
}

static void
plan_root(struct maker *m)
{
	const struct host_traits *t = m->traits;
	const struct step *mask;
	struct step *s;

	if (!t->root_on_disk) {
		s = add_mount(m, STEP_MOUNT_ROOT, "/");
		s->mode = 0755;
		s->size = ROOT_BYTES;
	}
	s = add_mount(m, STEP_MOUNT_TMP, "/tmp");
	s->mode = 01777;
	s->size = tmp_bytes(m);
	s = add_mount(m, STEP_MOUNT_WRITABLE, m->spec->store);
	s->source = copy(m, m->plan->store);
	s = add_mount(m, STEP_MOUNT_WRITABLE, m->spec->work);
	s->source = copy(m, m->plan->work);
	plan_inputs(m);
	plan_root_links(m);
	plan_etc(m);
	plan_dev(m);
	if (!t->has_proc)
		return;
	(void)add_mount(m, STEP_MOUNT_PROC, "/proc");
	for (mask = t->masks; mask != NULL && mask->path != NULL; mask++) {
		s = add_root(m, STEP_MASK, mask->path);
		s->flags = mask->flags;
	}
}

/* From the finished root to the builder's image. */
static void
plan_enter(struct maker *m)
{
	const struct host_traits *t = m->traits;
	struct step *s;

	if (t->has_hostname)
		add(m, STEP_HOSTNAME, SIDE_INSIDE)->text = copy(m, "localhost");
	if (t->has_loopback)
		(void)add(m, STEP_LOOPBACK, SIDE_INSIDE);
	add(m, STEP_ENTER_ROOT, SIDE_INSIDE)->path = copy(m, m->plan->root);
	if (t->has_seal) {
		add(m, STEP_SEAL, SIDE_INSIDE)->path = copy(m, "/dev");
		add(m, STEP_SEAL, SIDE_INSIDE)->path = copy(m, "/");
	}
	(void)add(m, STEP_SESSION, SIDE_INSIDE);
	(void)add(m, STEP_RLIMITS, SIDE_INSIDE);
	s = add(m, STEP_DROP, SIDE_INSIDE);
	s->uid = m->names->uid;
	s->gid = m->names->gid;
	if (t->has_filter)
		(void)add(m, STEP_FILTER, SIDE_INSIDE);
	s = add(m, STEP_RUN, SIDE_INSIDE);
	s->path = copy(m, m->spec->builder);
	s->source = copy(m, m->spec->work);
	if (m->spec->personality != NULL)
		s->flags = RUN_LINUX32;
}

/* ---- arguments and environment ---- */

static void
plan_argv(struct maker *m)
{
	const struct isth_build_spec *spec = m->spec;
	const char *base = strrchr(spec->builder, '/');
	size_t i;

	m->plan->argv = calloc(spec->nargs + 2, sizeof(char *));
	if (m->plan->argv == NULL) {
		m->failed = true;
		return;
	}
	/* The daemons of Guix and Nix give the last component. */
	m->plan->argv[0] = copy(m, base == NULL ? spec->builder : base + 1);
	for (i = 0; i < spec->nargs; i++)
		m->plan->argv[i + 1] = copy(m, spec->args[i]);
}

/* Sets NAME=value, in place of an earlier one. */
static void
set_env(struct maker *m, size_t *n, const char *name, const char *value)
{
	char **envp = m->plan->envp, *entry;
	size_t i, len = strlen(name);

	entry = join(m, "%s=%s", name, value);
	if (entry == NULL)
		return;
	for (i = 0; i < *n; i++) {
		if (strncmp(envp[i], name, len) == 0 && envp[i][len] == '=') {
			envp[i] = entry;
			return;
		}
	}
	envp[(*n)++] = entry;
}

static void
plan_envp(struct maker *m)
{
	static const char *const work_names[] = { "TMPDIR", "TEMPDIR", "TMP",
		"TEMP", "PWD", "NIX_BUILD_TOP" };
	const struct isth_build_spec *spec = m->spec;
	const size_t nwork = sizeof(work_names) / sizeof(work_names[0]);
	size_t i, n = 0;

	m->plan->envp =
	    calloc(spec->nenv + spec->noutputs + nwork + 3, sizeof(char *));
	if (m->plan->envp == NULL) {
		m->failed = true;
		return;
	}
	/* As guix-daemon and nix-daemon: nothing that could exist. */
	set_env(m, &n, "PATH", "/path-not-set");
	set_env(m, &n, "HOME", "/homeless-shelter");
	for (i = 0; i < nwork; i++)
		set_env(m, &n, work_names[i], spec->work);
	for (i = 0; i < spec->noutputs; i++)
		set_env(m, &n, spec->outputs[i].name, spec->outputs[i].value);
	for (i = 0; i < spec->nenv; i++)
		set_env(m, &n, spec->env[i].name, spec->env[i].value);
}

/* ---- what this host cannot do ---- */

static bool
plan_possible(const struct isth_build_spec *spec,
    const struct host_traits *traits, struct error *e)
{
	char at[300];

	if (spec->network == SPEC_NETWORK_FIXED_OUTPUT &&
	    traits->network == NULL) {
		snprintf(at, sizeof(at), "%s: $.network", spec->origin);
		return (
		    fail(e, 0, "plan network", at, "%s", traits->network_why));
	}
	if (spec->personality != NULL && !traits->has_linux32) {
		snprintf(at, sizeof(at), "%s: $.personality", spec->origin);
		return (fail(e, 0, "plan personality", at,
		    "%s has no personality \"%s\"", traits->system,
		    spec->personality));
	}
	return (true);
}

static int64_t
spec_limit(const struct spec_limits *l, const char *name)
{
	const struct {
		const char *name;
		int64_t value;
	} all[] = { { "cpu_s", l->cpu_s }, { "memory_bytes", l->memory_bytes },
		{ "processes", l->processes }, { "disk_bytes", l->disk_bytes },
		{ "files", l->files }, { "wall_s", l->wall_s },
		{ "silent_s", l->silent_s }, { "log_bytes", l->log_bytes } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].name, name) == 0)
			return (all[i].value);
	}
	return (SPEC_NONE);
}

static void
tell(struct maker *m, struct isth_strings *list, const char *s)
{
	if (s == NULL || !strings_addf(list, "%s", s))
		m->failed = true;
}

static void
plan_weaker(struct maker *m)
{
	const struct host_traits *t = m->traits;
	const struct host_limit *l;
	size_t i;

	for (i = 0; t->weaker != NULL && t->weaker[i] != NULL; i++)
		tell(m, &m->plan->weaker, t->weaker[i]);
	if (m->spec->network == SPEC_NETWORK_FIXED_OUTPUT &&
	    t->network_weaker != NULL)
		tell(m, &m->plan->weaker, t->network_weaker);
	for (i = 0; i < t->nlimits; i++) {
		l = &t->limits[i];
		if (l->by == NULL &&
		    spec_limit(&m->spec->limits, l->name) != SPEC_NONE)
			tell(m, &m->plan->unlimited,
			    join(m, "%s: %s", l->name, l->why));
	}
}

static void
plan_places(struct maker *m)
{
	const struct isth_build_spec *spec = m->spec;
	struct plan *p = m->plan;
	const char *slash;

	slash = strcmp(spec->host_store, "/") == 0 ? "" : "/";
	p->id = copy(m, m->names->id);
	p->uid = m->names->uid;
	p->gid = m->names->gid;
	p->job = join(m, "%s/jobs/%s", m->names->state, p->id);
	p->root = join(m, "%s/root", p->job);
	p->work = spec->host_work != NULL ? copy(m, spec->host_work)
					  : join(m, "%s/work", p->job);
	p->area = join(m, "%s%stmp-isthmus-%s", spec->host_store, slash, p->id);
	p->store = join(m, "%s/store", p->area);
	p->stage = join(m, "%s/stage", p->area);
}

struct plan *
plan_create(const struct isth_build_spec *spec, const struct plan_names *names,
    const struct host_traits *traits, struct error *e)
{
	struct maker m = { .spec = spec, .names = names, .traits = traits };

	if (strlen(names->id) != ID_LENGTH) {
		fail(e, 0, "plan", names->id, "not a job's id");
		return (NULL);
	}
	if (!plan_possible(spec, traits, e))
		return (NULL);
	m.plan = calloc(1, sizeof(*m.plan));
	if (m.plan == NULL) {
		fail(e, ENOMEM, "plan", spec->name, NULL);
		return (NULL);
	}
	m.plan->spec = spec;
	plan_places(&m);
	if (!m.failed) {
		plan_host(&m);
		if (traits->mounts_inside)
			plan_isolate(&m);
		plan_root(&m);
		if (!traits->mounts_inside)
			plan_isolate(&m);
		plan_enter(&m);
		plan_argv(&m);
		plan_envp(&m);
		plan_weaker(&m);
	}
	if (m.failed) {
		plan_destroy(m.plan);
		fail(e, ENOMEM, "plan", spec->name, NULL);
		return (NULL);
	}
	return (m.plan);
}
