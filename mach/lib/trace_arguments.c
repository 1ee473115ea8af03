/*
 * Arguments of a traced trap, as the letters of its row in traps.def say.
 */
#include "mach/lib/trace.h"

#define WORDS_SHOWN 8u /* of an array */

/* One letter, and the argument that it is for. */
struct letter {
	char letter;
	uint32_t bytes; /* behind b and B */
	unsigned int i;
};

/* Steps to the next letter; false at the end. */
static bool
next(const char **p, struct letter *l, unsigned int nargs)
{
	if (**p == '=')
		++*p;
	if (**p == '\0' || l->i >= nargs)
		return (false);
	l->letter = *(*p)++;
	for (l->bytes = 0; **p >= '0' && **p <= '9'; ++*p)
		l->bytes = l->bytes * 10 + (uint32_t)(**p - '0');
	return (true);
}

static void
words(struct trace_text *t, uint64_t address, uint32_t n)
{
	uint32_t word[WORDS_SHOWN], i,
	    shown = n < WORDS_SHOWN ? n : WORDS_SHOWN;

	if (!mach_trace_read(address, word, shown * sizeof(word[0]))) {
		mach_trace_hex(t, address);
		return;
	}
	mach_trace_string(t, "[");
	for (i = 0; i < shown; i++) {
		if (i > 0)
			mach_trace_string(t, ", ");
		mach_trace_number(t, word[i]);
	}
	mach_trace_string(t, shown < n ? ", ...]" : "]");
}

static void
bytes(struct trace_text *t, uint64_t address, uint32_t n)
{
	uint8_t b[64];
	uint32_t shown = n < sizeof(b) ? n : (uint32_t)sizeof(b);

	if (mach_trace_read(address, b, shown)) {
		mach_trace_quoted(t, b, shown);
		if (shown < n)
			mach_trace_string(t, "...");
	} else {
		mach_trace_hex(t, address);
	}
}

static void
argument(struct trace_text *t, const struct mach_trap_row *row,
    const struct letter *l, const uint64_t *args, unsigned int nargs)
{
	enum trace_kind kind =
	    mach_trace_kind_of(row != NULL ? row->number : 0, l->i);
	uint64_t value = args[l->i];
	uint32_t word;

	switch (l->letter) {
	case 'W':
	case 'L':
	case 'P':
	case 'D':
	case 'B':
	case 'S':
	case 'A':
	case 'C':
	case 'O':
	case 'Q':
	case 'c':
	case 'V':
		mach_trace_string(t, value == 0 ? "NULL" : "out");
		break;
	case 'x':
		if (mach_trace_read(value, &word, sizeof(word)))
			words(t, value, 1);
		else
			mach_trace_hex(t, value);
		break;
	case 'd':
		mach_trace_named(t, TRACE_DISPOSITION, (uint32_t)value);
		break;
	case 'b':
	case 'Y':
		bytes(t, value, l->bytes);
		break;
	case 'a':
		words(
		    t, value, l->i + 1 < nargs ? (uint32_t)args[l->i + 1] : 0);
		break;
	case 'l':
		mach_trace_number(t, value);
		break;
	case '.':
		if (kind == TRACE_ADDRESS)
			mach_trace_string(t, "out");
		else
			mach_trace_named(t, kind, value);
		break;
	default:
		mach_trace_named(t, kind, (uint32_t)value);
		break;
	}
}

/* Whose arguments are two in a word each. */
static void
message2(struct trace_text *t, const uint64_t *args)
{
	mach_trace_hex(t, args[0]);
	mach_trace_string(t, ", ");
	mach_trace_named(t, TRACE_OPTIONS64, args[1]);
	mach_trace_string(t, ", send_size ");
	mach_trace_decimal(t, (int64_t)(args[2] >> 32));
	mach_trace_string(t, ", rcv_size ");
	mach_trace_decimal(t, (int64_t)(uint32_t)args[6]);
	mach_trace_string(t, ", rcv_name ");
	mach_trace_number(t, args[5] >> 32);
	mach_trace_string(t, ", timeout ");
	mach_trace_decimal(t, (int64_t)(uint32_t)args[7]);
}

void
mach_trace_arguments(struct trace_text *t, const struct mach_trap_row *row,
    const uint64_t *args, unsigned int nargs)
{
	const char *p = row != NULL ? row->args : "";
	struct letter l = { .i = 0 };
	unsigned int i;

	if (row != NULL && row->number == 47 && nargs == 8) {
		message2(t, args);
		return;
	}
	for (; next(&p, &l, nargs); l.i++) {
		if (l.i > 0)
			mach_trace_string(t, ", ");
		argument(t, row, &l, args, nargs);
	}
	/* What no letter is for. */
	for (i = l.i; i < nargs; i++) {
		if (i > 0)
			mach_trace_string(t, ", ");
		mach_trace_number(t, args[i]);
	}
}

/* What a letter's argument was set to; false when it is no output. */
static bool
output(struct trace_text *t, const struct mach_trap_row *row,
    const struct letter *l, const uint64_t *args, unsigned int nargs)
{
	uint64_t value = args[l->i], wide = 0;
	uint32_t n = 0;

	switch (l->letter) {
	case 'W':
	case 'P':
	case 'x':
		words(t, value, 1);
		return (true);
	case 'c':
		if (!mach_trace_read(value, &n, sizeof(n)))
			return (false);
		mach_trace_string(t, "count ");
		mach_trace_decimal(t, n);
		return (true);
	case '.':
		if (mach_trace_kind_of(row->number, l->i) != TRACE_ADDRESS)
			return (false);
		/* FALLTHROUGH */
	case 'L':
	case 'O':
	case 'Q':
	case 'V':
		if (!mach_trace_read(value, &wide, sizeof(wide)))
			return (false);
		mach_trace_string(t, "[");
		mach_trace_number(t, wide);
		mach_trace_string(t, "]");
		return (true);
	case 'D':
		if (!mach_trace_read(value, &n, sizeof(n)))
			return (false);
		mach_trace_named(t, TRACE_RECEIVED, n);
		return (true);
	case 'B':
	case 'S':
	case 'Y':
		bytes(t, value, l->bytes);
		return (true);
	case 'A':
	case 'C':
		if (l->i + 1 >= nargs ||
		    !mach_trace_read(args[l->i + 1], &n, sizeof(n)))
			return (false);
		if (l->letter == 'A')
			words(t, value, n);
		else
			bytes(t, value, n);
		return (true);
	default:
		return (false);
	}
}

void
mach_trace_outputs(struct trace_text *t, const struct mach_trap_row *row,
    const uint64_t *args, unsigned int nargs)
{
	const char *p = row != NULL ? row->args : "", *between = " -> ";
	struct letter l = { .i = 0 };
	size_t before;

	for (; next(&p, &l, nargs); l.i++) {
		if (args[l.i] == 0)
			continue;
		before = t->len;
		mach_trace_string(t, between);
		if (output(t, row, &l, args, nargs))
			between = ", ";
		else
			t->len = before;
	}
}
