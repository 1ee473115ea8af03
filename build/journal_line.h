/* A line of a journal as text: what writing and reading share. */
#ifndef ISTHMUS_BUILD_JOURNAL_LINE_H
#define ISTHMUS_BUILD_JOURNAL_LINE_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* Adds the object without line end; false without memory. */
bool journal_line_render(struct text *, const json_t *);

#endif
