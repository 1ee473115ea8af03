/* The reader of isthmus.build/1, and what both readers have in common. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/text.h"
#include "build/output.h"
#include "build/spec.h"
#include "build/spec_parts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FORMAT_VERSION "isthmus.build/1"

#define SECONDS_MAX INT64_C(315360000)	       /* ten years */
#define BYTES_MAX INT64_C(1152921504606846976) /* 1 EiB */
#define MEMORY_MIN INT64_C(1048576)	       /* nothing runs in less */
#define PROCESSES_MAX INT64_C(4194304)	       /* Linux: PID_MAX_LIMIT */
#define FILES_MIN INT64_C(16)		       /* a shell and its pipes */
#define FILES_MAX INT64_C(1048576)	       /* Linux: fs.nr_open */

const struct spec_limits spec_limits_default = { .wall_s = 3600,
	.silent_s = 600,
	.cpu_s = SPEC_NONE,
	.memory_bytes = SPEC_NONE,
	.processes = 512,
	.disk_bytes = SPEC_NONE,
	.log_bytes = 67108864,
	.files = 1024 };

bool
spec_take_string(const json_t *object, const char *at, const char *key,
    char **to, struct error *e)
{
	const char *value;

	if (!json_want_string(object, at, key, &value, e))
		return (false);
	*to = strdup(value);
	return (*to != NULL || spec_no_memory(e));
}

bool
spec_take_strings(const json_t *object, const char *at, const char *key,
    char ***to, size_t *n, struct error *e)
{
	char path[SPEC_PLACE_MAX];
	const json_t *array, *item;
	size_t i, size;

	*n = 0;
	size = 0;
	array = NULL;
	if (json_object_get(object, key) != NULL) {
		if (!json_want_array(object, at, key, &array, e))
			return (false);
		size = json_array_size(array);
	}
	*to = calloc(size + 1, sizeof(**to));
	if (*to == NULL)
		return (spec_no_memory(e));
	for (i = 0; i < size; i++) {
		item = json_array_get(array, i);
		if (!json_is_string(item)) {
			(void)snprintf(
			    path, sizeof(path), "%s.%s[%zu]", at, key, i);
			return (fail(e, 0, "read JSON", path, "not a string"));
		}
		(*to)[i] = strdup(json_string_value(item));
		if ((*to)[i] == NULL)
			return (spec_no_memory(e));
		*n = i + 1;
	}
	return (true);
}

bool
spec_take_pairs(const json_t *object, const char *at, const char *key,
    struct spec_pair **to, size_t *n, struct error *e)
{
	char path[SPEC_PLACE_MAX];
	const json_t *members;
	struct spec_pair *pair;
	const char *name;
	json_t *value;

	*to = NULL;
	*n = 0;
	if (json_object_get(object, key) == NULL)
		return (true);
	if (!json_want_object(object, at, key, &members, e))
		return (false);
	*to = calloc(json_object_size(members) + 1, sizeof(**to));
	if (*to == NULL)
		return (spec_no_memory(e));
	(void)snprintf(path, sizeof(path), "%s.%s", at, key);
	json_object_foreach((json_t *)(uintptr_t)members, name, value)
	{
		pair = &(*to)[(*n)++];
		pair->name = strdup(name);
		if (pair->name == NULL)
			return (spec_no_memory(e));
		if (!spec_take_string(members, path, name, &pair->value, e))
			return (false);
	}
	return (true);
}

bool
spec_take_hash(struct isth_build_spec *s, const char *algorithm,
    const char *algorithm_place, const char *value, const char *value_place,
    struct error *e)
{
	static const char *const algorithms[] = { "sha256", "sha512", "sha1",
		"md5" };
	struct error inner;
	const char *nearest;
	char hex[129];
	size_t i;

	for (i = 0; i < COUNT(algorithms); i++) {
		if (strcmp(algorithms[i], algorithm) == 0)
			break;
	}
	if (i == COUNT(algorithms)) {
		spec_fail(s, e, 0, algorithm_place,
		    "not sha256, sha512, sha1 or md5");
		nearest =
		    text_nearest(algorithm, algorithms, COUNT(algorithms));
		if (nearest != NULL)
			fail_hint(e, "%s", nearest);
		return (false);
	}
	memset(&inner, 0, sizeof(inner));
	if (!output_hash_parse(algorithm, value, hex, &inner)) {
		spec_fail(s, e, inner.err, value_place, "%s",
		    inner.why[0] != '\0' ? inner.why : "not a hash");
		if (inner.hint[0] != '\0')
			fail_hint(e, "%s", inner.hint);
		return (false);
	}
	s->hash_algorithm = strdup(algorithm);
	s->hash_value = strdup(hex);
	return ((s->hash_algorithm != NULL && s->hash_value != NULL) ||
		spec_no_memory(e));
}

/* One of a few words; *index is where in the list. */
static bool
take_word(const json_t *object, const char *at, const char *key,
    const char *const *words, size_t n, size_t *index, struct error *e)
{
	char path[SPEC_PLACE_MAX];
	const char *value, *nearest;
	size_t i;

	if (!json_want_string(object, at, key, &value, e))
		return (false);
	for (i = 0; i < n; i++) {
		if (strcmp(words[i], value) == 0) {
			*index = i;
			return (true);
		}
	}
	(void)snprintf(path, sizeof(path), "%s.%s", at, key);
	fail(e, 0, "read JSON", path, "not a known word");
	nearest = text_nearest(value, words, n);
	fail_hint(e, "%s", nearest != NULL ? nearest : words[0]);
	return (false);
}

static bool
take_version(const json_t *root, const char *at, struct error *e)
{
	char path[SPEC_PLACE_MAX];
	const json_t *version;

	version = json_object_get(root, "version");
	if (json_is_string(version) &&
	    strcmp(json_string_value(version), FORMAT_VERSION) == 0)
		return (true);
	(void)snprintf(path, sizeof(path), "%s.version", at);
	fail(e, 0, "read JSON", path,
	    version == NULL ? "missing" : "not \"" FORMAT_VERSION "\"");
	if (json_is_integer(version) ||
	    json_object_get(root, "realStoreDir") != NULL)
		fail_hint(e, "--nix reads Nix's build.json");
	else
		fail_hint(e, "\"version\": \"" FORMAT_VERSION "\"");
	return (false);
}

/* A path that stands for both places, or {"path": ..., "at": ...}. */
static bool
take_input(const json_t *item, const char *at, struct spec_input *input,
    struct error *e)
{
	static const char *const keys[] = { "path", "at" };

	if (json_is_string(item)) {
		input->source = strdup(json_string_value(item));
		input->at = strdup(json_string_value(item));
		return ((input->source != NULL && input->at != NULL) ||
			spec_no_memory(e));
	}
	if (!json_is_object(item))
		return (fail(e, 0, "read JSON", at,
		    "neither a path nor an object with \"path\""));
	if (!json_only_keys(item, at, keys, COUNT(keys), e) ||
	    !spec_take_string(item, at, "path", &input->source, e))
		return (false);
	return (spec_take_string(item, at,
	    json_object_get(item, "at") != NULL ? "at" : "path", &input->at,
	    e));
}

static bool
take_inputs(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	char path[SPEC_PLACE_MAX];
	const json_t *array;
	size_t i, size;

	if (json_object_get(root, "inputs") == NULL)
		return (true);
	if (!json_want_array(root, at, "inputs", &array, e))
		return (false);
	size = json_array_size(array);
	s->inputs = calloc(size + 1, sizeof(*s->inputs));
	if (s->inputs == NULL)
		return (spec_no_memory(e));
	for (i = 0; i < size; i++) {
		(void)snprintf(path, sizeof(path), "%s.inputs[%zu]", at, i);
		s->ninputs = i + 1;
		if (!take_input(
			json_array_get(array, i), path, &s->inputs[i], e))
			return (false);
	}
	return (true);
}

static bool
take_limits(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	static const char *const keys[] = { "wall_s", "silent_s", "cpu_s",
		"memory_bytes", "processes", "disk_bytes", "log_bytes",
		"files" };
	struct spec_limits *l = &s->limits;
	const struct {
		int64_t *to, min, max;
	} rows[] = { { &l->wall_s, 1, SECONDS_MAX },
		{ &l->silent_s, 1, SECONDS_MAX }, { &l->cpu_s, 1, SECONDS_MAX },
		{ &l->memory_bytes, MEMORY_MIN, BYTES_MAX },
		{ &l->processes, 1, PROCESSES_MAX },
		{ &l->disk_bytes, 1, BYTES_MAX },
		{ &l->log_bytes, 1, BYTES_MAX },
		{ &l->files, FILES_MIN, FILES_MAX } };
	char path[SPEC_PLACE_MAX];
	const json_t *limits, *member;
	json_int_t value;
	size_t i;

	*l = spec_limits_default;
	if (json_object_get(root, "limits") == NULL)
		return (true);
	(void)snprintf(path, sizeof(path), "%s.limits", at);
	if (!json_want_object(root, at, "limits", &limits, e) ||
	    !json_only_keys(limits, path, keys, COUNT(keys), e))
		return (false);
	for (i = 0; i < COUNT(keys); i++) {
		member = json_object_get(limits, keys[i]);
		if (member == NULL)
			continue;
		if (json_is_null(member)) {
			*rows[i].to = SPEC_NONE;
			continue;
		}
		if (!json_want_integer(limits, path, keys[i], rows[i].min,
			rows[i].max, &value, e))
			return (false);
		*rows[i].to = value;
	}
	return (true);
}

static bool
take_hash(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	static const char *const keys[] = { "algorithm", "mode", "value" };
	static const char *const modes[] = { "flat", "nar" };
	char path[SPEC_PLACE_MAX];
	const char *algorithm, *value;
	const json_t *hash;
	size_t mode;

	hash = json_object_get(root, "hash");
	if (hash == NULL || json_is_null(hash))
		return (true);
	(void)snprintf(path, sizeof(path), "%s.hash", at);
	if (!json_want_object(root, at, "hash", &hash, e) ||
	    !json_only_keys(hash, path, keys, COUNT(keys), e) ||
	    !json_want_string(hash, path, "algorithm", &algorithm, e) ||
	    !take_word(hash, path, "mode", modes, COUNT(modes), &mode, e) ||
	    !json_want_string(hash, path, "value", &value, e))
		return (false);
	s->hash_mode = mode == 0 ? SPEC_HASH_FLAT : SPEC_HASH_NAR;
	return (spec_take_hash(
	    s, algorithm, "$.hash.algorithm", value, "$.hash.value", e));
}

static bool
take_network(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	static const char *const words[] = { "none", "fixed-output" };
	size_t word;

	s->network = SPEC_NETWORK_NONE;
	if (json_object_get(root, "network") == NULL)
		return (true);
	if (!take_word(root, at, "network", words, COUNT(words), &word, e))
		return (false);
	if (word == 1)
		s->network = SPEC_NETWORK_FIXED_OUTPUT;
	return (true);
}

static bool
take_personality(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	static const char *const words[] = { "linux32" };
	const json_t *member;
	size_t word;

	member = json_object_get(root, "personality");
	if (member == NULL || json_is_null(member))
		return (true);
	if (!take_word(root, at, "personality", words, COUNT(words), &word, e))
		return (false);
	s->personality = strdup(words[word]);
	return (s->personality != NULL || spec_no_memory(e));
}

/* The directory of the first output; spec_check wants it for all. */
static char *
default_store(const struct isth_build_spec *s)
{
	const char *path, *slash;

	path = s->noutputs > 0 ? s->outputs[0].value : "";
	slash = strrchr(path, '/');
	if (slash == NULL)
		return (strdup(""));
	if (slash == path)
		return (strdup("/"));
	return (strndup(path, (size_t)(slash - path)));
}

/* Where the outputs are put, and the directory to work in. */
static bool
take_places(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	if (json_object_get(root, "store") == NULL)
		s->store = default_store(s);
	else if (!spec_take_string(root, at, "store", &s->store, e))
		return (false);
	if (json_object_get(root, "work") == NULL)
		s->work = strdup("/build");
	else if (!spec_take_string(root, at, "work", &s->work, e))
		return (false);
	if (s->store == NULL || s->work == NULL)
		return (spec_no_memory(e));
	s->host_store = strdup(s->store);
	return (s->host_store != NULL || spec_no_memory(e));
}

bool
spec_fill(struct isth_build_spec *s, const json_t *root, const char *at,
    struct error *e)
{
	static const char *const keys[] = { "version", "name", "builder",
		"args", "env", "inputs", "outputs", "store", "work", "network",
		"limits", "hash", "devices", "personality" };
	const json_t *outputs;

	if (!take_version(root, at, e) ||
	    !json_only_keys(root, at, keys, COUNT(keys), e) ||
	    !spec_take_string(root, at, "name", &s->name, e) ||
	    !spec_take_string(root, at, "builder", &s->builder, e) ||
	    !json_want_object(root, at, "outputs", &outputs, e) ||
	    !spec_take_pairs(
		root, at, "outputs", &s->outputs, &s->noutputs, e) ||
	    !spec_take_strings(root, at, "args", &s->args, &s->nargs, e) ||
	    !spec_take_pairs(root, at, "env", &s->env, &s->nenv, e) ||
	    !take_inputs(s, root, at, e) || !take_places(s, root, at, e) ||
	    !take_network(s, root, at, e) || !take_limits(s, root, at, e) ||
	    !take_hash(s, root, at, e) ||
	    !spec_take_strings(
		root, at, "devices", &s->devices, &s->ndevices, e))
		return (false);
	return (take_personality(s, root, at, e));
}
