/*
 * What a lexer finds in a text, as text: "LINE NAME USE" joined by "; ".
 * The names looked for are those of `lexed_names`.
 */
#ifndef TESTS_SURVEY_SCAN_LEXED_H
#define TESTS_SURVEY_SCAN_LEXED_H

#include <stdio.h>

#include "survey/scan/sink.h"

/* A row of a table: a text, and what is to be found in it. */
struct lexed_case {
	const char *text;
	const char *found;
};

typedef void (*lexed_with)(struct sink *, const char *, size_t);

void lexed_c(struct sink *, const char *, size_t);
void lexed_cxx(struct sink *, const char *, size_t);
void lexed_objc(struct sink *, const char *, size_t);

/* What `lex` finds; problems as "! REASON".  free(3) it. */
char *lexed(lexed_with lex, const char *text, size_t len);
/* Fails the test for each row that finds anything else. */
void lexed_check(lexed_with lex, const struct lexed_case *, size_t n);

#define LEXED_CHECK(lex, rows) \
	lexed_check(lex, rows, sizeof(rows) / sizeof((rows)[0]))

#endif
