/* The parts of the JSON that results and events share. */
#ifndef ISTHMUS_BUILD_RESULT_H
#define ISTHMUS_BUILD_RESULT_H

#include <jansson.h>

#include "build/build.h"

/*
 * A string value of bytes that need not be UTF-8 (file names, a builder's
 * output): what is not becomes U+FFFD.  NULL: null.
 */
json_t *result_json_string(const char *);
/* "ENOENT"; "E1234" for a number without a name here. */
json_t *result_json_errno(int err);
/* The result as one object, "event": "result" first. */
json_t *result_json(const struct isth_build_result *);

#endif
