/*
 * Inside the lexer of shell: what is open, and the word being read.
 * lex_shell.c reads characters, lex_shell_word.c decides what the words are.
 */
#ifndef ISTHMUS_SURVEY_SCAN_LEX_SHELL_H
#define ISTHMUS_SURVEY_SCAN_LEX_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/scan/sink.h"

enum inside {
	IN_COMMANDS,   /* the script, ( ... ), $( ... ), ` ... ` */
	IN_QUOTES,     /* " ... " */
	IN_BRACES,     /* ${ ... } */
	IN_ARITHMETIC, /* $(( ... )), (( ... )), $[ ... ] */
	IN_ARRAY,      /* NAME=( ... ) */
	IN_CASE	       /* case WORD in ... esac */
};

/* What the next word is. */
enum expects {
	A_COMMAND,  /* the first word of a command */
	A_WRAPPED,  /* the same, behind sudo, env: after options */
	AN_OPERAND, /* of the wrapper's option, then as before */
	AN_ARGUMENT,
	A_TARGET, /* of a redirection */
	A_NAME,	  /* of a function */
	A_PATTERN /* of case */
};

struct scope {
	uint8_t inside;
	uint8_t expects;
	uint8_t resume;	      /* what is expected behind a target */
	uint8_t parens;	      /* ( open in IN_ARITHMETIC, up to 255 */
	char close;	      /* the byte that ends it, or 0 */
	bool in_word;	      /* the word goes on behind it */
	bool assigned;	      /* and it is an assignment */
	const char *operands; /* options of the wrapper that take one */
};

/* Here-documents whose bodies begin at the next line. */
#define HEREDOCS_MAX 16

struct heredoc {
	const char *end;
	size_t len;
	bool tabs; /* <<-: tabs before the end do not count */
};

struct shell {
	struct sink *sink;
	const struct symbols *symbols;
	struct scope now;
	struct scope stack[SCAN_NESTING_MAX];
	size_t depth;
	size_t excess;
	struct heredoc heredocs[HEREDOCS_MAX];
	size_t nheredocs;
	/* The word being read, without its quotes. */
	char word[256 + SCAN_PAD];
	size_t word_len;
	const char *word_at; /* NULL between words */
	bool literal;	     /* without expansions */
	bool quoted;	     /* with some quote */
	bool assigned;	     /* began as NAME= */
};

/* Opens what `close` (or, for 0, a word) ends; `at` is its place. */
void shell_push(struct shell *, const char *at, enum inside, char close);
void shell_pop(struct shell *);
/* Begins a word at `at`, unless one has begun. */
void shell_word_begin(struct shell *, const char *at);
/* Adds a byte to the word. */
void shell_word_byte(struct shell *, char);
/* The word that is being read, if any, ended before `p`. */
void shell_word_end(struct shell *, const char *p);
/* True when the word so far is NAME=, NAME+=, NAME[...]= and more. */
bool shell_is_assignment(const struct shell *);
/* True for `()`, perhaps behind blanks, at `p`. */
bool shell_is_definition(const char *p);

#endif
