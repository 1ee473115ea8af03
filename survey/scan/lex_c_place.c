/*
 * Brackets, semicolons, commas and colons of C: how they move the place that
 * lex_c.h describes.
 */
#include "survey/scan/lex_c.h"

void
lex_c_open(struct lexer *l, const char *at, enum place_kind kind,
    enum place_state state)
{
	if (l->depth == SCAN_NESTING_MAX) {
		l->excess++;
		sink_too_deep(l->sink, at);
		return;
	}
	l->stack[l->depth++] = l->now;
	place_restart(&l->now);
	l->now.kind = (uint8_t)kind;
	l->now.state = (uint8_t)state;
}

/* The place around `now`, or NULL at the top. */
static const struct place *
outer(const struct lexer *l)
{
	return (l->depth == 0 ? NULL : &l->stack[l->depth - 1]);
}

/* The ( of a declaration whose type, and perhaps name, came before. */
static void
declaration_paren(struct lexer *l, const char *at)
{
	struct place *now = &l->now;
	const char *next;
	bool named;

	/* T (*f)(...) declares f, whatever T is spelled like. */
	next = lex_c_skip_blank(l, at + 1);
	named = now->prev == PREV_IDENT || now->prev == PREV_CLOSED;
	if (*next == '*' && now->prev != PREV_CLOSED &&
	    now->kind != IN_PARAMETERS &&
	    (now->state == AT_TYPE || now->prev != PREV_IDENT))
		named = false;
	now->state = AT_DECLARATOR;
	if (named)
		now->saw |= SAW_PARENS;
	lex_c_open(l, at, named ? IN_PARAMETERS : IN_DECLARATOR, AT_START);
}

/* True for T (*f)(...) where T (...) could be a call: T is one word. */
static bool
declares_pointer(const struct lexer *l, const char *at)
{
	const char *p;

	p = lex_c_skip_blank(l, at + 1);
	if (*p != '*')
		return (false);
	while (*p == '*')
		p = lex_c_skip_blank(l, p + 1);
	p = lex_c_skip_blank(l, bytes_skip_ident(p));
	if (*p != ')')
		return (false);
	return (*lex_c_skip_blank(l, p + 1) == '(');
}

void
lex_c_paren(struct lexer *l, const char *at)
{
	struct place *now = &l->now;
	bool statement = now->kind == IN_BLOCK || now->kind == IN_FOR;

	if ((now->saw & SAW_ATTRIBUTE) != 0) {
		now->saw &= (uint16_t)~SAW_ATTRIBUTE;
		lex_c_open(l, at, IN_ATTRIBUTE, AT_EXPRESSION);
		l->now.prev = PREV_NONE;
	} else if ((now->saw & SAW_FOR) != 0) {
		lex_c_open(l, at, IN_FOR, AT_START);
	} else if ((now->saw & (SAW_CONDITION | SAW_TYPEOF)) != 0 ||
		   (now->saw & SAW_INIT_LIST) != 0) {
		lex_c_open(l, at, IN_EXPRESSION, AT_EXPRESSION);
	} else if (now->prev == PREV_LAMBDA) {
		lex_c_open(l, at, IN_PARAMETERS, AT_START);
	} else if (now->kind == IN_ATTRIBUTE) {
		lex_c_open(l, at, IN_ATTRIBUTE, AT_EXPRESSION);
	} else if (now->state == AT_DECLARATOR ||
		   (now->state == AT_TYPE && now->prev != PREV_IDENT) ||
		   (now->state == AT_TYPE &&
		       (!statement || declares_pointer(l, at)))) {
		declaration_paren(l, at);
	} else if (now->state == AT_START && !statement) {
		lex_c_open(l, at, IN_PARAMETERS, AT_START);
	} else {
		if (now->state <= AT_TYPE)
			now->state = AT_EXPRESSION;
		if (!statement && place_is_brace(now))
			now->saw |= SAW_PARENS;
		lex_c_open(l, at, IN_EXPRESSION, AT_EXPRESSION);
	}
}

/* Pops one place into `now`; false at the top of the file or macro. */
static bool
pop(struct lexer *l)
{
	if (l->excess > 0) {
		l->excess--;
		return (true);
	}
	if (l->depth == l->floor)
		return (false);
	l->now = l->stack[--l->depth];
	return (true);
}

void
lex_c_paren_end(struct lexer *l)
{
	struct place *now = &l->now;
	bool attribute;

	if (l->excess == 0 && now->kind == IN_BRACKETS)
		pop(l);
	if (l->excess == 0 && place_is_brace(now)) {
		/* Its ( was left out: the ) of for ( ; ; ). */
		if (now->kind == IN_BLOCK)
			place_restart(now);
		return;
	}
	attribute = now->kind == IN_ATTRIBUTE;
	if (!pop(l))
		return;
	if (attribute && now->kind != IN_ATTRIBUTE)
		return;
	if ((now->saw & (SAW_CONDITION | SAW_FOR)) != 0) {
		place_restart(now);
		return;
	}
	if ((now->saw & SAW_TYPEOF) != 0) {
		now->saw &= (uint16_t)~SAW_TYPEOF;
		now->prev = PREV_TYPE;
		return;
	}
	if (now->prev == PREV_LAMBDA)
		now->saw |= SAW_LAMBDA;
	now->prev = PREV_CLOSED;
}

void
lex_c_bracket(struct lexer *l, const char *at)
{
	struct place *now = &l->now;
	bool lambda;

	lambda = now->state >= AT_VALUE &&
		 (now->prev == PREV_OPERATOR || now->prev == PREV_COMMA ||
		     now->prev == PREV_NONE);
	if (now->kind == IN_BLOCK && now->state <= AT_TYPE)
		now->state = AT_EXPRESSION;
	now->prev = lambda ? PREV_LAMBDA : PREV_BRACKET;
	lex_c_open(l, at,
	    now->kind == IN_ATTRIBUTE ? IN_ATTRIBUTE : IN_BRACKETS,
	    AT_EXPRESSION);
}

void
lex_c_bracket_end(struct lexer *l)
{
	if (l->excess > 0 || l->now.kind == IN_BRACKETS ||
	    l->now.kind == IN_ATTRIBUTE)
		pop(l);
}

/* Back to the innermost place that a function cannot be around. */
static void
pop_to_file(struct lexer *l)
{
	l->excess = 0;
	while (l->now.kind != IN_FILE && pop(l))
		continue;
	place_restart(&l->now);
	sink_next_function(l->sink);
	l->doubtful = false;
}

/* What a { begins where declarations stand. */
static enum place_kind
declared_brace(const struct place *now)
{
	if (now->state == AT_VALUE ||
	    (now->prev == PREV_IDENT && (now->saw & SAW_INIT_LIST) != 0))
		return (IN_VALUES);
	if ((now->saw & SAW_PARENS) != 0)
		return (IN_BLOCK);
	if ((now->saw & SAW_ENUM) != 0)
		return (IN_ENUM);
	if ((now->saw & SAW_RECORD) != 0)
		return (IN_RECORD);
	if ((now->saw & SAW_NAMESPACE) != 0)
		return (IN_FILE);
	return (IN_BLOCK);
}

/* What a { begins in a statement. */
static enum place_kind
statement_brace(const struct place *now)
{
	switch (now->state) {
	case AT_START:
		return (IN_BLOCK);
	case AT_TYPE:
	case AT_DECLARATOR:
		if ((now->saw & SAW_NAMESPACE) != 0)
			return (IN_FILE);
		if ((now->saw & SAW_PARENS) != 0 || now->words > 1)
			return (now->prev == PREV_IDENT ? IN_VALUES : IN_BLOCK);
		if ((now->saw & SAW_ENUM) != 0)
			return (IN_ENUM);
		if ((now->saw & SAW_RECORD) != 0)
			return (IN_RECORD);
		return (IN_BLOCK);
	default:
		if (now->prev == PREV_CLOSED)
			return ((now->saw & SAW_ASSIGN) != 0 ? IN_VALUES
							     : IN_BLOCK);
		return (IN_VALUES);
	}
}

void
lex_c_brace(struct lexer *l, const char *at)
{
	struct place *now = &l->now;
	enum place_kind kind;
	bool first, resume = true;

	first = at == l->text || at[-1] == '\n';
	if (l->doubtful && first && now->kind == IN_BLOCK &&
	    now->prev == PREV_CLOSED) {
		pop_to_file(l);
		now->saw = SAW_PARENS;
	}
	if (now->prev == PREV_LAMBDA || (now->saw & SAW_LAMBDA) != 0) {
		kind = IN_BLOCK;
		now->saw &= (uint16_t)~SAW_LAMBDA;
	} else if (now->kind == IN_FILE || now->kind == IN_RECORD) {
		kind = declared_brace(now);
		resume =
		    kind == IN_VALUES || kind == IN_RECORD || kind == IN_ENUM;
	} else if (now->kind == IN_BLOCK || now->kind == IN_FOR) {
		kind = statement_brace(now);
		resume = kind != IN_BLOCK && kind != IN_FILE;
	} else if (now->kind >= IN_EXPRESSION && now->prev == PREV_NONE) {
		kind = IN_BLOCK; /* ({ ... }) */
	} else if (now->kind == IN_PARAMETERS && now->prev == PREV_COMMA) {
		kind = IN_BLOCK; /* a block as argument of a macro */
	} else if (now->prev == PREV_TAG ||
		   ((now->saw & (SAW_RECORD | SAW_ENUM)) != 0 &&
		       now->prev == PREV_IDENT)) {
		kind = (now->saw & SAW_ENUM) != 0 ? IN_ENUM : IN_RECORD;
	} else {
		kind = IN_VALUES;
	}
	if (resume)
		now->saw |= SAW_RESUME;
	lex_c_open(l, at, kind, kind == IN_VALUES ? AT_EXPRESSION : AT_START);
}

void
lex_c_brace_end(struct lexer *l, const char *at)
{
	struct place *now = &l->now;
	uint8_t kind;

	if (l->excess > 0) {
		l->excess--;
		return;
	}
	if (l->doubtful && now->kind != IN_FILE &&
	    (at == l->text || at[-1] == '\n')) {
		pop_to_file(l);
		return;
	}
	while (!place_is_brace(now) && pop(l))
		continue;
	kind = now->kind;
	if (!pop(l)) {
		place_restart(now);
		return;
	}
	if ((now->saw & SAW_RESUME) == 0) {
		place_restart(now);
		if (now->kind == IN_FILE || now->kind == IN_RECORD)
			sink_next_function(l->sink);
		return;
	}
	now->saw &= (uint16_t)~SAW_RESUME;
	now->prev = PREV_CLOSED;
	if (kind == IN_RECORD || kind == IN_ENUM) {
		now->saw &= (uint16_t) ~(SAW_RECORD | SAW_ENUM);
		now->prev = PREV_TYPE;
	}
}

void
lex_c_semicolon(struct lexer *l)
{
	struct place *now = &l->now;

	if (now->kind == IN_FOR || l->excess > 0) {
		place_restart(now);
		return;
	}
	/* Only a bracket that was never closed can hold this. */
	while (!place_is_brace(now) && pop(l))
		continue;
	if (now->kind == IN_VALUES)
		now->kind = IN_BLOCK; /* statements after all */
	place_restart(now);
	if (now->kind == IN_FILE || now->kind == IN_RECORD)
		sink_next_function(l->sink);
}

void
lex_c_comma(struct lexer *l)
{
	struct place *now = &l->now;

	switch (now->kind) {
	case IN_PARAMETERS:
	case IN_ENUM:
		place_restart(now);
		now->prev = PREV_COMMA;
		return;
	case IN_FILE:
	case IN_RECORD:
	case IN_BLOCK:
	case IN_FOR:
		now->saw &= (uint16_t)~SAW_LAMBDA;
		if (now->state == AT_VALUE || now->state == AT_DECLARATOR) {
			now->state = AT_DECLARATOR;
			now->prev = PREV_COMMA;
			return;
		}
		break;
	default:
		break;
	}
	now->state = AT_EXPRESSION;
	now->saw &= (uint16_t) ~(SAW_LAMBDA | SAW_ASSIGN);
	now->prev = PREV_OPERATOR;
}

void
lex_c_colon(struct lexer *l)
{
	struct place *now = &l->now;
	const struct place *around = outer(l);

	if (now->kind == IN_BLOCK || now->kind == IN_RECORD ||
	    now->kind == IN_FILE) {
		/* case X: and LABEL: and public: */
		if ((now->saw & SAW_CASE) != 0 ||
		    (now->state == AT_TYPE && now->words == 1 &&
			now->prev == PREV_IDENT &&
			(now->saw & (SAW_RECORD | SAW_ENUM)) == 0)) {
			place_restart(now);
			return;
		}
	}
	if (now->kind != IN_BLOCK && (now->saw & SAW_PARENS) != 0 &&
	    place_is_brace(now))
		now->saw |= SAW_INIT_LIST;
	else if (now->kind == IN_RECORD && now->state == AT_DECLARATOR)
		now->state = AT_VALUE; /* width of a bit-field */
	else if (now->kind == IN_FOR && around != NULL)
		now->state = AT_EXPRESSION;
	now->prev = PREV_OPERATOR;
}
