/* Reading JSON with errors that name the JSON path, and writing it. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/text.h"

/*
 * Reads the whole of a stream, JSON_READ_MAX bytes at most.  Not left to
 * json_load_file(): a size limit and one place for read errors.
 */
static bool
read_all(FILE *f, const char *path, struct text *t, struct error *e)
{
	char buf[65536];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		if (t->len + n > JSON_READ_MAX)
			return (fail(e, EFBIG, "read JSON", path,
			    "more than %d bytes", JSON_READ_MAX));
		text_add_bytes(t, buf, n);
	}
	if (ferror(f))
		return (fail(e, errno, "read JSON", path, NULL));
	if (t->failed)
		return (fail(e, ENOMEM, "read JSON", path, NULL));
	return (true);
}

/*
 * jansson's lexer does not look whether a character of a string could be
 * stored (lex_save, in 2.14 too): short of memory it returns another string
 * than was written.  So its allocations are watched while it parses.
 */
static json_malloc_t real_malloc;
static _Thread_local bool short_of_memory;

static void *
watched_malloc(size_t size)
{
	void *p = real_malloc(size);

	if (p == NULL)
		short_of_memory = true;
	return (p);
}

/* Otherwise jansson opens /dev/urandom for the seed of its tables. */
static void
seed(void)
{
	static atomic_flag done = ATOMIC_FLAG_INIT;
	size_t value;

	if (!atomic_flag_test_and_set(&done) &&
	    getentropy(&value, sizeof(value)) == 0)
		json_object_seed(value);
}

static json_t *
load(const char *data, size_t len, json_error_t *why)
{
	json_malloc_t given;
	json_free_t given_free;
	json_t *value;

	json_get_alloc_funcs(&given, &given_free);
	/* Another thread may be at it. */
	if (given != watched_malloc) {
		real_malloc = given;
		json_set_alloc_funcs(watched_malloc, given_free);
	}
	seed();
	short_of_memory = false;
	value = json_loadb(data, len, JSON_REJECT_DUPLICATES, why);
	if (given != watched_malloc)
		json_set_alloc_funcs(given, given_free);
	return (value);
}

json_t *
json_parse(const char *data, size_t len, const char *name, struct error *e)
{
	json_error_t why;
	json_t *value;

	value = load(data, len, &why);
	if (short_of_memory) {
		json_decref(value);
		fail(e, ENOMEM, "parse JSON", name, NULL);
		return (NULL);
	}
	if (value == NULL) {
		fail(e, 0, "parse JSON", name, "line %d, column %d: %s",
		    why.line, why.column, why.text);
		return (NULL);
	}
	if (!json_is_object(value)) {
		fail(e, 0, "parse JSON", name, "not an object");
		json_decref(value);
		return (NULL);
	}
	return (value);
}

json_t *
json_read_at(int directory_fd, const char *name, struct error *e)
{
	struct text t = { 0 };
	json_t *value;
	FILE *f;
	int fd;

	fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (f == NULL) {
		fail(e, errno, "open JSON file", name, NULL);
		if (fd >= 0)
			(void)close(fd);
		return (NULL);
	}
	value = NULL;
	if (read_all(f, name, &t, e))
		value = json_parse(text_string(&t), t.len, name, e);
	fclose(f);
	text_clear(&t);
	return (value);
}

json_t *
json_read(const char *path, struct error *e)
{
	return (json_read_at(AT_FDCWD, path, e));
}

/* The member, when it has that type; else the error names it. */
static const json_t *
want(const json_t *object, const char *at, const char *key, json_type type,
    const char *type_name, struct error *e)
{
	char path[sizeof(e->path)];
	const json_t *value;

	snprintf(path, sizeof(path), "%s.%s", at, key);
	value = json_object_get(object, key);
	if (value == NULL) {
		fail(e, 0, "read JSON", path, "missing");
		return (NULL);
	}
	if (json_typeof(value) != type &&
	    !(type == JSON_REAL && json_is_integer(value))) {
		fail(e, 0, "read JSON", path, "not %s", type_name);
		return (NULL);
	}
	return (value);
}

bool
json_want_string(const json_t *object, const char *at, const char *key,
    const char **value, struct error *e)
{
	const json_t *member;

	member = want(object, at, key, JSON_STRING, "a string", e);
	if (member == NULL)
		return (false);
	*value = json_string_value(member);
	return (true);
}

bool
json_want_integer(const json_t *object, const char *at, const char *key,
    json_int_t min, json_int_t max, json_int_t *value, struct error *e)
{
	char path[sizeof(e->path)];
	const json_t *member;

	member = want(object, at, key, JSON_INTEGER, "an integer", e);
	if (member == NULL)
		return (false);
	*value = json_integer_value(member);
	if (*value < min || *value > max) {
		snprintf(path, sizeof(path), "%s.%s", at, key);
		return (fail(e, 0, "read JSON", path,
		    "%lld is outside %lld to %lld", (long long)*value,
		    (long long)min, (long long)max));
	}
	return (true);
}

bool
json_want_number(const json_t *object, const char *at, const char *key,
    double *value, struct error *e)
{
	const json_t *member;

	member = want(object, at, key, JSON_REAL, "a number", e);
	if (member == NULL)
		return (false);
	*value = json_number_value(member);
	return (true);
}

bool
json_want_object(const json_t *object, const char *at, const char *key,
    const json_t **value, struct error *e)
{
	*value = want(object, at, key, JSON_OBJECT, "an object", e);
	return (*value != NULL);
}

bool
json_want_array(const json_t *object, const char *at, const char *key,
    const json_t **value, struct error *e)
{
	*value = want(object, at, key, JSON_ARRAY, "an array", e);
	return (*value != NULL);
}

bool
json_only_keys(const json_t *object, const char *at, const char *const *keys,
    size_t n, struct error *e)
{
	char path[sizeof(e->path)];
	const char *key, *nearest;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		for (i = 0; i < n; i++) {
			if (strcmp(keys[i], key) == 0)
				break;
		}
		if (i < n)
			continue;
		snprintf(path, sizeof(path), "%s.%s", at, key);
		fail(e, 0, "read JSON", path, "unknown key");
		nearest = text_nearest(key, keys, n);
		if (nearest != NULL)
			fail_hint(e, "%s", nearest);
		return (false);
	}
	return (true);
}

bool
json_write(const json_t *value, FILE *out, struct error *e)
{
	if (json_dumpf(value, out, JSON_INDENT(2)) != 0 ||
	    fputc('\n', out) == EOF)
		return (fail(e, errno, "write JSON", NULL, NULL));
	return (true);
}
