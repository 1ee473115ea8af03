/* Tables for a terminal: column widths, wrapping of the last column, tones. */
#include <sys/ioctl.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "base/text.h"

#define GAP 2	    /* blanks between columns */
#define WRAP_MIN 24 /* a last column narrower than this is not wrapped */

struct cell {
	char *text;
	enum tone tone;
};

struct table {
	size_t ncolumns;
	struct cell *cells; /* row by row, ncolumns each; row 0: headings */
	size_t nrows;
	size_t size;   /* rows allocated */
	size_t filled; /* cells of the last row */
	bool failed;   /* memory was short */
};

static const char *const escapes[] = {
	[TONE_PLAIN] = "",
	[TONE_BOLD] = "\033[1m",
	[TONE_DIM] = "\033[2m",
	[TONE_GOOD] = "\033[32m",
	[TONE_WARN] = "\033[33m",
	[TONE_BAD] = "\033[31m",
};

bool
tone_allowed(FILE *out)
{
	const char *no_color, *term;

	no_color = getenv("NO_COLOR");
	term = getenv("TERM");
	return ((no_color == NULL || no_color[0] == '\0') &&
		(term == NULL || strcmp(term, "dumb") != 0) &&
		isatty(fileno(out)));
}

static void
tone_begin(FILE *out, enum tone tone, bool colour)
{
	if (colour)
		fputs(escapes[tone], out);
}

static void
tone_end(FILE *out, enum tone tone, bool colour)
{
	if (colour && tone != TONE_PLAIN)
		fputs("\033[0m", out);
}

void
tone_write_as(FILE *out, FILE *as, enum tone tone, const char *text)
{
	bool colour;

	colour = tone_allowed(as);
	tone_begin(out, tone, colour);
	fputs(text, out);
	tone_end(out, tone, colour);
}

void
tone_write(FILE *out, enum tone tone, const char *text)
{
	tone_write_as(out, out, tone, text);
}

struct table *
table_create(const char *const *headings)
{
	struct table *t;
	size_t i;

	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return (NULL);
	while (headings[t->ncolumns] != NULL)
		t->ncolumns++;
	table_row(t);
	for (i = 0; i < t->ncolumns; i++)
		table_cell(t, TONE_BOLD, headings[i]);
	return (t);
}

void
table_destroy(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->nrows * t->ncolumns; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

void
table_row(struct table *t)
{
	struct cell *cells;
	size_t size;

	if (t->nrows == t->size) {
		size = t->size == 0 ? 16 : t->size * 2;
		cells =
		    reallocarray(t->cells, size, t->ncolumns * sizeof(*cells));
		if (cells == NULL) {
			t->failed = true;
			return;
		}
		t->cells = cells;
		t->size = size;
	}
	memset(t->cells + t->nrows * t->ncolumns, 0,
	    t->ncolumns * sizeof(*t->cells));
	t->nrows++;
	t->filled = 0;
}

void
table_cell(struct table *t, enum tone tone, const char *text)
{
	struct cell *cell;

	if (t->failed || t->filled == t->ncolumns)
		return;
	cell = &t->cells[(t->nrows - 1) * t->ncolumns + t->filled];
	cell->text = strdup(text);
	cell->tone = tone;
	if (cell->text == NULL)
		t->failed = true;
	else
		text_make_printable(cell->text);
	t->filled++;
}

void
table_cellf(struct table *t, enum tone tone, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	table_cell(t, tone, buf);
}

static const char *
cell_text(const struct cell *cell)
{
	return (cell->text == NULL ? "" : cell->text);
}

static void
blanks(FILE *out, size_t n)
{
	fprintf(out, "%*s", (int)n, "");
}

/* Bytes of `s` that fit into `columns`, cut at a blank where there is one. */
static size_t
wrap_length(const char *s, size_t columns)
{
	size_t blank, i, width;

	blank = 0;
	width = 0;
	for (i = 0; s[i] != '\0'; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		if (s[i] == ' ')
			blank = i;
		if (width == columns)
			return (blank > 0 ? blank : i);
		width++;
	}
	return (i);
}

/* The last cell of a row: over several lines when `columns` is not 0. */
static void
render_last(const struct cell *cell, size_t indent, size_t columns, bool colour,
    FILE *out)
{
	const char *s;
	size_t n;

	s = cell_text(cell);
	for (;;) {
		n = columns == 0 ? strlen(s) : wrap_length(s, columns);
		tone_begin(out, cell->tone, colour);
		fwrite(s, 1, n, out);
		tone_end(out, cell->tone, colour);
		fputc('\n', out);
		s += n;
		while (*s == ' ')
			s++;
		if (*s == '\0')
			return;
		blanks(out, indent);
	}
}

static void
render_row(const struct table *t, size_t row, const size_t *widths,
    size_t columns, bool colour, FILE *out)
{
	const struct cell *cells, *cell;
	size_t i, indent, last;

	cells = t->cells + row * t->ncolumns;
	/* Blanks at the end of a line are noise in a pipe. */
	for (last = t->ncolumns - 1; last > 0; last--) {
		if (cell_text(&cells[last])[0] != '\0')
			break;
	}
	indent = 0;
	for (i = 0; i < last; i++) {
		cell = &cells[i];
		tone_begin(out, cell->tone, colour);
		fputs(cell_text(cell), out);
		tone_end(out, cell->tone, colour);
		blanks(out, widths[i] + GAP - text_width(cell_text(cell)));
		indent += widths[i] + GAP;
	}
	if (last < t->ncolumns - 1 || columns < indent + WRAP_MIN)
		columns = 0;
	else
		columns -= indent;
	render_last(&cells[last], indent, columns, colour, out);
}

/* Columns of the terminal behind `out`; 0 when it is none. */
static size_t
terminal_columns(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)))
		return (0);
	if (ioctl(fileno(out), TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return (80);
	return (size.ws_col);
}

bool
table_render_as(const struct table *t, FILE *out, FILE *as)
{
	size_t columns, i, row, width, *widths;
	bool colour;

	if (t->failed)
		return (false);
	widths = calloc(t->ncolumns, sizeof(*widths));
	if (widths == NULL)
		return (false);
	for (row = 0; row < t->nrows; row++) {
		for (i = 0; i < t->ncolumns; i++) {
			width = text_width(
			    cell_text(&t->cells[row * t->ncolumns + i]));
			if (width > widths[i])
				widths[i] = width;
		}
	}
	colour = tone_allowed(as);
	columns = terminal_columns(as);
	for (row = 0; row < t->nrows; row++)
		render_row(t, row, widths, columns, colour, out);
	free(widths);
	return (!ferror(out));
}

bool
table_render(const struct table *t, FILE *out)
{
	return (table_render_as(t, out, out));
}
