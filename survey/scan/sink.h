/*
 * Where a lexer puts what it finds.  Each thread has one sink and fills it
 * file by file; index.c joins them.  A sink that finds no memory is marked
 * and drops what follows, so that the lexers need no check at every site.
 */
#ifndef ISTHMUS_SURVEY_SCAN_SINK_H
#define ISTHMUS_SURVEY_SCAN_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "survey/scan/symbols.h"

/* Deepest nesting that a lexer keeps; input beyond it is a problem. */
#define SCAN_NESTING_MAX 4096

/* One use of one symbol. */
struct sink_site {
	uint32_t key; /* symbol * ISTH_USE_COUNT + use */
	uint32_t line;
};

struct sink_problem {
	void *where; /* sink.where when it was found */
	char *reason;
};

/* A name found by the symbol prefix; its symbol is symbols->n + index. */
struct sink_name {
	char *name;
	uint32_t len;
	uint64_t key;
};

struct sink {
	const struct symbols *symbols;
	struct sink_site *sites;
	size_t nsites;
	size_t sites_size;
	struct sink_problem *problems;
	size_t nproblems;
	size_t problems_size;
	struct sink_name *names;
	size_t nnames;
	size_t names_size;
	uint32_t *name_slots;
	size_t nname_slots;
	void *where;	  /* the file being read, for problems */
	const char *mark; /* a place in its text, and */
	uint32_t line;	  /* the line of that place */
	/*
	 * Which symbols are the name of something else in this function or
	 * file: the serial number of the one where they were declared.
	 */
	uint32_t *hidden_in_function;
	uint32_t *hidden_in_file;
	uint32_t function;
	uint32_t functions; /* numbers given out */
	uint32_t file;
	bool failed;   /* no memory */
	bool too_deep; /* said so for this file */
};

/* False without memory.  Free with sink_clear. */
bool sink_init(struct sink *, const struct symbols *);
void sink_clear(struct sink *);
/* Begins a text: its first byte and what to name in its problems. */
void sink_begin(struct sink *, const char *text, void *where);
/* Notes a use at `at`, a place in the text; cheapest in rising order. */
void sink_add(
    struct sink *, const struct symbol *, enum isth_use, const char *at);
/* Notes a call of a name that only the symbol prefix knows. */
void sink_add_prefixed(
    struct sink *, const char *name, size_t len, const char *at);
/* Notes a problem of the text as a whole. */
void sink_problem(struct sink *, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));
/* Notes, once a text, that it nests deeper than SCAN_NESTING_MAX at `at`. */
void sink_too_deep(struct sink *, const char *at);
/* Begins another function: what the one before hid is visible again. */
static inline void
sink_next_function(struct sink *s)
{
	s->function = ++s->functions;
}

/* The line of `at`, from 1. */
uint32_t sink_line(struct sink *, const char *at);

/*
 * The lexers.  `text` is `len` bytes without NUL, and SCAN_PAD NUL bytes
 * follow it; what they find goes to the sink, whose text it must be.  LEX_CXX
 * reads C as well, as far as its programs have no variable named `class`.
 */
enum lex_c_dialect { LEX_C, LEX_CXX, LEX_OBJC };
void lex_c(struct sink *, const char *text, size_t len, enum lex_c_dialect);
void lex_scheme(struct sink *, const char *text, size_t len);
void lex_shell(struct sink *, const char *text, size_t len);

#endif
