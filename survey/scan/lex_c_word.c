/*
 * Words of C: the keywords that move the place, and the decision whether a
 * wanted name is used where it stands.
 */
#include <string.h>

#include "survey/scan/lex_c.h"

static const struct {
	const char *name;
	uint8_t keyword;
} keywords[] = {
	{ "_Bool", KEYWORD_TYPE },
	{ "_Complex", KEYWORD_TYPE },
	{ "_Noreturn", KEYWORD_TYPE },
	{ "_Thread_local", KEYWORD_TYPE },
	{ "__const", KEYWORD_TYPE },
	{ "__inline", KEYWORD_TYPE },
	{ "__inline__", KEYWORD_TYPE },
	{ "__restrict", KEYWORD_TYPE },
	{ "__signed__", KEYWORD_TYPE },
	{ "__thread", KEYWORD_TYPE },
	{ "__volatile__", KEYWORD_TYPE },
	{ "auto", KEYWORD_TYPE },
	{ "bool", KEYWORD_TYPE },
	{ "char", KEYWORD_TYPE },
	{ "const", KEYWORD_TYPE },
	{ "constexpr", KEYWORD_TYPE | KEYWORD_CXX },
	{ "double", KEYWORD_TYPE },
	{ "explicit", KEYWORD_TYPE | KEYWORD_CXX },
	{ "float", KEYWORD_TYPE },
	{ "friend", KEYWORD_TYPE | KEYWORD_CXX },
	{ "inline", KEYWORD_TYPE },
	{ "int", KEYWORD_TYPE },
	{ "long", KEYWORD_TYPE },
	{ "mutable", KEYWORD_TYPE | KEYWORD_CXX },
	{ "register", KEYWORD_TYPE },
	{ "restrict", KEYWORD_TYPE },
	{ "short", KEYWORD_TYPE },
	{ "signed", KEYWORD_TYPE },
	{ "static", KEYWORD_TYPE },
	{ "template", KEYWORD_TYPE | KEYWORD_CXX },
	{ "thread_local", KEYWORD_TYPE },
	{ "typedef", KEYWORD_TYPE },
	{ "typename", KEYWORD_TYPE | KEYWORD_CXX },
	{ "unsigned", KEYWORD_TYPE },
	{ "using", KEYWORD_TYPE | KEYWORD_CXX },
	{ "virtual", KEYWORD_TYPE | KEYWORD_CXX },
	{ "void", KEYWORD_TYPE },
	{ "volatile", KEYWORD_TYPE },
	{ "wchar_t", KEYWORD_TYPE | KEYWORD_CXX },
	{ "extern", KEYWORD_EXTERN },
	{ "struct", KEYWORD_RECORD },
	{ "union", KEYWORD_RECORD },
	{ "class", KEYWORD_RECORD | KEYWORD_CXX },
	{ "enum", KEYWORD_ENUM },
	{ "namespace", KEYWORD_NAMESPACE | KEYWORD_CXX },
	{ "if", KEYWORD_CONDITION },
	{ "while", KEYWORD_CONDITION },
	{ "switch", KEYWORD_CONDITION },
	{ "for", KEYWORD_FOR },
	{ "catch", KEYWORD_FOR | KEYWORD_CXX },
	{ "else", KEYWORD_ELSE },
	{ "do", KEYWORD_ELSE },
	{ "try", KEYWORD_ELSE | KEYWORD_CXX },
	{ "case", KEYWORD_CASE },
	{ "default", KEYWORD_CASE },
	{ "return", KEYWORD_RETURN },
	{ "co_return", KEYWORD_RETURN | KEYWORD_CXX },
	{ "goto", KEYWORD_GOTO },
	{ "new", KEYWORD_GOTO | KEYWORD_CXX },
	{ "sizeof", KEYWORD_EXPRESSION },
	{ "throw", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "delete", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "co_await", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "co_yield", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "_Generic", KEYWORD_EXPRESSION },
	{ "_Static_assert", KEYWORD_EXPRESSION },
	{ "static_assert", KEYWORD_EXPRESSION },
	{ "break", KEYWORD_EXPRESSION },
	{ "continue", KEYWORD_EXPRESSION },
	{ "and", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "or", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "not", KEYWORD_EXPRESSION | KEYWORD_CXX },
	{ "__attribute__", KEYWORD_ATTRIBUTE },
	{ "__attribute", KEYWORD_ATTRIBUTE },
	{ "__declspec", KEYWORD_ATTRIBUTE },
	{ "_Alignas", KEYWORD_ATTRIBUTE },
	{ "alignas", KEYWORD_ATTRIBUTE },
	{ "noexcept", KEYWORD_ATTRIBUTE | KEYWORD_CXX },
	{ "asm", KEYWORD_ASM },
	{ "__asm__", KEYWORD_ASM },
	{ "__asm", KEYWORD_ASM },
	{ "typeof", KEYWORD_TYPEOF },
	{ "__typeof__", KEYWORD_TYPEOF },
	{ "__typeof", KEYWORD_TYPEOF },
	{ "decltype", KEYWORD_TYPEOF | KEYWORD_CXX },
	{ "_Atomic", KEYWORD_TYPEOF },
	{ "operator", KEYWORD_OPERATOR | KEYWORD_CXX },
	{ "__extension__", KEYWORD_IGNORED },
};

bool
symbols_add_keywords(struct symbols *s)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (!symbols_add_keyword(
			s, keywords[i].name, keywords[i].keyword))
			return (false);
	}
	return (true);
}

/* A word of a type, or struct, union, enum when `saw` says so. */
static void
type_word(struct lexer *l, enum place_prev prev, unsigned saw)
{
	struct place *now = &l->now;

	/* Behind FOO(x), with no semicolon, a declaration begins. */
	if (now->prev == PREV_CLOSED &&
	    (now->kind == IN_FILE ||
		(now->kind == IN_BLOCK && now->state == AT_EXPRESSION)))
		place_restart(now);
	if (now->state == AT_START)
		now->state = AT_TYPE;
	if (now->state == AT_TYPE || now->state == AT_DECLARATOR ||
	    prev == PREV_TAG)
		now->saw |= (uint16_t)saw;
	now->prev = (uint8_t)prev;
}

/* A keyword that only stands in functions. */
static void
statement_word(struct lexer *l, const char *p)
{
	/* The { before it was missed, in a macro perhaps: be inside now. */
	if (l->now.kind == IN_FILE)
		lex_c_open(l, p, IN_BLOCK, AT_START);
	if (l->now.kind == IN_BLOCK)
		place_restart(&l->now);
}

static void
expression_word(struct lexer *l, enum place_prev prev)
{
	if (l->now.state <= AT_TYPE || l->now.kind == IN_BLOCK)
		l->now.state = AT_EXPRESSION;
	l->now.prev = (uint8_t)prev;
}

/* Behind operator SYMBOL: the name of a function like any other. */
static const char *
operator_name(struct lexer *l, const char *p)
{
	p = lex_c_skip_blank(l, p);
	if ((*p == '(' && p[1] == ')') || (*p == '[' && p[1] == ']'))
		p += 2;
	else
		p += strspn(p, "+-*/%^&|~!=<>,");
	if (l->now.state <= AT_TYPE)
		l->now.state = AT_DECLARATOR;
	l->now.prev = PREV_IDENT;
	return (p);
}

/* Keywords that are words of a declaration; the first ones of the enum. */
static const struct {
	enum place_prev prev;
	unsigned saw;
} types[] = {
	[KEYWORD_NONE] = { PREV_TYPE, 0 },
	[KEYWORD_TYPE] = { PREV_TYPE, 0 },
	[KEYWORD_EXTERN] = { PREV_EXTERN, 0 },
	[KEYWORD_RECORD] = { PREV_TAG, SAW_RECORD },
	[KEYWORD_ENUM] = { PREV_TAG, SAW_ENUM },
	[KEYWORD_NAMESPACE] = { PREV_TAG, SAW_NAMESPACE },
};

const char *
lex_c_keyword(struct lexer *l, enum keyword keyword, const char *p)
{
	struct place *now = &l->now;

	if (keyword < sizeof(types) / sizeof(types[0])) {
		type_word(l, types[keyword].prev, types[keyword].saw);
		return (p);
	}
	switch (keyword) {
	case KEYWORD_CONDITION:
		statement_word(l, p);
		now->saw |= SAW_CONDITION;
		break;
	case KEYWORD_FOR:
		statement_word(l, p);
		now->saw |= SAW_FOR;
		break;
	case KEYWORD_ELSE:
		statement_word(l, p);
		break;
	case KEYWORD_CASE:
		if (now->kind != IN_BLOCK)
			break; /* = default; _Generic(x, default: y) */
		statement_word(l, p);
		now->saw |= SAW_CASE;
		expression_word(l, PREV_OPERATOR);
		break;
	case KEYWORD_RETURN:
		statement_word(l, p);
		now->saw |= SAW_ASSIGN;
		expression_word(l, PREV_OPERATOR);
		break;
	case KEYWORD_GOTO:
		expression_word(l, PREV_TAG);
		break;
	case KEYWORD_EXPRESSION:
		expression_word(l, PREV_OPERATOR);
		break;
	case KEYWORD_ATTRIBUTE:
		if (*lex_c_skip_blank(l, p) == '(')
			now->saw |= SAW_ATTRIBUTE;
		break;
	case KEYWORD_ASM:
		if (now->state == AT_DECLARATOR)
			now->saw |= SAW_ATTRIBUTE;
		else
			expression_word(l, PREV_OPERATOR);
		break;
	case KEYWORD_TYPEOF:
		type_word(l, PREV_TYPE, 0);
		if (*lex_c_skip_blank(l, p) == '(')
			now->saw |= SAW_TYPEOF;
		break;
	case KEYWORD_OPERATOR:
		return (operator_name(l, p));
	default:
		break;
	}
	return (p);
}

/* The nearest brace around `now`, which may be `now` itself. */
static const struct place *
around(const struct lexer *l)
{
	size_t i;

	if (place_is_brace(&l->now))
		return (&l->now);
	for (i = l->depth; i-- > 0;) {
		if (place_is_brace(&l->stack[i]))
			return (&l->stack[i]);
	}
	return (&l->now);
}

/* True when an expression that is evaluated can stand at `now`. */
static bool
in_expression(const struct lexer *l)
{
	const struct place *now = &l->now;

	switch (now->kind) {
	case IN_EXPRESSION:
	case IN_BRACKETS:
	case IN_VALUES:
		return (true);
	case IN_FILE:
	case IN_RECORD:
	case IN_ENUM:
		return (now->state == AT_VALUE);
	case IN_BLOCK:
	case IN_FOR:
		return (now->state == AT_START || now->state >= AT_VALUE);
	case IN_PARAMETERS:
		/* T x(f(1)) constructs; in a file it is a prototype. */
		return (now->state == AT_VALUE ||
			(around(l)->kind == IN_BLOCK &&
			    (now->state == AT_START ||
				now->state == AT_EXPRESSION)));
	default:
		return (false);
	}
}

/*
 * True when the name that comes is the one declared, so that it means
 * something else than the catalogue's from here on.
 */
static bool
is_declared(const struct lexer *l)
{
	const struct place *now = &l->now;

	switch (now->state) {
	case AT_START:
		return (now->kind == IN_ENUM ||
			(now->kind == IN_DECLARATOR && now->prev == PREV_NONE));
	case AT_TYPE:
		return (now->prev == PREV_IDENT || now->prev == PREV_TYPE ||
			now->prev == PREV_STAR || now->prev == PREV_EXTERN);
	case AT_DECLARATOR:
		return (now->prev == PREV_IDENT || now->prev == PREV_TYPE ||
			now->prev == PREV_STAR || now->prev == PREV_COMMA);
	default:
		return (false);
	}
}

/* Remembers that the symbol is a variable, for as long as that holds. */
static void
hide(struct lexer *l, const struct symbol *symbol)
{
	size_t i = (size_t)(symbol - l->symbols->all), depth = l->depth;
	const struct place *p = &l->now;

	while (p->kind == IN_DECLARATOR && depth > 0)
		p = &l->stack[--depth];
	if (p->kind == IN_RECORD)
		return;
	if (p->kind == IN_FILE || p->kind == IN_ENUM)
		l->sink->hidden_in_file[i] = l->sink->file;
	else
		l->sink->hidden_in_function[i] = l->sink->function;
}

static bool
is_hidden(const struct lexer *l, const struct symbol *symbol)
{
	size_t i = (size_t)(symbol - l->symbols->all);

	return (l->sink->hidden_in_function[i] == l->sink->function ||
		l->sink->hidden_in_file[i] == l->sink->file);
}

/*
 * True for a call in a statement that began with a word and no semicolon:
 * a macro in capitals on the line before.
 */
static bool
follows_macro(const struct lexer *l, const char *p)
{
	size_t i;

	if (l->now.kind != IN_BLOCK || l->now.state != AT_TYPE ||
	    l->now.prev != PREV_IDENT || l->now.words != 1 ||
	    l->token_end != l->word + l->word_len ||
	    memchr(l->token_end, '\n', (size_t)(p - l->token_end)) == NULL)
		return (false);
	for (i = 0; i < l->word_len; i++) {
		if (l->word[i] >= 'a' && l->word[i] <= 'z')
			return (false);
	}
	return (true);
}

/* True when what stands at `next` makes the name before it no function. */
static bool
used_as_object(const char *next)
{
	switch (*next) {
	case ':':
		return (next[1] == ':');
	case '.':
		return (next[1] != '.');
	case '[':
		return (true);
	case '=':
		return (next[1] != '=');
	case '-':
		return (next[1] == '>' || next[1] == '-' || next[1] == '=');
	case '+':
		return (next[1] == '+' || next[1] == '=');
	case '*':
	case '/':
	case '%':
	case '"':
	case '\'':
		return (true);
	case '|':
	case '^':
		return (next[1] == '=');
	case '<':
	case '>':
		return (true);
	default:
		return (byte_is_ident(*next));
	}
}

/* True when NAME: at `next` is a label, a member or an Objective-C word. */
static bool
used_as_label(const struct lexer *l, const char *next)
{
	return (*next == ':' && next[1] != ':' &&
		!(l->token_end > l->text && l->token_end[-1] == '?'));
}

static void
wanted_function(struct lexer *l, const struct symbol *symbol, const char *p,
    const char *next)
{
	const struct place *now = &l->now;
	enum isth_use use = ISTH_USE_CALL;

	if (now->prev == PREV_MEMBER || now->prev == PREV_QUALIFIED ||
	    now->prev == PREV_TAG)
		return;
	if (*next == '(') {
		if (!in_expression(l) && !follows_macro(l, p)) {
			/* T f(1); makes an object in C++. */
			if (l->cxx && now->kind == IN_BLOCK &&
			    now->prev == PREV_IDENT && next[1] != ')')
				hide(l, symbol);
			return;
		}
		/* A member that the constructor initialises. */
		if ((now->saw & SAW_INIT_LIST) != 0)
			return;
		if (is_hidden(l, symbol))
			return;
	} else {
		if (is_declared(l)) {
			hide(l, symbol);
			return;
		}
		if (!in_expression(l) || now->state < AT_VALUE ||
		    now->prev == PREV_IDENT || now->prev == PREV_TYPE ||
		    now->prev == PREV_BRACKET || now->prev == PREV_LITERAL ||
		    used_as_object(next) || used_as_label(l, next) ||
		    is_hidden(l, symbol))
			return;
		use = ISTH_USE_REFERENCE;
	}
	sink_add(l->sink, symbol, use, p);
}

void
lex_c_wanted(struct lexer *l, const struct symbol *symbol, const char *p,
    const char *end)
{
	const struct place *now = &l->now;
	const char *next;

	if (now->kind == IN_ATTRIBUTE || symbol->wants == 0)
		return;
	next = lex_c_skip_blank(l, end);
	if (next >= l->limit)
		next = "";
	if (WANTS(symbol, WANT_FUNCTION) &&
	    !(WANTS(symbol, WANT_FLAG) && *next != '('))
		wanted_function(l, symbol, p, next);
	else if (WANTS(symbol, WANT_FLAG) && !is_declared(l) &&
		 now->prev != PREV_MEMBER && now->prev != PREV_QUALIFIED &&
		 now->prev != PREV_TAG)
		sink_add(l->sink, symbol, ISTH_USE_FLAG, p);
}

void
lex_c_prefixed(struct lexer *l, const char *name, size_t len, const char *p,
    const char *end)
{
	const struct symbols *s = l->symbols;
	const struct symbol *symbol = NULL;
	const struct place *now = &l->now;
	size_t skip = 0;

	if (len > 4 && memcmp(name, "SYS_", 4) == 0)
		skip = 4;
	else if (len > 5 && memcmp(name, "__NR_", 5) == 0)
		skip = 5;
	if (now->kind == IN_ATTRIBUTE || now->prev == PREV_MEMBER ||
	    now->prev == PREV_QUALIFIED || now->prev == PREV_TAG)
		return;
	if (skip != 0) {
		if (is_declared(l))
			return;
		symbol = symbols_lookup(s, name + skip, len - skip);
		if (symbol != NULL && WANTS(symbol, WANT_FUNCTION)) {
			sink_add(l->sink, symbol, ISTH_USE_CALL, p);
			return;
		}
		name += skip;
		len -= skip;
	}
	if (s->prefix_len == 0 || len < s->prefix_len ||
	    memcmp(name, s->prefix, s->prefix_len) != 0)
		return;
	if (skip != 0 || (*lex_c_skip_blank(l, end) == '(' &&
			     (in_expression(l) || follows_macro(l, p)) &&
			     (now->saw & SAW_INIT_LIST) == 0))
		sink_add_prefixed(l->sink, name, len, p);
}
