/*
 * The lexer of Scheme: calls by Guile's foreign-function interface, Guile's
 * own POSIX procedures, and constants.  Apart from lex_c.c because nothing
 * of the two grammars is shared.
 */
#include <stdlib.h>
#include <string.h>

#include "survey/scan/sink.h"

/* What the form is that an open parenthesis begins. */
enum form {
	FORM_CALL,	/* (NAME ...) */
	FORM_DATA,	/* quoted, or a declaration of the module */
	FORM_FOREIGN_1, /* (dynamic-func "NAME" ...) */
	FORM_FOREIGN_2, /* (syscall->procedure RET "NAME" ...) */
	FORM_DEFINE,	/* (define NAME ...), (define (NAME ...) ...) */
	FORM_LET,	/* (let ((NAME ...) ...) ...) */
	FORM_CASE,	/* (case KEY ((DATUM ...) ...) ...) */
	FORM_BINDINGS,	/* the second item of FORM_LET */
	FORM_BINDING,	/* (NAME VALUE): names, then evaluates */
	FORM_FORMALS,	/* (NAME ...) that names and calls nothing */
	FORM_CLAUSE	/* (DATA ...) at first, then expressions */
};

struct level {
	uint8_t form;
	uint8_t items; /* seen so far, at most 3 */
	bool skipped;  /* the datum behind #; */
	bool unquoted; /* inside , of quasiquoted data */
};

struct reader {
	struct sink *sink;
	const struct symbols *symbols;
	struct level stack[SCAN_NESTING_MAX];
	size_t depth;
	size_t excess;
	bool quote; /* the next datum is quoted */
	bool unquote;
	bool skip; /* the next datum is a comment */
};

/* (NAME ...) where NAME is one of these is no plain call. */
static const struct {
	const char *name;
	enum form form;
} forms[] = {
	{ "quote", FORM_DATA },
	{ "define-module", FORM_DATA },
	{ "use-modules", FORM_DATA },
	{ "export", FORM_DATA },
	{ "re-export", FORM_DATA },
	{ "import", FORM_DATA },
	{ "module-use!", FORM_DATA },
	{ "define-record-type", FORM_DATA },
	{ "define-record-type*", FORM_DATA },
	{ "@", FORM_DATA },
	{ "@@", FORM_DATA },
	{ "quasiquote", FORM_DATA },
	{ "define-library", FORM_CALL },
	{ "dynamic-func", FORM_FOREIGN_1 },
	{ "dynamic-pointer", FORM_FOREIGN_1 },
	{ "syscall->procedure", FORM_FOREIGN_2 },
	{ "foreign-library-function", FORM_FOREIGN_2 },
	{ "foreign-library-pointer", FORM_FOREIGN_2 },
	{ "define", FORM_DEFINE },
	{ "define*", FORM_DEFINE },
	{ "define-public", FORM_DEFINE },
	{ "define-inlinable", FORM_DEFINE },
	{ "define-syntax-rule", FORM_DEFINE },
	{ "define-syntax", FORM_DEFINE },
	{ "define-macro", FORM_DEFINE },
	{ "define-method", FORM_DEFINE },
	{ "define-values", FORM_DEFINE },
	{ "define-parameter", FORM_DEFINE },
	{ "define-as-needed", FORM_DEFINE },
	{ "receive", FORM_DEFINE },
	{ "lambda", FORM_DEFINE },
	{ "lambda*", FORM_DEFINE },
	{ "set!", FORM_DEFINE },
	{ "let", FORM_LET },
	{ "let*", FORM_LET },
	{ "letrec", FORM_LET },
	{ "letrec*", FORM_LET },
	{ "let-syntax", FORM_LET },
	{ "let-values", FORM_LET },
	{ "let*-values", FORM_LET },
	{ "do", FORM_LET },
	{ "parameterize", FORM_CALL },
	{ "case", FORM_CASE },
};

/*
 * Guile's names of POSIX calls that are not theirs with _ for -: Guile
 * Reference Manual 3.0, 7.2 "POSIX" and 6.12 "Input and Output".
 */
static const struct {
	const char *guile;
	const char *posix;
} names[] = {
	{ "primitive-fork", "fork" },
	{ "primitive-exit", "exit" },
	{ "primitive-_exit", "_exit" },
	{ "open-fdes", "open" },
	{ "close-fdes", "close" },
	{ "dup->fdes", "dup2" },
	{ "mkstemp!", "mkstemp" },
	{ "recv!", "recv" },
	{ "recvfrom!", "recvfrom" },
	{ "delete-file", "unlink" },
	{ "rename-file", "rename" },
	{ "truncate-file", "truncate" },
	{ "access?", "access" },
	{ "file-exists?", "stat" },
	{ "getaffinity", "sched_getaffinity" },
	{ "setaffinity", "sched_setaffinity" },
	{ "spawn", "posix_spawn" },
	{ "isatty?", "isatty" },
	{ "inet-pton", "inet_pton" },
	{ "inet-ntop", "inet_ntop" },
};

/* Scheme's own procedures whose names are those of other calls in C. */
static const char *const scheme_only[] = {
	"read",
	"write",
	"truncate",
	"remove",
	"rename",
	"exit",
	"abs",
	"time",
	"index",
	"floor",
	"round",
	"exp",
	"log",
	"sin",
	"cos",
	"tan",
	"sqrt",
	"atan",
	"signal",
	"delete",
	"error",
	"signalfd?",
	"abort",
	"break",
	"assert",
	"random",
	"stat?",
	"yield",
	"raise",
	"wait",
	"spawn-process",
};

static bool
is(const char *name, const char *p, size_t len)
{
	return (strlen(name) == len && memcmp(name, p, len) == 0);
}

/* Anything that ends a symbol of Scheme. */
static bool
is_delimiter(char c)
{
	return (c == '\0' || byte_is_space(c) || c == '(' || c == ')' ||
		c == '[' || c == ']' || c == '"' || c == ';');
}

/* Behind the nested comment whose #| is at `p`. */
static const char *
skip_block_comment(const char *p)
{
	size_t open = 1;

	for (p += 2; *p != '\0';) {
		p = bytes_find3(p, '|', '#', '#');
		if (*p == '|' && p[1] == '#') {
			p += 2;
			if (--open == 0)
				break;
		} else if (*p == '#' && p[1] == '|') {
			p += 2;
			open++;
		} else if (*p != '\0') {
			p++;
		}
	}
	return (p);
}

/* Behind the string whose quote is at `p`; strings may span lines. */
static const char *
skip_string(const char *p)
{
	for (p++;;) {
		p = bytes_find3(p, '"', '\\', '\\');
		if (*p == '\\' && p[1] != '\0')
			p += 2;
		else
			return (*p == '"' ? p + 1 : p);
	}
}

static struct level *
top(struct reader *r)
{
	return (r->depth == 0 ? NULL : &r->stack[r->depth - 1]);
}

/* Counts the next item of the form, and forgets the marks before it. */
static void
item_done(struct reader *r)
{
	struct level *l = top(r);

	if (l != NULL && l->items < 3)
		l->items++;
	r->quote = r->unquote = r->skip = false;
}

/* The form of a parenthesis that stands as an item of `around`. */
static enum form
form_within(const struct level *around)
{
	switch (around->form) {
	case FORM_DATA:
		return (FORM_DATA);
	case FORM_DEFINE:
		return (around->items == 1 ? FORM_FORMALS : FORM_CALL);
	case FORM_LET:
		/* (let LOOP ((x y)) ...) has its bindings third. */
		return (around->items == 1 ? FORM_BINDINGS : FORM_CALL);
	case FORM_BINDINGS:
	case FORM_FORMALS:
		return (FORM_BINDING);
	case FORM_BINDING:
		return (around->items == 0 ? FORM_FORMALS : FORM_CALL);
	case FORM_CASE:
		return (around->items >= 2 ? FORM_CLAUSE : FORM_CALL);
	case FORM_CLAUSE:
		return (around->items == 0 ? FORM_DATA : FORM_CALL);
	default:
		return (FORM_CALL);
	}
}

static void
open_form(struct reader *r, const char *at)
{
	struct level *around = top(r), next = { FORM_CALL, 0, false, false };

	if (around != NULL) {
		next.form = (uint8_t)form_within(around);
		next.skipped = around->skipped;
	}
	if (r->unquote)
		next.form = FORM_CALL;
	if (r->quote)
		next.form = FORM_DATA;
	next.skipped |= r->skip;
	item_done(r);
	if (r->depth == SCAN_NESTING_MAX) {
		r->excess++;
		sink_too_deep(r->sink, at);
		return;
	}
	r->stack[r->depth++] = next;
}

static void
close_form(struct reader *r)
{
	if (r->excess > 0)
		r->excess--;
	else if (r->depth > 0)
		r->depth--;
	r->quote = r->unquote = r->skip = false;
}

/* The symbol of C that a procedure of Guile stands for, or NULL. */
static const struct symbol *
guile_symbol(const struct reader *r, const char *p, size_t len)
{
	char name[128];
	size_t i;

	if (len >= sizeof(name))
		return (NULL);
	for (i = 0; i < sizeof(scheme_only) / sizeof(scheme_only[0]); i++) {
		if (is(scheme_only[i], p, len))
			return (NULL);
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is(names[i].guile, p, len))
			return (symbols_find(r->symbols, names[i].posix,
			    strlen(names[i].posix)));
	}
	for (i = 0; i < len; i++)
		name[i] = p[i] == '-' ? '_' : p[i];
	return (symbols_find(r->symbols, name, len));
}

/* The first item of a form: what it calls or which form it makes. */
static void
head(struct reader *r, struct level *l, const char *p, size_t len)
{
	const struct symbols *s = r->symbols;
	const struct symbol *symbol;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (is(forms[i].name, p, len)) {
			l->form = (uint8_t)forms[i].form;
			return;
		}
	}
	symbol = guile_symbol(r, p, len);
	if (symbol != NULL && WANTS(symbol, WANT_FUNCTION))
		sink_add(r->sink, symbol, ISTH_USE_CALL, p);
	else if (s->prefix_len != 0 && len >= s->prefix_len &&
		 memcmp(p, s->prefix, s->prefix_len) == 0)
		sink_add_prefixed(r->sink, p, len, p);
}

/* True when a symbol as the next item of the form is defined or bound. */
static bool
names_it(const struct level *l)
{
	return (((l->form == FORM_DEFINE || l->form == FORM_LET) &&
		    l->items == 1) ||
		(l->form == FORM_BINDING && l->items == 0) ||
		l->form == FORM_FORMALS);
}

static void
word(struct reader *r, const char *p, size_t len)
{
	const struct symbol *symbol;
	struct level *l = top(r);

	if (r->excess > 0 || r->quote || r->skip ||
	    (l != NULL && (l->skipped || l->form == FORM_DATA) &&
		!(r->unquote && !l->skipped)))
		return;
	if (l != NULL && l->form == FORM_CALL && l->items == 0) {
		head(r, l, p, len);
	} else if (l != NULL && names_it(l)) {
		/* The bindings of (let LOOP ((X 1)) ...) come after LOOP. */
		if (l->form == FORM_LET)
			l->items = 0;
		return;
	}
	symbol = symbols_lookup(r->symbols, p, len);
	if (symbol != NULL && WANTS(symbol, WANT_FLAG))
		sink_add(r->sink, symbol, ISTH_USE_FLAG, p);
}

static void
string(struct reader *r, const char *p, const char *end)
{
	const struct symbols *s = r->symbols;
	const struct symbol *symbol;
	struct level *l = top(r);
	size_t len;

	if (end - p < 3 || r->skip || (l != NULL && l->skipped))
		return;
	len = (size_t)(end - p) - 2;
	symbol = symbols_lookup(s, p + 1, len);
	if (symbol != NULL && WANTS(symbol, WANT_DEVICE))
		sink_add(r->sink, symbol, ISTH_USE_DEVICE, p);
	if (l == NULL || r->excess > 0 ||
	    !((l->form == FORM_FOREIGN_1 && l->items == 1) ||
		(l->form == FORM_FOREIGN_2 && l->items == 2)))
		return;
	if (symbol != NULL && WANTS(symbol, WANT_FUNCTION))
		sink_add(r->sink, symbol, ISTH_USE_CALL, p);
	else if (s->prefix_len != 0 && len >= s->prefix_len &&
		 memcmp(p + 1, s->prefix, s->prefix_len) == 0)
		sink_add_prefixed(r->sink, p + 1, len, p);
}

/* What begins with #; returns behind it. */
static const char *
hash(struct reader *r, const char *p)
{
	switch (p[1]) {
	case '|':
		return (skip_block_comment(p));
	case '!':
		if (byte_is_ident(p[2])) /* #!eof, #!r6rs */
			return (bytes_skip_ident(p + 2));
		p = bytes_find_pair(p + 2, '!', '#');
		return (*p == '\0' ? p : p + 2);
	case ';':
		r->skip = true;
		return (p + 2);
	case '\\':
		/* A character: one byte at least, then up to a delimiter. */
		p += p[2] == '\0' ? 2 : 3;
		while (!is_delimiter(*p))
			p++;
		item_done(r);
		return (p);
	case '(':
		r->quote = true; /* a vector is data */
		return (p + 1);
	case '\'':
	case '`':
	case '~': /* #~ #$ #+: G-expressions of Guix */
	case '$':
	case '+':
	case ',':
		return (p[2] == '@' ? p + 3 : p + 2);
	default:
		p++;
		while (!is_delimiter(*p))
			p++;
		if (*p != '(') /* #u8( and the like */
			item_done(r);
		return (p);
	}
}

static const char *
symbol_or_number(struct reader *r, const char *p)
{
	const char *end = p;

	if (*p == '|') {
		end = bytes_find3(p + 1, '|', '|', '|');
		end += *end == '|';
	} else {
		while (!is_delimiter(*end))
			end++;
	}
	word(r, p, (size_t)(end - p));
	item_done(r);
	return (end);
}

static const char *
token(struct reader *r, const char *p)
{
	const char *end;

	switch (*p) {
	case ';':
		return (bytes_find3(p, '\n', '\n', '\n'));
	case '(':
	case '[':
		open_form(r, p);
		return (p + 1);
	case ')':
	case ']':
		close_form(r);
		return (p + 1);
	case '\'':
	case '`':
		r->quote = true;
		return (p + 1);
	case ',':
		r->unquote = true;
		r->quote = false;
		return (p + (p[1] == '@' ? 2 : 1));
	case '"':
		end = skip_string(p);
		string(r, p, end);
		item_done(r);
		return (end);
	case '#':
		return (hash(r, p));
	default:
		return (symbol_or_number(r, p));
	}
}

void
lex_scheme(struct sink *sink, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct reader *r;

	r = malloc(sizeof(*r));
	if (r == NULL) {
		sink->failed = true;
		return;
	}
	r->sink = sink;
	r->symbols = sink->symbols;
	r->depth = r->excess = 0;
	r->quote = r->unquote = r->skip = false;
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	if (p[0] == '#' && p[1] == '!' && !byte_is_ident(p[2])) {
		/* Guile's script header ends at !#, another's with its line. */
		const char *close = bytes_find_pair(p, '!', '#');

		p = *close != '\0' ? close + 2
				   : bytes_find3(p, '\n', '\n', '\n');
	}
	for (p = bytes_skip_space(p); p < end; p = bytes_skip_space(p))
		p = token(r, p);
	free(r);
}
