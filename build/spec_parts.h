/*
 * What the files that read and check specs share; nobody else includes it.
 * In errors the object is "FILE: JSON-PATH".
 */
#ifndef ISTHMUS_BUILD_SPEC_PARTS_H
#define ISTHMUS_BUILD_SPEC_PARTS_H

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"
#include "build/spec.h"

#define SPEC_PLACE_MAX 320 /* of "FILE: $" and of a JSON path; may be cut */

/* ---- spec.c */

/* JSON keys of what the two formats call differently. */
struct spec_keys {
	const char *name, *inputs, *store, *host_store, *work, *host_work,
	    *hash, *network;
};
const struct spec_keys *spec_keys(const struct isth_build_spec *);

/* Fails at JSON path `place`, "$.work". */
bool spec_fail(const struct isth_build_spec *, struct error *, int err,
    const char *place, const char *why, ...)
    __attribute__((__format__(__printf__, 5, 6)));
/* Here, so that a checker sees that it is false. */
static inline bool
spec_no_memory(struct error *e)
{
	(void)fail(e, ENOMEM, "read build spec", NULL, NULL);
	return (false);
}

/* ---- spec_read.c: isthmus.build/1, and what both formats read alike */

/* Fills an empty spec from the object; `at` is "FILE: $". */
bool spec_fill(struct isth_build_spec *, const json_t *root, const char *at,
    struct error *);
/* A member that must be there, copied. */
bool spec_take_string(const json_t *object, const char *at, const char *key,
    char **to, struct error *);
/* An array of strings, copied, with a NULL behind; absent: empty. */
bool spec_take_strings(const json_t *object, const char *at, const char *key,
    char ***to, size_t *n, struct error *);
/* An object of strings, copied; absent: empty. */
bool spec_take_pairs(const json_t *object, const char *at, const char *key,
    struct spec_pair **to, size_t *n, struct error *);
/*
 * Sets the spec's hash; the places are the JSON paths of the algorithm and
 * of the value.
 */
bool spec_take_hash(struct isth_build_spec *, const char *algorithm,
    const char *algorithm_place, const char *value, const char *value_place,
    struct error *);
/* The limits of a spec that has none. */
extern const struct spec_limits spec_limits_default;

/* ---- nix_spec.c */

bool nix_spec_fill(struct isth_build_spec *, const json_t *root, const char *at,
    struct error *);

/* ---- path.c */

/* What is wrong with it as an absolute, normal path, in words; or NULL. */
const char *path_problem(const char *path);
/* Order in which a path comes right before all that is below it. */
int path_order(const char *, const char *);
/* What is wrong with its characters as a name in a store; or NULL. */
const char *name_problem(const char *name);

#endif
