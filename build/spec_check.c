/*
 * What a spec must be, whichever reader made it: names, paths each alone and
 * against each other, sizes.  No system call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "build/spec.h"
#include "build/spec_parts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Nix's StorePath::MaxPathLen: with a hash of 32 digits and a dash before it,
 * and something behind it, a name still fits in NAME_MAX.
 */
#define NAME_LENGTH_MAX 211
/* Far more than any package has; the engine may compare each with each. */
#define OUTPUTS_MAX 256
#define ENV_MAX 4096
/* Linux: MAX_ARG_STRLEN, 32 pages of 4 KiB, counts the NUL (execve(2)). */
#define STRING_MAX 131071
/*
 * Of arguments and environment together, with a pointer for each.  Linux
 * takes a quarter of the stack limit, 2 MiB as a rule (execve(2)).
 */
#define EXEC_MAX 1048576

static bool
check_name(const struct isth_build_spec *s, const char *place, const char *name,
    struct error *e)
{
	const char *why;

	why = name_problem(name);
	if (why != NULL)
		return (spec_fail(s, e, 0, place, "%s", why));
	if (strlen(name) > NAME_LENGTH_MAX)
		return (spec_fail(
		    s, e, 0, place, "longer than %d bytes", NAME_LENGTH_MAX));
	return (true);
}

static bool
check_path(const struct isth_build_spec *s, const char *place, const char *path,
    struct error *e)
{
	const char *why;

	why = path_problem(path);
	return (why == NULL || spec_fail(s, e, 0, place, "%s", why));
}

/* A path inside at which something is put: not where a build has its own. */
static bool
check_target(const struct isth_build_spec *s, const char *place,
    const char *path, struct error *e)
{
	static const struct {
		const char *path;
		bool below; /* and all that is in it */
	} taken[] = { { "/", false }, { "/dev", true }, { "/proc", true },
		{ "/tmp", false }, { "/etc", false }, { "/etc/passwd", true },
		{ "/etc/group", true }, { "/etc/hosts", true },
		{ "/etc/resolv.conf", true }, { "/etc/nsswitch.conf", true },
		{ "/etc/pwd.db", true }, { "/etc/spwd.db", true } };
	size_t i;

	if (!check_path(s, place, path, e))
		return (false);
	for (i = 0; i < COUNT(taken); i++) {
		if (strcmp(path, taken[i].path) == 0)
			return (spec_fail(s, e, 0, place,
			    "every build has its own %s", taken[i].path));
		if (taken[i].below && path_below(path, taken[i].path))
			return (spec_fail(s, e, 0, place,
			    "in %s, and every build has its own",
			    taken[i].path));
	}
	return (true);
}

static bool
check_builder(const struct isth_build_spec *s, struct error *e)
{
	static const char place[] = "$.builder";

	if (!check_path(s, place, s->builder, e))
		return (false);
	/* /proc/self/exe would be the executor itself. */
	if (path_below(s->builder, "/proc") || path_below(s->builder, "/dev"))
		return (spec_fail(s, e, 0, place, "not a program of an input"));
	return (true);
}

/* Counts one string of the builder's image. */
static bool
add_string(const struct isth_build_spec *s, const char *place, size_t index,
    const char *name, const char *value, size_t *total, struct error *e)
{
	char full[SPEC_PLACE_MAX];
	size_t len;

	len = strlen(value);
	if (name != NULL)
		len += strlen(name) + 1;
	*total += len + 1 + sizeof(char *);
	if (len <= STRING_MAX && *total <= EXEC_MAX)
		return (true);
	if (name != NULL)
		(void)snprintf(full, sizeof(full), "%s.%s", place, name);
	else
		(void)snprintf(full, sizeof(full), "%s[%zu]", place, index);
	if (len > STRING_MAX)
		spec_fail(s, e, 0, full, "longer than %d bytes", STRING_MAX);
	else
		spec_fail(s, e, 0, full,
		    "arguments and environment are more than %d bytes",
		    EXEC_MAX);
	return (fail_hint(e, "give it in a file"));
}

static bool
check_counts(const struct isth_build_spec *s, struct error *e)
{
	if (s->noutputs == 0)
		return (spec_fail(s, e, 0, "$.outputs", "has no output"));
	if (s->noutputs > OUTPUTS_MAX)
		return (spec_fail(
		    s, e, 0, "$.outputs", "more than %d outputs", OUTPUTS_MAX));
	if (s->nenv > ENV_MAX)
		return (spec_fail(
		    s, e, 0, "$.env", "more than %d variables", ENV_MAX));
	return (true);
}

static bool
check_sizes(const struct isth_build_spec *s, struct error *e)
{
	size_t i, total;

	total = strlen(s->builder) + 1;
	for (i = 0; i < s->nargs; i++) {
		if (!add_string(s, "$.args", i, NULL, s->args[i], &total, e))
			return (false);
	}
	for (i = 0; i < s->nenv; i++) {
		if (!add_string(s, "$.env", i, s->env[i].name, s->env[i].value,
			&total, e))
			return (false);
	}
	for (i = 0; i < s->noutputs; i++) {
		if (!add_string(s, "$.outputs", i, s->outputs[i].name,
			s->outputs[i].value, &total, e))
			return (false);
	}
	return (true);
}

/* An output's name is a variable of the builder, and not one it has anyway. */
static bool
check_output_name(const struct isth_build_spec *s, const char *place,
    const char *name, struct error *e)
{
	static const char *const variables[] = { "PATH", "HOME", "TMPDIR",
		"TEMPDIR", "TMP", "TEMP", "PWD", "NIX_BUILD_TOP" };
	size_t i;

	if (!check_name(s, place, name, e))
		return (false);
	if (strchr(name, '=') != NULL)
		return (spec_fail(s, e, 0, place,
		    "has \"=\", which no environment variable may"));
	for (i = 0; i < COUNT(variables); i++) {
		if (strcmp(name, variables[i]) == 0)
			return (spec_fail(s, e, 0, place,
			    "every build has a variable %s", name));
	}
	for (i = 0; i < s->nenv; i++) {
		if (strcmp(name, s->env[i].name) == 0)
			return (
			    spec_fail(s, e, 0, place, "also a name in $.env"));
	}
	return (true);
}

static bool
check_output(const struct isth_build_spec *s, const struct spec_pair *output,
    struct error *e)
{
	char place[SPEC_PLACE_MAX];
	const char *why;

	(void)snprintf(place, sizeof(place), "$.outputs.%s", output->name);
	if (!check_output_name(s, place, output->name, e) ||
	    !check_target(s, place, output->value, e))
		return (false);
	why = name_problem(strrchr(output->value, '/') + 1);
	return (why == NULL ||
		spec_fail(s, e, 0, place, "its last component %s", why));
}

static bool
check_outputs(const struct isth_build_spec *s, struct error *e)
{
	size_t i;

	for (i = 0; i < s->noutputs; i++) {
		if (!check_output(s, &s->outputs[i], e))
			return (false);
	}
	return (true);
}

static bool
check_env(const struct isth_build_spec *s, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	const char *name;
	size_t i;

	for (i = 0; i < s->nenv; i++) {
		name = s->env[i].name;
		if (name[0] != '\0' && strchr(name, '=') == NULL)
			continue;
		(void)snprintf(place, sizeof(place), "$.env.%s", name);
		return (spec_fail(s, e, 0, place,
		    name[0] == '\0' ? "has no name" : "its name has \"=\""));
	}
	return (true);
}

/* Something that the build finds at a path, and where the spec says so. */
struct target {
	const char *path, *key, *name; /* "KEY.NAME", or "KEY[INDEX]" */
	size_t index;
};

#define NO_INDEX ((size_t)-1)

static void
target_place(const struct target *t, char place[SPEC_PLACE_MAX])
{
	if (t->name != NULL)
		(void)snprintf(place, SPEC_PLACE_MAX, "%s.%s", t->key, t->name);
	else if (t->index != NO_INDEX)
		(void)snprintf(
		    place, SPEC_PLACE_MAX, "%s[%zu]", t->key, t->index);
	else
		(void)snprintf(place, SPEC_PLACE_MAX, "%s", t->key);
}

static int
target_order(const void *a, const void *b)
{
	const struct target *x = a, *y = b;
	int order;

	order = path_order(x->path, y->path);
	if (order != 0)
		return (order);
	/* Of two at one path, blame the later. */
	order = strcmp(x->key, y->key);
	if (order != 0)
		return (order);
	return (x->index < y->index ? -1 : x->index > y->index);
}

/*
 * Fails when one of them is at or below another.  In this order whatever is
 * below a path follows it without a gap, so that neighbours are enough.
 */
static bool
check_apart(const struct isth_build_spec *s, struct target *targets, size_t n,
    struct error *e)
{
	char inner[SPEC_PLACE_MAX], outer[SPEC_PLACE_MAX];
	size_t i;

	qsort(targets, n, sizeof(*targets), target_order);
	for (i = 1; i < n; i++) {
		if (!path_below(targets[i].path, targets[i - 1].path))
			continue;
		target_place(&targets[i], inner);
		target_place(&targets[i - 1], outer);
		return (spec_fail(s, e, 0, inner, "%s %.200s",
		    strcmp(targets[i].path, targets[i - 1].path) == 0
			? "the same path as"
			: "inside",
		    outer));
	}
	return (true);
}

static bool
check_overlap(const struct isth_build_spec *s, struct error *e)
{
	const struct spec_keys *keys = spec_keys(s);
	struct target *targets;
	size_t i, n;
	bool ok;

	targets = calloc(s->ninputs + s->noutputs + 1, sizeof(*targets));
	if (targets == NULL)
		return (spec_no_memory(e));
	n = 0;
	for (i = 0; i < s->ninputs; i++)
		targets[n++] =
		    (struct target){ s->inputs[i].at, keys->inputs, NULL, i };
	for (i = 0; i < s->noutputs; i++)
		targets[n++] = (struct target){ s->outputs[i].value,
			"$.outputs", s->outputs[i].name, i };
	targets[n++] = (struct target){ s->work, keys->work, NULL, NO_INDEX };
	ok = check_apart(s, targets, n, e);
	free(targets);
	return (ok);
}

static bool
check_inputs(const struct isth_build_spec *s, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	const struct spec_input *input;
	size_t i;

	for (i = 0; i < s->ninputs; i++) {
		input = &s->inputs[i];
		(void)snprintf(
		    place, sizeof(place), "%s[%zu]", spec_keys(s)->inputs, i);
		if (!check_path(s, place, input->source, e) ||
		    !check_target(s, place, input->at, e))
			return (false);
		/* Below the store is where inputs of a build are at home. */
		if (path_below(s->store, input->at))
			return (spec_fail(s, e, 0, place,
			    "the store %.150s is in it", s->store));
	}
	return (true);
}

static bool
check_places(const struct isth_build_spec *s, struct error *e)
{
	const struct spec_keys *keys = spec_keys(s);

	if (strcmp(s->store, "/") == 0) {
		spec_fail(s, e, 0, keys->store, "it would be /");
		return (fail_hint(e, "outputs like /store/NAME"));
	}
	if (!check_target(s, keys->store, s->store, e) ||
	    !check_path(s, keys->host_store, s->host_store, e) ||
	    !check_target(s, keys->work, s->work, e))
		return (false);
	if (strcmp(s->host_store, "/") == 0)
		return (
		    spec_fail(s, e, 0, keys->host_store, "the root directory"));
	if (s->host_work != NULL &&
	    !check_path(s, keys->host_work, s->host_work, e))
		return (false);
	if (path_below(s->work, s->store) || path_below(s->store, s->work))
		return (spec_fail(s, e, 0, keys->work,
		    "it and the store %.150s are in one another", s->store));
	return (true);
}

/* All outputs share one directory, so that they appear by a rename each. */
static bool
check_in_store(const struct isth_build_spec *s, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	const char *path;
	size_t i, len;

	len = strlen(s->store);
	for (i = 0; i < s->noutputs; i++) {
		path = s->outputs[i].value;
		if (strncmp(path, s->store, len) == 0 &&
		    strrchr(path, '/') == path + len)
			continue;
		(void)snprintf(
		    place, sizeof(place), "$.outputs.%s", s->outputs[i].name);
		return (spec_fail(s, e, 0, place,
		    "not directly in the store %.150s", s->store));
	}
	return (true);
}

static bool
check_hash(const struct isth_build_spec *s, struct error *e)
{
	const struct spec_keys *keys = spec_keys(s);

	if (s->network == SPEC_NETWORK_FIXED_OUTPUT &&
	    s->hash_algorithm == NULL) {
		spec_fail(
		    s, e, 0, keys->network, "\"fixed-output\" needs \"hash\"");
		return (fail_hint(e, "say what the output will be"));
	}
	if (s->hash_algorithm != NULL && s->noutputs != 1)
		return (spec_fail(s, e, 0, keys->hash,
		    "a hash is of one output, and here are %zu", s->noutputs));
	return (true);
}

/* Nodes below /dev that no build has anyway. */
static bool
check_device(const struct isth_build_spec *s, size_t i, struct error *e)
{
	static const char *const own[] = { "/dev/fd", "/dev/shm", "/dev/pts",
		"/dev/ptmx", "/dev/stdin", "/dev/stdout", "/dev/stderr",
		"/dev/tty", "/dev/null", "/dev/zero", "/dev/full",
		"/dev/random", "/dev/urandom" };
	char place[SPEC_PLACE_MAX];
	const char *device;
	size_t j;

	device = s->devices[i];
	(void)snprintf(place, sizeof(place), "$.devices[%zu]", i);
	if (!check_path(s, place, device, e))
		return (false);
	if (!path_below(device, "/dev") || strcmp(device, "/dev") == 0)
		return (spec_fail(s, e, 0, place, "not below /dev"));
	for (j = 0; j < COUNT(own); j++) {
		if (path_below(device, own[j]))
			return (spec_fail(s, e, 0, place,
			    "every build has its own %s", own[j]));
	}
	return (true);
}

static bool
check_devices(const struct isth_build_spec *s, struct error *e)
{
	struct target *targets;
	size_t i;
	bool ok;

	if (s->ndevices == 0)
		return (true);
	for (i = 0; i < s->ndevices; i++) {
		if (!check_device(s, i, e))
			return (false);
	}
	targets = calloc(s->ndevices, sizeof(*targets));
	if (targets == NULL)
		return (spec_no_memory(e));
	for (i = 0; i < s->ndevices; i++)
		targets[i] =
		    (struct target){ s->devices[i], "$.devices", NULL, i };
	ok = check_apart(s, targets, s->ndevices, e);
	free(targets);
	return (ok);
}

bool
spec_check(const struct isth_build_spec *s, struct error *e)
{
	return (check_name(s, spec_keys(s)->name, s->name, e) &&
		check_builder(s, e) && check_counts(s, e) &&
		check_sizes(s, e) && check_env(s, e) && check_outputs(s, e) &&
		check_places(s, e) && check_in_store(s, e) &&
		check_inputs(s, e) && check_overlap(s, e) && check_hash(s, e) &&
		check_devices(s, e));
}
