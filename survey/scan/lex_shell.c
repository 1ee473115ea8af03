/*
 * The lexer of POSIX shell and its relatives: the first words of simple
 * commands, and device paths.  Quotes, expansions and here-documents nest;
 * what is open is a stack, so that no input can exhaust the machine's.
 */
#include <stdlib.h>
#include <string.h>

#include "survey/scan/sink.h"

enum inside {
	IN_COMMANDS,		/* the script, ( ... ), $( ... ), ` ... ` */
	IN_QUOTES,		/* " ... " */
	IN_BRACES,		/* ${ ... } */
	IN_ARITHMETIC,		/* $(( ... )), (( ... )), $[ ... ] */
	IN_ARRAY,		/* NAME=( ... ) */
	IN_CASE			/* case WORD in ... esac */
};

/* What the next word is. */
enum expects {
	A_COMMAND,		/* the first word of a command */
	A_WRAPPED,		/* the same, behind sudo, env: after options */
	AN_OPERAND,		/* of the wrapper's option, then as before */
	AN_ARGUMENT,
	A_TARGET,		/* of a redirection */
	A_NAME,			/* of a function */
	A_PATTERN		/* of case */
};

struct scope {
	uint8_t	inside;
	uint8_t	expects;
	uint8_t	resume;		/* what is expected behind a target */
	uint8_t	parens;		/* ( open in IN_ARITHMETIC, up to 255 */
	char	close;		/* the byte that ends it, or 0 */
	bool	in_word;	/* the word goes on behind it */
	bool	assigned;	/* and it is an assignment */
};

/* Here-documents whose bodies begin at the next line. */
#define	HEREDOCS_MAX	16

struct heredoc {
	const char	*end;
	size_t		 len;
	bool		 tabs;	/* <<-: tabs before the end do not count */
};

struct shell {
	struct sink		*sink;
	const struct symbols	*symbols;
	struct scope		 now;
	struct scope		 stack[SCAN_NESTING_MAX];
	size_t			 depth;
	size_t			 excess;
	struct heredoc		 heredocs[HEREDOCS_MAX];
	size_t			 nheredocs;
	/* The word being read, without its quotes. */
	char			 word[256 + SCAN_PAD];
	size_t			 word_len;
	const char		*word_at;	/* NULL between words */
	bool			 literal;	/* without expansions */
	bool			 quoted;	/* with some quote */
	bool			 assigned;	/* began as NAME= */
};

/* Commands that run the command that follows them, and what options take. */
static const struct {
	const char	*name;
	const char	*with_operand;
} wrappers[] = {
	{ "sudo", "ughpCDRTcrt" }, { "doas", "uC" }, { "env", "uCS" },
	{ "exec", "a" }, { "nohup", "" }, { "nice", "n" },
	{ "ionice", "cnpPu" }, { "setsid", "" }, { "time", "fo" },
	{ "timeout", "ks" }, { "builtin", "" }, { "command", "" },
	{ "eval", "" }, { "stdbuf", "ioe" }, { "chronic", "" },
	{ "fakeroot", "lsib" }, { "busybox", "" }, { "xargs", "adEeIiLlnPs" },
	{ "flock", "wE" }, { "chrt", "TPD" }, { "taskset", "" },
};

/* Reserved words behind which a command begins. */
static const char *const openers[] = {
	"if", "then", "else", "elif", "do", "while", "until", "!", "{",
};

static bool
is(const struct shell *s, const char *name)
{
	return (s->literal && strlen(name) == s->word_len &&
	    memcmp(name, s->word, s->word_len) == 0);
}

/* NAME=..., NAME+=..., NAME[...]=... */
static bool
is_assignment(const struct shell *s)
{
	size_t i = 0;

	if (s->word_len == 0 || (s->word[0] >= '0' && s->word[0] <= '9'))
		return (false);
	while (i < s->word_len && byte_is_ident(s->word[i]))
		i++;
	if (i == 0 || i == s->word_len)
		return (false);
	if (s->word[i] == '[')
		return (memchr(s->word, '=', s->word_len) != NULL);
	return (s->word[i] == '=' || (s->word[i] == '+' &&
	    i + 1 < s->word_len && s->word[i + 1] == '='));
}

static void
push(struct shell *s, const char *at, enum inside inside, char close)
{
	if (s->depth == SCAN_NESTING_MAX) {
		s->excess++;
		sink_too_deep(s->sink, at);
		return;
	}
	s->now.in_word = s->word_at != NULL;
	s->now.assigned = s->now.in_word && (s->assigned || is_assignment(s));
	s->stack[s->depth++] = s->now;
	memset(&s->now, 0, sizeof(s->now));
	s->now.inside = (uint8_t)inside;
	s->now.close = close;
	if (inside == IN_COMMANDS)
		s->now.expects = A_COMMAND;
	else
		s->now.expects = inside == IN_CASE ? A_PATTERN : AN_ARGUMENT;
}

static void
pop(struct shell *s)
{
	if (s->excess > 0)
		s->excess--;
	else if (s->depth > 0)
		s->now = s->stack[--s->depth];
}

static void
word_begin(struct shell *s, const char *at)
{
	if (s->word_at != NULL)
		return;
	s->word_at = at;
	s->word_len = 0;
	s->literal = true;
	s->quoted = false;
	s->assigned = false;
}

static void
word_byte(struct shell *s, char c)
{
	if (s->word_len < 256)
		s->word[s->word_len++] = c;
	else
		s->literal = false;
}

/* The command that the word names, by its last component; or NULL. */
static const struct symbol *
command(const struct shell *s)
{
	const char *name = s->word;
	const struct symbol *symbol;
	size_t i, len = s->word_len;

	for (i = 0; i < s->word_len; i++) {
		if (s->word[i] == '/') {
			name = s->word + i + 1;
			len = s->word_len - i - 1;
		}
	}
	if (!s->literal || len == 0)
		return (NULL);
	symbol = symbols_find(s->symbols, name, len);
	return (symbol != NULL && WANTS(symbol, WANT_COMMAND) ? symbol : NULL);
}

static bool
is_wrapper(const struct shell *s)
{
	size_t i;

	for (i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
		if (is(s, wrappers[i].name))
			return (true);
	}
	return (false);
}

/* True for `mount ()`, whose blank or parenthesis is at `p`. */
static bool
is_definition(const char *p)
{
	while (byte_is_blank(*p))
		p++;
	if (*p != '(')
		return (false);
	for (p++; byte_is_blank(*p); p++)
		continue;
	return (*p == ')');
}

/* The word where a command is expected ended before `p`. */
static void
command_word(struct shell *s, const char *p)
{
	const struct symbol *symbol;
	size_t i;

	if (s->assigned || is_assignment(s))
		return;
	if (!s->quoted && s->now.expects == A_COMMAND) {
		for (i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
			if (is(s, openers[i]))
				return;
		}
		if (is(s, "function")) {
			s->now.expects = A_NAME;
			return;
		}
		if (is(s, "case")) {
			s->now.expects = AN_ARGUMENT;
			push(s, s->word_at, IN_CASE, '\0');
			s->now.expects = AN_ARGUMENT;	/* until `in` */
			return;
		}
		if (is(s, "esac") && s->depth > 0 &&
		    s->stack[s->depth - 1].inside == IN_CASE) {
			pop(s);
			pop(s);
			return;
		}
	}
	if (is_definition(p))
		return;
	if (s->now.expects == A_WRAPPED && s->word_len > 0 &&
	    (s->word[0] == '-' || (s->word[0] >= '0' && s->word[0] <= '9'))) {
		/* `command -v` asks, it does not run. */
		if (is(s, "-v") || is(s, "-V"))
			s->now.expects = AN_ARGUMENT;
		else if (s->word[0] == '-' && s->word_len == 2 &&
		    strchr("ugCn", s->word[1]) != NULL)
			s->now.expects = AN_OPERAND;
		return;
	}
	symbol = command(s);
	if (symbol != NULL)
		sink_add(s->sink, symbol, ISTH_USE_COMMAND, s->word_at);
	s->now.expects = is_wrapper(s) ? A_WRAPPED : AN_ARGUMENT;
}

/* The word that is being read, if any, ended before `p`. */
static void
word_end(struct shell *s, const char *p)
{
	const struct symbol *symbol;

	if (s->word_at == NULL)
		return;
	memset(s->word + s->word_len, 0, SCAN_PAD);
	if (s->literal && s->word_len > 0 && s->word[0] == '/') {
		symbol = symbols_lookup(s->symbols, s->word, s->word_len);
		if (symbol != NULL && WANTS(symbol, WANT_DEVICE))
			sink_add(s->sink, symbol, ISTH_USE_DEVICE, s->word_at);
	}
	switch (s->now.expects) {
	case A_COMMAND:
	case A_WRAPPED:
		command_word(s, p);
		break;
	case AN_OPERAND:
		s->now.expects = A_WRAPPED;
		break;
	case A_TARGET:
		s->now.expects = s->now.resume;
		break;
	case A_NAME:
		s->now.expects = A_COMMAND;
		break;
	case A_PATTERN:
		if (s->now.inside == IN_CASE && !s->quoted && is(s, "esac"))
			pop(s);
		break;
	default:
		if (s->now.inside == IN_CASE && !s->quoted && is(s, "in"))
			s->now.expects = A_PATTERN;
		break;
	}
	s->word_at = NULL;
}

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
	while (*p != '\0' && *p != '\n' && (quote != '\0' ? *p != quote :
	    !byte_is_space(*p) && strchr(";&|<>()'\"\\", *p) == NULL))
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
	pop(s);
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
		word_end(s, p);
		return (resume(s, p));
	}
	word_begin(s, p);
	s->literal = false;
	if (*p == '`') {
		push(s, p, IN_COMMANDS, '`');
		s->word_at = NULL;
		return (p + 1);
	}
	switch (p[1]) {
	case '(':
		if (p[2] == '(') {
			push(s, p, IN_ARITHMETIC, ')');
			return (p + 3);
		}
		push(s, p, IN_COMMANDS, ')');
		s->word_at = NULL;
		return (p + 2);
	case '{':
		push(s, p, IN_BRACES, '}');
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
		    p[1] == '\'' ? p + 1 : p + 2);
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
		push(s, p, IN_QUOTES, '"');
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
		push(s, p, IN_COMMANDS, '\0');
		return;
	}
	/* A case that lacks its esac ends with what is around it. */
	while (s->depth > 0 && s->now.close != ')' && s->excess == 0 &&
	    s->stack[s->depth - 1].inside == IN_CASE) {
		pop(s);
		pop(s);
	}
	if (s->now.close == ')')
		resume(s, p);
}

static const char *
paren(struct shell *s, const char *p)
{
	bool assigned;

	assigned = s->word_at != NULL && s->word_len > 0 &&
	    s->word[s->word_len - 1] == '=' && is_assignment(s);
	if (assigned) {
		push(s, p, IN_ARRAY, ')');
		return (p + 1);
	}
	word_end(s, p);
	if (s->now.inside == IN_CASE)
		return (p + 1);
	if (is_definition(p)) {
		command_begins(s);
		return (bytes_find3(p, ')', '\n', '\n') + 1);
	}
	if (p[1] == '(' && s->now.expects == A_COMMAND) {
		s->now.expects = AN_ARGUMENT;
		push(s, p, IN_ARITHMETIC, ')');
		return (p + 2);
	}
	s->now.expects = AN_ARGUMENT;
	push(s, p, IN_COMMANDS, ')');
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
	word_end(s, p);
	if (p[1] == '(') {
		push(s, p, IN_COMMANDS, ')');
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
	word_end(s, p);
	command_begins(s);
	return (s->nheredocs > 0 ? skip_heredocs(s, p + 1) : p + 1);
}

static const char *
separator(struct shell *s, const char *p)
{
	word_end(s, p);
	if (*p == ';' && (p[1] == ';' || p[1] == '&') && s->depth > 0 &&
	    s->excess == 0 && s->stack[s->depth - 1].inside == IN_CASE &&
	    s->now.inside == IN_COMMANDS) {
		pop(s);
		return (p + 1 + strspn(p + 1, ";&"));
	}
	if (*p == '&' && (p[1] == '>'))
		return (redirection(s, p + 1));
	command_begins(s);
	return (p + 1);
}

/* Inside commands and the patterns of case. */
static const char *
outer(struct shell *s, const char *p)
{
	const char *end;

	switch (*p) {
	case ' ':
	case '\t':
	case '\r':
	case '\f':
	case '\v':
		word_end(s, p);
		return (p + 1);
	case '\n':
		return (line_end(s, p));
	case '#':
		if (s->word_at == NULL)
			return (bytes_find3(p, '\n', '\n', '\n'));
		break;
	case '\\':
		if (p[1] == '\n')
			return (p + 2);
		if (p[1] == '\r' && p[2] == '\n')
			return (p + 3);
		word_begin(s, p);
		s->quoted = true;
		if (p[1] != '\0')
			word_byte(s, *++p);
		return (p + 1);
	case '\'':
		word_begin(s, p);
		s->quoted = true;
		end = bytes_find3(p + 1, '\'', '\'', '\'');
		for (p++; p < end; p++)
			word_byte(s, *p);
		return (*end == '\0' ? end : end + 1);
	case '"':
		word_begin(s, p);
		s->quoted = true;
		/* Without anything to expand, the quotes just vanish. */
		end = p + 1 + strcspn(p + 1, "\"\\$`");
		if (*end == '"') {
			for (p++; p < end; p++)
				word_byte(s, *p);
			return (end + 1);
		}
		s->literal = false;
		push(s, p, IN_QUOTES, '"');
		return (p + 1);
	case '$':
	case '`':
		return (expansion(s, p));
	case '(':
		return (paren(s, p));
	case ')':
		word_end(s, p);
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
	word_begin(s, p);
	word_byte(s, *p);
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
	word_end(s, end);
	free(s);
}
