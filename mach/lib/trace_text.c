/*
 * The text of a traced trap.
 */
#include "mach/lib/trace.h"

/* Kept free for the mark and the line's end. */
#define RESERVE 8
/* The longest beginning of a line, its end before it too. */
#define PREFIX 40

static size_t
room(const struct trace_text *t)
{
	return (t->cut ? 0 : sizeof(t->data) - RESERVE - t->len);
}

static void
add(struct trace_text *t, char c)
{
	if (room(t) != 0)
		t->data[t->len++] = c;
	else
		t->cut = true;
}

void
mach_trace_string(struct trace_text *t, const char *s)
{
	while (*s != '\0')
		add(t, *s++);
}

static void
unsigned_in(struct trace_text *t, uint64_t n, unsigned int base, int width)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n != 0 || i < width);
	while (i > 0)
		add(t, digits[--i]);
}

void
mach_trace_decimal(struct trace_text *t, int64_t n)
{
	if (n < 0)
		add(t, '-');
	unsigned_in(t, n < 0 ? -(uint64_t)n : (uint64_t)n, 10, 0);
}

void
mach_trace_hex(struct trace_text *t, uint64_t n)
{
	mach_trace_string(t, "0x");
	unsigned_in(t, n, 16, 0);
}

void
mach_trace_number(struct trace_text *t, uint64_t n)
{
	/* Names of ports begin at 0x103. */
	if (n < 0x100)
		unsigned_in(t, n, 10, 0);
	else
		mach_trace_hex(t, n);
}

void
mach_trace_seconds(struct trace_text *t, uint64_t ns)
{
	unsigned_in(t, ns / 1000000000, 10, 0);
	add(t, '.');
	unsigned_in(t, ns % 1000000000, 10, 9);
}

void
mach_trace_quoted(struct trace_text *t, const uint8_t *bytes, size_t n)
{
	size_t i;

	add(t, '"');
	for (i = 0; i < n; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\') {
			add(t, '\\');
			add(t, (char)bytes[i]);
		} else if (bytes[i] >= ' ' && bytes[i] < 0x7f) {
			add(t, (char)bytes[i]);
		} else {
			mach_trace_string(t, "\\x");
			unsigned_in(t, bytes[i], 16, 2);
		}
	}
	add(t, '"');
}

static void
prefix(struct trace_text *t)
{
	unsigned_in(t, t->pid, 10, 0);
	add(t, ' ');
	unsigned_in(t, t->thread, 10, 0);
	add(t, ' ');
}

void
mach_trace_begin(struct trace_text *t)
{
	t->len = 0;
	t->cut = false;
	prefix(t);
}

void
mach_trace_line(struct trace_text *t)
{
	/* No line without all that begins it. */
	if (room(t) < PREFIX) {
		t->cut = true;
		return;
	}
	add(t, '\n');
	prefix(t);
}

void
mach_trace_append(struct trace_text *t, const struct trace_text *lines)
{
	size_t i, n = lines->len;

	/* Whole lines, each of which begins with its line end. */
	if (n > room(t)) {
		for (n = room(t); n > 0 && lines->data[n] != '\n'; n--)
			;
	}
	for (i = 0; i < n; i++)
		add(t, lines->data[i]);
	t->cut = t->cut || n < lines->len || lines->cut;
}

void
mach_trace_end(struct trace_text *t)
{
	const char *mark = t->cut ? " ...\n" : "\n";

	while (*mark != '\0')
		t->data[t->len++] = *mark++;
}
