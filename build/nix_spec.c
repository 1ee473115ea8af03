/*
 * The reader of build.json, version 1, which Nix hands to its external
 * builders.  What is in it, and that all of it always is, was read in Nix:
 * src/libstore/unix/build/external-derivation-builder.cc.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "build/spec.h"
#include "build/spec_parts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NIX_VERSION 1

/*
 * Nix itself ends builds that take too long, say nothing or too much, by its
 * own settings; only what it does not watch keeps our defaults.
 */
static void
set_limits(struct isth_build_spec *s)
{
	s->limits = spec_limits_default;
	s->limits.wall_s = SPEC_NONE;
	s->limits.silent_s = SPEC_NONE;
	s->limits.log_bytes = SPEC_NONE;
}

static bool
take_version(const json_t *root, const char *at, struct error *e)
{
	char path[SPEC_PLACE_MAX];
	const json_t *version;

	version = json_object_get(root, "version");
	if (json_is_integer(version) &&
	    json_integer_value(version) == NIX_VERSION)
		return (true);
	(void)snprintf(path, sizeof(path), "%s.version", at);
	fail(e, 0, "read JSON", path,
	    version == NULL ? "missing" : "not 1, the only version known");
	if (json_is_string(version))
		fail_hint(e, "without --nix for isthmus.build/1");
	return (false);
}

/* What is in the file and not in a spec: checked for its form only. */
static bool
check_rest(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	const char *system, *top, *why;

	if (!json_want_string(root, at, "system", &system, e) ||
	    !json_want_string(root, at, "topTmpDir", &top, e))
		return (false);
	why = name_problem(system);
	if (why != NULL)
		return (spec_fail(s, e, 0, "$.system", "%s", why));
	why = path_problem(top);
	if (why != NULL)
		return (spec_fail(s, e, 0, "$.topTmpDir", "%s", why));
	return (true);
}

static bool
directly_in(const char *path, const char *store)
{
	size_t len;

	len = strlen(store);
	return (strncmp(path, store, len) == 0 && path[len] == '/' &&
		path[len + 1] != '\0' && strchr(path + len + 1, '/') == NULL);
}

/*
 * A store path each: `storeDir` is its place inside, `realStoreDir` on the
 * host.  Takes over the strings of `paths`.
 */
static bool
set_inputs(struct isth_build_spec *s, char **paths, size_t n, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	struct spec_input *input;
	size_t i, size;

	s->inputs = calloc(n + 1, sizeof(*s->inputs));
	if (s->inputs == NULL)
		return (spec_no_memory(e));
	for (i = 0; i < n; i++) {
		input = &s->inputs[s->ninputs++];
		input->at = paths[i];
		paths[i] = NULL;
		if (!directly_in(input->at, s->store)) {
			(void)snprintf(
			    place, sizeof(place), "$.inputPaths[%zu]", i);
			return (spec_fail(
			    s, e, 0, place, "not directly in storeDir"));
		}
		size = strlen(s->host_store) + strlen(input->at) + 1;
		input->source = malloc(size);
		if (input->source == NULL)
			return (spec_no_memory(e));
		(void)snprintf(input->source, size, "%s%s", s->host_store,
		    strrchr(input->at, '/'));
	}
	return (true);
}

static bool
take_inputs(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	char **paths = NULL;
	size_t i, n = 0;
	bool ok;

	ok = spec_take_strings(root, at, "inputPaths", &paths, &n, e) &&
	     set_inputs(s, paths, n, e);
	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return (ok);
}

/* Value of a variable; NULL when it is not set. */
static const char *
env_find(const struct isth_build_spec *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nenv; i++) {
		if (strcmp(s->env[i].name, name) == 0)
			return (s->env[i].value);
	}
	return (NULL);
}

/*
 * Nix has put the outputs' paths into env; a spec has them only once, so
 * that they cannot differ.
 */
static bool
drop_outputs(struct isth_build_spec *s, const json_t *root, struct error *e)
{
	char place[SPEC_PLACE_MAX];
	const json_t *outputs;
	struct spec_pair *v;
	const char *path;
	size_t i, kept;

	outputs = json_object_get(root, "outputs");
	for (i = 0; i < s->nenv; i++) {
		v = &s->env[i];
		path = json_string_value(json_object_get(outputs, v->name));
		if (path == NULL || strcmp(path, v->value) == 0)
			continue;
		(void)snprintf(place, sizeof(place), "$.env.%s", v->name);
		return (spec_fail(
		    s, e, 0, place, "not the path that is in $.outputs"));
	}
	kept = 0;
	for (i = 0; i < s->nenv; i++) {
		v = &s->env[i];
		if (json_object_get(outputs, v->name) == NULL) {
			s->env[kept++] = *v;
		} else {
			free(v->name);
			free(v->value);
		}
	}
	s->nenv = kept;
	return (true);
}

/* The name of the derivation, or what its output is called. */
static bool
set_name(struct isth_build_spec *s, struct error *e)
{
	const char *name, *slash;

	name = env_find(s, "name");
	if ((name == NULL || name_problem(name) != NULL) && s->noutputs > 0) {
		slash = strrchr(s->outputs[0].value, '/');
		name = slash != NULL ? slash + 1 : s->outputs[0].value;
	}
	s->name = strdup(name != NULL ? name : "");
	return (s->name != NULL || spec_no_memory(e));
}

/* The mode as Nix's ContentAddressMethod::parse() reads it. */
static bool
take_hash_mode(struct isth_build_spec *s, struct error *e)
{
	const char *mode;

	mode = env_find(s, "outputHashMode");
	s->hash_mode = SPEC_HASH_FLAT;
	if (mode == NULL || mode[0] == '\0' || strcmp(mode, "flat") == 0 ||
	    strcmp(mode, "text") == 0)
		return (true);
	s->hash_mode = SPEC_HASH_NAR;
	if (strcmp(mode, "recursive") == 0 || strcmp(mode, "nar") == 0)
		return (true);
	return (spec_fail(s, e, 0, "$.env.outputHashMode",
	    "not flat, text, recursive or nar"));
}

static const struct hash_row {
	const char *algorithm;
	int digits; /* hexadecimal */
} hash_rows[] = { { "sha256", 64 }, { "sha512", 128 }, { "sha1", 40 },
	{ "md5", 32 } };

/* The algorithm that the first `len` bytes name; NULL: none. */
static const struct hash_row *
hash_row_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(hash_rows); i++) {
		if (strlen(hash_rows[i].algorithm) == len &&
		    strncmp(hash_rows[i].algorithm, name, len) == 0)
			return (&hash_rows[i]);
	}
	return (NULL);
}

/*
 * A derivation is of fixed output when it has outputHash; outputHashAlgo may
 * then be empty and the algorithm stand before the hash, with ':' or (SRI)
 * '-'.  An empty hash is all zeros, so that a build tells the true one:
 * newHashAllowEmpty() in Nix's src/libutil/hash.cc.
 */
static bool
take_hash(struct isth_build_spec *s, struct error *e)
{
	static const char place[] = "$.env.outputHash";
	const struct hash_row *row;
	const char *algorithm, *value;
	char zeros[129];
	size_t len;

	value = env_find(s, "outputHash");
	if (value == NULL)
		return (true);
	algorithm = env_find(s, "outputHashAlgo");
	if (algorithm == NULL)
		algorithm = "";
	if (value[0] == '\0') {
		row = hash_row_find(algorithm, strlen(algorithm));
		(void)snprintf(zeros, sizeof(zeros), "%0*d",
		    row != NULL ? row->digits : 1, 0);
		value = zeros;
	}
	len = strcspn(value, ":-");
	row = hash_row_find(value, len);
	if (row != NULL && algorithm[0] == '\0')
		algorithm = row->algorithm;
	if (row != NULL && value[len] == ':' &&
	    strcmp(algorithm, row->algorithm) == 0)
		value += len + 1;
	if (algorithm[0] == '\0')
		return (spec_fail(s, e, 0, place, "has no algorithm"));
	s->network = SPEC_NETWORK_FIXED_OUTPUT;
	return (take_hash_mode(s, e) &&
		spec_take_hash(
		    s, algorithm, "$.env.outputHashAlgo", value, place, e));
}

/* Everything is always there; the readers of maps and lists are lenient. */
static bool
want_all(const json_t *root, const char *at, struct error *e)
{
	static const char *const keys[] = { "version", "builder", "args", "env",
		"topTmpDir", "tmpDir", "tmpDirInSandbox", "storeDir",
		"realStoreDir", "system", "inputPaths", "outputs" };
	char path[SPEC_PLACE_MAX];
	size_t i;

	if (!json_only_keys(root, at, keys, COUNT(keys), e))
		return (false);
	for (i = 0; i < COUNT(keys); i++) {
		if (json_object_get(root, keys[i]) != NULL)
			continue;
		(void)snprintf(path, sizeof(path), "%s.%s", at, keys[i]);
		return (fail(e, 0, "read JSON", path, "missing"));
	}
	return (true);
}

bool
nix_spec_fill(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	s->nix = true;
	set_limits(s);
	if (!take_version(root, at, e) || !want_all(root, at, e) ||
	    !spec_take_string(root, at, "builder", &s->builder, e) ||
	    !spec_take_strings(root, at, "args", &s->args, &s->nargs, e) ||
	    !spec_take_pairs(root, at, "env", &s->env, &s->nenv, e) ||
	    !spec_take_pairs(
		root, at, "outputs", &s->outputs, &s->noutputs, e) ||
	    !spec_take_string(root, at, "storeDir", &s->store, e) ||
	    !spec_take_string(root, at, "realStoreDir", &s->host_store, e) ||
	    !spec_take_string(root, at, "tmpDirInSandbox", &s->work, e) ||
	    !spec_take_string(root, at, "tmpDir", &s->host_work, e))
		return (false);
	return (check_rest(s, root, at, e) && take_inputs(s, root, at, e) &&
		set_name(s, e) && take_hash(s, e) && drop_outputs(s, root, e));
}
