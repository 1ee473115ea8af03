/*
 * Tables for a terminal.  Plain text unless the stream is a terminal and
 * NO_COLOR is unset or empty (https://no-color.org); the last column wraps
 * to the terminal's width, and is never cut when the output is no terminal.
 */
#ifndef ISTHMUS_BASE_TABLE_H
#define ISTHMUS_BASE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

enum tone { TONE_PLAIN, TONE_BOLD, TONE_DIM, TONE_GOOD, TONE_WARN, TONE_BAD };

struct table;

/*
 * A table whose columns have those headings (NULL-terminated).  NULL without
 * memory.  Free with table_destroy.
 */
struct table *table_create(const char *const *headings);
void table_destroy(struct table *);
/* Begins a row; its cells follow, missing ones are empty. */
void table_row(struct table *);
/* Adds a cell to the row; the text is copied and made printable. */
void table_cell(struct table *, enum tone, const char *text);
void table_cellf(struct table *, enum tone, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));
/* Writes it; false when memory was short or the stream reports an error. */
bool table_render(const struct table *, FILE *out);
/* The same, as wide and as colourful as `as` may have it, where it goes to. */
bool table_render_as(const struct table *, FILE *out, FILE *as);

/* True when colour may be written to `out`. */
bool tone_allowed(FILE *out);
/* Writes `text` in that tone, plain where colour is not allowed. */
void tone_write(FILE *out, enum tone, const char *text);
/* The same, where it is allowed in `as`. */
void tone_write_as(FILE *out, FILE *as, enum tone, const char *text);

#endif
