/*
 * Specs as objects: loading by either reader, the one way to fail, freeing.
 * Apart from the readers so that they hold nothing but their formats.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/text.h"
#include "build/spec.h"
#include "build/spec_parts.h"

#define ORIGIN_SHOWN 200 /* bytes of a file name in an error's path */

typedef bool fill_function(struct isth_build_spec *, const json_t *root,
    const char *at, struct error *);

const struct spec_keys *
spec_keys(const struct isth_build_spec *s)
{
	static const struct spec_keys own = { "$.name", "$.inputs", "$.store",
		"$.store", "$.work", "$.work", "$.hash", "$.network" };
	static const struct spec_keys nix = { "$.env.name", "$.inputPaths",
		"$.storeDir", "$.realStoreDir", "$.tmpDirInSandbox", "$.tmpDir",
		"$.env.outputHash", "$.env.outputHash" };

	return (s->nix ? &nix : &own);
}

/* "FILE: PLACE"; of a long file name only the end, so that PLACE is seen. */
static void
place_write(char *to, size_t size, const char *origin, const char *place)
{
	size_t len;

	len = strlen(origin);
	if (len <= ORIGIN_SHOWN) {
		(void)snprintf(to, size, "%s: %s", origin, place);
		return;
	}
	origin += len - ORIGIN_SHOWN;
	while (((unsigned char)*origin & 0xc0) == 0x80)
		origin++;
	(void)snprintf(to, size, "...%s: %s", origin, place);
}

/* Names in a spec are the author's: nothing of them acts on a terminal. */
static void
make_printable(struct error *e)
{
	if (e == NULL)
		return;
	text_make_printable(e->path);
	text_make_printable(e->why);
	text_make_printable(e->hint);
}

bool
spec_fail(const struct isth_build_spec *s, struct error *e, int err,
    const char *place, const char *why, ...)
{
	char path[sizeof(e->path)], text[sizeof(e->why)];
	va_list ap;

	place_write(path, sizeof(path), s->origin, place);
	va_start(ap, why);
	(void)vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	(void)fail(e, err, "check build spec", path, "%s", text);
	make_printable(e);
	return (false);
}

/* Takes over `root`, which is NULL when it could not be read. */
static struct isth_build_spec *
spec_create(
    json_t *root, const char *name, fill_function *fill, struct error *e)
{
	struct isth_build_spec *s;
	char at[SPEC_PLACE_MAX];

	s = NULL;
	if (root == NULL)
		goto failed;
	s = calloc(1, sizeof(*s));
	if (s == NULL || (s->origin = strdup(name)) == NULL) {
		(void)spec_no_memory(e);
		goto failed;
	}
	place_write(at, sizeof(at), name, "$");
	if (!fill(s, root, at, e) || !spec_check(s, e))
		goto failed;
	json_decref(root);
	return (s);

failed:
	make_printable(e);
	isth_build_spec_destroy(s);
	json_decref(root);
	return (NULL);
}

struct isth_build_spec *
spec_parse(const char *data, size_t len, const char *name, struct error *e)
{
	return (
	    spec_create(json_parse(data, len, name, e), name, spec_fill, e));
}

struct isth_build_spec *
nix_spec_parse(const char *data, size_t len, const char *name, struct error *e)
{
	return (spec_create(
	    json_parse(data, len, name, e), name, nix_spec_fill, e));
}

struct isth_build_spec *
isth_build_spec_load(
    const char *path, enum isth_spec_format format, struct error *e)
{
	return (spec_create(json_read(path, e), path,
	    format == ISTH_SPEC_NIX ? nix_spec_fill : spec_fill, e));
}

struct isth_build_spec *
isth_build_spec_parse(const char *data, size_t len, const char *name,
    enum isth_spec_format format, struct error *e)
{
	if (format == ISTH_SPEC_NIX)
		return (nix_spec_parse(data, len, name, e));
	return (spec_parse(data, len, name, e));
}

static void
pairs_free(struct spec_pair *pairs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
	free(pairs);
}

static void
strings_free(char **strings, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(strings[i]);
	free(strings);
}

void
isth_build_spec_destroy(struct isth_build_spec *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->ninputs; i++) {
		free(s->inputs[i].source);
		free(s->inputs[i].at);
	}
	free(s->inputs);
	pairs_free(s->env, s->nenv);
	pairs_free(s->outputs, s->noutputs);
	strings_free(s->args, s->nargs);
	strings_free(s->devices, s->ndevices);
	free(s->origin);
	free(s->name);
	free(s->builder);
	free(s->store);
	free(s->host_store);
	free(s->work);
	free(s->host_work);
	free(s->hash_algorithm);
	free(s->hash_value);
	free(s->personality);
	free(s);
}

const char *
isth_build_spec_name(const struct isth_build_spec *s)
{
	return (s->name);
}
