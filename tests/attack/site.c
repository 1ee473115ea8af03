/* A place to attack: making it, running builds in it, taking it down. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/tree.h"
#include "build/host.h"
#include "tests/attack/site.h"

#define SECRET_NAME "ISTHMUS_ATTACK_SECRET"

static const char *
one_line(const struct error *e)
{
	static char line[1200];

	(void)snprintf(line, sizeof(line), "%s: %s: %s", e->step, e->path,
	    e->why[0] != '\0' ? e->why : strerror(e->err));
	return (line);
}

const char *
site_path(const struct site *s, const char *directory, const char *name)
{
	static char paths[4][2 * PATH_SIZE];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)s;
	(void)snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return (path);
}

static void
make_file(const char *path, const char *text, mode_t mode)
{
	FILE *f;

	f = fopen(path, "we");
	ATF_REQUIRE_MSG(f != NULL, "%s: %s", path, strerror(errno));
	(void)fputs(text, f);
	ATF_REQUIRE(fclose(f) == 0);
	ATF_REQUIRE(chmod(path, mode) == 0);
}

static void
make_directory(char *path, const struct site *s, const char *name, mode_t mode)
{
	(void)snprintf(path, PATH_SIZE, "%.511s/%.100s", s->top, name);
	ATF_REQUIRE_MSG(
	    mkdir(path, mode) == 0, "%s: %s", path, strerror(errno));
	ATF_REQUIRE(chmod(path, mode) == 0);
}

static void
copy_file(const char *from, const char *to, mode_t mode)
{
	static char block[65536];
	FILE *in, *out;
	size_t n;

	in = fopen(from, "re");
	out = fopen(to, "we");
	ATF_REQUIRE_MSG(in != NULL && out != NULL, "%s", from);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		ATF_REQUIRE(fwrite(block, 1, n, out) == n);
	(void)fclose(in);
	ATF_REQUIRE(fclose(out) == 0);
	ATF_REQUIRE(chmod(to, mode) == 0);
}

/* Inputs that their user could change if the mount let him. */
static void
inputs_create(struct site *s)
{
	make_directory(s->inputs, s, "inputs", 0777);
	make_file(site_path(s, s->inputs, "f"), "input\n", 0666);
	make_file(site_path(s, s->inputs, "g"), "input\n", 0666);
	make_file(site_path(s, s->inputs, "h"), "input\n", 0666);
	make_directory(s->setid, s, "setid", 0777);
	copy_file(ATTACKER_BIN, site_path(s, s->setid, "program"), 04755);
}

static void
settings_create(struct site *s)
{
	char host[256] = "", number[32];

	s->env = json_object();
	(void)gethostname(host, sizeof(host) - 1);
	json_object_set_new(s->env, "INPUT", json_string(s->inputs));
	json_object_set_new(s->env, "SETID_INPUT",
	    json_string(site_path(s, s->setid, "program")));
	json_object_set_new(s->env, "ATTACKER", json_string(ATTACKER_BIN));
	json_object_set_new(s->env, "HOST_SECRET", json_string(s->secret));
	json_object_set_new(s->env, "HOST_STATE", json_string(s->state));
	json_object_set_new(
	    s->env, "HOST_STORE", json_string(site_path(s, s->store, "there")));
	json_object_set_new(s->env, "SECRET_NAME", json_string(SECRET_NAME));
	json_object_set_new(s->env, "HOST_NAME", json_string(host));
	json_object_set_new(s->env, "HOST_ACCOUNT", json_string("daemon:"));
	(void)snprintf(number, sizeof(number), "%d", (int)getsid(0));
	json_object_set_new(s->env, "HOST_SESSION", json_string(number));
	(void)snprintf(number, sizeof(number), "%d", (int)getpid());
	json_object_set_new(s->env, "EXECUTOR_PID", json_string(number));
	(void)snprintf(number, sizeof(number), "%ld", host_uptime());
	json_object_set_new(s->env, "HOST_UPTIME", json_string(number));
}

static void
create(struct site *s)
{
	char here[PATH_SIZE];

	memset(s, 0, sizeof(*s));
	(void)umask(022);
	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	(void)snprintf(s->top, sizeof(s->top), "%.500s/site", here);
	ATF_REQUIRE(mkdir(s->top, 0755) == 0);
	make_directory(s->store, s, "store", 0755);
	make_file(site_path(s, s->store, "there"), "x", 0644);
	make_directory(s->keep, s, "keep", 0755);
	/* The same path inside: a builder without a root of its own runs. */
	make_directory(s->work, s, "work", 0777);
	(void)snprintf(s->state, sizeof(s->state), "%s/state", s->top);
	(void)snprintf(s->secret, sizeof(s->secret), "%s/secret", s->top);
	make_file(s->secret, "secret\n", 0644);
	inputs_create(s);
	/* Some of the numbers: suites run beside each other. */
	s->pool = 36000 + (uid_t)(getpid() % 3000) * POOL_SIZE;
	s->jobs = 4;
	s->leak = -1;
	settings_create(s);
	/* What the executor knows and no build may. */
	ATF_REQUIRE(setenv(SECRET_NAME, "secret", 1) == 0);
}

void
site_create(struct site *s)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
	create(s);
}

void
site_create_as_user(struct site *s)
{
	if (geteuid() == 0)
		atf_tc_skip("needs a user");
	create(s);
}

void
site_create_in_memory(struct site *s)
{
	if (geteuid() != 0)
		atf_tc_skip("needs root");
	host_enter_memory();
	site_create(s);
}

long
site_slow(void)
{
	const char *slow = getenv("ISTHMUS_TEST_SLOW");
	long n = slow == NULL ? 1 : strtol(slow, NULL, 10);

	return (n < 1 ? 1 : n);
}

bool
site_has_time(void)
{
	const struct isth_build_options options = { 0 };
	struct host *host;
	struct error e;
	bool time;

	host = host_create(&options, &e);
	ATF_REQUIRE(host != NULL);
	time = strstr(host_traits(host)->isolation, "time") != NULL;
	host_destroy(host);
	return (time);
}

/* ---- builds */

static struct run *
run_find(struct site *s, const char *name)
{
	size_t i;

	for (i = s->nruns; i-- > 0;) {
		if (strcmp(s->runs[i].name, name) == 0)
			return (&s->runs[i]);
	}
	return (NULL);
}

static int64_t
measure(const struct isth_measure *m, int64_t unit)
{
	return (m->value < 0 ? -1 : m->value / unit);
}

static void
note_result(struct run *r, const struct isth_build_result *result)
{
	size_t i;

	r->ended = true;
	r->outcome = result->outcome;
	r->status = result->status;
	r->exit_code = result->exit_code;
	r->term_signal = result->term_signal;
	r->uid = result->uid;
	r->wall_ms = measure(&result->wall_ns, 1000000);
	r->processes = measure(&result->processes, 1);
	r->peak_memory = measure(&result->peak_memory_bytes, 1);
	(void)snprintf(r->id, sizeof(r->id), "%s", result->id);
	if (result->error.step[0] != '\0')
		(void)snprintf(
		    r->why, sizeof(r->why), "%s", one_line(&result->error));
	if (result->kept.n > 0)
		(void)snprintf(
		    r->kept, sizeof(r->kept), "%s", result->kept.items[0]);
	for (i = 0; i < result->left.n; i++)
		atf_tc_fail_nonfatal(
		    "%s left %s", r->name, result->left.items[i]);
	printf("%s: %s (%s) exit %d signal %d, %lld ms\n", r->name,
	    isth_outcome_name(r->outcome), r->why, r->exit_code, r->term_signal,
	    (long long)r->wall_ms);
}

static void
event(void *context, const struct isth_build_event *ev)
{
	struct run *r;

	r = run_find(context, ev->name);
	if (ev->kind == ISTH_EVENT_NOTE)
		printf("note: %s\n", ev->text);
	if (r == NULL)
		return;
	if (ev->kind == ISTH_EVENT_LINE) {
		text_add(&r->lines, ev->text);
		text_add(&r->lines, "\n");
		if (text_starts(ev->text, "ready"))
			r->ready = true;
	} else if (ev->kind == ISTH_EVENT_RESULT) {
		note_result(r, ev->result);
	}
}

static void
edit(void *context, struct plan *plan)
{
	struct site *s = context;
	int kind;

	for (kind = 0; kind < STEP_KIND_COUNT; kind++) {
		if ((host_steps(s->always_out | s->leave_out) & OUT(kind)) != 0)
			plan_leave_out(plan, (enum step_kind)kind);
	}
	if (s->edit != NULL)
		s->edit(plan);
}

static void
executor_open(struct site *s)
{
	struct isth_build_options o = {
		.state = s->state,
		.pool_first = s->pool,
		.pool_last = s->pool + POOL_SIZE - 1,
		.jobs = s->jobs,
		.keep_failed = s->keep_failed,
		.keep_in = s->keep,
		.keep_uid = 65534,
		.keep_gid = 65534,
		.lines = true,
		.event = event,
		.context = s,
	};
	struct error e = { 0 };

	s->executor = isth_executor_create(&o, &e);
	ATF_REQUIRE_MSG(s->executor != NULL, "%s", one_line(&e));
	executor_edit_plans(s->executor, edit, s);
}

static json_t *
split(const char *arguments)
{
	char *copy, *word, *rest;
	json_t *list = json_array();

	copy = strdup(arguments);
	ATF_REQUIRE(copy != NULL);
	for (word = strtok_r(copy, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		json_array_append_new(list, json_string(word));
	free(copy);
	return (list);
}

struct run *
site_add(struct site *s, const char *name, const char *arguments,
    json_t *limits, json_t *more)
{
	struct error e = { 0 };
	struct run *r;
	json_t *spec;
	char *text;

	if (s->executor == NULL)
		executor_open(s);
	ATF_REQUIRE(s->nruns < RUNS_MAX);
	r = &s->runs[s->nruns];
	(void)snprintf(r->name, sizeof(r->name), "%s-%zu", name, s->nruns);
	s->nruns++;
	if (limits == NULL)
		limits = json_pack("{s:i}", "wall_s", (int)(60 * site_slow()));
	spec = json_pack("{s:s s:s s:s s:o s:O s:[s s s] s:s s:s s:{s:s+} s:o}",
	    "version", "isthmus.build/1", "name", r->name, "builder",
	    ATTACKER_BIN, "args", split(arguments), "env", s->env, "inputs",
	    ATTACKER_BIN, s->inputs, s->setid, "store", s->store, "work",
	    s->work, "outputs", "out", site_path(s, s->store, ""), r->name,
	    "limits", limits);
	ATF_REQUIRE(spec != NULL);
	if (more != NULL) {
		json_object_update(spec, more);
		json_decref(more);
	}
	text = json_dumps(spec, 0);
	r->spec = isth_build_spec_parse(
	    text, strlen(text), r->name, ISTH_SPEC_ISTHMUS, &e);
	ATF_REQUIRE_MSG(r->spec != NULL, "%s", one_line(&e));
	free(text);
	json_decref(spec);
	ATF_REQUIRE_MSG(
	    isth_executor_add(s->executor, r->spec, &e), "%s", one_line(&e));
	return (r);
}

void
site_run(struct site *s)
{
	struct error e = { 0 };

	ATF_REQUIRE_MSG(
	    isth_executor_run(s->executor, -1, &e), "%s", one_line(&e));
	isth_executor_destroy(s->executor);
	s->executor = NULL;
}

static void
turn(struct site *s)
{
	struct error e = { 0 };
	struct pollfd fds[64];
	int timeout = -1;
	size_t n;

	n = isth_executor_poll(s->executor, fds, 64, &timeout);
	(void)poll(fds, n, timeout);
	ATF_REQUIRE_MSG(
	    isth_executor_dispatch(s->executor, &e), "%s", one_line(&e));
}

void
site_wait_ready(struct site *s, struct run *r)
{
	while (!r->ready) {
		ATF_REQUIRE_MSG(!r->ended, "%s: %s", r->name, r->why);
		turn(s);
	}
}

void
site_wait_end(struct site *s, struct run *r)
{
	while (!r->ended)
		turn(s);
}

void
site_cancel(struct site *s)
{
	isth_executor_cancel(s->executor, "enough");
	site_run(s);
}

struct run *
site_build(
    struct site *s, const char *name, const char *arguments, json_t *limits)
{
	struct run *r;

	r = site_add(s, name, arguments, limits, NULL);
	site_run(s);
	ATF_REQUIRE(r->ended);
	return (r);
}

/* ---- outside of any build */

static void __attribute__((__noreturn__))
native_main(struct site *s, uid_t uid, const char *arguments, int out)
{
	json_t *list = split(arguments), *value;
	const char *key;
	char *argv[256], directory[2 * PATH_SIZE];
	size_t i, n = json_array_size(list);

	(void)snprintf(
	    directory, sizeof(directory), "%s/native.%d", s->top, getpid());
	if (mkdir(directory, 0777) == -1 || chmod(directory, 0777) == -1 ||
	    chdir(directory) == -1)
		_exit(125);
	json_object_foreach(s->env, key, value)(void)
	    setenv(key, json_string_value(value), 1);
	argv[0] = (char *)(uintptr_t)ATTACKER_BIN;
	for (i = 0; i < n && i < 254; i++)
		argv[i + 1] = (char *)(uintptr_t)json_string_value(
		    json_array_get(list, i));
	argv[i + 1] = NULL;
	(void)dup2(out, STDOUT_FILENO);
	if (uid != 0 && (setgid(uid) == -1 || setuid(uid) == -1))
		_exit(125);
	(void)execv(ATTACKER_BIN, argv);
	_exit(126);
}

static pid_t
native_start(struct site *s, uid_t uid, const char *arguments, int *from)
{
	int fds[2];
	pid_t pid;

	ATF_REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
	(void)fflush(stdout);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		native_main(s, uid, arguments, fds[1]);
	(void)close(fds[1]);
	*from = fds[0];
	return (pid);
}

struct text
site_native(struct site *s, uid_t uid, const char *arguments)
{
	struct text said = { 0 };
	char buf[4096];
	ssize_t n;
	pid_t pid;
	int from;

	pid = native_start(s, uid, arguments, &from);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		text_add_bytes(&said, buf, (size_t)n);
	(void)close(from);
	(void)waitpid(pid, NULL, 0);
	return (said);
}

pid_t
site_native_start(struct site *s, uid_t uid, const char *arguments)
{
	char buf[256];
	pid_t pid;
	int from;

	pid = native_start(s, uid, arguments, &from);
	ATF_REQUIRE(read(from, buf, sizeof(buf)) > 0);
	/* The pipe stays open: it is killed, not ended by SIGPIPE. */
	return (pid);
}

/* ---- the end */

static void
check_empty(const char *path, const char *what, const char *bad)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (text_starts(entry->d_name, bad))
			atf_tc_fail_nonfatal(
			    "%s left: %s", what, entry->d_name);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

void
site_destroy(struct site *s)
{
	char parent[PATH_SIZE];
	struct error e = { 0 };
	size_t i;
	int fd;

	isth_executor_destroy(s->executor);
	for (i = 0; i < s->nruns; i++) {
		if (s->runs[i].id[0] != '\0')
			host_check_groups(s->runs[i].id);
		isth_build_spec_destroy(s->runs[i].spec);
		text_clear(&s->runs[i].lines);
	}
	host_check_pool(s->pool, s->pool + POOL_SIZE - 1);
	host_check_mounts(s->top);
	check_empty(site_path(s, s->state, "jobs"), "job", "");
	check_empty(site_path(s, s->state, "users"), "user lock", "");
	check_empty(s->store, "store directory", ".");
	json_decref(s->env);
	if (s->leak != -1)
		(void)close(s->leak);
	(void)snprintf(parent, sizeof(parent), "%s/..", s->top);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(fd != -1);
	ATF_CHECK_MSG(tree_remove(fd, "site", &e), "%s", one_line(&e));
	(void)close(fd);
}
