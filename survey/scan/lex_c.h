/*
 * Inside the lexer of C, C++ and Objective-C.
 *
 * It is no parser: it keeps just enough of a place in the program to tell a
 * call from a prototype, a definition, a declared variable or a member.
 * What is open (braces, parentheses, brackets) is a stack of `struct place`;
 * the innermost, `now`, is a small state machine over the tokens of one
 * statement or declaration.
 *
 * Most statements have no wanted name in them, and then all that matters of
 * them is where they end.  So lex_c_skim.c goes from one wanted name, brace,
 * semicolon or directive to the next, many bytes at a time, and has the
 * tokens in between read only where the place is needed.
 */
#ifndef ISTHMUS_SURVEY_SCAN_LEX_C_H
#define ISTHMUS_SURVEY_SCAN_LEX_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/scan/sink.h"

/* What a place is inside of. */
enum place_kind {
	IN_FILE,       /* top level, namespace, extern "C" { */
	IN_RECORD,     /* { of a struct, union, class */
	IN_ENUM,       /* { of an enum */
	IN_BLOCK,      /* { of a function or statement */
	IN_VALUES,     /* { of an initialiser */
	IN_EXPRESSION, /* ( of a call, cast, condition */
	IN_PARAMETERS, /* ( of a declared function */
	IN_DECLARATOR, /* ( of int (*f)(void) */
	IN_FOR,	       /* ( of a for statement */
	IN_ATTRIBUTE,  /* ( of an attribute: nothing counts */
	IN_BRACKETS,   /* [ */
	IN_KINDS
};

/* How far a statement or declaration has come. */
enum place_state {
	AT_START,      /* nothing yet */
	AT_TYPE,       /* words that may be a type */
	AT_DECLARATOR, /* a type, and what is declared */
	AT_VALUE,      /* behind the = of a declaration */
	AT_EXPRESSION, /* an expression */
	AT_STATES
};

/* The token before, as far as it matters. */
enum place_prev {
	PREV_NONE, /* start of the statement */
	PREV_IDENT,
	PREV_TYPE, /* word of a type: int, const, static */
	PREV_EXTERN,
	PREV_TAG,  /* struct, union, enum, goto: a name follows */
	PREV_STAR, /* * & */
	PREV_COMMA,
	PREV_MEMBER,	/* . -> */
	PREV_QUALIFIED, /* NAME:: */
	PREV_GLOBAL,	/* :: with nothing before it */
	PREV_CLOSED,	/* ) or the } of a value */
	PREV_BRACKET,	/* ] */
	PREV_LAMBDA,	/* ] or ^ that begins a function */
	PREV_LITERAL,
	PREV_OPERATOR, /* anything else */
	PREV_KINDS
};

/* What was seen in this statement at its own level. */
enum {
	SAW_RECORD = 1 << 0, /* struct, union, class */
	SAW_ENUM = 1 << 1,
	SAW_NAMESPACE = 1 << 2, /* namespace, extern "C" */
	SAW_PARENS = 1 << 3,	/* the ( of a declarator */
	SAW_ASSIGN = 1 << 4,	/* = or return */
	SAW_CASE = 1 << 5,	/* case, default: a : ends it */
	SAW_CONDITION = 1 << 6, /* if, while: a statement follows the ) */
	SAW_FOR = 1 << 7,
	SAW_ATTRIBUTE = 1 << 8,	 /* the next ( belongs to an attribute */
	SAW_TYPEOF = 1 << 9,	 /* the next ( ... ) is a type */
	SAW_INIT_LIST = 1 << 10, /* the : of a C++ constructor */
	SAW_LAMBDA = 1 << 11,	 /* ( ) of a lambda: a { is its body */
	SAW_RESUME = 1 << 12	 /* at its } the expression goes on */
};

struct place {
	uint8_t kind;
	uint8_t state;
	uint8_t prev;
	uint8_t words; /* identifiers so far, up to 2 */
	uint16_t saw;
};

/* One open #if. */
struct lex_condition {
	size_t saved;	    /* in lexer.saved: the places at the #if */
	size_t depth;	    /* their number */
	size_t first_depth; /* at the end of the first branch */
	bool has_first;
	bool differ;   /* branches ended at different depths */
	bool was_true; /* #if 1: what follows #else is disabled */
};

/* Conditions kept; deeper ones are read, their state is not restored. */
#define LEX_CONDITIONS_MAX 256

struct lexer {
	struct sink *sink;
	const struct symbols *symbols;
	const char *text;
	const char *end;   /* of the text */
	const char *limit; /* of the text or directive */
	const char *done;  /* tokens up to here are read */
	const char *block; /* where `marks` and `words` are of */
	uint64_t marks;	   /* see bytes_classify; those */
	uint64_t words;	   /* that are still to come */
	uint64_t starts;   /* first bytes of words */
	const char *word;  /* the identifier before */
	size_t word_len;
	const char *token_end; /* of the token before */
	struct place now;
	size_t depth;  /* of `stack` */
	size_t floor;  /* of the macro being read */
	size_t excess; /* levels beyond the maximum */
	bool objc;
	bool cxx;      /* words of C++ are keywords */
	bool doubtful; /* braces differed between #ifs */
	struct lex_condition conditions[LEX_CONDITIONS_MAX];
	size_t nconditions;
	size_t excess_conditions;
	struct place *saved; /* copies of the stack, per #if */
	size_t nsaved;
	size_t saved_size;
	/* stack[i] is the place around the i-th open bracket. */
	struct place stack[SCAN_NESTING_MAX];
};

/* Words of C that change the place. */
enum keyword {
	KEYWORD_NONE,
	KEYWORD_TYPE, /* int, const, static, typedef */
	KEYWORD_EXTERN,
	KEYWORD_RECORD, /* struct, union, class */
	KEYWORD_ENUM,
	KEYWORD_NAMESPACE,
	KEYWORD_CONDITION, /* if, while, switch */
	KEYWORD_FOR,
	KEYWORD_ELSE, /* else, do, try: a statement follows */
	KEYWORD_CASE,
	KEYWORD_RETURN,
	KEYWORD_GOTO,	    /* goto, new: a name follows */
	KEYWORD_EXPRESSION, /* sizeof, throw, delete */
	KEYWORD_ATTRIBUTE,
	KEYWORD_ASM,
	KEYWORD_TYPEOF,
	KEYWORD_OPERATOR,
	KEYWORD_IGNORED,   /* __extension__ */
	KEYWORD_CXX = 0x40 /* bit: a word of C++ only */
};

/* Opens a bracket: `now` goes on the stack, and a new place begins. */
void lex_c_open(
    struct lexer *, const char *at, enum place_kind, enum place_state);
/* The brackets; `at` is their place in the text. */
void lex_c_paren(struct lexer *, const char *at);
void lex_c_paren_end(struct lexer *);
void lex_c_bracket(struct lexer *, const char *at);
void lex_c_bracket_end(struct lexer *);
void lex_c_brace(struct lexer *, const char *at);
void lex_c_brace_end(struct lexer *, const char *at);
void lex_c_semicolon(struct lexer *);
void lex_c_comma(struct lexer *);
void lex_c_colon(struct lexer *);
/* Acts on a keyword that ends at `p`; returns where to go on. */
const char *lex_c_keyword(struct lexer *, enum keyword, const char *p);
/* A wanted name that stands at [p, end): counts it if it is a use. */
void lex_c_wanted(
    struct lexer *, const struct symbol *, const char *p, const char *end);
/*
 * A name that is in no table: SYS_f and __NR_f count as a call of f, and a
 * call of a name with the symbol prefix counts.  `name` is [p, end) without
 * spliced line ends.
 */
void lex_c_prefixed(struct lexer *, const char *name, size_t len, const char *p,
    const char *end);
/* Reads the tokens that begin at `p` and before `until`; where it stopped. */
const char *lex_c_tokens(struct lexer *, const char *p, const char *until);
/* Reads everything from `p` to lexer.limit (lex_c_skim.c). */
void lex_c_skim(struct lexer *, const char *p);
/* The string or character literal at `p`; where it ends. */
const char *lex_c_literal(struct lexer *, const char *p);
/* True when only blanks and comments stand before `p` in its line. */
bool lex_c_starts_line(const struct lexer *, const char *p);
/* Reads the directive whose # is at `p`; returns where to go on. */
const char *lex_c_directive(struct lexer *, const char *p);
/* Behind white space, comments and spliced lines. */
const char *lex_c_skip_blank(const struct lexer *, const char *p);
/* Behind the comment at `p`, or `p` when there is none. */
const char *lex_c_skip_comment(const char *p);
/* Behind the string or character literal whose quote is at `p`. */
const char *lex_c_skip_literal(const char *p);

static inline bool
place_is_brace(const struct place *p)
{
	return (p->kind <= IN_VALUES);
}

static inline void
place_restart(struct place *p)
{
	p->state = AT_START;
	p->prev = PREV_NONE;
	p->words = 0;
	p->saw = 0;
}

#endif
