/*
 * What a subcommand is: its options as data, from which both the parser and
 * --help are made, and its function.  One file per subcommand defines one
 * of these; main.c lists them.
 */
#ifndef ISTHMUS_CLI_COMMAND_H
#define ISTHMUS_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "survey/survey.h"

struct error;

/* Exit status of isthmus(1). */
enum {
	STATUS_OK = 0,
	STATUS_NO = 1,	  /* the answer is no */
	STATUS_USAGE = 2, /* bad options, or input that is not what it
				   should be */
	STATUS_HOST = 3	  /* the host refused */
};

/* One option; a table of these ends with a NULL name. */
struct option {
	const char *name;  /* "--area" */
	const char *value; /* "AREA"; NULL: a flag; "[AREA]": the option may
			      stand without, and a value follows a '=' */
	const char *help;  /* one line */
	char letter;	   /* 'a': -a AREA and -aAREA, too; '\0': none */
};

/* What the user said, in the order of the command line. */
struct argument {
	const struct option *option; /* NULL: an operand */
	const char *value;	     /* "" for a flag */
};

struct arguments {
	struct argument *items;
	size_t n;
};

struct command {
	const char *name;
	const char *summary;  /* one line */
	const char *operands; /* "DIR..." or "" */
	const char *details;  /* paragraphs of --help */
	const struct option *options;
	/*
	 * Returns an exit status; what it could not do is in the error.  NULL:
	 * in another program, command_elsewhere.
	 */
	int (*run)(const struct arguments *, struct error *);
	/*
	 * What "isthmus NAME WORD" is, by the last word of their names; ended
	 * by NULL.  NULL: none, and `run` has what is another word, too.
	 */
	const struct command *const *parts;
	/* The operands are a command line: the first one ends the options. */
	bool runs_command;
};

/* Those that another program may have to know, too. */
#define SUMMARY_PROBE "measure what this kernel gives, by calling it"
#define SUMMARY_SCAN "list the interfaces that a source tree uses"
#define SUMMARY_MAP "print the porting map: need, answer, what to do instead"
#define SUMMARY_CATALOGUE "look up what FreeBSD has for an interface, and why"
#define SUMMARY_MACH "Mach IPC: show it at work, who has which ports, traps"

extern const struct command command_build, command_catalogue, command_mach,
    command_map, command_probe, command_recover, command_scan;

/* In the order of --help; ended by NULL. */
extern const struct command *const commands[];

/* Becomes the program that has the command; returns only when it cannot. */
bool command_elsewhere(char **argv, struct error *);
/* Where the file of this program is; false with errno. */
bool command_executable(char *path, size_t size);

/* How this process was called. */
extern const char *command_argv0;

/* The builder of --verify-isolation; argv[0] is its hidden argument. */
int verify_inside(int argc, char **argv);

/*
 * Parses argv[1..]; the strings are borrowed.  "--name value", "--name=value",
 * "-n value", "-nvalue" and, after "--", operands only.  An unknown option
 * fails with the nearest right one as hint.  Release with arguments_destroy.
 */
bool arguments_parse(struct arguments *, const struct command *, int argc,
    char **argv, struct error *);
void arguments_destroy(struct arguments *);
/* The last value given for an option; NULL when it was not given. */
const char *arguments_value(const struct arguments *, const char *name);
bool arguments_has(const struct arguments *, const char *name);
/*
 * All values of an option, or all operands when `name` is NULL, as a
 * NULL-terminated array to free(3); *n is their number.  NULL: no memory.
 */
const char **arguments_list(
    const struct arguments *, const char *name, size_t *n);
/* Fails when there is an operand: the command takes none. */
bool arguments_no_operands(const struct arguments *, struct error *);

/* Fails when `name` is there and `needed` is not. */
bool arguments_only_with(const struct arguments *, const char *name,
    const char *needed, struct error *);
/* Fails when both are there; NULL: an operand. */
bool arguments_not_with(const struct arguments *, const char *name,
    const char *other, struct error *);
/*
 * Fails because `word` is none of the n names: "unknown WHAT; one of ...",
 * with the nearest as hint.
 */
bool word_unknown(const char *step, const char *word, const char *what,
    const char *const *names, size_t n, struct error *);

/* Reads --area; *given tells whether it was there. */
bool area_option(
    const struct arguments *, enum isth_area *, bool *given, struct error *);

/* The exit status for an error: STATUS_HOST when it carries an errno. */
int status_of(const struct error *);

/*
 * Where a command's answer goes, and in which format: --format decides, then
 * the ending of --output's file name, then `fallback`.
 */
struct output {
	FILE *stream;
	const char *path; /* NULL: standard output */
	char *temporary;  /* renamed to path by output_close */
	enum isth_format format;
};

/*
 * `allowed` is a table of the formats that the command can write, ended by a
 * NULL name.  METADATA_OUT in the environment stands for --output where
 * `metadata` is set.
 */
struct format_name {
	const char *name;
	enum isth_format format;
};
bool output_open(struct output *, const struct arguments *,
    const struct format_name *allowed, enum isth_format fallback, bool metadata,
    struct error *);
/* Flushes, checks and puts the file in place; on failure it is removed. */
bool output_close(struct output *, struct error *);
/* Gives up: removes the unfinished file. */
void output_abandon(struct output *);
/* One of both, as it was `written` or not; the exit status, `status` at best. */
int output_end(struct output *, bool written, int status, struct error *);

#endif
