/*
 * The preprocessor's lines: what is included, the bodies of macros, and the
 * conditions.  The branches of an #if are all read, each from the state that
 * stood before the #if, so that `#ifdef A  if (x) {  #else  if (y) {  #endif`
 * opens one brace and not two.
 */
#include <stdlib.h>
#include <string.h>

#include "survey/scan/lex_c.h"

enum directive {
	D_OTHER,
	D_IF,
	D_IFDEF,
	D_ELIF,
	D_ELSE,
	D_ENDIF,
	D_DEFINE,
	D_INCLUDE
};

static enum directive
directive_of(const char *p, size_t len)
{
	static const struct {
		const char *name;
		enum directive what;
	} names[] = {
		{ "if", D_IF },
		{ "ifdef", D_IFDEF },
		{ "ifndef", D_IFDEF },
		{ "elif", D_ELIF },
		{ "elifdef", D_ELIF },
		{ "elifndef", D_ELIF },
		{ "else", D_ELSE },
		{ "endif", D_ENDIF },
		{ "define", D_DEFINE },
		{ "include", D_INCLUDE },
		{ "include_next", D_INCLUDE },
		{ "import", D_INCLUDE },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, p, len) == 0)
			return (names[i].what);
	}
	return (D_OTHER);
}

/* Behind blanks and comments of one (perhaps spliced) line. */
static const char *
skip_blank_in_line(const char *p)
{
	for (;;) {
		if (byte_is_blank(*p))
			p++;
		else if (*p == '\\' && p[1] == '\n')
			p += 2;
		else if (*p == '\\' && p[1] == '\r' && p[2] == '\n')
			p += 3;
		else if (*p == '/' && p[1] == '*')
			p = lex_c_skip_comment(p);
		else
			return (p);
	}
}

/* The line end that closes the directive which goes on at `p`. */
static const char *
directive_end(const char *p)
{
	for (;;) {
		p += strcspn(p, "\n/\"'\\");
		switch (*p) {
		case '\\':
			if (p[1] == '\r' && p[2] == '\n')
				p += 3;
			else
				p += p[1] == '\0' ? 1 : 2;
			break;
		case '"':
			p = lex_c_skip_literal(p);
			break;
		case '\'':
			/* 1'000 or an apostrophe in #error; or 'x'. */
			if (p[1] == '\\' || (p[1] != '\0' && p[2] == '\''))
				p = lex_c_skip_literal(p);
			else
				p++;
			break;
		case '/':
			if (p[1] == '/' || p[1] == '*')
				p = lex_c_skip_comment(p);
			else
				p++;
			break;
		default:
			return (p);
		}
	}
}

/* The directive at the # of `p`, and where its word ends. */
static enum directive
read_word(const char *p, const char **end)
{
	p = skip_blank_in_line(p + 1);
	*end = bytes_skip_ident(p);
	return (directive_of(p, (size_t)(*end - p)));
}

/*
 * The # of the directive that ends the disabled lines from `p` on, or the end
 * of the text.  Comments hold there, quotes do not pair.
 */
static const char *
skip_disabled(const char *p)
{
	unsigned open = 0;
	const char *end;
	bool first = true;

	for (;;) {
		p = first ? bytes_skip_space(p) : p;
		if (first && *p == '#') {
			switch (read_word(p, &end)) {
			case D_IF:
			case D_IFDEF:
				open++;
				break;
			case D_ENDIF:
				if (open-- == 0)
					return (p);
				break;
			case D_ELIF:
			case D_ELSE:
				if (open == 0)
					return (p);
				break;
			default:
				break;
			}
			p++;
		}
		first = false;
		p = bytes_find3(p, '\n', '/', '"');
		if (*p == '\0')
			return (p);
		if (*p == '\n')
			first = true, p++;
		else if (*p == '"')
			p = lex_c_skip_literal(p);
		else if (p[1] == '/' || p[1] == '*')
			p = lex_c_skip_comment(p);
		else
			p++;
	}
}

/* 0 or 1 when the condition at `p` is that literal, else -1. */
static int
literal_condition(const char *p)
{
	int value = -1;

	p = skip_blank_in_line(p);
	if (*p == '0' || *p == '1')
		value = *p++ - '0';
	else if (strncmp(p, "false", 5) == 0)
		value = 0, p += 5;
	else if (strncmp(p, "true", 4) == 0)
		value = 1, p += 4;
	p = skip_blank_in_line(p);
	return (*p == '\n' || *p == '\0' || (*p == '/' && p[1] == '/') ? value
								       : -1);
}

/* Keeps the places that are open at an #if; false without memory. */
static bool
save(struct lexer *l, struct lex_condition *c)
{
	struct place *saved;
	size_t need, size;

	need = l->nsaved + l->depth + 1;
	if (need > l->saved_size) {
		size = 2 * need;
		saved = realloc(l->saved, size * sizeof(*saved));
		if (saved == NULL) {
			l->sink->failed = true;
			return (false);
		}
		l->saved = saved;
		l->saved_size = size;
	}
	c->saved = l->nsaved;
	c->depth = l->depth;
	memcpy(l->saved + l->nsaved, l->stack, l->depth * sizeof(l->stack[0]));
	l->saved[l->nsaved + l->depth] = l->now;
	l->nsaved = need;
	return (true);
}

static void
restore(struct lexer *l, const struct lex_condition *c)
{
	l->depth = c->depth;
	l->excess = 0;
	memcpy(l->stack, l->saved + c->saved, c->depth * sizeof(l->stack[0]));
	l->now = l->saved[c->saved + c->depth];
}

/* Ends one branch of a condition. */
static void
end_branch(struct lexer *l, struct lex_condition *c)
{
	if (c->has_first && c->first_depth != l->depth)
		c->differ = true;
	c->first_depth = l->depth;
	c->has_first = true;
}

static void
condition_begin(struct lexer *l, int value)
{
	struct lex_condition *c;

	if (l->nconditions == LEX_CONDITIONS_MAX || l->excess > 0 ||
	    l->excess_conditions > 0) {
		l->excess_conditions++;
		return;
	}
	c = &l->conditions[l->nconditions];
	memset(c, 0, sizeof(*c));
	c->was_true = value == 1;
	if (save(l, c))
		l->nconditions++;
	else
		l->excess_conditions++;
}

static void
condition_end(struct lexer *l)
{
	struct lex_condition *c;

	if (l->excess_conditions > 0) {
		l->excess_conditions--;
		return;
	}
	if (l->nconditions == 0)
		return;
	c = &l->conditions[--l->nconditions];
	/* Also against the depth before: there may be no #else. */
	if (c->differ || l->depth != c->depth ||
	    (c->has_first && c->first_depth != l->depth))
		l->doubtful = true;
	l->nsaved = c->saved;
}

/* #else and #elif: true when the branch that they begin is disabled. */
static bool
condition_else(struct lexer *l)
{
	struct lex_condition *c;

	if (l->excess_conditions > 0 || l->nconditions == 0)
		return (false);
	c = &l->conditions[l->nconditions - 1];
	if (c->was_true)
		return (true);
	end_branch(l, c);
	restore(l, c);
	return (false);
}

/* #if 0: nothing in it counts; where to go on. */
static const char *
disabled_begin(struct lexer *l, const char *p)
{
	const char *end;
	int value;

	for (;;) {
		p = skip_disabled(p);
		if (*p == '\0')
			return (p);
		switch (read_word(p, &end)) {
		case D_ELIF:
			value = literal_condition(end);
			p = directive_end(end);
			if (value == 0)
				continue;
			condition_begin(l, value);
			return (p);
		case D_ELSE:
			condition_begin(l, -1);
			return (directive_end(end));
		default:
			return (directive_end(end));
		}
	}
}

static const char *
conditional(struct lexer *l, enum directive what, const char *p)
{
	const char *end;
	int value = -1;

	end = directive_end(p);
	switch (what) {
	case D_IF:
		value = literal_condition(p);
		if (value == 0)
			return (disabled_begin(l, end));
		condition_begin(l, value);
		return (end);
	case D_IFDEF:
		condition_begin(l, -1);
		return (end);
	case D_ENDIF:
		condition_end(l);
		return (end);
	default:
		if (what == D_ELIF && literal_condition(p) == 0) {
			/* This branch is disabled, the next is not. */
			p = skip_disabled(end);
			return (p);
		}
		return (condition_else(l) ? skip_disabled(end) : end);
	}
}

static void
include(struct lexer *l, const char *p)
{
	const struct symbol *symbol;
	const char *end;

	p = skip_blank_in_line(p);
	if (*p != '<' && *p != '"')
		return;
	end = bytes_find3(p + 1, *p == '<' ? '>' : '"', '\n', '\n');
	if (*end == '\n' || *end == '\0' || end == p + 1)
		return;
	symbol = symbols_lookup(l->symbols, p + 1, (size_t)(end - p) - 1);
	if (symbol != NULL && WANTS(symbol, WANT_HEADER))
		sink_add(l->sink, symbol, ISTH_USE_HEADER, p);
}

/* Behind the parameters of a macro; a name among them hides a symbol. */
static const char *
macro_parameters(struct lexer *l, const char *p, const char *limit)
{
	const struct symbol *symbol;
	const char *end;

	while (p < limit && *p != ')') {
		if (!byte_is_ident(*p)) {
			p++;
			continue;
		}
		end = bytes_skip_ident(p);
		symbol = symbols_lookup(l->symbols, p, (size_t)(end - p));
		if (symbol != NULL)
			l->sink->hidden_in_function[symbol - l->symbols->all] =
			    l->sink->function;
		p = end;
	}
	return (p < limit ? p + 1 : limit);
}

/* The body of a macro, read as if it were the inside of a function. */
static const char *
define(struct lexer *l, const char *p)
{
	struct place now = l->now;
	size_t depth = l->depth, excess = l->excess;
	bool doubtful = l->doubtful;
	uint32_t function = l->sink->function;
	struct place base;

	p = bytes_skip_ident(skip_blank_in_line(p));
	l->limit = directive_end(p);
	/* Its own serial number, given to nothing else afterwards. */
	sink_next_function(l->sink);
	if (*p == '(')
		p = macro_parameters(l, p + 1, l->limit);
	/*
	 * Whatever is unbalanced in the body stays in it: the places are put
	 * back, and the ones below `depth` are out of its reach.
	 */
	memset(&base, 0, sizeof(base));
	base.kind = IN_BLOCK;
	if (depth < SCAN_NESTING_MAX) {
		l->floor = depth;
		l->now = base;
		l->excess = 0;
		l->doubtful = false;
		l->token_end = p;
		lex_c_skim(l, p);
		l->floor = 0;
	}
	p = l->limit;
	l->limit = l->end;
	l->now = now;
	l->depth = depth;
	l->excess = excess;
	l->doubtful = doubtful;
	l->sink->function = function;
	return (p);
}

const char *
lex_c_directive(struct lexer *l, const char *p)
{
	enum directive what;
	const char *end;

	what = read_word(p, &end);
	switch (what) {
	case D_DEFINE:
		return (define(l, end));
	case D_INCLUDE:
		include(l, end);
		return (directive_end(end));
	case D_OTHER:
		return (directive_end(end));
	default:
		return (conditional(l, what, end));
	}
}
