/*
 * The lexer of POSIX shell and its relatives: the first words of simple
 * commands, and device paths.  Quotes, expansions and here-documents nest;
 * what is open is a stack, so that no input can exhaust the machine's.
 */
#include <stdlib.h>
#include <string.h>

#include "survey/scan/lex_shell.h"

/* The delimiter of a here-document, whose << ends before `p`. */
static const char *
heredoc(struct shell *s, const char *p)
{
	struct heredoc h = { NULL, 0, false };
	char quote = '\0';

	if (*p == '-') {
		h.tabs = true;
		p++;
	}
	while (byte_is_blank(*p))
		p++;
	if (*p == '\'' || *p == '"')
		quote = *p++;
	else if (*p == '\\')
		p++;
	h.end = p;
	while (*p != '\0' && *p != '\n' &&
	       (quote != '\0' ? *p != quote
			      : !byte_is_space(*p) &&
				    strchr(";&|<>()'\"\\", *p) == NULL))
		p++;
	h.len = (size_t)(p - h.end);
	if (quote != '\0' && *p == quote)
		p++;
	if (h.len > 0 && s->nheredocs < HEREDOCS_MAX)
		s->heredocs[s->nheredocs++] = h;
	return (p);
}

/* Behind the bodies of the here-documents; the line before ended at `p`. */
static const char *
skip_heredocs(struct shell *s, const char *p)
{
	const char *line, *end;
	size_t i;

	for (i = 0; i < s->nheredocs; i++) {
		while (*p != '\0') {
			end = bytes_find3(p, '\n', '\n', '\n');
			line = p;
			while (s->heredocs[i].tabs && *line == '\t')
				line++;
			p = *end == '\0' ? end : end + 1;
			if (end > line && end[-1] == '\r')
				end--;
			if ((size_t)(end - line) == s->heredocs[i].len &&
			    memcmp(line, s->heredocs[i].end,
				s->heredocs[i].len) == 0)
				break;
		}
	}
	s->nheredocs = 0;
	return (p);
}

/* Where a bracket closed: the word that it is part of goes on. */
static const char *
resume(struct shell *s, const char *p)
{
	shell_pop(s);
	s->word_at = s->now.in_word ? p : NULL;
	s->word_len = 0;
	s->literal = false;
	s->quoted = true;
	s->assigned = s->now.assigned;
	return (p + 1);
}

/* A $ or ` in a word; returns behind what it opens. */
static const char *
expansion(struct shell *s, const char *p)
{
	if (*p == '`' && s->now.inside == IN_COMMANDS && s->now.close == '`') {
		shell_word_end(s, p);
		return (resume(s, p));
	}
	shell_word_begin(s, p);
	s->literal = false;
	if (*p == '`') {
		shell_push(s, p, IN_COMMANDS, '`');
		s->word_at = NULL;
		return (p + 1);
	}
	switch (p[1]) {
	case '(':
		if (p[2] == '(') {
			shell_push(s, p, IN_ARITHMETIC, ')');
			return (p + 3);
		}
		shell_push(s, p, IN_COMMANDS, ')');
		s->word_at = NULL;
		return (p + 2);
	case '{':
		shell_push(s, p, IN_BRACES, '}');
		return (p + 2);
	case '\'':
		if (s->now.inside == IN_QUOTES)
			return (p + 1);
		/* $'...' with backslashes */
		for (p += 2; *p != '\0' && *p != '\''; p++)
			p += *p == '\\' && p[1] != '\0';
		return (*p == '\0' ? p : p + 1);
	default:
		/* $#, $$, $!: no comment, no quote */
		return (p[1] == '\0' || byte_is_space(p[1]) || p[1] == '"' ||
				p[1] == '\''
			    ? p + 1
			    : p + 2);
	}
}

/* Inside quotes, ${...} and arithmetic: what ends them or nests. */
static const char *
inner(struct shell *s, const char *p)
{
	struct scope *now = &s->now;

	switch (*p) {
	case '\\':
		return (p[1] == '\0' ? p + 1 : p + 2);
	case '$':
	case '`':
		return (expansion(s, p));
	case '"':
		if (now->inside == IN_QUOTES)
			return (resume(s, p));
		shell_push(s, p, IN_QUOTES, '"');
		return (p + 1);
	case '\'':
		if (now->inside == IN_BRACES || now->inside == IN_ARRAY) {
			p = bytes_find3(p + 1, '\'', '\'', '\'');
			return (*p == '\0' ? p : p + 1);
		}
		return (p + 1);
	case '(':
		if (now->inside == IN_ARITHMETIC || now->inside == IN_ARRAY) {
			if (now->parens < 255)
				now->parens++;
		}
		return (p + 1);
	case ')':
		if (now->inside == IN_ARRAY && now->parens == 0)
			return (resume(s, p));
		if (now->inside != IN_ARITHMETIC && now->inside != IN_ARRAY)
			return (p + 1);
		if (now->parens > 0)
			now->parens--;
		else if (p[1] == ')')
			return (resume(s, p) + 1);
		else
			return (resume(s, p));
		return (p + 1);
	case '}':
		return (now->inside == IN_BRACES ? resume(s, p) : p + 1);
	case '#':
		if (now->inside == IN_ARRAY && byte_is_space(p[-1]))
			return (bytes_find3(p, '\n', '\n', '\n'));
		return (p + 1);
	default:
		return (p + 1);
	}
}

/* Behind ; & | or a line end a command begins. */
static void
command_begins(struct shell *s)
{
	if (s->now.inside == IN_COMMANDS)
		s->now.expects = A_COMMAND;
}

/* A ) : ends commands, or the pattern of a case. */
static void
paren_end(struct shell *s, const char *p)
{
	if (s->now.inside == IN_CASE) {
		s->now.expects = A_PATTERN;
		shell_push(s, p, IN_COMMANDS, '\0');
		return;
	}
	/* A case that lacks its esac ends with what is around it. */
	while (s->depth > 0 && s->now.close != ')' && s->excess == 0 &&
	       s->stack[s->depth - 1].inside == IN_CASE) {
		shell_pop(s);
		shell_pop(s);
	}
	if (s->now.close == ')')
		resume(s, p);
}

static const char *
paren(struct shell *s, const char *p)
{
	bool assigned;

	assigned = s->word_at != NULL && s->word_len > 0 &&
		   s->word[s->word_len - 1] == '=' && shell_is_assignment(s);
	if (assigned) {
		shell_push(s, p, IN_ARRAY, ')');
		return (p + 1);
	}
	shell_word_end(s, p);
	if (s->now.inside == IN_CASE)
		return (p + 1);
	if (shell_is_definition(p)) {
		command_begins(s);
		return (bytes_find3(p, ')', '\n', '\n') + 1);
	}
	if (p[1] == '(' && s->now.expects == A_COMMAND) {
		s->now.expects = AN_ARGUMENT;
		shell_push(s, p, IN_ARITHMETIC, ')');
		return (p + 2);
	}
	s->now.expects = AN_ARGUMENT;
	shell_push(s, p, IN_COMMANDS, ')');
	return (p + 1);
}

/* < and >; also <( ), >( ) and here-documents. */
static const char *
redirection(struct shell *s, const char *p)
{
	size_t i;

	/* The number before is a descriptor and no word. */
	for (i = 0; s->word_at != NULL && i < s->word_len; i++) {
		if (s->word[i] < '0' || s->word[i] > '9')
			break;
	}
	if (s->word_at != NULL && s->literal && i == s->word_len)
		s->word_at = NULL;
	shell_word_end(s, p);
	if (p[1] == '(') {
		shell_push(s, p, IN_COMMANDS, ')');
		return (p + 2);
	}
	if (p[0] == '<' && p[1] == '<' && p[2] != '<')
		return (heredoc(s, p + 2));
	if (s->now.expects != A_TARGET) {
		s->now.resume = s->now.expects;
		s->now.expects = A_TARGET;
	}
	return (p + strspn(p, "<>&|"));
}

static const char *
line_end(struct shell *s, const char *p)
{
	shell_word_end(s, p);
	command_begins(s);
	return (s->nheredocs > 0 ? skip_heredocs(s, p + 1) : p + 1);
}

static const char *
separator(struct shell *s, const char *p)
{
	shell_word_end(s, p);
	if (*p == ';' && (p[1] == ';' || p[1] == '&') && s->depth > 0 &&
	    s->excess == 0 && s->stack[s->depth - 1].inside == IN_CASE &&
	    s->now.inside == IN_COMMANDS) {
		shell_pop(s);
		return (p + 1 + strspn(p + 1, ";&"));
	}
	if (*p == '&' && (p[1] == '>'))
		return (redirection(s, p + 1));
	command_begins(s);
	return (p + 1);
}

/* A backslash or quote in a word. */
static const char *
quoted(struct shell *s, const char *p)
{
	const char *end;

	if (*p == '\\' && p[1] == '\n')
		return (p + 2);
	if (*p == '\\' && p[1] == '\r' && p[2] == '\n')
		return (p + 3);
	shell_word_begin(s, p);
	s->quoted = true;
	if (*p == '\\') {
		if (p[1] != '\0')
			shell_word_byte(s, *++p);
		return (p + 1);
	}
	/* Without anything to expand, the quotes just vanish. */
	end = p + 1 + strcspn(p + 1, *p == '"' ? "\"\\$`" : "'");
	if (*p == '"' && *end != '"') {
		s->literal = false;
		shell_push(s, p, IN_QUOTES, '"');
		return (p + 1);
	}
	for (p++; p < end; p++)
		shell_word_byte(s, *p);
	return (*end == '\0' ? end : end + 1);
}

/* Inside commands and the patterns of case. */
static const char *
outer(struct shell *s, const char *p)
{
	switch (*p) {
	case ' ':
	case '\t':
	case '\r':
	case '\f':
	case '\v':
		shell_word_end(s, p);
		return (p + 1);
	case '\n':
		return (line_end(s, p));
	case '#':
		if (s->word_at == NULL)
			return (bytes_find3(p, '\n', '\n', '\n'));
		break;
	case '\\':
	case '\'':
	case '"':
		return (quoted(s, p));
	case '$':
	case '`':
		return (expansion(s, p));
	case '(':
		return (paren(s, p));
	case ')':
		shell_word_end(s, p);
		paren_end(s, p);
		return (p + 1);
	case ';':
	case '&':
	case '|':
		return (separator(s, p));
	case '<':
	case '>':
		return (redirection(s, p));
	default:
		break;
	}
	shell_word_begin(s, p);
	shell_word_byte(s, *p);
	return (p + 1);
}

void
lex_shell(struct sink *sink, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct shell *s;

	s = malloc(sizeof(*s));
	if (s == NULL) {
		sink->failed = true;
		return;
	}
	memset(&s->now, 0, sizeof(s->now));
	s->now.inside = IN_COMMANDS;
	s->sink = sink;
	s->symbols = sink->symbols;
	s->depth = s->excess = s->nheredocs = 0;
	s->word_at = NULL;
	s->word_len = 0;
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end) {
		if (s->now.inside == IN_COMMANDS || s->now.inside == IN_CASE)
			p = outer(s, p);
		else
			p = inner(s, p);
	}
	shell_word_end(s, end);
	free(s);
}
