/*
 * The lines of running builds on a terminal.  Each drawing is one write, so
 * that a process killed meanwhile leaves the terminal as it was; control
 * sequences are those of ECMA-48 and the DEC private mode for line wrap,
 * which every terminal of the last decades has.
 */
#include <sys/ioctl.h>

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/progress.h"

#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"
#define ERASE_BELOW "\r\033[J"

enum { NAME_COLUMNS = 24, ROWS_MAX = 64 };

struct progress {
	FILE *as;
	bool utf8;    /* the terminal's */
	size_t drawn; /* lines on the screen */
	size_t widths[ROWS_MAX];
};

bool
progress_possible(FILE *out)
{
	const char *term;

	if (!isatty(fileno(out)))
		return (false);
	term = getenv("TERM");
	return (term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0);
}

/* What setlocale(3) would find, without reading any locale. */
static bool
locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = getenv(names[i]);
		if (value == NULL || value[0] == '\0')
			continue;
		return (strcasestr(value, "utf-8") != NULL ||
			strcasestr(value, "utf8") != NULL);
	}
	return (false);
}

struct progress *
progress_create(FILE *as)
{
	struct progress *p;

	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return (NULL);
	p->as = as;
	p->utf8 = locale_is_utf8();
	return (p);
}

static void
terminal_size(FILE *as, size_t *columns, size_t *lines)
{
	struct winsize size;

	*columns = 80;
	*lines = 24;
	if (ioctl(fileno(as), TIOCGWINSZ, &size) == -1)
		return;
	if (size.ws_col > 0)
		*columns = size.ws_col;
	if (size.ws_row > 0)
		*lines = size.ws_row;
}

void
progress_time(double seconds, char to[32])
{
	unsigned long s;

	if (seconds < 0)
		seconds = 0;
	s = seconds < 1e9 ? (unsigned long)seconds : 999999999;
	if (seconds < 0.1)
		snprintf(to, 32, "%.0fms", seconds * 1e3);
	else if (s < 10)
		snprintf(to, 32, "%.1fs", seconds);
	else if (s < 60)
		snprintf(to, 32, "%lus", s);
	else if (s < 3600)
		snprintf(to, 32, "%lum%02lus", s / 60, s % 60);
	else
		snprintf(to, 32, "%luh%02lum", s / 3600, s / 60 % 60);
}

/*
 * Adds at most `columns` columns of a text; returns how many it took.  Where
 * the terminal does not read UTF-8, a byte of it might be a control (0x9b).
 */
static size_t
add_cut(struct text *t, const char *s, size_t columns, bool utf8)
{
	size_t len, used;
	char *copy;

	copy = strdup(s);
	if (copy == NULL)
		return (0);
	text_make_printable(copy);
	for (used = len = 0; copy[len] != '\0'; len++) {
		if (!utf8 && (unsigned char)copy[len] >= 0x80)
			copy[len] = '?';
		if (((unsigned char)copy[len] & 0xc0) != 0x80) {
			if (used == columns)
				break;
			used++;
		}
	}
	text_add_bytes(t, copy, len);
	free(copy);
	return (used);
}

static size_t
name_columns(const struct progress_row *rows, size_t n)
{
	size_t i, max, width;

	for (max = i = 0; i < n; i++) {
		width = text_width(rows[i].name);
		if (width > max)
			max = width;
	}
	return (max < NAME_COLUMNS ? max : NAME_COLUMNS);
}

/* One line; returns its width. */
static size_t
add_row(struct text *t, const struct progress *p,
    const struct progress_row *row, size_t name_width, size_t columns)
{
	struct text line = { 0 };
	char time[32];
	size_t used;

	progress_time(row->seconds, time);
	used = add_cut(&line, row->name, name_width, true);
	text_addf(&line, "%*s  %-7s %6s  ", (int)(name_width - used), "",
	    row->phase, time);
	text_add(&line, row->line);
	used = add_cut(t, text_string(&line), columns, p->utf8);
	text_clear(&line);
	return (used);
}

/*
 * To the first line of the block.  A terminal that has become narrower may
 * have broken the lines anew: then they are as many more.
 */
static void
add_erase(struct text *t, const struct progress *p, size_t columns)
{
	size_t i, up;

	if (p->drawn == 0)
		return;
	for (up = i = 0; i < p->drawn; i++)
		up += p->widths[i] <= columns
			  ? 1
			  : (p->widths[i] + columns - 1) / columns;
	text_addf(t, "\033[%zuA" ERASE_BELOW, up);
}

static void
print(FILE *out, struct text *t)
{
	if (!t->failed && t->len > 0)
		fwrite(t->data, 1, t->len, out);
	text_clear(t);
}

void
progress_erase(struct progress *p, FILE *out)
{
	struct text t = { 0 };
	size_t columns, lines;

	if (p == NULL || p->drawn == 0)
		return;
	terminal_size(p->as, &columns, &lines);
	add_erase(&t, p, columns);
	p->drawn = 0;
	print(out, &t);
}

void
progress_draw(
    struct progress *p, FILE *out, const struct progress_row *rows, size_t n)
{
	size_t columns, i, lines, name_width, shown;
	struct text t = { 0 };
	char more[64];

	terminal_size(p->as, &columns, &lines);
	add_erase(&t, p, columns);
	/* The last line is the cursor's; the last column may wrap. */
	lines = lines > 1 ? lines - 1 : 1;
	columns = columns > 1 ? columns - 1 : 1;
	if (lines > ROWS_MAX)
		lines = ROWS_MAX;
	shown = n <= lines ? n : lines - 1;
	text_add(&t, WRAP_OFF);
	name_width = name_columns(rows, n);
	for (i = 0; i < shown; i++) {
		p->widths[i] = add_row(&t, p, &rows[i], name_width, columns);
		text_add(&t, "\n");
	}
	if (shown < n) {
		snprintf(more, sizeof(more), "and %zu more", n - shown);
		p->widths[i++] = add_cut(&t, more, columns, true);
		text_add(&t, "\n");
	}
	text_add(&t, WRAP_ON);
	p->drawn = i;
	print(out, &t);
}

void
progress_destroy(struct progress *p)
{
	free(p);
}
