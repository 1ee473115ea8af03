/*
 * What Isthmus adds to jansson: reading typed members with an error that
 * names the JSON path, and writing to a stream.
 */
#ifndef ISTHMUS_BASE_JSON_H
#define ISTHMUS_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct error;

/* Largest file that json_read accepts, bytes. */
#define JSON_READ_MAX (64 * 1024 * 1024)

/*
 * Parses a file: one JSON object, no duplicate keys, nothing behind it.
 * NULL with the line, the column and the reason.  json_decref it.
 */
json_t *json_read(const char *path, struct error *);
/* The same of a name in a directory; e->err is ENOENT when it is not there. */
json_t *json_read_at(int directory_fd, const char *name, struct error *);
/* The same of `len` bytes in memory; `name` stands for them in errors. */
json_t *json_parse(
    const char *data, size_t len, const char *name, struct error *);

/*
 * The member `key` of `object`, which stands at JSON path `at` ("$",
 * "$.probes[3]").  Absent members and wrong types fail with the path of the
 * member.  A string is borrowed from the object.
 */
bool json_want_string(const json_t *object, const char *at, const char *key,
    const char **value, struct error *);
bool json_want_integer(const json_t *object, const char *at, const char *key,
    json_int_t min, json_int_t max, json_int_t *value, struct error *);
bool json_want_number(const json_t *object, const char *at, const char *key,
    double *value, struct error *);
bool json_want_object(const json_t *object, const char *at, const char *key,
    const json_t **value, struct error *);
bool json_want_array(const json_t *object, const char *at, const char *key,
    const json_t **value, struct error *);
/* Fails when `object` has a key that is not in the list. */
bool json_only_keys(const json_t *object, const char *at,
    const char *const *keys, size_t n, struct error *);

/* Writes `value` indented by two, with a line end. */
bool json_write(const json_t *value, FILE *out, struct error *);

#endif
