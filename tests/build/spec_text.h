/*
 * Specs as test text: quotes are written as ', so that a spec fits on a
 * line, and errors are compared whole.
 */
#ifndef ISTHMUS_TESTS_BUILD_SPEC_TEXT_H
#define ISTHMUS_TESTS_BUILD_SPEC_TEXT_H

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "build/spec.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What every spec needs, with the rest of the object behind it. */
#define SPEC(rest)                                     \
	"{'version': 'isthmus.build/1', 'name': 'n', " \
	"'builder': '/bin/sh', 'outputs': {'out': '/store/n'}" rest "}"

/* The same up to other outputs; SPEC's `rest` and '}' follow. */
#define OUTPUTS(members)                                               \
	"{'version': 'isthmus.build/1', 'name': 'n', 'builder': '/b'," \
	" 'outputs': {" members "}"

static inline struct isth_build_spec *
spec_of_text(const char *text, enum isth_spec_format format, struct error *e)
{
	struct isth_build_spec *s;
	char *copy, *p;

	copy = strdup(text);
	ATF_REQUIRE(copy != NULL);
	for (p = copy; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	memset(e, 0, sizeof(*e));
	s = isth_build_spec_parse(copy, strlen(copy), "f", format, e);
	free(copy);
	return (s);
}

/* Refused at JSON path `path`, for a reason that has `why` in it. */
static inline void
refused(const char *text, enum isth_spec_format format, const char *path,
    const char *why)
{
	struct isth_build_spec *s;
	struct error e;

	s = spec_of_text(text, format, &e);
	ATF_CHECK_MSG(s == NULL, "accepted: %.200s", text);
	isth_build_spec_destroy(s);
	if (s != NULL)
		return;
	ATF_CHECK_MSG(
	    strncmp(e.path, "f: ", 3) == 0 && strcmp(e.path + 3, path) == 0,
	    "%.200s: at %s, not %s", text, e.path, path);
	ATF_CHECK_MSG(strstr(e.why, why) != NULL, "%.200s: %s: %s, not %s",
	    text, e.path, e.why, why);
	ATF_CHECK(e.step[0] != '\0');
}

static inline struct isth_build_spec *
accepted(const char *text, enum isth_spec_format format)
{
	struct isth_build_spec *s;
	struct error e;

	s = spec_of_text(text, format, &e);
	ATF_REQUIRE_MSG(s != NULL, "%.200s: %s: %s", text, e.path, e.why);
	return (s);
}

#endif
