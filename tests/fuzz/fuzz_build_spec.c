/*
 * Both readers of build specs on any bytes.  What they accept must keep the
 * promises of build/spec.h, whoever wrote it: the engine mounts these paths.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "build/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
want(bool promise)
{
	if (!promise)
		abort();
}

/* Absolute and normal, said in another way than path.c does. */
static void
want_path(const char *path)
{
	char bounded[PATH_MAX + 2];
	size_t len;

	len = strlen(path);
	want(len > 0 && len < PATH_MAX && path[0] == '/');
	want(text_utf8_valid(path, len) == len);
	want(strpbrk(path, "\n\t\r\033\177") == NULL);
	if (len == 1)
		return;
	memcpy(bounded, path, len);
	memcpy(bounded + len, "/", 2);
	want(strstr(bounded, "//") == NULL);
	want(strstr(bounded, "/./") == NULL);
	want(strstr(bounded, "/../") == NULL);
}

/* A path inside, and not where a build has what is its own. */
static void
want_inside(const char *path)
{
	want_path(path);
	want(strcmp(path, "/") != 0);
	want(!path_below(path, "/dev") && !path_below(path, "/proc"));
	want(!path_below(path, "/etc/passwd"));
	want(strcmp(path, "/tmp") != 0 && strcmp(path, "/etc") != 0);
}

static void
want_apart(const char *a, const char *b)
{
	want(!path_below(a, b) && !path_below(b, a));
}

static void
want_places(const struct isth_build_spec *s)
{
	size_t i, j;

	want_inside(s->store);
	want_inside(s->work);
	want_path(s->host_store);
	want_apart(s->store, s->work);
	for (i = 0; i < s->ninputs; i++) {
		want_path(s->inputs[i].source);
		want_inside(s->inputs[i].at);
		want_apart(s->inputs[i].at, s->work);
		want(!path_below(s->store, s->inputs[i].at));
		for (j = 0; j < i && j < 64; j++)
			want_apart(s->inputs[i].at, s->inputs[j].at);
		for (j = 0; j < s->noutputs; j++)
			want_apart(s->inputs[i].at, s->outputs[j].value);
	}
	for (i = 0; i < s->noutputs; i++) {
		want_inside(s->outputs[i].value);
		want(path_below(s->outputs[i].value, s->store));
		want(strrchr(s->outputs[i].value, '/') ==
		     s->outputs[i].value + strlen(s->store));
		want(strpbrk(s->outputs[i].name, "/=\n") == NULL);
		for (j = 0; j < i; j++)
			want_apart(s->outputs[i].value, s->outputs[j].value);
	}
}

static void
want_limit(int64_t limit)
{
	want(limit == SPEC_NONE || limit > 0);
}

static void
want_rest(const struct isth_build_spec *s)
{
	size_t i;

	want(s->name[0] != '\0' && strpbrk(s->name, "/\n ") == NULL);
	want(strcmp(isth_build_spec_name(s), s->name) == 0);
	want_path(s->builder);
	want(!path_below(s->builder, "/proc"));
	want(s->args[s->nargs] == NULL);
	want(s->noutputs > 0);
	for (i = 0; i < s->nenv; i++)
		want(s->env[i].name[0] != '\0' &&
		     strchr(s->env[i].name, '=') == NULL);
	want(s->network == SPEC_NETWORK_NONE || s->hash_value != NULL);
	want((s->hash_value == NULL) == (s->hash_algorithm == NULL));
	if (s->hash_value != NULL) {
		want(s->noutputs == 1);
		want(strspn(s->hash_value, "0123456789abcdef") ==
		     strlen(s->hash_value));
	}
	for (i = 0; i < s->ndevices; i++)
		want(text_starts(s->devices[i], "/dev/"));
	want_limit(s->limits.wall_s);
	want_limit(s->limits.silent_s);
	want_limit(s->limits.cpu_s);
	want_limit(s->limits.memory_bytes);
	want_limit(s->limits.processes);
	want_limit(s->limits.disk_bytes);
	want_limit(s->limits.log_bytes);
	want_limit(s->limits.files);
}

static void
try(const char *data, size_t size, enum isth_spec_format format)
{
	struct isth_build_spec *s;
	struct error e;
	char shown[sizeof(e.path)];

	memset(&e, 0, sizeof(e));
	s = isth_build_spec_parse(data, size, "input", format, &e);
	if (s == NULL) {
		/* An error says what, and can be shown. */
		want(e.step[0] != '\0' && (e.why[0] != '\0' || e.err != 0));
		memcpy(shown, e.path, sizeof(shown));
		text_make_printable(shown);
		want(strcmp(shown, e.path) == 0);
		return;
	}
	want_places(s);
	want_rest(s);
	want(spec_check(s, &e));
	isth_build_spec_destroy(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try((const char *)data, size, ISTH_SPEC_ISTHMUS);
	try((const char *)data, size, ISTH_SPEC_NIX);
	return (0);
}
