/*
 * The tokens of C, C++ and Objective-C: white space, comments, literals,
 * identifiers and punctuation.  What they mean is in the other lex_c_*.c.
 */
#include <string.h>

#include "survey/scan/lex_c.h"

/* What a byte can begin. */
enum {
	B_OTHER, /* an operator without further interest */
	B_SPACE,
	B_WORD,
	B_DIGIT,
	B_QUOTE,
	B_SLASH,
	B_HASH,
	B_BACKSLASH,
	B_OPEN,
	B_CLOSE,
	B_OPEN_BRACKET,
	B_CLOSE_BRACKET,
	B_OPEN_BRACE,
	B_CLOSE_BRACE,
	B_SEMICOLON,
	B_COMMA,
	B_DOT,
	B_MINUS,
	B_COLON,
	B_STAR,
	B_AND,
	B_EQUAL,
	B_LESS,
	B_CARET,
	B_AT
};

static const uint8_t bytes[256] = {
	[' '] = B_SPACE,
	['\t'] = B_SPACE,
	['\n'] = B_SPACE,
	['\r'] = B_SPACE,
	['\f'] = B_SPACE,
	['\v'] = B_SPACE,
	['A' ... 'Z'] = B_WORD,
	['a' ... 'z'] = B_WORD,
	['_'] = B_WORD,
	[0x80 ... 0xff] = B_WORD,
	['0' ... '9'] = B_DIGIT,
	['"'] = B_QUOTE,
	['\''] = B_QUOTE,
	['/'] = B_SLASH,
	['#'] = B_HASH,
	['\\'] = B_BACKSLASH,
	['('] = B_OPEN,
	[')'] = B_CLOSE,
	['['] = B_OPEN_BRACKET,
	[']'] = B_CLOSE_BRACKET,
	['{'] = B_OPEN_BRACE,
	['}'] = B_CLOSE_BRACE,
	[';'] = B_SEMICOLON,
	[','] = B_COMMA,
	['.'] = B_DOT,
	['-'] = B_MINUS,
	[':'] = B_COLON,
	['*'] = B_STAR,
	['&'] = B_AND,
	['='] = B_EQUAL,
	['<'] = B_LESS,
	['^'] = B_CARET,
	['@'] = B_AT,
};

/*
 * The state behind an identifier, by the state and token before it.  A word
 * behind a word, a type or a star is what a declaration declares.
 */
static const uint8_t after_word[AT_STATES][PREV_KINDS] = {
	[AT_START] = { [0 ... PREV_KINDS - 1] = AT_TYPE },
	[AT_TYPE] = {
		[PREV_NONE] = AT_TYPE,
		[PREV_IDENT ... PREV_EXTERN] = AT_DECLARATOR,
		[PREV_TAG] = AT_TYPE,
		[PREV_STAR] = AT_DECLARATOR,
		[PREV_COMMA ... PREV_KINDS - 1] = AT_TYPE,
	},
	[AT_DECLARATOR] = { [0 ... PREV_KINDS - 1] = AT_DECLARATOR },
	[AT_VALUE] = { [0 ... PREV_KINDS - 1] = AT_VALUE },
	[AT_EXPRESSION] = { [0 ... PREV_KINDS - 1] = AT_EXPRESSION },
};

/* The length of a spliced line end (backslash, line feed) at `p`, or 0. */
static size_t
splice(const char *p)
{
	if (p[0] != '\\')
		return (0);
	if (p[1] == '\n')
		return (2);
	return (p[1] == '\r' && p[2] == '\n' ? 3 : 0);
}

const char *
lex_c_skip_comment(const char *p)
{
	if (p[1] == '*') {
		p = bytes_find_pair(p + 2, '*', '/');
		return (*p == '\0' ? p : p + 2);
	}
	if (p[1] != '/')
		return (p);
	for (p += 2;; p++) {
		p = bytes_find3(p, '\n', '\n', '\n');
		if (*p == '\0' ||
		    (p[-1] != '\\' && !(p[-1] == '\r' && p[-2] == '\\')))
			return (p);
	}
}

const char *
lex_c_skip_literal(const char *p)
{
	char quote = *p;

	for (p++;;) {
		p = bytes_find3(p, quote, '\\', '\n');
		if (*p == '\\' && p[1] == '\r' && p[2] == '\n')
			p += 3;
		else if (*p == '\\' && p[1] != '\0')
			p += 2;
		else
			break;
	}
	/* One that its line leaves open ends there. */
	return (*p == quote ? p + 1 : p);
}

const char *
lex_c_skip_blank(const struct lexer *l, const char *p)
{
	const char *next;

	while (p < l->limit) {
		next = bytes_skip_space(p);
		next += splice(next);
		if (*next == '/')
			next = lex_c_skip_comment(next);
		if (next == p)
			break;
		p = next;
	}
	return (p);
}

/* Behind R"delimiter( ... )delimiter", whose quote is at `p`; else NULL. */
static const char *
skip_raw_string(const struct lexer *l, const char *p)
{
	const char *q;
	size_t len;

	if (l->token_end != p || l->word + l->word_len != p ||
	    l->word_len == 0 || l->word_len > 3 || p[-1] != 'R')
		return (NULL);
	len = strcspn(p + 1, "()\\ \t\n\"");
	if (len > 16 || p[1 + len] != '(')
		return (NULL);
	for (q = p + len + 2;; q++) {
		q = bytes_find3(q, ')', ')', ')');
		if (*q == '\0')
			return (NULL);
		if (memcmp(q + 1, p + 1, len) == 0 && q[1 + len] == '"')
			return (q + len + 2);
	}
}

const char *
lex_c_literal(struct lexer *l, const char *p)
{
	const struct symbol *symbol;
	const char *end;

	end = *p == '"' ? skip_raw_string(l, p) : NULL;
	if (end == NULL)
		end = lex_c_skip_literal(p);
	if (*p == '"' && p[1] == '/' && end - p > 2) {
		symbol =
		    symbols_lookup(l->symbols, p + 1, (size_t)(end - p) - 2);
		if (symbol != NULL && WANTS(symbol, WANT_DEVICE))
			sink_add(l->sink, symbol, ISTH_USE_DEVICE, p);
	}
	if (l->now.prev == PREV_EXTERN)
		l->now.saw |= SAW_NAMESPACE;
	else if (l->now.state == AT_START || l->now.state == AT_TYPE)
		l->now.state = AT_EXPRESSION;
	l->now.prev = PREV_LITERAL;
	return (end);
}

/* Where an identifier leaves the place that holds it. */
static inline void
word_done(struct lexer *l, const char *p, const char *end)
{
	struct place *now = &l->now;

	now->state = after_word[now->state][now->prev];
	now->words = (uint8_t)(now->words == 0 ? 1 : 2);
	now->prev = PREV_IDENT;
	l->word = p;
	l->word_len = (size_t)(end - p);
}

static inline bool
is_keyword(const struct lexer *l, const struct symbol *symbol)
{
	return (symbol->keyword != KEYWORD_NONE &&
		(l->cxx || (symbol->keyword & KEYWORD_CXX) == 0));
}

static inline enum keyword
keyword_of(const struct symbol *symbol)
{
	return ((enum keyword)(symbol->keyword & (KEYWORD_CXX - 1)));
}

/* Acts on an identifier that line ends cut in two; returns its end. */
static const char *
spliced_word(struct lexer *l, const char *p, const char *end)
{
	char whole[256 + SCAN_PAD];
	const struct symbol *symbol;
	const char *from = p;
	size_t len = 0, part;

	for (;;) {
		part = (size_t)(end - from);
		if (part > 256 - len)
			part = 256 - len;
		memcpy(whole + len, from, part);
		len += part;
		if (splice(end) == 0 || !byte_is_ident(end[splice(end)]))
			break;
		from = end + splice(end);
		end = bytes_skip_ident(from);
	}
	memset(whole + len, 0, SCAN_PAD);
	symbol = symbols_lookup(l->symbols, whole, len);
	if (symbol != NULL && is_keyword(l, symbol))
		return (lex_c_keyword(l, keyword_of(symbol), end));
	if (symbol != NULL)
		lex_c_wanted(l, symbol, p, end);
	else
		lex_c_prefixed(l, whole, len, p, end);
	word_done(l, p, end);
	return (end);
}

static inline const char *
identifier(struct lexer *l, const char *p)
{
	const struct symbol *symbol;
	const char *end;
	size_t len;

	end = bytes_skip_ident(p);
	if (*end == '\\' && splice(end) != 0)
		return (spliced_word(l, p, end));
	len = (size_t)(end - p);
	symbol = symbols_lookup(l->symbols, p, len);
	if (symbol != NULL) {
		if (is_keyword(l, symbol))
			return (lex_c_keyword(l, keyword_of(symbol), end));
		lex_c_wanted(l, symbol, p, end);
	} else if (*p == '_' || *p == 'S' || l->symbols->prefix_len != 0) {
		lex_c_prefixed(l, p, len, p, end);
	}
	word_done(l, p, end);
	return (end);
}

/* Behind the preprocessing number at `p` (C17 6.4.8, and 1'000). */
static const char *
number(struct lexer *l, const char *p)
{
	l->now.prev = PREV_LITERAL;
	if (l->now.state == AT_START || l->now.state == AT_TYPE)
		l->now.state = AT_EXPRESSION;
	for (;;) {
		p = bytes_skip_ident(p);
		if (*p == '.' || (*p == '\'' && byte_is_ident(p[1])))
			p++;
		else if ((*p == '+' || *p == '-') &&
			 strchr("eEpP", p[-1]) != NULL)
			p++;
		else
			return (p);
	}
}

static inline const char *
operator(struct lexer *l, const char *p)
{
	if (l->now.state <= AT_TYPE)
		l->now.state = AT_EXPRESSION;
	l->now.prev = PREV_OPERATOR;
	return (p);
}

static inline const char *
star(struct lexer *l, const char *p)
{
	struct place *now = &l->now;
	bool statement = now->kind == IN_BLOCK || now->kind == IN_FOR;

	if (now->state >= AT_VALUE ||
	    (statement &&
		(now->state == AT_START || (*p == '&' && p[1] == '&'))))
		return (operator(l, p + 1));
	if (now->state == AT_START)
		now->state = AT_TYPE;
	now->prev = PREV_STAR;
	return (p + 1);
}

static const char *
equal(struct lexer *l, const char *p)
{
	struct place *now = &l->now;

	if (p[1] == '=')
		return (operator(l, p + 2));
	if (now->state == AT_DECLARATOR ||
	    (now->kind != IN_BLOCK && now->kind != IN_FOR &&
		now->state <= AT_TYPE))
		now->state = AT_VALUE;
	else if (now->state <= AT_TYPE)
		now->state = AT_EXPRESSION;
	now->saw |= SAW_ASSIGN;
	now->prev = PREV_OPERATOR;
	return (p + 1);
}

/* Behind the arguments of a template whose < is at `p`, or NULL. */
static const char *
template_arguments(const char *p)
{
	unsigned open = 0, n;

	for (n = 0; n < 400; n++, p++) {
		if (*p == '<')
			open++;
		else if (*p == '>' && p[-1] != '-' && --open == 0)
			return (p + 1);
		else if (!byte_is_ident(*p) && !byte_is_space(*p) &&
			 strchr(":,*&()[].>-+=", *p) == NULL)
			return (NULL);
		else if (*p == '\0' ||
			 (*p == '&' && p[1] == '&' && byte_is_space(p[2])))
			return (NULL);
	}
	return (NULL);
}

static const char *
less(struct lexer *l, const char *p)
{
	struct place *now = &l->now;
	const char *end;

	if (now->state > AT_DECLARATOR || p[1] == '<' || p[1] == '=' ||
	    (now->prev != PREV_IDENT && now->prev != PREV_TYPE))
		return (operator(l, p + 1));
	end = template_arguments(p);
	return (end != NULL && end <= l->limit ? end : operator(l, p + 1));
}

static inline const char *
member(struct lexer *l, const char *p)
{
	if (l->now.state <= AT_TYPE)
		l->now.state = AT_EXPRESSION;
	l->now.prev = PREV_MEMBER;
	return (p);
}

static const char *
colon(struct lexer *l, const char *p)
{
	if (p[1] != ':') {
		lex_c_colon(l);
		return (p + 1);
	}
	/* Behind TEMPLATE<...> the name is a member as well. */
	if (l->now.prev == PREV_IDENT ||
	    (l->token_end == p && p > l->text && p[-1] == '>'))
		l->now.prev = PREV_QUALIFIED;
	else
		l->now.prev = PREV_GLOBAL;
	return (p + 2);
}

/* @interface, @implementation: what follows is a record; @end ends it. */
static const char *
at_sign(struct lexer *l, const char *p)
{
	size_t len;

	p++;
	len = (size_t)(bytes_skip_ident(p) - p);
	if (!l->objc || len == 0 || l->now.kind != IN_FILE)
		return (operator(l, p));
	place_restart(&l->now);
	if ((len == 9 && memcmp(p, "interface", len) == 0) ||
	    (len == 14 && memcmp(p, "implementation", len) == 0)) {
		l->now.state = AT_TYPE;
		l->now.saw = SAW_RECORD;
		l->now.prev = PREV_TAG;
	}
	return (p + len);
}

/* ^ begins a block of Objective-C; - and + a method. */
static const char *
objc_operator(struct lexer *l, const char *p)
{
	const char *next;

	next = lex_c_skip_blank(l, p + 1);
	if (*p == '^' && (*next == '(' || *next == '{')) {
		operator(l, p);
		l->now.prev = PREV_LAMBDA;
		return (p + 1);
	}
	if (*p != '^' && l->now.kind == IN_FILE) {
		place_restart(&l->now);
		l->now.state = AT_DECLARATOR;
		l->now.saw = SAW_PARENS;
		return (p + 1);
	}
	return (operator(l, p + 1));
}

bool
lex_c_starts_line(const struct lexer *l, const char *p)
{
	const char *q = p;

	while (q > l->text && byte_is_blank(q[-1]))
		q--;
	if (q == l->text || q[-1] == '\n')
		return (true);
	return (q[-1] == '/' && (l->token_end == l->text ||
				    memchr(l->token_end, '\n',
					(size_t)(p - l->token_end)) != NULL));
}

/* Everything that lex_c_tokens meets less often. */
static const char *
rare(struct lexer *l, const char *p, unsigned what)
{
	switch (what) {
	case B_HASH:
		if (l->limit == l->end && lex_c_starts_line(l, p))
			return (lex_c_directive(l, p));
		return (operator(l, p + 1));
	case B_BACKSLASH:
		return (splice(p) != 0 ? p + splice(p) : p + 1);
	case B_LESS:
		return (less(l, p));
	case B_COLON:
		return (colon(l, p));
	case B_AT:
		return (at_sign(l, p));
	case B_OPEN_BRACKET:
		if (p[1] == '[' && l->now.state == AT_START) {
			const char *end = bytes_find_pair(p, ']', ']');

			if (end < l->limit && *end != '\0')
				return (end + 2);
		}
		lex_c_bracket(l, p);
		return (p + 1);
	case B_CLOSE_BRACKET:
		lex_c_bracket_end(l);
		return (p + 1);
	default:
		if (l->objc && strchr("^+-", *p) != NULL)
			return (objc_operator(l, p));
		return (operator(l, p + 1));
	}
}

/* What opens, closes and separates. */
static void
structure(struct lexer *l, const char *p)
{
	switch (*p) {
	case '(':
		lex_c_paren(l, p);
		break;
	case ')':
		lex_c_paren_end(l);
		break;
	case '{':
		lex_c_brace(l, p);
		break;
	case '}':
		lex_c_brace_end(l, p);
		break;
	case ';':
		lex_c_semicolon(l);
		break;
	default:
		lex_c_comma(l);
		break;
	}
}

const char *
lex_c_tokens(struct lexer *l, const char *p, const char *until)
{
	unsigned what;

	for (;; l->token_end = p) {
	again:
		if (*p == ' ' && bytes[(unsigned char)p[1]] != B_SPACE)
			p++;
		else
			p = bytes_skip_space(p);
		if (p >= until)
			return (p);
		what = bytes[(unsigned char)*p];
		switch (what) {
		case B_WORD:
			p = identifier(l, p);
			continue;
		case B_DIGIT:
			p = number(l, p);
			continue;
		case B_QUOTE:
			p = lex_c_literal(l, p);
			continue;
		case B_SLASH:
			if (p[1] != '/' && p[1] != '*') {
				p = operator(l, p + 1);
				continue;
			}
			p = lex_c_skip_comment(p);
			goto again;
		case B_OPEN:
		case B_CLOSE:
		case B_OPEN_BRACE:
		case B_CLOSE_BRACE:
		case B_SEMICOLON:
		case B_COMMA:
			structure(l, p++);
			continue;
		case B_STAR:
		case B_AND:
			p = star(l, p);
			continue;
		case B_EQUAL:
			p = equal(l, p);
			continue;
		case B_DOT:
			p = byte_is_ident(p[1]) && p[1] <= '9' && p[1] >= '0'
				? number(l, p + 1)
				: member(l, p + 1);
			continue;
		case B_MINUS:
			if (p[1] == '>') {
				p = member(l, p + 2);
				continue;
			}
			/* FALLTHROUGH */
		default:
			p = rare(l, p, what);
			continue;
		}
	}
}
