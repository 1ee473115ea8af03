/*
 * Parsing a command line against a table of options.  Own code and not
 * getopt_long(3), since an unknown option must name the nearest right one
 * and --help is made from the same table.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/text.h"
#include "cli/command.h"

#define OPTIONS_MAX 32

static bool
unknown_option(const struct command *command, const char *word, size_t len,
    struct error *e)
{
	const char *names[OPTIONS_MAX], *nearest;
	char given[64];
	size_t n;

	if (len >= sizeof(given))
		len = sizeof(given) - 1;
	memcpy(given, word, len);
	given[len] = '\0';
	for (n = 0; n < OPTIONS_MAX && command->options[n].name != NULL; n++)
		names[n] = command->options[n].name;
	fail(e, 0, command->name, given, "unknown option");
	nearest = text_nearest(given, names, n);
	if (nearest != NULL)
		return (fail_hint(e, "%s", nearest));
	return (fail_hint(e, "isthmus %s --help", command->name));
}

/*
 * The option that `word` begins with; *value is what follows its name in the
 * same word, NULL when nothing does.
 */
static const struct option *
option_find(const struct command *command, const char *word, const char **value)
{
	const struct option *o;
	const char *equals;
	size_t len;

	if (word[1] != '-') {
		for (o = command->options; o->name != NULL; o++) {
			if (o->letter != word[1])
				continue;
			*value = word[2] == '\0' ? NULL : word + 2;
			return (o);
		}
		return (NULL);
	}
	equals = strchr(word, '=');
	len = equals == NULL ? strlen(word) : (size_t)(equals - word);
	*value = equals == NULL ? NULL : equals + 1;
	for (o = command->options; o->name != NULL; o++) {
		if (strlen(o->name) == len && memcmp(o->name, word, len) == 0)
			return (o);
	}
	return (NULL);
}

/* Reads the option at argv[*i]; *i moves on when its value is the next word. */
static bool
parse_option(struct argument *argument, const struct command *command, int argc,
    char **argv, int *i, struct error *e)
{
	const struct option *o;
	const char *value, *word;

	value = NULL;
	o = option_find(command, argv[*i], &value);
	if (o == NULL)
		return (unknown_option(
		    command, argv[*i], strcspn(argv[*i], "="), e));
	argument->option = o;
	argument->value = "";
	if (o->value == NULL) {
		if (value != NULL)
			return (fail(
			    e, 0, command->name, o->name, "takes no value"));
		return (true);
	}
	/* What it is a value of: "DIR" of "[DIR]". */
	word = o->value + (o->value[0] == '[');
	if (value == NULL && o->value[0] == '[')
		return (true);
	if (value == NULL) {
		if (*i + 1 == argc)
			return (fail(e, 0, command->name, o->name,
			    "needs a value: %s", o->value));
		(*i)++;
		value = argv[*i];
	}
	if (value[0] == '\0')
		return (fail(e, 0, command->name, o->name,
		    "the value is empty; it needs %.*s",
		    (int)strcspn(word, "]"), word));
	argument->value = value;
	return (true);
}

bool
arguments_parse(struct arguments *a, const struct command *command, int argc,
    char **argv, struct error *e)
{
	struct argument *argument;
	bool operands_only;
	int i;

	a->n = 0;
	a->items = calloc((size_t)argc + 1, sizeof(*a->items));
	if (a->items == NULL)
		return (fail(e, ENOMEM, command->name, NULL, NULL));
	operands_only = false;
	for (i = 1; i < argc; i++) {
		argument = &a->items[a->n];
		if (!operands_only && strcmp(argv[i], "--") == 0) {
			operands_only = true;
			continue;
		}
		if (operands_only || argv[i][0] != '-' || argv[i][1] == '\0') {
			argument->value = argv[i];
			operands_only = operands_only || command->runs_command;
		} else if (!parse_option(
			       argument, command, argc, argv, &i, e)) {
			return (false);
		}
		a->n++;
	}
	return (true);
}

void
arguments_destroy(struct arguments *a)
{
	free(a->items);
	a->items = NULL;
	a->n = 0;
}

static bool
is_option(const struct argument *argument, const char *name)
{
	if (name == NULL || argument->option == NULL)
		return (name == NULL && argument->option == NULL);
	return (strcmp(argument->option->name, name) == 0);
}

const char *
arguments_value(const struct arguments *a, const char *name)
{
	size_t i;

	for (i = a->n; i > 0; i--) {
		if (is_option(&a->items[i - 1], name))
			return (a->items[i - 1].value);
	}
	return (NULL);
}

bool
arguments_has(const struct arguments *a, const char *name)
{
	return (arguments_value(a, name) != NULL);
}

const char **
arguments_list(const struct arguments *a, const char *name, size_t *n)
{
	const char **list;
	size_t i;

	*n = 0;
	list = calloc(a->n + 1, sizeof(*list));
	if (list == NULL)
		return (NULL);
	for (i = 0; i < a->n; i++) {
		if (is_option(&a->items[i], name))
			list[(*n)++] = a->items[i].value;
	}
	return (list);
}

bool
arguments_no_operands(const struct arguments *a, struct error *e)
{
	const char *operand;

	operand = arguments_value(a, NULL);
	if (operand == NULL)
		return (true);
	return (fail(e, 0, "arguments", operand, "unexpected operand"));
}

bool
arguments_only_with(const struct arguments *a, const char *name,
    const char *needed, struct error *e)
{
	if (!arguments_has(a, name) || arguments_has(a, needed))
		return (true);
	return (fail(e, 0, name, NULL, "only with %s", needed));
}

bool
arguments_not_with(const struct arguments *a, const char *name,
    const char *other, struct error *e)
{
	if (!arguments_has(a, name) || !arguments_has(a, other))
		return (true);
	return (fail(e, 0, name == NULL ? arguments_value(a, NULL) : name, NULL,
	    "not with %s", other));
}

bool
word_unknown(const char *step, const char *word, const char *what,
    const char *const *names, size_t n, struct error *e)
{
	struct text list = { 0 };
	const char *nearest;
	size_t i;

	for (i = 0; i < n; i++)
		text_addf(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
	fail(e, 0, step, word, "unknown %s; one of %s", what,
	    text_string(&list));
	text_clear(&list);
	nearest = text_nearest(word, names, n);
	if (nearest != NULL)
		fail_hint(e, "%s", nearest);
	return (false);
}

bool
area_option(const struct arguments *a, enum isth_area *area, bool *given,
    struct error *e)
{
	const char *name, *names[ISTH_AREA_COUNT];
	size_t i;

	name = arguments_value(a, "--area");
	*given = name != NULL;
	if (name == NULL || isth_area_parse(name, area))
		return (true);
	for (i = 0; i < ISTH_AREA_COUNT; i++)
		names[i] = isth_area_name((enum isth_area)i);
	return (
	    word_unknown("--area", name, "area", names, ISTH_AREA_COUNT, e));
}
