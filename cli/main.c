/* isthmus(1): finds the subcommand, prints help, turns errors into lines. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/verify.h"

const char *command_argv0 = "isthmus";

enum { COMMANDS_MAX = 16 };

static void
help_main(FILE *out)
{
	size_t i;

	fputs("usage: isthmus COMMAND [OPTION...] [OPERAND...]\n\n"
	      "Bring software written for another kernel onto FreeBSD.\n\n"
	      "commands:\n",
	    out);
	for (i = 0; commands[i] != NULL; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name,
		    commands[i]->summary);
	fputs("\n"
	      "isthmus COMMAND --help tells more; isthmus --version.\n"
	      "Exit status: 0 ok, 1 the answer is no, 2 usage or bad input,\n"
	      "3 the host refused.\n",
	    out);
}

/* "-j, --jobs N", "--keep-failed[=DIR]". */
static void
option_spelling(const struct option *o, char *to, size_t size)
{
	char letter[8];

	letter[0] = '\0';
	if (o->letter != '\0')
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	if (o->value == NULL)
		snprintf(to, size, "%s%s", letter, o->name);
	else if (o->value[0] == '[')
		snprintf(to, size, "%s%s[=%s", letter, o->name, o->value + 1);
	else
		snprintf(to, size, "%s%s %s", letter, o->name, o->value);
}

static void
help_command(const struct command *c, FILE *out)
{
	const struct option *o;
	char left[64];

	fprintf(out, "usage: isthmus %s [OPTION...]%s%s\n\n%s\n\noptions:\n",
	    c->name, c->operands[0] == '\0' ? "" : " ", c->operands,
	    c->details);
	for (o = c->options; o->name != NULL; o++) {
		option_spelling(o, left, sizeof(left));
		fprintf(out, "  %-24s %s\n", left, o->help);
	}
	fprintf(out, "  %-24s %s\n", "--help", "print this text");
}

static const struct command *
command_find(const char *name, struct error *e)
{
	const char *names[COMMANDS_MAX], *nearest;
	size_t i;

	for (i = 0; i < COMMANDS_MAX && commands[i] != NULL; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return (commands[i]);
		names[i] = commands[i]->name;
	}
	fail(e, 0, "find command", name, "unknown command");
	nearest = text_nearest(name, names, i);
	if (nearest != NULL)
		fail_hint(e, "isthmus %s", nearest);
	else
		fail_hint(e, "isthmus --help");
	return (NULL);
}

int
status_of(const struct error *e)
{
	return (e->err != 0 ? STATUS_HOST : STATUS_USAGE);
}

/* The part of a command that argv[1] names, argv[0] being the command's. */
static const struct command *
command_part(const struct command *c, int argc, char **argv)
{
	const char *last;
	size_t i;

	for (i = 0; c->parts != NULL && argc > 1 && c->parts[i] != NULL; i++) {
		last = strrchr(c->parts[i]->name, ' ');
		if (last != NULL && strcmp(last + 1, argv[1]) == 0)
			return (c->parts[i]);
	}
	return (NULL);
}

static bool
asks_help(const struct command *c, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (c->runs_command && argv[i][0] != '-')
			return (false);
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return (true);
	}
	return (false);
}

static int
command_run(const struct command *c, int argc, char **argv, struct error *e)
{
	struct arguments arguments;
	int status;

	if (!arguments_parse(&arguments, c, argc, argv, e))
		status = status_of(e);
	else
		status = c->run(&arguments, e);
	arguments_destroy(&arguments);
	return (status);
}

/* Help and version are answers too: a full disk must not pass in silence. */
static int
finish(int status, bool told)
{
	if (fflush(stdout) != EOF && !ferror(stdout))
		return (status);
	/* What is told of the same is told once, and a reader who left knows. */
	if (!told && errno != EPIPE)
		perror("isthmus: write standard output");
	return (STATUS_HOST);
}

/*
 * What the caller closed stays closed, in a way that takes the number: a
 * pipe or a journal of ours must not become what others print to.  Reading,
 * or writing, then fails as before, with EBADF.
 */
static void
hold_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			(void)open("/dev/null",
			    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main(int argc, char **argv)
{
	const struct command *c, *part;
	struct error e = { 0 };
	int status;

	hold_standard();
	/* A closed pipe is a write error, and no death. */
	signal(SIGPIPE, SIG_IGN);
	/* Ignored, as some parents leave it, no child's status can be had. */
	signal(SIGCHLD, SIG_DFL);
	if (argc < 2) {
		help_main(stderr);
		return (STATUS_USAGE);
	}
	command_argv0 = argv[0];
	if (strcmp(argv[1], VERIFY_INSIDE) == 0)
		return (verify_inside(argc - 1, argv + 1));
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_main(stdout);
		return (finish(STATUS_OK, false));
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("isthmus %s\n", ISTHMUS_VERSION);
		return (finish(STATUS_OK, false));
	}
	c = command_find(argv[1], &e);
	if (c == NULL) {
		isth_error_print(stderr, "isthmus", &e);
		return (STATUS_USAGE);
	}
	if (c->run == NULL && !command_elsewhere(argv, &e)) {
		isth_error_print(stderr, "isthmus", &e);
		return (STATUS_HOST);
	}
	argc--;
	argv++;
	part = command_part(c, argc, argv);
	if (part != NULL) {
		c = part;
		argc--;
		argv++;
	}
	if (asks_help(c, argc, argv)) {
		help_command(c, stdout);
		return (finish(STATUS_OK, false));
	}
	status = command_run(c, argc, argv, &e);
	if (e.step[0] != '\0')
		isth_error_print(stderr, "isthmus", &e);
	return (finish(status, e.step[0] != '\0'));
}
