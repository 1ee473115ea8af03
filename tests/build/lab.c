/* A state directory, a store, small builds, and a look at the host. */
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/build/lab.h"
#include "tests/build/lab_host.h"

char lab_state[512], lab_store[512], lab_kept[512];

void
lab_open(void)
{
	char here[400];

	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	snprintf(lab_state, sizeof(lab_state), "%s/state", here);
	snprintf(lab_store, sizeof(lab_store), "%s/store", here);
	snprintf(lab_kept, sizeof(lab_kept), "%s/kept", here);
	ATF_REQUIRE(mkdir(lab_store, 0755) == 0);
	ATF_REQUIRE(mkdir(lab_kept, 0700) == 0);
	lab_host_remember();
}

static void
check_empty(const char *when, const char *folder)
{
	struct dirent *d;
	char path[600];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", lab_state, folder);
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			atf_tc_fail_nonfatal(
			    "%s: %s/%s is left", when, path, d->d_name);
	}
	closedir(dir);
}

void
lab_check_clean(const char *when)
{
	struct dirent *d;
	DIR *dir;

	check_empty(when, "jobs");
	dir = opendir(lab_store);
	ATF_REQUIRE(dir != NULL);
	while ((d = readdir(dir)) != NULL) {
		if (strncmp(d->d_name, "tmp-isthmus", 11) == 0)
			atf_tc_fail_nonfatal(
			    "%s: %s/%s is left", when, lab_store, d->d_name);
	}
	closedir(dir);
	lab_host_check(when, LAB_POOL_FIRST, LAB_POOL_LAST);
}

struct isth_build_options
lab_options(unsigned jobs)
{
	return ((struct isth_build_options){
	    .state = lab_state,
	    .pool_first = LAB_POOL_FIRST,
	    .pool_last = LAB_POOL_LAST,
	    .jobs = jobs,
	    .keep_in = lab_kept,
	    .keep_uid = geteuid(),
	    .keep_gid = getegid(),
	});
}

/* Quotes for JSON what tests write: quotes, backslashes, line ends. */
static void
quote(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '\t')
			fputs("\\t", out);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static struct isth_build_spec *
spec_of(const char *name, const char *script, const char *more, bool two)
{
	struct isth_build_spec *spec;
	struct error e = { 0 };
	char *json = NULL;
	size_t len;
	FILE *out;

	out = open_memstream(&json, &len);
	ATF_REQUIRE(out != NULL);
	fprintf(out,
	    "{\"version\": \"isthmus.build/1\", \"name\": \"%s\", "
	    "\"builder\": \"/bin/sh\", \"inputs\": [%s], "
	    "\"env\": {\"PATH\": \"/usr/bin:/bin\"}, "
	    "\"outputs\": {\"out\": \"%s/%s\"",
	    name, lab_host_inputs(), lab_store, name);
	if (two)
		fprintf(out, ", \"doc\": \"%s/%s-doc\"", lab_store, name);
	fputs("}, \"args\": [\"-c\", ", out);
	quote(out, script);
	fprintf(out, "]%s}", more);
	fclose(out);
	spec = isth_build_spec_parse(json, len, name, ISTH_SPEC_ISTHMUS, &e);
	ATF_REQUIRE_MSG(spec != NULL, "%s: %s: %s", e.step, e.path, e.why);
	free(json);
	return (spec);
}

struct isth_build_spec *
lab_spec(const char *name, const char *script, const char *more)
{
	return (spec_of(name, script, more, false));
}

struct isth_build_spec *
lab_spec_two(const char *name, const char *script, const char *more)
{
	return (spec_of(name, script, more, true));
}

struct listener {
	struct isth_build_spec *const *specs;
	size_t n;
	struct lab_result *results;
	void (*event)(void *context, const struct isth_build_event *);
	void *context;
};

static void
first_of(char *to, size_t size, const struct isth_strings *list)
{
	snprintf(to, size, "%s", list->n > 0 ? list->items[0] : "");
}

static void
result_copy(struct lab_result *to, const struct isth_build_result *r)
{
	size_t i, used = 0;

	*to = (struct lab_result){
		.came = true,
		.outcome = r->outcome,
		.status = r->status,
		.exit_code = r->exit_code,
		.term_signal = r->term_signal,
		.error = r->error,
		.wall_ms = (long)(r->wall_ns.value / 1000000),
		.processes = (long)r->processes.value,
		.left = r->left.n,
		.noutputs = r->noutputs,
	};
	snprintf(to->id, sizeof(to->id), "%s", r->id);
	snprintf(to->log, sizeof(to->log), "%s", r->log == NULL ? "" : r->log);
	first_of(to->kept, sizeof(to->kept), &r->kept);
	first_of(to->differs, sizeof(to->differs), &r->differs);
	first_of(to->left_first, sizeof(to->left_first), &r->left);
	for (i = 0; i < r->weaker.n && used < sizeof(to->weaker); i++)
		used += snprintf(to->weaker + used, sizeof(to->weaker) - used,
		    "%s\n", r->weaker.items[i]);
}

static void
listen(void *context, const struct isth_build_event *event)
{
	struct listener *l = context;
	size_t i;

	if (l->event != NULL)
		l->event(l->context, event);
	if (event->kind != ISTH_EVENT_RESULT)
		return;
	for (i = 0; i < l->n; i++) {
		if (strcmp(isth_build_spec_name(l->specs[i]), event->name) == 0)
			result_copy(&l->results[i], event->result);
	}
}

int (*lab_at)(void *context, const char *point);

void
lab_run(struct isth_build_options *options,
    struct isth_build_spec *const *specs, size_t n, struct lab_result *results)
{
	struct listener l = { specs, n, results, options->event,
		options->context };
	struct isth_executor *ex;
	struct error e = { 0 };
	size_t i;

	memset(results, 0, n * sizeof(*results));
	options->event = listen;
	options->context = &l;
	ex = isth_executor_create(options, &e);
	ATF_REQUIRE_MSG(
	    ex != NULL, "%s: %s: %s %d", e.step, e.path, e.why, e.err);
	if (lab_at != NULL)
		executor_watch_points(ex, lab_at, NULL);
	for (i = 0; i < n; i++)
		ATF_REQUIRE_MSG(isth_executor_add(ex, specs[i], &e),
		    "%s: %s: %s", e.step, e.path, e.why);
	ATF_REQUIRE_MSG(isth_executor_run(ex, -1, &e), "%s", e.step);
	isth_executor_destroy(ex);
	options->event = l.event;
	options->context = l.context;
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_MSG(results[i].came, "no result of %s",
		    isth_build_spec_name(specs[i]));
		ATF_CHECK_EQ_MSG(
		    results[i].left, 0, "left: %s", results[i].left_first);
	}
}

struct lab_result
lab_build(const char *name, const char *script, const char *more)
{
	struct isth_build_options options = lab_options(1);
	struct isth_build_spec *spec = lab_spec(name, script, more);
	struct lab_result result;

	lab_run(&options, &spec, 1, &result);
	isth_build_spec_destroy(spec);
	lab_check_clean(name);
	return (result);
}

const char *
lab_read(const char *fmt, ...)
{
	static char data[64 * 1024];
	char path[1200];
	va_list args;
	ssize_t n;
	int fd;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return (NULL);
	n = read(fd, data, sizeof(data) - 1);
	close(fd);
	data[n < 0 ? 0 : n] = '\0';
	return (data);
}

bool
lab_exists(const char *fmt, ...)
{
	struct stat st;
	char path[1200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return (lstat(path, &st) == 0);
}
