/*
 * The words of shell: which is the name of a command, and which an
 * assignment, an option, a target, a pattern.
 */
#include <string.h>

#include "survey/scan/lex_shell.h"

/* Commands that run the command that follows them, and what options take. */
static const struct {
	const char *name;
	const char *with_operand;
} wrappers[] = {
	{ "sudo", "ughpCDRTcrt" },
	{ "doas", "uC" },
	{ "env", "uCS" },
	{ "exec", "a" },
	{ "nohup", "" },
	{ "nice", "n" },
	{ "ionice", "cnpPu" },
	{ "setsid", "" },
	{ "time", "fo" },
	{ "timeout", "ks" },
	{ "builtin", "" },
	{ "command", "" },
	{ "eval", "" },
	{ "stdbuf", "ioe" },
	{ "chronic", "" },
	{ "fakeroot", "lsib" },
	{ "busybox", "" },
	{ "xargs", "adEeIiLlnPs" },
	{ "flock", "wE" },
	{ "chrt", "TPD" },
	{ "taskset", "" },
};

/* Reserved words behind which a command begins. */
static const char *const openers[] = {
	"if",
	"then",
	"else",
	"elif",
	"do",
	"while",
	"until",
	"!",
	"{",
};

static bool
is(const struct shell *s, const char *name)
{
	return (s->literal && strlen(name) == s->word_len &&
		memcmp(name, s->word, s->word_len) == 0);
}

/* NAME=..., NAME+=..., NAME[...]=... */
bool
shell_is_assignment(const struct shell *s)
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
	return (
	    s->word[i] == '=' || (s->word[i] == '+' && i + 1 < s->word_len &&
				     s->word[i + 1] == '='));
}

void
shell_push(struct shell *s, const char *at, enum inside inside, char close)
{
	if (s->depth == SCAN_NESTING_MAX) {
		s->excess++;
		sink_too_deep(s->sink, at);
		return;
	}
	s->now.in_word = s->word_at != NULL;
	s->now.assigned =
	    s->now.in_word && (s->assigned || shell_is_assignment(s));
	s->stack[s->depth++] = s->now;
	memset(&s->now, 0, sizeof(s->now));
	s->now.inside = (uint8_t)inside;
	s->now.close = close;
	if (inside == IN_COMMANDS)
		s->now.expects = A_COMMAND;
	else
		s->now.expects = inside == IN_CASE ? A_PATTERN : AN_ARGUMENT;
}

void
shell_pop(struct shell *s)
{
	if (s->excess > 0)
		s->excess--;
	else if (s->depth > 0)
		s->now = s->stack[--s->depth];
}

void
shell_word_begin(struct shell *s, const char *at)
{
	if (s->word_at != NULL)
		return;
	s->word_at = at;
	s->word_len = 0;
	s->literal = true;
	s->quoted = false;
	s->assigned = false;
}

void
shell_word_byte(struct shell *s, char c)
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

/* The options with an operand of the wrapper that the word names, or NULL. */
static const char *
wrapper_options(const struct shell *s)
{
	size_t i;

	for (i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++) {
		if (is(s, wrappers[i].name))
			return (wrappers[i].with_operand);
	}
	return (NULL);
}

/* True for `mount ()`, whose blank or parenthesis is at `p`. */
bool
shell_is_definition(const char *p)
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

	if (s->assigned || shell_is_assignment(s))
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
			shell_push(s, s->word_at, IN_CASE, '\0');
			s->now.expects = AN_ARGUMENT; /* until `in` */
			return;
		}
		if (is(s, "esac") && s->depth > 0 &&
		    s->stack[s->depth - 1].inside == IN_CASE) {
			shell_pop(s);
			shell_pop(s);
			return;
		}
	}
	if (shell_is_definition(p))
		return;
	if (s->now.expects == A_WRAPPED && s->word_len > 0 &&
	    (s->word[0] == '-' || (s->word[0] >= '0' && s->word[0] <= '9'))) {
		/* `command -v` asks, it does not run. */
		if (is(s, "-v") || is(s, "-V"))
			s->now.expects = AN_ARGUMENT;
		else if (s->word[0] == '-' && s->word_len == 2 &&
			 strchr(s->now.operands, s->word[1]) != NULL)
			s->now.expects = AN_OPERAND;
		return;
	}
	symbol = command(s);
	if (symbol != NULL)
		sink_add(s->sink, symbol, ISTH_USE_COMMAND, s->word_at);
	s->now.operands = wrapper_options(s);
	s->now.expects = s->now.operands != NULL ? A_WRAPPED : AN_ARGUMENT;
}

/* The word that is being read, if any, ended before `p`. */
void
shell_word_end(struct shell *s, const char *p)
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
			shell_pop(s);
		break;
	default:
		if (s->now.inside == IN_CASE && !s->quoted && is(s, "in"))
			s->now.expects = A_PATTERN;
		break;
	}
	s->word_at = NULL;
}
