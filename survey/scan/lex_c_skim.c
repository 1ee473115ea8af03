/*
 * The outer loop of the lexer of C: finds what matters, sixty-four bytes at a
 * time, and leaves out the tokens of statements in which nothing does.
 */
#include <stdlib.h>
#include <string.h>

#include "survey/scan/lex_c.h"

/* Looks at the sixty-four bytes from `p` on. */
static void
look(struct lexer *l, const char *p)
{
	struct bytes_block b = bytes_classify(p);
	uint64_t before;

	before = p > l->text && byte_is_ident(p[-1]) ? 1 : 0;
	l->block = p;
	l->marks = b.marks;
	l->words = b.words;
	l->starts = b.words & ~(b.words << 1 | before);
}

/*
 * The next byte from `p` on that is a mark (bytes_classify) or begins a name
 * that may be wanted; the end of the text is a NUL and so a mark.
 */
static const char *
next(struct lexer *l, const char *p)
{
	uint64_t starts, run;
	const char *word;
	unsigned at;
	size_t len;

	if (p >= l->block + 64)
		look(l, p);
	for (;; look(l, l->block + 64)) {
		/* What came before is done with. */
		if (p > l->block) {
			l->marks &= ~UINT64_C(0) << (p - l->block);
			l->starts &= ~UINT64_C(0) << (p - l->block);
		}
		starts = l->starts & (l->marks - 1) & ~l->marks;
		for (; starts != 0; starts &= starts - 1) {
			at = (unsigned)__builtin_ctzll(starts);
			word = l->block + at;
			run = ~(l->words >> at);
			len = run == 0 ? 64 : (size_t)__builtin_ctzll(run);
			if (at + len >= 64)
				len = (size_t)(bytes_skip_ident(word) - word);
			if (symbols_may_want(l->symbols, word, len))
				return (word);
		}
		if (l->marks != 0)
			return (l->block + __builtin_ctzll(l->marks));
	}
}

/* Reads the tokens that begin before `until`; where that stopped. */
static const char *
catch_up(struct lexer *l, const char *until)
{
	if (l->done < until)
		l->done = lex_c_tokens(l, l->done, until);
	return (l->done);
}

/* Nothing before `p` matters any more. */
static const char *
drop(struct lexer *l, const char *p)
{
	return (l->done = p);
}

static const char *
hash(struct lexer *l, const char *p)
{
	const char *q = p;

	while (q > l->text && byte_is_blank(q[-1]))
		q--;
	if (l->limit != l->end ||
	    (q > l->text && q[-1] != '\n' && q[-1] != '/'))
		return (p + 1);
	if (catch_up(l, p) != p)
		return (l->done);
	if (!lex_c_starts_line(l, p))
		return (p + 1);
	return (drop(l, lex_c_directive(l, p)));
}

static const char *
quote(struct lexer *l, const char *p)
{
	const char *q = p;

	if (*p == '"') {
		/* R"( needs the word before it, a path is looked up. */
		if (p[1] != '/' && (p == l->text || p[-1] != 'R'))
			return (lex_c_skip_literal(p));
		if (catch_up(l, p) != p)
			return (l->done);
		p = drop(l, lex_c_literal(l, p));
		l->token_end = p;
		return (p);
	}
	/* 1'000 is one number, L'x' a character. */
	while (q > l->text && byte_is_ident(q[-1]))
		q--;
	if (q < p && *q >= '0' && *q <= '9' && byte_is_ident(p[1]))
		return (p + 1);
	return (lex_c_skip_literal(p));
}

/* A name that may be wanted, or a spliced line that may cut one in two. */
static const char *
name(struct lexer *l, const char *p)
{
	if (*p == '\\' && p[1] != '\n' && p[1] != '\r')
		return (p + 1);
	return (catch_up(l, p + 1));
}

static const char *
event(struct lexer *l, const char *p)
{
	switch (*p) {
	case ';':
		/* In parentheses it separates, as in for ( ; ; ). */
		if ((!place_is_brace(&l->now) || l->excess > 0) &&
		    catch_up(l, p) != p)
			return (l->done);
		lex_c_semicolon(l);
		return (drop(l, p + 1));
	case '{':
		if (catch_up(l, p) != p)
			return (l->done);
		lex_c_brace(l, p);
		return (drop(l, p + 1));
	case '}':
		if (l->excess > 0 && catch_up(l, p) != p)
			return (l->done);
		lex_c_brace_end(l, p);
		return (drop(l, p + 1));
	case '/':
		return (
		    p[1] == '/' || p[1] == '*' ? lex_c_skip_comment(p) : p + 1);
	case '#':
		return (hash(l, p));
	case '"':
	case '\'':
		return (quote(l, p));
	default:
		return (name(l, p));
	}
}

void
lex_c_skim(struct lexer *l, const char *p)
{
	drop(l, p);
	look(l, p);
	for (;;) {
		p = next(l, p);
		if (p >= l->limit)
			break;
		p = event(l, p);
	}
	/* What nests too deep is said even if nothing comes of it. */
	if (l->limit == l->end)
		catch_up(l, l->end);
}

void
lex_c(
    struct sink *sink, const char *text, size_t len, enum lex_c_dialect dialect)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *end = text + len;
	struct lexer *l;

	/* Zeroing only what is read before it is written: it is 50 KiB. */
	l = malloc(sizeof(*l));
	if (l == NULL) {
		sink->failed = true;
		return;
	}
	memset(l, 0, offsetof(struct lexer, conditions));
	l->nconditions = l->excess_conditions = 0;
	l->saved = NULL;
	l->nsaved = l->saved_size = 0;
	if (len >= 3 && memcmp(text, bom, 3) == 0)
		text += 3;
	l->sink = sink;
	l->symbols = sink->symbols;
	l->text = l->token_end = l->word = l->done = text;
	l->end = l->limit = end;
	l->objc = dialect == LEX_OBJC;
	l->cxx = dialect != LEX_C;
	lex_c_skim(l, text);
	free(l->saved);
	free(l);
}
