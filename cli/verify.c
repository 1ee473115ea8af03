/*
 * isthmus build --verify-isolation: two builds at the same time whose
 * builder is this executable (verify_inside.c), and what the host sees of
 * their files.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/text.h"
#include "base/tree.h"
#include "cli/build.h"
#include "cli/command.h"
#include "cli/verify.h"
#include "cli/verify_objects.h"

/* Not /tmp: inside, that is each build's own, and the store is not in it. */
#define PARENT "/var/tmp"

enum { JOBS = 2, RESULT_BYTES = 4096 };

struct verify_job {
	char *work, *output, *log, *name;
	struct isth_build_spec *spec;
	struct isth_build_result result; /* figures only; no pointers */
	bool ended;
	char text[RESULT_BYTES]; /* what it wrote */
	uid_t owner;
	gid_t group;
	mode_t mode;
	bool read; /* text, owner, mode are known */
};

struct verify {
	int parent_fd;
	char *top; /* PARENT/isthmus-verify.XXXXXX */
	char *allowed, *hidden, *store;
	struct verify_job jobs[JOBS];
	struct error *error; /* the first of a build */
};

/* ---- what lies on the host ---- */

static char *
join(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) == -1)
		return (NULL);
	return (path);
}

static bool
make_directory(const char *path, mode_t mode, struct error *e)
{
	if (path == NULL)
		return (fail(e, ENOMEM, "make directory", NULL, NULL));
	/* The caller's umask is not ours to change. */
	if (mkdir(path, 0700) == -1 || chmod(path, mode) == -1)
		return (fail(e, errno, "make directory", path, NULL));
	return (true);
}

static bool
make_file(const char *path, struct error *e)
{
	int fd;

	if (path == NULL)
		return (fail(e, ENOMEM, "make file", NULL, NULL));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 || fchmod(fd, 0644) == -1) {
		fail(e, errno, "make file", path, NULL);
		if (fd != -1)
			close(fd);
		return (false);
	}
	close(fd);
	return (true);
}

static bool
make_work(struct verify *v, struct verify_job *job, int number, struct error *e)
{
	char *protected, name[32];
	bool ok;

	snprintf(name, sizeof(name), "job%d", number);
	job->work = join(v->top, name);
	snprintf(name, sizeof(name), "verify-%d", number);
	job->name = strdup(name);
	job->output = join(v->store, name);
	if (job->name == NULL || job->output == NULL)
		return (fail(e, ENOMEM, "make directory", NULL, NULL));
	/* Which uid of the pool it will be is not known; TOP is 0700. */
	if (!make_directory(job->work, 01777, e))
		return (false);
	protected = join(job->work, VERIFY_PROTECTED);
	ok = make_directory(protected, 0555, e);
	free(protected);
	return (ok);
}

static bool
make_files(struct verify *v, struct error *e)
{
	int i;

	v->parent_fd = open(PARENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->parent_fd == -1)
		return (fail(e, errno, "open", PARENT, NULL));
	v->top = strdup(PARENT "/isthmus-verify.XXXXXX");
	if (v->top == NULL)
		return (fail(e, ENOMEM, "make directory", PARENT, NULL));
	if (mkdtemp(v->top) == NULL) {
		fail(e, errno, "make directory", v->top, NULL);
		free(v->top);
		v->top = NULL;
		return (false);
	}
	v->allowed = join(v->top, "allowed");
	v->hidden = join(v->top, "hidden");
	v->store = join(v->top, "store");
	if (!make_file(v->allowed, e) || !make_file(v->hidden, e) ||
	    !make_directory(v->store, 0755, e))
		return (false);
	for (i = 0; i < JOBS; i++) {
		if (!make_work(v, &v->jobs[i], i + 1, e))
			return (false);
	}
	return (true);
}

static bool
remove_files(struct verify *v, struct error *e)
{
	bool ok;
	int i;

	ok = v->top == NULL ||
	     tree_remove(v->parent_fd, strrchr(v->top, '/') + 1, e);
	for (i = 0; i < JOBS; i++) {
		if (v->jobs[i].log != NULL)
			(void)unlink(v->jobs[i].log);
		free(v->jobs[i].log);
		free(v->jobs[i].work);
		free(v->jobs[i].output);
		free(v->jobs[i].name);
		isth_build_spec_destroy(v->jobs[i].spec);
	}
	free(v->allowed);
	free(v->hidden);
	free(v->store);
	free(v->top);
	if (v->parent_fd != -1)
		close(v->parent_fd);
	return (ok);
}

/* ---- specs ---- */

static void
add_input(json_t *inputs, const char *path, const char *at)
{
	json_array_append_new(
	    inputs, json_pack("{ss ss}", "path", path, "at", at));
}

static json_t *
inputs_json(const struct verify *v, const struct verify_job *peer,
    const struct verify_objects *objects)
{
	json_t *inputs;
	size_t i;

	inputs = json_array();
	add_input(inputs, objects->self, VERIFY_SELF);
	add_input(inputs, v->allowed, VERIFY_ALLOWED);
	add_input(inputs, peer->work, VERIFY_PEER);
	for (i = 0; i < objects->n; i++)
		add_input(inputs, objects->items[i].path, objects->items[i].at);
	return (inputs);
}

static bool
make_spec(const struct verify *v, struct verify_job *job,
    const struct verify_job *peer, const struct verify_objects *objects,
    struct error *e)
{
	json_t *o;
	char *text;

	o = json_pack("{ss ss ss s[ss] so s{ss} s{ss} ss ss s{si}}", "version",
	    "isthmus.build/1", "name", job->name, "builder", VERIFY_SELF,
	    "args", VERIFY_INSIDE, v->hidden, "inputs",
	    inputs_json(v, peer, objects), "env", "LD_LIBRARY_PATH",
	    objects->directories, "outputs", "out", job->output, "store",
	    v->store, "work", VERIFY_WORK, "limits", "wall_s", 60);
	text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return (fail(e, ENOMEM, "make spec", job->name, NULL));
	job->spec = isth_build_spec_parse(
	    text, strlen(text), job->name, ISTH_SPEC_ISTHMUS, e);
	free(text);
	return (job->spec != NULL &&
		isth_build_spec_set_work(job->spec, job->work, e));
}

static bool
make_specs(struct verify *v, struct error *e)
{
	struct verify_objects objects = { 0 };
	bool ok;
	int i;

	ok = verify_objects_find(&objects, e);
	for (i = 0; ok && i < JOBS; i++)
		ok = make_spec(
		    v, &v->jobs[i], &v->jobs[(i + 1) % JOBS], &objects, e);
	verify_objects_destroy(&objects);
	return (ok);
}

/* ---- results ---- */

static void
on_result(void *context, const struct isth_build_result *r)
{
	struct verify *v = context;
	struct verify_job *job;
	int i;

	for (i = 0; i < JOBS; i++) {
		job = &v->jobs[i];
		if (strcmp(job->name, r->name) != 0)
			continue;
		job->ended = true;
		job->result = *r;
		if (r->log != NULL)
			job->log = strdup(r->log);
	}
	if (r->outcome != ISTH_OUTCOME_BUILT && v->error->step[0] == '\0') {
		*v->error = r->error;
		fail_context(
		    v->error, "%s %s", r->name, isth_outcome_name(r->outcome));
	}
}

/* The directory is the builder's: no link is followed, no FIFO waited for. */
static void
read_result(struct verify_job *job)
{
	struct stat st;
	ssize_t n;
	char *path;
	int fd;

	path = join(job->work, VERIFY_RESULT);
	if (path == NULL)
		return;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	free(path);
	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		n = read(fd, job->text, sizeof(job->text) - 1);
		job->text[n > 0 ? n : 0] = '\0';
		job->owner = st.st_uid;
		job->group = st.st_gid;
		job->mode = st.st_mode & 07777;
		job->read = n > 0;
	}
	close(fd);
}

/* The value of a key in what the job wrote; "" when it is not there. */
static void
value_of(
    const struct verify_job *job, const char *key, char *value, size_t size)
{
	const char *line;
	size_t len;

	len = strlen(key);
	value[0] = '\0';
	for (line = job->text; line != NULL && *line != '\0';
	     line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, key, len) != 0 || line[len] != '=')
			continue;
		snprintf(value, size, "%.*s",
		    (int)strcspn(line + len + 1, "\n"), line + len + 1);
		text_make_printable(value);
		return;
	}
}

/* What a key must say where isolation holds; NULL: a number. */
static const struct check {
	const char *key;
	bool must_work;	 /* "ok", or anything else but "ok" */
	bool needs_root; /* only with uids of their own */
} checks[] = {
	{ "post_drop.euid", false, false },
	{ "post_drop.egid", false, false },
	{ "drop.regain_root", false, false },
	{ "access.allowed_read", true, false },
	{ "access.own_output_uid", false, false },
	{ "access.own_output_gid", false, false },
	{ "access.peer_file", false, true },
	{ "access.hidden_file", false, false },
	{ "access.protected_create", false, false },
	{ "drop.chown_root", false, false },
};

static bool
tell_job(const struct verify_job *job, int number, bool root, FILE *out)
{
	const struct check *c;
	char value[256];
	bool held;
	size_t i;

	/* In the pool a uid's group has its number. */
	fprintf(out, "job=%d\ntarget.uid=%ju\ntarget.gid=%ju\n", number,
	    (uintmax_t)job->result.uid,
	    root ? (uintmax_t)job->result.uid : (uintmax_t)getgid());
	held = job->read;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		c = &checks[i];
		value_of(job, c->key, value, sizeof(value));
		fprintf(out, "%s=%s\n", c->key, value);
		if ((strcmp(value, "ok") == 0) != c->must_work &&
		    (root || !c->needs_root))
			held = false;
		if (value[0] == '\0')
			held = false;
	}
	return (held);
}

static bool
tell(struct verify *v, const struct watch *w, double elapsed_s, FILE *out)
{
	const struct verify_job *job;
	bool held, root;
	size_t k;
	int i;

	root = geteuid() == 0;
	held = true;
	for (i = 0; i < JOBS; i++) {
		if (!tell_job(&v->jobs[i], i + 1, root, out))
			held = false;
	}
	for (i = 0; i < JOBS; i++) {
		job = &v->jobs[i];
		fprintf(out, "host.result.%d=%ju:%ju %04o\n", i + 1,
		    (uintmax_t)job->owner, (uintmax_t)job->group,
		    (unsigned)job->mode);
		if (root && job->owner != job->result.uid)
			held = false;
	}
	fprintf(out, "elapsed_s=%.2f\n", elapsed_s);
	for (k = 0; k < w->weaker.n; k++)
		fprintf(out, "weaker=%s\n", w->weaker.items[k]);
	return (held);
}

/* ---- run ---- */

static bool
run_jobs(struct verify *v, const struct isth_build_options *given,
    struct watch *w, int *signal, struct error *e)
{
	struct isth_build_options o = *given;
	struct isth_executor *ex;
	bool ok;
	int i;

	o.jobs = JOBS;
	o.keep_failed = o.check = o.trace = false;
	o.event = watch_event;
	o.context = w;
	ex = isth_executor_create(&o, e);
	if (ex == NULL)
		return (false);
	ok = true;
	for (i = 0; ok && i < JOBS; i++)
		ok = isth_executor_add(ex, v->jobs[i].spec, e);
	if (ok)
		ok = loop_run(ex, w, signal, e);
	isth_executor_destroy(ex);
	return (ok);
}

static int
verify(struct verify *v, const struct isth_build_options *o, struct watch *w,
    struct error *e)
{
	uint64_t start;
	int i, signal;
	bool held;

	signal = 0;
	if (!loop_signals(e) || !make_files(v, e) || !make_specs(v, e))
		return (STATUS_HOST);
	start = clock_now();
	if (!run_jobs(v, o, w, &signal, e))
		return (STATUS_HOST);
	if (signal != 0)
		return (128 + signal);
	if (e->step[0] != '\0')
		return (watch_status(w));
	for (i = 0; i < JOBS; i++)
		read_result(&v->jobs[i]);
	held = tell(v, w, clock_since_ms(start) / 1000, stdout);
	if (fflush(stdout) == EOF) {
		fail(e, errno, "write standard output", NULL, NULL);
		clearerr(stdout);
		return (STATUS_HOST);
	}
	if (!held) {
		fail(e, 0, "verify isolation", NULL,
		    "something above worked that must not");
		return (STATUS_NO);
	}
	return (STATUS_OK);
}

int
verify_isolation(const struct isth_build_options *o, struct error *e)
{
	struct verify v = { .parent_fd = -1 };
	struct error cleaning = { 0 };
	struct watch w;
	int status;

	v.error = e;
	watch_init(&w, WATCH_QUIET, stdout);
	w.on_result = on_result;
	w.context = &v;
	status = verify(&v, o, &w, e);
	watch_clear(&w);
	if (!remove_files(&v, &cleaning) && status == STATUS_OK) {
		*e = cleaning;
		return (STATUS_HOST);
	}
	return (status);
}
